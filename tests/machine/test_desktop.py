"""Which program is asked to show a folder, on each system; never a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from i2v.errors import FolderUnopened
from i2v.machine import desktop

FOLDER = Path("/home/somebody/My clips; rm -rf ~")
CLIP = FOLDER / "video_20261120_100000.mp4"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str] | str]:
    """What would be started."""
    commands: list[list[str] | str] = []

    class Program:
        def __init__(self, command: list[str] | str, **options: object) -> None:
            assert not options.get("shell")
            commands.append(command)

        def wait(self) -> int:
            return 0

    monkeypatch.setattr("i2v.machine.desktop.subprocess.Popen", Program)
    return commands


def test_windows_and_macos_mark_the_clip_in_its_folder(
    monkeypatch: pytest.MonkeyPatch, asked: list[list[str] | str]
) -> None:
    for system in ("win32", "darwin"):
        monkeypatch.setattr("i2v.machine.desktop.sys.platform", system)
        desktop.open_folder(FOLDER)
        desktop.open_folder(FOLDER, CLIP)
    assert asked == [
        f'explorer.exe "{FOLDER}"',
        f'explorer.exe /select,"{CLIP}"',
        ["open", str(FOLDER)],
        ["open", "-R", str(CLIP)],
    ]


@pytest.mark.parametrize("screen", ["DISPLAY", "WAYLAND_DISPLAY", None])
def test_elsewhere_a_screen_and_a_program_are_needed(
    monkeypatch: pytest.MonkeyPatch, asked: list[list[str] | str], tmp_path: Path, screen: str | None
) -> None:
    monkeypatch.setattr("i2v.machine.desktop.sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if screen:
        monkeypatch.setenv(screen, ":0")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FolderUnopened, match="My clips"):
        desktop.open_folder(FOLDER)
    program = tmp_path / "xdg-open"
    program.touch(0o755)
    if screen is None:
        with pytest.raises(FolderUnopened):
            desktop.open_folder(FOLDER)
        return
    desktop.open_folder(FOLDER, CLIP)
    assert asked == [[str(program), str(FOLDER)]]
