"""The key poses as a table: every digit's angles in degrees, and in words how the hand is held.

A thumb is (CMC flexion, CMC abduction, CMC twist, MCP flexion, IP flexion); a finger is (MCP flexion, MCP abduction,
PIP flexion, DIP flexion) and, where it has one, the twist of the MCP. The signs are those of `anatomy`: bending towards
the palm and turning towards the thumb's side are positive. Whole degrees; zero is the flat hand.

How the hand is held is said in directions of the body, for a right hand: where the palm of the flat hand would face,
and where its fingers would point. With the fingers forward and the palm to the left, as for a handshake, nothing is
turned. A direction between two is written with a hyphen: `forward-up`.

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
    """A row of the table."""

    thumb: Digit = (0, 0, 0, 0, 0)
    index: Digit = (0, 0, 0, 0)
    middle: Digit = (0, 0, 0, 0)
    ring: Digit = (0, 0, 0, 0)
    pinky: Digit = (0, 0, 0, 0)
    palm: str = "left"
    fingers: str = "forward"


CURLED: Final = KeyPose(STILL, (84, 0, 98, 60, 3), (84, 0, 98, 60, -3), (84, 1, 98, 60, -5), (84, 2, 98, 60, -17))
RELAXED: Final = KeyPose(STILL, (18, 0, 28, 15), (22, 2, 32, 19, -1), (26, 3, 36, 23, -1), (30, 8, 40, 27, -5))
SPREAD: Final = KeyPose(STILL, (-4, 10, 0, 0, 1), (-4, 3, 0, 0), (-4, -7, 0, 0), (-6, -14, 0, 0, -1))
WIDE: Final = KeyPose(STILL, (-8, 14, 0, 0), (-8, 4, 0, 0), (-8, -9, 0, 0), (-10, -18, 0, 0))
EASY: Final = KeyPose(STILL, (4, 8, 14, 8), (6, 2, 16, 9), (8, -5, 18, 10), (8, -11, 20, 12))
MOUTH: Final = KeyPose(STILL, (50, 0, 14, 8), (52, 0, 14, 8), (52, 1, 14, 8), (50, 3, 16, 8))
BEAK: Final = KeyPose(STILL, (62, 0, 22, 12), (62, 0, 24, 13), (64, 1, 22, 12), (66, 2, 20, 10))
PURSE: Final = KeyPose(STILL, (58, -4, 36, 20), (60, 0, 38, 22), (62, 4, 36, 20), (62, 8, 36, 20))
CLAW: Final = KeyPose(STILL, (-6, 10, 68, 40), (-6, 3, 70, 42), (-6, -6, 70, 42), (-6, -14, 66, 40))
BOWL: Final = KeyPose(STILL, (34, 2, 26, 16), (38, 1, 28, 16), (40, 0, 28, 16), (40, 4, 28, 16))
SKULL: Final = KeyPose(STILL, (16, 10, 38, 24), (18, 3, 40, 25), (20, -5, 42, 26), (22, -12, 42, 27))

LOCK: Final = (48, 1, 12, 22, 33)
"""The thumb over the middle phalanges of curled fingers."""

KEY_POSES: Final[Mapping[str, KeyPose]] = MappingProxyType(
    {
        "flat": KeyPose(),
        "relaxed": replace(RELAXED, thumb=(6, 18, 2, 8, 12)),
        "spread": replace(SPREAD, thumb=(-16, 2, 1, -6, -12)),
        "fist": replace(CURLED, thumb=(23, -4, 24, 34, 51)),
        "thumb-up": replace(CURLED, thumb=(-14, 2, -4, -8, -14)),
        "rock": replace(CURLED, thumb=LOCK, index=(-2, 3, 6, 4), pinky=(-4, 6, 8, 5)),
        "point": replace(CURLED, thumb=(48, 2, 10, 22, 28), index=(0, 0, 6, 3)),
        "pinch": KeyPose(
            (44, 23, -15, 9, -6), (43, 1, 41, 28, -1), (26, 2, 30, 16, -1), (23, 3, 27, 13, -1), (20, 8, 24, 10, -3)
        ),
        "neutral_relaxed": replace(RELAXED, thumb=(6, 18, 2, 8, 12), palm="down"),
        "fingerspreadrelaxed": replace(EASY, thumb=(-8, 6, 0, 2, 6), palm="forward", fingers="up"),
        "neutral_rigid": KeyPose(thumb=(-6, 2, 0, 0, 0), palm="down"),
        "five_count": replace(SPREAD, thumb=(-16, 2, 1, -6, -8), palm="forward", fingers="up"),
        "fingerspreadnormal": replace(SPREAD, thumb=(-14, 2, 1, -4, -4), palm="forward", fingers="up"),
        "fingerspreadrigid": replace(WIDE, thumb=(-22, 2, 1, -10, -16), palm="forward", fingers="up"),
        "good_luck": replace(
            CURLED, thumb=LOCK, index=(0, -6, 8, 4), middle=(8, 8, 10, 6), palm="forward", fingers="up"
        ),
        "fake_gun": replace(CURLED, thumb=(-14, 2, -4, -8, -14), index=(0, 0, 4, 2), middle=(0, 0, 4, 2)),
        "star_trek": KeyPose(
            (
            20, -8, 6, 6, 6), (-2, 0, 2, 1), (-2, 9, 2, 1), (-2, -9, 2, 1), (-2, -8, 2, 1
        ),
        ),
        "star_trek_extended_thumb": KeyPose(
            (-18, 2, 1, -8, -10), (-2, 0, 2, 1), (-2, 9, 2, 1), (-2, -9, 2, 1), (-2, -8, 2, 1), "forward", "up"
        ),
        "thumbup_relaxed": replace(CURLED, thumb=(-4, 2, -2, 4, 8)),
        "thumbup_normal": replace(CURLED, thumb=(-14, 2, -4, -8, -8)),
        "thumbup_rigid": replace(CURLED, thumb=(-20, 2, -4, -12, -18)),
        "thumbtucknormal": replace(CURLED, thumb=(50, 4, 10, 40, 30)),
        "thumbtuckrigid": replace(CURLED, thumb=(50, 4, 10, 45, 40)),
        "aokay": replace(
            SPREAD, thumb=(44, 23, -15, 9, -6), index=(43, 1, 41, 28, -1), palm="forward", fingers="forward-up"
        ),
        "peacock": replace(WIDE, thumb=(44, 23, -15, 9, -6), index=(43, 1, 41, 28, -1), palm="forward", fingers="up"),
        "aokay_upright": replace(
            SPREAD, thumb=(44, 23, -15, 9, -6), index=(43, 1, 41, 28, -1), palm="left", fingers="up"
        ),
        "surfer": replace(CURLED, thumb=(-20, 2, 0, -8, -12), pinky=(-6, -14, 4, 2), palm="back", fingers="up"),
        "rocker": replace(CURLED, thumb=LOCK, index=(-2, 3, 6, 4), pinky=(-4, -6, 8, 5), palm="left", fingers="up"),
        "rocker_frontside": replace(
            CURLED, thumb=LOCK, index=(-2, 3, 6, 4), pinky=(-4, -6, 8, 5), palm="forward", fingers="up"
        ),
        "rocker_backside": replace(
            CURLED, thumb=LOCK, index=(-2, 3, 6, 4), pinky=(-4, -6, 8, 5), palm="back", fingers="up"
        ),
        "fist_rigid": replace(CURLED, thumb=(23, -4, 24, 36, 54)),
        "alligator_open": replace(MOUTH, thumb=(30, 30, 0, 0, 0), palm="down"),
        "alligator_closed": replace(BEAK, thumb=(44, 34, 0, 8, 8), palm="down"),
        "indexpoint": replace(CURLED, thumb=(48, 2, 10, 22, 28), index=(0, 0, 6, 3), palm="down"),
        "one_count": replace(CURLED, thumb=(48, 2, 10, 22, 28), index=(0, 0, 6, 3), palm="forward", fingers="up"),
        "index_point": replace(CURLED, thumb=(48, 2, 10, 22, 28), index=(0, 0, 6, 3), palm="left"),
        "two_count": replace(
            CURLED, thumb=LOCK, index=(-2, 8, 4, 2), middle=(-2, -8, 4, 2), palm="forward", fingers="up"
        ),
        "three_count": replace(SPREAD, thumb=(48, 0, 12, 24, 36), pinky=CURLED.pinky, palm="forward", fingers="up"),
        "four_count": replace(SPREAD, thumb=(48, 0, 12, 24, 36), palm="forward", fingers="up"),
        "indextip": replace(EASY, thumb=(44, 23, -15, 9, -6), index=(43, 1, 41, 28, -1), palm="left", fingers="up"),
        "middletip": replace(EASY, thumb=(48, 20, -5, 15, 0), middle=(50, 0, 45, 28), palm="left", fingers="up"),
        "ringtip": replace(EASY, thumb=(50, 15, 5, 20, 6), ring=(56, 0, 48, 28), palm="left", fingers="up"),
        "pinkytip": replace(EASY, thumb=(50, 8, 15, 25, 15), pinky=(60, 6, 50, 28), palm="left", fingers="up"),
        "palmdown": KeyPose(palm="down"),
        "palmdownwave": KeyPose(
            (0, 2, 0, 0, 0), (10, 0, 8, 4), (12, 0, 8, 4), (14, 0, 8, 4), (16, 0, 8, 4), palm="down"
        ),
        "relaxedwave": KeyPose(
            (0, 4, 0, 4, 4), (6, 3, 14, 8), (8, 1, 14, 8), (10, -2, 16, 8), (12, -4, 16, 8), palm="down"
        ),
        "capisce": replace(PURSE, thumb=(46, 30, 0, 10, 10), palm="back", fingers="up"),
        "claws": replace(CLAW, thumb=(0, 20, 0, 20, 40), palm="forward", fingers="up"),
        "dinosaur": replace(CLAW, thumb=(0, 20, 0, 20, 40), palm="down"),
        "pucker": replace(PURSE, thumb=(46, 30, 0, 10, 10), palm="left"),
        "cup": replace(BOWL, thumb=(20, 20, 0, 10, 10), palm="up"),
        "shakespearesyorick": replace(SKULL, thumb=(4, 30, 0, 10, 20), palm="up"),
        "middlefinger": replace(CURLED, thumb=LOCK, middle=(0, 0, 4, 2), palm="back", fingers="up"),
    }
)  # fmt: skip
"""The eight presets of the live hand, then the 46 gestures (the fist is both)."""

PRESETS: Final = ("flat", "relaxed", "spread", "fist", "thumb-up", "rock", "point", "pinch")
"""The key poses that the live hand offers as buttons, held as for a handshake."""
