"""Files that last: what is verified, who holds the target, what the disk refuses. Crashes: `test_crash_points.py`."""

from __future__ import annotations

import errno
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from i2v.errors import ClipDamaged, DiskFull, I2VError, OutputUnwritable
from i2v.media.lasting import Disk, write_lasting

ROOT = Path(__file__).parents[2]
OLD, NEW = b"old clip", b"a new and longer clip"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_lasting(tmp_path / "夏天 🌊.mp4", NEW)
    assert (tmp_path / "夏天 🌊.mp4").read_bytes() == NEW
    assert names(tmp_path) == ["夏天 🌊.mp4"]


def test_an_older_file_of_that_name_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(OLD)
    write_lasting(path, NEW)
    assert path.read_bytes() == NEW


def test_an_empty_file_is_a_file(tmp_path: Path) -> None:
    write_lasting(tmp_path / "empty", b"")
    assert (tmp_path / "empty").read_bytes() == b""


def test_what_is_verified_is_the_whole_file_under_another_name(tmp_path: Path) -> None:
    path, seen = tmp_path / "clip.mp4", []

    def verify(part: Path) -> None:
        seen.append((part.parent, part.suffix, part.read_bytes(), path.exists()))

    write_lasting(path, NEW, verify)
    assert seen == [(tmp_path, ".part", NEW, False)]


def test_a_file_that_does_not_prove_good_never_gets_its_name(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(OLD)

    def verify(part: Path) -> None:
        raise ClipDamaged(expected="16 frames", found="3")

    with pytest.raises(ClipDamaged):
        write_lasting(path, NEW, verify)
    assert names(tmp_path) == ["clip.mp4"]
    assert path.read_bytes() == OLD


def test_a_cancel_while_verifying_leaves_nothing(tmp_path: Path) -> None:
    def verify(part: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_lasting(tmp_path / "clip.mp4", NEW, verify)
    assert names(tmp_path) == []


# --- a scanner or a sync client holds the target ----------------------------------------------------------------------


class HeldDisk(Disk):
    """A clock of its own, and a target that another program holds open for some seconds, as on Windows."""

    def __init__(self, seconds: float, winerror: int) -> None:
        self.time, self.free_at, self.winerror, self.tries = 100.0, 100.0 + seconds, winerror, 0

    def replace(self, part: Path, path: Path) -> None:
        self.tries += 1
        if self.time < self.free_at:
            refusal = PermissionError(errno.EACCES, "the file is in use")
            refusal.winerror = self.winerror  # type: ignore[attr-defined]  # exists on Windows only
            raise refusal
        super().replace(part, path)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds


@pytest.mark.parametrize("winerror", [5, 32, 33])
@pytest.mark.parametrize("seconds", [0.1, 1, 3, 10, 14.9])
def test_a_target_held_for_seconds_is_waited_for(tmp_path: Path, seconds: float, winerror: int) -> None:
    disk = HeldDisk(seconds, winerror)
    write_lasting(tmp_path / "clip.mp4", NEW, disk=disk)
    assert (tmp_path / "clip.mp4").read_bytes() == NEW
    assert disk.time - disk.free_at < 1.6  # it does not oversleep
    assert disk.tries < 40  # nor hammer


def test_a_target_held_for_ever_is_given_up_after_fifteen_seconds(tmp_path: Path) -> None:
    disk = HeldDisk(1e9, 32)
    with pytest.raises(OutputUnwritable, match="in use"):
        write_lasting(tmp_path / "clip.mp4", NEW, disk=disk)
    assert 15 <= disk.time - 100 < 16
    assert names(tmp_path) == []


def test_a_plain_denial_is_not_waited_for(tmp_path: Path) -> None:
    disk = HeldDisk(1e9, winerror=0)
    with pytest.raises(OutputUnwritable):
        write_lasting(tmp_path / "clip.mp4", NEW, disk=disk)
    assert disk.tries == 1


# --- each operation refused -------------------------------------------------------------------------------------------

_OPERATIONS = ("create", "write", "sync", "close", "replace", "sync_folder")


class RefusingDisk(Disk):
    """A real disk that writes a few bytes at a time and refuses its n-th operation, or all from there on."""

    def __init__(self, nth: int, code: int, *, is_lasting: bool) -> None:
        self.nth, self.code, self.is_lasting, self.count = nth, code, is_lasting, 0
        self.refused: list[str] = []

    def _step(self, name: str) -> None:
        self.count += 1
        if self.count == self.nth or (self.is_lasting and self.count > self.nth):
            self.refused.append(name)
            raise OSError(self.code, os.strerror(self.code))

    def create(self, path: Path) -> int:
        self._step("create")
        return super().create(path)

    def write(self, file: int, data: memoryview) -> int:
        self._step("write")
        return super().write(file, data[:8])

    def sync(self, file: int) -> None:
        self._step("sync")
        super().sync(file)

    def close(self, file: int) -> None:
        super().close(file)  # the system closes a file even where it reports an error
        self._step("close")

    def replace(self, part: Path, path: Path) -> None:
        self._step("replace")
        super().replace(part, path)

    def sync_folder(self, folder: Path) -> None:
        self._step("sync_folder")
        super().sync_folder(folder)


@pytest.mark.parametrize("is_lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EFBIG, DiskFull),
        (errno.EIO, OutputUnwritable),
        (errno.EROFS, OutputUnwritable),
        (errno.ENOENT, OutputUnwritable),
    ],
)
def test_whatever_the_disk_refuses_is_told_and_leaves_a_whole_file_or_none(
    tmp_path: Path, code: int, told: type[I2VError], is_lasting: bool
) -> None:
    refused: set[str] = set()
    for nth in itertools.count(1):
        for content in (None, OLD):
            path = tmp_path / f"{nth}-{content is None}.mp4"
            if content is not None:
                path.write_bytes(content)
            disk = RefusingDisk(nth, code, is_lasting=is_lasting)
            error = fault_of(path, disk)
            if error is None:
                assert refused == set(_OPERATIONS)
                return
            assert (type(error), error.values["path"]) == (told, str(path))
            refused.update(disk.refused)
            is_replaced = "sync_folder" in disk.refused and not {"close", "replace"} & set(disk.refused)
            assert (path.read_bytes() if path.exists() else None) == (NEW if is_replaced else content)
            assert not list(tmp_path.glob("*.part"))


def fault_of(path: Path, disk: Disk) -> I2VError | None:
    try:
        write_lasting(path, NEW, disk=disk)
    except I2VError as error:
        return error
    return None


# --- real faults ------------------------------------------------------------------------------------------------------


def in_child(program: str) -> str:
    """Runs a program with `write_lasting`, `Path` and `target` at hand; gives what it prints."""
    preface = "import os, sys, errno\nfrom pathlib import Path\nfrom i2v.errors import I2VError\n"
    preface += "from i2v.media.lasting import write_lasting\n"
    done = subprocess.run(
        [sys.executable, "-c", preface + program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes")
def test_a_file_over_the_size_limit_is_a_full_disk(tmp_path: Path) -> None:
    told = in_child(f"""
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_lasting(Path({str(tmp_path / "clip.mp4")!r}), b"x" * 3_000_001)
except I2VError as error:
    print(error.code, error.values["needed_mb"])
""")
    assert told == "disk_full 4"
    assert names(tmp_path) == []


def test_a_full_disk_says_how_much_is_free(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small disk here: {mounted.stderr.strip()}")
    try:
        write_lasting(tmp_path / "first.mp4", b"x" * 500_000)
        with pytest.raises(DiskFull) as caught:
            write_lasting(tmp_path / "second.mp4", b"x" * 9_000_000)
        assert (caught.value.values["free_mb"], caught.value.values["needed_mb"]) == (1, 9)
        assert names(tmp_path) == ["first.mp4"]
        write_lasting(tmp_path / "third.mp4", b"x" * 500_000)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="folders there have no such permission")
def test_a_read_only_folder_is_told_with_its_path() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        told = in_child(f"""
if os.geteuid() == 0:  # root writes everywhere
    os.setuid(65534)
try:
    write_lasting(Path({str(folder / "clip.mp4")!r}), b"x")
except I2VError as error:
    print(error.code, error.values["path"])
""")
        assert told == f"output_unwritable {folder / 'clip.mp4'}"
        folder.chmod(0o755)


def test_a_folder_that_went_away_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="No such file"):
        write_lasting(tmp_path / "gone" / "clip.mp4", NEW)
