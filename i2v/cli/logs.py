"""`python main.py logs [-f] [-n N]`: the newest log, and what is written from now on."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from i2v.cli.console import tell
from i2v.cli.flags import add_folder_flags, settings_from
from i2v.errors import OptionInvalid
from i2v.logs.files import log_files, run_of
from i2v.logs.reading import last_lines, new_lines

POLL_SECONDS = 0.2
MOST_LINES = 100_000


def run_logs(arguments: Sequence[str]) -> int:
    """Prints lines on standard output, so that they can be searched; file names go to standard error."""
    parser = argparse.ArgumentParser("main.py logs", description="What the app did, newest last.")
    parser.add_argument("-n", "--lines", type=int, default=40, metavar="N", help="so many lines of the newest run (40)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what is written; Ctrl-C ends it")
    add_folder_flags(parser)
    parsed = parser.parse_args(arguments)
    if not 0 <= parsed.lines <= MOST_LINES:
        raise OptionInvalid(option="lines", value=parsed.lines, allowed=f"0 to {MOST_LINES}")
    folder = settings_from(parsed).logs_dir
    _print_logs(folder, parsed.lines, follow=parsed.follow)
    return 0


def _print_logs(folder: Path, count: int, *, follow: bool) -> None:
    files = log_files(folder)
    read = {path: path.stat().st_size for path in files}
    if files:
        newest = [path for path in files if run_of(path) == run_of(files[-1])]
        tell("logs.file", path=files[-1])
        lines, read[files[-1]] = last_lines(newest, count)
        _print(lines)
    else:
        tell("logs.none", path=folder)
    shown = files[-1] if files else None
    while follow:
        for path in log_files(folder):
            lines, read[path] = new_lines(path, read.get(path, 0))
            if lines and path != shown:
                shown = path
                tell("logs.file", path=path)
            _print(lines)
        time.sleep(POLL_SECONDS)


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        encoding = sys.stdout.encoding or "utf-8"
        print(line.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()
