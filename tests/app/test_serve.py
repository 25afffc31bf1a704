"""The server as a whole: what it loads, how it ends, who gets in."""

from __future__ import annotations

import os
import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.serving import Server


def test_the_server_never_loads_torch_or_opencv(server: Server, picture: bytes) -> None:
    assert server.process is not None
    assert server.wait_for(server.submit(picture, {"prompt": "pan left", "num_frames": 4})["id"])["status"] == "done"
    mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert not re.findall(r"\S*(?:libtorch|cv2)\S*", mapped)


def test_it_connects_to_nobody(server: Server) -> None:
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    everyone = [process, *process.children(recursive=True)]
    remote = {link.raddr.ip for one in everyone for link in one.net_connections() if link.raddr}
    assert remote <= {"127.0.0.1", "::ffff:127.0.0.1"}
    listening = {link.laddr.ip for link in process.net_connections() if link.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_the_console_says_one_line_per_stage(server: Server) -> None:
    stages = [line.split(":")[0] for line in server.console().splitlines()]
    assert stages[:4] == ["port", "folders", "log", "address"]
    assert f"http://localhost:{server.port}" in server.console()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_and_leaves_no_process_and_no_lock(
    tmp_path: Path, picture: bytes, number: signal.Signals
) -> None:
    first = Server(tmp_path).start()
    job_id = first.submit(picture, {"prompt": "zoom in", "width": 1280, "height": 1280, "num_frames": 32})["id"]
    process = first.process
    assert process is not None
    workers = first.workers()
    process.send_signal(number)
    assert process.wait(15) == 0
    assert "address" in first.console()
    assert not [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]
    assert not (first.outputs / ".i2v" / "server.json").exists()
    first.stop()
    second = Server(tmp_path).start()
    assert second.wait_for(job_id)["status"] == "done"
    second.stop()


def test_it_takes_the_next_port_where_its_own_is_taken_and_says_by_whom(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        server = Server(tmp_path, port=port)
        server.start(wait=False)
        server.port = port + 1
        server.url = f"http://127.0.0.1:{server.port}"
        server.wait_until_ready()
        assert f"http://localhost:{port + 1}" in server.console()
        stranger_is = f"{psutil.Process().name()} ({os.getpid()})"
        assert f"Port {port} is taken: {stranger_is}. The next free one is {port + 1}." in server.console()
        server.stop()


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    server = Server(tmp_path_factory.mktemp("listen"), I2V_LISTEN="true")
    server.start(wait=False)
    token_path = server.outputs / ".i2v" / "token"
    server.wait_until_console_says("network:")
    yield server, token_path.read_text()
    server.stop()


class TestListening:
    """`listen: true` answers other machines, to those who have the token."""

    def test_without_the_token_nobody_is_answered(self, listening: tuple[Server, str]) -> None:
        server, _ = listening
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{server.url}/api/v1/jobs", timeout=10)
        refused.value.close()
        assert refused.value.code == 401

    def test_the_printed_address_lets_its_reader_in(self, listening: tuple[Server, str]) -> None:
        server, token = listening
        address = re.search(r"network: (http://\S+)", server.console())
        assert address is not None
        assert address.group(1) == f"http://{socket.gethostname()}:{server.port}/?token={token}"
        request = urllib.request.Request(f"{server.url}/api/v1/jobs")
        request.add_header("Host", f"{socket.gethostname()}:{server.port}")
        request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    def test_the_address_for_this_machine_brings_the_token_too(self, listening: tuple[Server, str]) -> None:
        server, token = listening
        address = re.search(r"address: (http://\S+)", server.console())
        assert address is not None
        assert address.group(1) == f"http://localhost:{server.port}/?token={token}"

    def test_the_token_is_for_its_owners_eyes(self, listening: tuple[Server, str]) -> None:
        server, token = listening
        assert (server.outputs / ".i2v" / "token").stat().st_mode & 0o077 == 0
        assert len(token) >= 32
        assert token not in "".join(path.read_text() for path in (server.home / "logs").glob("*.log"))
