"""The port answers from the first moment and never refuses."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time

import pytest

from i2v.app.serve import listen
from i2v.app.splash import Splash
from i2v.errors import PortBusy, PortForbidden


def ask(port: int, path: str) -> tuple[int, str | None, bytes]:
    """Status, Retry-After and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Retry-After"), answer.read()


def test_the_page_says_starting_and_everything_else_is_not_ready_yet() -> None:
    listener = listen(17860)
    splash = Splash(listener)
    port = listener.getsockname()[1]
    status, _, body = ask(port, "/")
    assert status == 200
    assert "Starting" in body.decode()
    assert "正在启动" in body.decode()
    for path in ("/health", "/api/v1/jobs"):
        assert ask(port, path)[:2] == (503, "1")
    splash.stop()
    listener.close()


def test_a_caller_that_says_nothing_keeps_nobody_waiting() -> None:
    listener = listen(17860)
    splash = Splash(listener)
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        began = time.monotonic()
        assert ask(port, "/")[2]
        assert time.monotonic() - began < 1.0
    splash.stop()
    listener.close()


def test_a_caller_between_splash_and_server_is_kept_not_refused() -> None:
    listener = listen(17860)
    Splash(listener).stop()
    answers: list[bytes] = []
    caller = threading.Thread(target=lambda: answers.append(ask(listener.getsockname()[1], "/")[2]))
    caller.start()
    connection, _ = listener.accept()
    with connection:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready")
    caller.join()
    assert answers == [b"ready"]
    listener.close()


def test_a_busy_port_gives_the_next_one_and_twenty_busy_ports_an_error() -> None:
    taken = [listen(18200)]
    first = taken[0].getsockname()[1]
    for expected in range(first + 1, first + 20):
        taken.append(listen(first))
        assert taken[-1].getsockname()[1] == expected
    with pytest.raises(PortBusy, match=str(first)):
        listen(first)
    for listener in taken:
        listener.close()


def test_ports_that_the_system_keeps_for_others_are_not_said_to_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(PortForbidden) as refused:
        listen(80)
    assert refused.value.values == {"port": 80, "reason": "Permission denied"}
