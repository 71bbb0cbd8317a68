"""Finger walking: index and middle finger are the legs of a little person on a table, and the wrist travels.

The standing leg swings from front to back while the knuckle above it goes a stride ahead, so that its tip stays where
it was put down; the other leg bends its knee and swings to the front meanwhile. The knuckles go up and down by what the
legs are shorter when they are apart:

    stride = 2 l sin(a),   drop = l (1 - cos(a)),   l a leg's length, a its swing to either side.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from hands.mano.key_poses import KeyPose
from hands.motion.postures import JOINTS, Posture, posture
from hands.motion.rounds import held
from hands.motion.script import Step

LEGS: Final = ("index", "middle")
UPRIGHT: Final = held("down-back", "forward-down")
STANDING: Final = posture(
    KeyPose((4, 14, 0, 14, 20), (42, 2, 2, 5), (25, -4, 30, 8), (70, 1, 84, 44, -5), (72, 4, 84, 44, -12))
)
"""Held `UPRIGHT`, index and middle stand on the table, the longer one with a bent knee; the others keep off."""
SWING: Final = math.radians(18)
"""Of a leg, to either side."""
KNEE: Final = math.radians(58)
"""How much more than a standing leg the swinging one is bent."""
LEG: Final = 0.0814
"""Metres from knuckle to tip; with the angles of `STANDING`, it was fitted to feet that stay where they are."""
STRIDE: Final = 2 * LEG * math.sin(SWING)
DROP: Final = np.array([0.0, 0.0, -LEG * (1 - math.cos(SWING))])
LIFTED: Final = np.array([0.0, 0.0, 0.06])


def walking(rng: np.random.Generator) -> Iterator[Step]:
    """Some strides over the table in one direction; then the hand is lifted, turned and set down anew."""
    heading = Rotation.from_euler("z", rng.normal(0, 25), degrees=True).as_matrix()
    orient, stride = heading @ UPRIGHT, heading @ np.array([-STRIDE, 0.0, 0.0])
    strides, seconds = int(rng.integers(4, 8)), rng.uniform(0.24, 0.36)
    front, back = LEGS if rng.random() < 0.5 else LEGS[::-1]
    place = -0.5 * strides * stride
    yield Step(STANDING, seconds=0.7, orient=orient, place=place + LIFTED)
    for _ in range(strides):
        yield _landed(front, back, seconds, orient, place)
        passing = _legs({front: (0.0, 0.0), back: (math.radians(4), KNEE)})
        yield Step(passing, seconds=seconds, orient=orient, place=place + 0.5 * stride, exact=True)
        front, back, place = back, front, place + stride
    yield _landed(front, back, seconds, orient, place, hold=rng.uniform(0.1, 0.6))
    yield Step(STANDING, seconds=0.5, orient=orient, place=place + LIFTED)


def _landed(
    front: str,
    back: str,
    seconds: float,
    orient: Float[np.ndarray, "3 3"],
    place: Float[np.ndarray, " 3"],
    hold: float = 0.02,
) -> Step:
    """Both feet on the table, the front one just put down."""
    legs = _legs({front: (-SWING, 0.0), back: (SWING, 0.0)})
    return Step(legs, seconds, hold, orient, place + DROP, exact=True, name=f"{front} in front")


def _legs(bent: dict[str, tuple[float, float]]) -> Posture:
    """Each leg so far behind the vertical, and bent at the knee by so much more, radians."""
    result = STANDING.copy()
    for leg, angles in bent.items():
        hip = JOINTS[leg].start
        result[[hip, hip + 1], 0] += angles
    return result
