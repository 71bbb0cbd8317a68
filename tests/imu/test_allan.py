"""Allan deviations against allantools, and against what a ramp's must be."""

import inspect
import math

import allantools
import numpy as np
import pytest
import torch

from hands import imu

WALK = np.random.default_rng(0).normal(size=(2, 3000, 3)).cumsum(1)


def test_it_agrees_with_allantools():
    tau, sigma = imu.allan_deviation(torch.from_numpy(WALK), 50.0)
    assert sigma.shape == (2, len(tau), 3)
    for place in np.ndindex(2, 3):
        series = WALK[place[0], :, place[1]]
        taus, expected, _, _ = allantools.oadev(series, 50.0, "freq", tau.numpy())
        np.testing.assert_allclose(tau, taus, rtol=1e-12)
        np.testing.assert_allclose(sigma[place[0], :, place[1]], expected, rtol=1e-9)


def test_it_agrees_with_its_definition():
    series = WALK[0, :40, :1]
    tau, sigma = imu.allan_deviation(torch.from_numpy(series), 1.0)
    for span, found in zip(tau.long().tolist(), sigma[:, 0], strict=True):
        means = [series[k : k + span].mean() for k in range(41 - span)]
        squares = [(means[k + span] - means[k]) ** 2 for k in range(41 - 2 * span)]
        assert float(found) == pytest.approx(math.sqrt(np.mean(squares) / 2), rel=1e-12)


def test_a_ramp_rises_with_tau_and_a_bias_does_not_show():
    ramp = 1e3 + 0.2 * torch.arange(1000, dtype=torch.float64)[:, None] / 10
    tau, sigma = imu.allan_deviation(ramp, 10.0)
    torch.testing.assert_close(sigma[:, 0], 0.2 * tau / math.sqrt(2), rtol=1e-9, atol=0)


def test_times_are_from_a_sample_to_a_third_eight_in_a_decade():
    tau, _ = imu.allan_deviation(torch.zeros(3000, 1), 100.0)
    assert tau[0] == 0.01
    assert tau[-1] == 10.0
    assert (tau[1:] > tau[:-1]).all()
    assert len(tau[(tau >= 0.1) & (tau < 1)]) == 8


@pytest.mark.parametrize(("frames", "fps"), [(2, 10.0), (9, 0.0), (9, math.inf)])
def test_what_is_refused(frames, fps):
    with pytest.raises(ValueError, match="expected at least 3, and a rate above zero"):
        inspect.unwrap(imu.allan_deviation)(torch.zeros(frames, 3), fps)
