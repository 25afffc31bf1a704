"""`python -m benchmarks.preprocess`: how much nearer the option `preprocess` brings faulty pictures to good ones.

Faults are put into good pictures at five strengths each, the pictures are treated, and what a clip would show of them
is compared with what it would show of the good one: PSNR in dB, after less before. Pictures are the app's examples and
made ones (dead leaves: ellipses of all sizes over each other, which have edges and detail as photographs do). The
treatment was set on the seeds of `DEVELOPMENT`; those of `HELD_OUT` judge it. `--pictures DIR` judges by photographs
of your own.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageOps

from i2v.diagnosis.picture.treatment import decide_treatment
from i2v.domain.crop import MIDDLE
from i2v.domain.options import Options
from i2v.engines.i2vgen_xl.pictures import fit_picture
from i2v.media.preprocess import treat_picture
from i2v.ui.assets import EXAMPLES, load_examples

if TYPE_CHECKING:
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

CLIP = (512, 512)
DEVELOPMENT, HELD_OUT = range(4), range(100, 112)


@dataclass(frozen=True)
class Fault:
    """A way to spoil a picture, and five strengths of it, the weakest first; `draw` makes the pictures it needs."""

    strengths: tuple[float, ...]
    inject: Callable[[Pixels, float], Pixels]
    draw: Callable[[int], Pixels] | None = None


@dataclass(frozen=True)
class Outcome:
    """One picture with one fault: how near it was to the good one, and is now; None where the treatment did nothing."""

    picture: str
    before_db: float
    after_db: float | None

    @property
    def gain_db(self) -> float:
        return 0.0 if self.after_db is None else self.after_db - self.before_db


def draw_leaves(seed: int, side: int = 512) -> Pixels:
    """A picture of ellipses over each other, uint8 (side, side, 3): sizes by a power law, each with some texture."""
    rng = np.random.default_rng(seed)
    large = 2 * side
    canvas = np.full((large, large, 3), rng.uniform(30, 220, 3), np.float32)
    spectrum = np.fft.fftfreq(large)[:, None] ** 2 + np.fft.fftfreq(large)[None] ** 2
    spectrum[0, 0] = 1
    texture = np.fft.ifft2(np.fft.fft2(rng.normal(size=(large, large))) / spectrum**0.6).real
    texture = (texture / texture.std()).astype(np.float32)
    least, most = 6.0**-2, (large / 3) ** -2
    radii = np.sort((rng.uniform(0, 1, 600) * (least - most) + most) ** -0.5)[::-1]
    for radius in radii:
        mask = np.zeros((large, large), np.uint8)
        centre, axes = rng.uniform(0, large, 2), (2 * radius, 2 * radius * rng.uniform(0.5, 1))
        cv2.ellipse(mask, (tuple(map(float, centre)), axes, float(rng.uniform(0, 180))), 255, -1, cv2.LINE_AA)
        left, top, width, height = cv2.boundingRect(mask)
        part = np.s_[top : top + height, left : left + width]
        colour = rng.uniform(10, 245, 3)
        colour = colour.mean() + 0.6 * (colour - colour.mean())
        cover = mask[part][..., None].astype(np.float32) / 255
        canvas[part] += cover * (colour + rng.uniform(0, 9) * texture[part][..., None] - canvas[part])
    return _rounded(cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA))


def draw_subject(seed: int, side: int = 512) -> Pixels:
    """One thing in the middle of a plain ground, uint8 (side, side, 3)."""
    ground = np.random.default_rng(seed).uniform(150, 235, 3)
    across, down = np.meshgrid(np.arange(side) - side / 2, np.arange(side) - side / 2)
    is_thing = np.hypot(across, 1.3 * down) < 0.27 * side
    return _rounded(np.where(is_thing[..., None], draw_leaves(seed, side) * 0.55, ground))


def add_noise(pixels: Pixels, sigma: float) -> Pixels:
    """White noise in each channel."""
    return _rounded(pixels + np.random.default_rng(0).normal(0, sigma, pixels.shape))


def add_blur(pixels: Pixels, sigma: float) -> Pixels:
    """Gaussian, sigma in pixels of the clip."""
    scale = min(pixels.shape[0] / CLIP[1], pixels.shape[1] / CLIP[0])
    return _rounded(cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), sigma * scale))


def lower_contrast(pixels: Pixels, share: float, towards: float = 128) -> Pixels:
    """What is left of the distance to a grey."""
    return _rounded(towards + share * (pixels.astype(np.float32) - towards))


def make_small(pixels: Pixels, times: float, how: Image.Resampling) -> Pixels:
    """So many times smaller than the clip."""
    side = round(CLIP[0] / times)
    return np.asarray(Image.fromarray(pixels).resize((side, side), how))


def add_bars(pixels: Pixels, share: float) -> Pixels:
    """Black, on all sides, each as wide as this share of the picture."""
    bar = round(share * pixels.shape[1])
    return np.pad(pixels, ((bar, bar), (bar, bar), (0, 0)))


def move_aside(pixels: Pixels, share: float) -> Pixels:
    """A wider picture, what stands out in it this share of the clip's width off the middle."""
    side = pixels.shape[1]
    wide = np.pad(pixels, ((0, 0), (side // 2, side // 2), (0, 0)), mode="edge")
    return np.roll(wide, round(share * side), axis=1)


FAULTS: Mapping[str, Fault] = {
    "noise, σ in levels": Fault((8, 14, 20, 28, 36), add_noise),
    "blur, σ in px of the clip": Fault((1.6, 2.0, 2.5, 3.2, 4.0), add_blur),
    "contrast, share left": Fault((0.45, 0.38, 0.32, 0.25, 0.18), lower_contrast),
    "haze, share left": Fault((0.45, 0.38, 0.32, 0.25, 0.18), partial(lower_contrast, towards=200)),
    "small, times (Lanczos)": Fault((2.0, 2.25, 2.6, 3.2, 4.0), partial(make_small, how=Image.Resampling.LANCZOS)),
    "small, times (mean)": Fault((2.0, 2.25, 2.6, 3.2, 4.0), partial(make_small, how=Image.Resampling.BOX)),
    "bars, share of the side": Fault((0.02, 0.05, 0.1, 0.15, 0.25), add_bars),
    "off the middle, share of the width": Fault((0.38, 0.4, 0.43, 0.46, 0.5), move_aside, draw_subject),
}


def treat(pixels: Pixels) -> tuple[Pixels, bool]:
    """The picture as `preprocess` makes it, cut as it says, and whether that did anything."""
    options = Options(width=CLIP[0], height=CLIP[1])
    treatment = decide_treatment(pixels, options)
    treated = treat_picture(pixels, treatment)
    return _shown(treated, treatment.place) if treatment.place else treated, bool(treatment)


def judge(name: str, clean: Pixels, spoilt: Pixels) -> Outcome:
    """How near the spoilt picture and the treated one are to the clean one, as a clip shows them."""
    treated, has_acted = treat(spoilt)
    before = closeness(_shown(spoilt), _shown(clean))
    return Outcome(name, before, closeness(_shown(treated), _shown(clean)) if has_acted else None)


def closeness(one: Pixels, other: Pixels) -> float:
    """PSNR in dB; 99 for equal pictures."""
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def pictures(seeds: Iterable[int], folder: Path | None) -> dict[str, Pixels]:
    """The examples and made pictures, or the photographs of a folder."""
    if folder:
        return {path.name: _read(path) for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES}
    examples = {example["name"]: _read(EXAMPLES / example["name"]) for example in load_examples()}
    return examples | {f"leaves {seed}": draw_leaves(seed) for seed in seeds}


_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


def _read(path: Path) -> Pixels:
    """The middle of a photograph: a square, so that no proportions are rounded where pictures are compared."""
    with Image.open(path) as image:
        return np.asarray(ImageOps.fit(image.convert("RGB"), (min(image.size),) * 2))


def _shown(pixels: Pixels, place: tuple[float, float] = MIDDLE) -> Pixels:
    return np.asarray(fit_picture(pixels, CLIP, place, exact=False))


def _rounded(values: npt.NDArray[np.floating]) -> Pixels:
    rounded: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded


def main() -> None:
    """Prints a table for docs/coach.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--development", action="store_true", help="the pictures that it was set on")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="photographs instead of made pictures")
    parsed = parser.parse_args()
    seeds = DEVELOPMENT if parsed.development else HELD_OUT
    good = pictures(seeds, parsed.pictures)
    touched = [name for name, pixels in good.items() if treat(pixels)[1]]
    print(f"Clean pictures changed: {len(touched)} of {len(good)} {touched or ''}\n")
    print("| fault | strength | acts on | gain, mean | gain, least |\n|---|---|---|---|---|")
    for fault, how in FAULTS.items():
        fitting = {f"subject {seed}": how.draw(seed) for seed in seeds} if how.draw else good
        for strength in how.strengths:
            outcomes = [judge(name, pixels, how.inject(pixels, strength)) for name, pixels in fitting.items()]
            acted = [outcome for outcome in outcomes if outcome.after_db is not None]
            if not acted:
                print(f"| {fault} | {strength} | 0 of {len(outcomes)} | | |")
                continue
            least = min(acted, key=lambda outcome: outcome.gain_db)
            mean = sum(outcome.gain_db for outcome in acted) / len(acted)
            worst = f"{least.gain_db:+.2f} dB ({least.picture})"
            print(f"| {fault} | {strength} | {len(acted)} of {len(outcomes)} | {mean:+.2f} dB | {worst} |", flush=True)


if __name__ == "__main__":
    main()
