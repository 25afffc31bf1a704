"""`python main.py doctor`: each fault named with its remedy, in both languages; a bundle that tells on nobody."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from i2v.cli import main, public_address
from i2v.cli.doctor import look_at_place
from i2v.machine import packages
from i2v.machine.memory import MainMemory
from i2v.services import checkup
from i2v.services.checkup import Finding, look_at_card, look_at_environment, look_at_machine
from i2v.settings import PROJECT
from i2v.storage.database import Database
from i2v.text import LANGUAGES, sentences
from launch.cards import Computer
from launch.place import Place
from tests.stand_in_card import StandInCard

GOLDEN = PROJECT / "tests" / "golden" / "model"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("output", "input", "models", "logs"):
        monkeypatch.setenv(f"I2V_{name.upper()}_DIR", str(tmp_path / name))
    monkeypatch.setenv("I2V_LANGUAGE", "en")
    monkeypatch.setenv("I2V_PORT", str(free_port()))
    # Loading PyTorch and the engines takes seconds; tests/machine/test_trial.py does it.
    told = {"torch": "2.13.0+cpu", "device": "cpu", "sum": 64.0, "engines": {}}
    monkeypatch.setattr(checkup, "try_packages", lambda modules, folder: told)
    return tmp_path


def free_port() -> int:
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        return int(link.getsockname()[1])


def ask(capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, dict[str, Any]]:
    code = main(["doctor", "--json", *flags])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def found(told: dict[str, Any], code: str) -> dict[str, Any]:
    return next(each for each in told["findings"] if each["code"] == code)


def test_a_machine_in_order_is_told_area_by_area(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = ask(capsys, "--model", str(GOLDEN))
    assert (code, told["status"]) == (0, "good")
    areas = list(dict.fromkeys(each["area"] for each in told["findings"]))
    assert areas == ["machine", "environment", "gpu", "disk", "weights", "database", "port"]
    assert all(each["fix"] is None for each in told["findings"])
    assert str(GOLDEN) in found(told, "weights")["message"]


def test_without_a_model_it_is_a_warning_with_the_command_that_fetches_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "→ python main.py models download i2vgen-xl" in out
    assert out.splitlines()[-1] == "Clips can be made; what is marked “!” may hurt."


def test_faults_end_in_one(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "output").write_text("a file where the folder goes")
    code, told = ask(capsys, "--model", str(home))
    assert (code, told["status"]) == (1, "fault")
    assert "takes no file" in found(told, "folder_unusable")["message"]
    assert "lacks" in found(told, "weights_unfit")["message"]


def test_settings_that_nobody_can_read_are_the_whole_answer(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "bad.yaml").write_text("prot: 1")
    code, told = ask(capsys, "--config", str(home / "bad.yaml"))
    assert (code, told["error"]["code"]) == (2, "setting_unknown")


def test_the_history_is_looked_at_and_left_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "output" / ".i2v" / "jobs.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"rubbish")
    code, told = ask(capsys)
    assert (code, found(told, "database_damaged")["level"], path.read_bytes()) == (0, "warning", b"rubbish")
    path.unlink()
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    code, told = ask(capsys)
    assert (code, found(told, "database_newer")["level"]) == (1, "fault")


def test_a_port_in_other_hands_is_named_with_its_program(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        monkeypatch.setenv("I2V_PORT", str(listener.getsockname()[1]))
        _, told = ask(capsys)
    assert f"({os.getpid()})" in found(told, "port_taken")["message"]


def test_our_own_server_is_no_stranger_and_one_that_is_gone_does_not_count(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = home / "output" / ".i2v" / "server.json"
    note.parent.mkdir(parents=True)
    note.write_text(json.dumps({"pid": os.getpid(), "url": "http://localhost:7999"}))
    assert "http://localhost:7999" in found(ask(capsys)[1], "port_ours")["message"]
    note.write_text(json.dumps({"pid": 2**22 + 1, "url": "http://localhost:7999"}))
    assert found(ask(capsys)[1], "port_free")["level"] == "good"


def told_of(findings: Iterator[Finding]) -> dict[str, Finding]:
    return {each.key: each for each in findings}


def test_packages_that_are_missing_or_others_are_named_with_the_command(home: Path) -> None:
    wanted = home / "requirements.txt"
    wanted.write_text("no-such-package==1.0\npytest==0.1\n")
    seen = told_of(look_at_environment(wanted))
    assert (seen["package_missing"].level, seen["package_other"].level) == ("fault", "fault")
    assert "pip install no-such-package==1.0" in str(seen["package_missing"].to_json("en")["fix"])
    assert "pytest" in str(seen["package_other"].to_json("zh-CN")["message"])


@pytest.mark.parametrize(
    ("trial", "key"),
    [
        ({"fault": "ImportError: DLL load failed", "engines": {"i2v.engines.camera.engine": "x"}}, "torch_broken"),
        ({"torch": "2", "device": "cuda", "sum": 12.0, "engines": {}}, "torch_wrong"),
        ({"torch": "2", "device": "cpu", "sum": 64.0, "engines": {"engines.camera.engine": "x\ny"}}, "engine_broken"),
    ],
)  # fmt: skip
def test_an_environment_that_cannot_compute_is_a_fault(
    home: Path, monkeypatch: pytest.MonkeyPatch, trial: dict[str, Any], key: str
) -> None:
    monkeypatch.setattr(checkup, "try_packages", lambda modules, folder: trial)
    faults = [each for each in look_at_environment() if each.level == "fault"]
    assert [each.key for each in faults] == [key]
    assert "\n" not in str(faults[0].to_json("en")["message"])


def test_torchvision_beside_a_pytorch_for_the_processor_is_a_fault(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"torch": "2.13.0+cpu", "torchvision": "0.28.0"}
    monkeypatch.setattr(packages, "version", lambda name: versions.get(name, "1"))
    tried: list[str] = []

    def try_packages(modules: Sequence[str], folder: Path) -> dict[str, Any]:
        tried.extend(modules)
        return {"torch": "2", "device": "cpu", "sum": 64.0, "engines": {}}

    monkeypatch.setattr(checkup, "try_packages", try_packages)
    assert told_of(look_at_environment())["torchvision_unfit"].level == "fault"
    assert tried == []  # none of them would load, for that very reason
    versions["torch"] = "2.13.0+cu130"
    assert "torchvision_unfit" not in told_of(look_at_environment())
    assert len(tried) > 1


def test_a_card_that_the_installed_build_does_not_use_is_told(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    StandInCard(tmp_path / "driver").show(used_mb=96, total_mb=4096)
    monkeypatch.setenv("PATH", f"{tmp_path / 'driver'}{os.pathsep}{os.environ['PATH']}")
    seen = told_of(look_at_card())
    assert seen.keys() >= {"card", "card_small"}
    assert ("card_unused" in seen) == (packages.installed_version("torch") or "").endswith("+cpu")
    assert "4 GiB" in str(seen["card"].to_json("en")["message"])


def test_what_the_start_says_of_folder_and_card_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    on_windows_disk = Place("/mnt/c/i2v", "linux", is_wsl=True)
    silent = Computer("linux", "x86_64", problem="nvidia-smi says: No devices were found")
    seen = told_of(look_at_place(on_windows_disk, silent))
    assert "/mnt/c/i2v" in str(seen["place"].to_json("en")["message"])
    assert "No devices were found" in str(seen["card_silent"].to_json("en")["message"])
    assert all(each.level == "warning" and each.to_json("zh-CN")["fix"] for each in seen.values())
    assert not list(look_at_place(Place("/home/i2v", "linux"), Computer("linux", "x86_64")))


def test_freeze_is_the_launchers(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    target = home / "working_set.txt"
    code = main(["doctor", "--freeze", str(target)])
    told = capfd.readouterr()
    assert (code == 0) == target.is_file(), told
    assert str(target) in told.out if code == 0 else "no environment" in told.err


def test_little_memory_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "main_memory", lambda: MainMemory(4 * 2**30, 2**30))
    assert told_of(look_at_machine())["memory_small"].level == "warning"


def test_every_finding_has_its_words_and_all_but_good_ones_a_remedy() -> None:
    source = "".join(Path(str(module.__file__)).read_text("utf-8") for module in (checkup, public_address))
    keys = {key for key in re.findall(r'"([a-z_]+)"', source) if key in sentences("doctor", "en")}
    assert len(keys) > 20
    for language in LANGUAGES:
        words = sentences("doctor", language)
        assert words.keys() == sentences("doctor", "en").keys()
        good = {"machine", "python", "packages", "torch", "card", "card_none", "disk", "weights", "database_good",
                "database_absent", "database_at_work", "port_ours", "port_free",
                "public_ours", "public_waits"}  # fmt: skip
        assert {f"{key}.fix" for key in keys - good} <= words.keys()


def test_a_bundle_tells_what_is_wrong_and_on_nobody(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, machine, home_folder = "account7", "machine-of-somebody", home / "home" / "account7"
    monkeypatch.setenv("LOGNAME", person)
    monkeypatch.setenv("HOME", str(home_folder))
    monkeypatch.setattr(socket, "gethostname", lambda: machine)
    monkeypatch.setenv("I2V_PUBLIC_URL", "https://clips.of-somebody.example/i2v")
    secret, sentence = "hf_" + "abcdefgh" * 4, 'My "secret" dog\\cat runs 秘密'
    monkeypatch.setenv("HF_TOKEN", secret)
    for folder in (home / "output" / ".i2v", home / "logs"):
        folder.mkdir(parents=True)
    database = Database(home / "output" / ".i2v" / "jobs.sqlite")
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO jobs (id, status, engine, engine_asked, preset, options, picture_sha256, created_at)"
            " VALUES ('a', 'done', 'camera', 'auto', 'fast', ?, 'x', 1)",
            (json.dumps({"prompt": sentence}),),
        )
    database.close()
    lines = [
        f"opened {home_folder}/pictures/x.png for {person} at {machine}",
        f"token {secret} sent",
        f"ValueError: {sentence!r} and {json.dumps({'prompt': sentence})} and {sentence}",
        f"the word in{person}side stays",
    ]
    (home / "logs" / "app_20260101_000000.log").write_text("\n".join(lines), "utf-8")
    target = home / "for you.zip"
    code, told = ask(capsys, "--bundle", str(target))
    assert (code, told["bundle"]) == (0, str(target))
    with zipfile.ZipFile(target) as bundle:
        names = set(bundle.namelist())
        texts = {name: bundle.read(name).decode() for name in names}
    assert {"doctor.json", "settings.json", "packages.txt", "logs/app_20260101_000000.log"} <= names
    everything = "\n".join(texts.values())
    for hidden in (secret, "秘密", "secret\\", "dog", f"{home_folder}/", f" {person} ", machine, "of-somebody"):
        assert hidden not in everything, hidden
    assert f"in{person}side" in everything
    assert "~/pictures/x.png" in everything
    assert "gradio==" in texts["packages.txt"]
    assert any(each["code"] == "weights_absent" for each in json.loads(texts["doctor.json"]))


def test_a_bundle_that_cannot_be_written_is_said_before_anything_is_looked_at(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--bundle", str(home / "nowhere" / "x.zip")]) == 2
    assert "--bundle" in capsys.readouterr().err
