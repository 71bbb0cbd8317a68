"""The single-hand gestures of InterHand2.6M and their labels: 46 names, 27 coarse classes, 35 fine classes.

Every name is in one fine class and every fine class in one coarse class. Classes follow the look of a pose, not its
name: `neutral_rigid` is one with `five_count`, while `star_trek` and `star_trek_extended_thumb` are two classes. So no
rule on names gives the labels, and the table is typed out.

Source: the names and their codes are InterHand2.6M's (Moon et al. 2020). The grouping is the one that the authors of
the gesture tokens published with their code (Hong and Kosecka 2026); ids are numbered here in coarse order, since they
carry no meaning. Explained in the book: *The gestures*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hands.mano.model_data import Side

_CLASSES: Final[Mapping[str, tuple[dict[str, int], ...]]] = {
    "open hand": (
        {"neutral_relaxed": 0},
        {"fingerspreadrelaxed": 37},
        {"neutral_rigid": 1, "five_count": 27, "fingerspreadnormal": 38, "fingerspreadrigid": 39},
    ),
    "good_luck": ({"good_luck": 2},),
    "fake_gun": ({"fake_gun": 3},),
    "star_trek": ({"star_trek": 4},),
    "star_trek_extended_thumb": ({"star_trek_extended_thumb": 5},),
    "thumbup": ({"thumbup_relaxed": 6}, {"thumbup_normal": 7, "thumbup_rigid": 8}),
    "thumbtuck": ({"thumbtucknormal": 9, "thumbtuckrigid": 10},),
    "ok": ({"aokay": 11, "peacock": 43}, {"aokay_upright": 12}),
    "surfer": ({"surfer": 13},),
    "rocker": ({"rocker": 14}, {"rocker_frontside": 14}, {"rocker_backside": 15}),
    "fist": ({"fist": 16, "fist_rigid": 17},),
    "alligator": ({"alligator_open": 18}, {"alligator_closed": 19}),
    "point": ({"indexpoint": 20, "one_count": 23, "index_point": 48},),
    "two_count": ({"two_count": 24},),
    "three_count": ({"three_count": 25},),
    "four_count": ({"four_count": 26},),
    "indextip": ({"indextip": 29},),
    "middletip": ({"middletip": 30},),
    "ringtip": ({"ringtip": 31},),
    "pinkytip": ({"pinkytip": 32},),
    "palm down": ({"palmdown": 35, "palmdownwave": 36, "relaxedwave": 33},),
    "capisce": ({"capisce": 40},),
    "claw": ({"claws": 41}, {"dinosaur": 51}),
    "pucker": ({"pucker": 42},),
    "cup": ({"cup": 44},),
    "shakespearesyorick": ({"shakespearesyorick": 45},),
    "middlefinger": ({"middlefinger": 58},),
}
"""Coarse class -> its fine classes -> the names in each, with the last two digits of the sequence's code."""

_ONE_SIDED: Final[Mapping[str, tuple[Side, ...]]] = {"palmdownwave": ("right",), "relaxedwave": ("left",)}
_BOTH: Final[tuple[Side, ...]] = ("right", "left")


@dataclass(frozen=True)
class Gesture:
    """A gesture and its labels."""

    name: str
    coarse: int  # 0..26, index into COARSE_NAMES
    fine: int  # 0..34, index into FINE_NAMES
    codes: tuple[int, ...]  # last two digits of its sequences' codes
    sides: tuple[Side, ...]  # the hands that InterHand2.6M has it of


def _gestures() -> dict[str, Gesture]:
    gestures, fine = {}, 0
    for coarse, groups in enumerate(_CLASSES.values()):
        for group in groups:
            for name, code in group.items():
                gestures[name] = Gesture(name, coarse, fine, (code,), _ONE_SIDED.get(name, _BOTH))
            fine += 1
    return gestures


GESTURES: Final[Mapping[str, Gesture]] = MappingProxyType(_gestures())
"""All 46 gestures by name, in the order of their coarse, then their fine classes."""

COARSE_NAMES: Final = tuple(_CLASSES)
"""A name for each of the 27 coarse classes."""

FINE_NAMES: Final = tuple(next(iter(group)) for groups in _CLASSES.values() for group in groups)
"""A name for each of the 35 fine classes: that of its first gesture."""
