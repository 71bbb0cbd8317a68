"""The plan of SimHand: who does what, what serves for what, and the one number that says whether two results compare.

Fifteen subjects go through fifteen programs, one take each. Programs, not takes, are split: a method is trained on
ROM01-10, all choices are made on ROM11-12, and ROM13-15 are read once per final table. There is one more, harder
split: the last three subjects are left out of training and choices altogether, and only they are tested.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, get_args

import numpy as np

from hands import imu, mano, motion
from hands.data.store import SimHandError
from hands.motion.programs import Split

VERSION: Final = 2
"""Of the generator. It goes up when the same plan gives other numbers; results of two versions do not compare."""

FPS: Final = 30.0
"""Records and labels per second."""
PHYSICS_FPS: Final = 120.0
"""The rate at which the motions are made."""
HALF_WINDOW: Final = 1 / 120
"""Of the accelerations, seconds: made-up motions have no noise that would ask for more."""
SHORTEST: Final = 1.0
"""Seconds of a recording."""
UNSEEN: Final = ("S13", "S14", "S15")
"""Subjects that the unseen-subject split leaves out of training."""
SPLITS: Final[tuple[Split, ...]] = get_args(Split)

PLACEMENT: Final = imu.GLOVE
SENSORS: Final = tuple(sensor.name for sensor in PLACEMENT)


@dataclass(frozen=True)
class Entry:
    """One recording: rows `start` to `start + frames` of every series."""

    subject: str
    """`"S01"` to `"S15"`."""
    program: str
    """`"ROM01"` to `"ROM15"`."""
    split: Split
    """Of the program."""
    start: int
    frames: int

    @property
    def rows(self) -> slice:
        """The rows of this recording in every series."""
        return slice(self.start, self.start + self.frames)


@dataclass(frozen=True)
class Plan:
    """What is to be generated.

    Raises:
        SimHandError: there is no such difficulty, subject or program, or the recordings are too short.

    Example:
        >>> plan = Plan(seconds=60.0)
        >>> len(plan.entries), plan.frames, [entry.subject for entry in plan.entries_of("test", unseen=True)][:4]
        (225, 405225, ['S13', 'S14', 'S15', 'S13'])
    """

    difficulty: str = "glove"
    seed: int = 0
    seconds: float = 60.0
    """Of each recording."""
    subjects: tuple[str, ...] = tuple(motion.SUBJECTS)
    programs: tuple[str, ...] = tuple(motion.PROGRAMS)

    def __post_init__(self) -> None:
        _check(self)

    @staticmethod
    def read(fields: Mapping[str, Any]) -> Plan:
        """The plan of these fields, as JSON keeps them."""
        known: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
        return Plan(**known)

    @property
    def frames_each(self) -> int:
        """Frames of one recording: both ends count."""
        return round(self.seconds * FPS) + 1

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All recordings, program after program, so that the rows of a split follow each other."""
        pairs = [(program, subject) for program in self.programs for subject in self.subjects]
        n = self.frames_each
        return tuple(Entry(s, p, motion.PROGRAMS[p].split, i * n, n) for i, (p, s) in enumerate(pairs))

    @property
    def frames(self) -> int:
        """Of all recordings."""
        return self.frames_each * len(self.entries)

    def entries_of(self, split: Split, *, unseen: bool = False) -> tuple[Entry, ...]:
        """The recordings that serve for this.

        Args:
            split: `"train"`, `"validation"` or `"test"`.
            unseen: leave the subjects of `UNSEEN` out of training and validation, and test on them alone.

        Raises:
            SimHandError: there is no such split.
        """
        if split not in SPLITS:
            raise SimHandError(f"no split {split!r}; there are {', '.join(SPLITS)}")
        own = (entry for entry in self.entries if entry.split == split)
        return tuple(entry for entry in own if not unseen or (entry.subject in UNSEEN) == (split == "test"))


def _check(plan: Plan) -> None:
    if plan.difficulty not in imu.SETTINGS:
        raise SimHandError(f"no difficulty {plan.difficulty!r}; there are {', '.join(imu.SETTINGS)}")
    if isinstance(plan.seed, bool) or not isinstance(plan.seed, int) or plan.seed < 0:
        raise SimHandError(f"seed is {plan.seed!r}, expected a whole number from 0")
    if not (isinstance(plan.seconds, int | float) and SHORTEST <= plan.seconds < math.inf):
        raise SimHandError(f"seconds is {plan.seconds!r}, expected at least {SHORTEST} for each recording")
    _check_names("subject", plan.subjects, motion.SUBJECTS)
    _check_names("program", plan.programs, motion.PROGRAMS)


def _check_names(kind: str, names: tuple[str, ...], known: Mapping[str, Any]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown or not names or len(set(names)) < len(names):
        raise SimHandError(f"{kind}s are {list(names)}, expected some of {', '.join(known)}, each once")


def hand_hash(data: mano.HandModelData) -> str:
    """SHA-256 of a hand model's arrays, in single precision as its file has them."""
    digest = hashlib.sha256(data.side.encode())
    for field in dataclasses.fields(data):
        value = getattr(data, field.name)
        if isinstance(value, np.ndarray):
            digest.update(field.name.encode() + np.ascontiguousarray(value, "<f4").tobytes())
    return digest.hexdigest()


def data_hash(
    seconds: float = 60.0,
    *,
    subjects: tuple[str, ...] = Plan.subjects,
    programs: tuple[str, ...] = Plan.programs,
    hand: str | None = None,
) -> str:
    """The one number that says whether two results were got on the same data and by the same protocol.

    It is the same for all difficulties and seeds, so that a table may compare these, and different once anything of the
    plan differs: the version, a setting of any difficulty, a sensor's place, a split, the recordings' length, the hand.

    Args:
        seconds: of each recording.
        subjects: who takes part.
        programs: what they do.
        hand: `hand_hash` of the hand; the default hand's if left out.

    Example:
        >>> data_hash(60.0) == data_hash(60.0), data_hash(60.0) == data_hash(61.0)
        (True, False)
    """
    definition = {
        "version": VERSION,
        "difficulties": [_plain(setting) for setting in imu.SETTINGS.values()],
        "placement": [_plain(sensor) for sensor in PLACEMENT],
        "programs": [(p, motion.PROGRAMS[p].name, motion.PROGRAMS[p].split) for p in programs],
        "subjects": subjects,
        "unseen": UNSEEN,
        "rates": (FPS, PHYSICS_FPS, HALF_WINDOW),
        "frames": Plan("clean", 0, seconds, subjects, programs).frames_each,
        "hand": hand or hand_hash(mano.load().data),
    }
    return hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()


def _plain(record: Any) -> dict[str, Any]:
    """A dataclass of numbers and names as JSON can hold it, without the words that say where they are from.

    Numbers keep twelve digits: the last ones of a root depend on the processor.
    """

    def kept(items: list[tuple[str, Any]]) -> dict[str, Any]:
        return {k: float(f"{v:.12g}") if isinstance(v, float) else v for k, v in items if k != "source"}

    return dataclasses.asdict(record, dict_factory=kept)
