"""A likely wrong answer to each exercise of *What a perfect IMU measures*."""

import numpy as np
import roma
import torch
from torch import Tensor


def gravity_as_it_pulls(R_ws: Tensor) -> Tensor:
    """The sign of gravity, which a sensor at rest does not feel."""
    return R_ws.T @ torch.tensor([0, 0, -9.81]).to(R_ws)


def in_the_axes_of_the_world(before: Tensor, after: Tensor, dt: float) -> Tensor:
    """The factors swapped: right length, wrong axes."""
    return roma.rotmat_to_rotvec(after @ before.T) / dt


def without_the_changing_rate(acc_s: Tensor, gyro_s: Tensor, gyro_dot_s: Tensor, lever_s: Tensor) -> Tensor:
    """Only the circle's term."""
    return acc_s + torch.linalg.cross(gyro_s, torch.linalg.cross(gyro_s, lever_s))


def pi_twice(fps: float, frequency: float, kept: float) -> int:
    """numpy's sinc multiplies by pi itself."""
    n = 1
    while np.sinc(np.pi * frequency * (n + 1) / fps) ** 2 >= kept:
        n += 1
    return n


def average_in_moving_axes(acc: Tensor, gyro: Tensor, fps: float) -> Tensor:
    """The mean of readings whose axes turned between them."""
    mean = acc.mean(0)
    return mean / mean.norm()


MISTAKES = {
    "force_at_rest": gravity_as_it_pulls,
    "rate_between": in_the_axes_of_the_world,
    "force_at_tip": without_the_changing_rate,
    "half_window_frames": pi_twice,
    "which_way_is_up": average_in_moving_axes,
}
