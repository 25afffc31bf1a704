from __future__ import annotations

import contextlib
import gc
import io
from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import psutil
import pytest
import torch
from PIL import Image
from safetensors.torch import load

from i2v.domain.events import Checkpoint, Event, Latents, Loading, Noticed, Step, Tick
from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl import conditioning, denoise, faults, ticking
from i2v.engines.i2vgen_xl import engine as engine_module
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.memory import TWO_PASSES
from i2v.engines.i2vgen_xl.parts import Parts, PoolOnCpu, free_cached_memory
from i2v.engines.i2vgen_xl.spec import Sampler
from i2v.errors import ClipFaulty, DeviceMissing, JobCancelled, OutOfGpuMemory, OutOfMemory
from tests.engines.i2vgen_xl.running import MODEL, Run, run

Make = Callable[..., Run]


# --- one seed, one result -------------------------------------------------------------------------------------------


def test_one_seed_gives_one_clip_whatever_else_ran(make: Make) -> None:
    first = make(seed=5)
    torch.rand(1000)
    np.random.rand(10)
    make(seed=6)
    again = make(seed=5)
    assert np.array_equal(again.frames, first.frames)
    assert torch.equal(again.latents, first.latents)


def test_another_seed_gives_another_clip(make: Make) -> None:
    assert not torch.equal(make(seed=5).latents, make(seed=6).latents)


@pytest.mark.parametrize("sampler", get_args(Sampler))
def test_the_global_random_numbers_are_left_alone(make: Make, sampler: Sampler) -> None:
    before = torch.get_rng_state()
    make(sampler=sampler)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_noise_of_a_seed_is_that_of_the_cpu_in_float32() -> None:
    noise = denoise.draw_noise(7, 3, 64, 128)
    expected = torch.randn((1, 4, 3, 8, 16), generator=torch.Generator("cpu").manual_seed(7))
    assert noise.dtype == torch.float32
    assert torch.equal(noise, expected)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": "A dog"},
        {"negative_prompt": "sharp"},
        {"guidance_scale": 3.0},
        {"target_fps": 16},
        {"fps": 16},
        {"num_inference_steps": 4},
    ],
)
def test_every_condition_reaches_the_clip(make: Make, change: dict[str, Any]) -> None:
    assert not torch.equal(make(**change).latents, make().latents)


def test_without_guidance_the_negative_prompt_says_nothing(make: Make) -> None:
    one, other = (make(guidance_scale=1.0, negative_prompt=text) for text in ("a", "b"))
    assert torch.equal(one.latents, other.latents)


# --- what is told ---------------------------------------------------------------------------------------------------


def test_each_step_is_told_and_the_last_latents_are_safe_before_the_first_frame(make: Make) -> None:
    made = make()
    assert [(step.index, step.total) for step in made.told(Step)] == [(1, 3), (2, 3), (3, 3)]
    kinds = [type(event) for event in made.events if not isinstance(event, Tick)]
    assert kinds.index(Checkpoint) < kinds.index(Latents) < len(kinds) - kinds[::-1].index(Loading)
    (latents,) = made.told(Latents)
    tensors = load(latents.data)
    assert list(tensors) == ["latents"]
    assert (tensors["latents"].dtype, tuple(tensors["latents"].shape)) == (torch.float32, (1, 4, 4, 8, 8))


def test_the_preview_moves_and_is_small(make: Make) -> None:
    previews = [step.preview for step in make(num_frames=5, width=128).told(Step)]
    assert previews[0]
    assert previews[-1]
    with Image.open(io.BytesIO(previews[-1])) as preview:
        assert (preview.format, preview.size, getattr(preview, "n_frames", 1)) == ("WEBP", (16, 8), 5)
    assert len(previews[-1]) < 10_000


def test_the_words_beyond_the_models_reach_are_shown(make: Make) -> None:
    made = make(prompt="walking " * 80 + "home")
    (notice,) = made.told(Noticed)
    assert (notice.code, notice.values["option"], notice.values["limit"]) == ("sentence_cut", "prompt", 75)
    assert notice.values["cut"].endswith("home")
    assert make(prompt="walking").told(Noticed) == []


def test_xformers_asked_for_where_it_cannot_run_is_told_and_done_without(make: Make) -> None:
    made = make(attention="xformers", exact=False, num_inference_steps=1)
    assert [notice.code for notice in made.told(Noticed)] == ["xformers_unavailable"]
    assert make(attention="xformers", num_inference_steps=1).told(Noticed) == []  # exact has SDPA anyway


def test_facts_name_everything_that_decides_the_bits(engine: I2VGenXLEngine, make: Make) -> None:
    make()
    facts = engine.facts()
    assert {"torch", "diffusers", "transformers", "weights_sha256", "device", "dtype", "plan", "attention"} <= set(
        facts
    )
    assert (facts["dtype"], facts["device"], facts["plan"], facts["attention"]) == (
        "float32",
        "cpu",
        "resident",
        "sdpa",
    )
    assert len(facts["weights_sha256"]) == 64


# --- precision ------------------------------------------------------------------------------------------------------


def test_a_cpu_that_is_faster_with_it_works_in_bf16_but_never_under_exact(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 2.5)
    rough = make(exact=False)
    assert engine.facts()["dtype"] == "bfloat16"
    exact = make()
    assert engine.facts()["dtype"] == "float32"
    distance = float((rough.latents - exact.latents).norm() / exact.latents.norm())
    assert 0 < distance < 0.1


def test_a_cpu_that_is_not_faster_keeps_float32(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 1.2)
    make(exact=False)
    assert engine.facts()["dtype"] == "float32"


def test_two_passes_make_the_same_clip_one_branch_at_a_time(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    together = make()
    assert engine._parts is not None
    middle = engine._parts.unet.mid_block
    watch = middle.register_forward_pre_hook(lambda network, given: batches.append(len(given[0]) // 4))
    make()
    monkeypatch.setattr(Parts, "fitting_plan", lambda *given: TWO_PASSES)
    apart = make()
    watch.remove()
    assert batches == [2, 2, 2, 1, 1, 1, 1, 1, 1]
    assert float((apart.latents - together.latents).norm() / together.latents.norm()) < 1e-5


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")
def test_all_samplers_are_on_the_way_to_the_same_clip(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 1.0)
    gentle = {"num_inference_steps": 12, "num_frames": 2, "guidance_scale": 2.0, "exact": False}
    answer = make(sampler="dpmpp_2m", **gentle).latents
    for sampler, furthest in (("unipc", 0.05), ("euler", 0.12), ("ddim", 0.16)):
        assert float((make(sampler=sampler, **gentle).latents - answer).norm() / answer.norm()) < furthest


def test_pooling_on_the_cpu_changes_nothing() -> None:
    pool = torch.nn.AdaptiveAvgPool2d((32, 32))
    values = torch.randn(1, 3, 88, 160, generator=torch.Generator().manual_seed(1))
    assert torch.equal(PoolOnCpu(pool)(values), pool(values))


# --- unusable clips -------------------------------------------------------------------------------------------------


STILL = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)


@pytest.mark.parametrize(("fault", "frame"), [("black", STILL * 0), ("constant", STILL * 0 + 99), ("frozen", STILL)])
def test_a_clip_without_a_moving_picture_is_made_once_more_and_then_refused(
    make: Make, monkeypatch: pytest.MonkeyPatch, fault: str, frame: Any
) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 2.5)
    flat = [frame] * 4
    monkeypatch.setattr(engine_module, "decode_frames", lambda *given: iter(flat))
    told = Run()
    with pytest.raises(ClipFaulty, match=fault):
        make(exact=False, keep=told)
    assert [notice.values for notice in told.told(Noticed)] == [{"fault": fault}]
    assert [step.index for step in told.told(Step)] == [1, 2, 3, 1, 2, 3]


# --- cancel and memory ----------------------------------------------------------------------------------------------


def cancel_at(stage: str) -> Callable[[Event], None]:
    """Cancels at the first tick after the named stage began, so in the middle of the work."""
    entered = False

    def watch(event: Event) -> None:
        nonlocal entered
        entered = entered or (isinstance(event, Loading) and event.stage == stage)
        if entered and isinstance(event, Tick):
            raise JobCancelled

    return watch


@pytest.mark.parametrize("stage", ["encoding", "decoding"])
def test_a_cancel_is_heard_between_the_layers(
    engine: I2VGenXLEngine, picture: Picture, make: Make, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(ticking, "_SECONDS_BETWEEN_TICKS", 0.0)
    undisturbed = make()
    engine._encodings.forget()
    with pytest.raises(JobCancelled):
        run(engine, picture, watch=cancel_at(stage))
    assert np.array_equal(make().frames, undisturbed.frames)


def test_a_cancel_is_heard_in_each_of_the_encoders(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[torch.nn.Module] = []

    def noted(tick: ticking.Ticker, *networks: torch.nn.Module) -> contextlib.AbstractContextManager[None]:
        heard.extend(networks)
        return ticking.ticking(tick, *networks)

    monkeypatch.setattr(conditioning, "ticking", noted)
    make(num_inference_steps=1, prompt="Nobody asked this before", width=72)
    kinds = [type(network).__name__ for network in heard]
    assert kinds == ["CLIPTextModel", "CLIPVisionModelWithProjection", "AutoencoderKL"]


def test_a_cancel_is_heard_inside_a_step(
    engine: I2VGenXLEngine, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticking, "_SECONDS_BETWEEN_TICKS", 0.0)
    told = Run()
    run(engine, picture, keep=told, num_inference_steps=2)
    first, second = (place for place, event in enumerate(told.events) if isinstance(event, Step))
    assert sum(isinstance(event, Tick) for event in told.events[first:second]) > 20


def test_no_hook_stays_behind(engine: I2VGenXLEngine, make: Make) -> None:
    make()
    assert engine._parts is not None
    networks = (engine._parts.unet, engine._parts.vae)  # the encoders have gone
    assert [layer for network in networks for layer in network.modules() if layer._forward_pre_hooks] == []


def tensor_bytes() -> int:
    gc.collect()
    tensors: list[torch.Tensor] = [
        value for value in gc.get_objects() if type(value) in (torch.Tensor, torch.nn.Parameter)
    ]
    packed = sum(value.nbytes for value in tensors if value.is_mkldnn)  # has no address
    plain = {value.data_ptr(): value.untyped_storage().nbytes() for value in tensors if not value.is_mkldnn}
    return packed + sum(plain.values())


def test_a_finished_job_leaves_only_the_weights_and_unload_not_even_these(engine: I2VGenXLEngine, make: Make) -> None:
    engine.unload()
    empty = tensor_bytes()
    make(num_inference_steps=1)
    weights = engine._parts.weights() if engine._parts else None
    assert weights is not None
    loaded = weights.unet + weights.vae + weights.text_encoder + weights.image_encoder
    assert tensor_bytes() - empty <= loaded + 100_000
    make(num_inference_steps=1, width=256, height=256)
    assert tensor_bytes() - empty <= loaded + 100_000
    engine.unload()
    assert tensor_bytes() - empty <= 10_000


@pytest.mark.parametrize("stage", ["never", "encoding"])
def test_what_a_job_took_is_given_back_when_it_ends_done_or_cancelled(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(ticking, "_SECONDS_BETWEEN_TICKS", 0.0)
    make(num_inference_steps=1)  # the model is loaded
    freed: list[torch.device] = []
    monkeypatch.setattr(engine_module, "free_cached_memory", freed.append)
    engine._encodings.forget()
    with contextlib.suppress(JobCancelled):
        make(num_inference_steps=1, watch=cancel_at(stage))
    assert freed == [torch.device("cpu")]


def test_freed_main_memory_goes_back_to_the_system() -> None:
    resident = psutil.Process().memory_info
    weights = [torch.ones(25_000) for _ in range(4000)]  # 400 MB in blocks too small to be mapped one by one
    full = resident().rss
    newest = weights[-1]  # lies on top of the heap, which so cannot shrink by itself
    del weights
    free_cached_memory(newest.device)
    assert full - resident().rss > 200e6


def test_a_second_job_finds_the_model_loaded(engine: I2VGenXLEngine, make: Make) -> None:
    make()
    parts = engine._parts
    engine.load(Workplace("cpu", MODEL), lambda event: None)
    assert make().told(Loading)[0].stage == "encoding"
    assert engine._parts is parts


def test_an_exact_clip_on_a_machine_with_a_card_takes_none_of_its_memory(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_device", torch.device("cuda"))
    make(num_inference_steps=1)
    assert engine.peak_device_gb() is None


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(DeviceMissing) as missing:
        I2VGenXLEngine().load(Workplace("cuda" if not torch.cuda.is_available() else "mps", MODEL), lambda event: None)
    assert "cpu" in str(missing.value.values["found"])


# --- full memory ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raised", "named"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), OutOfGpuMemory),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), OutOfMemory),
        (MemoryError(), OutOfMemory),
    ],
)
def test_full_memory_gets_its_name_and_its_stage(
    make: Make, monkeypatch: pytest.MonkeyPatch, raised: Exception, named: type[Exception]
) -> None:
    def fill(*given: Any) -> None:
        raise raised

    monkeypatch.setattr(conditioning, "_encode_text", fill)
    with pytest.raises(named, match="encoding"):
        make(prompt="Nobody asked this before either")


def test_other_faults_pass_unchanged() -> None:
    whereabouts = faults.Whereabouts("denoising", torch.device("cpu"))
    with pytest.raises(RuntimeError, match="shapes differ"), faults.named_faults(whereabouts):
        raise RuntimeError("shapes differ")
