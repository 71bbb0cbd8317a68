"""Strokes of minimum jerk against closed forms, against a slow twin and against scipy's rotations."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hands.motion.strokes import Stroke, Turn, add_up, minimum_jerk, turn_on


def test_the_stroke_is_the_polynomial_that_starts_and_ends_at_rest():
    """Six conditions (place, speed and acceleration at both ends) determine the six coefficients."""
    powers = np.arange(6)
    falling = np.array([[np.prod(p - np.arange(d)) for p in powers] for d in range(3)])  # of the d-th derivative
    ends = [falling * np.where(powers >= np.arange(3)[:, None], end ** np.abs(powers - np.arange(3)[:, None]), 0)
            for end in (0.0, 1.0)]  # fmt: skip
    coefficients = np.linalg.solve(np.concatenate(ends), [0, 0, 0, 1, 0, 0])
    share = np.linspace(0, 1, 101)
    np.testing.assert_allclose(minimum_jerk(share), share[:, None] ** powers @ coefficients, atol=1e-12)


def test_peaks_of_speed_and_acceleration():
    amplitude, duration, fps = 1.3, 0.7, 20_000.0
    curve = add_up(np.zeros(1), [Stroke(np.array([amplitude]), np.array([0.1]), np.array([duration]))], 20_000, fps)[
        :, 0
    ]
    speed, acceleration = np.diff(curve) * fps, np.diff(curve, 2) * fps**2
    assert speed.max() == pytest.approx(1.875 * amplitude / duration, rel=1e-6)
    assert acceleration.max() == pytest.approx(10 / np.sqrt(3) * amplitude / duration**2, rel=1e-4)  # 5.77 A / D^2
    assert acceleration.min() == pytest.approx(-acceleration.max(), rel=1e-6)


def test_strokes_add_up_as_each_would_alone():
    rng = np.random.default_rng(0)
    frames, fps, first = 300, 50.0, rng.normal(size=(4, 2))
    strokes = [
        Stroke(rng.normal(size=(4, 2)), rng.uniform(0, 7, 4), rng.uniform(0.05, 3, 4)) for _ in range(20)
    ]  # some end, some even begin after the last frame
    twin = np.repeat(first[None], frames, axis=0)
    for frame in range(frames):
        for stroke in strokes:
            for k in range(4):
                u = min(max((frame / fps - stroke.start[k]) / stroke.duration[k], 0.0), 1.0)
                twin[frame, k] += stroke.change[k] * (10 * u**3 - 15 * u**4 + 6 * u**5)
    np.testing.assert_allclose(add_up(first, strokes, frames, fps), twin, atol=1e-12)


def test_turns_multiply_in_the_order_of_their_starts():
    rng = np.random.default_rng(1)
    frames, fps = 200, 40.0
    starts = np.sort(rng.uniform(0, 5.5, 12))
    turns = [Turn(rng.normal(size=3), float(s), float(rng.uniform(0.2, 2))) for s in starts]
    time = np.arange(frames) / fps
    twin = Rotation.identity(frames)
    for turn in turns:
        twin = twin * Rotation.from_rotvec(minimum_jerk((time - turn.start) / turn.duration)[:, None] * turn.change)
    apart = (Rotation.from_quat(turn_on(turns, frames, fps)) * twin.inv()).magnitude()
    assert apart.max() < 1e-12


def test_nothing_to_do_is_rest():
    np.testing.assert_array_equal(turn_on([], 3, 30.0), [[0, 0, 0, 1]] * 3)
    np.testing.assert_array_equal(add_up(np.ones(2), [], 3, 30.0), np.ones((3, 2)))
