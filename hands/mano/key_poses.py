"""The key poses as a table: every digit's angles in degrees, and in words how the hand is held.

A thumb is (CMC flexion, CMC abduction, CMC twist, MCP flexion, IP flexion); a finger is (MCP flexion, MCP abduction,
PIP flexion, DIP flexion) and, where it has one, the twist of the MCP. The signs are those of `anatomy`: bending towards
the palm and turning towards the thumb's side are positive. Whole degrees; zero is the flat hand.

How the hand is held is said in directions of the body, for a right hand: where the palm of the flat hand would face,
and where its fingers would point. With the fingers forward and the palm to the left, as for a handshake, nothing is
turned. A direction between two is written with a hyphen: `forward-up`.

The angles were set by eye on the default hand and looked at from several sides. Where skin meets skin (tips that touch,
a tucked thumb, crossed fingers) they were solved for contact without penetration once, and rounded.

Explained in the book: *The gestures*, *Meet the hand*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

Digit = tuple[int, ...]
STILL: Final = (0, 0, 0, 0, 0)


@dataclass(frozen=True)
class KeyPose:
    """A row of the table: the five digits, and how the hand is held."""

    thumb: Digit = (0, 0, 0, 0, 0)
    index: Digit = (0, 0, 0, 0)
    middle: Digit = (0, 0, 0, 0)
    ring: Digit = (0, 0, 0, 0)
    pinky: Digit = (0, 0, 0, 0)
    palm: str = "left"
    fingers: str = "forward"


CURLED: Final = KeyPose(STILL, (84, 0, 98, 60, 3), (84, 0, 98, 60, -3), (84, 1, 98, 60, -5), (84, 2, 98, 60, -17))
RELAXED: Final = KeyPose(
    (6, 18, 2, 8, 12), (18, 0, 28, 15), (22, 2, 32, 19, -1), (26, 3, 36, 23, -1), (30, 8, 40, 27, -5)
)
SPREAD: Final = KeyPose(STILL, (-4, 10, 0, 0, 1), (-4, 3, 0, 0), (-4, -7, 0, 0), (-6, -14, 0, 0, -1))
OPEN: Final = KeyPose(STILL, (-2, 7, 2, 1), (-2, 3, 2, 1), (-2, -3, 2, 1), (-4, -5, 3, 2))
WIDE: Final = KeyPose(STILL, (-10, 14, 0, 0), (-10, 5, 0, 0), (-10, -6, 0, 0), (-12, -10, 0, 0))
EASY: Final = KeyPose(STILL, (4, 6, 12, 7), (6, 3, 14, 8), (8, -1, 16, 9), (8, 0, 18, 10))
V_SHAPE: Final = KeyPose(STILL, (-2, 0, 2, 1), (-2, 18, 2, 1), (-2, -9, 2, 1), (-2, 13, 2, 1))
RING: Final = KeyPose((38, 24, -11, 11, 16), (43, -5, 46, 28), (6, 4, 12, 7), (0, -2, 6, 3), (-6, -6, 3, 2))
PURSE: Final = KeyPose((50, 22, -4, 14, 12), (65, -10, 34, 18), (63, 0, 38, 20), (68, 9, 34, 18), (76, 18, 27, 14))
OVER_FINGERS: Final = (48, 1, 12, 22, 33)  # where the thumb holds curled fingers down
POINT: Final = replace(CURLED, thumb=(48, 2, 10, 22, 28), index=(0, 0, 6, 3))
HORNS: Final = replace(CURLED, thumb=OVER_FINGERS, index=(-2, 3, 6, 4), pinky=(-4, 6, 8, 5))

KEY_POSES: Final[Mapping[str, KeyPose]] = MappingProxyType(
    {
        # thumb, index, middle, ring, pinky; then where the palm faces and the fingers point
        "flat": KeyPose(),
        "relaxed": RELAXED,
        "spread": replace(SPREAD, thumb=(-16, 2, 1, -6, -12)),
        "fist": replace(CURLED, thumb=(23, -4, 24, 34, 51)),
        "thumb-up": replace(CURLED, thumb=(-14, 2, -4, -8, -14)),
        "rock": HORNS,
        "point": POINT,
        "pinch": KeyPose(
            (44, 23, -15, 9, -6), (43, 1, 41, 28, -1), (26, 2, 30, 16, -1), (23, 3, 27, 13, -1), (20, 8, 24, 10, -3)
        ),
        "neutral_relaxed": RELAXED,
        "fingerspreadrelaxed": replace(EASY, thumb=(-8, 6, 0, 2, 6), palm="forward", fingers="up"),
        "neutral_rigid": KeyPose((-8, 2, 0, -4, -4)),
        "five_count": replace(OPEN, thumb=(-14, 2, 1, -4, -6), palm="forward", fingers="up"),
        "fingerspreadnormal": replace(SPREAD, thumb=(-16, 2, 1, -6, -8), palm="forward", fingers="up"),
        "fingerspreadrigid": replace(WIDE, thumb=(-22, 2, 1, -10, -16), palm="forward", fingers="up"),
        "good_luck": replace(
            CURLED, thumb=OVER_FINGERS, index=(11, -10, 1, 0), middle=(-16, 23, 26, 15, 10),
            palm="forward", fingers="up",
        ),
        "fake_gun": replace(CURLED, thumb=(-14, 2, -4, -8, -14), index=(0, -4, 4, 2), middle=(0, 16, 4, 2)),
        "star_trek": replace(V_SHAPE, thumb=(12, -2, 4, 4, 6), palm="forward", fingers="up"),
        "star_trek_extended_thumb": replace(V_SHAPE, thumb=(-18, 2, 1, -8, -10), palm="forward", fingers="up"),
        "thumbup_relaxed": KeyPose(
            (-8, 2, -2, 4, 8), (74, 0, 88, 48, 3), (76, 0, 89, 49, -3), (77, 1, 90, 50, -5), (78, 2, 90, 50, -14)
        ),
        "thumbup_normal": replace(CURLED, thumb=(-14, 2, -4, -8, -8)),
        "thumbup_rigid": replace(CURLED, thumb=(-20, 2, -4, -12, -18)),
        "thumbtucknormal": KeyPose(
            (36, -8, 14, 50, 16), (66, 0, 71, 39, 2), (60, 0, 72, 39, -3), (64, 1, 72, 40, -5), (62, 4, 71, 39, -12),
            palm="forward", fingers="up",
        ),
        "thumbtuckrigid": KeyPose(
            (38, -8, 14, 52, 20), (70, 0, 76, 42, 2), (66, 0, 76, 42, -3), (70, 1, 76, 42, -5), (68, 4, 76, 42, -12),
            palm="forward", fingers="up",
        ),
        "aokay": RING,
        "peacock": replace(
            WIDE, thumb=(50, 25, -4, 0, -3), index=(63, 3, 27, 16), middle=(2, 4, 6, 3), fingers="forward-up"
        ),
        "aokay_upright": replace(RING, palm="forward", fingers="up"),
        "surfer": replace(CURLED, thumb=(-20, 2, 0, -8, -12), pinky=(-6, -8, 4, 2), palm="back", fingers="up"),
        "rocker": replace(HORNS, fingers="up"),
        "rocker_frontside": replace(HORNS, palm="forward", fingers="up"),
        "rocker_backside": replace(HORNS, palm="back", fingers="up"),
        "fist_rigid": replace(CURLED, thumb=(21, -4, 24, 38, 48)),
        "alligator_open": KeyPose(
            (46, 36, -4, 0, -4), (30, -12, 8, 4), (30, 0, 8, 4), (30, 5, 8, 4), (30, 17, 8, 4),
            palm="forward", fingers="up",
        ),
        "alligator_closed": KeyPose(
            (49, 25, 0, 9, 0), (68, -2, 27, 14), (70, 6, 30, 15), (70, 9, 26, 13), (70, 17, 24, 12),
            palm="forward", fingers="up",
        ),
        "indexpoint": replace(POINT, palm="down"),
        "one_count": replace(POINT, palm="forward", fingers="up"),
        "index_point": replace(POINT, index=(6, 0, 10, 6)),
        "two_count": replace(
            CURLED, thumb=OVER_FINGERS, index=(-2, 7, 4, 2), middle=(-2, -6, 4, 2), palm="forward", fingers="up"
        ),
        "three_count": replace(OPEN, thumb=(50, -3, 5, 48, 52), pinky=(56, 14, 75, 45), palm="forward", fingers="up"),
        "four_count": replace(OPEN, thumb=(47, -10, 10, 26, 24), palm="forward", fingers="up"),
        "indextip": replace(
            EASY, thumb=(43, 22, -10, 9, 3), index=(43, -1, 46, 27), middle=(14, 2, 20, 12), ring=(12, 0, 20, 12),
            fingers="up",
        ),
        "middletip": replace(
            EASY, thumb=(47, 19, 1, 17, 10), index=(12, 4, 20, 12), middle=(51, 1, 50, 30), ring=(20, 0, 26, 15),
            fingers="up",
        ),
        "ringtip": replace(
            EASY, thumb=(50, 12, 7, 31, 20), middle=(18, 2, 26, 15), ring=(52, 5, 54, 32), pinky=(30, 2, 36, 21),
            fingers="up",
        ),
        "pinkytip": replace(
            EASY, thumb=(46, -2, 6, 38, 32), middle=(10, 2, 18, 10), ring=(32, 2, 34, 20), pinky=(63, 11, 42, 25, -1),
            fingers="up",
        ),
        "palmdown": KeyPose((2, 2, 0, 0, 0), (0, -8, 2, 1), (0, 0, 2, 1), (0, 4, 2, 1), (0, 14, 2, 1), palm="down"),
        "palmdownwave": KeyPose(
            (2, 4, 0, 2, 2), (12, -6, 6, 3), (12, 0, 6, 3), (12, 3, 6, 3), (12, 12, 6, 3), palm="down"
        ),
        "relaxedwave": KeyPose(
            (0, 6, 0, 4, 6), (6, 0, 14, 8), (8, 1, 15, 9), (9, 1, 16, 9), (10, 4, 18, 10), palm="down"
        ),
        "capisce": replace(PURSE, palm="up"),
        "claws": KeyPose(
            (0, 20, 0, 20, 40), (-6, 8, 68, 40), (-6, 4, 70, 42), (-6, -2, 70, 42), (-6, -4, 66, 40),
            palm="forward", fingers="up",
        ),
        "dinosaur": KeyPose(
            (10, 26, 0, 20, 40), (14, 4, 68, 40), (16, 3, 70, 42), (18, 1, 70, 42), (20, 4, 66, 40), palm="down"
        ),
        "pucker": replace(PURSE, palm="forward", fingers="up"),
        "cup": KeyPose(
            (14, 4, 4, 6, 10), (30, -9, 24, 14), (32, 0, 25, 15), (33, 4, 25, 15), (34, 12, 24, 14), palm="up"
        ),
        "shakespearesyorick": KeyPose(
            (-2, 24, 0, 6, 18), (14, 8, 38, 24), (16, 4, 40, 25), (18, -2, 42, 26), (20, -4, 42, 27), palm="up"
        ),
        "middlefinger": replace(CURLED, thumb=OVER_FINGERS, middle=(-2, 6, 3, 2), palm="back", fingers="up"),
    }
)  # fmt: skip
"""The eight presets of the live hand, then the 46 gestures (the fist is both)."""

PRESETS: Final = ("flat", "relaxed", "spread", "fist", "thumb-up", "rock", "point", "pinch")
"""The key poses that the live hand offers as buttons, held as for a handshake."""
