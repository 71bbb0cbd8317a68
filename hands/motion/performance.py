"""From a script to a motion: how a person does what the script says.

Fingers go from posture to posture in strokes of minimum jerk, not all at the same moment: each finger has its own
delay, the joints follow each other from the palm outwards, and the thumb is the first to leave a closed hand and the last
to close it. Now and then a stroke stops half-way and goes on. The arm turns and carries the hand in strokes of its own.
Over all lies slow drift, and a tremor too small to see, which an accelerometer feels. In the end every angle is bent
softly into its range, so that no joint ever leaves it.

All curves are twice continuously differentiable, since their second derivatives are what sensors measure.

Convention:
    World frame with z up. The hand begins as for a handshake, and the wrist joint of the flat mean hand stays within an
    arm's reach of where it was.

Source: Flash and Hogan 1985 and Flash and Henis 1991 (strokes); Zatsiorsky et al. 2000 (enslaving); Lakie et al. 2012
(tremor). Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import roma
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

THUMB: Final = slice(12, 15)
MARGIN: Final = math.radians(4)
"""Where a limit begins to be felt."""
WRIST_RANGE: Final = np.radians([[-50.0, 55.0], [-25.0, 15.0]])
"""Flexion and deviation (to the thumb's side) of the wrist, as far as a script-free arm takes them."""
KNOT: Final = 0.3
"""Seconds between the knots of slow drift: nothing in it is faster than about 1.7 Hz."""
DRIFT: Final = np.radians([2.5, 0.8, 0.3])
"""Standard deviation of the drift of flexion, abduction and twist."""
FIRST: Final = 0.25
"""Seconds of rest before the first movement."""
REACH: Final = 0.35
"""Metres from home that the wrist does not leave."""


@dataclass
class _Plan:
    """What is to be added to what, in the order of time."""

    fingers: list[Stroke] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    places: list[Stroke] = field(default_factory=list)
    wrist: list[Stroke] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)


def perform(
    script: Script,
    subject: Subject,
    *,
    seconds: float,
    fps: float = 120.0,
    seed: int = 0,
    hand: mano.Hand | None = None,
    liveliness: float = 1.0,
    stream: int = 0,
) -> Motion:
    """What this person does when asked to follow this script.

    Args:
        script: what to do.
        subject: who does it.
        seconds: how long.
        fps: frames per second.
        seed: another number, another take.
        hand: whose axes the joints have; the default hand's if left out.
        liveliness: how much the arm moves by itself; the subject's own liveliness comes on top.
        stream: a number of the script, so that two scripts with the same seed have nothing in common.

    Raises:
        MotionError: the time or the rate is not positive.
    """
    if not (seconds > 0 and fps > 0 and math.isfinite(seconds * fps)):
        raise MotionError(f"{seconds} seconds at {fps} frames per second are no motion")
    frames = round(seconds * fps) + 1
    said, done, drawn = (
        np.random.default_rng(s) for s in np.random.SeedSequence([seed, subject.number, stream]).spawn(3)
    )
    plan = _planned(script, subject, said, done, seconds)
    _move_arm(plan, seconds, done, subject.liveliness * liveliness)
    angles = _angles(plan, subject, drawn, frames, fps)
    turned = _orientation(plan, subject, drawn, frames, fps, liveliness)
    bent = _wrist_angles(plan, drawn, frames, fps)
    place = _places(plan, subject, drawn, frames, fps, liveliness)
    axes = joint_axes((mano.load() if hand is None else hand).data)
    flexed = Rotation.from_euler("ZY", bent)
    return Motion(
        betas=torch.from_numpy(subject.betas),
        global_orient=torch.from_numpy(turned.as_rotvec()),
        hand_pose=angles_to_hand_pose(axes, torch.from_numpy(angles)),
        transl=torch.from_numpy(place),
        forearm_orient=torch.from_numpy((turned * flexed.inv()).as_rotvec()),
        fps=fps,
        holds=tuple(hold for hold in plan.holds if hold.start < seconds),
    )


def _planned(
    script: Script, subject: Subject, said: np.random.Generator, done: np.random.Generator, seconds: float
) -> _Plan:
    """The strokes of the fingers, and of the hand where the script asks for it."""
    plan, now = _Plan(), FIRST
    posture, orient, place = subject.rest, np.eye(3), np.zeros(3)
    for step in script(subject, said):
        lasts = step.seconds / subject.tempo * math.exp(done.normal(0, 0.15))
        target = _styled(step, subject, done)
        arrives = _reach(plan.fingers, posture, target, now, lasts, subject, done)
        wanted = np.eye(3) if step.orient is None else step.orient
        change = Rotation.from_matrix(orient.T @ wanted).as_rotvec()
        if np.linalg.norm(change) > 1e-9:
            plan.turns.append(Turn(change, now, max(lasts, np.linalg.norm(change) / 6)))
        moved = np.zeros(3) if step.place is None else step.place
        if np.linalg.norm(moved - place) > 1e-9:
            plan.places.append(_at_once(moved - place, now, lasts))
        stays = step.hold / subject.tempo * math.exp(done.normal(0, 0.2))
        if step.name:
            plan.holds.append(Hold(step.name, arrives, min(arrives + stays, seconds)))
        posture, orient, place = target, wanted, moved
        now = arrives + (stays if stays else -0.38 * lasts)
        if now > seconds:
            return plan
    return plan


def _styled(step: Step, subject: Subject, rng: np.random.Generator) -> Float[Array, "15 3"]:
    """The posture as this person makes it: larger or smaller, with fingers that draw their neighbours along."""
    low, high = (bound.numpy() for bound in limits())
    if step.exact:
        return step.angles
    angles = subject.rest + subject.amplitude * (step.angles - subject.rest)
    fingers = angles[[0, 3, 9, 6], 0]  # knuckles of index, middle, ring, pinky
    neighbours = np.convolve(np.pad(fingers, 1, mode="edge"), [0.5, 0, 0.5], mode="valid")
    drawn = subject.enslaving * np.array([0.3, 0.7, 1.0, 1.0]) * (neighbours - fingers)
    angles = angles.copy()
    angles[[0, 3, 9, 6], 0] += drawn
    angles[[1, 4, 10, 7], 0] += drawn
    angles += subject.scatter * rng.standard_normal((15, 3)) * [1.0, 0.4, 0.2]
    return np.clip(angles, low, high)


def _reach(
    strokes: list[Stroke],
    posture: Float[Array, "15 3"],
    target: Float[Array, "15 3"],
    start: float,
    lasts: float,
    subject: Subject,
    rng: np.random.Generator,
) -> float:
    """Add the strokes that take the fingers there; when the last of them has arrived."""
    change = target - posture
    if rng.random() < subject.hesitation and lasts > 0.25:
        part, pause = rng.uniform(0.4, 0.8), rng.uniform(0.08, 0.3)
        strokes.append(_fingers(part * change, start, part * lasts, rng))
        change, start, lasts = (1 - part) * change, start + part * lasts + pause, max((1 - part) * lasts, 0.15)
    strokes.append(_fingers(change, start, lasts, rng))
    return start + lasts


def _fingers(change: Float[Array, "15 3"], start: float, lasts: float, rng: np.random.Generator) -> Stroke:
    """One stroke of the whole hand: it starts and arrives in time, each joint at its own moment."""
    late = np.repeat(rng.uniform(0, 0.18, len(MANO_FINGERS)), 3) + np.tile([0.0, 0.02, 0.05], len(MANO_FINGERS))
    closing = change[:12, 0].mean()
    late[THUMB] += 0.2 if closing > 0.2 else 0.0
    late[:12] += 0.2 if closing < -0.2 else 0.0
    early = rng.uniform(0, 0.08, 15)
    share = 1 - late - early
    return Stroke(change, start + late * lasts, share * lasts)


def _at_once(change: Float[Array, " n"], start: float, lasts: float) -> Stroke:
    return Stroke(change[None], np.array([start]), np.array([lasts]))


def _move_arm(plan: _Plan, seconds: float, rng: np.random.Generator, liveliness: float) -> None:
    """Strokes of the arm that no script asks for: there and mostly back again, now calm, now lively."""
    now, mood, until = 0.0, 1.0, 0.0
    turned, bent, place = np.zeros(3), np.zeros(2), np.zeros(3)
    turns = []
    while now < seconds:
        if now >= until:
            mood, until = math.exp(rng.normal(0, 0.4)), now + rng.uniform(2, 6)
        size = liveliness * mood
        lasts = float(np.clip(math.exp(rng.normal(math.log(0.62), 0.25)), 0.3, 2.0))
        to = np.clip(rng.normal(0, 0.066, 3) * size, -REACH, REACH)
        plan.places.append(_at_once(to - place, now, lasts * rng.uniform(0.9, 1.3)))
        aim = rng.normal(0, 0.37, 3) * min(size, 2.0) * [1.0, 0.6, 0.6]
        turns.append(Turn((Rotation.from_rotvec(turned).inv() * Rotation.from_rotvec(aim)).as_rotvec(), now, lasts))
        lean = np.clip(rng.normal(0, 0.35, 2) * min(size, 1.5) * [1.0, 0.5], WRIST_RANGE[:, 0], WRIST_RANGE[:, 1])
        plan.wrist.append(Stroke(lean - bent, np.full(2, now), np.full(2, lasts)))
        place, turned, bent = to, aim, lean
        now += lasts * rng.uniform(0.8, 1.1) + (rng.exponential(0.35) if rng.random() < 0.5 else 0.0)
    plan.arm_turns = turns


def _angles(plan: _Plan, subject: Subject, rng: np.random.Generator, frames: int, fps: float) -> Float[Array, "T 15 3"]:
    angles = add_up(subject.rest, plan.fingers, frames, fps)
    angles += _drift(rng, frames, fps, (15, 3)) * DRIFT
    time = np.arange(frames)[:, None] / fps
    angles[..., 0] += subject.tremor * np.sin(
        2 * math.pi * subject.tremor_hz * rng.uniform(0.93, 1.07, 15) * time + rng.uniform(0, 6.3, 15)
    )
    low, high = (bound.numpy() for bound in limits())
    return softly_within(angles, low, high)


def softly_within(
    angles: Float[Array, "*any 15 3"], low: Float[Array, "15 3"], high: Float[Array, "15 3"]
) -> Float[Array, "*any 15 3"]:
    """Angles bent into their ranges: nothing changes away from a limit, and no limit is ever passed.

    Within a margin m of a limit L, x becomes L - m + m tanh((x - L + m) / m), which leaves the straight line with its
    slope and its curvature.
    """
    margin = np.minimum(MARGIN, (high - low) / 4)
    over, under = np.maximum(angles - (high - margin), 0), np.maximum((low + margin) - angles, 0)
    return angles - over + margin * np.tanh(over / margin) + under - margin * np.tanh(under / margin)


def _drift(rng: np.random.Generator, frames: int, fps: float, shape: tuple[int, ...]) -> Float[Array, "T ..."]:
    """Slow noise of unit variance: a smooth curve through independent numbers."""
    knots = math.ceil(frames / fps / KNOT) + 3
    curve: Array = CubicSpline(np.arange(knots) * KNOT - KNOT, rng.standard_normal((knots, *shape)))(
        np.arange(frames) / fps
    )
    return curve


def _orientation(plan, subject, rng, frames, fps, liveliness) -> Rotation:
    scripted = turn_on(np.array([0.0, 0, 0, 1]), plan.turns, frames, fps)
    arm = turn_on(np.array([0.0, 0, 0, 1]), plan.arm_turns, frames, fps)
    wander = Rotation.from_rotvec(0.02 * _drift(rng, frames, fps, (3,)))
    return Rotation.from_quat(arm) * Rotation.from_quat(scripted) * wander


def _wrist_angles(plan, rng, frames, fps):
    bent = add_up(np.zeros(2), plan.wrist, frames, fps) + 0.02 * _drift(rng, frames, fps, (2,))
    return bent


def _places(plan, subject, rng, frames, fps, liveliness):
    place = add_up(np.zeros((1, 3)), plan.places, frames, fps)[:, 0]
    return place + 0.003 * _drift(rng, frames, fps, (3,))
