"""Small rooms of solid bodies, seen through rays that walk until they touch one: soft shadows, sky light, gloss.

A body is a function from points, float32 (3, n), to their distances from its surface, float32 (n,). The room is metres,
y up. After Quílez, "Raymarching signed distance fields".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from i2v.examples.brushes import Paint, hex_colour

Array = npt.NDArray[np.float32]
Body = Callable[[Array], Array]
Colouring = Callable[[Array], Array]
"""From points on a body, (3, n), to their colours, (3, n)."""
Vector = tuple[float, float, float]

_STEPS, _NEAR_ENOUGH, _RAYS = 100, 0.0008, 60_000
_ROUGH, _AROUND = 0.035, np.ones((3, 3), np.uint8)
_CORNERS = ((-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375))
_REACH, _CELLS = 12.0, 64
"""How far bodies are looked for that can be passed by at a distance, and in how many cells either way."""


@dataclass(frozen=True)
class Part:
    """A body and how it looks: `colour` a code or a colouring, `gloss` 0 … 1, `glow` for what shines by itself."""

    body: Body
    colour: str | Colouring
    gloss: float = 0.0
    glow: float = 0.0

    @cached_property
    def bounds(self) -> tuple[Array, float] | None:
        """Middle and radius of a ball around the body; None where it reaches far."""
        ticks = np.linspace(-_REACH, _REACH, _CELLS, dtype=np.float32)
        grid = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij")).reshape(3, -1)
        half_cell = 0.5 * 3**0.5 * float(ticks[1] - ticks[0])
        near = grid[:, self.body(grid) < half_cell]
        if not near.size or np.abs(near).max() > _REACH - half_cell:
            return None
        low, high = near.min(axis=1, keepdims=True), near.max(axis=1, keepdims=True)
        return (low + high) / 2, float(length((high - low) / 2)[0]) + half_cell

    def paint(self, points: Array) -> Array:
        if callable(self.colour):
            return self.colour(points)
        return np.broadcast_to(linear(self.colour), points.shape)


@dataclass(frozen=True)
class Room:
    """What there is to see, from where, and in what light.

    Attributes:
        parts: the bodies.
        eye: where the camera stands.
        looks_at: the middle of the picture.
        focal: of a picture one high; larger is narrower.
        sun: where light comes from; `sun_colour` and `sky_colour` are linear and may be above 1.
        sky: from directions, (3, n), to linear colours, (3, n): what rays see that touch nothing.
        far: how far rays go.
        haze: share of the sky's colour that a metre of air adds.
    """

    parts: Sequence[Part]
    eye: Vector
    looks_at: Vector
    focal: float
    sun: Vector
    sky: Colouring
    sun_colour: Vector = (2.6, 2.2, 1.7)
    sky_colour: Vector = (0.55, 0.65, 0.85)
    far: float = 40.0
    haze: float = 0.0
    softness: float = 14.0


def render(room: Room, height: int, width: int) -> Paint:
    """The picture, float32 (height, width, 3), 0 … 1."""
    down, across = (each.reshape(-1) for each in np.mgrid[0:height, 0:width].astype(np.float32))
    seen = _see(room, height, width, (down, across))
    # Four rays instead of one where neighbours differ: edges without steps, for a fraction of the work.
    picture = np.ascontiguousarray(seen.reshape(3, height, width).transpose(1, 2, 0))
    around = (cv2.dilate(picture, _AROUND) - cv2.erode(picture, _AROUND)).max(axis=2)
    edge = np.flatnonzero(around.reshape(-1) > _ROUGH)
    corners = [_see(room, height, width, (down[edge] + dy, across[edge] + dx)) for dy, dx in _CORNERS]
    picture.reshape(-1, 3)[edge] = np.mean(corners, axis=0).T
    return picture


def _see(room: Room, height: int, width: int, places: tuple[Array, Array]) -> Array:
    """What the film shows at some places (down, across), in pixels of a picture of this size, (3, n)."""
    down, across = places
    seen = np.empty((3, len(down)), np.float32)
    for first in range(0, len(down), _RAYS):
        some = slice(first, first + _RAYS)
        rays = _rays(room, height, width, down[some], across[some])
        origin = np.broadcast_to(_column(room.eye), rays.shape)
        seen[:, some] = _film(_look(room, origin, rays, bounces=1))
    return seen


def _rays(room: Room, height: int, width: int, down: Array, across: Array) -> Array:
    """Directions through some places of the picture, (3, n), of length 1."""
    ahead = unit(_column(room.looks_at) - _column(room.eye))
    right = unit(np.stack([-ahead[2], np.zeros_like(ahead[0]), ahead[0]]))
    up = np.asarray(np.cross(right, ahead, axis=0), np.float32)
    x = (across + 0.5 - width / 2) / height
    y = (height / 2 - down - 0.5) / height
    return unit(np.asarray(ahead * room.focal + x * right + y * up, np.float32))


def _look(room: Room, origins: Array, rays: Array, bounces: int) -> Array:
    """Linear light that comes along rays, (3, n)."""
    light = np.array(room.sky(rays), np.float32)
    distance = _march(room, origins, rays)
    hit = np.flatnonzero(distance < room.far)
    if not hit.size:
        return light
    points = origins[:, hit] + rays[:, hit] * distance[hit]
    seen = _shade(room, points, rays[:, hit], bounces)
    haze = 1 - np.exp(-room.haze * distance[hit])
    light[:, hit] = seen * (1 - haze) + light[:, hit] * haze
    return light


def _march(room: Room, origins: Array, rays: Array) -> Array:
    """How far each ray goes until it touches something; `far` where it does not."""
    gone = np.full(rays.shape[1], 0.02, np.float32)
    walking = np.arange(rays.shape[1])
    for _ in range(_STEPS):
        step = _nearest(room, origins[:, walking] + rays[:, walking] * gone[walking])
        gone[walking] += step * 0.92
        goes_on = (step > _NEAR_ENOUGH * (1 + gone[walking])) & (gone[walking] < room.far)
        walking = walking[goes_on]
        if not walking.size:
            break
    gone[walking] = np.where(gone[walking] < 0.8 * room.far, gone[walking], room.far)
    return np.minimum(gone, room.far)


def _nearest(room: Room, points: Array) -> Array:
    nearest = np.full(points.shape[1], room.far, np.float32)
    for part in room.parts:
        if part.bounds is None:
            nearest = np.minimum(nearest, part.body(points))
            continue
        middle, radius = part.bounds
        close = np.flatnonzero(length(points - middle) - radius < nearest)
        if close.size:
            nearest[close] = np.minimum(nearest[close], part.body(points[:, close]))
    return nearest


def _shade(room: Room, points: Array, rays: Array, bounces: int) -> Array:
    """Linear light from points on bodies back along the rays that found them, (3, n)."""
    normals = _normals(room, points)
    colour, gloss, glow = _looks(room, points)
    sun, sun_colour = unit(_column(room.sun)), _column(room.sun_colour)
    facing = np.clip((normals * sun).sum(0), 0, 1)
    shadow = np.where(facing > 0, _shadow(room, points + normals * 0.01, sun), 0)
    open_sky = _openness(room, points, normals)
    sunlight = sun_colour * (facing * shadow)
    skylight = _column(room.sky_colour) * (open_sky * (0.6 + 0.4 * normals[1]))
    bounced = 0.16 * sun_colour * (open_sky * np.clip(0.5 - 0.5 * normals[1], 0, 1))
    mirrored = rays - 2 * (rays * normals).sum(0) * normals
    shine = 1.2 * sun_colour * (np.clip((mirrored * sun).sum(0), 0, 1) ** 60 * shadow * gloss)
    light = np.asarray(colour * (sunlight + skylight + bounced + glow) + shine, np.float32)
    shiny = np.flatnonzero(gloss > 0.02) if bounces else np.empty(0, int)
    if shiny.size:
        grazing = 1 - np.clip(-(rays[:, shiny] * normals[:, shiny]).sum(0), 0, 1)
        share = gloss[shiny] * (0.06 + 0.94 * grazing**5)
        seen = _look(room, points[:, shiny] + normals[:, shiny] * 0.01, mirrored[:, shiny], bounces - 1)
        light[:, shiny] = light[:, shiny] * (1 - share) + seen * share
    return light


def _looks(room: Room, points: Array) -> tuple[Array, Array, Array]:
    """Colour, gloss and glow of the parts that points lie on."""
    which = np.argmin(np.stack([part.body(points) for part in room.parts]), axis=0)
    colour, gloss, glow = np.empty_like(points), np.empty_like(points[0]), np.empty_like(points[0])
    for index, part in enumerate(room.parts):
        own = np.flatnonzero(which == index)
        colour[:, own], gloss[own], glow[own] = part.paint(points[:, own]), part.gloss, part.glow
    return colour, gloss, glow


def _normals(room: Room, points: Array) -> Array:
    slope = np.zeros_like(points)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        way = _column(corner)
        slope += way * _nearest(room, points + way * 0.0012)
    return unit(slope)


def _shadow(room: Room, points: Array, sun: Array) -> Array:
    """How much of the sun is seen, 0 … 1; softer the further away what hides it."""
    seen, gone = np.ones_like(points[0]), np.full_like(points[0], 0.03)
    walking = np.arange(points.shape[1])
    for _ in range(36):
        step = _nearest(room, points[:, walking] + sun * gone[walking])
        seen[walking] = np.minimum(seen[walking], room.softness * step / gone[walking])
        gone[walking] += np.clip(step, 0.02, 0.5)
        walking = walking[(seen[walking] > 0.004) & (gone[walking] < 12)]
        if not walking.size:
            break
    seen = np.clip(seen, 0, 1)
    return np.asarray(seen * seen * (3 - 2 * seen), np.float32)


def _openness(room: Room, points: Array, normals: Array) -> Array:
    """How much of the sky a point sees, by what stands close above it."""
    hidden = np.zeros_like(points[0])
    weight = 1.0
    for reach in (0.03, 0.08, 0.17, 0.32, 0.55):
        hidden += weight * np.clip(reach - _nearest(room, points + normals * reach), 0, reach)
        weight *= 0.62
    return np.asarray(np.clip(1 - 1.5 * hidden, 0.05, 1), np.float32)


def _film(light: Array) -> Array:
    """Linear light as a film shows it: highlights bend instead of breaking off (Narkowicz's curve)."""
    light = np.clip(light, 0, None) * 0.75
    bent = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14)
    return np.asarray(np.clip(bent, 0, 1) ** (1 / 2.2), np.float32)


def linear(code: str) -> Array:
    """`#rrggbb` as linear light, (3, 1)."""
    return np.asarray(_column(hex_colour(code)) ** 2.2, np.float32)


def length(vectors: Array) -> Array:
    """Of each, (n,). Written out: NumPy is slow along an axis of three."""
    x, y, z = vectors
    return np.asarray(np.sqrt(x * x + y * y + z * z))


def unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(length(vectors), 1e-9), np.float32)


def _column(vector: Sequence[float]) -> Array:
    return np.asarray(vector, np.float32)[:, None]


def _most(*rows: Array) -> Array:
    return functools.reduce(np.maximum, rows)


# Bodies.


def ball(middle: Vector, radius: float, squash: Vector = (1, 1, 1)) -> Body:
    """A ball, or an egg of it: `squash` are its radii as shares of `radius`."""
    centre, share, least = _column(middle), _column(squash), min(squash)
    if least == max(squash):
        return lambda points: length(points - centre) - radius
    return lambda points: (length((points - centre) / share) - radius) * np.float32(least)


def limb(start: Vector, end: Vector, radius: float, end_radius: float | None = None) -> Body:
    """A rod with round ends, which may taper."""
    first, way = _column(start), _column(end) - _column(start)
    growth = (radius if end_radius is None else end_radius) - radius
    share = way / float((way * way).sum())

    def distance(points: Array) -> Array:
        own = points - first
        along = np.clip(own[0] * share[0] + own[1] * share[1] + own[2] * share[2], 0, 1)
        return np.asarray(length(own - along * way) - radius - growth * along, np.float32)

    return distance


def box(middle: Vector, half: Vector, rounding: float = 0.0, turn: float = 0.0) -> Body:
    """A box with round edges, turned about the upright by `turn` radians."""
    centre, size = _column(middle), _column(half) - rounding
    cosine, sine = np.float32(np.cos(turn)), np.float32(np.sin(turn))

    def distance(points: Array) -> Array:
        x, y, z = points - centre
        if turn:
            x, z = x * cosine + z * sine, z * cosine - x * sine
        over = np.abs(np.stack([x, y, z])) - size
        return np.asarray(length(np.maximum(over, 0)) + np.minimum(_most(*over), 0) - rounding, np.float32)

    return distance


def drum(middle: Vector, axis: Vector, radius: float, half: float, rounding: float = 0.0) -> Body:
    """A cylinder about `axis`, `half` as long, with round edges."""
    centre, way = _column(middle), unit(_column(axis))

    def distance(points: Array) -> Array:
        along, away = _along_and_away(points - centre, way)
        side, end = away - np.float32(radius - rounding), np.abs(along) - np.float32(half - rounding)
        outside = np.hypot(np.maximum(side, 0), np.maximum(end, 0))
        return np.asarray(outside + np.minimum(_most(side, end), 0) - rounding, np.float32)

    return distance


def ring(middle: Vector, axis: Vector, radius: float, thickness: float) -> Body:
    """A rod bent to a circle about `axis`."""
    centre, way = _column(middle), unit(_column(axis))

    def distance(points: Array) -> Array:
        along, away = _along_and_away(points - centre, way)
        return np.asarray(np.hypot(away - radius, along) - thickness, np.float32)

    return distance


def _along_and_away(points: Array, way: Array) -> tuple[Array, Array]:
    """How far points lie along a direction of length 1, and how far beside it."""
    along = points[0] * way[0] + points[1] * way[1] + points[2] * way[2]
    return along, length(points - along * way)


def side_of(middle: Vector, way: Vector) -> Body:
    """All of the room that lies from `middle` towards `way`."""
    centre, ahead = _column(middle), unit(_column(way))
    return lambda points: -_along_and_away(points - centre, ahead)[0]


def floor(level: float = 0.0) -> Body:
    """All below a level."""
    return lambda points: points[1] - np.float32(level)


def melted(bodies: Sequence[Body], softness: float) -> Body:
    """Several bodies that flow into each other."""

    def distance(points: Array) -> Array:
        whole = bodies[0](points)
        for body in bodies[1:]:
            other = body(points)
            share = np.clip(0.5 + 0.5 * (other - whole) / softness, 0, 1)
            whole = other * (1 - share) + whole * share - softness * share * (1 - share)
        return np.asarray(whole, np.float32)

    return distance


def joined(*bodies: Body) -> Body:
    """Several bodies as one part."""
    return lambda points: functools.reduce(np.minimum, (body(points) for body in bodies))


def without(body: Body, taken: Body) -> Body:
    """What is left of a body when another is cut out of it."""
    return lambda points: np.maximum(body(points), -taken(points))


def within(body: Body, room: Body) -> Body:
    """What two bodies share."""
    return lambda points: np.maximum(body(points), room(points))
