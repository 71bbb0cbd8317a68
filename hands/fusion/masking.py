r"""Masks: which tokens of the true pose the teacher does not get to see.

A token is one finger joint in one frame. It is hidden if its whole frame is hidden or if it is hidden itself, both with
the same share f of independent draws. So a token stays visible with probability $(1-f)^2$, and a ratio r of tokens is
hidden on average if

$$ 1 - (1-f)^2 = r \quad\Longleftrightarrow\quad f = 1 - \sqrt{1 - r}. $$

Both come from comparing noise, uniform in [0, 1), with a share: with the same noise, a larger ratio hides all that a
smaller one hides, and more.

Source: masked frames and masked joints are from MotionBERT (Zhu et al. 2023), with other shares; what the MGDHand paper
hides, and how much, is not known. Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

import math
from typing import Final, Literal, NamedTuple, get_args

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Kind = Literal["both", "frames", "joints"]

KINDS: Final[tuple[str, ...]] = get_args(Kind)
"""What is hidden: whole frames and single tokens, or one of the two alone."""


class MaskNoise(NamedTuple):
    """Uniform noise in [0, 1) that decides what is hidden first."""

    frames: Float[Tensor, "*batch time"]
    tokens: Float[Tensor, "*batch time joints"]

    @staticmethod
    def draw(*shape: int, generator: torch.Generator) -> MaskNoise:
        """Noise for tokens of this shape, (..., time, joints)."""
        return MaskNoise(torch.rand(shape[:-1], generator=generator), torch.rand(shape, generator=generator))


def mask(ratio: float, noise: MaskNoise, kind: Kind = "both") -> Bool[Tensor, "*batch time joints"]:
    """True where a token is hidden.

    Args:
        ratio: share of all tokens that is hidden on average, 0 to 1.
        noise: what decides which.
        kind: `"both"`, or only whole `"frames"`, or only single `"joints"`; the ratio is the same in all.

    Raises:
        ValueError: the ratio is no share, or there is no such kind.

    Example:
        >>> noise = MaskNoise.draw(200, 32, 15, generator=torch.Generator().manual_seed(0))
        >>> [round(mask(ratio, noise).double().mean().item(), 2) for ratio in (0.0, 0.5, 0.9, 1.0)]
        [0.0, 0.5, 0.9, 1.0]
    """
    if not 0.0 <= ratio <= 1.0:
        raise ValueError(f"ratio is {ratio}, expected a share of the tokens between 0 and 1")
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}")
    share = 1.0 - math.sqrt(1.0 - ratio) if kind == "both" else ratio
    frames = (noise.frames < (0.0 if kind == "joints" else share))[..., None]
    return frames | (noise.tokens < (0.0 if kind == "frames" else share))
