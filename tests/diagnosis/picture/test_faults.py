"""Faults are found from the strength at which people see them, and clean pictures are left in peace."""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from benchmarks.pictures import told
from i2v.diagnosis.picture import judgement
from i2v.diagnosis.picture.measures import PictureMeasures
from tests.diagnosis.picture.faults import FAULTS, Fault, put_in
from tests.diagnosis.picture.scenes import SCENES, Pixels, paint_scene

DOCS = (Path(__file__).parents[3] / "docs" / "coach" / "picture.md").read_text("utf-8")
SEED = 402
KNOWN = {"several_subjects": ("snow", "street", "fog", "room")}
"""Kinds of scenes of which a fault's advice is true."""


@cache
def _scene(kind: str) -> Pixels:
    return paint_scene(kind, SEED)


@pytest.mark.parametrize("kind", SCENES)
def test_a_clean_picture_gets_no_advice(kind: str) -> None:
    said = told(_scene(kind), "cover") | told(_scene(kind), "pad")
    assert {code for code in said if kind not in KNOWN.get(code, ())} == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_a_fault_is_found_from_the_strength_at_which_it_is_seen(fault: Fault) -> None:
    kinds = (fault.kinds or ("landscape", "still_life"))[:2]
    for kind in kinds:
        visible = [
            each for each in fault.strengths if fault.strengths.index(each) >= fault.strengths.index(fault.visible)
        ]
        for strength in (visible[0], visible[-2]):
            assert fault.code in told(put_in(fault, _scene(kind), strength, 3), fault.fit), f"{kind} at {strength}"


def test_every_measure_and_every_code_stands_in_the_docs() -> None:
    for field in fields(PictureMeasures):
        assert f"`{field.name}`" in DOCS, field.name
    for fault in FAULTS:
        assert f"| `{fault.code}` |" in DOCS, fault.code


def test_the_docs_tell_the_thresholds_in_force() -> None:
    bounds: dict[str, list[float]] = {
        "blurred": [judgement.BLUR_PX],
        "noisy": [judgement.NOISE_LEVELS],
        "too_dark": [judgement.DARK_HIGHLIGHT, judgement.DARK_SHADOW],
        "too_bright": [judgement.GLARE_SHARE, judgement.PALE_GLARE_SHARE, judgement.PALE_SHADOW],
        "low_contrast": [judgement.CONTRAST_LEVELS],
        "too_small": [judgement.LARGE_ENLARGEMENT, judgement.LEAST_SIDE_PX],
        "extreme_ratio": [judgement.LEAST_SHOWN_SHARE],
        "borders": [judgement.BAR_SHARE],
        "text": [judgement.PAGE_LINES],
        "drawn": [judgement.PALETTE_SHARE],
        "cluttered": [judgement.BUSY_SHARE, judgement.BUSY_COLOURS],
        "off_centre": [judgement.LOST_SHARE],
    }
    advice = DOCS[DOCS.index("## The advice") : DOCS.index("## What it costs")]
    for code, values in bounds.items():
        (row,) = re.findall(rf"^\| `{code}` \|.*$", advice, re.MULTILINE)
        assert [f"{value:g}" for value in values if f"{value:g}" not in row] == [], code


def test_the_docs_tell_from_which_strength_a_fault_is_seen() -> None:
    for fault in FAULTS:
        assert f"| `{fault.code}` | {fault.visible:g} {fault.unit} | {fault.reason} |" in DOCS, fault.code
