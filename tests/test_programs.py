"""`i2v.generate_video`, called by programs of their own in folders of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from i2v.media.embed import read_recipe
from i2v.media.video import probe_mp4
from i2v.settings import PROJECT
from tests.e2e.visitor import LONG
from tests.serving import Server

SMALL = "width=128, height=128, num_frames=4, seed=7, engine='camera'"


class Program:
    """A script in a folder of its own; what it prints as JSON is its answer."""

    def __init__(self, home: Path, outputs: Path | None = None) -> None:
        self.home = home
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "I2V_OUTPUT_DIR": str(outputs or home / "outputs"),
            "I2V_INPUT_DIR": str(home / "inputs"),
            "I2V_LANGUAGE": "en",
        }

    def start(self, code: str) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, "-W", "error", "-c", f"import json, sys\nimport i2v\n{code}"]
        return subprocess.Popen(command, cwd=self.home, env=self.environment, text=True, **pipes)  # type: ignore[call-overload,no-any-return]

    def run(self, code: str) -> Any:
        told, said = self.start(code).communicate(timeout=120)
        assert told, said
        assert said == ""
        return json.loads(told)


@pytest.fixture
def program(tmp_path: Path, picture: bytes) -> Program:
    (tmp_path / "cat.png").write_bytes(picture)
    return Program(tmp_path)


def test_importing_brings_no_library_with_it(program: Program) -> None:
    heavy = program.run(
        "print(json.dumps(sorted({'numpy', 'PIL', 'av', 'httpx', 'pydantic', 'torch'} & set(sys.modules))))"
    )
    assert heavy == []
    assert program.run("print(json.dumps([name for name in i2v.__all__ if getattr(i2v, name)]))") == [
        "Video",
        "generate_video",
    ]


def test_one_line_makes_a_clip_from_a_path_from_bytes_from_an_image_and_from_pixels(program: Program) -> None:
    told = program.run(f"""
import numpy, pathlib
from PIL import Image
image = Image.open("cat.png")
sources = ["cat.png", pathlib.Path("cat.png").read_bytes(), image, numpy.asarray(image), image.convert("CMYK")]
videos = [i2v.generate_video(source, "zoom in", {SMALL}) for source in sources]
named = i2v.generate_video(pathlib.Path("cat.png"), "zoom in", {SMALL}, fps=5, private=True, output="mine.mp4")
longer = i2v.generate_video(refine_of=videos[0].job_id, num_frames=6)
try:
    named.seed = 8
except Exception as frozen:
    print(json.dumps({{
        "digests": [video.recipe["frames_sha256"] for video in videos],
        "paths": [str(video.path) for video in (*videos, named)],
        "named": {{**vars(named), "path": str(named.path)}},
        "longer": longer.recipe["options"],
        "frozen": type(frozen).__name__,
    }}))
""")
    first, *same, cmyk = told["digests"]
    assert set(same) == {first}
    assert len(cmyk) == 64
    assert told["frozen"] == "FrozenInstanceError"
    assert all(probe_mp4(program.home / path).num_frames == 4 for path in told["paths"])
    assert {"prompt": "zoom in", "num_frames": 6, "seed": 7}.items() <= told["longer"].items()
    named = told["named"]
    expected = {"path": "mine.mp4", "engine": "camera", "seed": 7, "width": 128, "num_frames": 4, "fps": 5}
    assert expected.items() <= named.items()
    assert named["seconds"] > 0
    assert named["warnings"] == []
    recipe = read_recipe(program.home / "mine.mp4")
    assert recipe is not None
    assert recipe.to_dict() == named["recipe"]
    assert recipe.left_out == ("prompt",)


def test_refusals_are_the_errors_of_every_other_face(program: Program) -> None:
    told = program.run("""
import numpy
from i2v.errors import BadInput, I2VError
calls = [
    dict(image="gone.png"),
    dict(image=b"buy milk"),
    dict(image=numpy.zeros((64, 64), "float32")),
    dict(image=7),
    dict(prompt="zoom in"),
    dict(image="cat.png", wobble=3),
    dict(image="cat.png", num_frames=99),
    dict(image="cat.png", engine="dream"),
    dict(image="cat.png", preset="ultra"),
    dict(image="cat.png", prompt="\\0"),
    dict(image="cat.png", device="toaster"),
    dict(image="cat.png", output="no/such/folder.mp4"),
]
codes = []
for call in calls:
    try:
        i2v.generate_video(**call)
    except I2VError as refusal:
        codes.append([refusal.code, refusal.exit_code])
print(json.dumps(codes))
""")
    assert told == [
        [code, 2]
        for code in (
            "picture_missing",
            "picture_unsupported",
            "picture_unsupported",
            "picture_unsupported",
            "picture_missing",
            "option_unknown",
            "limit_exceeded",
            "engine_unknown",
            "preset_unknown",
            "option_invalid",
            "setting_invalid",
            "target_unusable",
        )
    ]


def test_beside_a_running_app_the_clip_goes_to_its_queue_and_a_failure_comes_back_as_its_error(
    server: Server, picture: bytes, tmp_path: Path
) -> None:
    (tmp_path / "cat.png").write_bytes(picture)
    program = Program(tmp_path, server.outputs)
    told = program.run(f"print(json.dumps(vars(i2v.generate_video('cat.png', {SMALL})), default=str))")
    assert server.get(f"/api/v1/jobs/{told['job_id']}")["video"] == Path(told["path"]).name
    assert list((tmp_path / "inputs").iterdir()) == []

    ahead = server.submit(picture, {"prompt": "zoom in", **LONG})
    with program.start("""
import numpy
pixels = numpy.random.default_rng(4).integers(0, 255, (90, 90, 3), "uint8")
try:
    i2v.generate_video(pixels, "pan left", num_frames=4)
except i2v.errors.I2VError as failure:
    print(json.dumps([failure.code, failure.values]))
""") as running:
        while (job := server.jobs()[0])["options"]["prompt"] != "pan left":
            assert running.poll() is None
        (server.home / "inputs" / f"{job['picture']['sha256']}.png").unlink()
        server.cancel(ahead["id"])
        code, values = json.loads(running.communicate(timeout=60)[0])
    assert (code, values) == ("picture_missing", {"name": job["picture"]["sha256"]})
