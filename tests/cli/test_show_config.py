"""`python main.py --show-config`: what is in force, and why."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from i2v.settings import PROJECT, Settings
from tests.cli.test_generate import Terminal


def test_every_setting_is_shown_with_its_source_and_nothing_starts(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("\ufeff# as saved by an editor\nmax_frames: 16\n", "utf-8")
    terminal = Terminal(tmp_path)
    flags = ("--show-config", "--config", "mine.yaml", "--port", "9000")
    done = terminal.run(*flags, I2V_MAX_QUEUE="7")
    assert (done.returncode, done.stderr) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}
    assert list(rows) == list(Settings.model_fields)
    assert rows["port"] == ["9000", "--port"]
    assert rows["max_frames"] == ["16", "mine.yaml:2"]
    assert rows["max_queue"] == ["7", "I2V_MAX_QUEUE"]
    assert rows["output_dir"] == [str(terminal.outputs), "--output_dir"]
    assert rows["listen"] == ["false", "default"]
    told = json.loads(terminal.run(*flags, "--json", I2V_MAX_QUEUE="7").stdout)
    assert told["max_queue"] == {"value": 7, "source": "I2V_MAX_QUEUE"}
    assert not terminal.outputs.exists()


def test_the_shipped_file_is_where_settings_come_from_without_a_word(tmp_path: Path) -> None:
    command = [sys.executable, str(PROJECT / "main.py"), "--show-config", "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout)
    assert told["max_upload_mb"]["value"] == 32
    assert told["max_upload_mb"]["source"].startswith(str(PROJECT / "config.yaml") + ":")


def test_a_setting_that_cannot_be_ends_with_2_and_says_where(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    for text, words in {
        "max_frmes: 16": ("bad.yaml:2", "max_frmes", "max_frames"),
        "max_frames: lots": ("bad.yaml:2", "max_frames", "lots", "2 … 256"),
        "\tmax_frames: 16": ("bad.yaml:2", "a tab"),
        "max_frames: [16": ("bad.yaml:3",),
    }.items():
        (tmp_path / "bad.yaml").write_text(f"# mine\n{text}\n")
        done = terminal.run("--show-config", "--config", "bad.yaml")
        assert (done.returncode, done.stdout) == (2, "")
        for word in words:
            assert word in done.stderr, done.stderr
