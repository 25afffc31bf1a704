"""Where a clip is made, and where it goes on when memory runs out there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from i2v.engines.i2vgen_xl.memory import RESIDENT, Plan, next_plan, plans_for
from i2v.engines.i2vgen_xl.parts import Parts, choose_dtype


@dataclass(frozen=True)
class Place:
    """A device, a precision, and the fastest plan that may still be tried there.

    Attributes:
        dtype: of the weights, and of values as long as they stay in its range.
        wide_from: steps done when values became float32 whatever the weights are; None while they have not.
    """

    device: torch.device
    dtype: torch.dtype
    highest: Plan = RESIDENT
    wide_from: int | None = None

    def below(self, parts: Parts | None) -> Place | None:
        """Where to go on after memory ran out: under the next plan, from a card's last one on the processor.

        Args:
            parts: the model as it stood then, None where not even that was loaded.
        """
        plan = parts.plan if parts is not None and parts.plan in plans_for(self.device.type) else self.highest
        lower = next_plan(plan, self.device.type)
        if lower is not None:
            return replace(self, highest=lower)
        if self.device.type != "cuda":
            return None
        processor = torch.device("cpu")
        dtype = self.dtype if self.dtype == torch.float32 else choose_dtype(processor)
        return Place(processor, dtype, wide_from=self.wide_from)

    def widened(self, done: int) -> Place | None:
        """The same with float32 values from that step on; None where they are in float32 already."""
        if self.dtype == torch.float32 or self.wide_from is not None:
            return None
        return replace(self, wide_from=done)
