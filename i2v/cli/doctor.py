"""`python main.py doctor [--json] [--bundle [FILE]] [--freeze FILE]`: what is in the way of a clip, and the way out."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from i2v.cli.console import console_language, tell, tell_error
from i2v.cli.flags import Parser, add_device_flags, add_folder_flags, prove_target, settings_explained, settings_from
from i2v.cli.public_address import look_at_public
from i2v.errors import StartFailed, TargetUnusable
from i2v.services.checkup import AREAS, Finding, check_up
from i2v.services.support_bundle import write_bundle
from i2v.settings import PROJECT, Settings
from i2v.text import describe, say
from launch.cards import Computer, read_computer
from launch.place import Place, place_warnings, read_place

MARKS = {"good": "✓", "warning": "!", "fault": "✗"}
PLAIN_MARKS = {"good": "+", "warning": "!", "fault": "x"}


def run_doctor(arguments: Sequence[str]) -> int:
    """Exit 0 where a clip can be made, 1 where something must be mended first; warnings are told only."""
    parsed = _parser().parse_args(arguments)
    if parsed.freeze:
        # The launcher knows where each package came from.
        return subprocess.run(
            [sys.executable, PROJECT / "launcher.py", "--freeze", parsed.freeze], check=False
        ).returncode
    language = console_language()
    target = _target(parsed.bundle)
    try:
        settings = settings_from(parsed)
    except StartFailed as error:
        # Nothing can be looked at with settings that nobody can read.
        tell_error(error)
        if parsed.json:
            print(json.dumps({"status": "fault", "findings": [], "error": describe(error, language).to_json()}))
        return error.exit_code
    findings = [*check_up(settings), *look_at_place(), *look_at_public(settings)]
    found = [each.to_json(language) for each in findings]
    status = next((level for level in ("fault", "warning") if any(each["level"] == level for each in found)), "good")
    if target is not None:
        _write(target, settings, parsed, findings)
    if parsed.json:
        bundle = {"bundle": str(target)} if target else {}
        print(json.dumps({"status": status, "findings": found, **bundle}, ensure_ascii=False))
    else:
        sys.stdout.writelines(f"{line}\n" for line in _lines(found, language))
        print(say("doctor", f"verdict.{status}", language))
    if target is not None:
        tell("doctor.bundle", path=target)
    return 1 if status == "fault" else 0


def look_at_place(place: Place | None = None, computer: Computer | None = None) -> Iterator[Finding]:
    """What the start says of the project's folder, and of a card that is there and does not answer."""
    for caution in place_warnings(place or read_place(PROJECT), os.environ):
        yield Finding("disk", "warning", "place", {"what": caution.what, "way_out": caution.way_out})
    problem = (computer or read_computer()).problem
    if problem:
        yield Finding("gpu", "warning", "card_silent", {"problem": problem})


def _parser() -> argparse.ArgumentParser:
    parser = Parser("main.py doctor", description="What is in the way of a clip on this computer, and the way out.")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument(
        "--bundle",
        metavar="FILE",
        nargs="?",
        const="",
        help="write a zip for those who help; no tokens, names, sentences",
    )
    parser.add_argument("--freeze", metavar="FILE", help="only write down the exact set of packages, to be made again")
    add_device_flags(parser)
    add_folder_flags(parser)
    return parser


def _target(named: str | None) -> Path | None:
    """Where the zip goes; proven before anything is looked at."""
    if named is None:
        return None
    target = Path(named).resolve() if named else PROJECT / f"support_{time.strftime('%Y%m%d_%H%M%S')}.zip"
    prove_target("--bundle", target)
    return target


def _write(target: Path, settings: Settings, parsed: argparse.Namespace, findings: Sequence[Finding]) -> None:
    """In English, which whoever helps can read."""
    try:
        write_bundle(target, settings, settings_explained(parsed), [each.to_json("en") for each in findings])
    except OSError as cause:
        raise TargetUnusable(flag="--bundle", path=str(target), reason=cause.strerror or str(cause)) from cause


def _lines(found: Iterable[dict[str, Any]], language: str) -> Iterator[str]:
    marks = MARKS if _can_print("".join(MARKS.values())) else PLAIN_MARKS
    area = None
    for each in sorted(found, key=lambda each: AREAS.index(each["area"])):
        if each["area"] != area:
            area = each["area"]
            yield say("doctor", f"area.{area}", language)
        yield f"  {marks[each['level']]} {each['message']}"
        if each["fix"]:
            yield f"    → {each['fix']}" if _can_print("→") else f"    {each['fix']}"


def _can_print(signs: str) -> bool:
    """Whether the console has these signs; that of an old Windows may not."""
    try:
        signs.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
