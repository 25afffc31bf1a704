"""Every crash and every way a power loss can end, for the real `write_lasting` on a model of a disk."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from i2v.media.lasting import Disk, write_lasting

OLD, NEW = b"old clip", b"a new and longer clip"


class Died(BaseException):
    """The process or the power is gone; nothing runs after it."""


class ModelDisk(Disk):
    """A file system in memory that dies at its n-th operation and knows what would be left.

    As on a journalling file system: data may be lost, torn or kept until the file is synced; renames and new names
    reach the disk in order, any number of them, until the folder is synced.
    """

    def __init__(self, dies_at: int, before: dict[str, bytes]) -> None:
        self.dies_at, self.count = dies_at, 0
        self.contents: list[bytes] = list(before.values())
        self.synced: list[bytes] = list(before.values())
        self.names = {name: number for number, name in enumerate(before)}
        self.lasting_names = dict(self.names)
        self.journal: list[dict[str, int]] = []

    def _step(self) -> None:
        self.count += 1
        if self.count >= self.dies_at:
            raise Died

    def _rename(self, changed: dict[str, int]) -> None:
        self.names = changed
        self.journal.append(changed)

    def create(self, path: Path) -> int:
        self._step()
        self.contents.append(b"")
        self.synced.append(b"")
        self._rename({**self.names, path.name: len(self.contents) - 1})
        return len(self.contents) - 1

    def write(self, file: int, data: memoryview) -> int:
        self._step()
        self.contents[file] += bytes(data[:8])
        return len(data[:8])

    def sync(self, file: int) -> None:
        self._step()
        self.synced[file] = self.contents[file]

    def close(self, file: int) -> None:
        self._step()

    def replace(self, part: Path, path: Path) -> None:
        self._step()
        others = {name: number for name, number in self.names.items() if name != part.name}
        self._rename({**others, path.name: self.names[part.name]})

    def sync_folder(self, folder: Path) -> None:
        self._step()
        self.lasting_names, self.journal = dict(self.names), []

    def remove(self, path: Path) -> None:
        self._step()
        self._rename({name: number for name, number in self.names.items() if name != path.name})

    def after_kill(self) -> Iterator[dict[str, bytes]]:
        """What the next start finds when the process died: all that was written."""
        yield {name: self.contents[number] for name, number in self.names.items()}

    def after_power_loss(self) -> Iterator[dict[str, bytes]]:
        """Everything the next start may find when the power went."""
        for left in (self.lasting_names, *self.journal):
            files = sorted(set(left.values()))
            for kept in itertools.product(*(self._remains(number) for number in files)):
                contents = dict(zip(files, kept, strict=True))
                yield {name: contents[number] for name, number in left.items()}

    def _remains(self, number: int) -> list[bytes]:
        full, safe = self.contents[number], self.synced[number]
        return [full] if full == safe else [safe, full[: len(full) // 2], full]


def violations(
    make: Callable[[int, dict[str, bytes]], ModelDisk], outcomes: Callable[[ModelDisk], Iterator[dict[str, bytes]]]
) -> tuple[list[str], int]:
    """What goes wrong over every crash point, for a new file and a replaced one; and how many outcomes there were."""
    wrong, total = [], 0
    for before in ({}, {"clip.mp4": OLD}):
        for dies_at in itertools.count(1):
            disk, is_told = make(dies_at, before), False
            try:
                write_lasting(Path("clip.mp4"), NEW, disk=disk)
                is_told = True
            except Died:
                pass
            for found in outcomes(disk):
                total += 1
                clip = found.get("clip.mp4")
                if is_told and clip != NEW:
                    wrong.append(f"told done, found {clip!r}")
                elif clip not in (NEW, before.get("clip.mp4")):
                    wrong.append(f"died at {dies_at}, found {clip!r}")
            if is_told:
                break
    return wrong, total


def test_no_crash_and_no_power_loss_leaves_half_a_file_or_loses_one_that_was_promised() -> None:
    wrong, total = violations(ModelDisk, ModelDisk.after_kill)
    assert (wrong, total > 15) == ([], True)
    wrong, total = violations(ModelDisk, ModelDisk.after_power_loss)
    assert (wrong, total > 40) == ([], True)


class NoFileSync(ModelDisk):
    def sync(self, file: int) -> None:
        self._step()


class NoFolderSync(ModelDisk):
    def sync_folder(self, folder: Path) -> None:
        self._step()


@pytest.mark.parametrize("forgetful", [NoFileSync, NoFolderSync])
def test_the_model_of_power_losses_catches_a_missing_sync(forgetful: type[ModelDisk]) -> None:
    assert violations(forgetful, ModelDisk.after_kill)[0] == []
    assert violations(forgetful, ModelDisk.after_power_loss)[0] != []
