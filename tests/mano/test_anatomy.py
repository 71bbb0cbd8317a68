"""Anatomical angles against scipy's rotations, the meaning of their signs, and the mirror."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.conventions import JOINT_NAMES, KEYPOINT_NAMES
from hands.mano.anatomy import angles_to_hand_pose, joint_axes

FINGERS = [j for j, name in enumerate(JOINT_NAMES[1:]) if not name.startswith("thumb")]
THUMB = [j for j, name in enumerate(JOINT_NAMES[1:]) if name.startswith("thumb")]


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


def rotvec_of(axes, angles):
    """Abduction @ flexion @ twist, one joint at a time, by scipy."""
    flexion, abduction, twist = (Rotation.from_rotvec(axes[k] * angles[k]) for k in range(3))
    return (abduction * flexion * twist).as_rotvec()


def test_angles_compose_as_scipy_composes_them(hand):
    axes = joint_axes(hand.data)
    angles = torch.tensor(np.random.default_rng(3).uniform(-1.4, 1.4, (4, 15, 3)))
    expected = [[rotvec_of(axes[j].numpy(), angles[b, j].numpy()) for j in range(15)] for b in range(4)]
    torch.testing.assert_close(angles_to_hand_pose(axes, angles), torch.tensor(np.array(expected)), rtol=0, atol=1e-12)


def test_axes_are_right_handed_frames(hand):
    axes = joint_axes(hand.data)
    torch.testing.assert_close(axes @ axes.mT, torch.eye(3, dtype=torch.float64).expand(15, 3, 3), rtol=0, atol=1e-12)
    torch.testing.assert_close(torch.linalg.det(axes), torch.ones(15, dtype=torch.float64), rtol=0, atol=1e-12)


def test_the_twist_axis_runs_along_the_bone(hand):
    joints = hand().joints
    along = torch.nn.functional.normalize(joints[2] - joints[1], dim=0)
    torch.testing.assert_close(joint_axes(hand.data)[0, 2], along, rtol=0, atol=1e-12)


def moved_tips(hand, angle, degrees, joints):
    """How the five fingertips move when these joints turn by one angle."""
    angles = torch.zeros(15, 3, dtype=torch.float64)
    angles[joints, angle] = np.radians(degrees)
    pose = angles_to_hand_pose(joint_axes(hand.data), angles)
    tips = [k for k, name in enumerate(KEYPOINT_NAMES) if name.endswith("_tip")]
    return (hand.keypoints(hand_pose=pose) - hand.keypoints())[tips]


def test_positive_flexion_bends_towards_the_palm(hand):
    assert (moved_tips(hand, 0, 30, FINGERS)[1:, 1] < -0.02).all(), "the palm faces -y"
    assert (moved_tips(hand, 0, 30, THUMB)[0] @ torch.tensor([0, -1.0, -1.0], dtype=torch.float64)) > 0.02


def test_positive_abduction_turns_towards_the_thumb(hand):
    assert (moved_tips(hand, 1, 10, [0, 3, 6, 9])[1:, 2] > 0.008).all(), "the thumb lies on the +z side"


def test_one_set_of_angles_means_mirror_images(hand):
    left = mano.load(side="left", dtype=torch.float64)
    angles = torch.tensor(np.random.default_rng(5).uniform(-0.8, 0.8, (15, 3)))
    right_hand = hand(hand_pose=angles_to_hand_pose(joint_axes(hand.data), angles)).vertices
    left_hand = left(hand_pose=angles_to_hand_pose(joint_axes(left.data), angles)).vertices
    mirror = torch.tensor([-1.0, 1, 1], dtype=torch.float64)
    torch.testing.assert_close(left_hand, right_hand * mirror, rtol=0, atol=1e-12)


def test_angles_pass_gradients_at_the_flat_hand(hand):
    angles = torch.zeros(15, 3, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(angles_to_hand_pose(joint_axes(hand.data), angles).sum(), angles)
    expected = joint_axes(hand.data).sum(-1)  # at zero the pose is the sum of axis times angle
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-9)
