"""`python -m benchmarks.clips`: how well the clip's measures find faults whose strength is known.

Good clips are made by the camera engine, faults are put into them (`clip_faults`), everything goes through an MP4.
Thresholds were set on the sets `development` and `textures`; `held-out` has other seeds, kinds and photographs.
Photographs are those of `photographs.yaml`, each package unpacked in a folder of its name.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import yaml
from PIL import Image

from benchmarks.clip_faults import FAULTS, Fault
from benchmarks.clip_material import FPS, Clip, Film
from benchmarks.clip_pictures import Picture, picture_named
from benchmarks.clip_times import time_table
from benchmarks.pictures import PHOTOGRAPHS
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
_TEXTURES = {
    "weave 11": "",
    "weave 12": "pan left",
    "leaves 11": "pan right",
    "leaves 12": "",
    "sea 11": "",
    "sea 12": "",
    "facade 11": "",
    "facade 12": "zoom in",
    "gravel 1": "tilt down",
    "grass 1": "",
    "brick 1": "",
    "hair 1": "",
    "knit 1": "",
    "sand 1": "roll counterclockwise",
    "scikit-image/gravel.png": "",
    "scikit-image/grass.png": "pan left",
    "scikit-image/brick.png": "",
    "scikit-image/motorcycle_left.png": "",
    "mate-backgrounds/Garden.jpg": "",
    "mate-backgrounds/GreenMeadow.jpg": "",
    "mate-backgrounds/Dune.jpg": "",
    "mate-backgrounds/Wood.jpg": "",
    "mate-backgrounds/Blinds.jpg": "",
    "leaves 5407": "",
    "weave 5407": "",
    "facade 5407": "",
    "grass 5407": "",
    "bark 5407": "",
    "fur 5407": "",
    "shingles 5407": "zoom out",
    "night 5407": "pan right",
    "cartoon 5407": "tilt down",
    "opencv-doc/baboon.jpg": "pan left",
    "opencv-doc/aloeL.jpg": "",
    "opencv-doc/building.jpg": "",
}
_HELD_OUT = {
    "newsprint 8831": "",
    "books 8831": "pan left",
    "mosaic 8831": "zoom out",
    "snowfall 8831": "",
    "weave 8831": "",
    "facade 8831": "",
    "hair 8831": "",
    "sitter 8831": "",
    "cartoon 8831": "tilt down",
    "palapeli-data/castle-maintenon.jpg": "pan right",
    "tuxpaint-data/templates/rocks.jpg": "",
    "ultralytics/bus.jpg": "",
}
_SETS = {"development": _DEVELOPMENT, "textures": _TEXTURES, "held-out": _HELD_OUT}
"""Pictures, and the move under which one carries faults. Thresholds are set on the first two sets alone."""
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
_LONGEST = 1024  # pixels of a photograph
_THINGS = ("the balloon drifts slowly to the left", "the balloon drifts slowly to the right")


@dataclass
class Tried:
    """What came of the clips of one picture, or of several.

    Attributes:
        clean: what was told of each good clip, by its name.
        faulty: fault, strength, clip, and what was told of it.
        agreement: of a ranking with the fault's strengths, by fault.
        unseen: as `faulty`, where this clip does not show what a fault of its strength shows in others.
    """

    clean: dict[str, list[str]] = field(default_factory=dict)
    faulty: list[tuple[str, float, str, list[str]]] = field(default_factory=list)
    agreement: list[tuple[str, float]] = field(default_factory=list)
    unseen: list[tuple[str, float, str, list[str]]] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """One picture's clips.

    Attributes:
        name: of the picture.
        number: among those of its set, which decides the moves of its good clips.
        move: under which it carries faults; empty for none.
        photographs: the folder of the packages.
        only: `clean` and faults; all unless given.
        verbose: whether every clip's measures are printed.
    """

    name: str
    number: int
    move: str
    photographs: Path | None
    only: tuple[str, ...]
    verbose: bool

    def wants(self, name: str) -> bool:
        return not self.only or name in self.only


def picture_of(name: str, photographs: Path | None) -> Picture:
    """A picture of a set; `package/file` is a photograph, at most 1024 pixels long."""
    package, _, file = name.partition("/")
    if not file:
        return picture_named(name)
    if photographs is None:
        raise SystemExit(f"{name} is a photograph: --photographs DIR")
    listed = yaml.safe_load(PHOTOGRAPHS.read_text("utf-8"))
    folder = listed["development"][package]["folder"]
    with Image.open(photographs / package / folder / file) as image:
        pixels = np.asarray(image.convert("RGB"))
    scale = min(1.0, _LONGEST / max(pixels.shape))
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def good_clips(name: str, picture: Picture, number: int) -> Iterator[Clip]:
    """A picture under several moves, lengths and sizes."""
    moves = [_MOVES[(number + step) % len(_MOVES)] for step in (0, 1, 3)]
    for move in (*moves, "orbit left", "handheld", "still"):
        yield Clip(f"{name}, {move}", picture, move)
    yield Clip(f"{name}, 8 frames, {moves[0]}", picture, moves[0], num_frames=8)
    yield Clip(f"{name}, 24 frames of 480 × 272, {moves[1]}", picture, moves[1], (480, 272), 24)
    words = _THINGS[number % 2]
    yield Clip(f"{name}, {words}", picture, words, way=(6.0 if "right" in words else -6.0, 0))


def measured(film: Film, picture: Picture | None = None) -> ClipMeasures:
    """The film's measures after its journey through an MP4; beside its picture where that is known."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        encode_mp4(film, path, FPS, "")
        with read_film(path) as (frames, fps):
            return measure_clip(frames, fps, picture)


def codes(measures: ClipMeasures, prompt: str) -> set[str]:
    return {advice.code for advice in advise_on_clip(measures, ClipWish(prompt))}


def try_picture(task: Task) -> Tried:
    """Measures a picture's good clips, and one of them with every fault at every strength."""
    cv2.setNumThreads(1)
    tried, picture = Tried(), picture_of(task.name, task.photographs)
    if task.wants("clean"):
        for clip in good_clips(task.name, picture, task.number):
            measures = measured(clip.film(), clip.picture)
            tried.clean[clip.name] = sorted(codes(measures, clip.prompt))
            _show(task, "clean", clip, measures, tried.clean[clip.name])
    if task.move:
        base = Clip(f"{task.name}, {task.move}", picture, task.move)
        clean = measured(base.plain, base.picture)
        for name, fault in FAULTS.items():
            if task.wants(name) and fault.is_for(base):
                _try_fault(task, (name, fault), base, clean, tried)
    return tried


def _try_fault(task: Task, named: tuple[str, Fault], base: Clip, clean: ClipMeasures, tried: Tried) -> None:
    name, fault = named
    prompt = fault.prompt(base.prompt)
    ladder = [] if name == "still" else [clean]
    for strength in fault.strengths:
        measures = measured(fault.inject(base, strength), base.picture)
        told = sorted(codes(measures, prompt))
        is_shown = fault.is_shown(base, strength)
        (tried.faulty if is_shown else tried.unseen).append((name, strength, base.name, told))
        ladder += [measures] * is_shown
        _show(task, f"{name} {strength:g}", base, measures, told)
    if name != "direction" and len(ladder) > 1:
        order = [place.index for place in rank_clips(ladder, ClipWish(prompt))]
        tried.agreement.append((name, kendall_tau(order)))


def _show(task: Task, what: str, clip: Clip, measures: ClipMeasures, told: Sequence[str]) -> None:
    if task.verbose:
        brief = " ".join(f"{name[:5]}={measures.value(name):g}" for name in measures.values)
        print(f"{what:14s} {clip.name:44s}", brief, *(move.move for move in measures.moves[:1]), told, flush=True)


def kendall_tau(order: Sequence[int]) -> float:
    """Agreement of an order with 0, 1, 2 …: 1 the same, −1 the reverse."""
    pairs = list(itertools.combinations(order, 2))
    return sum(1 if first < second else -1 for first, second in pairs) / len(pairs)


def report(tried: Sequence[Tried]) -> Iterator[str]:
    """Tables in Markdown."""
    clean = {name: told for each in tried for name, told in each.clean.items()}
    if clean:
        wrong = {name: told for name, told in clean.items() if told}
        yield f"**False alarms: {len(wrong)} of {len(clean)} clean clips.**"
        yield from ("", *(f"- {name}: {', '.join(told)}" for name, told in wrong.items()), *[""] * bool(wrong))
    yield "| fault | told as | recognised | Kendall τ of the ranking |"
    yield "|---|---|---|---|"
    faulty = [row for each in tried for row in each.faulty]
    misses = []
    for name, fault in FAULTS.items():
        cells = []
        for strength in fault.strengths:
            rows = [(clip, told) for other, at, clip, told in faulty if (other, at) == (name, strength)]
            found = [fault.code in told for _, told in rows]
            rate = f"{strength:g}: {sum(found)}/{len(found)}"
            is_seen = fault.is_seen(strength)
            cells += [f"**{rate}**" if is_seen else rate] * bool(rows)
            misses += [
                f"- {fault.name}, {strength:g}, {clip}: {', '.join(told) or 'nothing'}"
                for clip, told in rows
                if is_seen and fault.code not in told
            ]
        taus = [tau for each in tried for other, tau in each.agreement if other == name]
        tau = f"{sum(taus) / len(taus):.2f}" if taus else "–"
        if cells:
            yield f"| {fault.name} | `{fault.code}` | {', '.join(cells)} | {tau} |"
    yield from ("", "Missed:", "", *misses) if misses else ("", "Missed: none.")
    unseen = [row for each in tried for row in each.unseen]
    if unseen:
        told = sum(FAULTS[name].code in codes for name, _, _, codes in unseen)
        yield from ("", f"Flicker that a file does not hold: {len(unseen)} clips, {told} told.")


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.clips", description=__doc__)
    parser.add_argument("--set", choices=_SETS, default="development", help="of pictures")
    parser.add_argument("--photographs", type=Path, metavar="DIR", help="where packages of photographs are unpacked")
    parser.add_argument("--only", nargs="*", default=(), help="clean, or names of faults")
    parser.add_argument("--verbose", action="store_true", help="every clip's measures")
    parser.add_argument("--processes", type=int, default=2, help="pictures at a time")
    parser.add_argument("--time", action="store_true", help="only how long measuring takes")
    parsed = parser.parse_args()
    if parsed.time:
        print(*time_table(), sep="\n")
        return
    began = time.monotonic()
    tasks = [
        Task(name, number, move, parsed.photographs, tuple(parsed.only), parsed.verbose)
        for number, (name, move) in enumerate(_SETS[parsed.set].items())
    ]
    with ProcessPoolExecutor(parsed.processes) as pool:
        tried = list(pool.map(try_picture, sorted(tasks, key=lambda task: not task.move)))
    print(f"## {parsed.set}\n", *report(tried), sep="\n")
    print(f"\n{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
