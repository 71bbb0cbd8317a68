"""Checkers of *Naming gestures*: right answers by other means pass, and each typical mistake is told by its name."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree
from scipy.special import logsumexp
from scipy.stats import entropy

from hands import check


def by_interpolation(share, begin, end):
    return np.interp(share, [0, begin, end, 1], [0, 0, 1, 1])


def by_scipy(classes, spread):
    target = np.full(classes, spread / classes)
    target[0] += 1 - spread
    return entropy(target)


def by_logsumexp(logits, parents):
    own = np.array(parents)
    sums = [logsumexp(logits.numpy()[:, own == c], axis=1) for c in range(own.max() + 1)]
    return np.argmax(sums, 0)


def by_recall(counts):
    rows = counts.numpy()
    rows = rows[rows.sum(1) > 0], np.flatnonzero(rows.sum(1) > 0)
    return np.mean([row[k] / row.sum() for row, k in zip(*rows, strict=True)])


def by_a_tree(x, classes):
    nearest = KDTree(x.numpy()).query(x.numpy(), k=2)[1][:, 1]
    return (classes[nearest] == classes).double().mean()


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("fine_weight", by_interpolation),
        ("least_loss", by_scipy),
        ("coarse_by_fine", by_logsumexp),
        ("balanced_accuracy", by_recall),
        ("same_neighbours", by_a_tree),
    ],
)
def test_a_right_answer_by_other_means_passes(exercise, answer):
    verdict = getattr(check, exercise)(answer)
    assert verdict, verdict.message


def others_only(classes, spread):
    shares = [1 - spread, *[spread / (classes - 1)] * (classes - 1)]
    return -sum(share * math.log(share) for share in shares if share)


def cosine(x, classes):
    units = torch.nn.functional.normalize(x)
    near = (units @ units.T - 9 * torch.eye(len(x))).argmax(1)
    return (classes[near] == classes).double().mean()


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("fine_weight", lambda s, b, e: (s - b) / (e - b), "before the ramp the weight is 0"),
        ("fine_weight", lambda s, b, e: max(0.0, (s - b) / (e - b)), "stays 1"),
        ("fine_weight", lambda s, b, e: np.clip((s - b) / e, 0, 1), "divide by its length"),
        ("fine_weight", lambda s, b, e: np.clip(s / e, 0, 1), "begins at `begin`"),
        ("least_loss", others_only, "has its part"),
        ("least_loss", lambda n, s: by_scipy(n, s) / np.log(2), "natural logarithms"),
        ("least_loss", lambda n, s: math.log(n), "knows nothing"),
        ("coarse_by_fine", lambda z, own: torch.tensor(own)[z.argmax(1)], "add up first"),
        (
            "coarse_by_fine",
            lambda z, own: torch.stack([z[:, np.array(own) == c].sum(1) for c in range(3)]).argmax(0),
            "softmax first",
        ),
        (
            "coarse_by_fine",
            lambda z, own: torch.stack([z.softmax(1)[:, np.array(own) == c].mean(1) for c in range(3)]).argmax(0),
            "not to be divided",
        ),
        ("coarse_by_fine", lambda z, own: z.argmax(1), "number of a fine class"),
        ("balanced_accuracy", lambda c: c.diagonal().sum() / c.sum(), "that is top-1"),
        ("balanced_accuracy", lambda c: by_recall(c.T), "rows are the true classes"),
        ("balanced_accuracy", lambda c: (c.diagonal() / c.sum(1)).mean(), "leave it out of the mean"),
        ("balanced_accuracy", lambda c: (c.diagonal() / c.sum(1)).nan_to_num().mean(), "of which none was named"),
        ("same_neighbours", lambda x, y: (y[torch.cdist(x, x).argmin(1)] == y).double().mean(), "its own nearest"),
        ("same_neighbours", cosine, "compares directions"),
        ("same_neighbours", lambda x, y: 100 * by_a_tree(x, y), "not in percent"),
        ("same_neighbours", lambda x, y: 1 - by_a_tree(x, y), "of another class"),
    ],
)
def test_a_mistake_is_named(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
