"""What holds for every address of the app."""

from __future__ import annotations

import http.client

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


def test_head_tells_how_long_a_clip_is(server: Server, picture: bytes) -> None:
    job = server.wait_for(server.submit(picture, SMALL)["id"])
    status, headers, body = ask(server, "GET", job["video_url"])
    assert (status, int(headers["content-length"])) == (200, len(body))
    assert ask(server, "HEAD", job["video_url"]) == (200, headers, b"")
