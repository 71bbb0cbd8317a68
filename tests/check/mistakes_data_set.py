"""A likely wrong answer to each exercise of *A data set of your own*."""

import torch
from torch import Tensor


def across_recordings(lengths: list[int], size: int, stride: int) -> list[int]:
    """As if all recordings were one."""
    return list(range(0, max(1, sum(lengths) - size + stride), stride))


def every_row_of_every_window(starts: Tensor, size: int) -> Tensor:
    """Rows in two windows count twice."""
    return torch.ones(len(starts), size, dtype=torch.bool)


def whichever_recording(train: Tensor, test: Tensor) -> Tensor:
    """Compares frames, and forgets whose they are."""
    return ((test[:, None, 1] < train[None, :, 2]) & (train[None, :, 1] < test[:, None, 2])).any(1)


def taps_that_roll(x: Tensor, lengths: list[int], reach: int) -> Tensor:
    """The first frame's past is the last frame."""
    return torch.cat([x.roll(reach, 0), x, x.roll(-reach, 0)], 1)


def the_ruler_is_always_right(measured: Tensor, mean: Tensor, directions: Tensor, sigma: float) -> Tensor:
    """The shortest betas that fit to the last digit."""
    return torch.linalg.pinv(directions) @ (measured - mean)


MISTAKES = {
    "cut_windows": across_recordings,
    "count_once": every_row_of_every_window,
    "find_the_leak": whichever_recording,
    "three_taps": taps_that_roll,
    "betas_from_ruler": the_ruler_is_always_right,
}
