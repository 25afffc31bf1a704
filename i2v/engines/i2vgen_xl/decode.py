"""Latents to frames, and the proof that the frames show something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.strips import decode
from i2v.engines.i2vgen_xl.ticking import Ticker, ticking, wait_for
from i2v.errors import ClipFaulty

if TYPE_CHECKING:
    from i2v.engines.base import Frame

# In levels of 255: the brightest of a black clip, the spread inside a flat frame, the change between still frames.
_BLACK_UP_TO = 8
_CONSTANT_WITHIN = 2
_FROZEN_WITHIN = 1


def decode_frames(parts: Parts, latents: torch.Tensor, tick: Ticker) -> Iterator[Frame]:
    """Decodes one frame at a time: the VAE knows no time, so the frames are the same as decoded together.

    Args:
        parts: the model.
        latents: (1, 4, f, h/8, w/8), float32.
        tick: called between layers.

    Yields:
        uint8 (height, width, 3).

    Raises:
        ClipFaulty: a frame holds NaN even in float32.
    """
    scaled = 1 / parts.vae.config.scaling_factor * latents
    vae, own = parts.vae, parts.vae.dtype
    with parts.visiting(vae.to(torch.promote_types(own, parts.value_dtype))):
        try:
            for frame in scaled[0].unbind(dim=1):  # (4, h/8, w/8)
                decoded = _decode(parts, frame, tick)
                if not decoded.isfinite().all():
                    vae.to(torch.float32)
                    decoded = _decode(parts, frame, tick)
                if not decoded.isfinite().all():
                    raise ClipFaulty(fault="nan")
                shown = (decoded / 2 + 0.5).clamp(0, 1).permute(1, 2, 0).numpy()  # (height, width, 3), 0…1
                yield (shown * 255).round().astype(np.uint8)
        finally:
            vae.to(own)  # the next clip is to be what it would be alone


def proven(frames: Iterator[Frame]) -> Iterator[Frame]:
    """Passes the frames on, the first ones only once they show a picture that moves.

    Raises:
        ClipFaulty: all frames are black, or each is one flat colour, or no pixel of them ever changes.
    """
    held: list[Frame] = []
    black = constant = frozen = True
    for frame in frames:
        held.append(frame)
        black = black and int(frame.max()) <= _BLACK_UP_TO
        constant = constant and int(np.ptp(frame, axis=(0, 1)).max()) <= _CONSTANT_WITHIN
        frozen = frozen and int(np.abs(frame.astype(np.int16) - held[0]).max()) <= _FROZEN_WITHIN
        if not (black or constant or frozen):
            yield from held
            yield from frames
            return
    raise ClipFaulty(fault="black" if black else "constant" if constant else "frozen")


def _decode(parts: Parts, frame: torch.Tensor, tick: Ticker) -> torch.Tensor:
    """One frame, (3, height, width), float32 on the CPU, about -1…1."""
    with torch.inference_mode(), ticking(tick, parts.vae):
        decoded = decode(parts.vae, frame[None].to(parts.device, parts.vae.dtype))
        wait_for(parts.device, tick)
        picture: torch.Tensor = decoded[0].to("cpu", torch.float32)
        return picture
