"""`python -m benchmarks.pictures`: how surely a picture's fault is found, and how often one that is not there.

Clean pictures are made from seeds (`tests/diagnosis/picture/scenes.py`) or photographs out of free packages
(`photographs.yaml`); faults are put into them at five strengths (`faults.py` there). Thresholds were set on the
development set and are judged by the other.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from i2v.diagnosis.picture.judgement import Framing, advise_on_picture
from i2v.diagnosis.picture.measuring import measure_picture
from i2v.diagnosis.picture.views import view_for_clip
from i2v.domain.crop import Fit
from tests.diagnosis.picture.faults import CLIP, FAULTS, Fault, put_in
from tests.diagnosis.picture.scenes import LATER_SCENES, SCENES, Pixels, paint_scene

SEEDS = {"development": (*range(100, 103), *range(200, 203)), "evaluation": range(500, 502)}
SEEDS_OF_ONE_KIND = 12
"""Pictures for a fault that only one kind of scene can have."""
EXAMPLES = Path(__file__).parents[1] / "i2v" / "examples"
PHOTOGRAPHS = Path(__file__).with_name("photographs.yaml")
SEVERAL_KINDS = ("snow", "street", "fog", "room")
"""Scenes in which several things do stand out."""


@dataclass(frozen=True)
class Base:
    """A clean picture; `kind` is a scene's, or `photograph`.

    Attributes:
        true_of: codes of what it truly has.
        takes_faults: whether faults are put into it as well; clean, every picture is judged.
    """

    name: str
    kind: str
    pixels: Pixels
    true_of: frozenset[str] = frozenset()
    takes_faults: bool = True


@dataclass
class Tally:
    """How often a fault was found, by strength, and what was missed."""

    found: dict[float, list[bool]] = field(default_factory=lambda: defaultdict(list))
    missed: list[str] = field(default_factory=list)

    def recall(self, strength: float) -> float:
        return sum(self.found[strength]) / len(self.found[strength])


def made_bases(name: str) -> Iterator[Base]:
    """Every kind of scene from every seed of a set, and the app's examples; the evaluation has kinds of its own."""
    for seed in SEEDS[name]:
        for kind in (*SCENES, *(LATER_SCENES if name == "evaluation" else ())):
            yield Base(f"{kind} {seed}", kind, paint_scene(kind, seed))
    for path in sorted(EXAMPLES.glob("*.webp")):
        yield Base(path.name, "photograph", _read(path))


def photographs(folder: Path, name: str) -> Iterator[Base]:
    """Those of a set, by the list in `photographs.yaml`; `folder` holds the packages, each in a folder of its name."""
    listed = yaml.safe_load(PHOTOGRAPHS.read_text("utf-8"))
    for part in ("development", "split"):
        for package, held in listed[part].items():
            for file in held["files"]:
                path = Path(held["folder"], file)
                known_as = path.parents[2].name + path.suffix if "contents" in path.parts else path.name
                number = int(hashlib.sha256(known_as.encode()).hexdigest(), 16)
                is_development = part == "development" or number % 3 == 0
                if is_development == (name == "development"):
                    true_of = frozenset(listed["true_of"].get(known_as, ()))
                    pixels = _read(folder / package / path)
                    yield Base(known_as, "photograph", pixels, true_of, takes_faults=number // 3 % 2 == 0)


def _read(path: Path) -> Pixels:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def told(pixels: Pixels, fit: Fit) -> frozenset[str]:
    """Codes of what the coach says of a picture for a model's clip."""
    return frozenset(each.code for each in advise_on_picture(measure_picture(pixels, CLIP), Framing(CLIP, fit)))


def false_alarms(bases: Sequence[Base]) -> dict[str, list[str]]:
    """Clean pictures in which a fault was found, by its code. A photograph may truly be small or long."""
    found: dict[str, list[str]] = {fault.code: [] for fault in FAULTS}
    for base in bases:
        for code in told(base.pixels, "cover") | told(base.pixels, "pad"):
            is_true = code in ("too_small", "extreme_ratio") and base.kind == "photograph"
            is_true |= code == "several_subjects" and base.kind in SEVERAL_KINDS
            is_true |= code in base.true_of
            if not is_true:
                found[code].append(base.name)
    return found


def tally(fault: Fault, bases: Sequence[Base]) -> Tally:
    """A fault put into every picture that can have it, at every strength."""
    counted = Tally()
    for number, base in enumerate(bases):
        picture = view_for_clip(base.pixels, CLIP)
        if not base.takes_faults or fault.code in base.true_of or not fault.can_befall(base.kind, picture):
            continue
        for strength in fault.strengths:
            is_found = fault.code in told(put_in(fault, picture, strength, number), fault.fit)
            counted.found[strength].append(is_found)
            if not is_found and _is_visible(fault, strength):
                counted.missed.append(f"{base.name} at {strength:g}")
    return counted


def _more_of_its_kind(fault: Fault, bases: Sequence[Base]) -> Iterator[Base]:
    """More pictures of the only kind that can have a fault, from seeds beside those of the set."""
    made = [int(base.name.split()[-1]) for base in bases if fault.kinds == (base.kind,)]
    for seed in range(max(made) + 1, max(made) + 1 + SEEDS_OF_ONE_KIND - len(made)) if made else ():
        (kind,) = fault.kinds or ()
        yield Base(f"{kind} {seed}", kind, paint_scene(kind, seed))


def _is_visible(fault: Fault, strength: float) -> bool:
    return fault.strengths.index(strength) >= fault.strengths.index(fault.visible)


def report(name: str, bases: Sequence[Base], faults: Sequence[Fault]) -> str:
    """A table in Markdown and every miss; strengths from the visible one on are bold."""
    lines = [f"## {name}: {len(bases)} clean pictures", ""]
    lines += ["| fault | unit | found at its five strengths | found where visible | false alarms |"]
    lines += ["|---|---|---|---|---|"]
    alarms, notes = false_alarms(bases), []
    for fault in faults:
        counted = tally(fault, [*bases, *_more_of_its_kind(fault, bases)])
        if not counted.found:
            continue
        cells = []
        for strength in fault.strengths:
            cell = f"{strength:g}: {counted.recall(strength):.2f}"
            cells.append(f"**{cell}**" if _is_visible(fault, strength) else cell)
        seen = [strength for strength in fault.strengths if _is_visible(fault, strength)]
        visible = [each for strength in seen for each in counted.found[strength]]
        rate = len(alarms[fault.code]) / len(bases)
        found = f"{sum(visible)} of {len(visible)} ({sum(visible) / len(visible):.3f})"
        lines.append(f"| `{fault.code}` | {fault.unit} | {', '.join(cells)} | {found} | {rate:.3f} |")
        notes += [f"- `{fault.code}` missed: {', '.join(counted.missed)}."] if counted.missed else []
        notes += [f"- `{fault.code}` false alarm: {', '.join(alarms[fault.code])}."] if alarms[fault.code] else []
    any_alarm = {name for names in alarms.values() for name in names}
    lines += ["", f"Clean pictures with any advice that they do not deserve: {len(any_alarm)} of {len(bases)}."]
    return "\n".join([*lines, "", *notes])


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.pictures", description=__doc__)
    parser.add_argument("--set", choices=tuple(SEEDS), default="evaluation")
    parser.add_argument("--photographs", type=Path, metavar="DIR", help="judge by photographs, unpacked in this folder")
    parser.add_argument("--fault", choices=[fault.code for fault in FAULTS], help="this one alone")
    parsed = parser.parse_args()
    faults = [fault for fault in FAULTS if parsed.fault in (None, fault.code)]
    if parsed.photographs:
        print(report(f"Photographs, {parsed.set}", list(photographs(parsed.photographs, parsed.set)), faults))
    else:
        print(report(f"Made pictures, {parsed.set}", list(made_bases(parsed.set)), faults))


if __name__ == "__main__":
    main()
