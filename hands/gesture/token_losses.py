r"""The loss of stage 2: eight terms in three layers, over parameters, joints and structure.

| term | of | measure | weight |
|---|---|---|---|
| rotation | the 16 rotation matrices | mean size of entries | 1 |
| betas | shape | mean size | 1 |
| keypoints | the 21 keypoints, from the wrist | mean size of coordinates, metres | 10 |
| vertices | the mesh, from the wrist | mean size of coordinates, metres | 10 |
| places | the soft-argmax: in half squares, and half boxes of 0.15 m | mean size of coordinates | 1 |
| pixels | the keypoints, projected into the square | mean size of coordinates, half squares | 1 |
| lengths | the 20 bones, $\lvert \hat b - b \rvert$ | mean, metres | 10 |
| directions | the 20 bones, $1 - \cos$ | mean | 1 |

Rotations are compared as matrices, since axis-angle vectors jump near half a turn. Photographs have keypoints that
people marked beside the fitted hand's; rendered pictures have one truth, whose mesh stands in for the former.

A ninth term, the names of the gesture, can be switched on: it keeps the heads of stage 1 in step with a trunk that goes
on learning.

Source: Hong and Kosecka 2026 for the three layers; which terms there are, and their weights, follow EANet (Park et al.
2023), and the structural ones are ours. Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, cross_entropy, l1_loss

from hands.conventions import KEYPOINT_PARENTS
from hands.gesture.estimate import Estimate, places_of, seen
from hands.gesture.labels import HandLabels
from hands.gesture.pretraining import SMOOTHING
from hands.mano import Hand
from hands.mano.hand import HandOutput
from hands.metrics import wrist_aligned

Loss = Callable[[nn.Module, Mapping[str, Tensor]], dict[str, Tensor]]
PARENTS: Final = KEYPOINT_PARENTS[1:]


@dataclass(frozen=True)
class TokenLossWeights:
    """What each term counts. A term of weight 0 is not computed, and reported as 0."""

    rotation: float = 1.0
    betas: float = 1.0
    keypoints: float = 10.0
    vertices: float = 10.0
    places: float = 1.0
    pixels: float = 1.0
    lengths: float = 10.0
    directions: float = 1.0
    names: float = 0.0


def token_loss(hand: Hand, weights: TokenLossWeights | None = None) -> Loss:
    """The loss of any `HandNetwork` on a batch: `"loss"`, the weighted sum, and its terms before they are weighted.

    A batch holds `pictures`, the fields of `HandLabels`, and, where they are asked for, `others`, `coarse` and `fine`.

    Args:
        hand: whose mesh and keypoints; it follows the batch to its device.
        weights: what each term counts.
    """
    counts = weights or TokenLossWeights()

    def loss(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        found: Estimate = model(batch["pictures"], batch.get("others"))
        terms = token_terms(found, batch, hand.to(found.betas.device), counts)
        total = torch.stack([getattr(counts, name) * term for name, term in terms.items()]).sum()
        return {"loss": total, **{name: term.detach() for name, term in terms.items()}}

    return loss


def token_terms(
    found: Estimate, batch: Mapping[str, Tensor], hand: Hand, weights: TokenLossWeights
) -> dict[str, Tensor]:
    """The terms, by their names in `TokenLossWeights`."""
    side = batch["pictures"].shape[-1]
    true = HandLabels(*(batch[name] for name in HandLabels._fields))
    said = found.posed(hand) if weights.vertices else None
    points = wrist_aligned(found.keypoints(hand) if said is None else said.keypoints)
    wanted = wrist_aligned(true.keypoints)
    terms = {
        "rotation": rotation(found, true),
        "betas": l1_loss(found.betas, true.betas),
        "keypoints": l1_loss(points, wanted),
        "vertices": points.new_zeros(()) if said is None else vertices(said, true, hand),
        "places": places(found, true, side) if weights.places else points.new_zeros(()),
        "pixels": pixels(points, found, true, side),
        "lengths": lengths(points, wanted),
        "directions": directions(points, wanted),
    }
    return terms | ({"names": names(found, batch)} if weights.names else {})


def rotation(found: Estimate, true: HandLabels) -> Float[Tensor, ""]:
    """Of the wrist and the finger joints: each of the 16 counts the same."""
    return (l1_loss(found.global_rotmat, true.global_rotmat) + 15 * l1_loss(found.hand_rotmat, true.hand_rotmat)) / 16


def vertices(said: HandOutput, true: HandLabels, hand: Hand) -> Float[Tensor, ""]:
    """Of the mesh, each from its own wrist."""
    with torch.no_grad():
        wanted = hand(betas=true.betas, global_rotmat=true.global_rotmat, hand_rotmat=true.hand_rotmat)
    own, others = (wrist_aligned(one.vertices, one.joints[:, 0]) for one in (said, wanted))
    return l1_loss(own, others)


def places(found: Estimate, true: HandLabels, side: int) -> Float[Tensor, ""]:
    """Of the soft-argmax; 0 for a network that has none."""
    return found.betas.new_zeros(()) if found.places is None else l1_loss(found.places, places_of(true, side))


def pixels(points: Float[Tensor, "B 21 3"], found: Estimate, true: HandLabels, side: int) -> Float[Tensor, ""]:
    """Of keypoints, told from the wrist, as the square's camera sees them."""
    return l1_loss(seen(points, found.wrist, true.focal, true.centre, side), true.pixels) / (side / 2)


def bones(points: Float[Tensor, "B 21 3"]) -> Float[Tensor, "B 20 3"]:
    """From each keypoint's parent to it."""
    return points[:, 1:] - points[:, PARENTS]


def lengths(points: Float[Tensor, "B 21 3"], wanted: Float[Tensor, "B 21 3"]) -> Float[Tensor, ""]:
    """Of bones."""
    return l1_loss(bones(points).norm(dim=-1), bones(wanted).norm(dim=-1))


def directions(points: Float[Tensor, "B 21 3"], wanted: Float[Tensor, "B 21 3"]) -> Float[Tensor, ""]:
    """Of bones: one less the cosine of the angle between them."""
    return (1 - cosine_similarity(bones(points), bones(wanted), dim=-1)).mean()


def names(found: Estimate, batch: Mapping[str, Tensor]) -> Float[Tensor, ""]:
    """Of the gesture, by the heads of stage 1, both levels."""
    assert found.said is not None, "networks say them, and a class mean is not trained"
    logits = found.said.coarse, found.said.fine
    wanted = batch["coarse"], batch["fine"]
    return torch.stack(
        [cross_entropy(x, y, label_smoothing=SMOOTHING) for x, y in zip(logits, wanted, strict=True)]
    ).sum()
