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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from benchmarks.clip_faults import FAULTS, Fault
from benchmarks.clip_material import DRAWN, FPS, Clip, Film, example
from i2v.diagnosis.clip.judgement import advise_on_clip
from i2v.diagnosis.clip.measures import ClipMeasures
from i2v.diagnosis.clip.measuring import measure_clip
from i2v.diagnosis.clip.ranking import rank_clips
from i2v.diagnosis.clip.wishes import ClipWish
from i2v.media.video import encode_mp4, read_film

DEVELOPMENT_SEEDS, HELD_OUT_SEEDS = (1,), (101,)
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


def good_clips(*, held_out: bool) -> list[Clip]:
    """All clean clips of a set: each drawn picture and example under several moves, lengths and sizes."""
    seeds = HELD_OUT_SEEDS if held_out else DEVELOPMENT_SEEDS
    pictures = [(f"{draw.__name__} {seed}", draw(seed)) for draw in DRAWN for seed in seeds]
    pictures += [(name, example(name)) for name in (("lake", "shop") if held_out else ("walk",))]
    clips = []
    for at, (name, picture) in enumerate(pictures):
        moves = [_MOVES[(at + step) % len(_MOVES)] for step in (0, 1, 3)]
        clips += [Clip(f"{name}, {move}", picture, move) for move in moves]
        clips.append(Clip(f"{name}, orbit", picture, "orbit left"))
        clips.append(Clip(f"{name}, handheld", picture, "handheld"))
        clips.append(Clip(f"{name}, 8 frames, {moves[0]}", picture, moves[0], num_frames=8))
        clips.append(Clip(f"{name}, 24 frames of 480 × 272, {moves[1]}", picture, moves[1], (480, 272), 24))
        clips += [
            Clip(f"{name}, {words[-5:].strip()}", picture, words, way=(6.0 if "right" in words else -6.0, 0))
            for words in _THINGS[at % 2 :: 2]
        ]
        clips.append(Clip(f"{name}, still", picture, "still"))
    return clips


def faulty_bases(*, held_out: bool) -> list[Clip]:
    """The clips that faults are put into: one of every second picture."""
    wanted = itertools.groupby(good_clips(held_out=held_out), key=lambda clip: clip.name.partition(",")[0])
    bases = []
    for at, (_, of_picture) in enumerate(wanted):
        plain = [clip for clip in of_picture if clip.num_frames == 16 and clip.prompt in _MOVES]
        bases.append(plain[at % len(plain)])
    return bases[::2]


@dataclass
class Found:
    """One fault over all clips: clips with the fault recognised, per strength, the ranking's agreement, and misses."""

    fault: Fault
    recognised: Counter[float] = field(default_factory=Counter)
    tried: Counter[float] = field(default_factory=Counter)
    agreement: list[float] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


def measured(film: Film) -> ClipMeasures:
    """The film's measures after its journey through an MP4."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        encode_mp4(film, path, FPS, "")
        with read_film(path) as (frames, fps):
            return measure_clip(frames, fps)


def codes(measures: ClipMeasures, prompt: str) -> set[str]:
    return {advice.code for advice in advise_on_clip(measures, ClipWish(prompt))}


def try_fault(name: str, fault: Fault, bases: Sequence[Clip], *, verbose: bool = False) -> Found:
    """Puts one fault into all clips that can have it."""
    found = Found(fault)
    for clip in bases:
        if not fault.is_for(clip):
            continue
        prompt = fault.prompt(clip.prompt)
        ladder = []
        if name not in ("direction", "still"):
            ladder.append(measured(clip.plain))
        for strength in fault.strengths:
            measures = measured(fault.inject(clip, strength))
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


def false_alarms(clips: Sequence[Clip], *, verbose: bool = False) -> Iterator[tuple[Clip, set[str]]]:
    """What is said of clean clips: nothing should be."""
    for clip in clips:
        measures = measured(clip.plain)
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
    for fault_name, fault in FAULTS.items():
        if only and fault_name not in only:
            continue
        found = try_fault(fault_name, fault, bases, verbose=verbose)
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
