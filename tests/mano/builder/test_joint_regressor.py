"""References: scipy's general optimiser, and joints that are convex combinations by construction."""

import numpy as np
import pytest
from scipy.optimize import minimize

from hands.mano.builder.joint_regressor import fit_joint_regressor, make_exact
from hands.mano.builder.landmarks import JOINTS, SURFACE


def test_the_change_is_the_smallest_that_meets_the_equations():
    rng = np.random.default_rng(0)
    vertices, guess = rng.normal(size=(12, 3)), rng.dirichlet(np.full(12, 5.0))
    joint = vertices.T @ rng.dirichlet(np.full(12, 5.0))
    found = make_exact(guess, vertices, joint)
    equations = {"type": "eq", "fun": lambda x: np.append(vertices.T @ x - joint, x.sum() - 1)}
    expected = minimize(lambda x: ((x - guess) ** 2).sum(), guess, constraints=[equations], tol=1e-14).x
    assert (expected > 0).all()  # so that the bounds do not matter
    np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(vertices.T @ found, joint, atol=1e-15)


def test_vertices_that_would_count_negatively_are_dropped():
    vertices = np.concatenate([np.eye(3), -np.eye(3), [[5.0, 5.0, 5.0]]])
    weights = make_exact(np.full(7, 1 / 7), vertices, np.array([-0.2, -0.2, -0.2]))
    assert weights.min() >= 0
    np.testing.assert_allclose(vertices.T @ weights, -0.2, atol=1e-15)
    assert weights.sum() == pytest.approx(1, abs=1e-15)


def test_a_joint_outside_the_hull_is_refused():
    with pytest.raises(ValueError, match="no convex combination"):
        make_exact(np.full(6, 1 / 6), np.concatenate([np.eye(3), -np.eye(3)]), np.array([2.0, 0, 0]))


def test_joints_that_are_means_of_vertices_are_found_on_new_hands(hand, points):
    rng = np.random.default_rng(0)
    moves = rng.normal(size=(200, 10)) @ np.moveaxis(hand.shapedirs, 2, 0).reshape(10, -1)
    surfaces = hand.v_template + moves.reshape(200, -1, 3)
    samples = np.concatenate([surfaces, hand.J_regressor @ surfaces, np.zeros((200, 5, 3))], axis=1)
    found = fit_joint_regressor(points, samples[:160], hand.lbs_weights)
    assert found.min() >= 0
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-12)
    np.testing.assert_allclose(found @ points[SURFACE], points[JOINTS], atol=1e-12)
    np.testing.assert_allclose(found @ surfaces[160:], samples[160:, JOINTS], atol=3e-4)  # the ridge costs 0.3 mm
