"""The guides at `/docs/<name>`: what users read of `docs/`, links and pictures and all, in both languages."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest

from i2v.settings import PROJECT
from i2v.text import LANGUAGES
from i2v.ui.guide_pages import GUIDES, render_guide
from tests.serving import Server
from tests.ui.test_help_pages import Outline, get


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_is_read_in_the_browser_and_all_that_it_links_to_is_there(
    server: Server, name: str, language: str
) -> None:
    answer = get(server, f"/docs/{name}", language)
    assert (answer.status_code, answer.headers["content-language"]) == (200, language)
    outline = Outline(answer.text)
    source = PROJECT / "docs" / (f"{name}.md" if language == "en" else f"{name}.{language}.md")
    (title,) = re.findall(r"^# (.+)$", source.read_text("utf-8"), re.M)
    assert "<h1 id=" in answer.text
    assert title.replace("`", "") in outline.text
    assert "<!--" not in answer.text
    assert ".md" not in "".join(outline.links)
    for link in outline.links:
        page, _, anchor = str(answer.url.join(link)).partition("#")
        if not page.startswith(server.url):
            continue
        shown = get(server, page.removeprefix(server.url), language)
        assert shown.status_code == 200, link
        assert not anchor or f'id="{unquote(anchor)}"' in shown.text, link


def test_what_is_no_guide_is_not_served(server: Server) -> None:
    for path in ("decisions", "guide.zh-CN", "pictures/guide/none.webp"):
        answer = get(server, f"/docs/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "address_unknown")
    for path in ("..%2fREADME", "pictures/guide/..%2f..%2f..%2fREADME.md"):
        assert get(server, f"/docs/{path}").status_code == 404


def test_a_link_between_languages_changes_the_language() -> None:
    assert 'href="advice?lang=zh-CN"' in render_guide("advice", "en")
    assert 'href="advice?lang=en"' in render_guide("advice", "zh-CN")
    assert 'href="advice"' in render_guide("guide", "zh-CN")
