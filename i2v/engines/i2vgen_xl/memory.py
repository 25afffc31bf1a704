"""What a clip needs of the device's memory, and which plan fits. Pure arithmetic, no torch."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 2**30

_UNET_VALUES_PER_POSITION = 10_600
"""Peak activations of the UNet per branch, frame and latent position (64 pixels), in values: the feed-forward of its
first temporal transformer. Counted on the published widths without a GPU: 21.2 kB in 16 bits."""

_VAE_BYTES_PER_POSITION = 199_000
"""Peak of decoding one frame in float32, per latent position."""

_SLACK_BYTES = int(0.75 * GIB)
"""Context, workspaces and fragmentation: an estimate."""


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


def peak_bytes(plan: Plan, weights: Weights, shape: Shape) -> int:
    """The most device memory a clip takes under a plan, in bytes."""
    positions = shape.width * shape.height // 64
    branches = 2 if shape.is_guided and not plan.is_two_pass else 1
    denoising = _UNET_VALUES_PER_POSITION * shape.value_bytes * branches * shape.num_frames * positions
    decoding = _VAE_BYTES_PER_POSITION * positions
    encoders = weights.text_encoder + weights.image_encoder
    if plan.is_offloading:
        most = max(encoders, weights.unet + denoising, weights.unet + weights.vae + decoding)
    else:
        most = encoders + weights.unet + weights.vae + max(denoising, decoding)
    return most + _SLACK_BYTES


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
    return next((plan for plan in LADDER if peak_bytes(plan, weights, shape) <= free_bytes), LADDER[-1])
