"""What the READMEs say of machines is what the code calculates, and every way to a first clip is short and there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from i2v.engines.base import MemoryNeed, Site
from i2v.engines.i2vgen_xl.spec import SPEC, I2VGenXLOptions, count_flops
from i2v.settings import PROJECT

READMES = [PROJECT / "README.md", PROJECT / "README.zh-CN.md"]
GIB = 2**30
RTX_4090_FLOPS = 165e12
REACHED_SHARE = 0.47  # as docs/gpu.md has it


def calculated_row(preset: str) -> str:
    """A preset's row as it must stand in the table."""
    options = I2VGenXLOptions(prompt="x", **SPEC.presets[preset])
    memory = SPEC.memory
    assert memory is not None

    def said(*needs: MemoryNeed) -> str:
        return " / ".join(f"{need.peak_bytes / GIB:.1f}" for need in needs) + " GiB"

    least = count_flops(options) / RTX_4090_FLOPS
    cells = [
        preset,
        f"{options.width}×{options.height}×{options.num_frames}, {options.num_inference_steps}",
        said(*memory(options, Site("cuda", 2))),
        said(*(memory(options, Site("cpu", value_bytes))[0] for value_bytes in (2, 4))),
        f"{least:.0f} – {least / REACHED_SHARE:.0f} s",
    ]
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
@pytest.mark.parametrize("preset", SPEC.presets)
def test_a_presets_memory_and_time_are_what_the_engine_calculates(page: Path, preset: str) -> None:
    assert calculated_row(preset) in page.read_text("utf-8").splitlines()


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_every_way_to_the_page_takes_at_most_five_lines(page: Path) -> None:
    parts = re.split(r"^### ", page.read_text("utf-8").split("\n## ")[2], flags=re.M)[1:]
    assert len(parts) == 4
    for part in parts:
        (block,) = re.findall(r"```bash\n(.*?)```", part, re.S)
        assert len(block.splitlines()) <= 5
        files = re.findall(r"[\w/]+\.(?:sh|bat|yaml)\b", block)
        assert files
        assert [name for name in files if not (PROJECT / name).is_file()] == []


def test_the_checklist_for_windows_has_the_same_rows_in_both_languages() -> None:
    def rows(name: str) -> list[str]:
        text = (PROJECT / "docs" / name).read_text("utf-8")
        return re.findall(r"^(?:## |\| \d+(?= \|))", text, re.M)

    english = rows("windows.md")
    assert english == rows("windows.zh-CN.md")
    assert [row for row in english if row != "## "] == [f"| {number}" for number in range(1, 38)]
