"""What the camera engine offers."""

from __future__ import annotations

from collections.abc import Sequence

from i2v.domain.crop import shown_part
from i2v.domain.motion import read_motion
from i2v.domain.notices import Notice
from i2v.domain.options import Options
from i2v.domain.way import Way
from i2v.engines.base import EngineSpec, MemoryNeed, Site

_PROCESS_BYTES = 107_000_000
"""A worker before it has a picture."""

_PICTURE_BYTES = 150_000_000
"""A picture of 12 Mpx, and the part of it that the camera sees as float32. One of 50 Mpx takes 0.4 GB more."""

_SOURCE_BYTES_PER_PIXEL, _LARGEST_SOURCE_BYTES = 108, 288_000_000
"""The resampled picture, float32: nine samples per pixel of the clip, 24 million at most."""

_FRAME_BYTES_PER_PIXEL = 123
"""One frame at work: warped at twice its size and filtered, both float32, then rounded."""

_KEPT_BYTES_PER_PIXEL = 5.2
"""What the encoder looks ahead over and the preview keeps, for each frame."""


class CameraOptions(Options):
    """The camera needs nothing beyond what every engine has."""


def _notices(options: CameraOptions, picture_width: int, picture_height: int) -> list[Notice]:
    notices: list[Notice] = []
    motion = read_motion(options.prompt)
    if options.prompt.strip() and not motion.segments:
        notices.append(Notice("camera_held" if motion.refused else "camera_default_move"))
    for contradiction in motion.contradictions:
        values = {"kept": contradiction.kept, "dropped": contradiction.dropped}
        notices.append(Notice("camera_contradiction", values))
    shown = shown_part((picture_width, picture_height), options.clip_size, options.fit)
    if shown.width < options.width or shown.height < options.height:
        sizes = {"picture_width": picture_width, "picture_height": picture_height}
        notices.append(Notice("picture_enlarged", {**sizes, "width": options.width, "height": options.height}))
    return notices


def _is_handheld(options: CameraOptions) -> bool:
    """The seed is the hand that holds the camera; a camera on a stand has none."""
    return any(move.kind == "handheld" for segment in read_motion(options.prompt).segments for move in segment.moves)


def _memory(options: CameraOptions, site: Site) -> Sequence[MemoryNeed]:
    """The camera works in main memory, whatever the site. Errs upwards: by up to 12 % for 12 Mpx, more for less."""
    pixels = options.width * options.height
    source = min(_SOURCE_BYTES_PER_PIXEL * pixels, _LARGEST_SOURCE_BYTES)
    frames = (_FRAME_BYTES_PER_PIXEL + _KEPT_BYTES_PER_PIXEL * options.num_frames) * pixels
    return (MemoryNeed("", round(_PROCESS_BYTES + _PICTURE_BYTES + source + frames), "ram"),)


SPEC = EngineSpec(
    name="camera",
    label={"en": "Camera", "zh-CN": "运镜"},
    summary={
        "en": "Moves a camera over your picture: zoom, pan, tilt, roll, orbit. No model, no graphics card, seconds.",
        "zh-CN": "让镜头在图片上运动：推拉、平移、俯仰、旋转、环绕。无需模型和显卡，几秒完成。",
    },
    options=CameraOptions,
    presets={
        "fast": {"width": 512, "height": 512, "num_frames": 8},
        "standard": {"width": 512, "height": 512, "num_frames": 16},
        "high": {"width": 768, "height": 768, "num_frames": 24},
    },
    default_preset="standard",
    implementation="i2v.engines.camera.engine:CameraEngine",
    total_steps=lambda options: int(options.num_frames),
    notices=_notices,
    is_seed_used=_is_handheld,
    memory=_memory,
    # A clip takes seconds whatever its quality, and another of the same size would be the same again.
    way=Way(draft_preset="standard"),
)
