"""The doors: a motion of any program, or through any gestures, by any of the fifteen people.

The same call makes the same motion, to the bit; another program, person or seed makes one that has nothing in common
with it. None of them was ever recorded: they are synthetic.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from hands.mano import Hand
from hands.mano.gestures import GESTURES
from hands.motion.free import free, gesture_step
from hands.motion.performance import perform
from hands.motion.programs import PROGRAMS, Program
from hands.motion.record import Motion, MotionError
from hands.motion.script import Step
from hands.motion.subjects import SUBJECTS, Subject

FREE: Final = "free"
_TRANSITIONS: Final = 100  # the stream of random numbers; programs have 1 to 15, the free one 0


def sample(
    program: str,
    subject: str | Subject,
    *,
    seconds: float = 60.0,
    fps: float = 120.0,
    seed: int = 0,
    hand: Hand | None = None,
) -> Motion:
    """A motion that nobody made: this person goes through this program.

    Args:
        program: `"ROM01"` to `"ROM15"`, or its name, such as `"Finger_Counting"`; or `"free"`.
        subject: `"S01"` to `"S15"`, or a person of your own.
        seconds: how long.
        fps: frames per second; sensors are simulated best from 120 or more.
        seed: another number, another take.
        hand: whose joints it is for; the default hand if left out.

    Raises:
        MotionError: there is no such program or subject, or the time or rate is not positive.

    Example:
        >>> motion = sample("Finger_Counting", "S07", seconds=2.0, fps=30.0)
        >>> len(motion), motion.hand_pose.shape
        (61, torch.Size([61, 15, 3]))
    """
    who = _subject(subject)
    if program == FREE:
        return perform(free, who, seconds=seconds, fps=fps, seed=seed, hand=hand, stream=0)
    found = _program(program)
    return perform(found.script, who, seconds=seconds, fps=fps, seed=seed, hand=hand, stream=int(found.code[3:]))


def transitions(
    names: Sequence[str],
    subject: str | Subject,
    *,
    seconds: float | None = None,
    fps: float = 120.0,
    seed: int = 0,
    hand: Hand | None = None,
) -> Motion:
    """A motion from gesture to gesture, in this order, again and again if the time allows.

    Args:
        names: of the 46 gestures.
        subject: who makes them.
        seconds: how long; two seconds a gesture if left out.
        fps: frames per second.
        seed: another number, another take.
        hand: whose joints it is for; the default hand if left out.

    Raises:
        MotionError: there is no gesture of that name, or no subject.

    Example:
        >>> [hold.name for hold in transitions(["fist", "aokay", "two_count"], "S01", fps=30.0).holds][:3]
        ['fist', 'aokay', 'two_count']
    """
    unknown = [str(name) for name in names if name not in GESTURES]
    if unknown or not names or isinstance(names, str):
        raise MotionError(
            f"{(unknown or [str(names)])[0]!r} is none of the {len(GESTURES)} gestures; see mano.gestures.GESTURES"
        )

    def script(_: Subject, rng: np.random.Generator) -> Iterator[Step]:
        return (gesture_step(name, rng, pause=0.8) for name in itertools.cycle(names))

    seconds = 2.0 * len(names) if seconds is None else seconds
    return perform(script, _subject(subject), seconds=seconds, fps=fps, seed=seed, hand=hand, stream=_TRANSITIONS)


def _subject(subject: str | Subject) -> Subject:
    if isinstance(subject, Subject):
        return subject
    if subject not in SUBJECTS:
        raise MotionError(f"no subject {subject!r}; there are {', '.join(SUBJECTS)}")
    return SUBJECTS[subject]


def _program(name: str) -> Program:
    for program in PROGRAMS.values():
        if name in (program.code, program.name):
            return program
    known = ", ".join(f"{program.code} {program.name}" for program in PROGRAMS.values())
    raise MotionError(f"no program {name!r}; there are {known}, and {FREE!r}")
