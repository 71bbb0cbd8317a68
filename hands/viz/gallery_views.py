"""From where one looks at a hand that is held somehow: its palm, its back, its thumb's side, with up at the top.

Convention:
    Directions are those of the body that holds out a right hand as for a handshake, which is the wrist's pose zero:
    forward = -x, back = +x, left = -y, right = +y, up = +z, down = -z. A left hand is the mirror image at x = 0.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from hands.mano.gestures import DIRECTIONS
from hands.mano.lbs import axis_angle_to_rotmat
from hands.mano.model_data import Side
from hands.viz.live import Array

SIDES: Final = {"palm": (0.0, -0.96, 0.28), "back": (0.0, 0.96, 0.28), "thumb side": (-0.15, -0.1, 0.98)}
"""Where the viewer of each side stands, in the frame of an unturned right hand: a little off the straight, so that one
sees depth."""

PALM: Final = (0.0, -1.0, 0.0)
FINGERS: Final = (-1.0, 0.0, 0.0)
"""Where the palm faces and the fingers point in an unturned, flat right hand."""

SEEN_FROM: Final = {
    "forward": "the front",
    "back": "behind",
    "left": "the left",
    "right": "the right",
    "up": "above",
    "down": "below",
}
LEVEL: Final = 0.75
"""A palm whose normal rises or falls more than this faces up or down, and is best seen past the thumb."""

RAISED: Final = {"palm": 0.24, "back": 0.24, "thumb side": 0.45}
"""How far the eye stands above the side that it looks at; more where a flat hand would be seen from its edge."""

STEEP: Final = 0.9
"""Who looks up or down more steeply than this has the body's forward at the top of the picture, not the world's up."""

SLANT: Final = np.sin(np.pi / 8)
"""Half-way between straight and diagonal."""


def held(full_pose: Array, side: Side) -> Array:
    """How the hand is held, as the rotation matrix of a right hand; of a left one, its mirror image's."""
    rotmat: Array = axis_angle_to_rotmat(torch.tensor(full_pose[0])).numpy()
    mirror = np.diag([_mirror(side), 1.0, 1.0])
    return mirror @ rotmat @ mirror


def upright_axes(full_pose: Array, name: str, side: Side) -> Array:
    """Right, up and towards the viewer (rows) for one who looks at a side of the hand with the world's up on top."""
    towards = held(full_pose, side) @ SIDES[name]
    towards /= np.linalg.norm(towards)
    top = np.array(DIRECTIONS["up"])
    if abs(towards[2]) > STEEP:
        top = np.array(DIRECTIONS["forward"])
    else:
        towards = towards + RAISED[name] * top
    mirror = np.array([_mirror(side), 1.0, 1.0])
    towards = mirror * towards / np.linalg.norm(towards)
    right = np.cross(mirror * top, towards)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(towards, right), towards])


def best_first(full_pose: Array, side: Side, first: str | None = None) -> tuple[str, ...]:
    """The three sides, beginning with `first`, or with the one that a person standing opposite would know the hand by.

    The latter is whichever of palm and back faces forward or to the midline of the body; or the thumb's side, where the
    palm faces up or down and would be seen from the floor.
    """
    forward, left, up = (float(held(full_pose, side) @ PALM @ DIRECTIONS[name]) for name in ("forward", "left", "up"))
    shown = "thumb side" if abs(up) > LEVEL else "palm" if forward + left > -1e-6 else "back"
    return first or shown, *(name for name in ("palm", "thumb side", "back") if name != (first or shown))


def seen_from(full_pose: Array, name: str, side: Side) -> str:
    """Where the viewer of a side stands, as the person says whose hand it is: "the front"."""
    return SEEN_FROM[directions(held(full_pose, side) @ SIDES[name])[0]]


def directions(vector: Array) -> list[str]:
    """The body's directions that a unit vector points in, the strongest first: one, or those that it lies between."""
    along = {name: float(vector @ DIRECTIONS[name]) for name in DIRECTIONS}
    return sorted((name for name in along if along[name] > SLANT), key=lambda name: -round(along[name], 6))


def _mirror(side: Side) -> float:
    return 1.0 if side == "right" else -1.0
