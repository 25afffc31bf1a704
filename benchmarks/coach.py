"""`python -m benchmarks.coach`: how often the coach finds the fault of a labelled sentence, and how often it is right.

Faults are scored on what the coach says without hints, hints on their own items and the good sentences. Chinese
sentences always get `not_english`, as it should be, so that this fault is scored on the others alone.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from i2v.diagnosis.sentence.judgement import Listener, advise_on_sentence, understood_camera
from i2v.diagnosis.sentence.verdict import HINTS

FOLDER = Path(__file__).parents[1] / "tests" / "diagnosis" / "sentence"
HELD_OUT = ("heldout", "heldout_second", "heldout_third", "heldout_fourth", "heldout_fifth")
"""Sets that were evaluated once, the first first; development data since."""
CODES = (
    "no_motion", "vague_motion", "abstract", "contradiction", "too_many_actions", "negation", "not_english", "too_long",
    "violent", "missing_direction", "missing_speed",
)  # fmt: skip


@dataclass(frozen=True)
class Judged:
    """A labelled sentence with what the coach says of it."""

    id: str
    sentence: str
    language: str
    fault: str | None
    camera: str | None
    said: frozenset[str]
    camera_read: str | None

    @property
    def is_right(self) -> bool:
        """Hints beside a fault, or on a good sentence, are no mistake; neither is a second language."""
        told = {code for code in self.said if code not in HINTS and not (code == "not_english" and self.is_chinese)}
        if self.fault in HINTS:
            return self.fault in self.said and not told
        if self.fault == "not_english" and self.is_chinese:
            return "not_english" in self.said
        return told == ({self.fault} if self.fault else set())

    @property
    def is_chinese(self) -> bool:
        return self.language.startswith("zh")


@dataclass(frozen=True)
class Score:
    """Right, missed and wrong finds of one fault."""

    right: int
    missed: int
    wrong: int

    @property
    def precision(self) -> float | None:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        return self.right / (self.right + self.missed) if self.right + self.missed else None


def judge(path: Path) -> list[Judged]:
    """What the coach says of every sentence of a set."""
    return [_judged(entry) for entry in yaml.safe_load(path.read_text("utf-8"))]


def _judged(entry: dict[str, Any]) -> Judged:
    sentence, fault, camera = entry["sentence"], entry.get("fault"), entry.get("camera")
    return Judged(
        id=str(entry["id"]),
        sentence=sentence,
        language=entry["language"],
        fault=None if fault in (None, "none", "good") else fault,
        camera=None if camera in (None, "none") else camera,
        said=frozenset(advice.code for advice in advise_on_sentence(sentence, Listener())),
        camera_read=understood_camera(sentence),
    )


def score(judged: Sequence[Judged], code: str) -> Score:
    """One fault over a set."""
    counted = [one for one in judged if not (code == "not_english" and one.is_chinese)]
    if code in HINTS:
        counted = [one for one in counted if one.fault is None or one.fault in HINTS]
    right = sum(one.fault == code and code in one.said for one in counted)
    missed = sum(one.fault == code and code not in one.said for one in counted)
    wrong = sum(one.fault != code and code in one.said for one in counted)
    return Score(right, missed, wrong)


def report(name: str, judged: Sequence[Judged]) -> str:
    """A table in Markdown."""
    lines = [f"## {name}", "", "| fault | sentences | precision | recall |", "|---|---|---|---|"]
    for code in CODES:
        found = score(judged, code)
        lines.append(f"| `{code}` | {found.right + found.missed} | {_rate(found.precision)} | {_rate(found.recall)} |")
    good = [one for one in judged if one.fault is None]
    clean = sum(one.is_right for one in good)
    cameras = sum(one.camera == one.camera_read for one in judged)
    chinese = [one for one in judged if one.is_chinese]
    told = sum("not_english" in one.said for one in chinese)
    lines += [
        "",
        f"- Good sentences without a warning: {clean} of {len(good)}.",
        f"- Camera move as labelled: {cameras} of {len(judged)}.",
        f"- Chinese sentences told as such: {told} of {len(chinese)}.",
    ]
    return "\n".join(lines)


def misses(judged: Sequence[Judged]) -> str:
    """Every sentence of which the coach says something else than its label, and every camera move read otherwise."""
    lines = ["| id | sentence | label | said |", "|---|---|---|---|"]
    for one in judged:
        sentence = one.sentence.replace("|", "\\|")
        said = ", ".join(sorted(one.said - ({"not_english"} if one.is_chinese else set())))
        if not one.is_right:
            lines.append(f"| {one.id} | {sentence} | {one.fault or 'good'} | {said or 'nothing'} |")
        if one.camera != one.camera_read:
            lines.append(f"| {one.id} | {sentence} | camera: {one.camera} | camera: {one.camera_read} |")
    return "\n".join(lines)


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def development_sets() -> list[Path]:
    """What the coach was developed on: its first sentences, the held-out sets that were evaluated, and the batches."""
    named = ("development", *HELD_OUT, "clear")
    return [*(FOLDER / f"{name}.yaml" for name in named), *sorted((FOLDER / "batches").glob("*.yaml"))]


def judge_development() -> list[Judged]:
    """All of them together."""
    return [one for path in development_sets() for one in judge(path)]


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.coach", description=__doc__)
    parser.add_argument("--held-out", metavar="FILE", type=Path, help="sentences written by somebody else, too")
    parser.add_argument("--misses", action="store_true", help="list every miss")
    parsed = parser.parse_args()
    sets = [("Development", judge_development())]
    if parsed.held_out:
        sets.append(
            (f"Held out, SHA-256 {hashlib.sha256(parsed.held_out.read_bytes()).hexdigest()}", judge(parsed.held_out))
        )
    for name, judged in sets:
        print(report(f"{name} ({len(judged)} sentences)", judged), "\n")
        if parsed.misses:
            print(misses(judged), "\n")


if __name__ == "__main__":
    main()
