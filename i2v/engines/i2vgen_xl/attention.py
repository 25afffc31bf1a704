"""Which attention kernels the UNet uses: PyTorch's own (SDPA) or xFormers."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from i2v.domain.events import Noticed
from i2v.engines.base import Report
from i2v.engines.i2vgen_xl.parts import Parts
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions

_PROBE_TOKENS, _PROBE_HEADS, _HEAD_CHANNELS = 4096, 5, 64
"""The widest attention of a 512×512 frame."""

_MOST_ROWS = 65_535
"""Sequences of one call: a CUDA grid has no more, and PyTorch divides the work of one of its kernels only
(pytorch/pytorch#146704). Along time a frame of 2048×1024 has more with both branches."""


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
    parts.unet.set_attn_processor(
        {name: Attend(takes_xformers and ".attentions." in name) for name in parts.unet.attn_processors}
    )
    return "xformers" if takes_xformers else "sdpa"


class Attend:
    """Attention as this UNet has it, without what it never uses: masks, norms of its own, a residual, a factor of one.

    Keys and values of what a sentence and a picture say are made once for a clip, and once for all its frames.
    """

    def __init__(self, takes_xformers: bool = False) -> None:
        self.takes_xformers = takes_xformers
        self._held: Any = WeakTensorKeyDictionary()  # keys and values by the context that they are of

    def __call__(
        self,
        attention: Any,
        hidden_states: torch.Tensor,
        encoder_hidden_states: torch.Tensor | None = None,
        **_: object,
    ) -> torch.Tensor:
        """(rows, tokens, channels) in and out; the context has one row for each branch, whose rows stand together."""
        queries = attention.to_q(hidden_states)
        if encoder_hidden_states is None:
            keys, values = attention.to_k(hidden_states), attention.to_v(hidden_states)
        else:
            frames = len(hidden_states) // len(encoder_hidden_states)
            keys, values = (each.repeat_interleave(frames, 0) for each in self._of(attention, encoder_hidden_states))
        # (rows, tokens, channels) → (rows, tokens, heads, channels of a head)
        heads = [each.unflatten(-1, (attention.heads, -1)) for each in (queries, keys, values)]
        attended = _attend_with_xformers(*heads) if self.takes_xformers else _attend(*heads)
        answer: torch.Tensor = attention.to_out[0](attended.flatten(-2))
        return answer

    def _of(self, attention: Any, context: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if context not in self._held:
            self._held[context] = attention.to_k(context), attention.to_v(context)
        keys, values = self._held[context]
        return keys, values


def _why_not_xformers(parts: Parts) -> str:
    """Why xFormers cannot run here in this precision, or nothing.

    It is made to run: where its kernels were built for another PyTorch it can be imported all the same.
    """
    if parts.device.type != "cuda":
        return f"device {parts.device.type}"
    try:
        probe = _probe(parts)
        _attend_with_xformers(probe, probe, probe)
    except (ImportError, OSError, RuntimeError, ValueError, AttributeError) as cause:
        return f"{type(cause).__name__}: {cause}".splitlines()[0].rstrip(": ")
    return ""


def _xformers_is_no_slower(parts: Parts) -> bool:
    values = _probe(parts)
    theirs = _seconds(lambda: _attend_with_xformers(values, values, values), parts.device)
    ours = _seconds(lambda: _attend(values, values, values), parts.device)
    return theirs <= ours


def _probe(parts: Parts) -> torch.Tensor:
    """Queries, keys and values in one, (1, tokens, heads, channels)."""
    return torch.ones((1, _PROBE_TOKENS, _PROBE_HEADS, _HEAD_CHANNELS), device=parts.device, dtype=parts.dtype)


def _attend(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """(rows, tokens, heads, channels of a head) each, and so the answer."""
    pieces = zip(*(torch.split(each.transpose(1, 2), _MOST_ROWS) for each in (queries, keys, values)), strict=True)
    attended = [torch.nn.functional.scaled_dot_product_attention(*piece) for piece in pieces]
    return (attended[0] if len(attended) == 1 else torch.cat(attended)).transpose(1, 2)


def _attend_with_xformers(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    xformers: Any = importlib.import_module("xformers.ops")
    attended: torch.Tensor = xformers.memory_efficient_attention(queries, keys, values)
    return attended


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
