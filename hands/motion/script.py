"""What to do next: a movement as a sequence of postures to reach and to hold.

A script says *what* a person does, posture after posture, without end. How it is done, with what delays, tremor and
hesitation, is the performance's matter (`hands.motion.performance`).

Convention:
    Radians, metres, seconds. Angles are flexion, abduction and twist of the 15 finger joints in MANO's order.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

if TYPE_CHECKING:
    from hands.motion.subjects import Subject


@dataclass(frozen=True, eq=False)
class Step:
    """One posture to reach, by minimum jerk, and to hold."""

    angles: Float[np.ndarray, "15 3"]
    seconds: float
    """Nominal time of the movement, before the subject's tempo."""
    hold: float = 0.0
    """Nominal time to stay."""
    orient: Float[np.ndarray, "3 3"] | None = None
    """R_wh, the hand's orientation to reach; None: the script's home orientation."""
    place: Float[np.ndarray, " 3"] | None = None
    """Where the wrist goes, from home; None: it stays near home."""
    exact: bool = False
    """A contact, which the subject's amplitude and style must not break."""
    name: str = ""
    """What is held then, if it has a name."""


Script = Callable[["Subject", np.random.Generator], Iterator[Step]]
"""Postures without end, drawn for one person from one stream of random numbers."""
