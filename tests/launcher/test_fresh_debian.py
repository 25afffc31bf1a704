"""On a Debian 12 with nothing but python3 and git, one command makes the environment and the next starts the app."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launcher.start_project import ROOT, make_project

MISSING = [tool for tool in ("debootstrap", "unshare", "chroot") if not shutil.which(tool)]
pytestmark = [
    pytest.mark.debootstrap,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="fresh Debian: needs root"),
    pytest.mark.skipif(bool(MISSING), reason=f"fresh Debian: no {', '.join(MISSING)}"),
]
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# /proc, /dev and /sys as a booted system has them, in a mount namespace of their own: they vanish with the command.
ENTER = """
mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && root=$1 && user=$2 && shift 2 &&
exec chroot --userspec="$user" "$root" /usr/bin/env -i "$@"
"""


class Debian:
    """A fresh root; it reaches the network as the machine does that it lies on."""

    def __init__(self, root: Path) -> None:
        self.root = root
        packages = "--include=python3,git,ca-certificates"
        command = ["debootstrap", "--variant=minbase", packages, "bookworm", str(root)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            pytest.skip(f"fresh Debian: debootstrap failed: {done.stdout.strip().splitlines()[-1:]}")
        for file in ("/etc/resolv.conf", "/etc/hosts", CERTIFICATES):
            if Path(file).exists():
                shutil.copy(file, root / file.lstrip("/"))

    def run(self, *command: str, user: str = "0:0") -> subprocess.CompletedProcess[str]:
        """Runs a command in the root as a login there would, with this machine's proxy and certificates."""
        kept = ("PIP_CERT", "SSL_CERT_FILE", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "PIP_INDEX_URL")
        environ = {name: os.environ[name] for name in kept if name in os.environ}
        environ |= {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        pairs = [f"{name}={value}" for name, value in environ.items()]
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", str(self.root), user]
        command = (*enter, *pairs, *command)
        return subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    """The fresh root with the project in /opt/i2v, as a clone would leave it."""
    machine = Debian(tmp_path_factory.mktemp("debian") / "root")
    project = make_project(machine.root / "opt" / "i2v")
    for name in ("requirements.txt", "requirements.lock"):
        shutil.copy2(ROOT / name, project / name)
    # A PyTorch wheel that this machine keeps for pip goes into wheels/, where the launcher looks before any index.
    for folder in os.environ.get("PIP_FIND_LINKS", "").split():
        for wheel in Path(folder).glob("torch-*cp311*.whl"):
            (project / "wheels").mkdir(exist_ok=True)
            shutil.copy2(wheel, project / "wheels" / wheel.name)
    yield machine
    # Two gigabytes that pytest would keep. Nothing is mounted there any more, and if so it is not to be deleted.
    if not any((machine.root / name).is_mount() for name in ("proc", "dev")):
        shutil.rmtree(machine.root)


def test_a_user_without_rights_is_told_the_one_line_that_installs_venv(debian: Debian) -> None:
    os.chown(debian.root / "opt" / "i2v", 1000, 1000)
    done = debian.run("bash", "/opt/i2v/start_app.sh", "--prepare", user="1000:1000")
    assert done.returncode == 1
    assert "what to do: sudo apt-get install -y python3-venv" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_command_makes_the_environment_and_the_next_starts_the_app(debian: Debian) -> None:
    done = debian.run("bash", "/opt/i2v/start_app.sh", "--prepare")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "environment: installing python3-venv" in done.stdout
    assert "PyTorch 2.13.0" in done.stdout.splitlines()[-1]
    again = debian.run("bash", "/opt/i2v/start_app.sh", "--port", "7860")
    assert again.stdout.splitlines()[-1] == 'app ["--port", "7860"] 1 1'
    assert len(again.stdout.splitlines()) == 2
