"""The plan of a set of pictures: who makes what how often, what serves for what, and the number that names the set.

Every subject makes every gesture in every take, so that all names are equally often in it. Subjects are split, not
pictures: whoever is tested was never seen in training.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

import numpy as np

from hands import mano, motion
from hands.data.plan import hand_hash
from hands.data.store import SimHandError
from hands.gesture.drawing import NAMES
from hands.motion.programs import Split

VERSION: Final = 2
"""Of the generator. It goes up when the same plan gives other pictures; results of two versions do not compare."""

SUBJECTS_OF: Final[Mapping[Split, tuple[str, ...]]] = {
    "train": tuple(f"S{number:02}" for number in range(1, 11)),
    "validation": ("S11", "S12"),
    "test": ("S13", "S14", "S15"),
}
"""Who serves for what."""
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
SMALLEST: Final = 16


@dataclass(frozen=True)
class Shard:
    """The pictures that are made and kept together: one take of a subject, every gesture once."""

    subject: str
    take: int
    start: int
    """Its first row."""

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.subject}-{self.take:03}"


@dataclass(frozen=True)
class PicturePlan:
    """What is to be made.

    Raises:
        SimHandError: a number or a subject makes no sense.

    Example:
        >>> plan = PicturePlan(takes=2)
        >>> len(plan), [len(plan.rows(split)) for split in SPLITS]
        (1380, [920, 184, 276])
    """

    seed: int = 0
    takes: int = 12
    """Of each subject; a take has every gesture once."""
    size: int = 128
    """Width and height of a picture, pixels."""
    subjects: tuple[str, ...] = tuple(motion.SUBJECTS)
    samples: int = 9
    """Light paths for each pixel."""

    def __post_init__(self) -> None:
        _check(self)

    @staticmethod
    def read(fields: Mapping[str, Any]) -> PicturePlan:
        """The plan of these fields, as JSON keeps them."""
        known: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
        return PicturePlan(**known)

    def __len__(self) -> int:
        return len(self.subjects) * self.takes * len(NAMES)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """All takes, subject after subject, so that the rows of a split follow each other."""
        pairs = [(subject, take) for subject in self.subjects for take in range(self.takes)]
        return tuple(Shard(subject, take, i * len(NAMES)) for i, (subject, take) in enumerate(pairs))

    def rows(self, split: Split) -> np.ndarray:
        """Rows of the pictures that serve for this.

        Raises:
            SimHandError: there is no such split.
        """
        if split not in SPLITS:
            raise SimHandError(f"no split {split!r}; there are {', '.join(SPLITS)}")
        own = [shard for shard in self.shards if shard.subject in SUBJECTS_OF[split]]
        return np.concatenate([np.arange(s.start, s.start + len(NAMES)) for s in own] or [np.zeros(0, np.int64)])


def _check(plan: PicturePlan) -> None:
    for name, least in (("seed", 0), ("takes", 1), ("size", SMALLEST), ("samples", 1)):
        value = getattr(plan, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise SimHandError(f"{name} is {value!r}, expected a whole number from {least}")
    unknown = [subject for subject in plan.subjects if subject not in motion.SUBJECTS]
    if unknown or not plan.subjects or len(set(plan.subjects)) < len(plan.subjects):
        raise SimHandError(
            f"subjects are {list(plan.subjects)}, expected some of {', '.join(motion.SUBJECTS)}, each once"
        )


def pictures_hash(plan: PicturePlan, hand: str | None = None) -> str:
    """The number that says whether two sets are of one definition; the same for all seeds.

    Args:
        plan: of the set.
        hand: `hands.data.plan.hand_hash` of the hand; the default hand's if left out.

    Example:
        >>> pictures_hash(PicturePlan(seed=1)) == pictures_hash(PicturePlan()) != pictures_hash(PicturePlan(size=64))
        True
    """
    definition = {
        "version": VERSION,
        "takes": plan.takes,
        "size": plan.size,
        "samples": plan.samples,
        "subjects": plan.subjects,
        "splits": SUBJECTS_OF,
        "gestures": NAMES,
        "hand": hand or hand_hash(mano.load().data),
    }
    return hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()
