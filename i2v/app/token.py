"""The token that strangers on the network do not have: made once, kept where only the user can read it."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from i2v.errors import FolderUnusable


def read_or_make_token(state_dir: Path) -> str:
    """The token of this data folder.

    Raises:
        FolderUnusable: it can neither be read nor written; without one the app does not listen to the network.
    """
    path = state_dir / "token"
    try:
        if not path.exists():
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "w") as target:
                target.write(secrets.token_urlsafe(24))
        token = path.read_text("utf-8").strip()
    except OSError as cause:
        raise FolderUnusable(path=str(path), reason=cause.strerror or str(cause)) from cause
    if len(token) < 16:
        raise FolderUnusable(path=str(path), reason="it holds no token; delete it and start again")
    return token


def read_token(state_dir: Path) -> str | None:
    """What a server that answers other machines asks of everybody, this one's commands included."""
    with contextlib.suppress(OSError):
        return (state_dir / "token").read_text("utf-8").strip()
    return None


def read_realm(state_dir: Path) -> str | None:
    """What a server with this data folder's token calls itself to those who do not have it."""
    from i2v.guard import realm_of  # only here: the port of a start must not wait for it

    token = read_token(state_dir)
    return realm_of(token) if token else None
