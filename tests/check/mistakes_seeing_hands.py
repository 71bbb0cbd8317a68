"""A likely wrong answer to each exercise of *Seeing hands*."""

import numpy as np

Array = np.ndarray


def focal_forgotten(focal, cx, cy, left, top, side, size):
    """The focal length is a length in pixels as well."""
    k = size / side
    return focal, k * (cx - left), k * (cy - top)


def range_taken_for_depth(pixels: Array, distance: Array, focal: float, centre: Array) -> Array:
    """The distance where Z belongs."""
    flat = (pixels - centre) / focal
    return distance[:, None] * np.concatenate([flat, np.ones((len(flat), 1))], axis=1)


def without_the_own_depth(points: Array, scale: float, tolerance: float) -> float:
    """The error as if the point were at the distance of the middle."""
    x, y, z = points.T
    return (scale * np.hypot(x, y) * np.abs(z) / tolerance).max()


def column_before_row(points: Array, depth: Array, focal: float, centre: Array, flesh: float) -> Array:
    """depth[u, v]"""
    u, v = np.floor(focal * points[:, :2] / points[:, 2:] + centre).astype(int).T
    size = len(depth)
    inside = (u >= 0) & (u < size) & (v >= 0) & (v < size)
    skin = depth[u.clip(0, size - 1), v.clip(0, size - 1)]
    return inside & (skin > 0) & (points[:, 2] - skin <= flesh)


def from_the_corner(points: Array, pixels: Array, focal: float, centre: Array) -> Array:
    """The right equations with pixels from the upper left corner."""
    flat = pixels / focal
    one, none = np.ones(len(flat)), np.zeros(len(flat))
    A = np.concatenate([np.stack([one, none, -flat[:, 0]], 1), np.stack([none, one, -flat[:, 1]], 1)])
    b = (flat * points[:, 2:] - points[:, :2]).T.ravel()
    return np.linalg.lstsq(A, b, rcond=None)[0]


MISTAKES = {
    "cropped_camera": focal_forgotten,
    "from_range": range_taken_for_depth,
    "far_enough": without_the_own_depth,
    "keypoints_seen": column_before_row,
    "where_is_the_hand": from_the_corner,
}
