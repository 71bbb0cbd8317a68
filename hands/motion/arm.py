r"""The arm: how it turns and carries the hand, and how forearm and wrist share what the hand is to do.

The hand's orientation is the forearm's and then the wrist's: flexion about the hand's z, deviation about its y. A wrist
cannot twist, so turning the palm up or down is the forearm's work alone:

$$ R_{hand} = R_{forearm}\, R_z(f)\, R_y(d), \qquad -60^\circ < f < 60^\circ, \quad -30^\circ < d < 20^\circ . $$

To reach an orientation, the wrist takes as much of the bending as it comfortably can and the forearm does the rest.
Between what a script asks for, the arm wanders, now calm, now lively: nobody's arm is a stand.

Convention:
    World frame with z up. The forearm points along its own -x, as the flat hand does. Flexion is positive to the palm's
    side, deviation to the thumb's.

Source: Flash and Hogan 1985, Flash and Henis 1991 (strokes); ranges of the wrist: American Academy of Orthopaedic
Surgeons, *Joint motion*, 1965, less a margin. Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from hands.motion.strokes import Stroke, Turn, add_up, product, quaternion, turn_on
from hands.motion.variation import drift, softly_within, tremor

Array = np.ndarray

WRIST_LOW, WRIST_HIGH = np.radians([-60.0, -30.0]), np.radians([60.0, 20.0])
"""Flexion, and deviation to the thumb's side, that a wrist never passes."""
COMFORT: Final = 0.65
"""Of that range, what the wrist comes near to when much is wanted: people raise the forearm rather than strain it."""
WRIST_SHARE: Final = 0.9
"""Of the bending that is wanted, what the wrist takes while it is little."""
REACH: Final = 0.3
"""Metres from home, along each axis, that wandering stays within."""
TURN_RATE: Final = 1.9
"""rad/s: what the mean rate of a turn is limited to, give or take the spread below (of its logarithm)."""
TURN_SPREAD: Final = 0.3
RESTS: Final = 0.5
"""How often it rests between two wanderings, as a probability."""
MOOD: Final = 0.3
"""Spread of the logarithm of how lively the arm is from one few seconds to the next."""
SWAY, LEAN, STRAY = (0.15, 0.09, 0.09), (0.15, 0.08), 0.062
"""Spread of what wandering aims at: orientation (radians), wrist (radians), place (metres)."""
DRIFT_TURN, DRIFT_BEND, DRIFT_PLACE = 0.02, 0.02, 0.003
"""Standard deviation of the drift of orientation and wrist (radians), and of the place (metres)."""
TREMOR_PLACE: Final = 2e-5
"""Metres: amplitude of the wrist's tremor."""


@dataclass(frozen=True, eq=False)
class Aim:
    """Where the hand is to be."""

    start: float
    lasts: float
    orient: Float[Array, "3 3"]
    """R_wh."""
    place: Float[Array, " 3"]
    """Metres from home."""


@dataclass(frozen=True, eq=False)
class Wandering:
    """How far off the arm is by itself."""

    start: float
    lasts: float
    sway: Float[Array, " 3"]
    """Rotation vector in the world."""
    lean: Float[Array, " 2"]
    """What the wrist is bent more than needed."""
    stray: Float[Array, " 3"]
    """Metres."""


@dataclass(frozen=True, eq=False)
class Arm:
    """The strokes of an arm."""

    turns: Sequence[Turn]
    """Of the forearm."""
    bends: Sequence[Stroke]
    """Of the wrist: flexion and deviation."""
    places: Sequence[Stroke]

    def orientation(
        self, rng: np.random.Generator, frames: int, fps: float
    ) -> tuple[Float[Array, "time 3"], Float[Array, "time 3"]]:
        """Hand and forearm over time, as axis-angle in the world."""
        bending, swaying = rng.spawn(2)
        bent = add_up(np.zeros(2), self.bends, frames, fps) + DRIFT_BEND * drift(bending, frames, fps, 2)
        flexion, deviation = softly_within(bent, WRIST_LOW, WRIST_HIGH)[:, :, None].transpose(1, 0, 2)
        wrist = product(quaternion(flexion * [0, 0, 1]), quaternion(deviation * [0, 1, 0]))
        swayed = quaternion(DRIFT_TURN * drift(swaying, frames, fps, 3))
        forearm = product(swayed, turn_on(self.turns, frames, fps))
        return Rotation.from_quat(product(forearm, wrist)).as_rotvec(), Rotation.from_quat(forearm).as_rotvec()

    def place(self, rng: np.random.Generator, frames: int, fps: float, hertz: float) -> Float[Array, "time 3"]:
        """The wrist joint over time, metres from home."""
        floating, shaking = rng.spawn(2)
        moved = add_up(np.zeros((1, 3)), self.places, frames, fps)[:, 0]
        moved += DRIFT_PLACE * drift(floating, frames, fps, 3)
        return moved + TREMOR_PLACE * tremor(shaking, frames, fps, hertz, 3)


def follow(aims: Sequence[Aim], rng: np.random.Generator, seconds: float, liveliness: float) -> Arm:
    """The strokes of an arm that takes the hand to these aims and wanders about them.

    Each aim and each wandering counts until the next of its kind: where one changes, forearm and wrist go to the
    orientation that both together give.
    """
    pacing, wandering = rng.spawn(2)
    wander = _wander(wandering, seconds, liveliness)
    moves: list[Aim | Wandering] = sorted([*aims, *wander], key=lambda move: move.start)
    aim, away = Aim(0.0, 1.0, np.eye(3), np.zeros(3)), Wandering(0.0, 1.0, np.zeros(3), np.zeros(2), np.zeros(3))
    pairs = [(aim, away)]
    for move in moves:
        aim, away = (move, away) if isinstance(move, Aim) else (aim, move)
        pairs.append((aim, away))
    sway = Rotation.from_rotvec([away.sway for _, away in pairs])
    forearm, bent = shared(
        sway * Rotation.from_matrix([aim.orient for aim, _ in pairs]), np.array([away.lean for _, away in pairs])
    )
    turned = (forearm[:-1].inv() * forearm[1:]).as_rotvec()
    places = np.array([aim.place + away.stray for aim, away in pairs])
    slowest = np.linalg.norm(turned, axis=-1) / (TURN_RATE * np.exp(pacing.normal(0, TURN_SPREAD, len(moves))))
    times = [(move.start, max(move.lasts, least)) for move, least in zip(moves, slowest, strict=True)]
    return Arm(
        turns=[Turn(change, *time) for change, time in zip(turned, times, strict=True)],
        bends=[_at_once(change, *time) for change, time in zip(np.diff(bent, axis=0), times, strict=True)],
        places=[_at_once(c[None], m.start, m.lasts) for c, m in zip(np.diff(places, axis=0), moves, strict=True)],
    )


def shared(hand: Rotation, lean: Float[Array, "n 2"]) -> tuple[Rotation, Float[Array, "n 2"]]:
    """The forearm, and flexion and deviation of the wrist, that together give each orientation of the hand.

    With the forearm pointing forward, the hand's turn is one about the forearm (which the forearm makes), then flexion,
    then deviation; of these the wrist takes its share, and `lean` more, ever less of it the farther it goes.
    """
    x, y, z = hand.as_matrix()[:, 0].T  # the first row of R_x(p) R_z(f) R_y(d): (cos f cos d, -sin f, cos f sin d)
    wanted = np.stack([np.arctan2(-y, np.hypot(x, z)), np.arctan2(z, x)], -1)
    asked = WRIST_SHARE * wanted + lean
    comfort = COMFORT * np.where(asked < 0, -WRIST_LOW, WRIST_HIGH)
    bent: Array = comfort * np.tanh(asked / comfort)
    return hand * Rotation.from_euler("ZY", bent).inv(), bent


def _wander(rng: np.random.Generator, seconds: float, liveliness: float) -> Iterator[Wandering]:
    """There and mostly back again, in moods that change every few seconds."""
    now, until, size = 0.0, 0.0, 1.0
    while now < seconds:
        if now >= until:
            size, until = liveliness * math.exp(rng.normal(0, MOOD)), now + rng.uniform(2, 6)
        lasts = min(max(0.62 * math.exp(rng.normal(0, 0.25)), 0.3), 2.0)
        yield Wandering(
            start=now,
            lasts=lasts,
            sway=min(size, 2.0) * rng.normal(0, SWAY),
            lean=min(size, 1.5) * rng.normal(0, LEAN),
            stray=np.clip(min(size, 1.8) * rng.normal(0, STRAY, 3), -REACH, REACH),
        )
        now += lasts * rng.uniform(0.8, 1.1) + (rng.exponential(0.4) if rng.random() < RESTS else 0.0)


def _at_once(change: Float[Array, "K ..."], start: float, lasts: float) -> Stroke:
    return Stroke(change, np.full(len(change), start), np.full(len(change), lasts))
