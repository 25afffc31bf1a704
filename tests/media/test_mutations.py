"""Damaged pictures by the thousand: right pixels or a typed error, never a hang, never a dead decoder."""

from __future__ import annotations

import hashlib
import multiprocessing
import random
import time
from concurrent.futures import ProcessPoolExecutor

import pytest

from i2v.errors import BadInput
from i2v.media.decoder import decode, limit_process
from i2v.media.intake import read_pixels
from i2v.media.limits import LIMITS
from tests.media.mutants import mutate
from tests.media.samples import COLOUR_SAMPLES, GREY_SAMPLES, TRANSPARENT_SAMPLES

SAMPLES = {**COLOUR_SAMPLES, **GREY_SAMPLES, **TRANSPARENT_SAMPLES}
_CHECKSUMMED = frozenset({"png", "rgba png", "grey png of 16 bits", "png of 16 bits", "palette png"})
_SECONDS_EACH = 5.0


def try_mutants(seeds: range) -> list[str]:
    """Decodes one mutant per seed, in this process; what went wrong, if anything."""
    files = {kind: make() for kind, make in SAMPLES.items()}
    right = {kind: decode(data, LIMITS).sha256 for kind, data in files.items()}
    wrong = []
    for seed in seeds:
        chance = random.Random(seed)
        kind = chance.choice(list(files))
        began = time.perf_counter()
        try:
            decoded = decode(mutate(files[kind], chance), LIMITS)
        except BadInput:
            pass
        else:
            pixels = read_pixels(decoded.png)
            digest = hashlib.sha256(b"%dx%d\0" % (decoded.width, decoded.height) + pixels.tobytes()).hexdigest()
            if pixels.shape != (decoded.height, decoded.width, 3) or digest != decoded.sha256:
                wrong.append(f"{seed}: {kind}: the frame contradicts itself")
            if kind in _CHECKSUMMED and decoded.sha256 != right[kind]:
                wrong.append(f"{seed}: {kind}: other pixels in spite of checksums")
        if time.perf_counter() - began > _SECONDS_EACH:
            wrong.append(f"{seed}: {kind}: took {time.perf_counter() - began:.1f} s")
    return wrong


def assert_all_survive(count: int) -> None:
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawned, limit_process, (LIMITS._replace(seconds=600),)) as pool:
        assert pool.submit(try_mutants, range(count)).result(timeout=600) == []


def test_thousands_of_damaged_pictures_give_right_pixels_or_a_typed_error() -> None:
    assert_all_survive(2000)


@pytest.mark.long
def test_tens_of_thousands_of_damaged_pictures_give_right_pixels_or_a_typed_error() -> None:
    assert_all_survive(20_000)
