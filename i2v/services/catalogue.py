"""What the engines offer, as forms, flags and schemas need it."""

from __future__ import annotations

from typing import Any

from i2v.domain.options import option_extra
from i2v.engines.base import EngineSpec
from i2v.engines.registry import engine_specs


def engine_views(language: str) -> list[dict[str, Any]]:
    """All engines with options, presets and the JSON schema of their request."""
    return [_view(spec, language) for spec in engine_specs().values()]


def _view(spec: EngineSpec, language: str) -> dict[str, Any]:
    options = []
    for name, field in spec.options.model_fields.items():
        extra = option_extra(field)
        options.append(
            {
                "name": name,
                "label": extra["label"][language],
                "help": extra["help"][language],
                "unit": extra["unit"],
                "basic": extra["basic"],
                "default": field.default,
            }
        )
    return {
        "name": spec.name,
        "label": spec.label[language],
        "summary": spec.summary[language],
        "needs_weights": spec.needs_weights,
        "starts_from_latents": spec.check_start is not None,
        "way": {"phases": list(spec.way.phases), "draft_preset": spec.way.draft_preset},
        "default_preset": spec.default_preset,
        "presets": {name: dict(values) for name, values in spec.presets.items()},
        "exact": dict(spec.exact),
        "options": options,
        "schema": spec.options.model_json_schema(),
    }
