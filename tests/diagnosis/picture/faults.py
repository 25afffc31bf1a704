"""Each fault that the coach tells of, put into a clean picture at five strengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from i2v.diagnosis.picture.views import view_for_clip
from i2v.domain.crop import Fit
from tests.diagnosis.picture.scenes import SCENES, Pixels, Random, paint_scene

CLIP = (512, 512)
"""Strengths are those that the clip shows: pictures are brought to its scale before."""

DAYLIGHT = tuple(kind for kind in SCENES if kind != "night")
COLOURED = tuple(kind for kind in DAYLIGHT if kind not in ("product", "snow"))
"""Scenes that have no white ground: one that is burnt out looks just like one that is white."""
PHRASE = (
    "summer evening at the lake before the rain comes and all boats go home again while nobody looks back market "
    "street number seven open daily from nine to six except on holidays please ring twice and wait here"
)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Inject = Callable[[Pixels, float, Random], Pixels]


@dataclass(frozen=True)
class Fault:
    """A fault and how to make it.

    Attributes:
        code: of the advice that tells of it.
        strengths: weakest first, in `unit`.
        visible: the first of them that people would see, for this `reason`.
        inject: puts it into a picture at the clip's scale, uint8 (height, width, 3).
        kinds: scenes it can be put into; None for all of them. Where there are several, photographs are meant too.
        least_median: of a picture's luma, for the fault to be one: more light does a dark picture good.
        fit: how the clip takes the picture; with `pad` all of it is shown.
    """

    code: str
    unit: str
    strengths: tuple[float, float, float, float, float]
    visible: float
    reason: str
    inject: Inject
    kinds: tuple[str, ...] | None = None
    fit: Fit = "pad"
    least_median: float = 0.0

    def can_befall(self, kind: str, picture: Pixels) -> bool:
        """Whether this picture can have it, by its kind (`photograph`, or a scene's) and its light."""
        is_meant = self.kinds is None or kind in self.kinds or (kind == "photograph" and len(self.kinds) > 1)
        return is_meant and float(np.median(picture)) >= self.least_median


def _blur(picture: Pixels, sigma: float, random: Random) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.uint8)


def _noise(picture: Pixels, sigma: float, random: Random) -> Pixels:
    grain = random.normal(0, sigma, picture.shape if random.random() < 0.5 else (*picture.shape[:2], 1))
    return _rounded(picture + grain)


def _expose(picture: Pixels, stops: float, random: Random) -> Pixels:
    light = (picture / 255.0) ** 2.2 * 2.0**stops
    return _rounded(255 * np.clip(light, 0, 1) ** (1 / 2.2))


def _darken(picture: Pixels, stops: float, random: Random) -> Pixels:
    return _expose(picture, -stops, random)


def _fade(picture: Pixels, lost: float, random: Random) -> Pixels:
    middle = float(random.uniform(90, 170))
    return _rounded(middle + (1 - lost) * (picture - middle))


def _shrink(picture: Pixels, times: float, random: Random) -> Pixels:
    size = (round(picture.shape[1] / times), round(picture.shape[0] / times))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _stretch_out(picture: Pixels, ratio: float, random: Random) -> Pixels:
    """A long picture of this ratio, cut out of the clean one and brought back to its height."""
    height = min(picture.shape[0], round(picture.shape[1] / ratio))
    top = (picture.shape[0] - height) // 2
    part = picture[top : top + height, : round(height * ratio)]
    size = (round(512 * ratio), 512)
    part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    return part if random.random() < 0.5 else np.ascontiguousarray(part.transpose(1, 0, 2))


def _bars(picture: Pixels, share: float, random: Random) -> Pixels:
    """Above and below, at both sides, or all around; half of them have been a JPEG since."""
    height, width = picture.shape[:2]
    kind = int(random.integers(0, 3))
    down = round(share * height) if kind != 1 else 0
    across = round(share * width) if kind != 0 else 0
    colour = [(0, 0, 0), (255, 255, 255), (24, 24, 28), tuple(random.integers(0, 256, 3).tolist())][
        int(random.integers(0, 4))
    ]
    inner = cv2.resize(picture, (width - 2 * across, height - 2 * down), interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder(inner, down, down, across, across, cv2.BORDER_CONSTANT, value=colour)
    return _as_jpeg(framed) if random.random() < 0.5 else np.asarray(framed, dtype=np.uint8)


def _letter(picture: Pixels, share: float, random: Random) -> Pixels:
    """A caption, a page or a chart, with capitals of this share of the picture's height."""
    height, width = picture.shape[:2]
    font = ImageFont.load_default(share * height / 0.72)
    kind = str(random.choice(["caption", "caption", "outlined", "page", "chart"]))
    image = Image.fromarray(picture)
    if kind in ("page", "chart"):
        image = Image.new("RGB", (width, height), "#ffffff" if random.random() < 0.5 else "#f4efe4")
    draw = ImageDraw.Draw(image)
    line_px = 1.6 * share * height / 0.72
    if kind == "chart":
        _draw_chart(draw, random, (width, height), font)
    elif kind == "page":
        for line in range(int(0.84 * height / line_px)):
            place = (0.08 * width, 0.08 * height + line * line_px)
            draw.text(place, _sentence(random, font, 0.84 * width), "#202020", font)
    else:
        top = height * float(random.choice([0.04, 0.5, 0.88]))
        for line in range(int(random.integers(1, 3))):
            words = _sentence(random, font, 0.9 * width)
            place = (0.05 * width, min(top + line * line_px, height - line_px))
            if kind == "outlined":
                stroke = max(1, round(share * height / 8))
                draw.text(place, words, "#ffffff", font, stroke_width=stroke, stroke_fill="#000000")
            else:
                draw.rectangle((0, place[1] - 2, width, place[1] + line_px), "#101018")
                draw.text(place, words, "#f0f0f0", font)
    return np.array(image)


def _draw_chart(draw: ImageDraw.ImageDraw, random: Random, size: tuple[int, int], font: Font) -> None:
    width, height = size
    draw.text((0.12 * width, 0.03 * height), _sentence(random, font, 0.8 * width), "#202020", font)
    draw.line((0.12 * width, 0.14 * height, 0.12 * width, 0.85 * height), "#202020", 2)
    draw.line((0.12 * width, 0.85 * height, 0.95 * width, 0.85 * height), "#202020", 2)
    for bar in range(6):
        left, top = (0.16 + 0.13 * bar) * width, float(random.uniform(0.2, 0.75)) * height
        draw.rectangle((left, top, left + 0.08 * width, 0.85 * height), tuple(random.integers(30, 220, 3).tolist()))
    draw.text((0.12 * width, 0.88 * height), _sentence(random, font, 0.8 * width), "#202020", font)


def _sentence(random: Random, font: Font, width_px: float) -> str:
    known = PHRASE.split(" ")
    words = str(random.choice(known)).capitalize()
    while font.getlength(words) < width_px:
        words += " " + str(random.choice(known))
    return words.rpartition(" ")[0] or words


def _collage(picture: Pixels, count: float, random: Random) -> Pixels:
    """So many pictures side by side, one above the other, or in a grid, with and without a gap."""
    known = {2: [(2, 1), (1, 2)], 3: [(3, 1), (1, 3)], 4: [(2, 2), (4, 1)], 5: [(5, 1)], 6: [(3, 2), (2, 3)]}
    layouts = known[int(count)]
    columns, rows = layouts[int(random.integers(0, len(layouts)))]
    gap = int(random.choice([0, 4, 8, 16]))
    width, height = 768, 576
    sheet = np.full((height, width, 3), [255, 0, 235][int(random.integers(0, 3))], np.uint8)
    across, down = (width - gap * (columns - 1)) // columns, (height - gap * (rows - 1)) // rows
    others = random.permutation([f"{kind} {seed}" for kind in SCENES for seed in range(300, 302)])
    for place in range(columns * rows):
        kind, _, seed = others[place].partition(" ")
        other = picture if place == 0 else _another(kind, int(seed))
        left, top = place % columns * (across + gap), place // columns * (down + gap)
        sheet[top : top + down, left : left + across] = _filled(other, across, down)
    return sheet


@cache
def _another(kind: str, seed: int) -> Pixels:
    return view_for_clip(paint_scene(kind, seed), CLIP)


def _filled(picture: Pixels, width: int, height: int) -> Pixels:
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    large = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.asarray(large[top : top + height, left : left + width], dtype=np.uint8)


def _draw_flat(picture: Pixels, colours: float, random: Random) -> Pixels:
    """Painted again in so few colours, each within its outline."""
    smooth = cv2.bilateralFilter(cv2.medianBlur(picture, 9), 9, 40, 9)
    cv2.setRNGSeed(int(random.integers(0, 2**31)))
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 8, 1.0)
    levels = smooth.reshape(-1, 3).astype(np.float32)
    _, labels, palette = cv2.kmeans(levels, int(colours), None, stop, 1, cv2.KMEANS_PP_CENTERS)
    flat = palette[labels.ravel()].reshape(smooth.shape).astype(np.uint8)
    return np.asarray(cv2.medianBlur(flat, 5), dtype=np.uint8)


def _clutter(picture: Pixels, count: float, random: Random) -> Pixels:
    """So many things of all colours strewn over it."""
    full = picture.copy()
    side = min(full.shape[:2])
    for _ in range(int(count)):
        x, y = int(random.integers(0, full.shape[1])), int(random.integers(0, full.shape[0]))
        size, colour = int(random.uniform(0.025, 0.07) * side), random.integers(10, 245, 3).tolist()
        turn = float(random.uniform(0, 180))
        axes = (size, int(size * random.uniform(0.3, 1)))
        if random.random() < 0.5:
            cv2.ellipse(full, (x, y), axes, turn, 0, 360, colour, -1, cv2.LINE_AA)
        else:
            corners = cv2.boxPoints(((x, y), (2 * axes[0], 2 * axes[1]), turn)).astype(np.int32)
            cv2.fillPoly(full, [corners], colour, cv2.LINE_AA)
        cv2.circle(full, (x - size // 3, y - size // 3), max(1, size // 5), (235, 235, 230), -1, cv2.LINE_AA)
    return _rounded(full + random.normal(0, 1.5, full.shape))


def _move_out(picture: Pixels, lost: float, random: Random) -> Pixels:
    """A wide picture whose one thing lies so far out that a square clip loses this share of its width."""
    wide = cv2.copyMakeBorder(_filled(picture, 910, 512), 0, 0, 95, 95, cv2.BORDER_REFLECT_101)  # room for all of it
    unlike = np.abs(wide.astype(np.int16) - wide[40, 40]).max(axis=2) > 60
    columns = np.flatnonzero(unlike[:380].sum(axis=0) > 8)
    left, right = int(columns[0]), int(columns[-1])
    edge = (1100 - 512) // 2 + 512  # where the clip ends
    moved = np.roll(wide, round(edge + lost * (right - left)) - right, axis=1)
    return moved if random.random() < 0.5 else np.ascontiguousarray(moved[:, ::-1])


def _set_apart(picture: Pixels, count: float, random: Random) -> Pixels:
    """So many bottles on one plain ground."""
    ground = random.uniform(150, 250, 3)
    sheet = np.full((512, 683, 3), ground, np.float32)
    slots = random.permutation(6)[: int(count)]
    for slot in slots:
        x = 60 + int(slot) % 3 * 220 + int(random.integers(0, 60))
        y = 50 + int(slot) // 3 * 240 + int(random.integers(0, 40))
        colour = np.clip(ground - random.uniform(100, 170, 3), 5, 245)
        shade = np.linspace(1.2, 0.6, 80)[None, :, None]
        sheet[y : y + 130, x : x + 80] = np.clip(colour * shade, 0, 255)
        sheet[y + 40 : y + 70, x + 8 : x + 72] = (235, 228, 210)
    return _rounded(sheet + random.normal(0, 1.5, sheet.shape))


def _as_jpeg(picture: Pixels) -> Pixels:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


def _rounded(levels: np.ndarray[tuple[int, ...], np.dtype[np.floating]]) -> Pixels:
    return np.asarray(np.clip(np.rint(levels), 0, 255), dtype=np.uint8)


FAULTS = (
    Fault("blurred", "σ in px of the clip", (1, 1.5, 2, 3, 5), 2, "detail finer than 5 px is gone", _blur),
    Fault("noisy", "σ in levels per channel", (4, 6, 8, 14, 24), 8, "3 % of the range, seen in any even area", _noise),
    Fault("too_dark", "stops", (1, 1.5, 2, 2.5, 3), 2, "mid grey is a shadow", _darken, DAYLIGHT),
    Fault("too_bright", "stops", (0.7, 1, 1.5, 2, 2.5), 1.5, "mid grey is white paper", _expose, COLOURED,
          least_median=90),
    Fault("low_contrast", "share of it lost", (0.2, 0.4, 0.6, 0.7, 0.8), 0.6, "no black and no white left", _fade),
    Fault("too_small", "times enlarged", (1.05, 1.2, 1.5, 2, 4), 1.5, "pixels of the file begin to show", _shrink),
    Fault("extreme_ratio", "longer side : shorter", (1.6, 1.9, 2.2, 3, 5), 2.2, "most of it is cut off",
          _stretch_out, None, "cover"),
    Fault("borders", "share of the side", (0.01, 0.015, 0.025, 0.08, 0.2), 0.025, "no longer a thin line", _bars),
    Fault("text", "capitals, of the height", (0.015, 0.022, 0.03, 0.05, 0.08), 0.03, "read with ease", _letter),
    Fault("collage", "pictures", (2, 3, 4, 5, 6), 2, "two are two", _collage),
    Fault("drawn", "colours", (48, 32, 16, 8, 4), 16, "areas have edges where shading was", _draw_flat),
    Fault("cluttered", "things strewn over it", (50, 150, 300, 500, 800), 300, "hardly any ground is left", _clutter),
    Fault("off_centre", "share of the thing's width cut off", (0.05, 0.15, 0.3, 0.6, 0.9), 0.3, "it is no longer whole",
          _move_out, ("product",), "cover"),
    Fault("several_subjects", "things", (2, 3, 4, 5, 6), 2, "two are two", _set_apart, ("product",)),
)  # fmt: skip


def put_in(fault: Fault, picture: Pixels, strength: float, seed: int) -> Pixels:
    """The picture with the fault; always the same for a seed.

    Args:
        fault: one of `FAULTS`.
        picture: uint8 (height, width, 3), of any size.
        strength: in the fault's unit.
        seed: of what is left to chance: which bars, which words.
    """
    return fault.inject(view_for_clip(picture, CLIP), strength, np.random.default_rng([seed, 77]))
