"""Heads: small maps from features to what is asked for.

All are linear, so that what they say has to be in the features already.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor, nn

from hands.conventions import NUM_BETAS, NUM_KEYPOINTS


class PoseHead(nn.Module):
    r"""A rotation for each token: $W z + b$, a standardised 6D.

    It starts at zero, which is the mean pose of the training data.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.linear = zeroed(nn.Linear(dim, 6))

    def forward(self, tokens: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch 6"]:
        """In units of `TeacherStatistics.pose_6d`."""
        return self.linear(tokens)


class ShapeHead(nn.Module):
    r"""One shape for a whole window: $W z + b$, of features z pooled over time and joints.

    It starts at zero, the mean shape.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.linear = zeroed(nn.Linear(dim, NUM_BETAS))

    def forward(self, feature: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch 10"]:
        """In standard deviations."""
        return self.linear(feature)


class MotionHead(nn.Module):
    """Velocity and acceleration of the 21 keypoints in each frame, standardised, of tokens pooled over the joints."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.linear = zeroed(nn.Linear(dim, NUM_KEYPOINTS * 2 * 3))

    def forward(self, tokens: Float[Tensor, "*batch time joints dim"]) -> Float[Tensor, "*batch time 21 2 3"]:
        """In units of `TeacherStatistics.motion`."""
        return self.linear(tokens.mean(-2)).unflatten(-1, (NUM_KEYPOINTS, 2, 3))


def zeroed(linear: nn.Linear) -> nn.Linear:
    """A map that says zero until it has learnt something."""
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear
