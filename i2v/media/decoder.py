"""Decodes one picture in a process of its own: `python -m i2v.media.decoder <limits as JSON>`, file in, frame out.

A hostile or broken file costs this process, never the server. Only Pillow is imported on the usual way, since every
millisecond here is waited for after a drop. The frame on stdout: 4 bytes length (big endian), a JSON header, the PNG.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import struct
import sys
import warnings
import zlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from PIL import Image, UnidentifiedImageError

from i2v.errors import (
    BadInput,
    PictureTooHeavy,
    PictureTooLarge,
    PictureTooNarrow,
    PictureTooSmall,
    PictureTruncated,
    PictureUnreadable,
    PictureUnrecognized,
    PictureUnsupported,
)
from i2v.media.limits import Limits

if TYPE_CHECKING:
    from PIL import ImageCms

TAKEN = "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC"

# Signature at the file's start → Pillow's name of the format. The file's own name says nothing.
_TAKEN_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_OTHER_SIGNATURES = {
    b"%PDF": "PDF",
    b"8BPS": "PSD",
    b"PK\3\4": "ZIP",
    b"\0\0\1\0": "ICO",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"v/1\x01": "OpenEXR",
    b"\x1aE\xdf\xa3": "WebM",
}
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})

# Formats whose further frames are a film; elsewhere they are pages, thumbnails or depth maps.
_ANIMATED_FORMATS = frozenset({"GIF", "WEBP", "PNG", "AVIF"})
_DEEP_MODES = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I", "F"})
_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Decoded(NamedTuple):
    """A picture in the one form that everything behind the intake knows: PNG, RGB, 8 bits, upright."""

    png: bytes
    width: int
    height: int
    sha256: str
    notices: list[tuple[str, dict[str, Any]]]


def decode(data: bytes, limits: Limits) -> Decoded:
    """Decodes the picture in `data`.

    Raises:
        BadInput: one of the `Picture…` errors; whatever a decoder raises ends as one of them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _decode(data, limits)
        except MemoryError as cause:
            raise PictureTooHeavy(seconds=limits.seconds, megabytes=limits.megabytes) from cause
        except BadInput:
            raise
        except Exception as cause:  # decoders raise OSError, SyntaxError, struct.error, … on damaged files
            if "Decompressed data too large" in str(cause):  # a text or profile that unpacks to hundreds of megabytes
                raise PictureTooHeavy(seconds=limits.seconds, megabytes=limits.megabytes) from cause
            if _is_cut_short(data):
                raise PictureTruncated(size_bytes=len(data)) from cause
            told = "the header is damaged" if isinstance(cause, UnidentifiedImageError) else str(cause)[:200]
            raise PictureUnreadable(reason=told or type(cause).__name__) from cause


def _decode(data: bytes, limits: Limits) -> Decoded:
    kind = identify(data)
    # The size is checked below, by the header and with both figures; Pillow's own check knows only one of them.
    Image.MAX_IMAGE_PIXELS = None
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    if kind == "PNG":
        _check_png_sums(data)
    if kind == "WEBP":
        _check_size(*_webp_size(data), limits)
    image: Image.Image = Image.open(io.BytesIO(data), formats=[kind])
    _check_size(image.width, image.height, limits)
    notices: list[tuple[str, dict[str, Any]]] = []
    if getattr(image, "is_animated", False):
        if image.format in _ANIMATED_FORMATS:
            notices.append(("picture_animated", {}))
        elif image.format == "TIFF":
            notices.append(("picture_pages", {}))
    image.load()
    picture, is_transparent = _to_rgb(_turn_upright(image), image.info.get("icc_profile"), limits.background)
    if is_transparent:
        notices.append(("picture_alpha", {"background": "#{:02x}{:02x}{:02x}".format(*limits.background)}))
    # Size and pixels alone: the same picture in another container is the same picture.
    digest = hashlib.sha256(b"%dx%d\0" % picture.size)
    digest.update(picture.tobytes())
    png = io.BytesIO()
    # Run-length matching only: on photos as small as level 6 and four times as fast.
    picture.save(png, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    return Decoded(png.getvalue(), picture.width, picture.height, digest.hexdigest(), notices)


def identify(data: bytes) -> str:
    """Pillow's name of the format that the content has.

    Raises:
        PictureTruncated: empty.
        PictureUnrecognized: nothing known.
        PictureUnsupported: known, but not taken.
    """
    if not data:
        raise PictureTruncated(size_bytes=0)
    for signature, kind in _TAKEN_SIGNATURES.items():
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        brands = {data[8:12], *(data[at : at + 4] for at in range(16, min(data[3], 64), 4))}
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIC_BRANDS:
            return "HEIF"
        raise PictureUnsupported(format="MP4", known=TAKEN)
    for signature, kind in _OTHER_SIGNATURES.items():
        if data.startswith(signature):
            raise PictureUnsupported(format=kind, known=TAKEN)
    _refuse_text(data[:4096])
    raise PictureUnrecognized(known=TAKEN)


def _refuse_text(head: bytes) -> None:
    if b"\0" in head:
        return
    try:
        text = head.decode("utf-8", "strict" if len(head) < 4096 else "ignore")
    except UnicodeDecodeError:
        return
    raise PictureUnsupported(format="SVG" if "<svg" in text.lower() else "text", known=TAKEN)


def _is_cut_short(data: bytes) -> bool:
    """Whether a file that could not be decoded ends before its own structure says it does.

    PNG is asked before: its checksums are read up to the end.
    """
    if data.startswith(b"\x89PNG"):
        return False
    if data.startswith(b"\xff\xd8"):  # a JPEG's end mark, after its last scan: a thumbnail inside has one of its own
        return data.rfind(b"\xff\xd9") <= data.rfind(b"\xff\xda")
    if data.startswith(b"GIF8"):
        return not data.endswith(b";")
    if data.startswith((b"BM", b"RIFF")):
        at, around = (2, 0) if data.startswith(b"BM") else (4, 8)
        return len(data) < int.from_bytes(data[at : at + 4], "little") + around
    if data.startswith((b"II", b"MM")):
        # A TIFF names the place of its first directory, which most programs write last: a count, then 12 bytes each.
        order: Literal["little", "big"] = "little" if data.startswith(b"II") else "big"
        directory = int.from_bytes(data[4:8], order)
        count = int.from_bytes(data[directory : directory + 2], order)
        return len(data) < directory + 2 + 12 * count + 4
    at = 0
    while at + 8 <= len(data):  # the boxes of HEIC and AVIF
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return False  # 0 goes on to the end, 1 is for files beyond 4 GB
        at += size
    return at != len(data)


def _check_png_sums(data: bytes) -> None:
    """Pillow passes over the checksums of a PNG's pixel data, so a damaged one would come out in wrong colours."""
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            break
        if struct.unpack_from(">I", data, end)[0] != zlib.crc32(memoryview(data)[at + 4 : end]):
            raise PictureUnreadable(reason=f"checksum of the {kind.decode('latin-1')} chunk is wrong")
        if kind == b"IEND":
            return
        at = end + 4
    raise PictureTruncated(size_bytes=len(data))


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height by the first chunk: Pillow tells them only after taking memory for the whole canvas."""
    if len(data) < 30:
        raise PictureTruncated(size_bytes=len(data))
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _check_size(width: int, height: int, limits: Limits) -> None:
    """By the header, before a pixel is decoded."""
    megapixels = width * height / 1e6
    if megapixels > limits.megapixels:
        raise PictureTooLarge(width=width, height=height, megapixels=round(megapixels, 1), maximum=limits.megapixels)
    if min(width, height) < limits.minimum_side:
        raise PictureTooSmall(width=width, height=height, minimum=limits.minimum_side)
    ratio = max(width, height) / min(width, height)
    if ratio > limits.maximum_ratio:
        raise PictureTooNarrow(width=width, height=height, ratio=round(ratio, 1), maximum=limits.maximum_ratio)


def _turn_upright(image: Image.Image) -> Image.Image:
    orientation = 1
    with contextlib.suppress(Exception):  # damaged EXIF is no reason to refuse the pixels
        orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _to_rgb(image: Image.Image, profile: bytes | None, background: tuple[int, int, int]) -> tuple[Image.Image, bool]:
    """The picture in sRGB on the background, and whether it let any of that through."""
    if image.mode in _DEEP_MODES:
        image = _to_eight_bits(image)
    if image.mode in ("1", "LA", "La") or (image.mode == "L" and image.has_transparency_data):
        image = image.convert("LA" if image.mode == "La" or image.has_transparency_data else "L")
    elif image.has_transparency_data:
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("RGB")
    if "A" not in image.getbands() or image.mode == "LAB":
        return _to_srgb(image, profile), False
    alpha = image.getchannel("A")
    # Grey stays grey here, or its profile would no longer fit.
    colour = _to_srgb(image.getchannel("L") if image.mode == "LA" else image.convert("RGB"), profile)
    if alpha.getextrema() == (255, 255):
        return colour, False
    return Image.composite(colour, Image.new("RGB", colour.size, background), alpha), True


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 or 32 bits or of fractions, to 8 bits: Pillow's own conversion clips all above 255 to white."""
    import numpy as np

    values = np.nan_to_num(np.asarray(image, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if image.mode.startswith("I;16"):
        white = 65535.0
    else:
        # Files do not say what white is: fractions, bytes, 16-bit levels, else the brightest value there is.
        brightest = float(values.max())
        white = next((known for known in (1.0, 255.0, 65535.0) if brightest <= known), brightest)
    levels = np.rint(np.clip(values / white, 0, 1) * 255)
    return Image.fromarray(levels.astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile is None and image.mode != "LAB":
        return image.convert("RGB")
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile) if profile else ImageCms.createProfile("LAB"))
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            image.mode,
            "RGB",
            ImageCms.Intent(ImageCms.getDefaultIntent(source)),
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if image.mode == "RGB" and _keeps_colours(transform):
            return image
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A damaged profile, or one that does not fit: the colours as they stand are better than none.
        return image.convert("RGB")
    assert converted is not None  # only inPlace gives None
    return converted


def _keeps_colours(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether the profile is sRGB by another name, of which there are many: its rounding would only cost time."""
    levels = range(0, 256, 17)
    colours = bytes(level for r in levels for g in levels for b in levels for level in (r, g, b))
    cube = Image.frombytes("RGB", (len(levels) ** 2, len(levels)), colours)
    moved = transform.apply(cube).tobytes()
    return all(abs(before - after) <= 1 for before, after in zip(colours, moved, strict=True))


def limit_process(limits: Limits) -> None:
    """Bounds memory, time and files of this process where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    bounds = {
        resource.RLIMIT_AS: limits.megabytes * 1_000_000,
        resource.RLIMIT_CPU: limits.seconds + 1,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for kind, bound in bounds.items():
        # macOS knows RLIMIT_AS but refuses to set it.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (bound, bound))


def main() -> None:
    """Reads a file from stdin, writes one frame to stdout."""
    limits = Limits.from_json(sys.argv[1])
    limit_process(limits)
    png = b""
    try:
        decoded = decode(sys.stdin.buffer.read(), limits)
        png = decoded.png
        header = {**decoded._asdict(), "png": len(png)}
    except MemoryError:
        header = {"code": PictureTooHeavy.code, "values": {"seconds": limits.seconds, "megabytes": limits.megabytes}}
    except BadInput as refused:
        header = {"code": refused.code, "values": refused.values}
    text = json.dumps(header).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(text)) + text)
    sys.stdout.buffer.write(png)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
