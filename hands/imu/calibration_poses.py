"""The poses of a calibration, and how a person takes them: never exactly.

A sensor does not know how it is turned on its bone. A person who takes a pose in which every bone's direction is known
tells it. Three poses, each for a reason:

- **flat**: the hand lies on a table, palm down. Gravity comes through the back of every bone and shows how far it is
  bent or twisted; the table keeps the fingers straight.
- **edge**: the flat hand stands on its little finger's side, thumb up. Gravity comes from the thumb's side and shows
  how far fingers are spread. That they may be bent does not matter: they bend about the vertical.
- **fist**: the fist stands on the same side. In a flat hand nothing holds the thumb in its place. On a fist it rests
  against the fingers, and gravity comes to it from a third side; how tightly the fingers curl is again a turn about the
  vertical.

What a person gets wrong is of two kinds: what is different each time, and habit, which is the same in every pose and
which no number of poses averages out.

Convention:
    World frame with z up; radians, seconds. Angles are flexion, abduction and twist, in MANO's order of joints.

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from scipy.spatial.transform import Rotation
from torch import Tensor

from hands import mano
from hands.conventions import JOINT_NAMES
from hands.imu.placement import FOREARM
from hands.mano.anatomy import angles_to_hand_pose, joint_axes
from hands.mano.gestures import orientation
from hands.mano.model_data import HandModelData
from hands.motion import Hold, Motion, Subject
from hands.motion.arm import TREMOR_PLACE
from hands.motion.performance import posed
from hands.motion.postures import FIST, FLAT, Posture
from hands.motion.strokes import Stroke, Turn, add_up, turn_on
from hands.motion.variation import HIGH, LOW, THUMB, scattered, tremor

FIRST: Final = 0.4
"""Seconds of rest before the first pose."""
MOVING: Final = 1.2
"""Seconds from pose to pose, before the subject's tempo."""


@dataclass(frozen=True, eq=False)
class CalibrationPose:
    """A pose in which every bone's direction is known.

    Example:
        >>> CALIBRATION_POSES[1].name, CALIBRATION_POSES[1].bones(mano.load().data)["wrist"].int().tolist()
        ('edge', [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    """

    name: str
    posture: Posture
    palm: str
    """Where the palm faces, in the words of `mano.gestures.orientation`; the fingers point forward."""
    loose_fingers: float = 1.0
    """How far the four fingers may be off in this pose, as a multiple of the person's looseness."""
    loose_thumb: float = 1.0
    """The same of the thumb."""

    @property
    def global_orient(self) -> Float[Tensor, " 3"]:
        """Orientation of the hand, axis-angle, as the person faces forward; a left hand's is the same turn about x."""
        return orientation(self.palm, "forward")

    def hand_pose(self, data: HandModelData) -> Float[Tensor, "15 3"]:
        """The finger joints, axis-angle."""
        return angles_to_hand_pose(joint_axes(data), torch.from_numpy(self.posture))

    def bones(self, data: HandModelData) -> dict[str, Float[Tensor, "3 3"]]:
        """R_wb of every joint's bone and of the forearm, which goes on straight from the hand."""
        full_pose = torch.cat([self.global_orient[None], self.hand_pose(data)])
        local = mano.axis_angle_to_rotmat(full_pose)
        turned, _ = mano.forward_kinematics(local[None], torch.zeros(1, 16, 3, dtype=local.dtype))
        return dict(zip(JOINT_NAMES, turned[0], strict=True)) | {FOREARM: local[0]}

    def weight(self, bone: str) -> float:
        """What this pose is worth for a bone, as against others: one over the variance of its looseness."""
        if bone in ("wrist", FOREARM):
            return 1.0
        return (self.loose_thumb if bone.startswith("thumb") else self.loose_fingers) ** -2


CALIBRATION_POSES: Final = (
    CalibrationPose("flat", FLAT, "down", loose_fingers=0.6, loose_thumb=1.5),
    CalibrationPose("edge", FLAT, "left", loose_thumb=1.5),
    CalibrationPose("fist", FIST, "left", loose_fingers=1.5),
)
"""Flat on the table, flat on edge, fist on edge. How loose they are is set by hand: nobody lists it."""


@dataclass(frozen=True)
class Looseness:
    """By how much a person misses a pose: standard deviations, radians.

    Raises:
        ValueError: a number is negative, or plainly in degrees.
    """

    bend: float = math.radians(5)
    """Of every joint's flexion; the joints of a finger add up to about twice that."""
    spread: float = math.radians(4)
    """Of the first joints' abduction, and twice that of their twist."""
    habit: float = 0.5
    """The share of these variances that is the same in every pose: fingers that never stretch."""
    level: float = math.radians(3)
    """Of the hand's tilt about either horizontal axis."""
    wrist: float = math.radians(5)
    """Of the wrist's flexion and deviation: the forearm is not where the hand points."""
    table: float = math.radians(1)
    """Of the table's tilt, the same for all poses."""
    facing: float = math.radians(10)
    """Of the direction in which the hand points, which nobody asked for."""
    tremor: float = 1.0
    """As a factor of the subject's own."""

    def __post_init__(self) -> None:
        for name in ("bend", "spread", "level", "wrist", "table", "facing"):
            if not 0 <= getattr(self, name) <= math.pi / 4:
                raise ValueError(f"{name} is {getattr(self, name)}, expected radians from 0 to {math.pi / 4:.2f}")
        if not (0 <= self.habit <= 1 and self.tremor >= 0):
            raise ValueError(f"habit is {self.habit} and tremor {self.tremor}, expected a share and a factor")


EXACT: Final = Looseness(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""A person who takes every pose as it was meant. There is none."""

TYPICAL: Final = Looseness()
"""A person who tries. Set by hand: seen from the palm, the last bone of a finger then lies 6 degrees off on the table,
10 on edge and 15 in the fist, and that of the thumb 15, 15 and 10."""


def calibration_motion(
    subject: Subject,
    poses: Sequence[CalibrationPose] = CALIBRATION_POSES,
    looseness: Looseness = TYPICAL,
    generator: torch.Generator | None = None,
    *,
    hold: float = 2.0,
    fps: float = 120.0,
    hand: mano.Hand | None = None,
) -> Motion:
    """What this person does when asked to take these poses, one after the other; its `holds` say when.

    Args:
        subject: who does it: a shape, a resting posture, a tempo and a tremor.
        poses: what to do.
        looseness: how exactly it is done.
        generator: of what is missed.
        hold: seconds for which each pose is held.
        fps: frames per second.
        hand: whose joints move; the default hand if left out. Of a left hand, the mirror image comes back.

    Example:
        >>> from hands.motion import SUBJECTS
        >>> [hold.name for hold in calibration_motion(SUBJECTS["S01"]).holds]
        ['flat', 'edge', 'fist']
    """
    data = (mano.load() if hand is None else hand).data
    rng = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
    missing, shaking = rng.spawn(2)
    postures, hands, forearms = _taken(poses, looseness, missing)
    lasts = MOVING / subject.tempo
    starts = FIRST + (lasts + hold) * np.arange(len(poses) + 1)
    frames = round((starts[-1] + lasts) * fps) + 1
    angles = _angles(np.concatenate([subject.rest[None], postures, subject.rest[None]]), starts, lasts, frames, fps)
    shaken = looseness.tremor * tremor(shaking, frames, fps, subject.tremor_hz, 8)
    angles[..., 0] += subject.tremor * np.repeat(shaken[:, :5], 3, axis=1)
    motion = Motion(
        betas=torch.from_numpy(subject.betas.copy()),
        global_orient=_turns(hands, starts, lasts, frames, fps),
        hand_pose=posed(joint_axes(data if data.side == "right" else data.mirrored()), torch.from_numpy(angles)),
        transl=torch.from_numpy(TREMOR_PLACE * shaken[:, 5:]),
        forearm_orient=_turns(forearms, starts, lasts, frames, fps),
        fps=float(fps),
        holds=tuple(
            Hold(p.name, float(s + lasts), float(s + lasts + hold)) for p, s in zip(poses, starts, strict=False)
        ),
    )
    return motion if data.side == "right" else motion.mirrored()


def _taken(
    poses: Sequence[CalibrationPose], looseness: Looseness, rng: np.random.Generator
) -> tuple[Float[np.ndarray, "poses 15 3"], Rotation, Rotation]:
    """The poses of a right hand as they come out: finger joints, and R_wb of the hand and of the forearm."""
    number = len(poses)
    chances = math.sqrt(1 - looseness.habit) * rng.standard_normal((number, 25))
    missed = scattered(chances + math.sqrt(looseness.habit) * rng.standard_normal(25))
    missed *= [looseness.bend, 2.5 * looseness.spread, 2.5 * looseness.spread]
    missed[:, : THUMB.start] *= np.array([pose.loose_fingers for pose in poses])[:, None, None]
    missed[:, THUMB] *= np.array([pose.loose_thumb for pose in poses])[:, None, None]
    table = Rotation.from_rotvec(looseness.table * rng.standard_normal(3) * [1, 1, 0])
    held = Rotation.from_rotvec(rng.standard_normal((number, 3)) * [looseness.level, looseness.level, looseness.facing])
    wanted = Rotation.from_rotvec(np.stack([pose.global_orient.numpy() for pose in poses]))
    hands = table * held * wanted
    wrist = Rotation.from_euler("ZY", looseness.wrist * rng.standard_normal((number, 2)))
    postures = np.clip(np.stack([pose.posture for pose in poses]) + missed, LOW, HIGH)
    return postures, hands, hands * wrist.inv()


def _angles(
    postures: Float[np.ndarray, "moves 15 3"], starts: Float[np.ndarray, " n"], lasts: float, frames: int, fps: float
) -> Float[np.ndarray, "time 15 3"]:
    strokes = [
        Stroke(change, np.full(15, start), np.full(15, lasts))
        for change, start in zip(np.diff(postures, axis=0), starts, strict=True)
    ]
    return add_up(postures[0], strokes, frames, fps)


def _turns(
    held: Rotation, starts: Float[np.ndarray, " n"], lasts: float, frames: int, fps: float
) -> Float[Tensor, "time 3"]:
    """From a handshake through these orientations and back."""
    handshake = Rotation.identity(1)
    there = Rotation.concatenate([handshake, held, handshake])
    changes = (there[:-1].inv() * there[1:]).as_rotvec()
    turns = [Turn(change, float(start), lasts) for change, start in zip(changes, starts, strict=True)]
    return torch.from_numpy(Rotation.from_quat(turn_on(turns, frames, fps)).as_rotvec())
