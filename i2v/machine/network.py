"""Under which number other machines of the network find this one."""

from __future__ import annotations

import socket

# Of the block for documentation (RFC 5737): nobody has it, and nothing is sent.
_FAR_AWAY = ("192.0.2.1", 9)


def own_ip() -> str | None:
    """The IP address that this machine would send from, or None where it is on no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        try:
            link.connect(_FAR_AWAY)  # chooses the way, which names the sender; UDP says nothing by itself
        except OSError:
            return None
        own: str = link.getsockname()[0]
        return own
