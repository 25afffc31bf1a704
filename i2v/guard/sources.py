"""Where a request comes from: the name it was sent to (Host), and the page that sent it (Origin, Fetch Metadata)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import Scope

from i2v.domain.address import Address
from i2v.errors import HostRefused, OriginRefused
from i2v.guard.fronts import own_path

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_OWN_SITE = frozenset({"same-origin", "none"})
_LONGEST_ECHO = 100


class Addresses:
    """The addresses this server answers to, as a browser writes them in `Host`."""

    def __init__(self, port: int, extra_hosts: Iterable[str], *, any_ip: bool, public: Address | None) -> None:
        self._port = port
        self._any_ip = any_ip
        self._public = public
        wanted = [*_LOOPBACK, *(name.strip().lower() for name in extra_hosts)]
        with_port = (name if _has_port(name) else f"{name}:{port}" for name in wanted)
        self._known = {_without_default_port(name): None for name in with_port}  # a set that keeps its order

    def check(self, scope: Scope, headers: Headers) -> Address:
        """The address the request was sent to, as its Host alone tells: what a proxy adds anybody can send.

        A page whose name was rebound to this machine still sends its own name, so an unknown one is an attack or a
        forgotten `extra_hosts`.

        Raises:
            HostRefused: no Host, several, an unknown one, or a request line that names a host of its own.
        """
        hosts = headers.getlist("host")
        sent = hosts[0] if len(hosts) == 1 else ""
        host = _without_default_port(sent.lower())
        is_path = scope["path"].startswith("/")
        if is_path and self._public is not None and self._public.names(sent):
            return self._public
        if is_path and (host in self._known or (self._any_ip and self._is_ip(host))):
            return Address("http", host)
        said = ", ".join(hosts) if is_path else scope["path"]
        known = [*self._known, *([self._public.host] if self._public else [])]
        raise HostRefused(host=said[:_LONGEST_ECHO], known=", ".join(known))

    def _is_ip(self, host: str) -> bool:
        name, _, port = (host if _has_port(host) else f"{host}:80").rpartition(":")
        try:
            ipaddress.ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name)
        except ValueError:
            return False
        return port == str(self._port)


def check_source(scope: Scope, headers: Headers, asked: Address) -> None:
    """Lets through what our own page, the address bar or a program sent.

    A foreign page may only lead its reader to our front page, as any link does. This is what Go's
    `http.CrossOriginProtection` does, and for reads too: a foreign page must not pull clips in either.

    Raises:
        OriginRefused: another site, another port, `null`, or anything unclear.
    """
    origins = headers.getlist("origin")
    if origins and (len(origins) > 1 or not asked.sends(origins[0])):
        raise OriginRefused(origin=", ".join(origins)[:_LONGEST_ECHO])
    sites = headers.getlist("sec-fetch-site")
    if not _OWN_SITE.issuperset(sites) and not _opens_front_page(scope, headers):
        raise OriginRefused(origin=", ".join(sites)[:_LONGEST_ECHO])


def _opens_front_page(scope: Scope, headers: Headers) -> bool:
    return (
        scope.get("method") == "GET"
        and own_path(scope) == "/"
        and headers.getlist("sec-fetch-mode") == ["navigate"]
        and headers.getlist("sec-fetch-dest") == ["document"]
    )


def _has_port(name: str) -> bool:
    return re.search(r":[0-9]+$", name) is not None


def _without_default_port(address: str) -> str:
    """Browsers leave `:80` out."""
    return address.removesuffix(":80")
