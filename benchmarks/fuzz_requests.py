"""Requests that no client of good will would send, drawn from a seed; `benchmarks/fuzz.py` sends them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from benchmarks.fuzz_material import (
    MEDIA_TYPES,
    METHODS,
    NAMES,
    NASTY_NUMBERS,
    NASTY_TEXTS,
    NASTY_VALUES,
    OTHER_ADDRESSES,
    RANGES,
    damage,
    field_head,
    multipart_body,
)

KEPT, BROKEN, LEFT = "kept", "broken", "left"
"""The client keeps to HTTP and is owed an answer; breaks it and may be hung up on; goes away before the answer."""


@dataclass(frozen=True)
class World:
    """What is there to be asked for. Everything else about a request follows from the seed."""

    host: str
    routes: Sequence[tuple[str, str]]  # method, path with {parameters}
    job_id: str
    picture_sha256: str
    picture: bytes


@dataclass(frozen=True)
class Shot:
    """One connection: its pieces go out one after the other with a pause between them."""

    kind: str
    pieces: tuple[bytes, ...]
    manners: str = KEPT
    pause_seconds: float = 0.0

    @property
    def is_head(self) -> bool:
        return b"".join(self.pieces)[:5].upper() == b"HEAD "


def draw_shot(seed: int, number: int, world: World) -> Shot:
    """The request with this number; the same seed and number give the same one again."""
    dice = random.Random(f"{seed}/{number}")
    drawer = dice.choices([drawer for drawer, _ in DRAWERS], [weight for _, weight in DRAWERS])[0]
    return drawer(dice, world)


def http(
    world: World, method: str, target: str, headers: Sequence[tuple[str, str]] = (), body: bytes | None = None
) -> bytes:
    """The bytes of a request; `host` and the body's length are filled in unless `headers` say something of them."""
    named = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in named:
        lines.append(f"Host: {world.host}")
    lines += [f"{name}: {value}" for name, value in headers]
    if body is not None and not named & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    if "connection" not in named:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode("utf-8", "surrogatepass") + b"\r\n\r\n" + (body or b"")


def _target(dice: random.Random, world: World, path: str) -> str:
    """A path with its parameters filled in, now and then with a query."""
    while "{" in path:
        name = path[path.index("{") : path.index("}") + 1]
        real = {"{sha256}": world.picture_sha256, "{engine}": "camera", "{path:path}": "x/y", "{code}": "disk_full"}
        value = real.get(name, world.job_id) if dice.random() < 0.5 else _mangled(dice, dice.choice(NASTY_TEXTS))
        path = path.replace(name, value, 1)
    if dice.random() < 0.4:
        names = [
            "limit",
            "before",
            "q",
            "download",
            "r",
            "token",
            "starred",
            "status",
            "lines",
            "after",
            "__theme",
            "view",
        ]
        pairs = [
            (dice.choice(names), str(dice.choice([*NASTY_NUMBERS, *NASTY_TEXTS]))) for _ in range(dice.randint(1, 3))
        ]
        path += "?" + "&".join(f"{name}={_mangled(dice, value)}" for name, value in pairs)
    return path


def _mangled(dice: random.Random, text: str) -> str:
    """Text as an address can hold it: encoded once or twice, or as bytes that are no UTF-8."""
    data = text.encode("utf-8", "surrogatepass")[:4000]
    if dice.random() < 0.1:
        data += dice.randbytes(4)
    once = quote(data, safe="" if dice.random() < 0.5 else "/.:")
    return quote(once, safe="") if dice.random() < 0.1 else once


def _wish(dice: random.Random, world: World) -> dict[str, Any]:
    """A wish of the camera's that is small, with up to four things wrong."""
    wish: dict[str, Any] = {"engine": "camera", "prompt": "zoom in", "width": 64, "height": 64, "num_frames": 2}
    wish["picture_sha256"] = world.picture_sha256
    for _ in range(dice.randint(0, 4)):
        if dice.random() < 0.2:
            wish.pop(dice.choice([*wish]), None)
        else:
            wish[dice.choice(NAMES)] = dice.choice(NASTY_VALUES)
        if not wish:
            break
    return wish


def _json(dice: random.Random, world: World) -> bytes:
    """A body that is JSON, nearly JSON, or none."""
    text = json.dumps(_wish(dice, world), ensure_ascii=dice.random() < 0.5)
    data = text.encode("utf-8", "surrogatepass")
    match dice.randrange(12):
        case 0:
            return data[: dice.randrange(len(data))]
        case 1:
            return damage(dice, data)
        case 2:
            return b"[" * dice.choice([10, 2000, 30000])
        case 3:
            return b'{"a":' * dice.choice([10, 2000, 9000])
        case 4:
            return dice.choice(
                [b"NaN", b'{"width": NaN}', b'{"seed": -Infinity}', b"null", b"0", b'"x"', b"", b"\xff\xfe{}"]
            )
        case 5:
            return b'{"width": ' + b"9" * dice.choice([20, 5000]) + b"}"
        case 6:
            return data.decode("utf-8", "replace").encode("utf-16")
        case 7:
            return b'{"prompt": "' + b"a" * dice.choice([2001, 70_000, 1_200_000]) + b'"}'
        case 8:
            return b'{"width": 64, "width": 100, "num_frames": 2, "num_frames": "x"}'
    return data


# --- Kinds of requests ------------------------------------------------------------------------------------------------


def draw_address(dice: random.Random, world: World) -> Shot:
    """Any method at any address."""
    method, path = dice.choice(world.routes)
    if dice.random() < 0.4:
        path = dice.choice(OTHER_ADDRESSES)
    if dice.random() < 0.35:
        method = dice.choice(METHODS)
    if dice.random() < 0.15:
        path = "/" + _mangled(dice, dice.choice(NASTY_TEXTS)) + path
    body = _json(dice, world) if method in ("POST", "PUT", "PATCH") else None
    headers = [("Content-Type", dice.choice(["application/json", "text/plain"]))] if body is not None else []
    if method == "CONNECT":  # of its target the standard wants a host
        return Shot("address", (http(world, method, path, headers, body),), BROKEN)
    if method == "DELETE":  # the one finished clip stays, so that every request finds the same world
        world = replace(world, job_id="0" * 32)
    return Shot("address", (http(world, method, _target(dice, world, path), headers, body),))


def draw_headers(dice: random.Random, world: World) -> Shot:
    """Headers of every kind, odd ones and far too many."""
    pool: list[tuple[str, str]] = [
        ("Range", dice.choice(RANGES)),
        ("If-Range", dice.choice(['"x"', "Thu, 01 Jan 1970", "\u00e9", ""])),
        ("If-None-Match", dice.choice(["*", '"', "W/", '"a", "b"', ""])),
        (
            "If-Modified-Since",
            dice.choice(["Thu, 01 Jan 1970 00:00:00 GMT", "yesterday", "Mon, 99 Foo 99999 99:99:99 GMT"]),
        ),
        ("Accept-Language", dice.choice(["zh", "en;q=x", ",;,", "q" * 3000, "\u4e2d", "zh;q=-1, en;q=1e9"])),
        ("Accept-Encoding", dice.choice(["br", "gzip;q=0", "identity;q=0, *;q=0", "\u00ff"])),
        ("Cookie", dice.choice(["i2v_lang=zh-CN", "i2v_lang", "=;=;=", "i2v_lang=\u00e9", "a=b;" * 500, 'i2v_lang="'])),
        ("Content-Type", dice.choice(MEDIA_TYPES)),
        ("Idempotency-Key", dice.choice(["k", "k" * 201, "\u00e9\u4e2d", " ", "a,b", "'"])),
        ("Authorization", dice.choice(["Bearer x", "Basic !!!", "Bearer", "\u00e9"])),
        ("Origin", dice.choice(["null", "http://evil.example", f"http://{world.host}", "\u00e9", ""])),
        ("Sec-Fetch-Site", dice.choice(["cross-site", "same-origin", "", "x"])),
        ("X-Forwarded-Host", "evil.example"),
        ("Expect", dice.choice(["100-continue", "200-ok"])),
        ("Upgrade", dice.choice(["websocket", "h2c", "x"])),
        ("Referer", dice.choice(["http://evil.example/", "\u00e9", "x" * 4000])),
        ("X-Many", "x" * dice.choice([1, 8000])),
    ]
    headers = dice.sample(pool, dice.randint(1, 5))
    if dice.random() < 0.1:
        headers += [(f"X-{number}", "y") for number in range(dice.choice([50, 300]))]
    if dice.random() < 0.1:
        headers = [
            ("Host", dice.choice(["evil.example", "", "localhost", "[::1", f"{world.host}.", f"a@{world.host}"])),
            *headers,
        ]
    method, path = dice.choice(world.routes)
    if dice.random() < 0.4:
        method, path = "GET", f"/api/v1/jobs/{world.job_id}/video"
    if method == "DELETE":
        method = "OPTIONS"
    body = _json(dice, world) if method == "POST" else None
    # An upgrade that is not finished, and an expectation nobody meets, are the client's own doing.
    manners = BROKEN if {name for name, _ in headers} & {"Upgrade", "Expect"} else KEPT
    return Shot("headers", (http(world, method, _target(dice, world, path), headers, body),), manners)


def draw_json(dice: random.Random, world: World) -> Shot:
    """JSON bodies, and what is sent as such."""
    places = [route for route in world.routes if route[0] in ("POST", "PATCH")]
    method, path = ("POST", "/api/v1/estimate") if dice.random() < 0.4 else dice.choice(places)
    kind = "application/json" if dice.random() < 0.7 else dice.choice(MEDIA_TYPES)
    return Shot(
        "json", (http(world, method, _target(dice, world, path), [("Content-Type", kind)], _json(dice, world)),)
    )


def draw_wish(dice: random.Random, world: World) -> Shot:
    """Jobs in good form, with options that may be anything."""
    boundary = "frontier"
    parts = [(field_head("request"), _json(dice, world))]
    headers = [("Content-Type", f"multipart/form-data; boundary={boundary}")]
    if dice.random() < 0.2:
        headers.append(("Idempotency-Key", dice.choice(["a", "b", "c"])))
    return Shot("wish", (http(world, "POST", "/api/v1/jobs", headers, multipart_body(boundary, parts)),))


def draw_multipart(dice: random.Random, world: World) -> Shot:
    """Forms malformed in every way; the request around them is whole."""
    boundary = dice.choice(["b", "b" * 70, "----WebKitFormBoundary7MA4YWxk", "b b", "'", "b+/=?"])
    name = dice.choice(["image", "request", "", "x", "clip", "image[]", *NASTY_TEXTS[:8]])
    filename = dice.choice(
        [None, "a.png", "", "x" * 400 + ".png", "../../a.png", "CON", 'a"b.png', "图.png", "a\0b", "a\r\nb"]
    )
    wish = json.dumps(_wish(dice, world)).encode()
    parts = [(field_head("request"), wish), (field_head(name, filename), dice.choice([b"", b"x", world.picture[:100]]))]
    match dice.randrange(10):
        case 0:
            parts = [*parts, *[(field_head(f"f{number}"), b"x") for number in range(dice.choice([7, 9, 1001]))]]
        case 1:
            parts = [(field_head("image", "a"), b"x")] * dice.choice([2, 3, 50])
        case 2:
            parts = [(field_head("request"), b"a" * dice.choice([64 * 1024, 64 * 1024 + 1, 300_000]))]
        case 3:
            parts = [("", b"x"), ("Content-Disposition: form-data", b"y"), ("nonsense", b"z")]
        case 4:
            parts = [
                (
                    field_head("request")
                    + "\r\nContent-Type: text/plain; charset="
                    + dice.choice(["utf-16", "x", "\u00e9"]),
                    wish,
                )
            ]
        case 5:
            parts = [(field_head("request") + "\r\nContent-Transfer-Encoding: base64", b"!!!")]
        case 6:
            parts = [(field_head("request", "request.json"), wish)]
        case 7:
            parts = [("Content-Disposition: form-data; name*=utf-8''" + dice.choice(["%ff", "image", "%"]), b"x")]
    body = multipart_body(boundary, parts)
    match dice.randrange(5):
        case 0:
            body = body[: dice.randrange(len(body))]
        case 1:
            body = damage(dice, body)
        case 2:
            body = body.replace(b"\r\n", b"\n")
    told = boundary if dice.random() < 0.8 else dice.choice(["other", "", "b" * 300, '"', "\u00e9"])
    path = dice.choice([path for method, path in world.routes if method == "POST"])
    path = dice.choice(["/api/v1/jobs", "/api/v1/pictures", "/gradio_api/upload", path])
    headers = [("Content-Type", f"multipart/form-data; boundary={told}")]
    return Shot("multipart", (http(world, "POST", _target(dice, world, path), headers, body),))


def draw_picture(dice: random.Random, world: World) -> Shot:
    """Pictures with damage; few, since each is decoded in a process of its own."""
    data = damage(dice, world.picture)
    if dice.random() < 0.3:
        data = dice.choice(
            [b"GIF89a" + dice.randbytes(50), b"RIFF\xff\xff\xff\xffWEBPVP8X", b"BM" + dice.randbytes(60), b"<svg/>"]
        )
    headers = [("Content-Type", "multipart/form-data; boundary=p")]
    body = multipart_body("p", [(field_head("image", "a.png"), data)])
    return Shot("picture", (http(world, "POST", "/api/v1/pictures", headers, body),))


def draw_broken_http(dice: random.Random, world: World) -> Shot:
    """What is no HTTP, or two kinds of it at once."""
    whole = http(world, "POST", "/api/v1/estimate", [("Content-Type", "application/json")], b'{"engine": "camera"}')
    host = world.host.encode()
    data = dice.choice(
        [
            dice.randbytes(dice.randint(1, 400)),
            b"\r\n\r\n" + whole,
            b"GET / HTTP/9.9\r\nHost: " + host + b"\r\n\r\n",
            b"GET / HTTP/1.0\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET  /  HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost " + host + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\nHost: " + host + b"\n\n",
            b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nHost: evil.example\r\n\r\n",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
            b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nX: \0\r\n\r\n",
            b"GET /\xff\xfe HTTP/1.1\r\nHost: " + host + b"\r\n\r\n",
            b"POST /api/v1/estimate HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: -5\r\n\r\n{}",
            b"POST /api/v1/estimate HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: x\r\n\r\n{}",
            b"POST /api/v1/estimate HTTP/1.1\r\nHost: "
            + host
            + b"\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
            b"POST /api/v1/estimate HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
            b"POST /api/v1/estimate HTTP/1.1\r\nHost: "
            + host
            + b"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            b"POST /api/v1/estimate HTTP/1.1\r\nHost: " + host + b"\r\nTransfer-Encoding: gzip\r\n\r\n{}",
            b"POST / HTTP/1.1\r\nHost: "
            + host
            + b"\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(100),
            damage(dice, whole),
            whole + whole,
        ]
    )
    return Shot("broken HTTP", (data,), BROKEN)


def draw_chunked(dice: random.Random, world: World) -> Shot:
    """A body in chunks, each with a pause before it."""
    body = _json(dice, world)[:3000]
    step = max(1, len(body) // 4)
    chunks = [body[at : at + step] for at in range(0, len(body), step)]
    headers = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]
    head = http(world, "POST", "/api/v1/estimate", headers)
    told = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return Shot("chunked", (head, *told, b"0\r\n\r\n"), pause_seconds=0.01)


def draw_slow(dice: random.Random, world: World) -> Shot:
    """Everything right, a few bytes at a time."""
    data = http(world, "GET", dice.choice(["/health", "/api/v1/jobs", "/api/v1/engines", "/help"]))
    step = max(1, len(data) // dice.randint(2, 6))
    return Shot("slow", tuple(data[at : at + step] for at in range(0, len(data), step)), pause_seconds=0.02)


def draw_leaver(dice: random.Random, world: World) -> Shot:
    """A client that goes away: with nothing said, in the middle, or with the answer on its way."""
    whole = http(world, "POST", "/api/v1/estimate", [("Content-Type", "application/json")], _json(dice, world))
    form = [("Content-Type", "multipart/form-data; boundary=b"), ("Content-Length", "9999999")]
    upload = http(
        world, "POST", "/api/v1/pictures", form, b"--b\r\n" + field_head("image", "a").encode() + b"\r\n\r\nxxxx"
    )
    video = http(world, "GET", f"/api/v1/jobs/{world.job_id}/video")
    data = dice.choice([b"", whole[: dice.randrange(len(whole))], whole, upload, video, http(world, "GET", "/")])
    return Shot("leaver", (data,), LEFT)


def draw_socket(dice: random.Random, world: World) -> Shot:
    """A WebSocket's greeting, which nothing here answers to."""
    headers = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", dice.choice(["13", "99"])),
        ("Sec-WebSocket-Key", dice.choice(["dGhlIHNhbXBsZSBub25jZQ==", "", "x"])),
    ]
    path = dice.choice(["/", "/api/v1/jobs", "/gradio_api/queue/join"])
    return Shot("socket", (http(world, "GET", path, headers),), BROKEN)


DRAWERS: Sequence[tuple[Callable[[random.Random, World], Shot], int]] = (
    (draw_address, 24),
    (draw_headers, 16),
    (draw_json, 14),
    (draw_wish, 12),
    (draw_multipart, 14),
    (draw_picture, 1),
    (draw_broken_http, 8),
    (draw_chunked, 2),
    (draw_slow, 2),
    (draw_leaver, 5),
    (draw_socket, 2),
)
