"""The intake: right pixels or a typed error, whatever comes."""

from __future__ import annotations

import hashlib
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from i2v.errors import (
    BadInput,
    PictureMissing,
    PictureTooHeavy,
    PictureTooLarge,
    PictureTooNarrow,
    PictureTooSmall,
    PictureTruncated,
    PictureUnreadable,
    PictureUnrecognized,
    PictureUnsupported,
)
from i2v.media.intake import TakenPicture, intake_picture, read_pixels
from i2v.media.limits import LIMITS
from tests.media.samples import (
    BAND,
    COLOUR_SAMPLES,
    GREY_SAMPLES,
    HEIGHT,
    LEFT,
    RIGHT,
    TRANSPARENT_SAMPLES,
    WIDTH,
    Colour,
    heic,
    inks,
    motif,
    nearly_srgb_profile,
    saved,
    swapped_profile,
    turned_jpeg,
    yellow_for_cyan_profile,
)


def three_means(picture: TakenPicture) -> np.ndarray:
    """Mean colours well inside band, left and right half: (3, 3)."""
    pixels = read_pixels(picture.png)
    assert pixels.shape == (picture.height, picture.width, 3)
    quarter, half = picture.height // 4, picture.width // 2
    band, left, right = pixels[4 : quarter - 4], pixels[quarter + 4 :, : half - 4], pixels[quarter + 4 :, half + 4 :]
    return np.array([part.reshape(-1, 3).mean(axis=0) for part in (band, left, right)])


def assert_shows(picture: TakenPicture, *colours: Colour, within: float = 3.0) -> None:
    np.testing.assert_allclose(three_means(picture), np.array(colours, dtype=float), atol=within)


def codes(picture: TakenPicture) -> list[str]:
    return [notice.code for notice in picture.notices]


@pytest.mark.parametrize("kind", COLOUR_SAMPLES)
def test_every_kind_of_file_keeps_its_colours(kind: str) -> None:
    picture = intake_picture(COLOUR_SAMPLES[kind](), kind)
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert_shows(picture, BAND, LEFT, RIGHT)


@pytest.mark.parametrize("kind", GREY_SAMPLES)
def test_grey_of_any_depth_is_scaled_and_never_clipped(kind: str) -> None:
    levels = [round(0.299 * red + 0.587 * green + 0.114 * blue) for red, green, blue in (BAND, LEFT, RIGHT)]
    greys = [(level, level, level) for level in levels]
    assert_shows(intake_picture(GREY_SAMPLES[kind](), kind), *greys, within=1.5)


def test_one_bit_pictures_are_black_and_white() -> None:
    stripes = Image.new("1", (WIDTH, HEIGHT), 0)
    stripes.paste(1, (0, 0, WIDTH, HEIGHT // 4))
    picture = intake_picture(saved(stripes, "PNG"), "stripes.png")
    assert_shows(picture, (255, 255, 255), (0, 0, 0), (0, 0, 0), within=0)


@pytest.mark.parametrize("kind", TRANSPARENT_SAMPLES)
def test_transparent_parts_take_the_background_and_the_user_is_told(kind: str) -> None:
    data = TRANSPARENT_SAMPLES[kind]()
    on_white = intake_picture(data, kind)
    assert_shows(on_white, (255, 255, 255), LEFT, RIGHT)
    assert [(notice.code, notice.values) for notice in on_white.notices] == [
        ("picture_alpha", {"background": "#ffffff"})
    ]
    on_green = intake_picture(data, kind, LIMITS._replace(background=(0, 128, 0)))
    assert_shows(on_green, (0, 128, 0), LEFT, RIGHT)


def test_half_transparent_grey_mixes_with_the_background() -> None:
    picture = intake_picture(saved(Image.new("LA", (WIDTH, HEIGHT), (100, 128)), "PNG"), "veil.png")
    assert_shows(picture, *[(177, 177, 177)] * 3, within=1)


def test_an_opaque_alpha_channel_is_nothing_to_tell() -> None:
    assert codes(intake_picture(COLOUR_SAMPLES["opaque rgba png"](), "opaque.png")) == []


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_stand_upright(orientation: int) -> None:
    picture = intake_picture(turned_jpeg(orientation), "turned.jpg")
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert_shows(picture, BAND, LEFT, RIGHT)


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP", "AVIF", "HEIF"])
def test_other_formats_stand_upright_too(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = motif().transpose(Image.Transpose.ROTATE_90)
    picture = intake_picture(
        heic(stored, exif.tobytes()) if kind == "HEIF" else saved(stored, kind, exif=exif), "turned"
    )
    assert (picture.width, picture.height) == (WIDTH, HEIGHT)
    assert_shows(picture, BAND, LEFT, RIGHT)


@pytest.mark.parametrize("kind", ["animated gif", "animated webp", "animated avif", "apng"])
def test_of_an_animation_the_first_frame_is_taken_and_the_user_is_told(kind: str) -> None:
    assert codes(intake_picture(COLOUR_SAMPLES[kind](), kind)) == ["picture_animated"]


def test_of_several_pages_the_first_is_taken_and_the_user_is_told() -> None:
    assert codes(intake_picture(COLOUR_SAMPLES["tiff of two pages"](), "two.tiff")) == ["picture_pages"]


def test_an_embedded_profile_decides_the_colours() -> None:
    picture = intake_picture(saved(motif(), "PNG", icc_profile=swapped_profile()), "swapped.png")
    means = three_means(picture)
    assert means[1][2] > 150 > 110 > means[1][0]  # what was red is blue
    assert means[2][0] > 150 > 110 > means[2][2]


def test_a_press_profile_decides_the_colours_of_its_inks() -> None:
    yellow = three_means(intake_picture(inks(profile=yellow_for_cyan_profile()), "press.jpg"))[1]
    np.testing.assert_allclose(yellow, (255, 255, 0), atol=60)
    cyan = three_means(intake_picture(inks(profile=None), "press.jpg"))[1]
    np.testing.assert_allclose(cyan, (0, 255, 255), atol=60)


def test_the_same_picture_in_another_container_is_the_same_picture() -> None:
    hashes = {intake_picture(COLOUR_SAMPLES[kind](), kind).sha256 for kind in ("png", "bmp", "tiff", "apng")}
    pixels = np.asarray(motif())
    assert hashes == {hashlib.sha256(b"160x96\0" + pixels.tobytes()).hexdigest()}


def test_an_srgb_profile_of_any_make_leaves_the_pixels_alone() -> None:
    many = Image.effect_noise((WIDTH, HEIGHT), 90)
    colours = Image.merge("RGB", [many, many.rotate(90), many.rotate(180)])
    plain = intake_picture(saved(colours, "PNG"), "plain.png")
    assert intake_picture(saved(colours, "PNG", icc_profile=nearly_srgb_profile()), "tagged.png").sha256 == plain.sha256


def test_size_is_part_of_what_a_picture_is() -> None:
    wide, tall = (saved(Image.new("RGB", size, LEFT), "PNG") for size in ((128, 72), (72, 128)))
    assert intake_picture(wide, "wide").sha256 != intake_picture(tall, "tall").sha256


def test_what_was_taken_in_can_be_taken_in_again() -> None:
    first = intake_picture(COLOUR_SAMPLES["jpeg"](), "first.jpg")
    assert intake_picture(first.png, "again.png") == first


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "实为 PNG 🦊.jpg"
    path.write_bytes(COLOUR_SAMPLES["png"]())
    assert intake_picture(path, path.name) == intake_picture(COLOUR_SAMPLES["png"](), "real.png")


# --- what is refused --------------------------------------------------------------------------------------------------


def refusal(data: bytes) -> BadInput:
    with pytest.raises(BadInput) as caught:
        intake_picture(data, "drop.png")
    assert caught.value.values.get("name") == "drop.png"
    return caught.value


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size, with no more pixels than one byte's worth."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


@pytest.mark.parametrize("data", [b"\0" * 5000, b"\x93\xf1random\0bytes" * 40], ids=["zeros", "noise"])
def test_what_is_no_picture_is_not_recognized(data: bytes) -> None:
    error = refusal(data)
    assert isinstance(error, PictureUnrecognized)
    assert "HEIC" in str(error.values["known"])


def test_what_is_damaged_inside_is_unreadable() -> None:
    png = bytearray(COLOUR_SAMPLES["png"]())
    png[-30] ^= 1  # in the pixels, which a checksum guards
    assert isinstance(refusal(bytes(png)), PictureUnreadable)
    jpeg = COLOUR_SAMPLES["jpeg"]()
    tables = jpeg.index(b"\xff\xdb")
    assert isinstance(refusal(jpeg[: tables + 4] + jpeg[tables + 60 :]), PictureUnreadable)


@pytest.mark.parametrize(
    ("data", "format_name"),
    [
        (b"just words\n", "text"),
        ("图片 🦊".encode() * 3000, "text"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "SVG"),
        (b"%PDF-1.7\n1 0 obj", "PDF"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "MP4"),
        (b"PK\3\4word/document.xml", "ZIP"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n", "text"),
    ],
)
def test_a_known_format_that_is_not_taken_is_named(data: bytes, format_name: str) -> None:
    error = refusal(data)
    assert isinstance(error, PictureUnsupported)
    assert error.values["format"] == format_name
    assert "JPEG" in str(error.values["known"])


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "bmp", "tiff", "avif", "heic", "interlaced gif"])
@pytest.mark.parametrize("share", [0, 0.12, 0.5, 0.95])
def test_a_file_that_ends_too_early_is_truncated(kind: str, share: float) -> None:
    data = COLOUR_SAMPLES[kind]()
    size = int(len(data) * share)
    error = refusal(data[:size])
    assert isinstance(error, PictureTruncated)
    assert error.values["size_bytes"] == size


def test_small_narrow_and_huge_pictures_are_refused_with_their_figures() -> None:
    tiny = refusal(png_header(1, 1))
    assert isinstance(tiny, PictureTooSmall)
    assert tiny.values["minimum"] == 64
    strip = refusal(png_header(20000, 100))
    assert isinstance(strip, PictureTooNarrow)
    assert (strip.values["ratio"], strip.values["maximum"]) == (200.0, 8)
    for side in (10_000, 20_000, 65_000):
        bomb = refusal(png_header(side, side))
        assert isinstance(bomb, PictureTooLarge)
        assert (bomb.values["megapixels"], bomb.values["maximum"]) == (side * side / 1e6, 50)


def test_the_sides_just_within_the_limits_are_taken() -> None:
    picture = intake_picture(saved(Image.new("RGB", (512, 64), LEFT), "PNG"), "strip.png")
    assert (picture.width, picture.height) == (512, 64)


def test_a_picture_of_nearly_fifty_megapixels_is_taken() -> None:
    slope = Image.linear_gradient("L").resize((7000, 7000))
    picture = intake_picture(saved(slope.convert("CMYK"), "JPEG", quality=50), "large.jpg")
    assert (picture.width, picture.height) == (7000, 7000)


def announcing(kind: str, side: int) -> bytes:
    """A file that says it is `side` pixels wide and high."""
    if kind == "gif":
        return COLOUR_SAMPLES["interlaced gif"]().replace(
            struct.pack("<HH", WIDTH, HEIGHT), struct.pack("<HH", side, side)
        )
    if kind == "bmp":
        return COLOUR_SAMPLES["bmp"]().replace(struct.pack("<ii", WIDTH, HEIGHT), struct.pack("<ii", side, side), 1)
    if kind == "heic":
        size = b"ispe\0\0\0\0" + struct.pack(">II", WIDTH, HEIGHT)
        return COLOUR_SAMPLES["heic"]().replace(size, size[:8] + struct.pack(">II", side, side))
    if kind == "webp":
        return COLOUR_SAMPLES["webp"]().replace(struct.pack("<HH", WIDTH, HEIGHT), struct.pack("<HH", side, side), 1)
    if kind == "webp, lossless":
        data = bytearray(saved(motif(), "WEBP", lossless=True))
        data[21:25] = (side - 1 | side - 1 << 14).to_bytes(4, "little")
        return bytes(data)
    data = bytearray(TRANSPARENT_SAMPLES["rgba webp"]())
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + (side - 1).to_bytes(3, "little") * 2
    return bytes(data[:12]) + extended + bytes(data[12:])


@pytest.mark.parametrize("kind", ["gif", "bmp", "heic", "webp", "webp, lossless", "webp, extended"])
def test_a_bomb_of_any_format_is_refused_before_it_unpacks(kind: str) -> None:
    error = refusal(announcing(kind, 16000))
    assert isinstance(error, PictureTooLarge)
    assert (error.values["width"], error.values["height"]) == (16000, 16000)


@pytest.mark.parametrize(("kind", "start"), [(b"zTXt", b"a\0\0"), (b"iTXt", b"a\0\1\0\0\0"), (b"iCCP", b"a\0\0")])
def test_a_text_or_profile_that_unpacks_to_hundreds_of_megabytes_is_too_heavy(kind: bytes, start: bytes) -> None:
    body = start + zlib.compress(b"\0" * 100_000_000)
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    png = COLOUR_SAMPLES["png"]()
    assert isinstance(refusal(png[:33] + chunk + png[33:]), PictureTooHeavy)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "none.png", tmp_path, Path(os.devnull)):
        with pytest.raises(PictureMissing):
            intake_picture(path, path.name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a process's memory")
def test_more_memory_than_allowed_is_too_heavy() -> None:
    noise = saved(Image.effect_noise((4000, 4000), 60).convert("RGB"), "JPEG", quality=30)
    with pytest.raises(PictureTooHeavy) as caught:
        intake_picture(noise, "heavy.jpg", LIMITS._replace(megabytes=120))
    assert caught.value.values == {"name": "heavy.jpg", "seconds": 20, "megabytes": 120}
