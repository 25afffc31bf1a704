"""One server per outputs folder: shown, ended, started anew and in the background. Real processes, ports and kills."""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from i2v.cli import instance
from i2v.cli.instance import door, stop
from i2v.errors import FolderBusy, ServerUnproven
from i2v.machine.network import own_ip
from i2v.settings import PROJECT, Settings
from i2v.storage.ownership import Ownership, read_owner
from tests.serving import START_SECONDS, Server, free_port

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9 and sessions are POSIX's")


class Home:
    """A data folder with a port of its own; whatever runs on it is ended with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state, self.port = folder, folder / "outputs" / ".i2v", free_port()
        self.seen = folder / "seen"
        browser = folder / "browser"
        browser.write_text(f'#!/bin/sh\necho "$1" >>"{self.seen}"\n', encoding="utf-8")
        browser.chmod(0o755)
        self.environ = {
            **{name: value for name, value in os.environ.items() if name not in ("I2V_NO_BROWSER", "I2V_LAUNCHED")},
            "I2V_INPUT_DIR": str(folder / "inputs"),
            "I2V_LOGS_DIR": str(folder / "logs"),
            "I2V_LANGUAGE": "en",
            "BROWSER": f"{browser} %s",
        }

    def command(self, *flags: str) -> list[str]:
        folder = ["--output_dir", str(self.state.parent), "--port", str(self.port)]
        return [sys.executable, str(PROJECT / "main.py"), *folder, *flags]

    def run(self, *flags: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs the command line to its end, in a session of its own, as a terminal that is closed afterwards."""
        return subprocess.run(
            self.command(*flags),
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            start_new_session=True,
        )

    def pid(self) -> int:
        return int(str(read_owner(self.state)["pid"]))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    place = Home(tmp_path)
    yield place
    if read_owner(place.state).get("pid"):
        place.run("--stop")


def test_a_server_in_the_background_outlives_its_terminal_and_is_ended_by_its_folder(home: Home) -> None:
    started = home.run("--background")
    assert started.returncode == 0, started.stderr
    pid = home.pid()
    told = started.stderr.splitlines()
    assert (
        told[0] == f"The app runs in the background: http://localhost:{home.port} (process {pid}). It ends with --stop."
    )
    assert told[1].startswith(f"log: {home.folder / 'logs' / 'app_'}")
    assert Path(told[1].removeprefix("log: ")).is_file()
    assert not home.seen.exists()
    assert os.getsid(pid) == pid  # no terminal can take it along
    assert instance._health(f"http://127.0.0.1:{home.port}") == 200

    again = home.run("--background")
    assert (again.returncode, home.pid()) == (0, pid)
    assert f"running already: http://localhost:{home.port} (process {pid})" in again.stderr

    anew = home.run("--restart", "--background")
    assert anew.returncode == 0, anew.stderr
    assert f"Stopping the app (process {pid})" in anew.stderr
    assert not psutil.pid_exists(pid)
    assert home.pid() != pid

    ended = home.run("--stop")
    assert ended.returncode == 0
    assert ended.stderr.endswith("Stopped. Jobs that were waiting go on at the next start.\n")
    assert {path.name for path in home.state.iterdir()} >= {"console.log"}
    assert not {"server.json", "end"} & {path.name for path in home.state.iterdir()}
    assert "Stopped." in (home.state / "console.log").read_text("utf-8")  # in order, not killed
    nothing = home.run("--stop")
    assert nothing.returncode == 0
    assert nothing.stderr.startswith("Nothing to stop")


def test_in_the_background_too_every_way_in_is_told_with_its_token(home: Home) -> None:
    started = home.run("--background", "--listen", "--public-url", "https://video.example.org/i2v/")
    assert started.returncode == 0, started.stderr
    token = (home.state / "token").read_text()
    hosts = [socket.gethostname(), *filter(None, [own_ip()])]
    told = [line.split(" (")[0] for line in started.stderr.splitlines() if f"?token={token}" in line]
    assert told == [
        *(f"network: http://{host}:{home.port}/?token={token}" for host in hosts),
        f"public: https://video.example.org/i2v/?token={token}",
    ]
    assert home.run("--stop").returncode == 0  # asked for by its folder, no token needed


@pytest.mark.parametrize("url", ["*", "video.example.org", "https://*.example.org", "https://video.example.org/?x"])
def test_a_public_address_that_cannot_be_is_refused_before_anything_starts(home: Home, url: str) -> None:
    refused = home.run("--public-url", url)
    assert refused.returncode == 2
    assert (
        f"The setting public_url is {url} (--public-url), but it takes http(s)://NAME[:PORT][/PATH]" in refused.stderr
    )
    assert not home.state.exists()


def test_a_server_that_does_not_come_up_in_the_background_shows_its_last_lines(home: Home) -> None:
    home.state.mkdir(parents=True)
    with sqlite3.connect(home.state / "jobs.sqlite") as newer:
        newer.execute("PRAGMA user_version=99")
    newer.close()
    done = home.run("--background")
    assert done.returncode == 1
    assert "ended, or was not ready within" in done.stderr
    assert "comes from a newer version" in done.stderr
    assert "[server_unready]" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_second_start_opens_the_page_of_the_first_and_ends_well(home: Home) -> None:
    first = Server(home.folder, port=home.port).start()
    try:
        second = home.run()
        assert second.returncode == 0, second.stderr
        assert f"running already: http://localhost:{home.port} (process {home.pid()})" in second.stderr
        assert home.seen.read_text() == f"http://localhost:{home.port}\n"
        quiet = home.run(I2V_NO_BROWSER="1")
        assert quiet.returncode == 0
        assert len(home.seen.read_text().splitlines()) == 1
    finally:
        first.stop()


def test_of_two_starts_at_once_one_serves_and_both_show_its_page(home: Home) -> None:
    both = [subprocess.Popen(home.command(), env=home.environ, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    until = time.monotonic() + START_SECONDS
    while not (home.seen.exists() and len(home.seen.read_text().splitlines()) == 2):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert set(home.seen.read_text().splitlines()) == {f"http://localhost:{home.port}"}
    (serving,) = [process for process in both if process.pid == home.pid()]
    (other,) = [process for process in both if process is not serving]
    assert other.wait(10) == 0
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(10) == 0
    for process in both:
        process.communicate()


def test_what_a_killed_server_left_is_no_obstacle_and_nobody_is_ended_for_it(home: Home) -> None:
    Server(home.folder, port=home.port).start().kill()
    note = read_owner(home.state)
    assert note["url"]
    with subprocess.Popen(["sleep", "60"]) as innocent:
        for left in (json.dumps({**note, "pid": innocent.pid}), '{"pid": 12', ""):
            (home.state / "server.json").write_text(left, "utf-8")
            stopped = home.run("--stop")
            assert stopped.returncode == 0
            assert stopped.stderr.startswith("Nothing to stop")
        (home.state / "server.json").write_text('{"pid": 12', "utf-8")
        (home.state / "end").write_text(str(innocent.pid), "utf-8")
        started = home.run("--background")
        assert started.returncode == 0, started.stderr
        assert f"http://localhost:{home.port} (process {home.pid()})" in started.stderr
        assert innocent.poll() is None
        innocent.kill()


def test_only_what_is_proven_to_be_the_owner_is_ended(tmp_path: Path) -> None:
    settings = Settings(output_dir=tmp_path / "outputs")
    settings.state_dir.mkdir(parents=True)
    holder = Ownership(settings.state_dir)
    holder.announce("http://localhost:1")
    note = read_owner(settings.state_dir)
    with subprocess.Popen(["sleep", "60"]) as innocent:
        born = psutil.Process(innocent.pid).create_time()
        for change in (
            {"pid": innocent.pid, "since": born - 60},  # the number was given anew after the note
            {"pid": innocent.pid, "since": born + 60, "host": f"not {platform.node()}"},
            {"pid": 2**22 + 1},
            {"pid": str(innocent.pid), "since": born + 60},
        ):
            (settings.state_dir / "server.json").write_text(json.dumps({**note, **change}), "utf-8")
            with pytest.raises(ServerUnproven):
                stop(settings)
        assert innocent.poll() is None
        innocent.kill()
    holder.release()


def test_a_command_at_work_is_not_ended(tmp_path: Path) -> None:
    settings = Settings(output_dir=tmp_path / "outputs")
    settings.state_dir.mkdir(parents=True)
    holder = Ownership(settings.state_dir)
    holder.announce(None)
    with pytest.raises(FolderBusy):
        stop(settings)
    holder.release()


@pytest.mark.parametrize("deaf", ["to being asked", "to everything"])
def test_a_server_that_does_not_listen_is_ended_all_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch, deaf: str
) -> None:
    server = Server(home.folder, port=home.port).start()
    assert server.process is not None
    monkeypatch.setattr(instance, "END_SECONDS", 1.0)
    if deaf == "to everything":
        server.process.send_signal(signal.SIGSTOP)
    else:
        monkeypatch.setattr(instance, "ask_to_end", lambda *_: None)
    stop(Settings(output_dir=home.state.parent))
    assert ("Stopped." in server.console()) == (deaf != "to everything")
    Ownership(home.state).release()
    server.stop()  # it is gone already; this closes what the test holds of it


def test_a_server_that_holds_the_folder_and_does_not_answer_is_named(home: Home) -> None:
    server = Server(home.folder, port=home.port).start()
    assert server.process is not None
    note = json.loads((home.state / "server.json").read_text("utf-8"))
    (home.state / "server.json").write_text(json.dumps({**note, "url": f"http://localhost:{free_port()}"}), "utf-8")
    done = home.run()
    server.stop()
    assert done.returncode == 1
    assert "[server_unreachable]" in done.stderr
    assert "--restart" in done.stderr


def test_a_server_that_is_just_ending_is_waited_for_and_not_shown(home: Home) -> None:
    first = Server(home.folder, port=home.port).start()
    assert first.process is not None
    first.process.send_signal(signal.SIGTERM)
    second = home.run("--background")
    assert second.returncode == 0, second.stderr
    assert "running already" not in second.stderr
    assert first.process.wait(10) == 0
    first.stop()


def test_with_a_token_the_second_start_opens_the_page_that_lets_it_in(home: Home) -> None:
    first = Server(home.folder, port=home.port, I2V_LISTEN="true")
    first.start(wait=False)
    first.wait_until_console_says("network:")
    try:
        assert home.run("--listen").returncode == 0
        token = (home.state / "token").read_text()
        assert home.seen.read_text() == f"http://localhost:{home.port}/?token={token}\n"
    finally:
        first.stop()


def test_in_the_background_the_address_for_others_and_a_taken_port_are_told(home: Home) -> None:
    with socket.create_server(("127.0.0.1", home.port)):
        started = home.run("--listen", "--background")
    assert started.returncode == 0, started.stderr
    owner = re.escape(f"{psutil.Process().name()} ({os.getpid()})")
    found = re.search(rf"Port {home.port} is taken: {owner}\. The next free one is (\d+)", started.stderr)
    assert found, started.stderr
    token, host, port = (home.state / "token").read_text(), socket.gethostname(), int(found[1])
    assert f"network: http://{host}:{port}/?token={token}" in started.stderr


def test_in_the_background_over_ssh_the_tunnel_is_named(home: Home) -> None:
    started = home.run("--background", BROWSER="", SSH_CONNECTION="10.0.0.9 50022 10.0.0.5 22")
    assert started.returncode == 0, started.stderr
    way = rf"^tunnel: ssh -L {home.port}:localhost:{home.port} \S+@10\.0\.0\.5  .*http://localhost:{home.port} there"
    assert re.search(way, started.stderr, re.MULTILINE)


def test_what_came_by_the_launcher_is_started_by_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("I2V_LAUNCHED", raising=False)
    assert door() == [sys.executable, str(PROJECT / "main.py")]
    monkeypatch.setenv("I2V_LAUNCHED", "1")
    assert door() == [sys.executable, str(PROJECT / "launcher.py")]


def test_the_command_prints_the_unit_alone_and_says_what_to_do_with_it(home: Home) -> None:
    done = home.run("--systemd", https_proxy="http://me:secret@proxy:3128")
    assert done.returncode == 0
    assert "since a password stands in it: https_proxy." in done.stderr
    assert "secret" not in done.stdout + done.stderr
    assert done.stdout.startswith("[Unit]\n")
    assert f"--output_dir {home.state.parent} --port {home.port}\n" in done.stdout
    assert "systemctl --user enable --now i2v" in done.stderr
    assert not home.state.exists()
