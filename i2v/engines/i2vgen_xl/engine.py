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
from i2v.engines.i2vgen_xl.course import Course
from i2v.engines.i2vgen_xl.decode import decode_frames, proven
from i2v.engines.i2vgen_xl.denoise import NotFinite, Stand, StepMade, denoise, draw_noise
from i2v.engines.i2vgen_xl.encodings import Encodings
from i2v.engines.i2vgen_xl.faults import Whereabouts, is_memory_full, named_faults
from i2v.engines.i2vgen_xl.memory import Shape, peak_bytes
from i2v.engines.i2vgen_xl.model_folder import ModelFolder, open_model_folder
from i2v.engines.i2vgen_xl.parts import (
    Parts,
    choose_device,
    choose_dtype,
    free_cached_memory,
    load_parts,
)
from i2v.engines.i2vgen_xl.place import Place
from i2v.engines.i2vgen_xl.preview import draw_preview
from i2v.engines.i2vgen_xl.samplers import create_sampler
from i2v.engines.i2vgen_xl.spec import I2VGenXLOptions, count_flops
from i2v.engines.i2vgen_xl.spilling import SpillWatch, estimate_step
from i2v.engines.i2vgen_xl.start import begin_from
from i2v.engines.i2vgen_xl.ticking import Ticker
from i2v.errors import ClipFaulty
from i2v.machine.gpu import driver_spills
from i2v.machine.memory import GIB

if TYPE_CHECKING:
    from i2v.engines.base import Frame

_LIBRARIES = ("torch", "diffusers", "transformers")
_SECONDS_BETWEEN_PREVIEWS = 0.3
_WIDE_FROM = "float32_values_after_step"
"""In recipe and checkpoint, where NaN came: the steps done by then, from which on values are in float32."""


@dataclass
class _Job:
    """One clip in the making: what was asked, whom to tell, and how far it is."""

    request: GenerationRequest
    options: I2VGenXLOptions
    picture: Picture
    report: Report
    tick: Ticker
    whereabouts: Whereabouts
    sampler: Any = None
    latents: torch.Tensor = field(default_factory=lambda: torch.empty(0))
    skipped: int = 0  # steps that another clip's latents stand for
    done: int = 0
    deep: DeepSource | None = None  # whose deep layers the next step takes over
    saved_at: float = field(default_factory=time.monotonic)
    shown_at: float = 0.0
    given: int = 0  # frames

    def set_out(self, scheduler_config: Mapping[str, Any]) -> None:
        """Stands at the first step: of noise alone, or of another clip with part of its noise put back."""
        options = self.options
        self.sampler = create_sampler(options.sampler, scheduler_config, options.num_inference_steps)
        noise = draw_noise(self.request.seed, options.num_frames, options.height, options.width)
        self.skipped, self.latents, self.deep = 0, noise * self.sampler.init_noise_sigma, None
        if self.request.start is not None:
            self.skipped, self.latents = begin_from(self.request.start, self.sampler, noise)
        self.done = self.skipped


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
        self._plans_left: list[dict[str, Any]] = []
        self._wide_from: int | None = None

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
        """See `Engine.generate`. Where the UNet answers with NaN the clip goes on from the step before with values in
        float32, and a clip that shows nothing is made once more with such values.

        Where memory runs out the clip goes on from its last step under the next plan.

        Raises:
            ClipFaulty: with float32 values too the clip is NaN, black, of one colour, or never moves.
            OutOfGpuMemory, OutOfMemory: there is no room for the clip under any plan.
        """
        options = request.options
        assert isinstance(options, I2VGenXLOptions)
        device = torch.device("cpu") if options.exact else self._device
        whereabouts = Whereabouts("loading", device)
        job: _Job | None = None
        self._plans_left, self._continued_from = [], {}
        saved = self._usable(checkpoint, request, report)
        dtype = torch.float32 if options.exact else choose_dtype(device)
        place = Place(device, dtype, wide_from=saved.made_on.get(_WIDE_FROM) if saved else None)
        with named_faults(whereabouts):
            try:
                while True:
                    try:
                        parts = self._prepare(place, options, report, whereabouts)
                        if job is None:
                            notice_cut_sentences(parts.tokenizer, options, report)
                            job = self._begin(parts, request, picture, report, whereabouts, saved)
                        yield from self._make(job, parts)
                        return
                    except (ClipFaulty, MemoryError, RuntimeError) as fault:
                        place = self._place_after(fault, place, job, report, whereabouts)
                    gc.collect()  # what was half made is let go only now that nobody holds the fault any more
                    free_cached_memory(device)
            finally:
                free_cached_memory(device)

    def facts(self) -> Mapping[str, Any]:
        """Versions, weights, device, dtype, plan and attention; `continued_from` where a part was made elsewhere,
        `memory_ran_out` where a plan had to be left."""
        facts: dict[str, Any] = {**self._libraries(), "weights_sha256": self._weights_sha256}
        if self._parts is not None:
            facts |= self._made_on(self._parts)
        if self._continued_from:
            facts["continued_from"] = dict(self._continued_from)
        if self._plans_left:
            facts["memory_ran_out"] = list(self._plans_left)
        return facts

    def peak_device_gb(self) -> float | None:
        """See `Engine.peak_device_gb`: what was allocated since `generate` began, without what is only cached."""
        if self._parts is None or self._parts.device.type != "cuda":  # exact clips are made on the processor
            return None
        return float(torch.cuda.max_memory_allocated(self._parts.device)) / GIB

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

    def _prepare(self, place: Place, options: I2VGenXLOptions, report: Report, whereabouts: Whereabouts) -> Parts:
        """The model at its place, under the plan that fits the clip."""
        assert self._folder is not None, "load comes before generate"
        whereabouts.stage, whereabouts.device = "loading", place.device
        if place.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(place.device)
        parts = self._parts
        if parts is None or (parts.device, parts.dtype) != (place.device, place.dtype):
            report(Loading("loading"))
            self._drop_parts()
            parts = self._parts = load_parts(self._folder, place.device, place.dtype)
        self._wide_from = place.wide_from
        parts.is_wide = place.wide_from is not None
        shape = _shape(options, parts.value_dtype)
        plan = parts.fitting_plan(shape, place.highest)
        whereabouts.needed_bytes = peak_bytes(plan, parts.weights(), shape)
        parts.take_up(plan)
        self._attention = set_attention(parts, options, report)
        return parts

    def _place_after(
        self, fault: Exception, place: Place, job: _Job | None, report: Report, whereabouts: Whereabouts
    ) -> Place:
        """Where to try once more; raises the fault where there is nowhere left."""
        if isinstance(fault, ClipFaulty):
            if job is None or self._parts is None:
                raise fault
            # Where the UNet gave up half-way, the steps before that are good; a finished clip starts anew.
            is_finished = job.done == job.options.num_inference_steps
            wide = place.widened(job.skipped if is_finished else job.done)
            if wide is None or whereabouts.stage == "encoding":
                raise fault
            if is_finished:
                report(Noticed("retried_in_float32", {"fault": fault.values["fault"]}))
                job.set_out(self._parts.scheduler_config)
            else:
                report(Noticed("went_on_in_float32", {"step": job.done}))
            return wide
        lower = place.below(self._parts) if is_memory_full(fault) else None
        if lower is None:
            raise fault
        left = self._parts.plan if self._parts is not None else place.highest
        told = {"stage": whereabouts.stage, "plan": left.name, "step": job.done if job is not None else 0}
        self._plans_left.append(told)
        report(Noticed("plan_lowered" if lower.device == place.device else "went_to_processor", told))
        if job is not None and self._parts is not None and job.done > job.skipped and not self._continued_from:
            self._continued_from = self._made_on(self._parts)
        return lower

    def _usable(self, data: bytes, request: GenerationRequest, report: Report) -> Checkpoint | None:
        """The checkpoint if it is of the same weights, options, picture and libraries; says so if it is not."""
        checkpoint = read_checkpoint(data) if data else None
        if data and (checkpoint is None or checkpoint.decided_by != self._decided_by(request)):
            report(Noticed("started_over", {"differs": self._difference(request, checkpoint)}))
            return None
        return checkpoint

    def _begin(
        self,
        parts: Parts,
        request: GenerationRequest,
        picture: Picture,
        report: Report,
        whereabouts: Whereabouts,
        saved: Checkpoint | None,
    ) -> _Job:
        """A job at its first step, or where its checkpoint stands."""
        options = request.options
        assert isinstance(options, I2VGenXLOptions)
        job = _Job(request, options, picture, report, Ticker(report), whereabouts)
        job.set_out(parts.scheduler_config)
        if saved is not None:
            job.done, job.latents, job.deep = saved.done, saved.latents, saved.deep
            saved.restore(job.sampler)
            if saved.made_on != self._made_on(parts):
                self._continued_from = saved.made_on
        return job

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
        frames = decode_frames(parts, job.latents[:, :, job.given :], job.tick)
        for frame in frames if job.given else proven(frames):
            job.given += 1
            yield frame

    def _denoise(self, job: _Job, parts: Parts) -> None:
        """Takes all steps that are left; after the last there is always a checkpoint, so that no step is made twice."""
        job.whereabouts.stage = "encoding"
        job.report(Loading("encoding"))
        conditions = encode_conditions(parts, self._encodings, job.options, job.picture, job.tick)
        job.whereabouts.stage = "generating"
        job.report(Loading("generating"))
        course = Course(job.options.passes(job.skipped), job.options.guidance_scale)
        stand = Stand(job.done, job.latents, job.deep)
        with parts.visiting(parts.unet):
            watch = _watch_for_spilling(parts, job)
            for step in denoise(parts, job.sampler, conditions, stand, course, job.tick):
                job.done, job.latents, job.deep = step.done, step.latents, step.deep
                self._save(job, parts)
                total = job.options.num_inference_steps - job.skipped
                job.report(Step(step.done - job.skipped, total, self._preview(job, step)))
                if watch is not None:
                    watch.step_made(step.done)

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
        wide = {} if self._wide_from is None else {_WIDE_FROM: self._wide_from}
        return {
            **wide,
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


def _watch_for_spilling(parts: Parts, job: _Job) -> SpillWatch | None:
    """Only where a driver spills: elsewhere a full card says so."""
    if parts.device.type != "cuda" or not driver_spills():
        return None
    flops = count_flops(job.options) / job.options.num_inference_steps
    return SpillWatch(estimate_step(flops, parts.plan, parts.device, parts.value_dtype), job.report)


def _shape(options: I2VGenXLOptions, dtype: torch.dtype) -> Shape:
    return Shape(options.width, options.height, options.num_frames, options.is_guided, dtype.itemsize)


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
