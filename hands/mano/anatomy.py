"""Anatomical angles: how far each finger joint is flexed, abducted and twisted.

MANO's pose is an axis-angle vector for each joint, which says nothing to a hand therapist. Here every finger joint gets
three perpendicular axes, fixed in the flat hand, found from the joints and fingertips alone, so that they exist for any
hand in MANO's layout. With the unit vector d from the joint to the next one and the palmar direction p of the digit,

    flexion axis = d x p,   abduction axis = d x flexion axis,   twist axis = d   (each normalised),

and the three angles compose to the joint's rotation, twist first:

    R = R(abduction axis, abduction) R(flexion axis, flexion) R(twist axis, twist).

Convention:
    Positive flexion bends the digit towards the palm, positive abduction turns it towards the thumb's side, positive
    twist is right-handed about the direction in which a right hand's digit points. One set of angles means mirror
    images on the two hands. Radians.

Explained in the book: *Rotations and the kinematic tree*.
"""

from __future__ import annotations

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import FINGERS, MANO_FINGERS
from hands.mano.model_data import MIRROR_AXIAL, Array, HandModelData

ANGLE_NAMES = ("flexion", "abduction", "twist")
"""The three angles of a joint, in the order of every array of angles."""

PALMAR = np.array([0.0, -1.0, 0.0])
"""Where the pads of the four fingers face in the flat right hand."""

THUMB_PALMAR = np.array([-0.349, -0.494, -0.796])
"""Where the pad of the thumb faces in the flat right hand.

Source: the reversed normal of the thumb's nail, measured on MakeHuman's base mesh (CC0) in the flat pose of the default
hand. The official hand rests in the same directions to within 4 degrees, so it serves there too.
"""


def joint_axes(data: HandModelData) -> Float[Tensor, "15 3 3"]:
    """Flexion, abduction and twist axis (one a row) of each finger joint, in the flat hand's frame."""
    right = data if data.side == "right" else data.mirrored()
    joints = right.J_regressor @ right.v_template
    tips = right.v_template[list(right.tip_vertices)]
    axes = np.stack([_digit_axes(digit, joints, tips) for digit in range(len(MANO_FINGERS))]).reshape(15, 3, 3)
    return torch.from_numpy(axes if data.side == "right" else axes * MIRROR_AXIAL)


def _digit_axes(digit: int, joints: Array, tips: Array) -> Array:
    """The axes of the three joints of one digit of a right hand, (3, 3, 3)."""
    name = MANO_FINGERS[digit]
    first = 1 + 3 * digit
    chain = np.vstack([joints[first : first + 3], tips[FINGERS.index(name)]])
    along = _unit(np.diff(chain, axis=0))
    flexion = _unit(np.cross(along, THUMB_PALMAR if name == "thumb" else PALMAR))
    return np.stack([flexion, np.cross(along, flexion), along], axis=1)


def _unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def angles_to_hand_pose(axes: Float[Tensor, "J 3 3"], angles: Float[Tensor, "*B J 3"]) -> Float[Tensor, "*B J 3"]:
    """The `hand_pose` (axis-angle, radians) that turns each joint by its flexion, abduction and twist (radians).

    All 15 finger joints as a rule; any J joints whose axes are given will do.
    """
    turns = roma.rotvec_to_unitquat(angles[..., None] * axes.to(angles))  # (*B, J, 3 angles, 4)
    flexion, abduction, twist = turns.unbind(-2)
    return roma.unitquat_to_rotvec(roma.quat_product(roma.quat_product(abduction, flexion), twist))
