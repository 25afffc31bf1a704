"""Which PyTorch build a machine gets, as a table of system × card × driver, and where it is taken from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from launch.cards import (
    AMD,
    INTEL,
    NVIDIA,
    Computer,
    Gpu,
    adapter_vendors,
    find_nvidia_smi,
    machine_hint,
    parse_gpus,
    pci_vendors,
    read_gpus,
)
from launch.console import Fault
from launch.torch_build import TORCH_WHEELS, choose_torch, origin_of, tag_of, torch_attempts

# One of each kind that is met, by compute capability.
CARDS = {
    "Kepler": 3.5,
    "Maxwell": 5.0,
    "Pascal": 6.1,
    "Volta": 7.0,
    "Turing": 7.5,
    "Ampere": 8.6,
    "Ada": 8.9,
    "Hopper": 9.0,
    "Blackwell (server)": 10.0,
    "Blackwell": 12.0,
}
# Driver → what each card of CARDS gets, in their order; "!" is the CPU, with the reason told at every start.
DRIVERS = {
    "470.256": "!     !     !     !     !     !     !     !     !     !",
    "524.99": "!     !     !     !     !     !     !     !     !     !",
    "525.60": "!     cu126 cu126 cu126 cu126 cu126 cu126 cu126 !     !",
    "560.94": "!     cu126 cu126 cu126 cu126 cu126 cu126 cu126 !     !",
    "579.99": "!     cu126 cu126 cu126 cu126 cu126 cu126 cu126 !     !",
    "580.00": "!     cu126 cu126 cu126 cu130 cu130 cu130 cu130 cu130 cu130",
    "595.10": "!     cu126 cu126 cu126 cu130 cu130 cu130 cu130 cu130 cu130",
}
TABLE = [(driver, card, tag) for driver, row in DRIVERS.items() for card, tag in zip(CARDS, row.split(), strict=True)]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reasons are sentences, in the language of the machine."""
    monkeypatch.setenv("I2V_LANGUAGE", "en")


def computer(*gpus: Gpu, system: str = "linux", processor: str = "x86_64", problem: str = "", **facts: str) -> Computer:
    """A machine with these cards."""
    version = facts.get("version", "14.5" if system == "darwin" else "2.36")
    return Computer(system, processor, gpus, problem, frozenset(facts.get("vendors", "").split()), version)


@pytest.mark.parametrize("system", ["linux", "win32"])
@pytest.mark.parametrize(("driver", "card", "tag"), TABLE)
def test_driver_and_capability_choose_the_build(system: str, driver: str, card: str, tag: str) -> None:
    build = choose_torch(computer(Gpu(card, driver, CARDS[card]), system=system))
    wanted = "cpu" if tag == "!" else tag
    assert (build.tag, build.warning, build.index_url) == (wanted, tag == "!", f"{TORCH_WHEELS}/{wanted}")
    assert build.reason.startswith(f"{card}, driver {driver}")


@pytest.mark.parametrize(
    ("driver", "capability", "reason"),
    [
        ("570.86", 12.0, "update the driver to 580 or newer"),
        ("470.256", 8.6, "update the driver to 525 or newer"),
        ("580.10", 3.5, "compute capability 3.5 is below 5.0, which no build supports"),
    ],
)
def test_a_card_that_gets_the_cpu_build_hears_what_to_do(driver: str, capability: float, reason: str) -> None:
    assert choose_torch(computer(Gpu("RTX", driver, capability))).reason == f"RTX, driver {driver}: {reason}"


def test_the_best_of_several_cards_decides_and_those_left_unused_are_named() -> None:
    cards = [Gpu("GTX 1080", "580.10", 6.1), Gpu("RTX 4090", "580.10", 8.9), Gpu("GTX 1650", "580.10", 7.5)]
    build = choose_torch(computer(*cards))
    assert build.tag == "cu130"
    unused = "left unused, since this build is for other cards: GTX 1080 (6.1)"
    assert build.reason == f"RTX 4090, driver 580.10; {unused}"
    assert choose_torch(computer(*cards[1:])).reason == "RTX 4090, driver 580.10"


@pytest.mark.parametrize(
    ("vendors", "system", "reason"),
    [
        ("", "linux", "no NVIDIA card found"),
        (INTEL, "linux", "Intel graphics, which the app does not use"),
        (f"{INTEL} {AMD}", "linux", "AMD graphics; a ROCm build is not chosen by itself"),
        (AMD, "win32", "AMD graphics, which PyTorch does not use on Windows"),
    ],
)
def test_without_an_nvidia_card_the_cpu_build_comes_with_what_there_is_instead(
    vendors: str, system: str, reason: str
) -> None:
    build = choose_torch(computer(system=system, vendors=vendors))
    assert (build.tag, build.warning) == ("cpu", False)
    assert build.reason.startswith(reason)


def test_a_driver_that_does_not_answer_is_never_passed_over_in_silence() -> None:
    build = choose_torch(computer(problem="nvidia-smi says: couldn't communicate with the driver"))
    assert build.warning
    assert build.reason.endswith("communicate with the driver; repair or update the NVIDIA driver")


def test_apple_silicon_takes_the_package_index() -> None:
    build = choose_torch(computer(system="darwin", processor="arm64"))
    assert (build.tag, build.index_url) == ("pypi", "")


@pytest.mark.parametrize(
    ("system", "processor", "version", "fault"),
    [
        ("darwin", "x86_64", "14.5", "no build for Macs with an Intel processor"),
        ("darwin", "arm64", "13.7", "needs macOS 14 or newer, this is 13.7"),
        ("darwin", "arm64", "26.1", ""),
        ("linux", "x86_64", "2.27", "needs a Linux with glibc 2.28 or newer; here it is 2.27"),
        ("linux", "x86_64", "0", "here it is 0 (0: another C library)"),
        ("linux", "x86_64", "2.28", ""),
        ("linux", "aarch64", "2.36", ""),
        ("win32", "AMD64", "0", ""),
        ("win32", "ARM64", "0", "no build for Python for ARM on Windows"),
    ],
)
def test_a_system_that_no_build_is_for_hears_it_before_anything_is_fetched(
    system: str, processor: str, version: str, fault: str
) -> None:
    this = computer(system=system, processor=processor, version=version)
    if not fault:
        assert choose_torch(this).tag in ("cpu", "pypi")
        return
    with pytest.raises(Fault, match=re.escape(fault)) as refused:
        choose_torch(this)
    assert refused.value.way_out


@pytest.mark.parametrize(
    ("override", "tag", "index_url"),
    [
        ("cu126", "cu126", f"{TORCH_WHEELS}/cu126"),
        ("cpu", "cpu", f"{TORCH_WHEELS}/cpu"),
        ("rocm7.0", "rocm7.0", f"{TORCH_WHEELS}/rocm7.0"),
        ("https://mirror.example/pytorch/cu130/", "cu130", "https://mirror.example/pytorch/cu130/"),
        ("pypi", "pypi", ""),
    ],
)
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_the_variable_overrides_card_and_system(system: str, override: str, tag: str, index_url: str) -> None:
    build = choose_torch(computer(Gpu("RTX 5090", "470.1", 12.0), system=system), override)
    assert (build.tag, build.index_url, build.warning) == (tag, index_url, False)


def test_a_mirror_of_pytorchs_wheels_has_a_folder_for_each_build() -> None:
    mirror = "https://mirror.example/pytorch/whl/"
    assert choose_torch(computer(), "", mirror).index_url == "https://mirror.example/pytorch/whl/cpu"
    card = computer(Gpu("H200", "580.1", 9.0))
    assert choose_torch(card, "", mirror).index_url == "https://mirror.example/pytorch/whl/cu130"
    assert choose_torch(card, "cu126", mirror).index_url == "https://mirror.example/pytorch/whl/cu126"


# --- What the machine says --------------------------------------------------------------------------------------------


def test_the_answer_of_nvidia_smi_is_read_card_by_card() -> None:
    text = "NVIDIA H200, 580.82.07, 9.0\nNVIDIA GeForce RTX 3050 Laptop GPU, 580.82.07, 8.6\n"
    assert parse_gpus(text) == [
        Gpu("NVIDIA H200", "580.82.07", 9.0),
        Gpu("NVIDIA GeForce RTX 3050 Laptop GPU", "580.82.07", 8.6),
    ]


@pytest.mark.parametrize("text", ["", 'Field "compute_cap" is not a valid field to query.', "GTX 970, 390.1, [N/A]"])
def test_what_is_no_answer_names_no_card(text: str) -> None:
    assert parse_gpus(text) == []


def test_a_tool_without_an_answer_is_quoted(tmp_path: Path) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'Failed to initialize NVML: Driver/library version mismatch'\n", encoding="utf-8")
    tool.chmod(0o755)
    assert read_gpus(str(tool)) == (
        [],
        "nvidia-smi says: Failed to initialize NVML: Driver/library version mismatch",
    )
    assert "gave no answer" in read_gpus(str(tmp_path / "missing"))[1]


def test_an_nvidia_card_without_a_driver_is_seen_on_the_bus(tmp_path: Path) -> None:
    for name, kind, vendor in (
        ("00", "0x030000", "0x10de"),
        ("01", "0x028000", "0x1002"),
        ("02", "0x038000", "0x8086"),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "class").write_text(f"{kind}\n", encoding="ascii")
        (tmp_path / name / "vendor").write_text(f"{vendor}\n", encoding="ascii")
    (tmp_path / "03").mkdir()  # gone while it was looked at
    assert pci_vendors(tmp_path) == {NVIDIA, INTEL}
    assert pci_vendors(tmp_path / "nowhere") == frozenset()


def test_windows_names_its_adapters_by_their_identifiers() -> None:
    adapters = ["PCI\\VEN_10DE&DEV_2684 32.0.15.8088", "pci\\ven_8086&dev_a780 31.0.101.4502", "ROOT\\BASIC 10.0"]
    assert adapter_vendors(adapters) == {NVIDIA, INTEL}


def test_the_tool_is_found_where_windows_once_kept_it(tmp_path: Path) -> None:
    old = tmp_path / "NVIDIA Corporation" / "NVSMI"
    old.mkdir(parents=True)
    (old / "nvidia-smi.exe").touch()
    assert find_nvidia_smi({"PATH": "", "ProgramFiles": str(tmp_path)}) == str(old / "nvidia-smi.exe")


def test_what_the_user_chose_is_part_of_the_hint() -> None:
    chosen = [{}, {"I2V_TORCH_INDEX": "cpu"}, {"I2V_TORCH_MIRROR": "https://mirror.example"}]
    assert len({machine_hint({"PATH": "", **environ}) for environ in chosen}) == 3


# --- Where it is taken from -------------------------------------------------------------------------------------------

LOCAL = ["--find-links", "wheels"]


def tries(system: str, *gpus: Gpu, override: str = "") -> list[list[str]]:
    """The arguments of each attempt."""
    processor = "arm64" if system == "darwin" else "x86_64"
    build = choose_torch(computer(*gpus, system=system, processor=processor), override)
    return [attempt.arguments for attempt in torch_attempts(build, "2.13.0", system, LOCAL)]


def test_wheels_of_this_machine_come_before_any_index() -> None:
    assert tries("linux") == [
        ["--no-index", *LOCAL, "torch==2.13.0+cpu"],
        ["--no-index", *LOCAL, "torch==2.13.0"],
        ["--index-url", f"{TORCH_WHEELS}/cpu", "torch==2.13.0"],
    ]


def test_windows_may_take_the_cpu_build_from_the_package_index() -> None:
    assert tries("win32") == [*tries("linux"), ["torch==2.13.0"]]


def test_a_card_gets_a_cpu_wheel_only_after_its_indexes_failed() -> None:
    card = Gpu("H200", "580.82", 9.0)
    assert tries("linux", card) == [
        ["--no-index", *LOCAL, "torch==2.13.0+cu130"],
        ["--index-url", f"{TORCH_WHEELS}/cu130", "torch==2.13.0"],
        ["torch==2.13.0"],  # the package index has the same build for Linux
        ["--no-index", *LOCAL, "torch==2.13.0"],
    ]
    assert [arguments[-1] for arguments in tries("win32", card)] == ["torch==2.13.0+cu130", *["torch==2.13.0"] * 3]
    assert tries("linux", card, override="cu126")[-1] == ["--no-index", *LOCAL, "torch==2.13.0"]


def test_the_package_index_alone_is_asked_on_a_mac() -> None:
    assert tries("darwin") == [["--no-index", *LOCAL, "torch==2.13.0"], ["torch==2.13.0"]]


@pytest.mark.parametrize(
    ("version", "system", "tag"),
    [
        ("2.13.0+cu126", "linux", "cu126"),
        ("2.13.0+cpu", "win32", "cpu"),
        ("2.13.0", "linux", "cu130"),
        ("2.13.0", "win32", "cpu"),
        ("2.13.0", "darwin", "pypi"),
    ],
)
def test_an_installed_build_is_known_by_its_version_and_system(version: str, system: str, tag: str) -> None:
    assert tag_of(version, system) == tag


@pytest.mark.parametrize(
    ("version", "origin"),
    [
        ("2.13.0+cu130", ("cu130", f"{TORCH_WHEELS}/cu130")),
        ("2.13.0+cpu", ("cpu", f"{TORCH_WHEELS}/cpu")),  # what a card had to settle for
        ("2.13.0", ("cu130", "")),
    ],
)
def test_where_an_installed_build_came_from_is_known(version: str, origin: tuple[str, str]) -> None:
    assert origin_of(version, choose_torch(computer(Gpu("H200", "580.82", 9.0))), "linux") == origin
