"""Commands about teachers: to train one, and to make their table again."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hands.cli.spoken import progress_of, say, say_hours, show_errors
from hands.experiments import configs, mask_clips, teachers
from hands.train import progress as watching


def train_teacher(question: teachers.Question, workers: int) -> None:
    """Train one and say how good it is."""
    _print_recipe(question)
    if not question.done:
        _train(question, workers)
    for split in ("validation", "test"):
        show_errors(teachers.table_of([question]), split)
    say(f"Weights: {question.weights}")


def _print_recipe(question: teachers.Question) -> None:
    recipe, cost = question.setting.recipe, question.setting.seconds_each
    hours = f"about {cost / 3600:.2f} hours of one processor core" if cost else "days without a GPU"
    say(f"{question.method}, size {question.size}: {recipe.steps} steps of {recipe.batch} windows, {hours}.")


def _train(question: teachers.Question, workers: int) -> Path:
    with progress_of(f"Data: seed {question.seed}") as progress:
        sim = teachers.sim_of(question, workers=workers, progress=progress)
    with watching.bar(f"{question.method}, seed {question.seed}") as watch:
        return teachers.run(question, sim, watch).save(question.results)


def reproduce_teachers(
    folder: Path,
    seeds: Sequence[int] | None,
    ratios: Sequence[float] | None,
    split: str,
    *,
    plan: bool,
    quick: bool,
    workers: int,
) -> None:
    """Train the teachers that are missing, keep the table, and print it.

    Args:
        folder: of results.
        seeds: of the data; the book's if left out.
        ratios: of masks; the book's if left out.
        split: whose scores are printed.
        plan: only say what is missing.
        quick: only tiny runs, of which nothing is kept.
        workers: processes that make data.
    """
    if quick:
        _quick_teachers(split)
        return
    asked = teachers.questions(folder, seeds or teachers.SEEDS, ratios or configs.RATIOS)
    _print_teachers(asked, listed=plan)
    if plan:
        return
    for question in asked:
        if not question.done:  # by now: another process may share the work
            say(f"{question.method}, seed {question.seed}: {_train(question, workers)}")
    teachers.write_table(folder)
    mask_clips.write_book(folder)
    show_errors(teachers.table_of(asked), split)


def _quick_teachers(split: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        asked = teachers.questions(place, (0,), (configs.RATIO,), "smoke")
        for question in asked:
            _train(replace(question, folder=Path(place) / question.method), workers=1)
        show_errors(teachers.table_of(asked), split)
    say("A tiny run: it shows that all works, and its numbers mean nothing.")


def _print_teachers(asked: Sequence[teachers.Question], *, listed: bool) -> None:
    table = Table("network", "seed", "run", "state", title="Teachers: runs")
    for question in asked:
        state = "done" if question.done else "missing"
        table.add_row(question.method, str(question.seed), question.path.stem, state)
    Console().print(table)
    done, costs = [question.done for question in asked], [question.setting.seconds_each for question in asked]
    say_hours("teacher", done, costs, listed=listed)
