"""How the command line speaks: sentences, bars and tables; plain text in a pipe."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from hands.experiments import tables

WIDTH = 100
"""Of tables in a pipe, characters; a terminal has its own."""
MISTAKE = 2
"""Exit status after a sentence that says what was wrong."""


def in_sentences(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose mistakes end in a sentence rather than in a traceback."""

    @functools.wraps(command)
    def told(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (ValueError, OSError) as error:
            Console(stderr=True).print(f"hands: {error}", markup=False, highlight=False, soft_wrap=True, style="red")
            raise typer.Exit(MISTAKE) from error

    return told


@contextmanager
def progress_of(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal, nothing in a pipe; gives what is to be called with how many are done, and of how many."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def say(text: str) -> None:
    """A line on the standard output."""
    Console().print(text, markup=False, highlight=False, soft_wrap=True)


def show_errors(content: Mapping[str, Any], split: str) -> None:
    """A table of networks: the error and its two parts."""
    scores = {"mpjpe_mm": "MPJPE", "shape_mm": "shape part", "pose_mm": "pose part", "mpvpe_mm": "MPVPE"}
    lines = tables.lines(content, split=split)
    shown = Table("protocol", "sensors", "network", *scores.values(), title=f"Errors in mm, {split}: synthetic data")
    for line in lines:
        shown.add_row(
            line["protocol"], line["sensors"], line["method"], *(tables.cell(line, score) for score in scores)
        )
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(shown)
    say(f"Mean and standard deviation over seeds. Data {content['data_hash'][:12]}, all synthetic.")


def say_hours(experiment: str, done: Sequence[bool], seconds: Sequence[float], *, listed: bool = True) -> None:
    """What is missing and how long it takes, or, if nothing is and the plan was only listed, where the table is."""
    if listed and all(done):
        again = f"To make them again, about {sum(seconds) / 3600:.1f} hours of one processor core, name a new folder"
        say(f"All {len(done)} runs are done: `hands reproduce {experiment}` prints the table. {again} with --fresh.")
        return
    hours = sum(cost for is_done, cost in zip(done, seconds, strict=True) if not is_done) / 3600
    say(f"{done.count(False)} of {len(done)} runs are missing: about {hours:.1f} hours of one processor core.")
