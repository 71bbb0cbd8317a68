"""A likely wrong answer to each exercise of *Does it work?*"""

from collections.abc import Sequence

import torch
from torch import Tensor


def without_squares(paired: float, unpaired: float) -> float:
    """Compares factors where their squares count."""
    return 1 - unpaired / paired


def each_by_itself(ours: Tensor, theirs: Tensor, t: float) -> Tensor:
    """Two spreads in place of that of the differences."""
    half = t * ((ours.var() + theirs.var()) / len(ours)).sqrt()
    return (ours.mean() - theirs.mean()) + torch.stack([-half, half])


def lengths_count(teacher: Tensor) -> Tensor:
    """Averages before it normalises."""
    middle = teacher.mean(0)
    units = teacher / teacher.norm(dim=1, keepdim=True)
    return 2 - 2 * (units @ (middle / middle.norm())).mean()


def the_largest(sensors: Sequence[int], plain: Tensor, taught: Tensor, t: float) -> int:
    """Means alone."""
    return sensors[int(((plain - taught) / plain).mean(1).argmax())]


def the_best_of_all(errors: Tensor, k: int) -> Tensor:
    """As papers do."""
    return errors.min()


MISTAKES = {
    "pairing_pays": without_squares,
    "paired_interval": each_by_itself,
    "constant_student": lengths_count,
    "clearest_gain": the_largest,
    "best_of": the_best_of_all,
}
