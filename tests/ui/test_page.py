"""The page as the server hands it out, before any browser has run it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from i2v.engines.registry import engine_specs
from i2v.settings import PROJECT
from i2v.text import LANGUAGES
from tests.serving import Server


@pytest.fixture(scope="module")
def config(server: Server) -> dict[str, Any]:
    """What Gradio tells the browser of the page."""
    told: dict[str, Any] = server.get("/config")
    return told


@pytest.fixture(scope="module")
def controls(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The controls' properties by their id in the page."""
    return {part["props"]["elem_id"]: part["props"] for part in config["components"] if part["props"].get("elem_id")}


def _fetch(server: Server, path: str) -> tuple[int, str, bytes]:
    """Status, media type and body."""
    try:
        with urllib.request.urlopen(server.url + path, timeout=10) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.headers.get_content_type(), refusal.read()


def test_no_control_runs_python(config: dict[str, Any]) -> None:
    assert config["dependencies"] == []
    assert not config["connect_heartbeat"]
    assert not config["footer_links"]


def test_an_idle_server_sleeps(server: Server) -> None:
    """Counted in wake-ups of its main thread, which no other work on the machine can add to."""
    assert server.process is not None
    main_thread = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/status")
    if not main_thread.exists():
        pytest.skip("needs Linux's /proc")

    def wake_ups() -> int:
        return int(main_thread.read_text().partition("\nvoluntary_ctxt_switches:")[2].split()[0])

    before = wake_ups()
    time.sleep(1)
    assert wake_ups() - before < 100


def test_no_control_takes_files(config: dict[str, Any]) -> None:
    kinds = {part["type"] for part in config["components"]}
    assert kinds == {"accordion", "button", "checkbox", "column", "form", "html", "number", "radio", "row", "textbox"}


@pytest.mark.parametrize("engine", engine_specs())
def test_every_option_of_every_engine_has_its_control(engine: str, controls: dict[str, dict[str, Any]]) -> None:
    spec = engine_specs()[engine]
    values = {**{name: field.default for name, field in spec.options.model_fields.items()}}
    values |= spec.presets[spec.default_preset]
    for name in ("prompt", "fit", "crop_x", "crop_y", "background", "preprocess"):  # they stand on the page itself
        del values[name]
    shown = {name: controls[f"option--{engine}--{name}"].get("value") for name in values}
    assert shown == values
    assert [value for _, value in controls[f"preset--{engine}"]["choices"]] == list(spec.presets)


def test_bounds_come_from_the_options(controls: dict[str, dict[str, Any]]) -> None:
    width = controls["option--camera--width"]
    assert (width["minimum"], width["maximum"], width["step"]) == (64, 4096, 8)
    assert controls["option--i2vgen-xl--guidance_scale"]["step"] == 0.1
    sampler = controls["option--i2vgen-xl--sampler"]["choices"]
    assert [value for _, value in sampler] == ["ddim", "dpmpp_2m", "unipc", "euler"]


def test_every_label_is_translated(config: dict[str, Any]) -> None:
    keys = set(re.findall(r'key\\*": \\*"([\w.-]+)', json.dumps(config["components"])))
    assert len(keys) > 30
    for language in LANGUAGES:
        assert keys <= config["i18n_translations"][language].keys()


def test_nothing_in_the_page_data_can_end_its_script() -> None:
    """In a process of its own: Gradio would not live with warnings as errors."""
    code = "from i2v.ui.words import script_json; print(ascii(script_json({'a': '</script><!--\u2028'})))"
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=PROJECT, capture_output=True, check=True)
    text = ast.literal_eval(told.stdout.decode())
    assert json.loads(text) == {"a": "</script><!--\u2028"}
    assert not set("<\u2028") & set(text)


def test_the_page_data_tells_all_languages_and_engines(config: dict[str, Any]) -> None:
    inside = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', config["head"], re.DOTALL)
    assert inside
    data = json.loads(inside.group(1))
    assert data["languages"].keys() == LANGUAGES.keys()
    assert [engine["name"] for engine in data["languages"]["zh-CN"]["engines"]] == list(engine_specs())


@pytest.mark.parametrize("name", [path.name for path in (PROJECT / "i2v" / "ui" / "elements").iterdir()])
def test_elements_come_with_their_type_and_are_checked_at_each_load(server: Server, name: str) -> None:
    with urllib.request.urlopen(f"{server.url}/elements/{name}", timeout=10) as answer:
        kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
        assert answer.headers.get_content_type() == kind
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["ETag"]


def test_examples_are_small_pictures(server: Server, config: dict[str, Any]) -> None:
    data = json.loads(config["head"].partition('id="page-data">')[2].partition("</script>")[0])
    assert len(data["examples"]) == 6
    for example in data["examples"]:
        status, kind, body = _fetch(server, f"/{example['url']}")
        assert (status, kind.partition("/")[0]) == (200, "image")
        assert len(body) <= 40_000
        assert example["sentence"].keys() == example["title"].keys() == LANGUAGES.keys()


@pytest.mark.parametrize(
    "path", ["/elements/..%2fpage.py", "/elements/nothing.js", "/examples/draw.py", "/examples/%00"]
)
def test_nothing_else_is_handed_out(server: Server, path: str) -> None:
    status, _, body = _fetch(server, path)
    assert status == 404, body


def test_files_of_this_machine_stay_where_they_are(server: Server) -> None:
    status, _, body = _fetch(server, "/gradio_api/file=/etc/passwd")
    assert status in (403, 404)
    assert b"root:" not in body
    status, _, body = _fetch(server, f"/gradio_api/file={quote(str(PROJECT))}/config.yaml")
    assert status in (403, 404)
    assert b"port:" not in body
