r"""The teacher: it sees part of the true pose, the true shape and the sensors, and fuses them.

$$
F^m = \text{DSTFormer}(\text{poses, shape}), \quad F^k = \text{DSTFormer}(\text{sensors}), \quad
Z = \text{Fusion}(F^m, F^k), \quad (\hat F^m, \hat F^k) = \text{GuidedAttention}(Z, F^m, F^k)
$$

Heads read pose and shape from Z; the priors of shape, pose and motion are made of $\hat F^m$ and $\hat F^k$, and three
auxiliary heads see to it that each prior holds what it is called after.

Source: MGDHand. What a note on the paper leaves open (tokens, the way that inputs are combined, heads) is our choice,
listed in the book: *The fusion teacher*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from hands.fusion.crossing import Fusion, GuidedAttention
from hands.fusion.embedding import POSE_CHANNELS, pose_tokens
from hands.fusion.heads import MotionHead, PoseHead, ShapeHead
from hands.fusion.priors import Priors, pooled, priors
from hands.fusion.statistics import Standardise, TeacherStatistics
from hands.nets import DSTFormer


class Auxiliary(NamedTuple):
    """What can be read from the priors alone."""

    betas: Float[Tensor, "batch 10"]
    pose_6d: Float[Tensor, "batch time joints 6"]
    motion: Float[Tensor, "batch time 21 2 3"]
    """Velocity and acceleration of the keypoints, in the units below."""
    motion_unit: Float[Tensor, " 2"]
    """Root mean square of the training data: m per frame, m per frame squared."""


class Fused(NamedTuple):
    """All that the teacher makes of a window."""

    tokens: Float[Tensor, "batch time joints dim"]
    """Z."""
    morphology: Float[Tensor, "batch time joints dim"]
    """F^m, of the stream of poses."""
    kinematics: Float[Tensor, "batch time sensors dim"]
    """F^k, of the sensors."""
    pose_6d: Float[Tensor, "batch time joints 6"]
    """The pose: any six numbers, of which `sixd_to_rotmat` and `Hand` make rotations."""
    betas: Float[Tensor, "batch 10"]
    """The shape."""
    priors: Priors
    auxiliary: Auxiliary


@dataclass(frozen=True)
class TeacherConfig:
    """Size of a teacher.

    The paper's size is dim 512, depth 5, 8 heads.
    """

    dim: int = 64
    depth: int = 2
    num_heads: int = 4
    mlp_ratio: int = 2
    max_len: int = 32
    """Frames of a window, at most."""
    sensors: int = 7
    channels: int = 15
    joints: int = 15
    blind: bool = False
    """Whatever it is given, it sees the sensors alone: the control of equal parts and size."""


class Teacher(nn.Module):
    """The fusion teacher, or with `config.blind` the same network that is shown no label.

    Args:
        config: its size.
        statistics: of the training data; without, weights have to be loaded before it is of use.

    Example:
        >>> teacher = Teacher(TeacherConfig(dim=16, depth=1, num_heads=2))
        >>> features, pose_6d, betas = torch.zeros(2, 32, 7, 15), torch.zeros(2, 32, 15, 6), torch.zeros(2, 10)
        >>> fused = teacher(features, pose_6d, betas, torch.zeros(2, 32, 15, dtype=torch.bool))
        >>> fused.tokens.shape, fused.pose_6d.shape, fused.betas.shape
        (torch.Size([2, 32, 15, 16]), torch.Size([2, 32, 15, 6]), torch.Size([2, 10]))
    """

    motion_rms: Tensor

    def __init__(self, config: TeacherConfig, statistics: TeacherStatistics | None = None) -> None:
        super().__init__()
        c, s = config, statistics
        self.config = config
        self.features = Standardise((c.sensors, c.channels), s.features if s else None)
        self.pose_6d = Standardise((c.joints, 6), s.pose_6d if s else None)
        self.pose_stream = DSTFormer(POSE_CHANNELS, c.dim, c.depth, c.num_heads, c.mlp_ratio, c.joints, c.max_len)
        self.imu_stream = DSTFormer(c.channels, c.dim, c.depth, c.num_heads, c.mlp_ratio, c.sensors, c.max_len)
        self.fusion = Fusion(c.dim, c.num_heads, c.mlp_ratio)
        self.pose = PoseHead(c.dim)
        self.shape = ShapeHead(c.dim)
        self.guided = GuidedAttention(c.dim, c.num_heads)
        self.prior_shape = ShapeHead(c.dim)
        self.prior_pose = PoseHead(c.dim)
        self.prior_motion = MotionHead(c.dim)
        self.register_buffer("motion_rms", torch.ones(2) if s is None else s.motion.clone())

    def forward(
        self,
        features: Float[Tensor, "batch time sensors channels"],
        pose_6d: Float[Tensor, "batch time joints 6"],
        betas: Float[Tensor, "batch 10"],
        hidden: Bool[Tensor, "batch time joints"],
    ) -> Fused:
        """Fuse windows.

        Args:
            features: of the sensors, `data.features` as they come.
            pose_6d: the true pose, the first two columns of each rotation.
            betas: the true shape; it is never hidden, but from a blind network.
            hidden: True where the pose is not shown.
        """
        if self.config.blind:
            hidden, betas = torch.ones_like(hidden), torch.zeros_like(betas)
        morphology = self.pose_stream(pose_tokens(self.pose_6d(pose_6d), betas, hidden))
        kinematics = self.imu_stream(self.features(features))
        tokens = self.fusion(morphology, kinematics)
        found = priors(*self.guided(tokens, morphology, kinematics))
        pose, shape = self.pose_6d.restore(self.pose(tokens)), self.shape(pooled(tokens))
        return Fused(tokens, morphology, kinematics, pose, shape, found, self._auxiliary(found))

    def _auxiliary(self, found: Priors) -> Auxiliary:
        pose = self.pose_6d.restore(self.prior_pose(found.pose))
        return Auxiliary(self.prior_shape(found.shape), pose, self.prior_motion(found.motion), self.motion_rms)
