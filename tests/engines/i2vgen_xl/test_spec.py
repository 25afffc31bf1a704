from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from i2v.engines.i2vgen_xl.spec import SPEC, I2VGenXLOptions, count_flops
from i2v.text import LANGUAGES, say

ROOT = Path(__file__).parents[3]


def test_the_engine_is_found_without_loading_torch() -> None:
    asked = (
        "import sys; from i2v.engines.registry import engine_specs; names = set(engine_specs()); "
        "assert 'i2vgen-xl' in names, names; assert 'torch' not in sys.modules and 'diffusers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", asked], check=True)


@pytest.mark.parametrize(
    "options",
    [
        {"target_fps": 12},
        {"num_frames": 4},
        {"num_inference_steps": 3},
        {"negative_prompt": ""},
        {"width": 64, "height": 64},
        {"width": 1280, "height": 704},
        {"guidance_scale": 1.0},
        {"guidance_scale": 12},
    ],
)
def test_what_the_reference_uses_is_legal(options: dict[str, Any]) -> None:
    I2VGenXLOptions(**options)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("num_inference_steps", 0),
        ("num_inference_steps", 201),
        ("guidance_scale", 0.5),
        ("guidance_scale", float("nan")),
        ("guidance_scale", 31.0),
        ("guidance_start", -0.1),
        ("guidance_end", 1.1),
        ("deep_cache_interval", 0),
        ("deep_cache_interval", 6),
        ("target_fps", 0),
        ("sampler", "ddpm"),
        ("attention", "flash"),
        ("negative_prompt", "a\0b"),
        ("width", 100),
        ("motion_bucket_id", 3),
    ],
)
def test_a_bad_option_is_refused_by_name(option: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        I2VGenXLOptions.model_validate({option: value})
    assert [error["loc"] for error in refused.value.errors()] == [(option,)]


def test_exact_is_refused_with_another_sampler() -> None:
    with pytest.raises(ValidationError, match="needs sampler ddim, not unipc"):
        I2VGenXLOptions(sampler="unipc", exact=True)


@pytest.mark.parametrize(
    ("option", "value", "needed"),
    [("guidance_start", 0.1, "0.0"), ("guidance_end", 0.9, "1.0"), ("deep_cache_interval", 2, "1")],
)
def test_exact_is_refused_with_what_approximates(option: str, value: float, needed: str) -> None:
    chosen: dict[str, Any] = {option: value}
    with pytest.raises(ValidationError, match=f"needs {option} {needed}, not {value}"):
        I2VGenXLOptions(**chosen, exact=True)
    I2VGenXLOptions(**chosen)


def test_guidance_cannot_end_before_it_begins() -> None:
    with pytest.raises(ValidationError, match=r"> guidance_start, 0\.5") as refused:
        I2VGenXLOptions(guidance_start=0.5, guidance_end=0.5)
    assert [error["loc"] for error in refused.value.errors()] == [("guidance_end",)]


def test_exact_is_refused_with_another_picture_than_the_reference_takes() -> None:
    with pytest.raises(ValidationError, match="needs preprocess off"):
        I2VGenXLOptions(preprocess=True, exact=True)


@pytest.mark.parametrize(("fps", "conditioned"), [(6, 8), (8, 8), (11, 8), (13, 16), (16, 16), (30, 16)])
def test_the_speed_condition_follows_fps_to_a_trained_one(fps: int, conditioned: int) -> None:
    assert I2VGenXLOptions(fps=fps).conditioned_fps == conditioned


def test_a_given_speed_condition_stands() -> None:
    assert I2VGenXLOptions(fps=8, target_fps=12).conditioned_fps == 12


def test_without_a_word_the_clip_is_steered_away_from_what_the_authors_name() -> None:
    assert I2VGenXLOptions().negative_prompt == (
        "Distorted, discontinuous, Ugly, blurry, low resolution, motionless, static, disfigured, disconnected limbs, "
        "Ugly faces, incomplete arms"
    )
    assert I2VGenXLOptions(negative_prompt="").negative_prompt == ""


def test_presets_are_legal_and_as_documented() -> None:
    made = {name: I2VGenXLOptions(**values) for name, values in SPEC.presets.items()}
    shapes = {name: (options.width, options.height, options.num_frames) for name, options in made.items()}
    assert shapes == {"fast": (512, 512, 8), "standard": (512, 512, 16), "high": (768, 768, 24)}
    assert made["fast"].num_inference_steps <= 30
    assert (made["standard"].num_inference_steps, made["high"].num_inference_steps) == (50, 80)
    assert {(options.guidance_scale, options.fps) for options in made.values()} == {(9.0, 8)}
    assert {SPEC.total_steps(options) for options in made.values()} == {25, 50, 80}


@pytest.mark.parametrize(
    ("width", "height", "num_frames", "teraflops"),
    [(512, 512, 16, 41.9), (768, 768, 24, 157.5), (1280, 704, 16, 176.2)],
)
def test_the_work_of_a_step_is_as_counted_on_the_network(
    width: int, height: int, num_frames: int, teraflops: float
) -> None:
    options = I2VGenXLOptions(width=width, height=height, num_frames=num_frames, num_inference_steps=1)
    assert count_flops(options) / 1e12 == pytest.approx(teraflops, rel=0.005)
    unguided = options.model_copy(update={"guidance_scale": 1.0, "num_inference_steps": 50})
    assert count_flops(unguided) == pytest.approx(25 * count_flops(options))


@pytest.mark.parametrize(
    ("width", "height", "num_frames", "share"), [(512, 512, 16, 0.381), (768, 768, 24, 0.434), (1280, 704, 16, 0.474)]
)
def test_the_work_of_a_step_that_takes_over_deep_layers_is_as_counted_on_the_network(
    width: int, height: int, num_frames: int, share: float
) -> None:
    options = I2VGenXLOptions(width=width, height=height, num_frames=num_frames, num_inference_steps=2)
    spared = options.model_copy(update={"deep_cache_interval": 2})
    assert count_flops(spared) / count_flops(options) == pytest.approx((1 + share) / 2, rel=0.005)


def test_the_work_of_steps_without_guidance_is_half() -> None:
    interval = I2VGenXLOptions(guidance_start=0.2, guidance_end=0.8)
    assert count_flops(interval) == pytest.approx(0.8 * count_flops(I2VGenXLOptions()))


def test_only_the_trained_size_and_length_pass_without_a_notice() -> None:
    def codes(**options: Any) -> list[str]:
        return [notice.code for notice in SPEC.notices(I2VGenXLOptions(**options), 1280, 704)]

    assert codes(width=1280, height=704, num_frames=32) == []
    assert codes(width=512, height=512) == ["size_off_training"]
    assert codes(width=1280, height=704, num_frames=33) == ["frames_beyond_training"]


def test_where_people_choose_it_is_said_that_no_card_has_measured_the_figures() -> None:
    measured = (ROOT / "docs" / "gpu.md").read_text("utf-8").partition("\n## Measured on GPUs\n")[2]
    assert measured.startswith("\nNone yet.\n"), "then README and page are to give its figures"
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "**calculated and on no card measured**" in readme
    assert "not measured on a graphics card yet" in SPEC.summary["en"]
    assert "在显卡上的表现尚未实测" in SPEC.summary["zh-CN"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_notice_reads_as_a_full_sentence(language: str) -> None:
    notices = SPEC.notices(I2VGenXLOptions(num_frames=40), 64, 64)
    run_time: dict[str, dict[str, object]] = {
        "sentence_cut": {"option": "prompt", "cut": "dog", "limit": 75},
        "retried_in_float32": {"fault": "black"},
        "went_on_in_float32": {"step": 7},
        "started_over": {"differs": "torch"},
        "xformers_unavailable": {"reason": "no GPU"},
        "plan_lowered": {"stage": "decoding", "step": 50, "plan": "resident"},
        "went_to_processor": {"stage": "generating", "step": 7, "plan": "streamed"},
        "card_spills": {"step": 7, "times": 12},
    }
    said = {notice.code: dict(notice.values) for notice in notices} | run_time
    assert len(said) == 10
    for code, values in said.items():
        assert "?" not in say("notices", code, language, **values)
