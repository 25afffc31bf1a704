"""What labelled sentences say of a new one: the likeliest of "good" and nine faults.

Multinomial logistic regression over `traits_of`; `python -m benchmarks.sentence_judge` writes its weights.
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from i2v.diagnosis.sentence.learned.record import Record
from i2v.diagnosis.sentence.learned.traits import traits_of

GOOD = "good"
CODES = (
    "no_motion", "vague_motion", "abstract", "contradiction", "too_many_actions", "negation", "violent",
    "missing_direction", "missing_speed",
)  # fmt: skip
VERDICTS = (GOOD, *CODES)
LEANING = (0.0, -1.0, 0.125, 0.0, -1.25, 0.0, -1.125, -0.5, 0.75, -1.0)
"""Added to each verdict's sum: with it nearly 95 of 100 warnings are right by authors that nothing was learned from."""
FILE = Path(__file__).with_name("weights.txt.gz")
ZERO = 128
"""The byte that stands for a weight of nought."""


@dataclass(frozen=True)
class Weights:
    """Of each trait a byte per verdict, `ZERO` + weight / `step`; `favour` is added to the verdicts' sums."""

    of: Mapping[str, bytes]
    favour: tuple[float, ...]
    step: float


def verdict_of(text: str, record: Record) -> str | None:
    """The fault that a sentence most likely has, None where it is most likely good.

    Args:
        text: in normal form, as `Reading.text`.
        record: what the grammar made of it.
    """
    likely = chances(text, record)
    best = max(likely, key=lambda verdict: likely[verdict])
    return None if best == GOOD else best


def chances(text: str, record: Record) -> dict[str, float]:
    """How likely each verdict is; they add up to one. In a sentence that is too long, as few learned from are, only
    what the grammar finds is likely at all."""
    weights = _weights()
    sums = [0] * len(VERDICTS)
    for trait in traits_of(text, record):
        of_trait = weights.of.get(trait)
        if of_trait:
            sums = [total + byte - ZERO for total, byte in zip(sums, of_trait, strict=True)]
    favours = zip(sums, weights.favour, LEANING, strict=True)
    scores = [total * weights.step + favour + leaning for total, favour, leaning in favours]
    if "too_long" in record.codes:
        scores = [
            score if verdict in (GOOD, *record.codes) else -math.inf
            for verdict, score in zip(VERDICTS, scores, strict=True)
        ]
    most = max(scores)
    shares = [math.exp(score - most) for score in scores]
    return {verdict: share / sum(shares) for verdict, share in zip(VERDICTS, shares, strict=True)}


@cache
def _weights() -> Weights:
    header, *lines = gzip.decompress(FILE.read_bytes()).decode("utf-8").splitlines()
    told = json.loads(header)
    of = {trait: bytes.fromhex(weights) for trait, _, weights in (line.partition("\t") for line in lines)}
    return Weights(of, tuple(told["favour"]), told["step"])
