from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from benchmarks import quality
from benchmarks.charts import Line, Panel, draw_panels
from benchmarks.known_world import WHOLE, World, distance, make_world
from benchmarks.sampler_curve import left_by_authors, make_worlds
from i2v.engines.i2vgen_xl.course import Pass
from i2v.engines.i2vgen_xl.spec import SPEC, I2VGenXLOptions

WORLDS = [world for is_held_out in (False, True) for world in make_worlds(is_held_out=is_held_out)]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Of numbers this few several threads only wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_the_truth_of_one_normal_distribution_is_the_noise_as_wide_as_that() -> None:
    noise = torch.randn(8, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    spread = torch.tensor([1.0, 0.5, 0.1, 0.03], dtype=torch.float64)
    world = World(torch.zeros(12, 4, dtype=torch.float64), spread, noise)
    assert distance(world.truth(9.0), spread * noise) < 1e-4
    assert distance(world.sample("unipc", [WHOLE] * 100, 9.0), spread * noise) < 1e-2


def test_a_prediction_is_made_of_what_is_behind_the_noise() -> None:
    """At every moment x0 = cos φ·x − sin φ·v; where the way begins that is the mean of all kinds."""
    world = make_world(1, 0.5)
    named = world.predict(world.noise, math.pi / 2, 9.0, Pass(is_guided=False, is_whole=True))
    assert distance(-named, world.centres[:2].mean(0).expand_as(named)) < 1e-6


def test_a_network_in_bf16_rounds_what_it_sees_and_what_each_branch_answers() -> None:
    world, plain = make_world(1, 0.5), Pass(is_guided=False, is_whole=True)
    named, whole = (world.predict(world.noise, 1.0, 0.0, step, torch.bfloat16) for step in (plain, WHOLE))
    assert torch.equal(named, named.bfloat16().double())
    guided = world.predict(world.noise, 1.0, 9.0, WHOLE, torch.bfloat16)
    assert torch.equal(guided, whole + 9.0 * (named - whole))
    assert torch.equal(named, world.predict(world.noise.bfloat16().double(), 1.0, 0.0, plain).bfloat16().double())
    assert not torch.equal(named, world.predict(world.noise, 1.0, 0.0, plain).bfloat16().double())


@pytest.mark.parametrize("network", ["", "_bf16"])
@pytest.mark.parametrize("preset", SPEC.presets)
def test_each_preset_ends_no_further_from_the_truth_than_the_authors_setting(preset: str, network: str) -> None:
    options = I2VGenXLOptions(**SPEC.presets[preset])
    for world in WORLDS:
        found = world.sample(options.sampler + network, options.passes(), options.guidance_scale)
        assert distance(found, world.truth(options.guidance_scale)) < left_by_authors(world)


def test_a_chart_is_a_picture_with_every_point_inside() -> None:
    line = Line("a & b", "#000", [(1, 0.001), (10, 1), (100, 100)])
    told = draw_panels([Panel("t", "x", "y", (1, 10, 100), (0.1, 1, 100), [line])], "<shown>")
    root = ElementTree.fromstring(told)
    points = [
        (float(circle.attrib["cx"]), float(circle.attrib["cy"])) for circle in root.iter() if "cx" in circle.attrib
    ]
    assert len(points) == 4  # and one in the legend
    assert all(0 <= x <= float(root.attrib["width"]) and 0 <= y <= float(root.attrib["height"]) for x, y in points)


def test_the_page_and_the_charts_are_those_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path("docs/quality.md").read_text("utf-8")
    marks = re.findall(r"<!-- ([\w-]+) -->\n\S", page)
    assert [mark for mark in marks if mark != "end"] == [
        "samplers-worlds",
        "samplers-network",
        "uncertainty",
        "savings-worlds",
        "savings-network",
    ]
    for chart in ("samplers", "savings"):
        ElementTree.fromstring(Path(f"docs/pictures/quality/{chart}.svg").read_text("utf-8"))
    (tmp_path / "pictures").mkdir()
    (tmp_path / "quality.md").write_text("a\n<!-- x -->\nold\n<!-- end -->\nb <!-- end -->\n", "utf-8")
    monkeypatch.setattr(quality, "_DOCS", tmp_path)
    quality.write({"x": "| new \\1 |"}, {"c": "<svg/>"})
    assert (tmp_path / "quality.md").read_text("utf-8") == "a\n<!-- x -->\n| new \\1 |\n<!-- end -->\nb <!-- end -->\n"
    assert (tmp_path / "pictures/quality/c.svg").read_text("utf-8") == "<svg/>"
