"""Finds or makes the environment, chooses the PyTorch build, then starts the app.

Both start scripts hand over to this file. It runs under whatever Python the machine has: so it and `launch/` use the
standard library alone, and what comes before the version check is plain enough for an old interpreter to answer with a
sentence instead of a SyntaxError.

    launcher.py [arguments of main.py]     prepare if needed, then run main.py
    launcher.py --stop | --restart [...]   the same, but end the app that runs before anything is installed beneath it
    launcher.py --prepare                  stop once the environment is ready
    launcher.py --update                   the same; new packages replace the old ones once a clip was made with them
    launcher.py --freeze FILE              write the exact working set into a file that pip makes it from again
    launcher.py --test [fast|all] [...]    prepare, add what the tests need, run tests/run.py
    launcher.py --check-python             exit 0 if this Python will do (the start scripts try candidates with it)
"""

import sys

from launch.words import tell

OLDEST, NEWEST = (3, 11), (3, 13)


def python_fault(version: "tuple[int, int]", is_64_bit: bool, executable: str) -> str:
    """Says why this Python cannot run the app; "" if it can."""
    oldest, newest = ("{}.{}".format(*limit) for limit in (OLDEST, NEWEST))
    told = {"version": "{}.{}".format(*version), "executable": executable}
    if not OLDEST <= version <= NEWEST:
        return tell("python.version", oldest=oldest, newest=newest, **told)
    return "" if is_64_bit else tell("python.bits", **told)


def start(arguments: "list[str]") -> int:
    """Prepares and hands over; returns the exit code."""
    from contextlib import redirect_stdout
    from pathlib import Path

    from launch.app import end_app, run_app
    from launch.console import Fault, without_secrets
    from launch.prepare import Wish, find_here, prepare, prepare_tests

    first = arguments[0] if arguments else ""
    root = Path(__file__).resolve().parent
    try:
        if first == "--freeze":
            from launch.freeze import freeze

            if len(arguments) != 2:
                raise Fault(tell("freeze.usage"), tell("freeze.example"))
            freeze(root, find_here(root)[0], Path(arguments[1]))
            return 0
        if first.startswith("-") and {"--stop", "--restart"} & set(arguments):
            code = end_app(root, find_here(root)[0], arguments)
            if code or "--stop" in arguments:
                return code
            arguments = [argument for argument in arguments if argument != "--restart"]
        # A unit is printed to be put into a file, where nothing else belongs.
        with redirect_stdout(sys.stderr if "--systemd" in arguments else sys.stdout):
            environment = prepare(root, Wish(again=first == "--prepare", update=first == "--update"))
        if first in ("--prepare", "--update"):
            return 0
        command = [str(environment.python), str(root / "main.py"), *arguments]
        if first == "--test":
            prepare_tests(root, environment)
            command = [str(environment.python), str(root / "tests" / "run.py"), *arguments[1:]]
        return run_app(root, environment, command)
    except Fault as fault:
        print(without_secrets(tell("line.fault", what=fault.what, way_out=fault.way_out)), file=sys.stderr)
        return 1


def main() -> int:
    """Checks the interpreter, then starts."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a console that lacks a sign still gets the rest
        if reconfigure:
            reconfigure(errors="backslashreplace")
    fault = python_fault(sys.version_info[:2], sys.maxsize > 2**32, sys.executable)
    if fault:
        print(tell("line.fault", what=fault, way_out=tell("python.install")), file=sys.stderr)
        return 1
    if sys.argv[1:] == ["--check-python"]:
        print(sys.executable)
        return 0
    try:
        return start(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
