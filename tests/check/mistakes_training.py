"""A likely wrong answer to each exercise of *Training, honestly*."""

import math

import torch
from torch import Tensor


def cosine_from_the_start(step: int, steps: int, peak: float, warmup: int) -> float:
    """The cosine runs on during the warm-up."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (1 + math.cos(math.pi * step / steps)) / 2


def each_parameter_alone(gradients: Tensor, longest: float) -> Tensor:
    """Every row has its own factor."""
    norm = gradients.norm(dim=1, keepdim=True)
    return gradients * (longest / norm).clamp(max=1)


def every_process_counts_the_same(gradients: Tensor, counts: Tensor) -> Tensor:
    """As if all shares were equal."""
    return gradients.mean(0)


def the_best_of_the_test(validation: Tensor, test: Tensor) -> Tensor:
    """Looks where it must not."""
    return test.min()


def frames_one_by_one(errors: Tensor, recordings: Tensor, drawn: Tensor) -> Tensor:
    """Takes frames for independent trials."""
    return errors[drawn].mean(1).quantile(torch.tensor([0.025, 0.975], dtype=errors.dtype))


MISTAKES = {
    "warmed_cosine": cosine_from_the_start,
    "clip_gradients": each_parameter_alone,
    "average_gradients": every_process_counts_the_same,
    "honest_choice": the_best_of_the_test,
    "bootstrap_interval": frames_one_by_one,
}
