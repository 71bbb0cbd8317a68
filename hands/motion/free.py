"""Free gestures: any of the 46, in any order, with fidgeting between them, as hands move while nobody looks.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from hands.mano.gestures import GESTURES, KEY_POSES, key_angles, orientation
from hands.motion.script import Step
from hands.motion.subjects import Subject

Array = np.ndarray

NAMES: Final = tuple(GESTURES)
FOLLOWED: Final = 0.75
"""How far the hand turns to where a gesture's key pose is held, as a share of the way: people are lazy."""
FIDGETS: Final = 2.4
"""Mean number of small changes after each gesture."""


def free(subject: Subject, rng: np.random.Generator) -> Iterator[Step]:
    """Gesture after gesture, now quick, now slow."""
    pace = 1.0
    while True:
        if rng.random() < 0.15:
            pace = math.exp(rng.normal(0, 0.35))
        name = NAMES[rng.integers(len(NAMES))]
        yield gesture_step(name, rng, pace)
        for _ in range(rng.poisson(FIDGETS)):
            yield _fidget(name, rng, pace)


def gesture_step(name: str, rng: np.random.Generator, pace: float = 1.0, pause: float | None = None) -> Step:
    """A gesture, reached in about 0.6 s and now and then held for a moment; or held for about `pause` seconds."""
    briefly = pace * float(rng.exponential(0.25)) if rng.random() < 0.25 else 0.0
    angles, orient = _key(name)
    return Step(
        angles=angles,
        seconds=min(max(pace * 0.6 * math.exp(rng.normal(0, 0.35)), 0.2), 2.0),
        hold=briefly if pause is None else pause * float(rng.uniform(0.7, 1.4)),
        orient=orient,
        name=name,
    )


def _fidget(name: str, rng: np.random.Generator, pace: float) -> Step:
    """Part of the way to another posture, with some fingers only."""
    (here, orient), (there, _) = _key(name), _key(NAMES[rng.integers(len(NAMES))])
    fingers = np.repeat(rng.random(5) < 0.6, 3)[:, None]
    return Step(
        angles=here + np.where(fingers, rng.uniform(0.2, 0.8), 0.0) * (there - here),
        seconds=min(max(pace * 0.42 * math.exp(rng.normal(0, 0.35)), 0.15), 1.5),
        hold=float(rng.exponential(0.1)) if rng.random() < 0.1 else 0.0,
        orient=orient,
    )


@cache
def _key(name: str) -> tuple[Float[Array, "15 3"], Float[Array, "3 3"]]:
    """Angles (radians) of a gesture, and the hand's orientation on the way to how the gesture is held."""
    held = Rotation.from_rotvec(orientation(KEY_POSES[name].palm, KEY_POSES[name].fingers).numpy())
    return np.radians(key_angles(name).numpy()), Rotation.from_rotvec(FOLLOWED * held.as_rotvec()).as_matrix()
