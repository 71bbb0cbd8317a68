"""From six numbers to a rotation, in the one order that this library knows: the first two columns."""

from __future__ import annotations

import roma
from jaxtyping import Float
from torch import Tensor


def sixd_to_rotmat(sixd: Float[Tensor, "*batch 6"]) -> Float[Tensor, "*batch 3 3"]:
    """The rotation whose first column points along the first three numbers, and whose second lies in the plane of both.

    Example:
        >>> import torch
        >>> sixd_to_rotmat(torch.tensor([0.0, 2.0, 0.0, -1.0, 5.0, 0.0])).int().tolist()
        [[0, -1, 0], [1, 0, 0], [0, 0, 1]]

    Source: Zhou et al. 2019; by `roma.special_gramschmidt`.
    """
    return roma.special_gramschmidt(sixd.unflatten(-1, (2, 3)).mT)
