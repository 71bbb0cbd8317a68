"""How well a hand is read off a picture: errors of the whole hand, and of each of its parts.

MPJPE here is the field's: wrist-aligned, in the camera's frame, so that a hand that is turned wrongly is wrong. (In the
book's other tables orientation is not scored; `own_frame_mm` is that number.) The truth is the hand that was rendered.

Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from hands import metrics
from hands.data.takes import generator
from hands.experiments.token_samples import HandSamples
from hands.gesture.estimate import Estimate, seen
from hands.gesture.guidance import strangers
from hands.gesture.labels import HandLabels
from hands.mano import Hand

AT_ONCE: Final = 128
"""Pictures that go through a network together."""
JUDGED: Final = 24
"""The stream of random numbers of other pictures' gestures where networks are judged."""

Errors = Mapping[str, Float[Tensor, " n"]]


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network says of every picture of a split."""

    hands: Estimate
    coarse: Float[Tensor, "n 27"]
    """Logits, after stage 2."""
    fine: Float[Tensor, "n 35"]


@torch.no_grad()
def predict(model: nn.Module, samples: HandSamples) -> Seen:
    """What a network says of every picture, each once. Whoever is told of other pictures is told of the same always."""
    model.eval()
    device = next(model.parameters()).device
    parts: list[Estimate] = []
    for start in range(0, len(samples), AT_ONCE):
        pictures = samples.shown(slice(start, start + AT_ONCE)).to(device)
        others = strangers(len(pictures), generator(JUDGED, start)) if len(pictures) > 1 else None
        parts.append(model(pictures, others if others is None else others.to(device)))
    turned, posed, betas, wrist = (
        torch.cat([getattr(part, name) for part in parts]).cpu() for name in Estimate._fields[:4]
    )
    logits = [(part.said.coarse, part.said.fine) for part in parts if part.said is not None]
    return Seen(
        Estimate(turned, posed, betas, wrist), *(torch.cat(fields).cpu() for fields in zip(*logits, strict=True))
    )


@torch.no_grad()
def errors(said: Estimate, true: HandLabels, hand: Hand, side: int) -> dict[str, Float[Tensor, " n"]]:
    """What is wrong with every hand.

    Returns:
        In metres `mpjpe`, `mpvpe`, `scaled` (about the middle knuckle, of the true size), `aligned` (Procrustes) and
        `own_frame` (orientation not scored), `shape` (the true pose with the said shape) and `pose` (the said pose with
        the true shape), both of the latter in the hand's own frame; in radians `orientation`; in pixels `seen`.
    """
    posed = said.posed(hand)
    truth = hand(betas=true.betas, global_rotmat=true.global_rotmat, hand_rotmat=true.hand_rotmat)
    own, shape, pose, flat = (
        hand.keypoints(betas=betas, hand_rotmat=rotmat)
        for betas, rotmat in (
            (said.betas, said.hand_rotmat),
            (said.betas, true.hand_rotmat),
            (true.betas, said.hand_rotmat),
            (true.betas, true.hand_rotmat),
        )
    )
    there = seen(metrics.wrist_aligned(posed.keypoints), said.wrist, true.focal, true.centre, side)
    return {
        "mpjpe": metrics.mpjpe(posed.keypoints, truth.keypoints),
        "mpvpe": metrics.mpvpe(posed.vertices, truth.vertices, posed.joints[:, 0], truth.joints[:, 0]),
        "scaled": metrics.scaled_mpjpe(posed.keypoints, truth.keypoints),
        "aligned": metrics.pa_mpjpe(posed.keypoints, truth.keypoints),
        "own_frame": metrics.mpjpe(own, flat),
        "shape": metrics.mpjpe(shape, flat),
        "pose": metrics.mpjpe(pose, flat),
        "orientation": metrics.orientation_error(said.global_rotmat, true.global_rotmat),
        "seen": (there - true.pixels).norm(dim=-1).mean(-1),
    }


def for_people(found: Errors) -> dict[str, float]:
    """Means with their units: mm, degrees, pixels."""
    return {
        {"orientation": "orientation_deg", "seen": "seen_px"}.get(name, f"{name}_mm"): round(
            float(each.mean()) * {"orientation": math.degrees(1), "seen": 1.0}.get(name, 1000.0), 4
        )
        for name, each in found.items()
    }


def by_person(found: Errors, people: tuple[str, ...]) -> dict[str, float]:
    """MPJPE of each person's hands, mm."""
    of = {person: torch.tensor([own == person for own in people]) for person in sorted(set(people))}
    return {person: round(1000 * float(found["mpjpe"][rows].mean()), 3) for person, rows in of.items()}
