"""What SimHand is made of: takes that nobody made, seen by sensors that nobody wore.

Each take is a motion (`motion.sample`, so anybody can make it again) and what a glove records of it. Everything random
has a seed of its own: the motion's is the data set's, so the labels are the same at every difficulty; one person wears
the glove once, so the session's depends on the subject; and the noise's on the take. So no take depends on another one,
and it does not matter which process makes it.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands import imu, mano, motion
from hands.data.plan import FPS, HALF_WINDOW, PHYSICS_FPS, PLACEMENT, SENSORS, Entry, Plan

SESSION, NOISE, POSES = 1, 2, 3
"""The streams of random numbers beside the motion's."""

Take = tuple[imu.Recording, motion.Motion]
"""What the sensors say, and the truth at the same instants."""

FRAME_SHAPES: Final = {
    "acc": (len(SENSORS), 3),
    "gyro": (len(SENSORS), 3),
    "rotation": (len(SENSORS), 4),
    "hand_pose": (15, 3),
    "global_orient": (3,),
    "transl": (3,),
    "forearm_orient": (3,),
}
"""Shape of one frame of each series."""


def take(plan: Plan, entry: Entry, hand: mano.Hand) -> Take:
    """One recording of the plan, in double precision."""
    seconds = (entry.frames - 1) / FPS
    fine = motion.sample(entry.program, entry.subject, seconds=seconds, fps=PHYSICS_FPS, seed=plan.seed, hand=hand)
    return _recorded(plan, motion.SUBJECTS[entry.subject], int(entry.program[3:]), fine, hand)


def calibration(plan: Plan, subject: str, hand: mano.Hand) -> Take:
    """What is recorded of a subject who takes the poses of a calibration, more or less, in the same session."""
    person = motion.SUBJECTS[subject]
    missed = generator(plan.seed, person.number, 0, POSES)
    fine = imu.calibration_motion(person, generator=missed, fps=PHYSICS_FPS, hand=hand)
    return _recorded(plan, person, 0, fine, hand)


def _recorded(plan: Plan, person: motion.Subject, program: int, fine: motion.Motion, hand: mano.Hand) -> Take:
    setting = imu.SETTINGS[plan.difficulty]
    session = generator(plan.seed, person.number, 0, SESSION)
    noise = generator(plan.seed, person.number, program, NOISE)
    recording = setting.simulate(fine, hand, PLACEMENT, noise, session, fps=FPS, half_window=HALF_WINDOW)
    return recording, every(fine, round(PHYSICS_FPS / FPS))


def generator(*key: int) -> torch.Generator:
    """A generator of its own for every key."""
    seed = np.random.SeedSequence(key).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(seed >> np.uint64(1)))


def every(fine: motion.Motion, step: int) -> motion.Motion:
    """Every so many-th frame."""
    return replace(
        fine,
        global_orient=fine.global_orient[::step],
        hand_pose=fine.hand_pose[::step],
        transl=fine.transl[::step],
        forearm_orient=fine.forearm_orient[::step],
        fps=fine.fps / step,
    )


def rows(recording: imu.Recording, truth: motion.Motion) -> dict[str, Float[np.ndarray, "time ..."]]:
    """A take as the series have it: time first, rotations as quaternions w, x, y, z."""
    sensed = {
        "acc": recording.acc.transpose(0, 1),
        "gyro": recording.gyro.transpose(0, 1),
        "rotation": quaternions(recording.rotation.transpose(0, 1)),
    }
    labels = {name: getattr(truth, name) for name in FRAME_SHAPES if name not in sensed}
    return {name: series.numpy() for name, series in (sensed | labels).items()}


def quaternions(rotation: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 4"]:
    """w, x, y, z with w >= 0."""
    xyzw = roma.rotmat_to_unitquat(rotation.contiguous())
    return (xyzw * torch.where(xyzw[..., 3:] < 0, -1.0, 1.0))[..., [3, 0, 1, 2]]


def rotations(wxyz: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch 3 3"]:
    """The matrices of quaternions w, x, y, z."""
    return roma.unitquat_to_rotmat(wxyz[..., [1, 2, 3, 0]])
