r"""The shape of a hand: from a ruler, or guessed from how the sensors moved.

A ruler reads lengths on the flat hand, which are linear in the shape: $m = m_0 + A\beta + \varepsilon$ with errors of
standard deviation $\sigma$. Before any reading, shapes are $\beta \sim \mathcal N(0, I)$, which is how MANO's are
counted. After it, the best guess is the mean of what is left possible,

$$ \hat\beta = A^\top \big(A A^\top + \sigma^2 I\big)^{-1} (m - m_0) . $$

Two readings cannot tell ten numbers, but they tell the two that matter most: how long, and how broad.

Source: Bishop 2006, section 2.3.3 (linear Gaussian models). Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import FINGERS, JOINT_NAMES, NUM_BETAS
from hands.mano.model_data import HandModelData

READINGS: Final = ("length", "breadth")
"""Hand length: from the wrist to the middle fingertip. Hand breadth: across the knuckles of the four fingers."""

RULER_ERROR: Final = 0.002
"""Standard deviation of a reading, metres."""


@dataclass(frozen=True, eq=False)
class Ruler:
    """What a ruler reads on a flat hand, as a linear function of its shape.

    Both readings go along a fixed direction, that from one point to the other in the mean hand.

    Example:
        >>> from hands import mano
        >>> (100 * Ruler.of(mano.load().data).read(torch.zeros(10))).round().int().tolist()  # cm
        [19, 9]
    """

    base: Float[Tensor, " readings"]
    """Of the mean hand, metres."""
    slope: Float[Tensor, "readings 10"]
    """Metres for each standard deviation of shape."""

    @staticmethod
    def of(data: HandModelData) -> Ruler:
        """The ruler on this hand model."""
        ends = np.stack([_length_ends(data), _breadth_ends(data)])  # (readings, ends, 3, 1 + betas)
        way = ends[:, 1] - ends[:, 0]
        direction = way[:, :, 0] / np.linalg.norm(way[:, :, 0], axis=-1, keepdims=True)
        lengths = torch.from_numpy(np.einsum("rc,rcb->rb", direction, way))
        return Ruler(lengths[:, 0], lengths[:, 1:])

    def read(
        self, betas: Float[Tensor, "*batch 10"], error: float = 0.0, generator: torch.Generator | None = None
    ) -> Float[Tensor, "*batch readings"]:
        """What it reads on these hands, metres.

        Args:
            betas: the shapes.
            error: standard deviation of a reading, metres.
            generator: of the errors.
        """
        true = self.base + betas.double() @ self.slope.T
        return true + error * torch.randn(true.shape, generator=generator, dtype=true.dtype)

    def shape(
        self, readings: Float[Tensor, "*batch readings"], error: float = RULER_ERROR
    ) -> Float[Tensor, "*batch 10"]:
        """The expected shape of the hands on which this was read.

        Args:
            readings: metres.
            error: standard deviation of a reading, metres.

        Raises:
            ValueError: a reading is not that of a hand in metres, or the error is not positive.
        """
        if not error > 0:
            raise ValueError(f"the ruler's error is {error}, expected metres above zero, such as 0.002")
        far = ((readings - self.base) / self.base).abs() > 0.5
        if bool(far.any()):
            raise ValueError(f"the ruler read {readings[far][0]:.3g}, expected metres: a hand is about 0.19 long")
        spread = self.slope @ self.slope.T + error**2 * torch.eye(len(self.base), dtype=torch.float64)
        return (readings.double() - self.base) @ torch.linalg.solve(spread, self.slope)


def _length_ends(data: HandModelData) -> Float[np.ndarray, "2 3 11"]:
    """The wrist joint and the tip of the middle finger, as linear functions of the shape."""
    tip = data.tip_vertices[FINGERS.index("middle")]
    return np.stack([_joint(data, 0), _vertex(data, tip)])


def _breadth_ends(data: HandModelData) -> Float[np.ndarray, "2 3 11"]:
    """The outsides of the knuckles of the little finger and the index."""
    pinky, index = (JOINT_NAMES.index(f"{finger}1") for finger in ("pinky", "index"))
    return np.stack([_vertex(data, _outside(data, pinky, index)), _vertex(data, _outside(data, index, pinky))])


def _outside(data: HandModelData, joint: int, other: int) -> int:
    """The vertex beside a knuckle that lies farthest away from the other one, within 1 cm of the line through both.

    It is one that this finger moves, since the thumb may lie farther out.
    """
    joints = data.J_regressor @ data.v_template
    away = (joints[joint] - joints[other]) / np.linalg.norm(joints[joint] - joints[other])
    relative = data.v_template - joints[joint]
    outwards = relative @ away
    near = np.linalg.norm(relative - outwards[:, None] * away, axis=-1) < 0.01
    return int(np.where(near & (data.lbs_weights.argmax(1) == joint), outwards, -np.inf).argmax())


def _vertex(data: HandModelData, vertex: int) -> Float[np.ndarray, "3 11"]:
    return np.concatenate([data.v_template[vertex][:, None], data.shapedirs[vertex, :, :NUM_BETAS]], -1)


def _joint(data: HandModelData, joint: int) -> Float[np.ndarray, "3 11"]:
    every = np.concatenate([data.v_template[:, :, None], data.shapedirs[:, :, :NUM_BETAS]], -1)
    return np.einsum("v,vcb->cb", data.J_regressor[joint], every)
