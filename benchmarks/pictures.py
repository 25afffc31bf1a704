"""`python -m benchmarks.pictures`: how surely a picture's fault is found, and how often one that is not there.

Clean pictures are made from seeds (`tests/diagnosis/picture/scenes.py`) or photographs out of free packages
(`photographs.yaml`); faults are put into a third of them at five strengths (`faults.py` there). Thresholds are set on
the set `development` and judged by `held-out`. Two processes by default; a minute for every thirty photographs, about.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from PIL import Image

from benchmarks.qt_resources import read_resource
from i2v.diagnosis.picture.judgement import Framing, advise_on_picture
from i2v.diagnosis.picture.measuring import measure_picture
from i2v.diagnosis.picture.views import view_for_clip
from i2v.domain.crop import Fit
from tests.diagnosis.picture.faults import CLIP, FAULTS, Fault, put_in
from tests.diagnosis.picture.scenes import SCENES, Pixels, paint_scene

SEEDS = {"development": (*range(100, 103), *range(200, 203), *range(500, 504)), "held-out": range(700, 706)}
SEEDS_OF_ONE_KIND = 12
"""Pictures for a fault that only one kind of scene can have."""
EXAMPLES = Path(__file__).parents[1] / "i2v" / "examples"
PHOTOGRAPHS = Path(__file__).with_name("photographs.yaml")
SEVERAL_KINDS = ("snow", "street", "fog", "room")
"""Scenes in which several things do stand out."""
PARTS = 3
"""One of so many parts of the pictures takes faults."""


@dataclass(frozen=True)
class Base:
    """A clean picture; its pixels are made or read where it is judged.

    Attributes:
        kind: a scene's, or `photograph`.
        file: where a photograph lies; a scene has a seed instead.
        true_of: codes of what it truly has.
        only_fault: the code of the one that it is there for; without faults, it is not judged then.
    """

    name: str
    kind: str
    file: Path | None = None
    seed: int = 0
    true_of: frozenset[str] = frozenset()
    only_fault: str = ""

    def takes(self, fault: Fault) -> bool:
        """Whether the fault is put into it: one of so many pictures, by a hash of its name, takes all."""
        if self.only_fault:
            return fault.code == self.only_fault
        is_chosen = int(hashlib.sha256(self.name.encode()).hexdigest(), 16) % PARTS == 0
        return is_chosen and fault.code not in self.true_of

    def pixels(self) -> Pixels:
        """uint8 (height, width, 3), RGB."""
        if not self.file:
            return paint_scene(self.kind, self.seed)
        with Image.open(io.BytesIO(_content(self.file))) as image:
            return np.array(image.convert("RGB"))


@dataclass(frozen=True)
class Judged:
    """What was told falsely of a clean base, and whether each fault was found, by code and strength."""

    name: str
    alarms: frozenset[str]
    found: Mapping[tuple[str, float], bool]


@dataclass
class Tally:
    """How often a fault was found, by strength, and what was missed."""

    found: dict[float, list[bool]] = field(default_factory=lambda: defaultdict(list))
    missed: list[str] = field(default_factory=list)

    def recall(self, strength: float) -> float:
        return sum(self.found[strength]) / len(self.found[strength])


def made_bases(name: str) -> Iterator[Base]:
    """Every kind of scene from every seed of a set; the app's examples, which are known, are development's."""
    for seed in SEEDS[name]:
        for kind in SCENES:
            yield Base(f"{kind} {seed}", kind, seed=seed)
    for path in sorted(EXAMPLES.glob("*.webp")) if name == "development" else ():
        yield Base(path.name, "photograph", path)
    after = max(SEEDS[name]) + 1
    for fault in FAULTS:
        for kind in fault.kinds if fault.kinds and len(fault.kinds) == 1 else ():
            for seed in range(after, after + SEEDS_OF_ONE_KIND):
                yield Base(f"{kind} {seed}", kind, seed=seed, only_fault=fault.code)


def photographs(folder: Path, name: str) -> Iterator[Base]:
    """Those of a set, by the list in `photographs.yaml`; `folder` holds the packages, each in a folder of its name.

    Raises:
        SystemExit: a package holds other pictures than those that were chosen.
    """
    listed = yaml.safe_load(PHOTOGRAPHS.read_text("utf-8"))
    for package, held in listed.get(name.replace("-", "_"), {}).items():
        _expect_the_same(folder, package, held)
        for file in held["files"]:
            known_as, path = f"{package}/{file}", folder / package / held["folder"] / file
            true_of = frozenset(listed["true_of"].get(known_as, ()))
            yield Base(known_as, "photograph", path, true_of=true_of)


def _expect_the_same(folder: Path, package: str, held: Mapping[str, Any]) -> None:
    places = (folder / package / held["folder"] / file for file in held["files"])
    if "sha256" in held and hashlib.sha256(b"".join(map(_content, places))).hexdigest() != held["sha256"]:
        sys.exit(f"{folder / package} is not the package that was chosen: {held['from']}")


def _content(file: Path) -> bytes:
    is_resource = file.parent.suffix == ".rcc"
    return read_resource(file.parent, file.name) if is_resource else file.read_bytes()


def told(pixels: Pixels, *fits: Fit) -> frozenset[str]:
    """Codes of what the coach says of a picture for a model's clip that takes it in one of these ways."""
    measures = measure_picture(pixels, CLIP)
    return frozenset(each.code for fit in fits for each in advise_on_picture(measures, Framing(CLIP, fit)))


def judge(base: Base, number: int, faults: Sequence[Fault]) -> Judged:
    """A picture clean, and with every fault that it takes at every strength.

    Args:
        base: the picture.
        number: what leaves to chance go by: which bars, which words.
        faults: those that are asked for.
    """
    pixels = base.pixels()
    alarms = frozenset[str]() if base.only_fault else told(pixels, "cover", "pad") - base.true_of
    if base.kind == "photograph":
        alarms -= {"too_small", "extreme_ratio"}  # which it may truly be
    if base.kind in SEVERAL_KINDS:
        alarms -= {"several_subjects"}
    picture = view_for_clip(pixels, CLIP)
    found = {
        (fault.code, strength): fault.code in told(put_in(fault, picture, strength, number), fault.fit)
        for fault in faults
        if base.takes(fault) and fault.can_befall(base.kind, picture)
        for strength in fault.strengths
    }
    return Judged(base.name, alarms, found)


def _tally(fault: Fault, judged: Sequence[Judged]) -> Tally:
    counted = Tally()
    for each in judged:
        for strength in fault.strengths:
            is_found = each.found.get((fault.code, strength))
            if is_found is None:
                continue
            counted.found[strength].append(is_found)
            if not is_found and _is_visible(fault, strength):
                counted.missed.append(f"{each.name} at {strength:g}")
    return counted


def judge_all(bases: Sequence[Base], faults: Sequence[Fault], processes: int) -> list[Judged]:
    """Every picture, in the order given."""
    with ProcessPoolExecutor(processes, initializer=partial(cv2.setNumThreads, 1)) as pool:
        return list(pool.map(judge, bases, range(len(bases)), [faults] * len(bases)))


def _is_visible(fault: Fault, strength: float) -> bool:
    return fault.strengths.index(strength) >= fault.strengths.index(fault.visible)


def report(name: str, bases: Sequence[Base], judged: Sequence[Judged], faults: Sequence[Fault]) -> str:
    """A table in Markdown and every miss; strengths from the visible one on are bold."""
    clean = [each for base, each in zip(bases, judged, strict=True) if not base.only_fault]
    any_alarm = sum(bool(each.alarms) for each in clean)
    share = f"{any_alarm} of {len(clean)} clean pictures ({any_alarm / len(clean):.3f})"
    lines = [f"### {name}", "", f"{share} got some advice that they do not deserve.", ""]
    lines += ["| fault | unit | found at its five strengths | found where visible | false alarms |"]
    lines += ["|---|---|---|---|---|"]
    notes = []
    for fault in faults:
        counted = _tally(fault, judged)
        alarmed = [each.name for each in clean if fault.code in each.alarms]
        lines += [_row(fault, counted, len(alarmed) / len(clean))] if counted.found else []
        notes += [f"- `{fault.code}` missed: {', '.join(counted.missed)}."] if counted.missed else []
        notes += [f"- `{fault.code}` false alarm: {', '.join(alarmed)}."] if alarmed else []
    return "\n".join([*lines, "", "Every miss and false alarm:", "", *(notes or ["None."])])


def _row(fault: Fault, counted: Tally, rate: float) -> str:
    cells = []
    for strength in fault.strengths:
        cell = f"{strength:g}: {counted.recall(strength):.2f}"
        cells.append(f"**{cell}**" if _is_visible(fault, strength) else cell)
    seen = [strength for strength in fault.strengths if _is_visible(fault, strength)]
    visible = [each for strength in seen for each in counted.found[strength]]
    found = f"{sum(visible)} of {len(visible)} ({sum(visible) / len(visible):.3f})"
    return f"| `{fault.code}` | {fault.unit} | {', '.join(cells)} | {found} | {rate:.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.pictures", description=__doc__)
    parser.add_argument("--set", choices=tuple(SEEDS), default="development")
    parser.add_argument("--photographs", type=Path, metavar="DIR", help="judge by photographs, unpacked in this folder")
    parser.add_argument("--fault", choices=[fault.code for fault in FAULTS], help="this one alone")
    parser.add_argument("--processes", type=int, default=2)
    parsed = parser.parse_args()
    faults = [fault for fault in FAULTS if parsed.fault in (None, fault.code)]
    bases = list(photographs(parsed.photographs, parsed.set) if parsed.photographs else made_bases(parsed.set))
    name = f"{'Photographs' if parsed.photographs else 'Made pictures'}, {parsed.set}"
    print(report(name, bases, judge_all(bases, faults, parsed.processes), faults))


if __name__ == "__main__":
    main()
