"""t-SNE against scipy, autograd, and scikit-learn's numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import brentq
from scipy.spatial.distance import cdist
from scipy.special import softmax

from hands.gesture import tsne

PERPLEXITY = 10.0
CLASSES = np.arange(60) % 3

# rng = np.random.default_rng(0); x = rng.normal(size=(60, 5)) + 4 * np.eye(5)[np.arange(60) % 3]
# d = scipy.spatial.distance.squareform(scipy.spatial.distance.pdist(x, "sqeuclidean"))
# scipy.spatial.distance.squareform(sklearn.manifold._t_sne._joint_probabilities(d.astype("f"), 10, 0))[0, 1:6]
SKLEARN_JOINT = [2.85282063e-11, 6.44983497e-07, 1.04965601e-03, 3.38695999e-10, 1.20375922e-07]
# y = (x - x.mean(0)) @ np.linalg.svd(x - x.mean(0), full_matrices=False)[2][:2].T
# TSNE(perplexity=10, init=1e-4 * y / y[:, 0].std(), method="exact", max_iter=1000).fit(x).kl_divergence_
SKLEARN_DIVERGENCE = 0.19223


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.normal(size=(60, 5)) + 4 * np.eye(5)[CLASSES])


@pytest.fixture(scope="module")
def p(x: torch.Tensor) -> torch.Tensor:
    return tsne.joint(tsne.squared_distances(x), PERPLEXITY)


def test_widths_are_those_that_a_root_finder_finds(x: torch.Tensor) -> None:
    distances = cdist(x.numpy(), x.numpy(), "sqeuclidean")
    np.testing.assert_allclose(tsne.squared_distances(x).numpy(), distances, atol=1e-12)
    found = tsne.conditional(torch.from_numpy(distances), PERPLEXITY)
    for i in range(0, 60, 7):
        others = np.delete(distances[i], i)

        def excess(log_beta: float, others: np.ndarray = others) -> float:
            shares = softmax(-others * np.exp(log_beta))
            return -(shares * np.log(shares + 1e-300)).sum() - np.log(PERPLEXITY)

        own = softmax(-others * np.exp(brentq(excess, -10, 10, xtol=1e-14)))
        np.testing.assert_allclose(np.delete(found[i].numpy(), i), own, atol=1e-10)


def test_probabilities_are_scikit_learns(p: torch.Tensor) -> None:
    assert p[0, 1:6].tolist() == pytest.approx(SKLEARN_JOINT, rel=1e-3)  # which works in single precision
    torch.testing.assert_close(p, p.T, rtol=0, atol=0)
    assert p.sum().item() == pytest.approx(1, abs=1e-12)
    assert p.diagonal().abs().max() == 0


def test_the_gradient_is_that_of_the_divergence(p: torch.Tensor) -> None:
    y = torch.randn(60, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    w = 1 / (1 + torch.cdist(y, y).square())
    q = w.masked_fill(torch.eye(60, dtype=torch.bool), 0.0)
    q = q / q.sum()
    rows, columns = (p > 0).nonzero().T
    by_hand = (p[rows, columns] * (p[rows, columns] / q[rows, columns]).log()).sum()
    assert tsne.divergence(p, y.detach()).item() == pytest.approx(by_hand.item(), rel=1e-9)
    (expected,) = torch.autograd.grad(by_hand, y)
    torch.testing.assert_close(tsne.gradient(p, y.detach()), expected, rtol=0, atol=1e-10)


def test_the_layout_is_as_good_as_scikit_learns_and_keeps_groups(x: torch.Tensor, p: torch.Tensor) -> None:
    y = tsne.tsne(x, PERPLEXITY, steps=600)
    assert tsne.divergence(p, y).item() < 1.06 * SKLEARN_DIVERGENCE
    assert torch.equal(y, tsne.tsne(x, PERPLEXITY, steps=600))
    near = cdist(y.numpy(), y.numpy()) + np.diag(np.full(60, np.inf))
    assert (CLASSES[near.argmin(1)] == CLASSES).all()
    np.testing.assert_allclose(y.mean(0).numpy(), 0, atol=1e-9)


def test_it_begins_with_principal_components_whatever_their_sign(x: torch.Tensor) -> None:
    y = tsne.start(x)
    _, vectors = np.linalg.eigh(np.cov(x.T))
    scores = (x - x.mean(0)).numpy() @ vectors[:, ::-1][:, :2]
    scores = scores / scores[:, 0].std(ddof=1) * 1e-4
    np.testing.assert_allclose(y.abs().numpy(), np.abs(scores), rtol=1e-8)
    assert (y.gather(0, y.abs().argmax(0, keepdim=True)) > 0).all()


def test_too_few_points_are_refused(x: torch.Tensor) -> None:
    for perplexity in (20.0, 1.0):
        with pytest.raises(ValueError, match=f"perplexity is {perplexity} for 60 points"):
            tsne.tsne(x, perplexity)
