"""What each step of a clip computes. Pure arithmetic, no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Pass:
    """What the UNet computes at one step.

    Attributes:
        is_guided: the prediction without the sentence too, from which the guided one is extrapolated.
        is_whole: the deep layers too; else what they made at an earlier step stands for them.
    """

    is_guided: bool
    is_whole: bool


@dataclass(frozen=True)
class Course:
    """How the way is gone: the passes of all its steps, and the weight of the guided branch over the unguided."""

    passes: Sequence[Pass]
    guidance_scale: float


def plan_passes(
    num_inference_steps: int,
    *,
    interval: tuple[float, float],
    is_guided: bool,
    deep_cache_interval: int,
    first: int = 0,
) -> tuple[Pass, ...]:
    """The passes of all steps, those that are not taken included.

    Deep layers are computed at the first step that is taken and at every so many after it; and where guidance begins,
    because only there are there two branches of them.

    Args:
        num_inference_steps: of the whole schedule.
        interval: within which guidance is in force, in shares of the steps (Kynkäänniemi et al., arXiv 2404.07724, in
            noise levels).
        is_guided: whether there is any guidance.
        deep_cache_interval: 1 computes the deep layers always (Ma et al., arXiv 2312.00858).
        first: the first step that is taken, where a clip starts from another's latents.
    """
    begin, end = (round(share * num_inference_steps) for share in interval)
    passes = []
    whole = first
    for index in range(num_inference_steps):
        if index in (first, begin) or index - whole >= deep_cache_interval:
            whole = index
        passes.append(Pass(is_guided and begin <= index < end, index == whole))
    return tuple(passes)
