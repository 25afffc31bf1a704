"""A data folder with finished clips in it, made without an engine."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np

from i2v.dispatch.job_files import JobFiles
from i2v.domain.job import Job
from i2v.domain.recipe import Recipe
from i2v.media.video import encode_mp4
from i2v.services.pictures import PictureStore
from i2v.services.trash import Belongings, Trash
from i2v.storage.database import Database
from i2v.storage.history import HistoryTable
from i2v.storage.jobs import JobTable

OPTIONS = {"prompt": "pan left", "width": 64, "height": 48, "num_frames": 4, "fps": 8, "seed": 7}


def write_clip(path: Path, comment: str = "", num_frames: int = 4) -> None:
    """A small MP4: frame after frame a little lighter."""
    frames = [np.full((48, 64, 3), 40 + 20 * index, np.uint8) for index in range(num_frames)]
    encode_mp4(frames, path, 8, comment)


def recipe_of(job_id: str, **options: object) -> Recipe:
    return Recipe(job_id, "camera", {**OPTIONS, **options}, "a" * 64, {"app": "0.1.0", "device": "cpu"})


class Folder:
    """One outputs folder at work. Opening it once more is what a start after a kill does."""

    def __init__(self, home: Path, now: Callable[[], float]) -> None:
        self.outputs = home / "outputs"
        self.state = self.outputs / ".i2v"
        self.inputs = home / "inputs"
        for folder in (self.state, self.inputs):
            folder.mkdir(parents=True, exist_ok=True)
        self.database = Database(self.state / "jobs.sqlite")
        self.jobs = JobTable(self.database)
        self.history = HistoryTable(self.database)
        self.latents = JobFiles(self.state / "latents", ".safetensors")
        self.pictures = PictureStore(self.inputs)
        away = JobFiles(self.state / "trash", ".mp4")
        belongings = Belongings((self.latents,), self.pictures)
        self.trash = Trash(self.outputs, away, self.jobs, self.history, belongings, now)

    def make(self, name: str = "", **options: object) -> Job:
        """A job with its clip, its latents and its picture."""
        job_id = uuid.uuid4().hex
        recipe = recipe_of(job_id, **options)
        video = name or f"video_{job_id[:8]}.mp4"
        self.jobs.add(Job(job_id, "queued", "camera", "camera", recipe.options, "a" * 64, 0, 1000.0))
        self.jobs.claim(1.0)
        write_clip(self.outputs / video, recipe.to_json())
        self.latents.save(job_id, b"latents")
        (self.inputs / f"{'a' * 64}.png").touch()
        return self.jobs.finish_done(job_id, video, {"finished_at": 1001.0, "recipe": recipe.to_dict()})

    def clips(self) -> set[str]:
        return {path.name for path in self.outputs.glob("*.mp4")}

    def trashed(self) -> set[str]:
        return {path.stem for path in (self.state / "trash").iterdir()}

    def close(self) -> None:
        self.database.close()
