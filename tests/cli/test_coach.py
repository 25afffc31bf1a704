"""`python main.py coach`: advice in a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from i2v.cli import main
from tests.diagnosis.clip.films import good_film, to_mp4
from tests.services.desk_of_clips import recipe_of


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
    assert capsys.readouterr().out == "这里没有需要改的地方。\n"
    monkeypatch.setenv("I2V_LANGUAGE", "en")
    assert main(["coach", "--prompt", "zoom in and out simultaneously"]) == 0
    assert capsys.readouterr().out == (
        "These exclude each other: zoom in / out. Ask for one of them.  [contradiction]\n  → zoom in\n"
    )
    # What is not wanted joins what the flag would else have had.
    assert main(["coach", "--prompt", "a boat drifts slowly to the right, no people", "--negative", "blurry"]) == 0
    moved = ["  → a boat drifts slowly to the right", '  → --negative-prompt "blurry, people"']
    assert capsys.readouterr().out.splitlines()[1:] == moved


def test_settings_are_told_with_what_the_remedy_sets_and_costs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("I2V_LANGUAGE", "en")
    assert main(["coach", "--steps", "20", "--sampler", "ddim", "--guidance", "12", "--fps", "24", "--cpu"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.rpartition("  [")[2] for line in told[::2]] == ["few_steps_high_guidance]", "fps_off_training]"]
    # How long that takes depends on this computer.
    assert told[1].startswith("  → --num-inference-steps 50 --guidance-scale 9  (")
    assert told[3] == "  → --fps 16"
    assert main(["coach", "--resolution", "1024p", "--frames", "32", "--steps", "100", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [advice["code"] for advice in answer["settings"]] == ["too_much_together"]
    assert main(["coach", "--preset", "high", "--prompt", "The woman slowly walks to the left"]) == 0
    assert capsys.readouterr().out == "Nothing to change here.\n"


def test_an_engine_that_is_not_there_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coach", "--prompt", "zoom in", "--engine", "bogus"]) == 2
    assert "bogus" in capsys.readouterr().err


def test_a_picture_is_judged_without_being_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("I2V_INPUT_DIR", str(tmp_path / "inputs"))
    Image.new("RGB", (600, 200), "#808080").save(tmp_path / "grey.png")
    assert main(["coach", "--image", str(tmp_path / "grey.png"), "--engine", "camera"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("[too_small]")
    assert "  → --width 720 --height 368 --fit cover" in said
    assert not (tmp_path / "inputs").exists()


def test_a_file_that_is_no_picture_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.png").write_text("hello")
    assert main(["coach", "--image", str(tmp_path / "notes.png")]) == 2
    assert main(["coach"]) == 2
    assert "--prompt, --image" in capsys.readouterr().err


def test_a_finished_clip_is_held_to_the_sentence_in_its_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(to_mp4(good_film("pan left"), comment=recipe_of("0" * 32, prompt="pan left").to_json()))
    assert main(["coach", "--clip", str(clip)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Asked: pan left; got: pan left, 8.")
    assert main(["coach", "--clip", str(clip), "--prompt", "pan right", "--engine", "i2vgen-xl", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [advice["code"] for advice in answer["clip"]] == ["wrong_direction"]
    assert answer["measures"]["clip"]["camera"]["move"] == "pan_left"
    assert main(["coach", "--clip", str(tmp_path / "none.mp4")]) == 2
    assert "none.mp4" in capsys.readouterr().err


def test_a_file_that_is_no_clip_is_said_to_be_none_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A page\n" * 99, "utf-8")
    assert main(["coach", "--clip", str(page)]) == 2
    told = capsys.readouterr().err
    assert told.startswith("page.md cannot be read as an MP4 (Invalid data found when processing input).\n")
    assert "Errno" not in told
