"""References: `hands.mano.anatomy` for the angles, and the eigenvectors of a covariance."""

import numpy as np
import pytest
import torch

from hands.conventions import JOINT_NAMES
from hands.mano import anatomy
from hands.mano.builder.digits import DigitAxes
from hands.mano.builder.pose_space import SYNERGIES, principal_poses, sample_poses


@pytest.fixture(scope="module")
def poses(points):
    return sample_poses(DigitAxes.of(points), num_poses=400)


def test_shares_of_the_synergies_sum_to_one():
    assert sum(synergy.share for synergy in SYNERGIES.values()) == pytest.approx(1)


def test_the_same_seed_gives_the_same_poses(points, poses):
    np.testing.assert_array_equal(sample_poses(DigitAxes.of(points), num_poses=400), poses)


def test_flexions_stay_inside_joint_limits(poses, hand):
    """Flexion read off the posed bone alone: its angle to the rest bone, towards the palm, where nothing else turns."""
    axes = anatomy.joint_axes(hand).numpy()
    for finger in ("index", "middle", "ring", "pinky"):
        joint = JOINT_NAMES.index(f"{finger}2") - 1
        flexion = np.degrees(poses.reshape(400, 15, 3)[:, joint] @ axes[joint, 0])
        assert flexion.min() > -6
        assert flexion.max() < 111


def test_poses_are_made_of_the_angles_of_anatomy(points, hand):
    """A pose without noise is the synergy's own; here: the fist's, rebuilt by hands.mano.anatomy."""
    from hands.mano.builder import pose_space

    fist = SYNERGIES["fist"]
    quiet = np.zeros((1, 9))
    one = lambda angle: np.array([float(angle)])  # noqa: E731
    found = pose_space._finger_angles(one(fist.mcp[1]), one(fist.pip[1]), one(fist.spread[1]), quiet)[0]
    room = 1 - 0.8 * 78 / 90
    np.testing.assert_allclose(found, [[78, 3 * room, 0], [92, 0, 0], [0.62 * 92, 0, 0]])
    angles = np.zeros((15, 3))
    angles[3:6] = found
    axes = DigitAxes.of(points)
    angles[:, 1] = 0  # the builder abducts first, anatomy second
    expected = anatomy.angles_to_hand_pose(anatomy.joint_axes(hand), torch.deg2rad(torch.from_numpy(angles)))[3:6]
    rotations = [axes.rotation(4 + k, angles[3 + k]).as_rotvec()[0] for k in range(3)]
    np.testing.assert_allclose(rotations, expected.numpy(), atol=1e-12)


def test_principal_poses_are_eigenvectors_sorted_and_closing(poses):
    mean, components = principal_poses(poses)
    np.testing.assert_allclose(mean, poses.mean(0))
    np.testing.assert_allclose(components @ components.T, np.eye(45), atol=1e-12)
    covariance = components @ np.cov(poses.T) @ components.T
    np.testing.assert_allclose(covariance, np.diag(np.diag(covariance)), atol=1e-12)
    assert (np.diff(np.diag(covariance)) <= 1e-15).all()
    assert (components[:, 2::3].sum(1) > 0).all()
