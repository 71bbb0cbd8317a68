"""One array for all points of a hand: its surface, its 16 joints and the ends of its five digits.

MakeHuman marks each joint by a small cube of vertices, which its shape targets move along with the skin; a joint is the
centre of its cube. Surface and landmarks are therefore linear in the vertices of the body, and so is every blend of
targets. `points` (..., V + 21, 3) holds them in one array: V surface vertices, 16 joints in MANO's order, and five ends
of digits in the order of MANO_FINGERS. Cut it with SURFACE, JOINTS and ENDS.

The ends are MakeHuman's own, a little inside the tip of the skin; the fingertip *vertices* are another thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hands.conventions import JOINT_NAMES, MANO_FINGERS, NUM_JOINTS

from .makehuman import Body, Wheel
from .vectors import Array, Indices

NUM_LANDMARKS: Final = NUM_JOINTS + len(MANO_FINGERS)
SURFACE: Final = slice(None, -NUM_LANDMARKS)
JOINTS: Final = slice(-NUM_LANDMARKS, -len(MANO_FINGERS))
ENDS: Final = slice(-len(MANO_FINGERS), None)

MAKEHUMAN_DIGITS: Final = {"thumb": 1, "index": 2, "middle": 3, "ring": 4, "pinky": 5}
"""MakeHuman counts the digits from the thumb: joint k of digit d is `joint-r-finger-d-k`, its bone `fingerd-k.R`."""


def joint_centre(body: Body, group: str) -> Array:
    """Centre (3,) of one of MakeHuman's joint cubes in the neutral body."""
    return np.asarray(body.vertices[np.unique(body.quads[group])].mean(0))


def _landmark_groups() -> list[str]:
    """MakeHuman's names of the 21 landmarks, in the order of this module."""
    joints = [f"joint-r-finger-{MAKEHUMAN_DIGITS[finger]}-{k}" for finger in MANO_FINGERS for k in (1, 2, 3)]
    ends = [f"joint-r-finger-{MAKEHUMAN_DIGITS[finger]}-4" for finger in MANO_FINGERS]
    return ["joint-r-hand", *joints, *ends]


@dataclass(frozen=True)
class PointMap:
    """The linear map from vertices of the whole body to the points of one hand."""

    vertex_ids: Indices  # (V,) the hand's vertices among the body's
    cubes: tuple[Indices, ...]  # vertices of the 21 landmark cubes

    @classmethod
    def of(cls, body: Body, vertex_ids: Indices) -> PointMap:
        """The map for a surface made of these vertices of the body."""
        return cls(vertex_ids, tuple(np.unique(body.quads[group]) for group in _landmark_groups()))

    def __call__(self, per_vertex: Array) -> Array:
        """Points (V + 21, 3) from positions, or from displacements, (n, 3) of the body's vertices."""
        landmarks = [per_vertex[cube].mean(0) for cube in self.cubes]
        return np.concatenate([per_vertex[self.vertex_ids], landmarks])


def skinning_weights(wheel: Wheel, vertex_ids: Indices, num_vertices: int) -> Array:
    """Weights (V, 16) of MANO's joints, rows summing to one.

    The bones of the digits become MANO's joints; all else (metacarpals, wrist, forearm) is summed into the wrist, since
    MANO's palm is one rigid piece.
    """
    joint_of_bone = {
        f"finger{MAKEHUMAN_DIGITS[finger]}-{k}.R": JOINT_NAMES.index(f"{finger}{k}")
        for finger in MANO_FINGERS
        for k in (1, 2, 3)
    }
    weights = np.zeros((num_vertices, NUM_JOINTS))
    for bone, (vertices, bone_weights) in wheel.bone_weights().items():
        np.add.at(weights[:, joint_of_bone.get(bone, 0)], vertices, bone_weights)
    weights = weights[vertex_ids]
    return np.asarray(weights / weights.sum(1, keepdims=True))
