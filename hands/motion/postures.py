"""Postures of a hand, taken apart and put together: the words in which programs of movements are written.

A posture is the flexion, abduction and twist of the 15 finger joints, in radians, as a `Step` holds it. It is written
as a row of `key_poses`, in whole degrees, and varied by going part of the way to another one with some of the digits.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from jaxtyping import Float

from hands.conventions import FINGERS, MANO_FINGERS
from hands.mano.key_poses import CURLED, EASY, KEY_POSES, RELAXED, KeyPose

Posture = Float[np.ndarray, "15 3"]

FOUR: Final = FINGERS[1:]
"""The digits without the thumb."""

JOINTS: Final[Mapping[str, slice]] = MappingProxyType({d: slice(3 * i, 3 * i + 3) for i, d in enumerate(MANO_FINGERS)})
"""Which of the 15 finger joints belong to a digit."""


def posture(row: KeyPose) -> Posture:
    """The angles of a row of the table, radians."""
    return but(np.zeros((15, 3)), **{digit: getattr(row, digit) for digit in FINGERS})


def but(here: Posture, **cells: tuple[int, ...]) -> Posture:
    """`here`, but for these digits, which are given as in the table, in degrees."""
    result = here.copy()
    for digit, cell in cells.items():
        result[JOINTS[digit]] = np.radians(_thumb(*cell) if digit == "thumb" else _finger(*cell))
    return result


def _thumb(flexion: int, abduction: int, twist: int, middle: int, last: int) -> list[tuple[int, int, int]]:
    return [(flexion, abduction, twist), (middle, 0, 0), (last, 0, 0)]


def _finger(flexion: int, abduction: int, middle: int, last: int, twist: int = 0) -> list[tuple[int, int, int]]:
    return [(flexion, abduction, twist), (middle, 0, 0), (last, 0, 0)]


def towards(here: Posture, there: Posture, digits: Iterable[str] = FINGERS, share: float = 1.0) -> Posture:
    """`here`, with some digits moved a share of the way to how they are `there`.

    Example:
        >>> half = towards(FLAT, CLOSED, ["index"], 0.5)
        >>> np.degrees(half[:, 0]).round().astype(int).tolist()
        [42, 49, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    """
    result = here.copy()
    for digit in digits:
        joints = JOINTS[digit]
        result[joints] += share * (there[joints] - here[joints])
    return result


FLAT: Final = posture(KeyPose())
EASE: Final = posture(RELAXED)
"""The hand at rest."""
LOOSE: Final = posture(EASY)
"""Nearly straight, without effort."""
STRAIGHT: Final = posture(KEY_POSES["five_count"])
SPREAD: Final = posture(KEY_POSES["fingerspreadnormal"])
CLOSED: Final = posture(CURLED)
"""Fingers curled as far as they go, the thumb flat."""
HALF_CLOSED: Final = posture(
    KeyPose(index=(66, 0, 80, 40, 3), middle=(72, 0, 80, 42, -3), ring=(78, 1, 76, 44, -5), pinky=(80, 2, 78, 46, -14))
)
"""Fingers curled without force, the thumb flat."""
FIST: Final = but(HALF_CLOSED, thumb=(30, 43, -8, 27, 70), middle=(80, 0, 63, 42, -3))
"""A fist without force: the thumb rests on the middle finger and sinks into nothing."""
