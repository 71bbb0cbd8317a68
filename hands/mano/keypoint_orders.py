"""How trackers and data sets list the points of one hand, and where each point is among our 21 keypoints.

MediaPipe's points are its *world* landmarks, in metres (OpenPose lists the same points). OpenXR and WebXR have one
point more for each finger, the base of its metacarpal, where MANO has no joint; OpenXR also the middle of the palm.
Leap and InterHand2.6M count in millimetres. All of them place their joints a little differently in the same hand, by
up to a centimetre at the knuckles: an order says which point is meant, not that two trackers agree on where it is.

Source: MediaPipe Hands, OpenXR 1.1 (`XrHandJointEXT`), WebXR Hand Input (`XRHandJoint`), Leap (`Bone`, with the thumb's
metacarpal of length zero), InterHand2.6M (`skeleton.txt`). Explained in the book: *Fitting a hand to points*.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from hands.conventions import FINGERS, KEYPOINT_NAMES


class KeypointOrder(NamedTuple):
    """Names, places and unit of a tracker's points."""

    names: tuple[str, ...]  # its own names, in its own order
    ours: tuple[int | None, ...]  # which of our 21 keypoints each is; None for a point that a MANO hand does not have
    metres: float  # length of its unit


_DIGITS: Final = ("1", "2", "3", "_tip")


def _order(names: Sequence[str], ours: Sequence[str | None], metres: float = 1.0) -> KeypointOrder:
    return KeypointOrder(tuple(names), tuple(None if k is None else KEYPOINT_NAMES.index(k) for k in ours), metres)


def _mediapipe() -> KeypointOrder:
    digits = ("THUMB", "INDEX_FINGER", "MIDDLE_FINGER", "RING_FINGER", "PINKY")
    parts = [("CMC", "MCP", "IP", "TIP"), *[("MCP", "PIP", "DIP", "TIP")] * 4]
    names = [f"{digit}_{part}" for digit, four in zip(digits, parts, strict=True) for part in four]
    return _order(["WRIST", *names], KEYPOINT_NAMES)


def _openxr(first: tuple[str, ...], digits: tuple[str, ...], parts: tuple[str, ...], pattern: str) -> KeypointOrder:
    """Thumb of four points, fingers of five; the fingers' metacarpals lie in the palm, where MANO has no joint."""
    metacarpal, proximal, intermediate, distal, tip = parts
    names: list[str] = list(first)
    ours: list[str | None] = [None] * (len(first) - 1) + ["wrist"]
    for digit, finger in zip(digits, FINGERS, strict=True):
        thumb = finger == "thumb"
        four = (metacarpal, proximal, distal, tip) if thumb else (proximal, intermediate, distal, tip)
        names += [pattern.format(digit, part) for part in (four if thumb else (metacarpal, *four))]
        ours += [*([] if thumb else [None]), *(f"{finger}{k}" for k in _DIGITS)]
    return _order(names, ours)


def _leap() -> KeypointOrder:
    """A wrist, then mcp, pip, dip and btip of each digit; the thumb's "mcp" is its CMC, since it has no metacarpal."""
    names = [f"{finger}_{part}" for finger in FINGERS for part in ("mcp", "pip", "dip", "btip")]
    return _order(["wrist", *names], KEYPOINT_NAMES, metres=0.001)


def _interhand() -> KeypointOrder:
    """Each digit from its tip (4) to its knuckle (1), the wrist last; of the 42 joints, those of one hand."""
    names = [f"{finger}{k}" for finger in FINGERS for k in (4, 3, 2, 1)]
    ours = [f"{finger}{k}" for finger in FINGERS for k in reversed(_DIGITS)]
    return _order([*names, "wrist"], [*ours, "wrist"], metres=0.001)


_OPENXR_DIGITS: Final = ("THUMB", "INDEX", "MIDDLE", "RING", "LITTLE")
_OPENXR_PARTS: Final = ("METACARPAL", "PROXIMAL", "INTERMEDIATE", "DISTAL", "TIP")
_WEBXR_DIGITS: Final = ("thumb", "index-finger", "middle-finger", "ring-finger", "pinky-finger")
_WEBXR_PARTS: Final = (
    "metacarpal",
    "phalanx-proximal",
    "phalanx-intermediate",
    "phalanx-distal",
    "tip",
)

KEYPOINT_ORDERS: Final[Mapping[str, KeypointOrder]] = MappingProxyType(
    {
        "hands": _order(KEYPOINT_NAMES, KEYPOINT_NAMES),
        "mediapipe": _mediapipe(),
        "openxr": _openxr(("PALM", "WRIST"), _OPENXR_DIGITS, _OPENXR_PARTS, "{}_{}"),
        "webxr": _openxr(("wrist",), _WEBXR_DIGITS, _WEBXR_PARTS, "{}-{}"),
        "leap": _leap(),
        "interhand": _interhand(),
    }
)
"""The orders that `mano.fit` reads, by name; "hands" is our own."""
