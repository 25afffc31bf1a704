"""What is said of the folder that the project lies in, as a table of path × system × environment."""

from __future__ import annotations

import os
from importlib.metadata import files as files_of
from pathlib import Path

import pytest

from launch.place import LASTING, LONGEST_INSIDE, WINDOWS_LIMIT, Place, model_cache, place_warnings, read_place
from tests.launcher.start_project import clean_environ, make_project, start

WINDOWS = {
    "OneDrive": "C:\\Users\\me\\OneDrive - Firm",
    "ProgramFiles": "C:\\Program Files",
    "ProgramFiles(x86)": "C:\\Program Files (x86)",
    "USERPROFILE": "C:\\Users\\me",
}
LONG = "C:\\" + "a" * 60

TABLE = [
    ("C:\\i2v", "win32", []),
    ("D:\\clips (2) & more\\i2v", "win32", []),
    (LONG, "win32", ["long"]),
    (LONG[:60], "win32", []),
    ("C:\\Users\\me\\OneDrive - Firm\\i2v", "win32", ["onedrive"]),
    ("c:/users/me/onedrive - firm/i2v", "win32", ["onedrive"]),
    ("D:\\OneDrive\\i2v", "win32", ["onedrive"]),
    ("C:\\Users\\me\\OneDriveless\\i2v", "win32", []),
    ("C:\\Program Files\\i2v", "win32", ["program_files"]),
    ("C:\\Program Files (x86)\\i2v", "win32", ["program_files"]),
    ("C:\\Program Files too\\i2v", "win32", []),
    ("C:\\Users\\me\\图片\\i2v", "win32", ["non_ascii"]),
    ("C:\\Users\\me\\OneDrive - Firm\\" + "图" * 70, "win32", ["long", "onedrive", "non_ascii"]),
    ("/home/me/图片/i2v", "linux", []),
    ("/home/me/OneDrive/" + "a" * 120, "linux", []),
    ("/Users/me/OneDrive/i2v", "darwin", []),
    ("/mnt/c/Users/me/i2v", "linux", []),  # an ordinary Linux with a disk of that name
]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings are sentences, in the language of the machine."""
    monkeypatch.setenv("I2V_LANGUAGE", "en")


@pytest.mark.parametrize(("folder", "system", "names"), TABLE)
def test_each_place_gets_its_warnings(folder: str, system: str, names: list[str]) -> None:
    found = place_warnings(Place(folder, system), WINDOWS)
    assert [caution.name for caution in found] == names
    assert all(caution.what and caution.way_out for caution in found)


@pytest.mark.parametrize(
    ("folder", "names"),
    [("/mnt/c/Users/me/i2v", ["wsl"]), ("/mnt/d", ["wsl"]), ("/home/me/i2v", []), ("/mnt/data/i2v", [])],
)
def test_wsl_is_warned_of_windows_disks(folder: str, names: list[str]) -> None:
    found = place_warnings(Place(folder, "linux", is_wsl=True), {})
    assert [caution.name for caution in found] == names
    assert all("cp -r . ~/i2v" in caution.way_out for caution in found)


def test_long_paths_that_windows_was_told_to_take_are_no_trouble() -> None:
    assert place_warnings(Place(LONG, "win32", long_paths=True), WINDOWS) == []


def test_a_folder_that_cannot_be_written_to_is_named_on_every_system() -> None:
    for system in ("win32", "linux", "darwin"):
        (caution,) = place_warnings(Place("/srv/i2v", system, is_writable=False), {})
        assert caution.what == "the project's folder /srv/i2v cannot be written to"


def test_the_room_that_packages_need_is_no_less_than_what_they_take_here() -> None:
    files = [str(file) for name in ("torch", "diffusers", "transformers", "gradio") for file in files_of(name) or ()]
    longest = max(len(file) for file in files if not file.startswith(".."))
    a_longer_tag = len("+cu130") - len("+cpu")
    room = len("\\.venv\\Lib\\site-packages\\") + longest + a_longer_tag
    assert room <= LONGEST_INSIDE < WINDOWS_LIMIT


@pytest.mark.parametrize(
    ("environ", "windows", "inside"),
    [
        ({"USERPROFILE": "C:\\Users\\图"}, True, True),
        ({"USERPROFILE": "C:\\Users\\me"}, True, False),
        ({}, True, False),
        ({"USERPROFILE": "C:\\Users\\图", "HF_HOME": "D:\\hub"}, True, False),
        ({"USERPROFILE": "C:\\Users\\图", "HF_HUB_CACHE": "D:\\hub"}, True, False),
        ({"USERPROFILE": "/home/图"}, False, False),
    ],
)
def test_the_hubs_cache_lies_in_the_project_where_the_users_folder_is_not_ascii(
    environ: dict[str, str], windows: bool, inside: bool
) -> None:
    assert model_cache(Path("C:/i2v"), environ, windows) == (str(Path("C:/i2v/models/hub")) if inside else "")


def test_this_folder_is_described_as_it_is(tmp_path: Path) -> None:
    place = read_place(tmp_path)
    assert place.folder == str(tmp_path)
    assert place.is_writable


@pytest.mark.skipif(os.name == "nt", reason="start_app.sh is for Linux and macOS")
def test_warnings_come_before_the_installation_and_those_that_last_at_every_start(tmp_path: Path, plain: Path) -> None:
    """With a kernel that calls itself WSL's, and a folder that calls itself Windows' disk."""
    project = make_project(tmp_path / "app", environment=plain)
    place = project / "launch" / "place.py"
    pretended = "def read_place(root: Path) -> Place:\n    return Place('/mnt/c/i2v', 'linux', is_wsl=True)\n"
    place.write_text(place.read_text(encoding="utf-8") + "\n\n" + pretended, encoding="utf-8")
    for language, words in (
        ("en", "careful: the project lies on Windows' disk"),
        ("zh", "请注意：项目位于 Windows 磁盘"),
    ):
        done = start(project, environ=clean_environ(I2V_LANGUAGE=language))
        assert words in done.stderr
        assert "cp -r . ~/i2v" in done.stderr
    assert {"wsl", "onedrive", "read_only"} == LASTING
