"""Recipes in and out of clips."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from i2v.domain.recipe import Recipe
from i2v.media.embed import encode_clip, read_recipe
from i2v.media.lasting import write_lasting
from i2v.media.video import encode_mp4, probe_mp4

FRAMES = [np.full((64, 64, 3), level, np.uint8) for level in (40, 200)]


def recipe(prompt: str) -> Recipe:
    return Recipe(
        job_id="20260102-abcdef",
        engine="camera",
        options={"prompt": prompt, "width": 64, "seed": 2**32 - 1, "guidance_scale": 9.0, "negative": None},
        picture_sha256="a" * 64,
        made_with={"i2v": "0.1.0", "device": "cpu"},
    )


def written(path: Path, given_recipe: Recipe) -> Path:
    encode_mp4(FRAMES, path, 8, given_recipe.to_json())
    return path


@pytest.mark.parametrize(
    "prompt",
    [
        "zoom in slowly",
        "镜头缓缓推近，湖面泛起涟漪",
        "🦊🏮 \U0001f469\u200d\U0001f680 e\u0301",
        "שלום \u202eabc",
        "quotes \" \\ / ' and\nnew\r\nlines\tand\x01controls\x7f",
        "",
        "长" * 333_000,
    ],
    ids=["plain", "chinese", "emoji", "right to left", "signs", "empty", "a megabyte"],
)
def test_a_recipe_comes_back_as_it_went_in(tmp_path: Path, prompt: str) -> None:
    assert read_recipe(written(tmp_path / "clip.mp4", recipe(prompt))) == recipe(prompt)


@settings(max_examples=60, deadline=None)
@given(prompt=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300))
def test_any_prompt_comes_back_as_it_went_in(tmp_path_factory: pytest.TempPathFactory, prompt: str) -> None:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    assert read_recipe(written(path, recipe(prompt))) == recipe(prompt)


def test_nul_in_a_value_is_escaped_and_cuts_nothing(tmp_path: Path) -> None:
    assert read_recipe(written(tmp_path / "clip.mp4", recipe("before\0after"))) == recipe("before\0after")


def test_the_recipe_stands_in_the_comment_that_other_programs_show(tmp_path: Path) -> None:
    path = written(tmp_path / "clip.mp4", recipe("推近"))
    assert b"\xa9cmt" in path.read_bytes()
    assert json.loads(probe_mp4(path).comment) == recipe("推近").to_dict()


@pytest.mark.parametrize("prompt", ["zoom in", '"frames_sha256": "' + "0" * 64 + '"', "0" * 64])
def test_the_digest_of_the_frames_as_they_were_made_is_in_the_recipe(tmp_path: Path, prompt: str) -> None:
    num_frames, finished = encode_clip(FRAMES, tmp_path / "clip.mp4", 8, recipe(prompt))
    assert num_frames == probe_mp4(tmp_path / "clip.mp4").num_frames == 2
    assert finished.frames_sha256 == hashlib.sha256(bytes([40]) * 64 * 64 * 3 + bytes([200]) * 64 * 64 * 3).hexdigest()
    assert read_recipe(tmp_path / "clip.mp4") == finished
    assert finished.options["prompt"] == prompt


def test_the_recipe_survives_publishing_and_renaming(tmp_path: Path) -> None:
    data = written(tmp_path / "made.mp4", recipe("pan right")).read_bytes()
    write_lasting(tmp_path / "published.mp4", data)
    renamed = (tmp_path / "published.mp4").rename(tmp_path / "我的视频.mp4")
    assert read_recipe(renamed) == recipe("pan right")


@pytest.mark.parametrize("comment", ["", "made on holiday", "[]", '"text"', "{}", '{"i2v_recipe": "x"}', "{broken"])
def test_a_clip_of_another_program_has_no_recipe(tmp_path: Path, comment: str) -> None:
    encode_mp4(FRAMES, tmp_path / "foreign.mp4", 8, comment)
    assert read_recipe(tmp_path / "foreign.mp4") is None


def test_what_is_no_clip_has_no_recipe(tmp_path: Path) -> None:
    whole = written(tmp_path / "clip.mp4", recipe("pan")).read_bytes()
    for data in (b"", b"words", whole[:40], whole[: len(whole) // 3], bytes(3000)):
        (tmp_path / "other.mp4").write_bytes(data)
        assert read_recipe(tmp_path / "other.mp4") is None
    assert read_recipe(tmp_path / "gone.mp4") is None
    assert read_recipe(tmp_path) is None


def test_a_comment_that_is_no_text_has_no_recipe(tmp_path: Path) -> None:
    data = written(tmp_path / "clip.mp4", recipe("sunset")).read_bytes()
    (tmp_path / "clip.mp4").write_bytes(data.replace(b"sunset", b"\xff\xfe\xff\xfe\xff\xfe"))
    assert read_recipe(tmp_path / "clip.mp4") is None


def test_a_film_without_pictures_has_no_recipe(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        samples = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        samples.sample_rate = 44100
        container.mux(stream.encode(samples))
        container.mux(stream.encode(None))
    assert read_recipe(tmp_path / "sound.mp4") is None
