"""Free gestures: all of them come, in an order that nobody knows, with fidgeting between them."""

import itertools
import time
from collections import Counter

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hands.mano.gestures import GESTURES, KEY_POSES, key_angles, orientation
from hands.motion import SUBJECTS, free, perform
from hands.motion.free import FIDGETS, FOLLOWED, gesture_step

S01 = SUBJECTS["S01"]


def steps(seed, number):
    return list(itertools.islice(free(S01, np.random.default_rng(seed)), number))


def test_every_gesture_comes_about_equally_often():
    made = Counter(step.name for step in steps(0, 12_000) if step.name)
    assert set(made) == set(GESTURES)
    assert max(made.values()) < 2.5 * min(made.values())


def test_between_gestures_hands_fidget():
    names = [step.name for step in steps(1, 6000)]
    gestures = sum(bool(name) for name in names)
    assert (len(names) - gestures) / gestures > FIDGETS  # taps and waves are several steps each


def test_some_steps_repeat():
    """Taps: down, up, down, up, by the same angles."""
    made = steps(2, 2000)
    there = [not np.array_equal(a.angles, b.angles) for a, b in itertools.pairwise(made)]
    back = [np.array_equal(a.angles, b.angles) for a, b in zip(made, made[2:], strict=False)]
    repeats = [a and b for a, b in zip(there, back, strict=False)]
    assert sum(repeats) > 50


def test_times_are_spread_like_those_of_people():
    """Wide, never negative, with more of the long than of the short."""
    times = np.array([step.seconds for step in steps(3, 6000) if step.name])
    assert 0.3 < np.log(times).std() < 0.6
    assert np.mean(times) > np.median(times)
    assert times.min() >= 0.2


def test_streams_of_other_numbers_are_other_scripts():
    first, again, other = (np.stack([step.angles for step in steps(seed, 20)]) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", ["five_count", "palmdown", "capisce"])
def test_a_gesture_is_turned_most_of_the_way_to_how_it_is_held(name):
    held = Rotation.from_rotvec(orientation(KEY_POSES[name].palm, KEY_POSES[name].fingers).numpy())
    step = gesture_step(name, np.random.default_rng(0))
    left = (Rotation.from_matrix(step.orient).inv() * held).magnitude()
    assert left == pytest.approx((1 - FOLLOWED) * held.magnitude())
    np.testing.assert_allclose(np.degrees(step.angles), key_angles(name).numpy())


def test_a_gesture_can_be_held_for_a_given_time():
    rng = np.random.default_rng(0)
    holds = [gesture_step("fist", rng, pause=1.0).hold for _ in range(200)]
    assert 0.7 <= min(holds) <= max(holds) <= 1.4


def test_a_minute_is_made_in_much_less():
    """Of processor time, on any machine: the speed itself is for the benchmarks."""
    start = time.process_time()
    perform(free, S01, seconds=60.0)
    assert time.process_time() - start < 6
