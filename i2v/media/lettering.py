"""Letters on pictures: a font of this computer that has the signs of a text, and what to do where none has."""

from __future__ import annotations

import contextlib
import functools
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# File and the face in it. The first have Latin and Chinese signs in one drawing; the last have Latin ones alone.
_FACES = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
    ("C:/Windows/Fonts/simhei.ttf", 0),
    ("/System/Library/Fonts/PingFang.ttc", 2),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", 0),
    ("/System/Library/Fonts/STHeiti Light.ttc", 1),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0),
    ("C:/Windows/Fonts/segoeui.ttf", 0),
    ("/System/Library/Fonts/Helvetica.ttc", 0),
)
_PLAIN = str.maketrans({"×": "x", "·": "|", "–": "-", "−": "-", "…": ".", "’": "'", "“": '"', "”": '"', "：": ":"})
_NO_SIGN = "\uffff"


def can_letter(text: str) -> bool:
    """Whether some font of this computer has every sign of a text."""
    return any(_has(font, text) for font in _fonts(16))


def letter(text: str, size: int) -> tuple[str, Font]:
    """A text and the font to draw it with; signs that no font has are written plainly.

    Args:
        text: one line.
        size: height of the letters in pixels.
    """
    fonts = _fonts(size)
    for font in fonts:
        if _has(font, text):
            return text, font
    font = fonts[0]
    plain = text.translate(_PLAIN)
    return "".join(sign if _has(font, sign) else "?" for sign in plain), font


@functools.cache
def _fonts(size: int) -> list[Font]:
    """Those of `_FACES` that are here, and the one that comes with Pillow, which has hardly more than ASCII."""
    found: list[Font] = []
    for path, face in _FACES:
        if Path(path).is_file():
            with contextlib.suppress(OSError):  # a file that is no font, or has fewer faces than elsewhere
                found.append(ImageFont.truetype(path, size, index=face))
    return [*found, ImageFont.load_default(size)]


def _has(font: Font, text: str) -> bool:
    missing = _drawn(font, _NO_SIGN)
    return all(sign.isspace() or _drawn(font, sign) != missing for sign in set(text))


@functools.cache
def _drawn(font: Font, sign: str) -> bytes:
    return bytes(font.getmask(sign))
