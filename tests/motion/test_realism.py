"""The measures against closed forms, and free hands against filmed ones, on seeds that nothing was tuned on."""

from dataclasses import astuple

import numpy as np
import pytest
import torch

from hands import mano
from hands.mano.anatomy import joint_axes
from hands.mano.gestures import key_angles, key_pose
from hands.mano.penetration import Spheres, penalty
from hands.motion import SUBJECTS, Motion, MotionError, free, perform
from hands.motion.performance import posed
from hands.motion.realism import ARCTIC, frame_measures, spreads, tighter_than_a_fist

UNSEEN_SEED = 101


def turning(rate, fps=120.0, seconds=2.0):
    """The ring finger's last joint and the wrist turn at constant rates; the wrist joint goes to and fro at 1 Hz."""
    time = torch.arange(round(seconds * fps) + 1, dtype=torch.float64) / fps
    pose = torch.zeros(len(time), 15, 3, dtype=torch.float64)
    pose[:, 11, 2] = rate * time
    pose[:, 4, 0] = 0.5 * rate * time
    across = torch.stack([0.1 * torch.sin(2 * np.pi * time), 0 * time, 0 * time], 1)
    wrist = torch.tensor([0.6, 0.0, 0.8], dtype=torch.float64) * 2.5 * time[:, None]
    return Motion(torch.zeros(10, dtype=torch.float64), wrist, pose, across, wrist, fps)


@pytest.mark.parametrize("fps", [30.0, 120.0])
def test_rates_and_accelerations_of_closed_forms(fps):
    measured = frame_measures(turning(1.2, fps))
    np.testing.assert_allclose(measured["finger_rate"], 1.2, rtol=1e-6)  # the faster of the two joints
    np.testing.assert_allclose(measured["wrist_rate"], 2.5, rtol=1e-6)
    time = np.arange(1, 60) / 30
    chord = np.sinc(1 / 30) ** 2  # of the central difference at 1 Hz and 30 frames a second
    expected = 0.1 * (2 * np.pi) ** 2 * chord * np.abs(np.sin(2 * np.pi * time))
    np.testing.assert_allclose(measured["wrist_acceleration"], expected, atol=1e-6)


def test_half_turns_are_not_jumps():
    assert frame_measures(turning(3.0, seconds=4.0))["wrist_rate"].max() < 2.6  # it passes pi, and comes back as -pi


def test_motions_are_pooled():
    motions = [turning(rate) for rate in (1.0, 2.0, 3.0)]
    median, p95, p99 = astuple(spreads(motions)["finger_rate"])
    assert (median, p95, p99) == pytest.approx((2.0, 3.0, 3.0), rel=1e-6)
    assert list(spreads(motions)) == list(ARCTIC)


def test_what_is_too_short_is_refused():
    with pytest.raises(MotionError, match=r"0\.033 s are too short"):
        frame_measures(turning(1.0, fps=30.0).cut(0, 2))


def test_free_hands_are_as_lively_as_filmed_ones():
    """All nine figures within a quarter, over all subjects: half a minute of each."""
    found = spreads(perform(free, who, seconds=30.0, fps=30.0, seed=UNSEEN_SEED) for who in SUBJECTS.values())
    for name, spread in found.items():
        ratios = np.array(astuple(spread)) / astuple(ARCTIC[name])
        assert ((ratios > 0.75) & (ratios < 1.25)).all(), (name, ratios)


def test_people_differ():
    calm, quick = (
        spreads([perform(free, SUBJECTS[name], seconds=60.0, fps=30.0)])["finger_rate"].p95
        for name in sorted(SUBJECTS, key=lambda name: SUBJECTS[name].tempo)[:: len(SUBJECTS) - 1]
    )
    assert quick > 1.1 * calm


def squeezed(*more):
    """A motion of fists, each bent by so many degrees more at the four knuckles."""
    angles = np.radians(key_angles("fist").numpy()).repeat(len(more)).reshape(15, 3, -1).transpose(2, 0, 1)
    angles[:, [0, 3, 6, 9], 0] += np.radians(more)[:, None]
    pose = posed(joint_axes(mano.load().data), torch.from_numpy(angles))
    still = torch.zeros(len(more), 3, dtype=torch.float64)
    return Motion(torch.zeros(10, dtype=torch.float64), still, pose, still, still, 30.0)


def test_tighter_than_a_fist_is_what_is_squeezed_further():
    hand = mano.load(dtype=torch.float64)
    assert tighter_than_a_fist(squeezed(-60, -20, -1, 0, 8), hand).tolist() == [False, False, False, False, True]


def test_one_deep_place_is_enough():
    """A thumb driven into the palm of an otherwise open hand: a small penalty, but deeper than any part of a fist."""
    angles = np.radians(key_angles("four_count").numpy())[None].repeat(2, axis=0)
    angles[1, 12, :2] += np.radians([3, -12])
    pose = posed(joint_axes(mano.load().data), torch.from_numpy(angles))
    still = torch.zeros(2, 3, dtype=torch.float64)
    motion = Motion(torch.zeros(10, dtype=torch.float64), still, pose, still, still, 30.0)
    hand = mano.load(dtype=torch.float64)
    fist = key_pose("fist", hand.data, torch.float64)[None, 1:]
    spheres = Spheres.of(hand)
    assert penalty(spheres, pose[1:]) < penalty(spheres, fist)
    assert tighter_than_a_fist(motion, hand, spheres)[1]


def test_free_hands_are_seldom_tighter_than_a_fist():
    hand = mano.load(dtype=torch.float64)
    spheres = Spheres.of(hand)
    motions = [perform(free, who, seconds=8.0, fps=30.0, seed=UNSEEN_SEED) for who in SUBJECTS.values()]
    shares = [tighter_than_a_fist(motion, hand, spheres).double().mean() for motion in motions]
    assert np.mean(shares) < 0.025
    assert np.max(shares) < 0.2
