"""Checkers for the exercises of *Meet the hand*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from hands import mano
from hands.check.verdict import Verdict, judge
from hands.conventions import KEYPOINT_NAMES, KEYPOINTS_FROM_JOINTS_AND_TIPS
from hands.mano import gestures

MIDDLE = slice(KEYPOINT_NAMES.index("middle1"), KEYPOINT_NAMES.index("middle_tip") + 1)
MIDDLE_TIP = KEYPOINT_NAMES.index("middle_tip")
TENTH_OF_A_MM = 1e-4
SIZE_RANGE = (-6.0, 6.0)
"""Betas between which a hand of any length asked for lies."""


def middle_finger_length(answer: Callable[[Tensor], Any]) -> Verdict:
    """Keypoints (21, 3) in metres -> length of the middle finger along its bones, knuckle to tip, in mm."""
    hand = mano.load()
    fist = gestures.key_pose("fist", hand.data)[1:]
    small = torch.tensor([-2.0] + 9 * [0.0])
    return judge(
        answer,
        {
            "the flat hand": _case(hand.keypoints(), _finger_mm),
            "a small hand": _case(hand.keypoints(betas=small), _finger_mm),
            "a fist": _case(hand.keypoints(hand_pose=fist), _finger_mm),
        },
        praise="right: three bones, added up, are as long in a fist as in the flat hand",
        atol=0.1,
        unit="mm",
        mistakes={
            "that is the straight line from knuckle to tip; a bent finger is longer, so add up its bones": _straight_mm,
            "that is in metres; multiply by 1000": lambda keypoints: _finger_mm(keypoints) / 1000,
            "that begins at the wrist; the finger's first keypoint is its knuckle, middle1": _from_wrist_mm,
            "that is two bones, and the last is missing: a slice stops before its end, and the tip is needed": (
                lambda keypoints: _bones_mm(keypoints[MIDDLE][:-1])
            ),
            "that is two bones, and the first is missing: begin at the knuckle, middle1": (
                lambda keypoints: _bones_mm(keypoints[MIDDLE][1:])
            ),
            "that reads the order of joints; keypoints run from thumb to pinky, the tip last": _mano_order_mm,
        },
    )


def to_keypoints(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Joints (16, 3) in MANO's order and tips (5, 3), thumb to little finger -> keypoints (21, 3)."""
    hand = mano.load()
    output = hand(hand_pose=gestures.key_pose("pinch", hand.data)[1:])
    tips = output.vertices[list(hand.data.tip_vertices)]
    return judge(
        answer,
        {"a pinching hand": ((output.joints, tips), output.keypoints)},
        praise="right: every finger got its own joints and its own tip",
        unit="m",
        mistakes={
            "the ring finger and the pinky have changed places: MANO lists the pinky first": _pinky_last,
            "the order of the fingers is right, but each tip must follow its own finger's joints": _tips_at_the_end,
            "these are joints and tips as they came; keypoints begin wrist, thumb1, thumb2": _as_they_came,
            "the fingers are in MANO's order; keypoints run thumb, index, middle, ring, pinky": _in_order_of_joints,
            "each finger begins with its tip; the tip comes last": _tips_first,
        },
    )


def mpjpe_mm(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Two sets of keypoints (21, 3) in metres -> MPJPE in mm, after the wrists were moved together."""
    hand = mano.load()
    true = hand.keypoints(hand_pose=gestures.key_pose("relaxed", hand.data)[1:])
    bent = hand.keypoints(hand_pose=gestures.key_pose("pinch", hand.data)[1:])
    moved = bent + torch.tensor([0.02, -0.05, 0.01])
    return judge(
        answer,
        {
            "a hand against itself": ((true, true), 0.0),
            "another pose": ((bent, true), _mpjpe_mm(bent, true)),
            "the same, in another place": ((moved, true), _mpjpe_mm(bent, true)),
        },
        praise="right: where the hand is does not count, what it looks like does",
        atol=0.01,
        unit="mm",
        mistakes={
            "the hand was moved and the error grew: take each hand's wrist away first": _not_aligned_mm,
            "distances were squared; MPJPE is a mean of distances, each with its root": _squared,
            "that is the root of a mean of squares (RMSE); MPJPE takes the root of each distance first": _rmse_mm,
            "that averages coordinates; first the length of each difference, then the mean": _per_coordinate_mm,
            "that is in metres; multiply by 1000": lambda predicted, true: _mpjpe_mm(predicted, true) / 1000,
            "that is a mean over 20 points; the wrist counts as well, so divide by 21": (
                lambda predicted, true: _mpjpe_mm(predicted, true) * 21 / 20
            ),
            "that moves the centres of the hands together; move their wrists together": _centred_mm,
        },
    )


def size_for_length(answer: Callable[[float], Any]) -> Verdict:
    """Length of the flat hand in metres, wrist to tip of the middle finger -> the first beta; the others stay zero."""
    lengths = (0.165, 0.19, 0.21)
    return judge(
        answer,
        {f"a hand of {1000 * length:.0f} mm": ((length,), _size(length)) for length in lengths},
        praise="right: each hand is as long as asked for, to a tenth of a millimetre",
        atol=TENTH_OF_A_MM / _metres_per_beta(),
        mistakes={
            "that measures the whole mesh; the length runs from the wrist to the middle fingertip": _extent_size,
        },
    )


def _case(keypoints: Tensor, truth: Callable[[Tensor], Tensor]) -> tuple[tuple[Tensor], Tensor]:
    return (keypoints,), truth(keypoints)


def _bones_mm(points: Tensor) -> Tensor:
    return 1000 * points.diff(dim=0).norm(dim=-1).sum()


def _finger_mm(keypoints: Tensor) -> Tensor:
    return _bones_mm(keypoints[MIDDLE])


def _straight_mm(keypoints: Tensor) -> Tensor:
    return 1000 * (keypoints[MIDDLE][0] - keypoints[MIDDLE_TIP]).norm()


def _from_wrist_mm(keypoints: Tensor) -> Tensor:
    return _bones_mm(torch.cat([keypoints[:1], keypoints[MIDDLE]]))


def _mano_order_mm(keypoints: Tensor) -> Tensor:
    return _bones_mm(keypoints[4:8])


def _pinky_last(joints: Tensor, tips: Tensor) -> Tensor:
    """Reads MANO's joints as if they ran index, middle, ring, pinky, thumb."""
    return torch.cat([joints, tips])[[0, 13, 14, 15, 16, 1, 2, 3, 17, 4, 5, 6, 18, 7, 8, 9, 19, 10, 11, 12, 20]]


def _tips_at_the_end(joints: Tensor, tips: Tensor) -> Tensor:
    order = [k for k in KEYPOINTS_FROM_JOINTS_AND_TIPS if k < len(joints)]
    return torch.cat([joints[order], tips])


def _as_they_came(joints: Tensor, tips: Tensor) -> Tensor:
    return torch.cat([joints, tips])


def _in_order_of_joints(joints: Tensor, tips: Tensor) -> Tensor:
    fingers = torch.cat([joints[1:].reshape(5, 3, 3), tips[[1, 2, 4, 3, 0], None]], dim=1)
    return torch.cat([joints[:1], fingers.reshape(20, 3)])


def _tips_first(joints: Tensor, tips: Tensor) -> Tensor:
    keypoints = torch.cat([joints, tips])[list(KEYPOINTS_FROM_JOINTS_AND_TIPS)]
    return torch.cat([keypoints[:1], keypoints[1:].reshape(5, 4, 3).roll(1, dims=1).reshape(20, 3)])


def _aligned(points: Tensor) -> Tensor:
    return points - points[:1]


def _differences(predicted: Tensor, true: Tensor) -> Tensor:
    return _aligned(predicted) - _aligned(true)


def _mpjpe_mm(predicted: Tensor, true: Tensor) -> Tensor:
    return 1000 * _differences(predicted, true).norm(dim=-1).mean()


def _not_aligned_mm(predicted: Tensor, true: Tensor) -> Tensor:
    return 1000 * (predicted - true).norm(dim=-1).mean()


def _centred_mm(predicted: Tensor, true: Tensor) -> Tensor:
    return _not_aligned_mm(predicted - predicted.mean(0), true - true.mean(0))


def _squared(predicted: Tensor, true: Tensor) -> Tensor:
    return 1000 * _differences(predicted, true).square().sum(-1).mean()


def _rmse_mm(predicted: Tensor, true: Tensor) -> Tensor:
    return 1000 * _differences(predicted, true).square().sum(-1).mean().sqrt()


def _per_coordinate_mm(predicted: Tensor, true: Tensor) -> Tensor:
    return 1000 * _differences(predicted, true).abs().mean()


def _length(hand: mano.Hand, size: float) -> float:
    keypoints = hand.keypoints(betas=torch.tensor([size] + 9 * [0.0], dtype=torch.float64))
    return float((keypoints[MIDDLE_TIP] - keypoints[0]).norm())


def _extent(hand: mano.Hand, size: float) -> float:
    vertices = hand(betas=torch.tensor([size] + 9 * [0.0], dtype=torch.float64)).vertices
    return float(vertices[:, 0].max() - vertices[:, 0].min())


def _size(length: float) -> float:
    return _bisect(_length, length)


def _extent_size(length: float) -> float:
    return _bisect(_extent, length)


def _bisect(measure: Callable[[mano.Hand, float], float], wanted: float) -> float:
    hand, (low, high) = mano.load(dtype=torch.float64), SIZE_RANGE
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if measure(hand, middle) < wanted else (low, middle)
    return low


def _metres_per_beta() -> float:
    hand = mano.load(dtype=torch.float64)
    return _length(hand, 1.0) - _length(hand, 0.0)
