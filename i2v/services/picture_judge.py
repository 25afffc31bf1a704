"""What there is to say of a wish's picture: measured once per picture and size of clip, in a process of its own."""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from pathlib import Path

from i2v.diagnosis.advice import Advice
from i2v.diagnosis.picture.judgement import Framing, advise_on_picture
from i2v.diagnosis.picture.measures import PictureMeasures
from i2v.domain.options import Options
from i2v.engines.base import EngineSpec
from i2v.services.helper import HelperFailed, ask_helper
from i2v.services.pictures import PictureStore

log = logging.getLogger(__name__)

MEASURE_SECONDS = 20.0
"""How long a picture is measured at most; 50 Mpx take two."""
_REMEMBERED = 64


class PictureJudge:
    """Measures pictures that were taken in, and says what is worth changing about them."""

    def __init__(self, pictures: PictureStore, max_resolution: int) -> None:
        self._pictures = pictures
        self._max_resolution = max_resolution
        self._measured: OrderedDict[tuple[str, tuple[int, int]], PictureMeasures] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def judge(
        self, sha256: object, options: Options | None, spec: EngineSpec
    ) -> tuple[list[Advice], PictureMeasures | None]:
        """Advice on a wish's picture, and what was measured; nothing where there is no picture.

        Args:
            sha256: `picture_sha256` of the wish, unchecked.
            options: of the clip; None where they cannot be told, for which the usual ones stand.
            spec: of the engine that will make the clip.

        Raises:
            PictureMissing: there is no such picture, or no longer.
        """
        if sha256 is None:
            return [], None
        framing = self._framing(options or Options(), spec)
        measures = self._measure(self._pictures.path(str(sha256)), framing.clip_size)
        return ([], None) if measures is None else (advise_on_picture(measures, framing), measures)

    def _framing(self, options: Options, spec: EngineSpec) -> Framing:
        return Framing(
            clip_size=options.clip_size,
            fit=options.fit,
            place=options.crop_place,
            is_model=spec.needs_weights,
            has_preprocess="preprocess" in spec.options.model_fields,
            is_preprocessed=bool(getattr(options, "preprocess", False)),
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
    sides = (str(side) for side in clip)
    try:
        told = ask_helper("i2v.diagnosis.picture", *sides, given=path.read_bytes(), seconds=MEASURE_SECONDS)
        return PictureMeasures.from_json(json.loads(told))
    except (OSError, HelperFailed, ValueError, TypeError, KeyError) as cause:
        log.warning("picture %s could not be measured: %s", path.name, cause)
        return None
