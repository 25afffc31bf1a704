"""Gradio, imported fast and silent. Everything here gets it from this module, so that the order below holds."""

from __future__ import annotations

import gc
import inspect
import os
from typing import Any

# Read when Gradio is imported; with it on, a start asks api.gradio.app.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

_getfile = inspect.getfile


def _refuse_gradio(object: Any) -> str:
    """More than half of `import gradio` goes into rewriting its own .pyi stubs, unless a class has no source file."""
    if isinstance(object, type) and object.__module__.partition(".")[0] == "gradio":
        raise OSError("no source file")
    return _getfile(object)


inspect.getfile = _refuse_gradio
gc.disable()  # a sixth of the rest would go into looking for garbage among modules that stay
try:
    import gradio as gr
finally:
    gc.enable()
    inspect.getfile = _getfile

__all__ = ["gr"]
