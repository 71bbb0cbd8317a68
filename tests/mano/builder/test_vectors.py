"""References: scipy's rotations."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hands.mano.builder.vectors import shortest_rotation, unit, without_component

numbers = st.floats(-1, 1, allow_nan=False, width=32)
vectors = st.tuples(numbers, numbers, numbers).map(np.array).filter(lambda v: np.linalg.norm(v) > 1e-2)


@given(vectors, vectors)
def test_shortest_rotation_turns_about_the_common_perpendicular(a, b):
    a, b = unit(a), unit(b)
    axis = np.cross(a, b)
    sine, cosine = np.linalg.norm(axis), a @ b
    assume(sine > 1e-3)
    expected = Rotation.from_rotvec(axis / sine * np.arctan2(sine, cosine)).as_matrix()
    np.testing.assert_allclose(shortest_rotation(a, b), expected, atol=1e-8)


def test_shortest_rotation_of_a_batch_to_one_direction():
    starts, end = np.random.default_rng(0).normal(size=(4, 5, 3)), np.array([0.0, 1.0, 0.0])
    turned = (shortest_rotation(starts, end) @ unit(starts)[..., None])[..., 0]
    np.testing.assert_allclose(turned, np.broadcast_to(end, turned.shape), atol=1e-14)


def test_without_component_is_a_unit_vector_at_right_angles():
    rest = without_component(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(rest, np.array([1.0, 2.0, 0.0]) / 5**0.5, atol=1e-15)


def test_unit_keeps_directions():
    assert unit(np.array([[3.0, 4.0, 0.0], [0.0, 0.0, -2.0]])) == pytest.approx(np.array([[0.6, 0.8, 0], [0, 0, -1]]))
