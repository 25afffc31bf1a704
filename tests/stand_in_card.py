"""A graphics card that is not there: the driver's tool, speaking as the real one does, of figures a test may change."""

from __future__ import annotations

import sys
from pathlib import Path

UUID = "GPU-8f6d2a10-5e4b-4c1e-9f57-0d9f1f6f9a11"
OTHER = "GPU-11111111-2222-3333-4444-555555555555"


class StandInCard:
    """`nvidia-smi` in a folder of its own; put that folder onto `PATH`."""

    def __init__(self, folder: Path) -> None:
        assert sys.platform != "win32", "the stand-in is a shell script"
        self.folder = folder
        folder.mkdir(exist_ok=True)
        tool = folder / "nvidia-smi"
        tool.write_text(
            "#!/bin/sh\n"
            'case "$1" in\n'
            f'  --query-gpu=*) exec /bin/cat "{folder}/cards" ;;\n'
            f'  --query-compute-apps=*) exec /bin/cat "{folder}/processes" ;;\n'
            "esac\n"
            "exit 2\n"
        )
        tool.chmod(0o755)
        self.show(used_mb=500, total_mb=24564)

    def show(self, *, used_mb: int, total_mb: int, processes: str = "") -> None:
        """One card with these figures, from now on."""
        self.say(f"{UUID}, NVIDIA GeForce RTX 4090, {used_mb}, {total_mb}, 41, 7\n", processes)

    def say(self, cards: str, processes: str = "") -> None:
        """What the tool prints for `--query-gpu` and for `--query-compute-apps`."""
        (self.folder / "cards").write_text(cards)
        (self.folder / "processes").write_text(processes)
