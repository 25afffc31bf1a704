"""The path that a reverse proxy puts in front of ours, whether it takes it off again on the way here or not."""

from __future__ import annotations

from starlette.types import Scope


def stand_at_front(scope: Scope, front: str) -> Scope:
    """The request with the front in `path` and `root_path`, as ASGI has it, whichever way the proxy sent it."""
    if not front:
        return scope
    path, raw = scope["path"], scope.get("raw_path") or b""
    if not path.startswith(front + "/"):
        path, raw = front + path, front.encode() + raw
    return {**scope, "path": path, "raw_path": raw, "root_path": front}


def own_path(scope: Scope) -> str:
    """The path as it is on this machine, without a front; it begins with `/`."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
