"""Hands that move: the record of a motion, the people who make it, and the movements themselves.

`motion.sample("ROM02", "S01")` is a recording that nobody ever made: a synthetic person bends the fingers. Everything
random has a seed, and every joint stays within its limits.

Explained in the book: *Making a hand move*.
"""

from hands.motion.free import free
from hands.motion.performance import perform
from hands.motion.programs import PROGRAMS, Program
from hands.motion.record import Hold, Motion, MotionError
from hands.motion.sampling import sample, transitions
from hands.motion.script import Script, Step
from hands.motion.subjects import SUBJECTS, Subject

__all__ = [
    "PROGRAMS",
    "SUBJECTS",
    "Hold",
    "Motion",
    "MotionError",
    "Program",
    "Script",
    "Step",
    "Subject",
    "free",
    "perform",
    "sample",
    "transitions",
]
