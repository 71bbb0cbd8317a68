"""Ridge regression against least squares on augmented rows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from hands.experiments.ridge import Moments, quadratic, taps

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)) @ RNG.normal(size=(5, 5)) + [0, 3, -100, 0.5, 7]
Y = RNG.normal(size=(60, 2)) + X[:, :2]


def by_augmented_rows(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Predictions for x of numpy's least squares, with sqrt(n penalty) rows that pull at standardised weights."""
    n, k = x.shape
    z = (x - x.mean(0)) / x.std(0)
    rows = np.vstack([z, np.sqrt(n * penalty) * np.eye(k)])
    wanted = np.vstack([y - y.mean(0), np.zeros((k, y.shape[1]))])
    return z @ np.linalg.lstsq(rows, wanted, rcond=None)[0] + y.mean(0)


@pytest.mark.parametrize("penalty", [0.0, 1e-3, 0.5, 100.0])
def test_it_is_least_squares_with_augmented_rows(penalty: float) -> None:
    x, y = torch.from_numpy(X), torch.from_numpy(Y)
    np.testing.assert_allclose(Moments.of(x, y).fit(penalty)(x), by_augmented_rows(X, Y, penalty), atol=1e-9)


def test_recordings_add_up_to_all_of_them_at_once() -> None:
    x, y = torch.from_numpy(X), torch.from_numpy(Y)
    parts = Moments.of(x[:7], y[:7]) + Moments.of(x[7:20], y[7:20]) + Moments.of(x[20:], y[20:])
    np.testing.assert_allclose(parts.fit(0.1)(x), by_augmented_rows(X, Y, 0.1), atol=1e-9)


def test_columns_of_the_sums_are_sums_of_the_columns() -> None:
    x, y = torch.from_numpy(X), torch.from_numpy(Y)
    found = Moments.of(x, y).columns([3, 1]).fit(0.1)(x[:, [3, 1]])
    np.testing.assert_allclose(found, by_augmented_rows(X[:, [3, 1]], Y, 0.1), atol=1e-9)


def test_a_constant_input_has_no_weight() -> None:
    x = torch.cat([torch.from_numpy(X), torch.full((60, 1), 0.1), torch.zeros(60, 1)], 1)
    fit = Moments.of(x, torch.from_numpy(Y)).fit(0.1)
    assert fit.weight[-2:].abs().max() == 0
    np.testing.assert_allclose(fit(x), by_augmented_rows(X, Y, 0.1), atol=1e-9)


def test_single_precision_inputs_are_summed_in_double() -> None:
    far = torch.from_numpy(X).float() + 1000
    exact = by_augmented_rows(far.double().numpy(), Y, 0.0)
    np.testing.assert_allclose(Moments.of(far, torch.from_numpy(Y)).fit(0.0)(far.double()), exact, atol=1e-6)


def test_nothing_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="0 frames"):
        Moments.of(torch.zeros(0, 3), torch.zeros(0, 1)).fit(1.0)
    with pytest.raises(ValueError, match="penalty of -1"):
        Moments.of(torch.zeros(2, 3), torch.zeros(2, 1)).fit(-1.0)


def test_quadratic_holds_every_pair_once() -> None:
    pairs = itertools.combinations_with_replacement(range(5), 2)
    expected = np.column_stack([X, *(X[:, i] * X[:, j] for i, j in pairs)])
    np.testing.assert_allclose(quadratic(torch.from_numpy(X)), expected, rtol=1e-14)


def test_taps_look_both_ways_and_hold_the_ends() -> None:
    x = torch.from_numpy(X)
    found = taps(x, 4)
    for t in (0, 3, 30, 57, 59):
        before, behind = max(0, t - 4), min(59, t + 4)
        np.testing.assert_array_equal(found[t], np.concatenate([X[before], X[t], X[behind]]))
