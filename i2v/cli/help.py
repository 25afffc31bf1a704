"""`python main.py help [CODE or message]`: the help pages on the console."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence

from i2v.cli.console import console_language, tell
from i2v.text import sentences
from i2v.text.help import HelpPage, find_help, help_codes, help_page

WIDTH = 100


def run_help(arguments: Sequence[str]) -> int:
    """The page that fits best, with the titles of others that fit; without words all there are. Exit 1: none fits."""
    parser = argparse.ArgumentParser("main.py help", description="What a code or a message means, and what to do.")
    parser.add_argument("message", nargs="*", help="an error code, or what stands on the screen, in quotes")
    if arguments in (["-h"], ["--help"]):
        parser.parse_args(arguments)
    language = console_language()
    query = " ".join(arguments)  # as it was pasted: a dash in it is no flag
    if not query.strip():
        for group, codes in help_codes().items():
            print(f"\n{sentences('help', language)[f'group.{group}']}")
            for code in codes:
                print(_entry(code, language))
        return 0
    found = find_help(query)
    if not found:
        tell("help.none")
        return 1
    print(_page(help_page(found[0], language), language))
    if found[1:]:
        print(f"\n{sentences('help', language)['related']}:")
        print("\n".join(_entry(code, language) for code in found[1:]))
    return 0


def _page(page: HelpPage, language: str) -> str:
    words = sentences("help", language)
    parts = [f"{page.title}  [{page.code}]", page.what, _filled(page.why, "")]
    parts += [f"\n{words['steps']}:", *(_filled(step, f"{at}. ") for at, step in enumerate(page.steps, 1))]
    if page.log:
        parts += [f"\n{words['log']}:", _filled(words[f"log.{page.log}"], "")]
    if page.related:
        parts += [f"\n{words['related']}:", *(_entry(code, language) for code in page.related)]
    return "\n".join(part for part in parts if part)


def _filled(text: str, mark: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark), break_long_words=False)


def _entry(code: str, language: str) -> str:
    return f"  {code:<24}  {help_page(code, language).title}"
