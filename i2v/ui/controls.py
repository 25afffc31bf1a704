"""An engine's Options as ordinary controls. What they hold is read and sent by `elements/form.js`."""

from __future__ import annotations

from types import NoneType
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MultipleOf
from pydantic.fields import FieldInfo

from i2v.domain.options import option_extra
from i2v.engines.base import EngineSpec
from i2v.ui.toolkit import gr
from i2v.ui.words import Translate


def option_id(engine: str, name: str) -> str:
    """The control's id in the page."""
    return f"option--{engine}--{name}"


def build_engine_controls(spec: EngineSpec, translate: Translate) -> None:
    """Preset and every option of one engine that does not stand on the page itself, as the default preset has them."""
    gr.Radio(
        [(translate(f"preset.{name}"), name) for name in spec.presets],
        value=spec.default_preset,
        label=translate("preset.label"),
        elem_id=f"preset--{spec.name}",
        interactive=True,
    )
    preset = spec.presets[spec.default_preset]
    for name, field in spec.options.model_fields.items():
        if not option_extra(field)["basic"]:
            _build_control(spec.name, name, field, preset.get(name, field.default), translate)


def _build_control(engine: str, name: str, field: FieldInfo, value: Any, translate: Translate) -> None:
    """One control by the option's type: a choice, a switch, a number or a text."""
    common = {
        "value": value,
        "label": translate(f"option.{engine}.{name}"),
        "info": translate(f"option.{engine}.{name}.help"),
        "elem_id": option_id(engine, name),
        "elem_classes": ["option"],
        "interactive": True,
    }
    kinds = [kind for kind in (get_args(field.annotation) or (field.annotation,)) if kind is not NoneType]
    bounds = {type(bound): bound for bound in field.metadata}
    if get_origin(field.annotation) is Literal:
        gr.Radio([str(choice) for choice in get_args(field.annotation)], **common)
    elif kinds == [bool]:
        gr.Checkbox(**common)
    elif kinds in ([int], [float]):
        multiple = bounds.get(MultipleOf)
        gr.Number(
            minimum=bounds[Ge].ge if Ge in bounds else None,
            maximum=bounds[Le].le if Le in bounds else None,
            step=multiple.multiple_of if multiple else (1 if kinds == [int] else 0.1),
            **common,
        )
    else:
        gr.Textbox(max_length=bounds[MaxLen].max_length if MaxLen in bounds else None, lines=2, **common)
