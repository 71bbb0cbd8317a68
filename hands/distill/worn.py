"""What all networks that wear sensors have in common: which sensors they read, and in which units they speak.

A network that was made for some sensors of the glove is given the rows of these alone, in its own order. The statistics
that it standardises with are SimHand's, of which it takes the same rows.

Explained in the book: *Teaching a student*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hands.data import REFERENCE, Statistics
from hands.data.plan import SENSORS
from hands.distill.reconstruction import reconstruct
from hands.fusion import TeacherStatistics
from hands.fusion.statistics import Standardise
from hands.imu import Recording
from hands.motion import Motion


class Shown(NamedTuple):
    """A hand for each frame of a window."""

    pose_6d: Float[Tensor, "batch time joints 6"]
    """Any six numbers, of which `fusion.sixd_to_rotmat` and `Hand` make rotations."""
    betas: Float[Tensor, "batch 10"]
    """One shape for the window."""


@dataclass(frozen=True)
class Worn:
    """Sensors, and the windows of them that a network takes.

    Raises:
        ValueError: there is no such sensor, one comes twice, or the palm's is missing, from which all others are seen.
    """

    sensors: tuple[str, ...] = SENSORS
    """Their names, in the order of the rows of features."""
    channels: int = 15
    """Of `data.features` for each sensor."""
    joints: int = 15
    max_len: int = 32
    """Frames of a window, at most."""

    def __post_init__(self) -> None:
        unknown = [name for name in self.sensors if name not in SENSORS]
        if unknown or len(set(self.sensors)) < len(self.sensors):
            raise ValueError(f"sensors are {list(self.sensors)}, expected some of {', '.join(SENSORS)}, each once")
        if REFERENCE not in self.sensors:
            raise ValueError(f"sensors are {list(self.sensors)}: {REFERENCE!r} is missing, from which others are seen")

    @property
    def rows(self) -> list[int]:
        """Which rows of the features of all sensors these are.

        Example:
            >>> Worn(sensors=("palm", "thumb")).rows
            [1, 2]
        """
        return [SENSORS.index(name) for name in self.sensors]


class SensorNetwork(nn.Module):
    """Base of networks that say a hand from sensors alone: what they know of the training data, and how to use them.

    Args:
        worn: the sensors.
        statistics: of the training data, with all sensors; without, it shows a flat hand until weights are loaded.
    """

    motion_rms: Tensor

    def __init__(self, worn: Worn, statistics: TeacherStatistics | None = None) -> None:
        super().__init__()
        self.worn = worn
        own = _of_rows(statistics.features, worn.rows) if statistics else None
        self.features = Standardise((len(worn.sensors), worn.channels), own)
        self.pose_6d = Standardise((worn.joints, 6), statistics.pose_6d if statistics else _flat(worn.joints))
        self.register_buffer("motion_rms", statistics.motion.clone() if statistics else torch.ones(2))

    def check(self, features: Float[Tensor, "batch time sensors channels"]) -> None:
        """Refuse features of other sensors.

        Raises:
            ValueError: they are.
        """
        expected = (len(self.worn.sensors), self.worn.channels)
        if tuple(features.shape[-2:]) != expected:
            raise ValueError(
                f"features are of shape {tuple(features.shape)}, expected (batch, time, {expected[0]}, {expected[1]}) "
                f"of the sensors {', '.join(self.worn.sensors)}"
            )

    def reconstruct(self, recording: Recording) -> Motion:
        """The movement of a hand, from what its sensors recorded: see `distill.reconstruct`."""
        return reconstruct(self, recording)


def _of_rows(statistics: Statistics, rows: list[int]) -> Statistics:
    return Statistics(statistics.mean[rows], statistics.sd[rows], statistics.frames)


def _flat(joints: int) -> Statistics:
    """As if training had shown flat hands: no joint is turned."""
    unturned = torch.tensor([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).expand(joints, 6)
    return Statistics(unturned, torch.ones(joints, 6), 1)
