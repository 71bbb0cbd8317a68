"""The study of pretraining as a plan: tries, then runs, seed after seed, shared by processes (`sharing`).

Tries have seed 0; each method takes the setting in which its own heads did best on validation, for all seeds. Whoever
looks at a choice looks at the runs, so it cannot be typed in.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Final

from hands.experiments import gesture_methods as methods
from hands.experiments import gesture_runs, sharing
from hands.experiments.gesture_methods import NAMES, UNTRAINED
from hands.experiments.gesture_runs import Material, Question
from hands.experiments.methods import Setting
from hands.experiments.results import Run
from hands.gesture import Pictures
from hands.train.progress import Watcher

SEEDS: Final = (0, 1, 2, 3, 4)
TRIED: Final = 0
"""The seed of tries."""


def plan(
    folder: str | PathLike[str], size: str = "book", seeds: Sequence[int] = SEEDS, *, tries_only: bool = False
) -> list[Question]:
    """All that is asked, in order; a run whose setting is not chosen yet is in it without one."""
    return [*tries(folder, size), *([] if tries_only else runs(folder, size, seeds))]


def tries(folder: str | PathLike[str], size: str = "book", names: Sequence[str] = NAMES) -> list[Question]:
    """The tries of these methods, as many for each that is trained."""
    settings = methods.settings_of(methods.gesture_size(size))
    trained = [name for name in names if methods.weighting(name) is not None]
    return [
        Question(name, setting, TRIED, size, trial=True, results=Path(folder))
        for name in trained
        for setting in settings
    ]


def runs(folder: str | PathLike[str], size: str = "book", seeds: Sequence[int] = SEEDS) -> list[Question]:
    """The runs whose rows are in the table."""
    settings = {name: chosen(name, folder, size) for name in NAMES}
    return [Question(name, settings[name], seed, size, results=Path(folder)) for seed in seeds for name in NAMES]


def chosen(name: str, folder: str | PathLike[str], size: str = "book") -> Setting | None:
    """The setting of a method; None while its tries are not all done.

    Raises:
        ResultsError: a run is damaged, or there is no such method.
    """
    if methods.weighting(name) is None:
        return usual(size)
    asked = tries(folder, size, (name,))
    if not all(question.done for question in asked):
        return None
    return min(asked, key=validation_error).chosen


def usual(size: str) -> Setting:
    """The recipe's own."""
    recipe = methods.gesture_size(size).recipe
    return Setting(recipe.lr, recipe.weight_decay)


def validation_error(question: Question) -> float:
    """What its own heads get wrong on validation of what it learnt, percent.

    Raises:
        ResultsError: the run is damaged.
        FileNotFoundError: there is none.
    """
    rows = Run.load(question.path).rows
    return next(row.more["error_percent"] for row in rows if row.method == question.name and row.split == "validation")


def is_ready(question: Question) -> bool:
    """Whether it can begin."""
    return question.setting is not None


def seconds(question: Question) -> float:
    """Of one processor core, about."""
    own = question.own
    trained = question.name == UNTRAINED or (question.setting is not None and question.weights.is_file())
    return own.seconds_each * (not trained) + own.seconds_judging * (not question.trial)


def work(asked: Callable[[], Sequence[Question]], do: Callable[[Question], None], pause: float = sharing.PAUSE) -> None:
    """Do what is left, as `sharing.work` does it.

    Raises:
        ResultsError: nothing that is left can begin, here or elsewhere.
    """
    sharing.work(
        asked, do, name=lambda one: one.path.stem, is_done=lambda one: one.done, is_ready=is_ready, pause=pause
    )


def answer(question: Question, pictures: Pictures, watch: Watcher | None = None) -> Path:
    """Do one, on the pictures that `gesture_runs.pictures_of` gives: gives the file of the run."""
    own = material(pictures.path, question.own.side)
    return gesture_runs.run(question, own, watch).save(question.results)


@lru_cache(maxsize=1)
def material(path: Path, side: int) -> Material:
    """The pictures in a folder; all runs see the same."""
    return Material.of(Pictures(path), side)
