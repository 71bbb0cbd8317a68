"""Checkers for the exercises of *Naming gestures*.

What is expected is worked out class by class or picture by picture, or by other formulas than the chapter's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from hands.check.verdict import Verdict, judge


def fine_weight(answer: Callable[[float, float, float], Any]) -> Verdict:
    """Share of the training, and where the ramp begins and ends -> the weight of the fine classes."""
    cases = {
        "before the ramp": ((0.1, 0.2, 0.6), 0.0),
        "where it begins": ((0.2, 0.2, 0.6), 0.0),
        "a quarter of the way up": ((0.3, 0.2, 0.6), 0.25),
        "half the way up, another ramp": ((0.55, 0.2, 0.9), 0.5),
        "after it": ((0.9, 0.2, 0.6), 1.0),
    }
    return judge(
        answer,
        cases,
        praise="right: nothing, then a ramp, then all of it",
        atol=1e-6,
        mistakes={
            "before the ramp the weight is 0, not less": lambda s, b, e: min((s - b) / (e - b), 1.0),
            "after the ramp the weight stays 1": lambda s, b, e: max((s - b) / (e - b), 0.0),
            "it reaches 1 where the ramp ends; divide by its length, not by its end": lambda s, b, e: _clip(
                (s - b) / e
            ),
            "the ramp begins at `begin`, not at the start of the training": lambda s, b, e: _clip(s / e),
            "that is the weight that is still missing": lambda s, b, e: 1 - _clip((s - b) / (e - b)),
        },
    )


def least_loss(answer: Callable[[int, float], Any]) -> Verdict:
    """Number of classes, and the share of the truth that is spread over all -> the least cross-entropy there is."""
    cases = {
        "nothing is spread": ((27, 0.0), 0.0),
        "two classes": ((2, 0.2), _least(2, 0.2)),
        "27 classes, a tenth is spread": ((27, 0.1), _least(27, 0.1)),
        "35 classes, all is spread": ((35, 1.0), _least(35, 1.0)),
    }
    return judge(
        answer,
        cases,
        praise="right: a network that answers just what it is told is left with the entropy of that",
        atol=1e-4,
        mistakes={
            "the true class has its part of what is spread, too: 1 - share + share / classes": _least_without_own_part,
            "that is what a network loses that is sure of the truth and of nothing else; it may hedge": lambda n, s: (
                math.inf if s else 0.0
            ),
            "in natural logarithms, as torch counts": lambda n, s: _least(n, s) / math.log(2),
            "that is the loss of an answer that knows nothing; the network may know the class": lambda n, s: math.log(
                n
            ),
            "the others' part of the entropy is missing": lambda n, s: _entropy([1 - s + s / n]),
            "log 0 is not a number, but 0 log 0 counts as 0: leave out what has no share": lambda n, s: (
                math.nan if s == 0 else _least(n, s)
            ),
        },
    )


def coarse_by_fine(answer: Callable[[Tensor, Sequence[int]], Any]) -> Verdict:
    """Logits of fine classes (n, F), and the coarse class of each -> the most probable coarse class of each picture."""
    parents = (0, 0, 0, 1, 2, 2)
    many = torch.randn(40, 6, generator=torch.Generator().manual_seed(1)).double() * 2
    cases = {
        "sure of one": torch.tensor([[0.0, 9.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 9.0]]),
        "one of three that is sure": torch.tensor([[3.0, 0.0, 0.0, 2.5, 0.0, 0.0]]),
        "one that is likelier than each of three, not than all": torch.tensor([[2.0, 2.0, 2.0, 2.5, 0.0, 0.0]]),
        "three unlikely ones together": torch.tensor([[-1.0, -1.0, -1.0, 1.0, -3.0, -3.0]]),
        "many pictures": many,
    }
    return judge(
        answer,
        {name: ((logits.double(), parents), _by_sums(logits, parents)) for name, logits in cases.items()},
        praise="right: probabilities add up, and a class of three may win with none of them the likeliest",
        atol=1e-6,
        mistakes={
            "the coarse class of the likeliest fine one is not always the likeliest coarse one: add up first": (
                lambda logits, own: torch.tensor(own)[logits.argmax(1)]
            ),
            "logits do not add up; probabilities do: softmax first": lambda logits, own: _summed(logits, own).argmax(1),
            "a class of three is not to be divided by three: its probability is the sum": lambda logits, own: (
                _summed(logits.softmax(1), own) / torch.tensor(own).bincount()
            ).argmax(1),
            "that is the number of a fine class; ask for its coarse one": lambda logits, own: logits.argmax(1),
        },
    )


def balanced_accuracy(answer: Callable[[Tensor], Any]) -> Verdict:
    """Who is taken for whom (true class: row, called: column) -> mean share of each class that is named, 0 to 1."""
    cases = {
        "a large class that is always named, and a small one that seldom is": [[90, 0], [9, 1]],
        "all right": [[5, 0, 0], [0, 1, 0], [0, 0, 7]],
        "three classes": [[6, 2, 0], [1, 1, 2], [0, 5, 15]],
        "a class without pictures": [[4, 0, 0], [0, 0, 0], [3, 0, 1]],
    }
    tensors = {name: torch.tensor(rows, dtype=torch.float64) for name, rows in cases.items()}
    return judge(
        answer,
        {name: ((counts,), _balanced(counts)) for name, counts in tensors.items()},
        praise="right: every class counts once, however often it was photographed",
        atol=1e-6,
        mistakes={
            "that is top-1: large classes count more; take each row's share first": lambda c: (
                c.diagonal().sum() / c.sum()
            ),
            "rows are the true classes: divide by the sums of rows, not of columns": lambda c: _balanced(c.T),
            "a class without pictures has no share: leave it out of the mean": lambda c: (
                c.diagonal() / c.sum(1)
            ).mean(),
            "a class without pictures is not a class of which none was named": lambda c: (
                c.diagonal() / c.sum(1).clamp(min=1)
            ).mean(),
            "in shares from 0 to 1, not in percent": lambda c: 100 * _balanced(c),
        },
    )


def same_neighbours(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Vectors (n, D) and classes (n,) -> share of those whose nearest other one is of the same class, 0 to 1."""
    draw = torch.Generator().manual_seed(3)
    classes = torch.randint(4, (30,), generator=draw)
    heap = torch.randn(30, 5, generator=draw).double()
    groups = 6 * torch.eye(4, 5).double()[classes] + heap
    cases = {
        "points on a line": (torch.tensor([[0.0], [1.0], [5.0], [7.0]]).double(), torch.tensor([3, 3, 4, 3])),
        "one heap": (heap, classes),
        "groups, some far from the origin": (groups + torch.tensor([9.0, 0, 0, 0, 0]), classes),
        "the same direction, other lengths": (
            torch.tensor([[1.0, 1.0], [9.0, 9.0], [1.0, 2.0], [9.0, 8.0]]).double(),
            torch.tensor([0, 1, 0, 1]),
        ),
    }
    return judge(
        answer,
        {name: (case, _same(*case)) for name, case in cases.items()},
        praise="right: this is measured in all dimensions, where a map cannot mislead",
        atol=1e-6,
        mistakes={
            "every point is its own nearest neighbour: ask for another one": lambda x, y: 1.0,
            "that asks for the farthest one": lambda x, y: float((y[torch.cdist(x, x).argmax(1)] == y).double().mean()),
            "that compares directions; the distance counts lengths, too": _same_by_angle,
            "the first dimension is not all of them": lambda x, y: _same(x[:, :1], y),
            "in shares from 0 to 1, not in percent": lambda x, y: 100 * _same(x, y),
            "that is the share of those whose neighbour is of another class": lambda x, y: 1 - _same(x, y),
        },
    )


def _clip(value: float) -> float:
    return sorted((0.0, value, 1.0))[1]


def _entropy(shares: Sequence[float]) -> float:
    return -sum(share * math.log(share) for share in shares if share > 0)


def _least(classes: int, spread: float) -> float:
    """By torch's own loss, of logits that say just what the target says."""
    target = torch.full((1, classes), spread / classes, dtype=torch.float64)
    target[0, 0] += 1 - spread
    logits = target.clamp(min=1e-300).log()
    return float(cross_entropy(logits, torch.tensor([0]), label_smoothing=spread))


def _least_without_own_part(classes: int, spread: float) -> float:
    return _entropy([1 - spread, *[spread / (classes - 1)] * (classes - 1)])


def _summed(values: Tensor, parents: Sequence[int]) -> Tensor:
    found = torch.zeros(len(values), max(parents) + 1, dtype=values.dtype)
    for fine, coarse in enumerate(parents):
        found[:, coarse] += values[:, fine]
    return found


def _by_sums(logits: Tensor, parents: Sequence[int]) -> list[int]:
    """Picture by picture, with plain numbers; what all probabilities are divided by does not change the largest."""
    found = []
    for row in logits.double().tolist():
        sums: dict[int, float] = {}
        for value, parent in zip(row, parents, strict=True):
            sums[parent] = sums.get(parent, 0.0) + math.exp(value)
        found.append(max(sums, key=lambda parent: sums[parent]))
    return found


def _balanced(counts: Tensor) -> float:
    shares = [row[k] / sum(row) for k, row in enumerate(counts.tolist()) if sum(row)]
    return float(sum(shares) / len(shares))


def _same(x: Tensor, classes: Tensor) -> float:
    """Point by point."""
    right = 0
    for i, point in enumerate(x):
        away = [math.inf if i == j else float((point - other).square().sum()) for j, other in enumerate(x)]
        right += int(classes[away.index(min(away))] == classes[i])
    return right / len(x)


def _same_by_angle(x: Tensor, classes: Tensor) -> float:
    units = x / x.norm(dim=1, keepdim=True)
    cosines = (units @ units.T).fill_diagonal_(-2.0)
    return float((classes[cosines.argmax(1)] == classes).double().mean())
