"""Flags of `generate`, derived from the engines' Options, and the wish they make."""

from __future__ import annotations

import argparse
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.fields import FieldInfo

from i2v.domain.options import option_extra
from i2v.engines.registry import engine_specs
from i2v.errors import OptionInvalid, OptionUnknown, RequestMalformed
from i2v.services.wish_options import AUTO

ALIASES: Mapping[str, tuple[str, ...]] = {
    "negative_prompt": ("--negative",),
    "num_frames": ("--frames",),
    "num_inference_steps": ("--steps",),
    "guidance_scale": ("--guidance", "--cfg"),
}
RESOLUTIONS: Mapping[str, int] = {"512p": 512, "768p": 768, "1024p": 1024}


def add_option_flags(parser: argparse.ArgumentParser) -> None:
    """One flag per option of any engine, under the option's own name and its short aliases."""
    for name, field in all_options().items():
        flags = ("--" + name.replace("_", "-"), *ALIASES.get(name, ()))
        extra = option_extra(field)
        unit = f" [{extra['unit']}]" if extra.get("unit") else ""
        explained = f"{field.description or ''}{unit}".replace("%", "%%")
        if bool in _kinds(field):
            parser.add_argument(*flags, dest=name, action="store_const", const=True, help=explained)
        else:
            parser.add_argument(*flags, dest=name, metavar=_metavar(field), help=explained)
    parser.add_argument("--resolution", metavar="NAME", help="square clip: " + ", ".join(RESOLUTIONS))


def parse_wish(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """The flags of a command that makes clips.

    Raises:
        OptionUnknown, RequestMalformed: of what nobody knows, as a wish over REST would be refused.
    """
    parsed, rest = parser.parse_known_args(arguments)
    for word in rest:
        if word.startswith("--"):
            name = word[2:].partition("=")[0].replace("-", "_")
            raise OptionUnknown(option=name[:80], engine=parsed.engine or AUTO, known=", ".join(all_options()))
        raise RequestMalformed(reason=f"unrecognized argument: {word}"[:200])
    return parsed


def wish_from(parsed: argparse.Namespace) -> dict[str, Any]:
    """The options a person gave, as typed values; text that is no number stays text and is refused by its name later.

    Raises:
        OptionInvalid: an unknown resolution, or one beside a width or height.
    """
    wish: dict[str, Any] = {}
    for name, field in all_options().items():
        given = getattr(parsed, name)
        if given is not None:
            wish[name] = typed(given, _kinds(field))
    if parsed.resolution is not None:
        side = _side(parsed.resolution)
        if "width" in wish or "height" in wish:
            raise OptionInvalid(
                option="resolution", value=parsed.resolution, allowed="--resolution or --width/--height"
            )
        wish["width"] = wish["height"] = side
    for name in ("engine", "preset"):
        if getattr(parsed, name) is not None:
            wish[name] = getattr(parsed, name)
    return wish


def _side(resolution: str) -> int:
    name = resolution if resolution.endswith("p") else f"{resolution}p"
    if name not in RESOLUTIONS:
        raise OptionInvalid(option="resolution", value=resolution, allowed=", ".join(RESOLUTIONS))
    return RESOLUTIONS[name]


def all_options() -> dict[str, FieldInfo]:
    """Every option of any engine, by name."""
    return {name: field for spec in engine_specs().values() for name, field in spec.options.model_fields.items()}


def _kinds(field: FieldInfo) -> tuple[Any, ...]:
    """The types an option takes: `int | None` gives int and NoneType."""
    annotation = field.annotation
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _metavar(field: FieldInfo) -> str:
    kinds = _kinds(field)
    if typing.get_origin(kinds[0]) is typing.Literal:
        return "{" + ",".join(typing.get_args(kinds[0])) + "}"
    return "N" if int in kinds else "X" if float in kinds else "TEXT"


def typed(given: str | bool, kinds: tuple[Any, ...]) -> Any:
    """What was given as one of these types where it reads as one, else as it is."""
    for kind in (int, float):
        if kind in kinds and isinstance(given, str):
            try:
                return kind(given)
            except ValueError:
                return given
    return given
