"""References: `hands.mano.anatomy` and `hands.mano.lbs`, which say the same in torch, and hand calculation."""

import numpy as np
import pytest
import torch

from hands.conventions import JOINT_NAMES
from hands.mano import anatomy
from hands.mano.builder.digits import THUMB_PALMAR, DigitAxes, bone_motions, descendants, skin_by_dual_quaternions
from hands.mano.builder.landmarks import JOINTS, SURFACE
from hands.mano.lbs import axis_angle_to_rotmat, forward_kinematics

POSE = {
    "index1": (50.0, -12.0, 5.0),
    "index2": (60.0, 0.0, 0.0),
    "pinky1": (20.0, 9.0, 3.0),
    "thumb1": (15.0, 25.0, -8.0),
}


@pytest.fixture(scope="module")
def axes(points):
    return DigitAxes.of(points)


def test_axes_are_those_of_anatomy(axes, hand):
    expected = anatomy.joint_axes(hand).numpy()
    np.testing.assert_allclose(np.stack([axes.flexion, axes.abduction, axes.along], axis=1), expected, atol=1e-12)
    np.testing.assert_allclose(THUMB_PALMAR, anatomy.THUMB_PALMAR, atol=1e-3)


def test_rotations_are_those_of_lbs(axes, hand):
    """Abduction, then flexion, then twist: the order in which the shipped hand was made (see `digits`)."""
    frames = anatomy.joint_axes(hand)
    for joint in range(1, 16):
        degrees = np.array(POSE.get(JOINT_NAMES[joint], (0.0, 0.0, 0.0)))
        turns = axis_angle_to_rotmat(frames[joint - 1] * torch.deg2rad(torch.from_numpy(degrees))[:, None])
        expected = turns[1] @ turns[0] @ turns[2]
        np.testing.assert_allclose(axes.rotation(joint, degrees).as_matrix()[0], expected.numpy(), atol=1e-12)


def test_flexion_bends_towards_the_palm_and_abduction_towards_the_thumb(axes):
    index = JOINT_NAMES.index("index1")
    bent, spread = (
        axes.rotation(index, np.array(angles)).apply(axes.along[0])[0] for angles in ([30.0, 0, 0], [0, 30.0, 0])
    )
    assert bent[1] < axes.along[0][1]
    assert spread[2] > axes.along[0][2]


def test_bone_motions_are_forward_kinematics(axes, points):
    local, joints = axes.local_rotations(POSE), points[JOINTS]
    R, t = bone_motions(local, joints)
    global_rotmat, posed = forward_kinematics(torch.from_numpy(local), torch.from_numpy(joints))
    np.testing.assert_allclose(R, global_rotmat.numpy(), atol=1e-14)
    np.testing.assert_allclose((R @ joints[..., None])[..., 0] + t, posed.numpy(), atol=1e-14)


def test_descendants():
    assert descendants(JOINT_NAMES.index("index2")) == [2, 3]
    assert descendants(0) == list(range(16))


def test_dual_quaternions_move_rigid_parts_rigidly(axes, points, hand):
    R, t = bone_motions(axes.local_rotations(POSE), points[JOINTS])
    bone = hand.lbs_weights.argmax(1)
    expected = (R[bone] @ hand.v_template[..., None])[..., 0] + t[bone]
    moved = skin_by_dual_quaternions(points[SURFACE], np.eye(16)[bone], (R, t))
    np.testing.assert_allclose(moved, expected, atol=1e-12)


def test_dual_quaternions_share_an_angle_where_linear_blending_shrinks(axes, points):
    """A vertex half-way between two bones that bend about a joint keeps its distance from the axis of bending."""
    joint = JOINT_NAMES.index("middle2")
    R, t = bone_motions(axes.local_rotations({"middle2": (90.0, 0.0, 0.0)}), points[JOINTS])
    centre, axis = points[JOINTS][joint], axes.flexion[joint - 1]
    vertex = centre + 0.01 * axes.abduction[joint - 1] + 0.003 * axis
    weights = np.zeros((1, 16))
    weights[0, [joint - 1, joint]] = 0.5
    moved = skin_by_dual_quaternions(vertex[None], weights, (R, t))[0]
    expected = centre + axes.rotation(joint, np.array([45.0, 0, 0])).apply(vertex - centre)[0]
    np.testing.assert_allclose(moved, expected, atol=1e-14)
