"""A likely wrong answer to each exercise of *Fitting a hand to points*."""

import torch
from torch import Tensor


def fingers_still_begin_with_their_tips(points: Tensor) -> Tensor:
    """Moves the wrist to the front and forgets that each finger runs from its tip."""
    return torch.cat([points[..., -1:, :], points[..., :-1, :]], dim=-2) / 1000


def reflection_allowed(template: Tensor, points: Tensor, weights: Tensor) -> Tensor:
    """Kabsch without the determinant: right until the points are a mirror image."""
    w = weights[:, None] / weights.sum()
    a, b = (w * template).sum(0), (w * points).sum(0)
    U, _, Vt = torch.linalg.svd((template - a).T @ (w * (points - b)))
    return (template - a) @ U @ Vt + b


def lever_before_axis(keypoints: Tensor, axis: Tensor, centre: Tensor, moves: Tensor) -> Tensor:
    """(q - c) x u turns the other way."""
    return moves[:, None] * torch.linalg.cross(keypoints - centre, axis.expand_as(keypoints))


def prior_that_does_not_pull(J: Tensor, r: Tensor, noise: float, angles: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """Damps the step, but never draws an unseen angle to its mean."""
    return -torch.linalg.solve(J.T @ J / noise**2 + torch.diag(sd**-2), J.T @ r / noise**2)


MISTAKES = {
    "tracker_to_keypoints": fingers_still_begin_with_their_tips,
    "rigid_alignment": reflection_allowed,
    "hinge_column": lever_before_axis,
    "most_probable_step": prior_that_does_not_pull,
}
