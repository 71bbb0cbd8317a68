"""A likely wrong answer to each exercise of *Three kinds of knowledge*."""

import torch
from torch import Tensor


def not_halved(shape: Tensor, pose: Tensor, motion: Tensor) -> Tensor:
    """Twice the answers."""
    return torch.stack([pose - motion, pose - shape])


def own_statistics(x: Tensor, y: Tensor, new: Tensor, penalty: float) -> Tensor:
    """Standardises what it is asked with its own mean."""
    z = (x - x.mean(0)) / x.std(0, correction=0)
    weights = torch.linalg.solve(z.T @ z / len(z) + penalty * torch.eye(z.shape[1]), z.T @ (y - y.mean(0)) / len(z))
    return (new - new.mean(0)) / new.std(0, correction=0) @ weights + y.mean(0)


def mean_of_the_judged(said: Tensor, true: Tensor, mean: Tensor) -> Tensor:
    """As most libraries do it."""
    return 1 - (true - said).square().sum() / (true - true.mean(0)).square().sum()


def the_best_of_each(errors: Tensor) -> Tensor:
    """Everybody chooses for themselves."""
    return errors.min(0).values.mean()


MISTAKES = {
    "both_answers": not_halved,
    "linear_probe": own_statistics,
    "explained": mean_of_the_judged,
    "chosen_by_others": the_best_of_each,
}
