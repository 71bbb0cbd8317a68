"""A plan shared by processes: whoever begins a task holds a lock until it ends or dies, and the others take the next.

A task is anything that has a name of its own. Processes that share the folders of data and of results share
the work: they agree by locks beside generated data, which the system gives free however a process ends.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from hands import train
from hands.data.simhand import folder as data_folder
from hands.experiments.results import ResultsError
from hands.train.store import held

PAUSE: Final = 15.0
"""Seconds until a process that waits for others looks again."""


Task = TypeVar("Task")


def work(
    asked: Callable[[], Sequence[Task]],
    do: Callable[[Task], None],
    *,
    name: Callable[[Task], str],
    is_done: Callable[[Task], bool],
    is_ready: Callable[[Task], bool],
    pause: float = PAUSE,
) -> None:
    """Do what is left, until nothing is; what other processes are at is left to them and waited for.

    Args:
        asked: gives the plan as it is by now.
        do: does one task.
        name: of a task, by which processes know it; asked of those that can begin.
        is_done: whether nothing is left to do of a task.
        is_ready: whether one can begin.
        pause: seconds until this one looks again when all that can begin is in other hands.

    Raises:
        ResultsError: nothing that is left can begin, here or elsewhere.
    """
    while left := [task for task in asked() if not is_done(task)]:
        ready = [task for task in left if is_ready(task)]
        if not ready:
            raise ResultsError(f"none of the {len(left)} runs that are left can begin: their tries are not in the plan")
        if not _one_of(ready, do, name, is_done):
            time.sleep(pause)


def _one_of(
    ready: Sequence[Task], do: Callable[[Task], None], name: Callable[[Task], str], is_done: Callable[[Task], bool]
) -> bool:
    """Do the first that nobody is at; False if there is none."""
    for task in ready:
        with claimed(name(task)) as mine:
            if mine:
                if not is_done(task):
                    do(task)
                return True
    return False


@contextlib.contextmanager
def claimed(name: str) -> Iterator[bool]:
    """Keep other processes from the task of this name; False if one of them is at it."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(data_folder() / "trained" / "claims" / name))
        except train.CheckpointError:
            yield False
        else:
            yield True
