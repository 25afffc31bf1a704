"""What there is to say of a wish's picture: measured once per picture and size of clip, in a process of its own."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from i2v.diagnosis.advice import Advice
from i2v.diagnosis.picture.judgement import Framing, advise_on_picture
from i2v.diagnosis.picture.measures import PictureMeasures
from i2v.domain.options import Options
from i2v.engines.base import EngineSpec
from i2v.services.pictures import PictureStore

log = logging.getLogger(__name__)

MEASURE_SECONDS = 20.0
"""How long a picture is measured at most; 50 Mpx take two."""
_REMEMBERED = 64
_ROOT = Path(__file__).parents[2]
_FRAMING = ("width", "height", "fit", "crop_x", "crop_y")


class PictureJudge:
    """Measures pictures that were taken in, and says what is worth changing about them."""

    def __init__(self, pictures: PictureStore, max_resolution: int) -> None:
        self._pictures = pictures
        self._max_resolution = max_resolution
        self._measured: OrderedDict[tuple[str, tuple[int, int]], PictureMeasures] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def judge(self, wish: Mapping[str, Any], spec: EngineSpec) -> tuple[list[Advice], PictureMeasures | None]:
        """Advice on the wish's picture, and what was measured; nothing where there is no picture.

        Args:
            wish: `picture_sha256` of a picture taken in, and options; what is not valid of those is as if not named.
            spec: of the engine that will make the clip.

        Raises:
            PictureMissing: there is no such picture, or no longer.
        """
        sha256 = wish.get("picture_sha256")
        if sha256 is None:
            return [], None
        framing = self._framing(wish, spec)
        measures = self._measure(self._pictures.path(str(sha256)), framing.clip_size)
        return ([], None) if measures is None else (advise_on_picture(measures, framing), measures)

    def _framing(self, wish: Mapping[str, Any], spec: EngineSpec) -> Framing:
        preset = wish.get("preset")
        named = spec.presets.get(preset if isinstance(preset, str) and preset else spec.default_preset, {})
        asked = {**named, **{name: wish[name] for name in _FRAMING if name in wish}}
        chosen: dict[str, Any] = {}
        for name in _FRAMING:
            try:
                chosen[name] = getattr(Options(**({name: asked[name]} if name in asked else {})), name)
            except ValidationError:
                chosen[name] = Options.model_fields[name].default
        return Framing(
            clip_size=(chosen["width"], chosen["height"]),
            fit=chosen["fit"],
            place=(float(chosen["crop_x"]), float(chosen["crop_y"])),
            is_model=spec.needs_weights,
            has_preprocess="preprocess" in spec.options.model_fields,
            is_preprocessed=wish.get("preprocess") is True,
            largest_side=self._max_resolution,
        )

    def _measure(self, path: Path, clip: tuple[int, int]) -> PictureMeasures | None:
        """None where the helper gave up: advice is no reason to fail."""
        key = (path.stem, clip)
        with self._one_at_a_time:
            known = self._measured.get(key)
            if known is None:
                known = _measured(path, clip)
                if known is None:
                    return None
                self._measured[key] = known
                if len(self._measured) > _REMEMBERED:
                    self._measured.popitem(last=False)
            self._measured.move_to_end(key)
            return known


def _measured(path: Path, clip: tuple[int, int]) -> PictureMeasures | None:
    command = [sys.executable, "-m", "i2v.diagnosis.picture", str(clip[0]), str(clip[1])]
    try:
        with path.open("rb") as picture:
            done = subprocess.run(
                command,
                stdin=picture,
                capture_output=True,
                timeout=MEASURE_SECONDS,
                check=True,
                cwd=_ROOT,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return PictureMeasures.from_json(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError) as cause:
        told = getattr(cause, "stderr", None) or b""
        log.warning("picture %s could not be measured: %s %s", path.name, cause, told.decode("utf-8", "replace")[-500:])
        return None
