"""The numbers to beat: what can be had from sensors on a hand without a network.

Five methods, from none to nearly as good as a small network: the mean pose; the turn of each nail split equally over
its finger's joints; ridge regression from one frame to keypoints; the same from three frames; and for each finger
ridge regression on products of its own sensor's and the palm's features to joint rotations, with the mean shape, a
shape guessed from the recording, or one from two readings of a ruler. A finger without a sensor gets the mean pose from
the equal split, and from the finger ridge what the nearest finger's sensor tells about it.

All that has to be chosen, the penalty and the layout of the features, is chosen by the keypoint error on validation.
Two protocols: *seen* trains and tests on all fifteen subjects, on different programs; *unseen* leaves three of them out
of training and validation, and tests on them. Whoever chooses for strangers must be judged by strangers, too: a method
that knows how somebody wears the glove looks better on validation than it is. So for *unseen* the other twelve are
validated in four groups, each by what was fitted to the other three, and these are the numbers of its validation.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from os import PathLike
from pathlib import Path
from typing import Any, Final, get_args

from hands import mano
from hands.data import UNSEEN, Entry, Plan, SimHand, data_hash
from hands.experiments import results, tables
from hands.experiments.fitted import (
    PENALTIES,
    SHAPE_PENALTIES,
    Choice,
    Fitted,
    Fold,
    Sums,
    by_method,
    choose,
    joined,
    sums_of,
)
from hands.experiments.results import Protocol, Row, Run, Split
from hands.experiments.scoring import Method, Score, Scores
from hands.experiments.shapes import RULER_ERROR
from hands.experiments.takes import LAYOUTS, TRUST, Take, calibrations, read
from hands.motion import SUBJECTS

NAME: Final = "baselines"
VERSION: Final = 2
"""Goes up when a method changes, so that finished runs are made anew."""

DIFFICULTIES: Final = ("clean", "glove", "cheap")
SEEDS: Final = (0, 1, 2)
SECONDS: Final = 20.0
"""Of each recording: 75 minutes in all."""
COST: Final = 9.0
"""Seconds of one core that a run takes for each second of its recordings; a fifth of them make the data."""
SENSORS: Final = ("7", "4", "3", "2")
"""Names of the subsets."""
METHODS: Final = (
    "mean pose",
    "equal split",
    "keypoint ridge",
    "keypoint ridge, 3 frames",
    "finger ridge, mean shape",
    "finger ridge, predicted shape",
    "finger ridge, ruler shape",
)
"""In the order of tables."""
THINNED: Final = 6
"""Choices look at every sixth frame of validation: five in a second."""
FOLDS: Final = 4
"""Groups of the people who are known to the unseen protocol."""
STRANGERS: Final = -1
"""The group of those who are not."""

Progress = Callable[[int, int], None]


def config(difficulty: str, seed: int, seconds: float, sensors: Sequence[str] = SENSORS) -> dict[str, Any]:
    """The question that one run answers."""
    return {
        "experiment": NAME,
        "version": VERSION,
        "difficulty": difficulty,
        "seed": seed,
        "seconds": seconds,
        "sensors": list(sensors),
        "layouts": list(LAYOUTS),
        "penalties": list(PENALTIES),
        "shape_penalties": list(SHAPE_PENALTIES),
        "thinned": THINNED,
        "ruler_error": RULER_ERROR,
        "trust": TRUST,
    }


def run(sim: SimHand, progress: Progress | None = None, *, sensors: Sequence[str] = SENSORS) -> Run:
    """All baselines on one data set, by both protocols.

    Args:
        sim: the data, of all subjects and programs.
        progress: called with how many recordings were worked through, and of how many.
        sensors: names of the subsets.
    """
    start, hand, plan = time.process_time(), mano.load(), sim.plan
    work = list(product(get_args(Protocol), get_args(Split)))
    recordings = {(protocol, split): sim.entries_of(split, unseen=protocol == "unseen") for protocol, split in work}
    training = sim.entries_of("train")
    opened = _Opened(sim, hand, progress, len(training) + sum(map(len, recordings.values())))
    sums = training_sums(opened(training))
    rows: list[Row] = []
    for protocol in get_args(Protocol):
        thinned = [take.every(THINNED) for take in opened(recordings[protocol, "validation"], count=False)]
        folds = folds_of(protocol, sums, thinned)
        choices = choose(sensors, list(folds.values()), hand)
        judges = {group: Fitted.of(fold.sums, choices, hand) for group, fold in folds.items()}
        final = Fitted.of(joined(s for g, s in sums.items() if protocol == "seen" or g != STRANGERS), choices, hand)
        for split in get_args(Split):
            scores = Scores(hand, mesh=split == "test")
            for take in opened(recordings[protocol, split]):
                fitted = final if split == "test" else judges[_fold(protocol, take)]
                scores.add(take, fitted.guess(take, plan.seed))
            rows += _rows(scores.means(), by_method(choices), plan, protocol, split)
    asked = config(plan.difficulty, plan.seed, plan.seconds, sensors)
    return results.finished(asked, sim.data_hash, rows, cpu_s=time.process_time() - start)


class _Opened:
    """Opens recordings one by one, calibrated, and counts them."""

    def __init__(self, sim: SimHand, hand: mano.Hand, progress: Progress | None, total: int) -> None:
        self.sim, self.hand, self.progress = sim, hand, progress
        self.calibrations = calibrations(sim, hand)
        self.total, self.done = total, 0

    def __call__(self, entries: Iterable[Entry], *, count: bool = True) -> Iterator[Take]:
        for entry in entries:
            yield read(self.sim, entry, self.hand, self.calibrations[entry.subject])
            self.done += count
            if self.progress is not None:
                self.progress(self.done, self.total)


def _rows(
    scores: Mapping[Method, Score], choices: Mapping[Method, Choice], plan: Plan, protocol: Protocol, split: Split
) -> list[Row]:
    return [
        Row(
            method=method,
            difficulty=plan.difficulty,
            sensors=sensors,
            protocol=protocol,
            split=split,
            seed=plan.seed,
            frames=score.frames,
            mpjpe_mm=score.mpjpe_mm,
            mpvpe_mm=score.mpvpe_mm,
            shape_mm=score.shape_mm,
            pose_mm=score.pose_mm,
            choices=choices.get((sensors, method), {}),
        )
        for (sensors, method), score in scores.items()
    ]


def training_sums(takes: Iterable[Take]) -> dict[int, Sums]:
    """Running sums over the training recordings of each group of people."""
    sums: dict[int, Sums] = {}
    for take in takes:
        group = group_of(take.entry.subject)
        sums[group] = joined([sums.get(group, {}), sums_of(take)])
    return sums


def group_of(subject: str) -> int:
    """One of `FOLDS` groups of people, or the strangers who are in the unseen test alone."""
    return STRANGERS if subject in UNSEEN else SUBJECTS[subject].number % FOLDS


def folds_of(protocol: Protocol, sums: Mapping[int, Sums], validation: Sequence[Take]) -> dict[int, Fold]:
    """What choices are judged by, as the test will judge: for unseen people, on people who are left out of the fit."""
    if protocol == "seen":
        return {0: Fold(joined(sums.values()), validation)}
    known = [group for group in sums if group != STRANGERS]
    return {
        out: Fold(
            joined(sums[group] for group in known if group != out),
            [take for take in validation if group_of(take.entry.subject) == out],
        )
        for out in known
    }


def _fold(protocol: Protocol, take: Take) -> int:
    return 0 if protocol == "seen" else group_of(take.entry.subject)


@dataclass(frozen=True)
class Question:
    """One run of the plan, made or not."""

    difficulty: str
    seed: int
    seconds: float
    path: Path
    """Where it is kept."""

    @property
    def done(self) -> bool:
        """Whether it is there."""
        return self.path.is_file()


def questions(
    folder: str | PathLike[str],
    difficulties: Sequence[str] = DIFFICULTIES,
    seeds: Sequence[int] = SEEDS,
    seconds: float = SECONDS,
) -> list[Question]:
    """The plan: one run for each difficulty and seed.

    Raises:
        SimHandError: there is no such difficulty or seed, or the recordings are too short.
    """
    pairs = dict.fromkeys(product(seeds, difficulties))  # each once
    data, plans = data_hash(seconds), [Plan(difficulty, seed, seconds) for seed, difficulty in pairs]
    asked = [config(plan.difficulty, plan.seed, seconds) for plan in plans]
    return [
        Question(plan.difficulty, plan.seed, seconds, results.run_path(folder, question, data))
        for plan, question in zip(plans, asked, strict=True)
    ]


def table(runs: Sequence[Run]) -> dict[str, Any]:
    """The table of these runs, in the order of difficulties and methods.

    Raises:
        ResultsError: there is no run, or they do not belong together.
    """
    content = tables.tabulate(runs)
    content["rows"].sort(key=lambda line: (DIFFICULTIES.index(line["difficulty"]), METHODS.index(line["method"])))
    return content


def write_table(folder: str | PathLike[str], asked: Sequence[Question]) -> dict[str, Any]:
    """The table of finished runs; kept as `<folder>/baselines.json` if it is the book's, with all that is in it.

    Raises:
        ResultsError: there are no such runs, or one is damaged.
    """
    content = table([Run.load(question.path) for question in asked if question.done])
    if is_whole(asked):
        results.write_json(Path(folder) / f"{NAME}.json", content)
    return content


def is_whole(asked: Sequence[Question]) -> bool:
    """Whether these are the runs of the book's table, all done: a part of it must not take its place."""
    done = {(question.difficulty, question.seed, question.seconds) for question in asked if question.done}
    return done == set(product(DIFFICULTIES, SEEDS, (SECONDS,)))
