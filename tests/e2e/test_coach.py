"""Advice under the sentence while it is written: told, applied, taken back, switched off; and a sentence from menus."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.browser


def for_the_model(visitor: Visitor) -> None:
    """Chooses the engine that reads English only."""
    visitor.page.click("#more > button")
    visitor.page.click("#engine label:has(input[value='i2vgen-xl'])")
    expect(visitor.page.locator("#option--i2vgen-xl--negative_prompt textarea")).to_be_visible()


def test_a_remedy_is_one_press_away_and_so_is_what_stood_there_before(visitor: Visitor) -> None:
    page = visitor.page
    field, advice = page.locator("#prompt textarea"), page.locator("#coach .advice")
    # The camera engine reads a move in the sentence and has nothing to say.
    field.fill("slowly zoom in")
    page.wait_for_timeout(800)
    expect(advice).to_have_count(0)
    for_the_model(visitor)
    negative = page.locator("#option--i2vgen-xl--negative_prompt textarea")
    usual = negative.input_value()
    field.fill("woman")
    page.wait_for_timeout(800)
    expect(advice).to_have_count(0)  # a first word is no sentence yet
    field.fill("A woman walks slowly to the left, no people")
    expect(advice).to_contain_text("does not understand “no”")
    page.get_by_role("button", name="Move it there: A woman walks slowly to the left").click()
    expect(field).to_have_value("A woman walks slowly to the left")
    expect(negative).to_have_value(f"{usual}, people")
    expect(advice).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value("A woman walks slowly to the left, no people")
    expect(negative).to_have_value(usual)
    # The browser's own undo knows the remedy as well.
    field.fill("The woman walks to the left")
    page.get_by_role("button", name="Add “slowly”: The woman slowly walks to the left").click()
    expect(field).to_have_value("The woman slowly walks to the left")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("The woman walks to the left")
    # Off, also after a reload, and on again where sentences are built.
    page.get_by_role("button", name="No more advice").click()
    expect(advice).to_have_count(0)
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    field.fill("something moving around")
    page.wait_for_timeout(800)
    expect(advice).to_have_count(0)
    page.click("#builder summary >> nth=0")
    page.get_by_label("Advice while I write").check()
    expect(advice).to_contain_text("does not say what moves how")


def test_a_chinese_sentence_and_chinese_menus_become_english(visit: Callable[..., Visitor]) -> None:
    visitor = visit(locale="zh-CN", viewport={"width": 360, "height": 800}, color_scheme="dark")
    page, field = visitor.page, visitor.page.locator("#prompt textarea")

    def menu(name: str) -> Locator:
        return page.get_by_role("combobox", name=name, exact=True)

    for_the_model(visitor)
    field.fill("女人在海滩上慢慢向左走")
    page.get_by_role("button", name="换成英文: The woman slowly walks to the left on the beach").click()
    expect(field).to_have_value("The woman slowly walks to the left on the beach")
    page.click("#builder summary >> nth=0")
    menu("谁").select_option("树")
    menu("做什么").select_option("摇曳")
    expect(menu("往哪边")).to_be_disabled()
    menu("快慢").select_option("轻轻地")
    menu("在哪里、什么时候").select_option("在风中")
    menu("镜头").select_option("镜头缓缓推近")
    page.get_by_role("button", name="用这句话").click()
    expect(field).to_have_value("The tree gently sways in the wind, the camera slowly zooms in")
    expect(page.locator("#coach .advice")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_page_whose_settings_want_no_advice_neither_asks_for_it_nor_offers_it(visitor: Visitor) -> None:
    page, asked = visitor.page, list[str]()

    def without_coach(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'(\\?"coach\\?": )true', r"\1false", answer.text()))

    page.goto("about:blank")  # what the page before this one still asks for is none of this one's
    page.route(visitor.url + "/", without_coach)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(visitor.url)
    page.wait_for_selector("html[data-ready]", state="attached")
    for_the_model(visitor)
    page.fill("#prompt textarea", "something moving around")
    page.click("#builder summary >> nth=0")
    expect(page.get_by_role("button", name="Use this sentence")).to_be_visible()
    expect(page.get_by_label("Advice while I write")).to_have_count(0)
    page.wait_for_timeout(800)
    assert not [url for url in asked if url.endswith("/coach")]
    expect(page.locator(".advice, .picture-advice")).to_have_count(0)


def test_an_earlier_sentence_is_typed_anew_and_leads_to_its_clip(visitor: Visitor) -> None:
    page, field = visitor.page, visitor.page.locator("#prompt textarea")
    page.get_by_text("Your earlier sentences").press("Enter")
    again = page.locator("#builder .sentences").get_by_role("button", name="pan left", exact=True)
    again.press("Enter")
    expect(field).to_have_value("pan left")
    expect(field).to_be_focused()
    page.get_by_role("link", name="The clip of: pan left", exact=True).click()
    expect(page).to_have_url(re.compile("/clips/"))
