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

    `auto` takes xFormers on CUDA where it loads and a probe finds it no slower. Where xFormers was named but cannot
    run, SDPA does the same work and a notice says so. `exact` always has SDPA.
    """
    wanted = "sdpa" if options.exact else options.attention
    reason = _why_not_xformers(parts.device) if wanted != "sdpa" else ""
    if wanted == "xformers" and reason:
        report(Noticed("xformers_unavailable", {"reason": reason}))
    if wanted != "sdpa" and not reason and (wanted == "xformers" or _xformers_is_no_slower(parts)):
        parts.unet.set_attn_processor(XFormersAttnProcessor())
        return "xformers"
    # Not the library's `set_default_attn_processor`: its default is the one that builds whole attention matrices.
    parts.unet.set_attn_processor(AttnProcessor2_0())
    return "sdpa"


def _why_not_xformers(device: torch.device) -> str:
    """Why xFormers cannot run here, or nothing."""
    if device.type != "cuda":
        return f"device {device.type}"
    try:
        importlib.import_module("xformers.ops")
    except (ImportError, OSError, RuntimeError) as cause:
        return str(cause)
    return ""


def _xformers_is_no_slower(parts: Parts) -> bool:
    xformers: Any = importlib.import_module("xformers.ops")
    shape = (1, _PROBE_TOKENS, _PROBE_HEADS, _HEAD_CHANNELS)
    values = torch.ones(shape, device=parts.device, dtype=parts.dtype)
    by_head = values.transpose(1, 2)
    theirs = _seconds(lambda: xformers.memory_efficient_attention(values, values, values), parts.device)
    ours = _seconds(lambda: torch.nn.functional.scaled_dot_product_attention(by_head, by_head, by_head), parts.device)
    return theirs <= ours


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
