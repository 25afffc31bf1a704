"""`python main.py generate`: one picture and one sentence become an MP4, without a page."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from i2v.cli.console import console_language, refusal, tell, tell_error
from i2v.cli.desks import Desk, at_desk
from i2v.cli.dry_run import estimate_lines
from i2v.cli.flags import Parser, add_device_flags, add_folder_flags, prove_target, settings_from
from i2v.cli.follow import clip_told, see_through, send_confirmed
from i2v.cli.wish import add_option_flags, parse_wish, typed, wish_from
from i2v.errors import (
    ClipMissing,
    I2VError,
    OptionInvalid,
    PictureMissing,
)
from i2v.logs import start_log
from i2v.services.candidates import MOST_COUNT
from i2v.text import describe, say


def run_generate(arguments: Sequence[str]) -> int:
    """Exit 0 done, 1 failed, 2 bad input (nothing ran). With `--json` the last line of stdout is one object."""
    as_json = "--json" in arguments
    try:
        parsed = _parse(arguments)
        if parsed.dry_run:
            return _rehearse(parsed)
        clips, is_whole = _generate(parsed)
    except I2VError as error:
        tell_error(error)
        if as_json:
            print(json.dumps(refusal(error), ensure_ascii=False))
        return error.exit_code
    if as_json:
        told = clips[0] if len(clips) == 1 else {**clips[0], "clips": clips}
        print(json.dumps(told, ensure_ascii=False))
    return 0 if is_whole and all(clip["status"] == "done" for clip in clips) else 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The flags.

    Raises:
        OptionUnknown, OptionInvalid, PictureMissing, RequestMalformed: as a wish over REST would be refused.
    """
    parsed = parse_wish(_parser(), arguments)
    if parsed.image is None and parsed.refine is None:
        raise PictureMissing(name="--image")
    if not 1 <= parsed.count <= 100:
        raise OptionInvalid(option="count", value=parsed.count, allowed="1 to 100")
    return parsed


def _parser() -> argparse.ArgumentParser:
    parser = Parser("main.py generate", description="One picture and one sentence become an MP4.")
    parser.add_argument("--image", type=Path, metavar="FILE", help="the picture")
    parser.add_argument("--engine", metavar="NAME", help="auto, or an engine by name")
    parser.add_argument("--preset", metavar="NAME", help="fast, standard or high")
    add_option_flags(parser)
    parser.add_argument("--count", type=int, default=1, metavar="N", help="so many clips, each with its own seed")
    parser.add_argument(
        "--refine", metavar="JOB_ID", help="start from a finished clip, whose settings hold unless named"
    )
    parser.add_argument("--strength", metavar="X", help="how much of a refined clip is made anew: 0.1 to 0.9")
    parser.add_argument("--output", type=Path, metavar="FILE", help="also put the clip here")
    parser.add_argument("--save-latents", type=Path, metavar="FILE", help="also put the denoised latents here")
    parser.add_argument("--private", action="store_true", help="keep the sentences out of the clip's file")
    parser.add_argument("--yes", action="store_true", help="make a clip that takes very long or may not fit unasked")
    parser.add_argument("--dry-run", action="store_true", help="say what it would take; make nothing")
    parser.add_argument("--json", action="store_true", help="last line of stdout is one JSON object")
    add_folder_flags(parser)
    add_device_flags(parser)
    return parser


def _rehearse(parsed: argparse.Namespace) -> int:
    """Says what a clip, or several one after the other, would take. Exit 0, or 2 where it would not fit."""
    wish = _wish(parsed)
    with at_desk(settings_from(parsed), parsed.device, parsed.model_dir) as desk:
        estimate = desk.estimate(parsed.image, wish)
    if estimate["seconds"]:
        estimate["seconds"] = {bound: round(each * parsed.count, 2) for bound, each in estimate["seconds"].items()}
    lines = estimate_lines(estimate, parsed.count)
    print(json.dumps(estimate, ensure_ascii=False) if parsed.json else "\n".join(lines))
    return 2 if estimate["light"] == "red" else 0


def _generate(parsed: argparse.Namespace) -> tuple[list[dict[str, Any]], bool]:
    """What `--json` tells of each clip, and whether everything asked for beside them was written."""
    _prove_targets(parsed)
    wish = _wish(parsed)
    settings = settings_from(parsed)
    with at_desk(settings, parsed.device, parsed.model_dir) as desk:
        if desk.url is not None:
            tell("generate.joined", url=desk.url)
        else:
            start_log(settings.logs_dir)
        jobs = [job_id for count, part in _batches(wish, parsed.count) for job_id in _submit(desk, parsed, part, count)]
        clips, troubles = [], []
        notices: dict[str, None] = {}  # in order, and each once for all candidates
        for number, job_id in enumerate(jobs, start=1):
            view = see_through(desk, settings, job_id)
            missed = _fetch(desk, parsed, view, number) if view["status"] == "done" else []
            told = clip_told(view, settings)
            clips.append({**told, "warnings": told["warnings"] + missed})
            troubles += missed
            notices.update(dict.fromkeys(notice["text"] for notice in view["notices"]))
        sys.stderr.writelines(f"{text}\n" for text in notices)
        return clips, not troubles


def _wish(parsed: argparse.Namespace) -> dict[str, Any]:
    """All that was asked for, as REST takes it; what is left out when refining is as in the draft."""
    wish = wish_from(parsed)
    if parsed.private:
        wish["private"] = True
    if parsed.refine is not None:
        wish["refine_of"] = parsed.refine
    if parsed.strength is not None:
        wish["strength"] = typed(parsed.strength, (float,))
    return wish


def _prove_targets(parsed: argparse.Namespace) -> None:
    """As `prove_target`, each file that was asked for."""
    for flag, path in (("--output", parsed.output), ("--save-latents", parsed.save_latents)):
        for number in range(1, parsed.count + 1 if path else 1):
            prove_target(flag, _numbered(path, number))


def _submit(desk: Desk, parsed: argparse.Namespace, wish: dict[str, Any], count: int) -> list[str]:
    """The jobs' ids."""

    def send(*, confirmed: bool) -> list[str]:
        sure = {**wish, "confirmed": confirmed}
        if count == 1:
            return [desk.submit(parsed.image, sure)["id"]]
        # Whoever names a count wants so many files, were they all alike.
        jobs = desk.submit_batch(parsed.image, {**sure, "count": count, "allow_alike": True})
        return [job["id"] for job in jobs]

    return send_confirmed(parsed, send)


def _batches(wish: dict[str, Any], count: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """How many of which wish, in batches as large as they may be; a named seed counts upwards over all of them."""
    seed = wish.get("seed")
    for made in range(0, count, MOST_COUNT):
        part = {**wish, "seed": seed + made} if isinstance(seed, int) else wish
        yield min(MOST_COUNT, count - made), part


def _fetch(desk: Desk, parsed: argparse.Namespace, view: dict[str, Any], number: int) -> list[str]:
    """Puts the clip and its latents where they were asked for; what could not be had is told and returned."""
    missed: list[str] = []
    for what, path in (("video", parsed.output), ("latents", parsed.save_latents)):
        if path is None:
            continue
        target = _numbered(path, number)
        try:
            desk.fetch(view["id"], what, target)
        except I2VError as error:
            if isinstance(error, ClipMissing) and what == "latents":
                told = say("cli", "generate.no_latents", console_language(), engine=view["engine"], path=target)
                sys.stderr.write(told + "\n")
            else:
                told = describe(error, console_language()).what
                tell_error(error)
            missed.append(told)
    return missed


def _numbered(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_stem(f"{path.stem}_{number}")
