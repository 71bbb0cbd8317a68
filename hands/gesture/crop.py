r"""The square around a hand: networks are shown it alone, so that all their pixels see the hand.

Where the hand is, is taken for known, as in the data sets and methods of the field, which cut their pictures by a box
that comes with the labels. The box is the square about the middle of the keypoints' extent, whose side is *room* times
the longer one of its sides, since a hand is larger than its keypoints. Pixels of the cut are means over four points
each, and where the box leaves the picture, the picture's edge goes on.

Convention:
    Pixels from the upper left corner of the picture, x to the right and y down, so that the first pixel's middle is at
    (0.5, 0.5).

Source: EANet (Park et al. 2023) cuts so, with a side of 1.25 squared times the extent. Explained in the book: *Naming
gestures*.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import affine_grid, avg_pool2d, grid_sample

ROOM: Final = 1.25**2
"""Side of a box over the extent of the keypoints."""
POINTS: Final = 2
"""In each direction, that a pixel is the mean of."""
CHUNK: Final = 128
"""Pictures that are cut at a time."""

Boxes = Float[np.ndarray, "n 3"]
"""Middle x, middle y and side of a square, pixels."""


def boxes(pixels: Float[np.ndarray, "n 21 2"], room: float = ROOM) -> Boxes:
    """The square around each hand.

    Args:
        pixels: its keypoints in the picture.
        room: side of a box over the extent of the keypoints.

    Example:
        >>> spread = np.linspace([10.0, 30.0], [30.0, 40.0], 21)
        >>> boxes(spread[None], room=1.5).tolist()
        [[20.0, 35.0, 30.0]]
    """
    low, high = pixels.min(1), pixels.max(1)
    return np.concatenate([(low + high) / 2, room * (high - low).max(1, keepdims=True)], 1)


def cut(images: UInt8[np.ndarray, "n size size 3"], where: Boxes, side: int) -> UInt8[Tensor, "n 3 side side"]:
    """What is in the boxes, in pictures of `side` x `side` pixels, colours first."""
    starts = range(0, len(images), CHUNK)
    parts = [_cut(images[k : k + CHUNK], where[k : k + CHUNK], side) for k in starts]
    return torch.cat(parts) if parts else torch.empty(0, 3, side, side, dtype=torch.uint8)


def _cut(images: UInt8[np.ndarray, "n size size 3"], where: Boxes, side: int) -> UInt8[Tensor, "n 3 side side"]:
    large = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float()
    x, y, extent = torch.from_numpy(where).float().T / large.shape[-1]
    nothing = torch.zeros_like(x)
    back = torch.stack([extent, nothing, 2 * x - 1, nothing, extent, 2 * y - 1], 1).view(-1, 2, 3)
    grid = affine_grid(back, [len(large), 3, POINTS * side, POINTS * side], align_corners=False)
    fine = grid_sample(large, grid, padding_mode="border", align_corners=False)
    return avg_pool2d(fine, POINTS).round().to(torch.uint8)
