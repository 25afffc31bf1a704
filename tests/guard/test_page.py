"""The guarded Gradio page over plain HTTP: its HTML, its files, its own client."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.middleware.gzip import GZipMiddleware

from .server import FORM_END, CallLog, Served, form_part, form_type, serve

JSON = {"Content-Type": "application/json"}
MARK = b"Object.defineProperty(navigator"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file on this machine that nobody uploaded."""
    path = tmp_path / "secret.png"
    path.write_bytes(b"\x89PNG not for your eyes")
    return path


def file_data(path: str) -> dict[str, object]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "x.png"}


@pytest.mark.parametrize("encoding", ["", "identity", "gzip, deflate, br, zstd"])
def test_the_language_script_stands_before_gradios_own(page: Served, encoding: str) -> None:
    answer = page.ask(headers={"Accept-Encoding": encoding})
    assert answer.body.count(MARK) == 1
    assert answer.body.index(MARK) < answer.body.index(b"window.gradio_config")
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert "content-encoding" not in answer.headers


def test_a_page_that_would_be_compressed_gets_its_script_too(tmp_path: Path) -> None:
    html = "<html><script>window.gradio_config = {}</script>" + "text " * 1000
    app = FastAPI()
    app.add_middleware(GZipMiddleware)
    app.add_api_route("/", lambda: HTMLResponse(html))
    with serve(app, CallLog(tmp_path / "calls")) as served:
        answer = served.ask(headers={"Accept-Encoding": "gzip"})
    assert answer.body.count(MARK) == 1
    assert "content-encoding" not in answer.headers


def test_only_the_page_itself_is_touched(page: Served) -> None:
    assert MARK not in page.ask("/config").body
    compressed = page.ask("/theme.css", headers={"Accept-Encoding": "br"})
    assert compressed.headers["content-encoding"] == "br"
    head = page.ask(method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert "content-length" not in head.headers


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("form", ["{path}", "file://{path}", "{folder}/../{folder_name}/secret.png"])
def test_no_file_of_this_machine_comes_out_through_an_input(
    page: Served, calls: CallLog, secret: Path, place: int, form: str
) -> None:
    path = form.format(path=secret, folder=secret.parent, folder_name=secret.parent.name)
    data: list[object] = [None, None, None, "zoom in"]
    data[place] = file_data(path)  # picture, file, video
    answer = page.ask("/gradio_api/run/go", "POST", headers=JSON, body=json.dumps({"data": data}).encode())
    assert answer.status >= 400
    assert b"not for your eyes" not in answer.body
    assert calls.names() == []


def test_no_file_of_this_machine_comes_out_through_the_file_route(page: Served, secret: Path) -> None:
    up = "..%2f" * 12
    for path in (
        str(secret),
        "/" + str(secret),
        "/etc/hostname",
        "../../etc/hostname",
        "%2e%2e/%2e%2e/etc/hostname",
        "%252e%252e%252fetc/hostname",
        f"{up}etc/hostname",
        "/proc/self/environ",
        f"{secret}%00.png",
        "C:%5CWindows%5Cwin.ini",
        "%5C%5Chost%5Cshare%5Cx",
        "CON",
        f"{secret}::$DATA",
    ):
        answer = page.ask("/gradio_api/file=" + path)
        assert answer.status >= 400, path
        assert b"not for your eyes" not in answer.body


def test_an_uploaded_file_comes_back_through_the_same_route(page: Served, calls: CallLog) -> None:
    uploaded = page.ask(
        "/gradio_api/upload", "POST", headers=form_type(), body=form_part("files", b"hello", "a.txt") + FORM_END
    )
    (path,) = json.loads(uploaded.body)
    assert page.ask(f"/gradio_api/file={path}").body == b"hello"
    data = [None, file_data(path), None, "zoom in"]
    answer = page.ask("/gradio_api/run/go", "POST", headers=JSON, body=json.dumps({"data": data}).encode())
    assert answer.status == 200
    assert calls.names() == ["go"]


def test_gradios_own_client_works_through_the_guard(page: Served, calls: CallLog, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello")
    script = f"""
from gradio_client import Client, handle_file
client = Client({page.url!r}, verbose=False, analytics_enabled=False)
told, file, picture = client.predict(None, handle_file("note.txt"), None, "zoom in", api_name="/go")
print(told.endswith("|zoom in"), open(file).read())
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["True", "hello"], done.stderr
    assert calls.names() == ["go"]
