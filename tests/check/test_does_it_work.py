"""What the checkers of *Does it work?* take for the truth; and each of their hints."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn.functional import normalize

from hands import check, distill
from hands.check import does_it_work

DRAW = torch.Generator().manual_seed(0)


def numbers(*shape):
    return torch.randn(*shape, generator=DRAW).double()


def test_the_factors_are_those_of_t():
    assert pytest.approx(stats.t.ppf(0.975, 2), abs=1e-4) == does_it_work.T_2
    assert pytest.approx(stats.t.ppf(0.975, 4), abs=1e-4) == does_it_work.T_4


@pytest.mark.parametrize("r", [-0.6, 0.0, 0.9])
def test_the_spread_of_a_difference_is_that_of_numbers_so_correlated(r):
    z = np.linalg.qr(numbers(200, 3).numpy() - numbers(200, 3).numpy().mean(0))[0]
    z = z - z.mean(0)
    one, other = z[:, 0], z[:, 1] - z[:, 0] * (z[:, 0] @ z[:, 1]) / (z[:, 0] @ z[:, 0])
    one, other = (x / x.std(ddof=1) for x in (one, other))
    a, b = 0.7 * one, 0.4 * (r * one + math.sqrt(1 - r * r) * other)
    assert does_it_work._sd_by_two_shares(0.7, 0.4, r) == pytest.approx((a - b).std(ddof=1), rel=1e-9)


@pytest.mark.parametrize("n", [3, 5])
def test_the_interval_is_scipys(n):
    a, b = numbers(n), numbers(n)
    t = float(stats.t.ppf(0.975, n - 1))
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    np.testing.assert_allclose(does_it_work._paired(a, b, t), expected, rtol=1e-9)


def test_a_constant_is_the_librarys():
    z = numbers(30, 5) + 1
    assert does_it_work._by_pairs(z) == pytest.approx(distill.of_a_constant(z).item(), rel=1e-9)
    near = min(distill.distance(c.expand_as(z), z).item() for c in numbers(500, 5) + 1)
    assert does_it_work._by_pairs(z) < near


@pytest.mark.parametrize("k", [1, 2, 4, 6])
def test_the_best_of_k_is_that_of_all_ways_to_pick(k):
    errors = numbers(6)
    ways = [min(way) for way in itertools.combinations(errors.tolist(), k)]
    assert does_it_work._by_rank(errors, k) == pytest.approx(sum(ways) / len(ways), rel=1e-12)


def test_every_case_of_the_clearest_gain_has_an_answer_that_is_meant():
    seen = []

    def answer(sensors, plain, taught, t):
        seen.append(does_it_work._clearest(sensors, plain, taught, t))
        return seen[-1]

    assert check.clearest_gain(answer)
    assert seen == [3, 7, 7, 3, 0]


def interval(a, b, half):
    d = a - b
    return torch.stack([d.mean() - half(d), d.mean() + half(d)])


def clearest(change):
    return lambda s, p, q, t: does_it_work._clearest(*change(s, p, q, t))


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("sd_of_difference", lambda a, b, r: a * a + b * b - 2 * r * a * b, "variance"),
        ("sd_of_difference", lambda a, b, r: math.sqrt(a * a + b * b), "r counts"),
        ("sd_of_difference", lambda a, b, r: math.sqrt(a * a + b * b + 2 * r * a * b), "minus"),
        ("sd_of_difference", lambda a, b, r: math.sqrt(a * a + b * b - r * a * b), "twice"),
        ("sd_of_difference", lambda a, b, r: abs(a - b), "do not subtract"),
        ("paired_interval", lambda a, b, t: interval(b, a, lambda d: t * d.std() / len(d) ** 0.5), "ours less"),
        ("paired_interval", lambda a, b, t: interval(a, b, lambda d: t * d.std()), "by its root"),
        (
            "paired_interval",
            lambda a, b, t: interval(a, b, lambda d: t * d.std(correction=0) / len(d) ** 0.5),
            "n - 1",
        ),
        ("paired_interval", lambda a, b, t: interval(a, b, lambda d: 1.96 * d.std() / len(d) ** 0.5), "1.96"),
        (
            "paired_interval",
            lambda a, b, t: interval(a, b, lambda d: t * ((a.var() + b.var()) / len(d)).sqrt()),
            "not paired",
        ),
        ("constant_student", lambda z: 1 - normalize(z).mean(0).norm(), "half"),
        ("constant_student", lambda z: normalize(z).mean(0).norm(), "this is the cosine"),
        (
            "constant_student",
            lambda z: torch.cdist(normalize(z), normalize(z)).square().mean(),
            "from each other",
        ),
        ("clearest_gain", clearest(lambda s, p, q, t: (s, p, q, 0.0)), "one seed"),
        ("clearest_gain", lambda s, p, q, t: does_it_work._clearest(s, p, q, t, percent=False), "shares"),
        ("clearest_gain", clearest(lambda s, p, q, t: (s, q, p, t)), "a loss"),
        ("clearest_gain", lambda s, p, q, t: does_it_work._clearest(s, p, q, t) or 7, "say 0"),
        ("best_of", lambda e, k: e.min(), "seldom"),
        ("best_of", lambda e, k: e.mean(), "may be reported"),
        (
            "best_of",
            lambda e, k: np.mean([min(p) for p in itertools.product(e.tolist(), repeat=k)]),
            "picked twice",
        ),
        ("best_of", lambda e, k: e[:k].min(), "the first k"),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
