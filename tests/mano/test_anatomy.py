"""Anatomical angles against scipy's rotations, the meaning of their signs, and the mirror."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.conventions import JOINT_NAMES, KEYPOINT_NAMES
from hands.mano.anatomy import (
    RANGES,
    angles_to_hand_pose,
    beyond_limits,
    clamp,
    clamp_angles,
    hand_pose_to_angles,
    joint_axes,
    limits,
)
from hands.mano.gestures import KEY_POSES, key_angles

FINGERS = [j for j, name in enumerate(JOINT_NAMES[1:]) if not name.startswith("thumb")]
THUMB = [j for j, name in enumerate(JOINT_NAMES[1:]) if name.startswith("thumb")]


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


def rotvec_of(axes, angles):
    """Flexion @ abduction @ twist, one joint at a time, by scipy."""
    flexion, abduction, twist = (Rotation.from_rotvec(axes[k] * angles[k]) for k in range(3))
    return (flexion * abduction * twist).as_rotvec()


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


def test_angles_come_back_as_scipy_reads_them(hand):
    """Any rotation, in the joint's own axes, as scipy's intrinsic angles about x, y and z."""
    axes = joint_axes(hand.data)
    pose = Rotation.random(60, random_state=2).as_rotvec().reshape(4, 15, 3)
    frames = np.broadcast_to(axes.numpy(), (4, 15, 3, 3)).reshape(60, 3, 3)
    local = frames @ Rotation.from_rotvec(pose.reshape(60, 3)).as_matrix() @ frames.swapaxes(1, 2)
    expected = Rotation.from_matrix(local).as_euler("XYZ").reshape(4, 15, 3)
    found = hand_pose_to_angles(axes, torch.from_numpy(pose))
    torch.testing.assert_close(found, torch.from_numpy(expected), rtol=0, atol=1e-9)
    again = angles_to_hand_pose(axes, found).numpy().reshape(60, 3)
    apart = Rotation.from_rotvec(again) * Rotation.from_rotvec(pose.reshape(60, 3)).inv()
    assert apart.magnitude().max() < 1e-9


def test_a_fist_bent_by_noise_keeps_its_small_angles_small(hand):
    """At 90 degrees of flexion, where the other order of angles would swing by tens of degrees."""
    axes = joint_axes(hand.data)
    angles = torch.zeros(15, 3, dtype=torch.float64)
    angles[:, 0] = np.pi / 2
    noise = np.random.default_rng(1).normal(0, np.radians(1), (15, 3))
    bent = Rotation.from_rotvec(angles_to_hand_pose(axes, angles).numpy()) * Rotation.from_rotvec(noise)
    found = hand_pose_to_angles(axes, torch.from_numpy(bent.as_rotvec()))
    assert float((found - angles).abs().max().rad2deg()) < 4


def test_limits_are_ranges_round_the_flat_hand_and_hold_every_key_pose():
    low, high = limits()
    assert (low < 0).all()
    assert (high > 0).all()
    assert low[JOINT_NAMES.index("middle2") - 1].rad2deg().tolist() == pytest.approx([-10, -5, -5])
    assert tuple(RANGES) == JOINT_NAMES[1:]
    for name in KEY_POSES:
        assert not beyond_limits(torch.deg2rad(key_angles(name))).any(), name


def test_clamping_moves_only_what_is_beyond_and_says_how_far(hand):
    axes = joint_axes(hand.data)
    angles = torch.deg2rad(key_angles("fist"))
    pose = angles_to_hand_pose(axes, angles)
    torch.testing.assert_close(clamp(hand.data, pose), pose, rtol=0, atol=1e-12)
    bent = angles.clone()
    bent[4, 0], bent[7, 1] = np.radians(130), np.radians(-9)
    assert beyond_limits(bent)[[4, 7], [0, 1]].rad2deg().tolist() == pytest.approx([20, -4])
    assert int((beyond_limits(bent) != 0).sum()) == 2
    expected = bent.clone()
    expected[4, 0], expected[7, 1] = np.radians(110), np.radians(-5)
    torch.testing.assert_close(clamp_angles(bent), expected, rtol=0, atol=1e-12)
    clamped = hand_pose_to_angles(axes, clamp(hand.data, angles_to_hand_pose(axes, bent)))
    torch.testing.assert_close(clamped, expected, rtol=0, atol=1e-9)


def test_a_left_hand_has_the_same_limits(hand):
    left = mano.load(side="left", dtype=torch.float64)
    pose = torch.from_numpy(Rotation.random(15, random_state=4).as_rotvec())
    mirrored = pose * torch.tensor([1.0, -1, -1])
    expected = clamp(hand.data, pose) * torch.tensor([1.0, -1, -1])
    torch.testing.assert_close(clamp(left.data, mirrored), expected, rtol=0, atol=1e-9)
