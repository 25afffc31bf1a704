"""`python main.py models list|download|verify|path|remove`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from i2v.cli.console import console_language, tell_error
from i2v.cli.flags import add_folder_flags, settings_from
from i2v.domain.weight_source import WeightSource
from i2v.engines.registry import engine_spec, engine_specs
from i2v.errors import EngineWithoutWeights, I2VError, WeightsAbsent
from i2v.logs import start_log
from i2v.settings import Settings
from i2v.text import describe, say
from i2v.weights.downloads import Downloads, DownloadState
from i2v.weights.manifest import read_manifest
from i2v.weights.places import MODELS, Found, Places, find_weights, search_weights
from i2v.weights.upkeep import remove_weights, verify_weights

POLL_SECONDS = 0.2
LINE_SECONDS = 10.0
"""How often a line is written where no terminal can rewrite the last one."""


def run_models(arguments: Sequence[str]) -> int:
    """Exit 0 done, 1 failed or files are bad, 2 bad input. With `--json` the last line of stdout is one object."""
    parsed = _parser().parse_args(arguments)
    try:
        told, code = _carry_out(parsed, settings_from(parsed))
    except I2VError as error:
        tell_error(error)
        described = describe(error, console_language())
        failure = {"code": described.code, "detail": described.what, "fix": described.fix}
        told, code = {"status": "failed", "error": failure}, error.exit_code
    if parsed.json:
        print(json.dumps(told, ensure_ascii=False))
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("main.py models", description="The models' files: where they are, fetching them.")
    actions = parser.add_subparsers(dest="action", required=True)
    for name, explained in (
        ("list", "all models: size, licence, where they are"),
        ("download", "fetch a model, or go on fetching it"),
        ("verify", "prove the files of a downloaded model"),
        ("path", "print the folder a model is loaded from"),
        ("remove", "delete what was downloaded"),
    ):
        action = actions.add_parser(name, help=explained)
        if name != "list":
            action.add_argument("engine", help="whose model, such as i2vgen-xl")
        if name == "verify":
            action.add_argument("--repair", action="store_true", help="fetch bad files again")
        action.add_argument("--json", action="store_true", help="last line of stdout is one JSON object")
        add_folder_flags(action)
    return parser


def _carry_out(parsed: argparse.Namespace, settings: Settings) -> tuple[dict[str, Any], int]:
    if parsed.action == "list":
        return _list(settings, quiet=parsed.json)
    source = _source(parsed.engine)
    if parsed.action == "download":
        return _download(parsed.engine, source, settings), 0
    if parsed.action == "verify":
        return _verify(parsed.engine, source, settings, repair=parsed.repair)
    if parsed.action == "path":
        return _path(parsed.engine, source, settings, quiet=parsed.json), 0
    return _remove(parsed.engine, source, settings), 0


def _source(engine: str) -> WeightSource:
    source = engine_spec(engine).weights
    if source is None:
        raise EngineWithoutWeights(engine=engine, known=", ".join(_sources()))
    return source


def _sources() -> Mapping[str, WeightSource]:
    return {name: spec.weights for name, spec in engine_specs().items() if spec.weights is not None}


def _places(settings: Settings) -> Places:
    return Places(settings.models_dir, settings.model_dir)


def _list(settings: Settings, *, quiet: bool) -> tuple[dict[str, Any], int]:
    models = []
    for engine, source in _sources().items():
        search = search_weights(source, _places(settings))
        models.append(
            {
                "engine": engine,
                "repo": source.repo,
                "revision": source.revision,
                "page": source.page,
                "size_bytes": source.size_bytes,
                "licences": list(source.licences[console_language()]),
                "path": str(search.found.path) if search.found else None,
                "place": search.found.place if search.found else None,
                "unfit": [
                    {"path": str(unfit.path), "place": unfit.place, "missing": list(unfit.missing)}
                    for unfit in search.unfit
                ],
            }
        )
    if not quiet:
        for model in models:
            _print_model(model)
    return {"status": "done", "models": models}, 0


def _print_model(model: Mapping[str, Any]) -> None:
    print(_said("list.model", engine=model["engine"], page=model["page"], size_gb=_gb(model["size_bytes"])))
    for licence in model["licences"]:
        print(f"  {licence}")
    if model["path"]:
        print("  " + _said("list.found", path=model["path"], place=_said(f"places.{model['place']}")))
    for unfit in model["unfit"]:
        print("  " + _said("list.unfit", path=unfit["path"], missing=", ".join(unfit["missing"])))
    if not model["path"]:
        print("  " + _said("list.absent", engine=model["engine"]))


def _download(engine: str, source: WeightSource, settings: Settings) -> dict[str, Any]:
    folder = settings.models_dir / source.folder
    found = search_weights(source, Places(settings.models_dir)).found
    manifest = read_manifest(folder)
    is_older = manifest is not None and manifest.revision != source.revision
    if found is not None and not (found.place == MODELS and is_older):
        _note("download.present", engine=engine, path=found.path)
        return {"status": "done", "engine": engine, "path": str(found.path)}
    _note("download.begins", engine=engine, repo=source.repo, size_gb=_gb(source.size_bytes), path=folder)
    for licence in source.licences[console_language()]:
        sys.stderr.write(f"  {licence}\n")
    _fetch(engine, settings, thorough=False)
    _note("download.done", path=folder)
    return {"status": "done", "engine": engine, "path": str(folder)}


def _fetch(engine: str, settings: Settings, *, thorough: bool) -> None:
    """Downloads before the eyes of a person, who may end it with Ctrl-C.

    Raises:
        WeightsFault: it failed.
    """
    start_log(settings.logs_dir)
    downloads = Downloads(_sources(), settings.models_dir)
    state = downloads.start(engine, thorough=thorough)
    line = _Line()
    try:
        while not state.is_over:
            line.write(_progress_line(state))
            state = downloads.wait(engine, POLL_SECONDS)
    except KeyboardInterrupt:
        line.end()
        _note("download.stopped")
        raise
    if state.error is not None:
        line.end()
        raise state.error
    line.write(_progress_line(state), last=True)


def _verify(engine: str, source: WeightSource, settings: Settings, *, repair: bool) -> tuple[dict[str, Any], int]:
    folder = settings.models_dir / source.folder
    if not folder.is_dir():
        folder = _found(engine, source, settings).path
    read, line = 0, _Line()

    def tick(size: int) -> None:
        nonlocal read
        read += size
        line.write(_said("verify.reading", done_gb=_gb(read)))

    verdict = verify_weights(source, folder, tick)
    line.end()
    bad = {**dict.fromkeys(verdict.missing, "missing"), **dict.fromkeys(verdict.changed, "changed")}
    for name, kind in bad.items():
        _note(f"verify.{kind}", file=name)
    if bad and repair:
        _fetch(engine, settings, thorough=True)
        _note("verify.repaired", count=len(bad))
    elif not bad:
        _note("verify.good", count=verdict.good, path=folder)
    told = {"status": "done", "engine": engine, "path": str(folder), "good": verdict.good, "bad": bad}
    if bad and not repair:
        return {**told, "status": "failed"}, 1
    return told, 0


def _path(engine: str, source: WeightSource, settings: Settings, *, quiet: bool) -> dict[str, Any]:
    found = _found(engine, source, settings)
    if not quiet:
        print(found.path)
    return {"status": "done", "engine": engine, "path": str(found.path), "place": found.place}


def _remove(engine: str, source: WeightSource, settings: Settings) -> dict[str, Any]:
    folder = settings.models_dir / source.folder
    if not folder.is_dir():
        raise _absent(engine, source, settings)
    removal = remove_weights(source, folder)
    _note("remove.done", freed_gb=_gb(removal.freed_bytes), path=folder)
    if removal.kept:
        _note("remove.kept", files=", ".join(removal.kept))
    return {"status": "done", "engine": engine, "freed_bytes": removal.freed_bytes, "kept": list(removal.kept)}


def _found(engine: str, source: WeightSource, settings: Settings) -> Found:
    found = find_weights(source, _places(settings))
    if found is None:
        raise _absent(engine, source, settings)
    return found


def _absent(engine: str, source: WeightSource, settings: Settings) -> WeightsAbsent:
    path: Path = settings.models_dir / source.folder
    return WeightsAbsent(engine=engine, size_gb=_gb(source.size_bytes), path=str(path))


def _progress_line(state: DownloadState) -> str:
    progress = state.progress
    if progress.trouble is not None:
        return describe(progress.trouble, console_language()).what
    if not progress.bytes_total:
        return _said("progress.listing")
    rate, left = progress.bytes_per_second, progress.seconds_left
    return _said(
        "progress.line",
        percent=f"{100 * progress.bytes_done / progress.bytes_total:.0f}",
        done_gb=_gb(progress.bytes_done),
        total_gb=_gb(progress.bytes_total),
        rate=f"{rate / 1e6:.1f} MB/s" if rate else "–",
        left=_said("progress.left", minutes=f"{left / 60:.0f}") if left and left >= 60 else "",
        file=progress.file,
    )


def _said(key: str, **values: object) -> str:
    return say("weights", key, console_language(), **values)


def _note(key: str, **values: object) -> None:
    """One line for the person at the console."""
    sys.stderr.write(_said(key, **values) + "\n")
    sys.stderr.flush()


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f}"


class _Line:
    """A line that a terminal rewrites in place; elsewhere a new one now and then."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._said = ""
        self._at = -LINE_SECONDS

    def write(self, text: str, *, last: bool = False) -> None:
        if self._is_terminal:
            sys.stderr.write(f"\r\x1b[2K{text}" + ("\n" if last else ""))
        elif last or time.monotonic() - self._at >= LINE_SECONDS:
            self._at = time.monotonic()
            sys.stderr.write(text + "\n")
        self._said = text
        sys.stderr.flush()

    def end(self) -> None:
        if self._is_terminal and self._said:
            sys.stderr.write("\n")
