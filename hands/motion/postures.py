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
from hands.mano.key_poses import CURLED, EASY, KEY_POSES, OVER_FINGERS, RELAXED, KeyPose

Posture = Float[np.ndarray, "15 3"]

FOUR: Final = FINGERS[1:]
"""The digits without the thumb."""

JOINTS: Final[Mapping[str, slice]] = MappingProxyType({d: slice(3 * i, 3 * i + 3) for i, d in enumerate(MANO_FINGERS)})
"""Which of the 15 finger joints belong to a digit."""


def posture(row: KeyPose) -> Posture:
    """The angles of a row of the table, radians."""
    angles = np.zeros((15, 3))
    for digit in FOUR:
        flexion, abduction, middle, last, twist = (*getattr(row, digit), 0)[:5]
        angles[JOINTS[digit]] = [(flexion, abduction, twist), (middle, 0, 0), (last, 0, 0)]
    flexion, abduction, twist, middle, last = row.thumb
    angles[JOINTS["thumb"]] = [(flexion, abduction, twist), (middle, 0, 0), (last, 0, 0)]
    return np.radians(angles)


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


def thumb(*degrees: int) -> Posture:
    """A flat hand whose thumb is bent: CMC flexion, abduction and twist, MCP and IP flexion."""
    return posture(KeyPose(thumb=degrees))


FLAT: Final = posture(KeyPose())
EASE: Final = posture(RELAXED)
"""The hand at rest."""
LOOSE: Final = posture(EASY)
"""Nearly straight, without effort."""
STRAIGHT: Final = posture(KEY_POSES["five_count"])
SPREAD: Final = posture(KEY_POSES["fingerspreadnormal"])
CLOSED: Final = posture(CURLED)
"""Fingers as in a fist, the thumb flat."""
FIST: Final = posture(KEY_POSES["fist"])
THUMB_OVER: Final = thumb(*OVER_FINGERS)
"""Where the thumb holds curled fingers down."""
