"""The engine contract.

A new engine is one folder with a `spec.py` that holds `SPEC: EngineSpec` and an `engine.py` that holds the class which
`SPEC.implementation` names. Form, flags, REST schema, validation, presets and recipe follow from the spec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from i2v.domain.events import Event
from i2v.domain.notices import Notice
from i2v.domain.options import Options
from i2v.domain.request import GenerationRequest
from i2v.domain.way import Way
from i2v.domain.weight_source import WeightSource

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Frame: TypeAlias = "npt.NDArray[np.uint8]"
"""One frame: uint8 (height, width, 3), RGB."""

Report = Callable[[Event], None]
"""Called by engines at each step and between blocks of a long step; raises `JobCancelled` when the user cancelled."""


@dataclass(frozen=True)
class Picture:
    """The user's picture, upright, without alpha.

    `pixels` is uint8 (height, width, 3), RGB, in full size. Bars and stretching (`options.fit`) are done already;
    cutting the clip's proportions out of it, where `options.crop_place` says, is the engine's work.
    """

    pixels: Frame
    sha256: str

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


@dataclass(frozen=True)
class Workplace:
    """Where an engine runs: `device` is `auto`, `cpu`, `cuda` or `mps`; `model_dir` holds its weights, if any."""

    device: str = "auto"
    model_dir: Path | None = None


class Engine(Protocol):
    """Makes frames. One instance lives in a worker process and serves one job at a time."""

    def load(self, workplace: Workplace, report: Report) -> None:
        """Gets ready to generate. Called before each job; does nothing when all is loaded already.

        Raises:
            WeightsMissing: files of the model are not there.
        """

    def generate(
        self, request: GenerationRequest, picture: Picture, report: Report, checkpoint: bytes
    ) -> Iterator[Frame]:
        """Yields exactly `num_frames` frames, uint8 (height, width, 3), RGB, in order.

        `report` is called with `Step` for each of `spec.total_steps(options)` steps. `checkpoint` is the last
        `Checkpoint.data` this engine reported for the same request, or empty.

        Raises:
            JobCancelled: from `report`; must be let through.
        """

    def facts(self) -> Mapping[str, Any]:
        """What of this engine decides the frames (versions, weights' hash, plan, dtype), for the recipe."""

    def peak_device_gb(self) -> float | None:
        """GiB of the graphics card that the last clip took at most; None where it was made in main memory."""

    def unload(self) -> None:
        """Gives all memory back."""


@dataclass(frozen=True)
class Site:
    """What of a computer decides the memory that a clip takes on it.

    Attributes:
        device: where models run.
        value_bytes: of one value of a network there: 2 in 16 bits, 4 in float32.
        size_share: size of the model's files here as a share of the published ones; smaller for a smaller model.
    """

    device: Literal["cuda", "mps", "cpu"]
    value_bytes: int
    size_share: float = 1.0


@dataclass(frozen=True)
class MemoryNeed:
    """The most memory that a clip takes under one plan.

    Attributes:
        plan: how the engine spares memory, by the name in its recipe; empty where it has one way only.
        peak_bytes: of the graphics card (`where` is `gpu`) or of main memory (`ram`, the whole process).
        where: the memory that is counted; one shared by card and processor is `ram`.
        unmeasured_bytes: what of it no job reports afterwards: the driver's own, and blocks cut too small.
    """

    plan: str
    peak_bytes: int
    where: Literal["gpu", "ram"]
    unmeasured_bytes: int = 0


def fitting_need(needs: Sequence[MemoryNeed], free_bytes: int) -> MemoryNeed | None:
    """The fastest plan that fits into the free memory; None where none does.

    Args:
        needs: of one clip, the fastest plan first.
        free_bytes: what there is for us; our own loaded weights count as free.
    """
    return next((need for need in needs if need.peak_bytes <= free_bytes), None)


def pixels_of(options: Options) -> float:
    """Pixels of the whole clip: the work of an engine that touches each of them once."""
    return float(options.width * options.height * options.num_frames)


@dataclass(frozen=True)
class EngineSpec:
    """What an engine offers, readable without importing it.

    Attributes:
        name: its name everywhere (`camera`).
        label: its name for people, by language.
        summary: one sentence on what it does and needs, by language.
        options: its Options; extras forbidden.
        presets: values by preset name; what a preset leaves out keeps its default.
        default_preset: the preset in force when none is named.
        exact: what the option `exact` wants of other options; a preset gives way to it.
        implementation: `module:class` of the engine.
        total_steps: how many `Step` events a clip with these options has.
        notices: what to warn of, given options and the picture's size in pixels.
        work: how much computing a clip with these options is, in any unit that grows in proportion to time.
        flops: floating-point operations of a clip, where the engine is a model whose operations are known.
        weights: the model's files and where they come from, for those that need some.
        check_start: given a finished clip's options and a new one's, raises `BadInput` where the new one cannot start
            from the finished one's latents; None for an engine that starts every clip from its picture alone.
        default_strength: how much of the way a clip that starts from another's latents goes anew, unless told.
        is_seed_used: whether another seed gives another clip.
        memory: what a clip with these options takes at a site, the fastest plan first; the engine itself chooses its
            plan by the same figures.
        way: how its clips come about step by step: drafts, refined, final.
    """

    name: str
    label: Mapping[str, str]
    summary: Mapping[str, str]
    options: type[Options]
    presets: Mapping[str, Mapping[str, Any]]
    default_preset: str
    implementation: str
    total_steps: Callable[[Any], int]
    work: Callable[[Any], float] = pixels_of
    notices: Callable[[Any, int, int], list[Notice]] = field(default=lambda options, width, height: [])
    flops: Callable[[Any], float] | None = None
    weights: WeightSource | None = None
    check_start: Callable[[Any, Any], None] | None = None
    default_strength: float = 0.6
    is_seed_used: Callable[[Any], bool] = field(default=lambda options: True)
    memory: Callable[[Any, Site], Sequence[MemoryNeed]] | None = None
    way: Way = field(default_factory=Way)
    exact: Mapping[str, Any] = field(default_factory=dict)

    def preset_values(self, name: str, *, is_exact: bool = False) -> dict[str, Any]:
        """What a preset says, in which `exact` has the last word."""
        return {**self.presets[name], **(self.exact if is_exact else {})}

    @property
    def needs_weights(self) -> bool:
        """Whether it runs only where a model's files are."""
        return self.weights is not None
