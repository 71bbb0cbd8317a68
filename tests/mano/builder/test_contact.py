"""References: circles, planes and volumes that a fold must keep, and a linear function's root."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hands.conventions import JOINT_NAMES
from hands.mano.builder.contact import MAX_BULGE, SEPARATION, Fold, Mesh, _smallest_sufficient
from hands.mano.builder.correctives import ridge_regression, sampled_rotations, undo_skinning
from hands.mano.builder.digits import DigitAxes
from hands.mano.builder.vectors import unit
from hands.mano.mesh import volume

INDEX_PIP = JOINT_NAMES.index("index2")


@pytest.fixture(scope="module")
def axes(points):
    return DigitAxes.of(points)


@pytest.fixture(scope="module")
def mesh(points, hand):
    return Mesh.of(points, hand.lbs_weights, hand.faces)


@pytest.fixture(scope="module")
def fold(mesh, axes):
    return Fold.at(INDEX_PIP, mesh, axes)


def bend(axes, degrees, joint=INDEX_PIP):
    return axes.rotation(joint, np.array([degrees, 0.0, 0.0]))[0]


def test_swing_moves_each_vertex_on_a_circle(fold, axes):
    turned = fold.swing(fold.mesh.vertices, bend(axes, 80.0)) - fold.centre
    offset = fold.mesh.vertices - fold.centre
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(offset, axis=1), atol=1e-14)
    axis = axes.flexion[INDEX_PIP - 1]
    np.testing.assert_allclose(turned @ axis, offset @ axis, atol=1e-14)


@pytest.mark.parametrize("degrees", [5.0, -40.0])
def test_a_nearly_straight_or_overstretched_joint_only_swings(fold, axes, degrees):
    R = bend(axes, degrees)
    np.testing.assert_array_equal(fold.bent(R), fold.swing(fold.mesh.vertices, R))


def test_the_two_sides_of_a_fold_stay_apart(fold, axes):
    R = bend(axes, 90.0)
    bent, swung = fold.bent(R), fold.swing(fold.mesh.vertices, R)
    normal = unit(R.apply(fold.along) + fold.along)
    inwards = unit(R.apply(fold.along) - fold.along)
    offset = bent - fold.centre
    core = (
        (fold.own > 0.99) & (offset @ inwards > 0.3 * fold.reach) & (np.linalg.norm(offset, axis=1) < 1.5 * fold.reach)
    )
    before, behind = core & (fold.share < 0.2), core & (fold.share > 0.8)
    assert before.sum() > 3
    assert behind.sum() > 3
    assert (offset[before] @ normal).max() < -0.9 * SEPARATION
    assert (offset[behind] @ normal).min() > 0.9 * SEPARATION
    crossed = (swung - fold.centre) @ normal * np.sign(fold.share - 0.5) < 0
    assert (crossed & core).any()  # there was something to mend


def test_a_fold_keeps_more_volume_than_a_swing_and_bulges_within_its_limit(fold, axes):
    R, vertices, faces = bend(axes, 80.0), fold.mesh.vertices, fold.mesh.closed_faces
    flat, swung, bent = (volume(v, faces) for v in (vertices, fold.swing(vertices, R), fold.bent(R)))
    assert swung < bent <= flat * (1 + 1e-4)
    assert np.abs(fold._bulge_direction()).max() <= 1
    assert fold.max_bulge == MAX_BULGE[1]


def test_other_digits_take_no_part(fold, axes, hand):
    R = bend(axes, 90.0)
    middle = hand.lbs_weights[:, 4:7].sum(1) > 0.5
    np.testing.assert_allclose(fold.bent(R)[middle], fold.mesh.vertices[middle], atol=1e-12)


@pytest.mark.parametrize(("root", "expected"), [(0.3, 0.3), (-1.0, 0.0), (2.0, 1.0)])
def test_smallest_sufficient_bulge_of_a_linear_gain(root, expected):
    assert _smallest_sufficient(lambda bulge: bulge - root, 1.0) == pytest.approx(expected, abs=2**-12)


def test_undoing_the_skinning_is_its_inverse(fold, axes):
    """Linear blend skinning written out: each vertex the mean of where its two sides of the joint would bring it."""
    R, w = bend(axes, 70.0), fold.share[:, None]
    rest = fold.mesh.vertices + np.random.default_rng(0).normal(scale=1e-3, size=fold.mesh.vertices.shape)
    posed = (1 - w) * rest + w * (fold.centre + R.apply(rest - fold.centre))
    np.testing.assert_allclose(undo_skinning(posed, fold, R), rest, atol=1e-14)


def test_ridge_regression_against_augmented_least_squares():
    rng = np.random.default_rng(0)
    features, displacements = rng.normal(size=(30, 9)), rng.normal(size=(30, 4, 3))
    augmented = np.vstack([features, np.sqrt(2e-3 * 30) * np.eye(9)])
    values = np.vstack([displacements.reshape(30, -1), np.zeros((9, 12))])
    expected = np.linalg.lstsq(augmented, values, rcond=None)[0].T.reshape(4, 3, 9)
    np.testing.assert_allclose(ridge_regression(features, displacements), expected, atol=1e-12)


def test_sampled_rotations_reach_as_far_as_the_joints(axes):
    for name, count, most in (("index1", 80, 113), ("index2", 48, 113), ("thumb1", 55, 55)):
        rotations = sampled_rotations(JOINT_NAMES.index(name), axes)
        assert len(rotations) == count
        assert np.degrees(rotations.magnitude()).max() <= most
    assert isinstance(rotations, Rotation)
