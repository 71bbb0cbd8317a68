"""From a script to a motion: how a person does what the script says.

Fingers go from posture to posture in strokes of minimum jerk, not all at the same moment: each finger has its own
delay, the joints follow each other from the palm outwards, and the thumb is the last to close a hand and the first to
open it. Now and then a stroke stops half-way and goes on. The arm turns and carries the hand (`hands.motion.arm`). Over
all lies slow drift, and a tremor too small to see, which an accelerometer feels. In the end every angle is bent softly
into its range, so that no joint ever leaves it.

All curves are twice continuously differentiable functions of time, since second derivatives are what sensors measure;
the frame rate only says where they are looked at.

Convention:
    World frame with z up. The hand begins about as for a handshake, `transl` about zero.

Source: Flash and Hogan 1985, Flash and Henis 1991 (strokes); Zatsiorsky, Li and Latash 2000 (enslaving). The rates are
set by `hands.motion.realism`. Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from hands import mano
from hands.conventions import MANO_FINGERS
from hands.mano.anatomy import joint_axes
from hands.motion import arm, variation
from hands.motion.record import Hold, Motion, MotionError
from hands.motion.script import Script, Step
from hands.motion.strokes import Stroke, add_up
from hands.motion.subjects import Subject

Array = np.ndarray

DRIFT_FLEXION, DRIFT_ABDUCTION = math.radians(2.5), math.radians(0.8)
"""Standard deviation of the drift of every joint's flexion, and of the first joints' abduction."""
DRIFT_HELD, DRIFT_EXACT = 0.5, 0.15
"""How much of it is left in a posture that is held, and in one that is a contact."""
FIRST: Final = 0.25
"""Seconds of rest before the first movement."""
OVERLAP: Final = 0.46
"""A stroke to a posture that is not held is left so early, as a share of its time."""
STOPPED: Final = math.radians(25)
"""A joint that is bent so much further than at rest is taken to touch something."""
LATE: Final = 0.18
"""The last finger starts so late, as a share of a stroke's time."""
OUTWARDS: Final = (0.0, 0.02, 0.05)
"""The joints of a finger start so late, from the palm outwards."""
EARLY: Final = 0.08
"""The first joint arrives so early."""
THUMB_LAST, THUMB_FIRST = 0.1, 0.15
"""So much later than the last finger the thumb closes a hand, and than the thumb the first finger opens it."""
CLOSING: Final = 0.2
"""Radians of the knuckles' mean flexion from which a stroke counts as closing."""


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
    said, done, wandered, drawn, shaken = (np.random.default_rng(child) for child in key.spawn(5))
    frames = round(seconds * fps) + 1
    body = _follow(script, subject, said, done, seconds)
    moving = arm.follow(body.aims, wandered, seconds, liveliness * subject.liveliness)
    angles = _angles(body, subject, drawn, frames, fps)
    turned, forearm = moving.orientation(shaken, frames, fps)
    axes = joint_axes((mano.load() if hand is None else hand).data)
    return Motion(
        betas=torch.from_numpy(subject.betas.copy()),
        global_orient=torch.from_numpy(turned),
        hand_pose=posed(axes, torch.from_numpy(angles)),
        transl=torch.from_numpy(moving.place(shaken, frames, fps, subject.tremor_hz)),
        forearm_orient=torch.from_numpy(forearm),
        fps=float(fps),
        holds=tuple(body.holds),
    )


@dataclass
class _Body:
    """What a script makes the fingers do, and where it wants the hand."""

    fingers: list[Stroke] = field(default_factory=list)
    drifts: list[Stroke] = field(default_factory=list)
    aims: list[arm.Aim] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)


def _follow(
    script: Script, subject: Subject, said: np.random.Generator, done: np.random.Generator, seconds: float
) -> _Body:
    """The strokes that a script asks for, one step after the other."""
    body, now = _Body(), FIRST
    home, centre = np.eye(3), np.zeros(3)
    posture, orient, place, drifting = subject.rest, home, centre, 1.0
    for step in script(subject, said):
        lasts = step.seconds / subject.tempo * math.exp(done.normal(0, 0.15))
        stays = step.hold / subject.tempo * math.exp(done.normal(0, 0.2))
        target = _styled(step, subject, done)
        arrives = _reach(body.fingers, target - posture, now, lasts, subject, done)
        wanted, moved = home if step.orient is None else step.orient, centre if step.place is None else step.place
        if wanted is not orient or moved is not place:
            body.aims.append(arm.Aim(now, lasts, wanted, moved))
        loose = DRIFT_EXACT if step.exact else DRIFT_HELD if stays else 1.0
        body.drifts.append(Stroke(np.array([loose - drifting]), np.array([now]), np.array([arrives - now])))
        if step.name and stays and arrives < seconds:
            body.holds.append(Hold(step.name, arrives, min(arrives + stays, seconds)))
        posture, orient, place, drifting = target, wanted, moved, loose
        now = arrives + (stays or -OVERLAP * lasts)
        if now > seconds:
            break
    return body


def _styled(step: Step, subject: Subject, rng: np.random.Generator) -> Float[Array, "15 3"]:
    """The posture as this person makes it: larger or smaller, with fingers that draw their neighbours along.

    Joints that bend far come to rest where skin meets skin: there, nobody's amplitude takes them further, and they miss
    on the near side only.
    """
    missed = subject.scatter * variation.scattered(rng)
    if step.exact:
        return step.angles
    change = step.angles - subject.rest
    stopped = change[:, 0] > STOPPED
    missed[stopped, 0] = -np.abs(missed[stopped, 0])
    if stopped[variation.THUMB.start]:
        missed[variation.THUMB.start, 1] = abs(missed[variation.THUMB.start, 1])  # off the palm
    amplitude = np.where(stopped, min(subject.amplitude, 1.0), subject.amplitude)[:, None]
    angles = variation.enslaved(subject.rest + amplitude * change, subject.enslaving)
    return np.clip(angles + missed, variation.LOW, variation.HIGH)


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
    late = (rng.uniform(0, LATE, (len(MANO_FINGERS), 1)) + OUTWARDS).reshape(15)
    early = (rng.uniform(0, EARLY, (len(MANO_FINGERS), 1)) + np.zeros(3)).reshape(15)
    closing = change[variation.KNUCKLES, 0].mean()
    if closing > CLOSING:
        late[variation.THUMB] = LATE + THUMB_LAST + np.array(OUTWARDS)
    elif closing < -CLOSING:
        late[variation.THUMB] = OUTWARDS
        late[: variation.THUMB.start] += THUMB_FIRST
    return Stroke(change, start + late * lasts, (1 - late - early) * lasts)


def _angles(
    body: _Body, subject: Subject, rng: np.random.Generator, frames: int, fps: float
) -> Float[Array, "time 15 3"]:
    """Flexion, abduction and twist of the finger joints, with drift and tremor, within their limits."""
    angles = add_up(subject.rest, body.fingers, frames, fps)
    loose = add_up(np.ones(1), body.drifts, frames, fps)
    bending, spreading, shaking = rng.spawn(3)  # so that a longer take begins as a shorter one
    shaken = variation.tremor(shaking, frames, fps, subject.tremor_hz, len(MANO_FINGERS))
    angles[..., 0] += DRIFT_FLEXION * loose * variation.drift(bending, frames, fps, 15) @ variation.TOGETHER.T
    angles[..., 0] += subject.tremor * np.repeat(shaken, 3, axis=1)
    angles[:, variation.FIRSTS, 1] += DRIFT_ABDUCTION * loose * variation.drift(spreading, frames, fps, 5)
    return variation.softly_within(angles, variation.LOW, variation.HIGH)


def posed(axes: Float[Tensor, "15 3 3"], angles: Float[Tensor, "time 15 3"]) -> Float[Tensor, "time 15 3"]:
    """`anatomy.angles_to_hand_pose` for angles far from half a turn, written out: a motion has a million poses."""
    cx, cy, cz = (0.5 * angles).cos().unbind(-1)
    sx, sy, sz = (0.5 * angles).sin().unbind(-1)
    cycz, sysz, sycz, cysz = cy * cz, sy * sz, sy * cz, cy * sz
    w = cx * cycz - sx * sysz
    local = torch.stack(
        [sx * cycz + cx * sysz, cx * sycz - sx * cysz, cx * cysz + sx * sycz], -1
    )  # in the joint's axes
    sine = local.square().sum(-1).sqrt()
    per_sine = torch.where(sine > 1e-12, 2 * torch.atan2(sine, w) / sine.clamp(min=1e-12), 2.0)
    return torch.einsum("tji,jik->tjk", local * per_sine[..., None], axes.to(angles))
