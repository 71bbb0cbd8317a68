"""Range-of-motion movements of the four fingers: counting, bending, tapping, wiggling, crossing.

Each function is one round of a movement; `programs` says which round belongs to which program. Angles of contacts were
solved on the default hand without sinking in, and rounded to whole degrees.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from hands.conventions import FINGERS
from hands.mano.key_poses import KEY_POSES, KeyPose
from hands.motion.postures import (
    CLOSED,
    FIST,
    FLAT,
    FOUR,
    HALF_CLOSED,
    JOINTS,
    LOOSE,
    STRAIGHT,
    Posture,
    but,
    posture,
    towards,
)
from hands.motion.rounds import held
from hands.motion.script import Step

COUNTING: Final = (
    ("index", "middle", "ring", "pinky", "thumb"),
    ("thumb", "index", "middle", "ring", "pinky"),
    ("pinky", "ring", "middle", "index", "thumb"),
)
"""Orders in which people put up fingers: from the index, from the thumb, or from the little finger."""

THREE: Final = posture(KEY_POSES["three_count"])
FOUR_UP: Final = posture(KEY_POSES["four_count"])
THUMB_OFF: Final = but(FLAT, thumb=(0, 24, 0, 8, 16))
"""Lifted off the fingers, so that they can pass."""


def counting(rng: np.random.Generator) -> Iterator[Step]:
    """From a fist to five, or from five to the fist, in one of three orders; each number is held."""
    order = COUNTING[rng.choice(3, p=[0.45, 0.4, 0.15])]
    numbers = list(range(6)) if rng.random() < 0.7 else list(range(5, -1, -1))
    now = FIST
    for number in numbers:
        target = counted(order[:number])
        lifted = towards(now, THUMB_OFF, ["thumb"])
        if "thumb" not in order[:number]:
            yield Step(lifted, seconds=0.3)
        yield Step(target, seconds=rng.uniform(0.4, 0.6), hold=rng.uniform(0.4, 0.9), name=f"count {number}")
        now = target


def counted(straight: Sequence[str]) -> Posture:
    """These digits straight, the others bent, the thumb on those it can reach."""
    up = set(straight)
    result = towards(HALF_CLOSED, STRAIGHT, up)
    if "thumb" in up:
        return result
    if up == set(FOUR):
        return towards(result, FOUR_UP, ["thumb"])
    if up == {"index", "middle", "ring"}:
        return towards(result, THREE, ["thumb", "pinky"])
    if up >= {"index", "middle"}:
        return but(result, thumb=(46, 43, -10, 39, 56), ring=(93, 1, 46, 44, -5))
    if "middle" in up:
        return but(result, thumb=(22, 43, -23, 19, 76), index=(65, 0, 84, 40, 3))
    return towards(result, FIST, ["thumb", "middle"])


WHOLE: Final = but(CLOSED, thumb=(34, 2, 8, 45, 68))
HOOK: Final = posture(KeyPose((4, 8, 0, 20, 70), (2, 2, 98, 58), (2, 1, 100, 60), (2, 0, 98, 58), (2, 0, 94, 56)))
KNUCKLES: Final = posture(KeyPose((34, 4, 6, 48, 8), (84, 0, 6, 4), (84, 0, 6, 4), (82, 1, 6, 4), (80, 3, 6, 4)))


def bending(rng: np.random.Generator) -> Iterator[Step]:
    """Each digit in turn is bent and stretched, twice or more; then all of them, with all joints or with some."""
    order = FINGERS if rng.random() < 0.6 else FINGERS[::-1]
    for digit in order:
        for _ in range(rng.integers(2, 4)):
            bent = towards(STRAIGHT, WHOLE, [digit], share=rng.uniform(0.85, 1.0))
            yield Step(bent, seconds=rng.uniform(0.45, 0.65), hold=rng.uniform(0.02, 0.15), name=f"{digit} bent")
            yield Step(STRAIGHT, seconds=rng.uniform(0.4, 0.55), hold=rng.uniform(0.02, 0.1))
    together = (WHOLE, HOOK, KNUCKLES)[rng.integers(3)]
    for _ in range(rng.integers(2, 4)):
        yield Step(towards(STRAIGHT, together, FOUR, rng.uniform(0.85, 1.0)), seconds=0.6, hold=rng.uniform(0.05, 0.3))
        yield Step(STRAIGHT, seconds=0.55, hold=rng.uniform(0.05, 0.2))


ON_TABLE: Final = posture(
    KeyPose((23, 33, -5, 10, 16), (39, 4, 32, 19), (22, 2, 36, 21), (21, 0, 36, 21), (34, 2, 32, 18))
)
"""All five tips on one plane, the hand arched over it."""
TABLE: Final = held("down", "forward") @ Rotation.from_euler("x", -13.5, degrees=True).as_matrix()
"""R_wh that makes this plane level."""
RAISED: Final = posture(KeyPose((0, 28, -2, 6, 10), (6, 4, 22, 12), (-8, 2, 26, 15), (-6, 0, 26, 15), (2, 2, 22, 12)))


def tapping(rng: np.random.Generator) -> Iterator[Step]:
    """On a table: each digit taps some times, then they drum one after the other, to and fro."""
    yield Step(ON_TABLE, seconds=0.5, hold=0.2, orient=TABLE, exact=True)
    for digit in FINGERS if rng.random() < 0.5 else FINGERS[::-1]:
        for _ in range(rng.integers(2, 5)):
            yield from _tap(digit, rng.uniform(0.14, 0.24), rng.uniform(0.6, 1.0))
    for _ in range(rng.integers(2, 5)):
        for digit in FINGERS[::-1] if rng.random() < 0.7 else FINGERS:
            yield from _tap(digit, rng.uniform(0.1, 0.14), rng.uniform(0.4, 0.7))
        yield Step(ON_TABLE, seconds=0.2, hold=rng.uniform(0.1, 0.5), orient=TABLE, exact=True)


def _tap(digit: str, seconds: float, height: float) -> Iterator[Step]:
    raised = towards(ON_TABLE, RAISED, [digit], height)
    yield Step(raised, seconds=1.3 * seconds, hold=0.02, orient=TABLE, exact=True)
    yield Step(ON_TABLE, seconds=seconds, hold=0.06, orient=TABLE, exact=True, name=f"{digit} taps")


UP: Final = posture(KeyPose((-4, 12, 0, 4, 8), (-8, 4, 8, 5), (-8, 2, 8, 5), (-6, -2, 8, 5), (-6, -4, 8, 5)))
DOWN: Final = posture(KeyPose((10, 14, 0, 14, 22), (48, 2, 38, 22), (50, 1, 40, 24), (50, 0, 40, 24), (46, 2, 36, 22)))


def wiggling(rng: np.random.Generator) -> Iterator[Step]:
    """All fingers at once, quickly: every second one down and the others up, or a wave that runs over the hand."""
    quick, deep = rng.uniform(0.2, 0.32), rng.uniform(0.6, 1.0)
    pattern = (_alternate, _wave)[rng.integers(2)]
    for down in pattern(int(rng.integers(4, 9)), rng):
        share = deep * rng.uniform(0.85, 1.0)
        yield Step(towards(towards(LOOSE, UP, share=0.8), DOWN, down, share), seconds=quick * rng.uniform(0.9, 1.15))
    yield Step(LOOSE, seconds=0.4, hold=rng.uniform(0.05, 0.4))


def _alternate(times: int, rng: np.random.Generator) -> Iterator[Sequence[str]]:
    sets = (("index", "ring"), ("middle", "pinky", "thumb"))
    return (sets[k % 2] for k in range(2 * times))


def _wave(times: int, rng: np.random.Generator) -> Iterator[Sequence[str]]:
    order = FOUR if rng.random() < 0.4 else FOUR[::-1]
    return ([finger] for _ in range(times) for finger in order)


CROSSED: Final = {
    ("middle", "index"): but(LOOSE, index=(26, -8, 4, 2), middle=(-19, 23, 44, 43, 18)),
    ("index", "middle"): but(LOOSE, index=(-14, 2, 32, 9, -18), middle=(27, 23, -8, 2)),
    ("ring", "pinky"): but(LOOSE, ring=(0, -23, 58, 19, -18), pinky=(40, 12, 12, 2)),
}
"""The first finger lies over the back of the second, on the back of its last joint."""


def crossing(rng: np.random.Generator) -> Iterator[Step]:
    """Neighbours cross and part again, pair after pair: the upper finger is lifted and the lower one ducks first."""
    pairs = list(CROSSED)
    for k in rng.permutation(len(pairs)):
        pair = pairs[k]
        apart = _ducked(pair)
        for _ in range(rng.integers(1, 4)):
            yield Step(apart, seconds=rng.uniform(0.35, 0.5), exact=True)
            yield Step(
                CROSSED[pair], seconds=0.45, hold=rng.uniform(0.2, 0.7), exact=True, name=f"{pair[0]} over {pair[1]}"
            )
            yield Step(apart, seconds=0.4, exact=True)
            yield Step(LOOSE, seconds=0.4, hold=rng.uniform(0.05, 0.3))


def _ducked(pair: tuple[str, str]) -> Posture:
    """Where two fingers pass each other: the one that will lie on top is lifted, the other one bent."""
    over, under = pair
    bent = CROSSED[pair].copy()
    bent[JOINTS[over], 0] *= 0.5
    bent[JOINTS[over].start, 0] = np.radians(-28)
    bent[JOINTS[under].start, 0] += np.radians(18)
    return bent
