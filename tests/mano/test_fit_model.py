"""Derivatives against automatic differentiation, stretched bones against a loop."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.conventions import KEYPOINT_NAMES, KEYPOINT_PARENTS
from hands.mano.fit_model import FitModel, State, bone_vectors, changes, moved, stretched


@pytest.fixture(scope="module")
def model():
    return FitModel(mano.load())


@pytest.fixture(scope="module")
def state():
    """Two sequences of three frames, far from any special pose."""
    rng = np.random.default_rng(4)
    made = (
        rng.normal(0.3, 0.3, (2, 3, 15, 3)),
        Rotation.random(6, random_state=1).as_matrix().reshape(2, 3, 3, 3),
        rng.normal(0, 0.3, (2, 3, 3)),
        rng.normal(0, 1, (2, 10)),
        rng.normal(0, 0.1, (2, 20)),
        rng.normal(0, 0.004, (2, 5, 3)),
    )
    return State(*map(torch.from_numpy, made))


def zero_steps():
    return torch.zeros(2, 3, 51, dtype=torch.float64), torch.zeros(2, 45, dtype=torch.float64)


def test_jacobians_are_those_of_automatic_differentiation(model, state):
    def points(frame_step, shared_step):
        return model.points(moved(state, frame_step, shared_step)).modelled.flatten(2)

    by_frame, shared = torch.autograd.functional.jacobian(points, zero_steps())
    here = model.points(state)
    frame, own = model.frame_jacobian(state, here), model.shared_jacobian(state, here)
    for n in range(2):
        torch.testing.assert_close(own[n], shared[n, :, :, n], rtol=0, atol=1e-12)
        for t in range(3):
            torch.testing.assert_close(frame[n, t], by_frame[n, t, :, n, t], rtol=0, atol=1e-7)


def test_the_skeleton_of_a_tracker_by_a_loop(model, state):
    keypoints = model.points(state).keypoints
    expected = keypoints.clone()
    for k, parent in enumerate(KEYPOINT_PARENTS[1:], start=1):
        bone = keypoints[..., k, :] - keypoints[..., parent, :]
        expected[..., k, :] = expected[..., parent, :] + (1 + state.stretch[:, None, k - 1, None]) * bone
        if parent == 0:  # a knuckle, and with it its digit
            expected[..., k, :] += (state.rotmat @ state.knuckles[:, None, (k - 1) // 4, :, None])[..., 0]
    torch.testing.assert_close(model.points(state).modelled, expected, rtol=0, atol=1e-14)


def test_stretching_changes_lengths_and_no_directions(model, state):
    keypoints = model.points(state).keypoints[0]
    long = stretched(keypoints, torch.full((20,), 0.25, dtype=torch.float64))
    torch.testing.assert_close(bone_vectors(long), 1.25 * bone_vectors(keypoints), rtol=0, atol=1e-14)
    assert (long[:, KEYPOINT_NAMES.index("wrist")] == keypoints[:, 0]).all()


def test_changes_are_first_differences_and_turns(state):
    found = changes(state)
    np.testing.assert_allclose(found[..., :45], np.diff(state.angles.flatten(2).numpy(), axis=1), atol=1e-14)
    np.testing.assert_allclose(found[..., 48:], np.diff(state.transl.numpy(), axis=1), atol=1e-14)
    for n in range(2):
        rotations = Rotation.from_matrix(state.rotmat[n].numpy())
        turns = (rotations[1:] * rotations[:-1].inv()).as_rotvec()
        np.testing.assert_allclose(found[n, :, 45:48], turns, atol=1e-9)


def test_displacements_are_what_the_skeleton_does_to_the_flat_mean_hand(model, state):
    flat = State(
        *(0 * part for part in (state.angles, state.rotmat, state.transl, state.betas)), state.stretch, state.knuckles
    )
    flat = replace(flat, rotmat=torch.eye(3, dtype=torch.float64).expand(2, 3, 3, 3))
    points = model.points(flat)
    moved_by = (points.modelled - points.keypoints)[:, 0].flatten(1)
    torch.testing.assert_close(state.skeleton @ model.displacements().T, moved_by, rtol=0, atol=1e-14)
