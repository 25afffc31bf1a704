"""What rules compare: options as they are, and figures that follow from several of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from i2v.diagnosis.sentence.reading import concrete, read_sentence

Motion = Literal["none", "calm", "plain", "strong"]

_TRAINED_TIMESTEPS = 1000


@dataclass(frozen=True)
class Choice:
    """The settings of a clip, and what can be told of a clip with such settings.

    Attributes:
        engine: by name.
        values: of all options in force.
        motion: how much the sentence wants to move.
        work: operations of a clip with such values, as a share of the engine's heaviest preset's.
        seconds: how long it takes on this computer, None where nobody knows.
    """

    engine: str
    values: Mapping[str, Any]
    motion: Motion
    work: Callable[[Mapping[str, Any]], float]
    seconds: Callable[[Mapping[str, Any]], float | None]

    def with_values(self, changes: Mapping[str, Any]) -> Choice:
        return replace(self, values={**self.values, **changes})


def quantity(choice: Choice, name: str) -> Any:
    """An option's value or a figure by its name; None where the engine has no such option or nobody knows."""
    if name in _FIGURES:
        return _FIGURES[name](choice)
    return choice.values.get(name)


def first_timestep(num_inference_steps: int) -> int:
    """Where the sampler ddim begins, of 1000: it counts up from 1 in whole numbers and so may end far below 1000."""
    return _TRAINED_TIMESTEPS // num_inference_steps * (num_inference_steps - 1) + 1


def wanted_motion(sentence: str) -> Motion:
    """How much a sentence wants to move, as far as it can be read.

    `strong` says so (fast, storm); `calm` says slowly or gently, or moves the camera alone.
    """
    reading = read_sentence(sentence)
    is_fast = any(token.value == "fast" for token in reading.kinds("pace"))
    if is_fast or reading.kinds("violent"):
        return "strong"
    deeds = [deed for deed in concrete(reading) if not deed.is_camera]
    if not deeds and not reading.moves:
        return "none"
    return "calm" if reading.has_pace or not deeds else "plain"


def _first_timestep(choice: Choice) -> int | None:
    return first_timestep(choice.values["num_inference_steps"]) if choice.values.get("sampler") == "ddim" else None


_FIGURES: Mapping[str, Callable[[Choice], Any]] = {
    "motion": lambda choice: choice.motion,
    "work_share": lambda choice: choice.work(choice.values),
    "seconds": lambda choice: choice.seconds(choice.values),
    "pixels": lambda choice: choice.values["width"] * choice.values["height"],
    "ratio": lambda choice: max(sides := (choice.values["width"], choice.values["height"])) / min(sides),
    "first_timestep": _first_timestep,
    # Whoever names the speed of motion plays the clip at another one with intent.
    "fps_alone": lambda choice: choice.values["fps"] if choice.values.get("target_fps") is None else None,
}
