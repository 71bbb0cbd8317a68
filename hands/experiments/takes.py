"""A recording as the simple methods see it: features and truth, frame by frame.

Everything is in the hand's frame: the pose and the keypoints are those of a hand whose wrist is not turned, so that the
orientation of the whole hand is neither asked for nor scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from hands import imu
from hands.conventions import FINGERS
from hands.data import REFERENCE, Entry, Layout, SimHand, channels, features
from hands.data.plan import SENSORS
from hands.experiments.ridge import quadratic, taps
from hands.mano import Hand, axis_angle_to_rotmat
from hands.metrics import wrist_aligned

LAYOUTS: Final[Mapping[str, Layout]] = {"relative": "relative", "drift_free": "drift_free", "calibrated": "relative"}
"""What may be fed to a method: a layout of features, of the recording as it is or as its calibration mends it.

None of them leaks: a calibration is recorded by the wearer before, and of the truth it knows nothing.
"""
TRUST: Final = 1.0
"""What the placement is worth in a calibration, as against one pose; see `imu.calibrate`."""

REACH: Final = 4
"""Frames between the three taps: 0.13 s."""


@dataclass(frozen=True, eq=False)
class Take:
    """One recording, or some of its frames."""

    entry: Entry
    features: Mapping[str, Float[Tensor, "time sensors channels"]]
    """By their names in `LAYOUTS`."""
    tapped: Mapping[str, Float[Tensor, "time triple"]]
    """Features of all sensors before, at and after each frame, one after the other."""
    bones: Mapping[str, Float[Tensor, "sensors time 3 3"]]
    """R_wb of the sensors' bones: "nominal", where they are meant to sit; "calibrated", where a calibration says."""
    rotmat: Float[Tensor, "time 15 3 3"]
    """True pose of the fingers."""
    betas: Float[Tensor, " 10"]
    """True shape."""
    keypoints: Float[Tensor, "time 21 3"]
    """True keypoints, from the wrist."""

    def __len__(self) -> int:
        return len(self.rotmat)

    def every(self, step: int) -> Take:
        """Every so-many-th frame."""
        return replace(
            self,
            features={layout: x[::step] for layout, x in self.features.items()},
            tapped={layout: x[::step] for layout, x in self.tapped.items()},
            bones={name: R_wb[:, ::step] for name, R_wb in self.bones.items()},
            rotmat=self.rotmat[::step],
            keypoints=self.keypoints[::step],
        )


def calibrations(sim: SimHand, hand: Hand) -> dict[str, imu.Calibration]:
    """The calibration of every subject, from the poses that they took for it."""
    headings: imu.calibration.Headings = "own" if imu.SETTINGS[sim.plan.difficulty].orientation == "own" else "common"
    return {
        subject: imu.calibrate(sim.calibration(subject)[0], hand, headings=headings, trust=TRUST)
        for subject in sim.plan.subjects
    }


def read(sim: SimHand, entry: Entry, hand: Hand, calibration: imu.Calibration) -> Take:
    """A recording of SimHand, and the wearer's calibration."""
    recording, motion = sim[entry]
    mended = calibration.apply(recording)
    seen = {name: features(mended if name == "calibrated" else recording, layout) for name, layout in LAYOUTS.items()}
    nominal = imu.Calibration.of(imu.GLOVE, hand).apply(recording)
    truth = hand.keypoints(betas=motion.betas, hand_pose=motion.hand_pose)
    return Take(
        entry=entry,
        features=seen,
        tapped={name: taps(x.flatten(1), REACH) for name, x in seen.items()},
        bones={"nominal": nominal.rotation, "calibrated": mended.rotation},
        rotmat=axis_angle_to_rotmat(motion.hand_pose),
        betas=motion.betas,
        keypoints=wrist_aligned(truth),
    )


def sixd(rotmat: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 6"]:
    """The first two columns of rotations, one after the other."""
    return rotmat[..., :2].transpose(-1, -2).flatten(-2)


def columns(layout: str, sensors: Sequence[str], blocks: Sequence[int]) -> list[int]:
    """Where the channels of these sensors stand, in arrays that hold all sensors' several times: once in each block."""
    width = len(channels(LAYOUTS[layout]))
    rows = [SENSORS.index(name) for name in sensors]
    return [(block * len(SENSORS) + row) * width + c for block in blocks for row in rows for c in range(width)]


def pooled(take: Take, layout: str) -> Float[Tensor, "1 double"]:
    """Mean and standard deviation of each feature over a recording: two blocks of all sensors."""
    x = take.features[layout].flatten(1).double()
    return torch.cat([x.mean(0), x.std(0)])[None]


def own_and_palm(take: Take, layout: str, sensor: str) -> Float[Tensor, "time products"]:
    """Features of one finger's sensor and of the palm's, and all their products."""
    x = take.features[layout]
    says = torch.tensor([_says_something(name) for name in channels(LAYOUTS[layout])])
    palm = x[:, SENSORS.index(REFERENCE), says]
    return quadratic(torch.cat([palm, x[:, SENSORS.index(sensor)]], 1).double())


def _says_something(channel: str) -> bool:
    """Whether a channel of the palm can be anything but zero: it is seen from itself."""
    return not channel.startswith(("rotation_x", "rotation_y", "rise", "turn"))


def sensor_of(finger: str, sensors: Sequence[str]) -> str:
    """The finger whose sensor tells about this one: its own, else the nearest, and of two the one nearer to the middle.

    Example:
        >>> [sensor_of(finger, ("palm", "thumb", "pinky")) for finger in FINGERS]
        ['thumb', 'thumb', 'thumb', 'pinky', 'pinky']
    """
    place, middle = FINGERS.index(finger), FINGERS.index("middle")
    there = [k for k, name in enumerate(FINGERS) if name in sensors]
    return FINGERS[min(there, key=lambda k: (abs(k - place), abs(k - middle)))]
