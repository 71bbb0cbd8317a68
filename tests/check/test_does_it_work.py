"""What the checkers of *Does it work?* take for the truth; and each of their hints."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats
from torch.nn.functional import normalize

from hands import check, distill
from hands.check import does_it_work
from hands.experiments.paired import correlation_that_pays

DRAW = torch.Generator().manual_seed(0)


def numbers(*shape):
    return torch.randn(*shape, generator=DRAW).double()


def test_the_factors_are_those_of_t():
    assert pytest.approx(stats.t.ppf(0.975, 2), abs=1e-4) == does_it_work.T_2
    assert pytest.approx(stats.t.ppf(0.975, 4), abs=1e-4) == does_it_work.T_4
    assert pytest.approx(stats.t.ppf(0.975, 8), abs=1e-4) == does_it_work.T_8


@pytest.mark.parametrize("n", [3, 5, 20])
def test_from_where_pairs_pay_is_the_librarys(n):
    paired_t, unpaired_t = (float(stats.t.ppf(0.975, freedom)) for freedom in (n - 1, 2 * n - 2))
    found = does_it_work._by_halving(paired_t, unpaired_t)
    assert found == pytest.approx(correlation_that_pays(n), abs=1e-8)


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
    assert seen == [3, 7, 7, 3, 0, 7, 7]


def interval(a, b, half):
    d = a - b
    return torch.stack([d.mean() - half(d), d.mean() + half(d)])


def along_the_mean(z):
    """Divides by the length of a mean that may be zero."""
    units = z / z.norm(dim=1, keepdim=True)
    middle = units.mean(0)
    return (2 - 2 * units @ (middle / middle.norm())).mean()


def clearest_where(sensors, plain, taught, t, gain):
    """The row of the largest gain among those whose interval lies below zero."""
    gaps = taught - plain
    gain = torch.where(gaps.mean(1) + t * gaps.std(1) / gaps.shape[1] ** 0.5 < 0, gain, 0)
    return sensors[int(gain.argmax())] if gain.max() > 0 else 0


def clearest(change):
    return lambda s, p, q, t: does_it_work._clearest(*change(s, p, q, t))


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("pairing_pays", lambda p, u: (u / p) ** 2, "missing to one"),
        ("pairing_pays", lambda p, u: 1 - u / p, "square"),
        ("pairing_pays", lambda p, u: 1 - (p / u) ** 2, "larger one"),
        ("pairing_pays", lambda p, u: 1 - u * u / (2 * p * p), "twice"),
        ("pairing_pays", lambda p, u: 0, "alone does not decide"),
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
        ("constant_student", lambda z: 2.0, "nothing to do with them"),
        ("constant_student", lambda z: 2 - 2 * (normalize(z) @ normalize(z).mean(0)).mean(), "as long as one"),
        ("constant_student", along_the_mean, "cancel"),
        ("clearest_gain", clearest(lambda s, p, q, t: (s, p, q, 0.0)), "one seed"),
        ("clearest_gain", lambda s, p, q, t: clearest_where(s, p, q, t, (p - q).mean(1)), "shares"),
        ("clearest_gain", lambda s, p, q, t: clearest_where(s, p, q, t, 1 - q.mean(1) / p.mean(1)), "of its own"),
        ("clearest_gain", lambda s, p, q, t: clearest_where(s, p / p, q / p, t, 1 - (q / p).mean(1)), "millimetres"),
        ("clearest_gain", lambda s, p, q, t: [7, 3, 2, 0].index(does_it_work._clearest(s, p, q, t)), "of the row"),
        ("clearest_gain", clearest(lambda s, p, q, t: (s, q, p, t)), "a loss"),
        ("clearest_gain", lambda s, p, q, t: does_it_work._clearest(s, p, q, t) or 7, "say 0"),
        ("best_of", lambda e, k: e.min(), "seldom"),
        ("best_of", lambda e, k: e.mean(), "may be reported"),
        ("best_of", lambda e, k: sorted(e.tolist())[0] if k == 1 else e.sort().values[:k].mean(), "the k best"),
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
