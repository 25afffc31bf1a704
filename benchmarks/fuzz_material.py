"""What fuzzed requests are made of: values, addresses and headers that have made some program stumble."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

NASTY_TEXTS = [
    "", " ", "\0", "../../etc/passwd", "..\\..\\windows\\win.ini", "%2e%2e%2f", "C:\\con", "\\\\host\\share",
    "file:///", "jobs.sqlite", "x" * 5000, "图" * 900, "\u202e", "\U0001f98a", "<img src=x onerror=alert(1)>",
    "{{7*7}}", "${7*7}", "'; DROP TABLE jobs; --", "\r\nSet-Cookie: a=b", "null", "true", "NaN", "-1", "1e309",
    "0x10", "١٢", "a\tb", "%00", "%",
]  # fmt: skip
NASTY_NUMBERS: list[Any] = [
    0, -1, 1, 2, 7, 8, 63, 64, 65, 100, 4096, 4097, 2**31, 2**32 - 1, 2**32, 2**53, 2**63, 2**64, 10**40, -(2**63), 0.5,
    16.0, 1e308, -0.0, 512, 1280, 1288,
]  # fmt: skip
NASTY_VALUES: list[Any] = [*NASTY_NUMBERS, *NASTY_TEXTS, None, True, False, [], {}, [16], {"a": 1}, [[[]]], "\ud800"]
NAMES = [
    "prompt", "negative_prompt", "width", "height", "num_frames", "num_inference_steps", "guidance_scale", "fps",
    "target_fps", "seed", "sampler", "attention", "exact", "engine", "preset", "picture_sha256", "confirmed", "fit",
    "crop", "count", "parent_id", "batch", "turn", "starred", "device", "model_dir", "__proto__", "constructor", "",
]  # fmt: skip
MEDIA_TYPES = [
    "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png", "",
    ";", "multipart/form-data; boundary=", 'multipart/form-data; boundary="',
    "multipart/form-data; boundary=" + "b" * 300, "multipart/mixed; boundary=x",
    "multipart/form-data; boundary=\xe9", "application/json; charset=utf-16", "a/b/c", "application/octet-stream",
    "multipart/form-data; boundary=x; boundary=y",
]  # fmt: skip
RANGES = [
    "bytes=0-", "bytes=-1", "bytes=5-2", "bytes=999999999999-", "bytes=0-0,2-2", "bytes=" + "0-1," * 500 + "0-1",
    "bytes=", "bytes=a-b", "items=0-5", "bytes=-0", "bytes=0-18446744073709551616", "bytes=--1", "bytes=0-9,0-9,0-9",
    "", "bytes", "bytes=\u0661-", "bytes=-99999999999999999999",
]  # fmt: skip
OTHER_ADDRESSES = [
    "/", "/health", "/help", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json", "/info",
    "/queue/data", "/api/gpu_status", "/api/", "/api/v1", "/api/v1/openapi.json", "/elements/main.js", "/elements/",
    "/examples/lake.webp", "/gradio_api/info", "/gradio_api/queue/join", "/gradio_api/queue/data",
    "/gradio_api/upload", "/gradio_api/upload_progress", "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=../config.yaml", "/gradio_api/file=http://127.0.0.1/", "/gradio_api/reset",
    "/gradio_api/component_server", "/gradio_api/heartbeat/x", "/gradio_api/run/predict", "/gradio_api/call/x",
    "/gradio_api/cancel", "/gradio_api/deep_link", "/gradio_api/stream/a/b/c/playlist.m3u8", "/gradio_api/app_id",
    "/gradio_api/proxy=http://127.0.0.1/", "/gradio_api/custom_component/x/client/component/y",
    "/gradio_api/startup-events", "/login", "/logout", "/token", "/monitoring", "/monitoring/summary", "/assets/",
    "/static/img/", "/svelte/x", "/pwa_icon", "/gradio_api/theme.css", "/gradio_api/process_recording",
    "/gradio_api/user", "/gradio_api/runs", "/gradio_api/vibe-code/",
]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "X" * 30]


def damage(dice: random.Random, data: bytes) -> bytes:
    """The same with a few bytes changed, put in or left out."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(changed) + 1)
        match dice.randrange(3):
            case 0 if at < len(changed):
                changed[at] = dice.randrange(256)
            case 1:
                changed[at:at] = dice.randbytes(dice.randint(1, 4))
            case _:
                del changed[at : at + dice.randint(1, 8)]
    return bytes(changed)


def multipart_body(boundary: str, parts: Sequence[tuple[str, bytes]]) -> bytes:
    """Parts as `(headers, content)`."""
    told = b"".join(
        f"--{boundary}\r\n{head}\r\n\r\n".encode("utf-8", "surrogatepass") + data + b"\r\n" for head, data in parts
    )
    return told + f"--{boundary}--\r\n".encode()


def field_head(name: str, filename: str | None = None) -> str:
    named = "" if filename is None else f'; filename="{filename}"'
    return f'Content-Disposition: form-data; name="{name}"{named}'
