"""What is said of a clip, and what is offered, by measures alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from i2v.diagnosis.advice import Advice
from i2v.diagnosis.clip.judgement import advise_on_clip, camera_view, thresholds
from i2v.diagnosis.clip.measures import UNITS, ClipMeasures, MeasuredMove
from i2v.diagnosis.clip.wishes import ClipWish
from i2v.services.clip_judge import wish_of
from i2v.text import LANGUAGES

MODEL = {"guidance_scale": 9.0, "num_inference_steps": 50, "num_frames": 16, "sampler": "ddim", "seed": 7}
GOOD: dict[str, float] = {"motion": 5.0, "sharpness": 100.0}


def clip(*moves: MeasuredMove, **values: float) -> ClipMeasures:
    """A good clip of 16 frames, but for these values; every course is as its value."""
    all_values = {name: {**GOOD, **values}.get(name, 0.0) for name in UNITS}
    series = {name: (value,) * 16 for name, value in all_values.items()}
    return ClipMeasures(16, 8.0, all_values, series, moves)


def going(direction: str, speed: float) -> ClipMeasures:
    """A clip in which something goes this way by itself."""
    return replace(clip(subject_motion=speed), direction=direction)


def advice(measures: ClipMeasures, engine: str = "i2vgen-xl", **options: Any) -> list[Advice]:
    base = MODEL if engine == "i2vgen-xl" else {"num_frames": 16, "seed": 7}
    return advise_on_clip(measures, wish_of(engine, {**base, **options}))


def offered(found: list[Advice]) -> dict[str, object]:
    (only,) = found
    assert only.remedy is not None
    return dict(only.remedy.options)


def test_a_good_clip_gets_no_advice() -> None:
    assert advice(clip()) == []


@pytest.mark.parametrize(
    ("values", "code", "remedy"),
    [
        ({"motion": 0.2}, "no_motion", {"guidance_scale": 11.0}),
        ({"sharpness": 40.0}, "blur", {"num_inference_steps": 70}),
        ({"drift": 60.0}, "drift", {"guidance_scale": 7.0}),
        ({"flicker": 5.0}, "flicker", {"num_inference_steps": 70}),
        ({"noise": 9.0}, "noise", {"num_inference_steps": 70}),
        ({"colour_shift": 9.0}, "colour_shift", {"guidance_scale": 7.0}),
        ({"unevenness": 60.0}, "uneven", {"num_inference_steps": 70}),
        ({"jump": 30.0}, "jump", {"num_frames": 8}),
        ({"frozen": 100.0}, "frozen", {"num_frames": 8}),
        ({"black": 100.0}, "black", {"seed": None}),
    ],
)
def test_each_fault_names_one_change_from_the_options_in_force(
    values: dict[str, float], code: str, remedy: dict[str, object]
) -> None:
    found = advice(clip(**values))
    assert [each.code for each in found] == [code]
    assert offered(found) == remedy


def test_nothing_is_offered_beyond_what_helps() -> None:
    assert offered(advice(clip(flicker=5.0), num_inference_steps=35)) == {"num_inference_steps": 50}
    assert offered(advice(clip(flicker=5.0), num_inference_steps=60, sampler="euler")) == {"sampler": "ddim"}
    assert offered(advice(clip(drift=60.0), guidance_scale=6.5)) == {"num_frames": 8}
    assert offered(advice(clip(motion=0.2), guidance_scale=12.5)) == {"guidance_scale": 13.0}
    (only,) = advice(clip(flicker=5.0), num_inference_steps=80)
    assert only.remedy is None


def test_the_camera_engine_is_offered_only_what_it_has() -> None:
    for values in ({"drift": 60.0}, {"flicker": 5.0}, {"noise": 9.0}, {"sharpness": 40.0}):
        (only,) = advice(clip(**values), "camera")
        assert only.remedy is None
    assert advice(clip(motion=0.1), "camera", prompt="static shot") == []


@pytest.mark.parametrize(
    ("prompt", "changed"),
    [
        ("A boat drifts slowly to the left", "A boat drifts steadily to the left"),
        ("A flag flutters in the wind", "A flag flaps in the wind"),
        ("The trees move slightly in the wind", "The trees move clearly in the wind"),
        ("The camera zooms in very slowly", "The camera zooms in steadily"),
        ("The woman turns her head to the left", None),
        ("a nice photo, slow", None),
        ("镜头缓慢推近", None),
        ("", None),
    ],
)
def test_a_clip_without_motion_is_offered_a_stronger_word_that_says_the_same(prompt: str, changed: str | None) -> None:
    first, *others = advice(clip(motion=0.2), prompt=prompt)
    assert offered([first]) == {"guidance_scale": 11.0}
    assert [each.remedy and each.remedy.prompts for each in others] == ([(changed,)] if changed else [])
    assert advice(clip(motion=0.2), "camera", prompt=prompt) == []


def test_where_guidance_is_at_its_end_the_stronger_word_is_the_remedy() -> None:
    (only,) = advice(clip(motion=0.2), prompt="the boat drifts to the left", guidance_scale=13.0)
    assert only.remedy is not None
    assert only.remedy.prompts == ("the boat glides to the left",)


def test_a_move_the_wrong_way_is_told_however_slow_it_is() -> None:
    slow = clip(MeasuredMove("rotate_cw", 1.0, "°"), motion=0.6)
    assert [each.code for each in advice(slow, prompt="the camera rolls clockwise")] == ["wrong_direction"]
    assert [each.code for each in advice(slow, prompt="the camera rolls counterclockwise")] == ["no_motion"]


@pytest.mark.parametrize(
    ("prompt", "moves", "code"),
    [
        ("zoom in", [("zoom_in", 4.0)], None),
        ("zoom in", [("zoom_out", 4.0)], "wrong_direction"),
        ("pan left", [("tilt_up", 4.0)], "no_camera_move"),
        ("pan left while zooming in", [("pan_left", 4.0), ("zoom_in", 3.0)], None),
        ("zoom in, then zoom out", [("still", 0.1)], None),
        ("static shot", [("pan_left", 4.0)], "camera_moved"),
        ("rotate clockwise", [("rotate_cw", 4.0)], None),
        ("rotate left", [("rotate_ccw", 4.0)], None),
        ("rotate left", [("rotate_cw", 4.0)], "wrong_direction"),
        ("the camera rolls clockwise", [("rotate_ccw", 4.0)], None),
        ("the camera rolls clockwise", [("rotate_cw", 4.0)], "wrong_direction"),
        ("the woman smiles", [("pan_left", 4.0)], None),
        ("镜头向左平移", [("pan_right", 4.0)], "wrong_direction"),
    ],
)
def test_the_camera_is_held_to_the_sentence(prompt: str, moves: list[tuple[str, float]], code: str | None) -> None:
    found = advice(clip(*(MeasuredMove(name, amount, "%") for name, amount in moves)), prompt=prompt)
    assert [each.code for each in found] == ([code] if code else [])


def test_the_camera_check_is_told_in_words() -> None:
    measures = clip(MeasuredMove("zoom_in", 4.0, "%"))
    told = {each: camera_view(measures, ClipWish("zoom in"), each) for each in LANGUAGES}
    assert told["en"] is not None
    assert told["en"]["message"] == "Asked: zoom in; got: zoom in, 4 % per second"
    assert told["en"]["agrees"] is True
    assert told["zh-CN"] is not None
    assert told["zh-CN"]["message"] == "要求：推近；实际：推近，每秒 4%"
    rolled = camera_view(clip(MeasuredMove("rotate_ccw", 9.0, "°")), ClipWish("the camera rolls clockwise"), "en")
    assert rolled is not None
    assert (rolled["asked"], rolled["got"]["move"]) == ("rotate_cw", "rotate_cw")
    turned = camera_view(clip(MeasuredMove("rotate_ccw", 9.0, "°")), ClipWish("rotate left"), "en")
    assert turned is not None
    assert (turned["asked"], turned["got"]["move"]) == ("rotate_ccw", "rotate_ccw")
    assert camera_view(measures, ClipWish("the woman smiles"), "en") is None


def test_a_subject_that_goes_the_other_way_is_told() -> None:
    prompt = "the boat drifts slowly to the left"
    (found,) = advice(going("right", 5.0), prompt=prompt)
    assert (found.code, found.message) == ("wrong_direction", "wrong_subject_direction")
    assert found.to_json("en")["message"] == "The sentence says left; what moves goes right."
    assert advice(going("left", 5.0), prompt=prompt) == []
    assert advice(going("right", 0.1), prompt=prompt) == []


def test_where_names_the_seconds_of_the_longest_stretch() -> None:
    measures = clip(flicker=5.0)
    course = tuple(5.0 if at in (1, 6, 7, 8) else 0.0 for at in range(16))
    (found,) = advice(ClipMeasures(16, 8.0, measures.values, {**measures.series, "flicker": course}))
    assert found.where == (0.75, 1.12)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_is_told_in_whole_sentences(language: str) -> None:
    worst = clip(
        *(MeasuredMove(name, 9.0, "%") for name in ("pan_right",)),
        **{name: 90.0 for name in UNITS if name not in ("sharpness", "motion")},
        sharpness=10.0,
    )
    for prompt in ("pan left", "zoom in", "static shot", ""):
        for each in advice(worst, prompt=prompt):
            told = each.to_json(language)
            assert "{" not in told["message"]
            assert told["remedy"] is None or told["remedy"]["label"]


def test_every_threshold_is_of_something_measured() -> None:
    assert thresholds().keys() >= {"drift", "flicker", "noise", "colour_shift", "unevenness", "jump", "seam"}


def test_what_holds_from_a_moment_on_is_marked_to_the_end() -> None:
    blurred = clip(sharpness=40.0)
    course = (100.0,) * 8 + (40.0,) * 5 + (90.0,) + (40.0,) * 2
    (found,) = advice(replace(blurred, series={**blurred.series, "sharpness": course}))
    assert found.where == (1.0, 2.0)
    assert found.values["begin"] == "1"
