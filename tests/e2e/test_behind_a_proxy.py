"""Somebody far away, behind a reverse proxy that shows the app below a path, and its owner at the same time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.axe import violations
from tests.e2e.visitor import Visitor, wait_until_ready
from tests.reverse_proxy import ReverseProxy
from tests.serving import Server

pytestmark = pytest.mark.browser

MODEL = Path(__file__).parents[1] / "golden" / "model"
TINY = {"width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 2}
# The camera engine takes a second or two for it: long enough for progress to be seen.
LONG = {"width": 768, "height": 768, "num_frames": 24}
LOOPS = """() => {
  const clips = [...document.querySelectorAll("#candidates video")];
  return clips.length === 2 && clips.every((clip) => !clip.paused && clip.currentTime > 0);
}"""
SEEK = """async () => {
  const clip = document.querySelector("#clip video");
  clip.pause();
  await new Promise((done) => { clip.onseeked = done; clip.currentTime = 1.5; });
  return clip.currentTime;
}"""
DRAWN = """selector => {
  const images = [...document.querySelectorAll(selector)];
  return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
}"""


@pytest.fixture(scope="module")
def proxy() -> Iterator[ReverseProxy]:
    with ReverseProxy() as running:
        yield running


@pytest.fixture(scope="module")
def server(proxy: ReverseProxy, tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Iterator[Server]:
    """A server with the tiny model, warm, at the proxy's address."""
    environment = {"I2V_MODEL_DIR": str(MODEL), "I2V_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    running = Server(tmp_path_factory.mktemp("proxied"), None, I2V_PUBLIC_URL=proxy.url, **environment)
    proxy.target_port = running.port
    running.start()
    job = running.submit(picture, {"engine": "i2vgen-xl", **TINY, "num_inference_steps": 1})
    assert running.wait_for(job["id"])["status"] == "done"
    yield running
    running.stop()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[str], Visitor]]:
    """Sends someone to an address."""
    visitors: list[Visitor] = []

    def go(url: str) -> Visitor:
        visitors.append(Visitor(browser, url))
        return visitors[-1]

    yield go
    for visitor in visitors:
        visitor.leave()


def test_whoever_comes_without_the_token_is_told_how_to_get_in_and_enters_it_there(
    browser: Browser, server: Server, proxy: ReverseProxy
) -> None:
    page = browser.new_page(locale="zh-CN")
    page.goto(f"{proxy.url}/help/token_required")
    expect(page.locator("h1")).to_have_text("访问本服务需要令牌。")
    expect(page.locator("h2")).to_have_text("This server asks for its access token.")
    assert violations(page) == []
    page.get_by_label("令牌", exact=True).fill("guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_have_text("令牌不正确。")
    page.get_by_label("令牌", exact=True).fill(str(server.token))
    page.get_by_role("button", name="进入").click()
    wait_until_ready(page)
    assert page.url == f"{proxy.url}/"
    page.close()


def test_everything_works_below_a_path_and_nothing_is_looked_for_beside_it(
    visit: Callable[[str], Visitor], server: Server, proxy: ReverseProxy, picture: bytes, tmp_path: Path
) -> None:
    proxy.log.clear()  # of those who came without a token
    stranger = visit(f"{proxy.url}?token={server.token}")
    expect(stranger.page).to_have_url(f"{proxy.url}/")
    compare_candidates(stranger, picture)
    make_clip(stranger, tmp_path / "clip.mp4")
    assert any(asked.status == 206 and asked.path.endswith("/video") for asked in proxy.log)
    look_at_all_clips(stranger, proxy.url)
    read_in_chinese(stranger, proxy.url)
    assert {cookie["path"] for cookie in stranger.page.context.cookies()} == {"/i2v/"}

    assert {asked for asked in proxy.log if asked.status >= 400} == set()
    be_refused_by_the_proxy(stranger, proxy)

    # Its owner, on this machine: the same clips, in the owner's own language.
    owner = visit(f"{server.url}/?token={server.token}")
    expect(owner.page).to_have_url(f"{server.url}/")
    owner.wait_until_playing()
    expect(owner.page.get_by_role("link", name="Clips", exact=True)).to_be_visible()

    assert {asked.path for asked in proxy.strays()} <= {f"/i2v?token={server.token}"}


def be_refused_by_the_proxy(visitor: Visitor, proxy: ReverseProxy) -> None:
    """A picture that the proxy takes for too large, as nginx does with many unless it is told."""
    page, most_bytes = visitor.page, proxy.most_bytes
    visitor.expects_refusals = True
    page.goto(f"{proxy.url}/#/")
    wait_until_ready(page)
    proxy.most_bytes = 1000
    visitor.choose_file("holiday.png", bytes(2000))
    expect(page.locator("#picture")).to_contain_text("文件超过了应用前面的服务器所允许的大小")
    proxy.most_bytes = most_bytes


def compare_candidates(visitor: Visitor, picture: bytes) -> None:
    """Two of them, side by side."""
    visitor.bring(picture, "waves")
    visitor.set_options("i2vgen-xl", **TINY)
    visitor.page.get_by_role("radio", name="2", exact=True).check()
    visitor.generate()
    visitor.page.wait_for_function(LOOPS, timeout=60_000)
    visitor.page.get_by_role("radio", name="1", exact=True).check()


def make_clip(visitor: Visitor, target: Path) -> None:
    """One of the camera's: progress while it is made, then playing, seeking, saving."""
    page = visitor.page
    page.click("#engine label:has(input[value='camera'])")
    visitor.set_options("camera", **LONG)
    page.fill("#prompt textarea", "zoom in slowly")
    visitor.generate()
    visitor.expect_steps()
    visitor.expect_status("done")
    visitor.wait_until_playing()
    assert page.evaluate(SEEK) == pytest.approx(1.5, abs=0.2)
    visitor.download(target)
    with av.open(target) as film:
        assert sum(1 for _ in film.decode(video=0)) == LONG["num_frames"]


def look_at_all_clips(visitor: Visitor, url: str) -> None:
    """All of them, and the newest by itself."""
    page = visitor.page
    page.get_by_role("link", name="Clips", exact=True).click()
    expect(page.locator("#gallery .grid > li")).to_have_count(4)
    page.wait_for_function(DRAWN, arg="#gallery .grid > li:first-child img")
    page.locator("#gallery .grid > li a").first.click()
    expect(page).to_have_url(re.compile(rf"^{re.escape(url)}/#/clips/\w+$"))
    expect(page.locator("#library video")).to_be_visible()


def read_in_chinese(visitor: Visitor, url: str) -> None:
    """Switched over, still so after a reload, and in the help, which opens beside and leads back."""
    page = visitor.page
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    wait_until_ready(page)
    page.reload()
    wait_until_ready(page)
    with page.expect_popup() as beside:
        page.get_by_role("link", name="帮助").click()
    help_page = beside.value
    expect(help_page.locator("html")).to_have_attribute("lang", "zh-CN")
    help_page.locator("main li a[href*='/help/']").first.click()
    expect(help_page).to_have_url(re.compile(rf"^{re.escape(url)}/help/\w+$"))
    help_page.locator("nav a").first.click()
    expect(help_page).to_have_url(f"{url}/")
    wait_until_ready(help_page)
