"""Number the vertices so that the ids which code for MANO hard-codes mean on this hand what they mean on MANO.

Vertices are sorted by the bone that moves them most, then along x; a few are then swapped into place: the fingertips of
smplx, the neighbouring ones of manopth, and the two vertices between which manopth takes the centre of the palm. The
connectivity stays the default hand's own: contact zones and texture maps of MANO do not carry over.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hands.conventions import FINGERS, MANO_FINGERS, TIP_VERTICES

from .landmarks import ENDS, JOINTS, SURFACE
from .vectors import Array, Indices, unit

MANOPTH_LEFT_MIDDLE_TIP: Final = 445
MANOPTH_PALM: Final = {"dorsal": 95, "palmar": 22}
"""Vertices whose mean manopth calls the palm."""


def fingertips(points: Array, lbs_weights: Array) -> dict[str, int]:
    """The vertex at the very tip of each digit of a flat hand: furthest along the last bone and near its line."""
    tips = {}
    for digit, finger in enumerate(MANO_FINGERS):
        joint = points[JOINTS][3 * digit + 3]
        along = unit(points[ENDS][digit] - joint)
        own = np.flatnonzero(lbs_weights[:, 3 * digit + 3] > 0.9)
        offset = points[SURFACE][own] - joint
        score = offset @ along - 0.3 * np.linalg.norm(np.cross(offset, along), axis=1)
        tips[finger] = int(own[np.argmax(score)])
    return tips


def mano_vertex_order(points: Array, faces: Indices, lbs_weights: Array) -> Indices:
    """The old number of each new vertex (V,), for a flat hand of 778 vertices."""
    surface = points[SURFACE]
    order = list(np.lexsort((surface[:, 0], lbs_weights.argmax(1))))
    wanted = _vertices_with_known_ids(points, faces, fingertips(points, lbs_weights))
    for new, old in wanted.items():
        place = order.index(old)
        order[place], order[new] = order[new], order[place]
    return np.array(order)


def _vertices_with_known_ids(points: Array, faces: Indices, tips: dict[str, int]) -> dict[int, int]:
    """Which vertex shall get each of the known ids."""
    surface = points[SURFACE]
    wanted = {TIP_VERTICES["smplx"][FINGERS.index(finger)]: tips[finger] for finger in MANO_FINGERS}
    for digit, finger in enumerate(MANO_FINGERS):
        tip = tips[finger]
        along = unit(points[ENDS][digit] - points[JOINTS][3 * digit + 3])
        neighbours = np.setdiff1d(faces[(faces == tip).any(1)], list(wanted.values()))
        furthest = neighbours[np.argsort(-(surface[neighbours] @ along), kind="stable")]
        wanted[TIP_VERTICES["manopth"][FINGERS.index(finger)]] = int(furthest[0])
        if finger == "middle":
            wanted[MANOPTH_LEFT_MIDDLE_TIP] = int(furthest[1])
    return wanted | _palm_vertices(points)


def _palm_vertices(points: Array) -> dict[int, int]:
    """The vertices nearest to the middle of the palm's axis, on its back and on its front."""
    surface, joints = points[SURFACE], points[JOINTS]
    offset = surface - (joints[0] + joints[4]) / 2
    distance = np.hypot(offset[:, 0], offset[:, 2])
    side = {"dorsal": offset[:, 1] > 0.008, "palmar": offset[:, 1] < -0.008}
    return {new: int(np.argmin(np.where(side[name], distance, np.inf))) for name, new in MANOPTH_PALM.items()}
