"""The error pages in `docs/errors/` are those that the app shows."""

from __future__ import annotations

import re

from docs.errors.__main__ import FOLDER, all_pages
from i2v.text.help import help_codes, help_page


def test_the_pages_in_docs_are_as_their_command_writes_them() -> None:
    wanted = all_pages()
    found = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
    stale = {name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)}
    assert stale == set(), "run `python -m docs.errors`"


def test_the_index_leads_to_every_code_and_every_message() -> None:
    index = (FOLDER / "README.md").read_text("utf-8")
    targets = set(re.findall(r"\]\(([a-z_]+)\.md\)", index))
    codes = {code for group in help_codes().values() for code in group}
    assert targets == codes
    headings = set(re.findall(r"^### `(.*)`$", index, re.M))
    assert headings == {message for code in codes for message in help_page(code).messages}


def test_links_between_pages_lead_somewhere() -> None:
    for path in FOLDER.glob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
            assert (FOLDER / target).is_file(), (path.name, target)
