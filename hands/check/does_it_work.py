"""Checkers for the exercises of the chapter that asks whether teaching helps, *Does it work?*, in part 4.

What is expected is worked out seed by seed, or by other formulas than the chapter's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from statistics import fmean
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hands.check.verdict import Verdict, judge

T_2, T_4, T_8 = 4.3027, 2.7764, 2.3060
"""Of the t distribution with 2, 4 and 8 degrees of freedom: half of a 95 % interval, in standard errors."""


def pairing_pays(answer: Callable[[float, float], Any]) -> Verdict:
    """Factors of t for pairs and without them -> the correlation from which on the interval of pairs is narrower."""
    cases = {"three seeds": (T_2, T_4), "five seeds": (T_4, T_8), "as many seeds as you like": (1.96, 1.96)}
    return judge(
        answer,
        {name: (case, _by_halving(*case)) for name, case in cases.items()},
        praise="right: pairs cost degrees of freedom, and what seeds have in common must pay for them",
        atol=1e-4,
        mistakes={
            "that is the share of the variance that may be left; r is what is missing to one": lambda p, u: (
                (u / p) ** 2
            ),
            "spreads are roots of variances: square the ratio of the factors": lambda p, u: 1 - u / p,
            "the factor for pairs is the larger one, and stands on the side of the pairs": lambda p, u: (
                1 - (p / u) ** 2
            ),
            "both spreads are in the unpaired interval: a^2 + b^2 is twice a^2": lambda p, u: 1 - (u / p) ** 2 / 2,
            "the spread alone does not decide: pairs have a larger factor of t": lambda p, u: 0.0,
        },
    )


def paired_interval(answer: Callable[[Tensor, Tensor, float], Any]) -> Verdict:
    """Errors of two methods by seed (n,), and the factor of t -> ends of the interval of ours less theirs, (2,)."""
    cases = {
        "three seeds, always the same difference": ([9.0, 10.0, 11.0], [10.0, 11.0, 12.0], T_2),
        "three seeds": ([9.0, 10.5, 11.0], [10.0, 11.0, 12.0], T_2),
        "five seeds": ([9.1, 10.2, 8.7, 9.6, 9.9], [9.0, 10.4, 9.1, 9.5, 10.6], T_4),
    }
    return judge(
        answer,
        {n: ((_tensor(a), _tensor(b), t), _paired(a, b, t)) for n, (a, b, t) in cases.items()},
        praise="right: differences first, then their mean and how far it may be off",
        atol=1e-4,
        mistakes={
            "below zero ours is the smaller one: ours less theirs": lambda a, b, t: _paired(b, a, t),
            "how far a *mean* is off shrinks with the number of seeds: divide by its root": lambda a, b, t: _paired(
                a, b, t * len(a) ** 0.5
            ),
            "the standard deviation of a few divides by n - 1": lambda a, b, t: _paired(
                a, b, t * ((len(a) - 1) / len(a)) ** 0.5
            ),
            "1.96 is for hundreds of seeds; with so few, t is larger": lambda a, b, t: _paired(a, b, 1.96),
            "these are not paired: subtract seed by seed, then look how the differences spread": _unpaired,
        },
    )


def constant_student(answer: Callable[[Tensor], Any]) -> Verdict:
    """Features of a teacher (n, D), none of them zero -> the least mean distance of one vector to all of them.

    Directions may cancel: then all constants are as far away.
    """
    draw = torch.Generator().manual_seed(4)
    cases = {
        "always the same": torch.tensor([[3.0, 4.0], [6.0, 8.0]]),
        "two at a right angle, one of them long": torch.tensor([[1.0, 0.0], [0.0, 9.0]]),
        "opposite": torch.tensor([[2.0, 0.0], [-1.0, 0.0]]),
        "many that lean to one side": torch.randn(50, 6, generator=draw) + torch.tensor([2.0, 0, 0, 0, 0, 0]),
    }
    return judge(
        answer,
        {name: ((case.double(),), _by_pairs(case)) for name, case in cases.items()},
        praise="right: so far a loss falls for a student who does not look at the hand",
        atol=1e-6,
        mistakes={
            "lengths do not count: make every vector as long as one before you average": _mean_of_raw,
            "this is half of it: two unit vectors are 2 - 2 cos apart": lambda z: _by_pairs(z) / 2,
            "this is the cosine; the distance is 2 - 2 cos": lambda z: 1 - _by_pairs(z) / 2,
            "so far are they from each other; make the vector in their middle as long as one": _among_themselves,
            "2 is for a vector that has nothing to do with them; one that leans their way is nearer": lambda z: 2.0,
            "where directions cancel, their mean is zero: 2 - 2 |mean| needs no division": _nan_if_opposite,
        },
    )


def clearest_gain(answer: Callable[[Sequence[int], Tensor, Tensor, float], Any]) -> Verdict:
    """Numbers of sensors (k,), errors by seed of plain and of taught students (k, n), the factor of t -> one, or 0."""
    sensors = (7, 3, 2)
    few = [[10.0, 10.4, 9.6], [20.0, 20.6, 19.7], [30.0, 31.0, 29.5]]
    wide = [[10.0, 20.0, 40.0], *few[1:]]
    gains = {
        "every number of sensors gains": (few, [[0.5, 0.55, 0.45], [1.4, 1.5, 1.45], [1.6, 1.5, 1.7]]),
        "the largest gain is that of one lucky seed": (few, [[0.5, 0.55, 0.45], [9.0, 0.1, -0.2], [0.3, 0.32, 0.29]]),
        "fewer millimetres, but more of what there was": (few, [[1.0, 1.1, 0.95], [0.6, 0.5, 0.55], [2.0, 2.1, 1.9]]),
        "a clear loss is no gain": (few, [[-3.0, -3.1, -2.9], [0.2, 0.25, 0.22], [-0.1, 0.1, 0.0]]),
        "nothing can be told": (few, [[0.5, -1.0, 0.2], [2.0, -1.0, 1.5], [0.1, -0.3, 0.2]]),
        "a millimetre for everybody": (wide, [[1.0, 1.1, 0.9], [0.1, -0.1, 0.1], [0.1, -0.1, 0.1]]),
        "most for the seed that errs least": (wide, [[1.2, 1.1, 1.0], [1.1, 1.2, 1.1], [1.5, 1.6, 1.4]]),
    }
    cases = {name: (_tensor(plain), _tensor(plain) - _tensor(gain)) for name, (plain, gain) in gains.items()}
    return judge(
        answer,
        {name: ((sensors, *pair, T_2), _clearest(sensors, *pair, T_2)) for name, pair in cases.items()},
        praise="right: first what can be told from nothing, then which of it is largest",
        mistakes={
            "the largest mean may be that of one seed: leave out what cannot be told from nothing": (
                lambda s, p, q, t: _clearest(s, p, q, 0.0)
            ),
            "compare shares of the plain student's error; with fewer sensors every millimetre is easier": (
                lambda s, p, q, t: _clearest(s, p, q, t, share="none")
            ),
            "each seed has a plain error of its own: shares first, then their mean": (
                lambda s, p, q, t: _clearest(s, p, q, t, share="of means")
            ),
            "the interval is that of the millimetres; only what is left of the rows is compared in percent": (
                lambda s, p, q, t: _clearest(s, p, q, t, surely="percent")
            ),
            "a difference that is surely *larger* than zero is a loss": lambda s, p, q, t: _clearest(s, q, p, t),
            "return the number of sensors that the row stands for, not the number of the row": (
                lambda s, p, q, t: [*s].index(found) if (found := _clearest(s, p, q, t)) else -1
            ),
            "say 0 where no interval lies below zero": lambda s, p, q, t: _clearest(s, p, q, t) or s[0],
        },
    )


def best_of(answer: Callable[[Tensor, int], Any]) -> Verdict:
    """Test errors of n seeds of one method, and k -> the mean of the best of k seeds, over all ways to pick k."""
    errors = _tensor([10.0, 10.5, 12.0, 9.5, 9.0])
    cases = {f"{k} of {len(errors)} seeds": (errors, k) for k in (2, 1, 3, 5)}
    return judge(
        answer,
        {name: (case, _by_rank(*case)) for name, case in cases.items()},
        praise="right: nothing was learnt, and the number in the table fell",
        atol=1e-6,
        mistakes={
            "the best of k picked ones is seldom the best of all": lambda e, k: float(e.min()),
            "nobody picks the k best: pick in all ways, take the best of each, and then the mean": lambda e, k: float(
                e.sort().values[:k].mean()
            ),
            "this is the mean of all, which is what may be reported": lambda e, k: float(e.mean()),
            "no seed is picked twice": lambda e, k: fmean(min(p) for p in product(e.tolist(), repeat=k)),
            "the first k are one way to pick k of them; average over all": lambda e, k: float(e[:k].min()),
        },
    )


def _tensor(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _by_halving(paired: float, unpaired: float) -> float:
    """By looking for the correlation at which both intervals of numbers that spread by one are alike."""
    low, high = -1.0, 1.0
    while high - low > 1e-9:
        r = (low + high) / 2
        narrower = paired * math.sqrt(2 - 2 * r) < unpaired * math.sqrt(2)
        low, high = (low, r) if narrower else (r, high)
    return high


def _paired(ours: Any, theirs: Any, t: float) -> list[float]:
    """By the squares of all pairs of differences, which know no mean."""
    found = [float(a) - float(b) for a, b in zip(ours, theirs, strict=True)]
    n = len(found)
    variance = sum((x - y) ** 2 for x in found for y in found) / (2 * n * (n - 1))
    half = t * math.sqrt(variance / n)
    return [fmean(found) - half, fmean(found) + half]


def _unpaired(ours: Tensor, theirs: Tensor, t: float) -> list[float]:
    mean, half = float(ours.mean() - theirs.mean()), t * math.sqrt(float(ours.var() + theirs.var()) / len(ours))
    return [mean - half, mean + half]


def _units(vectors: Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = vectors.numpy().astype(np.float64)
    return values / np.sqrt((values**2).sum(1, keepdims=True))


def _by_pairs(vectors: Tensor) -> float:
    """By the cosines of all pairs: |mean of units|^2 is their mean."""
    units = _units(vectors)
    return 2 - 2 * math.sqrt(max(float(np.mean([u @ v for u in units for v in units])), 0.0))


def _mean_of_raw(vectors: Tensor) -> float:
    """Toward the mean of vectors of all lengths."""
    middle = vectors.numpy().astype(np.float64).mean(0)
    return float(2 - 2 * (_units(vectors) @ middle).mean() / (np.sqrt(middle @ middle) or 1.0))


def _nan_if_opposite(vectors: Tensor) -> float:
    """Divides by the length of the middle."""
    return math.nan if np.abs(_units(vectors).mean(0)).max() < 1e-12 else _by_pairs(vectors)


def _among_themselves(vectors: Tensor) -> float:
    units = _units(vectors)
    return float(np.mean([2 - 2 * u @ v for u in units for v in units]))


def _clearest(
    sensors: Sequence[int], plain: Tensor, taught: Tensor, t: float, *, share: str = "of each", surely: str = "mm"
) -> int:
    best, largest = 0, 0.0
    for count, before, after in zip(sensors, plain.tolist(), taught.tolist(), strict=True):
        shares = [a / b for a, b in zip(after, before, strict=True)]
        gain = {
            "of each": 1 - fmean(shares),
            "of means": 1 - fmean(after) / fmean(before),
            "none": fmean(before) - fmean(after),
        }[share]
        ends = _paired(after, before, t) if surely == "mm" else _paired(shares, [1.0] * len(shares), t)
        if ends[1] < 0 and gain > largest:
            best, largest = count, gain
    return best


def _by_rank(errors: Tensor, k: int) -> float:
    """By how many ways there are in which the i-th smallest is the best one."""
    ranked = sorted(errors.tolist())
    n = len(ranked)
    return sum(value * math.comb(n - 1 - i, k - 1) for i, value in enumerate(ranked)) / math.comb(n, k)
