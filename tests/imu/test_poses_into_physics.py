"""Poses of files that are relative to the mean pose: how they come into the physics, which knows the flat hand only."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import imu, mano


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


def coefficients(frames=64, fps=30.0):
    """A hand that opens and closes along the first six components."""
    time = torch.arange(frames, dtype=torch.float64)[:, None] / fps
    return 1.5 * torch.sin(2 * torch.pi * time + torch.arange(6))


def exponentials(axis_angle):
    return Rotation.from_rotvec(axis_angle.reshape(-1, 3)).as_matrix().reshape(-1, 15, 3, 3)


def tip_signals(hand, **pose):
    """Of a sensor at the tip of the index finger that keeps the world's axes."""
    tips = hand.keypoints(**pose)[:, 8]
    return imu.sense(tips, torch.eye(3, dtype=torch.float64).expand(len(tips), 3, 3), fps=30.0).acc


def test_the_mean_is_added_before_the_exponential(hand):
    mean, pose = hand.hands_mean.numpy(), (coefficients() @ hand.hands_components[:6]).numpy()
    summed = torch.from_numpy(exponentials(mean + pose))
    torch.testing.assert_close(
        tip_signals(hand, hand_pca=coefficients()), tip_signals(hand, hand_rotmat=summed), rtol=0, atol=1e-9
    )


def test_to_turn_by_one_and_then_by_the_other_is_another_hand(hand):
    """exp(mean) exp(pose) is degrees away from exp(mean + pose), and so is its acceleration."""
    mean, pose = hand.hands_mean.numpy(), (coefficients() @ hand.hands_components[:6]).numpy()
    summed, chained = exponentials(mean + pose), exponentials(mean) @ exponentials(pose)
    apart = Rotation.from_matrix((np.swapaxes(summed, -1, -2) @ chained).reshape(-1, 3, 3)).magnitude()
    assert np.degrees(apart).max() > 3
    off = tip_signals(hand, hand_rotmat=torch.from_numpy(chained)) - tip_signals(hand, hand_pca=coefficients())
    assert off.norm(dim=-1).max() > 0.1


def test_without_the_mean_it_is_another_hand_altogether(hand):
    pose = (coefficients() @ hand.hands_components[:6]).unflatten(-1, (15, 3))
    off = tip_signals(hand, hand_pose=pose) - tip_signals(hand, hand_pca=coefficients())
    assert off.norm(dim=-1).max() > 1
