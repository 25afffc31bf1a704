"""Where a command's job goes: into the queue of a running server, or through a house of its own."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import httpx

from i2v.app.token import read_token
from i2v.cli.console import console_language
from i2v.dispatch.run import Patience
from i2v.domain.job import Job
from i2v.domain.notices import Notice
from i2v.errors import BodyTooLarge, FolderOwned, NotHere, PictureMissing, ServerUnreachable, rebuild
from i2v.media.intake import TakenPicture
from i2v.media.lasting import write_lasting
from i2v.services.folders import prepare_folders
from i2v.services.house import House, open_house
from i2v.settings import Settings
from i2v.storage.ownership import Ownership

START_SECONDS = 60.0
"""How long a server that has only just begun is waited for."""


Upload = Path | bytes
"""A picture's file, or what is in one."""


class Desk(Protocol):
    """What a command does with jobs; views are those of REST.

    A wish without an image names a picture that is here as `picture_sha256`.
    """

    url: str | None

    def submit(self, image: Upload | None, wish: dict[str, Any]) -> dict[str, Any]: ...
    def submit_batch(
        self, image: Upload | None, wish: dict[str, Any], key: str | None = None
    ) -> list[dict[str, Any]]: ...
    def begin(self) -> None: ...
    def batch(self, batch: str) -> dict[str, Any]: ...
    def way(self, job_id: str) -> dict[str, Any]: ...
    def refine(self, job_id: str, wish: dict[str, Any], key: str) -> list[dict[str, Any]]: ...
    def finish(self, job_id: str, wish: dict[str, Any], key: str) -> dict[str, Any]: ...
    def estimate(self, image: Upload | None, wish: dict[str, Any]) -> dict[str, Any]: ...
    def find(self, limit: int, words: str, *, only_starred: bool) -> list[dict[str, Any]]: ...
    def view(self, job_id: str) -> dict[str, Any]: ...
    def cancel(self, job_id: str) -> dict[str, Any]: ...
    def waiting(self) -> list[dict[str, Any]]: ...
    def move(self, job_id: str, before: str | None) -> dict[str, Any]: ...
    def run_next(self, job_id: str) -> dict[str, Any]: ...
    def retry(self, job_id: str) -> dict[str, Any]: ...
    def edit(self, job_id: str, image: Path | None, change: dict[str, Any]) -> dict[str, Any]: ...
    def delete(self, job_id: str) -> None: ...
    def restore(self, job_id: str) -> dict[str, Any]: ...
    def fetch(self, job_id: str, what: str, target: Path) -> None: ...
    def close(self) -> None: ...


def open_desk(settings: Settings) -> Desk:
    """The running server's desk if one owns the folder, else one of our own.

    Raises:
        FolderBusy: the owner answers nowhere, as another command at work does.
        StartFailed: the folder cannot be opened; it is left to whoever comes next.
    """
    prepare_folders(settings)
    try:
        ownership = Ownership(settings.state_dir)
    except FolderOwned as owned:
        return ServerDesk(str(owned.values["url"]), read_token(settings.state_dir))
    try:
        ownership.announce(None)
        # A person waits at the console: a disk that takes no clip is told at once.
        return OwnDesk(open_house(settings, ownership, Patience(blocked=0.0)))
    except BaseException:
        ownership.release()  # a program goes on, and may try another time
        raise


@contextlib.contextmanager
def at_desk(settings: Settings, device: str | None, model_dir: str | Path | None) -> Iterator[Desk]:
    """The desk for one command, which may have named a device and a model's folder.

    Raises:
        NotHere: a running server does the work, and has decided these already.
    """
    desk = open_desk(settings)
    with contextlib.closing(desk):
        for flag, value in (("--device", device), ("--model", model_dir)):
            if desk.url is not None and value is not None:
                raise NotHere(flag=flag, url=desk.url)
        yield desk


class OwnDesk:
    """No server is running: this process is the server, without a page."""

    url: str | None = None

    def __init__(self, house: House) -> None:
        self._house = house
        self._is_working = False

    def submit(self, image: Upload | None, wish: dict[str, Any]) -> dict[str, Any]:
        wish, notices = self._with_picture(image, wish)
        job = self._house.submitter.submit(wish, notices=notices)
        self.begin()
        return self._shown(job)

    def submit_batch(self, image: Upload | None, wish: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
        wish, notices = self._with_picture(image, wish)
        jobs = self._house.candidates.submit(wish, key, notices)
        self.begin()
        return [self._shown(job) for job in jobs]

    def batch(self, batch: str) -> dict[str, Any]:
        candidates = self._house.candidates
        return candidates.view(candidates.get(batch), console_language())

    def way(self, job_id: str) -> dict[str, Any]:
        return self._house.ways.view(job_id, console_language())

    def refine(self, job_id: str, wish: dict[str, Any], key: str) -> list[dict[str, Any]]:
        jobs = self._house.ways.refine(job_id, wish, key)
        self.begin()
        return [self._shown(job) for job in jobs]

    def finish(self, job_id: str, wish: dict[str, Any], key: str) -> dict[str, Any]:
        job = self._house.ways.finish(job_id, wish, key)
        self.begin()
        return self._shown(job)

    def estimate(self, image: Upload | None, wish: dict[str, Any]) -> dict[str, Any]:
        return self._house.estimator.estimate(self._with_picture(image, wish)[0])

    def find(self, limit: int, words: str, *, only_starred: bool) -> list[dict[str, Any]]:
        self._house.housekeeper.start()
        self._house.housekeeper.wait_for_stock()
        library = self._house.library
        return library.views(library.find(limit, words=words, only_starred=only_starred), console_language())

    def view(self, job_id: str) -> dict[str, Any]:
        return self._shown(self._house.library.get(job_id))

    def cancel(self, job_id: str) -> dict[str, Any]:
        self._take_up()
        return self._shown(self._house.library.cancel(job_id))

    def waiting(self) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = self._house.queue.view(console_language())["jobs"]
        return jobs

    def move(self, job_id: str, before: str | None) -> dict[str, Any]:
        return self._shown(self._house.queue.move(job_id, before))

    def run_next(self, job_id: str) -> dict[str, Any]:
        return self._shown(self._house.queue.run_next(job_id))

    def retry(self, job_id: str) -> dict[str, Any]:
        return self._shown(self._house.queue.retry(job_id))

    def edit(self, job_id: str, image: Path | None, change: dict[str, Any]) -> dict[str, Any]:
        if image is None:
            return self._shown(self._house.queue.edit(job_id, change))
        was = self._house.library.get(job_id).options.get("background")
        taken = self._take_in(image, change.get("background", was))
        return self._shown(self._house.queue.edit(job_id, {**change, "picture_sha256": taken.sha256}, taken.notices))

    def delete(self, job_id: str) -> None:
        self._take_up()
        self._house.library.delete(job_id)

    def restore(self, job_id: str) -> dict[str, Any]:
        return self._shown(self._house.library.restore(job_id))

    def fetch(self, job_id: str, what: str, target: Path) -> None:
        library = self._house.library
        source = library.video_path(job_id) if what == "video" else library.latents_path(job_id)
        write_lasting(target, source.read_bytes())

    def close(self) -> None:
        self._house.close()

    def _shown(self, job: Job) -> dict[str, Any]:
        return self._house.library.view(job, console_language())

    def _take_up(self) -> None:
        """A job that a killed server left at work would never come to its end."""
        if not self._is_working:
            self._house.dispatcher.take_up()

    def begin(self) -> None:
        """Works off the queue from the first job on; a command that makes none leaves it alone."""
        if not self._is_working:
            self._house.dispatcher.start()
            self._is_working = True

    def _with_picture(self, image: Upload | None, wish: dict[str, Any]) -> tuple[dict[str, Any], tuple[Notice, ...]]:
        """The wish with its picture taken in, and what there was to say of it."""
        if image is None:
            return wish, ()
        taken = self._take_in(image, wish.get("background"))
        return {**wish, "picture_sha256": taken.sha256}, taken.notices

    def _take_in(self, image: Upload, background: object) -> TakenPicture:
        limit_bytes = self._house.settings.max_upload_mb << 20
        size_bytes = _size_bytes(image)
        if size_bytes > limit_bytes:
            raise BodyTooLarge.of(size_bytes, limit_bytes)
        return self._house.pictures.take_in(image, _name(image), background)


class ServerDesk:
    """A server owns the folder: everything goes through its REST face."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url: str | None = url
        headers = {"Accept-Language": console_language()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        # Our own machine: no proxy of the environment has anything to do with it.
        self._http = httpx.Client(base_url=f"{url}/api/v1", headers=headers, trust_env=False, timeout=60)

    def submit(self, image: Upload | None, wish: dict[str, Any]) -> dict[str, Any]:
        return self._hand_in("/jobs", image, wish)

    def submit_batch(self, image: Upload | None, wish: dict[str, Any], key: str | None = None) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = self._hand_in("/batches", image, wish, key)["jobs"]
        return jobs

    def begin(self) -> None:
        """A server works off its queue by itself."""

    def batch(self, batch: str) -> dict[str, Any]:
        return self._ask("GET", f"/batches/{batch}")

    def way(self, job_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/jobs/{job_id}/way")

    def refine(self, job_id: str, wish: dict[str, Any], key: str) -> list[dict[str, Any]]:
        headers = {"Idempotency-Key": key}
        jobs: list[dict[str, Any]] = self._ask("POST", f"/jobs/{job_id}/refine", json=wish, headers=headers)["jobs"]
        return jobs

    def finish(self, job_id: str, wish: dict[str, Any], key: str) -> dict[str, Any]:
        return self._ask("POST", f"/jobs/{job_id}/final", json=wish, headers={"Idempotency-Key": key})

    def estimate(self, image: Upload | None, wish: dict[str, Any]) -> dict[str, Any]:
        if image is None:
            return self._ask("POST", "/estimate", json=wish)
        form = {"request": json.dumps({"background": wish["background"]})} if "background" in wish else {}
        taken = self._ask("POST", "/pictures", files=_as_file(image), data=form)
        return self._ask("POST", "/estimate", json={**wish, "picture_sha256": taken["sha256"]})

    def find(self, limit: int, words: str, *, only_starred: bool) -> list[dict[str, Any]]:
        wanted = {"limit": limit, "q": words, "starred": only_starred}
        jobs: list[dict[str, Any]] = self._ask("GET", "/jobs", params=wanted)["jobs"]
        return jobs

    def view(self, job_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/jobs/{job_id}")

    def cancel(self, job_id: str) -> dict[str, Any]:
        return self._ask("POST", f"/jobs/{job_id}/cancel")

    def waiting(self) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = self._ask("GET", "/queue")["jobs"]
        return jobs

    def move(self, job_id: str, before: str | None) -> dict[str, Any]:
        return self._ask("POST", f"/jobs/{job_id}/move", json={"before": before})

    def run_next(self, job_id: str) -> dict[str, Any]:
        return self._ask("POST", f"/jobs/{job_id}/next")

    def retry(self, job_id: str) -> dict[str, Any]:
        return self._ask("POST", f"/jobs/{job_id}/retry")

    def edit(self, job_id: str, image: Path | None, change: dict[str, Any]) -> dict[str, Any]:
        if image is None:
            return self._ask("PATCH", f"/jobs/{job_id}", json=change)
        return self._ask("PATCH", f"/jobs/{job_id}", files=_as_file(image), data={"request": json.dumps(change)})

    def delete(self, job_id: str) -> None:
        self._send("DELETE", f"/jobs/{job_id}")

    def restore(self, job_id: str) -> dict[str, Any]:
        return self._ask("POST", f"/jobs/{job_id}/restore")

    def fetch(self, job_id: str, what: str, target: Path) -> None:
        write_lasting(target, self._send("GET", f"/jobs/{job_id}/{what}").content)

    def close(self) -> None:
        self._http.close()

    def _hand_in(self, path: str, image: Upload | None, wish: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        request = {"request": (None, json.dumps(wish).encode())}
        files = {**request, **(_as_file(image) if image is not None else {})}
        return self._ask("POST", path, files=files, headers={"Idempotency-Key": key} if key else {})

    def _ask(self, method: str, path: str, **parts: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._send(method, path, **parts).json()
        return answer

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        """The server's good answer; its refusals are raised as the errors they are."""
        try:
            response = self._http.request(method, path, **parts)
            until = time.monotonic() + START_SECONDS
            while _is_starting(response) and time.monotonic() < until:
                time.sleep(0.2)
                response = self._http.request(method, path, **parts)
            refusal = None if response.is_success else response.json()
        except (httpx.HTTPError, ValueError) as cause:
            raise ServerUnreachable(url=self.url, reason=str(cause) or type(cause).__name__) from cause
        if refusal is not None:
            raise rebuild(str(refusal["code"]), dict(refusal["values"]))
        return response


def _name(image: Upload) -> str:
    """What to call a picture in errors."""
    return "picture" if isinstance(image, bytes) else image.name


def _size_bytes(image: Upload) -> int:
    if isinstance(image, bytes):
        return len(image)
    return image.stat().st_size if image.is_file() else 0


def _as_file(image: Upload) -> dict[str, tuple[str, bytes]]:
    """The picture as a form's file.

    Raises:
        PictureMissing: it cannot be read.
    """
    try:
        return {"image": (_name(image), image if isinstance(image, bytes) else image.read_bytes())}
    except OSError as cause:
        raise PictureMissing(name=str(image)) from cause


def _is_starting(response: httpx.Response) -> bool:
    """Whether the port is open already and the app behind it not yet; its own refusals are JSON."""
    return response.status_code == 503 and response.headers.get("content-type", "").startswith("text/html")
