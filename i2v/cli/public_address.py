"""Whether the public address leads here: asked for as any browser would ask, from this machine."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import psutil

from i2v.app.token import read_realm
from i2v.domain.address import Address
from i2v.services.checkup import Finding
from i2v.settings import Settings
from i2v.storage.ownership import read_owner

ANSWER_SECONDS = 8.0
PICTURE_BYTES = 2 << 20
"""As many as an ordinary picture has, and more than nginx takes unless it is told."""
_REFUSED_BY_US = ("host_refused", "origin_refused")
_BEHIND = (502, 503, 504)


def look_at_public(settings: Settings) -> Iterator[Finding]:
    """What the public address answers. The token is not shown to it: somebody else may be there."""
    address = settings.public_address
    if address is None:
        return
    owner, realm = read_owner(settings.state_dir), read_realm(settings.state_dir)
    values = {"url": address.url, "here": str(owner.get("url", "")).replace("localhost", "127.0.0.1")}
    if not owner.get("url") or realm is None or not psutil.pid_exists(int(str(owner.get("pid")))):
        yield Finding("port", "good", "public_waits", values)
        return
    try:
        with httpx.Client(
            headers={"Origin": address.origin}, timeout=ANSWER_SECONDS, verify=ssl.create_default_context()
        ) as asker:
            yield _judge(asker.get(f"{address.url}/health"), realm, values)
            if _stops_pictures(asker, address):
                yield Finding("port", "warning", "public_body", values | {"limit": settings.max_upload_mb})
    except httpx.HTTPError as cause:
        yield Finding("port", "warning", "public_silent", values | {"reason": str(cause) or type(cause).__name__})


def _judge(answer: httpx.Response, realm: str, values: dict[str, Any]) -> Finding:
    told = _json(answer)
    if realm in (told.get("realm"), told.get("values", {}).get("realm")):
        return Finding("port", "good", "public_ours", values)
    if told.get("code") in _REFUSED_BY_US:
        return Finding("port", "warning", "public_host", values)
    if answer.status_code in _BEHIND:
        return Finding("port", "warning", "public_behind", values | {"status": answer.status_code})
    return Finding("port", "warning", "public_other", values | {"status": answer.status_code})


def _stops_pictures(asker: httpx.Client, address: Address) -> bool:
    """Whether the proxy refuses an ordinary upload by itself; the app asks for the token before it reads one."""
    try:
        answer = asker.post(f"{address.url}/api/v1/pictures", content=bytes(PICTURE_BYTES))
    except httpx.WriteError:  # the app's refusal came while it was sent, so it got through
        return False
    return answer.status_code == 413 and "code" not in _json(answer)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
