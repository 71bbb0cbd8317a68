"""Checkers for the exercises of *Three kinds of knowledge*.

What is expected is worked out number by number, or by other formulas than the chapter's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from hands.check.verdict import Verdict, judge

Array = npt.NDArray[np.float64]


def both_answers(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """The three priors, none of them averaged (T, J, D) -> (2, T, J, D): m and k."""
    draw = torch.Generator().manual_seed(0)
    pairs = {"one number": torch.randn(2, 1, 1, 1, generator=draw), "tokens": torch.randn(2, 3, 2, 4, generator=draw)}

    def case(m: Tensor, k: Tensor) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
        return (m - k + m * k, m + k + m * k, k - m + m * k), torch.stack([m, k])

    return judge(
        answer,
        {name: case(*pair.double()) for name, pair in pairs.items()},
        praise="right: two subtractions, and the three priors are the two answers again",
        atol=1e-6,
        mistakes={
            "these are twice the answers": lambda sh, po, tm: torch.stack([po - tm, po - sh]),
            "right numbers in the other order: first m, then k": lambda sh, po, tm: torch.stack(
                [(po - sh) / 2, (po - tm) / 2]
            ),
            "the sign is wrong: the pose prior has m and k with a plus": lambda sh, po, tm: torch.stack(
                [(tm - po) / 2, (sh - po) / 2]
            ),
            "in a sum the product stands twice; take a difference, in which it cancels": lambda sh, po, tm: torch.stack(
                [(po + sh) / 2, (po + tm) / 2]
            ),
        },
    )


def linear_probe(answer: Callable[[Tensor, Tensor, Tensor, float], Any]) -> Verdict:
    """Numbers x (n, d), what they should say y (n, t), others (k, d), a penalty -> what the probe says of others."""
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(12, 3, generator=draw).double() * torch.tensor([1.0, 50.0, 0.02]).double() + 2
    y = x @ torch.randn(3, 2, generator=draw).double() + torch.randn(12, 2, generator=draw).double() + 7
    new = 1.5 * x[:5] + 1
    cases = {
        "one number, no penalty": (x[:, :1], y[:, :1], new[:, :1], 0.0),
        "three numbers, no penalty": (x, y, new, 0.0),
        "a penalty": (x, y, new, 0.5),
        "so large a penalty that only the mean is left": (x, y, new, 1e9),
    }
    return judge(
        answer,
        {name: (case, _probed(*case)) for name, case in cases.items()},
        praise="right: the probe sees no unit and no mean, and of others nothing but what it is asked",
        atol=1e-5,
        mistakes={
            "others have to be standardised with the mean and deviation of x, not with their own": (
                lambda x, y, new, penalty: _probed(
                    x, y, (new - new.mean(0)) / new.std(0, correction=0) * x.std(0, correction=0) + x.mean(0), penalty
                )
            ),
            "divide both products by n, or the penalty means less the more frames there are": (
                lambda x, y, new, penalty: _probed(x, y, new, penalty / len(x))
            ),
            "the mean of y is missing: subtract it before, and add it in the end": (
                lambda x, y, new, penalty: _probed(x, y, new, penalty) - y.mean(0).numpy()
            ),
            "without standardised inputs the penalty falls on numbers that happen to have small units": (
                lambda x, y, new, penalty: _probed(x, y, new, penalty, standardise=False)
            ),
        },
    )


def explained(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Predicted and true (n, t), the mean of the training data (t,) -> R^2."""
    draw = torch.Generator().manual_seed(2)
    true = torch.randn(9, 3, generator=draw).double() * torch.tensor([1.0, 4.0, 0.2]).double() + 1
    said, mean = true + torch.randn(9, 3, generator=draw).double(), torch.tensor([0.5, 2.0, 1.0]).double()
    cases = {
        "the truth": (true, true, mean),
        "the mean of the training data": (mean.expand(9, 3), true, mean),
        "something between": (said, true, mean),
        "worse than the mean": (mean - 2 * (true - mean), true, mean),
    }
    return judge(
        answer,
        {name: (case, _explained(*case)) for name, case in cases.items()},
        praise="right: 1 for the truth, 0 for the mean, and less for what misleads",
        atol=1e-6,
        mistakes={
            "this is what is left unexplained; R² is the rest": lambda said, true, mean: (
                1 - _explained(said, true, mean)
            ),
            "compare with the mean of the training data: nobody knows that of the data to come": (
                lambda said, true, mean: _explained(said, true, true.mean(0))
            ),
            "add up the squares of all columns first, and divide once": lambda said, true, mean: np.mean(
                [_explained(said[:, [i]], true[:, [i]], mean[[i]]) for i in range(true.shape[1])]
            ),
        },
    )


def chosen_by_others(answer: Callable[[Tensor], Any]) -> Verdict:
    """Errors of probes, by penalty and by the person who was left out (P, N) -> the error that may be reported."""
    draw = torch.Generator().manual_seed(3)
    noise = torch.rand(6, 7, generator=draw).double()
    cases = {
        "three people, two penalties": torch.tensor([[1.0, 4.0, 6.0], [3.0, 3.0, 3.5]]).double(),
        "seven people, six penalties that do not matter": 10 + noise,
    }
    return judge(
        answer,
        {name: ((errors,), _by_others(errors)) for name, errors in cases.items()},
        praise="right: nobody had a say in how they are judged",
        atol=1e-9,
        mistakes={
            "each person chose the own best penalty, which looks better than it is: let the others choose": (
                lambda errors: errors.min(0).values.mean()
            ),
            "whoever is judged had a say in the choice: leave the person out of the mean": (
                lambda errors: errors.mean(1).min()
            ),
            "that is the error on those who chose; report that of the person who was left out": (
                lambda errors: ((errors.sum(1, keepdim=True) - errors) / (errors.shape[1] - 1)).min(0).values.mean()
            ),
        },
    )


def _probed(x: Tensor, y: Tensor, new: Tensor, penalty: float, standardise: bool = True) -> Array:
    """By least squares with one more row for each weight, which the penalty wants to be zero."""
    a, b, c = (part.numpy() for part in (x, y, new))
    spread = a.std(0) if standardise else np.ones(a.shape[1])
    rows = np.concatenate([(a - a.mean(0)) / spread, np.sqrt(len(a) * penalty) * np.eye(a.shape[1])])
    wanted = np.concatenate([b - b.mean(0), np.zeros((a.shape[1], b.shape[1]))])
    weights = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    found: Array = (c - a.mean(0)) / spread @ weights + b.mean(0)
    return found


def _explained(said: Tensor, true: Tensor, mean: Tensor) -> float:
    """Number by number."""
    left = total = 0.0
    for t, i in np.ndindex(*true.shape):
        left += float(true[t, i] - said[t, i]) ** 2
        total += float(true[t, i] - mean[i]) ** 2
    return 1 - left / total


def _by_others(errors: Tensor) -> float:
    """Person by person."""
    found = []
    for person in range(errors.shape[1]):
        others = [p for p in range(errors.shape[1]) if p != person]
        sums = [sum(float(row[p]) for p in others) for row in errors]
        found.append(float(errors[sums.index(min(sums)), person]))
    return float(np.mean(found))
