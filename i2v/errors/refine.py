"""Candidates made in one go, and clips refined from others."""

from __future__ import annotations

from i2v.errors.bad_input import BadInput


class BatchUnknown(BadInput):
    """values: batch."""

    code = "batch_unknown"
    http_status = 404


class DraftUnfinished(BadInput):
    """Only a finished clip can be refined. values: job_id, status."""

    code = "draft_unfinished"
    http_status = 409


class DraftLatentsGone(BadInput):
    """The latents that a larger or longer clip would start from are not there, or damaged. values: job_id."""

    code = "draft_latents_gone"
    http_status = 409


class DraftDiffers(BadInput):
    """A refined clip is of its draft's picture and engine. values: option, value, draft (the draft's value)."""

    code = "draft_differs"


class RefineShape(BadInput):
    """The clip would show another part of the picture than its draft. values: size, draft, example."""

    code = "refine_shape"


class RefineExact(BadInput):
    """`exact` begins from noise alone, as the reference does. values: none."""

    code = "refine_exact"


class RefineUnchanged(BadInput):
    """The refined clip would be the draft again. values: job_id."""

    code = "refine_unchanged"


class PhaseUnknown(BadInput):
    """The way of an engine has no such step. values: phase, engine, known."""

    code = "phase_unknown"
