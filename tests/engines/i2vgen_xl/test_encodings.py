"""What is remembered from job to job changes no bit of a clip and saves the encoders' work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch

from i2v.engines.base import Picture, Workplace
from i2v.engines.i2vgen_xl.encodings import Encodings, digest
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.parts import Parts
from tests.engines.i2vgen_xl.running import MODEL, Run, run

Make = Callable[..., Run]


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The encoders in the order in which they came to work; decoding comes after the last step and is left out."""
    come: list[str] = []
    visiting = Parts.visiting

    @contextmanager
    def noted(parts: Parts, network: torch.nn.Module) -> Iterator[None]:
        if network is not parts.unet:
            come.append(type(network).__name__)
        with visiting(parts, network):
            yield

    monkeypatch.setattr(Parts, "visiting", noted)
    return come


def fresh_engine() -> I2VGenXLEngine:
    engine = I2VGenXLEngine()
    engine.load(Workplace("cpu", MODEL), lambda event: None)
    return engine


TEXT, IMAGE, VAE = "CLIPTextModel", "CLIPVisionModelWithProjection", "AutoencoderKL"


def test_another_seed_of_a_job_asks_no_encoder_and_gives_the_clip_of_a_fresh_worker(
    picture: Picture, visits: list[str]
) -> None:
    worker = fresh_engine()
    run(worker, picture, seed=1)
    assert visits == [TEXT, IMAGE, VAE, VAE]  # the last to decode
    visits.clear()
    second = run(worker, picture, seed=2)
    assert visits == [VAE]
    alone = run(fresh_engine(), picture, seed=2)
    assert np.array_equal(second.frames, alone.frames)
    assert torch.equal(second.latents, alone.latents)


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"prompt": "A dog"}, [TEXT]),
        ({"negative_prompt": "sharp"}, [TEXT]),
        ({"num_frames": 3, "fps": 16, "num_inference_steps": 2, "guidance_scale": 3.0}, []),
        ({"guidance_scale": 1.0}, []),  # the unguided branch alone falls away
        ({"width": 128}, [IMAGE, VAE]),
        ({"width": 128, "crop_x": 0.0}, [IMAGE, VAE]),
    ],
)
def test_only_what_differs_from_the_job_before_is_encoded(
    picture: Picture, visits: list[str], change: dict[str, Any], asked: list[str]
) -> None:
    worker = fresh_engine()
    run(worker, picture)
    visits.clear()
    changed = run(worker, picture, **change)
    assert visits[:-1] == asked
    assert np.array_equal(changed.frames, run(fresh_engine(), picture, **change).frames)


def test_another_picture_under_the_same_name_is_another_picture(picture: Picture, visits: list[str]) -> None:
    """The name is of what the user gave; the pixels may have been improved or framed since."""
    worker = fresh_engine()
    run(worker, picture)
    visits.clear()
    run(worker, Picture(np.ascontiguousarray(picture.pixels[::-1]), picture.sha256))
    assert visits[:-1] == [IMAGE, VAE]


def test_another_precision_has_answers_of_its_own(
    picture: Picture, visits: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("i2v.engines.i2vgen_xl.parts._bf16_speedup", lambda: 2.5)
    worker = fresh_engine()
    exact = run(worker, picture)
    visits.clear()
    run(worker, picture, exact=False)
    assert visits[:-1] == [TEXT, IMAGE, VAE]
    visits.clear()
    again = run(worker, picture)
    assert visits[:-1] == []  # the precision of before is still known
    assert torch.equal(again.latents, exact.latents)


def test_other_weights_and_a_rest_forget_everything(picture: Picture, visits: list[str], model_copy: Any) -> None:
    worker = fresh_engine()
    run(worker, picture)
    weights = model_copy / "text_encoder/model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    worker.load(Workplace("cpu", model_copy), lambda event: None)
    visits.clear()
    run(worker, picture)
    assert visits[:-1] == [TEXT, IMAGE, VAE]
    worker.unload()
    visits.clear()
    run(worker, picture)
    assert visits[:-1] == [TEXT, IMAGE, VAE]


def test_what_was_not_asked_for_the_longest_leaves_first() -> None:
    known = Encodings(most_bytes=80)
    for name in "ab":
        known.keep(name, torch.zeros(10))
    assert known.get("a") is not None
    known.keep("c", torch.zeros(10))
    assert (known.get("b"), known.held_bytes) == (None, 80)
    assert known.get("a") is not None
    known.keep("too large for all", torch.zeros(100))
    assert known.held_bytes == 0


def test_of_a_view_only_what_it_shows_is_kept() -> None:
    known = Encodings()
    known.keep("row", torch.arange(1000.0).view(10, 100)[3])
    row = known.get("row")
    assert row is not None
    assert row.untyped_storage().nbytes() == 400
    assert torch.equal(row, torch.arange(300.0, 400.0))


def test_a_digest_tells_types_shapes_and_values_apart() -> None:
    values = torch.arange(6.0).view(2, 3)
    assert digest(values) == digest(values.clone()) == digest(values.T.contiguous().T)
    others = (values.view(3, 2), values.double(), values.int(), -values, torch.zeros(2, 3))
    assert len({digest(other) for other in (values, *others)}) == 6
