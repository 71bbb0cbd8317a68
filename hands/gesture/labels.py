r"""What is known of the hand in a square: its pose and shape, where it is, and the camera that sees the square.

A square that was cut out of a picture and made another size is still seen by a pinhole camera, for what it shows of a
point $(X, Y, Z)$ in the camera's frame is

$$
u = f \frac{X}{Z} + c_x, \qquad v = f \frac{Y}{Z} + c_y
$$

with a focal length and a centre of its own. So hands are projected in perspective. A weak perspective, which takes
all of the hand for equally far away, would be wrong by 0.6 pixels of 64 in the book's pictures, where cameras come as
near as 0.35 m, and by 2 mm at the hand.

**Changes keep labels true.** A turn by a and a scale s about the middle m take a picture point p to $m + sR(p - m)$;
that is what is seen of the hand turned about the camera's axis, by a camera of the focal length $sf$ with its centre at
$m + sR(c - m)$. Nothing of it is approximate, wherever the square was in its picture.

Convention:
    The camera's frame has x to the right, y down, z forward; metres. Pixels are the square's, from its upper left
    corner.

Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import roma
import torch
from jaxtyping import Float, Int
from torch import Tensor

from hands.gesture.augmentation import Changes
from hands.gesture.crop import Boxes
from hands.gesture.pictures import Pictures

NEAR: Final = 0.05
"""Metres: what is said to be nearer to the camera is projected as if it were there."""

Rows = Int[Tensor, " _"] | slice


class HandLabels(NamedTuple):
    """Of the hands in some squares."""

    global_rotmat: Float[Tensor, "n 3 3"]
    """Of the wrist, in the camera's frame."""
    hand_rotmat: Float[Tensor, "n 15 3 3"]
    """Of the finger joints, relative to the flat hand."""
    betas: Float[Tensor, "n 10"]
    keypoints: Float[Tensor, "n 21 3"]
    """In the camera's frame, metres."""
    pixels: Float[Tensor, "n 21 2"]
    """In the square."""
    focal: Float[Tensor, " n"]
    """Of the camera that sees the square, pixels."""
    centre: Float[Tensor, "n 2"]
    """Where that camera's axis meets the square, pixels."""

    @staticmethod
    def of(pictures: Pictures, rows: Int[np.ndarray, " n"], where: Boxes, side: int) -> HandLabels:
        """Those of some pictures of a set, in squares that are cut to `side` x `side` pixels."""
        known = {name: torch.from_numpy(np.array(getattr(pictures, name)[rows], np.float64)) for name in _SERIES}
        corner, scale = torch.from_numpy(where[:, :2] - where[:, 2:] / 2), torch.from_numpy(side / where[:, 2])
        exact = HandLabels(
            global_rotmat=roma.rotvec_to_rotmat(known["global_orient"]),
            hand_rotmat=roma.rotvec_to_rotmat(known["hand_pose"]),
            betas=known["betas"],
            keypoints=known["keypoints"],
            pixels=scale[:, None, None] * (known["pixels"] - corner[:, None]),
            focal=scale * known["camera"][:, 0],
            centre=scale[:, None] * (known["camera"][:, 1:] - corner),
        )
        return HandLabels(*(label.float() for label in exact))

    def some(self, which: Rows) -> HandLabels:
        """Those of some of the squares."""
        return HandLabels(*(label[which] for label in self))

    def changed(self, changes: Changes, side: int) -> HandLabels:
        """Those of the pictures that `changes.apply` makes of squares of `side` pixels."""
        angle, scale = changes.angle.to(self.focal), changes.scale.to(self.focal)
        turn, middle = about_the_axis(angle), side / 2
        on_picture = scale[:, None, None] * turn[:, :2, :2]
        return self._replace(
            global_rotmat=turn @ self.global_rotmat,
            keypoints=self.keypoints @ turn.mT,
            pixels=(self.pixels - middle) @ on_picture.mT + middle,
            focal=scale * self.focal,
            centre=((self.centre - middle)[:, None] @ on_picture.mT)[:, 0] + middle,
        )


_SERIES: Final = ("global_orient", "hand_pose", "betas", "keypoints", "pixels", "camera")


def about_the_axis(angle: Float[Tensor, " n"]) -> Float[Tensor, "n 3 3"]:
    """The turn of what a camera sees that turns its picture by an angle, counter-clockwise.

    Example:
        >>> about_the_axis(torch.tensor([torch.pi / 2]))[0].round().int().tolist()  # what was right is above: y is down
        [[0, 1, 0], [-1, 0, 0], [0, 0, 1]]
    """
    cos, sin, no, one = angle.cos(), angle.sin(), torch.zeros_like(angle), torch.ones_like(angle)
    return torch.stack([cos, sin, no, -sin, cos, no, no, no, one], -1).unflatten(-1, (3, 3))


def project(
    points: Float[Tensor, "n k 3"], focal: Float[Tensor, " n"], centre: Float[Tensor, "n 2"]
) -> Float[Tensor, "n k 2"]:
    """Points of each camera's frame in its square, pixels."""
    return focal[:, None, None] * points[..., :2] / points[..., 2:].clamp(min=NEAR) + centre[:, None]
