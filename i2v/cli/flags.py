"""Flags that several commands share, and how they become settings."""

from __future__ import annotations

import argparse
import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, NoReturn

from i2v.engines.registry import engine_specs
from i2v.errors import RequestMalformed, TargetUnusable
from i2v.settings import FLAGS, SettingInForce, Settings, explain_settings, load_settings


class Parser(argparse.ArgumentParser):
    """Says what it cannot read as an error of ours, with a code as every face gives it."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise RequestMalformed(reason=message)


def add_folder_flags(parser: argparse.ArgumentParser) -> None:
    """`--output_dir` and `--config`, which every command takes."""
    parser.add_argument("--output_dir", "--output-dir", metavar="DIR", help="where finished clips go")
    parser.add_argument("--config", metavar="FILE", type=Path, help="settings file instead of config.yaml")


def add_device_flags(parser: argparse.ArgumentParser) -> None:
    """`--device`, its short form `--cpu`, and `--model`."""
    parser.add_argument("--device", choices=("auto", "cuda", "mps", "cpu"), help="where models run")
    parser.add_argument("--cpu", dest="device", action="store_const", const="cpu", help="same as --device cpu")
    parser.add_argument("--model", dest="model_dir", metavar="DIR", help="folder with the model's files")


def settings_from(parsed: argparse.Namespace) -> Settings:
    """Flags over environment over file over defaults.

    Raises:
        StartFailed: a setting that is not as it must be.
    """
    return load_settings(**_given(parsed))


def settings_explained(parsed: argparse.Namespace) -> list[SettingInForce]:
    """The same, each with where it comes from.

    Raises:
        StartFailed: as `settings_from`.
    """
    return explain_settings(**_given(parsed))


def _given(parsed: argparse.Namespace) -> dict[str, Any]:
    # `--engine` is no setting but part of one wish, and refused as such.
    flags = {key: getattr(parsed, key, None) for key in FLAGS}
    return {"flags": flags, "path": parsed.config, "engines": ("auto", *engine_specs())}


def prove_target(flag: str, target: Path) -> None:
    """Nobody should learn after an hour that the clip cannot go where it was to go.

    Raises:
        TargetUnusable: the folder does not exist or takes no file, or the name is a folder's.
    """
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as cause:
        raise TargetUnusable(flag=flag, path=str(target), reason=cause.strerror or str(cause)) from cause
