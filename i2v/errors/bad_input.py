"""What cannot be carried out as it was asked: options, requests, things that are not there."""

from __future__ import annotations

from i2v.errors.tree import I2VError


class BadInput(I2VError):
    """The request cannot be carried out as it is; nothing ran."""

    http_status = 422
    exit_code = 2


class OptionInvalid(BadInput):
    """values: option, value, allowed (a sentence fragment such as `1 to 32`)."""

    code = "option_invalid"


class OptionUnknown(BadInput):
    """values: option, engine, known (comma-separated names)."""

    code = "option_unknown"


class EngineUnknown(BadInput):
    """values: engine, known."""

    code = "engine_unknown"


class PresetUnknown(BadInput):
    """values: preset, engine, known."""

    code = "preset_unknown"


class LimitExceeded(BadInput):
    """values: option, value, limit, setting (the key in config.yaml that holds the limit)."""

    code = "limit_exceeded"


class RequestMalformed(BadInput):
    """values: reason."""

    code = "request_malformed"


class IdempotencyConflict(BadInput):
    """One idempotency key, two different requests. values: key, job_id."""

    code = "idempotency_conflict"
    http_status = 409


class QueueFull(BadInput):
    """values: waiting, limit."""

    code = "queue_full"
    http_status = 429


class JobLong(BadInput):
    """It would take very long here; asked again with `confirmed` it runs. values: engine, low_minutes, high_minutes."""

    code = "job_long"
    http_status = 409


class MemoryShort(BadInput):
    """The clip would not fit into memory now; asked again with `confirmed` it is tried.

    values: engine, needed_gb, free_gb, total_gb, where (`gpu` or `ram`), memory (its sign, VRAM or RAM), basis
    (`computed` or `learned`), instead (the largest clip that fits as width×height×frames, else an engine that always
    works), and its width, height, num_frames or None.
    """

    code = "memory_short"
    http_status = 409


class JobUnknown(BadInput):
    """values: job_id."""

    code = "job_unknown"
    http_status = 404


class JobBegun(BadInput):
    """A job that was to be changed or moved waits no more. values: job_id, status (interrupted: it goes on later)."""

    code = "job_begun"
    http_status = 409


class JobNotFailed(BadInput):
    """Only a job that failed or was cancelled is tried again. values: job_id, status."""

    code = "job_not_failed"
    http_status = 409


class JobStopping(BadInput):
    """It was cancelled to be deleted and has not come to its end yet. values: job_id."""

    code = "job_stopping"
    http_status = 409


class ClipMissing(BadInput):
    """The job has no clip, or its file is gone. values: job_id, status, video."""

    code = "clip_missing"
    http_status = 404


class FolderUnopened(BadInput):
    """There is no desktop here, or who asks sits elsewhere. values: path (of folder or file)."""

    code = "folder_unopened"
    http_status = 409


class AddressUnknown(BadInput):
    """values: method, path."""

    code = "address_unknown"
    http_status = 404


class NotHere(BadInput):
    """A flag that cannot apply where a running server does the work. values: flag, url."""

    code = "flag_not_here"


class TargetUnusable(BadInput):
    """A file a command was told to write cannot be written there; nothing ran. values: flag, path, reason."""

    code = "target_unusable"


class CommandUnknown(BadInput):
    """values: command, known (comma-separated)."""

    code = "command_unknown"
