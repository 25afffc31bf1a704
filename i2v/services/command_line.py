"""The command that makes a clip again, ready to be pasted into a terminal."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from i2v.domain.job import Job
from i2v.settings import PROJECT, Settings


def command_of(job: Job, settings: Settings, *, for_windows: bool) -> str | None:
    """`python main.py generate …` with every option named, so that presets may change and the clip does not.

    None where no command line can make it: it lacks recipe, picture or sentence, or began from another clip's latents.
    """
    picture = settings.input_dir / f"{job.picture_sha256}.png"
    is_refined = job.strength is not None or bool(job.recipe.get("start"))
    # A private clip that was found in the folder brings no sentence of its user's back, whichever it had.
    is_whole = {"prompt", *job.recipe.get("left_out", ())} <= job.options.keys()
    if not job.engine or is_refined or not is_whole or not picture.is_file():
        return None
    words = ["python", "main.py", "generate", "--image", _told(picture)]
    words += ["--engine", job.engine]
    if job.preset:
        words += ["--preset", job.preset]
    for name, value in job.options.items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            words.append(flag)
        elif value is not None and value is not False:
            # A value that begins with a dash would be taken for a flag of its own.
            words += [f"{flag}={value}"] if str(value).startswith("-") else [flag, str(value)]
    if job.private:
        words.append("--private")
    if settings.output_dir != PROJECT / "outputs":
        words += ["--output_dir", _told(settings.output_dir)]
    return quote_for_windows(words) if for_windows else shlex.join(words)


def quote_for_windows(words: list[str]) -> str:
    """For the Command Prompt: first as a program reads its words, then every sign of the prompt's own is disarmed.

    A line cannot be broken there, so breaks in a sentence become spaces.
    """
    quoted = []
    for word in words:
        read = subprocess.list2cmdline([" ".join(word.splitlines())])
        quoted.append(re.sub(r'([()%!^"<>&|])', r"^\1", read) if re.search(r'[%!^<>&|]|\\"', read) else read)
    return " ".join(quoted)


def _told(path: Path) -> str:
    """From the project's folder, where the command is to be run."""
    return str(path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path)
