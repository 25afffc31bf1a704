"""The library's own I2VGen-XL pipeline, with only what it takes to run at all, measured as ours is."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import torch
from diffusers import I2VGenXLPipeline
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution

from benchmarks.rig import SEED, Clip, ClipShape, Rig, draw_picture, settings
from i2v.engines.i2vgen_xl.denoise import draw_noise
from i2v.engines.i2vgen_xl.model_folder import open_model_folder


class Stock:
    """`I2VGenXLPipeline` as its documentation shows it: everything resident, everything in one precision.

    Two things are done to it. `text_encoder.text_model` is put back, which transformers 5.6 took away and without
    which a call ends in an AttributeError. And the picture's latents are the posterior's mean instead of a draw from
    torch's global random numbers, so that there is one right answer; that costs and saves no time.
    """

    name = "stock"

    def __init__(self, rig: Rig, dtype: torch.dtype) -> None:
        self._rig, self._dtype = rig, dtype
        self._pipeline: Any = None

    def load(self) -> None:
        folder = open_model_folder(self._rig.folder)
        self._pipeline = I2VGenXLPipeline.from_pretrained(
            folder.path, variant=folder.variant, dtype=self._dtype, use_safetensors=True, local_files_only=True
        ).to(self._rig.device)
        self._pipeline.set_progress_bar_config(disable=True)
        encoder = self._pipeline.text_encoder
        if not hasattr(encoder, "text_model"):
            encoder.__dict__["text_model"] = encoder  # not as an attribute: that would make the module its own child

    @property
    def unet(self) -> torch.nn.Module:
        unet: torch.nn.Module = self._pipeline.unet
        return unet

    def unload(self) -> None:
        self._pipeline = None
        self._rig.clear()

    def made_on(self) -> dict[str, Any]:
        """Precision, memory plan and attention."""
        return {"dtype": str(self._dtype).removeprefix("torch."), "plan": "resident", "attention": "sdpa"}

    def make(self, shape: ClipShape, steps: int, clip: Clip | None = None) -> Clip:
        """Makes one clip from the noise that ours has for the seed.

        Raises:
            OutOfTime: the clock ran out; `clip` then holds what there is.
        """
        clip = clip if clip is not None else Clip()
        noise = draw_noise(SEED, shape.num_frames, shape.height, shape.width).to(self._rig.device, self._dtype)
        pipeline = self._pipeline
        decode = pipeline.decode_latents

        def keep_and_decode(latents: torch.Tensor, **options: Any) -> torch.Tensor:
            self._rig.wait()
            clip.stage = "decoding"
            clip.latents = latents.to("cpu", torch.float32)
            decoded: torch.Tensor = decode(latents, **options)
            return decoded

        self._rig.restart_peak()
        began = time.perf_counter()
        with (
            patch.object(DiagonalGaussianDistribution, "sample", lambda posterior, generator=None: posterior.mean),
            patch.object(pipeline.scheduler, "step", self._timed(pipeline.scheduler.step, clip, began)),
            patch.object(pipeline, "decode_latents", keep_and_decode),
        ):
            asked = settings(shape, steps)
            (shown,) = pipeline(image=draw_picture(shape), latents=noise, output_type="np", **asked).frames
        clip.seconds = time.perf_counter() - began
        assert clip.latents is not None
        clip.is_finite = bool(clip.latents.isfinite().all() and torch.from_numpy(shown).isfinite().all())
        clip.frames = (shown * 255).round().astype("uint8") if clip.is_finite else None  # (frames, height, width, 3)
        clip.peak = self._rig.peak_gib()
        return clip

    def _timed(self, take: Callable[..., Any], clip: Clip, began: float) -> Callable[..., Any]:
        """The scheduler's `step`, which waits for the device and notes the time; the pipeline has no callback.

        The wait costs nothing that shows: a step is milliseconds of asking and then a long time of computing.
        """

        @functools.wraps(take)  # the pipeline looks at the signature
        def step(*given: Any, **named: Any) -> Any:
            taken = take(*given, **named)
            self._rig.wait()
            clip.note_step(time.perf_counter() - began)
            self._rig.clock.check()
            return taken

        return step
