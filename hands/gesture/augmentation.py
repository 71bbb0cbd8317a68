r"""Pictures changed at random, so that a network learns what does not matter: turned, scaled and tinted.

A turn by an angle a about the middle, counter-clockwise as one looks at the picture, and a scale s take the offset
$(x, y)$ from the middle, y pointing down, to

$$
\binom{x'}{y'} = s \begin{pmatrix} \cos a & \sin a \\ -\sin a & \cos a \end{pmatrix} \binom{x}{y} ,
$$

and each colour is multiplied by a number of its own. Pictures are never mirrored: the mirror image of a right hand is a
left one.

Source: the ranges are EANet's (Park et al. 2023). Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


@dataclass(frozen=True)
class Augmentation:
    """How much pictures are changed."""

    turn: float = math.radians(30)
    """Standard deviation of the angle, radians; twice that is the most."""
    turned: float = 0.6
    """Share of the pictures that are turned at all."""
    scale: float = 0.25
    """Standard deviation of the scale about 1, and the most."""
    colour: float = 0.2
    """The most that a colour is made stronger or weaker, as a share of it."""


@dataclass(frozen=True, eq=False)
class Changes:
    """What is done to each picture of a batch."""

    angle: Float[Tensor, " B"]
    """Radians, counter-clockwise."""
    scale: Float[Tensor, " B"]
    """Above 1, what is in the picture becomes larger."""
    colour: Float[Tensor, "B 3"]
    """Factors of red, green and blue."""

    @staticmethod
    def draw(how: Augmentation, count: int, generator: torch.Generator) -> Changes:
        """Changes for so many pictures."""
        turn, scale = torch.randn(2, count, generator=generator)
        turned = torch.rand(count, generator=generator) < how.turned
        colour = 2 * torch.rand(count, 3, generator=generator) - 1
        return Changes(
            how.turn * turn.clamp(-2, 2) * turned, 1 + how.scale * scale.clamp(-1, 1), 1 + how.colour * colour
        )

    def __getitem__(self, rows: slice) -> Changes:
        return Changes(self.angle[rows], self.scale[rows], self.colour[rows])

    def apply(self, pictures: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 H W"]:
        """Square pictures, changed; where nothing is known, their edge goes on. Colours stay from 0 to 1."""
        cos, sin, nothing = self.angle.cos(), self.angle.sin(), torch.zeros_like(self.angle)
        back = torch.stack([cos, -sin, nothing, sin, cos, nothing], 1).view(-1, 2, 3) / self.scale[:, None, None]
        grid = affine_grid(back.to(pictures), list(pictures.shape), align_corners=False)
        moved = grid_sample(pictures, grid, padding_mode="border", align_corners=False)
        return (moved * self.colour[:, :, None, None].to(pictures)).clamp(0, 1)
