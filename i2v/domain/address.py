"""An address under which people find the app: its own on this machine, or the one that a reverse proxy gives it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

FORM = "http(s)://NAME[:PORT][/PATH]"
"""What `read_address` takes."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]*[a-z0-9])?)*")
_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")


@dataclass(frozen=True)
class Address:
    """One address; `host` is as browsers write it in `Host`, `front` the path before all of ours (`/i2v`, or empty)."""

    scheme: str
    host: str
    front: str = ""

    @property
    def origin(self) -> str:
        """Scheme and host as browsers write them in `Origin`."""
        return f"{self.scheme}://{self.host}"

    @property
    def is_encrypted(self) -> bool:
        return self.scheme == "https"

    @property
    def url(self) -> str:
        """Where the page is, without the slash at its end."""
        return self.origin + self.front

    def names(self, host: str) -> bool:
        """Whether a `Host` header means this address; some programs add the port that browsers omit."""
        return self._is(host, self.host)

    def sends(self, origin: str) -> bool:
        """Whether an `Origin` header means this address."""
        return self._is(origin, self.origin)

    def _is(self, said: str, own: str) -> bool:
        return said.lower() in (own, f"{own}:{_DEFAULT_PORTS[self.scheme]}")


def read_address(text: str) -> Address:
    """Reads an address as it stands in the browser's address line, with or without a slash at its end.

    Raises:
        ValueError: no http(s) address, or more than one could mean: a user, a query, a `*`, a path with `..`.
    """
    parts = urlsplit(text)
    path = parts.path.rstrip("/")
    if parts.scheme not in _DEFAULT_PORTS or not text.isprintable() or any(sign in text for sign in "?#@%"):
        raise ValueError(FORM)
    if not _PATH.fullmatch(path):
        raise ValueError(FORM)
    return Address(parts.scheme, _host(parts.netloc, _DEFAULT_PORTS[parts.scheme]), path)


def _host(netloc: str, default_port: int) -> str:
    """Name and port as browsers write them: in lower case and ASCII, without the port that goes without saying."""
    name, port = netloc.lower(), default_port
    if found := re.fullmatch(r"(.*):([0-9]{1,5})", name):
        name, port = found[1], int(found[2])
        if not 0 < port <= 65535:
            raise ValueError(FORM)
    if name.startswith("[") and name.endswith("]"):
        name = f"[{ipaddress.IPv6Address(name[1:-1])}]"
    else:
        name = name.encode("idna").decode()
        if not _NAME.fullmatch(name):
            raise ValueError(FORM)
    return name if port == default_port else f"{name}:{port}"
