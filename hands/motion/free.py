"""Free gestures: any of the 46, in any order, with fidgeting between them, as hands move while nobody looks.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from hands.mano.gestures import GESTURES, KEY_POSES, key_angles, orientation
from hands.motion.script import Step
from hands.motion.subjects import Subject
from hands.motion.variation import KNUCKLES

Array = np.ndarray

NAMES: Final = tuple(GESTURES)
FOLLOWED: Final = 0.75
"""How far the hand turns to where a gesture's key pose is held, as a share of the way: people are lazy."""
FIDGETS: Final = 2.4
"""Mean number of fidgets after each gesture: changes of mind, and what follows."""
TAPS, WAVES = 0.12, 0.08
"""Of the fidgets, how many are taps of fingers and waves of the hand."""
PACE, SPREAD = 0.3, 0.35
"""Spread of the logarithm of how quick a phase is, and of how quick a movement is within it."""


def free(subject: Subject, rng: np.random.Generator) -> Iterator[Step]:
    """Gesture after gesture, with fidgeting between them, now quick, now slow."""
    pace = 1.0
    while True:
        if rng.random() < 0.15:
            pace = math.exp(rng.normal(0, PACE))
        name = NAMES[rng.integers(len(NAMES))]
        yield gesture_step(name, rng, pace)
        for _ in range(rng.poisson(FIDGETS)):
            kind = rng.random()
            if kind < TAPS:
                yield from _taps(name, rng, pace)
            elif kind < TAPS + WAVES:
                yield from _waves(name, rng, pace)
            else:
                yield _change_of_mind(name, rng, pace)


def gesture_step(name: str, rng: np.random.Generator, pace: float = 1.0, pause: float | None = None) -> Step:
    """A gesture, reached in about 0.6 s and now and then held for a moment; or held for about `pause` seconds."""
    briefly = pace * float(rng.exponential(0.25)) if rng.random() < 0.25 else 0.0
    angles, orient = _key(name)
    return Step(
        angles=angles,
        seconds=_about(0.54 * pace, rng, 0.2, 2.0),
        hold=briefly if pause is None else pause * float(rng.uniform(0.7, 1.4)),
        orient=orient,
        name=name,
    )


def _change_of_mind(name: str, rng: np.random.Generator, pace: float) -> Step:
    """Part of the way to another posture, with some fingers only."""
    (here, orient), (there, _) = _key(name), _key(NAMES[rng.integers(len(NAMES))])
    fingers = np.repeat(rng.random(5) < 0.6, 3)[:, None]
    return Step(
        angles=here + np.where(fingers, rng.uniform(0.2, 0.8), 0.0) * (there - here),
        seconds=_about(0.37 * pace, rng, 0.15, 1.5),
        hold=float(rng.exponential(0.1)) if rng.random() < 0.1 else 0.0,
        orient=orient,
    )


def _taps(name: str, rng: np.random.Generator, pace: float) -> Iterator[Step]:
    """A finger or two go down and up again, a few times; fingers that are down go up and down."""
    here, orient = _key(name)
    knuckles = rng.choice(KNUCKLES, rng.integers(1, 3), replace=False)
    there = here.copy()
    there[knuckles, 0] += np.where(here[knuckles, 0] < 0.6, 1, -1) * rng.uniform(0.2, 0.6)
    lasts = _about(0.2 * pace, rng, 0.12, 0.4)
    for _ in range(rng.integers(2, 5)):
        for angles in (there, here):
            yield Step(angles=angles, seconds=lasts, orient=orient)


def _waves(name: str, rng: np.random.Generator, pace: float) -> Iterator[Step]:
    """The hand goes to and fro at the wrist, sideways or up and down."""
    orient = _key(name)[1]
    axis = np.array([0.0, 0.5, 0.0]) if rng.random() < 0.5 else np.array([0.0, 0.0, 1.0])
    swing = Rotation.from_rotvec(rng.uniform(0.2, 0.5) * axis).as_matrix()
    lasts = _about(0.36 * pace, rng, 0.2, 0.8)
    for _ in range(rng.integers(1, 4)):
        for turned in (orient @ swing, orient @ swing.T):
            yield replace(_change_of_mind(name, rng, pace), seconds=lasts, hold=0.0, orient=turned)


def _about(seconds: float, rng: np.random.Generator, least: float, most: float) -> float:
    """A time near this one: times of movements are spread like their logarithms."""
    return min(max(seconds * math.exp(rng.normal(0, SPREAD)), least), most)


@cache
def _key(name: str) -> tuple[Float[Array, "15 3"], Float[Array, "3 3"]]:
    """Angles (radians) of a gesture, and the hand's orientation on the way to how the gesture is held."""
    held = Rotation.from_rotvec(orientation(KEY_POSES[name].palm, KEY_POSES[name].fingers).numpy())
    return np.radians(key_angles(name).numpy()), Rotation.from_rotvec(FOLLOWED * held.as_rotvec()).as_matrix()
