"""The simplest ways from a square to a hand: pool and regress, and the mean hand of a gesture.

`PlainNet` reads the trunk's one vector with an MLP and has no tokens, no volume and no attention. `ClassMean` looks at
no picture at all: it is told a gesture's class and shows the mean of the hands of training that made it. With few
gestures that is not bad, and whoever says that a network sees poses has to beat it.

Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hands.conventions import NUM_BETAS, NUM_JOINTS
from hands.fusion.heads import zeroed
from hands.gesture.estimate import Estimate, HandNetwork, mean_rotation, wrist_of
from hands.gesture.labels import HandLabels
from hands.gesture.pretraining import Answers, GestureNetConfig


@dataclass(frozen=True)
class PlainNetConfig:
    """Sizes."""

    trunk: GestureNetConfig = field(default_factory=GestureNetConfig)
    hidden: int = 1024

    @classmethod
    def book(cls) -> PlainNetConfig:
        """The size of this book's experiments."""
        return cls(GestureNetConfig.book(), hidden=128)


class PlainNet(HandNetwork):
    """The trunk's vector, two layers, a hand.

    Example:
        >>> PlainNet(PlainNetConfig.book()).eval()(torch.zeros(2, 3, 64, 64)).hand_rotmat.shape
        torch.Size([2, 15, 3, 3])
    """

    def __init__(self, config: PlainNetConfig) -> None:
        super().__init__(config.trunk)
        self.config = config
        outputs = NUM_JOINTS * 6 + NUM_BETAS + 3
        self.head = nn.Sequential(
            nn.Linear(config.trunk.net.dim, config.hidden), nn.ReLU(), zeroed(nn.Linear(config.hidden, outputs))
        )

    def forward(self, pictures: Float[Tensor, "B 3 H W"], others: Int[Tensor, " B"] | None = None) -> Estimate:
        """The hand in each picture."""
        said: Answers = self.trunk(pictures)
        sixd, betas, wrist = self.head(said.features.g).split([NUM_JOINTS * 6, NUM_BETAS, 3], -1)
        estimate: Estimate = self.readout(sixd.unflatten(-1, (NUM_JOINTS, 6)), betas, wrist)
        return estimate._replace(said=said)


@dataclass(frozen=True, eq=False)
class ClassMean:
    """The mean hand of each class of gestures, rotations by `estimate.mean_rotation`."""

    hands: Estimate
    """One for each class; a class that training has nothing of has the mean of all."""

    @staticmethod
    def fit(labels: HandLabels, classes: Int[Tensor, " n"], count: int, side: int) -> ClassMean:
        """Those of training data.

        Args:
            labels: of each picture.
            classes: likewise, such as its fine class.
            count: how many classes there are.
            side: of the squares, pixels.
        """
        rows = [(classes == k).nonzero()[:, 0] for k in range(count)]
        everything = torch.arange(len(classes))
        means = [_mean(labels.some(own if len(own) else everything), side) for own in rows]
        turned, posed, betas, wrist = (torch.stack(parts) for parts in zip(*means, strict=True))
        return ClassMean(Estimate(turned, posed, betas, wrist))

    def __call__(self, classes: Int[Tensor, " B"]) -> Estimate:
        """The hands of these classes."""
        mean = self.hands
        return Estimate(
            mean.global_rotmat[classes], mean.hand_rotmat[classes], mean.betas[classes], mean.wrist[classes]
        )


def _mean(labels: HandLabels, side: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return (
        mean_rotation(labels.global_rotmat),
        mean_rotation(labels.hand_rotmat),
        labels.betas.mean(0),
        wrist_of(labels, side).mean(0),
    )
