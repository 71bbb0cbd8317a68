r"""Where something is in a map or a volume, so that it can be learnt, and what a map says at such a place.

The place of the largest number has no gradient. The *soft-argmax* makes a distribution of the numbers and takes its
mean: with $\sigma$ the softmax over all cells $k$ of a volume, whose middles are $c_k$,

$$
p = \sum_k \sigma(v)_k\, c_k .
$$

A map is read at a place between its cells by bilinear interpolation of the four around it.

Convention:
    Places are in the volume's own measure: -1 and 1 are its borders along x (columns), y (rows) and z (depth), so that
    the middle of the first of n cells is at 1/n - 1. They mean the same in maps of all sizes.

Source: Sun et al. 2018, *Integral human pose regression*. Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample


def soft_argmax(logits: Float[Tensor, "B J D H W"]) -> Float[Tensor, "B J 3"]:
    """The mean place x, y, z of each volume's softmax.

    Example:
        >>> volume = torch.zeros(1, 1, 2, 4, 4)
        >>> volume[0, 0, 1, 0, 3] = 100.0  # the farther layer, the first row, the last column
        >>> soft_argmax(volume)
        tensor([[[ 0.7500, -0.7500,  0.5000]]])
    """
    return logits.flatten(2).softmax(-1) @ cells(logits.shape[2:], like=logits)


def cells(shape: Sequence[int], like: Tensor) -> Float[Tensor, "cells 3"]:
    """Middles x, y, z of the cells of a volume of so many layers, rows and columns, in the order of its memory."""
    z, y, x = torch.meshgrid(*(middles(n, like) for n in shape), indexing="ij")
    return torch.stack([x, y, z], -1).flatten(0, -2)


def middles(n: int, like: Tensor) -> Float[Tensor, " n"]:
    """Of so many cells from -1 to 1.

    Example:
        >>> middles(4, like=torch.zeros(1))
        tensor([-0.7500, -0.2500,  0.2500,  0.7500])
    """
    return (2 * torch.arange(n, dtype=like.dtype, device=like.device) + 1) / n - 1


def sample(maps: Float[Tensor, "B C H W"], at: Float[Tensor, "B J 2"]) -> Float[Tensor, "B J C"]:
    """What each map says at its places x, y; beyond the middles of the outermost cells it goes on as it is there."""
    return grid_sample(maps, at[:, :, None], padding_mode="border", align_corners=False)[..., 0].mT
