"""Every code has its help in every language, and whatever people paste leads to it."""

from __future__ import annotations

import re
import time

import pytest

from i2v.errors import error_types, rebuild
from i2v.text import LANGUAGES, describe, sentences
from i2v.text.help import TOPICS, find_help, help_codes, help_page

CODES = [code for codes in help_codes().values() for code in codes]


def test_every_error_code_has_its_page_and_every_page_its_group() -> None:
    assert set(error_types()) == {code for group, codes in help_codes().items() if group != TOPICS for code in codes}
    assert {f"group.{group}" for group in help_codes()} <= sentences("help", "en").keys()
    assert len(CODES) == len(set(CODES))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_every_page_says_what_why_and_what_to_do(code: str, language: str) -> None:
    page = help_page(code, language)
    assert 4 <= len(page.title) <= 60
    assert 20 <= len(page.why) <= 500
    assert 1 <= len(page.steps) <= 5
    assert set(page.related) <= set(CODES) - {code}
    for text in (page.why, *page.steps):
        assert text == text.strip()
        assert text.endswith((".", "。", "`")), text
        assert text.count("`") % 2 == 0, text
        assert ("。" in text) == (language == "zh-CN"), text


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_language_has_the_same_keys_and_the_same_commands(language: str) -> None:
    english, other = sentences("help", "en"), sentences("help", language)
    assert english.keys() == other.keys()

    def commands(text: str) -> list[str]:
        """Code without what is translated within it."""
        return sorted(re.sub(r"[^\x00-\x7f]+|zoom in", "", code) for code in re.findall("`([^`]+)`", text))

    different = [key for key in english if key != "search" and commands(english[key]) != commands(other[key])]
    assert different == []


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 8.00 GiB total)", "out_of_gpu_memory"),
        ("torch.OutOfMemoryError: CUDA out of\n  memory.", "out_of_gpu_memory"),
        ("ModuleNotFoundError: No module named 'diffusers'", "environment_incomplete"),
        ("No module named diffusers", "environment_incomplete"),
        ("OSError: [WinError 126] 找不到指定的模块。", "dll_missing"),
        ("RuntimeError: CUDA error: no kernel image is available for execution on the device", "device_missing"),
        ("KeyError: 'latents'", "latents_unknown"),
        (
            "'bash' is not recognized as an internal or external command,\noperable program or batch file.",
            "bash_unknown",
        ),
        ("ConnectionRefusedError: [Errno 111] Connection refused", "server_unreachable"),
        ("httpx.ConnectError: [Errno 111] CONNECTION REFUSED", "server_unreachable"),
        ("OSError: [Errno 28] No space left on device: '/data'", "disk_full"),
        ("PIL.UnidentifiedImageError: cannot identify image file 'a.jpg'", "picture_unreadable"),
        ("[picture_too_small]  More: python main.py help picture_too_small", "picture_too_small"),
        ("internal", "internal"),
        ("my clips come out as a black video", "clip_faulty"),
        ("the hub cannot be reached", "hub_unreachable"),
        ("显卡报告了故障", "gpu_fault"),
    ],
)
def test_what_people_paste_leads_to_the_page(pasted: str, code: str) -> None:
    assert find_help(pasted)[0] == code
    traceback = f'Traceback (most recent call last):\n  File "x.py", line 3, in <module>\n{pasted}\n'
    assert find_help(traceback)[0] == code or pasted == "internal"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(error_types()))
def test_what_the_app_itself_says_leads_to_its_page(code: str, language: str) -> None:
    values = dict.fromkeys(re.findall(r"{(\w+)}", sentences("errors", language)[f"{code}.what"]), "x1")
    assert code in find_help(describe(rebuild(code, dict(values)), language).what)[:2]


def test_every_listed_message_leads_to_its_own_page() -> None:
    led = {message: find_help(message)[0] for code in CODES for message in help_page(code).messages}
    assert led == {message: code for code in CODES for message in help_page(code).messages}


@pytest.mark.parametrize("text", ["", " ", "xyzzy", "\0", "\\", "((", "a" * 100_000, "{}", "\ud800"])
def test_what_nobody_knows_leads_nowhere(text: str) -> None:
    assert find_help(text) == []


@pytest.mark.parametrize("text", [" is , but it takes", " is ", "的", ". ", "CUDA error "])
def test_no_text_however_contrived_keeps_anybody_waiting(text: str) -> None:
    began = time.process_time()
    find_help((text * 4000)[:4000])
    assert time.process_time() - began < 0.5
