"""What the camera engine offers."""

from __future__ import annotations

from i2v.domain.crop import shown_part
from i2v.domain.motion import read_motion
from i2v.domain.notices import Notice
from i2v.domain.options import Options
from i2v.engines.base import EngineSpec


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
)
