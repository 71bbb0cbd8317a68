"""Commands about students: to train one, and to make the study of distillation again."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from hands.cli.spoken import progress_of, say, say_hours, show_errors
from hands.experiments import distill_tables, methods, student_clips, students, study, tries
from hands.train import progress as watching


def train_student(question: students.Question, workers: int) -> None:
    """Train one, and its teacher before it if that is not on this machine, and say how good it is."""
    recipe, hours = question.recipe, study.seconds(question) / 3600
    say(f"{question.name}, size {question.size}: {recipe.steps} steps of {recipe.batch} windows, {hours:.2f} hours.")
    for task in study.with_teacher(question):
        _do(task, workers)
    for split in ("validation", "test"):
        show_errors(study.table_of([question]), split)
    say(f"Weights: {question.weights}")


def _do(task: study.Task, workers: int) -> Path:
    with progress_of(f"Data: seed {task.seed}") as progress:
        sim = study.sim_of(task, workers=workers, progress=progress)
    with watching.bar(study.title(task)) as watch:
        return study.answer(task, sim, watch)


def reproduce_study(
    folder: Path, seeds: Sequence[int], split: str, *, plan: bool, quick: bool, tried: bool, workers: int
) -> None:
    """Do what is missing of the plan, keep the tables, and print their rows.

    Args:
        folder: of results.
        seeds: of the data.
        split: whose scores are printed.
        plan: only say what is missing.
        quick: only one tiny run, of which nothing is kept.
        tried: only tries.
        workers: processes that make data.
    """
    if quick:
        _quick_study(split)
        return
    _print_study(folder, seeds, tried, listed=plan)
    if plan:
        return

    def do(task: study.Task) -> None:
        say(f"{study.title(task)}: {_do(task, workers)}")

    study.work(lambda: study.plan(folder, seeds=seeds, tries_only=tried), do)
    if not tried:
        distill_tables.write(folder)
        student_clips.write_book(folder)
        show_errors(study.table_of(study.runs(folder, seeds=seeds)), split)


def _quick_study(split: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        asked = students.Question(methods.DECOUPLED, tries.taken(methods.DECOUPLED, place), size="smoke")
        asked = replace(asked, results=Path(place), folder=Path(place) / "trained")
        for task in study.with_teacher(asked):
            _do(task, workers=1)
        show_errors(study.table_of([asked]), split)
    say("A tiny run: it shows that all works, and its numbers mean nothing.")


def _print_study(folder: Path, seeds: Sequence[int], tried: bool, *, listed: bool) -> None:
    asked = study.plan(folder, seeds=seeds, tries_only=tried)
    table = Table("run", "state", title="The study of distillation: runs")
    for task in asked:
        waits = "missing" if study.is_ready(task) else "waits for its tries or its teacher"
        table.add_row(study.title(task), "done" if study.is_done(task) else waits)
    Console().print(table)
    stated = tries.all_of(folder)
    later = tries.count() - len(stated)
    costs = [*map(study.seconds, asked), *[study.seconds(stated[0])] * later]
    say_hours("distill", [*map(study.is_done, asked), *[False] * later], costs, listed=listed)
    if later:
        say(f"{later} of them are tries that build on the choice of others, and stand in no line yet.")
