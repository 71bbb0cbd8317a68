"""References: the published tables, and a box of known size for a hand."""

import numpy as np
import pytest

from hands.mano.builder.anthropometry import ANSUR, FITTED, HandRuler

from .shapes import box


@pytest.mark.parametrize("sex", ["male", "female"])
def test_drawn_people_have_the_published_statistics(sex):
    rng, survey = np.random.default_rng(0), ANSUR[sex]
    people = 1e3 * np.array([survey.draw(rng) for _ in range(8000)])
    np.testing.assert_allclose(people.mean(0), survey.mean_mm, rtol=3e-3)
    np.testing.assert_allclose(people.std(0), survey.sd_mm, rtol=0.06)  # the cut at 2.5 sd takes 4 %
    np.testing.assert_allclose(np.corrcoef(people.T), survey.correlation, atol=0.03)


@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_published_correlations_are_a_correlation_matrix(sex):
    correlation = np.array(ANSUR[sex].correlation)
    np.testing.assert_array_equal(correlation, correlation.T)
    assert np.linalg.eigvalsh(correlation).min() > 0


def box_hand(length=0.2, breadth=0.08, depth=0.024):
    """A box from x = -length/2 to length/2, with joints where a hand of that size has them, and a palmar crease."""
    vertices, faces = box((length, depth, breadth), corner=(-length / 2, -depth / 2, -breadth / 2))
    crease = [[-0.01, -depth / 2, 0.0], [-0.03, -depth / 2, 0.0], [-0.01, depth / 2, 0.0]]
    joints = np.zeros((16, 3))
    joints[0] = [0.09, 0, 0]
    joints[1], joints[4], joints[5], joints[7] = [0, 0, 0.03], [0, 0, 0], [-0.03, 0, 0], [0, 0, -0.03]
    return np.concatenate([vertices, crease]), joints, faces


def test_a_box_has_its_measures():
    vertices, joints, faces = box_hand()
    ruler = HandRuler(vertices, joints, faces)
    assert ruler.palm_crease == 8
    to_tip = np.linalg.norm(vertices[ruler.middle_tip] - joints[0])
    expected = [to_tip, 0.08, 2 * (0.08 + 0.024), np.hypot(0.1, 0.012), 2 * (0.08 + 0.024)]
    np.testing.assert_allclose(ruler(vertices, joints), expected, rtol=1e-12)
    np.testing.assert_allclose(ruler.fitted(vertices, joints), np.array(expected)[list(FITTED)], rtol=1e-12)


def test_measures_grow_with_the_hand():
    vertices, joints, faces = box_hand()
    ruler = HandRuler(vertices, joints, faces)
    np.testing.assert_allclose(ruler(1.3 * vertices, 1.3 * joints), 1.3 * ruler(vertices, joints), rtol=0.01)
