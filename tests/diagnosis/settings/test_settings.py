"""Rules about settings: what fires, where it begins, and that a remedy is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from i2v.diagnosis.settings.judgement import Change, advise_on_settings, balance
from i2v.diagnosis.settings.quantities import Choice, first_timestep, quantity, wanted_motion
from i2v.diagnosis.settings.rules import Rule, bound_for, rule_data, rules_of
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_spec, engine_specs
from i2v.text import LANGUAGES, sentences

MODEL = engine_spec("i2vgen-xl")
STRONG, PLAIN, CALM = "The horse gallops fast to the left", "The woman walks to the left", "The woman slowly walks left"
SHORT = {"steps": "num_inference_steps", "guidance": "guidance_scale", "frames": "num_frames"}
STANDARD_SECONDS = 60.0
"""What a clip of the heaviest preset takes, where nothing else is said."""


def choose(spec: EngineSpec = MODEL, seconds: float | None = STANDARD_SECONDS, **values: Any) -> Choice:
    """Settings of a clip: the defaults but for what is named."""
    heaviest = max(spec.work(spec.options(**preset)) for preset in spec.presets.values())

    def work(values: Mapping[str, Any]) -> float:
        return spec.work(spec.options.model_construct(**values)) / heaviest

    def duration(values: Mapping[str, Any]) -> float | None:
        return None if seconds is None else seconds * work(values)

    options = spec.options(**{SHORT.get(name, name): value for name, value in values.items()})
    return Choice(spec.name, options.model_dump(), wanted_motion(options.prompt), work, duration)


def codes(choice: Choice) -> list[str]:
    return [advice.code for advice in advise_on_settings(choice)]


@pytest.mark.parametrize(
    ("spec", "preset"), [(spec, name) for spec in engine_specs().values() for name in spec.presets]
)
@pytest.mark.parametrize("sentence", ["", STRONG, PLAIN, CALM])
def test_about_the_presets_there_is_nothing_to_say(spec: EngineSpec, preset: str, sentence: str) -> None:
    for seconds in (None, 1.0, 1e6):
        assert codes(choose(spec, seconds, prompt=sentence, **spec.presets[preset])) == []
    assert balance(choose(spec, **spec.presets[preset])) is None


# Just inside each rule, and the value of the option named last that is just outside.
EDGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("too_much_together", {"width": 1024, "height": 1024, "frames": 32, "steps": 74}, {"steps": 73}),
    ("too_long_here", {"seconds": 3550.0, "width": 768, "height": 768, "frames": 24, "steps": 82}, {"steps": 81}),
    ("few_steps_high_guidance", {"guidance": 12.0, "steps": 39}, {"steps": 40}),
    ("few_steps_high_guidance", {"steps": 39, "guidance": 10.1}, {"guidance": 10.0}),
    ("few_steps_high_guidance", {"sampler": "dpmpp_2m", "guidance": 12.0, "steps": 24}, {"steps": 25}),
    ("few_steps_high_guidance", {"sampler": "unipc", "guidance": 12.0, "steps": 14}, {"steps": 15}),
    ("few_steps_high_guidance", {"sampler": "euler", "guidance": 12.0, "steps": 29}, {"steps": 30}),
    ("few_steps_of_ddim", {"steps": 29}, {"steps": 30}),
    ("few_steps_of_ddim", {"exact": True, "steps": 29}, {"steps": 30}),
    ("few_steps", {"sampler": "dpmpp_2m", "steps": 14}, {"steps": 15}),
    ("few_steps", {"sampler": "unipc", "steps": 9}, {"steps": 10}),
    ("few_steps", {"sampler": "euler", "steps": 19}, {"steps": 20}),
    ("guidance_too_high", {"guidance": 15.1}, {"guidance": 15.0}),
    ("guidance_low_for_strong_motion", {"prompt": STRONG, "guidance": 5.9}, {"guidance": 6.0}),
    ("guidance_low_for_strong_motion", {"guidance": 5.0, "prompt": STRONG}, {"prompt": PLAIN}),
    ("guidance_too_low", {"prompt": PLAIN, "guidance": 3.9}, {"guidance": 4.0}),
    ("guidance_too_low", {"guidance": 3.9, "prompt": CALM}, {"prompt": ""}),
    ("guidance_high_for_calm_motion", {"prompt": CALM, "guidance": 12.1}, {"guidance": 12.0}),
    ("guidance_high_for_calm_motion", {"guidance": 14.0, "prompt": CALM}, {"prompt": STRONG}),
    ("fps_below_training", {"fps": 5}, {"fps": 6}),
    ("fps_off_training", {"fps": 21}, {"fps": 20}),
    ("fps_off_training", {"fps": 24}, {"target_fps": 8}),
    ("target_fps_off_training", {"target_fps": 5}, {"target_fps": 6}),
    ("target_fps_off_training", {"target_fps": 21}, {"target_fps": 20}),
    ("frames_beyond_training", {"frames": 33}, {"frames": 32}),
    ("size_small", {"height": 448, "width": 432}, {"width": 448}),
    ("odd_ratio", {"height": 512, "width": 1032}, {"width": 1024}),
    ("exact_slow", {"seconds": 1e5, "exact": True}, {"exact": False}),
    ("exact_slow", {"exact": True, "seconds": 1e5}, {"seconds": 60.0}),
    ("few_frames", {"frames": 7}, {"frames": 8}),
    ("more_steps_than_pay", {"steps": 101}, {"steps": 100}),
    ("more_steps_than_pay", {"sampler": "euler", "steps": 101}, {"steps": 100}),
    ("more_steps_than_pay", {"sampler": "dpmpp_2m", "steps": 81}, {"steps": 80}),
    ("more_steps_than_pay", {"sampler": "unipc", "steps": 81}, {"steps": 80}),
    ("late_start", {"steps": 60}, {"steps": 50}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "inside", "outside"), EDGES)
def test_a_rule_fires_on_one_side_of_its_bound_only(
    message: str, inside: dict[str, Any], outside: dict[str, Any]
) -> None:
    def messages(values: dict[str, Any]) -> list[str]:
        return [advice.message for advice in advise_on_settings(choose(**values))]

    assert message in messages(inside)
    assert message not in messages({**inside, **outside})


def test_every_rule_and_every_bound_of_a_sampler_stands_among_the_edges() -> None:
    fired = {id(rule) for _, inside, _ in EDGES for rule in rules_of(MODEL.name) if rule.fires(choose(**inside))}
    assert [rule.message for rule in rules_of(MODEL.name) if id(rule) not in fired] == []
    tables = [bound for rule in rules_of(MODEL.name) for bounds in rule.when.values() for bound in bounds.values()]
    samplers = {sampler for bound in tables if isinstance(bound, dict) for sampler in bound}
    assert samplers <= {"ddim", *(inside.get("sampler") for _, inside, _ in EDGES)}


def test_every_rule_has_a_text_and_every_option_of_a_remedy_a_name_in_every_language() -> None:
    for language in LANGUAGES:
        known = sentences("coach", language)
        for engine in rule_data():
            for rule in rules_of(engine):
                assert f"settings.{rule.message}" in known
        for name in ("size", "num_frames", "num_inference_steps", "guidance_scale", "sampler", "fps", "exact"):
            assert f"setting.{name}" in known


@pytest.mark.parametrize(("message", "inside", "outside"), EDGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_leaves_no_gap(
    message: str, inside: dict[str, Any], outside: dict[str, Any], language: str
) -> None:
    for advice in advise_on_settings(choose(**inside)):
        told = advice.to_json(language)
        assert "?" not in told["message"]
        assert told["remedy"] is None or "?" not in told["remedy"]["label"]


SIDES = st.integers(1, 20).map(lambda steps: 64 * steps) | st.integers(8, 160).map(lambda steps: 8 * steps)
OPTIONS = st.fixed_dictionaries(
    {
        "width": SIDES,
        "height": SIDES,
        "num_frames": st.integers(2, 64),
        "num_inference_steps": st.integers(1, 200),
        "guidance_scale": st.floats(1, 30),
        "fps": st.integers(1, 60),
        "target_fps": st.none() | st.integers(1, 60),
        "sampler": st.sampled_from(["ddim", "dpmpp_2m", "unipc", "euler"]),
        "exact": st.booleans(),
        "prompt": st.sampled_from(["", STRONG, PLAIN, CALM]),
        "seconds": st.none() | st.floats(1, 1e5),
    }
).map(lambda values: {**values, "exact": values["exact"] and values["sampler"] == "ddim"})


# Fewer steps for a lighter clip began late, and more steps for a better beginning were too many again.
@example(
    {
        "width": 384, "height": 1088, "num_frames": 32, "num_inference_steps": 79, "guidance_scale": 1.0, "fps": 1,
        "target_fps": None, "sampler": "ddim", "exact": False, "prompt": "The horse gallops fast to the left",
        "seconds": 3531.0,
    }
)  # fmt: skip
@given(OPTIONS)
@settings(max_examples=200, deadline=None)
def test_a_remedy_silences_its_advice_and_brings_no_new_warning(values: dict[str, Any]) -> None:
    choice = choose(**values)
    advice = advise_on_settings(choice)
    warned = {each.code for each in advice if each.severity == "warning"}
    for each in advice:
        assert isinstance(each.remedy, Change), each.code
        after = choice.with_values(each.remedy.options)
        MODEL.options(**after.values)  # legal
        left = advise_on_settings(after)
        assert each.code not in [other.code for other in left]
        assert {other.code for other in left if other.severity == "warning"} <= warned
    everything = balance(choice)
    assert bool(everything) == bool(advice)
    if everything:
        assert codes(choice.with_values(everything.options)) == []


@given(OPTIONS)
@settings(max_examples=200, deadline=None)
def test_a_remedy_leaves_alone_what_is_not_in_its_way(values: dict[str, Any]) -> None:
    choice = choose(**values)
    everything = balance(choice)
    if everything is None:
        return
    for name in everything.options:
        assert choice.values[name] != everything.options[name]
        assert name not in ("prompt", "seed", "negative_prompt", "attention", "fit", "background")


def test_little_is_changed_where_little_is_wrong() -> None:
    def remedy(**values: Any) -> dict[str, Any]:
        advice = advise_on_settings(choose(**values))[0]
        assert advice.remedy
        return dict(advice.remedy.options)

    assert remedy(num_inference_steps=20, guidance_scale=12.0) == {"num_inference_steps": 50, "guidance_scale": 9.0}
    assert remedy(num_inference_steps=20) == {"num_inference_steps": 25, "sampler": "unipc"}
    assert remedy(num_inference_steps=28) == {"sampler": "unipc"}
    assert remedy(fps=25) == {"fps": 16}
    assert remedy(width=384, height=256) == {"width": 640, "height": 448}
    assert remedy(width=448, height=1280) == {"width": 576, "height": 1024}
    assert remedy(width=1024, height=1024, num_frames=32, num_inference_steps=100) == {
        "width": 768, "height": 768, "num_inference_steps": 50}  # fmt: skip


def test_an_engine_without_rules_is_left_alone() -> None:
    camera = engine_spec("camera")
    assert rules_of("camera") == ()
    assert codes(choose(camera, width=64, height=1280, fps=60, num_frames=256)) == []


def test_what_nobody_knows_fulfils_no_condition() -> None:
    rule = Rule("x", "x", "hint", (), {"seconds": {"above": 0}, "num_frames": {"above": 0}}, {})
    assert rule.fires(choose())
    assert not rule.fires(choose(seconds=None))
    assert bound_for(choose(), {"unipc": 3}) is None
    assert quantity(choose(sampler="unipc"), "first_timestep") is None


def test_the_sampler_of_the_authors_begins_where_its_whole_strides_end() -> None:
    assert [first_timestep(steps) for steps in (50, 60, 80, 100, 150)] == [981, 945, 949, 991, 895]


@pytest.mark.parametrize(
    ("sentence", "motion"),
    [
        ("", "none"),
        ("a red car on a road", "none"),
        (CALM, "calm"),
        ("slowly zoom in", "calm"),
        ("the camera pans left", "calm"),
        (PLAIN, "plain"),
        (STRONG, "strong"),
        ("a violent storm bends the trees", "strong"),
        ("马快速向左奔跑", "strong"),
        ("女人慢慢向左走", "calm"),
    ],
)
def test_a_sentence_says_how_much_is_to_move(sentence: str, motion: str) -> None:
    assert wanted_motion(sentence) == motion
