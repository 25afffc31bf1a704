"""Whether a clip fits into memory, and the largest one that does. Pure arithmetic over an engine's own figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from annotated_types import Ge, MultipleOf

from i2v.domain.options import Options
from i2v.engines.base import MemoryNeed, fitting_need
from i2v.machine.memory import GIB
from i2v.services.forecast import Span, told_apart
from i2v.services.machine import Space

Light = Literal["green", "amber", "red", "unknown"]
Basis = Literal["learned", "computed"]

FEWEST_FRAMES = 8
"""Fewer are hardly a clip: rather than going below, a smaller size is offered."""

_COMPUTED_LOW = 0.9
"""The figures err upwards: measured peaks lie between this share of them and all."""


@dataclass(frozen=True)
class Fit:
    """How a clip and this computer's memory go together.

    Attributes:
        light: `green` fits, `amber` fits under a plan that is slower, `red` does not fit, `unknown` nobody can say.
        plan: the engine's way of sparing memory; empty where it has one only, None where nobody can say.
        needed_gb: GiB that the clip takes at most, as a range; None where the engine does not tell.
        where: the memory that is counted, `gpu` or `ram`; None where the engine does not tell.
        space: what there is; None where the driver does not say.
        basis: where the range comes from, `learned` (this computer's clips) or `computed`.
        instead: the largest clip of the same proportions that fits; None where this one does, or nothing would.
    """

    light: Light
    plan: str | None = None
    needed_gb: Span | None = None
    where: Literal["gpu", "ram"] | None = None
    space: Space | None = None
    basis: Basis | None = None
    instead: Options | None = None

    def to_json(self) -> dict[str, Any]:
        """As REST and `--dry-run` tell it."""
        memory = None
        if self.needed_gb:
            needed, free = self.needed_gb.to_json(), None
            if self.space:
                needed["high"], free = told_apart(self.needed_gb.high, self.space.free / GIB, digits=2)
            memory = {
                "needed_gb": needed,
                "free_gb": free,
                "total_gb": round(self.space.total / GIB, 2) if self.space else None,
                "where": self.where,
                "basis": self.basis,
            }
        return {"light": self.light, "plan": self.plan, "memory": memory, "instead": clip_size(self.instead)}


def clip_size(options: Options | None) -> dict[str, int] | None:
    """Of a clip, what decides its memory."""
    if options is None:
        return None
    return {"width": options.width, "height": options.height, "num_frames": options.num_frames}


@dataclass(frozen=True)
class Case:
    """One way things may be: the needs of the clip's plans, the fastest first, and the free bytes."""

    needs: Sequence[MemoryNeed]
    free: int

    @property
    def chosen(self) -> MemoryNeed:
        """The plan that the engine takes: the fastest that fits, else the smallest."""
        return fitting_need(self.needs, self.free) or self.needs[-1]

    def light(self, learned: Span | None) -> Light:
        """`learned` are the GiB that such clips took under the chosen plan: proof, where the figure errs upwards."""
        fits = self.chosen.peak_bytes <= self.free or (learned is not None and learned.high * GIB <= self.free)
        return "red" if not fits else "green" if self.chosen is self.needs[0] else "amber"


def computed_gb(need: MemoryNeed) -> Span:
    return Span(need.peak_bytes * _COMPUTED_LOW / GIB, need.peak_bytes / GIB)


def judge(cautious: Case, hopeful: Case, learned: Callable[[MemoryNeed], Span | None]) -> tuple[Light, Span, Basis]:
    """The light, the GiB needed, and their basis, where the truth lies between two cases."""
    told = [(case, learned(case.chosen)) for case in (cautious, hopeful)]
    worst, best = (case.light(span) for case, span in told)
    light: Light = worst if worst != "red" else "red" if best == "red" else "unknown"
    high, low = (span or computed_gb(case.chosen) for case, span in told)
    return light, Span(low.low, high.high), "learned" if told[0][1] else "computed"


def largest_that_fits(options: Options, fits: Callable[[Options], bool]) -> Options | None:
    """The wish made smaller until it fits: as large as can be, and then as long.

    First it loses frames, down to eight; where that is not enough, the largest size of about the same proportions that
    leaves room for eight frames takes as many as go in.
    """
    fewest = min(FEWEST_FRAMES, options.num_frames)
    for width, height in _sizes(options):
        sized = options.model_copy(update={"width": width, "height": height})
        if fits(sized.model_copy(update={"num_frames": fewest})):
            lengths = range(options.num_frames, fewest - 1, -1)
            return next(clip for clip in (sized.model_copy(update={"num_frames": n}) for n in lengths) if fits(clip))
    return None


def _sizes(options: Options) -> Iterator[tuple[int, int]]:
    """The size asked for, then smaller ones that the options take, as near to its proportions as their steps allow."""
    yield options.width, options.height
    (step, least), (height_step, least_height) = _grid(options, "width"), _grid(options, "height")
    for width in range(options.width - step, least - 1, -step):
        height = round(width * options.height / options.width / height_step) * height_step
        if height >= least_height:
            yield width, height


def _grid(options: Options, name: str) -> tuple[int, int]:
    """Step and least value of an option."""
    bounds = type(options).model_fields[name].metadata
    steps = [int(bound.multiple_of) for bound in bounds if isinstance(bound, MultipleOf)]  # type: ignore[call-overload]
    least = [int(bound.ge) for bound in bounds if isinstance(bound, Ge)]  # type: ignore[call-overload]
    return (steps or [1])[0], (least or [1])[0]
