"""Where settings come from, and what is said of a bad one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from i2v.domain.options import allowed_values
from i2v.engines.registry import engine_specs
from i2v.errors import SettingInvalid, SettingsUnreadable, SettingTwice, SettingUnknown
from i2v.settings import FLAGS, PROJECT, Settings, explain_settings, load_settings


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "settings.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_shipped_file_holds_every_key_with_its_default() -> None:
    shipped = yaml.safe_load((PROJECT / "config.yaml").read_text("utf-8"))
    assert Settings(**shipped) == Settings()
    assert list(shipped) == list(Settings.model_fields)


def test_every_key_of_the_shipped_file_is_explained_in_a_comment_above_it() -> None:
    lines = (PROJECT / "config.yaml").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1].startswith("# "), line


@pytest.mark.parametrize("page", ["settings.md", "settings.zh-CN.md"])
def test_every_setting_stands_in_the_documentation_as_it_is(page: str) -> None:
    lines = (PROJECT / "docs" / page).read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    documented = {row[0].strip("`"): row[1:] for row in cells}
    assert list(documented) == list(Settings.model_fields)
    for key, default in Settings().model_dump(mode="json").items():
        allowed = ", ".join(("auto", *engine_specs())) if key == "engine" else allowed_values(Settings, key)
        names = f"`I2V_{key.upper()}`" + (f"<br>`{FLAGS[key]}`" if key in FLAGS else "")
        told = default if isinstance(default, str) else json.dumps(default)
        assert documented[key][:3] == [f"`{told}`", allowed, names]
        assert len(documented[key][3]) > 6


def test_every_setting_tells_where_its_value_comes_from(tmp_path: Path) -> None:
    path = write(tmp_path, "# mine\nport: 1001\nmax_queue: 7\n")
    told = {
        each.key: (each.value, each.source)
        for each in explain_settings({"port": 1003}, {"I2V_MAX_FRAMES": "12", "I2V_NO_BROWSER": "1"}, path)
    }
    assert list(told) == list(Settings.model_fields)
    assert told["port"] == (1003, "--port")
    assert told["max_frames"] == (12, "I2V_MAX_FRAMES")
    assert told["max_queue"] == (7, f"{path}:3")
    assert told["open_browser"] == (False, "I2V_NO_BROWSER")
    assert told["input_dir"] == (str(PROJECT / "inputs"), "default")


def test_a_tab_is_called_a_tab_and_nothing_is_written_as_yaml_has_it(tmp_path: Path) -> None:
    for text in ("\tport: 1\n", "port:\t1\n"):
        with pytest.raises(SettingsUnreadable) as refused:
            load_settings({}, {}, write(tmp_path, text))
        assert refused.value.values["reason"] == "a tab, where only spaces can stand"
    for text, value in (("port:", "null"), ("port: true", "true"), ("max_frames: yes", "true")):
        with pytest.raises(SettingInvalid) as wrong:
            load_settings({}, {}, write(tmp_path, text))
        assert wrong.value.values["value"] == value


def test_flag_beats_variable_beats_file_beats_default(tmp_path: Path) -> None:
    path = write(tmp_path, "port: 1001\nmax_frames: 11\nmax_queue: 7\n")
    environment = {"I2V_PORT": "1002", "I2V_MAX_FRAMES": "12"}
    settings = load_settings({"port": 1003, "max_frames": None}, environment, path)
    assert (settings.port, settings.max_frames, settings.max_queue, settings.max_resolution) == (1003, 12, 7, 1280)


def test_folders_are_taken_from_the_project_and_absolute_ones_stay(tmp_path: Path) -> None:
    settings = load_settings({"output_dir": str(tmp_path / "图 &")}, {})
    assert settings.output_dir == tmp_path / "图 &"
    assert settings.input_dir == PROJECT / "inputs"
    assert settings.state_dir == tmp_path / "图 &" / ".i2v"


@pytest.mark.parametrize("value", ["1", "true", "YES"])
def test_one_variable_keeps_the_browser_closed(value: str) -> None:
    assert load_settings({}, {"I2V_NO_BROWSER": value}).open_browser is False
    assert load_settings({}, {"I2V_NO_BROWSER": "0"}).open_browser is True


def test_a_byte_order_mark_and_an_empty_file_do_no_harm(tmp_path: Path) -> None:
    assert load_settings({}, {}, write(tmp_path, b"\xef\xbb\xbfport: 1234\n")).port == 1234
    assert load_settings({}, {}, write(tmp_path, "# nothing\n")).port == 7860


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_key(tmp_path: Path) -> None:
    path = write(tmp_path, "# mine\nprot: 1\n")
    with pytest.raises(SettingUnknown) as refused:
        load_settings({}, {}, path)
    assert refused.value.values == {"key": "prot", "source": f"{path}:2", "nearest": "port"}


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [("port: 99999", "port", 99999), ("port: many", "port", "many"), ("device: gpu", "device", "gpu")],
)
def test_a_value_that_is_not_allowed_is_named_with_its_line(tmp_path: Path, text: str, key: str, value: object) -> None:
    path = write(tmp_path, f"max_queue: 5\n{text}\n")
    with pytest.raises(SettingInvalid) as refused:
        load_settings({}, {}, path)
    told = refused.value.values
    assert (told["key"], told["value"], told["source"]) == (key, value, f"{path}:2")


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("port: 65536", "1 … 65535"),
        ("device: gpu", "auto, cuda, mps, cpu"),
        ("listen: perhaps", "true, false"),
        ("idle_minutes: 999999999", "0.01 … 10080"),
        ("idle_minutes: .inf", "0.01 … 10080"),
        ("idle_minutes: .nan", "0.01 … 10080"),
        ("idle_minutes: 0", "0.01 … 10080"),
        ("engine: bogus", "auto, one, two"),
        ("engine: 5", "auto, one, two"),
        ("output_dir: 5", "DIR"),
        (r'output_dir: "a\0b"', "DIR"),
        ("model_dir: ~nobody-of-that-name/x", "DIR"),
    ],
)
def test_what_a_setting_takes_is_told_in_signs_that_need_no_language(tmp_path: Path, text: str, allowed: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingInvalid) as refused:
        load_settings({}, {}, path, engines=("auto", "one", "two"))
    assert (refused.value.values["allowed"], refused.value.values["source"]) == (allowed, f"{path}:1")


@pytest.mark.parametrize("key", ["yes", "null", "0x10", "~", "1.5", "2024-01-01", "<<"])
def test_a_key_that_yaml_reads_as_something_else_is_named_as_written(tmp_path: Path, key: str) -> None:
    path = write(tmp_path, f"port: 1\n{key}: 1\n")
    with pytest.raises(SettingUnknown) as refused:
        load_settings({}, {}, path)
    assert (refused.value.values["key"], refused.value.values["source"]) == (key, f"{path}:2")


def test_a_key_on_two_lines_is_refused_with_both(tmp_path: Path) -> None:
    path = write(tmp_path, "port: 1\nmax_queue: 2\nport: 1\n")
    with pytest.raises(SettingTwice) as refused:
        load_settings({}, {}, path)
    assert refused.value.values == {"key": "port", "first": f"{path}:1", "second": f"{path}:3"}


def test_a_bad_variable_and_a_bad_flag_are_named_as_such() -> None:
    with pytest.raises(SettingInvalid) as refused:
        load_settings({}, {"I2V_PORT": "x"})
    assert refused.value.values["source"] == "I2V_PORT"
    with pytest.raises(SettingInvalid) as refused:
        load_settings({"port": 0}, {})
    assert refused.value.values["source"] == "--port"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"port: [1\n", ":2"),
        (b"\tport: 1\n", ":1"),
        (b"- port\n", ":1"),
        (b"port: \xff\n", ""),
        (b"a: b: c\n", ":1"),
        (b"? {a: b}\n: 1\n", ":1"),
        (b"? [a]\n: 1\n", ":1"),
        (b"max_queue: 1\nport: 2024-99-99\n", ":2"),
        (b"port: !!int x\n", ":1"),
        (b"port: !!bool x\n", ":1"),
        (b"port: !!python/name:os.system\n", ":1"),
        (b"port: &a [*a]\n", ":1"),
        (b"port: " + b"[" * 5000, ""),
    ],
)
def test_a_file_that_is_no_settings_file_says_where_it_breaks(tmp_path: Path, content: bytes, where: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(SettingsUnreadable) as refused:
        load_settings({}, {}, path)
    assert refused.value.values["path"] == f"{path}{where}"


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsUnreadable):
        load_settings({}, {}, tmp_path / "no.yaml")
