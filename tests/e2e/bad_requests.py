"""Requests that cannot be carried out, each with the code that every face gives it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from PIL import Image

from tests.media.samples import motif, saved

ABSENT = "absent"
"""No picture at all."""


class BadRequest(NamedTuple):
    """What is asked for, and why it cannot be.

    Attributes:
        code: of the refusal.
        wish: options beyond a good wish.
        picture: name of an entry of PICTURES, or ABSENT.
        is_typed: whether the page's own controls take the value, so that a hand could have entered it.
    """

    code: str
    wish: dict[str, Any]
    picture: str = "good"
    is_typed: bool = False


def huge_png(width: int, height: int) -> bytes:
    """A PNG whose head speaks of so many pixels; nothing follows that could fill them."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I4s", len(head), b"IHDR") + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    end = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))
    return b"\x89PNG\r\n\x1a\n" + chunk + end


def flipped_png() -> bytes:
    data = bytearray(saved(motif(), "PNG"))
    data[len(data) // 2] ^= 0xFF
    return bytes(data)


PICTURES: dict[str, Callable[[], bytes]] = {
    "good": lambda: saved(motif(), "PNG"),
    "empty": lambda: b"",
    "text": lambda: b"buy milk\n",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "pdf": lambda: b"%PDF-1.7\n1 0 obj\n",
    "zip": lambda: b"PK\x03\x04" + bytes(40),
    "mp4": lambda: b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + bytes(40),
    "psd": lambda: b"8BPS\0\x01" + bytes(40),
    "noise": lambda: bytes(range(1, 256)) * 4,
    "truncated jpeg": lambda: saved(motif(), "JPEG")[:-600],
    "truncated png": lambda: saved(motif(), "PNG")[:-60],
    "flipped png": flipped_png,
    "broken gif": lambda: b"GIF89a" + bytes(range(40)),
    "63 px": lambda: saved(motif(63, 200), "PNG"),
    "narrow": lambda: saved(Image.new("RGB", (80, 641)), "PNG"),
    "bomb": lambda: huge_png(30_000, 30_000),
    "51 Mpx": lambda: huge_png(10_200, 5_000),
    "2 MB": lambda: saved(motif(), "PNG") + bytes(2 << 20),
}

CAMERA: dict[str, Any] = {"engine": "camera"}
MODEL: dict[str, Any] = {"engine": "i2vgen-xl"}

BAD_REQUESTS: dict[str, BadRequest] = {
    # Sizes
    "width below": BadRequest("option_invalid", {**CAMERA, "width": 56}, is_typed=True),
    "width above": BadRequest("option_invalid", {**CAMERA, "width": 4104}, is_typed=True),
    "width not n × 8": BadRequest("option_invalid", {**CAMERA, "width": 100}, is_typed=True),
    "width a fraction": BadRequest("option_invalid", {**CAMERA, "width": 512.5}, is_typed=True),
    "width negative": BadRequest("option_invalid", {**CAMERA, "width": -512}, is_typed=True),
    "width a word": BadRequest("option_invalid", {**CAMERA, "width": "wide"}),
    "width empty": BadRequest("option_invalid", {**CAMERA, "width": ""}),
    "width NaN": BadRequest("option_invalid", {**CAMERA, "width": float("nan")}),
    "width infinite": BadRequest("option_invalid", {**CAMERA, "width": float("inf")}),
    "width a list": BadRequest("option_invalid", {**CAMERA, "width": [512]}),
    "width an object": BadRequest("option_invalid", {**CAMERA, "width": {"px": 512}}),
    "width null": BadRequest("option_invalid", {**CAMERA, "width": None}),
    "width true": BadRequest("option_invalid", {**CAMERA, "width": True}),
    "height not n × 8": BadRequest("option_invalid", {**CAMERA, "height": 511}, is_typed=True),
    "height zero": BadRequest("option_invalid", {**CAMERA, "height": 0}, is_typed=True),
    "width above the limit": BadRequest("limit_exceeded", {**CAMERA, "width": 1288}, is_typed=True),
    "height above the limit": BadRequest("limit_exceeded", {**CAMERA, "height": 4096}, is_typed=True),
    # Frames, speed, seed
    "one frame": BadRequest("option_invalid", {**CAMERA, "num_frames": 1}, is_typed=True),
    "frames above": BadRequest("option_invalid", {**CAMERA, "num_frames": 257}, is_typed=True),
    "frames above the limit": BadRequest("limit_exceeded", {**CAMERA, "num_frames": 33}, is_typed=True),
    "frames a fraction": BadRequest("option_invalid", {**CAMERA, "num_frames": 8.5}, is_typed=True),
    "frames in words": BadRequest("option_invalid", {**CAMERA, "num_frames": "sixteen"}),
    "no fps": BadRequest("option_invalid", {**CAMERA, "fps": 0}, is_typed=True),
    "fps above": BadRequest("option_invalid", {**CAMERA, "fps": 61}, is_typed=True),
    "seed negative": BadRequest("option_invalid", {**CAMERA, "seed": -1}, is_typed=True),
    "seed above": BadRequest("option_invalid", {**CAMERA, "seed": 2**32}, is_typed=True),
    "seed of 64 bits": BadRequest("option_invalid", {**CAMERA, "seed": 2**63}),
    "seed a float": BadRequest("option_invalid", {**CAMERA, "seed": 1e308}),
    # Sentences
    "sentence too long": BadRequest("option_invalid", {**CAMERA, "prompt": "a" * 2001}),
    "sentence too long in Chinese": BadRequest("option_invalid", {**CAMERA, "prompt": "推" * 2001}),
    "sentence with NUL": BadRequest("option_invalid", {**CAMERA, "prompt": "zoom\0in"}),
    "sentence with a lone surrogate": BadRequest("option_invalid", {**CAMERA, "prompt": "zoom \ud83e in"}),
    "other sentence too long": BadRequest("option_invalid", {**MODEL, "negative_prompt": "a" * 2001}),
    "other sentence with NUL": BadRequest("option_invalid", {**MODEL, "negative_prompt": "\0"}),
    # The model's own
    "no steps": BadRequest("option_invalid", {**MODEL, "num_inference_steps": 0}, is_typed=True),
    "steps above": BadRequest("option_invalid", {**MODEL, "num_inference_steps": 201}, is_typed=True),
    "guidance below": BadRequest("option_invalid", {**MODEL, "guidance_scale": 0.5}, is_typed=True),
    "guidance above": BadRequest("option_invalid", {**MODEL, "guidance_scale": 30.5}, is_typed=True),
    "guidance NaN": BadRequest("option_invalid", {**MODEL, "guidance_scale": float("nan")}),
    "trained speed above": BadRequest("option_invalid", {**MODEL, "target_fps": 61}, is_typed=True),
    "unknown sampler": BadRequest("option_invalid", {**MODEL, "sampler": "magic"}),
    "unknown attention": BadRequest("option_invalid", {**MODEL, "attention": "flash"}),
    "exact with another sampler": BadRequest("option_invalid", {**MODEL, "exact": True, "sampler": "euler"}),
    "no model": BadRequest("weights_absent", {**MODEL}),
    # Framing
    "unknown fit": BadRequest("option_invalid", {**CAMERA, "fit": "zoom"}),
    "crop outside": BadRequest("option_invalid", {**CAMERA, "crop_x": 1.5}),
    "colour no colour": BadRequest("option_invalid", {**CAMERA, "background": "mauve"}),
    # Names
    "unknown engine": BadRequest("engine_unknown", {"engine": "sora"}),
    "engine a number": BadRequest("engine_unknown", {"engine": 5}),
    "engine with a lone surrogate": BadRequest("engine_unknown", {"engine": "\ud800"}),
    "unknown preset": BadRequest("preset_unknown", {**CAMERA, "preset": "ultra"}),
    "preset an object": BadRequest("preset_unknown", {**CAMERA, "preset": {}}),
    "unknown option": BadRequest("option_unknown", {**CAMERA, "framerate": 8}),
    "option of another engine": BadRequest("option_unknown", {**CAMERA, "num_inference_steps": 20}),
    "unknown option with auto": BadRequest("option_unknown", {"engine": "auto", "motion_bucket_id": 127}),
    # Pictures
    "no picture": BadRequest("picture_missing", {**CAMERA}, ABSENT),
    "empty file": BadRequest("picture_truncated", {**CAMERA}, "empty"),
    "text": BadRequest("picture_unsupported", {**CAMERA}, "text"),
    "svg": BadRequest("picture_unsupported", {**CAMERA}, "svg"),
    "pdf": BadRequest("picture_unsupported", {**CAMERA}, "pdf"),
    "zip": BadRequest("picture_unsupported", {**CAMERA}, "zip"),
    "mp4": BadRequest("picture_unsupported", {**CAMERA}, "mp4"),
    "psd": BadRequest("picture_unsupported", {**CAMERA}, "psd"),
    "noise": BadRequest("picture_unrecognized", {**CAMERA}, "noise"),
    "truncated jpeg": BadRequest("picture_truncated", {**CAMERA}, "truncated jpeg"),
    "truncated png": BadRequest("picture_truncated", {**CAMERA}, "truncated png"),
    "flipped png": BadRequest("picture_unreadable", {**CAMERA}, "flipped png"),
    "broken gif": BadRequest("picture_truncated", {**CAMERA}, "broken gif"),
    "too small": BadRequest("picture_too_small", {**CAMERA}, "63 px"),
    "too narrow": BadRequest("picture_too_narrow", {**CAMERA}, "narrow"),
    "bomb": BadRequest("picture_too_large", {**CAMERA}, "bomb"),
    "51 megapixels": BadRequest("picture_too_large", {**CAMERA}, "51 Mpx"),
    "upload too large": BadRequest("body_too_large", {**CAMERA}, "2 MB"),
}
