"""Contact sheets of clips, drawn where the command runs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from i2v.cli.console import console_language
from i2v.cli.desks import Desk
from i2v.domain.job import DONE
from i2v.domain.way import DRAFT
from i2v.media.contact_sheet import Row, take_stills, write_contact_sheet
from i2v.media.lettering import can_letter
from i2v.media.video import read_frames
from i2v.settings import Settings
from i2v.text import say


class Sheets:
    """Draws the clips of a step: their seeds and guidance beside their frames along time."""

    def __init__(self, desk: Desk, settings: Settings, output: Path | None) -> None:
        self._desk = desk
        self._settings = settings
        self._output = output
        # Better in another language than in boxes.
        told = console_language()
        self._language = told if can_letter(say("cli", "sheet.name", told, number=1)) else "en"

    def draw(self, views: Sequence[dict[str, Any]], picked: int | None) -> Path:
        """The sheet of clips of one step; the picked one is marked.

        Raises:
            DiskFull, OutputUnwritable: it could not be written.
        """
        rows, times = [], list[str]()
        for number, view in enumerate(views):
            row, indices = self._row(number, view, is_marked=number == picked)
            rows.append(row)
            if indices:
                times = [self._say("sheet.time", seconds=f"{index / view['options']['fps']:.2f}") for index in indices]
        path = self._path(views[0])
        write_contact_sheet(path, views[0]["options"].get("prompt", ""), times, rows)
        return path

    def _path(self, view: dict[str, Any]) -> Path:
        phase = view["phase"]
        if self._output is None:
            return self._settings.output_dir / f"contact_sheet_{(view['batch'] or view['id'])[:8]}.png"
        return self._output if phase == DRAFT else self._output.with_stem(f"{self._output.stem}_{phase}")

    def _row(self, number: int, view: dict[str, Any], *, is_marked: bool) -> tuple[Row, list[int]]:
        options = view["options"]
        texts = []
        if view["rank"] and can_letter(view["reason"]):
            texts.append(self._say("sheet.rank", rank=view["rank"], reason=view["reason"]))
        texts.append(self._say("sheet.seed", seed=options["seed"]))
        if "guidance_scale" in options:
            texts.append(self._say("sheet.guidance", guidance=f"{options['guidance_scale']:g}"))
        size = {name: options[name] for name in ("width", "height", "num_frames")}
        texts.append(self._say("sheet.size", **size))
        if "num_inference_steps" in options:
            texts.append(self._say("sheet.steps", steps=options["num_inference_steps"]))
        name = self._say("sheet.name", number=number + 1)
        if view["status"] != DONE:
            return Row(name, (*texts, self._say(f"sheet.{view['status']}"))), []
        with tempfile.TemporaryDirectory(prefix="i2v-sheet-") as folder:
            clip = Path(folder) / "clip.mp4"
            self._desk.fetch(view["id"], "video", clip)
            stills, indices = take_stills(read_frames(clip), options["num_frames"])
        return Row(name, tuple(texts), stills, is_marked), indices

    def _say(self, key: str, **values: object) -> str:
        return say("cli", key, self._language, **values)
