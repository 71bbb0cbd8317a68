"""From light to a file: what a small camera does to a picture.

The lens blurs, moving hands smear, the corners darken; the sensor counts photons, which are never the same number
twice; the camera's software chooses a white and an exposure, bends the light into a curve that looks good, and rounds
it to 256 steps.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, UInt8
from scipy.ndimage import convolve, gaussian_filter

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lens:
    """A camera's faults and choices."""

    blur: float = 0.5
    """Standard deviation, pixels of a picture of 128."""
    smear: float = 0.0
    """How far things move during the exposure, pixels of a picture of 128."""
    smear_direction: float = 0.0
    """Radians."""
    vignette: float = 0.2
    """How much darker the corners are, as a share."""
    exposure: float = 0.0
    """In stops: 1 is twice the light."""
    white: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Factors of red, green and blue."""
    noise: float = 0.01
    """Standard deviation of a middle grey, as a share of white."""
    contrast: float = 0.15
    """0 a linear camera with the usual gamma; higher values bend the curve into an S."""
    seed: int = 0
    """Of the noise."""

    def develop(self, light: Float[np.ndarray, "size size 3"]) -> UInt8[np.ndarray, "size size 3"]:
        """The picture that the camera saves of this light, where 1 is a white sheet."""
        size = len(light)
        light = self._blurred(light * 2.0**self.exposure * np.array(self.white), size / 128)
        y, x = np.mgrid[:size, :size] / (size - 1) * 2 - 1
        light = light * (1 - self.vignette * (x * x + y * y)[..., None] / 2)
        rng = np.random.default_rng(self.seed)
        grain = self.noise * np.sqrt(0.1 + np.clip(light, 0, 1) / 0.2)
        light = light + grain * rng.standard_normal(light.shape) * 0.25
        return np.asarray(np.round(255 * self._curve(np.clip(light, 0, None))), dtype=np.uint8)

    def _blurred(self, light: Array, scale: float) -> Array:
        spread = self.blur * scale
        light = gaussian_filter(light, (spread, spread, 0), mode="nearest")
        if self.smear * scale < 0.5:
            return np.asarray(light)
        return np.asarray(convolve(light, _line(self.smear * scale, self.smear_direction)[..., None], mode="nearest"))

    def _curve(self, light: Array) -> Array:
        """The curve of sRGB with a soft shoulder below white, then an S."""
        light = np.where(light < 0.7, light, 0.7 + 0.3 * (1 - np.exp(-(np.maximum(light, 0.7) - 0.7) / 0.3)))
        shown = np.where(light < 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
        return np.asarray(shown + self.contrast * (shown * shown * (3 - 2 * shown) - shown))


def _line(length: float, direction: float) -> Array:
    """A kernel that smears along a line."""
    reach = int(np.ceil(length / 2))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    for t in np.linspace(-length / 2, length / 2, 8 * reach + 1):
        kernel[round(reach + t * np.sin(direction)), round(reach + t * np.cos(direction))] += 1
    return np.asarray(kernel / kernel.sum())
