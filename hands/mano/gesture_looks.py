"""What one sees in each gesture, in words: the measure that a key pose is held against.

A finger is straight if its tip is more than 0.9 as far from its knuckle as in the flat hand, and bent if less than
0.75; between the two it is neither, and not named. The thumb hardly shortens when it folds, so the knuckle that counts
for it is the little finger's: straight means held away from the palm (more than 0.9), bent laid across it (less than
0.6). Tips touch if they are less than 8 mm apart: half the breadth of a fingertip, which leaves the pads together. The
palm faces one of the six directions of the body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

STRAIGHT: Final = 0.9
BENT: Final = 0.75
ACROSS: Final = 0.6
"""The same for a bent thumb."""
TOUCHING: Final = 0.008
"""Metres."""


@dataclass(frozen=True)
class Look:
    """Which digits are straight and bent, which tips touch, and where the palm faces."""

    straight: tuple[str, ...]
    bent: tuple[str, ...]
    palm: str
    touching: tuple[tuple[str, str], ...] = ()


def _look(straight: str, bent: str, palm: str, touching: str = "") -> Look:
    """From names with spaces between them, `four` being the four fingers, and pairs like `thumb-index`."""
    pairs = (pair.split("-") for pair in touching.split())
    return Look(_digits(straight), _digits(bent), palm, tuple((one, other) for one, other in pairs))


def _digits(names: str) -> tuple[str, ...]:
    return tuple(names.replace("four", "index middle ring pinky").split())


LOOKS: Final[Mapping[str, Look]] = MappingProxyType(
    {
        # name: straight | bent | palm | tips that touch
        "neutral_relaxed": _look("thumb index middle", "", "left"),
        "fingerspreadrelaxed": _look("thumb four", "", "forward"),
        "neutral_rigid": _look("thumb four", "", "left"),
        "five_count": _look("thumb four", "", "forward"),
        "fingerspreadnormal": _look("thumb four", "", "forward"),
        "fingerspreadrigid": _look("thumb four", "", "forward"),
        "good_luck": _look("index middle", "thumb ring pinky", "forward"),
        "fake_gun": _look("thumb index middle", "ring pinky", "left"),
        "star_trek": _look("four", "", "forward"),
        "star_trek_extended_thumb": _look("thumb four", "", "forward"),
        "thumbup_relaxed": _look("thumb", "four", "left"),
        "thumbup_normal": _look("thumb", "four", "left"),
        "thumbup_rigid": _look("thumb", "four", "left"),
        "thumbtucknormal": _look("", "thumb four", "forward"),
        "thumbtuckrigid": _look("", "thumb four", "forward"),
        "aokay": _look("middle ring pinky", "", "left", "thumb-index"),
        "peacock": _look("four", "", "left", "thumb-index"),
        "aokay_upright": _look("middle ring pinky", "", "forward", "thumb-index"),
        "surfer": _look("thumb pinky", "index middle ring", "back"),
        "rocker": _look("index pinky", "thumb middle ring", "left"),
        "rocker_frontside": _look("index pinky", "thumb middle ring", "forward"),
        "rocker_backside": _look("index pinky", "thumb middle ring", "back"),
        "fist": _look("", "thumb four", "left"),
        "fist_rigid": _look("", "thumb four", "left"),
        "alligator_open": _look("four", "", "forward"),
        "alligator_closed": _look("four", "", "forward", "thumb-index"),
        "indexpoint": _look("index", "thumb middle ring pinky", "down"),
        "one_count": _look("index", "thumb middle ring pinky", "forward"),
        "index_point": _look("index", "thumb middle ring pinky", "left"),
        "two_count": _look("index middle", "thumb ring pinky", "forward"),
        "three_count": _look("index middle ring", "thumb pinky", "forward"),
        "four_count": _look("four", "thumb", "forward"),
        "indextip": _look("middle ring pinky", "", "left", "thumb-index"),
        "middletip": _look("index ring pinky", "", "left", "thumb-middle"),
        "ringtip": _look("index middle pinky", "thumb", "left", "thumb-ring"),
        "pinkytip": _look("index middle ring", "thumb", "left", "thumb-pinky"),
        "palmdown": _look("thumb four", "", "down"),
        "palmdownwave": _look("thumb four", "", "down"),
        "relaxedwave": _look("thumb four", "", "down"),
        "capisce": _look("four", "", "up", "thumb-middle"),
        "claws": _look("", "four", "forward"),
        "dinosaur": _look("", "four", "down"),
        "pucker": _look("four", "", "forward", "thumb-middle"),
        "cup": _look("four", "", "up"),
        "shakespearesyorick": _look("thumb", "", "up"),
        "middlefinger": _look("middle", "thumb index ring pinky", "back"),
    }
)
"""The look of each of the 46 gestures."""
