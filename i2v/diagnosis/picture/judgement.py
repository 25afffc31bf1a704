"""From measures to advice. Thresholds were set on made pictures and are held by docs/coach/picture.md."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from i2v.diagnosis.advice import Advice, Remedy, Severity
from i2v.diagnosis.picture.measures import Box, PictureMeasures
from i2v.domain.crop import MIDDLE, Crop, Fit, shown_part

BLUR_PX = 0.93
NOISE_LEVELS = 3.4
DARK_HIGHLIGHT, DARK_SHADOW = 142.0, 60.0
GLARE_SHARE = 0.065
PALE_GLARE_SHARE, PALE_SHADOW = 0.007, 110.0
"""Where no shadow is left, less glare tells of too much light."""
CONTRAST_LEVELS = 104.0
LEAST_SIDE_PX = 512
LARGE_ENLARGEMENT = 1.5
LEAST_SHOWN_SHARE = 0.5
PALETTE_SHARE = 0.67
BUSY_SHARE, BUSY_COLOURS = 0.85, 260
PAGE_LINES = 5
"""So many lines of text make a page or a chart, not a caption."""
LOST_SHARE = 0.25
"""How much of what stands out the cut may take away before it is told."""
_EDGE_SHARE = 0.01
"""Of the picture's side: a thing as near to the edge as this may go on beyond it."""
BAR_SHARE = 0.005
"""How much of a bar, as a share of the picture's side, a clip may show before it is told."""

HELPED: frozenset[str] = frozenset({"noisy", "low_contrast", "blurred", "borders"})
"""Faults that the option `preprocess` was measured to mend (docs/coach/preprocess.md)."""
LARGEST_BLUR_PX = 6.0
"""Beyond it there is nothing left to bring out."""
SHARP_PX = 0.8
"""A blurred texture has lost levels as well, which is no lack of contrast: that is mended in sharp pictures alone."""
LARGEST_GAIN = 3.0
"""Of contrast: more would bring out steps between the levels."""

_SIZE_STEP_PX = 16
_MOST_OBLONG = 2.0


@dataclass(frozen=True)
class Framing:
    """What the picture is to become.

    Attributes:
        clip_size: width and height of the clip in pixels.
        fit: how a picture of other proportions fills it.
        place: where it is cut, across and down, 0 … 1.
        is_model: whether a trained model reads the picture; a camera over it minds less.
        has_preprocess: whether the engine has the option `preprocess`.
        is_preprocessed: whether that is on: what it mends is not told any more.
        largest_side: the longest side a clip may have, in pixels.
    """

    clip_size: tuple[int, int] = (512, 512)
    fit: Fit = "cover"
    place: tuple[float, float] = MIDDLE
    is_model: bool = True
    has_preprocess: bool = False
    is_preprocessed: bool = False
    largest_side: int = 1280


def advise_on_picture(measures: PictureMeasures, framing: Framing) -> list[Advice]:
    """What is worth changing about a picture, warnings first."""
    found = [
        *_on_borders(measures, framing),
        *_on_detail(measures),
        *_on_light(measures),
        *(_on_content(measures) if framing.is_model else ()),
        *_on_place(measures, framing),
        *_on_size(measures, framing),
    ]
    mended = {code for code in HELPED if _is_mended(code, measures)} if framing.has_preprocess else set()
    told = [
        _with_remedy(advice, mended) for advice in found if not framing.is_preprocessed or advice.code not in mended
    ]
    return sorted(told, key=lambda advice: advice.severity == "hint")


def _on_detail(measures: PictureMeasures) -> Iterator[Advice]:
    if measures.blur_px is not None and measures.blur_px > BLUR_PX:
        yield _advice("blurred", {"blur_px": f"{measures.blur_px:.1f}"}, _parts(measures.areas["blur"]))
    if measures.noise_levels > NOISE_LEVELS:
        yield _advice("noisy", {"noise_levels": round(measures.noise_levels)})


def _on_light(measures: PictureMeasures) -> Iterator[Advice]:
    if measures.highlight_level < DARK_HIGHLIGHT and measures.darkest_level < DARK_SHADOW:
        values = {"highlight_level": round(measures.highlight_level)}
        yield _advice("too_dark", values, _parts(measures.areas["dark"]))
    elif measures.glare_share > (PALE_GLARE_SHARE if measures.shadow_level > PALE_SHADOW else GLARE_SHARE):
        values = {"percent": round(100 * measures.glare_share), "shadow_level": round(measures.shadow_level)}
        message = "" if measures.glare_share > GLARE_SHARE else "too_bright_throughout"
        yield _advice("too_bright", values, _parts(measures.areas["glare"]), message=message)
    elif measures.contrast_levels < CONTRAST_LEVELS:
        yield _advice("low_contrast", {"contrast_levels": round(measures.contrast_levels)}, severity="hint")


def _on_content(measures: PictureMeasures) -> Iterator[Advice]:
    """What a model makes little of; a camera moves over it all the same."""
    text, parts, subjects = (measures.areas[name] for name in ("text", "parts", "subjects"))
    if parts:
        yield _advice("collage", {"count": len(parts)}, parts)
    if text:
        yield _advice("text", {}, text, message="text_page" if len(text) >= PAGE_LINES else "")
    if measures.palette_share > PALETTE_SHARE:
        yield _advice("drawn", {"percent": round(100 * measures.palette_share)}, severity="hint")
    elif measures.busy_share > BUSY_SHARE and measures.colours > BUSY_COLOURS:
        yield _advice("cluttered", {}, severity="hint")
    if len(subjects) > 1 and not parts and not text:
        yield _advice("several_subjects", {"count": len(subjects)}, subjects, severity="hint")


def _on_place(measures: PictureMeasures, framing: Framing) -> Iterator[Advice]:
    """What stands out most should not fall to the cut."""
    subjects = measures.areas["subjects"]
    if not subjects or framing.fit != "cover":
        return
    picture, subject = (measures.width, measures.height), subjects[0]
    whole = shown_part(picture, framing.clip_size, "cover")
    if _runs_out(subject, whole, picture):
        return
    lost = _lost(subject, _box(shown_part(picture, framing.clip_size, "cover", framing.place), picture))
    place = (
        _place(subject[0] * picture[0], subject[2] * picture[0], whole.width, picture[0]),
        _place(subject[1] * picture[1], subject[3] * picture[1], whole.height, picture[1]),
    )
    kept = _lost(subject, _box(shown_part(picture, framing.clip_size, "cover", place), picture))
    if lost > LOST_SHARE and kept < lost / 2:
        remedy = Remedy("keep_subject", options={"crop_x": place[0], "crop_y": place[1]})
        yield _advice("off_centre", {"percent": round(100 * lost)}, (subject,), remedy)


def _on_size(measures: PictureMeasures, framing: Framing) -> Iterator[Advice]:
    picture, clip = (measures.width, measures.height), framing.clip_size
    values: Mapping[str, object]
    shown = shown_part(picture, clip, framing.fit, framing.place)
    enlargement = max(clip[0] / shown.width, clip[1] / shown.height)
    if enlargement > 1 or min(picture) < LEAST_SIDE_PX:
        values = {"size": _size(picture), "clip": _size(clip), "times": f"{enlargement:.1f}"}
        severity: Severity = "warning" if enlargement > LARGE_ENLARGEMENT else "hint"
        message = "too_small" if enlargement > 1 else "too_small_for_models"
        if enlargement > 1 or framing.is_model:
            yield _advice("too_small", values, severity=severity, message=message)
    share = (shown.width * shown.height) / (picture[0] * picture[1])
    if framing.fit == "cover" and share < LEAST_SHOWN_SHARE:
        values = {"percent": round(100 * share), "clip": _size(clip)}
        yield _advice("extreme_ratio", values, (_box(shown, picture),), _another_size(picture, framing), "hint")
    elif framing.fit == "pad" and 1 / share < LEAST_SHOWN_SHARE:
        values = {"percent": round(100 - 100 / share), "clip": _size(clip)}
        remedy = _another_size(picture, framing)
        yield _advice("extreme_ratio", values, None, remedy, "hint", message="extreme_ratio_padded")
    elif framing.fit == "stretch":
        pull = (clip[0] / clip[1]) / (picture[0] / picture[1])
        if max(pull, 1 / pull) > 1 / LEAST_SHOWN_SHARE:
            values = {"times": f"{max(pull, 1 / pull):.1f}", "clip": _size(clip)}
            remedy = _another_size(picture, framing)
            yield _advice("extreme_ratio", values, None, remedy, "hint", message="extreme_ratio_stretched")


def _on_borders(measures: PictureMeasures, framing: Framing) -> Iterator[Advice]:
    left, top, right, bottom = measures.borders
    if not any(measures.borders):
        return
    picture = (measures.width, measures.height)
    inner = Crop(left * picture[0], top * picture[1], (1 - left - right) * picture[0], (1 - top - bottom) * picture[1])
    shown = shown_part(picture, framing.clip_size, framing.fit, framing.place)
    if _is_inside(shown, inner, picture):
        return  # cut off with the rest
    yield _advice("borders", {}, measures.areas["borders"], _without_bars(picture, inner, framing))


def _without_bars(picture: tuple[int, int], inner: Crop, framing: Framing) -> Remedy | None:
    """A cut that leaves the bars out, in the clip's own size if there is one, else in the picture's proportions."""
    sizes = [framing.clip_size, *_sizes_like(inner.width / inner.height, framing)]
    for size in sizes:
        whole = shown_part(picture, size, "cover")
        place = (
            _place(inner.left, inner.width, whole.width, picture[0]),
            _place(inner.top, inner.height, whole.height, picture[1]),
        )
        if _is_inside(shown_part(picture, size, "cover", place), inner, picture):
            options: dict[str, object] = {"fit": "cover", "crop_x": place[0], "crop_y": place[1]}
            if size != framing.clip_size:
                options |= {"width": size[0], "height": size[1]}
            return Remedy("without_bars", options=options)
    return None


def _another_size(picture: tuple[int, int], framing: Framing) -> Remedy | None:
    """A clip of as many pixels in proportions nearer to the picture's, where that shows more of it."""
    for size in _sizes_like(picture[0] / picture[1], framing):
        before = shown_part(picture, framing.clip_size, "cover")
        after = shown_part(picture, size, "cover")
        if after.width * after.height > 1.2 * before.width * before.height:
            values = {"width": size[0], "height": size[1]}
            return Remedy("clip_size", options={**values, "fit": "cover"}, values=values)
    return None


def _sizes_like(proportion: float, framing: Framing) -> Iterator[tuple[int, int]]:
    """Sizes with about as many pixels as the clip, no more oblong than models were trained for."""
    pixels = framing.clip_size[0] * framing.clip_size[1]
    proportion = min(max(proportion, 1 / _MOST_OBLONG), _MOST_OBLONG)
    width = (pixels * proportion) ** 0.5
    for extra in (1.0, 1.03, 0.97):  # multiples of the step are not quite the proportions wanted
        size = (_stepped(width * extra, framing), _stepped(pixels / width / extra, framing))
        if size != framing.clip_size:
            yield size


def _stepped(side: float, framing: Framing) -> int:
    return max(64, min(round(side / _SIZE_STEP_PX) * _SIZE_STEP_PX, framing.largest_side // 8 * 8))


def _place(inner_start: float, inner_length: float, length: float, side: float) -> float:
    """Where along one axis a part must sit so that its middle is that of the inner picture."""
    room = side - length
    if room < 1e-6:
        return 0.5
    return round(min(1.0, max(0.0, (inner_start + inner_length / 2 - length / 2) / room)), 3)


def _runs_out(subject: Box, whole: Crop, picture: tuple[int, int]) -> bool:
    """Whether a thing is not whole anyway: it ends at an edge of the picture beside which the cut may lie."""
    axes = ((subject[0], subject[2], whole.width < picture[0]), (subject[1], subject[3], whole.height < picture[1]))
    return any(is_cut and (start < _EDGE_SHARE or start + side > 1 - _EDGE_SHARE) for start, side, is_cut in axes)


def _lost(subject: Box, shown: Box) -> float:
    """Share of a box that lies outside another."""
    across = min(subject[0] + subject[2], shown[0] + shown[2]) - max(subject[0], shown[0])
    down = min(subject[1] + subject[3], shown[1] + shown[3]) - max(subject[1], shown[1])
    return 1 - max(0.0, across) * max(0.0, down) / (subject[2] * subject[3])


def _is_inside(shown: Crop, inner: Crop, picture: tuple[int, int]) -> bool:
    across, down = BAR_SHARE * picture[0], BAR_SHARE * picture[1]
    return (
        shown.left >= inner.left - across
        and shown.top >= inner.top - down
        and shown.left + shown.width <= inner.left + inner.width + across
        and shown.top + shown.height <= inner.top + inner.height + down
    )


def _advice(
    code: str,
    values: Mapping[str, object],
    where: tuple[Box, ...] | None = None,
    remedy: Remedy | None = None,
    severity: Severity = "warning",
    *,
    message: str = "",
) -> Advice:
    return Advice(code, severity, values, where or None, remedy, "picture", message)


def _is_mended(code: str, measures: PictureMeasures) -> bool:
    """Whether the option `preprocess` has something to work with: nothing is brought out of a white sheet."""
    if code == "blurred":
        return measures.blur_px is not None and measures.blur_px <= LARGEST_BLUR_PX
    if code == "low_contrast":
        is_sharp = measures.blur_px is not None and measures.blur_px <= SHARP_PX
        return is_sharp and measures.contrast_levels * LARGEST_GAIN >= CONTRAST_LEVELS
    return True


def _with_remedy(advice: Advice, mended: Collection[str]) -> Advice:
    """The switch that mends it, where the engine has one and nothing better is known."""
    if advice.remedy or advice.code not in mended:
        return advice
    return replace(advice, remedy=Remedy("preprocess", options={"preprocess": True}))


def _parts(boxes: tuple[Box, ...]) -> tuple[Box, ...] | None:
    """None where it is as good as everywhere."""
    return boxes if boxes and sum(width * height for _, _, width, height in boxes) < 0.8 else None


def _box(part: Crop, picture: tuple[int, int]) -> Box:
    return (
        round(part.left / picture[0], 4),
        round(part.top / picture[1], 4),
        round(part.width / picture[0], 4),
        round(part.height / picture[1], 4),
    )


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
