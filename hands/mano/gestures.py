"""Gestures: the names and labels of InterHand2.6M, and a key pose of our own for each name.

The names are InterHand2.6M's and the grouping into coarse and fine classes follows the table of the gesture-token
paper's authors (`gesture_table`). The poses are ours (`key_poses`): made after the names, from general knowledge of
what each sign looks like, without a picture of the data set. They are anatomical angles in degrees, which `anatomy`
turns into MANO's pose for any hand, and a few words for how the hand is held.

Convention:
    Directions are those of a person who holds out the right hand as for a handshake, which is the pose zero of the
    wrist: forward = -x, back = +x, left = -y, right = +y, up = +z, down = -z. A left hand makes the mirror image.

Explained in the book: *The gestures*, *Meet the hand*.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike, fspath
from types import MappingProxyType
from typing import Final

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import JOINT_NAMES, MANO_FINGERS
from hands.mano.anatomy import angles_to_hand_pose, joint_axes
from hands.mano.gesture_looks import LOOKS, Look
from hands.mano.gesture_table import COARSE_NAMES, FINE_NAMES, GESTURES, Gesture
from hands.mano.key_poses import KEY_POSES, PRESETS, KeyPose
from hands.mano.model_data import MIRROR_AXIAL, Array, HandModelData, Side

__all__ = [
    "COARSE_NAMES",
    "DIRECTIONS",
    "FINE_NAMES",
    "GESTURES",
    "KEY_POSES",
    "LOOKS",
    "PRESETS",
    "Gesture",
    "GestureSequence",
    "KeyPose",
    "Look",
    "key_angles",
    "key_pose",
    "orientation",
    "parse_sequence",
]

DIRECTIONS: Final = MappingProxyType(
    {
        "forward": (-1.0, 0.0, 0.0), "back": (1.0, 0.0, 0.0),
        "left": (0.0, -1.0, 0.0), "right": (0.0, 1.0, 0.0),
        "up": (0.0, 0.0, 1.0), "down": (0.0, 0.0, -1.0),
    }
)  # fmt: skip
"""The six directions of the body in the frame of a right hand."""


@dataclass(frozen=True)
class GestureSequence:
    """What the name of a sequence says: which gesture, by which hand."""

    gesture: Gesture
    side: Side


_SINGLE_HAND = re.compile(r"0([01])([0-9]{2})_(\w+)")
_TWO_HANDS = re.compile(r"0[23][0-9]{2}_\w+")
_MOTION = re.compile(r"ROM[0-9]{2}_\w+")


def parse_sequence(sequence: str | PathLike[str]) -> GestureSequence:
    """Gesture and side of one of InterHand2.6M's single-hand sequences, such as `0007_thumbup_normal`.

    The code's first two digits are the side (00 right, 01 left), the other two the gesture. Code and name must fit each
    other. The name decides, since one code has two names: `0014_rocker` and `0014_rocker_frontside`.

    Args:
        sequence: the name of the sequence, or a path that ends in its folder.

    Raises:
        ValueError: it is no known single-hand gesture; the sentence says why.

    Example:
        >>> found = parse_sequence("train/Capture0/0107_thumbup_normal")
        >>> found.gesture.name, COARSE_NAMES[found.gesture.coarse], found.side
        ('thumbup_normal', 'thumbup', 'left')
    """
    folder = re.split(r"[/\\]", fspath(sequence).rstrip("/\\"))[-1]
    match = _SINGLE_HAND.fullmatch(folder)
    if match is None:
        raise ValueError(f"{folder!r} {_why_not_single_hand(folder)}")
    side: Side = "right" if match[1] == "0" else "left"
    code, name = int(match[2]), match[3]
    if name not in GESTURES:
        raise ValueError(f"{folder!r} ends in none of the {len(GESTURES)} gestures' names; see GESTURES")
    gesture = GESTURES[name]
    if code not in gesture.codes:
        raise ValueError(f"{folder!r}: code {code:02} and name do not match; {name} has the code {gesture.codes[0]:02}")
    if side not in gesture.sides:
        raise ValueError(
            f"{folder!r} is on the wrong side: InterHand2.6M has {name} of the {gesture.sides[0]} hand only"
        )
    return GestureSequence(gesture, side)


def _why_not_single_hand(folder: str) -> str:
    if _MOTION.fullmatch(folder):
        return "is a range-of-motion sequence, which runs through many poses and has no gesture label"
    if _TWO_HANDS.fullmatch(folder):
        return "is a two-hand sequence; the gestures here are single-hand ones, whose codes begin with 00 or 01"
    return "is not the name of a sequence, such as '0007_thumbup_normal'"


def key_pose(name: str, data: HandModelData, dtype: torch.dtype = torch.float32) -> Float[Tensor, "16 3"]:
    """The `full_pose` (axis-angle, radians, wrist first) of a key pose on this hand.

    The wrist's row holds the hand as the gesture is held; it is zero for the presets of the live hand.

    Raises:
        ValueError: there is no key pose of that name.
    """
    hand_pose = angles_to_hand_pose(joint_axes(data), torch.deg2rad(key_angles(name)))
    held = orientation(KEY_POSES[name].palm, KEY_POSES[name].fingers)
    global_orient = held if data.side == "right" else held * torch.tensor(MIRROR_AXIAL)
    return torch.cat([global_orient[None], hand_pose]).to(dtype)


def key_angles(name: str) -> Float[Tensor, "15 3"]:
    """Flexion, abduction and twist of the 15 finger joints in a key pose, in degrees.

    Raises:
        ValueError: there is no key pose of that name.
    """
    if name not in KEY_POSES:
        raise ValueError(f"no key pose {name!r}; there are {', '.join(KEY_POSES)}")
    rows = {digit: _joint_angles(digit, getattr(KEY_POSES[name], digit)) for digit in MANO_FINGERS}
    return torch.tensor([rows[joint[:-1]][int(joint[-1]) - 1] for joint in JOINT_NAMES[1:]], dtype=torch.float64)


def _joint_angles(digit: str, angles: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Flexion, abduction and twist of the three joints of a digit from its cell in the table."""
    if digit == "thumb":
        flexion, abduction, twist, middle, last = angles
    else:
        flexion, abduction, middle, last, twist = (*angles, 0)[:5]
    return [(flexion, abduction, twist), (middle, 0, 0), (last, 0, 0)]


def orientation(palm: str, fingers: str) -> Float[Tensor, " 3"]:
    """The `global_orient` (axis-angle, radians) of a right hand whose palm and fingers are to face these directions.

    Args:
        palm: where the palm faces: one of `DIRECTIONS`, or two with a hyphen for the direction between them. Of it
            counts what is at right angles to the fingers.
        fingers: where the fingers point, likewise.

    Raises:
        ValueError: a direction is unknown, or the two are the same or opposite.

    Example:
        >>> orientation(palm="left", fingers="forward").tolist()  # as for a handshake
        [0.0, 0.0, 0.0]
    """
    along, facing = _direction(fingers), _direction(palm)
    facing = facing - (facing @ along) * along
    if np.linalg.norm(facing) < 1e-9:
        raise ValueError(f"a palm that faces {palm} cannot have fingers that point {fingers}")
    facing = facing / np.linalg.norm(facing)
    rotmat = np.stack([-along, -facing, np.cross(along, facing)], axis=1)  # where x, y and z of the hand come to lie
    return roma.rotmat_to_rotvec(torch.from_numpy(rotmat)) + 0.0  # no -0.0


def _direction(words: str) -> Array:
    """The unit vector of one of `DIRECTIONS`, or of the middle between several."""
    parts = words.split("-")
    unknown = [part for part in parts if part not in DIRECTIONS]
    if unknown:
        raise ValueError(f"no direction {unknown[0]!r}; there are {', '.join(DIRECTIONS)}")
    total = np.sum([DIRECTIONS[part] for part in parts], axis=0)
    if not total.any():
        raise ValueError(f"{words!r} is no direction: its parts cancel out")
    return np.asarray(total / np.linalg.norm(total))
