"""`python -m benchmarks.word_classes FOLDER`: distils WordNet 3.0 into the coach's word classes.

Of every verb, person and animal, and every other noun, adjective and adverb that WordNet's tagged texts use, it keeps
which parts of speech it may be, each with the field (lexicographer's file) of most of its uses; the antonyms; and the
odd forms of verbs.
"""

from __future__ import annotations

import argparse
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from i2v.diagnosis.sentence.learned import dictionary

PARTS = {"verb": "v", "noun": "n", "adj": "a", "adv": "r"}
_LETTERS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
_NAMES = """
all pert all Tops act animal artifact attribute body cognition communication event feeling food group location motive
object person phenomenon plant possession process quantity relation shape state substance time body change cognition
communication competition consumption contact creation emotion motion perception possession social stative weather ppl
"""
_FIELDS = _NAMES.split()
ROOTS = {"v:GO": ("v", "01835514"), "n:VEH": ("n", "03100490")}
"""To go from one place to another (travel, locomote), and what carries people and goods (conveyance)."""
_ALWAYS = ("v:", "n:animal", "n:person", "n:artifact n:VEH")
"""Kinds of words that are kept even where no tagged text uses them."""
FEWEST_USES = 0.25
"""Share of a word's uses from which it is said to be motion, going or a conveyance."""

Synset = tuple[str, list[str], list[list[str]]]


def _synsets(folder: Path) -> dict[tuple[str, str], Synset]:
    """(part, offset) to (field, words, pointers as [sign, offset, part, source and target in hexadecimal])."""
    found = {}
    for name, part in PARTS.items():
        for line in (folder / f"data.{name}").read_text("latin-1").splitlines():
            if line.startswith("  "):
                continue
            cells = line.split(" | ")[0].split()
            count = int(cells[3], 16)
            words = [cells[4 + 2 * at].lower().partition("(")[0] for at in range(count)]
            rest = cells[5 + 2 * count :]
            pointers = [rest[at : at + 4] for at in range(0, 4 * int(cells[4 + 2 * count]), 4)]
            found[part, cells[0]] = (_FIELDS[int(cells[1])], words, pointers)
    return found


def _below(root: tuple[str, str], synsets: dict[tuple[str, str], Synset]) -> set[tuple[str, str]]:
    """A synset with all that are kinds of it."""
    found, waiting = set[tuple[str, str]](), [root]
    while waiting:
        synset = waiting.pop()
        if synset not in found:
            found.add(synset)
            waiting += [(part, offset) for sign, offset, part, _ in synsets[synset][2] if sign == "~"]
    return found


def _uses(folder: Path) -> Counter[tuple[str, str, int]]:
    """How often tagged texts use a (lemma, part, number of its sense)."""
    uses: Counter[tuple[str, str, int]] = Counter()
    for line in (folder / "cntlist.rev").read_text("latin-1").splitlines():
        key, number, count = line.split()
        lemma, _, rest = key.partition("%")
        uses[lemma, _LETTERS[rest[0]], int(number)] += int(count)
    return uses


def _classes(folder: Path, synsets: dict[tuple[str, str], Synset]) -> dict[str, list[str]]:
    uses = _uses(folder)
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    below = {name: _below(root, synsets) for name, root in ROOTS.items()}
    named = {offset for (_, offset), (_, _, pointers) in synsets.items() if any(sign == "@i" for sign, *_ in pointers)}
    for name, part in PARTS.items():
        for line in (folder / f"index.{name}").read_text("latin-1").splitlines():
            if line.startswith("  ") or not (lemma := line.split()[0]).isalpha() or not lemma.isascii():
                continue
            cells = line.split()
            offsets = cells[6 + int(cells[3]) :]
            if part == "n" and offsets[0] in named:
                continue  # somebody or something of that name
            counts = [uses[lemma, part, at + 1] for at in range(len(offsets))]
            share: Counter[str] = Counter()
            marks: Counter[str] = Counter()
            for at, offset in enumerate(offsets):
                weight = counts[at] + 1 / (at + 1)
                field = synsets[part, offset][0]
                share[field] += weight  # type: ignore[assignment]
                names = [name for name, synset in below.items() if (part, offset) in synset]
                marks.update(
                    {name: weight for name in (*names, *(["v:MOT"] if (part, field) == ("v", "motion") else []))}
                )
            top = max(share, key=lambda field: share[field])
            often = [name for name in sorted(marks) if marks[name] > FEWEST_USES * sum(share.values())]
            text = {"a": "adj", "r": "adv"}.get(part) or f"{part}:{top}"
            found[lemma].append((sum(counts), " ".join([text, *often])))
    return {
        lemma: [text for _, text in sorted(parts, key=lambda each: -each[0])]
        for lemma, parts in found.items()
        if any(count or text.startswith(_ALWAYS) for count, text in parts)
    }


def _antonyms(synsets: dict[tuple[str, str], Synset]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for (part, _), (_, words, pointers) in synsets.items():
        opposites = [pointer for pointer in pointers if pointer[0] == "!" and part in "va"]
        for _, offset, target, ends in opposites:
            _, others, _ = synsets["a" if target == "s" else target, offset]
            one, other = words[int(ends[:2], 16) - 1], others[int(ends[2:], 16) - 1]
            if one.isalpha() and other.isalpha():
                found[one].add(other)
    return found


def lines(folder: Path) -> Iterator[str]:
    """The table's lines in order."""
    synsets = _synsets(folder)
    table = {lemma: " ".join(parts) for lemma, parts in _classes(folder, synsets).items()}
    table |= {f"{lemma}!": " ".join(sorted(others)) for lemma, others in _antonyms(synsets).items()}
    for line in (folder / "verb.exc").read_text("latin-1").splitlines():
        form, lemma = line.split()[:2]
        if form != lemma:
            table[f"{form}="] = lemma
    yield from (f"{key}\t{table[key]}" for key in sorted(table))


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.word_classes", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="where WordNet's files are: /usr/share/wordnet of Debian's wordnet-base"
    )
    text = "\n".join(lines(parser.parse_args().folder)) + "\n"
    target = Path(dictionary.__file__).with_name("wordnet.txt.gz")
    target.write_bytes(gzip.compress(text.encode("ascii"), 9, mtime=0))
    print(f"{len(text.splitlines())} words, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
