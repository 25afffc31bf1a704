"""`python main.py explore`, as typed in a terminal: with the camera, and the tiny reference model with real latents."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from i2v.cli.explore import run_explore
from i2v.media.embed import read_recipe
from i2v.services.fitting import Fit
from i2v.services.forecast import Span
from i2v.services.machine import Space
from i2v.services.outlook import Outlook
from i2v.settings import PROJECT
from tests.cli.test_generate import GOLDEN_MODEL, Terminal
from tests.serving import Server

TINY = ("--width", "64", "--height", "64", "--frames", "4", "--steps", "2", "--count", "2", "--prompt", "waves")
HAND = ("--engine", "camera", "--prompt", "handheld", "--width", "64", "--height", "64", "--frames", "4")


@pytest.fixture
def terminal(tmp_path: Path, picture: bytes) -> Terminal:
    """One thread: two wait for each other wherever other work runs beside them."""
    (tmp_path / "a.png").write_bytes(picture)
    made = Terminal(tmp_path)
    made.environment |= {"I2V_MODEL_DIR": str(GOLDEN_MODEL), "I2V_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    return made


def explore(terminal: Terminal, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    """Exit code and the last line of stdout as JSON."""
    done = terminal.run("explore", "--image", terminal.home / "a.png", *arguments, "--json")
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def jobs_of(terminal: Terminal) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(terminal.run("jobs", "list", "--json").stdout)
    return listed


def ids(step: dict[str, Any]) -> list[str]:
    return [clip["job_id"] for clip in step["clips"]]


def test_the_whole_way_with_a_look_after_each_step(terminal: Terminal) -> None:
    code, told = explore(terminal, *TINY)
    assert (code, told["status"], told["phase"], told["video"]) == (0, "done", "draft", None)
    (drafts,) = told["steps"]
    assert sorted(clip["rank"] for clip in drafts["clips"]) == [1, 2]
    assert all(clip["reason"] for clip in drafts["clips"])
    assert len({clip["seed"] for clip in drafts["clips"]}) == 2
    assert Path(told["sheet"]).parent == terminal.outputs
    with Image.open(told["sheet"]) as sheet:
        assert sheet.format == "PNG"
        assert sheet.width > 4 * 232  # four frames along time
        assert sheet.height > 2 * 232

    code, told = explore(terminal, *TINY, "--pick", "2", "--output", "refined.jpg", "--through", "final")
    assert (code, told["status"], told["phase"]) == (0, "done", "final")
    again, refined, final = told["steps"]
    assert ids(again) == ids(drafts)
    best = next(number for number, each in enumerate(refined["clips"]) if each["rank"] == 1)
    assert (again["picked"], refined["picked"], final["picked"]) == (2, best + 1, None)
    assert Path(refined["sheet"]).name == "refined_refine.jpg"
    with Image.open(terminal.home / "refined_refine.jpg") as sheet:
        assert sheet.format == "JPEG"
    (clip,) = final["clips"]
    assert told["video"] == clip["video"]
    seed = drafts["clips"][1]["seed"]
    assert {each["seed"] for each in [*refined["clips"], clip]} == {seed}
    recipes = [read_recipe(Path(each["video"])) for each in [*refined["clips"], clip]]
    guidance = [8.0, 9.0, 10.0]
    assert [each.options["guidance_scale"] for each in recipes if each] == [*guidance, guidance[best]]
    assert [each.options["width"] for each in recipes if each] == [64, 64, 64, 96]
    for recipe in recipes:
        assert recipe is not None
        assert [recipe.options[name] for name in ("num_frames", "num_inference_steps", "prompt")] == [16, 60, "waves"]
        assert recipe.start is not None
    assert [recipe.way["parent_id"] for recipe in recipes if recipe] == [*[ids(drafts)[1]] * 3, ids(refined)[best]]

    code, told = explore(terminal, *TINY, "--pick", f"2,{best + 1}")
    assert (code, [ids(step) for step in told["steps"]]) == (0, [ids(drafts), ids(refined), ids(final)])
    assert len(list(terminal.outputs.glob("*.mp4"))) == 6


def test_the_cameras_way_leads_from_its_one_draft_to_the_final_clip(terminal: Terminal) -> None:
    camera = ("--engine", "camera", "--prompt", "zoom in", "--frames", "4", "--width", "64", "--height", "64")
    done = terminal.run("explore", "--image", "a.png", *camera, "--pick", "1")
    assert done.returncode == 0
    sheet, video = (Path(line) for line in done.stdout.splitlines())
    assert (sheet.suffix, video.suffix, sheet.parent) == (".png", ".mp4", terminal.outputs)
    assert "1 Draft" in done.stderr
    assert "3 Final" in done.stderr
    assert done.stderr.count("4 candidates would all be the same") == 1
    assert {job["options"]["width"] for job in jobs_of(terminal)} == {64, 96}
    code, told = explore(terminal, *camera, "--through", "refine")
    assert (code, told["error"]["code"]) == (2, "phase_unknown")
    code, told = explore(terminal, *camera, "--pick", "2")
    assert (code, told["error"]["code"], len(jobs_of(terminal))) == (2, "option_invalid", 2)


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("--count", "1"), "option_invalid"),
        (("--count", "9"), "option_invalid"),
        (("--pick", "5"), "option_invalid"),
        (("--pick", "0"), "request_malformed"),
        (("--pick", "1,2,3"), "request_malformed"),
        (("--through", "elsewhere"), "request_malformed"),
        (("--output", "sheet.gif"), "option_invalid"),
        (("--output", "nowhere/sheet.png"), "target_unusable"),
        (("--nonsense",), "option_unknown"),
        (("nonsense",), "request_malformed"),
        (("--frames", "99"), "limit_exceeded"),
        (("--image", "other.png"), "picture_missing"),
    ],
)
def test_bad_input_ends_with_2_before_anything_ran(
    terminal: Terminal, arguments: tuple[str, ...], refusal: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name, value in terminal.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(terminal.home)
    flags = ("--image", "a.png", *HAND, "--output_dir", str(terminal.outputs), "--json")
    assert run_explore((*flags, *arguments)) == 2
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == refusal
    assert list(terminal.outputs.glob("*.mp4")) == []


def test_a_final_clip_that_does_not_fit_is_refused_before_the_drafts_are_made(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def fit(_: Outlook, __: object, options: Any) -> Fit:
        return Fit(
            "red" if options.width > 64 else "green", "", Span(9, 10), "ram", Space(2**30, 2**31, 2**30), "computed"
        )

    monkeypatch.setattr(Outlook, "fit", fit)
    for name, value in terminal.environment.items():
        monkeypatch.setenv(name, value)
    flags = ("--image", str(terminal.home / "a.png"), *HAND, "--output_dir", str(terminal.outputs), "--json")
    assert run_explore((*flags, "--through", "final")) == 2
    told = json.loads(capsys.readouterr().out.splitlines()[-1])["error"]
    assert told["code"] == "memory_short"
    assert "10" in told["detail"]
    assert list(terminal.outputs.glob("*.mp4")) == []


def test_ctrl_c_leaves_what_is_done_and_the_same_command_goes_on(terminal: Terminal) -> None:
    wish = [*("--image", "a.png", "--engine", "camera", "--prompt", "handheld", "--frames", "16", "--count", "2")]
    wish += ["--width", "768", "--height", "768"]
    command = [sys.executable, str(PROJECT / "main.py"), "explore", *wish, "--output_dir", str(terminal.outputs)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=terminal.environment, cwd=terminal.home
    ) as running:
        assert running.stderr is not None
        while ".mp4" not in running.stderr.readline():
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
        assert "the same command goes on from there" in running.stderr.read()
    before = {job["id"]: job["status"] for job in jobs_of(terminal)}
    assert sorted(before.values()) == ["cancelled", "done"]
    done = terminal.run("explore", *wish, "--json")
    assert done.returncode == 0
    (drafts,) = json.loads(done.stdout.splitlines()[-1])["steps"]
    assert [clip["status"] for clip in drafts["clips"]] == ["done"] * 2
    assert len(ids(drafts)) == len({clip["seed"] for clip in drafts["clips"]}) == 2
    assert next(job_id for job_id, status in before.items() if status == "done") in ids(drafts)


def test_beside_a_server_its_queue_makes_them_and_deleted_ones_stay_away(
    server: Server, picture: bytes, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(picture)
    beside = Terminal(tmp_path)
    beside.outputs = server.outputs
    sheet = tmp_path / "sheet.png"
    wish = (*HAND, "--seed", "50", "--count", "3", "--output", sheet)
    code, told = explore(beside, *wish)
    assert (code, told["sheet"]) == (0, str(sheet))
    made = ids(told["steps"][0])
    assert [clip["seed"] for clip in told["steps"][0]["clips"]] == [50, 51, 52]
    assert [server.get(f"/api/v1/jobs/{job_id}")["status"] for job_id in made] == ["done"] * 3

    beside.run("jobs", "delete", made[1])
    code, told = explore(beside, *wish, "--pick", "2")
    assert (code, told["phase"]) == (0, "final")
    assert ids(told["steps"][0]) == [made[0], made[2]]
    final = server.get(f"/api/v1/jobs/{told['steps'][1]['clips'][0]['job_id']}")
    assert (final["parent_id"], final["options"]["seed"], final["phase"]) == (made[2], 52, "final")

    beside.run("jobs", "delete", made[0])
    beside.run("jobs", "delete", made[2])
    code, told = explore(beside, *wish)
    assert (code, len(ids(told["steps"][0]))) == (0, 3)
    assert not set(ids(told["steps"][0])) & set(made)
    again = explore(beside, *wish)[1]
    assert ids(again["steps"][0]) == ids(told["steps"][0])
