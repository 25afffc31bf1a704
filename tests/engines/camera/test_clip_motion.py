"""The motion of the finished clip, as optical flow sees it in the decoded H.264."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from i2v.domain.crop import cover_crop
from i2v.domain.motion import Motion, read_motion
from i2v.engines.base import Frame
from tests.engines.camera.scenes import film, scene

Clip = npt.NDArray[np.uint8]

WIDTH, HEIGHT, FPS = 320, 240, 8


def decode(frames: Clip) -> Clip:
    """The frames after a journey through an MP4: (num_frames, height, width, 3)."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(FPS), options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    buffer.seek(0)
    with av.open(buffer) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@dataclass(frozen=True)
class Flow:
    """What the whole frame does from each frame to the next; x and y in pixels, the rest at the frame's edge too.

    Attributes:
        x: to the right.
        y: down.
        growth: outwards, at the left and right edge.
        turn: clockwise, at the left and right edge.
        yaw: how much more the right edge grows than the left one.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    growth: npt.NDArray[np.float64]
    turn: npt.NDArray[np.float64]
    yaw: npt.NDArray[np.float64]


_SAME: dict[Motion, str] = {}


def flow_of(prompt: str, num_frames: int = 16) -> Flow:
    """The flow of the sentence's clip; sentences that ask for the same share one clip."""
    return _flow_of(_SAME.setdefault(read_motion(prompt), prompt), num_frames)


@cache
def _flow_of(prompt: str, num_frames: int) -> Flow:
    """Fits x, y, growth, turn and yaw to the dense optical flow between neighbouring frames."""
    seconds = 2
    frames, _ = film(prompt, scene(), width=WIDTH, height=HEIGHT, num_frames=num_frames, fps=num_frames // seconds)
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in decode(frames)]
    rows, columns = np.mgrid[16 : HEIGHT - 16 : 4, 16 : WIDTH - 16 : 4]
    v, u = (rows.ravel() - HEIGHT / 2) / (WIDTH / 2), (columns.ravel() - WIDTH / 2) / (WIDTH / 2)
    one, none = np.ones_like(u), np.zeros_like(u)
    # Columns: x, y, growth, turn, yaw and the other perspective term, of which the flow is a linear mixture.
    across = np.stack([one, none, u, -v, u * u, u * v], axis=1)
    along = np.stack([none, one, v, u, u * v, v * v], axis=1)
    fits = []
    flows = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    for before, after in itertools.pairwise(greys):
        flow = flows.calc(before, after, None)
        seen = flow[rows.ravel(), columns.ravel()]
        fits.append(np.linalg.lstsq(np.concatenate([across, along]), seen.T.ravel(), rcond=None)[0])
    return Flow(*np.array(fits).T[:5])


# The camera goes one way and the picture the other, but for zooms.
VERBS = [
    (("zoom in", "push in", "dolly in", "推近", "拉近", "放大"), "growth", 1),
    (("zoom out", "pull back", "dolly out", "拉远", "拉出"), "growth", -1),
    (("pan left", "truck left", "向左平移", "左移", "向左摇"), "x", 1),
    (("pan right", "truck right", "向右平移", "右移", "向右摇"), "x", -1),
    (("tilt up", "pedestal up", "上摇", "镜头上升"), "y", 1),
    (("tilt down", "pedestal down", "下摇", "镜头下降"), "y", -1),
    (("roll clockwise", "the camera rotates clockwise", "镜头顺时针旋转", "rotate counterclockwise"), "turn", -1),
    (("roll counterclockwise", "镜头逆时针旋转", "rotate clockwise", "顺时针旋转"), "turn", 1),
    (("orbit left", "circle around the house to the left", "向左环绕"), "yaw", -1),
    (("orbit right", "镜头向右环绕"), "yaw", 1),
]
CASES = [(prompt, channel, sign) for prompts, channel, sign in VERBS for prompt in prompts]
FIRST_OF_EACH = [(prompts[0], channel) for prompts, channel, _ in VERBS]


@pytest.mark.parametrize(("prompt", "channel", "sign"), CASES)
def test_the_clip_moves_the_way_the_sentence_says(prompt: str, channel: str, sign: int) -> None:
    flow = flow_of(prompt)
    totals = {name: float(np.sum(getattr(flow, name))) for name in ("x", "y", "growth", "turn", "yaw")}
    assert totals[channel] * sign > 8 if channel != "yaw" else totals[channel] * sign > 3
    if channel != "yaw":  # an orbit shifts and foreshortens too
        others = [abs(total) for name, total in totals.items() if name != channel]
        assert max(others) < 0.2 * abs(totals[channel])


@pytest.mark.parametrize(("prompt", "channel"), FIRST_OF_EACH[:8:2])
def test_the_clip_keeps_its_speed_in_the_middle_and_eases_at_both_ends(prompt: str, channel: str) -> None:
    speeds = np.abs(getattr(flow_of(prompt, 24), channel))
    middle = speeds[6:-6]
    assert np.std(middle) / np.mean(middle) < 0.06
    assert max(speeds[0], speeds[-1]) < 0.25 * np.mean(middle)


@pytest.mark.parametrize("prompt", ["static shot", "镜头静止"])
def test_a_still_clip_stays_still(prompt: str) -> None:
    flow = flow_of(prompt)
    for way in (flow.x, flow.y, flow.growth, flow.turn):
        assert abs(way).max() < 0.02


@pytest.mark.parametrize("prompt", ["handheld", "手持镜头"])
def test_a_handheld_clip_trembles_about_its_place(prompt: str) -> None:
    flow = flow_of(prompt)
    for way in (flow.x, flow.y):
        assert abs(np.sum(way)) < 0.3 * np.sum(np.abs(way))
        assert 0.1 < np.std(way) < 3


def test_moves_at_the_same_time_show_both() -> None:
    flow = flow_of("panning left while zooming in")
    assert np.sum(flow.x) > 8
    assert np.sum(flow.growth) > 8


def test_moves_in_sequence_show_one_after_the_other() -> None:
    flow = flow_of("zoom in, then pan right", 24)
    assert np.sum(flow.growth[:8]) > 5 > -5 > np.sum(flow.x[-8:])
    assert abs(np.sum(flow.x[:6])) < 1
    assert abs(np.sum(flow.growth[-6:])) < 1


def psnr(frame: Frame, pixels: Frame, box: tuple[float, float, float, float]) -> float:
    """A frame against Pillow's own reduction of a part of the picture, left, top, right and bottom given."""
    whole = Image.fromarray(pixels)
    height, width = frame.shape[:2]
    return float(cv2.PSNR(frame, np.asarray(whole.resize((width, height), Image.Resampling.LANCZOS, box))))


@pytest.mark.parametrize(
    "prompt", ["zoom in", "zoom out", "pan left", "roll clockwise", "orbit left", "handheld", "still"]
)
@pytest.mark.parametrize("size", [(960, 720), (700, 1100), (320, 240), (200, 150)])
def test_the_first_frame_is_the_recorded_start_crop(prompt: str, size: tuple[int, int]) -> None:
    pixels = scene(*size)
    frames, engine = film(prompt, pixels, num_frames=8)
    crop = engine.facts()["start_crop"]
    box = (crop["left"], crop["top"], crop["left"] + crop["width"], crop["top"] + crop["height"])
    clamped = (max(0.0, box[0]), max(0.0, box[1]), min(box[2], size[0]), min(box[3], size[1]))
    assert psnr(frames[0], pixels, clamped) > 38
    assert psnr(decode(frames)[0], pixels, clamped) > 30


@pytest.mark.parametrize("size", [(960, 720), (700, 1100), (200, 150)])
def test_a_zoom_out_ends_on_the_whole(size: tuple[int, int]) -> None:
    pixels = scene(*size)
    frames, _ = film("zoom out", pixels)
    crop = cover_crop(size, (WIDTH, HEIGHT))
    assert psnr(frames[-1], pixels, (crop.left, crop.top, crop.left + crop.width, crop.top + crop.height)) > 38


@pytest.mark.parametrize("prompt", [prompts[0] for prompts, _, _ in VERBS] + ["handheld", "zoom out then pan left"])
@pytest.mark.parametrize("size", [(320, 240), (640, 640)])
def test_a_white_picture_has_no_dark_border_in_the_clip(prompt: str, size: tuple[int, int]) -> None:
    frames, _ = film(prompt, np.full((size[1], size[0], 3), 255, np.uint8), num_frames=6)
    assert decode(frames).min() >= 250
