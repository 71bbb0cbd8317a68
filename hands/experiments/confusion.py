"""Who is taken for whom: confusion matrices of classes, and the two accuracies that follow from them.

*Top-1* is the share of all samples whose class is named; a class with many samples counts much. *Balanced accuracy* is
the mean over classes of the share of each that is named, so that every class counts once.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from hands.experiments.results import ResultsError

Confusion = Int[Tensor, "classes classes"]
"""How many samples of a class (row) were called so (column)."""


def confusion(true: Int[Tensor, " n"], said: Int[Tensor, " n"], classes: int) -> Confusion:
    """Counts of who was taken for whom.

    Example:
        >>> confusion(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1]), classes=2).tolist()
        [[1, 1], [0, 1]]
    """
    return (true * classes + said).bincount(minlength=classes**2).view(classes, classes)


def top1(counts: Confusion) -> float:
    """Share of the samples whose class was named.

    Example:
        >>> round(top1(torch.tensor([[1, 1], [0, 1]])), 3)
        0.667
    """
    return float(counts.diagonal().sum() / counts.sum())


def balanced(counts: Confusion) -> float:
    """Mean over the classes that there are samples of.

    Example:
        >>> balanced(torch.tensor([[1, 1], [0, 1]]))
        0.75
    """
    each = counts.sum(1)
    return float((counts.diagonal() / each)[each > 0].mean())


def to_lines(counts: Confusion) -> list[str]:
    """A line of text for each row, for JSON that people can read.

    Example:
        >>> to_lines(torch.tensor([[1, 1], [0, 1]]))
        ['1 1', '0 1']
    """
    return [" ".join(map(str, row)) for row in counts.tolist()]


def from_lines(lines: Sequence[str]) -> Confusion:
    """What `to_lines` wrote.

    Raises:
        ResultsError: these are no lines of a square matrix.
    """
    rows = [line.split() for line in lines]
    if not rows or any(len(row) != len(rows) or not all(word.isdecimal() for word in row) for row in rows):
        raise ResultsError(f"{len(rows)} lines are no confusion matrix: expected as many whole numbers in each")
    return torch.tensor([[int(word) for word in row] for row in rows])
