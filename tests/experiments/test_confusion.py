"""Confusion matrices against counting, and the accuracies against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hands.experiments.confusion import balanced, confusion, from_lines, to_lines, top1
from hands.experiments.results import ResultsError


@pytest.fixture
def labels() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    true = rng.choice([0, 1, 2, 4], size=200, p=[0.7, 0.1, 0.1, 0.1])
    return true, np.where(rng.random(200) < 0.6, true, rng.integers(6, size=200))


def test_counts_and_accuracies_are_those_of_a_loop(labels: tuple[np.ndarray, np.ndarray]) -> None:
    true, said = labels
    counts = confusion(*map(torch.from_numpy, labels), classes=6)
    expected = np.zeros((6, 6), int)
    for t, s in zip(true, said, strict=True):
        expected[t, s] += 1
    assert (counts.numpy() == expected).all()
    assert top1(counts) == pytest.approx((true == said).mean(), rel=1e-6)
    each = [(said[true == c] == c).mean() for c in (0, 1, 2, 4)]
    assert balanced(counts) == pytest.approx(np.mean(each), rel=1e-6)
    assert balanced(counts) != pytest.approx(top1(counts), rel=1e-2)


def test_lines_are_read_again(labels: tuple[np.ndarray, np.ndarray]) -> None:
    counts = confusion(*map(torch.from_numpy, labels), classes=6)
    assert torch.equal(from_lines(to_lines(counts)), counts)
    for wrong in (["1 2", "3"], [], ["1 x", "2 3"]):
        with pytest.raises(ResultsError, match="are no confusion matrix"):
            from_lines(wrong)
