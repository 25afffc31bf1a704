"""The server that runs on a data folder: showing it, ending it, starting one in the background."""

from __future__ import annotations

import os
import platform
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from i2v.app.token import read_token
from i2v.cli.console import tell
from i2v.errors import FolderOwned, FolderUnusable, ServerUnproven, ServerUnreachable, ServerUnready
from i2v.logs.files import log_files
from i2v.machine.browser import has_browser, open_page, tunnel_command
from i2v.machine.network import own_ip
from i2v.machine.ports import program_on
from i2v.settings import PROJECT, Settings
from i2v.storage.ownership import Ownership, ask_to_end, read_owner

READY_SECONDS, END_SECONDS, ANSWER_SECONDS = 120.0, 20.0, 5.0
TOLD_LINES = 20


def show_page(settings: Settings, address: str, url: str) -> threading.Thread | None:
    """Opens the page if that is wished and somebody sits here, else says how it is reached from elsewhere."""
    if not settings.open_browser:
        return None
    if has_browser():
        # In a thread of its own: some browsers keep their caller waiting until they are closed.
        opening = threading.Thread(target=open_page, args=(url,), daemon=True)
        opening.start()
        return opening
    if not settings.asks_for_token:
        tell("stage.tunnel", command=tunnel_command(_port(address)), address=address)
    return None


def tell_ways_in(settings: Settings, port: int, token: str) -> None:
    """The addresses for others, each with the token: over the network by name and number, through the proxy."""
    if settings.listen:
        for host in filter(None, (socket.gethostname(), own_ip())):
            tell("stage.listen", host=host, port=port, token=token)
    if settings.public_url:
        tell("stage.public", url=settings.public_url, token=token)


def take_or_visit(settings: Settings) -> Ownership | None:
    """The folder; or None, and its server was shown. One that is just ending is waited for.

    Raises:
        FolderBusy: a command has it.
        ServerUnreachable: a server has it and does not answer.
    """
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return Ownership(settings.state_dir)
        except FolderOwned as owned:
            try:
                _visit(settings, owned)
                return None
            except ServerUnreachable:
                if time.monotonic() >= until:
                    raise
        time.sleep(0.2)


def _visit(settings: Settings, owned: FolderOwned) -> None:
    url, pid = str(owned.values["url"]), owned.values["pid"]
    try:
        status = _health(url)
    except OSError as cause:
        raise ServerUnreachable(url=url, reason=str(cause)) from cause
    tell("stage.running", url=url, pid=pid)
    token = read_token(settings.state_dir) if status == 401 else None
    opening = show_page(settings, url, f"{url}/?token={token}" if token else url)
    if opening is not None:
        opening.join(ANSWER_SECONDS)


def stop(settings: Settings) -> None:
    """Ends the server of this folder, in order if it listens, and waits until it is gone; nothing where none runs.

    Raises:
        FolderBusy: a command has the folder, whose work is not thrown away.
        ServerUnproven: the process is not proven to be ours.
    """
    state_dir = settings.state_dir
    try:
        if state_dir.is_dir():
            Ownership(state_dir).release()
        tell("stop.none", outputs=settings.output_dir)
    except FolderOwned as owned:
        process = _owner(state_dir, owned)
        tell("stop.ending", pid=process.pid)
        _end(process, state_dir)
        tell("stage.stopped")


def _owner(state_dir: Path, owned: FolderOwned) -> psutil.Process:
    """The process that holds the folder's lock.

    The lock proves that the one who wrote the note still lives. That the number means this process is proven by the
    machine's name and by its age: another one to which the system gave the number later began after the note.
    """
    note = read_owner(state_dir)
    pid, host, since = note.get("pid"), note.get("host"), note.get("since")
    if isinstance(pid, int) and isinstance(since, float) and host == platform.node():
        try:
            process = psutil.Process(pid)
            if process.create_time() <= since + 1:
                return process
        except psutil.Error:
            pass
    raise ServerUnproven(path=owned.values["path"], pid=pid or "?", host=host or "?")


def _end(process: psutil.Process, state_dir: Path) -> None:
    """Asks first; one that does not listen is told by the system, and then ended. Its jobs survive each of these."""
    try:
        ask_to_end(state_dir, process.pid)
        for harder in (process.terminate, process.kill):
            try:
                process.wait(END_SECONDS)
                return
            except psutil.TimeoutExpired:
                harder()
        process.wait(END_SECONDS)
    except psutil.NoSuchProcess:
        return
    except psutil.Error as cause:
        raise ServerUnproven(path=str(state_dir.parent), pid=process.pid, host=platform.node()) from cause
    except OSError as cause:
        raise FolderUnusable(path=str(state_dir), reason=cause.strerror or str(cause)) from cause


def start_in_background(settings: Settings, arguments: Sequence[str]) -> int:
    """Starts a server that outlives this process and its terminal; returns when it is ready.

    Raises:
        ServerUnready: it ended before that, or took too long and was ended.
    """
    state_dir = settings.state_dir
    ownership = take_or_visit(settings)
    if ownership is None:
        return 0
    ownership.release()  # and gone is the note of one that was killed
    console = state_dir / "console.log"
    with console.open("wb") as out:
        child = _detach([*door(), *arguments], out)
    until = time.monotonic() + READY_SECONDS
    while (code := child.poll()) is None and time.monotonic() < until:
        if _is_ready(state_dir):
            return _announce(settings)
        time.sleep(0.1)
    if code is None:
        child.terminate()
    elif _is_ready(state_dir):
        return _announce(settings)  # another start was first, and this one has nothing to do
    lines = console.read_text("utf-8", errors="replace").splitlines(keepends=True)
    sys.stderr.writelines(lines[-TOLD_LINES:])
    raise ServerUnready(seconds=int(READY_SECONDS), path=str(console))


def door(environ: Mapping[str, str] = os.environ) -> list[str]:
    """The command that starts what runs here once more: through the launcher if that is how it came."""
    return [sys.executable, str(PROJECT / ("launcher.py" if environ.get("I2V_LAUNCHED") else "main.py"))]


def _detach(command: Sequence[str], out: Any) -> subprocess.Popen[bytes]:
    environ = {**os.environ, "I2V_NO_BROWSER": "1"}
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        # A console of its own that nobody sees: without any, each child would get one that shows.
        detached = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=out, stderr=subprocess.STDOUT, env=environ, **detached)


def _announce(settings: Settings) -> int:
    note = read_owner(settings.state_dir)
    url, port = str(note["url"]), _port(str(note["url"]))
    if port != settings.port:
        tell("stage.port_taken", port=settings.port, program=program_on(settings.port) or "?", taken=port)
    tell("background.ready", url=url, pid=note["pid"])
    tell("stage.log", path=next(iter(reversed(log_files(settings.logs_dir))), "-"))
    token = read_token(settings.state_dir)
    if settings.asks_for_token and token:
        tell_ways_in(settings, port, token)
    elif settings.open_browser and not has_browser():
        show_page(settings, url, url)
    return 0


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _is_ready(state_dir: Path) -> bool:
    url = read_owner(state_dir).get("url")
    try:
        return bool(url) and _health(str(url), read_token(state_dir)) == 200
    except OSError:
        return False


def _health(url: str, token: str | None = None) -> int:
    """The HTTP status of a server's health.

    Raises:
        OSError: nobody answers.
    """
    request = urllib.request.Request(f"{url}/health")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    # Our own machine: no proxy of the environment has anything to do with it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=ANSWER_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
