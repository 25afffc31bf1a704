"""What a clip needs of the device's memory, and which plan fits. Pure arithmetic, no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from i2v.engines.base import MemoryNeed, Site, fitting_need
from i2v.machine.memory import GIB

UNET_PARAMETERS = 1_420_469_224
TEXT_ENCODER_PARAMETERS = 352_984_064
IMAGE_ENCODER_PARAMETERS = 632_076_800
VAE_PARAMETERS = 83_653_863
"""Of the published model. The VAE is kept in float32, as its configuration asks."""

ROWS_AT_ONCE = 16_384
"""Of a feed-forward, whose inner values are eight times as many as what goes in: the widest tensor of a step. A matrix
product of this many rows is as fast as a larger one."""

VALUES_AT_ONCE = 320 * 16_384
"""Of a layer that goes through its values in pieces: as many go into it together."""


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


# As `benchmarks.memory_model` measures them on narrow networks, and as the shapes of the published one's tensors say.
_BOTH_BRANCHES = _Activations(whole=11_420, piece=10_260, beside=8_500, rows=ROWS_AT_ONCE // 2)
_ONE_BRANCH = _Activations(whole=5_990, piece=7_190, beside=3_370)
_IN_PIECES = _Activations(whole=2_900, piece=8_700, beside=2_000)

_VAE_BYTES_PER_POSITION = 262_000
"""Peak of decoding a small frame in float32, per latent position, measured likewise; by shapes of tensors 199,000."""

_STRIP_BYTES_PER_POSITION = 103_000
_STRIP_BYTES = 13 * 2**22
"""The same for a frame that is gone through in strips, and the strip itself."""

_SLACK_BYTES = int(0.75 * GIB)
"""On a card its context, workspaces and fragmentation, an estimate; in main memory the process before it loads anything
(0.55 GiB measured) and the encoder's frames."""

_LARGEST_LAYER = 2560 * 1280 * 9
"""Weights of the UNet's largest convolution, which are there a second time where values are wider than weights."""

# Of a streamed network on the device: two slots for its largest layer, and what is not streamed.
STREAMED_UNET = 117_930_344 / UNET_PARAMETERS
_STREAMED_TEXT_ENCODER = 75_867_136 / TEXT_ENCODER_PARAMETERS
_STREAMED_IMAGE_ENCODER = 41_753_600 / IMAGE_ENCODER_PARAMETERS


@dataclass(frozen=True)
class Plan:
    """How a job spares memory. No plan changes what is computed, only where, in what batches and in what pieces.

    Attributes:
        name: as recorded in the recipe.
        is_offloading: text encoder, image encoder and VAE rest in main memory and visit the device for their turn.
        is_two_pass: the guided and the unguided prediction run one after the other, not as a batch of two.
        is_sliced: layers of the UNet go through their values in pieces, and the UNet leaves for the VAE.
        is_streamed: of UNet and encoders one layer is on the device and the next on its way.
    """

    name: str
    is_offloading: bool = False
    is_two_pass: bool = False
    is_sliced: bool = False
    is_streamed: bool = False


RESIDENT = Plan("resident")
ENCODERS_OFFLOADED = Plan("encoders_offloaded", is_offloading=True)
TWO_PASSES = Plan("two_passes", is_offloading=True, is_two_pass=True)
SLICED = Plan("sliced", is_offloading=True, is_two_pass=True, is_sliced=True)
STREAMED = Plan("streamed", is_offloading=True, is_two_pass=True, is_sliced=True, is_streamed=True)

LADDER = (RESIDENT, ENCODERS_OFFLOADED, TWO_PASSES, SLICED, STREAMED)
"""The fastest first."""

_SHARED_LADDER = (RESIDENT, TWO_PASSES, SLICED)
"""Where device and main memory are one, so that offloading saves nothing."""


@dataclass(frozen=True)
class Weights:
    """Bytes of the four networks, in the precision in which they are loaded, and `value_bytes` of one weight."""

    unet: int
    vae: int
    text_encoder: int
    image_encoder: int
    value_bytes: int


@dataclass(frozen=True)
class Shape:
    """What of a clip decides its memory. `value_bytes`, of what the UNet computes, is 2 in 16 bits and 4 in float32."""

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
        value_bytes=value_bytes,
    )


def peak_bytes(plan: Plan, weights: Weights, shape: Shape, *, is_shared: bool = False) -> int:
    """The most device memory a clip takes under a plan, in bytes, the slack included.

    Activations grow with a network's width, weights with its square: of a narrower model, as tests and benchmarks use,
    the weights tell how much less its activations are.

    Args:
        plan: to be followed.
        weights: of the networks.
        shape: of the clip.
        is_shared: device and main memory are one.
    """
    width_share = math.sqrt(weights.unet / (UNET_PARAMETERS * weights.value_bytes))
    denoising, decoding = denoising_bytes(plan, shape, width_share), decoding_bytes(shape, width_share)
    text, image, unet, vae = weights.text_encoder, weights.image_encoder, weights.unet, weights.vae
    if shape.value_bytes > weights.value_bytes:
        denoising += round(_LARGEST_LAYER * width_share**2 * shape.value_bytes)
    # In main memory the encoders have left when the steps begin, but reading and packing the UNet took as much before:
    # at 256×256×8 a process of 5.7 GiB in bfloat16 and 9.6 in float32, where this sum is 5.8 and 10.6.
    if is_shared or not plan.is_offloading:
        return text + image + unet + vae + max(denoising, decoding) + _SLACK_BYTES
    if plan.is_streamed:
        text, image = round(text * _STREAMED_TEXT_ENCODER), round(image * _STREAMED_IMAGE_ENCODER)
        unet = round(unet * STREAMED_UNET)
    beside_vae = 0 if plan.is_sliced else unet
    return max(text, image, unet + denoising, beside_vae + vae + decoding) + _SLACK_BYTES


def denoising_bytes(plan: Plan, shape: Shape, width_share: float = 1.0) -> int:
    """Activations of one step, in bytes. `width_share`: channels of the UNet as a share of the published one's."""
    activations = _BOTH_BRANCHES if shape.is_guided and not plan.is_two_pass else _ONE_BRANCH
    if plan.is_sliced:
        activations = _IN_PIECES
    positions = shape.width * shape.height / 64 * shape.num_frames
    return round(activations.values(positions) * width_share * shape.value_bytes)


def decoding_bytes(shape: Shape, width_share: float = 1.0) -> int:
    """Activations of decoding, in bytes: in float32, a frame at a time; encoding the picture takes as much."""
    positions = shape.width * shape.height / 64
    whole = _VAE_BYTES_PER_POSITION * positions
    in_strips = _STRIP_BYTES_PER_POSITION * positions + _STRIP_BYTES
    return round(min(whole, in_strips) * width_share)


def plans_for(device: str) -> tuple[Plan, ...]:
    """The plans that spare anything on `cuda`, `mps` or `cpu`, the fastest first."""
    return LADDER if device == "cuda" else _SHARED_LADDER


def next_plan(plan: Plan, device: str) -> Plan | None:
    """The plan that spares more than this one, None after the last."""
    ladder = plans_for(device)
    return next(iter(ladder[ladder.index(plan) + 1 :]), None)


def memory_needs(weights: Weights, shape: Shape, site: Site) -> Sequence[MemoryNeed]:
    """What each plan takes at a site, the fastest first."""
    where: Literal["gpu", "ram"] = "gpu" if site.device == "cuda" else "ram"
    unmeasured = _SLACK_BYTES if where == "gpu" else 0
    return tuple(
        MemoryNeed(plan.name, peak_bytes(plan, weights, shape, is_shared=where == "ram"), where, unmeasured)
        for plan in plans_for(site.device)
    )


def choose_plan(
    free_bytes: int, weights: Weights, shape: Shape, device: Literal["cuda", "mps", "cpu"], highest: Plan = RESIDENT
) -> Plan:
    """The fastest plan that fits into the free memory, else the smallest: it may still fit, and says so if not.

    Args:
        free_bytes: what the device has for us, our own loaded weights counted as free.
        weights: sizes of the networks.
        shape: of the clip.
        device: where it is made.
        highest: those before it have been found too large already.
    """
    needs = memory_needs(weights, shape, Site(device, shape.value_bytes))
    plans = plans_for(device)
    first = plans.index(highest)
    fitting = fitting_need(needs[first:], free_bytes) or needs[-1]
    return next(plan for plan in plans if plan.name == fitting.plan)
