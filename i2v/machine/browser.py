"""Shows a page in the browser of whoever sits at this machine, or says how to reach it from elsewhere."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Mapping
from pathlib import Path

_WINDOWS_CONSOLE = "/mnt/c/Windows/System32/cmd.exe"  # where a WSL that does not take over Windows' PATH has it


def is_wsl() -> bool:
    """Whether this Linux runs inside Windows, whose browser is the user's."""
    if sys.platform != "linux":
        return False
    try:
        return "microsoft" in Path("/proc/sys/kernel/osrelease").read_text("utf-8").lower()
    except OSError:
        return False


def has_browser(environ: Mapping[str, str] = os.environ, *, wsl: bool | None = None) -> bool:
    """Whether somebody sits here who would see a page.

    Over SSH they sit elsewhere, whatever screen this machine has. `BROWSER` counts as their word for it: editors set it
    in their remote terminals to a program that opens the page on the other side.
    """
    if environ.get("BROWSER"):
        return True
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    if sys.platform in ("win32", "darwin") or (is_wsl() if wsl is None else wsl):
        return True
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        # The plain kind are those that run in the terminal, which is ours.
        return type(webbrowser.get()) is not webbrowser.GenericBrowser
    except webbrowser.Error:
        return False


def open_page(url: str) -> None:
    """Opens the page; returns when the browser has been told, which some do only when they are closed."""
    if is_wsl() and not os.environ.get("BROWSER"):
        for command in windows_commands(url):
            if _succeeds(command):
                return
    webbrowser.open(url)


def windows_commands(url: str) -> list[list[str]]:
    """What opens a page on the Windows around this WSL, the best first; only what is there."""
    commands = (
        ["wslview", url],
        ["cmd.exe", "/c", "start", "", url],
        [_WINDOWS_CONSOLE, "/c", "start", "", url],
        ["powershell.exe", "-NoProfile", "-Command", f"Start-Process '{url}'"],
    )
    return [command for command in commands if shutil.which(command[0])]


def _succeeds(command: list[str]) -> bool:
    # Windows' programs complain about a working directory that only Linux has.
    folder = "/mnt/c" if Path("/mnt/c").is_dir() else None
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def tunnel_command(port: int, environ: Mapping[str, str] = os.environ) -> str:
    """What to run on one's own machine so that its browser reaches this one, by the way that SSH came."""
    # "client address, client port, our address, our port"
    way = environ.get("SSH_CONNECTION", "").split()
    host, ssh_port = (way[2], way[3]) if len(way) == 4 else (socket.gethostname(), "22")
    other_port = "" if ssh_port == "22" else f"-p {ssh_port} "
    return f"ssh {other_port}-L {port}:localhost:{port} {getpass.getuser()}@{host}"
