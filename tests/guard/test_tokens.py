"""With a token, every request must show it, and nothing leaks it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from i2v.domain.address import Address
from i2v.guard import Guard, tokens

from .server import Answer, CallLog, Served, rest_app, serve

TOKEN = "a-long-s3cret"


@pytest.fixture(scope="module")
def locked_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    calls = CallLog(tmp_path_factory.mktemp("locked") / "calls")
    with serve(rest_app(calls), calls, token=TOKEN, any_ip=True) as served:
        yield served


@pytest.fixture
def locked(locked_server: Served) -> Served:
    """A server with a token, and no handler run yet."""
    locked_server.calls.clear()
    return locked_server


def cookie(served: Served, value: str = TOKEN) -> dict[str, str]:
    return {"Cookie": f"other=1; i2v_token_{served.port}={value}; odd"}


@pytest.mark.parametrize("path", ["/", "/api/v1/jobs", "/health", "/api/v1/jobs?token=" + TOKEN])
def test_nothing_is_answered_without_the_token(locked: Served, path: str) -> None:
    answer = locked.ask(path)
    assert answer.status == 401
    assert answer.problem["code"] == "token_required"
    assert answer.headers["www-authenticate"] == f'Bearer realm="{answer.problem["values"]["realm"]}"'
    assert TOKEN.encode() not in answer.body
    assert locked.calls.names() == []


def test_nothing_is_taken_without_the_token(locked: Served) -> None:
    assert locked.upload(b"data").status == 401
    assert locked.ask("/?token=" + TOKEN, "POST", body=b"").status == 401
    assert locked.calls.names() == []


def test_the_token_opens_as_cookie_and_as_bearer(locked: Served) -> None:
    assert locked.ask("/api/v1/jobs", headers=cookie(locked)).status == 200
    assert locked.ask("/api/v1/jobs", headers={"Authorization": f"Bearer {TOKEN}"}).status == 200
    assert locked.ask("/api/v1/jobs", headers={"authorization": f"bearer  {TOKEN}"}).status == 200


def test_the_token_in_the_address_becomes_a_cookie_and_leaves_the_address(locked: Served) -> None:
    answer = locked.ask(f"/?job=1&token={TOKEN}&x=%26")
    assert answer.status == 303
    assert answer.headers["location"] == "/?job=1&x=%26"
    assert answer.headers["cache-control"] == "no-store"
    name_and_value, *attributes = answer.headers["set-cookie"].split("; ")
    assert name_and_value == f"i2v_token_{locked.port}={TOKEN}"
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(attributes)
    assert locked.ask("/api/v1/jobs", headers={"Cookie": name_and_value}).status == 200


def test_a_browser_takes_the_step_to_the_clean_address_itself(locked: Served) -> None:
    answer = locked.ask(f"/?token={TOKEN}", headers={"Accept": "text/html,*/*;q=0.8"})
    assert answer.status == 200
    assert answer.headers["refresh"] == "0; url=/"
    assert "set-cookie" in answer.headers


@pytest.mark.parametrize("wrong", ["", "x", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), "é", "\udcff", "a" * 5000])
def test_a_wrong_token_is_refused_however_it_comes(locked: Served, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "WRONG_TOKEN_SECONDS", 0)
    sent = wrong.encode("utf-8", "surrogateescape").decode("latin-1")
    escaped = "".join(f"%{byte:02x}" for byte in wrong.encode("utf-8", "surrogateescape"))
    for path, headers in (
        ("/", cookie(locked, sent)),
        ("/", {"Authorization": f"Bearer {sent}"}),
        ("/", {"Authorization": f"Basic {TOKEN}"}),
        (f"/?token={escaped}", {}),
    ):
        answer = locked.ask(path, headers=headers)
        assert answer.status == 401
        assert "set-cookie" not in answer.headers
    assert locked.calls.names() == []


def test_a_wrong_token_waits_and_holds_up_nobody_else(locked: Served) -> None:
    seconds: list[float] = []

    def guess() -> None:
        began = time.monotonic()
        assert locked.ask("/", headers={"Authorization": "Bearer guess"}).status == 401
        seconds.append(time.monotonic() - began)

    guesses = [threading.Thread(target=guess) for _ in range(20)]
    for one in guesses:
        one.start()
    began = time.monotonic()
    friends: list[Answer] = [locked.ask("/api/v1/jobs", headers=cookie(locked)) for _ in range(5)]
    assert time.monotonic() - began < tokens.WRONG_TOKEN_SECONDS
    for one in guesses:
        one.join()
    assert {friend.status for friend in friends} == {200}
    assert len(seconds) == 20
    assert min(seconds) >= tokens.WRONG_TOKEN_SECONDS


def test_the_token_goes_no_further_than_the_guard(locked: Served) -> None:
    headers = {**cookie(locked), "Authorization": f"Bearer {TOKEN}"}
    seen = locked.ask("/api/v1/seen", headers=headers).body
    assert TOKEN.encode() not in seen
    assert json.loads(seen)["headers"]["cookie"] == "other=1"


def test_on_a_network_any_ip_address_is_a_good_host_but_no_name(locked: Served) -> None:
    for host, status in (
        (f"192.168.1.5:{locked.port}", 200),
        (f"[fe80::1]:{locked.port}", 200),
        ("192.168.1.5:1", 421),
        (f"evil.example:{locked.port}", 421),
        (f"192.168.1.5.evil.example:{locked.port}", 421),
    ):
        assert locked.ask("/api/v1/jobs", host=host, headers=cookie(locked)).status == status


def test_a_friend_is_still_refused_on_behalf_of_another_site(locked: Served) -> None:
    headers = {**cookie(locked), "Origin": "https://evil.example"}
    assert locked.upload(b"data", **headers).status == 403
    assert locked.ask("/", headers={**headers, "Origin": "http://192.168.1.6:80"}).status == 403
    assert locked.calls.names() == []


def test_an_empty_token_is_no_token() -> None:
    with pytest.raises(ValueError, match="empty token"):
        Guard(lambda scope, receive, send: None, port=7860, token="")  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("options", [{"any_ip": True}, {"public": Address("https", "video.example.org")}])
def test_whom_strangers_can_reach_that_has_a_token(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="needs a token"):
        Guard(lambda scope, receive, send: None, port=7860, **options)  # type: ignore[arg-type, return-value]
