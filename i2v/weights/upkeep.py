"""What becomes of downloaded weights later: proving them again, and taking them away."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from i2v.domain.model_folder import INDEX
from i2v.domain.weight_source import WeightSource
from i2v.errors import WeightsUnproven
from i2v.weights import manifest as manifests
from i2v.weights.download import claim, storage_fault
from i2v.weights.manifest import Entry, Manifest, read_manifest
from i2v.weights.part import SUFFIX

_CHUNK_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Verdict:
    """What a second look at the files came to: how many are as they were, and the names of those gone or changed."""

    good: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return not self.missing and not self.changed


@dataclass(frozen=True)
class Removal:
    """What was taken away, and the names of files that are not ours and stayed."""

    freed_bytes: int
    kept: tuple[str, ...]


def verify_weights(source: WeightSource, folder: Path, tick: Callable[[int], None]) -> Verdict:
    """Hashes all files of a downloaded model and compares them with the manifest.

    Args:
        source: the model.
        folder: where it lies.
        tick: called with the bytes read since the last call.

    Raises:
        WeightsUnproven: there is no manifest, so this app did not fetch the model.
        FolderUnusable: a file cannot be read.
    """
    manifest = _manifest(source, folder)
    missing, changed = [], []
    try:
        for name, entry in manifest.files.items():
            if not (folder / name).is_file():
                missing.append(name)
            elif not _is_as_proven(folder / name, entry, tick):
                changed.append(name)
    except OSError as cause:
        raise storage_fault(cause, folder, 0) from cause
    return Verdict(len(manifest.files) - len(missing) - len(changed), tuple(missing), tuple(changed))


def remove_weights(source: WeightSource, folder: Path) -> Removal:
    """Deletes what this app fetched, and nothing else.

    Raises:
        WeightsUnproven: there is no manifest, so nothing here is ours.
        WeightsBusy: a download is at work.
        FolderUnusable: a file cannot be deleted.
    """
    try:
        with claim(folder):
            manifest = _manifest(source, folder)
            ours = [folder / name for name, entry in manifest.files.items() if entry.fetched]
            # The index goes first: from then on nobody takes the folder for a model. The manifest goes last.
            ours.sort(key=lambda path: path.name != INDEX)
            freed = 0
            for path in [*ours, *folder.rglob(f"*{SUFFIX}"), folder / manifests.NAME]:
                if path.is_file():
                    freed += path.stat().st_size
                    path.unlink()
            kept = tuple(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file())
            for path in [*sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True), folder]:
                with contextlib.suppress(OSError):  # one that still holds a file stays
                    path.rmdir()
    except OSError as cause:
        raise storage_fault(cause, folder, 0) from cause
    return Removal(freed, kept)


def _manifest(source: WeightSource, folder: Path) -> Manifest:
    manifest = read_manifest(folder)
    if manifest is None:
        raise WeightsUnproven(path=str(folder), url=source.page)
    return manifest


def _is_as_proven(path: Path, entry: Entry, tick: Callable[[int], None]) -> bool:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(_CHUNK_BYTES):
            digest.update(data)
            tick(len(data))
    return digest.hexdigest() == entry.sha256
