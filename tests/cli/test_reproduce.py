"""`python main.py reproduce`: a clip made again from nothing but itself, and what is said where that fails."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from i2v.cli import main
from i2v.media.comment import read_comment
from i2v.media.video import encode_mp4, read_frames
from tests.cli.test_generate import SMALL, Terminal
from tests.serving import Server

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture
def terminal(tmp_path: Path, picture: bytes) -> Terminal:
    (tmp_path / "a.png").write_bytes(picture)
    return Terminal(tmp_path)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Path:
    """A folder with an open clip and a private one, made on another day."""
    elsewhere = Terminal(tmp_path_factory.mktemp("elsewhere"))
    (elsewhere.home / "a.png").write_bytes(picture)
    for name, more in (("open.mp4", ()), ("private.mp4", ("--private",))):
        code, _ = elsewhere.generate("--image", "a.png", *SMALL, "--seed", "7", "--fps", "5", *more, "--output", name)
        assert code == 0
    return elsewhere.home


def reproduce(terminal: Terminal, *arguments: str | Path) -> tuple[int, dict[str, Any], str]:
    done = terminal.run("reproduce", *arguments, "--json")
    return done.returncode, json.loads(done.stdout.splitlines()[-1]), done.stderr


def changed(clip: Path, target: Path, **fields: Any) -> Path:
    """The same frames with another recipe."""
    recipe = {**json.loads(read_comment(clip)), **fields}
    encode_mp4(read_frames(clip), target, 5, json.dumps(recipe))
    return target


def test_a_clip_is_made_again_to_the_last_bit(terminal: Terminal, clips: Path) -> None:
    code, told, said = reproduce(terminal, clips / "open.mp4", "--image", "a.png", "--output", "again.mp4")
    assert (code, told["status"], told["differences"]) == (0, "identical", [])
    assert (told["num_frames"], told["differing_frames"], told["largest_difference"]) == (4, 0, 0)
    assert "Identical: all 4 frames are the same to the last bit." in said
    assert (terminal.home / "again.mp4").read_bytes() == Path(told["video"]).read_bytes()
    # The picture is in the inputs folder by now.
    assert reproduce(terminal, clips / "open.mp4")[0] == 0


def test_a_picture_that_is_not_here_is_asked_for_by_its_hash(terminal: Terminal, clips: Path) -> None:
    code, told, _ = reproduce(terminal, clips / "open.mp4")
    assert (code, told["status"], told["error"]["code"]) == (2, "refused", "recipe_picture_missing")
    assert json.loads(read_comment(clips / "open.mp4"))["picture_sha256"] in told["error"]["detail"]
    assert "--image" in told["error"]["fix"]
    assert terminal.run("jobs", "list", "--json").stdout == "[]\n"


def test_another_picture_is_said_to_be_one_and_named_as_the_difference(terminal: Terminal, clips: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(buffer, "PNG")
    (terminal.home / "teal.png").write_bytes(buffer.getvalue())
    code, told, said = reproduce(terminal, clips / "open.mp4", "--image", "teal.png")
    assert (code, told["status"], told["differing_frames"]) == (1, "different", 4)
    assert told["largest_difference"] > 50
    assert told["differences"][0]["name"] == "picture_sha256"
    assert "teal.png is another picture than that of" in said
    assert "Different: 4 of 4 frames (100 %)" in said


def test_versions_that_differ_are_named_even_where_the_frames_do_not(terminal: Terminal, clips: Path) -> None:
    made_with = {**json.loads(read_comment(clips / "open.mp4"))["made_with"], "numpy": "1.0.0", "plan": "offload"}
    old = changed(clips / "open.mp4", terminal.home / "old.mp4", made_with=made_with)
    code, told, said = reproduce(terminal, old, "--image", "a.png")
    assert (code, told["status"]) == (0, "identical")
    assert [(each["name"], each["then"]) for each in told["differences"]] == [("numpy", "1.0.0"), ("plan", "offload")]
    assert "  numpy: 1.0.0 → " in said
    assert "  plan: offload → (none)" in said


def test_a_difference_that_encoding_hides_is_told_by_the_digest(terminal: Terminal, clips: Path) -> None:
    other = changed(clips / "open.mp4", terminal.home / "other.mp4", frames_sha256="0" * 64)
    code, told, _ = reproduce(terminal, other, "--image", "a.png")
    assert (code, told["status"], told["compared"]) == (1, "different", "frames_sha256")
    without = changed(clips / "open.mp4", terminal.home / "without.mp4", frames_sha256="")
    _, told, _ = reproduce(terminal, without)
    assert told["compared"] == "decoded"


def test_a_private_clip_needs_its_sentence(terminal: Terminal, clips: Path) -> None:
    image = ("--image", "a.png")
    code, told, _ = reproduce(terminal, clips / "private.mp4", *image)
    assert (code, told["error"]["code"]) == (2, "recipe_sentence_missing")
    assert "--prompt" in told["error"]["fix"]
    code, told, _ = reproduce(terminal, clips / "private.mp4", *image, "--prompt", "zoom in")
    assert (code, told["status"], told["differences"]) == (0, "identical", [])
    assert "prompt" not in json.loads(read_comment(Path(told["video"])))["options"]
    code, told, _ = reproduce(terminal, clips / "private.mp4", *image, "--prompt", "pan left")
    assert (code, told["status"]) == (1, "different")


def test_what_cannot_be_made_again_says_why(
    terminal: Terminal, clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (terminal.home / "text.mp4").write_text("buy milk")
    encode_mp4([np.full((64, 64, 3), 9, np.uint8)], terminal.home / "foreign.mp4", 8, "")
    start = {"latents_sha256": "f" * 64, "strength": 0.5}
    changed(clips / "open.mp4", terminal.home / "refined.mp4", start=start)
    changed(clips / "open.mp4", terminal.home / "future.mp4", i2v_recipe=9)
    changed(clips / "open.mp4", terminal.home / "engine.mp4", engine="dream")
    for name, code in {
        "gone.mp4": "clip_unreadable",
        "text.mp4": "clip_unreadable",
        "foreign.mp4": "recipe_missing",
        "future.mp4": "recipe_newer",
        "engine.mp4": "engine_unknown",
    }.items():
        assert main(["reproduce", str(terminal.home / name), "--json", "--output_dir", str(terminal.outputs)]) == 2
        told = capsys.readouterr()
        assert json.loads(told.out)["error"]["code"] == code
        assert f"[{code}]" in told.err
    ended, refused, _ = reproduce(terminal, "refined.mp4", "--image", "a.png")
    assert (ended, refused["error"]["code"]) == (2, "recipe_start_missing")
    assert terminal.run("jobs", "list", "--json").stdout == "[]\n"


def test_a_server_makes_it_again_too(server: Server, clips: Path, picture: bytes) -> None:
    (server.home / "again.png").write_bytes(picture)
    beside = Terminal(server.home)
    code, told, _ = reproduce(beside, clips / "open.mp4", "--image", server.home / "again.png")
    assert (code, told["status"]) == (0, "identical")
    assert server.get(f"/api/v1/jobs/{told['job_id']}")["frames_sha256"] == told["frames_sha256"]
    assert reproduce(beside, clips / "open.mp4")[0] == 0
    assert reproduce(beside, clips / "open.mp4", "--device", "cpu")[1]["error"]["code"] == "flag_not_here"


@pytest.mark.long
def test_a_model_makes_its_clip_again_and_its_recipe_names_all_of_it(terminal: Terminal) -> None:
    model = ("--model", GOLDEN / "model", "--device", "cpu")
    wish = ("--prompt", "a fox", "--width", "64", "--height", "64", "--frames", "2", "--steps", "2", "--seed", "3")
    flags = ("--engine", "i2vgen-xl", "--image", GOLDEN / "input.png", "--yes", "--output", "model.mp4")
    code, told = terminal.generate(*flags, *wish, *model)
    assert code == 0, told
    recipe = json.loads(read_comment(terminal.home / "model.mp4"))
    named = {"torch", "diffusers", "transformers", "weights_sha256", "device", "dtype", "plan", "attention", "av"}
    assert named <= recipe["made_with"].keys()
    assert str(GOLDEN) not in json.dumps(recipe)
    code, told, _ = reproduce(terminal, "model.mp4", *model, "--yes")
    assert (code, told["status"], told["differences"]) == (0, "identical", [])


@pytest.mark.long
def test_a_refined_clip_is_made_again_from_its_drafts_latents_while_they_are_here(tmp_path: Path) -> None:
    server = Server(tmp_path, I2V_MODEL_DIR=str(GOLDEN / "model"), I2V_DEVICE="cpu").start()
    beside = Terminal(tmp_path)
    try:
        small = {"engine": "i2vgen-xl", "width": 64, "height": 64, "num_frames": 2, "num_inference_steps": 2, "seed": 3}
        picture = (GOLDEN / "input.png").read_bytes()
        draft = server.wait_for(server.submit(picture, {**small, "prompt": "a fox", "confirmed": True})["id"])
        larger = {"refine_of": draft["id"], "width": 128, "height": 128, "strength": 0.5, "confirmed": True}
        refined = server.wait_for(server.submit(picture, larger)["id"])
        clip = server.outputs / refined["video"]
        code, told, _ = reproduce(beside, clip, "--yes")
        assert (code, told["status"], told["differences"]) == (0, "identical", [])
        recipe = json.loads(read_comment(Path(told["video"])))
        assert recipe["start"] == json.loads(read_comment(clip))["start"]
        (Path(server.outputs) / ".i2v" / "starts" / f"{draft['id']}.safetensors").unlink()
        (Path(server.outputs) / ".i2v" / "latents" / f"{draft['id']}.safetensors").unlink()
        code, told, _ = reproduce(beside, clip, "--yes")
        assert (code, told["error"]["code"]) == (2, "recipe_start_missing")
    finally:
        server.stop()
