from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from i2v.engines.base import Picture
from i2v.engines.i2vgen_xl import decode
from i2v.engines.i2vgen_xl.decode import decode_frames, proven
from i2v.engines.i2vgen_xl.engine import I2VGenXLEngine
from i2v.engines.i2vgen_xl.model_folder import open_model_folder
from i2v.engines.i2vgen_xl.parts import Parts, load_parts
from i2v.engines.i2vgen_xl.ticking import Ticker
from i2v.errors import ClipFaulty
from tests.engines.i2vgen_xl.running import MODEL, request

CPU = torch.device("cpu")


def clip(*levels: object) -> list[Any]:
    """One 8×8 frame for each level; `noise` stands for a picture that differs from all others."""
    drawn = np.random.default_rng(1)
    return [
        drawn.integers(0, 256, (8, 8, 3), np.uint8) if level == "noise" else np.full((8, 8, 3), level, np.uint8)
        for level in levels
    ]


def fault_of(frames: list[Any]) -> str:
    with pytest.raises(ClipFaulty) as faulty:
        list(proven(iter(frames)))
    return str(faulty.value.values["fault"])


def test_a_black_clip_is_never_passed_on() -> None:
    assert fault_of(clip(0, 3, 8)) == "black"


def test_frames_of_one_flat_colour_are_never_passed_on() -> None:
    assert fault_of(clip(40, 90, 200)) == "constant"


def test_a_clip_that_never_moves_is_never_passed_on() -> None:
    (picture,) = clip("noise")
    nearly = picture.copy()
    nearly[0, 0] ^= 1
    assert fault_of([picture, picture.copy(), nearly]) == "frozen"


@pytest.mark.parametrize("levels", [("noise", "noise"), (0, 0, "noise"), (0, "noise", 0), ("noise", 0, 0)])
def test_a_clip_that_shows_and_moves_something_passes_whole(levels: tuple[object, ...]) -> None:
    frames = clip(*levels)
    assert [frame.tobytes() for frame in proven(iter(frames))] == [frame.tobytes() for frame in frames]


def test_a_good_clip_is_passed_on_from_its_second_frame() -> None:
    taken = 0

    def frames() -> Iterator[Any]:
        nonlocal taken
        for frame in clip("noise", "noise", "noise", "noise"):
            taken += 1
            yield frame

    passed = proven(frames())
    next(passed)
    assert taken == 2


def test_a_frame_is_handed_on_before_the_next_is_decoded(
    engine: I2VGenXLEngine, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, decoded = decode._decode, list[int]()

    def noted(*given: Any) -> torch.Tensor:
        decoded.append(len(decoded) + 1)
        return plain(*given)

    monkeypatch.setattr(decode, "_decode", noted)
    frames = engine.generate(request(num_inference_steps=1), picture, lambda event: None, b"")
    assert [len(decoded) for _ in frames] == [2, 2, 3, 4]  # the first two prove that something moves


def test_the_vae_stays_in_float32_where_its_configuration_asks_for_it() -> None:
    parts = load_parts(open_model_folder(MODEL), CPU, torch.bfloat16)
    for name in ("text_encoder", "image_encoder"):
        with parts.working(name):
            assert getattr(parts, name).dtype == torch.bfloat16
    assert parts.unet.dtype == torch.bfloat16
    assert parts.vae.dtype == torch.float32


def test_the_vae_follows_the_model_where_its_configuration_allows_it(model_copy: Any) -> None:
    config = model_copy / "vae/config.json"
    config.write_text(config.read_text("utf-8").replace('"force_upcast": true', '"force_upcast": false'), "utf-8")
    parts = load_parts(open_model_folder(model_copy), CPU, torch.bfloat16)
    assert parts.vae.dtype == torch.bfloat16


def overflowing_vae() -> Parts:
    """A model whose VAE overflows in 16 bits, as that of Stable Diffusion does."""
    parts = load_parts(open_model_folder(MODEL), CPU, torch.bfloat16)
    parts.vae.to(torch.bfloat16)
    parts.vae.decoder.conv_out.register_forward_hook(
        lambda module, given, made: made * float("nan") if made.dtype == torch.bfloat16 else made
    )
    return parts


def test_a_frame_that_overflows_is_decoded_again_in_float32() -> None:
    latents = torch.randn(1, 4, 2, 8, 8, generator=torch.Generator().manual_seed(1))
    frames = list(decode_frames(overflowing_vae(), latents, Ticker(lambda event: None)))
    whole = load_parts(open_model_folder(MODEL), CPU, torch.float32)
    expected = list(decode_frames(whole, latents, Ticker(lambda event: None)))
    for frame, other in zip(frames, expected, strict=True):
        assert np.abs(frame.astype(int) - other).max() <= 2  # the weights went through bf16


def test_frames_that_stay_nan_are_a_fault() -> None:
    parts = load_parts(open_model_folder(MODEL), CPU, torch.float32)
    latents = torch.full((1, 4, 2, 8, 8), float("nan"))
    with pytest.raises(ClipFaulty, match="nan"):
        list(decode_frames(parts, latents, Ticker(lambda event: None)))
