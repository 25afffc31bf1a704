"""Line charts as SVG, both axes logarithmic, so that drawing them needs no library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 420, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 44, 52
_LEGEND_ROW, _LEGEND_COLUMNS = 20, 3
_INK, _GRID, _PAPER = "#1b1f24", "#d8dde3", "#ffffff"


@dataclass(frozen=True)
class Line:
    """Points from left to right, each (x, y)."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """One chart: what its axes mean, where they are marked, and its lines. The marks' ends are those of the axes."""

    title: str
    across: str
    up: str
    across_marks: Sequence[float]
    up_marks: Sequence[float]
    lines: Sequence[Line]


def draw_panels(panels: Sequence[Panel], told: str) -> str:
    """Charts side by side with one legend below.

    Args:
        panels: whose lines of one name have one colour.
        told: what the picture shows, for those who do not see it.
    """
    names = {line.name: line for panel in panels for line in panel.lines}
    rows = math.ceil(len(names) / _LEGEND_COLUMNS)
    width, height = _WIDTH * len(panels), _HEIGHT + rows * _LEGEND_ROW + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"',
        f' font-family="system-ui, sans-serif" font-size="12" fill="{_INK}" role="img">',
        f"<title>{escape(told)}</title>",
        f'<rect width="{width}" height="{height}" rx="6" fill="{_PAPER}"/>',
    ]
    for place, panel in enumerate(panels):
        parts += [f'<g transform="translate({place * _WIDTH} 0)">', *_draw(panel), "</g>"]
    for place, line in enumerate(names.values()):
        row, column = divmod(place, _LEGEND_COLUMNS)
        x, y = 24 + column * (width - 24) / _LEGEND_COLUMNS, _HEIGHT + 6 + row * _LEGEND_ROW
        parts += [_mark(line, x + 10, y), _line(line, [(x, y), (x + 20, y)]), _text(line.name, x + 28, y + 4)]
    return "\n".join([*parts, "</svg>", ""])


def _draw(panel: Panel) -> list[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    parts = [_text(panel.title, _LEFT, 24, weight="600")]
    for mark in panel.across_marks:
        x = _place(mark, panel.across_marks, _LEFT, right)
        parts += [_rule(x, _TOP, x, bottom), _text(f"{mark:g}", x, bottom + 18, anchor="middle")]
    for mark in panel.up_marks:
        y = _place(mark, panel.up_marks, bottom, _TOP)
        parts += [_rule(_LEFT, y, right, y), _text(f"{mark:g}", _LEFT - 8, y + 4, anchor="end")]
    parts.append(_text(panel.across, (_LEFT + right) / 2, bottom + 40, anchor="middle"))
    turned = f'transform="rotate(-90 16 {(bottom + _TOP) / 2})"'
    parts.append(_text(panel.up, 16, (bottom + _TOP) / 2, anchor="middle", more=turned))
    for line in panel.lines:
        # What is nearer to nothing than the axis goes is drawn on its edge.
        points = [
            (_place(x, panel.across_marks, _LEFT, right), min(_place(y, panel.up_marks, bottom, _TOP), bottom))
            for x, y in line.points
        ]
        parts += [_line(line, points), *(_mark(line, *point) for point in points)]
    return parts


def _place(value: float, marks: Sequence[float], low: float, high: float) -> float:
    share = math.log(max(value, 1e-9) / marks[0]) / math.log(marks[-1] / marks[0])
    return low + share * (high - low)


def _line(line: Line, points: Sequence[tuple[float, float]]) -> str:
    told = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{told}" fill="none" stroke="{line.colour}" stroke-width="2"/>'


def _mark(line: Line, x: float, y: float) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{line.colour}"/>'


def _rule(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<path d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}" stroke="{_GRID}"/>'


def _text(words: str, x: float, y: float, *, anchor: str = "start", weight: str = "400", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" {more}>{escape(words)}</text>'
