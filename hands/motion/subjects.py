"""The fifteen people who make the motions. None of them exists.

Each is made from a number by the code below: a hand of its own shape, a tempo, an amplitude and a style, which stay the
same in every motion, as they do in people. VIHand has fifteen subjects too; these are not they.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from jaxtyping import Float

from hands.conventions import NUM_BETAS
from hands.mano.gestures import key_angles

NUM_SUBJECTS: Final = 15
HINGES: Final = [joint for joint in range(15) if joint % 3]
"""Joints that bend only: all but the first of each digit."""
FARTHEST: Final = 2.0
"""Standard deviations: no subject's hand is rarer than this in any direction of shape."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A synthetic person."""

    number: int
    betas: Float[np.ndarray, " 10"]
    """Shape of the hand, in standard deviations."""
    tempo: float
    """How quick, 1 on average: times are divided by it."""
    amplitude: float
    """How far postures go from the resting one, as a share of the nominal way; contacts are always reached."""
    rest: Float[np.ndarray, "15 3"]
    """The hand at rest: flexion, abduction, twist in radians."""
    enslaving: float
    """How much a finger follows its neighbours, as a share of the difference."""
    hesitation: float
    """How often a movement stops half-way, as a probability."""
    scatter: float
    """How unsteadily a posture is reached, radians."""
    tremor: float
    """Amplitude of the tremor of a finger joint, radians."""
    tremor_hz: float
    liveliness: float
    """How much the arm moves, 1 on average."""

    @property
    def name(self) -> str:
        """`"S01"` to `"S15"`."""
        return f"S{self.number:02}"


def _subject(number: int) -> Subject:
    rng = np.random.default_rng(np.random.SeedSequence([number, 2026]))
    betas = rng.standard_normal(NUM_BETAS)
    while np.abs(betas).max() > FARTHEST:
        betas = np.where(np.abs(betas) > FARTHEST, rng.standard_normal(NUM_BETAS), betas)
    offsets = rng.normal(0, 4, (15, 3)) * [1.0, 0.4, 0.2]
    offsets[HINGES, 1:] = 0
    return Subject(
        number=number,
        betas=betas,
        tempo=float(np.exp(rng.normal(0, 0.12))),
        amplitude=float(np.clip(rng.normal(0.97, 0.05), 0.85, 1.08)),
        rest=np.radians(key_angles("relaxed").numpy() + offsets),
        enslaving=float(rng.uniform(0.02, 0.12)),
        hesitation=float(rng.uniform(0.02, 0.12)),
        scatter=float(np.radians(rng.uniform(1.5, 4.0))),
        tremor=float(np.radians(rng.uniform(0.01, 0.04))),
        tremor_hz=float(rng.uniform(8, 12)),
        liveliness=float(np.exp(rng.normal(0, 0.15))),
    )


SUBJECTS: Final[Mapping[str, Subject]] = MappingProxyType(
    {subject.name: subject for subject in map(_subject, range(1, NUM_SUBJECTS + 1))}
)
"""S01 to S15."""
