"""`python main.py reproduce`: makes a clip again from the recipe inside it, and says whether it is the same."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from i2v.cli.console import console_language, refusal, tell, tell_error
from i2v.cli.desks import Desk, at_desk
from i2v.cli.flags import Parser, add_device_flags, add_folder_flags, prove_target, settings_from
from i2v.cli.follow import see_through
from i2v.domain.recipe import SENTENCES, Difference, Recipe, differences
from i2v.engines.registry import engine_spec
from i2v.errors import (
    DraftLatentsGone,
    I2VError,
    JobUnknown,
    PictureMissing,
    RecipePictureMissing,
    RecipeSentenceMissing,
    RecipeStartMissing,
)
from i2v.logs import start_log
from i2v.media.compare import FramesDifference, compare_clips
from i2v.media.embed import open_recipe
from i2v.text import say

_FLAGS = {"prompt": "--prompt", "negative_prompt": "--negative"}


def run_reproduce(arguments: Sequence[str]) -> int:
    """Exit 0 identical, 1 different or failed, 2 bad input (nothing ran). With `--json` the last line is one object."""
    try:
        parsed = _parser().parse_args(arguments)
        told = _reproduce(parsed)
    except I2VError as error:
        tell_error(error)
        if "--json" in arguments:
            print(json.dumps(refusal(error), ensure_ascii=False))
        return error.exit_code
    if parsed.json:
        print(json.dumps(told, ensure_ascii=False))
    return 0 if told["status"] == "identical" else 1


def _parser() -> argparse.ArgumentParser:
    parser = Parser("main.py reproduce", description="Makes a clip again and compares the two.")
    parser.add_argument("clip", type=Path, metavar="CLIP", help="an MP4 that this app has made")
    parser.add_argument("--image", type=Path, metavar="FILE", help="its picture, where the inputs folder lacks it")
    parser.add_argument("--prompt", metavar="TEXT", help="its sentence, where a private clip does not carry it")
    parser.add_argument(
        "--negative", dest="negative_prompt", metavar="TEXT", help="the same for what should not happen"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="also put the new clip here")
    parser.add_argument("--yes", action="store_true", help="also a clip that takes very long here")
    parser.add_argument("--json", action="store_true", help="last line of stdout is one JSON object")
    add_folder_flags(parser)
    add_device_flags(parser)
    return parser


def _reproduce(parsed: argparse.Namespace) -> dict[str, Any]:
    """What `--json` tells."""
    recipe = open_recipe(parsed.clip, str(parsed.clip))
    wish = _wish(recipe, parsed)
    if parsed.output:
        prove_target("--output", parsed.output)
    settings = settings_from(parsed)
    with at_desk(settings, parsed.device, parsed.model_dir) as desk:
        if desk.url is None:
            start_log(settings.logs_dir)
        job = _hand_in(desk, recipe, {**wish, **_start(desk, recipe, parsed)}, parsed)
        if job["picture"]["sha256"] != recipe.picture_sha256:
            tell("reproduce.other_picture", image=parsed.image, clip=parsed.clip)
        view = see_through(desk, settings, job["id"])
        if view["status"] != "done":
            return {"status": view["status"], "job_id": view["id"], "error": view["error"]}
        if parsed.output:
            desk.fetch(view["id"], "video", parsed.output)
    video = settings.output_dir / view["video"]
    return {"job_id": view["id"], "video": str(video), "original": str(parsed.clip), **_verdict(recipe, parsed, video)}


def _wish(recipe: Recipe, parsed: argparse.Namespace) -> dict[str, Any]:
    """The wish that made the clip. Sentences that it does not carry come from the flags.

    Raises:
        RecipeSentenceMissing: they do not.
    """
    known = engine_spec(recipe.engine).options.model_fields
    given = {name: getattr(parsed, name) for name in SENTENCES if getattr(parsed, name) is not None and name in known}
    lacking = [_FLAGS[name] for name in recipe.left_out if name in _FLAGS and name not in given]
    if lacking:
        raise RecipeSentenceMissing(name=str(parsed.clip), flags=", ".join(lacking))
    return {
        **recipe.options,
        **given,
        "engine": recipe.engine,
        "picture_sha256": recipe.picture_sha256,
        "private": bool(recipe.left_out),
        "confirmed": parsed.yes,
    }


def _start(desk: Desk, recipe: Recipe, parsed: argparse.Namespace) -> dict[str, Any]:
    """Which clip's latents it began from, if any: that stands in its row.

    Raises:
        RecipeStartMissing: there is no such row here.
    """
    if recipe.start is None:
        return {}
    try:
        draft = desk.view(recipe.job_id)["parent_id"]
    except JobUnknown:
        draft = None
    if draft is None:
        raise _start_missing(recipe, parsed)
    return {"refine_of": draft, "strength": recipe.start.get("strength")}


def _start_missing(recipe: Recipe, parsed: argparse.Namespace) -> RecipeStartMissing:
    return RecipeStartMissing(name=str(parsed.clip), sha256=(recipe.start or {}).get("latents_sha256"))


def _hand_in(desk: Desk, recipe: Recipe, wish: dict[str, Any], parsed: argparse.Namespace) -> dict[str, Any]:
    try:
        return desk.submit(parsed.image, wish)
    except (JobUnknown, DraftLatentsGone) as gone:
        raise _start_missing(recipe, parsed) from gone
    except PictureMissing as missing:
        if parsed.image:
            raise
        raise RecipePictureMissing(name=str(parsed.clip), sha256=recipe.picture_sha256) from missing


def _verdict(then: Recipe, parsed: argparse.Namespace, video: Path) -> dict[str, Any]:
    """Whether the frames are the same, how far they are apart, and what else differs; said on the console too."""
    now = open_recipe(video, video.name)
    # A sentence that only one of them carries was given by hand, and nobody can tell whether it is the old one.
    hidden = {f"options.{name}" for name in SENTENCES if name in then.left_out}
    named = [each for each in differences(then, now) if each.name not in hidden]
    frames = compare_clips(parsed.clip, video)
    # The digest is of the frames before encoding; where an old recipe has none, the decoded ones must do.
    has_digests = bool(then.frames_sha256 and now.frames_sha256)
    is_identical = then.frames_sha256 == now.frames_sha256 if has_digests else frames.differing_frames == 0
    _say_verdict(frames, named, is_identical=is_identical)
    return {
        "status": "identical" if is_identical else "different",
        "compared": "frames_sha256" if has_digests else "decoded",
        "frames_sha256": now.frames_sha256,
        **asdict(frames),
        "differences": [asdict(each) for each in named],
    }


def _say_verdict(frames: FramesDifference, named: Sequence[Difference], *, is_identical: bool) -> None:
    count = frames.num_frames
    if is_identical:
        tell("reproduce.identical", count=count)
    elif frames.differing_frames == 0:
        tell("reproduce.hidden", count=count)
    else:
        share = round(100 * frames.differing_frames / count)
        values = {"differing": frames.differing_frames, "count": count, "percent": share}
        tell("reproduce.different", **values, largest=frames.largest_difference)
    if named or not is_identical:
        tell("reproduce.named" if named else "reproduce.unnamed")
    absent = say("cli", "reproduce.absent", console_language())
    for each in named:
        then, now = (absent if side is None else side for side in (each.then, each.now))
        tell("reproduce.difference", name=each.name, then=then, now=now)
