"""The error tree: every fault a user can meet, each with a stable code.

    I2VError                internal: a bug; the log says where
    ├── BadInput            exit 2, HTTP 4xx: nothing ran, the user can mend it
    │   ├── options         option_invalid  option_unknown  engine_unknown  preset_unknown  limit_exceeded
    │   │                   flag_not_here  target_unusable  command_unknown
    │   ├── pictures        picture_missing  picture_unreadable  picture_unsupported  picture_too_small
    │   │                   picture_too_large  picture_too_narrow  picture_too_heavy
    │   ├── requests        request_malformed  idempotency_conflict  queue_full  job_long
    │   ├── not found       job_unknown  clip_missing  address_unknown
    │   └── guard           host_refused  origin_refused  method_refused  token_required
    │                       body_too_large  body_too_slow  uploads_busy
    ├── StartFailed         exit 2: the program cannot begin
    │   ├── settings        setting_invalid  setting_unknown  setting_twice  settings_unreadable
    │   └── surroundings    folder_unusable  folder_owned  folder_busy  port_busy  database_newer
    │                       server_unreachable
    ├── JobFailed           exit 1: a job ran and did not reach its clip
    │   ├── worker          worker_crashed  worker_silent  engine_broken  weights_missing  device_missing
    │   ├── memory          out_of_memory  out_of_gpu_memory  gpu_fault
    │   └── clip            clip_damaged  clip_faulty  disk_full  output_unwritable
    └── WeightsFault        model files could not be found, fetched or proven; nothing bad was kept
        ├── here            weights_absent  engine_without_weights  weights_busy  weights_unproven  weights_damaged
        │                   weights_disk_full
        ├── hub             hub_offline  hub_refused  hub_missing
        └── HubTrouble      hub_unreachable  hub_silent  hub_busy  hub_answer_odd: tried again for a while first

An error carries its code and the values that explain it, never a finished sentence: the sentences, in every
language, live in `i2v/text/<language>/errors.yaml` under the same code (`what` and `fix`).
"""

from __future__ import annotations

from typing import ClassVar

_BY_CODE: dict[str, type[I2VError]] = {}


class I2VError(Exception):
    """A fault with a stable code; `values` fill the placeholders of its sentences."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" in cls.__dict__:
            if cls.code in _BY_CODE:
                raise TypeError(f"two errors share the code {cls.code!r}")
            _BY_CODE[cls.code] = cls

    def __init__(self, **values: object) -> None:
        self.values = values
        told = ", ".join(f"{name}={value!r}" for name, value in values.items())
        super().__init__(f"{self.code}: {told}" if told else self.code)


def error_types() -> dict[str, type[I2VError]]:
    """Every error a user can meet, by code."""
    return {I2VError.code: I2VError, **_BY_CODE}


def rebuild(code: str, values: dict[str, object]) -> I2VError:
    """The error that crossed a process or a database as code and values; unknown codes become `internal`."""
    return error_types().get(code, I2VError)(**values)


def plain_values(error: I2VError) -> dict[str, object]:
    """The error's values as JSON can hold them."""
    return {
        name: value if isinstance(value, int | float | str | None) else str(value)
        for name, value in error.values.items()
    }


class JobCancelled(Exception):
    """Raised by `report` inside an engine when the user has cancelled; not a fault, so not in the tree."""


# --- bad input ------------------------------------------------------------------------------------------------------


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


class PictureMissing(BadInput):
    """No picture came with the request, or the file does not exist. values: name."""

    code = "picture_missing"


class PictureUnreadable(BadInput):
    """The file is damaged or no picture at all. values: name, reason."""

    code = "picture_unreadable"


class PictureUnsupported(BadInput):
    """A picture in a format that is not taken. values: name, format, known."""

    code = "picture_unsupported"


class PictureTooSmall(BadInput):
    """values: width, height, minimum (pixels of the shorter side)."""

    code = "picture_too_small"


class PictureTooLarge(BadInput):
    """values: width, height, megapixels, maximum (megapixels)."""

    code = "picture_too_large"


class PictureTooNarrow(BadInput):
    """values: width, height, ratio, maximum."""

    code = "picture_too_narrow"


class PictureTooHeavy(BadInput):
    """Decoding ran out of its memory or time. values: name, seconds, megabytes."""

    code = "picture_too_heavy"


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


class JobUnknown(BadInput):
    """values: job_id."""

    code = "job_unknown"
    http_status = 404


class ClipMissing(BadInput):
    """The job has no clip, or its file is gone. values: job_id, status, video."""

    code = "clip_missing"
    http_status = 404


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


# --- guard ----------------------------------------------------------------------------------------------------------


class HostRefused(BadInput):
    """values: host, known."""

    code = "host_refused"
    http_status = 421


class OriginRefused(BadInput):
    """values: origin."""

    code = "origin_refused"
    http_status = 403


class BodyTooLarge(BadInput):
    """values: megabytes, limit (megabytes)."""

    code = "body_too_large"
    http_status = 413

    @classmethod
    def of(cls, size_bytes: int, limit_bytes: int) -> BodyTooLarge:
        """From sizes in bytes; rounded up, or a body one byte over would read as just at the limit."""
        tenths = -(-size_bytes * 10 >> 20)
        return cls(megabytes=tenths / 10, limit=f"{limit_bytes / (1 << 20):g}")


class BodyTooSlow(BadInput):
    """values: seconds (how long was waited for it in all)."""

    code = "body_too_slow"
    http_status = 408


class UploadsBusy(BadInput):
    """values: limit (uploads at once), seconds (when to try again)."""

    code = "uploads_busy"
    http_status = 503


class MethodRefused(BadInput):
    """values: method, known (comma-separated)."""

    code = "method_refused"
    http_status = 405


class TokenRequired(BadInput):
    """No values: a refused token is never repeated."""

    code = "token_required"
    http_status = 401


# --- the program cannot begin ---------------------------------------------------------------------------------------


class StartFailed(I2VError):
    """Something must be mended before the program can run."""

    exit_code = 2


class SettingInvalid(StartFailed):
    """values: key, value, allowed, source (file:line, variable or flag)."""

    code = "setting_invalid"


class SettingUnknown(StartFailed):
    """values: key, source, nearest."""

    code = "setting_unknown"


class SettingTwice(StartFailed):
    """One key on two lines. values: key, first (file:line), second (file:line)."""

    code = "setting_twice"


class SettingsUnreadable(StartFailed):
    """values: path, reason."""

    code = "settings_unreadable"


class FolderUnusable(StartFailed):
    """values: path, reason."""

    code = "folder_unusable"
    http_status = 507


class FolderOwned(StartFailed):
    """Another server owns the data folder. values: path, pid, url."""

    code = "folder_owned"


class FolderBusy(StartFailed):
    """A command owns the data folder and answers nowhere. values: path, pid."""

    code = "folder_busy"


class PortBusy(StartFailed):
    """values: port, host."""

    code = "port_busy"


class DatabaseNewer(StartFailed):
    """values: path, found, known."""

    code = "database_newer"


class ServerUnreachable(StartFailed):
    """The lock says a server runs, but it does not answer. values: url, reason."""

    code = "server_unreachable"
    exit_code = 1


# --- a job ran and failed -------------------------------------------------------------------------------------------


class JobFailed(I2VError):
    """The job is over without a clip; the next job is not touched by it."""


class WorkerCrashed(JobFailed):
    """values: attempts, stage, reason (signal or exit code)."""

    code = "worker_crashed"


class WorkerSilent(JobFailed):
    """values: stage, seconds."""

    code = "worker_silent"


class OutOfMemory(JobFailed):
    """Main memory. values: stage, free_gb."""

    code = "out_of_memory"


class OutOfGpuMemory(JobFailed):
    """values: stage, needed_gb, free_gb, device."""

    code = "out_of_gpu_memory"


class GpuFault(JobFailed):
    """A CUDA error that leaves the process unusable. values: device, reason."""

    code = "gpu_fault"


class ClipDamaged(JobFailed):
    """The clip did not prove good when decoded again. values: expected, found."""

    code = "clip_damaged"


class ClipFaulty(JobFailed):
    """The model made no usable pictures. values: fault (nan, black, constant, frozen)."""

    code = "clip_faulty"


class DiskFull(JobFailed):
    """values: path, free_mb, needed_mb."""

    code = "disk_full"
    http_status = 507


class OutputUnwritable(JobFailed):
    """values: path, reason."""

    code = "output_unwritable"
    http_status = 507


class WeightsMissing(JobFailed):
    """values: engine, missing, path."""

    code = "weights_missing"
    http_status = 409
    exit_code = 2


class DeviceMissing(JobFailed):
    """The wanted device is not there, or this build of PyTorch does not know it. values: device, found."""

    code = "device_missing"
    exit_code = 2


class EngineBroken(JobFailed):
    """The engine raised something nobody foresaw; the traceback is in the log. values: engine, stage, reason."""

    code = "engine_broken"


# --- model files ----------------------------------------------------------------------------------------------------


class WeightsFault(I2VError):
    """Model files could not be found, fetched or proven; what was fetched and proven stays."""

    http_status = 502


class WeightsAbsent(WeightsFault):
    """values: engine, size_gb, path (where a download would put them)."""

    code = "weights_absent"
    http_status = 409
    exit_code = 2


class EngineWithoutWeights(WeightsFault):
    """values: engine, known (comma-separated names of those that have some)."""

    code = "engine_without_weights"
    http_status = 422
    exit_code = 2


class WeightsBusy(WeightsFault):
    """Another process is at work on the same folder. values: path."""

    code = "weights_busy"
    http_status = 409


class WeightsUnproven(WeightsFault):
    """Files that this app did not fetch: nothing says what they should be. values: path, url."""

    code = "weights_unproven"
    http_status = 409


class WeightsDamaged(WeightsFault):
    """A file came with the right size and the wrong content, several times. values: file, url."""

    code = "weights_damaged"


class WeightsDiskFull(WeightsFault):
    """values: path, free_gb, needed_gb."""

    code = "weights_disk_full"
    http_status = 507


class HubOffline(WeightsFault):
    """values: variable (the one that forbids it)."""

    code = "hub_offline"
    http_status = 409
    exit_code = 2


class HubRefused(WeightsFault):
    """401 or 403. values: url, status, page."""

    code = "hub_refused"


class HubMissing(WeightsFault):
    """404. values: url, what (repository, revision and file)."""

    code = "hub_missing"


class HubTrouble(WeightsFault):
    """May pass by itself."""


class HubUnreachable(HubTrouble):
    """No connection, or it broke. values: url, reason."""

    code = "hub_unreachable"


class HubSilent(HubTrouble):
    """values: url, seconds."""

    code = "hub_silent"
    http_status = 504


class HubBusy(HubTrouble):
    """429 or 5xx. values: url, status, seconds (when it wants to be asked again, or 0)."""

    code = "hub_busy"
    http_status = 503


class HubAnswerOdd(HubTrouble):
    """Something else than what was asked for, such as a sign-in page. values: url, what, found."""

    code = "hub_answer_odd"
