"""Differences over paired seeds, against scipy's paired t test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hands.experiments.paired import Paired, correlation_that_pays, differences, pairing, percent


def test_the_interval_is_that_of_the_paired_t_test() -> None:
    draw = np.random.default_rng(3)
    of, to = ({seed: float(x) for seed, x in enumerate(draw.normal(10, 1, 5))} for _ in range(2))
    found = Paired.of(differences(of, to))
    test = stats.ttest_rel([*of.values()], [*to.values()])
    expected = test.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert found.mean == pytest.approx(np.mean([*of.values()]) - np.mean([*to.values()]), rel=1e-12)
    assert found.sd == pytest.approx(np.std([of[s] - to[s] for s in of], ddof=1), rel=1e-12)
    assert found.below + found.above == 5
    assert (found.low > 0.0) == (test.pvalue < 0.05 and found.mean > 0)


def test_signs_are_counted_and_seeds_are_named() -> None:
    found = Paired.of({4: -1.0, 2: 3.0, 3: -0.5, 9: 0.0})
    assert (found.below, found.above, found.seeds) == (2, 1, (2, 3, 4, 9))


def test_one_seed_has_no_interval_and_none_is_refused() -> None:
    found = Paired.of({7: -1.23456})
    assert (found.sd, found.low, found.high, found.rounded()["mean"]) == (None, None, None, -1.235)
    with pytest.raises(ValueError, match="no seed that both methods have"):
        Paired.of(differences({0: 1.0}, {1: 1.0}))


def test_only_seeds_that_both_have_are_compared() -> None:
    of, to = {0: 11.0, 1: 8.0, 5: 1.0}, {1: 10.0, 0: 10.0, 4: 1.0}
    assert differences(of, to) == {0: 1.0, 1: -2.0}
    assert percent(of, to) == {0: 10.0, 1: -20.0}


@pytest.mark.parametrize("n", [2, 3, 5])
def test_what_pairs_change_is_what_scipys_two_tests_say(n: int) -> None:
    draw = np.random.default_rng(n)
    of, to = ({seed: float(x) for seed, x in enumerate(draw.normal(10, 1, n))} for _ in range(2))
    found = pairing(of | {8: 0.0}, to | {9: 0.0})
    assert found is not None
    for half, test in ((found.paired, stats.ttest_rel), (found.unpaired, stats.ttest_ind)):
        ends = test([*of.values()], [*to.values()]).confidence_interval(0.95)
        assert half == pytest.approx((ends.high - ends.low) / 2, rel=1e-9)
    assert found.r == pytest.approx(np.corrcoef([*of.values()], [*to.values()])[0, 1])


def test_pairs_of_too_few_seeds_or_of_no_spread() -> None:
    assert pairing({0: 1.0}, {0: 2.0}) is None
    same = pairing({0: 1.0, 1: 1.0}, {0: 2.0, 1: 3.0})
    assert same is not None
    assert same.r is None


@pytest.mark.parametrize("n", [3, 4, 5, 9])
def test_just_above_the_correlation_that_pays_pairs_are_narrower(n: int) -> None:
    columns = np.column_stack([np.ones(n), np.random.default_rng(n).normal(size=(n, 2))])
    z = np.linalg.qr(columns)[0][:, 1:]  # of mean 0, as long as each other, and at a right angle
    for more, narrower in ((0.02, True), (-0.02, False)):
        r = correlation_that_pays(n) + more
        other = r * z[:, 0] + np.sqrt(1 - r * r) * z[:, 1]
        found = pairing(dict(enumerate(z[:, 0])), dict(enumerate(other)))
        assert found is not None
        assert found.r == pytest.approx(r)
        assert (found.paired < found.unpaired) == narrower
