r"""What networks say of the hand in a square: one answer for all of them, and how it is made of their numbers.

A network gives rotations of 16 joints in 6D, a shape, and where the wrist is: its place $(x, y)$ in the square and
$\ell$, the logarithm of how many half squares a metre is long at the wrist's distance. For a camera of the focal length
f and the centre c, both in half squares, the wrist then is at

$$
Z = f e^{-\ell}, \qquad X = (x - c_x) e^{-\ell}, \qquad Y = (y - c_y) e^{-\ell} ,
$$

so that a network need not know the camera to say it: what is twice as far away through a lens twice as long looks the
same to it.

All numbers are differences from means of the training data, whose rotations are means on the sphere of rotations; all
networks start there.

Convention:
    The camera's frame, metres; places in a square from -1 to 1, x to the right and y down.

Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import roma
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from hands.conventions import NUM_JOINTS
from hands.fusion.rotations import sixd_to_rotmat
from hands.gesture.labels import HandLabels, project
from hands.gesture.pretraining import Answers, GestureNet, GestureNetConfig
from hands.mano import Hand
from hands.mano.hand import HandOutput

BOX: Final = 0.3
"""Metres: depths of joints are told from the wrist, within a box that reaches half of this to both sides."""
USUAL_SCALE: Final = math.log(9.0)
"""Where the last number of `wrist` starts without training data: a square 0.22 m wide."""


class Estimate(NamedTuple):
    """A hand in each square."""

    global_rotmat: Float[Tensor, "B 3 3"]
    """Of the wrist, in the camera's frame."""
    hand_rotmat: Float[Tensor, "B 15 3 3"]
    """Of the finger joints, relative to the flat hand."""
    betas: Float[Tensor, "B 10"]
    wrist: Float[Tensor, "B 3"]
    """Place in the square, and the logarithm of half squares per metre there."""
    places: Float[Tensor, "B 21 3"] | None = None
    """Of the keypoints, by a network that looks for them: x, y in the square, z from the wrist in half boxes."""
    said: Answers | None = None
    """What the network thinks of the gesture."""

    def posed(self, hand: Hand) -> HandOutput:
        """Mesh, joints and keypoints, turned as the camera sees them; their place is not told."""
        return hand(betas=self.betas, global_rotmat=self.global_rotmat, hand_rotmat=self.hand_rotmat)

    def keypoints(self, hand: Hand) -> Float[Tensor, "B 21 3"]:
        """The 21 keypoints from the wrist, in directions of the camera's frame, metres."""
        points = hand.keypoints(betas=self.betas, global_rotmat=self.global_rotmat, hand_rotmat=self.hand_rotmat)
        return points - points[:, :1]


def standing(
    wrist: Float[Tensor, "B 3"], focal: Float[Tensor, " B"], centre: Float[Tensor, "B 2"], side: int
) -> Float[Tensor, "B 3"]:
    """Where the wrist is in the camera's frame, metres.

    Args:
        wrist: as in `Estimate`.
        focal: of the camera that sees the square, pixels.
        centre: where its axis meets the square, pixels.
        side: of the square, pixels.
    """
    metres, half = (-wrist[:, 2:]).exp(), side / 2
    return metres * torch.cat([wrist[:, :2] - (centre / half - 1), focal[:, None] / half], 1)


def seen(
    keypoints: Float[Tensor, "B k 3"],
    wrist: Float[Tensor, "B 3"],
    focal: Float[Tensor, " B"],
    centre: Float[Tensor, "B 2"],
    side: int,
) -> Float[Tensor, "B k 2"]:
    """Points that are told from the wrist, in the square, pixels; arguments are those of `standing`."""
    return project(keypoints + standing(wrist, focal, centre, side)[:, None], focal, centre)


def places_of(labels: HandLabels, side: int) -> Float[Tensor, "B 21 3"]:
    """Where the keypoints truly are, as in `Estimate`: depths beyond the box are at its border."""
    depth = (labels.keypoints[..., 2:] - labels.keypoints[:, :1, 2:]) / (BOX / 2)
    return torch.cat([2 * labels.pixels / side - 1, depth.clamp(-1, 1)], -1)


def wrist_of(labels: HandLabels, side: int) -> Float[Tensor, "B 3"]:
    """Where the wrist truly is, as in `Estimate`."""
    scale = (2 * labels.focal / side / labels.keypoints[:, 0, 2]).log()
    return torch.cat([2 * labels.pixels[:, 0] / side - 1, scale[:, None]], 1)


def mean_rotation(rotmat: Float[Tensor, "n *joints 3 3"]) -> Float[Tensor, "*joints 3 3"]:
    """The rotation that is nearest to the mean of matrices."""
    return roma.special_procrustes(rotmat.mean(0))


class Readout(nn.Module):
    """Turns a network's numbers into an estimate: adds means, makes rotations of 6D."""

    mean_6d: Tensor
    mean_wrist: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean_6d", torch.eye(3)[:2].flatten().repeat(NUM_JOINTS, 1))
        self.register_buffer("mean_wrist", torch.tensor([0.0, 0.0, USUAL_SCALE]))

    def start(self, labels: HandLabels, side: int) -> None:
        """Take the means of training data."""
        means = mean_rotation(torch.cat([labels.global_rotmat[:, None], labels.hand_rotmat], 1))
        self.mean_6d.copy_(means[..., :2].mT.flatten(-2))
        self.mean_wrist.copy_(wrist_of(labels, side).mean(0))

    def forward(
        self, sixd: Float[Tensor, "B 16 6"], betas: Float[Tensor, "B 10"], wrist: Float[Tensor, "B 3"]
    ) -> Estimate:
        """An estimate without places."""
        rotmat = sixd_to_rotmat(sixd + self.mean_6d)
        return Estimate(rotmat[:, 0], rotmat[:, 1:], betas, wrist + self.mean_wrist)


class HandNetwork(nn.Module):
    """What all networks from a square to a hand have in common: the trunk of stage 1 and the way they answer.

    A trunk is a whole `GestureNet`, so that one that was trained fits under each of them as it is.
    """

    def __init__(self, trunk: GestureNetConfig) -> None:
        super().__init__()
        self.trunk = GestureNet(trunk)
        self.readout = Readout()

    def forward(self, pictures: Float[Tensor, "B 3 H W"], others: Int[Tensor, " B"] | None = None) -> Estimate:
        """The hand in each picture.

        Args:
            pictures: squares around hands; red, green, blue from 0 to 1, sides multiples of 32.
            others: for each picture another one of the batch, for networks that are shown its gesture (`strangers`).
        """
        raise NotImplementedError

    def take_over(self, pretrained: GestureNet) -> None:
        """Take the weights of a trunk that was trained in stage 1.

        Raises:
            ValueError: the trunk is of another size.
        """
        own = self.trunk.config
        if (pretrained.config.net, pretrained.config.hidden) != (own.net, own.hidden):
            raise ValueError(f"the trunk to be taken over is {pretrained.config}, and this network's {own}")
        self.trunk.load_state_dict(pretrained.state_dict())

    def start(self, labels: HandLabels, side: int) -> None:
        """Begin at the mean hand of training data, in squares of `side` pixels."""
        self.readout.start(labels, side)
