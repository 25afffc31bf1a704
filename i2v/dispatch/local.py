"""A worker as a child process of this one: messages over its standard input and output, its log over standard error."""

from __future__ import annotations

import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from i2v.domain.events import Command, Event, MessageMalformed, read_message
from i2v.settings import PROJECT

log = logging.getLogger(__name__)

LINE_LIMIT, TRACE_LINES = 64 << 10, 200
"""Bytes of a line and lines of a trace that a worker may put into the log at once."""
_TRACE = "Traceback (most recent call last)"

LEAVE_SECONDS = 5.0

_ALONE_ON_WINDOWS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)


def _make_end_with_parent() -> Callable[[], None] | None:
    """On Linux the kernel ends a worker with its server, even one that has not come to listen to its pipe yet.

    The library is looked up here, not after the fork, where as little as possible may happen.
    """
    if sys.platform != "linux":
        return None
    import ctypes

    set_option = ctypes.CDLL(None).prctl
    return lambda: set_option(_PR_SET_PDEATHSIG, int(signal.SIGKILL))


_PR_SET_PDEATHSIG = 1
_end_with_parent = _make_end_with_parent()


class LocalWorker:
    """One worker process. `inbox` gives its events in order, then one None when it is gone."""

    def __init__(self, temp_dir: Path, command: list[str] | None = None) -> None:
        """Starts the process; it sends `Ready` when it can take a job.

        Args:
            temp_dir: where the worker may put files that do not last.
            command: what to start instead of `python -m i2v.worker`; for tests.
        """
        self.inbox: queue.Queue[Event | None] = queue.Queue()
        self._process = subprocess.Popen(
            command or [sys.executable, "-X", "utf8", "-m", "i2v.worker"],
            cwd=PROJECT,
            env=_environment(temp_dir),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A Ctrl-C in the terminal is the server's to answer: it ends its worker itself.
            start_new_session=sys.platform != "win32",
            creationflags=_ALONE_ON_WINDOWS,
            preexec_fn=_end_with_parent,
        )
        # A worker that hangs does not read, and a pipe takes little: only this thread may ever wait for it.
        self._outbox: queue.Queue[Command | None] = queue.Queue()
        threading.Thread(target=self._hand_over, args=(_piped(self._process.stdin),), daemon=True).start()
        threading.Thread(target=self._take_in, args=(_piped(self._process.stdout),), daemon=True).start()
        threading.Thread(target=_pass_log_on, args=(_piped(self._process.stderr), self.pid), daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, command: Command) -> None:
        """Hands a message over, without waiting; a worker that is gone shows in `inbox`, not here."""
        self._outbox.put(command)

    def end(self) -> None:
        """Kills the process: all that counts of a job is with the server already."""
        self._process.kill()
        self._process.wait()
        self._outbox.put(None)

    def how_it_ended(self) -> str:
        """The end of the process in words, for a log and an error."""
        code = self._process.wait()
        if code == -9:
            return "killed by the system, as it does when memory runs out"
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def _hand_over(self, stdin: IO[bytes]) -> None:
        try:
            with stdin:
                while command := self._outbox.get():
                    stdin.write(command.to_frame())
                    stdin.flush()
        except OSError as cause:
            log.warning("worker %d takes no messages any more: %s", self.pid, cause)

    def _take_in(self, stdout: IO[bytes]) -> None:
        try:
            while message := read_message(stdout):
                if not isinstance(message, Event):
                    raise MessageMalformed(f"{message.kind} is no event")
                self.inbox.put(message)
        except MessageMalformed as cause:
            log.error("worker %d does not speak our language any more (%s); ended", self.pid, cause)
            self._process.kill()
        finally:
            stdout.close()
            self._wait_or_kill()
            self.inbox.put(None)

    def _wait_or_kill(self) -> None:
        """A worker that has closed its output is about to end; its exit code tells why, so it gets a moment."""
        try:
            self._process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _piped(stream: IO[bytes] | None) -> IO[bytes]:
    """A stream that was asked for as a pipe, which `subprocess` types as optional."""
    assert stream is not None
    return stream


def _pass_log_on(stderr: IO[bytes], pid: int) -> None:
    with stderr:
        for entry in _entries(stderr):
            level = logging.WARNING if entry.startswith(_TRACE) else logging.INFO
            log.log(level, "worker %d: %s", pid, entry)


def _entries(stderr: IO[bytes]) -> Iterator[str]:
    """Line by line, but the trace of an exception as one; of a line that is drawn over and over, what it ends with."""
    trace: list[str] = []
    while data := stderr.readline(LINE_LIMIT):
        whole = data
        while not whole.endswith(b"\n") and (whole := stderr.readline(LINE_LIMIT)):
            pass  # far too long for a line: the rest is dropped
        line = data.decode("utf-8", "replace").rstrip().rpartition("\r")[2]
        if trace or line.startswith(_TRACE):
            trace.append(line)
            goes_on = line.startswith((" ", _TRACE)) and len(trace) < TRACE_LINES
            if goes_on:
                continue
            line, trace = "\n".join(trace), []
        if line:
            yield line
    if trace:
        yield "\n".join(trace)


def _environment(temp_dir: Path) -> Mapping[str, str]:
    temp = str(temp_dir)
    return {**os.environ, "TMPDIR": temp, "TEMP": temp, "TMP": temp, "PYTHONUNBUFFERED": "1"}
