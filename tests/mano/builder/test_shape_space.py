"""References: the survey's measures themselves, and a low-rank cloud of hands whose principal components are known."""

import numpy as np
import pytest

from hands.mano.builder.anthropometry import ANSUR, FITTED, HandRuler
from hands.mano.builder.landmarks import JOINTS, SURFACE
from hands.mano.builder.shape_space import Knobs, Samples, fit_to_measures, principal_shapes


@pytest.fixture(scope="module")
def centred(points):
    return points - points[JOINTS][0]


@pytest.fixture(scope="module")
def knobs(centred):
    """Longer fingers: what lies beyond the knuckles is stretched. A thicker wrist: what lies near it is widened."""
    beyond = np.clip(centred[JOINTS][4, 0] - centred[:, 0], 0, None)[:, None]
    near = np.clip(1 - np.abs(centred[:, :1]) / 0.03, 0, 1)
    return Knobs(beyond * [-0.2, 0, 0], near * centred * [0, 0.2, 0.2])


@pytest.mark.parametrize(("sex", "seed"), [("male", 0), ("female", 1), ("male", 2)])
def test_a_fitted_hand_has_the_measures_asked_for(centred, knobs, hand, sex, seed):
    ruler = HandRuler(centred[SURFACE], centred[JOINTS], hand.faces)
    target = ANSUR[sex].draw(np.random.default_rng(seed))[list(FITTED)]
    fitted = fit_to_measures(centred, target, knobs, 0.03, ruler)
    np.testing.assert_allclose(ruler.fitted(fitted[SURFACE], fitted[JOINTS]), target, rtol=2e-3)
    np.testing.assert_allclose(fitted[JOINTS][0], 0, atol=1e-15)


def test_knobs_scale_depth_with_the_root_of_breadth(centred, knobs):
    turned = knobs.turn(centred, np.array([0.1, 0.2, 0.0, 0.0]), log_depth=0.05)
    np.testing.assert_allclose(turned, centred * np.exp([0.1, 0.1 + 0.05 + 0.1, 0.1 + 0.2]), rtol=1e-12, atol=1e-15)


@pytest.fixture(scope="module")
def cloud(centred):
    """400 hands that vary in ten random directions, with deviations that fall off like MANO's."""
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.normal(size=(centred.size, 10)))[0].T.reshape(10, *centred.shape)
    directions[:, JOINTS] = 0
    scores = rng.normal(size=(400, 10)) * 0.02 * 0.7 ** np.arange(10)
    return Samples(centred + np.tensordot(scores, directions, 1), np.arange(400) % 2 == 0)


def test_ten_betas_reproduce_a_ten_dimensional_cloud(cloud):
    space = principal_shapes(cloud)
    deviations = (cloud.points - space.mean)[:, SURFACE].reshape(400, -1)
    basis = space.shapedirs.reshape(-1, 10)
    betas = np.linalg.lstsq(basis, deviations.T, rcond=None)[0].T
    np.testing.assert_allclose(betas @ basis.T, deviations, atol=1e-12)
    np.testing.assert_allclose(np.cov(betas.T), np.eye(10), atol=1e-9)  # standard normal, uncorrelated
    np.testing.assert_allclose(betas[cloud.is_male].mean(0), space.betas_male, atol=1e-9)
    np.testing.assert_allclose(space.betas_female, -space.betas_male, atol=1e-9)  # as many women as men


def test_shares_are_eigenvalues_of_the_covariance(cloud):
    space = principal_shapes(cloud)
    deviations = (cloud.points - space.mean)[:, SURFACE].reshape(400, -1)
    eigenvalues = np.linalg.eigvalsh(deviations @ deviations.T)[::-1]
    np.testing.assert_allclose(space.shares, eigenvalues[:10] / eigenvalues.sum(), rtol=1e-9)


def test_positive_betas_move_the_middle_tip_outwards(cloud):
    space = principal_shapes(cloud)
    assert (space.shapedirs[int(np.argmin(space.mean[SURFACE][:, 0])), 0] < 0).all()
