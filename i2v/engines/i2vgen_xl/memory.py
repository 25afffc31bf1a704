"""What a clip needs of the device's memory, and which plan fits. Pure arithmetic, no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from i2v.engines.base import MemoryNeed, Site, fitting_need

GIB = 2**30

UNET_PARAMETERS = 1_420_469_224
TEXT_ENCODER_PARAMETERS = 352_984_064
IMAGE_ENCODER_PARAMETERS = 632_076_800
VAE_PARAMETERS = 83_653_863
"""Of the published model. The VAE is kept in float32, as its configuration asks."""

ROWS_AT_ONCE = 16_384
"""Of a feed-forward, whose inner values are eight times as many as what goes in: the widest tensor of a step. A matrix
product of this many rows is as fast as a larger one."""


@dataclass(frozen=True)
class _Activations:
    """Peak activations of a step in values, for each position: 64 pixels of one frame.

    Attributes:
        whole: at the widest layers of the way up.
        piece: inside a feed-forward, for each of the rows that are computed at once.
        beside: of what is held meanwhile.
        rows: positions that are computed at once.
    """

    whole: int
    piece: int
    beside: int
    rows: int = ROWS_AT_ONCE

    def values(self, positions: float) -> float:
        return max(self.whole * positions, self.piece * min(positions, self.rows) + self.beside * positions)


# As `benchmarks.memory_model` measures them on narrow networks, in pieces and without.
_BOTH_BRANCHES = _Activations(whole=11_420, piece=10_260, beside=8_500, rows=ROWS_AT_ONCE // 2)
_ONE_BRANCH = _Activations(whole=5_990, piece=7_190, beside=3_370)

_VAE_BYTES_PER_POSITION = 262_000
"""Peak of decoding one frame in float32, per latent position, measured likewise; by the shapes of tensors 199,000."""

_SLACK_BYTES = int(0.75 * GIB)
"""On a card its context, workspaces and fragmentation, an estimate; in main memory the process before it loads anything
(0.55 GiB measured) and the encoder's frames."""


@dataclass(frozen=True)
class Plan:
    """How a job spares the device's memory. No plan changes what is computed, only where and in what batches.

    Attributes:
        name: as recorded in the recipe.
        is_offloading: text encoder, image encoder and VAE rest in main memory and visit the device for their turn.
        is_two_pass: the guided and the unguided prediction run one after the other, not as a batch of two.
    """

    name: str
    is_offloading: bool
    is_two_pass: bool


RESIDENT = Plan("resident", is_offloading=False, is_two_pass=False)
ENCODERS_OFFLOADED = Plan("encoders_offloaded", is_offloading=True, is_two_pass=False)
TWO_PASSES = Plan("two_passes", is_offloading=True, is_two_pass=True)

LADDER = (RESIDENT, ENCODERS_OFFLOADED, TWO_PASSES)
"""The fastest first."""


@dataclass(frozen=True)
class Weights:
    """Bytes of the four networks, in the precision in which they are loaded."""

    unet: int
    vae: int
    text_encoder: int
    image_encoder: int


@dataclass(frozen=True)
class Shape:
    """What of a clip decides its memory. `value_bytes` is 2 for the 16-bit types and 4 for float32."""

    width: int
    height: int
    num_frames: int
    is_guided: bool
    value_bytes: int


def published_weights(value_bytes: int, size_share: float = 1.0) -> Weights:
    """The published model's networks, or those of one that is smaller in all its parts alike."""
    count = size_share * value_bytes
    return Weights(
        unet=round(UNET_PARAMETERS * count),
        vae=round(VAE_PARAMETERS * 4 * size_share),
        text_encoder=round(TEXT_ENCODER_PARAMETERS * count),
        image_encoder=round(IMAGE_ENCODER_PARAMETERS * count),
    )


def peak_bytes(plan: Plan, weights: Weights, shape: Shape) -> int:
    """The most device memory a clip takes under a plan, in bytes.

    Activations grow with a network's width, weights with its square: of a narrower model, as tests and benchmarks use,
    the weights tell how much less its activations are.
    """
    width_share = math.sqrt(weights.unet / (UNET_PARAMETERS * shape.value_bytes))
    denoising, decoding = denoising_bytes(plan, shape, width_share), decoding_bytes(shape, width_share)
    encoders = weights.text_encoder + weights.image_encoder
    if plan.is_offloading:
        most = max(encoders, weights.unet + denoising, weights.unet + weights.vae + decoding)
    else:
        most = encoders + weights.unet + weights.vae + max(denoising, decoding)
    return most + _SLACK_BYTES


def denoising_bytes(plan: Plan, shape: Shape, width_share: float = 1.0) -> int:
    """Activations of one step, in bytes. `width_share`: channels of the UNet as a share of the published one's."""
    activations = _BOTH_BRANCHES if shape.is_guided and not plan.is_two_pass else _ONE_BRANCH
    positions = shape.width * shape.height / 64 * shape.num_frames
    return round(activations.values(positions) * width_share * shape.value_bytes)


def decoding_bytes(shape: Shape, width_share: float = 1.0) -> int:
    """Activations of decoding one frame, in bytes: in float32, one frame at a time."""
    return round(_VAE_BYTES_PER_POSITION * width_share * shape.width * shape.height / 64)


def memory_needs(weights: Weights, shape: Shape, site: Site) -> Sequence[MemoryNeed]:
    """What each plan takes at a site, the fastest first; where device and main memory are one, none saves anything."""
    if site.device == "cuda":
        return tuple(MemoryNeed(plan.name, peak_bytes(plan, weights, shape), "gpu", _SLACK_BYTES) for plan in LADDER)
    return (MemoryNeed(RESIDENT.name, peak_bytes(RESIDENT, weights, shape), "ram"),)


def choose_plan(free_bytes: int | None, weights: Weights, shape: Shape) -> Plan:
    """The fastest plan that fits into the free memory, else the smallest: it may still fit, and says so if not.

    Args:
        free_bytes: what the device has for us, our own loaded weights counted as free; None on a CPU, where device
            and main memory are one and offloading saves nothing.
        weights: sizes of the networks.
        shape: of the clip.
    """
    if free_bytes is None:
        return RESIDENT
    needs = memory_needs(weights, shape, Site("cuda", shape.value_bytes))
    fitting = fitting_need(needs, free_bytes) or needs[-1]
    return next(plan for plan in LADDER if plan.name == fitting.plan)
