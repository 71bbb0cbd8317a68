"""What is behind the hand: walls, rooms out of focus, wood, leaves, cloth, all of them made up.

Convention:
    Pictures (size, size, 3) of linear red, green, blue from 0 to 1.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float
from scipy.ndimage import gaussian_filter, map_coordinates

Array = npt.NDArray[np.float64]
Rng = np.random.Generator


def colour(rng: Rng, low: float = 0.03, high: float = 0.8, vivid: float = 0.5) -> Float[Array, " 3"]:
    """A colour of anything: grey more or less, of a lightness between the two."""
    lightness = np.exp(rng.uniform(np.log(low), np.log(high)))
    return np.asarray(np.clip(lightness * np.exp(vivid * rng.standard_normal(3) * rng.random()), 0, 1))


def clouds(rng: Rng, size: int, slope: float = 1.0, stretch: float = 1.0) -> Float[Array, "size size"]:
    """Noise of all sizes, 1/f^slope, of mean 0 and variance 1; `stretch` draws it out sideways."""
    fy, fx = np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None] * stretch
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) / np.maximum(np.hypot(fy, fx), 1 / size) ** slope
    spectrum[0, 0] = 0
    noise = np.fft.irfft2(spectrum, (size, size))
    return np.asarray(noise / noise.std())


def _blend(share: Array, one: Array, other: Array) -> Array:
    return np.asarray(share[..., None] * one + (1 - share[..., None]) * other)


def _wall(rng: Rng, size: int) -> Array:
    """One colour, with a shade across it."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    turn = rng.uniform(0, 2 * np.pi)
    shade = np.exp(rng.uniform(0, 1.0) * (np.cos(turn) * x + np.sin(turn) * y) + 0.03 * clouds(rng, size, 0.7))
    return np.asarray(colour(rng, 0.04, 0.85, 0.4) * shade[..., None])


def _room(rng: Rng, size: int) -> Array:
    """Boxes before boxes: doors, shelves, windows, pictures."""
    picture = _wall(rng, size)
    for _ in range(rng.integers(4, 16)):
        (x, y), (w, h) = rng.uniform(-0.2, 1, 2), np.exp(rng.uniform(np.log(0.06), np.log(0.7), 2))
        rows, columns = (slice(max(0, int(a * size)), max(0, int((a + b) * size))) for a, b in ((y, h), (x, w)))
        picture[rows, columns] = colour(rng, 0.01, 1.0) * (1 + 0.15 * rng.standard_normal())
    return picture


def _lights(rng: Rng, size: int) -> Array:
    """Discs of light in the dark, as a lens makes them of lamps far away."""
    y, x = np.mgrid[:size, :size] / size
    picture = np.broadcast_to(colour(rng, 0.01, 0.2), (size, size, 3)) * (1 + 0.3 * clouds(rng, size, 1.5))[..., None]
    radius = rng.uniform(0.03, 0.12)
    for _ in range(rng.integers(5, 30)):
        off = np.hypot(x - rng.random(), y - rng.random())
        picture = picture + _blend((off < radius).astype(float), colour(rng, 0.1, 0.9, 0.8), np.zeros(3))
    return np.asarray(picture)


def _wood(rng: Rng, size: int) -> Array:
    """Boards with a grain."""
    grain = clouds(rng, size, 1.3, stretch=rng.uniform(6, 20))
    dark = colour(rng, 0.03, 0.15, 0.2) * [1.5, 1.0, 0.55]
    picture = _blend(1 / (1 + np.exp(-1.5 * grain)), dark, dark * rng.uniform(1.5, 3.5))
    width = rng.integers(size // 6, size)
    picture[rng.integers(width) :: width] *= 0.4
    return np.asarray(_turned(rng, picture))


def _leaves(rng: Rng, size: int) -> Array:
    """Green below, sky above."""
    green = _blend(1 / (1 + np.exp(-2 * clouds(rng, size, 0.9))), colour(rng, 0.02, 0.1) * [0.8, 1.2, 0.4],
                   colour(rng, 0.1, 0.5) * [0.9, 1.2, 0.4])  # fmt: skip
    edge = rng.uniform(-0.4, 1.2) + 0.12 * clouds(rng, size, 1.6)
    sky = 1 / (1 + np.exp(-(edge - np.linspace(0, 1, size)[:, None]) / 0.02))
    return _blend(sky, colour(rng, 0.4, 1.0, 0.2) * [0.85, 1.0, 1.2], green)


def _cloth(rng: Rng, size: int) -> Array:
    """Stripes and checks."""
    x = np.linspace(0, 2 * np.pi * rng.uniform(2, 14), size)
    sharp = rng.uniform(1, 10)
    across, down = (1 / (1 + np.exp(-sharp * np.sin(x + rng.uniform(0, 6)))) for _ in range(2))
    share = np.broadcast_to(across, (size, size)) if rng.random() < 0.5 else 0.5 * (across + down[:, None])
    picture = _blend(share, colour(rng, 0.03, 0.8, 0.8), colour(rng, 0.03, 0.8, 0.8))
    return np.asarray(_turned(rng, picture * (1 + 0.1 * clouds(rng, size, 0.8))[..., None]))


def _haze(rng: Rng, size: int) -> Array:
    """Clouds of colours: anything, far out of focus."""
    mixed = np.stack([clouds(rng, size, rng.uniform(1.2, 2.2)) for _ in range(2)], -1)
    shares = 1 / (1 + np.exp(-1.5 * mixed))
    return _blend(shares[..., 0], _blend(shares[..., 1], colour(rng), colour(rng)), colour(rng))


def _turned(rng: Rng, picture: Array) -> Array:
    size = len(picture)
    turn, scale = rng.uniform(0, np.pi), rng.uniform(0.6, 0.9)
    y, x = np.mgrid[:size, :size] - size / 2
    back = scale * np.stack([np.cos(turn) * y - np.sin(turn) * x, np.sin(turn) * y + np.cos(turn) * x]) + size / 2
    return np.stack([map_coordinates(c, back, order=1, mode="mirror") for c in picture.transpose(2, 0, 1)], -1)


KINDS: Final[Mapping[str, Callable[[Rng, int], Array]]] = MappingProxyType(
    {
        "wall": _wall,
        "room": _room,
        "lights": _lights,
        "wood": _wood,
        "leaves": _leaves,
        "cloth": _cloth,
        "haze": _haze,
    }
)
"""The kinds there are."""


def background(kind: str, size: int, seed: int) -> Float[Array, "size size 3"]:
    """What is behind the hand; more or less out of focus.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"no background {kind!r}; there are {', '.join(KINDS)}")
    rng = np.random.default_rng(seed)
    picture = KINDS[kind](rng, size)
    blur = size / 128 * np.exp(rng.uniform(np.log(0.4), np.log(7)))
    return np.asarray(np.clip(gaussian_filter(picture, (blur, blur, 0), mode="nearest"), 0, 1.5))
