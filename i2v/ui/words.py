"""What the page says: translations for Gradio's controls, and sentences, engines and examples for `elements/`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from i2v.domain.options import Options, option_extra
from i2v.engines.registry import engine_specs
from i2v.services.catalogue import engine_views
from i2v.text import LANGUAGES, sentences
from i2v.ui.toolkit import gr

Translate = Callable[[str], Any]
"""From a key to what Gradio shows in the reader's language."""


def build_translations() -> gr.I18n:
    """Every sentence and every label, by key and language."""
    return gr.I18n(**{language: _by_key(language) for language in LANGUAGES})


def page_data(**more: object) -> dict[str, Any]:
    """All the page's JavaScript has to know before it asks the server."""
    words = {
        language: {"words": dict(sentences("page", language)), "engines": _engines(language)} for language in LANGUAGES
    }
    return {"languages": words, **more}


def script_json(data: Mapping[str, Any]) -> str:
    """JSON that can stand inside a `<script>` element: nothing in it ends the element or opens a comment."""
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _engines(language: str) -> list[dict[str, Any]]:
    """The engines without their schema, which is for programs and the longest part of all."""
    return [{name: part for name, part in view.items() if name != "schema"} for view in engine_views(language)]


def _by_key(language: str) -> dict[str, str]:
    keys = dict(sentences("page", language))
    prompt = option_extra(Options.model_fields["prompt"])
    keys |= {"prompt.label": prompt["label"][language], "prompt.help": prompt["help"][language]}
    for spec in engine_specs().values():
        keys[f"engine.{spec.name}"] = spec.label[language]
        for preset in spec.presets:
            keys.setdefault(f"preset.{preset}", preset)
        for name, field in spec.options.model_fields.items():
            extra = option_extra(field)
            unit = f" ({extra['unit']})" if extra["unit"] == "px" else ""
            keys[f"option.{spec.name}.{name}"] = extra["label"][language] + unit
            keys[f"option.{spec.name}.{name}.help"] = extra["help"][language]
    return keys
