"""The study of stage 2 as a plan: tries, then runs, seed after seed, shared by processes (`sharing`).

Tries have seed 0. A method that goes by another one's tries takes its setting; every other takes the one whose MPJPE on
validation was smallest, for all seeds. A run can begin when its setting is chosen and its trunk is trained.

Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Final

from hands.experiments import sharing, token_runs
from hands.experiments import token_methods as methods
from hands.experiments.methods import Setting
from hands.experiments.results import ResultsError, Run
from hands.experiments.token_methods import CLASS_MEAN, METHODS
from hands.experiments.token_runs import Material, Question
from hands.gesture import Pictures
from hands.train.progress import Watcher

SEEDS: Final = (0, 1, 2)
TRIED: Final = 0
"""The seed of tries."""


def plan(
    folder: str | PathLike[str], size: str = "book", seeds: Sequence[int] = SEEDS, *, tries_only: bool = False
) -> list[Question]:
    """All that is asked, in order; a run whose setting is not chosen yet is in it without one."""
    return [*tries(folder, size), *([] if tries_only else runs(folder, size, seeds))]


def tries(folder: str | PathLike[str], size: str = "book", names: Sequence[str] = tuple(METHODS)) -> list[Question]:
    """The tries of these methods; those that go by another one's have none."""
    settings = methods.settings_of(methods.token_size(size))
    own = [name for name in names if methods.method(name).as_tried is None and name != CLASS_MEAN]
    return [
        Question(name, setting, TRIED, size, trial=True, results=Path(folder)) for name in own for setting in settings
    ]


def runs(folder: str | PathLike[str], size: str = "book", seeds: Sequence[int] = SEEDS) -> list[Question]:
    """The runs whose rows are in the table."""
    settings = {name: chosen(name, folder, size) for name in METHODS}
    return [Question(name, settings[name], seed, size, results=Path(folder)) for seed in seeds for name in METHODS]


def chosen(name: str, folder: str | PathLike[str], size: str = "book") -> Setting | None:
    """The setting of a method; None while the tries that it goes by are not all done.

    Raises:
        ResultsError: a run is damaged, or there is no such method.
    """
    name = methods.method(name).as_tried or name
    if name == CLASS_MEAN:
        recipe = methods.token_size(size).recipe
        return Setting(recipe.lr, recipe.weight_decay)
    asked = tries(folder, size, (name,))
    if not all(question.done for question in asked):
        return None
    return min(asked, key=validation_mpjpe).chosen


def validation_mpjpe(question: Question) -> float:
    """MPJPE on validation, mm.

    Raises:
        ResultsError: the run is damaged.
        FileNotFoundError: there is none.
    """
    for row in Run.load(question.path).rows:
        if row.method == question.name and row.split == "validation" and row.mpjpe_mm is not None:
            return row.mpjpe_mm
    raise ResultsError(f"{question.path} has no row of {question.name!r} on validation")


def is_ready(question: Question) -> bool:
    """Whether it can begin."""
    trunk = question.stage_1
    return question.setting is not None and (trunk is None or (trunk.setting is not None and trunk.weights.is_file()))


def seconds(question: Question) -> float:
    """Of one processor core, about."""
    own = question.own
    trained = question.name == CLASS_MEAN or (question.setting is not None and question.weights.is_file())
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
    """Do one, on the pictures of stage 1 (`gesture_runs.pictures_of`): gives the file of the run."""
    own = material(pictures.path, methods.stage_1(question.size).side)
    return token_runs.run(question, own, watch).save(question.results)


@lru_cache(maxsize=1)
def material(path: Path, side: int) -> Material:
    """The pictures in a folder; all runs see the same."""
    return Material.of(Pictures(path), side)
