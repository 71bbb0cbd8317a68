"""What the teacher knows of the training data before training: means and standard deviations, kept as buffers.

Inputs are standardised with them, the pose heads start from them, and labels of motion are divided by them. They are
part of a network's weights: whoever loads these needs no training data.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hands.data import Statistics
from hands.fusion.labels import motion_rms


@dataclass(frozen=True, eq=False)
class TeacherStatistics:
    """Of training data alone."""

    features: Statistics
    """(sensors, channels)."""
    pose_6d: Statistics
    """(joints, 6)."""
    motion: Float[Tensor, " 2"]
    """Root mean square of first and second differences of keypoints: m per frame, m per frame squared."""

    @staticmethod
    def of(
        features: Float[Tensor, "windows time sensors channels"],
        pose_6d: Float[Tensor, "windows time joints 6"],
        keypoints: Float[Tensor, "windows time 21 3"],
    ) -> TeacherStatistics:
        """Those of training windows.

        Args:
            features: `data.features` of the recordings.
            pose_6d: the true pose, first two columns of each rotation.
            keypoints: of the true hand in its own frame, from the wrist, metres.

        Raises:
            ValueError: there is no frame.
        """
        return TeacherStatistics(
            Statistics.over([features.flatten(0, 1)]),
            Statistics.over([pose_6d.flatten(0, 1)]),
            motion_rms(keypoints),
        )


class Standardise(nn.Module):
    """Subtract a mean and divide by a scale, both fixed: `restore` undoes a call.

    Args:
        shape: of one sample, the last axes of what is standardised.
        statistics: where mean and scale are from; without, they are 0 and 1 until weights are loaded.

    Raises:
        ValueError: the statistics are of another shape.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, shape: tuple[int, ...], statistics: Statistics | None = None) -> None:
        super().__init__()
        if statistics is not None and tuple(statistics.mean.shape) != shape:
            raise ValueError(f"the statistics are of {tuple(statistics.mean.shape)}, and the network takes {shape}")
        self.register_buffer("mean", torch.zeros(shape) if statistics is None else statistics.mean.clone())
        self.register_buffer("scale", torch.ones(shape) if statistics is None else statistics.scale.clone())

    def forward(self, x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """Standardised."""
        return (x - self.mean) / self.scale

    def restore(self, x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """In its own units again."""
        return x * self.scale + self.mean
