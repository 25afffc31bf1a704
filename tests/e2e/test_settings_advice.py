"""Advice on settings near the light: told while they are folded, applied with its cost, taken back, switched off."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import violations
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.browser


def test_settings_that_fight_are_one_press_from_those_that_do_not(visit: Callable[..., Visitor]) -> None:
    visitor = visit(viewport={"width": 360, "height": 800}, color_scheme="dark")
    page, advice = visitor.page, visitor.page.locator("#settings-advice .advice")
    page.click("#more > button")
    page.click("#engine label:has(input[value='i2vgen-xl'])")
    page.click("#option--i2vgen-xl--sampler label:has(input[value='ddim'])")
    visitor.set_options("i2vgen-xl", num_inference_steps=20, guidance_scale=12, fps=30)
    steps = page.locator("#option--i2vgen-xl--num_inference_steps input[type='number']")
    expect(advice).to_have_count(3)  # two lines, and both at once
    page.click("#more > button")
    expect(advice.first).to_contain_text("20 steps are too few for guidance 12")
    expect(advice.first.locator(".cost")).to_have_text(re.compile("→"))  # by the operations of the model
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert violations(page) == []
    page.get_by_role("button", name="Set 50 steps, guidance 9", exact=True).click()
    expect(advice).to_have_count(1)
    expect(advice).to_contain_text("at 30 it looks hurried")
    page.click("#more > button")
    expect(steps).to_have_value("50")
    place = page.locator("#settings-advice")
    place.get_by_role("button", name="Undo").click()
    expect(steps).to_have_value("20")
    page.mouse.move(0, 0)
    expect(advice).to_have_count(3)
    page.get_by_role("button", name="All at once: 16 fps, 50 steps, guidance 9").click()
    expect(advice).to_have_count(0)
    expect(steps).to_have_value("50")
    # A way back lasts as long as what it leads back from.
    expect(place).to_contain_text("Changed: Frames per second 30 → 16, Steps 20 → 50, Guidance 12 → 9.")
    visitor.set_options("i2vgen-xl", num_inference_steps=10)
    expect(place).not_to_contain_text("Changed:")
    expect(advice).to_contain_text("10 steps are few for the sampler ddim")
    place.get_by_role("button", name="No more advice").click()
    expect(advice).to_have_count(0)
