r"""Labels of motion: how keypoints move from frame to frame.

$$ v_t = J_t - J_{t-1}, \qquad a_t = v_t - v_{t-1} $$

of the 21 keypoints J, in the hand's frame and from the wrist, in metres per frame and per frame squared. The first
frame of a window has no velocity and the first two no acceleration: these are not zero but unknown, so `known` leaves
them out of every mean. Divided by their root mean square over the training data, velocity and acceleration weigh the
same in a loss, and a head that always says zero has a loss of one.

Source: the differences are MGDHand's labels; frame, boundary and scaling are not known and ours. Explained in the book:
*The fusion teacher*.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def motion_labels(keypoints: Float[Tensor, "*batch time 21 3"]) -> Float[Tensor, "*batch time 21 2 3"]:
    """Velocity and acceleration of each keypoint, zero where `known` says that there is none.

    Example:
        >>> falling = torch.zeros(4, 21, 3)
        >>> falling[:, 5, 2] = torch.tensor([0.0, 1.0, 4.0, 9.0])
        >>> motion_labels(falling)[:, 5, :, 2].tolist()
        [[0.0, 0.0], [1.0, 0.0], [3.0, 2.0], [5.0, 2.0]]
    """
    labels = keypoints.new_zeros(*keypoints.shape[:-1], 2, 3)
    velocity = keypoints.diff(dim=-3)
    labels[..., 1:, :, 0, :] = velocity
    labels[..., 2:, :, 1, :] = velocity.diff(dim=-3)
    return labels


def known(frames: int) -> Bool[Tensor, "time 2"]:
    """True where a window of so many frames has a velocity, and an acceleration.

    Example:
        >>> known(3).tolist()
        [[False, False], [True, False], [True, True]]
    """
    return torch.arange(frames)[:, None] > torch.arange(2)


def motion_rms(keypoints: Float[Tensor, "*batch time 21 3"]) -> Float[Tensor, " 2"]:
    """Root mean square of velocities and of accelerations, where known.

    Raises:
        ValueError: windows are shorter than three frames, or nothing ever moves.
    """
    squares = mean_square(motion_labels(keypoints.double()))
    if not bool((squares > 0).all()):
        raise ValueError("labels of motion have no size: windows of three frames and more are needed, and some motion")
    return squares.sqrt().to(keypoints)


def mean_square(motion: Float[Tensor, "*batch time 21 2 3"]) -> Float[Tensor, " 2"]:
    """Mean square of velocities and of accelerations, over what is known."""
    there = known(motion.shape[-4]).to(motion)
    squares = motion.square().mean((-1, -3)) * there
    return squares.flatten(0, -3).mean(0).sum(0) / there.sum(0)
