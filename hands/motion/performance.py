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
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

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


class _Part(NamedTuple):
    """A stroke of the fingers: the share of which step it makes, when, and by chance with what delays."""

    step: int
    share: float
    start: float
    lasts: float
    delays: Float[Array, " 10"]


def _follow(
    script: Script, subject: Subject, said: np.random.Generator, done: np.random.Generator, seconds: float
) -> _Body:
    """The strokes that a script asks for: when, one step after the other, and then how far, all at once."""
    body, now = _Body(), FIRST
    steps: list[Step] = []
    chances, parts = [], []
    home, centre = np.eye(3), np.zeros(3)
    orient, place, drifting = home, centre, 1.0
    for step in script(subject, said):
        chance = done.standard_normal(2 + variation.CHANCES)
        lasts = step.seconds / subject.tempo * math.exp(0.15 * chance[0])
        stays = step.hold / subject.tempo * math.exp(0.2 * chance[1])
        parts += _parts(len(steps), now, lasts, subject.hesitation, done)
        steps.append(step)
        chances.append(chance[2:])
        arrives = parts[-1].start + parts[-1].lasts
        wanted, moved = home if step.orient is None else step.orient, centre if step.place is None else step.place
        if wanted is not orient or moved is not place:
            body.aims.append(arm.Aim(now, lasts, wanted, moved))
        loose = DRIFT_EXACT if step.exact else DRIFT_HELD if stays else 1.0
        if loose != drifting:
            body.drifts.append(Stroke(np.array([loose - drifting]), np.array([now]), np.array([arrives - now])))
        if step.name and stays and arrives < seconds:
            body.holds.append(Hold(step.name, arrives, min(arrives + stays, seconds)))
        orient, place, drifting = wanted, moved, loose
        now = arrives + (stays or -OVERLAP * lasts)
        if now > seconds:
            break
    postures = np.concatenate([subject.rest[None], _styled(steps, subject, np.stack(chances))])
    body.fingers = _hand_strokes(parts, np.diff(postures, axis=0))
    return body


def _parts(step: int, start: float, lasts: float, hesitation: float, rng: np.random.Generator) -> list[_Part]:
    """The one stroke or the two that a step takes."""
    if rng.random() >= hesitation:
        return [_Part(step, 1.0, start, lasts, rng.random(10))]
    share, pause = rng.uniform(0.4, 0.8), rng.uniform(0.08, 0.3)
    first = _Part(step, share, start, share * lasts, rng.random(10))
    return [first, _Part(step, 1 - share, start + share * lasts + pause, (1 - share) * lasts, rng.random(10))]


def _styled(steps: Sequence[Step], subject: Subject, chances: Float[Array, "steps n"]) -> Float[Array, "steps 15 3"]:
    """The postures as this person makes them: larger or smaller, with fingers that draw their neighbours along.

    Joints that bend far come to rest where skin meets skin: there, nobody's amplitude takes them further, and they miss
    on the near side only.
    """
    wanted, exact = np.stack([step.angles for step in steps]), np.array([step.exact for step in steps])
    missed = subject.scatter * variation.scattered(chances)
    change = wanted - subject.rest
    stopped = change[..., 0] > STOPPED
    missed[stopped, 0] = -np.abs(missed[stopped, 0])
    thumb = variation.THUMB.start
    missed[:, thumb, 1] = np.where(stopped[:, thumb], np.abs(missed[:, thumb, 1]), missed[:, thumb, 1])  # off the palm
    amplitude = np.where(stopped, min(subject.amplitude, 1.0), subject.amplitude)[..., None]
    angles = variation.enslaved(subject.rest + amplitude * change, subject.enslaving) + missed
    styled: Array = np.where(exact[:, None, None], wanted, np.clip(angles, variation.LOW, variation.HIGH))
    return styled


def _hand_strokes(parts: Sequence[_Part], changes: Float[Array, "steps 15 3"]) -> list[Stroke]:
    """Strokes of the whole hand: each begins and arrives in time, each joint at its own moment."""
    steps, shares, starts, lasts, delays = (np.array(column) for column in zip(*parts, strict=True))
    change = shares[:, None, None] * changes[steps]
    late = (LATE * delays[:, :5, None] + np.array(OUTWARDS)).reshape(-1, 15)
    early = np.repeat(EARLY * delays[:, 5:], 3, axis=1)
    closing = change[:, variation.KNUCKLES, 0].mean(1)
    late[closing > CLOSING, variation.THUMB] = LATE + THUMB_LAST + np.array(OUTWARDS)
    late[closing < -CLOSING, variation.THUMB] = OUTWARDS
    late[closing < -CLOSING, : variation.THUMB.start] += THUMB_FIRST
    start, duration = starts[:, None] + late * lasts[:, None], (1 - late - early) * lasts[:, None]
    return [Stroke(*stroke) for stroke in zip(change, start, duration, strict=True)]


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
    """`anatomy.angles_to_hand_pose` for angles far from half a turn, written out: a motion has a million poses.

    Joints that only bend in this motion turn about their flexion axes; of the others, quaternions are multiplied.
    """
    axes = axes.to(angles)
    pose = angles[..., :1] * axes[:, 0]
    free = angles[..., 1:].abs().amax((0, 2)) > 0
    half = 0.5 * angles[:, free].permute(2, 0, 1)
    (cx, cy, cz), (sx, sy, sz) = half.cos(), half.sin()
    cycz, sysz, sycz, cysz = cy * cz, sy * sz, sy * cz, cy * sz
    x, y, z = sx * cycz + cx * sysz, cx * sycz - sx * cysz, cx * cysz + sx * sycz  # in the joint's own axes
    sine = (x * x + y * y + z * z).sqrt()
    per_sine = 2 * torch.atan2(sine, cx * cycz - sx * sysz) / sine.clamp(min=1e-300)
    per_sine = torch.where(sine > 1e-12, per_sine, 2.0)
    parts = ((per_sine * part)[..., None] * axis for part, axis in zip((x, y, z), axes[free].unbind(1), strict=True))
    pose[:, free] = sum(parts, torch.zeros(()))
    return pose
