"""Range-of-motion movements of the whole hand: interlocking, random gestures, calibration.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from hands.mano.gestures import GESTURES, KEY_POSES
from hands.mano.key_poses import KeyPose
from hands.motion.free import gesture_step
from hands.motion.postures import FIST, FLAT, SPREAD, but, posture
from hands.motion.rounds import VIEWS
from hands.motion.script import Step
from hands.motion.subjects import Subject

INTERLACED: Final = posture(
    KeyPose((-8, 24, 0, 6, 12), (14, 16, 14, 8), (16, 4, 15, 9), (16, -9, 15, 9), (14, -20, 14, 8))
)
"""Fingers spread as far as those of another hand between them ask for."""
CLASPED: Final = posture(
    KeyPose((-4, 34, 0, 10, 20), (56, 14, 66, 26), (58, 4, 68, 28), (58, -8, 68, 28), (56, -18, 64, 26))
)
SQUEEZED: Final = posture(
    KeyPose((-2, 36, 0, 14, 26), (64, 13, 74, 32), (66, 4, 76, 34), (66, -7, 76, 34), (64, -17, 72, 32))
)


def interlocking(rng: np.random.Generator) -> Iterator[Step]:
    """Fingers are spread, pushed between those of a hand that is not there, closed, squeezed, opened, drawn out."""
    apart = np.array([0.0, 0.06, 0.0])
    yield Step(SPREAD, seconds=0.7, hold=rng.uniform(0.05, 0.3), place=apart)
    for _ in range(rng.integers(1, 4)):
        yield Step(INTERLACED, seconds=0.6, hold=rng.uniform(0.03, 0.2), exact=True, name="interlaced")
        yield Step(CLASPED, seconds=rng.uniform(0.5, 0.7), hold=rng.uniform(0.2, 0.8), exact=True, name="clasped")
        for _ in range(rng.integers(0, 4)):
            yield Step(SQUEEZED, seconds=0.3, hold=rng.uniform(0.05, 0.3), exact=True, name="clasped")
            yield Step(CLASPED, seconds=0.3, hold=rng.uniform(0.05, 0.2), exact=True, name="clasped")
    yield Step(INTERLACED, seconds=0.6, hold=0.05, exact=True, name="interlaced")


def random_gestures(rng: np.random.Generator) -> Iterator[Step]:
    """Five of the 46 gestures, each held for a second or two."""
    for name in rng.choice(list(GESTURES), 5, replace=False):
        yield gesture_step(str(name), rng, pace=1.5, pause=1.3)


THUMB_IN: Final = but(FLAT, thumb=(44, -8, 10, 30, 30))
THUMB_OUT: Final = but(FLAT, thumb=(-18, 4, 0, -10, -14))
PINCH: Final = posture(KEY_POSES["indextip"])
FLEXION, DEVIATION, TURN = 50.0, 18.0, 80.0
"""Degrees that the wrist bends and the forearm turns in a calibration."""


def calibration(subject: Subject, rng: np.random.Generator) -> Iterator[Step]:
    """As a glove is calibrated, always in the same order: postures first, then the wrist, then all again."""
    start = VIEWS["palm down"]
    while True:
        for angles, name in (
            (FLAT, "flat"), (FIST, "fist"), (FLAT, "flat"), (THUMB_OUT, "thumb out"), (THUMB_IN, "thumb in"),
            (FLAT, "flat"), (PINCH, "pinch"), (FLAT, "flat"), (SPREAD, "spread"), (FLAT, "flat"),
        ):  # fmt: skip
            yield Step(angles, rng.uniform(0.9, 1.2), rng.uniform(1.0, 1.6), start, exact=True, name=name)
        for axis, degrees, name in (("z", FLEXION, "flexion"), ("y", DEVIATION, "deviation"), ("x", TURN, "rotation")):
            for side in (1, -1, 0):
                orient = start if side == 0 else start @ _turned(axis, side * degrees)
                yield Step(
                    FLAT, rng.uniform(1.2, 1.6), rng.uniform(0.3, 0.6), orient, exact=True, name=f"{name} {side:+}"
                )


def _turned(axis: str, degrees: float) -> Float[np.ndarray, "3 3"]:
    return Rotation.from_euler(axis, degrees, degrees=True).as_matrix()
