"""`python main.py generate` and `jobs`, as typed in a terminal."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from i2v.cli.generate import run_generate
from i2v.media.embed import read_recipe
from i2v.media.video import probe_mp4, read_frames
from i2v.services.forecast import Foresight, Span
from i2v.services.outlook import Outlook
from i2v.settings import PROJECT
from tests.serving import Server
from tests.stand_in_card import StandInCard

GOLDEN_MODEL = Path(__file__).parent.parent / "golden" / "model"
SMALL = ("--prompt", "zoom in", "--width", "128", "--height", "128", "--frames", "4")


class Terminal:
    """A shell with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.outputs = home / "outputs"
        self.environment = {
            **os.environ,
            "I2V_INPUT_DIR": str(home / "inputs"),
            "I2V_LOGS_DIR": str(home / "logs"),
            "I2V_LANGUAGE": "en",
        }

    def run(self, *arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, PROJECT / "main.py", *arguments, "--output_dir", self.outputs]
        environment = {**self.environment, **changes}
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=self.home, check=False)

    def generate(self, *arguments: str | Path) -> tuple[int, dict[str, Any]]:
        """Exit code and the last line of stdout as JSON."""
        done = self.run("generate", *arguments, "--json")
        return done.returncode, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def terminal(tmp_path: Path, picture: bytes) -> Terminal:
    (tmp_path / "图 片.png").write_bytes(picture)
    return Terminal(tmp_path)


@pytest.fixture
def image(terminal: Terminal) -> Path:
    return terminal.home / "图 片.png"


def test_one_line_makes_a_clip_without_a_server(terminal: Terminal, image: Path) -> None:
    target = terminal.home / "mine.mp4"
    code, told = terminal.generate("--image", image, *SMALL, "--seed", "7", "--output", target)
    assert code == 0
    expected = {"status": "done", "engine": "camera", "seed": 7, "width": 128, "height": 128, "num_frames": 4, "fps": 8}
    assert {name: told[name] for name in expected} == expected
    assert told["seconds"] > 0
    assert told["peak_memory_gb"] > 0
    assert told["warnings"] == []
    assert Path(told["video"]).parent == terminal.outputs
    assert probe_mp4(Path(told["video"])).num_frames == 4
    assert target.read_bytes() == Path(told["video"]).read_bytes()
    recipe = read_recipe(target)
    assert recipe is not None
    assert recipe.job_id == told["job_id"]
    text = json.dumps(recipe.to_dict())
    assert str(terminal.home) not in text
    assert "图" not in text


def test_the_same_seed_gives_the_same_frames(terminal: Terminal, image: Path) -> None:
    videos = [terminal.generate("--image", image, *SMALL, "--seed", "7")[1]["video"] for _ in range(2)]
    first, second = (list(read_frames(Path(video))) for video in videos)
    assert videos[0] != videos[1]
    assert all((one == other).all() for one, other in zip(first, second, strict=True))


def test_several_clips_have_several_seeds(terminal: Terminal, image: Path) -> None:
    target = terminal.home / "mine.mp4"
    code, told = terminal.generate("--image", image, *SMALL, "--seed", "7", "--count", "3", "--output", target)
    assert code == 0
    assert [clip["seed"] for clip in told["clips"]] == [7, 8, 9]
    assert sorted(path.name for path in terminal.home.glob("mine*.mp4")) == ["mine.mp4", "mine_2.mp4", "mine_3.mp4"]
    assert len(list(terminal.outputs.glob("video_*.mp4"))) == 3


def test_what_there_is_to_say_about_several_clips_is_told_once(terminal: Terminal, image: Path) -> None:
    done = terminal.run("generate", "--image", image, *SMALL, "--prompt", "a cat turns its head", "--count", "2")
    assert done.returncode == 0
    assert done.stderr.count("The sentence names no camera move") == 1


def test_short_names_and_resolutions_mean_what_the_long_ones_do(terminal: Terminal, image: Path) -> None:
    code, told = terminal.generate("--image", image, "--resolution", "512", "--frames", "2", "--engine", "camera")
    assert code == 0
    assert (told["width"], told["height"], told["num_frames"]) == (512, 512, 2)


def test_help_names_the_values_an_option_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_generate(["--help"])
    told = capsys.readouterr().out
    assert "--fit {cover,pad,stretch}" in told
    assert "--sampler {ddim,dpmpp_2m,unipc,euler}" in told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--frames", "x"), "option_invalid"),
        (("--frames", "99"), "limit_exceeded"),
        (("--width", "100"), "option_invalid"),
        (("--resolution", "4k"), "option_invalid"),
        (("--resolution", "512p", "--width", "512"), "option_invalid"),
        (("--count", "0"), "option_invalid"),
        (("--engine", "nonsense"), "engine_unknown"),
        (("--preset", "ultra"), "preset_unknown"),
        (("--engine", "camera", "--steps", "20"), "option_unknown"),
    ],
)
def test_bad_input_ends_with_2_names_the_fault_and_leaves_no_job(
    terminal: Terminal, image: Path, arguments: tuple[str, ...], code: str
) -> None:
    ended, told = terminal.generate("--image", image, *arguments)
    assert (ended, told["status"], told["error"]["code"]) == (2, "refused", code)
    assert terminal.run("jobs", "list", "--json").stdout == "[]\n"
    assert list(terminal.outputs.glob("*.mp4")) == []


@pytest.mark.parametrize("flag", ["--output", "--save-latents"])
@pytest.mark.parametrize("name", ["missing/mine", "folder", "图 片.png/mine"])
def test_a_target_that_cannot_be_written_is_refused_before_anything_runs(
    terminal: Terminal, image: Path, flag: str, name: str
) -> None:
    (terminal.home / "folder").mkdir()
    ended, told = terminal.generate("--image", image, *SMALL, flag, name)
    assert (ended, told["status"], told["error"]["code"]) == (2, "refused", "target_unusable")
    assert flag in told["error"]["detail"]
    assert name in told["error"]["detail"]
    assert not terminal.outputs.exists()


def assert_latents_are_missed(terminal: Terminal, image: Path) -> None:
    latents, target = terminal.home / "latents.safetensors", terminal.home / "kept.mp4"
    code, told = terminal.generate("--image", image, *SMALL, "--save-latents", latents, "--output", target)
    assert (code, told["status"]) == (1, "done")
    assert target.read_bytes() == Path(told["video"]).read_bytes()
    assert "error" not in told
    (warning,) = told["warnings"]
    assert str(latents) in warning
    assert not latents.exists()


def test_latents_of_an_engine_that_leaves_none_are_told_after_the_clip(terminal: Terminal, image: Path) -> None:
    assert_latents_are_missed(terminal, image)


def test_a_picture_over_the_upload_limit_is_refused_without_a_server_too(terminal: Terminal) -> None:
    (terminal.home / "large.png").write_bytes(bytes((1 << 20) + 1))
    done = terminal.run("generate", "--image", "large.png", "--json", I2V_MAX_UPLOAD_MB="1")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["detail"] == "The upload has 1.1 MB; at most 1 MB are taken."


def test_a_picture_that_is_not_there_or_none_is_named(terminal: Terminal) -> None:
    (terminal.home / "text.png").write_text("no picture")
    for name, code in (("no.png", "picture_missing"), ("text.png", "picture_unsupported")):
        done = terminal.run("generate", "--image", name)
        assert done.returncode == 2
        assert name in done.stderr
        assert f"[{code}]" in done.stderr
        assert "Traceback" not in done.stderr


def test_options_of_another_engine_are_dropped_with_a_warning_where_auto_chose(terminal: Terminal, image: Path) -> None:
    code, told = terminal.generate("--image", image, *SMALL, "--steps", "20")
    assert (code, told["engine"]) == (0, "camera")
    assert len(told["warnings"]) == 1
    assert "“Steps”" in told["warnings"][0]


def test_a_failed_settings_file_ends_with_2(terminal: Terminal, image: Path) -> None:
    (terminal.home / "bad.yaml").write_text("prot: 1\n")
    done = terminal.run("generate", "--image", image, "--config", terminal.home / "bad.yaml")
    assert done.returncode == 2
    assert "bad.yaml:1" in done.stderr
    assert "[setting_unknown]" in done.stderr


def test_an_engine_the_settings_name_wrongly_is_refused_at_the_start(terminal: Terminal, image: Path) -> None:
    for command in (("generate", "--image", image), ("serve",), ("jobs", "list")):
        done = terminal.run(*command, I2V_ENGINE="bogus", I2V_NO_BROWSER="1")
        assert done.returncode == 2
        assert "[setting_invalid]" in done.stderr
        assert "I2V_ENGINE" in done.stderr
        assert "auto, camera, i2vgen-xl" in done.stderr


def test_a_dry_run_tells_what_it_would_take_and_makes_nothing(terminal: Terminal, image: Path) -> None:
    code, told = terminal.generate("--image", image, *SMALL, "--dry-run")
    assert (code, told["light"], told["engine"], told["options"]["num_frames"]) == (0, "green", "camera", 4)
    assert told["memory"]["needed_gb"]["high"] < told["memory"]["free_gb"] < told["memory"]["total_gb"]
    said = terminal.run("generate", "--image", image, "--frames", "12", "--dry-run").stdout
    assert "512 × 512 px, 12 frames ÷ 8 fps = 1.5 s\nFits.\nNeeds about 0." in said
    assert re.search(r"Needs about (0\.\d)(?:–(?!\1)0\.\d)? GB of RAM", said)  # as many digits as it deserves
    assert "How long it takes is not known yet." in said
    assert terminal.run("jobs", "list", "--json").stdout == "[]\n"
    refused, told = terminal.generate("--image", image, "--frames", "99", "--dry-run")
    assert (refused, told["error"]["code"]) == (2, "limit_exceeded")


def test_a_dry_run_of_several_is_that_of_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Outlook, "foresee", lambda *_: Foresight(Span(20, 30), None, "learned"))
    monkeypatch.setenv("I2V_INPUT_DIR", str(tmp_path / "inputs"))
    monkeypatch.setenv("I2V_LANGUAGE", "en")
    Image.new("RGB", (128, 128)).save(tmp_path / "a.png")
    flags = ("--image", str(tmp_path / "a.png"), *SMALL, "--output_dir", str(tmp_path / "outputs"), "--dry-run")
    assert run_generate((*flags, "--count", "9")) == 0
    told = capsys.readouterr().out
    assert "Takes about 3–5 min (from this computer's clips).\nThat is for 9 clips, one after the other." in told
    assert run_generate(flags) == 0
    assert "20–30 s (" in (told := capsys.readouterr().out)
    assert "one after the other" not in told
    monkeypatch.setattr(Outlook, "foresee", lambda *_: Foresight(Span(3400, 9000), None, "reckoned"))
    assert run_generate(flags) == 0
    assert "Takes about 1–3 h (computed)." in capsys.readouterr().out
    assert run_generate((*flags, "--count", "0")) == 2


def test_what_does_not_fit_ends_with_2_and_its_numbers_unless_it_is_wanted_all_the_same(
    terminal: Terminal, image: Path
) -> None:
    """A card with 900 MB, 850 of them taken."""
    card = StandInCard(terminal.home / "bin")
    card.show(used_mb=850, total_mb=900)
    terminal.environment["PATH"] = f"{card.folder}{os.pathsep}{terminal.environment['PATH']}"
    wish = ("--image", image, "--engine", "i2vgen-xl", "--model", GOLDEN_MODEL, "--device", "cuda", "--frames", "4")
    code, told = terminal.generate(*wish, "--dry-run")
    assert (code, told["light"], told["memory"]["free_gb"]) == (2, "red", 0.05)
    done = terminal.run("generate", *wish, "--dry-run")
    assert done.returncode == 2
    assert "Does not fit." in done.stdout
    assert "of VRAM (computed); free: 0.05 of 0.88 GB." in done.stdout
    code, told = terminal.generate(*wish)
    assert (code, told["status"], told["error"]["code"]) == (2, "refused", "memory_short")
    assert terminal.run("jobs", "list", "--json").stdout == "[]\n"
    code, told = terminal.generate(*wish, "--yes")
    assert (code, told["error"]["code"]) == (1, "device_missing")  # it was tried


def test_jobs_are_listed_shown_and_cancelled_without_a_server(terminal: Terminal, image: Path) -> None:
    _, told = terminal.generate("--image", image, *SMALL)
    job_id = told["job_id"]
    listed = terminal.run("jobs", "list").stdout
    assert job_id in listed
    assert "done" in listed
    assert "zoom in" in listed
    assert json.loads(terminal.run("jobs", "show", job_id, "--json").stdout)["id"] == job_id
    assert f"id                 {job_id}" in terminal.run("jobs", "show", job_id).stdout
    assert json.loads(terminal.run("jobs", "cancel", job_id, "--json").stdout)["status"] == "done"
    unknown = terminal.run("jobs", "show", "nobody")
    assert unknown.returncode == 2
    assert "[job_unknown]" in unknown.stderr


def test_ctrl_c_cancels_the_job_and_leaves_no_process(terminal: Terminal, image: Path) -> None:
    command = [sys.executable, str(PROJECT / "main.py"), "generate", "--image", str(image), "--frames", "32"]
    command += ["--width", "1280", "--height", "1280", "--output_dir", str(terminal.outputs)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=terminal.environment) as running:
        assert running.stderr is not None
        while not running.stderr.readline().startswith("Step"):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert running.wait(10) == 130
        assert time.monotonic() - began < 5
    (job,) = json.loads(terminal.run("jobs", "list", "--json").stdout)
    assert job["status"] == "cancelled"
    assert list(terminal.outputs.glob("*.mp4")) == []


@pytest.fixture(scope="module")
def beside(server: Server, picture: bytes) -> Terminal:
    (server.home / "picture.png").write_bytes(picture)
    return Terminal(server.home)


class TestBesideAServer:
    """The folder is owned: the command hands its job over."""

    def test_the_job_goes_to_its_queue_and_the_clip_comes_back(self, server: Server, beside: Terminal) -> None:
        target = server.home / "fetched.mp4"
        code, told = beside.generate("--image", server.home / "picture.png", *SMALL, "--output", target)
        assert (code, told["status"]) == (0, "done")
        assert server.get(f"/api/v1/jobs/{told['job_id']}")["video"] == Path(told["video"]).name
        assert target.read_bytes() == Path(told["video"]).read_bytes()
        assert told["job_id"] in beside.run("jobs", "list").stdout
        assert_latents_are_missed(beside, server.home / "picture.png")

    def test_a_dry_run_asks_the_server(self, server: Server, beside: Terminal) -> None:
        before = [job["id"] for job in server.jobs()]
        code, told = beside.generate("--image", server.home / "picture.png", *SMALL, "--dry-run")
        assert (code, told["light"], told["options"]["width"]) == (0, "green", 128)
        assert [job["id"] for job in server.jobs()] == before

    def test_a_refusal_reads_the_same_as_without_one(self, server: Server, beside: Terminal, tmp_path: Path) -> None:
        image = server.home / "picture.png"
        alone = Terminal(tmp_path)
        for arguments in (("--frames", "99"), ("--engine", "x"), ("--width", "100"), ("--frames", "x")):
            with_server = beside.generate("--image", image, *arguments)
            assert with_server == alone.generate("--image", image, *arguments)

    def test_a_picture_over_the_upload_limit_is_told_with_its_size(self, server: Server, beside: Terminal) -> None:
        (server.home / "large.png").write_bytes(bytes(33 << 20))
        code, told = beside.generate("--image", server.home / "large.png", *SMALL)
        assert (code, told["error"]["code"]) == (2, "body_too_large")
        assert "33.1 MB" in told["error"]["detail"]
        assert "at most 32 MB" in told["error"]["detail"]

    def test_a_flag_that_cannot_apply_there_is_refused(self, server: Server, beside: Terminal) -> None:
        code, told = beside.generate("--image", server.home / "picture.png", *SMALL, "--device", "cpu")
        assert (code, told["error"]["code"]) == (2, "flag_not_here")
        assert "--device" in told["error"]["detail"]

    def test_a_second_server_says_where_the_first_is(self, server: Server, beside: Terminal) -> None:
        second = beside.run("serve", I2V_NO_BROWSER="1")
        assert second.returncode == 0
        assert f"http://localhost:{server.port}" in second.stderr
