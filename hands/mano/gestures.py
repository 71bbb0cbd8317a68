"""Eight key poses as anatomical angles: the presets of the live hand and the seeds of every gesture.

The angles are data, in degrees; `anatomy` turns them into MANO's pose for any hand. The four fingers were set by eye on
the default hand; where the thumb touches something (fist, rock, point, pinch) its angles were solved for contact once
and rounded.

Explained in the book: *Meet the hand*.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import JOINT_NAMES
from hands.mano.anatomy import angles_to_hand_pose, joint_axes
from hands.mano.model_data import HandModelData

Angles = dict[str, tuple[float, float, float]]

_CURLED: Final[Angles] = {
    "index1": (84, 0, 3), "index2": (98, 0, 0), "index3": (60, 0, 0),
    "middle1": (84, 0, -3), "middle2": (98, 0, 0), "middle3": (60, 0, 0),
    "ring1": (84, 1, -5), "ring2": (98, 0, 0), "ring3": (60, 0, 0),
    "pinky1": (84, 2, -17), "pinky2": (98, 0, 0), "pinky3": (60, 0, 0),
}  # fmt: skip

KEY_POSES: Final[Mapping[str, Angles]] = MappingProxyType(
    {
        "flat": {},
        "relaxed": {
            "index1": (18, 0, 0), "index2": (28, 0, 0), "index3": (15, 0, 0),
            "middle1": (22, 2, -1), "middle2": (32, 0, 0), "middle3": (19, 0, 0),
            "ring1": (26, 3, -1), "ring2": (36, 0, 0), "ring3": (23, 0, 0),
            "pinky1": (30, 8, -5), "pinky2": (40, 0, 0), "pinky3": (27, 0, 0),
            "thumb1": (6, 18, 2), "thumb2": (8, 0, 0), "thumb3": (12, 0, 0),
        },
        "spread": {
            "index1": (-4, 10, 1), "middle1": (-4, 3, 0), "ring1": (-4, -7, 0), "pinky1": (-6, -14, -1),
            "thumb1": (-16, 2, 1), "thumb2": (-6, 0, 0), "thumb3": (-12, 0, 0),
        },
        "fist": _CURLED | {"thumb1": (23, -4, 24), "thumb2": (34, 0, 0), "thumb3": (51, 0, 0)},
        "thumb-up": _CURLED | {"thumb1": (-14, 2, -4), "thumb2": (-8, 0, 0), "thumb3": (-14, 0, 0)},
        "rock": _CURLED
        | {
            "index1": (-2, 3, 0), "index2": (6, 0, 0), "index3": (4, 0, 0),
            "pinky1": (-4, 6, 0), "pinky2": (8, 0, 0), "pinky3": (5, 0, 0),
            "thumb1": (48, 1, 12), "thumb2": (22, 0, 0), "thumb3": (33, 0, 0),
        },
        "point": _CURLED
        | {
            "index1": (0, 0, 0), "index2": (6, 0, 0), "index3": (3, 0, 0),
            "thumb1": (48, 2, 10), "thumb2": (22, 0, 0), "thumb3": (28, 0, 0),
        },
        "pinch": {
            "index1": (43, 1, -1), "index2": (41, 0, 0), "index3": (28, 0, 0),
            "middle1": (26, 2, -1), "middle2": (30, 0, 0), "middle3": (16, 0, 0),
            "ring1": (23, 3, -1), "ring2": (27, 0, 0), "ring3": (13, 0, 0),
            "pinky1": (20, 8, -3), "pinky2": (24, 0, 0), "pinky3": (10, 0, 0),
            "thumb1": (44, 23, -15), "thumb2": (9, 0, 0), "thumb3": (-6, 0, 0),
        },
    }
)  # fmt: skip
"""Flexion, abduction and twist in degrees for each joint that a key pose moves; a joint left out stays flat."""


def key_pose(name: str, data: HandModelData, dtype: torch.dtype = torch.float32) -> Float[Tensor, "16 3"]:
    """The `full_pose` (axis-angle, radians, wrist first) of a key pose on this hand; the wrist stays unturned.

    Raises:
        ValueError: there is no key pose of that name.
    """
    hand_pose = angles_to_hand_pose(joint_axes(data), torch.deg2rad(key_angles(name)))
    return torch.cat([hand_pose.new_zeros(1, 3), hand_pose]).to(dtype)


def key_angles(name: str) -> Float[Tensor, "15 3"]:
    """Flexion, abduction and twist of the 15 finger joints in a key pose, in degrees.

    Raises:
        ValueError: there is no key pose of that name.
    """
    if name not in KEY_POSES:
        raise ValueError(f"no key pose {name!r}; there are {', '.join(KEY_POSES)}")
    pose = KEY_POSES[name]
    return torch.tensor([pose.get(joint, (0.0, 0.0, 0.0)) for joint in JOINT_NAMES[1:]], dtype=torch.float64)
