"""What comes in: how large, how slow, how many at once; and nothing runs on what is refused."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from i2v.guard import bodies

from .server import FORM_END, PAGE_LIMIT_BYTES, Answer, CallLog, Served, form_part, form_type

MIB = 1 << 20
FORM_START = form_part("image", b"begun").rstrip()


def post_chunked(served: Served, path: str, parts: Iterator[bytes], headers: dict[str, str]) -> Answer:
    """A body that does not say how long it is."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    try:
        connection.request("POST", path, body=parts, headers={**headers, "Host": served.host}, encode_chunked=True)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()


def begin_upload(served: Served, declared_bytes: int = 1000) -> socket.socket:
    """The start of an upload whose rest has yet to come."""
    line = socket.create_connection(("127.0.0.1", served.port), timeout=20)
    head = f"POST /api/v1/jobs HTTP/1.1\r\nHost: {served.host}\r\nContent-Length: {declared_bytes}\r\n"
    line.sendall(f"{head}Content-Type: {form_type()['Content-Type']}\r\n\r\n".encode() + FORM_START)
    return line


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/estimate", "/gradio_api/upload", "/gradio_api/run/go", "/"])
@pytest.mark.parametrize("size", [PAGE_LIMIT_BYTES + 1, 20 * MIB])
def test_a_body_over_the_limit_is_refused_by_its_declared_length(
    page: Served, calls: CallLog, path: str, size: int
) -> None:
    answer = page.ask(path, "POST", headers=form_type(), body=bytes(size))
    assert answer.status == 413
    assert answer.problem["code"] == "body_too_large"
    assert "2 MB" in answer.problem["detail"]
    assert calls.names() == []


@pytest.mark.parametrize("declared", ["99999999999999999999999999", "2097153"])
def test_a_body_over_the_limit_is_refused_before_it_comes(page: Served, calls: CallLog, declared: str) -> None:
    head = f"POST /api/v1/estimate HTTP/1.1\r\nHost: {page.host}\r\nContent-Length: {declared}\r\n\r\n"
    assert page.speak(head.encode()).split()[1] in (b"400", b"413")
    assert calls.names() == []


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/estimate", "/gradio_api/upload", "/gradio_api/run/go"])
def test_a_body_without_a_length_is_counted_as_it_comes(page: Served, calls: CallLog, path: str) -> None:
    parts = iter([FORM_START, *[bytes(64 << 10)] * 40])
    headers = form_type() if path.endswith(("jobs", "upload")) else {"Content-Type": "application/json"}
    answer = post_chunked(page, path, parts, headers)
    assert answer.status == 413
    assert answer.problem["code"] == "body_too_large"
    assert calls.names() == []


def test_a_body_up_to_the_limit_is_taken_with_and_without_a_length(page: Served, calls: CallLog) -> None:
    data = bytes(PAGE_LIMIT_BYTES)
    headers = {"Content-Type": "application/octet-stream"}
    assert page.ask("/api/v1/estimate", "POST", headers=headers, body=data).body == b"%d" % PAGE_LIMIT_BYTES
    halves = iter([data[: PAGE_LIMIT_BYTES // 2], data[PAGE_LIMIT_BYTES // 2 :]])
    assert post_chunked(page, "/api/v1/estimate", halves, headers).body == b"%d" % PAGE_LIMIT_BYTES
    assert calls.names() == ["estimate"] * 2


def test_a_form_of_a_thousand_files_runs_nothing(page: Served, calls: CallLog) -> None:
    for path, field in (("/api/v1/jobs", "image"), ("/gradio_api/upload", "files")):
        body = form_part(field, b"x") * 1001 + FORM_END
        assert page.ask(path, "POST", headers=form_type(), body=body).status == 400
    assert calls.names() == []


def test_a_body_that_stalls_is_given_up_and_its_line_closed(
    start: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_GRACE_SECONDS", 0.3)
    served = start()
    began = time.monotonic()
    with begin_upload(served) as line:
        told = b"".join(iter(lambda: line.recv(65536), b""))  # until the server closes
    assert told.startswith(b"HTTP/1.1 408 ")
    assert b"body_too_slow" in told
    assert 0.3 <= time.monotonic() - began < 3
    assert served.calls.names() == []


def test_a_body_that_trickles_is_given_up_too(start: Callable[..., Served], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_GRACE_SECONDS", 0.4)
    served = start()
    began = time.monotonic()
    with begin_upload(served) as line:
        line.settimeout(0.05)
        while time.monotonic() - began < 10:
            line.sendall(b"x")  # each byte in good time, the whole never
            try:
                told = line.recv(100)
            except TimeoutError:
                continue
            break
    assert told.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 3


def test_the_time_the_app_takes_between_parts_is_not_the_senders(
    start: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_GRACE_SECONDS", 0.2)
    monkeypatch.setattr(bodies, "BODY_SLOWEST_BYTES_PER_SECOND", 1 << 40)
    served = start()
    assert served.ask("/api/v1/linger", "POST", body=bytes(4 * MIB)).status == 200


def test_a_long_answer_is_not_cut_by_the_patience_for_bodies(
    start: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_GRACE_SECONDS", 0.1)
    assert start().ask("/api/v1/ticks").body == b"tick " * 4


def test_an_upload_beyond_the_eighth_waits_and_then_is_asked_to_come_back(
    start: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "UPLOAD_WAIT_SECONDS", 0.5)
    served = start()
    lines = [begin_upload(served) for _ in range(bodies.UPLOADS_AT_ONCE)]
    try:
        answer = served.upload(b"data")
        assert answer.status == 503
        assert answer.problem["code"] == "uploads_busy"
        assert int(answer.headers["retry-after"]) >= 0
        assert served.ask("/api/v1/jobs").status == 200  # only uploads wait
        assert served.ask("/api/v1/estimate", "POST", body=b"{}").status == 200
        assert served.calls.names() == ["list", "estimate"]
    finally:
        for line in lines:
            line.close()
    assert served.upload(b"data").status == 200  # a sender gone away leaves its place


def test_a_waiting_upload_goes_on_as_soon_as_a_place_is_free(start: Callable[..., Served]) -> None:
    served = start()
    lines = [begin_upload(served) for _ in range(bodies.UPLOADS_AT_ONCE)]
    answers: list[Answer] = []
    waiting = threading.Thread(target=lambda: answers.append(served.upload(b"data")))
    try:
        waiting.start()
        waiting.join(timeout=0.3)
        assert waiting.is_alive()
        lines.pop().close()
        waiting.join(timeout=5)
    finally:
        for line in lines:
            line.close()
        waiting.join()
    assert [answer.status for answer in answers] == [200]


def test_a_place_is_free_again_once_the_body_is_here_though_its_job_goes_on(
    start: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "UPLOAD_WAIT_SECONDS", 0.1)
    served = start()
    at_work = [threading.Thread(target=served.upload, args=(b"data", "/api/v1/slow")) for _ in range(8)]
    for one in at_work:
        one.start()
    try:
        deadline = time.monotonic() + 10
        while len(served.calls.names()) < len(at_work):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert served.upload(b"data").status == 200
        assert any(one.is_alive() for one in at_work)
    finally:
        for one in at_work:
            one.join()


def test_a_hundred_uploads_at_once_all_arrive(start: Callable[..., Served]) -> None:
    served = start()
    statuses: list[int] = []
    senders = [
        threading.Thread(target=lambda: statuses.append(served.upload(bytes(100_000)).status)) for _ in range(100)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert statuses == [200] * 100
