"""Drift, tremor, synergies and soft limits: their spectra, their statistics, their smoothness."""

import numpy as np
import pytest
from scipy.signal import welch

from hands.motion.variation import (
    CHANCES,
    HIGH,
    KNUCKLES,
    LOW,
    MARGIN,
    drift,
    enslaved,
    scattered,
    softly_within,
    tremor,
)

FPS = 120.0


def test_drift_has_about_unit_variance_and_is_slow():
    noise = drift(np.random.default_rng(0), 36_001, FPS, 8)
    assert noise.std() == pytest.approx(1.0, abs=0.15)
    hertz, power = welch(noise, FPS, nperseg=2048, axis=0)
    power = power.sum(1)
    assert power[hertz > 4].sum() < 1e-3 * power.sum()


def test_drift_begins_the_same_however_long_it_is():
    short, long = (drift(np.random.default_rng(0), frames, FPS, 3) for frames in (601, 1201))
    np.testing.assert_allclose(long[:300], short[:300], atol=1e-3)  # a spline feels its end some knots before


def test_tremor_is_of_its_frequency_and_never_above_its_amplitude():
    waves = tremor(np.random.default_rng(0), 36_001, FPS, 10.0, 5)
    assert np.abs(waves).max() <= 1
    hertz, power = welch(waves, FPS, nperseg=4096, axis=0)
    inside = (hertz > 8) & (hertz < 12)
    assert power[inside].sum() > 0.99 * power.sum()
    loud = np.abs(waves).reshape(-1, 5)[:36_000].reshape(600, 60, 5).max(1)  # of each half second
    assert loud.max() > 2 * loud.min()  # it swells and fades


def test_enslaved_fingers_follow_their_neighbours():
    angles = np.zeros((15, 3))
    middle, ring, pinky, index = KNUCKLES[1], KNUCKLES[2], KNUCKLES[3], KNUCKLES[0]
    angles[[middle, middle + 1], 0] = 1.0
    drawn = enslaved(angles, 0.2)
    assert drawn[ring, 0] == pytest.approx(0.2 * 0.5)  # half of its neighbours is bent
    assert drawn[index, 0] == pytest.approx(0.2 * 0.3)  # its only neighbour is bent, and it is a free finger
    assert drawn[pinky, 0] == 0.0  # not beside it
    assert drawn[middle, 0] == pytest.approx(1 - 0.2 * 0.7)  # held back
    assert drawn[ring + 1, 0] == drawn[ring, 0]
    np.testing.assert_array_equal(enslaved(angles, 0.0), angles)


def test_the_outer_fingers_have_one_neighbour_and_follow_it():
    ring, pinky = KNUCKLES[2:]
    angles = np.zeros((15, 3))
    angles[ring, 0] = 1.0
    assert enslaved(angles, 0.2)[pinky, 0] == pytest.approx(0.2)


def test_chance_moves_joints_together():
    rng = np.random.default_rng(0)
    missed = scattered(rng.standard_normal((4000, CHANCES)))
    correlation = np.corrcoef(missed[:, :, 0].T)
    assert missed[:, :, 0].std(0) == pytest.approx(1.0, abs=0.05)
    assert correlation[1, 2] == pytest.approx(0.7, abs=0.04)  # middle and last joint of the index finger
    assert correlation[KNUCKLES[2], KNUCKLES[3]] == pytest.approx(0.4, abs=0.06)  # ring and little finger
    assert correlation[KNUCKLES[0], KNUCKLES[3]] == pytest.approx(0.4**3, abs=0.06)
    assert abs(correlation[12, 0]) < 0.06  # the thumb goes its own way
    hinges = [j for j in range(15) if j % 3]
    assert not missed[:, hinges, 1:].any()  # hinges only bend


def test_soft_limits_are_never_passed_and_change_nothing_away_from_them():
    rng = np.random.default_rng(0)
    angles = rng.normal(0, 3, (2000, 15, 3))
    bent = softly_within(angles, LOW, HIGH)
    assert (bent >= LOW).all()
    assert (bent <= HIGH).all()
    margin = np.minimum(MARGIN, (HIGH - LOW) / 4)
    inside = (angles >= LOW + margin) & (angles <= HIGH - margin)
    assert inside.any()
    np.testing.assert_array_equal(bent[inside], angles[inside])
    wild = softly_within(np.array([-1e6, 1e6]), np.array(-1.0), np.array(1.0))
    np.testing.assert_allclose(wild, [-1, 1])


def test_soft_limits_are_twice_differentiable():
    """The second difference goes on where the limit begins to be felt: its jump shrinks with the step."""
    jumps = []
    for step in (1e-3, 5e-4):
        x = np.arange(-0.2, 1.2, step)
        curvature = np.diff(softly_within(x, np.array(-1.0), np.array(1.0), 0.5), 2) / step**2
        jumps.append(np.abs(np.diff(curvature)).max())
        assert (np.diff(softly_within(x, np.array(-1.0), np.array(1.0), 0.5)) > 0).all()
    assert jumps[1] == pytest.approx(jumps[0] / 2, rel=0.05)
