"""The tables of linear probes: what can be read from three teachers, from their controls, and from the sensors.

One table is of the teachers of part 3, the other of those that were trained five times as long and teach students.

There are four states of a teacher. *Trained* is as it teaches, with half of the pose hidden. The controls: *untrained*,
the first weights of the same training; *pose hidden*, the trained one that is shown nothing of the pose; and *shape
withheld*, the trained one that is told the mean shape whoever the person is. One teacher is one seed: of the data, the
first weights and the batches; probes are fitted and judged on the teacher's own data set.

Explained in the book: *Three kinds of knowledge*.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from hands import mano, train
from hands.conventions import NUM_BETAS
from hands.data import SimHand
from hands.experiments import intervals, probes, results, tables, teachers
from hands.experiments.configs import RATIO
from hands.experiments.intervals import Interval
from hands.experiments.probes import COLUMNS, TEACHERLESS, TOKENS, Evidence, Numbers, People, Readings
from hands.experiments.results import ResultsError
from hands.experiments.ridge import Moments
from hands.experiments.samples import Samples, judged
from hands.experiments.teachers import Question
from hands.fusion import Teacher
from hands.mano import Hand
from hands.metrics import mpjpe

NAME: Final = "probes"
SIZES: Final = ("book", "long")
"""Of the teachers."""
VERSION: Final = 1
"""Goes up when the same question would give other numbers."""
TRAINED, UNTRAINED, POSE_HIDDEN, SHAPE_WITHHELD = "trained", "untrained", "pose hidden", "shape withheld"
STATES: Final = (TRAINED, UNTRAINED, POSE_HIDDEN, SHAPE_WITHHELD)
"""Of a teacher."""
ALL_TOKENS: Final = ("Z", "shape prior", "pose prior", "motion prior")
"""Places of a trained teacher in which all tokens are read as well."""
EVERY: Final = 3
"""Probes are fitted on every so-many-th window of the training: there are enough."""
COST: Final = 70.0
"""Seconds of a processor core for one teacher."""
SHAPE, POSE = "shape", "pose"
KNOWLEDGE: Final = (SHAPE, *COLUMNS)
"""What is read."""


@dataclass(frozen=True)
class Reading:
    """How well one kind of knowledge can be read in one place."""

    seed: int
    state: str
    """Of the teacher."""
    place: str
    numbers: int
    """How many the probe is given, for each frame or window."""
    knowledge: str
    people: str
    """Whom it is judged on: `"others"` or the `"same"`."""
    unexplained: tuple[float, ...]
    """By person: the share u; their mean is 1 - R^2."""
    error_mm: float | None = None
    """Shape: of the keypoints of the open hand. Pose: MPJPE on the true shape. None for the others."""

    @property
    def r2(self) -> float:
        """1: all of it; 0: no more than the mean says; less: worse than the mean."""
        return 1 - fmean(self.unexplained)


@dataclass(frozen=True, eq=False)
class Gathered:
    """A state of a teacher, looked at: sums for fitting by group of people, recordings for judging."""

    frames: dict[tuple[str, int], Moments]
    """By place and group."""
    windows: dict[tuple[str, int], Moments]
    judged: list[Evidence]

    @staticmethod
    def of(training: Iterator[Evidence], judged_on: Iterator[Evidence], group: Mapping[str, int]) -> Gathered:
        """Go through all recordings once."""
        frames: dict[tuple[str, int], Moments] = {}
        windows: dict[tuple[str, int], Moments] = {}
        for own in training:
            for sums, inputs, y in ((frames, own.frames, own.moving), (windows, own.windows, own.shape)):
                for place, x in inputs.items():
                    key, more = (place, group[own.entry.subject]), Moments.of(x, y)
                    sums[key] = sums[key] + more if key in sums else more
        return Gathered(frames, windows, list(judged_on))

    def read(self, place: str, people: People) -> dict[str, tuple[Readings, list[Numbers]]]:
        """What probes say, and the truth, by kind of knowledge."""
        plan = probes.folds([own.entry for own in self.judged], people)
        shapes, moving = [own.shape for own in self.judged], [own.moving for own in self.judged]
        windows, frames = ([getattr(own, name)[place] for own in self.judged] for name in ("windows", "frames"))
        of_windows = probes.read(_of(place, self.windows), windows, shapes, plan, {SHAPE: slice(0, NUM_BETAS)})
        of_frames = probes.read(_of(place, self.frames), frames, moving, plan, COLUMNS)
        true = {SHAPE: shapes} | {name: [one[:, own] for one in moving] for name, own in COLUMNS.items()}
        return {name: (found, true[name]) for name, found in (of_windows | of_frames).items()}


def _of(place: str, sums: Mapping[tuple[str, int], Moments]) -> dict[int, Moments]:
    """By group of people."""
    return {group: moments for (name, group), moments in sums.items() if name == place}


def run(question: Question, sim: SimHand, weights: str | PathLike[str] | None = None) -> list[Reading]:
    """Everything that is read of one teacher.

    Args:
        question: which teacher.
        sim: its data set.
        weights: of the teacher; those that its training has left if not given.

    Raises:
        CheckpointError: there are no such weights, or they are damaged.
    """
    hand, length = mano.load(), question.setting.length
    taught = Samples.of(sim, "train", hand, length=length, stride=EVERY * length)
    kept = Samples.of(sim, "validation", hand, length=length, stride=length)
    trained = teachers.teacher(question.weights if weights is None else weights)
    networks = dict.fromkeys(STATES, trained) | {UNTRAINED: teachers.untrained(question, taught).eval()}
    rows = []
    for state, network in networks.items():
        gathered = look(state, network, taught, kept)
        rows += [Reading(question.seed, state, **row) for row in readings(gathered, state, hand)]
    return rows


def look(state: str, teacher: Teacher, taught: Samples, kept: Samples) -> Gathered:
    """What a teacher shows in this state."""
    training, judging = (
        probes.gather(
            teacher,
            samples,
            judged(samples, 1.0 if state == POSE_HIDDEN else RATIO),
            tokens=ALL_TOKENS if state == TRAINED else (),
            shape=state != SHAPE_WITHHELD,
        )
        for samples in (taught, kept)
    )
    return Gathered.of(training, judging, probes.groups(kept.entries))


def readings(gathered: Gathered, state: str, hand: Hand) -> Iterator[dict[str, Any]]:
    """The rows of one state; what does not depend on a teacher is among those of the trained one."""
    places = [place for place in gathered.judged[0].frames if state == TRAINED or place not in TEACHERLESS]
    pairs: list[tuple[People, str]] = [("others", place) for place in places]
    if state == TRAINED:
        pairs += [("same", place) for place in places if not place.endswith(TOKENS)]
    for people, place in pairs:
        for knowledge, (found, true) in gathered.read(place, people).items():
            yield {
                "place": place,
                "numbers": gathered.judged[0].frames[place].shape[1],
                "knowledge": knowledge,
                "people": people,
                "unexplained": by_person(found.unexplained(true), gathered.judged),
                "error_mm": error_mm(found.said, gathered.judged, knowledge, hand),
            }


def by_person(shares: Float[Tensor, " recordings"], evidence: Sequence[Evidence]) -> tuple[float, ...]:
    """Means over the recordings of each, in the order of their names."""
    subjects = np.array([own.entry.subject for own in evidence])
    return tuple(round(float(shares[torch.from_numpy(subjects == name)].mean()), 4) for name in np.unique(subjects))


def error_mm(said: Sequence[Numbers], evidence: Sequence[Evidence], knowledge: str, hand: Hand) -> float | None:
    """What was said as a hand beside the true one: the open hand for a shape, the true shape for a pose."""
    if knowledge == SHAPE:
        made, true = (hand.keypoints(betas=torch.cat(list(betas))) for betas in (said, [own.shape for own in evidence]))
    elif knowledge == POSE:
        betas = torch.cat([own.shape[:1].expand(len(own.moving), -1) for own in evidence])
        made = hand.keypoints(betas=betas, hand_6d=torch.cat(list(said)).unflatten(1, (15, 6)))
        true = torch.cat([own.keypoints for own in evidence])
    else:
        return None
    return round(1000 * float(mpjpe(made, true).double().mean()), 3)


def question_of(seed: int, folder: str | PathLike[str], size: str = "book") -> Question:
    """The teacher that is read: half of its pose hidden."""
    return Question(RATIO, seed, size=size, results=Path(folder))


def config(size: str = "book") -> dict[str, Any]:
    """All that is asked for but the seed, as JSON holds it."""
    teacher = {name: value for name, value in question_of(0, "", size).config.items() if name not in ("seed", "recipe")}
    asked = {
        "experiment": NAME,
        "version": VERSION,
        "penalties": probes.PENALTIES,
        "groups": probes.GROUPS,
        "thinned": probes.THINNED,
        "every": EVERY,
        "teacher": teacher,
    }
    return _as_json(asked)


def _as_json(asked: Mapping[str, Any]) -> dict[str, Any]:
    """With lists in place of tuples."""
    kept: dict[str, Any] = json.loads(json.dumps(asked))
    return kept


def weights_of(question: Question) -> Path | None:
    """Weights of that teacher on this machine: those of its training, or those that come with the library."""
    if question.weights.is_file():
        return question.weights
    shipped = teachers.SHIPPED.get(question.size)
    same = shipped is not None and train.read_about(shipped)["config"] == _as_json(question.config)
    return shipped if same else None


def missing(folder: str | PathLike[str], seeds: Sequence[int] = teachers.SEEDS, size: str = "book") -> list[int]:
    """The seeds whose teachers are not in the table yet.

    Raises:
        ResultsError: the table is damaged, or was asked otherwise than now.
    """
    there = {row.seed for row in load(folder, size)} if _path(folder, size).is_file() else set()
    return [seed for seed in seeds if seed not in there]


def write(rows: Sequence[Reading], data_hash: str, folder: str | PathLike[str], size: str = "book") -> Path:
    """Keep the rows of one teacher beside those of others, `<folder>/probes.json`; its own older ones go.

    Those of a size other than `book` are in a file of their own, such as `probes_long.json`.

    Raises:
        ResultsError: what is there was asked otherwise, or of other data.
    """
    kept = load(folder, size) if _path(folder, size).is_file() else []
    seeds = {row.seed for row in rows}
    every = sorted([*(row for row in kept if row.seed not in seeds), *rows], key=lambda row: row.seed)
    content = {
        "data_hash": data_hash,
        "synthetic": True,
        "version": results.code_version(),
        "machine": results.machine(),
        "config": config(size),
        "rows": [asdict(row) for row in every],
    }
    return results.write_json(_path(folder, size), content)


def _path(folder: str | PathLike[str], size: str) -> Path:
    return Path(folder) / f"{_name(size)}.json"


def _name(size: str) -> str:
    return NAME if size == "book" else f"{NAME}_{size}"


def load(folder: str | PathLike[str] | None = None, size: str = "book") -> list[Reading]:
    """All rows that are kept; the book's if no folder is given.

    Raises:
        ResultsError: there are none, they are damaged, or they were asked otherwise than this version asks.
    """
    content = tables.table(_name(size), folder)
    if content.get("config") != config(size):
        raise ResultsError(
            f"these probes were asked otherwise than this version asks: remove {_name(size)}.json and begin anew"
        )
    return [Reading(**{**row, "unexplained": tuple(row["unexplained"])}) for row in content["rows"]]


def select(rows: Sequence[Reading], **wanted: str) -> list[Reading]:
    """The rows for which all this is so, seed by seed, such as `place="Z", knowledge="pose"`."""
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]


def better(ours: Sequence[Reading], theirs: Sequence[Reading]) -> Interval:
    """By how much more R^2 is read in one place than in another, and how sure that is: people are drawn again.

    Args:
        ours: rows of one place, one for each seed.
        theirs: rows of the other, of the same seeds.

    Raises:
        ResultsError: the seeds differ.
    """
    if [row.seed for row in ours] != [row.seed for row in theirs]:
        raise ResultsError("rows of different seeds do not compare")
    theirs_left, ours_left = (np.concatenate([row.unexplained for row in rows]) for rows in (theirs, ours))
    people = [person for row in ours for person in range(len(row.unexplained))]
    return intervals.difference(theirs_left, ours_left, people)
