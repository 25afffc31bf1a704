"""Behind a reverse proxy: one more address is known, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping

import pytest
from starlette.types import Message, Receive, Scope, Send

from i2v.domain.address import read_address
from i2v.guard import Guard

from .server import Answer, CallLog, Served, rest_app, serve

TOKEN = "a-long-s3cret"
HOST = "video.example.org"
ORIGIN = f"https://{HOST}"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def proxied_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    calls = CallLog(tmp_path_factory.mktemp("proxied") / "calls")
    with serve(rest_app(calls), calls, token=TOKEN, public=read_address(f"{ORIGIN}/i2v/")) as served:
        yield served


@pytest.fixture
def proxied(proxied_server: Served) -> Served:
    """A server that a proxy shows at https://video.example.org/i2v, and no handler run yet."""
    proxied_server.calls.clear()
    return proxied_server


def ask(served: Served, path: str, method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return served.ask(path, method, host=HOST, headers={**BEARER, **named}, body=b"" if method == "POST" else None)


@pytest.mark.parametrize("path", ["/i2v/api/v1/jobs", "/api/v1/jobs"])
def test_the_path_may_come_with_its_front_or_without(proxied: Served, path: str) -> None:
    assert ask(proxied, path).status == 200
    assert proxied.calls.names() == ["list"]


def test_whoever_is_asked_here_sees_the_public_address(proxied: Served) -> None:
    for path in ("/i2v/api/v1/seen?x=1", "/api/v1/seen?x=1"):
        assert json.loads(ask(proxied, path).body)["url"] == f"{ORIGIN}/i2v/api/v1/seen?x=1"
    here = json.loads(proxied.ask("/api/v1/seen", headers=BEARER).body)["url"]
    assert here == f"{proxied.url}/api/v1/seen"


def test_this_machine_knows_no_front(proxied: Served) -> None:
    assert proxied.ask("/api/v1/jobs", headers=BEARER).status == 200
    assert proxied.ask("/i2v/api/v1/jobs", headers=BEARER).status == 404


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example, {HOST}",
        f"a.{HOST}",
        f"{HOST}.",
        f"{HOST}:80",
        f"{HOST}:7860",
        f"user@{HOST}",
        "192.168.1.5:{port}",
        "video:{port}",
    ],
)
def test_no_other_host_is_known_whatever_the_proxy_says_of_it(proxied: Served, host: str) -> None:
    told = {"X-Forwarded-Host": HOST, "X-Forwarded-Proto": "https", "Forwarded": f"host={HOST};proto=https"}
    answer = proxied.ask("/i2v/api/v1/jobs", host=host.format(port=proxied.port), headers={**BEARER, **told})
    assert answer.status == 421
    assert HOST in answer.problem["fix"]
    assert proxied.calls.names() == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"http://{HOST}", f"{ORIGIN}:80", f"{ORIGIN}/"])
def test_no_other_origin_is_known(proxied: Served, origin: str) -> None:
    assert ask(proxied, "/i2v/api/v1/estimate", "POST", Origin=origin).status == 403
    assert ask(proxied, "/i2v/api/v1/estimate", "POST", Origin=origin, X_Forwarded_Host="evil.example").status == 403
    assert proxied.calls.names() == []


def test_the_page_at_the_public_address_is_our_own(proxied: Served) -> None:
    for origin in (ORIGIN, f"{ORIGIN}:443"):
        assert ask(proxied, "/i2v/api/v1/estimate", "POST", Origin=origin, Sec_Fetch_Site="same-origin").status == 200
    assert proxied.calls.names() == ["estimate"] * 2


def test_a_page_of_this_machine_cannot_speak_for_the_public_one_nor_the_other_way_round(proxied: Served) -> None:
    assert ask(proxied, "/i2v/api/v1/estimate", "POST", Origin=proxied.url).status == 403
    headers = {**BEARER, "Origin": ORIGIN}
    assert proxied.ask("/api/v1/estimate", "POST", headers=headers, body=b"").status == 403


@pytest.mark.parametrize("headers", [{}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}])
def test_everybody_shows_the_token_on_this_machine_too(proxied: Served, headers: Mapping[str, str]) -> None:
    """A proxy that does not pass Host on makes strangers look like programs of this machine."""
    assert proxied.ask("/i2v/api/v1/jobs", host=HOST, headers=headers).status == 401
    assert proxied.ask("/api/v1/jobs", headers=headers).status == 401
    assert proxied.calls.names() == []


def test_the_cookie_stays_below_the_front_and_on_https(proxied: Served) -> None:
    for path in (f"/i2v/?token={TOKEN}&x=1", f"/?token={TOKEN}&x=1"):
        answer = proxied.ask(path, host=HOST)
        assert answer.headers["location"] == "/i2v/?x=1"
        assert {"Path=/i2v/", "Secure", "HttpOnly", "SameSite=strict"} <= set(answer.headers["set-cookie"].split("; "))
    here = proxied.ask(f"/?token={TOKEN}").headers["set-cookie"].split("; ")
    assert "Path=/" in here
    assert "Secure" not in here


def test_the_front_alone_leads_to_its_page_with_all_that_was_asked(proxied: Served) -> None:
    answer = proxied.ask(f"/i2v?token={TOKEN}", host=HOST)
    assert (answer.status, answer.headers["location"]) == (308, f"/i2v/?token={TOKEN}")
    assert ask(proxied, "/i2vx/").status == 404


def test_another_site_may_lead_its_reader_to_the_public_page_and_nowhere_else(proxied: Served) -> None:
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    assert ask(proxied, "/i2v/", **link).status == 404  # let in: this app has no page
    assert ask(proxied, "/i2v/api/v1/jobs", **link).status == 403


def test_a_refusal_names_the_help_below_the_front(proxied: Served) -> None:
    assert proxied.ask("/i2v/api/v1/jobs", host=HOST).problem["type"] == "/i2v/help/token_required"
    assert proxied.ask("/api/v1/jobs").problem["type"] == "/help/token_required"


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_who_stands_behind_the_proxy_is_taken_for_nobody_of_this_machine(kind: str) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        """Nobody listens."""

    guard = Guard(app, port=7860, token=TOKEN, public=read_address(f"{ORIGIN}/i2v"))
    for host in (HOST, "127.0.0.1:7860"):
        headers = [(b"host", host.encode()), (b"authorization", f"Bearer {TOKEN}".encode())]
        scope = {"type": kind, "method": "GET", "path": "/x", "query_string": b"", "headers": headers}
        asyncio.run(guard({**scope, "scheme": "http", "client": ("127.0.0.1", 50000)}, receive, send))
    behind, here = seen
    assert (behind["client"], here["client"]) == (None, ("127.0.0.1", 50000))
    assert (behind["scheme"], here["scheme"]) == {"http": ("https", "http"), "websocket": ("wss", "ws")}[kind]
    assert (behind["root_path"], behind["path"], here["path"]) == ("/i2v", "/i2v/x", "/x")
