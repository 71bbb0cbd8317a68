"""Light from all around: a sky, a ground, and lamps and windows, large and soft or small and hard.

A light is a picture of the whole sphere of directions, which is how Mitsuba wants it: rows from straight up to straight
down, columns once around the horizon.

Convention:
    Linear red, green, blue; radiances relative to each other, since a camera sets its exposure. World with z up.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float

Array = npt.NDArray[np.float64]

ROWS, COLUMNS = 32, 64


def _directions() -> Array:
    """The direction of each pixel, (rows, columns, 3): z up, the first column at +x, then towards +y."""
    polar = np.pi * (np.arange(ROWS) + 0.5) / ROWS
    around = 2 * np.pi * (np.arange(COLUMNS) + 0.5) / COLUMNS
    flat = np.stack(np.broadcast_arrays(np.cos(around), np.sin(around)), -1)
    ring = np.sin(polar)[:, None, None] * flat
    return np.concatenate([ring, np.broadcast_to(np.cos(polar)[:, None, None], (ROWS, COLUMNS, 1))], -1)


DIRECTIONS: Final = _directions()
SOLID_ANGLES: Final = (np.pi / ROWS) * (2 * np.pi / COLUMNS) * np.sin(np.pi * (np.arange(ROWS) + 0.5) / ROWS)[:, None]


@dataclass(frozen=True)
class Lamp:
    """A round light."""

    direction: tuple[float, float, float]
    """Where it is, a unit vector of the world."""
    angle: float
    """From its middle to where it has faded, radians: a sun is 0.1, a window 0.5."""
    irradiance: float
    """What it sheds on a surface that faces it."""
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Light:
    """All the light there is."""

    sky: tuple[float, float, float]
    ground: tuple[float, float, float]
    lamps: tuple[Lamp, ...] = ()

    def sphere(self) -> Float[Array, "rows columns 3"]:
        """Radiance from every direction."""
        up = 0.5 + 0.5 * np.clip(DIRECTIONS[..., 2:] / 0.5, -1, 1)
        total = up * np.array(self.sky) + (1 - up) * np.array(self.ground)
        for lamp in self.lamps:
            off = np.arccos(np.clip(DIRECTIONS @ np.array(lamp.direction), -1, 1))
            disc = np.exp(-((off / max(lamp.angle, 0.09)) ** 4))[..., None]
            total = total + lamp.irradiance * np.array(lamp.colour) * disc / (disc[..., 0] * SOLID_ANGLES).sum()
        return np.asarray(total)

    def irradiance(self, normals: Float[np.ndarray, "n 3"]) -> Float[Array, " n"]:
        """What falls on surfaces with these normals, green, with nothing in between."""
        power = (self.sphere()[..., 1] * SOLID_ANGLES).ravel()
        return np.asarray(np.clip(normals @ DIRECTIONS.reshape(-1, 3).T, 0, None) @ power)


def white(kelvin: float) -> tuple[float, float, float]:
    """The colour of a lamp of about this colour temperature, its green 1: 2700 warm, 6500 neutral, 10000 blue."""
    warm = np.log(6500 / kelvin)
    return float(np.exp(0.55 * warm)), 1.0, float(np.exp(-0.85 * warm))
