"""Clips out and in again: colours, order, proof."""

from __future__ import annotations

import base64
import errno
import io
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from i2v.errors import ClipDamaged, JobCancelled, OutputUnwritable
from i2v.media.video import encode_mp4, probe_mp4, read_frames

ROOT = Path(__file__).parents[2]
Frame = npt.NDArray[np.uint8]

PATCHES = [
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 0),
    (255, 255, 255),
    (0, 0, 0),
    (128, 128, 128),
    (200, 120, 60),
]
PATCH = 64


def patches() -> Frame:
    """All patches in one row: (64, 512, 3)."""
    return np.repeat(np.array(PATCHES, dtype=np.uint8), PATCH, axis=0)[None].repeat(PATCH, axis=0)


def drift(count: int = 12, width: int = 192, height: int = 128) -> list[Frame]:
    """A textured picture that moves a pixel per frame; frame i carries a bright bar at 8·i."""
    chance = np.random.default_rng(3)
    coarse = Image.fromarray(chance.integers(0, 256, (height // 8, (width + count) // 8 + 1, 3), dtype=np.uint8))
    wide = np.asarray(coarse.resize((width + count, height), Image.Resampling.BICUBIC))
    frames = [wide[:, i : i + width].copy() for i in range(count)]
    for i, frame in enumerate(frames):
        frame[:, 8 * i : 8 * i + 8] = 255
    return frames


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    encode_mp4(drift(), path, 8, "{}")
    return path


# --- what is written --------------------------------------------------------------------------------------------------


def test_every_frame_comes_back_in_its_place(clip: Path) -> None:
    decoded = list(read_frames(clip))
    assert len(decoded) == 12
    for index, frame in enumerate(decoded):
        assert frame.shape == (128, 192, 3)
        assert frame[:, 8 * index + 2 : 8 * index + 6].mean() > 245


def test_facts_are_counted_by_decoding(clip: Path) -> None:
    facts = probe_mp4(clip)
    assert (facts.num_frames, facts.width, facts.height, facts.fps, facts.comment) == (12, 192, 128, 8.0, "{}")
    assert facts.duration_seconds == 1.5
    assert probe_mp4(clip.read_bytes()) == facts


@pytest.mark.parametrize(("fps", "count"), [(1, 2), (7, 3), (24, 25), (60, 2)])
def test_any_rate_is_kept(tmp_path: Path, fps: int, count: int) -> None:
    assert encode_mp4(drift(count), tmp_path / "clip.mp4", fps, "") == count
    facts = probe_mp4(tmp_path / "clip.mp4")
    assert (facts.num_frames, facts.fps) == (count, fps)
    assert facts.duration_seconds == pytest.approx(count / fps)


def test_the_eye_does_not_tell_the_clip_from_its_frames(clip: Path) -> None:
    for frame, decoded in zip(drift(), read_frames(clip), strict=True):
        error = (frame.astype(float) - decoded).mean(axis=2)  # over channels: halved colour is no loss of detail
        assert 10 * np.log10(255**2 / np.mean(error**2)) > 36


def test_colours_survive(tmp_path: Path) -> None:
    encode_mp4([patches()] * 4, tmp_path / "clip.mp4", 8, "")
    for frame in read_frames(tmp_path / "clip.mp4"):
        assert_patches(frame)


def assert_patches(frame: Frame) -> None:
    for index, colour in enumerate(PATCHES):
        inner = frame[16:48, index * PATCH + 16 : index * PATCH + 48].reshape(-1, 3).astype(int)
        assert np.abs(inner - colour).max() <= 3, f"{colour} came back as {inner.mean(axis=0)}"


def test_the_file_says_how_its_colours_are_meant(clip: Path) -> None:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        frame = next(container.decode(stream))
        assert (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)
        assert (stream.codec_context.name, stream.profile, stream.pix_fmt) == ("h264", "High", "yuv420p")


@pytest.mark.browser
def test_a_browser_shows_the_colours_that_were_meant(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    encode_mp4([patches()] * 4, path, 8, "")
    script = """async address => {
        const video = document.createElement("video");
        video.muted = true;
        const shown = new Promise((done, fail) => { video.onseeked = done; video.onerror = () => fail(video.error); });
        video.src = address;
        await new Promise(done => { video.onloadeddata = done; });
        video.currentTime = 0.2;
        await shown;
        const canvas = document.createElement("canvas");
        canvas.width = video.videoWidth; canvas.height = video.videoHeight;
        const context = canvas.getContext("2d");
        context.drawImage(video, 0, 0);
        return Array.from(context.getImageData(0, 0, canvas.width, canvas.height).data);
    }"""
    with sync_playwright() as playwright:
        # The way through a graphics card, here in software: without one, Chromium's arithmetic is up to 12 off in blue.
        flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page()
        levels = page.evaluate(script, "data:video/mp4;base64," + base64.b64encode(path.read_bytes()).decode())
        browser.close()
    assert_patches(np.array(levels, dtype=np.uint8).reshape(PATCH, -1, 4)[..., :3])


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    """Forty times: x264's own choice of instructions gave 1 in 40 to 1 in 2 other bytes."""
    found = set()
    for _ in range(40):
        encode_mp4(drift(12), tmp_path / "clip.mp4", 8, "same")
        found.add((tmp_path / "clip.mp4").read_bytes())
    assert len(found) == 1


def test_the_index_stands_in_front_of_the_pictures(clip: Path) -> None:
    assert boxes(clip.read_bytes())[:2] == [b"ftyp", b"moov"]


def boxes(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found.append(kind)
        at += size
    return found


def test_frames_are_taken_one_by_one(tmp_path: Path) -> None:
    """One buffer for all frames: an encoder that kept them for later would find the last one everywhere."""
    frames = drift()
    buffer = np.empty_like(frames[0])

    def one_by_one() -> Iterator[Frame]:
        for frame in frames:
            buffer[:] = frame
            yield buffer

    encode_mp4(one_by_one(), tmp_path / "streamed.mp4", 8, "")
    encode_mp4(frames, tmp_path / "listed.mp4", 8, "")
    assert (tmp_path / "streamed.mp4").read_bytes() == (tmp_path / "listed.mp4").read_bytes()


@pytest.mark.parametrize("name", ["夏日的海 🌊.mp4", "a b&c 'd'.mp4", "50%03d.mp4", "12:30.mp4", "x.mp4.part"])
def test_any_file_name_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if sys.platform == "win32" and ":" in name:
        pytest.skip("Windows allows no colon in names")
    monkeypatch.chdir(tmp_path)
    encode_mp4(drift(3), Path(name), 8, "")
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert probe_mp4(Path(name)).num_frames == 3


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "comment", "fault"),
    [
        ([], "", "at least one frame"),
        ([np.zeros((64, 63, 3), np.uint8)], "", "even"),
        ([np.zeros((64, 64, 3), np.uint8), np.zeros((64, 128, 3), np.uint8)], "", "frame 1"),
        ([np.zeros((64, 64, 3), np.uint8)], "cut\0short", "NUL"),
    ],
)
def test_frames_that_make_no_clip_are_named(tmp_path: Path, frames: list[Frame], comment: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        encode_mp4(frames, tmp_path / "clip.mp4", 8, comment)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", [JobCancelled(), OSError(errno.ENOSPC, "of the engine's own"), KeyboardInterrupt()])
def test_what_stops_the_engine_passes_through_and_leaves_no_file(tmp_path: Path, fault: BaseException) -> None:
    def stopped() -> Iterator[Frame]:
        yield from drift(5)
        raise fault

    with pytest.raises(type(fault)) as caught:
        encode_mp4(stopped(), tmp_path / "clip.mp4", 8, "")
    assert caught.value is fault
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable):
        encode_mp4(drift(2), tmp_path / "gone" / "clip.mp4", 8, "")


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes")
@pytest.mark.parametrize("limit", [10, 5_000, 90_000])
def test_a_disk_that_fills_up_at_any_point_is_told_and_leaves_no_file(tmp_path: Path, limit: int) -> None:
    program = f"""
import resource
from pathlib import Path
import numpy as np
from i2v.errors import DiskFull
from i2v.media.video import encode_mp4
noise = np.random.default_rng(0)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    frames = (noise.integers(0, 256, (64, 64, 3), dtype=np.uint8) for _ in range(20))
    encode_mp4(frames, Path("clip.mp4"), 8, "x" * 80_000)
except DiskFull as error:
    print(error.code)
"""
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.returncode) == ("disk_full", 0), done.stderr
    assert list(tmp_path.iterdir()) == []


# --- proof ------------------------------------------------------------------------------------------------------------


def test_a_clip_cut_short_anywhere_is_damaged(clip: Path) -> None:
    data = clip.read_bytes()
    for length in range(0, len(data), len(data) // 30):
        with pytest.raises(ClipDamaged):
            probe_mp4(data[:length])


def test_a_clip_that_ends_between_two_frames_is_damaged(clip: Path) -> None:
    """What is there decodes without a fault; only the count tells."""
    with av.open(str(clip)) as container:
        starts = sorted(packet.pos for packet in container.demux(video=0) if packet.pos is not None)
    assert len(starts) == 12
    for start in starts[1:]:
        with pytest.raises(ClipDamaged, match="expected='12 frames'"):
            probe_mp4(clip.read_bytes()[:start])


def test_blocks_that_never_reached_the_disk_are_damage(clip: Path) -> None:
    """After a power loss a file may have its full length, and zeros where blocks are missing."""
    data = clip.read_bytes()
    for start in range(0, len(data) - 4096, 4096):
        with pytest.raises(ClipDamaged):
            probe_mp4(data[:start] + bytes(4096) + data[start + 4096 :])


def test_what_is_no_clip_is_damaged(tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64)).save(picture, "PNG")
    for data in (b"", b"words", bytes(5000), picture.getvalue()):
        with pytest.raises(ClipDamaged):
            probe_mp4(data)
    with pytest.raises(ClipDamaged, match="No such file"):
        probe_mp4(tmp_path / "gone.mp4")
