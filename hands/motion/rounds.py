"""How a person repeats a movement in front of a camera: slowly at first, then quicker, now and then from another side.

A movement is one round: every finger in turn, say. A script is rounds without end.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from hands.mano.gestures import orientation
from hands.motion.postures import EASE, FOUR, JOINTS, Posture, towards
from hands.motion.script import Script, Step
from hands.motion.subjects import Subject

Movement = Callable[[np.random.Generator], Iterator[Step]]
"""One round of a movement; steps whose `orient` is None are done as the hand is held in this round."""

PACES: Final = (1.5, 1.2, 1.0)
"""Times of the first rounds, as factors: people begin slowly. Later rounds are about `LATER`."""
LATER: Final = 0.85
BALLISTIC: Final = 0.12
"""Seconds: what takes no longer is as fast as it can be, and never done slowly."""
SLIPS: Final = 0.04
"""Probability that a wrong finger begins before the right one moves."""
TURNS: Final = 0.6
"""Probability that the hand is turned before a round."""
RESTS: Final = 0.25
"""Probability of a rest after a round."""
TILT: Final = math.radians(6)
"""Standard deviation by which a hand is held otherwise than meant, about each axis."""


def held(palm: str, fingers: str) -> Float[np.ndarray, "3 3"]:
    """R_wh of a right hand whose palm faces and whose fingers point that way; words of `gestures.orientation`."""
    return Rotation.from_rotvec(orientation(palm, fingers).numpy()).as_matrix()


VIEWS: Final[Mapping[str, Float[np.ndarray, "3 3"]]] = MappingProxyType(
    {
        "palm shown": held("forward", "up"),
        "back shown": held("back", "up"),
        "palm down": held("down", "forward"),
        "palm up": held("up", "forward"),
        "thumb up": held("left", "forward"),
        "edge shown": held("left", "up"),
        "aslant": held("left-down", "forward-up"),
    }
)
"""How a hand is held, R_wh."""
ALL_VIEWS: Final = tuple(VIEWS)


def repeated(movement: Movement, views: Sequence[str] = ALL_VIEWS) -> Script:
    """A script of rounds of a movement without end, the first in the first of these `VIEWS`."""

    def script(_: Subject, rng: np.random.Generator) -> Iterator[Step]:
        now, orient = EASE, tilted(VIEWS[views[0]], rng)
        yield Step(EASE, seconds=1.2, hold=0.3, orient=orient)
        for count in itertools.count():
            if count and rng.random() < TURNS:
                orient = tilted(VIEWS[views[int(rng.integers(len(views)))]], rng)
                yield Step(towards(now, EASE, share=0.6), seconds=rng.uniform(0.9, 1.4), hold=0.1, orient=orient)
            pace = (PACES[count] if count < len(PACES) else LATER) * math.exp(rng.normal(0, 0.12))
            for step in movement(rng):
                if not step.exact and rng.random() < SLIPS:
                    yield _slip(now, step, orient, rng)
                yield _paced(step, pace, orient)
                now = step.angles
            if rng.random() < RESTS:
                yield Step(EASE, seconds=0.6, hold=rng.uniform(0.3, 1.5), orient=orient)
                now = EASE

    return script


def tilted(orient: Float[np.ndarray, "3 3"], rng: np.random.Generator) -> Float[np.ndarray, "3 3"]:
    """Nearly this orientation."""
    return orient @ Rotation.from_rotvec(rng.normal(0, TILT, 3)).as_matrix()


def _paced(step: Step, pace: float, orient: Float[np.ndarray, "3 3"]) -> Step:
    seconds = step.seconds if step.seconds <= BALLISTIC else pace * step.seconds
    return replace(step, seconds=seconds, hold=pace * step.hold, orient=orient if step.orient is None else step.orient)


def _slip(now: Posture, step: Step, orient: Float[np.ndarray, "3 3"], rng: np.random.Generator) -> Step:
    """A finger begins to do what the one beside it should, and stops."""
    right = int(rng.integers(3))
    wrong = now.copy()
    meant, done = JOINTS[FOUR[right]], JOINTS[FOUR[right + 1]]
    wrong[done, 0] += 0.4 * (step.angles[meant, 0] - now[done, 0])
    return Step(wrong, seconds=0.3, hold=0.15, orient=orient if step.orient is None else step.orient, place=step.place)
