"""Where a command's job goes: into the queue of a running server, or through a house of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Protocol

import httpx

from i2v.cli.console import console_language
from i2v.dispatch.dispatcher import Patience
from i2v.errors import FolderOwned, PictureMissing, ServerUnreachable, rebuild
from i2v.services.folders import prepare_folders
from i2v.services.house import House, open_house
from i2v.settings import Settings
from i2v.storage.ownership import Ownership


class Desk(Protocol):
    """What a command does with jobs; views are those of REST."""

    url: str | None

    def submit(self, image: Path, wish: dict[str, Any]) -> dict[str, Any]: ...
    def latest(self, limit: int) -> list[dict[str, Any]]: ...
    def view(self, job_id: str) -> dict[str, Any]: ...
    def cancel(self, job_id: str) -> dict[str, Any]: ...
    def fetch(self, job_id: str, what: str, target: Path) -> None: ...
    def close(self) -> None: ...


def open_desk(settings: Settings) -> Desk:
    """The running server's desk if one owns the folder, else one of our own.

    Raises:
        FolderOwned: the owner answers nowhere, as another command at work does.
    """
    prepare_folders(settings)
    try:
        ownership = Ownership(settings.state_dir)
    except FolderOwned as owned:
        url = owned.values.get("url")
        if not isinstance(url, str):
            raise
        return ServerDesk(url)
    ownership.announce(None)
    # A person waits at the console: a disk that takes no clip is told at once.
    return OwnDesk(open_house(settings, ownership, Patience(blocked=0.0)))


class OwnDesk:
    """No server is running: this process is the server, without a page."""

    url: str | None = None

    def __init__(self, house: House) -> None:
        self._house = house
        self._is_working = False

    def submit(self, image: Path, wish: dict[str, Any]) -> dict[str, Any]:
        taken = self._house.pictures.take_in(image, image.name)
        job = self._house.submitter.submit({**wish, "picture_sha256": taken.sha256}, notices=taken.notices)
        if not self._is_working:
            self._house.dispatcher.start()
            self._is_working = True
        return self._house.library.view(job, console_language())

    def latest(self, limit: int) -> list[dict[str, Any]]:
        language = console_language()
        return [self._house.library.view(job, language) for job in self._house.library.latest(limit)]

    def view(self, job_id: str) -> dict[str, Any]:
        return self._house.library.view(self._house.library.get(job_id), console_language())

    def cancel(self, job_id: str) -> dict[str, Any]:
        return self._house.library.view(self._house.library.cancel(job_id), console_language())

    def fetch(self, job_id: str, what: str, target: Path) -> None:
        library = self._house.library
        source = library.video_path(job_id) if what == "video" else library.latents_path(job_id)
        shutil.copyfile(source, target)

    def close(self) -> None:
        self._house.close()


class ServerDesk:
    """A server owns the folder: everything goes through its REST face."""

    def __init__(self, url: str) -> None:
        self.url: str | None = url
        headers = {"Accept-Language": console_language()}
        # Our own machine: no proxy of the environment has anything to do with it.
        self._http = httpx.Client(base_url=f"{url}/api/v1", headers=headers, trust_env=False, timeout=60)

    def submit(self, image: Path, wish: dict[str, Any]) -> dict[str, Any]:
        try:
            data = image.read_bytes()
        except OSError as cause:
            raise PictureMissing(name=str(image)) from cause
        files = {"image": (image.name, data)}
        return self._ask("POST", "/jobs", files=files, data={"request": json.dumps(wish)})

    def latest(self, limit: int) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = self._ask("GET", "/jobs", params={"limit": limit})["jobs"]
        return jobs

    def view(self, job_id: str) -> dict[str, Any]:
        return self._ask("GET", f"/jobs/{job_id}")

    def cancel(self, job_id: str) -> dict[str, Any]:
        return self._ask("POST", f"/jobs/{job_id}/cancel")

    def fetch(self, job_id: str, what: str, target: Path) -> None:
        with self._http.stream("GET", f"/jobs/{job_id}/{what}") as response, target.open("wb") as file:
            response.raise_for_status()
            for piece in response.iter_bytes():
                file.write(piece)

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, **parts: Any) -> dict[str, Any]:
        try:
            response = self._http.request(method, path, **parts)
            answer: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as cause:
            raise ServerUnreachable(url=self.url, reason=str(cause) or type(cause).__name__) from cause
        if response.is_success:
            return answer
        raise rebuild(str(answer.get("code")), dict(answer.get("values", {})))
