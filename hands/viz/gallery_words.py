"""What a hand looks like, in words, for people who cannot see its picture: found from the pose alone."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import torch

from hands.conventions import FINGERS, KEYPOINT_NAMES, NUM_JOINTS
from hands.mano import Hand
from hands.mano.gesture_looks import ACROSS, BENT, STRAIGHT, TOUCHING
from hands.viz import gallery_views as views
from hands.viz.live import Array, ArrayLike, array_of_shape

FOLDED: Final = 45.0
"""Degrees by which a straight finger must have left its place in the flat hand to be called bent at the knuckle."""

SPREAD: Final = 1.5
GAP: Final = 10.0
"""Degrees by which straight neighbours stand wider than in the flat hand: on the average for a spread hand, and for one
gap between fingers that otherwise stand together."""


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
    keypoints, flat = _keypoints(pose, hand), _keypoints(np.zeros_like(pose), hand)
    looks = _looks(keypoints, flat)
    spread, gaps = _apart(looks["straight"], keypoints, flat)
    if spread:
        looks = {"straight and spread" if look == "straight" else look: names for look, names in looks.items()}
    fingers = [f"{_listed(names)} {look}" for look, names in looks.items() if names]
    turn = views.held(pose, hand.data.side)
    held = f"palm {_to(turn @ views.PALM)}, hand pointing {_to(turn @ views.FINGERS)}"
    return f"{', '.join([*fingers, *gaps, *_touching(keypoints)])}; {held}"


def _looks(keypoints: dict[str, Array], flat: dict[str, Array]) -> dict[str, list[str]]:
    """Word -> the digits that it holds for, by the measure of `hands.mano.gesture_looks`."""
    looks: dict[str, list[str]] = {"straight": [], "straight but bent at the knuckle": [], "half bent": [], "bent": []}
    for finger in FINGERS:
        knuckle = "pinky1" if finger == "thumb" else f"{finger}1"
        reach = _between(keypoints, f"{finger}_tip", knuckle) / _between(flat, f"{finger}_tip", knuckle)
        bent = reach < (ACROSS if finger == "thumb" else BENT)
        straight = "straight" if _turned(keypoints, flat, finger) < FOLDED else "straight but bent at the knuckle"
        looks["bent" if bent else straight if reach > STRAIGHT else "half bent"].append(finger)
    return looks


def _turned(keypoints: dict[str, Array], flat: dict[str, Array], finger: str) -> float:
    """How far a finger has left its place in the flat hand, in degrees; a thumb may go where it likes."""
    return 0.0 if finger == "thumb" else _degrees(_along(keypoints, finger), _along(flat, finger))


def _apart(straight: list[str], keypoints: dict[str, Array], flat: dict[str, Array]) -> tuple[bool, list[str]]:
    """Whether straight neighbours stand apart; and if not all do, which cross and between which there is a gap."""
    pairs = [pair for pair in pairwise(FINGERS[1:]) if set(pair) <= set(straight)]
    if not pairs:
        return False, []
    if crossed := [pair for pair in pairs if _cross(keypoints, *pair)]:
        return False, [f"{one} and {other} crossed" for one, other in crossed]
    wider = [_between_fingers(keypoints, *pair) - _between_fingers(flat, *pair) for pair in pairs]
    if min(wider) > 0:
        return float(np.mean(wider)) > SPREAD, []
    gaps = [pair for pair, degrees in zip(pairs, wider, strict=True) if degrees > GAP]
    return False, [f"a gap between {one} and {other}" for one, other in gaps]


def _cross(keypoints: dict[str, Array], one: str, other: str) -> bool:
    """Whether two tips stand the other way round than the knuckles."""
    tips, knuckles = (keypoints[f"{one}{end}"] - keypoints[f"{other}{end}"] for end in ("_tip", "1"))
    return bool(tips[2] * knuckles[2] < 0)


def _between_fingers(keypoints: dict[str, Array], one: str, other: str) -> float:
    return _degrees(_along(keypoints, one), _along(keypoints, other))


def _along(keypoints: dict[str, Array], finger: str) -> Array:
    """From knuckle to tip."""
    return keypoints[f"{finger}_tip"] - keypoints[f"{finger}1"]


def _degrees(a: Array, b: Array) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))


def _touching(keypoints: dict[str, Array]) -> list[str]:
    met = [finger for finger in FINGERS[1:] if _between(keypoints, "thumb_tip", f"{finger}_tip") < TOUCHING]
    return [f"tip of the thumb at the tip of {_listed(met)}"] if met else []


def _between(keypoints: dict[str, Array], one: str, other: str) -> float:
    return float(np.linalg.norm(keypoints[one] - keypoints[other]))


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
