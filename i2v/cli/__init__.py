"""The third face: the command line."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import uuid
from collections.abc import Callable, Sequence

from i2v.cli.environment import examine_environment, in_use, name_environment
from i2v.errors import CommandUnknown, I2VError

COMMANDS = ("serve", "generate", "explore", "jobs", "models", "reproduce", "coach", "doctor", "bench", "logs", "help")


def main(arguments: Sequence[str]) -> int:
    """Runs one command; without a name it is `serve`.

    Returns:
        Exit code: 0 done, 1 failed, 2 bad input (nothing ran), 130 interrupted.
    """
    named = bool(arguments) and not arguments[0].startswith("-")
    name, rest = (arguments[0], arguments[1:]) if named else ("serve", arguments)
    try:
        # The launcher has proven the environment already, and these two help where there is none.
        if name not in ("doctor", "help") and not os.environ.get("I2V_LAUNCHED"):
            refused = examine_environment()
            if refused is not None:
                return refused
        if name not in COMMANDS:
            raise CommandUnknown(command=name, known=", ".join(COMMANDS))
        # Each command brings its own imports: the port of `serve` must not wait for those of the others.
        run: Callable[[Sequence[str]], int] = getattr(importlib.import_module(f"i2v.cli.{name}"), f"run_{name}")
        with in_use():
            code = run(rest)
        sys.stdout.flush()
        return code
    except I2VError as error:
        from i2v.cli.console import tell_error

        tell_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        return 130
    except BrokenPipeError:
        # Whoever read along (`| head`) has enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as cause:
        if (cause.name or "i2v").split(".")[0] == "i2v":
            return _confess(cause)
        return name_environment(str(cause))
    except Exception as cause:
        return _confess(cause)


def _confess(cause: Exception) -> int:
    """A bug: the traceback goes to the log, the person gets a reference to it."""
    from i2v.cli.console import tell_error
    from i2v.logs import start_log
    from i2v.settings import PROJECT

    if not logging.getLogger().hasHandlers():
        start_log(PROJECT / "logs")
    reference = uuid.uuid4().hex[:8]
    logging.getLogger(__name__).error("error %s", reference, exc_info=cause)
    tell_error(I2VError(reference=reference))
    return 1
