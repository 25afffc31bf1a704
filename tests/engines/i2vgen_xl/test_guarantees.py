"""What the engine promises holds on every way that a clip can take: each plan, each precision, each saving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch

from i2v.domain.events import Noticed
from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl import conditioning, denoise, slices, strips
from i2v.engines.i2vgen_xl import parts as parts_module
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.memory import LADDER, RESIDENT, STREAMED, Plan
from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.unet import predict
from i2v.errors import ClipFaulty
from tests.engines.i2vgen_xl.running import MODEL, Run, run

Make = Callable[..., Run]


@dataclass(frozen=True)
class Path:
    """How a clip is made: options, plan, whether in bf16, whether by a processor's own kernels."""

    options: dict[str, Any] = field(default_factory=dict)
    plan: Plan = RESIDENT
    is_half: bool = False
    is_packed: bool = False


SPARED = {"exact": False, "guidance_end": 0.7, "deep_cache_interval": 2}
PATHS: dict[str, Path] = {
    **{plan.name: Path(plan=plan) for plan in LADDER},
    "packed": Path(is_packed=True),
    "packed, bf16": Path({"exact": False}, is_half=True, is_packed=True),
    "streamed, bf16": Path({"exact": False}, STREAMED, is_half=True),
    "unipc": Path({"sampler": "unipc"}),
    "sparing work": Path(SPARED),
    "sparing work, streamed, bf16": Path({**SPARED, "sampler": "unipc"}, STREAMED, is_half=True),
}


@pytest.fixture(scope="module", params=PATHS)
def path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """One of them, in force while its tests run, with pieces and strips small enough for the tiny model."""
    path = PATHS[request.param]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(slices, "VALUES_AT_ONCE", 1000)
        patched.setattr(strips, "VALUES_AT_ONCE", 1000)
        patched.setattr(parts_module, "_bf16_speedup", lambda: 2.5 if path.is_half else 1.0)
        if not path.is_packed:
            patched.setattr(parts_module, "can_pack", lambda dtype: False)
        patched.setattr(Parts, "fitting_plan", lambda *given: path.plan)
        yield path


@pytest.fixture(scope="module")
def clip(path: Path, picture: Picture) -> Make:
    """Makes a clip of three steps and two frames that way, by an engine of its own."""
    engine = I2VGenXLEngine()
    engine.load(Workplace("cpu", MODEL), lambda event: None)

    def make(shown: Picture = picture, **options: Any) -> Run:
        made = run(engine, shown, num_frames=2, **{**path.options, **options})
        assert engine.facts()["plan"] == path.plan.name
        assert engine.facts()["dtype"] == ("bfloat16" if path.is_half else "float32")
        return made

    return make


def test_one_seed_gives_one_clip_and_another_another(clip: Make) -> None:
    first, other, again = clip(seed=5), clip(seed=6), clip(seed=5)
    assert torch.equal(first.latents, again.latents)
    assert np.array_equal(first.frames, again.frames)
    assert not np.array_equal(first.frames, other.frames)


def test_no_border_reaches_the_model(clip: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A white picture of proportions that do not divide by the clip's."""
    plain, darkest = conditioning._encode_latents, list[float]()

    def look(parts: Parts, fitted: torch.Tensor) -> torch.Tensor:
        darkest.append(float(fitted.min()))
        return plain(parts, fitted)

    monkeypatch.setattr(conditioning, "_encode_latents", look)
    white = Picture(np.full((101, 333, 3), 255, np.uint8), "white")
    assert clip(white, width=72, height=88, num_inference_steps=1).frames.shape == (2, 88, 72, 3)
    assert darkest == [1.0]


def test_each_branch_is_told_its_own_sentence(clip: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the guided branch answers beside the other one is what it answers alone."""
    answers: list[torch.Tensor] = []

    def look(*given: Any, **told: Any) -> torch.Tensor:
        answers.append(predict(*given, **told))
        return answers[-1]

    monkeypatch.setattr("i2v.engines.i2vgen_xl.denoise.predict", look)
    clip(num_inference_steps=1, guidance_end=1.0)
    clip(num_inference_steps=1, guidance_end=1.0, guidance_scale=1.0)
    both, alone = (answer.float() for answer in answers)
    assert (len(both), len(alone)) == (2, 1)
    near, far = (float((branch - alone[0]).norm() / alone[0].norm()) for branch in (both[1], both[0]))
    # On three digits rounding is all that a batch may change; the tiny model's branches are a hundredth apart.
    assert near < far / 2


def test_nan_is_never_shown(clip: Make, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, calls = denoise._predict, list[int]()

    def spoiled(*given: Any) -> torch.Tensor:
        calls.append(1)
        return plain(*given) * (float("nan") if len(calls) == 2 else 1.0)

    monkeypatch.setattr(denoise, "_predict", spoiled)
    if not path.is_half:
        with pytest.raises(ClipFaulty, match="nan"):
            clip()
        return
    made = clip()
    assert [(notice.code, notice.values) for notice in made.told(Noticed)] == [("went_on_in_float32", {"step": 1})]
    assert made.latents.isfinite().all()
