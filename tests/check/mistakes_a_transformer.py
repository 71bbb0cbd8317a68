"""A likely wrong answer to each exercise of *A transformer for hands in time*."""

from collections.abc import Callable

import torch
from torch import Tensor


def hide_afterwards(scores: Tensor, hidden: Tensor) -> Tensor:
    """Rows no longer have the sum 1."""
    return scores.softmax(-1) * ~hidden


def reshape_alone(x: Tensor, num_heads: int) -> Tensor:
    """The shape is right, the numbers are not."""
    return x.reshape(num_heads, len(x), -1)


def along_joints(attend: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Frames as the batch."""
    return attend(x)


def the_wrong_way_round(st: Tensor, ts: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Each stream with the other's share."""
    shares = (torch.cat([st, ts], -1) @ weight.T + bias).softmax(-1)
    return shares[..., 1:] * st + shares[..., :1] * ts


def one_stream(dim_in: int, dim: int, depth: int, joints: int, frames: int) -> int:
    """As if TS had the weights of ST."""
    layer = 8 * dim * dim + 11 * dim
    return dim_in * dim + dim + (joints + frames) * dim + depth * (2 * layer + 4 * dim + 2) + 2 * dim


MISTAKES = {
    "hide_keys": hide_afterwards,
    "split_heads": reshape_alone,
    "along_time": along_joints,
    "fuse_streams": the_wrong_way_round,
    "count_parameters": one_stream,
}
