"""Writes the help pages as Markdown to `docs/errors/`, where searches find them: one for each code, and an index.

.venv/bin/python -m docs.errors
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from i2v.text import LANGUAGES, sentences
from i2v.text.help import HelpPage, help_codes, help_page

FOLDER = Path(__file__).parent
NOTE = "<!-- Written by `python -m docs.errors` from i2v/text/*/help; change it there. -->\n"


def all_pages() -> dict[str, str]:
    """Every file's text by its name."""
    codes = [code for group in help_codes().values() for code in group]
    return {"README.md": _index(), **{f"{code}.md": _page(code) for code in codes}}


def _index() -> str:
    words = sentences("help", "en")
    lines = [
        NOTE,
        "# Errors and messages\n",
        "Each page says in English and Chinese what a message means, why it comes, and what to do. The app has the",
        "same pages at `/help`, and `python main.py help MESSAGE` finds them without it.\n",
        "## By code\n",
    ]
    for group, codes in help_codes().items():
        lines.append(f"**{words[f'group.{group}']}**\n")
        for code in codes:
            titles = (help_page(code, language).title for language in LANGUAGES)
            lines.append(f"- [`{code}`]({code}.md) {' · '.join(titles)}")
        lines.append("")
    lines.append("## By message\n")
    for message, code in sorted(_messages(), key=lambda entry: entry[0].casefold()):
        lines.append(f"### {_code(message)}\n\n[{help_page(code).title}]({code}.md)\n")
    return "\n".join(lines)


def _messages() -> Iterator[tuple[str, str]]:
    for group in help_codes().values():
        for code in group:
            yield from ((message, code) for message in help_page(code).messages)


def _page(code: str) -> str:
    pages = [(help_page(code, language), language) for language in LANGUAGES]
    return NOTE + "\n" + "\n".join("\n".join(_part(page, language)) for page, language in pages)


def _part(page: HelpPage, language: str) -> Iterator[str]:
    words = sentences("help", language)
    yield f"# {page.title}\n" if language == "en" else f"# {page.title}（{LANGUAGES[language]}）\n"
    if page.what:
        yield f"> {page.what}\n"
    yield f"{words['code']}: `{page.code}`\n"
    yield f"**{words['why']}** {page.why}\n"
    yield f"**{words['steps']}**\n"
    yield "\n".join(f"{number}. {step}" for number, step in enumerate(page.steps, 1)) + "\n"
    if page.log:
        yield f"**{words['log']}** {words[f'log.{page.log}']}\n"
    if page.messages and language == "en":
        yield f"**{words['messages']}**\n"
        yield "\n".join(f"- {_code(message)}" for message in page.messages) + "\n"
    if page.related:
        links = (f"[{help_page(code, language).title}]({code}.md)" for code in page.related)
        yield f"**{words['related']}** {' · '.join(links)}\n"


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def main() -> None:
    pages = all_pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (FOLDER / name).write_text(text, "utf-8", newline="\n")
    print(f"{len(pages)} pages in {FOLDER}")


if __name__ == "__main__":
    main()
