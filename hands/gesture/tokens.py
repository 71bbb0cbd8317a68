r"""A token for each keypoint, of what a picture shows where the keypoint seems to be.

Two maps of the trunk, one of twice the other's side, make one,

$$ F = \mathrm{conv}(F_a) + \mathrm{up}_2(\mathrm{conv}(F_b)) , $$

a further convolution makes of it a volume for each keypoint, whose soft-argmax is where the keypoint is,

$$ p_j = \sum_{d, h, w} \mathrm{softmax}(V_j)_{dhw}\, (x_w, y_h, z_d) , $$

and a token is what F says there, with the place and an embedding of its own,

$$ t_j = W\, [F(p_j);\; p_j] + e_j . $$

F is read where $p_j$ is, but to read it tells $p_j$ nothing about where it should be: there the gradient stops. The
place inside the token has one.

The paper's maps are $F_4$ and $F_5$, which have 16 x 16 and 8 x 8 pixels for pictures of 256. Squares of 64 have maps
of those sizes at $F_2$ and $F_3$.

Source: Hong and Kosecka 2026 for the maps and the tokens; the volume is EANet's (Park et al. 2023) and InterNet's; the
sum and W are ours. Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import interpolate

from hands.conventions import NUM_KEYPOINTS
from hands.nets import Features, HRNetConfig
from hands.nets.soft_argmax import sample, soft_argmax

LEVELS: Final = ("F2", "F3", "F4", "F5")


def channels_of(level: str, net: HRNetConfig) -> int:
    """Of one of the trunk's maps.

    Raises:
        ValueError: there is no such map.
    """
    if level not in LEVELS:
        raise ValueError(f"there is no map {level!r} in an HRNet: expected one of {', '.join(LEVELS)}")
    return net.channels[LEVELS.index(level)]


class FusionMap(nn.Module):
    """One map of two.

    Args:
        levels: the finer and the coarser one, such as `("F4", "F5")`.
        net: whose maps.
        dim: channels of the result.
    """

    def __init__(self, levels: tuple[str, str], net: HRNetConfig, dim: int) -> None:
        super().__init__()
        self.levels = levels
        self.fine, self.coarse = (nn.Conv2d(channels_of(level, net), dim, 1) for level in levels)

    def forward(self, features: Features) -> Float[Tensor, "B dim H W"]:
        """A map of the finer one's sides."""
        fine, coarse = (getattr(features, level) for level in self.levels)
        return self.fine(fine) + interpolate(self.coarse(coarse), size=fine.shape[2:])


class PositionNet(nn.Module):
    """Where each keypoint is.

    Args:
        dim: channels of the map that it looks at.
        bins: cells of a volume along the depth.
    """

    def __init__(self, dim: int, bins: int) -> None:
        super().__init__()
        self.volume = nn.Conv2d(dim, NUM_KEYPOINTS * bins, 1)

    def forward(self, maps: Float[Tensor, "B dim H W"]) -> Float[Tensor, "B 21 3"]:
        """Places x, y, z, from -1 to 1."""
        return soft_argmax(self.volume(maps).unflatten(1, (NUM_KEYPOINTS, -1)))


class JointTokens(NamedTuple):
    """What is known of each keypoint."""

    tokens: Float[Tensor, "B 21 dim"]
    places: Float[Tensor, "B 21 3"]


class Tokenizer(nn.Module):
    """A map to tokens.

    Args:
        dim: channels of the map and of a token.
        bins: cells of a volume along the depth.

    Example:
        >>> found = Tokenizer(dim=8, bins=4)(torch.zeros(2, 8, 16, 16))
        >>> found.tokens.shape, found.places.shape
        (torch.Size([2, 21, 8]), torch.Size([2, 21, 3]))
    """

    def __init__(self, dim: int, bins: int) -> None:
        super().__init__()
        self.position = PositionNet(dim, bins)
        self.embed = nn.Linear(dim + 3, dim)
        # so large that attention can tell joints apart from the first step on
        self.joints = nn.Parameter(torch.randn(NUM_KEYPOINTS, dim))

    def forward(self, maps: Float[Tensor, "B dim H W"]) -> JointTokens:
        """Tokens, and the places that they were read at."""
        places = self.position(maps)
        read = sample(maps, places[..., :2].detach())
        return JointTokens(self.embed(torch.cat([read, places], -1)) + self.joints, places)
