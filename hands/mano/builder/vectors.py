"""Unit vectors and the shortest rotation between two directions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def unit(vectors: Array) -> Array:
    """Vectors of length one, along the last axis."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def without_component(vector: Array, direction: Array) -> Array:
    """What is left of one vector, at unit length, once its part along a unit `direction` is taken away."""
    return unit(vector - (vector @ direction) * direction)


def shortest_rotation(start: Array, end: Array) -> Array:
    """Rotation matrices (..., 3, 3) that turn each `start` (..., 3) onto `end` about the axis perpendicular to both.

    With k = start x end and c = start . end of the unit vectors: R = I + K + K^2 / (1 + c), where K is the cross matrix
    of k. Opposite directions have no shortest rotation; bones never need one.
    """
    start, end = np.broadcast_arrays(unit(start), unit(end))
    x, y, z = np.moveaxis(np.cross(start, end), -1, 0)
    zero = np.zeros_like(x)
    K = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(*x.shape, 3, 3)
    cosine = (start * end).sum(-1)[..., None, None]
    return np.asarray(np.eye(3) + K + K @ K / (1 + cosine))
