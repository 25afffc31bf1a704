"""Shows a folder in the system's file manager, where there is a screen to show it on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from i2v.errors import FolderUnopened


def open_folder(folder: Path, selected: Path | None = None) -> None:
    """Opens the folder, with the file marked where the system knows how. No shell sees the path.

    Raises:
        FolderUnopened: there is no desktop here, or it refuses.
    """
    shown = selected or folder
    try:
        process = subprocess.Popen(
            _command(folder, selected),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as cause:
        raise FolderUnopened(path=str(shown)) from cause
    # Somebody has to hear of its end, or it stays in the table of processes.
    threading.Thread(target=process.wait, name="file manager", daemon=True).start()


def _command(folder: Path, selected: Path | None) -> list[str] | str:
    if sys.platform == "win32":
        # Explorer reads its own quotes: `/select,"C:\\My clips\\a.mp4"`. A path holds none.
        return f'explorer.exe /select,"{selected}"' if selected else f'explorer.exe "{folder}"'
    if sys.platform == "darwin":
        return ["open", "-R", str(selected)] if selected else ["open", str(folder)]
    opener = shutil.which("xdg-open")
    if opener is None or not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise FolderUnopened(path=str(selected or folder))
    return [opener, str(folder)]
