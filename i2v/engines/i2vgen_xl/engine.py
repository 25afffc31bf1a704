"""The I2VGen-XL engine: loads the model, takes one job from picture to frames, goes on where a killed one stopped."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import torch

from i2v.domain.events import Checkpoint as CheckpointEvent
from i2v.domain.events import Latents, Loading, Noticed, Step
from i2v.domain.request import GenerationRequest
from i2v.engines.base import Picture, Report, Workplace
from i2v.engines.i2vgen_xl.attention import set_attention
from i2v.engines.i2vgen_xl.checkpoint import (
    Checkpoint,
    DeepSource,
    read_checkpoint,
    write_checkpoint,
    write_latents,
)
from i2v.engines.i2vgen_xl.conditioning import encode_conditions, notice_cut_sentences
from i2v.engines.i2vgen_xl.decode import decode_frames, proven
from i2v.engines.i2vgen_xl.denoise import Course, NotFinite, Stand, StepMade, denoise, draw_noise
from i2v.engines.i2vgen_xl.encodings import Encodings
from i2v.engines.i2vgen_xl.faults import Whereabouts, named_faults
from i2v.engines.i2vgen_xl.memory import Shape, choose_plan, peak_bytes
from i2v.engines.i2vgen_xl.model_folder import ModelFolder, open_model_folder
from i2v.engines.i2vgen_xl.parts import (
    Parts,
    choose_device,
    choose_dtype,
    free_cached_memory,
    free_device_bytes,
    load_parts,
)
from i2v.engines.i2vgen_xl.preview import draw_preview
from i2v.engines.i2vgen_xl.samplers import create_sampler
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions
from i2v.engines.i2vgen_xl.start import begin_from
from i2v.engines.i2vgen_xl.ticking import Ticker
from i2v.errors import ClipFaulty

if TYPE_CHECKING:
    from i2v.engines.base import Frame

_LIBRARIES = ("torch", "diffusers", "transformers")
_SECONDS_BETWEEN_PREVIEWS = 0.3


@dataclass
class _Job:
    """One clip in the making: what was asked, whom to tell, and how far it is."""

    request: GenerationRequest
    options: I2VGenXLOptions
    picture: Picture
    report: Report
    tick: Ticker
    whereabouts: Whereabouts
    sampler: Any
    latents: torch.Tensor
    skipped: int = 0  # steps that another clip's latents stand for
    done: int = 0
    deep: DeepSource | None = None  # whose deep layers the next step takes over
    saved_at: float = field(default_factory=time.monotonic)
    shown_at: float = 0.0


class I2VGenXLEngine:
    """Makes frames with I2VGen-XL. Implements `Engine`.

    Weights are read when the first job needs them, in the precision that job asks for, and stay until `unload`.
    """

    seconds_between_checkpoints = 10.0

    def __init__(self) -> None:
        self._folder: ModelFolder | None = None
        self._weights_sha256 = ""
        self._device = torch.device("cpu")
        self._parts: Parts | None = None
        self._encodings = Encodings()
        self._attention = ""
        self._continued_from: Mapping[str, Any] = {}

    def load(self, workplace: Workplace, report: Report) -> None:
        """Proves that the model is there and names it by its hash.

        Raises:
            WeightsMissing: files are missing or damaged.
            DeviceMissing: the wanted device is not there.
        """
        report(Loading("loading"))
        folder = open_model_folder(workplace.model_dir)
        sha256 = folder.sha256(Ticker(report))
        if sha256 != self._weights_sha256:
            self.unload()
        self._folder, self._weights_sha256 = folder, sha256
        self._device = choose_device(workplace.device)

    def generate(
        self, request: GenerationRequest, picture: Picture, report: Report, checkpoint: bytes
    ) -> Iterator[Frame]:
        """See `Engine.generate`. A clip that comes out unusable is made once more in float32.

        Raises:
            ClipFaulty: in float32 too the clip is NaN, black, of one colour, or never moves.
            OutOfGpuMemory, OutOfMemory: there is no room for the clip.
        """
        options = request.options
        assert isinstance(options, I2VGenXLOptions)
        device = torch.device("cpu") if options.exact else self._device
        dtype = torch.float32 if options.exact else choose_dtype(device)
        whereabouts = Whereabouts("loading", device)
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        with named_faults(whereabouts):
            try:
                parts = self._prepare(device, dtype, options, report)
                notice_cut_sentences(parts.tokenizer, options, report)
                job = self._begin(parts, request, picture, report, whereabouts)
                self._resume(job, parts, checkpoint)
                try:
                    yield from self._make(job, parts)
                except ClipFaulty as fault:
                    if dtype == torch.float32:
                        raise
                    report(Noticed("retried_in_float32", {"fault": fault.values["fault"]}))
                    parts = self._prepare(device, torch.float32, options, report)
                    # Where the UNet gave up half-way, the steps before that are good; a finished clip starts anew.
                    if job.done == options.num_inference_steps:
                        job = self._begin(parts, request, picture, report, whereabouts)
                    yield from self._make(job, parts)
            finally:
                free_cached_memory(device)

    def facts(self) -> Mapping[str, Any]:
        """Versions, weights, device, dtype, plan and attention; `continued_from` where a part was made elsewhere."""
        facts: dict[str, Any] = {**self._libraries(), "weights_sha256": self._weights_sha256}
        if self._parts is not None:
            facts |= self._made_on(self._parts)
        if self._continued_from:
            facts["continued_from"] = dict(self._continued_from)
        return facts

    def peak_device_gb(self) -> float | None:
        """See `Engine.peak_device_gb`: what was allocated since `generate` began, without what is only cached."""
        if self._parts is None or self._parts.device.type != "cuda":  # exact clips are made on the processor
            return None
        return float(torch.cuda.max_memory_allocated(self._parts.device)) / 2**30

    def unload(self) -> None:
        """Gives all memory back."""
        self._encodings.forget()
        self._drop_parts()

    def _drop_parts(self) -> None:
        if self._parts is None:
            return
        self._parts = None
        gc.collect()
        free_cached_memory(self._device)

    def _prepare(self, device: torch.device, dtype: torch.dtype, options: I2VGenXLOptions, report: Report) -> Parts:
        """The model on a device in a precision, under the plan that fits the clip."""
        assert self._folder is not None, "load comes before generate"
        parts = self._parts
        if parts is None or (parts.device, parts.dtype) != (device, dtype):
            report(Loading("loading"))
            self._drop_parts()
            parts = self._parts = load_parts(self._folder, device, dtype)
        parts.take_up(choose_plan(free_device_bytes(device), parts.weights(), _shape(options, dtype)))
        self._attention = set_attention(parts, options, report)
        return parts

    def _begin(
        self, parts: Parts, request: GenerationRequest, picture: Picture, report: Report, whereabouts: Whereabouts
    ) -> _Job:
        """A job at its first step: of noise alone, or of another clip with part of its noise put back."""
        options = request.options
        assert isinstance(options, I2VGenXLOptions)
        whereabouts.needed_bytes = peak_bytes(parts.plan, parts.weights(), _shape(options, parts.dtype))
        sampler = create_sampler(options.sampler, parts.scheduler_config, options.num_inference_steps)
        noise = draw_noise(request.seed, options.num_frames, options.height, options.width)
        skipped, latents = 0, noise * sampler.init_noise_sigma
        if request.start is not None:
            skipped, latents = begin_from(request.start, sampler, noise)
        job = _Job(request, options, picture, report, Ticker(report), whereabouts, sampler, latents)
        job.done = job.skipped = skipped
        return job

    def _resume(self, job: _Job, parts: Parts, data: bytes) -> None:
        """Goes on from a checkpoint of the same weights, options, picture and libraries; says so if it is of others."""
        self._continued_from = {}
        if not data:
            return
        checkpoint = read_checkpoint(data)
        if checkpoint is None or checkpoint.decided_by != self._decided_by(job.request):
            job.report(Noticed("started_over", {"differs": self._difference(job.request, checkpoint)}))
            return
        job.done, job.latents, job.deep = checkpoint.done, checkpoint.latents, checkpoint.deep
        checkpoint.restore(job.sampler)
        if checkpoint.made_on != self._made_on(parts):
            self._continued_from = checkpoint.made_on

    def _make(self, job: _Job, parts: Parts) -> Iterator[Frame]:
        """The rest of the job: denoising from where it stands, then the frames."""
        if job.done < job.options.num_inference_steps:
            try:
                self._denoise(job, parts)
            except NotFinite as cause:
                raise ClipFaulty(fault="nan") from cause
        job.whereabouts.stage = "decoding"
        job.report(Latents(write_latents(job.latents)))
        job.report(Loading("decoding"))
        yield from proven(decode_frames(parts, job.latents, job.tick))

    def _denoise(self, job: _Job, parts: Parts) -> None:
        """Takes all steps that are left; after the last there is always a checkpoint, so that no step is made twice."""
        job.whereabouts.stage = "encoding"
        job.report(Loading("encoding"))
        conditions = encode_conditions(parts, self._encodings, job.options, job.picture, job.tick)
        job.whereabouts.stage = "generating"
        job.report(Loading("generating"))
        parts.unet.to(parts.device)
        course = Course(job.options.passes(job.skipped), job.options.guidance_scale)
        stand = Stand(job.done, job.latents, job.deep)
        for step in denoise(parts, job.sampler, conditions, stand, course, job.tick):
            job.done, job.latents, job.deep = step.done, step.latents, step.deep
            self._save(job, parts)
            total = job.options.num_inference_steps - job.skipped
            job.report(Step(step.done - job.skipped, total, self._preview(job, step)))

    def _save(self, job: _Job, parts: Parts) -> None:
        now = time.monotonic()
        is_last = job.done == job.options.num_inference_steps
        if is_last or now - job.saved_at >= self.seconds_between_checkpoints:
            job.saved_at = now
            decided_by, made_on = self._decided_by(job.request), self._made_on(parts)
            data = write_checkpoint(job.done, job.latents, job.deep, job.sampler, decided_by, made_on)
            job.report(CheckpointEvent(data))

    def _preview(self, job: _Job, step: StepMade) -> bytes:
        now = time.monotonic()
        is_last = job.done == job.options.num_inference_steps
        if not is_last and now - job.shown_at < _SECONDS_BETWEEN_PREVIEWS:
            return b""
        job.shown_at = now
        return draw_preview(step.estimate, job.options.fps)

    def _decided_by(self, request: GenerationRequest) -> dict[str, Any]:
        """What must be equal for a checkpoint to be taken up."""
        decided_by: dict[str, Any] = {
            **self._libraries(),
            "weights_sha256": self._weights_sha256,
            "options": request.options.model_dump(mode="json"),
            "picture_sha256": request.picture_sha256,
        }
        if request.start is not None:
            decided_by["start"] = [request.start.latents_sha256, request.start.strength]
        return decided_by

    def _difference(self, request: GenerationRequest, checkpoint: Checkpoint | None) -> str:
        if checkpoint is None:
            return "format"
        now = self._decided_by(request)
        before = checkpoint.decided_by
        return ", ".join(key for key in {**now, **before} if now.get(key) != before.get(key))

    def _made_on(self, parts: Parts) -> dict[str, Any]:
        """What bits also depend on, but no picture does."""
        return {
            "device": _device_name(parts.device),
            "dtype": str(parts.dtype).removeprefix("torch."),
            "plan": parts.plan.name,
            "attention": self._attention,
            "torch_build": torch.__version__,
            "threads": torch.get_num_threads() if parts.device.type == "cpu" else 0,
            "processor": torch.backends.cpu.get_cpu_capability(),
        }

    @staticmethod
    def _libraries() -> dict[str, str]:
        return {name: version(name).split("+")[0] for name in _LIBRARIES}


def _shape(options: I2VGenXLOptions, dtype: torch.dtype) -> Shape:
    return Shape(options.width, options.height, options.num_frames, options.is_guided, dtype.itemsize)


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
