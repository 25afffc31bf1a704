"""config.yaml and its like → typed settings. Flag > environment variable > file > default."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from i2v.errors import SettingInvalid, SettingsUnreadable, SettingUnknown

PROJECT = Path(__file__).resolve().parent.parent
"""The project's folder; every relative data folder is taken from here."""

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Settings(BaseModel):
    """Every setting with its default and bounds; `config.yaml` explains each in a comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: int = Field(7860, ge=1, le=65535)
    listen: bool = False
    open_browser: bool = True
    output_dir: Path = Path("outputs")
    input_dir: Path = Path("inputs")
    models_dir: Path = Path("models")
    logs_dir: Path = Path("logs")
    engine: str = "auto"
    model_dir: Path | None = None
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    max_resolution: int = Field(1280, ge=64, le=4096)
    max_frames: int = Field(32, ge=2, le=256)
    max_queue: int = Field(100, ge=1, le=10000)
    max_upload_mb: int = Field(32, ge=1, le=1024)
    idle_minutes: float = Field(10, gt=0)

    @property
    def state_dir(self) -> Path:
        """Where the queue, its lock and temporary files live."""
        return self.output_dir / ".i2v"

    @property
    def temp_dir(self) -> Path:
        return self.state_dir / "tmp"


@dataclass(frozen=True)
class _Given:
    """One value as somebody gave it, and where."""

    value: Any
    source: str


def load_settings(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    path: Path | None = None,
) -> Settings:
    """Settings in force.

    Args:
        flags: values from the command line by key; None means not given.
        environment: variables; `I2V_<KEY>` counts. The process's own if None.
        path: the settings file; `config.yaml` of the project if None, and then it may be missing.

    Raises:
        SettingsUnreadable: the file is missing, or no YAML mapping in UTF-8.
        SettingUnknown: a key that does not exist.
        SettingInvalid: a value that its key does not allow.
    """
    given = _from_file(path)
    given.update(_from_environment(os.environ if environment is None else environment))
    for key, value in (flags or {}).items():
        if value is not None:
            given[key] = _Given(value, "--" + key.replace("_", "-"))
    try:
        settings = Settings(**{key: entry.value for key, entry in given.items()})
    except ValidationError as cause:
        raise _refusal(cause.errors()[0], given) from cause
    folders = ("output_dir", "input_dir", "models_dir", "logs_dir")
    resolved = {key: (PROJECT / getattr(settings, key)).resolve() for key in folders}
    if settings.model_dir is not None:
        # A person who names a folder means it from where they are.
        resolved["model_dir"] = settings.model_dir.expanduser().resolve()
    return settings.model_copy(update=resolved)


def _from_file(path: Path | None) -> dict[str, _Given]:
    """The file's entries with the line each stands on."""
    file = path or PROJECT / "config.yaml"
    if path is None and not file.exists():
        return {}
    try:
        root = yaml.compose(file.read_text("utf-8-sig"), Loader=yaml.SafeLoader)
        values = yaml.safe_load(file.read_text("utf-8-sig"))
    except UnicodeDecodeError as cause:
        raise SettingsUnreadable(path=str(file), reason=f"not UTF-8 at byte {cause.start}") from cause
    except OSError as cause:
        raise SettingsUnreadable(path=str(file), reason=cause.strerror or str(cause)) from cause
    except yaml.MarkedYAMLError as cause:
        line = cause.problem_mark.line + 1 if cause.problem_mark else "?"
        raise SettingsUnreadable(path=f"{file}:{line}", reason=cause.problem or "not YAML") from cause
    except yaml.YAMLError as cause:
        raise SettingsUnreadable(path=str(file), reason=str(cause)) from cause
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode) or not isinstance(values, dict):
        raise SettingsUnreadable(path=f"{file}:1", reason="expected lines of the form `key: value`")
    lines = {str(key.value): key.start_mark.line + 1 for key, _ in root.value}
    return {
        _known(str(key), f"{file}:{lines[str(key)]}"): _Given(value, f"{file}:{lines[str(key)]}")
        for key, value in values.items()
    }


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    for key in Settings.model_fields:
        variable = f"I2V_{key.upper()}"
        if variable in environment:
            given[key] = _Given(_typed(environment[variable]), variable)
    if environment.get("I2V_NO_BROWSER", "").lower() in _TRUE:
        given["open_browser"] = _Given(False, "I2V_NO_BROWSER")
    return given


def _typed(text: str) -> str | bool:
    """Variables are text; pydantic turns digits into numbers, truth in words is ours."""
    if text.lower() in _TRUE[1:]:
        return True
    return False if text.lower() in _FALSE[1:] else text


def _known(key: str, source: str) -> str:
    if key in Settings.model_fields:
        return key
    nearest = difflib.get_close_matches(key, Settings.model_fields, n=1)
    raise SettingUnknown(key=key, source=source, nearest=nearest[0] if nearest else ", ".join(Settings.model_fields))


def _refusal(detail: ErrorDetails, given: Mapping[str, _Given]) -> SettingInvalid:
    key = str(detail["loc"][0])
    entry = given[key]
    return SettingInvalid(key=key, value=entry.value, allowed=detail["msg"], source=entry.source)
