"""A likely wrong answer to each exercise of *Teaching a student*."""

from collections.abc import Sequence

import torch
from torch import Tensor


def nothing_by_nothing(vectors: Tensor) -> Tensor:
    """Divides zero by zero."""
    return vectors / vectors.norm(dim=-1, keepdim=True)


def over_channels(student: Tensor, teacher: Tensor) -> Tensor:
    """As `mse_loss` does it."""
    units = (one / one.norm(dim=-1, keepdim=True) for one in (student, teacher))
    return torch.nn.functional.mse_loss(*units)


def both_move(student: Tensor, teacher: Tensor) -> Tensor:
    """Forgets to let the teacher stand still."""
    return (student - teacher).square().sum(-1).mean()


def each_token_for_itself(tokens: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A gate for each token."""
    return ((tokens @ weight.T + bias).sigmoid() * tokens).mean((0, 1))


def in_the_gloves_order(features: Tensor, names: Sequence[str], own: Sequence[str]) -> Tensor:
    """Right sensors, wrong places."""
    return features[:, [name in own for name in names]]


MISTAKES = {
    "unit_directions": nothing_by_nothing,
    "frame_distance": over_channels,
    "taught_alone": both_move,
    "channel_gate": each_token_for_itself,
    "own_rows": in_the_gloves_order,
}
