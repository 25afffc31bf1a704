"""The keyboard alone goes everywhere, is always seen, and gets lost nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.visitor import Visitor, wait_until_ready
from tests.serving import Server

pytestmark = pytest.mark.browser

MODEL = Path(__file__).parents[1] / "golden" / "model"
TINY = {"width": 64, "height": 64, "num_frames": 4, "num_inference_steps": 2}
MOST_TABS = 150
NAMED = """(each) => each.type === "radio"
  ? `radio ${each.name}`
  : `${each.tagName} ${each.type} #${each.closest("[id]")?.id} ${each.textContent.trim().slice(0, 30)}`"""
# What Tab should reach: of a group of radio buttons one, and nothing that is folded away.
REACHABLE = f"""() => {{
  const hits = [...document.querySelectorAll(
    "button, a[href], input, select, textarea, summary, video, [tabindex]:not([tabindex^='-'])")];
  const isSeen = (each) => each.checkVisibility({{ visibilityProperty: true }});
  const isReached = (each) => !each.disabled && each.tabIndex >= 0 && isSeen(each);
  const groups = new Set();
  const isFirst = (each) => each.type !== "radio" || (!groups.has(each.name) && groups.add(each.name));
  return hits.filter(isReached).filter(isFirst).map({NAMED});
}}"""
# The element that has the keyboard, and whether that can be seen.
FOCUSED = f"""() => {{
  const at = document.activeElement;
  if (at === document.body) return null;
  const isRinged = [at, at.closest("label"), at.parentElement].filter(Boolean).some((each) => {{
    const style = getComputedStyle(each);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow.includes("7px");
  }});
  const box = (at.closest("label") ?? at).getBoundingClientRect();
  const isOnScreen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {{ name: ({NAMED})(at), isSeen: isRinged && isOnScreen }};
}}"""
FROM_THE_TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Iterator[Server]:
    """A server with the tiny model, and a clip."""
    environment = {"I2V_MODEL_DIR": str(MODEL), "I2V_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    running = Server(tmp_path_factory.mktemp("keyboard"), None, **environment).start()
    job = running.submit(picture, {"engine": "i2vgen-xl", **TINY})
    assert running.wait_for(job["id"])["status"] == "done"
    yield running
    running.stop()


def test_tab_leads_through_everything_in_the_order_of_the_page(visitor: Visitor, picture: bytes) -> None:
    page = visitor.page
    visitor.bring(picture)
    page.click("#more > button")
    expect(page.locator("#preset--i2vgen-xl")).to_be_visible()
    for address in ("#/", "#/clips", "#clip"):
        if address == "#clip":
            page.locator("#gallery .grid a").first.click()
        else:
            page.goto(f"{visitor.url}/{address}")
        wanted = _everything(page)
        page.evaluate(FROM_THE_TOP)
        walked = _walk(page)
        assert [each["name"] for each in walked if not each["isSeen"]] == []
        assert [each["name"] for each in walked] == wanted


def _everything(page: Page) -> list[str]:
    """What can be reached, once nothing more comes: controls of the fold, advice, clips."""
    before: list[str] = []
    while (now := page.evaluate(REACHABLE)) != before:
        before = now
        page.wait_for_timeout(1500)
    return before


def _walk(page: Page) -> list[dict[str, object]]:
    """Where Tab leads from the page's head until it leaves the page."""
    walked: list[dict[str, object]] = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            break
        if not walked or at["name"] != walked[-1]["name"]:
            walked.append(at)
    return walked


def test_a_clip_is_made_picked_starred_deleted_and_brought_back(visitor: Visitor, server: Server) -> None:
    page = visitor.page
    visitor.set_options("i2vgen-xl", **TINY)
    page.reload()
    wait_until_ready(page)

    _tab_to(page, ".example")
    page.keyboard.press("Enter")
    expect(page.locator("#prompt textarea")).to_be_focused()
    expect(page.locator("#picture figcaption")).to_contain_text("px")
    _tab_to(page, "#settings-advice .applied button")
    page.keyboard.press("Enter")  # the settings of before, not the example's
    expect(page.locator("#settings-advice .applied")).to_have_count(0)
    _tab_to(page, "#generate")
    _tab_to(page, "#count input")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#generate")).to_be_focused()
    page.keyboard.press("Enter")
    candidates = page.locator("#candidates .candidate")
    expect(page.locator("#candidates .candidate[data-status=done]")).to_have_count(2, timeout=60_000)
    _tab_to(page, ".candidate")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    picked = candidates.nth(1).get_attribute("data-job") or ""
    expect(page.locator("#clip")).to_have_attribute("data-job", picked)

    _tab_to(page, "#clip .actions a.quiet")
    page.keyboard.press("Enter")
    expect(page.locator("#on-clip h2")).to_be_focused()
    _tab_to(page, "#star")
    page.keyboard.press("Space")
    expect(page.locator("#star[aria-pressed=true]")).to_be_focused()
    visitor.expects_refusals = True  # on a busy machine the clip may go while it is still being measured
    _tab_to(page, "#delete")
    page.keyboard.press("Space")
    expect(page.locator("#gallery h2")).to_be_focused()
    expect(page.locator(f"#gallery [data-job='{picked}']")).to_have_count(0)
    _tab_to(page, "#toast button")
    page.keyboard.press("Enter")
    expect(page.locator(f"#gallery [data-job='{picked}']")).to_have_count(1)
    expect(page.locator("#gallery h2")).to_be_focused()
    assert server.get(f"/api/v1/jobs/{picked}")["starred"]


def test_escape_leaves_what_was_opened_and_the_keyboard_is_where_it_was(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.url}/#/clips")
    expect(page.locator("#gallery .grid > li").first).to_be_visible()
    _tab_to(page, "#picking")
    page.keyboard.press("Space")
    expect(page.locator("#gallery .picked")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#gallery .picked")).to_be_hidden()
    expect(page.locator("#picking")).to_be_focused()
    _tab_to(page, "#machine > button")
    page.keyboard.press("Enter")
    expect(page.locator("#machine-panel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#machine-panel")).to_be_hidden()
    expect(page.locator("#machine > button")).to_be_focused()


def _tab_to(page: Page, selector: str) -> None:
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{MOST_TABS} tabs do not lead to {selector}")
