"""The eight terms against numpy, closed forms and the camera."""

from __future__ import annotations

import math
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from torch import nn

from hands import mano
from hands.conventions import KEYPOINT_PARENTS
from hands.gesture import Answers
from hands.gesture import token_losses as losses
from hands.gesture.estimate import Estimate, places_of, standing, wrist_of
from hands.gesture.labels import HandLabels, about_the_axis
from hands.gesture.token_losses import TokenLossWeights, token_loss
from tests.gesture.made_up_hands import SIDE, cameras, labels

ALL = TokenLossWeights(names=1.0)


class Fixed(nn.Module):
    """Says the same, whatever it sees."""

    def __init__(self, estimate: Estimate) -> None:
        super().__init__()
        self.estimate = estimate

    def forward(self, pictures: torch.Tensor, others: torch.Tensor | None = None) -> Estimate:
        return self.estimate


@pytest.fixture(scope="module")
def hand() -> mano.Hand:
    return mano.load(dtype=torch.float64)


@pytest.fixture(scope="module")
def known(hand: mano.Hand) -> HandLabels:
    return labels(hand)


@pytest.fixture(scope="module")
def wrong(hand: mano.Hand) -> Estimate:
    """Other hands, places and names."""
    own, noise = labels(hand, seed=7), torch.Generator().manual_seed(3)
    places = torch.rand(5, 21, 3, dtype=torch.float64, generator=noise)
    logits = (torch.randn(5, n, dtype=torch.float64, generator=noise) for n in (27, 35))
    said = Answers(*logits, None)  # type: ignore[arg-type]
    return Estimate(own.global_rotmat, own.hand_rotmat, own.betas, wrist_of(own, SIDE), places, said)


def batch(known: HandLabels) -> dict[str, torch.Tensor]:
    names = {"coarse": torch.tensor([0, 5, 26, 3, 3]), "fine": torch.tensor([34, 0, 1, 2, 9])}
    return {"pictures": torch.zeros(5, 3, SIDE, SIDE), **known._asdict(), **names}


def from_wrist(points: torch.Tensor) -> np.ndarray:
    return (points - points[:, :1]).numpy()


def test_the_truth_loses_nothing(hand: mano.Hand, known: HandLabels) -> None:
    truth = Estimate(*known[:3], wrist_of(known, SIDE), places_of(known, SIDE))
    found = token_loss(hand)(Fixed(truth), batch(known))
    assert set(found) == {"loss", *asdict(TokenLossWeights())} - {"names"}
    assert all(abs(term.item()) < 1e-12 for term in found.values())


def test_every_term_is_its_formula(hand: mano.Hand, known: HandLabels, wrong: Estimate) -> None:
    found = token_loss(hand, ALL)(Fixed(wrong), batch(known))
    true, said = (
        hand(betas=one.betas, global_rotmat=one.global_rotmat, hand_rotmat=one.hand_rotmat) for one in (known, wrong)
    )
    points, wanted = from_wrist(said.keypoints), from_wrist(true.keypoints)
    there = standing(wrong.wrist, known.focal, known.centre, SIDE).numpy()
    seen = np.stack([eye.project(p + t) for eye, p, t in zip(cameras(5), points, there, strict=True)])
    expected = {
        "rotation": np.abs(
            np.concatenate([wrong.global_rotmat[:, None], wrong.hand_rotmat], 1)
            - np.concatenate([known.global_rotmat[:, None], known.hand_rotmat], 1)
        ).mean(),
        "betas": (wrong.betas - known.betas).abs().mean().item(),
        "keypoints": np.abs(points - wanted).mean(),
        "vertices": np.abs(
            (said.vertices - said.joints[:, :1]).numpy() - (true.vertices - true.joints[:, :1]).numpy()
        ).mean(),
        "places": (wrong.places - places_of(known, SIDE)).abs().mean().item(),
        "pixels": np.abs(seen - known.pixels.numpy()).mean() / 16,
        "lengths": np.mean([
            abs(math.dist(p[k], p[parent]) - math.dist(w[k], w[parent]))
            for p, w in zip(points, wanted, strict=True) for k, parent in enumerate(KEYPOINT_PARENTS) if k
        ]),
        "directions": np.mean([
            1 - np.dot(a := p[k] - p[parent], b := w[k] - w[parent]) / np.linalg.norm(a) / np.linalg.norm(b)
            for p, w in zip(points, wanted, strict=True) for k, parent in enumerate(KEYPOINT_PARENTS) if k
        ]),
        "names": sum(cross_entropy(getattr(wrong.said, level), batch(known)[level]) for level in ("coarse", "fine")),
    }  # fmt: skip
    assert {name: found[name].item() for name in expected} == pytest.approx(expected, rel=1e-10)
    total = sum(weight * expected[name] for name, weight in asdict(ALL).items())
    assert found["loss"].item() == pytest.approx(total, rel=1e-10)


def cross_entropy(logits: torch.Tensor, true: torch.Tensor) -> float:
    """Against a truth of which a tenth is spread over all classes."""
    wanted = np.full(logits.shape, 0.1 / logits.shape[1])
    wanted[np.arange(len(true)), true] += 0.9
    return float(-(wanted * log_softmax(logits.numpy(), axis=1)).sum(1).mean())


def test_weights_are_those_of_the_reconstruction() -> None:
    assert tuple(asdict(TokenLossWeights()).values()) == (1, 1, 10, 10, 1, 1, 10, 1, 0)


def test_a_larger_hand_loses_lengths_and_a_turned_one_directions(known: HandLabels) -> None:
    points = known.keypoints - known.keypoints[:, :1]
    mean = losses.bones(points).norm(dim=-1).mean()
    assert losses.lengths(1.1 * points, points).item() == pytest.approx(0.1 * mean.item(), rel=1e-12)
    assert losses.directions(1.1 * points, points).item() == pytest.approx(0, abs=1e-12)
    assert losses.directions(-points, points).item() == pytest.approx(2, abs=1e-12)
    angle = 0.4
    turned = points @ about_the_axis(torch.full((5,), angle, dtype=torch.float64)).mT
    assert losses.lengths(turned, points).item() == pytest.approx(0, abs=1e-15)
    unit = losses.bones(points) / losses.bones(points).norm(dim=-1, keepdim=True)
    across = 1 - unit[..., 2].square()  # of a unit vector, what a turn about z moves
    expected = (1 - math.cos(angle)) * across.mean().item()
    assert losses.directions(turned, points).item() == pytest.approx(expected, rel=1e-12)


def test_a_wrist_that_is_farther_right_moves_all_that_is_seen_as_the_camera_says(
    hand: mano.Hand, known: HandLabels
) -> None:
    points = known.keypoints - known.keypoints[:, :1]
    right = wrist_of(known, SIDE) + torch.tensor([0.1, 0.0, 0.0], dtype=torch.float64)
    found = losses.pixels(points, Estimate(*known[:3], right), known, SIDE)
    shift = 0.1 * known.keypoints[:, :1, 2] / known.keypoints[..., 2]  # in half squares; nothing along y
    assert found.item() == pytest.approx(shift.mean().item() / 2, rel=1e-12)


def test_terms_that_count_nothing_are_not_computed(known: HandLabels, wrong: Estimate) -> None:
    class Meshless(mano.Hand):
        def forward(self, **_: object) -> mano.HandOutput:
            raise AssertionError("the mesh was computed")

    weights = replace(TokenLossWeights(), vertices=0.0, places=0.0)
    found = token_loss(Meshless(mano.load().data, torch.float64), weights)(Fixed(wrong), batch(known))
    assert found["vertices"] == found["places"] == 0
    assert found["keypoints"] > 0


def test_a_network_without_places_is_not_asked_for_them(hand: mano.Hand, known: HandLabels, wrong: Estimate) -> None:
    found = token_loss(hand)(Fixed(wrong._replace(places=None)), batch(known))
    assert found["places"] == 0
    assert found["pixels"] > 0
