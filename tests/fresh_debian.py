"""A fresh Debian root, made by debootstrap: what a machine is on which nothing has been installed yet."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

MISSING = [tool for tool in ("debootstrap", "unshare", "chroot") if not shutil.which(tool)]
MARKS = [
    pytest.mark.debootstrap,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="fresh Debian: needs root"),
    pytest.mark.skipif(bool(MISSING), reason=f"fresh Debian: no {', '.join(MISSING)}"),
]
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# How the machine that it lies on reaches the network.
NETWORK = ("PIP_CERT", "SSL_CERT_FILE", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "PIP_INDEX_URL")
LOGIN = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
# /proc, /dev and /sys as a booted system has them, in a mount namespace of their own: they vanish with the command.
ENTER = """
mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && root=$1 && user=$2 && shift 2 &&
exec chroot --userspec="$user" "$root" /usr/bin/env -i "$@"
"""


class Debian:
    """A fresh root with the packages given; it reaches the network as the machine does that it lies on."""

    def __init__(self, root: Path, *packages: str) -> None:
        self.root = root
        include = [f"--include={','.join(packages)}"] if packages else []
        command = ["debootstrap", "--variant=minbase", *include, "bookworm", str(root)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode:
            pytest.skip(f"fresh Debian: debootstrap failed: {done.stdout.strip().splitlines()[-1:]}")
        self.connect()

    def connect(self) -> None:
        """Gives it this machine's names and certificates; its own packages may have written theirs since."""
        for file in ("/etc/resolv.conf", "/etc/hosts", CERTIFICATES):
            target = self.root / file.lstrip("/")
            if Path(file).exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, target)

    def command(
        self, *command: str, user: str = "0:0", folder: str = "/", environ: Mapping[str, str] | None = None
    ) -> list[str]:
        """What runs a command in the root as a login there would; started, the process is the command's own."""
        kept = {name: os.environ[name] for name in NETWORK if name in os.environ}
        pairs = [f"{name}={value}" for name, value in {**kept, **LOGIN, **(environ or {})}.items()]
        enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh", str(self.root), user]
        return [*enter, f"--chdir={folder}", *pairs, *command]

    def run(
        self, *command: str, user: str = "0:0", folder: str = "/", environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        entered = self.command(*command, user=user, folder=folder, environ=environ)
        return subprocess.run(entered, capture_output=True, text=True, timeout=900, check=False)

    def bring_wheels(self, project: Path) -> None:
        """A PyTorch wheel that this machine keeps for pip goes where the launcher looks before any index."""
        for folder in os.environ.get("PIP_FIND_LINKS", "").split():
            for wheel in Path(folder).glob("torch-*cp311*.whl"):
                (project / "wheels").mkdir(exist_ok=True)
                shutil.copy2(wheel, project / "wheels" / wheel.name)

    def remove(self) -> None:
        """Two gigabytes that pytest would keep. Nothing is mounted there any more, and if so it is not deleted."""
        if not any((self.root / name).is_mount() for name in ("proc", "dev")):
            shutil.rmtree(self.root)
