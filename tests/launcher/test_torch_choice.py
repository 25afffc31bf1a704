"""Which PyTorch build a machine gets, as a table of system × card × driver."""

from __future__ import annotations

import pytest

from launch.console import Fault
from launch.torch_build import Gpu, choose_torch, parse_gpus, torch_attempts


@pytest.mark.parametrize(
    ("driver", "capability", "tag", "warning"),
    [
        ("580.82.07", 12.0, "cu130", False),  # RTX 5090
        ("580.82.07", 9.0, "cu130", False),  # H200
        ("590.10", 8.9, "cu130", False),  # RTX 4090
        ("580.00", 7.5, "cu130", False),  # GTX 1650: the oldest of CUDA 13
        ("580.82.07", 7.0, "cu126", False),  # V100: CUDA 13 dropped it
        ("580.82.07", 6.1, "cu126", False),  # GTX 1080
        ("560.94", 8.6, "cu126", False),  # RTX 3050 with last year's driver
        ("525.60", 5.0, "cu126", False),
        ("570.86", 12.0, "cpu", True),  # Blackwell with an older driver
        ("570.86", 10.0, "cpu", True),
        ("470.256", 8.6, "cpu", True),  # a driver older than CUDA 12
        ("470.256", 3.5, "cpu", True),  # a card older than any build
    ],
)
@pytest.mark.parametrize("system", ["linux", "win32"])
def test_driver_and_capability_choose_the_build(
    system: str, driver: str, capability: float, tag: str, warning: bool
) -> None:
    build = choose_torch(system, "x86_64", [Gpu("NVIDIA card", driver, capability)], "", "")
    assert (build.tag, build.warning) == (tag, warning)
    assert build.index_url == f"https://download.pytorch.org/whl/{tag}"
    assert driver in build.reason


def test_blackwell_with_an_old_driver_is_told_to_update_it() -> None:
    build = choose_torch("linux", "x86_64", [Gpu("NVIDIA GeForce RTX 5090", "570.86", 12.0)], "", "")
    assert build.reason == "NVIDIA GeForce RTX 5090, driver 570.86: update the driver to 580 or newer"


def test_the_best_of_several_cards_decides() -> None:
    cards = [Gpu("GTX 1080", "580.10", 6.1), Gpu("RTX 4090", "580.10", 8.9)]
    assert choose_torch("linux", "x86_64", cards, "", "").tag == "cu130"


def test_a_machine_without_a_card_gets_the_cpu_build_and_no_warning() -> None:
    build = choose_torch("linux", "x86_64", [], "", "")
    assert (build.tag, build.warning, build.reason) == ("cpu", False, "no NVIDIA card found")


def test_a_driver_that_does_not_answer_is_never_passed_over_in_silence() -> None:
    build = choose_torch("linux", "x86_64", [], "nvidia-smi says: couldn't communicate with the driver", "")
    assert build.warning
    assert "couldn't communicate" in build.reason


def test_apple_silicon_takes_the_package_index() -> None:
    build = choose_torch("darwin", "arm64", [], "", "")
    assert (build.tag, build.index_url) == ("pypi", "")


def test_an_intel_mac_hears_that_there_is_no_build() -> None:
    with pytest.raises(Fault, match="Intel"):
        choose_torch("darwin", "x86_64", [], "", "")


@pytest.mark.parametrize(
    ("override", "tag", "index_url"),
    [
        ("cu126", "cu126", "https://download.pytorch.org/whl/cu126"),
        ("https://mirror.example/pytorch/cu130/", "cu130", "https://mirror.example/pytorch/cu130/"),
        ("pypi", "pypi", ""),
    ],
)
def test_the_variable_overrides_card_and_system(override: str, tag: str, index_url: str) -> None:
    for system in ("linux", "darwin", "win32"):
        build = choose_torch(system, "x86_64", [Gpu("RTX 5090", "470.1", 12.0)], "", override)
        assert (build.tag, build.index_url, build.warning) == (tag, index_url, False)


def test_the_answer_of_nvidia_smi_is_read_card_by_card() -> None:
    text = "NVIDIA H200, 580.82.07, 9.0\nNVIDIA GeForce RTX 3050 Laptop GPU, 580.82.07, 8.6\n"
    assert parse_gpus(text) == [
        Gpu("NVIDIA H200", "580.82.07", 9.0),
        Gpu("NVIDIA GeForce RTX 3050 Laptop GPU", "580.82.07", 8.6),
    ]


@pytest.mark.parametrize("text", ["", 'Field "compute_cap" is not a valid field to query.', "GTX 970, 390.1, [N/A]"])
def test_what_is_no_answer_names_no_card(text: str) -> None:
    assert parse_gpus(text) == []


def test_wheels_of_this_machine_come_before_any_index() -> None:
    build = choose_torch("linux", "x86_64", [], "", "")
    assert torch_attempts(build, "2.13.0", ["--find-links", "wheels"]) == [
        ["--no-index", "--find-links", "wheels", "torch==2.13.0"],
        ["--index-url", "https://download.pytorch.org/whl/cpu", "torch==2.13.0"],
    ]


def test_a_card_gets_a_local_cpu_wheel_only_after_its_index_failed() -> None:
    build = choose_torch("linux", "x86_64", [Gpu("H200", "580.82", 9.0)], "", "")
    assert torch_attempts(build, "2.13.0", []) == [
        ["--no-index", "torch==2.13.0+cu130"],
        ["--index-url", "https://download.pytorch.org/whl/cu130", "torch==2.13.0"],
        ["--no-index", "torch==2.13.0"],
    ]
