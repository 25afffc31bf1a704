"""Our own addresses as they stand in an answer: behind a reverse proxy the app may have a path in front of it.

Each request is answered in a context of its own, so that the page's reader on this machine and the one behind the
proxy get their own addresses at the same time. The guard says which it is; whoever writes an address asks here.
"""

from __future__ import annotations

from contextvars import ContextVar

_front: ContextVar[str] = ContextVar("front", default="")


def stand_behind(front: str) -> None:
    """From here on, in this context, the app's addresses begin with this path (`/i2v`, or nothing)."""
    _front.set(front)


def address(path: str) -> str:
    """Where the reader of this answer finds a path of ours, which begins with `/`."""
    return _front.get() + path
