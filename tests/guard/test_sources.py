"""Who may ask: the Host a request was sent to, the site that sent it, the method it uses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

import pytest
from starlette.types import Message, Receive, Scope, Send

from i2v.errors import HostRefused
from i2v.guard import Guard
from i2v.text import describe

from .server import FORM_END, CallLog, Served, form_part, form_type

JSON = {"Content-Type": "application/json"}
GO = b'{"data":[null,null,null,"zoom in"]}'
PATHS = (
    "/",
    "/config",
    "/api/v1/jobs",
    "/gradio_api/info",
    "/gradio_api/file=/etc/hostname",
    "/assets/x.js",
    "/nothing",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_host_is_refused_on_every_path(page: Served, calls: CallLog, path: str, method: str) -> None:
    answer = page.ask(path, method, host=f"evil.example:{page.port}", body=b"{}", headers=JSON)
    assert answer.status == 421
    assert answer.problem["code"] == "host_refused"
    assert f"127.0.0.1:{page.port}" in answer.problem["fix"]
    assert calls.names() == []


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "127.0.0.1",
        "localhost:1",
        "localhost.:{port}",
        "127.0.0.1.:{port}",
        "user@localhost:{port}",
        "localhost:{port}@evil.example",
        "localhost:{port}, evil.example",
        "localhost:{port}/",
        "evil.localhost:{port}",
        "127.1:{port}",
        "2130706433:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "0.0.0.0:{port}",
        "192.168.1.5:{port}",
    ],
)
def test_a_host_that_is_not_exactly_ours_is_refused(page: Served, calls: CallLog, host: str) -> None:
    assert page.ask("/api/v1/jobs", host=host.format(port=page.port)).status == 421
    assert calls.names() == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_loopback_is_known_by_all_its_names(page: Served, calls: CallLog, host: str) -> None:
    assert page.ask("/api/v1/jobs", host=f"{host}:{page.port}").status == 200
    assert calls.names() == ["list"]


def test_extra_hosts_are_known_at_our_port_or_their_own(start: Callable[..., Served]) -> None:
    served = start(extra_hosts=["Studio.local", "clips.home:8080"])
    assert served.ask("/api/v1/jobs", host=f"studio.local:{served.port}").status == 200
    assert served.ask("/api/v1/jobs", host="clips.home:8080").status == 200
    assert served.ask("/api/v1/jobs", host=f"clips.home:{served.port}").status == 421


@pytest.mark.parametrize(
    "request_line_and_hosts",
    [
        "GET /api/v1/jobs HTTP/1.1\r\nHost: {host}\r\nHost: evil.example",
        "GET /api/v1/jobs HTTP/1.1\r\nHost: evil.example\r\nHost: {host}",
        "GET /api/v1/jobs HTTP/1.1",
        "GET /api/v1/jobs HTTP/1.0",
        "GET http://evil.example/api/v1/jobs HTTP/1.1\r\nHost: {host}",
        "GET http://{host}/api/v1/jobs HTTP/1.1\r\nHost: {host}",
        "OPTIONS * HTTP/1.1\r\nHost: {host}",
        "CONNECT {host} HTTP/1.1\r\nHost: {host}",
    ],
)
def test_a_request_line_at_odds_with_its_host_is_refused(
    page: Served, calls: CallLog, request_line_and_hosts: str
) -> None:
    raw = request_line_and_hosts.format(host=page.host) + "\r\nConnection: close\r\n\r\n"
    assert page.speak(raw.encode()).split()[1] in (b"400", b"421")
    assert calls.names() == []


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://localhost:9999",
        "http://127.0.0.1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",  # ours too, but not the site that was asked
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}/",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_foreign_origin_is_refused(page: Served, calls: CallLog, origin: str, method: str) -> None:
    headers = {**JSON, "Origin": origin.format(port=page.port)}
    for path in ("/api/v1/jobs", "/api/v1/estimate", "/gradio_api/run/go", "/gradio_api/upload"):
        answer = page.ask(path, method, headers=headers, body=GO)
        assert answer.status == 403
        assert answer.problem["code"] == "origin_refused"
    assert calls.names() == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin, cross-site", "odd", ""])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
def test_a_request_from_another_site_is_refused_even_without_an_origin(
    page: Served, calls: CallLog, site: str, method: str
) -> None:
    assert page.ask("/api/v1/jobs", method, headers={"Sec-Fetch-Site": site}).status == 403
    assert calls.names() == []


def test_our_own_page_the_address_bar_and_programs_are_let_in(page: Served, calls: CallLog) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin", "Origin": page.url}, {"Sec-Fetch-Site": "none"}, {}):
        assert page.upload(b"data", **headers).status == 200
        answer = page.ask("/gradio_api/run/go", "POST", headers={**JSON, **headers}, body=GO)
        assert answer.status == 200, answer.body
    assert calls.names() == ["submit", "go"] * 3


@pytest.mark.parametrize(
    ("path", "mode", "destination", "status"),
    [
        ("/", "navigate", "document", 200),
        ("/?job=1", "navigate", "document", 200),
        ("/", "navigate", "iframe", 403),
        ("/", "no-cors", "image", 403),
        ("/", "cors", "empty", 403),
        ("/", "cors", "document", 403),
        ("/", "navigate", "", 403),
        ("/api/v1/jobs", "navigate", "document", 403),
        ("//", "navigate", "document", 403),
    ],
)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_lead_its_reader_to_the_front_page_and_nowhere_else(
    page: Served, site: str, path: str, mode: str, destination: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
    assert page.ask(path, headers=headers).status == status


def test_another_site_cannot_send_its_reader_with_a_form(page: Served, calls: CallLog) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert page.ask("/", "POST", headers=headers, body=b"").status == 403
    assert page.upload(b"data", **headers).status == 403
    assert calls.names() == []


SITES: tuple[Mapping[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
)
BODIES: tuple[tuple[Mapping[str, str], bytes], ...] = (
    ({"Content-Type": "text/plain"}, GO),
    ({"Content-Type": "application/x-www-form-urlencoded"}, b"data=1"),
    ({}, GO),
    (form_type(), form_part("files", b"data") + FORM_END),
)


def test_no_post_of_another_site_gets_through_whatever_its_form(page: Served, calls: CallLog) -> None:
    described = json.loads(page.ask("/openapi.json").body)["paths"]  # Gradio's own
    paths = [path for path, methods in described.items() if "post" in methods]
    assert "/gradio_api/upload" in paths
    for path in (*paths, "/api/v1/jobs", "/api/v1/estimate"):
        for site in SITES:
            for headers, body in BODIES:
                assert page.ask(path, "POST", headers={**headers, **site}, body=body).status == 403, path
    assert calls.names() == []


def test_another_site_is_given_no_leave_by_a_preflight(page: Served, calls: CallLog) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in ("/api/v1/jobs", "/gradio_api/run/go", "/gradio_api/upload", "/"):
        answer = page.ask(path, "OPTIONS", headers={**asked, "Origin": "https://evil.example"})
        assert answer.status == 403
        assert not any(name.startswith("access-control-allow") for name in answer.headers)
    assert calls.names() == []


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "PUT", "PROPFIND", "get", "X" * 5000])
def test_methods_nobody_needs_are_refused(page: Served, calls: CallLog, method: str) -> None:
    for path in ("/", "/api/v1/jobs", "/gradio_api/run/go", "/gradio_api/upload", "/nothing"):
        answer = page.ask(path, method)
        assert answer.status == 405
        assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST"
        assert answer.problem["code"] == "method_refused"
    assert calls.names() == []


def test_a_method_the_route_does_not_have_runs_nothing(page: Served, calls: CallLog) -> None:
    assert page.ask("/", "DELETE").status == 405
    assert page.ask("/api/v1/jobs/1", "DELETE", headers={"Origin": page.url}).status == 200
    assert page.ask("/gradio_api/upload", "DELETE").status == 405
    assert calls.names() == ["delete"]


OUR_HOST = (b"host", b"127.0.0.1:7860")
OUR_ORIGIN = (b"origin", b"http://127.0.0.1:7860")


@pytest.mark.parametrize(
    ("headers", "is_let_in"),
    [
        ([OUR_HOST, OUR_ORIGIN], True),
        ([OUR_HOST], True),
        ([OUR_HOST, (b"origin", b"http://evil.example")], False),
        ([OUR_HOST, (b"origin", b"null")], False),
        ([OUR_HOST, (b"sec-fetch-site", b"cross-site")], False),
        ([(b"host", b"evil.example:7860"), (b"origin", b"http://evil.example:7860")], False),
        ([OUR_HOST, (b"host", b"evil.example")], False),
        ([OUR_HOST, OUR_ORIGIN, (b"origin", b"http://evil.example")], False),
        ([OUR_HOST, (b"sec-fetch-site", b"none"), (b"sec-fetch-site", b"cross-site")], False),
        ([OUR_ORIGIN], False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_guard_needs_no_help_from_the_server_below(
    kind: str, headers: list[tuple[bytes, bytes]], is_let_in: bool
) -> None:
    """uvicorn's parser refuses doubled headers by itself and has no websockets here; another server may differ."""
    reached, sent = send_straight(headers, kind=kind, port=7860)
    assert reached == is_let_in
    if kind == "websocket" and not is_let_in:
        assert sent == [{"type": "websocket.close", "code": 1008, "reason": ""}]


@pytest.mark.parametrize("host", ["localhost", "localhost:80"])
def test_at_the_default_port_browsers_leave_it_out(host: str) -> None:
    headers = [(b"host", host.encode()), (b"origin", b"http://localhost")]
    assert send_straight(headers, kind="http", port=80)[0]
    assert not send_straight(headers, kind="http", port=8080)[0]


def send_straight(headers: list[tuple[bytes, bytes]], *, kind: str, port: int) -> tuple[bool, list[Message]]:
    """Whether a request with no server below the guard reaches the app, and what the guard sent."""
    reached: list[Scope] = []
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    async def receive() -> Message:
        return {"type": f"{kind}.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "method": "POST", "path": "/live", "query_string": b"", "headers": headers}
    asyncio.run(Guard(app, port=port)(scope, receive, send))
    return bool(reached), sent


def test_refusals_are_told_in_the_readers_language(page: Served) -> None:
    for headers, language in (
        ({}, "en"),
        ({"Accept-Language": "zh-HK,zh;q=0.9,en;q=0.8"}, "zh-CN"),
        ({"Accept-Language": "zh", "Cookie": "a=1; i2v_lang=en"}, "en"),
        ({"Accept-Language": "en", "Cookie": "i2v_lang=zh-CN; b=2"}, "zh-CN"),
    ):
        answer = page.ask(host="evil.example", headers=headers)
        told = describe(HostRefused(host="evil.example"), language)
        assert answer.problem["detail"] == told.what
        assert answer.headers["content-language"] == language
        assert set(answer.problem) == {"type", "title", "status", "code", "detail", "fix", "values"}


def test_every_answer_carries_the_security_headers(page: Served) -> None:
    for answer in (
        page.ask(),
        page.ask("/api/v1/jobs"),
        page.ask("/theme.css"),
        page.ask("/nothing"),
        page.ask(host="evil.example"),
        page.ask("/", "TRACE"),
    ):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_hearsay_about_the_caller_changes_no_address(page: Served) -> None:
    hearsay = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=203.0.113.7;host=evil.example;proto=https",
        "X-Gradio-Server": "https://evil.example",
    }
    seen = json.loads(page.ask("/api/v1/seen", headers=hearsay).body)
    assert seen["url"] == page.url + "/api/v1/seen"
    assert not set(seen["headers"]) & {name.lower() for name in hearsay}
    assert json.loads(page.ask("/config", headers=hearsay).body)["root"] == page.url
    assert b"evil" not in page.ask(headers=hearsay).body
