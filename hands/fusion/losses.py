r"""The teacher's loss: the hand it shows, and what its priors hold.

$$
L = 5\, L_{J} + 1\, L_{V} + \tfrac12 L_{R} + \tfrac12 L_{\beta}
  + \tfrac12 L_{sh} + \tfrac12 L_{po} + \tfrac12 L_{tm}
$$

| term | of | measure |
|---|---|---|
| $L_J$ | keypoints of the hand, from the wrist, in units of 125 mm | mean square of coordinates |
| $L_V$ | vertices likewise, in every n-th frame | mean size of coordinates |
| $L_R$ | rotation matrices of the finger joints | mean square of entries |
| $L_\beta$ | shape | mean square |
| $L_{sh}$, $L_{po}$ | shape and rotations, as the priors' heads say | mean square |
| $L_{tm}$ | velocity and acceleration of the keypoints, standardised, where known | mean square, each order half |

Source: which terms there are is MGDHand's; what each is and its weight are not known. Ours follow VIFNet (5, 0.5, a
cube of 250 mm). Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import l1_loss, mse_loss

from hands.fusion.labels import mean_square, motion_labels
from hands.fusion.rotations import sixd_to_rotmat
from hands.fusion.teacher import Auxiliary, Fused
from hands.mano import Hand
from hands.metrics import wrist_aligned

UNIT: Final = 0.125
"""Metres: lengths in the loss are in units of this, half of a cube of 250 mm around a hand."""


@dataclass(frozen=True)
class LossWeights:
    """What each term counts. A term of weight 0 is not computed, and reported as 0."""

    joints: float = 5.0
    vertices: float = 1.0
    rotation: float = 0.5
    betas: float = 0.5
    shape: float = 0.5
    pose: float = 0.5
    motion: float = 0.5
    every: int = 8
    """Vertices are compared in every so-many-th frame: they cost more than all the rest of the loss."""


Loss = Callable[[nn.Module, Mapping[str, Tensor]], dict[str, Tensor]]


def teacher_loss(hand: Hand, weights: LossWeights | None = None) -> Loss:
    """The loss of a model on a batch: `"loss"`, the weighted sum, and its terms before they are weighted.

    A batch holds `features`, `pose_6d`, `betas` and `hidden` as a teacher takes them, and `keypoints` of the true hand
    in its own frame, from the wrist, (batch, time, 21, 3). Every term is a mean over samples.

    Args:
        hand: whose keypoints and vertices; it follows the batch to its device.
        weights: what each term counts.
    """
    counts = weights or LossWeights()

    def loss(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        fused = model(batch["features"], batch["pose_6d"], batch["betas"], batch["hidden"])
        terms = teacher_terms(fused, batch, hand.to(fused.betas.device), counts.every if counts.vertices else 0)
        total = torch.stack([getattr(counts, name) * term for name, term in terms.items()]).sum()
        return {"loss": total, **{name: term.detach() for name, term in terms.items()}}

    return loss


def teacher_terms(fused: Fused, batch: Mapping[str, Tensor], hand: Hand, every: int) -> dict[str, Tensor]:
    """The terms, by their names in `LossWeights`.

    Args:
        fused: what the teacher said.
        batch: the truth.
        hand: whose keypoints and vertices.
        every: vertices are compared in every so-many-th frame; with 0, in none.
    """
    shown = reconstruction_terms(fused.betas, fused.pose_6d, batch, hand, every)
    return shown | auxiliary_terms(fused.auxiliary, batch)


def reconstruction_terms(
    betas: Float[Tensor, "batch 10"],
    pose_6d: Float[Tensor, "batch time 15 6"],
    batch: Mapping[str, Tensor],
    hand: Hand,
    every: int,
) -> dict[str, Tensor]:
    """How far the hand that a network shows is from the true one: the first four terms.

    Args:
        betas: the shape that it says.
        pose_6d: the pose that it says.
        batch: the truth: `betas`, `pose_6d`, `keypoints`.
        hand: whose keypoints and vertices.
        every: vertices are compared in every so-many-th frame; with 0, in none.
    """
    true, said = sixd_to_rotmat(batch["pose_6d"]), sixd_to_rotmat(pose_6d)
    shown = wrist_aligned(hand.keypoints(betas=betas[:, None], hand_rotmat=said))
    hands = (betas, said), (batch["betas"], true)
    return {
        "joints": mse_loss(shown / UNIT, batch["keypoints"] / UNIT),
        "vertices": vertex_distance(hand, *hands, every) if every else betas.new_zeros(()),
        "rotation": mse_loss(said, true),
        "betas": mse_loss(betas, batch["betas"]),
    }


def auxiliary_terms(said: Auxiliary, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What the parts of a network hold of shape, pose and motion: the last three terms."""
    return {
        "shape": mse_loss(said.betas, batch["betas"]),
        "pose": mse_loss(sixd_to_rotmat(said.pose_6d), sixd_to_rotmat(batch["pose_6d"])),
        "motion": motion_error(said, batch["keypoints"]),
    }


ShapeAndPose = tuple[Float[Tensor, "batch 10"], Float[Tensor, "batch time 15 3 3"]]


def vertex_distance(hand: Hand, said: ShapeAndPose, true: ShapeAndPose, every: int) -> Float[Tensor, ""]:
    """Mean size of the difference of vertices' coordinates, from the wrist, in units of 125 mm; some frames alone."""
    with torch.no_grad():
        wanted = mesh(hand, true, every)
    return l1_loss(mesh(hand, said, every) / UNIT, wanted / UNIT)


def mesh(hand: Hand, shape_and_pose: ShapeAndPose, every: int) -> Float[Tensor, "batch some V 3"]:
    """Vertices in every so-many-th frame, from the wrist, metres."""
    betas, rotmat = shape_and_pose
    posed = hand(betas=betas[:, None], hand_rotmat=rotmat[:, ::every])
    return wrist_aligned(posed.vertices, posed.joints[..., 0, :])


def motion_error(said: Auxiliary, keypoints: Float[Tensor, "batch time 21 3"]) -> Float[Tensor, ""]:
    """Mean square error of standardised velocities and accelerations, where known; each order counts half."""
    wanted = motion_labels(keypoints) / said.motion_unit[:, None]
    return mean_square(said.motion - wanted).mean()
