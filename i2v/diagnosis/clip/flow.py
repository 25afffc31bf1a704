"""Motion between neighbouring frames: dense optical flow, and the camera's share of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from i2v.diagnosis.clip.frames import Array, Blocks, Grey, Mask

Vector = npt.NDArray[np.float64]
Pixels = TypeVar("Pixels", Grey, Array)

_STEP = 6  # pixels between the points that the camera is fitted to
_MARGIN = 6  # pixels at the edges, where flow is guessed
_ROUNDS = 12  # of reweighting, at most
_SETTLED = 1e-4  # pixels from one round to the next
_LEAST_SCALE = 0.05  # pixels: flow is no finer than this
_LEVEL, _CONTRAST = 120.0, 45.0  # of the frames that flow is sought in
_MOST_GAIN = 6.0
_NEAR_SCALE = 2  # of the pyramid, a quarter of the frame: coarser ones make false patterns of what repeats
_SOFT = 4.0  # pixels, of the Gaussian that leaves nothing of a fine texture
_FITS, _EXPLAINS = 0.15, 0.4  # of the contrast, and of what differs: a camera that leaves less has been found
_ALIKE = 0.5  # pixels: far less than what any texture that flow can follow repeats at
_BETTER, _FAR_BETTER = 0.8, 0.5  # of what the nearer way leaves


@dataclass(frozen=True)
class Camera:
    """What the whole frame does from one frame to the next, as a linear mixture, in half widths of the frame.

    Attributes:
        x: to the right.
        y: down.
        growth: outwards, per half width from the centre.
        turn: clockwise, likewise.
        yaw: how much more the right edge grows than the left one, as an orbit shows it.
        pitch: how much more the lower edge grows than the upper one.
        stretch: wider and lower, as an orbit foreshortens.
        shear: to the right below and downwards at the right.
    """

    x: float
    y: float
    growth: float
    turn: float
    yaw: float
    pitch: float
    stretch: float
    shear: float

    def matrix(self) -> npt.NDArray[np.float64]:
        """The homography (3, 3) of the move, in half widths from the frame's centre."""
        grown, stretch, shear, turn = 1 + self.growth, self.stretch, self.shear, self.turn
        return np.array(
            [
                [grown + stretch, shear - turn, self.x],
                [shear + turn, grown - stretch, self.y],
                [-self.yaw, -self.pitch, 1.0],
            ]
        )


@dataclass(frozen=True)
class Seen:
    """What there is to see at the points of a frame that the camera is fitted to: the structure tensor around each, its
    parts across, mixed and down, whose sum is 0 … 1, (points,) each. An edge has it in one direction, a corner in both.
    """

    xx: Vector
    xy: Vector
    yy: Vector


class Flow:
    """Seeks flow between frames of one size and fits the camera to it."""

    def __init__(self, height: int, width: int) -> None:
        self._near, self._far = (cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM) for _ in range(2))
        self._near.setCoarsestScale(_NEAR_SCALE)
        self._half = width / 2
        self._window = cv2.createHanningWindow((width, height), cv2.CV_32F)
        self._points = slice(_MARGIN, height - _MARGIN, _STEP), slice(_MARGIN, width - _MARGIN, _STEP)
        self._u, self._v = _grid(height, width, self._half)
        u, v = (each[self._points].ravel().astype(np.float64) for each in (self._u, self._v))
        one, none = np.ones_like(u), np.zeros_like(u)
        # A homography's parts as `Camera` names them, of which the flow is a linear mixture
        across = np.stack([one, none, u, -v, u * u, u * v, u, v], axis=1)
        along = np.stack([none, one, v, u, u * v, v * v, -v, u], axis=1)
        self._across, self._along = across, along  # (points, 8) each

    def between(self, before: Grey, after: Grey, known: Mask | None = None) -> Array:
        """The way of each pixel of `before`, float32 (height, width, 2) in pixels, where it is no more than a twentieth
        of the width. Light is evened out first; what of `after` is not known does not move."""
        filled = after if known is None else np.where(known, after, before)
        flow: Array = self._near.calc(_evened(before), _evened(filled), None)
        return flow

    def follow(self, before: Grey, after: Grey, last: Camera | None) -> tuple[Array, Camera]:
        """The way of each pixel to the next frame, and the camera's share of it.

        A texture that repeats fits itself in many places. A near way is taken if it goes on as in the step before
        (`last`), or as the frame shifts as a whole, or if it fits; else that shift, `last`, what is left without the
        fine texture and a far way are tried, until one leaves far less or is found again.
        """
        one, other = _evened(before), _evened(after)
        way: Array = self._near.calc(one, other, None)
        seen = self.seen(one)
        camera = self.camera(way, seen)
        shift = self._shift(one, other)
        if (last and self._are_alike(camera, last)) or self._are_alike(camera, shift):
            return way, camera
        left = _left(one, other, camera)
        good = _FAR_BETTER * left
        if left < _FITS * float(one.std()) and left < _EXPLAINS * _left(one, other):
            return way, camera
        for guess in self._guesses(one, other, (shift, last), seen):
            if left < good or self._are_alike(camera, guess):
                break
            if _left(one, other, guess) > left:
                continue
            tried = self._refined(one, other, guess)
            found = self.camera(tried, seen)
            off = _left(one, other, found)
            if off < _BETTER * left:
                way, camera, left = tried, found, off
        return way, camera

    def _guesses(self, one: Grey, other: Grey, known: tuple[Camera | None, ...], seen: Seen) -> Iterator[Camera]:
        """Where else the camera may have gone, those that are known first."""
        yield from (guess for guess in known if guess)
        yield self.camera(self._soft(one, other), seen)
        yield self.camera(self._far.calc(one, other, None), seen)

    def _are_alike(self, one: Camera, other: Camera) -> bool:
        """Whether two cameras let a pixel go nearly the same way."""
        apart = self._half * np.subtract(astuple(one), astuple(other))
        return float(np.hypot(self._across @ apart, self._along @ apart).mean()) < _ALIKE

    def _soft(self, one: Grey, other: Grey) -> Array:
        """The way of what is left without the fine texture."""
        height, width = one.shape
        size = (width // 2, height // 2)
        small = [cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in (one, other)]
        first, second = (cv2.GaussianBlur(each, (0, 0), _SOFT / 2) for each in small)
        way = self._near.calc(first, second, None)
        larger: Array = cv2.resize(way, (width, height)) * np.float32(2)
        return larger

    def _shift(self, one: Grey, other: Grey) -> Camera:
        """The shift by which two frames fit best as a whole, by the phase of what is in them: a texture that repeats
        has its own irregularity, and that fits in one place alone."""
        (x, y), _ = cv2.phaseCorrelate(one.astype(np.float32), other.astype(np.float32), self._window)
        return Camera(x / self._half, y / self._half, 0, 0, 0, 0, 0, 0)

    def _refined(self, one: Grey, other: Grey, guess: Camera) -> Array:
        """The way beyond that of a guess, and that."""
        by_guess = self.of_camera(guess)
        brought, known = warp(other, by_guess)
        return np.asarray(by_guess + self._near.calc(one, np.where(known, brought, one), None), np.float32)

    def seen(self, grey: Grey) -> Seen:
        """What there is to see at each point."""
        across, down = (cv2.Sobel(grey, cv2.CV_32F, x, y, ksize=3) for x, y in ((1, 0), (0, 1)))
        products = ((across, across), (across, down), (down, down))
        xx, xy, yy = (cv2.blur(cv2.multiply(*pair), (9, 9))[self._points].ravel().astype(float) for pair in products)
        root = np.sqrt(xx + yy)
        share = root / (root + max(float(root.mean()), 1e-6)) / np.maximum(xx + yy, 1e-6)
        return Seen(xx * share, xy * share, yy * share)

    def camera(self, flow: Array, seen: Seen) -> Camera:
        """The move that most of the frame makes: least squares, reweighted (Cauchy) until what moves by itself counts
        for little. Where there is nothing to see nothing is believed, and of an edge only its way across itself."""
        x, y = flow[self._points].reshape(-1, 2).astype(np.float64).T
        xx, xy, yy = seen.xx, seen.xy, seen.yy
        weights = np.maximum(xx + yy, 1e-9)
        by_x = xx[:, None] * self._across + xy[:, None] * self._along
        by_y = xy[:, None] * self._across + yy[:, None] * self._along
        fit = np.zeros(8)
        fit[:2] = np.median(x), np.median(y)
        for _ in range(_ROUNDS):
            off_x, off_y = x - self._across @ fit, y - self._along @ fit
            apart = np.sqrt(np.maximum(xx * off_x**2 + 2 * xy * off_x * off_y + yy * off_y**2, 0) / weights)
            scale = max(_LEAST_SCALE, 1.5 * _weighted_median(apart, weights))
            pull = (1 / (1 + (apart / scale) ** 2))[:, None]
            to_x, to_y = pull * by_x, pull * by_y
            squared = to_x.T @ self._across + to_y.T @ self._along
            solved = np.linalg.solve(squared + 1e-6 * np.eye(8), to_x.T @ x + to_y.T @ y)
            before, fit = fit, np.asarray(solved, np.float64)
            if np.abs(fit - before).max() < _SETTLED:
                break
        return Camera(*(float(part) for part in fit / self._half))

    def of_camera(self, camera: Camera) -> Array:
        """The flow (height, width, 2) in pixels that the camera alone would make."""
        u, v = self._u, self._v
        bend = camera.yaw * u + camera.pitch * v
        across = camera.x + (camera.growth + camera.stretch + bend) * u + (camera.shear - camera.turn) * v
        along = camera.y + (camera.growth - camera.stretch + bend) * v + (camera.shear + camera.turn) * u
        return (self._half * np.stack([across, along], axis=-1)).astype(np.float32)


def warp(after: Pixels, flow: Array) -> tuple[Pixels, Mask]:
    """The later frame brought back onto the earlier one, and where it is known."""
    height, width = flow.shape[:2]
    places = _places(height, width) + flow
    known = cv2.inRange(places, (0, 0), (width - 1, height - 1)) > 0
    back = cv2.remap(after, places, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return cast("Pixels", back), known


@lru_cache(maxsize=2)
def _places(height: int, width: int) -> Array:
    """Of each pixel, (height, width, 2)."""
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack([columns, rows], axis=-1)


def warp_far(after: npt.NDArray[Any], way: npt.NDArray[np.float64]) -> tuple[Array, npt.NDArray[np.bool_]]:
    """A much later frame, (height, width) or with channels, brought back by the camera's whole way, a homography in
    half widths, and where it is known."""
    height, width = after.shape[:2]
    half = width / 2
    to_pixels = np.array([[half, 0, width / 2 - 0.5], [0, half, height / 2 - 0.5], [0, 0, 1]])
    matrix = to_pixels @ way @ np.linalg.inv(to_pixels)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    back = cv2.warpPerspective(after.astype(np.float32), matrix, (width, height), flags=flags)
    inside = np.zeros((height, width), np.uint8)
    inside[2:-2, 2:-2] = 1
    known = cv2.warpPerspective(inside, matrix, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return back, known > 0


def fits_better(one: Grey, other: Grey | Array, camera: Camera) -> bool:
    """Whether two frames differ less once the camera's share is taken off: in a texture that repeats, what flow finds
    between two that lie over each other is next to nothing, but adds up."""
    return _left(one, other, camera) < _left(one, other)


def _left(one: Grey, other: Grey | Array, camera: Camera | None = None) -> float:
    """What a camera, or none, leaves between two frames, in levels: of the blocks' means the mean by their roots, so
    that one thing with texture that goes its own way does not outweigh a flat drawing."""
    back, known = warp_far(other, camera.matrix()) if camera else (other.astype(np.float32), np.ones(one.shape, bool))
    off = Blocks(known).means(cv2.absdiff(back, one.astype(np.float32)))
    told = off[np.isfinite(off)]
    return float(np.sqrt(told).mean() ** 2) if told.size else 255.0


def _evened(grey: Grey) -> Grey:
    """The frame at one brightness and contrast, so that a change of light is no motion."""
    mean, spread = (float(each[0, 0]) for each in cv2.meanStdDev(grey))
    gain = min(_MOST_GAIN, _CONTRAST / max(spread, 1e-3))
    levels = np.clip(np.rint(_LEVEL + gain * (np.arange(256) - mean)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(grey, levels), np.uint8)


def texture_of(grey: Grey) -> Array:
    """How much there is to see around each pixel: the smaller eigenvalue of the structure tensor, 0 … 1."""
    least: Array = cv2.cornerMinEigenVal(grey, 9, ksize=3)
    root = np.sqrt(np.maximum(least, 0))
    return (root / (root + max(float(root.mean()), 1e-6))).astype(np.float32)


def lengths_of(flow: Array) -> Array:
    """How far each pixel goes, (height, width)."""
    return np.asarray(cv2.magnitude(*cv2.split(flow)), np.float32)


def _weighted_median(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order[min(len(order) - 1, int(np.searchsorted(total, total[-1] / 2)))]])


def _grid(height: int, width: int, half: float) -> tuple[Array, Array]:
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return (columns + 0.5 - width / 2) / half, (rows + 0.5 - height / 2) / half
