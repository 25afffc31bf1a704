"""The way to a good clip: fast drafts to choose from, the picked one refined, the best of those made large."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any, Literal

from annotated_types import Ge, Le

from i2v.domain.options import Options

Phase = Literal["draft", "refine", "final"]
DRAFT: Phase = "draft"
REFINE: Phase = "refine"
FINAL: Phase = "final"
PHASES: tuple[Phase, ...] = (DRAFT, REFINE, FINAL)

Size = tuple[int, int]
"""Width and height in pixels."""

_GRID = 8
_SCALES = (1.5, 2.0)
_LEAST_SCALE, _LARGEST_SCALE = 1.25, 2.5
"""Below, hardly anything is won; beyond, too little of the smaller clip's motion is left to start from."""
_SAME_SHAPE = 0.03
"""How much two sizes of one shape may differ in proportion: sizes come in multiples of 8."""


@dataclass(frozen=True)
class Spread:
    """The option in which refined clips differ, and what is added to it for each of them."""

    option: str
    offsets: tuple[float, ...]


@dataclass(frozen=True)
class Way:
    """What an engine's way is made of, as data.

    Attributes:
        draft_preset: the preset of drafts: fast enough to make several.
        shapes: sizes that suit the engine, a row for each shape, a draft's first; upright ones are these turned round.
        refine: least values of a refined clip; None for an engine in which a clip of the same size cannot get better.
        spread: how refined clips differ.
        anew: options of every clip that starts from another one's latents.
    """

    draft_preset: str = "fast"
    shapes: tuple[tuple[Size, ...], ...] = (((512, 512), (768, 768), (1024, 1024)), ((704, 384), (1280, 704)))
    refine: Mapping[str, Any] | None = None
    spread: Spread | None = None
    anew: Mapping[str, Any] = field(default_factory=dict)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The steps of this way, in their order."""
        return tuple(phase for phase in PHASES if phase != REFINE or self.refine is not None)

    def after(self, phase: Phase) -> Phase | None:
        """The step that comes next; None after the last."""
        later = PHASES[PHASES.index(phase) + 1 :]
        return next((phase for phase in later if phase in self.phases), None)

    def fill_draft(self, wish: Mapping[str, Any], picture: Size | None) -> dict[str, Any]:
        """A wish with the preset of drafts, and with a size that suits its picture, where it names neither."""
        size = dict(zip(("width", "height"), self.draft_size(picture or (1, 1)), strict=True))
        is_free = all(wish.get(name) is None for name in ("preset", *size))
        return {**wish, **(size if is_free else {}), "preset": wish.get("preset") or self.draft_preset}

    def draft_size(self, picture: Size) -> Size:
        """The size of drafts of a picture: that of the shape whose proportions are nearest."""
        drafts = [size for row in self.shapes for size in _both_ways(row[0])]
        return min(drafts, key=lambda size: abs(log(size[0] * picture[1] / (size[1] * picture[0]))))

    def final_sizes(self, clip: Size) -> list[Size]:
        """Sizes that a clip can be made larger to, the next one first: the engine's own of the same shape, or half as
        large again and twice as large."""
        width, height = clip
        own = [size for row in self.shapes for each in row for size in _both_ways(each)]
        fitting = sorted({size for size in own if _is_larger(size, clip)})
        return fitting or [(_on_grid(width * scale), _on_grid(height * scale)) for scale in _SCALES]


def refined_values(least: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """What a refined clip takes instead of its draft's values: nothing that was better already gets worse."""
    return {name: max(value, options.get(name, value)) for name, value in least.items()}


def spread_values(spread: Spread, options: type[Options], centre: float) -> list[float]:
    """The values of refined clips around a draft's, within the option's bounds, each once."""
    bounds = options.model_fields[spread.option].metadata
    least = max((float(bound.ge) for bound in bounds if isinstance(bound, Ge)), default=float("-inf"))  # type: ignore[arg-type]
    most = min((float(bound.le) for bound in bounds if isinstance(bound, Le)), default=float("inf"))  # type: ignore[arg-type]
    return list(dict.fromkeys(min(max(round(centre + offset, 6), least), most) for offset in spread.offsets))


def phase_of(options: Options, parent: Options | None) -> Phase:
    """What a clip is on the way: it has no parent, or it is larger than that, or as large."""
    if parent is None:
        return DRAFT
    return FINAL if options.width * options.height > parent.width * parent.height else REFINE


def _both_ways(size: Size) -> Sequence[Size]:
    width, height = size
    return (size,) if width == height else (size, (height, width))


def _is_larger(size: Size, clip: Size) -> bool:
    scale = size[0] / clip[0]
    is_same_shape = abs(size[0] * clip[1] / (size[1] * clip[0]) - 1) <= _SAME_SHAPE
    return is_same_shape and _LEAST_SCALE <= scale <= _LARGEST_SCALE


def _on_grid(side: float) -> int:
    return _GRID * round(side / _GRID)
