"""Differences over paired seeds, against scipy's paired t test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hands.experiments.paired import Paired, differences, percent


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
