"""Picture files of every kind, written when the tests run: `SAMPLES[name]()` gives the bytes.

All show the same motif unless told otherwise: left half red-ish, right half blue-ish, a light band on top, so that a
turned, mirrored, washed-out or colour-swapped picture is told from a right one by three means.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image, ImageCms

WIDTH, HEIGHT = 160, 96
BAND, LEFT, RIGHT = (230, 220, 200), (200, 60, 40), (30, 80, 180)

Colour = tuple[int, int, int]


def motif(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    picture = Image.new("RGB", (width, height), LEFT)
    picture.paste(RIGHT, (width // 2, 0, width, height))
    picture.paste(BAND, (0, 0, width, height // 4))
    return picture


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def grey_motif() -> Image.Image:
    return motif().convert("L")


def transparent_motif() -> Image.Image:
    """The band is fully transparent, so that it takes the background's colour."""
    alpha = Image.new("L", (WIDTH, HEIGHT), 255)
    alpha.paste(0, (0, 0, WIDTH, HEIGHT // 4))
    picture = motif()
    picture.putalpha(alpha)
    return picture


def turned_jpeg(orientation: int) -> bytes:
    """The motif stored turned, with the EXIF tag that tells how to hold it."""
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = motif() if back is None else motif().transpose(back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(stored, "JPEG", quality=95, subsampling=0, exif=exif)


def animation(kind: str, **options: object) -> bytes:
    others = [Image.new("RGB", (WIDTH, HEIGHT), colour) for colour in ((0, 255, 0), (0, 0, 0))]
    return saved(motif(), kind, save_all=True, append_images=others, duration=80, **options)


def ycck_jpeg() -> bytes:
    """Pillow writes no YCCK: a CMYK file whose planes hold YCC, with Adobe's transform flag set to say so."""
    inverted = Image.eval(motif(), lambda level: 255 - level).convert("YCbCr")
    # Pillow inverts all planes of a CMYK JPEG; stored full black means no black ink.
    planes = [Image.eval(plane, lambda level: 255 - level) for plane in inverted.split()]
    cmyk = Image.merge("CMYK", [*planes, Image.new("L", (WIDTH, HEIGHT), 0)])
    data = bytearray(saved(cmyk, "JPEG", quality=95))
    data[data.index(b"Adobe") + 11] = 2
    return bytes(data)


def sixteen_bit_png(picture: Image.Image) -> bytes:
    """Colour of 16 bits per channel, with alpha or without, written by hand: Pillow writes none."""
    levels = np.asarray(picture, dtype=">u2") * np.uint16(257)
    rows = b"".join(b"\0" + row.tobytes() for row in levels.astype(">u2"))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 6 if picture.mode == "RGBA" else 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def sixteen_bit_grey() -> Image.Image:
    levels: npt.NDArray[np.uint16] = np.asarray(grey_motif(), dtype=np.uint16) * np.uint16(257)
    return Image.fromarray(levels)


def float_tiff() -> bytes:
    return saved(Image.fromarray(np.asarray(grey_motif(), dtype=np.float32) / 255), "TIFF")


def swapped_profile() -> bytes:
    """A profile whose red primary is sRGB's blue and the other way round."""
    held = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = held.index(b"rXYZ"), held.index(b"bXYZ")
    held[red : red + 4], held[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(held)


def nearly_srgb_profile() -> bytes:
    """sRGB as another program rounds it: its red is a ten-thousandth brighter."""
    held = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tag = held.index(b"rXYZ")
    brightness = struct.unpack_from(">I", held, tag + 4)[0] + 12
    struct.pack_into(">i", held, brightness, struct.unpack_from(">i", held, brightness)[0] + 8)
    return bytes(held)


def yellow_for_cyan_profile() -> bytes:
    """A CMYK profile of a press with yellow in its cyan plate: a table from CMYK to Lab, two points an axis."""
    lab = {"white": (255, 128, 128), "yellow": (248, 106, 222), "black": (0, 128, 128)}
    corners = range(16)  # bits, from high to low: cyan, magenta, yellow, black; all inks but cyan print black
    colours = ["white" if ink == 0 else "yellow" if ink == 8 else "black" for ink in corners]
    straight = bytes(range(256))
    unity = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + unity + straight * 4
    table += b"".join(bytes(lab[colour]) for colour in colours) + straight * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"A2B0": table, b"wtpt": white}
    body, index = b"", struct.pack(">I", len(tags))
    for name, content in tags.items():
        index += name + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(body), len(content))
        body += content + b"\0" * (-len(content) % 4)
    size = 128 + len(index) + len(body)
    header = struct.pack(">I4sI4s4s4s12s4s", size, b"", 0x02400000, b"prtr", b"CMYK", b"Lab ", b"", b"acsp")
    return header.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061) + b"\0" * 48 + index + body


def inks(*, profile: bytes | None) -> bytes:
    """Left half pure cyan ink, right half and band bare paper, as a CMYK JPEG."""
    picture = Image.new("CMYK", (WIDTH, HEIGHT), (0, 0, 0, 0))
    picture.paste((255, 0, 0, 0), (0, HEIGHT // 4, WIDTH // 2, HEIGHT))
    return saved(picture, "JPEG", quality=100, icc_profile=profile)


def pages() -> bytes:
    return saved(motif(), "TIFF", save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))])


def heic(image: Image.Image | None = None, exif: bytes | None = None) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(image or motif()).save(file, quality=95, exif=exif)
    return file.getvalue()


def palette_with_transparency() -> bytes:
    """A palette PNG whose band has the one transparent entry."""
    entries = [BAND, LEFT, RIGHT]
    indices = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    indices[HEIGHT // 4 :, : WIDTH // 2] = 1
    indices[HEIGHT // 4 :, WIDTH // 2 :] = 2
    picture = Image.fromarray(indices, "L")
    picture.putpalette([level for colour in entries for level in colour])
    return saved(picture, "PNG", transparency=0)


# Shows the motif in its own colours.
COLOUR_SAMPLES: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: saved(motif(), "JPEG", quality=95),
    "png": lambda: saved(motif(), "PNG"),
    "webp": lambda: saved(motif(), "WEBP", quality=95),
    "bmp": lambda: saved(motif(), "BMP"),
    "tiff": lambda: saved(motif(), "TIFF", compression="tiff_lzw"),
    "avif": lambda: saved(motif(), "AVIF", quality=95),
    "heic": heic,
    "cmyk jpeg": lambda: saved(motif().convert("CMYK"), "JPEG", quality=95),
    "ycck jpeg": ycck_jpeg,
    "png of 16 bits": lambda: sixteen_bit_png(motif()),
    "palette png": lambda: saved(motif().quantize(3), "PNG"),
    "interlaced gif": lambda: saved(motif().quantize(3), "GIF", interlace=1),
    "animated gif": lambda: animation("GIF"),
    "animated webp": lambda: animation("WEBP", lossless=True),
    "animated avif": lambda: animation("AVIF", quality=95),
    "apng": lambda: animation("PNG"),
    "tiff of two pages": pages,
    "jpeg with a second picture": lambda: saved(
        motif(), "MPO", quality=95, save_all=True, append_images=[Image.new("RGB", (WIDTH, HEIGHT))]
    ),
    "opaque rgba png": lambda: saved(motif().convert("RGBA"), "PNG"),
    "jpeg with sRGB profile": lambda: saved(
        motif(), "JPEG", quality=95, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ),
    "jpeg with broken profile": lambda: saved(motif(), "JPEG", quality=95, icc_profile=b"not a profile"),
    "tiff with jpeg inside": lambda: saved(motif(), "TIFF", compression="jpeg", quality=95),
    "lab tiff": lambda: saved(
        ImageCms.applyTransform(  # type: ignore[arg-type]  # None only in place
            motif(),
            ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"),
        ),
        "TIFF",
    ),
}

# Shows the motif in grey.
GREY_SAMPLES: dict[str, Callable[[], bytes]] = {
    "grey jpeg": lambda: saved(grey_motif(), "JPEG", quality=95),
    "grey png of 16 bits": lambda: saved(sixteen_bit_grey(), "PNG"),
    "grey tiff of 16 bits": lambda: saved(sixteen_bit_grey(), "TIFF"),
    "float tiff": float_tiff,
    "grey tiff of 32 bits": lambda: saved(sixteen_bit_grey().convert("I"), "TIFF"),
    "opaque la png": lambda: saved(grey_motif().convert("LA"), "PNG"),
}

# Shows the motif, the band transparent.
TRANSPARENT_SAMPLES: dict[str, Callable[[], bytes]] = {
    "rgba png": lambda: saved(transparent_motif(), "PNG"),
    "rgba webp": lambda: saved(transparent_motif(), "WEBP", lossless=True),
    "palette png with transparency": palette_with_transparency,
    "rgba png of 16 bits": lambda: sixteen_bit_png(transparent_motif()),
    "png with a transparent colour": lambda: saved(motif(), "PNG", transparency=BAND),
    "rgba avif": lambda: saved(transparent_motif(), "AVIF", quality=95),
}
