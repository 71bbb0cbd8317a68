r"""From few light paths to a calm picture: each pixel becomes a mean of those near it that show the same surface.

A pixel q near p counts with

    w(p, q) = exp(-|q - p|^2 / 2 s^2 - |n_q - n_p|^2 / a^2 - |log c_q - log c_p|^2 / b^2 - (z_q - z_p)^2 / d^2),

with the normals n, the skin's own colours c and the depths z, none of which are noisy. So creases, nails and the edges
of fingers stay as they are, and the light on a patch of skin is averaged.

Source: Dammertz et al. 2010 (edge-avoiding filter guided by such pictures). Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float

Array = npt.NDArray[np.float64]

REACH: Final = 2
"""Pixels to each side."""
SPREAD, NORMAL, COLOUR, DEPTH = 1.5, 0.35, 0.35, 0.006
"""s in pixels, a, b, and d in metres."""


def denoised(
    light: Float[np.ndarray, "size size 3"],
    normal: Float[np.ndarray, "size size 3"],
    colour: Float[np.ndarray, "size size 3"],
    depth: Float[np.ndarray, "size size"],
) -> Float[Array, "size size 3"]:
    """The picture with its noise averaged away, where something is (depth above 0).

    Args:
        light: noisy.
        normal: unit normals of what each pixel shows.
        colour: its own colour, linear.
        depth: metres; 0 where nothing is.
    """
    if not (depth > 0).any():
        return np.asarray(light)
    box = tuple(slice(used.min(), used.max() + 1) for used in np.nonzero(depth > 0))
    guide = np.concatenate([normal / NORMAL, np.log(colour + 0.02) / COLOUR, depth[..., None] / DEPTH], -1)[box]
    guide, noisy = guide.astype(np.float32), light[box].astype(np.float32)
    total, weights = np.zeros_like(noisy), np.zeros(noisy.shape[:2], np.float32)
    for y in range(-REACH, REACH + 1):
        for x in range(-REACH, REACH + 1):
            here, there = _overlap(y, x)
            apart = guide[there] - guide[here]
            w = np.exp(-(x * x + y * y) / (2 * SPREAD**2) - np.einsum("yxc,yxc->yx", apart, apart))
            total[here] += w[..., None] * noisy[there]
            weights[here] += w
    calm = np.array(light)
    calm[box] = np.where(depth[box][..., None] > 0, total / weights[..., None], light[box])
    return calm


def _overlap(y: int, x: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The pixels whose neighbour by (y, x) is in the picture, and these neighbours."""
    here = tuple(slice(max(0, -k), min(0, -k) or None) for k in (y, x))
    there = tuple(slice(max(0, k), min(0, k) or None) for k in (y, x))
    return (here[0], here[1]), (there[0], there[1])
