"""What calibrating is worth: the same people, calibrated in several ways, or trusted.

A placement errs by as much as the sensors were put on wrongly, a calibration by as much as the person misses the poses,
whatever the mounting. So there is a mounting beyond which calibrating pays, and it grows with the person's looseness.
For a `TYPICAL` person and ideal sensors it is about 7 degrees for the fingers and 10 for the thumb; seen from the palm,
as relative features see it, 5 and 7, since what is wrong with the whole hand cancels out. Where both are about as
wrong, poses and placement together are better than either (`trust`).

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import torch

from hands import mano
from hands.imu.calibration import Calibration, Headings, calibrate
from hands.imu.calibration_poses import CALIBRATION_POSES, TYPICAL, Looseness, calibration_motion
from hands.imu.placement import GLOVE, misplaced
from hands.imu.settings import SETTINGS, Setting
from hands.imu.stillness import still_spans
from hands.imu.wear import Wear
from hands.motion import SUBJECTS


@dataclass(frozen=True)
class Way:
    """A way to calibrate: with the first so many poses; with none, the placement is trusted."""

    poses: int
    headings: Headings = "own"
    trust: float = 0.0


WAYS: Final = {
    "placement": Way(0),
    "one pose": Way(1, "common"),
    "two poses": Way(2),
    "three poses": Way(3),
    "three poses, common north": Way(3, "common"),
    "three poses and placement": Way(3, trust=1.0),
}


def compare(
    persons: int = 10,
    *,
    mounting: float = 0.1,
    looseness: Looseness = TYPICAL,
    setting: Setting = SETTINGS["clean"],
    ways: dict[str, Way] = WAYS,
    reference: str | None = None,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """The mean error of each way on each sensor, radians; all ways see the same recordings.

    Args:
        persons: how many sessions: the fifteen subjects, again and again.
        mounting: mean angle by which sensors are put on wrongly, radians.
        looseness: how exactly the poses are held.
        setting: what the sensors are. Where each has a north of its own, ways that need a common one are left out.
        ways: to calibrate.
        reference: see `Calibration.errors`.
        seed: another number, other people's errors.

    Example:
        >>> errors = compare(1)
        >>> [*errors][:3], errors["three poses"]["palm"] < 0.2
        (['placement', 'one pose', 'two poses'], True)
    """
    if setting.orientation == "own":
        ways = {name: way for name, way in ways.items() if way.headings == "own"}
    found = [_session(number, mounting, looseness, setting, ways, reference, seed) for number in range(persons)]
    return {way: {name: math.fsum(one[way][name] for one in found) / persons for name in found[0][way]} for way in ways}


def _session(
    number: int,
    mounting: float,
    looseness: Looseness,
    setting: Setting,
    ways: dict[str, Way],
    reference: str | None,
    seed: int,
) -> dict[str, dict[str, float]]:
    """One person puts the glove on and takes the poses."""
    hand = mano.load(dtype=torch.float64)
    own = torch.Generator().manual_seed(1000 * seed + number)
    wear = setting.wear or Wear()
    worn = misplaced(GLOVE, own, angle=mounting, distance=wear.distance)
    motion = calibration_motion([*SUBJECTS.values()][number % len(SUBJECTS)], CALIBRATION_POSES, looseness, own)
    slipping = replace(setting, wear=replace(wear, angle=0.0, distance=0.0))  # it is put on already
    recording = slipping.simulate(motion, hand, worn, own)
    spans, truth = still_spans(recording, len(CALIBRATION_POSES)), Calibration.of(worn, hand)
    return {
        name: (
            calibrate(
                recording,
                hand,
                CALIBRATION_POSES[: way.poses],
                headings=way.headings,
                trust=way.trust,
                spans=spans[: way.poses],
            )
            if way.poses
            else Calibration.of(GLOVE, hand)
        ).errors(truth, reference)
        for name, way in ways.items()
    }
