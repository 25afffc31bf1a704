"""Whose screen it is: a page opens where somebody sits, and nowhere else."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from i2v.machine import browser
from i2v.machine.browser import has_browser, open_page, tunnel_command, windows_commands

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a desktop of Linux")

Tool = Callable[..., Path]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """Makes programs; they are all there is on PATH. What they are told lies in `told`."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("BROWSER", "SSH_CONNECTION", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    def make(name: str, ending: str = "exit 0") -> Path:
        file = tmp_path / name
        file.write_text(f'#!/bin/sh\nprintf "%s " {name} "$@" >>"{tmp_path / "told"}"\n{ending}\n', encoding="utf-8")
        file.chmod(0o755)
        return file

    return make


# A fresh interpreter each: webbrowser looks for browsers once.
ASK = "import sys; from i2v.machine.browser import has_browser; sys.exit(0 if has_browser(wsl=False) else 3)"


def asks(**environ: str) -> bool:
    done = subprocess.run([sys.executable, "-c", ASK], env={**os.environ, **environ}, check=False)
    assert done.returncode in (0, 3)
    return done.returncode == 0


def test_a_screen_with_a_browser_shows_the_page_and_one_without_does_not(tools: Tool) -> None:
    assert not asks(DISPLAY=":0")
    tools("lynx")  # would take over the terminal
    assert not asks(DISPLAY=":0", TERM="xterm")
    tools("firefox")
    assert asks(DISPLAY=":0", TERM="xterm")
    assert asks(WAYLAND_DISPLAY="wayland-0")
    assert not asks()


def test_over_ssh_nothing_opens_unless_the_user_has_named_a_browser(tools: Tool) -> None:
    tools("firefox")
    ssh = {"SSH_CONNECTION": "10.0.0.9 50022 10.0.0.5 22", "DISPLAY": "localhost:10.0"}
    assert not asks(**ssh)
    assert not asks(SSH_TTY="/dev/pts/0", DISPLAY=":0")
    assert asks(**ssh, BROWSER="/usr/lib/editor/open-on-the-other-side")


def test_windows_browser_counts_as_one_of_its_linux_too_but_not_over_ssh() -> None:
    assert has_browser({}, wsl=True)
    assert not has_browser({"SSH_CONNECTION": "a 1 b 22"}, wsl=True)


def test_within_windows_its_own_browser_opens_the_page(
    tools: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "is_wsl", lambda: True)
    tools("powershell.exe")
    tools("cmd.exe", "exit 1")
    open_page("http://localhost:7860/?token=a")
    assert (tmp_path / "told").read_text() == (
        "cmd.exe /c start  http://localhost:7860/?token=a "
        "powershell.exe -NoProfile -Command Start-Process 'http://localhost:7860/?token=a' "
    )
    tools("wslview")
    assert [command[0] for command in windows_commands("x")] == ["wslview", "cmd.exe", "powershell.exe"]


def test_a_tunnel_goes_the_way_that_ssh_came() -> None:
    user, name = getpass.getuser(), socket.gethostname()
    came = {"SSH_CONNECTION": "10.0.0.9 50022 10.0.0.5 22"}
    assert tunnel_command(7860, came) == f"ssh -L 7860:localhost:7860 {user}@10.0.0.5"
    came = {"SSH_CONNECTION": "fe80::1 50022 fe80::2 2222"}
    assert tunnel_command(7900, came) == f"ssh -p 2222 -L 7900:localhost:7900 {user}@fe80::2"
    assert tunnel_command(7860, {}) == f"ssh -L 7860:localhost:7860 {user}@{name}"
