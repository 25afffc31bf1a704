"""Where a command's job goes when somebody else has the folder."""

from __future__ import annotations

import http.server
import json
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from i2v.app.serve import address_of, listen
from i2v.app.splash import Splash
from i2v.cli.desks import OwnDesk, ServerDesk, open_desk
from i2v.errors import DatabaseNewer
from i2v.settings import PROJECT
from i2v.storage.history import HistoryTable
from i2v.storage.jobs import JobTable
from i2v.storage.ownership import Ownership, read_owner
from tests.cli.test_generate import SMALL, Terminal
from tests.services.test_submit import make_house, wish
from tests.serving import Server, free_port

HOLD = """
import sys, pathlib
from i2v.storage.ownership import Ownership
owner = Ownership(pathlib.Path(sys.argv[1])); owner.announce(None); print("held", flush=True)
sys.stdin.read()
"""


def test_a_server_with_a_token_takes_the_commands_of_its_own_machine(tmp_path: Path, picture: bytes) -> None:
    (tmp_path / "picture.png").write_bytes(picture)
    terminal = Terminal(tmp_path)
    server = Server(tmp_path, I2V_LISTEN="true").start(wait=False)
    try:
        server.wait_until_console_says("?token=")
        target = tmp_path / "mine.mp4"
        code, told = terminal.generate("--image", tmp_path / "picture.png", *SMALL, "--output", target)
        assert (code, told["status"]) == (0, "done")
        assert target.read_bytes() == Path(told["video"]).read_bytes()
        (job,) = json.loads(terminal.run("jobs", "list", "--json").stdout)
        assert job["id"] == told["job_id"]
    finally:
        server.stop()


def test_a_folder_where_another_command_is_at_work_is_told_in_the_readers_language(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    state = terminal.outputs / ".i2v"
    state.mkdir(parents=True)
    command = [sys.executable, "-c", HOLD, str(state)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert {"pid": other.pid, "url": None}.items() <= read_owner(state).items()
        for language, word in (("en", "Another command"), ("zh-CN", "另一个命令")):
            for name in (("jobs", "list"), ("serve",)):
                refused = terminal.run(*name, I2V_LANGUAGE=language, I2V_NO_BROWSER="1")
                assert refused.returncode == 2
                assert "[folder_busy]" in refused.stderr
                assert word in refused.stderr
                assert str(other.pid) in refused.stderr
                assert "None" not in refused.stderr


class _Ready(http.server.BaseHTTPRequestHandler):
    """The app once it has started."""

    def do_GET(self) -> None:
        body = b'{"jobs": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


def test_a_server_that_has_only_just_begun_is_waited_for() -> None:
    with listen(free_port()) as listener:
        splash = Splash(listener)
        app = http.server.HTTPServer(("", 0), _Ready, bind_and_activate=False)
        app.socket.close()
        app.socket = listener
        app.timeout = 10

        def start() -> None:
            splash.stop()
            app.handle_request()

        desk = ServerDesk(address_of(listener), token=None)
        starting = threading.Timer(0.5, start)
        starting.start()
        try:
            assert desk.find(1, "", only_starred=False) == []
        finally:
            desk.close()
            starting.join()


@pytest.mark.parametrize("deed", ["cancel", "delete"])
def test_a_job_that_a_killed_server_left_at_work_is_stopped_without_one(
    tmp_path: Path, picture: bytes, deed: str
) -> None:
    house = make_house(tmp_path)
    job = house.submitter.submit(wish(house, picture, engine="camera"))
    JobTable(house.database).claim(1.0)
    desk = OwnDesk(house)
    getattr(desk, deed)(job.id)
    known = HistoryTable(house.database).known(job.id)
    assert known is not None
    assert (known.status, known.deleted_at is not None) == ("cancelled", deed == "delete")
    desk.close()


def test_a_folder_that_cannot_be_opened_is_left_to_whoever_comes_next(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    house.close()
    with sqlite3.connect(house.settings.state_dir / "jobs.sqlite") as newer:
        newer.execute("PRAGMA user_version=99")
    newer.close()
    for _ in range(2):
        with pytest.raises(DatabaseNewer):
            open_desk(house.settings)
    Ownership(house.settings.state_dir).release()
