"""A job ran and did not reach its clip."""

from __future__ import annotations

from i2v.errors.tree import I2VError


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
