"""A likely wrong answer to each exercise of *Making a hand move*."""

import torch
from torch import Tensor


def straight_on(time: Tensor, start: float, end: float, begins: float, lasts: float) -> Tensor:
    """Straight interpolation, which starts and stops with a jerk."""
    return start + (end - start) * ((time - begins) / lasts).clamp(0, 1)


def upper_half(quaternions: Tensor) -> Tensor:
    """The usual way to choose a sign, and where the jumps come from."""
    return torch.where(quaternions[:, 3:] < 0, -quaternions, quaternions)


def difference_of_vectors(hand_pose: Tensor, fps: float) -> Tensor:
    """Axis-angle vectors subtracted."""
    return hand_pose.diff(dim=0).norm(dim=-1).amax(-1) * fps


def from_rest(time: Tensor, place: float, speed: float, acceleration: float, goal: float, lasts: float) -> Tensor:
    """As if the hand had stopped when it changed its mind."""
    u = time / lasts
    return place + (goal - place) * u**3 * (10 - 15 * u + 6 * u * u)


MISTAKES = {
    "stroke": straight_on,
    "continuous_quaternions": upper_half,
    "fastest_joint": difference_of_vectors,
    "go_elsewhere": from_rest,
}
