"""Clips that lie in the outputs folder without a row: after the database was lost, or put there by hand."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from i2v.domain.job import DONE, Job
from i2v.domain.recipe import Recipe
from i2v.domain.way import DRAFT, PHASES, REFINE, Phase
from i2v.media.embed import read_recipe
from i2v.media.thumbnail import read_index
from i2v.storage.history import HistoryTable

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Clips that share a transaction; between two such lots everybody else gets a turn."""
PAUSE_SECONDS = 0.02
RECIPE_LIMIT = 1 << 18
"""Longest recipe in bytes; ours have one or two thousand."""

_JOB_ID = re.compile("[0-9a-f]{32}")
_OUR_NAME = re.compile(r"video_(\d{8}_\d{6})(?:_\d+)?\.mp4")


class Stocktaking:
    """Reads the recipes of unknown clips and gives them rows. Begun anew after a kill it goes on where it was.

    A clip with a recipe of ours is taken in whatever its name. One without is taken in only under a name that we give,
    as what its index tells and no more: somebody may keep other films in the same folder.
    """

    def __init__(self, output_dir: Path, history: HistoryTable) -> None:
        self._output_dir = output_dir
        self._history = history
        self.remaining: int | None = None
        """Clips that are still to be looked at; None until somebody has counted them."""

    def take(self, stopping: threading.Event) -> None:
        """Looks at every clip whose name no row claims, the newest first."""
        try:
            claimed = self._history.ids_by_video()
            unknown = sorted(self._names() - claimed.keys(), key=self._time_of, reverse=True)
            self.remaining = len(unknown)
            if unknown:
                log.info("%d clips in %s have no row yet", len(unknown), self._output_dir)
            for lot in _lots(unknown, AT_ONCE):
                found = [job for name in lot if (job := self._look(name)) is not None]
                self._history.take_in(_first_of_each(found))
                self.remaining -= len(lot)
                if stopping.wait(PAUSE_SECONDS):
                    return
        finally:
            self.remaining = 0

    def _names(self) -> set[str]:
        return {path.name for path in self._output_dir.glob("*.mp4") if path.is_file()}

    def _time_of(self, name: str) -> float:
        """When it was made: by its name, which survives copying, else as the file system says; never in the future."""
        with contextlib.suppress(ValueError, OverflowError):
            if named := _OUR_NAME.fullmatch(name):
                return min(time.time(), datetime.strptime(named.group(1), "%Y%m%d_%H%M%S").timestamp())
        with contextlib.suppress(OSError):
            return min(time.time(), (self._output_dir / name).stat().st_mtime)
        return 0.0

    def _look(self, name: str) -> Job | None:
        """The job that a clip tells of; None where there is nothing to tell, or its job is known already."""
        recipe = read_recipe(self._output_dir / name)
        if recipe is None or not _is_sound(recipe):
            return self._nameless(name) if _OUR_NAME.fullmatch(name) else None
        known = self._history.known(recipe.job_id)
        if known is not None:
            self._follow(known, name)
            return None
        return self._told(name, recipe)

    def _follow(self, known: Job, name: str) -> None:
        """A clip that was given another name by hand is found again; a mere copy of one is left alone."""
        is_here = known.video is not None and (self._output_dir / known.video).exists()
        if known.status == DONE and known.deleted_at is None and not is_here:
            self._history.rename(known.id, name)

    def _told(self, name: str, recipe: Recipe) -> Job:
        made = self._time_of(name)
        return Job(
            id=recipe.job_id,
            status=DONE,
            engine=recipe.engine,
            engine_asked=recipe.engine,
            options=recipe.options,
            picture_sha256=recipe.picture_sha256,
            place=0,
            created_at=made,
            finished_at=made,
            video=name,
            recipe=recipe.to_dict(),
            private=bool(recipe.left_out),
            strength=_strength_of(recipe),
            parent_id=_parent_of(recipe),
            phase=_phase_of(recipe),
        )

    def _nameless(self, name: str) -> Job | None:
        index = read_index(self._output_dir / name)
        if index is None:
            return None
        made = self._time_of(name)
        shape = {"width": index.width, "height": index.height, "num_frames": index.num_frames, "fps": index.fps}
        return Job(
            id=uuid.uuid4().hex,
            status=DONE,
            engine="",
            engine_asked="",
            options=shape,
            picture_sha256="",
            place=0,
            created_at=made,
            finished_at=made,
            video=name,
        )


def _lots(names: list[str], size: int) -> Iterator[list[str]]:
    for begin in range(0, len(names), size):
        yield names[begin : begin + size]


def _first_of_each(jobs: Iterable[Job]) -> list[Job]:
    """Of several copies of one clip the first; the others would claim its row."""
    return list({job.id: job for job in reversed(list(jobs))}.values())


def _strength_of(recipe: Recipe) -> float | None:
    """Set where a clip began from another one's latents."""
    strength = (recipe.start or {}).get("strength")
    return float(strength) if isinstance(strength, int | float) and 0 < strength <= 1 else None


def _parent_of(recipe: Recipe) -> str | None:
    """The job of the clip that this one was refined from, be that clip still there or not."""
    parent = recipe.way.get("parent_id", "")
    return parent if _JOB_ID.fullmatch(parent) else None


def _phase_of(recipe: Recipe) -> Phase:
    """The step of the way that it is; clips of earlier versions say only whether they began from another."""
    named = next((phase for phase in PHASES if phase == recipe.way.get("phase")), None)
    return named or (REFINE if recipe.start else DRAFT)


def _is_sound(recipe: Recipe) -> bool:
    """Whether a recipe from anywhere can be kept and told on: its id becomes a file's name, its values JSON again."""
    try:
        # JSON may hold numbers and signs that neither the database nor another JSON can: 1e999, half of an emoji.
        text = json.dumps(recipe.to_dict(), ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        return False
    return len(text) < RECIPE_LIMIT and _JOB_ID.fullmatch(recipe.job_id) is not None
