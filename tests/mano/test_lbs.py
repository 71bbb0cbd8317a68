"""Rotations, kinematics and skinning against scipy, roma and closed forms."""

import math

import numpy as np
import pytest
import roma
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hands import mano
from hands.conventions import PARENTS
from hands.mano import lbs

ANGLES = st.floats(-10, 10)


@given(st.tuples(ANGLES, ANGLES, ANGLES))
def test_rotmat_agrees_with_scipy(vector):
    got = mano.axis_angle_to_rotmat(torch.tensor(vector, dtype=torch.float64))
    np.testing.assert_allclose(got, Rotation.from_rotvec(vector).as_matrix(), rtol=0, atol=1e-14)


@pytest.mark.parametrize("angle", [0.0, 1e-300, 1e-12, 1e-8, 9.99e-4, 1.001e-3, 1e-2, math.pi, 2 * math.pi])
def test_rotmat_near_the_seams(angle):
    """Around the switch to the Taylor series and at half and whole turns."""
    axis = torch.tensor([2.0, -3.0, 6.0], dtype=torch.float64) / 7
    expected = Rotation.from_rotvec((angle * axis).numpy()).as_matrix()
    np.testing.assert_allclose(mano.axis_angle_to_rotmat(angle * axis), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("angle", [0.0, 1e-9, 5e-4, 0.3, 3.0])
def test_rotmat_derivatives(angle):
    axis_angle = angle * torch.tensor([2.0, -3.0, 6.0], dtype=torch.float64) / 7
    axis_angle.requires_grad_()
    assert torch.autograd.gradcheck(mano.axis_angle_to_rotmat, axis_angle)
    assert torch.autograd.gradgradcheck(mano.axis_angle_to_rotmat, axis_angle)


def test_rotmat_is_right_handed_and_active():
    """A quarter turn about z takes x to y."""
    quarter = mano.axis_angle_to_rotmat(torch.tensor([0.0, 0.0, math.pi / 2], dtype=torch.float64))
    x, y = torch.eye(3, dtype=torch.float64)[:2]
    torch.testing.assert_close(quarter @ x, y)


def test_kinematics_agree_with_a_loop():
    generator = torch.Generator().manual_seed(1)
    rotmat = roma.random_rotmat((4, 16), dtype=torch.float64, generator=generator)
    rest = torch.randn(4, 16, 3, dtype=torch.float64, generator=generator)
    global_rotmat, joints = mano.forward_kinematics(rotmat, rest)
    for b in range(4):
        R, p = [rotmat[b, 0]], [rest[b, 0]]
        for j in range(1, 16):
            parent = PARENTS[j]
            R.append(R[parent] @ rotmat[b, j])
            p.append(p[parent] + R[parent] @ (rest[b, j] - rest[b, parent]))
        torch.testing.assert_close(global_rotmat[b], torch.stack(R), rtol=0, atol=1e-13)
        torch.testing.assert_close(joints[b], torch.stack(p), rtol=0, atol=1e-13)


def test_kinematics_keep_bone_lengths():
    hand = mano.load(dtype=torch.float64)
    pose = torch.randn(8, 15, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    parents = list(PARENTS[1:])

    def bones(joints):
        return (joints[..., 1:, :] - joints[..., parents, :]).norm(dim=-1)

    posed = bones(hand(hand_pose=pose).joints)
    torch.testing.assert_close(posed, bones(hand().joints).expand(8, -1), rtol=0, atol=1e-14)


def test_kinematics_of_any_batch_shape():
    global_rotmat, joints = mano.forward_kinematics(torch.eye(3).expand(2, 5, 16, 3, 3), torch.zeros(2, 5, 16, 3))
    assert global_rotmat.shape == (2, 5, 16, 3, 3)
    assert joints.shape == (2, 5, 16, 3)


def test_kinematics_broadcast():
    rest = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    _, joints = mano.forward_kinematics(torch.eye(3).expand(4, 16, 3, 3), rest)
    torch.testing.assert_close(joints, rest.expand(4, 16, 3))


@pytest.mark.parametrize("vector", [torch.zeros(4), torch.zeros(2, 3, dtype=torch.int64)])
def test_rotmat_refuses_what_is_no_axis_angle(vector):
    rotmat = mano.axis_angle_to_rotmat
    while hasattr(rotmat, "__wrapped__"):
        rotmat = rotmat.__wrapped__
    with pytest.raises(ValueError, match=r"expected floats \(\.\.\., 3\)"):
        rotmat(vector)


def test_rigid_motion_moves_every_vertex_rigidly():
    """With all fingers straight, skinning is one rotation about the wrist."""
    hand = mano.load(dtype=torch.float64)
    orient = torch.tensor([0.4, -1.1, 0.6], dtype=torch.float64)
    rest, posed = hand(), hand(global_orient=orient)
    wrist = rest.joints[0]
    expected = (rest.vertices - wrist) @ roma.rotvec_to_rotmat(orient).T + wrist
    torch.testing.assert_close(posed.vertices, expected, rtol=0, atol=1e-14)


def test_blend_matrix_is_template_shapes_and_correctives():
    data = mano.load().data
    generator = np.random.default_rng(0)
    betas, R = generator.normal(size=10), Rotation.random(15, rng=1).as_matrix()
    rotmat = torch.tensor(np.concatenate([np.eye(3)[None], R])).permute(1, 2, 0)[..., None]
    coefficients = lbs.blend_coefficients(torch.tensor(betas)[:, None], rotmat)
    got = torch.tensor(lbs.blend_matrix(data)) @ coefficients[:, 0]
    expected = data.v_template + data.shapedirs @ betas + data.posedirs @ (R - np.eye(3)).ravel()
    np.testing.assert_allclose(got.T, expected, rtol=0, atol=1e-15)
