r"""What a student is taught beside the truth, and how strongly.

$$
L_S = L_{recon} + \lambda_{sh} L_{ss} + \lambda_{po} L_{ps} + \lambda_{tm} L_{ts} + \dots
$$

The first three are the decoupled distillation. The others are what one has to try before believing in it: the same
teacher with its knowledge in one piece, the teacher's answers, and the labels without a teacher.

Source: the three terms are MGDHand's, their weights are not known. Explained in the book: *Teaching a student*.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Teaching:
    """Weights. A term of weight 0 is not computed; with none, a student learns from the truth alone.

    Raises:
        ValueError: a weight is negative.

    Example:
        >>> Teaching(shape=0.5, pose=1.0, motion=0.5).scaled(0.1).pose
        0.1
    """

    shape: float = 0.0
    """SSD: the branch of the shape is to be the teacher's shape prior."""
    pose: float = 0.0
    """DPD: the pose's branch its pose prior."""
    motion: float = 0.0
    """TMD: the motion's branch its motion prior."""
    entangled: float = 0.0
    """Nothing is decoupled: the student's tokens, before they part, are to be the teacher's Z."""
    outputs: float = 0.0
    """The teacher's rotations and shape count as the true ones do, so many times as much."""
    labels: float = 0.0
    """No teacher: from its branch alone each part has to be read, as the teacher's auxiliary heads read its priors;
    times the weights that these have."""

    def __post_init__(self) -> None:
        for name, weight in asdict(self).items():
            if not weight >= 0:
                raise ValueError(f"{name} is {weight}, expected a weight of zero or more")

    def scaled(self, factor: float) -> Teaching:
        """Everything so many times as strong."""
        return Teaching(**{name: factor * weight for name, weight in asdict(self).items()})

    @property
    def compares(self) -> bool:
        """Whether features of a teacher are wanted."""
        return any((self.shape, self.pose, self.motion, self.entangled))

    @property
    def asks_a_teacher(self) -> bool:
        """Whether anything of a teacher is wanted."""
        return self.compares or self.outputs > 0


DECOUPLED = Teaching(shape=0.5, pose=1.0, motion=0.5)
"""All three terms. These weights are a guess, in the order in which the paper's parts mattered; how strong all are
together is chosen on validation."""
