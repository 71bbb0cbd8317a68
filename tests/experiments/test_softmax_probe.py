"""The linear probe: the minimum of its formula, whatever it begins with."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import log_softmax

from hands.experiments.softmax_probe import SoftmaxProbe

PENALTY = 0.05


@pytest.fixture(scope="module")
def data() -> tuple[torch.Tensor, torch.Tensor]:
    """Three of four classes, one of them rare, along two of three numbers; the fourth number does not vary."""
    rng = np.random.default_rng(0)
    y = rng.choice(3, size=120, p=[0.6, 0.3, 0.1])
    x = rng.normal(size=(120, 4)) * [3, 1, 0.2, 0] + np.eye(3, 4)[y] + 5
    return torch.from_numpy(x), torch.from_numpy(y)


def by_hand(flat: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """J as the module's head has it, for the three classes that occur."""
    weight, bias = flat[:12].reshape(3, 4), flat[12:]
    logs = log_softmax(x @ weight.T + bias, axis=1)
    total = 0.0
    for c in range(3):
        total -= logs[y == c, c].sum() / (3 * (y == c).sum())
    return total + PENALTY / 2 * (weight**2).sum()


def test_it_is_the_minimum_of_the_formula(data: tuple[torch.Tensor, torch.Tensor]) -> None:
    x, y = (one.numpy() for one in data)
    probe = SoftmaxProbe.fit(*data, classes=4, penalty=PENALTY)
    scaled = (x - x.mean(0)) / np.maximum(x.std(0, ddof=1), 1e-6)
    best = minimize(by_hand, np.zeros(15), args=(scaled, y), method="BFGS", options={"gtol": 1e-9})
    mine = by_hand(np.concatenate([probe.weight[:3].flatten(), probe.bias[:3]]), scaled, y)
    assert mine == pytest.approx(best.fun, abs=1e-7)
    np.testing.assert_allclose(probe.weight[:3], best.x[:12].reshape(3, 4), atol=2e-3)
    again = SoftmaxProbe.fit(*data, classes=4, penalty=PENALTY, start=SoftmaxProbe.fit(*data, classes=4, penalty=1.0))
    torch.testing.assert_close(again.weight, probe.weight, rtol=0, atol=2e-3)


def test_what_never_occurs_is_never_named_and_rare_classes_count_alike(
    data: tuple[torch.Tensor, torch.Tensor],
) -> None:
    x, y = data
    probe = SoftmaxProbe.fit(x, y, classes=4, penalty=1e-3)
    named = probe(x).argmax(1)
    assert set(named.tolist()) == {0, 1, 2}
    each = [float((named[y == c] == c).double().mean()) for c in range(3)]
    assert min(each) > 0.6
    twice = torch.cat([x, x[y == 2]]), torch.cat([y, y[y == 2]])
    other = SoftmaxProbe.fit(*twice, classes=4, penalty=1e-3)
    # Only the scaling of x changes, and with it what the penalty is a penalty on.
    assert (other(x).argmax(1) == named).double().mean() > 0.97
