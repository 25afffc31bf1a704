"""A clip in the making as one safetensors file: latents, all that the sampler remembers, and what decided them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from i2v.engines.i2vgen_xl.samplers import restore_sampler, sampler_state

FORMAT = 3
"""Raised whenever the loop changes what it computes, so that no clip is half old and half new."""


@dataclass(frozen=True)
class DeepSource:
    """The step whose deep layers the next one takes over: its place, and what the UNet saw there.

    The features themselves are some two hundred times as large; they are computed again from this.

    Attributes:
        index: of the step, from 0.
        seen: (1, 4, frames, height/8, width/8), float32.
    """

    index: int
    seen: torch.Tensor


@dataclass(frozen=True)
class Checkpoint:
    """Where denoising stands.

    Attributes:
        done: steps taken.
        latents: after those steps, (1, 4, frames, height/8, width/8), float32.
        deep: as in `denoise.Stand`.
        tensors: the sampler's.
        sampler: the sampler's counters and the places of its tensors, as JSON.
        decided_by: must be equal for the run to go on: weights, options, picture, library versions.
        made_on: device, dtype and plan; may differ, but then frames are no longer promised to be bit-identical.
    """

    done: int
    latents: torch.Tensor
    deep: DeepSource | None
    tensors: Mapping[str, torch.Tensor]
    sampler: Mapping[str, Any]
    decided_by: Mapping[str, Any]
    made_on: Mapping[str, Any]

    def restore(self, sampler: Any) -> None:
        """Brings a fresh sampler with the same settings to where this one was."""
        restore_sampler(sampler, self.tensors, self.sampler)


def write_checkpoint(
    done: int,
    latents: torch.Tensor,
    deep: DeepSource | None,
    sampler: Any,
    decided_by: Mapping[str, Any],
    made_on: Mapping[str, Any],
) -> bytes:
    """The checkpoint after `done` steps."""
    tensors, tree = sampler_state(sampler)
    if deep is not None:
        tensors["deep"] = deep.seen.clone(memory_format=torch.contiguous_format)  # the sampler may hold it too
    told = {
        "format": FORMAT,
        "done": done,
        "deep_index": deep and deep.index,
        "sampler": tree,
        "decided_by": dict(decided_by),
        "made_on": dict(made_on),
    }
    content: bytes = save({**tensors, "latents": latents.contiguous()}, metadata={"i2v": json.dumps(told)})
    return content


def read_checkpoint(data: bytes) -> Checkpoint | None:
    """What `write_checkpoint` wrote, or None where the bytes are something else or of another format."""
    try:
        told = _metadata(data)
        tensors = load(data)
        if told["format"] != FORMAT:
            return None
        latents, index = tensors.pop("latents"), told["deep_index"]
        deep = None if index is None else DeepSource(index, tensors.pop("deep"))
        return Checkpoint(told["done"], latents, deep, tensors, told["sampler"], told["decided_by"], told["made_on"])
    except (SafetensorError, ValueError, KeyError, TypeError):
        return None


def write_latents(latents: torch.Tensor) -> bytes:
    """The denoised latents alone: tensor `latents`, float32, (1, 4, frames, height/8, width/8)."""
    content: bytes = save({"latents": latents.contiguous()})
    return content


def _metadata(data: bytes) -> dict[str, Any]:
    """The JSON that stands in the file's header: 8 bytes length, little endian, then the header."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    told: dict[str, Any] = json.loads(header["__metadata__"]["i2v"])
    return told
