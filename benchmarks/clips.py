"""`python -m benchmarks.clips`: how well the clip's measures find faults whose strength is known.

Good clips are made by the camera engine, faults are put into them (`clip_faults`), everything goes through an MP4.
Thresholds were set on the development set; `--held-out` prints the other one: other seeds, other pictures.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from benchmarks.clip_faults import FAULTS, Fault
from benchmarks.clip_material import FPS, Clip, Film
from benchmarks.clip_pictures import Picture, picture_named
from i2v.diagnosis.clip.judgement import advise_on_clip
from i2v.diagnosis.clip.measures import ClipMeasures
from i2v.diagnosis.clip.measuring import measure_clip
from i2v.diagnosis.clip.ranking import rank_clips
from i2v.diagnosis.clip.wishes import ClipWish
from i2v.media.video import encode_mp4, read_film

_DEVELOPMENT = {
    "waves 1": "pan left",
    "clouds 1": "",
    "shapes 1": "zoom out",
    "portrait 1": "pan right",
    "street 1": "",
    "walk": "",
    "waves 101": "",
    "clouds 101": "tilt down",
    "shapes 101": "pan right",
    "portrait 101": "",
    "street 101": "pan right",
    "lake": "zoom in",
    "shop": "roll counterclockwise",
    "cartoon 1": "roll clockwise",
    "facade 1": "tilt up",
    "night 1": "pan left",
    "weave 1": "zoom out",
}
_HELD_OUT = {
    "waves 907": "",
    "clouds 907": "",
    "portrait 907": "",
    "shapes 907": "zoom in",
    "street 907": "tilt down",
    "cartoon 907": "pan left",
    "facade 907": "zoom in",
    "night 907": "roll clockwise",
    "weave 907": "tilt up",
    "leaves 907": "zoom out",
    "sea 907": "pan right",
    "sitter 907": "roll counterclockwise",
    "knight": "pan left",
    "globe": "",
    "waves": "",
}
"""Pictures, and the move under which one carries faults. Thresholds are set on the first set alone."""
_MOVES = (
    "pan left",
    "zoom in",
    "roll clockwise",
    "tilt up",
    "zoom out",
    "pan right",
    "roll counterclockwise",
    "tilt down",
)
_THINGS = ("the balloon drifts slowly to the left", "the balloon drifts slowly to the right")


def good_clips(*, held_out: bool) -> Iterator[Clip]:
    """All clean clips of a set: each picture under several moves, lengths and sizes."""
    for at, name in enumerate(_HELD_OUT if held_out else _DEVELOPMENT):
        picture = picture_named(name)
        moves = [_MOVES[(at + step) % len(_MOVES)] for step in (0, 1, 3)]
        for move in (*moves, "orbit left", "handheld", "still"):
            yield Clip(f"{name}, {move}", picture, move)
        yield Clip(f"{name}, 8 frames, {moves[0]}", picture, moves[0], num_frames=8)
        yield Clip(f"{name}, 24 frames of 480 × 272, {moves[1]}", picture, moves[1], (480, 272), 24)
        words = _THINGS[at % 2]
        yield Clip(f"{name}, {words}", picture, words, way=(6.0 if "right" in words else -6.0, 0))


def faulty_bases(*, held_out: bool) -> list[Clip]:
    """The clips that faults are put into."""
    wanted = _HELD_OUT if held_out else _DEVELOPMENT
    return [Clip(f"{name}, {move}", picture_named(name), move) for name, move in wanted.items() if move]


@dataclass
class Found:
    """One fault over all clips: clips with the fault recognised, per strength, the ranking's agreement, and misses."""

    fault: Fault
    recognised: Counter[float] = field(default_factory=Counter)
    tried: Counter[float] = field(default_factory=Counter)
    agreement: list[float] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


def measured(film: Film, picture: Picture | None = None) -> ClipMeasures:
    """The film's measures after its journey through an MP4; beside its picture where that is known."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        encode_mp4(film, path, FPS, "")
        with read_film(path) as (frames, fps):
            return measure_clip(frames, fps, picture)


def codes(measures: ClipMeasures, prompt: str) -> set[str]:
    return {advice.code for advice in advise_on_clip(measures, ClipWish(prompt))}


def try_fault(
    name: str, fault: Fault, bases: Sequence[Clip], clean: Mapping[str, ClipMeasures], *, verbose: bool = False
) -> Found:
    """Puts one fault into all clips that can have it; `clean` are the measures without any, by the clip's name."""
    found = Found(fault)
    for clip in bases:
        if not fault.is_for(clip):
            continue
        prompt = fault.prompt(clip.prompt)
        ladder = []
        if name not in ("direction", "still"):
            ladder.append(clean[clip.name])
        for strength in fault.strengths:
            measures = measured(fault.inject(clip, strength), clip.picture)
            ladder.append(measures)
            told = codes(measures, prompt)
            found.tried[strength] += 1
            found.recognised[strength] += fault.code in told
            if strength >= fault.visible and fault.code not in told:
                found.misses.append(f"{name} {strength:g} in {clip.name}: {', '.join(sorted(told)) or 'nothing'}")
            if verbose:
                print(f"{name:9s} {strength:5g} {clip.name:32s}", _brief(measures), sorted(told), flush=True)
        if name != "direction":
            found.agreement.append(kendall_tau([place.index for place in rank_clips(ladder, ClipWish(prompt))]))
    return found


def kendall_tau(order: Sequence[int]) -> float:
    """Agreement of an order with 0, 1, 2 …: 1 the same, −1 the reverse."""
    pairs = list(itertools.combinations(order, 2))
    return sum(1 if first < second else -1 for first, second in pairs) / len(pairs)


def false_alarms(clips: Iterable[Clip], *, verbose: bool = False) -> Iterator[tuple[Clip, set[str]]]:
    """What is said of clean clips: nothing should be."""
    for clip in clips:
        measures = measured(clip.film(), clip.picture)
        told = codes(measures, clip.prompt)
        if verbose:
            print(f"clean {clip.name:44s}", _brief(measures), sorted(told), flush=True)
        yield clip, told


def report(name: str, *, held_out: bool, only: Sequence[str], verbose: bool) -> str:
    """Tables in Markdown."""
    lines = [f"## {name}", ""]
    if not only or "clean" in only:
        judged = list(false_alarms(good_clips(held_out=held_out), verbose=verbose))
        wrong = [(clip, told) for clip, told in judged if told]
        lines += [
            f"False alarms: {len(wrong)} of {len(judged)} clean clips ({100 * len(wrong) / len(judged):.1f} %).",
            "",
        ]
        lines += [f"- {clip.name}: {', '.join(sorted(told))}" for clip, told in wrong] + [""] * bool(wrong)
    lines += [
        "| fault | told as | recognised at the five strengths (seen from **bold** on) | Kendall τ |",
        "|---|---|---|---|",
    ]
    misses, bases = [], faulty_bases(held_out=held_out)
    clean = {clip.name: measured(clip.plain, clip.picture) for clip in bases}
    for fault_name, fault in FAULTS.items():
        if only and fault_name not in only:
            continue
        found = try_fault(fault_name, fault, bases, clean, verbose=verbose)
        misses += found.misses
        cells = []
        for strength in fault.strengths:
            rate = f"{strength:g}: {found.recognised[strength]}/{found.tried[strength]}"
            cells.append(f"**{rate}**" if strength >= fault.visible else rate)
        tau = f"{sum(found.agreement) / len(found.agreement):.2f}" if found.agreement else "–"
        lines.append(f"| {fault_name} | `{fault.code}` | {', '.join(cells)} | {tau} |")
    return "\n".join([*lines, "", "Misses: " + ("none." if not misses else ""), *(f"- {miss}" for miss in misses)])


def _brief(measures: ClipMeasures) -> str:
    return " ".join(f"{name[:5]}={measures.value(name):g}" for name in measures.values) + (
        f" {measures.moves[0].move}" if measures.moves else " ?"
    )


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.clips", description=__doc__)
    parser.add_argument("--held-out", action="store_true", help="the set that no threshold was set on, instead")
    parser.add_argument("--only", nargs="*", default=(), help="clean, or names of faults")
    parser.add_argument("--verbose", action="store_true", help="every clip's measures")
    parsed = parser.parse_args()
    cv2.setNumThreads(1)
    began = time.monotonic()
    name = "held out" if parsed.held_out else "development"
    print(report(name, held_out=parsed.held_out, only=parsed.only, verbose=parsed.verbose))
    print(f"\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
