"""Sleeves: tubes of cloth around the forearm, with folds and patterns.

Convention:
    Metres; s is the way along the forearm from the wrist's open edge, negative on the hand. Colours are linear red,
    green and blue.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float

from hands.gesture.surface import RINGS, Arm, Mesh, girth, tube_faces

Array = npt.NDArray[np.float64]

AROUND, ALONG = 40, 48
"""Vertices around the arm, and along it."""
END: Final = RINGS[-1] + 0.02
PATTERNS: Final = ("plain", "stripes", "rings", "checks", "knit")


@dataclass(frozen=True)
class Sleeve:
    """A sleeve."""

    start: float = 0.0
    """Where the hem is."""
    loose: float = 0.008
    """How far it stands off the skin."""
    folds: float = 0.002
    """Height of its folds."""
    colour: tuple[float, float, float] = (0.1, 0.12, 0.2)
    second: tuple[float, float, float] = (0.6, 0.6, 0.6)
    """The pattern's other colour."""
    pattern: str = "plain"
    """One of `PATTERNS`."""
    cuff: float = 0.0
    """Width of a cuff in the second colour."""
    seed: int = 0
    """Of the folds."""

    def _places(self) -> Array:
        s = self.start + (END - self.start) * np.linspace(0, 1, ALONG - 2) ** 1.7  # finer near the hand
        return np.concatenate([[self.start + 0.02, self.start + 0.001], s])  # the hem is turned in

    def mesh(self, arm: Arm) -> Mesh:
        """The tube around this arm."""
        s = self._places()
        lift = np.full(ALONG, self.loose)
        lift[:2] = 0.1 * self.loose, 0.7 * self.loose
        fine = np.linspace(min(self.start, 0.0), END, 241)
        centres, frames = arm.frames(fine)
        centres = centres + (arm.frames(np.zeros(1))[0] - centres[np.abs(fine).argmin()])
        at = np.clip(np.searchsorted(fine, s), 0, len(fine) - 1)
        angle = 2 * np.pi * np.arange(AROUND) / AROUND
        section = (arm.edge - arm.edge.mean(0)) @ arm.hand_rotmat
        radius = girth(s)[:, None] * np.abs(section[:, 1:]).max(0) + lift[:, None]
        around = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
        around = around * (1 + self._folds(s, angle) / radius.mean(1)[:, None])[..., None]
        local = np.concatenate([np.zeros((ALONG, AROUND, 1)), around], -1)
        points = centres[at][:, None] + np.einsum("rij,rnj->rni", frames[at], local)
        return Mesh(points.reshape(-1, 3), tube_faces(np.arange(AROUND), AROUND, ALONG - 1)[:, ::-1])

    def _folds(self, s: Array, angle: Array) -> Array:
        """Height of the folds, which run around the arm more or less aslant, and are small at the hem."""
        rng = np.random.default_rng(self.seed)
        height = np.zeros((ALONG, AROUND))
        for _ in range(7):
            waves, turns, phase = rng.uniform(4, 38), rng.integers(-3, 4), rng.uniform(0, 2 * np.pi)
            swell = 0.5 + 0.5 * np.sin(angle + rng.uniform(0, 2 * np.pi))
            height += rng.random() * swell * np.sin(2 * np.pi * waves * s[:, None] + turns * angle + phase)
        return np.asarray(self.folds * np.clip((s - self.start) / 0.02, 0.15, 1)[:, None] * height)

    def colours(self) -> Float[Array, "V 3"]:
        """Of the vertices."""
        s, angle = self._places()[:, None] - self.start, 2 * np.pi * np.arange(AROUND) / AROUND
        around, along = np.sin(12 * angle) + 0 * s, np.sin(2 * np.pi * s / 0.016) + 0 * angle
        waves = {"stripes": around, "rings": along, "checks": around + along, "knit": 2.5 * np.sin(12 * angle) * along}
        share = 1 / (1 + np.exp(-6 * waves[self.pattern])) if self.pattern in waves else np.zeros((ALONG, AROUND))
        if self.pattern == "knit":
            share = 0.25 * share
        share = np.where(s < self.cuff, 1.0, share)[..., None]
        return np.asarray((1 - share) * np.array(self.colour) + share * np.array(self.second)).reshape(-1, 3)
