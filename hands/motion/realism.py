"""How lively made-up hands are, beside hands that were filmed: rates and accelerations at 30 frames a second.

A motion that looks right can still be too calm or too wild for a sensor, which feels rates and accelerations only. So
three numbers are taken of every frame, as somebody measures them who has nothing but poses at 30 Hz:

    finger_rate           the largest |log(R_t^T R_{t+1})| fps of the 15 finger joints, R local        rad/s
    wrist_rate            the same of the wrist, R global                                              rad/s
    wrist_acceleration    |x_{t-1} - 2 x_t + x_{t+1}| fps^2, x the wrist joint                         m/s^2

and their medians, 95th and 99th percentiles are compared with those of ARCTIC. Besides, `tighter_than_a_fist` tells
how often a motion's fingers sink deeper into each other than those of a clenched fist.

Source: the figures are ours, measured on the MANO parameters of ARCTIC (Fan et al. 2023). Explained in the book:
*Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hands.mano.gestures import key_pose
from hands.mano.hand import Hand
from hands.mano.penetration import TOLERANCE, Spheres, penalty, worst
from hands.motion.record import Motion, MotionError

FPS: Final = 30.0
"""Frames per second of the measures: ARCTIC's."""

ROUNDING: Final = 1.0001
"""A penalty that is larger by no more than this factor is the same."""


@dataclass(frozen=True)
class Spread:
    """How one measure is spread over the frames: median, 95th and 99th percentile."""

    median: float
    p95: float
    p99: float


ARCTIC: Final[Mapping[str, Spread]] = MappingProxyType(
    {
        "finger_rate": Spread(1.8, 6.6, 10.2),
        "wrist_rate": Spread(0.73, 3.8, 5.9),
        "wrist_acceleration": Spread(0.85, 4.0, 6.3),
    }
)
"""The measures of ARCTIC's hands: 436,000 frames of one hand each, at 30 Hz.

Its people handle objects (open a box, use scissors), so these are no free gestures, and its poses were fitted to
pictures and markers frame by frame, so part of the finger rates is noise. They say what order of size is right.

Source: Fan et al. 2023, *ARCTIC: a dataset for dexterous bimanual hand-object manipulation*.
"""


def rates(rotvec: Float[Tensor, "time ... 3"], fps: float) -> Float[Tensor, "steps ..."]:
    """Angular rate (rad/s) from each frame to the next, of rotations as axis-angle."""
    quaternions = roma.rotvec_to_unitquat(rotvec)
    step = roma.quat_product(roma.quat_conjugation(quaternions[:-1]), quaternions[1:])
    return roma.unitquat_to_rotvec(step).norm(dim=-1) * fps


def frame_measures(motion: Motion) -> dict[str, Float[np.ndarray, " frames"]]:
    """The three measures of each frame of a motion, which is brought to 30 frames per second first.

    Raises:
        MotionError: the motion is shorter than three frames at 30 Hz.
    """
    at_30 = motion if motion.fps == FPS else motion.resample(FPS)
    if len(at_30) < 3:
        raise MotionError(f"{motion.duration:.3f} s are too short to be measured: three frames at 30 Hz are needed")
    place = at_30.transl
    bent = (place[:-2] - 2 * place[1:-1] + place[2:]) * FPS**2
    measures = {
        "finger_rate": rates(at_30.hand_pose, FPS).amax(-1),
        "wrist_rate": rates(at_30.global_orient, FPS),
        "wrist_acceleration": bent.norm(dim=-1),
    }
    return {name: values.numpy() for name, values in measures.items()}


def spreads(motions: Iterable[Motion]) -> dict[str, Spread]:
    """The three measures over all frames of all these motions, under the names that `ARCTIC` has.

    Example:
        >>> from hands.motion import SUBJECTS, free, perform
        >>> list(spreads([perform(free, SUBJECTS["S01"], seconds=2.0)])) == list(ARCTIC)
        True
    """
    measured = [frame_measures(motion) for motion in motions]
    pooled = {name: np.concatenate([frames[name] for frames in measured]) for name in ARCTIC}
    return {name: Spread(*np.percentile(values, [50, 95, 99]).tolist()) for name, values in pooled.items()}


def tighter_than_a_fist(motion: Motion, hand: Hand, spheres: Spheres | None = None) -> Bool[Tensor, " frames"]:
    """Which frames, at 30 per second, sink deeper into themselves than the key pose `fist` of the same person.

    Deeper is what has a larger `penetration.penalty`, or a `penetration.worst` that is larger by more than the
    measure's own `TOLERANCE`: a fist buries its fingertips so deep that the worst depth hardly grows from there,
    while the penalty still does.

    Args:
        motion: of any rate.
        hand: whose fist it is, and whose fingers; the shape is the motion's.
        spheres: of that hand, if they are there already.
    """
    spheres = Spheres.of(hand) if spheres is None else spheres
    at_30 = motion if motion.fps == FPS else motion.resample(FPS)
    fist = key_pose("fist", hand.data, at_30.hand_pose.dtype)[None, 1:]
    poses = torch.cat([fist, at_30.hand_pose])
    deepest, total = worst(spheres, poses, at_30.betas), penalty(spheres, poses, at_30.betas)
    return ((deepest > deepest[0] + TOLERANCE) | (total > ROUNDING * total[0]))[1:]
