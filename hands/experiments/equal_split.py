r"""A hand pose without any learning: the turn of each nail against the palm, in three equal parts.

A sensor on the nail sees the sum of what three joints do. With $R_p$ and $R_n$ the orientations of the palm's and the
nail's bones in the world, the finger as a whole turned by $Q = R_p^\top R_n$, and each joint gets its third,
$\exp(\tfrac13 \log Q)$. The logarithm has more than one value, and a fist turns its fingertips by more than half a
circle: of the two turns that come into question, $\theta$ one way or $2\pi - \theta$ the other way, the one is taken
that lies nearer to the middle of what the finger can do.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import FINGERS, JOINT_NAMES
from hands.mano.anatomy import joint_axes, limits
from hands.mano.model_data import HandModelData

REFERENCE = "palm"


def finger_turns(
    rotation: Float[Tensor, "sensors time 3 3"], names: Sequence[str]
) -> dict[str, Float[Tensor, "time 3 3"]]:
    """The turn of each nail's bone against the palm's, by finger, of the fingers that have a sensor.

    Args:
        rotation: of a recording in the bones' axes, as `imu.Calibration.apply` gives it.
        names: of its sensors.

    Raises:
        ValueError: there is no sensor on the palm.
    """
    if REFERENCE not in names:
        raise ValueError(f"no sensor is on the {REFERENCE}, only {', '.join(names)}: nothing to compare the nails with")
    bones = dict(zip(names, rotation.double(), strict=True))
    return {finger: bones[REFERENCE].mT @ bones[finger] for finger in FINGERS if finger in bones}


def equal_split(
    turns: Mapping[str, Float[Tensor, "time 3 3"]],
    data: HandModelData,
    otherwise: Float[Tensor, "15 3"] | None = None,
) -> Float[Tensor, "time 15 3"]:
    """The hand pose (axis-angle, radians) whose joints share the turn of their finger equally.

    Args:
        turns: of the whole fingers, as `finger_turns` tells.
        data: the hand, which says where its fingers bend.
        otherwise: pose of the fingers that are not there; flat if left out.

    Example:
        >>> from hands import mano
        >>> quarter = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]])
        >>> pose = equal_split({"index": quarter}, mano.load().data)
        >>> torch.rad2deg(pose[0, :3, 0]).round().tolist()
        [-30.0, -30.0, -30.0]
    """
    frames = len(next(iter(turns.values())))
    pose = torch.zeros(15, 3, dtype=torch.float64) if otherwise is None else otherwise.double()
    pose = pose.repeat(frames, 1, 1)
    for finger, turn in turns.items():
        first = JOINT_NAMES.index(f"{finger}1") - 1
        pose[:, first : first + 3] = (_within_reach(turn, _middle(data, first)) / 3)[:, None]
    return pose


def _middle(data: HandModelData, first: int) -> Float[Tensor, " 3"]:
    """The turn of a finger that is half-way between as straight and as bent as can be, axis-angle."""
    low, high = limits()
    axes = joint_axes(data)[first : first + 3, 0]
    return ((low + high)[first : first + 3, :1] / 2 * axes).sum(0)


def _within_reach(turn: Float[Tensor, "time 3 3"], middle: Float[Tensor, " 3"]) -> Float[Tensor, "time 3"]:
    """The logarithm that lies nearer to the middle, in length up to a full circle."""
    short = roma.rotmat_to_rotvec(turn)
    angle = short.norm(dim=-1, keepdim=True)
    long = short * (1 - 2 * math.pi / angle.clamp(min=1e-9))
    nearer = (short - middle).norm(dim=-1) <= (long - middle).norm(dim=-1)
    return torch.where(nearer[:, None], short, long)
