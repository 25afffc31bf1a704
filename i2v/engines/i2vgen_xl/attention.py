"""Which attention kernels the UNet uses: PyTorch's own (SDPA) or xFormers."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor2_0, XFormersAttnProcessor

from i2v.domain.events import Noticed
from i2v.engines.base import Report
from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions

_PROBE_TOKENS, _PROBE_HEADS, _HEAD_CHANNELS = 4096, 5, 64
"""The widest attention of a 512×512 frame."""


def set_attention(parts: Parts, options: I2VGenXLOptions, report: Report) -> str:
    """Gives the UNet the attention that was asked for and says which that is.

    `auto` takes xFormers on CUDA where it runs and a probe finds it no slower. Where xFormers was named but cannot run,
    SDPA does the same work and a notice says so. `exact` always has SDPA.

    xFormers gets the attention within a frame only. Along time each pixel is a sequence of its own, at 1280×704 some
    140,000 of them with their heads, and from 65,536 on xFormers asks CUDA for a grid that is none
    (facebookresearch/xformers#845).
    """
    wanted = "sdpa" if options.exact else options.attention
    reason = _why_not_xformers(parts) if wanted != "sdpa" else ""
    if wanted == "xformers" and reason:
        report(Noticed("xformers_unavailable", {"reason": reason}))
    takes_xformers = wanted != "sdpa" and not reason and (wanted == "xformers" or _xformers_is_no_slower(parts))
    # Not the library's `set_default_attn_processor`: its default is the one that builds whole attention matrices.
    within_frames = XFormersAttnProcessor() if takes_xformers else AttnProcessor2_0()
    along_time = AttnProcessor2_0()
    parts.unet.set_attn_processor(
        {name: within_frames if ".attentions." in name else along_time for name in parts.unet.attn_processors}
    )
    return "xformers" if takes_xformers else "sdpa"


def _why_not_xformers(parts: Parts) -> str:
    """Why xFormers cannot run here in this precision, or nothing.

    It is made to run: where its kernels were built for another PyTorch it can be imported all the same.
    """
    if parts.device.type != "cuda":
        return f"device {parts.device.type}"
    try:
        _attend_with_xformers(_probe(parts))
    except (ImportError, OSError, RuntimeError, ValueError, AttributeError) as cause:
        return f"{type(cause).__name__}: {cause}".splitlines()[0].rstrip(": ")
    return ""


def _xformers_is_no_slower(parts: Parts) -> bool:
    values = _probe(parts)
    by_head = values.transpose(1, 2)
    theirs = _seconds(lambda: _attend_with_xformers(values), parts.device)
    ours = _seconds(lambda: torch.nn.functional.scaled_dot_product_attention(by_head, by_head, by_head), parts.device)
    return theirs <= ours


def _probe(parts: Parts) -> torch.Tensor:
    """Queries, keys and values in one, (1, tokens, heads, channels)."""
    return torch.ones((1, _PROBE_TOKENS, _PROBE_HEADS, _HEAD_CHANNELS), device=parts.device, dtype=parts.dtype)


def _attend_with_xformers(values: torch.Tensor) -> object:
    xformers: Any = importlib.import_module("xformers.ops")
    return xformers.memory_efficient_attention(values, values, values)


def _seconds(work: Callable[[], object], device: torch.device) -> float:
    """The shortest of five runs."""
    took = []
    for _ in range(6):
        torch.cuda.synchronize(device)
        start = time.perf_counter()
        work()
        torch.cuda.synchronize(device)
        took.append(time.perf_counter() - start)
    return min(took[1:])
