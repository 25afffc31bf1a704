"""The page's own files: JavaScript and style sheets of `elements/`, and the pictures that ship as examples."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from fastapi import APIRouter
from fastapi.responses import FileResponse

from i2v.errors import AddressUnknown

ELEMENTS = Path(__file__).parent / "elements"
EXAMPLES = Path(__file__).parents[1] / "examples"

_TOLD = ("title", "sentence", "settings")

# Asked for anew at each load, answered by 304 while unchanged: an update of the app must not meet yesterday's modules.
_CHECKED = {"Cache-Control": "no-cache"}
# Windows takes types from its registry, where another program may have put anything.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def load_examples() -> list[dict[str, Any]]:
    """The shipped examples: picture (`name`, `url` below the page's own), `title`, `sentence`, `settings` by option."""
    entries = yaml.safe_load((EXAMPLES / "examples.yaml").read_text("utf-8"))
    return [
        {"name": entry["file"], "url": f"examples/{entry['file']}", **{key: entry[key] for key in _TOLD}}
        for entry in entries
    ]


def asset_routes() -> APIRouter:
    """`/elements/<file>` and `/examples/<file>`: exactly the files that are there now, nothing by path."""
    router = APIRouter(include_in_schema=False)
    served = {
        "elements": {path.name: path for path in ELEMENTS.iterdir() if path.is_file()},
        "examples": {example["name"]: EXAMPLES / example["name"] for example in load_examples()},
    }

    def add(folder: str, files: Mapping[str, Path]) -> None:
        @router.get(f"/{folder}/{{name}}")
        def asset(name: str) -> FileResponse:
            if name not in files:
                raise AddressUnknown(method="GET", path=f"/{folder}/{name}"[:200])
            path = files[name]
            kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
            return FileResponse(path, media_type=kind, headers=_CHECKED)

    for folder, files in served.items():
        add(folder, files)
    return router
