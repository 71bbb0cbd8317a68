"""The bootstrap over recordings against scipy's over their means, a loop over names, and simulated repetitions."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from scipy import stats

from hands.experiments import intervals

RNG = np.random.default_rng(5)


def recordings(sizes, spread=1.0, noise=0.3, rng=RNG):
    """Errors of frames around a mean of each recording, and the recordings' names."""
    errors = np.concatenate([rng.normal(10 + spread * rng.normal(), noise, n) for n in sizes])
    return errors, [f"S{k:02d}" for k, n in enumerate(sizes) for _ in range(n)]


def test_with_recordings_of_equal_size_it_is_scipys_bootstrap_of_their_means():
    errors, names = recordings([40] * 25)
    found = intervals.by_recording(errors, names, resamples=40_000)
    means = (errors.reshape(25, 40).mean(1),)
    expected = stats.bootstrap(means, np.mean, n_resamples=40_000, method="percentile", rng=np.random.default_rng(1))
    assert found.mean == pytest.approx(errors.mean(), abs=1e-12)
    # two sets of 40,000 draws: their 2.5 % quantiles differ by 1 % of the interval's width or so
    width = found.high - found.low
    assert found.low == pytest.approx(expected.confidence_interval.low, abs=0.03 * width)
    assert found.high == pytest.approx(expected.confidence_interval.high, abs=0.03 * width)


def test_recordings_of_other_sizes_are_drawn_with_all_their_frames():
    """A loop that draws names, and concatenates the frames of each."""
    errors, names = recordings([5, 50, 20, 80, 10, 30])
    by_name = [errors[np.array(names) == name] for name in sorted(set(names))]
    rng = np.random.default_rng(2)
    means = [np.concatenate([by_name[k] for k in rng.integers(6, size=6)]).mean() for _ in range(20_000)]
    found = intervals.by_recording(errors, names, level=0.8, resamples=20_000)
    low, high = np.quantile(means, [0.1, 0.9])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.03 * (high - low))
    assert found.recordings == 6
    assert found.level == 0.8


def test_nine_of_ten_intervals_hold_the_truth_and_those_over_frames_do_not():
    """120 repetitions of an experiment whose true mean is 10, of 30 recordings each."""
    rng, held, held_by_frames = np.random.default_rng(7), 0, 0
    for _ in range(120):
        errors, names = recordings([int(n) for n in rng.integers(10, 30, 30)], rng=rng)
        held += 10 in intervals.by_recording(errors, names, level=0.9, resamples=400)
        held_by_frames += 10 in intervals.by_recording(errors, range(len(errors)), level=0.9, resamples=100)
    assert 0.9 - 3 * np.sqrt(0.09 / 120) < held / 120 <= 1  # three standard deviations of such a share
    assert held_by_frames / 120 < 0.5


def test_a_difference_is_paired():
    """What is hard for both methods leaves the interval; unpaired, it would hold zero."""
    errors, names = recordings([30] * 20, spread=3.0)
    others = errors + 0.2 + 0.1 * RNG.normal(size=errors.size)
    found = intervals.difference(errors, others, names)
    assert found.mean == pytest.approx((errors - others).mean(), abs=1e-12)
    assert found.high < 0
    alone = [intervals.by_recording(e, names) for e in (errors, others)]
    assert alone[0].high > alone[1].low
    assert found.high - found.low < 0.1 * (alone[0].high - alone[0].low)


def test_a_seed_decides_and_order_does_not_matter():
    errors, names = recordings([20, 30, 40])
    found = intervals.by_recording(errors, names, seed=3)
    order = RNG.permutation(errors.size)
    again = intervals.by_recording(errors[order], np.array(names)[order], seed=3)
    assert (again.low, again.high) == pytest.approx((found.low, found.high), abs=1e-12)
    other = intervals.by_recording(errors, names, seed=4, resamples=50)
    assert (other.low, other.high) != (found.low, found.high)


def test_tensors_and_numbered_recordings_will_do_and_stay_as_they_are():
    errors, groups = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([7, 7, 3])
    before = errors.clone()
    found = intervals.by_recording(errors, groups)
    assert (found.mean, found.low, found.high) == pytest.approx((7 / 3, 1.5, 4.0))
    assert torch.equal(errors, before)


@pytest.mark.parametrize(
    ("errors", "groups", "options", "said"),
    [
        ([1.0, 2.0], ["a"], {}, "2 errors and 1 groups"),
        ([1.0, 2.0], ["a", "a"], {}, "1 recording, expected 2 or more"),
        ([1.0, float("nan")], ["a", "b"], {}, "finite"),
        ([[1.0], [2.0]], ["a", "b"], {}, "errors have shape (2, 1)"),
        ([1.0, 2.0], ["a", "b"], {"level": 95.0}, "level is 95.0"),
        ([1.0, 2.0], ["a", "b"], {"resamples": 0}, "resamples is 0"),
    ],
)
def test_what_makes_no_sense_is_refused(errors, groups, options, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        intervals.by_recording(np.array(errors), groups, **options)


def test_two_methods_need_the_same_frames():
    with pytest.raises(ValueError, match="2 errors of one method and 3 of the other"):
        intervals.difference([1.0, 2.0], [1.0, 2.0, 3.0], ["a", "b"])
