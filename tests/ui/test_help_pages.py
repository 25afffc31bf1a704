"""Help at `/help`: HTML that needs no script, in the reader's language, with nothing of a query let through as HTML."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import quote

import httpx
import pytest

from i2v.text import LANGUAGES
from i2v.text.help import help_codes, help_page
from i2v.ui.assets import ELEMENTS
from tests.serving import Server

CODES = [code for codes in help_codes().values() for code in codes]
EVIL = "</textarea><img src=x onerror=xyzzy()>\"'&amp;"


class Outline(HTMLParser):
    """Tags, links and text of a page; complains of what is not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag not in ("meta", "link", "br", "!doctype"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def get(server: Server, path: str, language: str = "en", **headers: str) -> httpx.Response:
    """Through one client for all, whose making is what takes time; it forgets the language that an answer has set."""
    client = _client()
    client.cookies.clear()
    return client.get(server.url + path, headers={"Accept-Language": language, **headers})


@cache
def _client() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=20)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_page_and_all_links_of_it_lead_somewhere(server: Server, language: str) -> None:
    links = set()
    for code in CODES:
        answer = get(server, f"/help/{code}", language)
        assert (answer.status_code, answer.headers["content-language"]) == (200, language)
        outline, page = Outline(answer.text), help_page(code, language)
        assert "script" not in outline.tags
        for text in (page.title, page.why, *page.steps, *page.messages, code):
            assert text.replace("`", "") in outline.text
        links |= set(outline.links)
    assert all(link.startswith("/") for link in links)
    own = {link for link in links if not link.startswith("/help/")} | {f"/help/{code}" for code in CODES}
    assert {link: get(server, link).status_code for link in own if "?" not in link} == dict.fromkeys(own, 200)
    assert {link.split("?")[0] for link in links} <= own


def test_the_home_page_lists_everything_and_finds_by_message(server: Server) -> None:
    home = Outline(get(server, "/help").text)
    assert {f"/help/{code}" for code in CODES} <= set(home.links)
    found = get(server, "/help?q=" + quote("RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB"))
    assert (found.status_code, found.headers["location"]) == (303, "/help/out_of_gpu_memory")
    several = Outline(get(server, "/help?q=" + quote("CUDA error: no kernel image is available")).text)
    own = [link for link in several.links if re.fullmatch("/help/[a-z_]+", link)]
    assert own[:2] == ["/help/device_missing", "/help/gpu_fault"]
    assert "Nothing here knows" in get(server, "/help?q=xyzzy").text


@pytest.mark.parametrize("path", ["/help?q=", "/help/"])
def test_a_query_is_shown_as_text_only(server: Server, path: str) -> None:
    answer = get(server, path + quote(EVIL, safe=""))
    outline = Outline(answer.text)
    assert "img" not in outline.tags
    assert EVIL in outline.text


def test_an_unknown_code_gets_404_with_what_comes_near(server: Server) -> None:
    answer = get(server, "/help/out_of_memories")
    assert answer.status_code == 404
    assert "/help/out_of_memory" in Outline(answer.text).links


def test_the_switch_changes_the_language_and_is_remembered(server: Server) -> None:
    answer = get(server, "/help/disk_full?lang=zh-CN", "en")
    assert help_page("disk_full", "zh-CN").title in answer.text
    assert answer.headers["set-cookie"].startswith("i2v_lang=zh-CN;")
    assert help_page("disk_full", "zh-CN").title in get(server, "/help/disk_full", "en", Cookie="i2v_lang=zh-CN").text
    assert "set-cookie" not in get(server, "/help/disk_full?lang=%0d%0ax", "en").headers


def test_every_problem_names_its_page(server: Server) -> None:
    for path, headers in (("/api/v1/jobs/nobody", {}), ("/api/nothing", {}), ("/health", {"Host": "evil.example"})):
        problem = get(server, path, **headers).json()
        assert problem["type"] == f"/help/{problem['code']}"
        assert get(server, problem["type"]).status_code == 200


def test_the_dark_colours_are_those_of_the_room() -> None:
    def colours(name: str, selector: str) -> dict[str, str]:
        style = (ELEMENTS / name).read_text("utf-8")
        (block,) = re.findall(re.escape(selector) + r" \{(.*?)\}", style, re.S)
        return dict(re.findall(r"([a-z-]+): ([^;]+);", block))

    assert colours("help.css", "  :root") == colours("room.css", ".dark")
