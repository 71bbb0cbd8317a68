"""The study of distillation as a plan: teachers, tries, runs, in the order in which they matter, shared by processes.

A run can begin when its setting is chosen and its teacher is on this machine. Processes that share the folders of data
and of results share the work (`sharing`).

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any, Final

from hands.data import SimHand
from hands.data.generation import Progress
from hands.experiments import sharing, students, tables, teachers, tries
from hands.experiments.methods import LEFT_OUT, MAIN, METHODS, PARTS, SECOND, SPARSE, STRANGERS
from hands.experiments.results import Run
from hands.experiments.students import Question
from hands.experiments.teachers import Material
from hands.train.progress import Watcher

SEEDS: Final = (0, 1, 2, 3, 4)
FEWER: Final = (0, 1, 2)
"""Seeds of the runs with fewer sensors, strangers, a second teacher, and parts that the paper did not leave out.

They come first in the plan, so that every table can be read early.
"""
JUDGING: Final = 10.0
"""Seconds of a run that has been trained already."""

Task = Question | teachers.Question


def plan(
    folder: str | PathLike[str],
    size: str = "book",
    seeds: Sequence[int] = SEEDS,
    *,
    tries_only: bool = False,
) -> list[Task]:
    """All that is asked, in order: tries, then runs, each seed after the other; teachers before their first student.

    A run whose setting is not chosen yet is in it without one.
    """
    asked = [*tries.all_of(folder, size), *([] if tries_only else runs(folder, size, seeds))]
    tasks: dict[Task, None] = {}
    for question in asked:
        if not question.done and question.needs_teacher and not question.teacher.weights.is_file():
            tasks.setdefault(question.teacher)
        tasks.setdefault(question)
    return list(tasks)


def runs(folder: str | PathLike[str], size: str = "book", seeds: Sequence[int] = SEEDS) -> list[Question]:
    """The runs whose rows are in tables."""
    few = [seed for seed in seeds if seed in FEWER]
    chosen = {name: tries.chosen(name, folder, size) for name in METHODS}

    def ask(names: Sequence[str], among: Sequence[int], **other: Any) -> list[Question]:
        own = {"size": size, "results": Path(folder), **other}
        return [Question(name, chosen[name], seed, **own) for seed in among for name in names]

    first = ask(MAIN, few) + ask(LEFT_OUT, few)
    sparse = ask(SPARSE, few, sensors="3") + ask(SPARSE, few, sensors="2")
    rare = ask([name for name in PARTS if name not in LEFT_OUT], few)
    more = ask([name for name in (*MAIN, *LEFT_OUT) if name != SECOND], [seed for seed in seeds if seed not in FEWER])
    return first + sparse + rare + ask(STRANGERS, few, protocol="unseen") + more


def is_done(task: Task) -> bool:
    """Whether nothing is left to do: a teacher is wanted for its weights."""
    return task.done if isinstance(task, Question) else task.weights.is_file()


def is_ready(task: Task) -> bool:
    """Whether it can begin."""
    if isinstance(task, teachers.Question):
        return True
    return task.setting is not None and not (task.needs_teacher and not task.teacher.weights.is_file())


def seconds(task: Task) -> float:
    """Of one processor core, about."""
    if isinstance(task, teachers.Question):
        return task.setting.seconds_each
    own, method = task.own, task.method
    if task.setting is not None and task.weights.is_file():  # a try was the same training
        return JUDGING
    if method.network != "student":
        return own.seconds_other
    return (own.seconds_each + own.seconds_teacher * (method.tutor != "none")) * method.longer


def work(asked: Callable[[], Sequence[Task]], do: Callable[[Task], None], pause: float = sharing.PAUSE) -> None:
    """Do what is left, as `sharing.work` does it.

    Raises:
        ResultsError: nothing that is left can begin, here or elsewhere.
    """
    sharing.work(asked, do, name=lambda task: task.path.stem, is_done=is_done, is_ready=is_ready, pause=pause)


def sim_of(task: Task, *, workers: int = 2, progress: Progress | None = None) -> SimHand:
    """The data of a task, generated if they are not there."""
    return teachers.sim_of(_data_of(task), workers=workers, progress=progress)


def answer(task: Task, sim: SimHand | None = None, watch: Watcher | None = None) -> Path:
    """Do one, on its data or on those that `sim_of` gives: gives the file of the run, or of a teacher's weights."""
    sim = sim_of(task) if sim is None else sim
    if isinstance(task, teachers.Question):
        return teachers.present(task, sim, watch)
    return students.run(task, _material(_data_of(task), sim.path), watch).save(task.results)


def _data_of(task: Task) -> teachers.Question:
    """Whose data it takes."""
    return replace(task.teacher if isinstance(task, Question) else task, start=0)


@lru_cache(maxsize=1)
def _material(question: teachers.Question, path: Path) -> Material:
    """Runs of one seed come one after another."""
    return Material.of(question, SimHand(path))


def with_teacher(question: Question) -> list[Task]:
    """A run and what has to be there before, as far as it is not done."""
    wanted: list[Task] = [question.teacher, question] if question.needs_teacher else [question]
    return [] if question.done else [task for task in wanted if not is_done(task)]


def title(task: Task) -> str:
    """In a few words, for whoever waits."""
    if isinstance(task, teachers.Question):
        return f"{task.method}, seed {task.seed}" + (", another start" if task.start else "")
    words = [task.name]
    words += [f"{task.sensors} sensors"] if task.sensors != "7" else []
    words += [f"{task.protocol} people"] if task.protocol != "seen" else []
    if task.trial:
        setting = task.chosen
        words.append(f"a try of lr {setting.lr:g}, decay {setting.weight_decay:g}, factor {setting.factor:g}")
    return ", ".join([*words, f"seed {task.seed}"])


def table_of(asked: Sequence[Question]) -> dict[str, Any]:
    """The table of those that are done.

    Raises:
        ResultsError: none is, or one is damaged.
    """
    return tables.tabulate([Run.load(question.path) for question in asked if question.done])
