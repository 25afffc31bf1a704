"""The whole app behind a reverse proxy, below a path, and on this machine at the same time."""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from i2v.app.splash import Splash
from i2v.settings import PROJECT
from tests.far_away import FarAway
from tests.reverse_proxy import ReverseProxy
from tests.serving import Server

SMALL = {"prompt": "zoom in", "engine": "camera", "width": 128, "height": 128, "num_frames": 8}
# Long enough that progress can be seen to arrive.
LONG = {**SMALL, "width": 768, "height": 768, "num_frames": 24}


@pytest.fixture(scope="module", params=[False, True], ids=["keeps its path", "strips its path"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarAway]:
    with ReverseProxy(strips=request.param) as proxy:
        server = Server(tmp_path_factory.mktemp("proxied"), I2V_PUBLIC_URL=proxy.url + "/")
        proxy.target_port = server.port
        server.start()
        yield FarAway(server, proxy.url)
        server.stop()


def addresses(view: object) -> Iterator[str]:
    """Every address that a JSON answer names."""
    if isinstance(view, dict):
        for key, value in view.items():
            if isinstance(value, str) and key.endswith(("url", "type")) and value.startswith("/"):
                yield value
            yield from addresses(value)
    elif isinstance(view, list):
        for each in view:
            yield from addresses(each)


def test_a_clip_is_made_and_followed_and_every_address_named_on_the_way_answers(place: FarAway, picture: bytes) -> None:
    job, location = place.submit(picture, LONG)
    assert location == f"/i2v/api/v1/jobs/{job['id']}"
    views, seconds = place.follow(job)
    assert views[-1]["status"] == "done"
    assert len(views) > 4
    assert seconds[-1] - seconds[0] > 0.5  # they came while it was made, not together at its end
    done = json.loads(place.read(location))
    for view in (*views, done, json.loads(place.read("api/v1/jobs")), json.loads(place.read("api/v1/sentences"))):
        assert all(each.startswith("/i2v/api/v1/") for each in addresses(view))
    shown = {done["picture"]["url"], done["video_url"], done["thumbnail_url"]}
    assert shown <= set(addresses(done))
    clip = place.read(done["video_url"])
    assert clip[4:8] == b"ftyp"
    assert place.read(done["thumbnail_url"])[:4] == b"RIFF"
    assert place.read(done["picture"]["url"])[1:4] == b"PNG"
    with place.open(done["video_url"], Range="bytes=100-199") as part:
        assert (part.status, part.read()) == (206, clip[100:200])
        assert part.headers["Content-Range"] == f"bytes 100-199/{len(clip)}"
    with place.open(done["video_url"] + "?download=1") as file:
        assert file.headers["Content-Disposition"] == f'attachment; filename="{done["video"]}"'
        assert file.read() == clip
    wanted = json.dumps({"ids": [job["id"]]}).encode()
    with place.open("api/v1/clips/zip", data=wanted, Content_Type="application/json") as parcel:
        assert zipfile.ZipFile(io.BytesIO(parcel.read())).namelist() == [done["video"]]


def test_an_improved_picture_is_compared_below_the_front(place: FarAway, picture: bytes) -> None:
    job = place.server.submit(picture, {**SMALL, "prompt": "pan left"})
    shown = json.loads(place.read(f"{job['picture']['url'].lstrip('/')}/improved?width=512&height=512"))
    for side in filter(None, (shown["before"], shown["after"])):
        assert side.startswith("/i2v/api/v1/pictures/")
        assert place.read(side)[1:4] == b"PNG"


def test_the_page_and_all_that_it_names_lie_below_the_front(place: FarAway) -> None:
    html = place.read("").decode()
    config = json.loads(re.search(r"window.gradio_config = (.*?);</script>", html)[1])  # type: ignore[index]
    assert config["root"] == place.url
    named = re.findall(r'(?:href|src)="([^"#]+)"', html + config["head"])
    inside = {urljoin(f"{place.url}/", name) for name in named}
    assert len(inside) > 50
    assert {name for name in inside if not name.startswith(f"{place.url}/")} == set()
    for name in inside:
        assert place.read(name)
    data = json.loads(re.search(r'id="page-data">(.*?)</script>', config["head"])[1])  # type: ignore[index]
    for example in data["examples"]:
        assert len(place.read(example["url"])) > 1000


def test_help_leads_on_below_the_front_and_remembers_its_language_there(place: FarAway) -> None:
    with place.open("help?lang=zh-CN") as answer:
        assert "Path=/i2v/" in answer.headers["Set-Cookie"]
        html = answer.read().decode()
    named = set(re.findall(r'(?:href|src|action)="([^"]+)"', html))
    assert len(named) > 20
    assert {name for name in named if not name.startswith("/i2v/")} == set()
    for name in sorted(named)[:12]:
        assert place.read(name)
    guide = place.read("docs/guide").decode()
    named = {urljoin(f"{place.url}/docs/guide", name) for name in re.findall(r'(?:href|src)="([^"#]+)"', guide)}
    inside = {name for name in named if name.startswith(f"{place.url}/")}
    assert len(inside) > 5
    assert {name for name in named - inside if not name.startswith("https://")} == set()
    with place.open("help?q=out+of+memory+CUDA+out+of+memory") as found:
        assert urlsplit(found.url).path.startswith("/i2v/help")


def test_a_refusal_names_its_help_and_the_schema_its_server(place: FarAway) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        place.read("api/v1/jobs/nobody")
    problem = json.loads(refused.value.read())
    assert problem["type"] == "/i2v/help/job_unknown"
    assert b"<html" in place.read(problem["type"])
    assert json.loads(place.read("api/v1/openapi.json"))["servers"] == [{"url": "/i2v"}]


def test_this_machine_keeps_its_own_address_meanwhile(place: FarAway, picture: bytes) -> None:
    job = place.server.wait_for(place.server.submit(picture, SMALL)["id"])
    assert set(addresses(job)) == {
        job["picture"]["url"],
        f"/api/v1/jobs/{job['id']}/video",
        f"/api/v1/jobs/{job['id']}/thumbnail",
    }
    assert "servers" not in place.server.get("/api/v1/openapi.json")
    assert place.server.get("/health")["status"] == "ok"


def test_nobody_is_answered_without_the_token_by_whichever_way(place: FarAway) -> None:
    for url in (place.url, place.server.url):
        for path in ("/", "/health", "/api/v1/jobs", "/help"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(url + path, timeout=10)
            assert refused.value.code == 401
            refused.value.close()
    logs = (place.server.home / "logs").glob("*.log")
    assert place.token not in "".join(log.read_text("utf-8") for log in logs)


def test_nobody_behind_the_proxy_opens_folders_on_this_machines_screen(place: FarAway) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        place.open("api/v1/folder/open", data=b"{}", Content_Type="application/json")
    assert json.loads(refused.value.read())["code"] == "folder_unopened"


def test_the_start_prints_the_public_address_with_its_token(place: FarAway) -> None:
    assert f"public: {place.url}/?token={place.token} " in place.server.console()
    assert "network:" not in place.server.console()


def test_commands_of_this_machine_find_the_server_at_its_own_address(
    place: FarAway, picture: bytes, tmp_path: Path
) -> None:
    image, clip = tmp_path / "a.png", tmp_path / "a.mp4"
    image.write_bytes(picture)
    wish = ["--image", str(image), "--prompt", "tilt up", "--width", "128", "--height", "128", "--frames", "4"]
    told = run(place.server, "generate", *wish, "--output", str(clip), "--json")
    assert json.loads(told.stdout.splitlines()[-1])["status"] == "done"
    assert f"running at http://localhost:{place.server.port}" in told.stderr
    assert clip.read_bytes()[4:8] == b"ftyp"
    assert "tilt up" in run(place.server, "jobs", "list").stdout
    second = run(place.server, "--port", str(place.server.port))
    assert f"running already: http://localhost:{place.server.port} " in second.stderr


def run(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "main.py", *arguments, "--output_dir", str(server.outputs)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done


def test_whoever_is_early_gets_the_page_that_waits_below_the_front_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        splash = Splash(listener, "/i2v")
        port = listener.getsockname()[1]
        try:
            told = {path: status_of(port, path) for path in ("/", "/?token=x", "/i2v/", "/i2v/?token=x", "/i2v/health")}
        finally:
            splash.stop()
    assert told == {"/": 200, "/?token=x": 200, "/i2v/": 200, "/i2v/?token=x": 200, "/i2v/health": 503}


def status_of(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    try:
        return connection.getresponse().status
    finally:
        connection.close()
