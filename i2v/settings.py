"""config.yaml and its like → typed settings. Flag > environment variable > file > default."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from i2v.domain.address import FORM, Address, read_address
from i2v.domain.options import allowed_values
from i2v.errors import SettingInvalid, SettingsUnreadable, SettingTwice, SettingUnknown

PROJECT = Path(__file__).resolve().parent.parent
"""The project's folder; every relative data folder is taken from here."""

FLAGS: Mapping[str, str] = {
    "port": "--port",
    "listen": "--listen",
    "public_url": "--public-url",
    "output_dir": "--output_dir",
    "model_dir": "--model",
    "device": "--device",
}
"""The settings that the command line can name, and how."""
DEFAULT = "default"

_FOLDERS = ("output_dir", "input_dir", "models_dir", "logs_dir", "model_dir")
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Settings(BaseModel):
    """Every setting with its default and bounds; `config.yaml` explains each in a comment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    port: int = Field(7860, ge=1, le=65535)
    listen: bool = False
    public_url: Annotated[str, Field(json_schema_extra={"format": FORM})] | None = None
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
    coach: bool = True
    idle_minutes: float = Field(10, ge=0.01, le=10080)

    @field_validator("*", mode="before")
    @classmethod
    def _truth_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """`port: yes` would be port 1 otherwise."""
        field = cls.model_fields[info.field_name or ""]
        if isinstance(value, bool) and field.annotation is not bool:
            raise ValueError("a number, a word or a folder")
        return value

    @field_validator("public_url")
    @classmethod
    def _address_as_browsers_write_it(cls, text: str | None) -> str | None:
        return None if text is None else read_address(text).url

    @property
    def public_address(self) -> Address | None:
        """Where a reverse proxy shows the app to others."""
        return None if self.public_url is None else read_address(self.public_url)

    @property
    def asks_for_token(self) -> bool:
        """Whether strangers can reach the app; then everybody shows the token."""
        return self.listen or self.public_url is not None

    @property
    def state_dir(self) -> Path:
        """Where the queue, its lock and temporary files live."""
        return self.output_dir / ".i2v"

    @property
    def temp_dir(self) -> Path:
        return self.state_dir / "tmp"


@dataclass(frozen=True)
class SettingInForce:
    """One setting: its value as JSON has it, and its source: a flag, a variable, `file:line`, or `default`."""

    key: str
    value: Any
    source: str


@dataclass(frozen=True)
class _Given:
    """One value as somebody gave it, and where."""

    value: Any
    source: str


def load_settings(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    path: Path | None = None,
    engines: Collection[str] | None = None,
) -> Settings:
    """Settings in force, each from the first of flags, environment and file that names it.

    Args:
        flags: values from the command line by key; None means not given.
        environment: variables; `I2V_<KEY>` counts. The process's own if None.
        path: the settings file; `config.yaml` of the project if None, and then it may be missing.
        engines: names that `engine` may have; any if None.

    Raises:
        SettingsUnreadable: the file is missing, or no YAML mapping in UTF-8.
        SettingUnknown: a key that does not exist.
        SettingTwice: a key on two lines of the file.
        SettingInvalid: a value that its key does not allow.
    """
    return _load(flags, environment, path, engines)[0]


def explain_settings(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    path: Path | None = None,
    engines: Collection[str] | None = None,
) -> list[SettingInForce]:
    """Every setting with its value in force and where that comes from; arguments and errors as of `load_settings`."""
    settings, given = _load(flags, environment, path, engines)
    return [
        SettingInForce(key, value, given[key].source if key in given else DEFAULT)
        for key, value in settings.model_dump(mode="json").items()
    ]


def _load(
    flags: Mapping[str, Any] | None,
    environment: Mapping[str, str] | None,
    path: Path | None,
    engines: Collection[str] | None,
) -> tuple[Settings, dict[str, _Given]]:
    given = _from_file(path)
    given.update(_from_environment(os.environ if environment is None else environment))
    for key, value in (flags or {}).items():
        if value is not None:
            given[key] = _Given(value, FLAGS[key])
    try:
        settings = Settings(**{key: entry.value for key, entry in given.items()})
    except ValidationError as cause:
        raise _refusal(str(cause.errors()[0]["loc"][0]), given, engines) from cause
    if engines is not None and settings.engine not in engines:
        raise _refusal("engine", given, engines)
    resolved = {key: _absolute(key, getattr(settings, key), given) for key in _FOLDERS if getattr(settings, key)}
    return settings.model_copy(update=resolved), given


def _absolute(key: str, folder: Path, given: Mapping[str, _Given]) -> Path:
    try:
        # A person who names the model's folder means it from where they are, the others from the project's.
        return (folder.expanduser() if key == "model_dir" else PROJECT / folder).resolve()
    except (ValueError, RuntimeError) as cause:  # a NUL in it; a home of nobody
        raise _refusal(key, given) from cause


def _from_file(path: Path | None) -> dict[str, _Given]:
    """The file's entries with the line each stands on."""
    file = path or PROJECT / "config.yaml"
    if path is None and not file.exists():
        return {}
    try:
        loader = yaml.SafeLoader(file.read_text("utf-8-sig"))
        root = loader.get_single_node()
    except UnicodeDecodeError as cause:
        raise SettingsUnreadable(path=str(file), reason=f"not UTF-8 at byte {cause.start}") from cause
    except OSError as cause:
        raise SettingsUnreadable(path=str(file), reason=cause.strerror or str(cause)) from cause
    except yaml.MarkedYAMLError as cause:
        line = cause.problem_mark.line + 1 if cause.problem_mark else "?"
        raise SettingsUnreadable(path=f"{file}:{line}", reason=_problem(cause)) from cause
    except yaml.YAMLError as cause:
        raise SettingsUnreadable(path=str(file), reason=str(cause)) from cause
    except RecursionError as cause:
        raise SettingsUnreadable(path=str(file), reason="nested too deeply") from cause
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        raise SettingsUnreadable(path=f"{file}:1", reason="expected lines of the form `key: value`")
    given: dict[str, _Given] = {}
    for key_node, value_node in root.value:
        source = f"{file}:{key_node.start_mark.line + 1}"
        # The key as written: `yes`, `null` and `0x10` would be read as something else than text.
        if not isinstance(key_node, yaml.ScalarNode):
            raise SettingsUnreadable(path=source, reason="expected lines of the form `key: value`")
        key = _known(key_node.value, source)
        if key in given:
            raise SettingTwice(key=key, first=given[key].source, second=source)
        given[key] = _Given(_value(loader, value_node, source), source)
    return given


def _problem(cause: yaml.MarkedYAMLError) -> str:
    """The parser's words, but for its commonest riddle."""
    problem = cause.problem or "not YAML"
    return "a tab, where only spaces can stand" if "'\\t'" in problem else problem


def _value(loader: yaml.SafeLoader, node: yaml.Node, source: str) -> Any:
    try:
        return loader.construct_object(node, deep=True)
    except yaml.MarkedYAMLError as cause:
        raise SettingsUnreadable(path=source, reason=_problem(cause)) from cause
    except (ValueError, LookupError, RecursionError) as cause:
        # PyYAML's own readers of dates and numbers let these through: `2024-99-99`, `!!int x`.
        raise SettingsUnreadable(path=source, reason=str(cause)[:200]) from cause


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


def _refusal(key: str, given: Mapping[str, _Given], engines: Collection[str] | None = None) -> SettingInvalid:
    entry = given[key]
    allowed = ", ".join(engines) if key == "engine" and engines else allowed_values(Settings, key)
    return SettingInvalid(key=key, value=_as_written(entry.value), allowed=allowed, source=entry.source)


def _as_written(value: Any) -> Any:
    """Nothing, yes and no as YAML has them."""
    return json.dumps(value) if value is None or isinstance(value, bool) else value
