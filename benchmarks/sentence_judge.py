"""`python -m benchmarks.sentence_judge`: teaches the coach's judge, or tells how it does on strangers.

Every set counts as its author's. What the grammar makes of a sentence is taken from `first_readings.jsonl.gz`: read by
the grammar of the day, before it was taught that author's words, because readings by a grammar that knows all of them
would teach the judge to trust it too much. Copies of all sentences, read today with some of their words hidden, add
what only happens with unknown words. scikit-learn is needed here and nowhere else.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import yaml

from benchmarks.coach import FOLDER, development_sets
from i2v.diagnosis.sentence import spelling
from i2v.diagnosis.sentence.learned import judge
from i2v.diagnosis.sentence.learned.judge import CODES, GOOD
from i2v.diagnosis.sentence.learned.record import Record, record_of
from i2v.diagnosis.sentence.learned.traits import traits_of
from i2v.diagnosis.sentence.reading import read_sentence
from i2v.diagnosis.sentence.tokens import measure_length
from i2v.diagnosis.sentence.verdict import HINTS, codes_by_grammar
from i2v.diagnosis.sentence.vocabulary import vocabulary

FIRST_READINGS = FOLDER / "first_readings.jsonl.gz"
AUTHORS = {
    "development": "1", "heldout": "2", "heldout_second": "3", "heldout_third": "6", "heldout_fourth": "12",
    "heldout_fifth": "13",
    **{f"{at:02}": "1" for at in range(1, 12)}, **{f"{at:02}": "4" for at in range(12, 16)},
    "16": "5", "17": "5", "18": "1", "19": "7", "20": "8", "21": "9", "22": "10", "23": "11", "24": "14", "25": "15",
    "clear": "1",
}  # fmt: skip
"""Who wrote a set; 1 also wrote the grammar."""
STRANGERS = ("3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15")
HIDDEN = ((1, 0.12), (2, 0.2))
"""(seed, share) of the words that are hidden in a copy."""
_HIDDEN_KINDS = {
    **dict.fromkeys(("noun", "action", "either", "violent", "abstract", "motion"), 1.0),
    **dict.fromkeys(("verb", "pace", "plain", "environment", "something"), 1 / 3),
}
COPY_WEIGHT, CLEAR_WEIGHT = 0.5, 5.0
REGULARISATION = 0.3
_MIX = (350, *(32,) * len(CODES))
"""Sentences of each verdict in a held-out set."""
_STEPS, _LEAST_GAIN = (0.5, 0.25, 0.125), 1e-4
FEWEST = 2
"""Sentences that a trait must have been seen in."""


@dataclass(frozen=True)
class Labelled:
    """A sentence with its label as the judge has it: faults that the grammar alone tells count as good."""

    id: str
    author: str
    sentence: str
    label: str


@cache
def labelled() -> tuple[Labelled, ...]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(
        Labelled(str(entry["id"]), AUTHORS[path.stem], entry["sentence"], _label(entry))
        for path in development_sets()
        for entry in yaml.load(path.read_text("utf-8"), Loader=loader)
    )


def _label(entry: dict[str, Any]) -> str:
    return entry["fault"] if entry.get("fault") in CODES else GOOD


def first_readings() -> dict[str, Record]:
    lines = gzip.decompress(FIRST_READINGS.read_bytes()).decode("utf-8").splitlines()
    return {entry[0]: Record.from_json(entry[1:]) for entry in map(json.loads, lines)}


def remember(names: Sequence[str]) -> None:
    """Keeps what today's grammar makes of sets that it was taught nothing of yet."""
    known = first_readings()
    paths = [path for path in development_sets() if path.stem in names]
    entries = [entry for path in paths for entry in yaml.safe_load(path.read_text("utf-8"))]
    known |= {str(entry["id"]): read_today(entry["sentence"]) for entry in entries if str(entry["id"]) not in known}
    told = ([name, *record.to_json()] for name, record in known.items())
    lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in told]
    FIRST_READINGS.write_bytes(gzip.compress("\n".join(lines).encode("utf-8"), 9, mtime=0))


def read_today(sentence: str) -> Record:
    reading = read_sentence(sentence)
    is_too_long = measure_length(sentence, None).is_too_long
    return record_of(reading, codes_by_grammar(reading, is_too_long=is_too_long))


@contextmanager
def hidden(sentence: str, chance: random.Random, share: float) -> Iterator[None]:
    """Some words of the sentence unknown to the grammar."""
    known = vocabulary().lexicon.entries
    reading = read_sentence(sentence)
    gone = {}
    for token in reading.tokens:
        word = reading.text[token.start : token.end].lower()
        if word in known and chance.random() < share * _HIDDEN_KINDS.get(known[word][0], 0):
            gone[word] = known.pop(word)  # type: ignore[attr-defined]
    spelling.meant_by.cache_clear()
    spelling.shapes.cache_clear()
    try:
        yield
    finally:
        known.update(gone)  # type: ignore[attr-defined]


def examples() -> Iterator[tuple[Labelled, Record, float]]:
    """(sentence, reading, weight) of all that is learned from."""
    first = first_readings()
    for each in labelled():
        if each.id in first:
            yield each, first[each.id], 1.0
        elif each.id.startswith("c-"):
            yield each, read_today(each.sentence), CLEAR_WEIGHT
    for seed, share in HIDDEN:
        chance = random.Random(seed)
        for each in labelled():
            with hidden(each.sentence, chance, share):
                yield each, read_today(each.sentence), COPY_WEIGHT


def fit(
    traits: Sequence[set[str]], labels: Sequence[str], weights: Sequence[float]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Traits, their weights [trait, verdict] and the favour of each verdict."""
    from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-not-found]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]

    vectors = CountVectorizer(analyzer=sorted, min_df=FEWEST, dtype=np.float32)
    counts = vectors.fit_transform(traits)
    model = LogisticRegression(C=REGULARISATION, max_iter=300, tol=1e-3)
    model.fit(counts, labels, sample_weight=weights)
    order = [list(model.classes_).index(verdict) for verdict in judge.VERDICTS]
    return list(vectors.get_feature_names_out()), model.coef_[order].T, model.intercept_[order]


def scores_of(traits: set[str], names: dict[str, int], coefficients: np.ndarray, favour: np.ndarray) -> np.ndarray:
    """[verdict]"""
    known = [names[trait] for trait in traits if trait in names]
    total: np.ndarray = coefficients[known].sum(0) + favour
    return total


def digest() -> str:
    """SHA-256 over what the weights are learned from."""
    found = hashlib.sha256()
    for path in (*development_sets(), FIRST_READINGS):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def write(names: Sequence[str], coefficients: np.ndarray, favour: np.ndarray) -> None:
    """The weights in 256 steps, without traits that tell less than one."""
    step = float(np.abs(coefficients).max()) / (judge.ZERO - 1)
    rounded = np.rint(coefficients / step).astype(int)
    header = json.dumps(
        {"learned_from": digest(), "step": round(step, 6), "favour": [round(float(each), 3) for each in favour]}
    )
    lines = [
        f"{name}\t{bytes(weight + judge.ZERO for weight in row).hex()}"
        for name, row in sorted(zip(names, rounded.tolist(), strict=True))
        if any(row)
    ]  # fmt: skip
    judge.FILE.write_bytes(gzip.compress("\n".join([header, *lines]).encode("utf-8"), 9, mtime=0))
    print(f"{len(lines)} traits, {judge.FILE.stat().st_size} bytes")


def on_strangers(learned: Sequence[tuple[Labelled, Record, float, set[str]]]) -> list[tuple[Labelled, str, np.ndarray]]:
    """(sentence, what the grammar of the day said, scores of a judge that has not learned from its author).

    Scores are per verdict, without any leaning.
    """
    found = []
    for author in STRANGERS:
        others = [each for each in learned if each[0].author != author]
        names, coefficients, favour = fit(
            [traits for *_, traits in others], [one.label for one, *_ in others], [weight for _, _, weight, _ in others]
        )
        places = {name: at for at, name in enumerate(names)}
        for one, record, weight, traits in learned:
            if one.author == author and weight == 1:
                scores = scores_of(traits, places, coefficients, favour)
                if "too_long" in record.codes:
                    likely = [verdict in (GOOD, *record.codes) for verdict in judge.VERDICTS]
                    scores = np.where(likely, scores, -np.inf)
                first = next((code for code in record.codes if code in CODES), GOOD)
                found.append((one, first, scores))
    return found


def best_leaning(found: Sequence[tuple[Labelled, str, np.ndarray]]) -> np.ndarray:
    """What to add to each verdict, by coordinate search, so that precision and recall come nearest to their goals.

    Sentences are weighed as they stand in a held-out set.
    """
    scores = np.stack([scores for *_, scores in found])
    labels = np.array([judge.VERDICTS.index(one.label) for one, *_ in found])
    weights = (np.array(_MIX) / np.bincount(labels, minlength=len(_MIX)))[labels]
    leaning = np.array(judge.LEANING)
    best = _worth(scores + leaning, labels, weights)
    for step in _STEPS:
        is_better = True
        while is_better:
            is_better = False
            for place, change in itertools.product(range(1, len(leaning)), (-step, step)):
                tried = leaning.copy()
                tried[place] += change
                worth = _worth(scores + tried, labels, weights)
                if worth > best + _LEAST_GAIN:
                    leaning, best, is_better = tried, worth, True
    return leaning


def _worth(scores: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """A little above the goals counts in full, more than that hardly; precision before recall."""
    said, worth = scores.argmax(1), 0.0
    hints = [judge.VERDICTS.index(hint) for hint in HINTS]
    for place in range(1, len(judge.VERDICTS)):
        counted = np.isin(labels, [0, *hints]) if place in hints else np.full(len(labels), True)
        right = weights[(said == place) & (labels == place)].sum()
        precision = right / max(weights[(said == place) & counted].sum(), 1e-9)
        recall = right / weights[labels == place].sum()
        worth += 2 * min(precision, 0.965) + 1.5 * min(recall, 0.93) + 0.1 * (precision + recall)
    return float(worth)


def table(found: Sequence[tuple[Labelled, str, str]]) -> str:
    """Precision / recall per fault in Markdown, of the grammar alone and with the judge, as in `benchmarks.coach`."""
    lines = ["| fault | sentences | grammar alone | with the judge |", "|---|---|---|---|"]
    for code in CODES:
        counted = [each for each in found if code not in HINTS or each[0].label in (GOOD, *HINTS)]
        cells = [_rates([(one.label, (first, said)[at]) for one, first, said in counted], code) for at in (0, 1)]
        lines.append(f"| `{code}` | {sum(one.label == code for one, *_ in found)} | {cells[0]} | {cells[1]} |")
    good = [each for each in found if each[0].label == GOOD]
    clean = [sum(each[at] in (GOOD, *HINTS) for each in good) for at in (1, 2)]
    lines.append(f"| good without a warning | {len(good)} | {clean[0]} | {clean[1]} |")
    return "\n".join(lines)


def _rates(pairs: Sequence[tuple[str, str]], code: str) -> str:
    right = sum(label == said == code for label, said in pairs)
    told, there = sum(said == code for _, said in pairs), sum(label == code for label, _ in pairs)
    return f"{right / max(told, 1):.2f} / {right / max(there, 1):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.sentence_judge", description=__doc__)
    parser.add_argument(
        "--strangers", action="store_true", help="how it does on each author without having learned from them"
    )
    parser.add_argument(
        "--lean", action="store_true", help="the leaning by which it does best on strangers, for judge.py"
    )
    parser.add_argument("--misses", action="store_true", help="with --strangers, every miss")
    parser.add_argument(
        "--remember",
        nargs="+",
        default=[],
        metavar="SET",
        help="keep the grammar's first reading of these sets, before it is taught of them",
    )
    parsed = parser.parse_args()
    remember(parsed.remember)
    learned = [
        (one, record, weight, traits_of(read_sentence(one.sentence).text, record)) for one, record, weight in examples()
    ]
    if not parsed.strangers and not parsed.lean:
        write(
            *fit([traits for *_, traits in learned], [one.label for one, *_ in learned], [each[2] for each in learned])
        )
        return
    scored = on_strangers(learned)
    leaning = best_leaning(scored) if parsed.lean else np.array(judge.LEANING)
    if parsed.lean:
        print(f"LEANING = {tuple(map(float, leaning))}\n")
    found = [(one, first, judge.VERDICTS[int((scores + leaning).argmax())]) for one, first, scores in scored]
    for author in STRANGERS:
        print(f"Author {author}:\n\n{table([each for each in found if each[0].author == author])}\n")
    print(f"All:\n\n{table(found)}")
    for one, first, said in found if parsed.misses else ():
        if said != one.label:
            print(f"{one.id} | {one.sentence} | {one.label} | grammar: {first} | judge: {said}")


if __name__ == "__main__":
    main()
