"""What the checkers of *Training, honestly* take for the truth; and each of their hints."""

import math

import numpy as np
import pytest
import torch

from hands import check, train
from hands.check import training


@pytest.mark.parametrize(("steps", "warmup"), [(7, 0), (20, 4), (5, 4)])
def test_rate_is_the_librarys(steps, warmup):
    recipe = train.Recipe(steps=steps, batch=1, lr=0.7, warmup=warmup)
    for k in range(steps):
        assert training._rate(k, steps, 0.7, warmup) == pytest.approx(train.learning_rate(recipe, k), abs=1e-12)


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
def test_clipped_is_what_torch_clips(scale):
    g = scale * torch.randn(4, 5, generator=torch.Generator().manual_seed(1)).double()
    parameters = [torch.nn.Parameter(row.clone()) for row in g]
    for parameter, row in zip(parameters, g, strict=True):
        parameter.grad = row.clone()
    torch.nn.utils.clip_grad_norm_(parameters, 1.5)
    theirs = torch.stack([parameter.grad for parameter in parameters])
    torch.testing.assert_close(training._clipped(g, 1.5), theirs, rtol=1e-5, atol=1e-12)


def test_honest_is_the_test_where_validation_is_smallest():
    draw = torch.Generator().manual_seed(0)
    validation, test = torch.rand(2, 30, generator=draw)
    assert training._honest(validation, test) == float(test[validation.argmin()])


def test_interval_is_by_sums_and_counts_of_recordings():
    draw = torch.Generator().manual_seed(5)
    recordings = torch.tensor([0] * 3 + [1] * 7 + [2] * 5)
    errors, drawn = torch.rand(15, generator=draw).double(), torch.randint(3, (50, 3), generator=draw)
    sums, counts = (np.bincount(recordings, w) for w in (errors.numpy(), None))
    expected = np.quantile([sums[row].sum() / counts[row].sum() for row in drawn.numpy()], [0.025, 0.975])
    np.testing.assert_allclose(training._interval(errors, recordings, drawn), expected, rtol=1e-12)


def warmed(after, rise=lambda k, w: (k + 1) / w):
    return lambda k, n, peak, w: peak * (rise(k, w) if k < w else after(k, n, w))


def half_wave(k, n, w):
    return (1 + math.cos(math.pi * (k - w) / (n - w))) / 2


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("warmed_cosine", warmed(half_wave, lambda k, w: k / w), "wasted"),
        ("warmed_cosine", warmed(lambda k, n, w: half_wave(k, n, 0)), "has ended"),
        ("warmed_cosine", warmed(lambda k, n, w: math.cos(math.pi / 2 * (k - w) / (n - w))), "half a turn"),
        ("warmed_cosine", lambda k, n, peak, w: peak * half_wave(k, n, 0), "is missing"),
        ("warmed_cosine", warmed(lambda k, n, w: math.cos(math.pi * (k - w) / (n - w))), "below zero"),
        ("clip_gradients", lambda g, c: g * (c / g.norm(dim=1, keepdim=True)).clamp(max=1), "by itself"),
        ("clip_gradients", lambda g, c: g.clamp(-c, c), "every number"),
        ("clip_gradients", lambda g, c: g * c / g.norm().clamp(min=1e-30), "stay as they are"),
        ("clip_gradients", lambda g, c: g / g.norm() if g.norm() > c else g, "forgets the length"),
        ("average_gradients", lambda g, n: g.mean(0), "weigh by the samples"),
        ("average_gradients", lambda g, n: g.sum(0), "grows with"),
        ("average_gradients", lambda g, n: (g * n[:, None]).sum(0), "divided by their number"),
        ("average_gradients", lambda g, n: (g * n[:, None]).sum(0) / len(n), "not of processes"),
        ("honest_choice", lambda v, t: t.min(), "best of the test"),
        ("honest_choice", lambda v, t: v.min(), "used to choose"),
        ("honest_choice", lambda v, t: t[-1], "the last one"),
        ("honest_choice", lambda v, t: t[v.argmax()], "the worst"),
        ("honest_choice", lambda v, t: (v.min() + t[v.argmin()]) / 2, "a mean of both"),
        (
            "bootstrap_interval",
            lambda e, r, d: training._ends([np.mean([e[r == k].mean() for k in row]) for row in d]),
            "mean of means",
        ),
        ("bootstrap_interval", lambda e, r, d: training._ends([float(e[row].mean()) for row in d]), "one by one"),
        ("bootstrap_interval", lambda e, r, d: training._ends(training._means(e, r, d), 0.0), "largest"),
        ("bootstrap_interval", lambda e, r, d: training._ends(training._means(e, r, d), 0.05), "90 %"),
        (
            "bootstrap_interval",
            lambda e, r, d: training._ends([float(e[torch.isin(r, row)].mean()) for row in d]),
            "counts twice",
        ),
        ("bootstrap_interval", lambda e, r, d: training._normal_ends(e, r, d), "normal"),
        ("warmed_cosine", warmed(lambda k, n, w: half_wave(k, n - 1, w)), "one step after"),
        ("average_gradients", lambda g, n: g.sum(0) / n.sum(), "before they are added"),
        ("honest_choice", lambda v, t: v.argmin(), "which checkpoint"),
        ("honest_choice", lambda v, t: t.mean(), "mean of all"),
        ("honest_choice", lambda v, t: t[(v + t).argmin()], "had a say"),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
