"""Finds or makes the environment, chooses the PyTorch build, then starts the app.

Both start scripts hand over to this file. It runs under whatever Python the machine has: so it and `launch/` use the
standard library alone, and what comes before the version check is plain enough for an old interpreter to answer with a
sentence instead of a SyntaxError.

    launcher.py [arguments of main.py]     prepare if needed, then run main.py
    launcher.py --prepare                  stop once the environment is ready
    launcher.py --test [fast|all] [...]    prepare, add what the tests need, run tests/run.py
    launcher.py --check-python             exit 0 if this Python will do (the start scripts try candidates with it)
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def python_fault(version: "tuple[int, int]", is_64_bit: bool, executable: str) -> str:
    """Says why this Python cannot run the app; "" if it can."""
    name = f"Python {version[0]}.{version[1]} at {executable}"
    if not OLDEST <= version <= NEWEST:
        return f"{name} does not fit: {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} is needed"
    return "" if is_64_bit else f"{name} is a 32-bit build: PyTorch needs a 64-bit one"


def report(what: str, way_out: str) -> int:
    """Prints a fault and what to do about it; returns the exit code."""
    print(f"start: {what}\n  what to do: {way_out}", file=sys.stderr)
    return 1


def start(arguments: "list[str]") -> int:
    """Prepares and hands over; returns the exit code."""
    import os
    from pathlib import Path

    from launch.app import run_app
    from launch.console import Fault
    from launch.environment import find_environment
    from launch.prepare import prepare, prepare_tests

    first = arguments[0] if arguments else ""
    root = Path(__file__).resolve().parent
    environment = find_environment(root, os.environ, os.name == "nt")
    try:
        prepare(root, environment, again=first == "--prepare")
        if first == "--prepare":
            return 0
        if first == "--test":
            prepare_tests(root, environment)
            return run_app([str(environment.python), str(root / "tests" / "run.py"), *arguments[1:]])
        return run_app([str(environment.python), str(root / "main.py"), *arguments])
    except Fault as fault:
        return report(fault.what, fault.way_out)


def main() -> int:
    """Checks the interpreter, then starts."""
    fault = python_fault(sys.version_info[:2], sys.maxsize > 2**32, sys.executable)
    if fault:
        return report(fault, "install Python 3.12, or use conda: conda env create -f environment_i2v.yaml")
    if sys.argv[1:] == ["--check-python"]:
        print(sys.executable)
        return 0
    try:
        return start(sys.argv[1:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
