r"""Tokens: what goes into the two streams.

Poses: one token for each finger joint and frame, made of its rotation in 6D, standardised, of whether it is hidden, and
of the shape of the hand. The first layer of the encoder maps these channels linearly, and a linear map of things side
by side is a sum,

$$
W \begin{bmatrix} (1 - h)\, \theta \\ h \\ \beta \end{bmatrix}
  = (1 - h)\, W_\theta \theta + h\, w_h + W_\beta \beta ,
$$

so the pose is projected, the shape is projected and broadcast to all tokens, both are added, and in place of a hidden
pose stands $w_h$, the learned mask token. Sensors: one token for each sensor and frame, its features standardised.

Source: MGDHand embeds pose and shape and combines them; that the combination is a sum is our choice. Explained in the
book: *The fusion teacher*.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hands.conventions import NUM_BETAS

POSE_CHANNELS = 6 + 1 + NUM_BETAS
"""Of a token of the pose: 6D, hidden or not, shape."""


def pose_tokens(
    standardised_6d: Float[Tensor, "batch time joints 6"],
    betas: Float[Tensor, "batch 10"],
    hidden: Bool[Tensor, "batch time joints"],
) -> Float[Tensor, "batch time joints channels"]:
    """Channels of the pose's tokens. Of a hidden pose nothing is left, not even a number that is no number.

    Example:
        >>> hidden = torch.tensor([[[False, True]]])
        >>> pose_tokens(torch.full((1, 1, 2, 6), 0.5), torch.zeros(1, 10), hidden)[0, 0, :, :7].tolist()
        [[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]]
    """
    gone = hidden[..., None]
    pose = torch.where(gone, torch.zeros_like(standardised_6d), standardised_6d)
    shape = betas[:, None, None].expand(*hidden.shape, -1)
    return torch.cat([pose, gone.to(pose), shape], -1)
