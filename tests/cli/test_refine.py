"""Candidates and refined clips from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from i2v.media.embed import read_recipe
from i2v.media.video import probe_mp4
from tests.cli.test_generate import SMALL, Terminal

MODEL = Path(__file__).parents[1] / "golden" / "model"
TINY = ("--width", "64", "--height", "64", "--frames", "4", "--steps", "2", "--seed", "7", "--sampler", "dpmpp_2m")


@pytest.fixture
def terminal(tmp_path: Path, picture: bytes) -> Terminal:
    """One thread: two wait for each other wherever other work runs beside them."""
    (tmp_path / "a.png").write_bytes(picture)
    terminal = Terminal(tmp_path)
    terminal.environment |= {"I2V_MODEL_DIR": str(MODEL), "I2V_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    return terminal


def test_several_clips_share_a_batch_however_alike_they_are(terminal: Terminal) -> None:
    code, told = terminal.generate("--image", "a.png", "--engine", "camera", *SMALL, "--count", "9", "--seed", "1")
    assert code == 0
    assert [clip["seed"] for clip in told["clips"]] == list(range(1, 10))
    assert "8 candidates would all be the same" in told["warnings"][0]
    jobs = json.loads(terminal.run("jobs", "list", "--json").stdout)
    batches = [job["batch"] for job in jobs]
    assert len(set(batches[1:])) == 1  # the newest, the ninth, is beyond what one batch holds
    assert batches[0] is None
    assert all(batches[1:])


def test_a_finished_clip_is_made_larger_from_its_latents(terminal: Terminal) -> None:
    _, draft = terminal.generate("--image", "a.png", "--prompt", "waves", *TINY, "--private")
    refine = ("--refine", draft["job_id"])
    code, told = terminal.generate(*refine, "--width", "96", "--height", "96", "--frames", "6", "--strength", "0.5")
    assert code == 0
    assert (told["seed"], told["width"], told["height"], told["num_frames"]) == (7, 96, 96, 6)
    assert any("starts from that one's latents" in warning for warning in told["warnings"])
    probe = probe_mp4(Path(told["video"]))
    assert (probe.width, probe.height, probe.num_frames) == (96, 96, 6)
    recipe = read_recipe(Path(told["video"]))
    assert recipe is not None
    assert recipe.start is not None
    assert (recipe.start["strength"], recipe.options["sampler"]) == (0.5, "dpmpp_2m")
    assert "prompt" not in recipe.options  # the draft was private

    for change, refusal in (
        ((), "refine_unchanged"),
        (("--width", "128"), "refine_shape"),
        (("--frames", "6", "--strength", "much"), "option_invalid"),
        (("--frames", "6", "--engine", "camera"), "draft_differs"),
        (("--frames", "6", "--count", "2"), "request_malformed"),
    ):
        ended, told = terminal.generate(*refine, *change)
        assert (ended, told["error"]["code"]) == (2, refusal), told


def test_what_is_no_draft_is_refused(terminal: Terminal) -> None:
    assert terminal.generate("--refine", "nothing", "--frames", "6")[1]["error"]["code"] == "job_unknown"
    assert terminal.generate("--image", "a.png", "--strength", "0.5")[1]["error"]["code"] == "request_malformed"
    assert terminal.generate("--frames", "6")[1]["error"]["code"] == "picture_missing"
