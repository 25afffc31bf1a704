"""What the camera did, by name, from the moves between the frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

from i2v.diagnosis.clip.flow import Camera
from i2v.diagnosis.clip.measures import MeasuredMove

STILL_BELOW = 0.6
"""Percent of the frame's width per second, as the mean way of a pixel: slower is standing still."""
_ORBIT_WAY = 0.45  # mean way of a pixel under a yaw of 1, and what the others of its kind have
_ZOOM_WAY = 0.38


def name_moves(cameras: Sequence[Camera], seconds: float, aspect: float) -> tuple[MeasuredMove, ...]:
    """The moves of a clip, the strongest first; `still` where there is none, `handheld` where it only trembles.

    Args:
        cameras: the move from each frame to the next.
        seconds: that they took together.
        aspect: height over width of the frame.

    Names are of the camera, for a rotation of the picture: a camera that pans left sees the picture go right.
    """
    x, y, growth, turn, yaw = (
        sum(getattr(camera, name) for camera in cameras) / seconds for name in ("x", "y", "growth", "turn", "yaw")
    )
    middle = _ZOOM_WAY * math.hypot(1, aspect) * 2
    ways = {  # percent of the width per second that a pixel goes, and the move in its own unit
        "pan": (50 * abs(x), MeasuredMove("pan_left" if x > 0 else "pan_right", round(50 * abs(x), 1), "%")),
        "tilt": (50 * abs(y), MeasuredMove("tilt_up" if y > 0 else "tilt_down", round(50 * abs(y), 1), "%")),
        "zoom": (50 * middle * abs(growth), _zoom(growth)),
        "turn": (
            50 * middle * abs(turn),
            MeasuredMove("rotate_cw" if turn > 0 else "rotate_ccw", round(math.degrees(abs(turn)), 1), "°"),
        ),
        "orbit": (50 * _ORBIT_WAY * abs(yaw), MeasuredMove("orbit", round(100 * abs(yaw), 1), "%")),
    }
    told = sorted((each for each in ways.values() if each[0] >= STILL_BELOW), key=lambda each: -each[0])
    if told:
        return tuple(move for _, move in told)
    tremor = 50 * sum(math.hypot(camera.x, camera.y) for camera in cameras) / seconds
    return (MeasuredMove("handheld" if tremor >= STILL_BELOW else "still", round(tremor, 1), "%"),)


def _zoom(growth: float) -> MeasuredMove:
    return MeasuredMove("zoom_in" if growth > 0 else "zoom_out", round(100 * abs(math.expm1(growth)), 1), "%")
