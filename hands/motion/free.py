"""Free gestures: any of the 46, in any order, as hands move while people talk, count or fidget.

`sample` makes a motion of any program, the free one among them; `transitions` goes through gestures that you name.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from scipy.spatial.transform import Rotation

from hands.mano.gestures import GESTURES, KEY_POSES, key_angles, orientation
from hands.motion.script import Step
from hands.motion.subjects import Subject


def free(subject: Subject, rng: np.random.Generator) -> Iterator[Step]:
    """Gesture after gesture, with fidgeting between them, now calm, now lively."""
    names = list(GESTURES)
    mood = 1.0
    while True:
        if rng.random() < 0.15:
            mood = math.exp(rng.normal(0, 0.35))
        name = names[rng.integers(len(names))]
        yield gesture_step(name, rng, mood)
        for _ in range(rng.poisson(2.0)):
            yield _fidget(subject, name, rng, mood)


def gesture_step(name: str, rng: np.random.Generator, mood: float = 1.0, pause: float | None = None) -> Step:
    """A gesture, reached in half a second or so and held for a moment, or for about `pause` seconds."""
    held = orientation(KEY_POSES[name].palm, KEY_POSES[name].fingers).numpy()
    turn = 0.35 * Rotation.from_rotvec(held).as_rotvec()
    briefly = float(rng.exponential(0.25)) * mood if rng.random() < 0.35 else 0.0
    return Step(
        angles=np.radians(key_angles(name).numpy()),
        seconds=float(np.clip(mood * math.exp(rng.normal(math.log(0.6), 0.35)), 0.2, 2.0)),
        hold=briefly if pause is None else pause * float(rng.uniform(0.7, 1.4)),
        orient=Rotation.from_rotvec(turn).as_matrix(),
        name=name,
    )


def _fidget(subject: Subject, name: str, rng: np.random.Generator, mood: float) -> Step:
    """Part of the way towards another posture, by some fingers only."""
    here = np.radians(key_angles(name).numpy())
    other = np.radians(key_angles(list(GESTURES)[rng.integers(len(GESTURES))]).numpy())
    fingers = np.repeat(rng.random(5) < 0.6, 3)
    angles = here + np.where(fingers[:, None], rng.uniform(0.2, 0.8), 0.0) * (other - here)
    held = orientation(KEY_POSES[name].palm, KEY_POSES[name].fingers).numpy()
    return Step(
        angles=angles,
        seconds=float(np.clip(mood * math.exp(rng.normal(math.log(0.42), 0.35)), 0.15, 1.5)),
        hold=float(rng.exponential(0.1)) if rng.random() < 0.2 else 0.0,
        orient=Rotation.from_rotvec(0.35 * held).as_matrix(),
    )
