"""What the doctor says of the public address, behind proxies that are set up well and badly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from i2v.cli.public_address import look_at_public
from i2v.settings import Settings
from tests.reverse_proxy import ReverseProxy
from tests.serving import Server, free_port


@pytest.fixture(scope="module")
def proxy() -> Iterator[ReverseProxy]:
    with ReverseProxy() as running:
        yield running


@pytest.fixture(scope="module")
def server(proxy: ReverseProxy, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("public"), I2V_PUBLIC_URL=proxy.url)
    proxy.target_port = running.port
    running.start()
    yield running
    running.stop()


@pytest.fixture
def told(server: Server) -> Callable[[str], dict[str, str]]:
    """The doctor's findings on an address by their code, with the remedy, of the server that runs."""

    def ask(url: str) -> dict[str, str]:
        found = look_at_public(Settings(output_dir=server.outputs, public_url=url))
        views = [each.to_json("en") for each in found]
        return {view["code"]: view["fix"] or "" for view in views}

    return ask


@pytest.fixture
def stranger() -> Iterator[Callable[[int, bytes], str]]:
    """Starts a server that answers everything alike, and gives its address."""
    with ExitStack() as stack:

        def start(status: int, body: bytes) -> str:
            class Answer(BaseHTTPRequestHandler):
                def do_GET(self) -> None:
                    self.rfile.read(int(self.headers.get("Content-Length", 0)))
                    self.send_response(status)
                    self.end_headers()
                    self.wfile.write(body)

                do_POST = do_GET  # noqa: N815

                def log_message(self, format: str, *arguments: object) -> None:
                    """Says nothing."""

            other = HTTPServer(("127.0.0.1", 0), Answer)
            threading.Thread(target=other.serve_forever, args=(0.05,), daemon=True).start()
            stack.callback(other.server_close)
            stack.callback(other.shutdown)
            return f"http://localhost:{other.server_port}/i2v"

        yield start


def test_the_address_that_leads_here_is_found_to_do_so(
    told: Callable[[str], dict[str, str]], proxy: ReverseProxy, server: Server
) -> None:
    assert told(proxy.url) == {"public_ours": ""}
    assert str(server.token) not in str(proxy.log)


def test_a_proxy_that_shows_the_token_itself_leads_here_too(
    told: Callable[[str], dict[str, str]], proxy: ReverseProxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "added", {"Authorization": f"Bearer {server.token}"})
    assert told(proxy.url) == {"public_ours": ""}


def test_a_proxy_that_puts_its_own_host_in_is_told_what_to_pass_on(
    told: Callable[[str], dict[str, str]], proxy: ReverseProxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "added", {"Host": f"127.0.0.1:{server.port}"})
    assert "proxy_set_header Host $http_host" in told(proxy.url)["public_host"]


def test_an_address_that_the_running_app_was_not_started_with_is_told(
    told: Callable[[str], dict[str, str]], proxy: ReverseProxy
) -> None:
    assert "--restart" in told(proxy.url.replace("localhost", "127.0.0.1"))["public_host"]


def test_who_does_not_answer_is_told_with_the_reason(told: Callable[[str], dict[str, str]]) -> None:
    assert "proxy runs" in told(f"http://localhost:{free_port()}/i2v")["public_silent"]
    assert set(told("https://video.invalid/i2v")) == {"public_silent"}


def test_a_proxy_that_does_not_reach_the_app_is_told_where_it_is(
    told: Callable[[str], dict[str, str]], server: Server, stranger: Callable[[int, bytes], str]
) -> None:
    assert f"http://127.0.0.1:{server.port}," in told(stranger(502, b"<html>"))["public_behind"]


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (404, b""), (301, b""), (200, b'{"status": "ok"}'), (401, b'{"values": {"realm": "x"}}')],
)
def test_somebody_else_at_the_address_is_not_taken_for_us(
    told: Callable[[str], dict[str, str]], stranger: Callable[[int, bytes], str], status: int, body: bytes
) -> None:
    assert set(told(stranger(status, body))) == {"public_other"}


def test_a_proxy_that_takes_no_pictures_is_told_how_many_megabytes(
    told: Callable[[str], dict[str, str]], proxy: ReverseProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "most_bytes", 1 << 20)
    findings = told(proxy.url)
    assert set(findings) == {"public_ours", "public_body"}
    assert "client_max_body_size 32m" in findings["public_body"]


def test_without_an_address_or_an_app_nothing_is_asked(tmp_path: Path) -> None:
    assert list(look_at_public(Settings(output_dir=tmp_path))) == []
    (waits,) = look_at_public(Settings(output_dir=tmp_path, public_url="https://video.example.org"))
    assert (waits.level, waits.key) == ("good", "public_waits")
