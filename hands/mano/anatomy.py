"""Anatomical angles: how far each finger joint is flexed, abducted and twisted, and how far it can be.

MANO's pose is an axis-angle vector for each joint, which says nothing to a hand therapist. Here every finger joint gets
three perpendicular axes, fixed in the flat hand, found from the joints and fingertips alone, so that they exist for any
hand in MANO's layout. With the unit vector d from the joint to the next one and the palmar direction p of the digit,

    flexion axis = d x p,   abduction axis = d x flexion axis,   twist axis = d   (each normalised),

and the three angles compose to the joint's rotation in the order that biomechanics recommends:

    R = R(flexion axis, flexion) R(abduction axis, abduction) R(twist axis, twist).

The flexion axis stays with the bone before the joint, the twist axis goes with the bone behind it, and the abduction
axis floats between the two. So the one angle at which the others cannot be told apart is an abduction of 90 degrees,
which no finger reaches; were abduction first, it would be a flexion of 90 degrees, and every fist would meet it.

Convention:
    Positive flexion bends the digit towards the palm, positive abduction turns it towards the thumb's side, positive
    twist is right-handed about the direction in which a right hand's digit points. One set of angles means mirror
    images on the two hands. Radians; zero is the flat hand.

Source: Grood and Suntay 1983; Wu et al. 2005 (ISB recommendation, hand). Explained in the book: *Rotations and the
kinematic tree*, *Fitting a hand to points*.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import FINGERS, JOINT_NAMES, MANO_FINGERS
from hands.mano.lbs import axis_angle_to_rotmat
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

Range = tuple[int, int]

_FINGER_RANGES: Final[tuple[tuple[Range, Range, Range], ...]] = (
    ((-30, 95), (-25, 25), (-20, 20)),  # MCP
    ((-10, 110), (-5, 5), (-5, 5)),  # PIP
    ((-15, 85), (-5, 5), (-5, 5)),  # DIP
)
_THUMB_RANGES: Final[tuple[tuple[Range, Range, Range], ...]] = (
    ((-25, 50), (-25, 45), (-25, 35)),  # CMC
    ((-15, 60), (-15, 15), (-10, 10)),  # MCP
    ((-20, 85), (-5, 5), (-5, 5)),  # IP
)

RANGES: Final[Mapping[str, tuple[Range, Range, Range]]] = MappingProxyType(
    {
        name: (_THUMB_RANGES if name.startswith("thumb") else _FINGER_RANGES)[int(name[-1]) - 1]
        for name in JOINT_NAMES[1:]
    }
)
"""What healthy adults reach, degrees from the flat hand: joint -> ranges of flexion, abduction and twist.

Flexion of MCP 0..90 with hyperextension of up to 45, of PIP 0..100, of DIP 0..80, of the thumb's MCP -10..55 and IP
-15..80, each a little wider here since people differ; abduction of the finger MCPs by 20 to either side; of the thumb's
CMC 45 to 60 from contact with the palm, counted here from the flat hand, whose thumb stands half-way out. PIP, DIP and
the thumb's IP are hinges; they get 5 degrees of slack, since no hand model's axes are exact. Nobody lists norms of
twist: the MCPs have the play that lets bent fingers converge, the CMC turns as the thumb opposes.

Source: Eaton, *Electronic Textbook of Hand Surgery*, normal range of motion (e-hand.com); American Academy of
Orthopaedic Surgeons, *Joint motion*, 1965; widened where this page says so.
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
    return roma.unitquat_to_rotvec(roma.quat_product(roma.quat_product(flexion, abduction), twist))


def hand_pose_to_angles(axes: Float[Tensor, "J 3 3"], hand_pose: Float[Tensor, "*B J 3"]) -> Float[Tensor, "*B J 3"]:
    """Flexion, abduction and twist (radians) of each joint in a pose: the inverse of `angles_to_hand_pose`.

    Exact for every rotation. Abduction comes out within 90 degrees, flexion and twist within 180.

    Example:
        >>> from hands import mano
        >>> axes = joint_axes(mano.load().data)
        >>> angles = torch.full((15, 3), 0.2, dtype=torch.float64)
        >>> torch.allclose(hand_pose_to_angles(axes, angles_to_hand_pose(axes, angles)), angles)
        True
    """
    frame = axes.to(hand_pose)
    m = frame @ axis_angle_to_rotmat(hand_pose) @ frame.mT  # in the joint's own axes: about x, then y, then z
    flexion = torch.atan2(-m[..., 1, 2], m[..., 2, 2])
    abduction = torch.atan2(m[..., 0, 2], torch.hypot(m[..., 1, 2], m[..., 2, 2]))
    twist = torch.atan2(-m[..., 0, 1], m[..., 0, 0])
    return torch.stack([flexion, abduction, twist], -1)


def limits(dtype: torch.dtype = torch.float64) -> tuple[Float[Tensor, "15 3"], Float[Tensor, "15 3"]]:
    """Lowest and highest angles of the 15 finger joints, radians: `RANGES` as tensors."""
    low, high = torch.deg2rad(torch.tensor([RANGES[name] for name in JOINT_NAMES[1:]], dtype=dtype)).unbind(-1)
    return low, high


def beyond_limits(angles: Float[Tensor, "*B 15 3"]) -> Float[Tensor, "*B 15 3"]:
    """How far each angle is outside its range, radians: zero inside, positive above, negative below."""
    return angles - clamp_angles(angles)


def clamp_angles(angles: Float[Tensor, "*B 15 3"]) -> Float[Tensor, "*B 15 3"]:
    """The nearest angles that are within the limits, radians."""
    low, high = (bound.to(angles) for bound in limits())
    return angles.clamp(low, high)


def clamp(data: HandModelData, hand_pose: Float[Tensor, "*B 15 3"]) -> Float[Tensor, "*B 15 3"]:
    """The `hand_pose` (axis-angle, radians) with every anatomical angle moved into its range.

    A pose within the limits comes back as the same rotations.

    Example:
        >>> from hands import mano
        >>> data = mano.load().data
        >>> backwards = angles_to_hand_pose(joint_axes(data), torch.full((15, 3), -1.0))
        >>> clamped = hand_pose_to_angles(joint_axes(data), clamp(data, backwards))
        >>> [round(angle) for angle in torch.rad2deg(clamped[0]).tolist()]
        [-30, -25, -20]
    """
    axes = joint_axes(data)
    return angles_to_hand_pose(axes, clamp_angles(hand_pose_to_angles(axes, hand_pose)))
