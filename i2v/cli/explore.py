"""`python main.py explore`: drafts of one picture and sentence, a contact sheet of them, and the way on from one."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from i2v.cli.console import refusal, tell, tell_error
from i2v.cli.desks import Desk, at_desk
from i2v.cli.dry_run import estimate_lines
from i2v.cli.flags import Parser, add_device_flags, add_folder_flags, prove_target, settings_from
from i2v.cli.follow import POLL_SECONDS, clip_told, see_through, send_confirmed
from i2v.cli.sheets import Sheets
from i2v.cli.wish import add_option_flags, parse_wish, wish_from
from i2v.domain.job import CANCELLED, DONE, FAILED
from i2v.domain.way import DRAFT, FINAL, PHASES, Phase, Way, refined_values
from i2v.engines.registry import engine_spec
from i2v.errors import (
    I2VError,
    IdempotencyConflict,
    JobUnknown,
    OptionInvalid,
    PhaseUnknown,
    PictureMissing,
)
from i2v.logs import start_log
from i2v.services.candidates import read_count
from i2v.services.outlook import memory_short
from i2v.services.wish_options import AUTO
from i2v.settings import Settings

RANK_SECONDS = 60.0
"""How long the measures of finished clips are waited for."""
_SHEET_KINDS = (".png", ".jpg", ".jpeg")


def run_explore(arguments: Sequence[str]) -> int:
    """Exit 0 done, 1 failed, 2 bad input. Prints where sheet and clip are; `--json` makes the last line an object."""
    try:
        told = _explore(_parse(arguments))
    except I2VError as error:
        tell_error(error)
        if "--json" in arguments:
            print(json.dumps(refusal(error), ensure_ascii=False))
        return error.exit_code
    if "--json" in arguments:
        print(json.dumps(told, ensure_ascii=False))
    return 0 if told["status"] == DONE else 1


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "main.py explore",
        description="Several drafts of one picture and sentence, side by side on a contact sheet; then the picked one "
        "refined, and the best of those made large. The same command again goes on from where it was.",
    )
    parser.add_argument("--image", type=Path, metavar="FILE", help="the picture")
    parser.add_argument("--engine", metavar="NAME", help="auto, or an engine by name")
    parser.add_argument("--preset", metavar="NAME", help="of the drafts; the engine's fast one unless named")
    add_option_flags(parser)
    parser.add_argument("--count", type=int, default=4, metavar="N", help="so many drafts, each with its own seed")
    parser.add_argument(
        "--pick",
        type=_picks,
        default=(),
        metavar="N[,M]",
        help="draft N of the sheet, and refined clip M of the next; auto takes the best ranked",
    )
    parser.add_argument("--through", choices=PHASES, help="the last step to take; follows from --pick unless named")
    parser.add_argument("--output", type=Path, metavar="FILE", help="the contact sheet: .png or .jpg")
    parser.add_argument("--private", action="store_true", help="keep the sentences out of the clips' files")
    parser.add_argument("--yes", action="store_true", help="make clips that take very long or may not fit unasked")
    parser.add_argument("--json", action="store_true", help="last line of stdout is one JSON object")
    add_folder_flags(parser)
    add_device_flags(parser)
    return parser


def _picks(text: str) -> tuple[int | str, ...]:
    parts = text.split(",")
    if len(parts) > 2 or not all(part == AUTO or (part.isdecimal() and int(part) > 0) for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r}: N, N,M or auto")
    return tuple(AUTO if part == AUTO else int(part) for part in parts)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The flags.

    Raises:
        OptionUnknown, OptionInvalid, PictureMissing, RequestMalformed, TargetUnusable: nothing can be made of them.
    """
    parsed = parse_wish(_parser(), arguments)
    if parsed.image is None:
        raise PictureMissing(name="--image")
    read_count(parsed.count)
    if isinstance(pick := next(iter(parsed.pick), None), int) and pick > parsed.count:
        raise OptionInvalid(option="pick", value=pick, allowed=f"1 … {parsed.count}, auto")
    if parsed.output is not None:
        if parsed.output.suffix.lower() not in _SHEET_KINDS:
            raise OptionInvalid(option="output", value=str(parsed.output), allowed=", ".join(_SHEET_KINDS))
        prove_target("--output", parsed.output)
    return parsed


def _explore(parsed: argparse.Namespace) -> dict[str, Any]:
    settings = settings_from(parsed)
    with at_desk(settings, parsed.device, parsed.model_dir) as desk:
        if desk.url is not None:
            tell("generate.joined", url=desk.url)
        else:
            start_log(settings.logs_dir)
        return Exploration(desk, settings, parsed).run()


class Exploration:
    """One way from its drafts on, as far as it is to be gone. What is done already is not made again."""

    def __init__(self, desk: Desk, settings: Settings, parsed: argparse.Namespace) -> None:
        self._desk = desk
        self._settings = settings
        self._parsed = parsed
        self._sheets = Sheets(desk, settings, parsed.output)
        self._steps: list[dict[str, Any]] = []

    def run(self) -> dict[str, Any]:
        """What `--json` tells.

        Raises:
            BadInput: as with any wish. What was made before stays, and the same command finds it again.
        """
        wish = {**wish_from(self._parsed), "draft": True, "count": self._parsed.count, "private": self._parsed.private}
        estimate = self._desk.estimate(self._parsed.image, wish)
        way = engine_spec(estimate["engine"]).way
        phases = self._phases(way, estimate["engine"])
        if FINAL in phases:
            self._prove_final(estimate, way)
        picks = iter(self._parsed.pick)
        views = self._draft(wish, estimate)
        for phase in phases[1:]:
            picked = self._pick(views, next(picks, AUTO))
            self._tell(views, picked)
            if views[picked]["status"] != DONE:
                return self._told()  # it was said why
            views = self._go_on(views[picked], phase)
        self._tell(views, None)
        return self._told()

    def _phases(self, way: Way, engine: str) -> tuple[Phase, ...]:
        """The steps to take: as far as was named, else as far as there are picks for.

        Raises:
            PhaseUnknown: the engine's way has no such step.
        """
        named = self._parsed.through
        if named is None:
            return way.phases[: len(self._parsed.pick) + 1]
        if named not in way.phases:
            raise PhaseUnknown(phase=named, engine=engine, known=", ".join(way.phases))
        return way.phases[: way.phases.index(named) + 1]

    def _prove_final(self, estimate: dict[str, Any], way: Way) -> None:
        """Nobody should learn after all else was made that the final clip does not fit.

        Raises:
            MemoryShort: by what is free now, and nobody has confirmed it.
        """
        options = {**estimate["options"], **refined_values(way.refine or {}, estimate["options"])}
        width, height = way.final_sizes((options["width"], options["height"]))[0]
        wish = {**options, "engine": estimate["engine"], "width": width, "height": height}

        def prove(*, confirmed: bool) -> None:
            final = self._desk.estimate(None, wish)
            if final["light"] == "red" and not confirmed:
                raise memory_short(estimate["engine"], final)

        send_confirmed(self._parsed, prove)

    def _draft(self, wish: dict[str, Any], estimate: dict[str, Any]) -> list[dict[str, Any]]:
        self._announce(DRAFT, estimate, self._parsed.count)
        key = _key(self._parsed.image, estimate["options"], {**wish, "engine": estimate["engine"]})

        def send(*, confirmed: bool) -> list[dict[str, Any]]:
            sure = {**wish, "confirmed": confirmed}
            return self._batch(key, lambda key: self._desk.submit_batch(self._parsed.image, sure, key))

        return self._see(send_confirmed(self._parsed, send))

    def _go_on(self, picked: dict[str, Any], phase: Phase) -> list[dict[str, Any]]:
        """The clips of a step that begins with the one picked before."""
        following = self._desk.way(picked["id"])["next"]
        for choice in following["choices"][:1]:
            self._announce(phase, choice, choice["count"])
        key = f"explore-{phase}-{picked['id']}"

        def send(*, confirmed: bool) -> list[dict[str, Any]]:
            change = {"confirmed": confirmed}
            if phase == FINAL:
                return [self._desk.finish(picked["id"], change, key)]
            return self._batch(key, lambda key: self._desk.refine(picked["id"], change, key))

        return self._see(send_confirmed(self._parsed, send))

    def _batch(self, key: str, submit: Callable[[str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """The batch that `submit` makes or has made, whichever of it were deleted or tried again since."""
        try:
            return submit(key)
        except IdempotencyConflict as known:
            self._desk.begin()
            try:
                batch = self._desk.batch(self._desk.view(str(known.values["job_id"]))["batch"])
                return list(batch["jobs"])
            except JobUnknown:
                return submit(f"{key}-again")  # deleted, and for some minutes it may still be brought back

    def _see(self, jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Follows clips to their end. Those that failed or were cancelled when they were made before are tried again;
        Ctrl-C cancels what is not done yet."""
        wanted = [
            self._desk.retry(job["id"])["id"] if job["status"] in (FAILED, CANCELLED) else job["id"]
            for job in _latest(jobs)
        ]
        try:
            return self._rank([see_through(self._desk, self._settings, job_id) for job_id in wanted])
        except KeyboardInterrupt:
            for job_id in reversed(wanted):
                self._desk.cancel(job_id)
            tell("explore.stopped")
            raise

    def _rank(self, views: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The clips with their `rank`, 1 for the best, and its `reason`; None where there is nothing to compare. A clip
        is measured a moment after it is there."""
        done = {view["id"] for view in views if view["status"] == DONE}
        until = time.monotonic() + RANK_SECONDS
        places: dict[str, dict[str, Any]] = {}
        while len(done) > 1 and not done <= places.keys() and time.monotonic() < until:
            ranking = self._desk.batch(views[0]["batch"])["ranking"] or ()
            places = {place["job_id"]: place for place in ranking}
            time.sleep(POLL_SECONDS)
        return [
            {**view, **{name: places.get(view["id"], {}).get(name) for name in ("rank", "reason")}} for view in views
        ]

    def _announce(self, phase: Phase, estimate: dict[str, Any], count: int) -> None:
        tell(f"explore.{phase}", number=PHASES.index(phase) + 1)
        sys.stderr.writelines(f"  {line}\n" for line in estimate_lines(estimate, count))

    def _pick(self, views: Sequence[dict[str, Any]], pick: int | str) -> int:
        """Which of the clips to go on from.

        Raises:
            OptionInvalid: there are not so many.
        """
        if isinstance(pick, int):
            if pick > len(views):
                raise OptionInvalid(option="pick", value=pick, allowed=f"1 … {len(views)}, auto")
            return pick - 1
        places = [(view["status"] != DONE, view["rank"] or len(views), number) for number, view in enumerate(views)]
        return min(places)[-1]

    def _tell(self, views: Sequence[dict[str, Any]], picked: int | None) -> None:
        """Draws the sheet of a step, prints where it is, and keeps what `--json` tells of it."""
        phase = views[0]["phase"]
        sheet = None if phase == FINAL else self._sheets.draw(views, picked)
        clips = [
            {**clip_told(view, self._settings), "number": number, "rank": view["rank"], "reason": view["reason"]}
            for number, view in enumerate(views, start=1)
        ]
        number = None if picked is None else picked + 1
        notices = dict.fromkeys(notice["text"] for view in views for notice in view["notices"])
        sys.stderr.writelines(f"{text}\n" for text in notices)
        self._steps.append({"phase": phase, "sheet": sheet and str(sheet), "picked": number, "clips": clips})
        if not self._parsed.json:
            print(sheet or clips[0]["video"] or "", flush=True)

    def _told(self) -> dict[str, Any]:
        last = self._steps[-1]
        all_clips = [clip for step in self._steps for clip in step["clips"]]
        sheets = [step["sheet"] for step in self._steps if step["sheet"]]
        return {
            "status": DONE if all(clip["status"] == DONE for clip in all_clips) else FAILED,
            "phase": last["phase"],
            "sheet": sheets[-1],
            "video": last["clips"][0]["video"] if last["phase"] == FINAL else None,
            "steps": self._steps,
        }


def _key(image: Path, options: dict[str, Any], wish: dict[str, Any]) -> str:
    """The same picture, sentence and settings are the same exploration."""
    told = json.dumps([options, wish], sort_keys=True, ensure_ascii=False)
    return "explore-" + hashlib.sha256(told.encode() + image.read_bytes()).hexdigest()


def _latest(jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of several tries of one clip the finished one, else the newest."""
    tries: dict[str, dict[str, Any]] = {}
    for job in jobs:
        same = json.dumps(job["options"], sort_keys=True)
        if same not in tries or tries[same]["status"] != DONE:
            tries[same] = job
    return list(tries.values())
