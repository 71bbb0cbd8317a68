r"""The student: a hand from the sensors alone, by a network whose three branches can be compared with a teacher.

Joints are learned queries that ask the sensors of their frame; what they hear goes through a DSTFormer,

$$
x_{tj} = q_j + \text{attention}\big(q_j,\; \{W f_{ts} + e_s\}_s\big), \qquad F = \text{DSTFormer}(x) ,
$$

with features $f_{ts}$ of sensor s in frame t and a learned embedding $e_s$ of each sensor. Three branches look at F;
the pose is read from one, the shape from another.

Source: MGDHand. How sensors become joints, whether the pose is read from the pose's branch alone, and the linear map
before a comparison are not known and ours. Explained in the book: *Teaching a student*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hands.distill.branches import MotionBranch, PoseBranch, ShapeBranch
from hands.distill.worn import SensorNetwork, Worn
from hands.fusion import Auxiliary, TeacherStatistics
from hands.fusion.heads import MotionHead, PoseHead, ShapeHead
from hands.nets import CrossAttention, DSTFormer, enlarge, initialise
from hands.nets.parameters import INITIAL_SD

PoseReads = Literal["pose", "pose and motion"]


class Knowledge(NamedTuple):
    """What of a student is compared with the same of a teacher."""

    shape: Float[Tensor, "batch dim"]
    """One vector for each window."""
    pose: Float[Tensor, "batch time dim"]
    """One vector for each frame, a mean over joints, as below."""
    motion: Float[Tensor, "batch time dim"]
    entangled: Float[Tensor, "batch time dim"]
    """Of the tokens before they part: shape, pose and motion in one."""


class Said(NamedTuple):
    """All that the student makes of a window."""

    pose_6d: Float[Tensor, "batch time joints 6"]
    """The pose: any six numbers, of which `fusion.sixd_to_rotmat` and `Hand` make rotations."""
    betas: Float[Tensor, "batch 10"]
    """The shape."""
    tokens: Float[Tensor, "batch time joints dim"]
    """F, before the branches."""
    features: Knowledge
    """The branches, as they are compared with a teacher."""
    auxiliary: Auxiliary
    """What can be read from each branch alone."""


@dataclass(frozen=True)
class StudentConfig(Worn):
    """Size of a student, and its sensors.

    Raises:
        ValueError: the sensors make no sense (`Worn`), or the pose is to be read from something else.
    """

    dim: int = 32
    depth: int = 1
    num_heads: int = 2
    mlp_ratio: int = 2
    projector: bool = True
    """Whether a branch goes through a linear map of its own before it is compared."""
    pose_reads: str = "pose"
    """What the head of the pose is given: tokens of the pose's branch, or with those of the motion's beside them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pose_reads not in get_args(PoseReads):
            raise ValueError(f"pose_reads is {self.pose_reads!r}, expected one of {', '.join(get_args(PoseReads))}")

    @staticmethod
    def read(fields: dict[str, Any]) -> StudentConfig:
        """The one of these fields, as JSON keeps them."""
        return StudentConfig(**fields | {"sensors": tuple(fields["sensors"])})


KINDS: Final = Knowledge._fields


class Student(SensorNetwork):
    """The student.

    Args:
        config: its size and sensors.
        statistics: of the training data, with all sensors; without, it shows a flat hand until weights are loaded.

    Example:
        >>> student = Student(StudentConfig(sensors=("palm", "thumb", "middle"), dim=16))
        >>> said = student(torch.zeros(2, 32, 3, 15))
        >>> said.pose_6d.shape, said.betas.shape, said.features.pose.shape
        (torch.Size([2, 32, 15, 6]), torch.Size([2, 10]), torch.Size([2, 32, 16]))
    """

    def __init__(self, config: StudentConfig, statistics: TeacherStatistics | None = None) -> None:
        super().__init__(config, statistics)
        c, dim = config, config.dim
        self.config = config
        self.embed = nn.Linear(c.channels, dim)
        self.sensors = nn.Parameter(torch.empty(len(c.sensors), dim))
        self.queries = nn.Parameter(torch.empty(c.joints, dim))
        self.gather = CrossAttention(dim, c.num_heads)
        self.trunk = DSTFormer(dim, dim, c.depth, c.num_heads, c.mlp_ratio, c.joints, c.max_len)
        self.shape_branch = ShapeBranch(dim)
        self.pose_branch = PoseBranch(dim, c.num_heads)
        self.motion_branch = MotionBranch(dim, c.num_heads)
        self.pose = PoseHead(dim if c.pose_reads == "pose" else 2 * dim)
        self.shape = ShapeHead(dim)
        self.branch_pose, self.branch_shape, self.branch_motion = PoseHead(dim), ShapeHead(dim), MotionHead(dim)
        self.projectors = nn.ModuleDict({kind: nn.Linear(dim, dim) if c.projector else nn.Identity() for kind in KINDS})
        self._start()

    def forward(self, features: Float[Tensor, "batch time sensors channels"]) -> Said:
        """Say the hand.

        Args:
            features: of its own sensors in its own order, `data.features` as they come.

        Raises:
            ValueError: they are of other sensors, or the window is too long.
        """
        self.check(features)
        tokens = self.trunk(self._joints(self.features(features)))
        shape, pose, motion = self.shape_branch(tokens), self.pose_branch(tokens), self.motion_branch(tokens)
        read = pose if self.config.pose_reads == "pose" else torch.cat([pose, motion], -1)
        return Said(
            pose_6d=self.pose_6d.restore(self.pose(read)),
            betas=self.shape(shape),
            tokens=tokens,
            features=self._compared(shape, pose, motion, tokens),
            auxiliary=Auxiliary(
                self.branch_shape(shape),
                self.pose_6d.restore(self.branch_pose(pose)),
                self.branch_motion(motion),
                self.motion_rms,
            ),
        )

    def _joints(self, standardised: Float[Tensor, "B T S C"]) -> Float[Tensor, "B T J D"]:
        """Each joint's question, and what it heard of the sensors of the same frame."""
        heard = self.embed(standardised) + self.sensors
        asking = self.queries.expand(*heard.shape[:2], -1, -1)
        return asking + self.gather(asking, heard)

    def _compared(self, shape: Tensor, pose: Tensor, motion: Tensor, tokens: Tensor) -> Knowledge:
        kinds = {"shape": shape, "pose": pose.mean(-2), "motion": motion.mean(-2), "entangled": tokens.mean(-2)}
        return Knowledge(**{kind: self.projectors[kind](feature) for kind, feature in kinds.items()})

    def _start(self) -> None:
        """First weights, of the size that the teacher's have."""
        for embedding in (self.sensors, self.queries):
            nn.init.trunc_normal_(embedding, std=INITIAL_SD)
        initialise(self.embed)
        initialise(self.projectors)
        branches = (self.shape_branch, self.pose_branch, self.motion_branch)
        large = (self.embed, self.gather, self.trunk, *branches, self.projectors)
        enlarge(large, self.config.dim, (self.sensors, self.queries, self.trunk.pos_embed))
