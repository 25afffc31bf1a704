"""What holds for every address of the app."""

from __future__ import annotations

import http.client
import socket

import pytest

from tests.serving import Server

SMALL = {"width": 128, "height": 128, "num_frames": 4}


def ask(server: Server, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() != "date"}
        return answer.status, kept, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/health", "/api/v1/engines", "/api/v1/jobs/nobody", "/api/nothing", "/"])
def test_head_answers_as_get_does_without_the_body(server: Server, path: str) -> None:
    status, headers, body = ask(server, "GET", path)
    head_status, head_headers, head_body = ask(server, "HEAD", path)
    assert (head_status, head_body) == (status, b"")
    assert head_headers["content-type"] == headers["content-type"]
    assert body


@pytest.mark.parametrize(("method", "path"), [("GET", "/gradio_api/info"), ("POST", "/gradio_api/upload")])
def test_gradios_own_api_is_shut(server: Server, method: str, path: str) -> None:
    status, headers, _ = ask(server, method, path)
    assert (status, headers["content-type"]) == (404, "application/problem+json")


def test_a_client_that_goes_away_leaves_no_error_in_the_log(server: Server) -> None:
    head = f"POST /api/v1/estimate HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 99\r\n\r\n{{"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    (log,) = (server.home / "logs").glob("*.log")
    assert "ClientDisconnect" not in log.read_text("utf-8")


def test_head_tells_how_long_a_clip_is(server: Server, picture: bytes) -> None:
    job = server.wait_for(server.submit(picture, SMALL)["id"])
    status, headers, body = ask(server, "GET", job["video_url"])
    assert (status, int(headers["content-length"])) == (200, len(body))
    assert ask(server, "HEAD", job["video_url"]) == (200, headers, b"")
