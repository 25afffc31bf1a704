"""`python main.py coach`: advice in a terminal."""

from __future__ import annotations

import json

import pytest

from i2v.cli import main


def test_json_is_one_object_on_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coach", "--prompt", "镜头缓缓推近", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [advice["code"] for advice in answer["sentence"]] == ["not_english"]
    assert answer["sentence"][0]["remedy"]["prompt"] == "The camera slowly zooms in"
    assert answer["camera"] == "zoom_in"


def test_a_person_reads_what_to_change_and_what_to_write(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("I2V_LANGUAGE", "zh-CN")
    assert main(["coach", "--prompt", "镜头缓缓推近", "--engine", "camera"]) == 0
    assert capsys.readouterr().out == "这句话没有需要改的地方。\n"
    monkeypatch.setenv("I2V_LANGUAGE", "en")
    assert main(["coach", "--prompt", "zoom in and out simultaneously"]) == 0
    assert capsys.readouterr().out == (
        "These exclude each other: zoom in / out. Ask for one of them.  [contradiction]\n  → zoom in\n"
    )


def test_an_engine_that_is_not_there_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coach", "--prompt", "zoom in", "--engine", "bogus"]) == 2
    assert "bogus" in capsys.readouterr().err
