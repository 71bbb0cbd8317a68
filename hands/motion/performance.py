"""From a script to a motion: how a person does what the script says.

Fingers go from posture to posture in strokes of minimum jerk, not all at the same moment: each finger has its own
delay, the joints follow each other from the palm outwards, and the thumb is the last to close a hand and the first to
open it. Now and then a stroke stops half-way and goes on. The arm turns and carries the hand in strokes of its own, now
calm, now lively. Over all lies slow drift, and a tremor too small to see, which an accelerometer feels. In the end
every angle is bent softly into its range, so that no joint ever leaves it.

All curves are twice continuously differentiable, since second derivatives are what sensors measure.

Convention:
    World frame with z up. The hand begins about as for a handshake, `transl` about zero. The forearm is where the hand
    is, less the wrist's flexion (about the hand's +z) and deviation to the thumb's side (about its +y), in this order.

Source: Flash and Hogan 1985, Flash and Henis 1991 (strokes); Zatsiorsky, Li and Latash 2000 (enslaving); Lakie,
Vernooij, Osborne and Reynolds 2012 (tremor). The rates are set by `hands.motion.realism`. Explained in the book:
*Making a hand move*.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from hands import mano
from hands.conventions import MANO_FINGERS
from hands.mano.anatomy import angles_to_hand_pose, joint_axes, limits
from hands.motion.record import Hold, Motion, MotionError
from hands.motion.script import Script, Step
from hands.motion.strokes import Stroke, Turn, add_up, turn_on
from hands.motion.subjects import Subject

Array = np.ndarray

LOW, HIGH = (bound.numpy() for bound in limits())
MARGIN: Final = math.radians(4)
"""Where a limit begins to be felt."""
WRIST_RANGE: Final = np.radians([[-55.0, 55.0], [-25.0, 15.0]])
"""Flexion, and deviation to the thumb's side, that the arm's strokes aim at; both can do some degrees more."""
REACH: Final = 0.3
"""Metres from home, along each axis, that the arm's strokes aim at."""

DRIFT: Final = np.radians([2.5, 0.8, 0.3])
"""Standard deviation of the drift of flexion, abduction and twist."""
KNOT: Final = 0.3
"""Seconds between the knots of drift: nothing in it is much faster than 1.7 Hz."""
WANDER_TURN, WANDER_BEND, WANDER_PLACE = 0.02, 0.02, 0.003
"""Drift of the hand's orientation and of the wrist (radians), and of its place (metres)."""

FIRST: Final = 0.25
"""Seconds of rest before the first movement."""
OVERLAP: Final = 0.42
"""A stroke to a posture that is not held is left so early, as a share of its time."""
TURN_RATE: Final = 6.0
"""rad/s: no turn that a script asks for is faster on average."""

KNUCKLES: Final = [3 * MANO_FINGERS.index(finger) for finger in ("index", "middle", "ring", "pinky")]
ENSLAVED: Final = np.array([0.3, 0.7, 1.0, 1.0])
"""How much each of these fingers is drawn along by its neighbours, in parts of the subject's enslaving."""
THUMB: Final = slice(12, 15)
SCATTER: Final = np.array([1.0, 0.4, 0.2])
"""Of flexion, abduction and twist, in parts of the subject's scatter."""


def perform(
    script: Script,
    subject: Subject,
    *,
    seconds: float,
    fps: float = 120.0,
    seed: int = 0,
    stream: int = 0,
    liveliness: float = 1.0,
    hand: mano.Hand | None = None,
) -> Motion:
    """What this person does when asked to follow this script.

    Args:
        script: what to do.
        subject: who does it.
        seconds: how long.
        fps: frames per second.
        seed: another number, another take.
        stream: the script's own number, so that two scripts with one seed have nothing in common.
        liveliness: how much the arm moves by itself, besides the subject's own liveliness.
        hand: whose joints move; the default hand if left out.

    Raises:
        MotionError: the time or the rate is not positive.

    Example:
        >>> from hands.motion import SUBJECTS, free
        >>> perform(free, SUBJECTS["S01"], seconds=1.0).hand_pose.shape
        torch.Size([121, 15, 3])
    """
    if not (seconds > 0 and fps > 0 and math.isfinite(seconds * fps)):
        raise MotionError(f"{seconds} seconds at {fps} frames per second are no motion")
    key = np.random.SeedSequence([seed, stream, subject.number])
    said, done, moved, drawn = (np.random.default_rng(child) for child in key.spawn(4))
    grid = _Grid(round(seconds * fps) + 1, fps)
    body = _follow(script, subject, said, done, seconds)
    arm = _arm(moved, seconds, liveliness * subject.liveliness)
    angles = _angles(body, subject, drawn, grid)
    turned = grid.turned(arm.turns) * grid.turned(body.turns) * Rotation.from_rotvec(WANDER_TURN * grid.drift(drawn, 3))
    bent = add_up(np.zeros(2), arm.bends, *grid) + WANDER_BEND * grid.drift(drawn, 2)
    place = add_up(np.zeros((1, 3)), [*arm.places, *body.places], *grid)[:, 0] + WANDER_PLACE * grid.drift(drawn, 3)
    axes = joint_axes((mano.load() if hand is None else hand).data)
    return Motion(
        betas=torch.from_numpy(subject.betas.copy()),
        global_orient=torch.from_numpy(turned.as_rotvec()),
        hand_pose=angles_to_hand_pose(axes, torch.from_numpy(angles)),
        transl=torch.from_numpy(place),
        forearm_orient=torch.from_numpy((turned * Rotation.from_euler("ZY", bent).inv()).as_rotvec()),
        fps=float(fps),
        holds=tuple(body.holds),
    )


@dataclass(frozen=True)
class _Grid:
    """The frames of a motion."""

    frames: int
    fps: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.frames, self.fps))

    def turned(self, turns: list[Turn]) -> Rotation:
        return Rotation.from_quat(turn_on(turns, self.frames, self.fps))

    def drift(self, rng: np.random.Generator, *shape: int) -> Float[Array, "T ..."]:
        """Slow noise of about unit variance: a smooth curve through independent numbers."""
        knots = math.ceil(self.frames / self.fps / KNOT) + 4
        curve = CubicSpline(KNOT * (np.arange(knots) - 1), rng.standard_normal((knots, *shape)))
        result: Array = curve(np.arange(self.frames) / self.fps)
        return result


@dataclass
class _Body:
    """What a script makes the fingers and the hand do."""

    fingers: list[Stroke] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    places: list[Stroke] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)


def _follow(
    script: Script, subject: Subject, said: np.random.Generator, done: np.random.Generator, seconds: float
) -> _Body:
    """The strokes that a script asks for, one step after the other."""
    body, now = _Body(), FIRST
    posture, orient, place = subject.rest, np.eye(3), np.zeros(3)
    for step in script(subject, said):
        lasts = step.seconds / subject.tempo * math.exp(done.normal(0, 0.15))
        stays = step.hold / subject.tempo * math.exp(done.normal(0, 0.2))
        target = _styled(step, subject, done)
        arrives = _reach(body.fingers, target - posture, now, lasts, subject, done)
        wanted = np.eye(3) if step.orient is None else step.orient
        if wanted is not orient:
            change = Rotation.from_matrix(orient.T @ wanted).as_rotvec()
            body.turns.append(Turn(change, now, max(lasts, math.dist(change, (0, 0, 0)) / TURN_RATE)))
        moved = np.zeros(3) if step.place is None else step.place
        if moved is not place:
            body.places.append(_at_once((moved - place)[None], now, lasts))
        if step.name and stays and arrives < seconds:
            body.holds.append(Hold(step.name, arrives, min(arrives + stays, seconds)))
        posture, orient, place = target, wanted, moved
        now = arrives + (stays or -OVERLAP * lasts)
        if now > seconds:
            break
    return body


def _styled(step: Step, subject: Subject, rng: np.random.Generator) -> Float[Array, "15 3"]:
    """The posture as this person makes it: larger or smaller, with fingers that draw their neighbours along."""
    if step.exact:
        return step.angles
    angles = subject.rest + subject.amplitude * (step.angles - subject.rest)
    knuckles = angles[KNUCKLES, 0]
    neighbours = 0.5 * (knuckles[[0, 0, 1, 2]] + knuckles[[1, 2, 3, 3]])
    drawn = subject.enslaving * ENSLAVED * (neighbours - knuckles)
    angles[KNUCKLES, 0] += drawn
    angles[[k + 1 for k in KNUCKLES], 0] += drawn
    styled: Array = np.clip(angles + subject.scatter * SCATTER * rng.standard_normal((15, 3)), LOW, HIGH)
    return styled


def _reach(
    strokes: list[Stroke],
    change: Float[Array, "15 3"],
    start: float,
    lasts: float,
    subject: Subject,
    rng: np.random.Generator,
) -> float:
    """Add the one or two strokes that change the posture; when the last of them arrives."""
    if rng.random() < subject.hesitation:
        part, pause = rng.uniform(0.4, 0.8), rng.uniform(0.08, 0.3)
        strokes.append(_hand_stroke(part * change, start, part * lasts, rng))
        change, start, lasts = (1 - part) * change, start + part * lasts + pause, (1 - part) * lasts
    strokes.append(_hand_stroke(change, start, lasts, rng))
    return start + lasts


def _hand_stroke(change: Float[Array, "15 3"], start: float, lasts: float, rng: np.random.Generator) -> Stroke:
    """One stroke of the whole hand: it begins and arrives in time, each joint at its own moment."""
    late = np.repeat(rng.uniform(0, 0.18, len(MANO_FINGERS)), 3) + np.tile([0.0, 0.02, 0.05], len(MANO_FINGERS))
    closing = change[KNUCKLES, 0].mean()
    if closing > 0.2:
        late[THUMB] += 0.2
    elif closing < -0.2:
        late[: THUMB.start] += 0.2
    early = rng.uniform(0, 0.08, 15)
    return Stroke(change, start + late * lasts, (1 - late - early) * lasts)


def _at_once(change: Float[Array, "K ..."], start: float, lasts: float) -> Stroke:
    return Stroke(change, np.full(len(change), start), np.full(len(change), lasts))


@dataclass
class _Arm:
    """What an arm does that nobody told it to."""

    turns: list[Turn] = field(default_factory=list)
    places: list[Stroke] = field(default_factory=list)
    bends: list[Stroke] = field(default_factory=list)


def _arm(rng: np.random.Generator, seconds: float, liveliness: float) -> _Arm:
    """Strokes of the arm, there and mostly back again, in moods that change every few seconds."""
    arm, now, until, size = _Arm(), 0.0, 0.0, 1.0
    place, turned, bent = np.zeros(3), Rotation.identity(), np.zeros(2)
    while now < seconds:
        if now >= until:
            size, until = liveliness * math.exp(rng.normal(0, 0.4)), now + rng.uniform(2, 6)
        lasts = min(max(0.62 * math.exp(rng.normal(0, 0.25)), 0.3), 2.0)
        to = np.clip(min(size, 1.8) * rng.normal(0, 0.066, 3), -REACH, REACH)
        aim = Rotation.from_rotvec(min(size, 2.0) * rng.normal(0, [0.37, 0.22, 0.22]))
        lean = np.clip(min(size, 1.5) * rng.normal(0, [0.35, 0.17]), WRIST_RANGE[:, 0], WRIST_RANGE[:, 1])
        arm.places.append(_at_once((to - place)[None], now, lasts * rng.uniform(0.9, 1.3)))
        arm.turns.append(Turn((turned.inv() * aim).as_rotvec(), now, lasts))
        arm.bends.append(_at_once(lean - bent, now, lasts))
        place, turned, bent = to, aim, lean
        now += lasts * rng.uniform(0.8, 1.1) + (rng.exponential(0.35) if rng.random() < 0.5 else 0.0)
    return arm


def _angles(body: _Body, subject: Subject, rng: np.random.Generator, grid: _Grid) -> Float[Array, "T 15 3"]:
    """Flexion, abduction and twist of the finger joints, with drift and tremor, within their limits."""
    angles = add_up(subject.rest, body.fingers, grid.frames, grid.fps) + DRIFT * grid.drift(rng, 15, 3)
    hertz, phase = subject.tremor_hz * rng.uniform(0.93, 1.07, 15), rng.uniform(0, 2 * math.pi, 15)
    time = np.arange(grid.frames)[:, None] / grid.fps
    angles[..., 0] += subject.tremor * np.sin(2 * math.pi * hertz * time + phase)
    return softly_within(angles, LOW, HIGH)


def softly_within(
    angles: Float[Array, "... 15 3"], low: Float[Array, "15 3"], high: Float[Array, "15 3"]
) -> Float[Array, "... 15 3"]:
    """Angles bent into their ranges: nothing changes away from a limit, and no limit is ever passed.

    Within a margin m of a limit L, x becomes L - m + m tanh((x - L + m) / m), which leaves the straight line with its
    slope and its curvature.

    Example:
        >>> low, high = np.full((15, 3), -1.0), np.full((15, 3), 1.0)
        >>> softly_within(np.full((15, 3), 3.0), low, high)[0].round(3).tolist()
        [1.0, 1.0, 1.0]
    """
    margin = np.minimum(MARGIN, (high - low) / 4)
    inner = np.minimum(np.maximum(angles, low + margin), high - margin)
    bent: Array = inner + margin * np.tanh((angles - inner) / margin)
    return bent
