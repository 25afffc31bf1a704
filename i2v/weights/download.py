"""A whole model from the hub: listed, weighed against the disk, fetched file by file, each proven before it counts."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from i2v.domain.model_folder import INDEX, half_precision, take_inventory
from i2v.domain.weight_source import WeightSource
from i2v.errors import (
    FolderUnusable,
    HubAnswerOdd,
    HubMissing,
    HubSilent,
    HubTrouble,
    HubUnreachable,
    I2VError,
    WeightsBusy,
    WeightsDamaged,
    WeightsDiskFull,
    WeightsMissing,
)
from i2v.weights.hub import Hub, HubFile
from i2v.weights.manifest import Entry, Manifest, is_plain_name, read_manifest
from i2v.weights.part import SUFFIX, Part, digest_file, settle
from i2v.weights.patience import Retries, within
from i2v.weights.progress import CHECKING, FETCHING, LISTING, Meter

RESERVE_BYTES = 200_000_000
"""Left free beside the model: the queue and the clips need some."""
LISTING_SECONDS = 9.0
SET_ASIDE = ".before"
_TRIES = 3
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def download_weights(
    source: WeightSource, folder: Path, hub: Hub, meter: Meter, retries: Retries, *, thorough: bool = False
) -> None:
    """Brings a model folder into being or mends it; goes on where an earlier run, alive or killed, stopped.

    Only what the model needs is fetched: index, configurations, vocabularies, safetensors in half precision. A file
    gets its own name once its hash is the one the hub states. A folder that is complete without us stays as it is; a
    file of the user's under a name that is needed, with another content, is set aside as `<name>.before`.

    Args:
        source: the model.
        folder: where it shall lie; made if need be.
        hub: where it comes from.
        meter: is told how far it is.
        retries: what to bear, and whether anybody still waits.
        thorough: hash files again that the manifest calls proven.

    Raises:
        WeightsFault: it cannot be had; what was proven stays.
        FolderUnusable: the folder takes no file.
        DownloadCancelled: by `retries`.
    """
    needed = 0
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with claim(folder):
            manifest = read_manifest(folder)
            if manifest is None and take_inventory(folder, source.layout).is_complete:
                return
            wanted = _choose(_list(hub, meter, retries), source, hub.url)
            needed = sum(file.size for file in wanted)
            meter.expect(needed)
            folder.mkdir(exist_ok=True)
            known = manifest.files if manifest else {}
            proven = dict(_already_here(folder, wanted, {} if thorough else known, known, meter, retries))
            missing = [file for file in wanted if file.name not in proven]
            _weigh(folder, missing)
            for file in missing:
                sha256 = _fetch(hub, file, folder / file.name, meter, retries)
                proven[file.name] = Entry(file.size, sha256, fetched=True)
                Manifest(source.repo, source.revision, proven).write(folder)
            Manifest(source.repo, source.revision, proven).write(folder)
            for orphan in folder.rglob(f"*{SUFFIX}"):
                orphan.unlink()
            if lacks := take_inventory(folder, source.layout).missing:
                raise WeightsMissing(engine=source.folder, missing=", ".join(lacks), path=str(folder))
    except OSError as cause:
        raise storage_fault(cause, folder, needed) from cause


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Holds a model folder against other processes.

    Raises:
        WeightsBusy: another one has it.
    """
    lock = FileLock(folder.with_name(f".{folder.name}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as cause:
        raise WeightsBusy(path=str(folder)) from cause
    try:
        yield
    finally:
        lock.release()


def storage_fault(cause: OSError, folder: Path, needed_bytes: int) -> WeightsDiskFull | FolderUnusable:
    """What a refusal of the system means to a user."""
    if cause.errno in _FULL:
        return _disk_full(folder, needed_bytes)
    return FolderUnusable(path=str(folder), reason=cause.strerror or str(cause))


def _list(hub: Hub, meter: Meter, retries: Retries) -> Mapping[str, HubFile]:
    meter.enter(LISTING)

    def ask() -> Mapping[str, HubFile]:
        while True:
            try:
                return hub.list_files()
            except HubTrouble as trouble:
                meter.hold_up(trouble)
                retries.bear(trouble)

    def late() -> I2VError:
        return meter.trouble or HubSilent(url=hub.url, seconds=round(LISTING_SECONDS))

    return within(LISTING_SECONDS, ask, late)


def _choose(listing: Mapping[str, HubFile], source: WeightSource, url: str) -> list[HubFile]:
    """The files to fetch, small ones first: a refusal shows before gigabytes have come."""
    layout = source.layout
    beside = {
        name
        for name in listing
        if is_plain_name(name) and name.split("/")[0] in layout.parts and name.endswith((".json", ".txt"))
    }
    halves = (half_precision(name) for name in layout.weight_files)
    weights = [half if half in listing else name for half, name in zip(halves, layout.weight_files, strict=True)]
    wanted = {INDEX, *layout.plain_files, *beside, *weights}
    for name in sorted(wanted - listing.keys()):
        raise HubMissing(url=url, what=f"{source.repo} ({source.revision[:8]}) {name}")
    return sorted((listing[name] for name in wanted), key=lambda file: (file.size, file.name))


def _already_here(
    folder: Path,
    wanted: list[HubFile],
    trusted: Mapping[str, Entry],
    known: Mapping[str, Entry],
    meter: Meter,
    retries: Retries,
) -> Iterator[tuple[str, Entry]]:
    """The files that need not be fetched. What lies in the way of the others is cleared."""
    for file in wanted:
        path = folder / file.name
        if not path.is_file():
            continue
        entry = trusted.get(file.name)
        if entry is None or entry.sha256 != file.sha256 or path.stat().st_size != file.size:
            meter.enter(CHECKING, file.name)
            digest = digest_file(path, file, retries.go_on)
            is_ours = known[file.name].fetched if file.name in known else False
            entry = Entry(file.size, digest.sha256, is_ours) if digest.is_right else None
            if entry is None and is_ours:
                path.unlink()
            elif entry is None:
                path.replace(path.with_name(path.name + SET_ASIDE))
        if entry is not None:
            meter.count(file.size)
            yield file.name, entry
    retries.way_made(by_hub=False)


def _weigh(folder: Path, missing: list[HubFile]) -> None:
    here = 0
    for file in missing:
        part = folder / (file.name + SUFFIX)
        here += min(part.stat().st_size, file.size) if part.is_file() else 0
    needed = sum(file.size for file in missing) - here
    if missing and shutil.disk_usage(folder).free < needed + RESERVE_BYTES:
        raise _disk_full(folder, needed)


def _disk_full(folder: Path, needed_bytes: int) -> WeightsDiskFull:
    free_gb = shutil.disk_usage(folder).free / 1e9
    return WeightsDiskFull(
        path=str(folder), free_gb=f"{free_gb:.1f}", needed_gb=f"{(needed_bytes + RESERVE_BYTES) / 1e9:.1f}"
    )


def _fetch(hub: Hub, file: HubFile, target: Path, meter: Meter, retries: Retries) -> str:
    """One file, proven, under its own name; its SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(target.name + SUFFIX)
    for _ in range(_TRIES):
        meter.enter(CHECKING, file.name)
        with Part(path, file, retries.go_on) as part:
            retries.way_made(by_hub=False)
            meter.count(part.size)
            meter.enter(FETCHING, file.name)
            _fill(part, hub, file, meter, retries)
            part.sync()
        if part.digest.is_right:
            settle(path, target)
            return part.digest.sha256
        # Bytes that an earlier life left may be wrong as well as those that came now: all of it again.
        path.unlink()
        meter.count(-file.size)
    raise WeightsDamaged(file=file.name, url=hub.url)


def _fill(part: Part, hub: Hub, file: HubFile, meter: Meter, retries: Retries) -> None:
    """Connects as often as it takes to get all bytes of a file."""
    furthest = part.size
    while not part.is_whole:
        retries.go_on()
        try:
            with hub.open_file(file, part.size) as answer:
                if answer.start != part.size:
                    meter.count(-part.size)
                    part.restart()
                for data in answer.pieces:
                    if len(data) > part.room:
                        raise HubAnswerOdd(url=hub.url, what=file.name, found=f"> {file.size} bytes")
                    part.append(data)
                    meter.receive(len(data))
                    if part.size > furthest:
                        furthest = part.size
                        retries.way_made()
                    retries.go_on()
            if not part.is_whole:
                raise HubUnreachable(url=hub.url, reason=f"{part.size}/{file.size} bytes")
        except HubTrouble as trouble:
            meter.hold_up(trouble)
            retries.bear(trouble)
