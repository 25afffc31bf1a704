"""The guarded page in a real browser: it lives with the content policy, and other sites do not get at it."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from .server import CallLog, Served

pytestmark = pytest.mark.browser

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --host-resolver-rules=MAP&rebound.example&127.0.0.1"
)
WATCH_POLICY = """
window.violations = [];
addEventListener("securitypolicyviolation", (e) => violations.push(`${e.violatedDirective}: ${e.blockedURI}`));
"""
IMPORT_FROM_BLOB = """
import(URL.createObjectURL(new Blob(["export default 'imported'"], {type: "text/javascript"})))
  .then((module) => module.default)
"""
# Everything a foreign page can try without being stopped by its own browser's rules.
ATTACK = """
<form id="form" method="post" enctype="multipart/form-data" action="{target}/api/v1/jobs" target="sink">
  <textarea name="image">x</textarea></form>
<iframe name="sink"></iframe><iframe id="framed" src="{target}/"></iframe>
<img src="{target}/api/v1/jobs"><script src="{target}/api/v1/jobs"></script>
<a id="link" href="{target}/{query}">open</a>
<script>
  window.outcomes = [];
  const attempt = (path, options) => fetch("{target}" + path, options)
    .then((answer) => outcomes.push(answer.type), () => outcomes.push("blocked"));
  const form = new FormData(); form.append("image", new Blob(["x"]), "x.png");
  attempt("/api/v1/jobs", {{method: "POST", body: form, mode: "no-cors"}});
  attempt("/api/v1/jobs", {{method: "POST", body: form}});
  attempt("/api/v1/estimate", {{method: "POST", body: "x", mode: "no-cors"}});
  attempt("/gradio_api/run/go", {{method: "POST", body: '{{"data":[null,null,null,""]}}', mode: "no-cors"}});
  attempt("/gradio_api/run/go", {{method: "POST", body: '{{"data":[null,null,null,""]}}',
    headers: {{"Content-Type": "application/json"}}}});
  attempt("/api/v1/jobs/1", {{method: "DELETE"}});
  attempt("/api/v1/jobs", {{credentials: "include"}});
  document.getElementById("form").submit();
</script>
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    arguments = [flag.replace("&", " ") for flag in FLAGS.split()]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    Image.new("RGB", (64, 48), "teal").save(path)
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Eight frames of H.264, as the app makes them."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for shade in range(8):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), shade * 30, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@contextmanager
def quiet_tab(browser: Browser, served: Served, locale: str | None = None) -> Iterator[Page]:
    """A tab that must neither complain on its console nor ask anything of another machine."""
    complaints: list[str] = []
    with browser.new_context(locale=locale) as context:
        tab = context.new_page()
        tab.add_init_script(WATCH_POLICY)
        tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda asked: complaints.append(asked.url) if _is_elsewhere(asked.url, served) else None)
        yield tab
        assert tab.evaluate("violations") == []
        assert complaints == []


def _is_elsewhere(url: str, served: Served) -> bool:
    return not url.startswith((served.url + "/", f"blob:{served.url}/", "data:"))


@contextmanager
def foreign_site(html: str) -> Iterator[str]:
    """Another site on this machine, giving one page for every path."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{site.server_port}/"
        finally:
            site.shutdown()
            thread.join()


def test_the_page_works_under_its_content_policy(
    browser: Browser, page: Served, calls: CallLog, picture: Path, clip: Path
) -> None:
    with quiet_tab(browser, page) as tab:
        tab.goto(page.url)
        tab.locator("#picture input[type=file]").set_input_files(picture)
        tab.locator("#video input[type=file]").set_input_files(clip)
        tab.locator("#sentence textarea").fill("zoom in")
        tab.wait_for_function("document.querySelector('#video video')?.readyState >= 2")
        expect(tab.locator("#picture img")).to_be_visible()
        tab.locator("#go").click()
        expect(tab.locator("#told textarea")).to_have_value(re.compile(r"\|zoom in$"))
        expect(tab.locator("#shown img")).to_be_visible()
        expect(tab.locator("#card")).to_have_text("0 jobs")
        # The video player imports its tools from a blob whenever it gets to it.
        assert tab.evaluate(IMPORT_FROM_BLOB) == "imported"
    assert calls.names().count("go") == 1


@pytest.mark.parametrize(("locale", "choice", "button"), [("zh-HK", None, "生成"), ("zh-CN", "en", "Generate")])
def test_the_page_speaks_the_readers_choice_or_the_browsers_language(
    browser: Browser, page: Served, locale: str, choice: str | None, button: str
) -> None:
    with quiet_tab(browser, page, locale=locale) as tab:
        if choice:
            tab.context.add_cookies([{"name": "i2v_lang", "value": choice, "url": page.url}])
        tab.goto(page.url)
        expect(tab.locator("#go")).to_have_text(button)
        assert tab.evaluate("document.documentElement.lang") == ("zh-CN" if button == "生成" else "en")


@pytest.mark.parametrize(
    ("locale", "choice", "language"),
    [
        ("zh", "", "zh-CN"),
        ("zh-CN", "", "zh-CN"),
        ("zh-SG", "", "zh-CN"),
        ("zh-Hans-CN", "", "zh-CN"),
        ("zh-TW", "", "zh-CN"),
        ("en-GB", "", "en"),
        ("fr", "", "en"),
        ("fr", "zh-CN", "zh-CN"),
        ("zh", "nonsense", "zh-CN"),
    ],
)
def test_the_browsers_language_becomes_one_the_page_has(
    browser: Browser, page: Served, locale: str, choice: str, language: str
) -> None:
    with browser.new_context(locale=locale) as context:
        context.add_cookies([{"name": "i2v_lang", "value": choice, "url": page.url}])
        tab = context.new_page()
        tab.goto(page.url, wait_until="commit")
        tab.wait_for_function("document.readyState !== 'loading'")
        assert tab.evaluate("[navigator.language, document.documentElement.lang]") == [language, language]


def test_a_foreign_page_can_do_nothing_but_link_here(browser: Browser, page: Served, calls: CallLog) -> None:
    with foreign_site(ATTACK.format(target=page.url, query="?job=1")) as site, browser.new_context() as context:
        tab = context.new_page()
        tab.goto(site)
        tab.wait_for_function("outcomes.length === 7")
        tab.wait_for_load_state("networkidle")
        assert set(tab.evaluate("outcomes")) == {"blocked"}
        assert tab.frame_locator("#framed").locator("gradio-app").count() == 0
        assert calls.names() == []

        tab.locator("#link").click()
        expect(tab.locator("#go")).to_be_visible()
        assert tab.url == page.url + "/?job=1"


def test_a_name_rebound_to_this_machine_gets_no_page(browser: Browser, page: Served, calls: CallLog) -> None:
    with browser.new_context() as context:
        tab = context.new_page()
        answer = tab.goto(f"http://rebound.example:{page.port}/")
        assert answer is not None
        assert answer.status == 421
        assert tab.evaluate("fetch('/api/v1/jobs').then((answer) => answer.status)") == 421
    assert calls.names() == []


def test_a_link_with_the_token_on_another_site_lets_its_reader_in(
    browser: Browser, start: Callable[..., Served]
) -> None:
    served = start(token="s3cret")
    html = ATTACK.format(target=served.url, query="?token=s3cret&job=1")
    with foreign_site(html) as site, browser.new_context() as context:
        tab = context.new_page()
        tab.goto(site)
        tab.locator("#link").click()
        tab.wait_for_url(served.url + "/?job=1")
        # Let in to where this server has no page, not turned away with 401.
        assert tab.evaluate("performance.getEntriesByType('navigation')[0].responseStatus") == 404
        assert tab.evaluate("fetch('/api/v1/jobs').then((answer) => answer.status)") == 200
        assert tab.evaluate("document.cookie") == ""
