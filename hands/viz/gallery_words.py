"""What a hand looks like, in words, for people who cannot see its picture: found from the pose alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import torch

from hands.conventions import FINGERS, JOINT_NAMES, KEYPOINT_NAMES, NUM_JOINTS
from hands.mano import Hand
from hands.mano.anatomy import hand_pose_to_angles, joint_axes
from hands.viz import gallery_views as views
from hands.viz.live import Array, ArrayLike, array_of_shape

BENDS: Final = {"straight": 50.0, "half bent": 150.0, "bent": float("inf")}
THUMB_BENDS: Final = {"straight": 50.0, "half bent": 75.0, "bent": float("inf")}
"""Up to how many degrees of flexion, summed over the joints of a digit, each word holds."""

TOUCH: Final = 0.02
"""Metres between the tips of digits whose pads touch, at most: the tips are points on the ends, not on the pads."""

APART: Final = 4.0
"""Degrees by which two straight fingers must stand wider than in the flat hand to be called apart."""


def describe(full_pose: ArrayLike, hand: Hand) -> str:
    """A pose in a few words: which digits are straight or bent, what touches, and how the hand is held.

    Args:
        full_pose: (16, 3), axis-angle in radians, wrist first.
        hand: whose pose it is.

    Raises:
        ValueError: the pose is not (16, 3), or not finite.

    Example:
        >>> from hands import mano
        >>> describe(np.zeros((16, 3)), mano.load())
        'all fingers straight; palm to the left, hand pointing forward'
    """
    pose = array_of_shape(full_pose, "full_pose", (NUM_JOINTS, 3))
    looks = _looks(pose, hand)
    keypoints = _keypoints(pose, hand)
    spread, gaps = _apart(looks["straight"], keypoints, _keypoints(np.zeros_like(pose), hand))
    if spread:
        looks = {"straight and spread" if look == "straight" else look: names for look, names in looks.items()}
    fingers = [f"{_listed(names)} {look}" for look, names in looks.items() if names]
    turn = views.held(pose, hand.data.side)
    held = f"palm {_to(turn @ views.PALM)}, hand pointing {_to(turn @ views.FINGERS)}"
    return f"{', '.join([*fingers, *gaps, *_touching(keypoints)])}; {held}"


def _looks(pose: Array, hand: Hand) -> dict[str, list[str]]:
    """Word -> the digits that it holds for."""
    angles = torch.rad2deg(hand_pose_to_angles(joint_axes(hand.data), torch.tensor(pose[1:])))
    looks: dict[str, list[str]] = {look: [] for look in BENDS}
    for finger in FINGERS:
        first = JOINT_NAMES.index(f"{finger}1") - 1
        flexion = float(angles[first : first + 3, 0].sum())
        words = THUMB_BENDS if finger == "thumb" else BENDS
        looks[next(look for look, most in words.items() if flexion < most)].append(finger)
    return looks


def _apart(straight: list[str], keypoints: dict[str, Array], flat: dict[str, Array]) -> tuple[bool, list[str]]:
    """Whether all straight neighbours stand apart; and if only some do, between which there is a gap."""
    pairs = [pair for pair in pairwise(FINGERS[1:]) if set(pair) <= set(straight)]
    apart = [pair for pair in pairs if _angle(keypoints, *pair) > _angle(flat, *pair) + APART]
    if apart and apart == pairs:
        return True, []
    return False, [f"a gap between {one} and {other}" for one, other in apart]


def _angle(keypoints: dict[str, Array], one: str, other: str) -> float:
    """Between two fingers, from knuckle to tip, in degrees."""
    a, b = (keypoints[f"{finger}_tip"] - keypoints[f"{finger}1"] for finger in (one, other))
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))


def _touching(keypoints: dict[str, Array]) -> list[str]:
    thumb = keypoints["thumb_tip"]
    met = [finger for finger in FINGERS[1:] if np.linalg.norm(keypoints[f"{finger}_tip"] - thumb) < TOUCH]
    return [f"tip of the thumb at the tip of {_listed(met)}"] if met else []


def _keypoints(pose: Array, hand: Hand) -> dict[str, Array]:
    """Points of the hand as if it were not turned, by name."""
    with torch.no_grad():
        points = hand.keypoints(hand_pose=torch.tensor(pose[1:]).to(hand.lbs_weights)).double().cpu().numpy()
    return dict(zip(KEYPOINT_NAMES, points, strict=True))


def _listed(fingers: list[str]) -> str:
    if len(fingers) == len(FINGERS):
        return "all fingers"
    return " and ".join(filter(None, [", ".join(fingers[:-1]), fingers[-1]]))


def _to(vector: Array) -> str:
    names = views.directions(vector)
    return " and ".join(f"to the {name}" if name in ("left", "right") else name for name in names)
