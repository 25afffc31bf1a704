"""A killed job goes on from its last checkpoint, and nobody could tell from its frames."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from i2v.domain.events import Checkpoint, Event, Loading, Noticed, Step
from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl import denoise
from i2v.engines.i2vgen_xl.checkpoint import read_checkpoint, write_checkpoint
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.memory import LADDER, Plan
from i2v.engines.i2vgen_xl.samplers import create_sampler
from i2v.engines.i2vgen_xl.spec import Sampler
from i2v.errors import JobCancelled
from tests.engines.i2vgen_xl.killed_run import MOMENTS, Moment, run_and_die
from tests.engines.i2vgen_xl.running import MODEL, Run, request, run
from tests.engines.i2vgen_xl.test_samplers import PUBLISHED

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:diffusers")

Make = Callable[..., Run]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)
FIVE = {"num_inference_steps": 5}
SPARED = {**FIVE, "guidance_start": 0.2, "guidance_end": 0.8, "deep_cache_interval": 2, "exact": False}
"""Guided from the second step to the fourth; the deep layers of the third and the last are those of the step before."""
TWELVE = {"num_inference_steps": 12, "num_frames": 2}


@pytest.fixture
def saving(engine: I2VGenXLEngine, monkeypatch: pytest.MonkeyPatch) -> I2VGenXLEngine:
    """The engine, with a checkpoint after each step."""
    monkeypatch.setattr(engine, "seconds_between_checkpoints", 0.0)
    return engine


@pytest.fixture(autouse=True)
def _float32_without_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samplers other than ddim do not run under exact; float32 all the same, so that every CPU tests the same."""
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 1.0)


@pytest.fixture(scope="module")
def processes() -> Any:
    """Processes that start with the libraries loaded, where the system can fork; a fresh one each everywhere else."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([run_and_die.__module__])
    return context


def dies(processes: Any, moment: Moment, checkpoint: Path, options: dict[str, Any], plan: Plan | None = None) -> None:
    process = processes.Process(target=run_and_die, args=(moment, checkpoint, options, plan))
    process.start()
    process.join()
    assert process.exitcode == -9, f"{moment} never came"


def stopped_after(done: int, engine: I2VGenXLEngine, picture: Picture, **options: Any) -> bytes:
    """The checkpoint of a job that was stopped once `done` steps were saved."""

    def stop(event: Event) -> None:
        if isinstance(event, Step) and event.index == done:
            raise JobCancelled

    told = Run()
    with pytest.raises(JobCancelled):
        run(engine, picture, keep=told, watch=stop, **options)
    return told.checkpoint


@pytest.mark.parametrize(("sampler", "bf16_speedup"), [*((sampler, 1.0) for sampler in SAMPLERS), ("unipc", 2.5)])
def test_a_job_stopped_after_any_step_goes_on_to_the_same_frames(
    saving: I2VGenXLEngine,
    picture: Picture,
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
    sampler: Sampler,
    bf16_speedup: float,
) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: bf16_speedup)
    options = {**FIVE, "sampler": sampler}
    undisturbed = make(**options)
    for done in range(1, 6):
        resumed = make(checkpoint=stopped_after(done, saving, picture, **options), **options)
        assert [step.index for step in resumed.told(Step)] == list(range(done + 1, 6))
        assert np.array_equal(resumed.frames, undisturbed.frames)
        assert "continued_from" not in saving.facts()


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_job_that_spares_work_goes_on_to_the_same_frames(
    saving: I2VGenXLEngine, picture: Picture, make: Make, sampler: Sampler
) -> None:
    """What the deep layers made for an earlier step is no part of a checkpoint, and is made again bit for bit."""
    options = {**SPARED, "sampler": sampler}
    undisturbed = make(**options)
    for done in range(1, 6):
        stopped = stopped_after(done, saving, picture, **options)
        resumed = make(checkpoint=stopped, **options)
        assert [step.index for step in resumed.told(Step)] == list(range(done + 1, 6))
        assert np.array_equal(resumed.frames, undisturbed.frames), done
        checkpoint = read_checkpoint(stopped)
        assert checkpoint is not None
        assert (checkpoint.deep is not None) == (done in (2, 4))
        assert len(stopped) < 60_000  # the features alone would take 65 kB


@pytest.mark.parametrize(
    "options",
    [{**FIVE, "sampler": "ddim"}, {**FIVE, "sampler": "unipc"}, {**SPARED, "sampler": "unipc"}],
    ids=["ddim", "unipc", "unipc, sparing work"],
)
def test_a_job_killed_at_any_moment_goes_on_to_the_same_frames(
    make: Make, processes: Any, tmp_path: Path, options: dict[str, Any]
) -> None:
    undisturbed = make(**options)
    killed = {moment: tmp_path / str(moment) for moment in MOMENTS}
    for moment, checkpoint in killed.items():
        dies(processes, moment, checkpoint, options)
        resumed = make(checkpoint=checkpoint.read_bytes() if checkpoint.exists() else b"", **options)
        assert np.array_equal(resumed.frames, undisturbed.frames), moment
    assert not killed[Moment("encoding", 8)].exists()
    assert read_checkpoint(killed[Moment("decoding", 5)].read_bytes()).done == 5  # type: ignore[union-attr]


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_job_killed_at_each_of_its_twelve_steps_goes_on_to_the_same_frames(
    make: Make, processes: Any, tmp_path: Path, sampler: Sampler
) -> None:
    """Each step has a process of its own, which begins with what the one before left and is killed after it."""
    options = {**TWELVE, "sampler": sampler}
    checkpoint = tmp_path / "checkpoint"
    for step in range(1, 13):
        dies(processes, Moment(f"step {step}"), checkpoint, options)
        saved = read_checkpoint(checkpoint.read_bytes())
        assert saved is not None
        assert saved.done == step
    resumed = make(checkpoint=checkpoint.read_bytes(), **options)
    assert resumed.told(Step) == []
    undisturbed = make(**options)
    assert torch.equal(resumed.latents, undisturbed.latents)
    assert np.array_equal(resumed.frames, undisturbed.frames)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("plan", LADDER, ids=lambda plan: plan.name)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_job_killed_at_any_of_twelve_steps_goes_on_under_every_plan(
    picture: Picture, processes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sampler: Sampler, plan: Plan
) -> None:
    """Killed once, at one step, and resumed by a process that has never seen it."""
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts.can_pack", lambda dtype: False)
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts.Parts.fitting_plan", lambda *given: plan)
    engine = I2VGenXLEngine()
    engine.load(Workplace("cpu", MODEL), lambda event: None)
    options: dict[str, Any] = {**TWELVE, "sampler": sampler}
    undisturbed = run(engine, picture, **options)
    for step in range(1, 13):
        checkpoint = tmp_path / str(step)
        dies(processes, Moment(f"step {step}"), checkpoint, options, plan)
        resumed = run(engine, picture, checkpoint=checkpoint.read_bytes(), **options)
        assert [made.index for made in resumed.told(Step)] == list(range(step + 1, 13))
        assert np.array_equal(resumed.frames, undisturbed.frames), step
        assert "continued_from" not in engine.facts()


@pytest.mark.parametrize(("step_seconds", "saved_after"), [(4, [3, 6]), (11, [1, 2, 3, 4, 5, 6])])
def test_work_is_saved_every_ten_seconds_or_with_each_step_that_takes_longer(
    make: Make, monkeypatch: pytest.MonkeyPatch, step_seconds: int, saved_after: list[int]
) -> None:
    clock, plain, taken = time.monotonic, denoise._predict, list[int]()

    def predict(*given: Any) -> torch.Tensor:
        taken.append(step_seconds)
        return plain(*given)

    monkeypatch.setattr(denoise, "_predict", predict)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + sum(taken))
    made = make(num_inference_steps=6, num_frames=2)
    saved = [read_checkpoint(event.data) for event in made.told(Checkpoint)]
    assert [checkpoint.done for checkpoint in saved if checkpoint] == saved_after


def test_a_finished_denoising_is_never_repeated_even_between_the_usual_checkpoints(
    engine: I2VGenXLEngine, picture: Picture, make: Make
) -> None:
    made = make()
    assert len(made.told(Checkpoint)) == 1  # three quick steps, yet the last is saved
    resumed = make(checkpoint=made.checkpoint)
    assert resumed.told(Step) == []
    assert "encoding" not in [event.stage for event in resumed.told(Loading)]
    assert np.array_equal(resumed.frames, made.frames)


@pytest.mark.parametrize(
    ("change", "differs"),
    [({"seed": 2}, "options"), ({"sampler": "euler"}, "options"), ({"num_inference_steps": 4}, "options")],
)
def test_other_options_start_over_and_say_so(make: Make, change: dict[str, Any], differs: str) -> None:
    resumed = make(checkpoint=make().checkpoint, **change)
    (notice,) = resumed.told(Noticed)
    assert (notice.code, notice.values) == ("started_over", {"differs": differs})
    assert np.array_equal(resumed.frames, make(**change).frames)


def test_another_picture_starts_over_and_says_so(engine: I2VGenXLEngine, picture: Picture, make: Make) -> None:
    told, asked = list[Event](), replace(request(), picture_sha256="of another")
    assert len(list(engine.generate(asked, picture, told.append, make().checkpoint))) == 4
    assert [event.values for event in told if isinstance(event, Noticed)] == [{"differs": "picture_sha256"}]


def test_other_weights_start_over_and_say_so(make: Make, picture: Picture, model_copy: Path) -> None:
    config = model_copy / "scheduler/scheduler_config.json"
    config.write_text(config.read_text("utf-8") + "\n", "utf-8")
    other = I2VGenXLEngine()
    other.load(Workplace("cpu", model_copy), lambda event: None)
    resumed = run(other, picture, checkpoint=make().checkpoint)
    assert [notice.values for notice in resumed.told(Noticed)] == [{"differs": "weights_sha256"}]


def test_another_release_of_a_library_starts_over_and_another_build_goes_on(
    engine: I2VGenXLEngine, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = make().checkpoint
    libraries = engine._libraries()
    monkeypatch.setattr("torch.__version__", "2.13.0+cu130")
    assert make(checkpoint=checkpoint).told(Noticed) == []
    monkeypatch.setattr(engine, "_libraries", lambda: {**libraries, "torch": "9.0.0"})
    assert [notice.values for notice in make(checkpoint=checkpoint).told(Noticed)] == [{"differs": "torch"}]


def test_a_damaged_checkpoint_starts_over_and_says_so(make: Make) -> None:
    resumed = make(checkpoint=b"\0" * 100)
    assert [notice.values for notice in resumed.told(Noticed)] == [{"differs": "format"}]
    assert np.array_equal(resumed.frames, make().frames)


def test_another_precision_goes_on_and_the_facts_tell(
    saving: I2VGenXLEngine, picture: Picture, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = stopped_after(2, saving, picture, exact=False)
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 2.5)
    resumed = make(checkpoint=checkpoint, exact=False)
    assert [step.index for step in resumed.told(Step)] == [3]
    facts = saving.facts()
    assert (facts["dtype"], facts["continued_from"]["dtype"]) == ("bfloat16", "float32")
    json.dumps(facts)
    make(exact=False)
    assert "continued_from" not in saving.facts()


def test_another_device_goes_on_and_the_facts_tell(saving: I2VGenXLEngine, picture: Picture, make: Make) -> None:
    saved = read_checkpoint(stopped_after(2, saving, picture))
    assert saved is not None
    made_on = {**saved.made_on, "device": "NVIDIA GeForce RTX 4090", "dtype": "float16"}
    sampler = create_sampler("ddim", PUBLISHED, 3)
    saved.restore(sampler)
    resumed = make(checkpoint=write_checkpoint(2, saved.latents, None, sampler, saved.decided_by, made_on))
    assert [step.index for step in resumed.told(Step)] == [3]
    assert resumed.told(Noticed) == []
    facts = saving.facts()
    assert (facts["device"], facts["continued_from"]["device"]) == ("cpu", "NVIDIA GeForce RTX 4090")
    assert np.array_equal(resumed.frames, make().frames)  # it was made here after all
