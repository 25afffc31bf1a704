"""Known faults put into good clips, each at five strengths, and the strength from which a person sees it.

Which one that is was fixed before anything was measured, for a clip of 384 px looked at from three times its height:
the reason stands with each fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.clip_material import Clip, Film
from benchmarks.clip_pictures import clouds

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        name: with the unit of its strengths.
        code: what the advice should say.
        strengths: five, the weakest first.
        visible: the first of them that is seen.
        reason: why from there.
        inject: a clip and a strength into its frames.
        prompt: the sentence that the clip is judged by, where that is the fault: a clip's own into another.
        is_for: whether a clip can have it.
        is_shown: whether a clip shows it at a strength at all.
    """

    name: str
    code: str
    strengths: tuple[float, float, float, float, float]
    visible: float
    reason: str
    inject: Callable[[Clip, float], Film]
    prompt: Callable[[str], str] = str
    is_for: Callable[[Clip], bool] = lambda clip: True
    is_shown: Callable[[Clip, float], bool] = lambda clip, strength: True

    def is_seen(self, strength: float) -> bool:
        return self.strengths.index(strength) >= self.strengths.index(self.visible)


def _each(frames: Film, change: Callable[[int, Floats], npt.NDArray[np.floating]]) -> Film:
    made = [np.clip(np.rint(change(at, frame.astype(np.float32))), 0, 255) for at, frame in enumerate(frames)]
    return np.stack(made).astype(np.uint8)


def _growing(at: int, film: Film) -> float:
    """0 in the first frame, 1 in the last."""
    return at / (len(film) - 1)


def freeze(clip: Clip, held: float) -> Film:
    film = clip.plain.copy()
    begin = len(film) // 2 - int(held) // 2
    film[begin : begin + int(held) + 1] = film[begin]
    return film


def blacken(clip: Clip, count: float) -> Film:
    film = clip.plain.copy()
    begin = len(film) // 2 - int(count) // 2
    film[begin : begin + int(count)] = 0
    return film


def flicker(clip: Clip, percent: float) -> Film:
    return _each(clip.plain, lambda at, frame: frame * (1 + percent / 100 * (-1) ** at))


def changes_a_level(clip: Clip, percent: float) -> bool:
    """Whether flicker changes the frames' mean light by a level of the 255 from one to the next: what is less a file of
    8 bits hardly holds, and on a dark screen nobody sees it."""
    luma = np.asarray([0.299, 0.587, 0.114])
    return 2 * percent / 100 * float((clip.plain.mean(axis=(0, 1, 2)) * luma).sum()) >= 1


def blur(clip: Clip, sigma: float) -> Film:
    film = clip.plain
    return _each(film, lambda at, frame: cv2.GaussianBlur(frame, (0, 0), max(0.05, sigma * _growing(at, film))))


def noise(clip: Clip, levels: float) -> Film:
    film, random = clip.plain, np.random.default_rng(5)
    return _each(film, lambda at, frame: frame + random.normal(0, levels * _growing(at, film), frame.shape))


def colour(clip: Clip, delta_e: float) -> Film:
    film = clip.plain
    return _each(film, lambda at, frame: _tinted(frame, delta_e * _growing(at, film)))


def _tinted(frame: Floats, delta_e: float) -> Floats:
    lab = cv2.cvtColor(frame / 255, cv2.COLOR_RGB2LAB)
    lab += np.array([0, 0.6, 0.8], np.float32) * delta_e
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255, np.float32)


def cast(clip: Clip, delta_e: float) -> Film:
    """A tint that is there from the first frame on."""
    return _each(clip.plain, lambda at, frame: _tinted(frame, delta_e))


def morph(clip: Clip, share: float) -> Film:
    film = clip.plain
    other = clouds(4242)[: film.shape[1], : film.shape[2]].astype(np.float32)
    return _each(film, lambda at, frame: frame + (other - frame) * share * _growing(at, film))


def other_picture(clip: Clip, share: float) -> Film:
    """Wrong from its first frame on, and no more so at its end."""
    film = clip.plain
    other = clouds(4242)[: film.shape[1], : film.shape[2]].astype(np.float32)
    return _each(film, lambda at, frame: frame + (other - frame) * share)


def warp(clip: Clip, pixels: float) -> Film:
    """Everything is bent, further and further: waves of a sixth of the frame."""
    film, random = clip.plain, np.random.default_rng(6)
    height, width = film.shape[1:3]
    bend = random.normal(0, 1, (6, 6, 2)).astype(np.float32)
    field = cv2.resize(bend, (width, height), interpolation=cv2.INTER_CUBIC)
    field /= np.sqrt(np.mean(np.sum(field**2, axis=2)))
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))

    def bent(at: int, frame: Floats) -> Floats:
        way = field * pixels * _growing(at, film)
        return np.asarray(
            cv2.remap(frame, columns + way[..., 0], rows + way[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        )

    return _each(film, bent)


def judder(clip: Clip, share: float) -> Film:
    return clip.film([at + share / 2 * (at % 2) for at in range(clip.num_frames)])


def tile(clip: Clip, levels: float) -> Film:
    film = clip.plain
    step = np.zeros(film.shape[1:], np.float32)
    step[:, film.shape[2] // 3 :] = levels
    step[film.shape[1] // 3 :] += levels
    return _each(film, lambda at, frame: frame + step)


def chunk(clip: Clip, pixels: float) -> Film:
    """From the middle on another piece: shifted, and lighter by as many levels."""
    film = clip.plain
    shift = np.array([[1, 0, pixels * 0.8], [0, 1, pixels * 0.6]], np.float32)
    size = (film.shape[2], film.shape[1])

    def changed(at: int, frame: Floats) -> Floats:
        if at < len(film) // 2:
            return frame
        return np.asarray(
            cv2.warpAffine(frame, shift, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        ) + np.float32(pixels)

    return _each(film, changed)


_OPPOSITES = {
    "zoom in": "zoom out",
    "pan left": "pan right",
    "tilt up": "tilt down",
    "roll clockwise": "roll counterclockwise",
    "to the left": "to the right",
}
_OPPOSITES |= {other: one for one, other in _OPPOSITES.items()}
_ORDINARY = 10.0  # percent of the width per second that speed 1 makes of a pan


def _opposite(prompt: str) -> str:
    found = next(words for words in _OPPOSITES if words in prompt)
    return prompt.replace(found, _OPPOSITES[found])


def _moving(clip: Clip, percent: float) -> Film:
    return clip.film(speed=max(1e-6, percent / _ORDINARY))


def _has_move(clip: Clip) -> bool:
    return any(words in clip.prompt for words in _OPPOSITES) and not any(clip.way)


FAULTS: Mapping[str, Fault] = {
    "freeze": Fault(
        "frames held", "frozen", (1, 2, 4, 6, 8), 4,
        "half a second; shorter, and it passes for a slow start", freeze, is_for=_has_move,
    ),
    "black": Fault(
        "black frames", "black", (1, 2, 3, 4, 6), 1,
        "an eighth of a second of black is a blink nobody misses", blacken,
    ),
    "flicker": Fault(
        "flicker, ± %", "flicker", (0.25, 0.5, 1, 2, 4), 1,
        "±1 % at 4 Hz all over; the eye's threshold is near 0.5 %. Where that is less than a level, a level",
        flicker, is_shown=changes_a_level,
    ),
    "blur": Fault(
        "growing blur, pixels", "blur", (0.3, 0.6, 1.0, 1.6, 2.5), 1.0,
        "details of four pixels keep a third of it", blur,
    ),
    "noise": Fault(
        "growing noise, levels", "noise", (1.5, 3, 6, 10, 16), 6,
        "2 % of white per pixel: grain just seen in a photograph", noise,
    ),
    "colour": Fault(
        "growing colour shift, ΔE", "colour_shift", (1, 2, 4, 8, 14), 4,
        "ΔE 2.3 is just seen side by side, twice that over two seconds", colour,
    ),
    "cast": Fault(
        "tint from the first frame on, ΔE", "colour_shift", (1, 2, 4, 8, 14), 4,
        "as a growing shift; the picture stands beside the clip", cast,
    ),
    "morph": Fault(
        "morph, share of another picture", "drift", (0.1, 0.2, 0.35, 0.5, 0.8), 0.35,
        "a third of another picture shows its shapes", morph,
    ),
    "other": Fault(
        "another picture from the first frame on, its share", "drift", (0.1, 0.2, 0.35, 0.5, 0.8), 0.35,
        "as a growing one, seen beside the picture", other_picture,
    ),
    "warp": Fault(
        "warp, pixels", "drift", (1, 2, 4, 8, 14), 8,
        "2 % of the width: straight lines and faces are visibly bent", warp,
    ),
    "judder": Fault(
        "judder, share of the pace", "uneven", (0.1, 0.25, 0.5, 0.75, 1.0), 0.5,
        "paces of 3 to 1 in turn; 1.0 doubles every other frame", judder, is_for=_has_move,
    ),
    "tile": Fault(
        "tile seam, levels", "seam", (1, 2, 4, 7, 12), 4,
        "1.6 % of white along a straight line; the eye sees 1 %", tile, is_for=_has_move,
    ),
    "chunk": Fault(
        "chunk border, pixels and levels", "jump", (1, 2, 4, 8, 14), 8,
        "2 % of the width in one frame, and 3 % of white", chunk,
    ),
    "direction": Fault(
        "wrong direction, % of the width per second", "wrong_direction", (1, 1.5, 3, 6, 10), 3,
        "3 % of the width per second: 6 % over the clip", _moving, _opposite, _has_move,
    ),
    "still": Fault(
        "no motion, % of the width per second", "no_motion", (2.5, 1.5, 0.5, 0.25, 0), 0.5,
        "0.5 % of the width per second: 1 % over the whole clip", _moving, is_for=_has_move,
    ),
}  # fmt: skip
