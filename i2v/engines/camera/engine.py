"""A camera that moves over the picture as the sentence says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from i2v.domain.crop import Crop
from i2v.domain.events import Step
from i2v.domain.motion import read_motion
from i2v.domain.request import GenerationRequest
from i2v.engines.base import Picture, Report, Workplace
from i2v.engines.camera.path import Timing, plan_path
from i2v.engines.camera.preview import GrowingPreview
from i2v.engines.camera.render import render_frames

if TYPE_CHECKING:
    from i2v.engines.base import Frame


class CameraEngine:
    """Needs nothing but the picture: no weights, no graphics card."""

    def __init__(self) -> None:
        self._start_crop: Crop | None = None

    def load(self, workplace: Workplace, report: Report) -> None:
        """Nothing to load."""

    def generate(
        self, request: GenerationRequest, picture: Picture, report: Report, checkpoint: bytes
    ) -> Iterator[Frame]:
        """Yields the frames. There are no checkpoints: from the start again is sooner than reading one."""
        options = request.options
        path = plan_path(
            read_motion(options.prompt),
            (picture.width, picture.height),
            options.clip_size,
            Timing(options.num_frames, options.fps),
            request.seed,
            options.crop_place,
        )
        self._start_crop = path.start_crop
        preview = GrowingPreview(options.num_frames, options.fps)
        for index, frame in enumerate(render_frames(picture.pixels, path.poses, *options.clip_size), start=1):
            report(Step(index, options.num_frames, preview.add(frame)))
            yield frame

    def facts(self) -> Mapping[str, Any]:
        """The libraries that decide the frames, and the part of the picture that the clip started from."""
        crop = {"start_crop": asdict(self._start_crop)} if self._start_crop else {}
        return {"opencv": cv2.__version__, "numpy": np.__version__, **crop}

    def peak_device_gb(self) -> float | None:
        """The camera works in main memory."""
        return None

    def unload(self) -> None:
        """Nothing to give back: the pictures go with each clip."""
