r"""EANet for a single hand: places by a volume, rotations by joint tokens, no word of gestures.

EANet (Park et al. 2023) takes two hands that touch. Most of it is a block that lets them exchange what they know, which
has no meaning for one hand and is left out. What stays, in EANet's order, with its sizes for pictures of 256 pixels:

1. the trunk's map of 8 x 8 pixels is brought to 512 channels: convolution 1 x 1, batch norm, ReLU. (Here the exchange
   would be.) A convolution to 1024 channels.
2. *PositionNet*: a convolution to 21 volumes of 8 x 8 x 8 and their soft-argmax.
3. *RotationNet*: shape and camera from the mean of the 1024 channels; a convolution to 512 channels, which are read at
   the places (without a gradient to them) and given a learned position: 21 tokens. Four layers of self-attention with
   four heads, the *SJT*. Tokens with their places beside them, 21 x 515 numbers, go through one linear map to the
   wrist's rotation and through another one to those of the 15 joints, in 6D.

What is another here: the trunk is HRNet instead of ResNet-50, the camera is told as in `estimate`, and all starts at
the mean hand. The book's size has 64 channels for EANet's 512, 128 for 1024, half of its layers (2), and the map of
8 x 8 pixels is F3; volumes, heads and the MLPs' ratio are EANet's.

Written from descriptions of the method; no line is from its code. Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hands.conventions import NUM_BETAS, NUM_JOINTS, NUM_KEYPOINTS
from hands.fusion.heads import zeroed
from hands.gesture.estimate import Estimate, HandNetwork
from hands.gesture.pretraining import Answers, GestureNetConfig
from hands.gesture.tokens import PositionNet, channels_of
from hands.nets import enlarge
from hands.nets.hrnet import convolution
from hands.nets.soft_argmax import sample
from hands.nets.transformer import Transformer


@dataclass(frozen=True)
class EANetConfig:
    """Sizes; the defaults are the published ones."""

    trunk: GestureNetConfig = field(default_factory=GestureNetConfig)
    level: str = "F5"
    """The trunk's map of 8 x 8 pixels."""
    bins: int = 8
    dim: int = 512
    """Channels of a token; twice as many where places, shape and camera are read."""
    depth: int = 4
    num_heads: int = 4
    mlp_ratio: int = 4

    @classmethod
    def book(cls) -> EANetConfig:
        """The size of this book's experiments, for squares of 64 pixels."""
        return cls(GestureNetConfig.book(), level="F3", dim=64, depth=2)


class EANet(HandNetwork):
    """The single-hand network.

    Example:
        >>> found = EANet(EANetConfig.book()).eval()(torch.zeros(2, 3, 64, 64))
        >>> found.hand_rotmat.shape, found.places.shape
        (torch.Size([2, 15, 3, 3]), torch.Size([2, 21, 3]))
    """

    def __init__(self, config: EANetConfig) -> None:
        super().__init__(config.trunk)
        c = config
        self.config = config
        self.own = convolution(channels_of(c.level, c.trunk.net), c.dim, 1)
        self.wide = nn.Conv2d(c.dim, 2 * c.dim, 1)
        self.position = PositionNet(2 * c.dim, c.bins)
        self.rotation = RotationNet(c)

    def forward(self, pictures: Float[Tensor, "B 3 H W"], others: Int[Tensor, " B"] | None = None) -> Estimate:
        """The hand in each picture."""
        said: Answers = self.trunk(pictures)
        maps = self.wide(self.own(getattr(said.features, self.config.level)))
        places = self.position(maps)
        estimate: Estimate = self.readout(*self.rotation(maps, places))
        return estimate._replace(places=places, said=said)


class RotationNet(nn.Module):
    """Shape and place in the square from a mean, rotations from tokens."""

    def __init__(self, config: EANetConfig) -> None:
        super().__init__()
        dim = config.dim
        self.shape_and_place = zeroed(nn.Linear(2 * dim, NUM_BETAS + 3))
        self.narrow = nn.Conv2d(2 * dim, dim, 1)
        self.joints = nn.Parameter(torch.randn(NUM_KEYPOINTS, dim))
        self.sjt = Transformer(dim, config.depth, config.num_heads, config.mlp_ratio)
        flat = NUM_KEYPOINTS * (dim + 3)
        self.root, self.pose = (zeroed(nn.Linear(flat, 6 * joints)) for joints in (1, NUM_JOINTS - 1))
        enlarge([self.sjt], dim)

    def forward(
        self, maps: Float[Tensor, "B wide H W"], places: Float[Tensor, "B 21 3"]
    ) -> tuple[Float[Tensor, "B 16 6"], Float[Tensor, "B 10"], Float[Tensor, "B 3"]]:
        """Rotations in 6D, shape and wrist, as differences from the means."""
        betas, wrist = self.shape_and_place(maps.mean((2, 3))).split([NUM_BETAS, 3], -1)
        read = sample(self.narrow(maps), places[..., :2].detach())
        flat = torch.cat([self.sjt(read + self.joints), places], -1).flatten(1)
        sixd = torch.cat([self.root(flat), self.pose(flat)], 1).unflatten(-1, (NUM_JOINTS, 6))
        return sixd, betas, wrist
