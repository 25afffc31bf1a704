"""The Dockerfile's own steps make a running server out of a fresh Debian root. No container engine takes part."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.dockerfile import ROOT, context_files, steps_of
from tests.fresh_debian import MARKS, Debian
from tests.serving import free_port

pytestmark = MARKS
READY_SECONDS = 120


class Image:
    """A target's steps carried out in a root of their own."""

    def __init__(self, root: Path, target: str) -> None:
        self.debian = Debian(root)
        self.environ: dict[str, str] = {}
        self.user, self.folder = "0:0", "/"
        self.said: dict[str, list[str]] = {}
        for name, text, words in ((step.name, step.text, step.words) for step in steps_of(target)):
            match name:
                case "RUN":
                    self._run(text)
                case "COPY":
                    self._copy(*words())
                case "ENV":
                    self.environ |= dict(word.split("=", 1) for word in words())
                case "USER":
                    (self.user,) = words()
                    self.environ["HOME"] = "/home/i2v"
                case "WORKDIR":
                    (self.folder,) = words()
                    self.debian.bring_wheels(self.inside(self.folder))
                case _:
                    self.said[name] = words()

    def inside(self, path: str) -> Path:
        """Where a path of the image lies on this machine."""
        return self.debian.root / path.lstrip("/")

    def command(self, *words: str, **changes: str) -> list[str]:
        """What runs a command as a container of this image would."""
        environ = {**self.environ, **changes}
        return self.debian.command(*words, user=self.user, folder=self.folder, environ=environ)

    def _run(self, line: str) -> None:
        self.debian.connect()
        done = self.debian.run("/bin/sh", "-c", line, user=self.user, folder=self.folder, environ=self.environ)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"

    def _copy(self, *words: str) -> None:
        """--chown is the user that the steps are carried out as; a folder brings what is in it, not itself."""
        *sources, target = words
        uid, gid = (int(number) for number in self.user.split(":"))
        for path in context_files():
            for source in sources:
                if source != "." and Path(source) not in (path, *path.parents):
                    continue
                inner = path.relative_to(source) if (ROOT / source).is_dir() else Path(path.name)
                place = self.inside(self.folder) / target / inner
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / path, place)
                for made in (place, *place.parents):
                    if made == self.inside(self.folder):
                        break
                    shutil.chown(made, uid, gid)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    made = Image(tmp_path_factory.mktemp("image") / "root", "cpu")
    yield made
    made.debian.remove()


def test_the_image_for_the_processor_serves_the_page_and_is_found_well(image: Image) -> None:
    port = str(free_port())
    check = image.command(*image.said["HEALTHCHECK"], I2V_PORT=port)
    assert subprocess.run(check, capture_output=True, timeout=60, check=False).returncode == 1
    entry = image.command(*image.said["ENTRYPOINT"], I2V_PORT=port)
    server = subprocess.Popen(entry, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        until = time.monotonic() + READY_SECONDS
        while subprocess.run(check, capture_output=True, timeout=60, check=False).returncode:
            assert server.poll() is None, server.communicate()[0]
            assert time.monotonic() < until, "the health check did not become good"
            time.sleep(0.5)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/jobs", timeout=10)
        refused.value.close()
        assert refused.value.code == 401
        assert image.inside("/data/outputs/.i2v/token").stat().st_uid == 1000
    finally:
        server.send_signal(signal.SIGTERM)
        said, _ = server.communicate(timeout=60)
    assert server.returncode == 0, said
    address = re.search(rf"address: (http://localhost:{port}/\?token=\S+)", said)
    assert address is not None, said
    assert subprocess.run(check, capture_output=True, timeout=60, check=False).returncode == 1
    assert {path.name for path in image.inside("/data").iterdir()} == {"outputs", "inputs", "logs"}
