"""The files of `deploy/` in the proxies they are for: nginx with a certificate, and Caddy."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from i2v.cli.public_address import look_at_public
from i2v.settings import PROJECT, Settings
from tests.e2e.visitor import Visitor
from tests.far_away import FarAway
from tests.serving import START_SECONDS, Server, free_port

pytestmark = [
    pytest.mark.proxies,
    pytest.mark.browser,
    pytest.mark.skipif(not (shutil.which("nginx") and shutil.which("caddy")), reason="nginx and caddy"),
]

# Long enough that progress can be seen to arrive, and for the browser a moment.
LONG = {"prompt": "zoom in", "engine": "camera", "width": 768, "height": 768, "num_frames": 24}
SMALL = {"width": 256, "height": 256, "num_frames": 8}
WORD = "somebody:secret"


def nginx(home: Path, port: int, app_port: int, *, password: str | None = None) -> list[str]:
    """Our file as nginx would find it among its sites; its names, port and certificate are the test's."""
    site = (PROJECT / "deploy" / "nginx.conf").read_text("utf-8")
    site = site.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl").replace("video.example.org", "localhost")
    site = site.replace("/etc/letsencrypt/live/localhost/fullchain.pem", str(home / "certificate.pem"))
    site = site.replace("/etc/letsencrypt/live/localhost/privkey.pem", str(home / "key.pem"))
    site = site.replace("127.0.0.1:7860", f"127.0.0.1:{app_port}")
    if password is not None:
        (home / "htpasswd").write_text(WORD.replace(":", ":{PLAIN}") + "\n")
        site = site.replace("/etc/nginx/i2v.htpasswd", str(home / "htpasswd"))
        site = site.replace("what-stands-in-outputs/.i2v/token", password)
        for setting in ("auth_basic", "proxy_set_header Authorization"):
            site = site.replace(f"# {setting}", setting)
    # Else it would write where only root may, and its workers could not read what a test's folder holds.
    temporary = "".join(
        f"{name}_temp_path {home / name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;"
        f"events {{}} http {{ access_log {home}/access.log; {temporary}\n{site}\n}}"
    )
    return ["nginx", "-p", str(home), "-c", str(home / "nginx.conf"), "-e", str(home / "error.log")]


def caddy(home: Path, port: int, app_port: int) -> list[str]:
    """Our file in a Caddy that fetches no certificate and listens to no commands."""
    site = (PROJECT / "deploy" / "Caddyfile").read_text("utf-8")
    site = site.replace("video.example.org {", f"http://localhost:{port} {{\n\tbind 127.0.0.1")
    site = site.replace("127.0.0.1:7860", f"127.0.0.1:{app_port}")
    (home / "Caddyfile").write_text("{\n\tadmin off\n}\n" + site)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(home / "Caddyfile")]


@contextmanager
def running(command: Sequence[str], home: Path, port: int) -> Iterator[None]:
    """The proxy, as a process of the test's own, once it answers."""
    environ = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(home)}
    with (home / "proxy.txt").open("wb") as console:
        process = subprocess.Popen(command, env=environ, stdout=console, stderr=console)
        try:
            until = time.monotonic() + START_SECONDS
            while not answers(port):
                assert process.poll() is None, (home / "proxy.txt").read_text()
                assert time.monotonic() < until
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(20)


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def far_away(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarAway]:
    """Somebody behind a real proxy, trusting its certificate."""
    home, port, app_port = tmp_path_factory.mktemp("proxy"), free_port(), free_port()
    kind = str(request.param)
    url = f"{'https' if kind == 'nginx' else 'http'}://localhost:{port}/i2v"
    certify(home)
    command = nginx(home, port, app_port) if kind == "nginx" else caddy(home, port, app_port)
    server = Server(tmp_path_factory.mktemp(kind), app_port, I2V_PUBLIC_URL=url).start()
    with pytest.MonkeyPatch.context() as patch, running(command, home, port):
        patch.setenv("SSL_CERT_FILE", str(home / "certificate.pem"))
        yield FarAway(server, url)
    server.stop()


def certify(home: Path) -> None:
    """A certificate for localhost that only the test trusts."""
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(home / "key.pem"), "-out", str(home / "certificate.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*command, "-days", "1", *names, *files], check=True, capture_output=True)


def test_events_come_while_the_clip_is_made_and_its_parts_when_they_are_asked_for(
    far_away: FarAway, picture: bytes
) -> None:
    job, location = far_away.submit(picture, LONG)
    assert location == f"/i2v/api/v1/jobs/{job['id']}"
    views, seconds = far_away.follow(job)
    done = views[-1]
    assert done["status"] == "done"
    assert len(views) > 4
    assert seconds[-1] - seconds[0] > 0.5
    clip = far_away.read(done["video_url"])
    with far_away.open(done["video_url"], Range="bytes=1000-1999") as part:
        assert (part.status, part.read()) == (206, clip[1000:2000])


def test_the_doctor_finds_nothing_to_mend(far_away: FarAway) -> None:
    found = look_at_public(Settings(output_dir=far_away.server.outputs, public_url=far_away.url))
    assert [(each.level, each.key) for each in found] == [("good", "public_ours")]


def test_an_upload_gets_through_up_to_the_apps_own_bound(far_away: FarAway) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        far_away.submit(bytes(31 << 20), {})
    assert json.loads(refused.value.read())["code"] == "picture_unrecognized"


def test_the_address_without_its_slash_leads_on_with_its_token(far_away: FarAway) -> None:
    with pytest.raises(urllib.error.HTTPError) as waiting:
        urllib.request.urlopen(f"{far_away.url}?x=1", timeout=20)
    assert (waiting.value.code, waiting.value.url) == (401, f"{far_away.url}/?x=1")
    waiting.value.close()


def test_a_browser_works_there_and_keeps_its_cookie_to_the_path(
    browser: Browser, far_away: FarAway, picture: bytes
) -> None:
    visitor = Visitor(browser, f"{far_away.url}/?token={far_away.token}", ignore_https_errors=True)
    visitor.bring(picture, "pan left")
    visitor.set_options("camera", **SMALL)
    visitor.generate()
    visitor.expect_status("done")
    visitor.wait_until_playing()
    expect(visitor.page).to_have_url(f"{far_away.url}/")
    (cookie,) = [each for each in visitor.page.context.cookies() if each["name"].startswith("i2v_token")]
    assert (cookie["path"], cookie["secure"]) == ("/i2v/", far_away.url.startswith("https:"))
    visitor.leave()


def test_a_proxy_that_asks_for_passwords_shows_the_token_for_those_it_lets_in(
    far_away: FarAway, tmp_path: Path
) -> None:
    port = free_port()
    certify(tmp_path)
    command = nginx(tmp_path, port, far_away.server.port, password=far_away.token)
    # The app is known at the other proxy's port; a browser would send the one that it asked.
    config = tmp_path / "nginx.conf"
    host = urlsplit(far_away.url).netloc
    config.write_text(config.read_text().replace("$http_host", host))
    with running(command, tmp_path, port), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        request = urllib.request.Request(f"https://localhost:{port}/i2v/api/v1/jobs")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(request, timeout=20)
        request.add_header("Authorization", f"Basic {b64encode(WORD.encode()).decode()}")
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
