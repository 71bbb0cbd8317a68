"""Bring any MakeHuman hand into the canonical frame and pose: MANO's axes, metres, flat, wrist at the origin.

Every sample is straightened by its own linear blend skinning until each bone has one fixed direction. What then differs
between two samples is shape, not pose, and that is what the shape space shall learn.

The directions are those of MANO's rest pose, rounded to whole degrees, so that one axis-angle pose means the same bone
directions on the default hand as on the official one. (Joints of the official rest pose are printed in public code.)

Convention:
    Right hand, fingers to -x, palm faces -y, thumb side +z. A direction is given by its azimuth, from -x towards the
    thumb, and its elevation, from the plane of the hand towards the palm.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from hands.conventions import JOINT_NAMES, MANO_FINGERS, NUM_JOINTS

from .landmarks import ENDS, JOINTS, SURFACE
from .vectors import Array, shortest_rotation, unit

REST_DIRECTIONS: Final = {
    "index": ((4, -3), (0, 3), (0, 3)),
    "middle": ((-10, -2), (-10, 3), (-10, 3)),
    "pinky": ((-35, 0), (-33, 2), (-33, 2)),
    "ring": ((-11, -2), (-18, 3), (-18, 3)),
    "thumb": ((50, 0), (35, 11), (30, 11)),
}
"""(azimuth, elevation) in degrees of the three bones of each digit, from the palm outwards."""

PALM_AZIMUTH: Final = np.radians(-2.0)
"""Direction from the wrist to the middle finger's MCP."""


def direction(azimuth: int, elevation: int) -> Array:
    """Unit vector of a direction given in whole degrees."""
    a, e = np.radians([azimuth, elevation])
    return np.array([-np.cos(e) * np.cos(a), -np.sin(e), np.cos(e) * np.sin(a)])


def palm_frame(joints: Array) -> Array:
    """Rotations (..., 3, 3) from MakeHuman's axes to the canonical ones; the rows are the canonical x, y and z.

    The wrist and the middle MCP give x, up to PALM_AZIMUTH; the row of knuckles from the little finger to the index
    finger gives z.
    """
    names = ("wrist", "index1", "middle1", "pinky1")
    wrist, index, middle, pinky = (joints[..., JOINT_NAMES.index(name), :] for name in names)
    forward = unit(middle - wrist)
    knuckles = index - pinky
    z = unit(knuckles - (knuckles * forward).sum(-1, keepdims=True) * forward)
    frame = np.stack([-forward, np.cross(z, -forward), z], axis=-2)
    c, s = np.cos(PALM_AZIMUTH), np.sin(PALM_AZIMUTH)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ frame


def straighten(points: Array, lbs_weights: Array) -> Array:
    """The canonical form of hands given in MakeHuman's axes; both (..., V + 21, 3), see `landmarks`."""
    frame = palm_frame(points[..., JOINTS, :])
    points = points - points[..., JOINTS, :][..., :1, :]
    points = points @ np.swapaxes(frame, -1, -2)
    rotations, shifts, joints, ends = _straighten_bones(points[..., JOINTS, :], points[..., ENDS, :])
    surface = points[..., SURFACE, :]
    straight = np.zeros_like(surface)
    for j in range(NUM_JOINTS):
        moved = surface @ np.swapaxes(rotations[..., j, :, :], -1, -2) + shifts[..., j, None, :]
        straight += lbs_weights[:, j, None] * moved
    return np.concatenate([straight, joints, ends], axis=-2)


def _straighten_bones(joints: Array, ends: Array) -> tuple[Array, Array, Array, Array]:
    """Rigid motions of the 16 bones, x -> R x + t, and where they bring the joints and the ends."""
    rotations = np.broadcast_to(np.eye(3), (*joints.shape, 3)).copy()
    shifts, new_joints, new_ends = np.zeros_like(joints), joints.copy(), ends.copy()
    for digit, finger in enumerate(MANO_FINGERS):
        first = JOINT_NAMES.index(f"{finger}1")
        chain = [joints[..., first + k, :] for k in range(3)] + [ends[..., digit, :]]
        position = chain[0]
        for k, (azimuth, elevation) in enumerate(REST_DIRECTIONS[finger]):
            bone = chain[k + 1] - chain[k]
            R = shortest_rotation(bone, direction(azimuth, elevation))
            new_joints[..., first + k, :] = position
            rotations[..., first + k, :, :] = R
            shifts[..., first + k, :] = position - (R @ chain[k][..., None])[..., 0]
            position = position + (R @ bone[..., None])[..., 0]
        new_ends[..., digit, :] = position
    return rotations, shifts, new_joints, new_ends
