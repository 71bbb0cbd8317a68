"""A likely wrong answer to each exercise of *The fusion teacher*."""

import torch
from torch import Tensor


def half_of_each(ratio: float) -> float:
    """As if nothing were hidden twice."""
    return ratio / 2


def zero_is_no_token(pose: Tensor, hidden: Tensor, token: Tensor) -> Tensor:
    """Multiplies, as MotionBERT does."""
    return pose * ~hidden[..., None]


def no_residual(m: Tensor, k: Tensor) -> Tensor:
    """Forgets what it knew."""
    return torch.softmax(m @ k.mT / m.shape[-1] ** 0.5, -1) @ k


def both_twice(shape: Tensor, motion: Tensor) -> Tensor:
    """Sum and difference, not halved."""
    return torch.stack([shape - motion, shape + motion])


def false_start(said: Tensor, points: Tensor, units: Tensor) -> Tensor:
    """Differences that begin with zero."""
    velocity = points.diff(dim=0, prepend=points[:1])
    acceleration = velocity.diff(dim=0, prepend=velocity[:1])
    labels = torch.stack([velocity, acceleration], -2) / units[:, None]
    return (said - labels).square().mean()


def in_radians(said: Tensor, true: Tensor, hidden: Tensor) -> Tensor:
    """Forgets the unit."""
    cosine = ((said.mT @ true).diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2
    angle = cosine.clamp(-1, 1).acos()
    return torch.stack([angle[~hidden].mean(), angle[hidden].mean()])


MISTAKES = {
    "hidden_share": half_of_each,
    "hide": zero_is_no_token,
    "ask_sensors": no_residual,
    "difference_and_product": both_twice,
    "motion_loss": false_start,
    "seen_and_unseen": in_radians,
}
