"""Commands about networks that name gestures: to train one, and to make the study of pretraining again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from hands.cli.spoken import WIDTH, progress_of, say, say_hours
from hands.experiments import gesture_map, gesture_methods, gesture_runs, gesture_study, gesture_tables, tables
from hands.experiments.gesture_runs import Question
from hands.experiments.results import Run
from hands.train import progress as watching

COLUMNS = {
    "coarse_percent": "coarse",
    "coarse_balanced_percent": "coarse, balanced",
    "fine_percent": "fine",
    "fine_balanced_percent": "fine, balanced",
}


def train_gestures(method: str, seed: int, size: str, folder: Path | None, workers: int) -> None:
    """Train one, in the setting that the book's tries have chosen if they are done, and say how good it is."""
    asked = Question(method, gesture_study.usual(size), seed, size, folder=folder)
    asked = replace(asked, setting=gesture_study.chosen(method, asked.results, size) or asked.setting)
    question = replace(asked, results=asked.training)
    recipe, hours = question.recipe, gesture_study.seconds(question) / 3600
    say(f"{question.name}, size {question.size}: {recipe.steps} steps of {recipe.batch} pictures, {hours:.2f} hours.")
    if not question.done:
        _do(question, workers)
    for split in ("validation", "test"):
        _show(gesture_tables.table([Run.load(question.path)]), split)
    say(f"Weights: {question.weights}")


def _do(question: Question, workers: int) -> Path:
    with progress_of("Pictures") as progress:
        pictures = gesture_runs.pictures_of(question, workers=workers, progress=progress)
    with watching.bar(question.title) as watch:
        return gesture_study.answer(question, pictures, watch)


def reproduce_gestures(
    folder: Path, seeds: Sequence[int], split: str, *, plan: bool, quick: bool, tried: bool, workers: int
) -> None:
    """Do what is missing of the plan, keep the table, and print its rows.

    Args:
        folder: of results.
        seeds: of first weights and of the order of pictures.
        split: whose scores are printed.
        plan: only say what is missing.
        quick: only tiny runs, of which nothing is kept.
        tried: only tries.
        workers: processes that render pictures.
    """
    if quick:
        _quick(split)
        return
    _print_plan(folder, seeds, tried, listed=plan)
    if plan:
        return

    def do(question: Question) -> None:
        say(f"{question.title}: {_do(question, workers)}")

    gesture_study.work(lambda: gesture_study.plan(folder, seeds=seeds, tries_only=tried), do)
    if not tried:
        gesture_tables.write(folder)
        gesture_map.write_book(folder)
        asked = gesture_study.runs(folder, seeds=seeds)
        _show(gesture_tables.table([Run.load(question.path) for question in asked]), split)


def _quick(split: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        setting = gesture_study.usual("smoke")
        first = Question(setting=setting, size="smoke", results=Path(place))
        asked = [replace(first, name=name, folder=Path(place) / name) for name in gesture_methods.NAMES]
        for question in asked:
            _do(question, workers=1)
        _show(gesture_tables.table([Run.load(question.path) for question in asked]), split)
    say("A tiny run: it shows that all works, and its numbers mean nothing.")


def _print_plan(folder: Path, seeds: Sequence[int], tried: bool, *, listed: bool) -> None:
    asked = gesture_study.plan(folder, seeds=seeds, tries_only=tried)
    table = Table("run", "state", title="Pretraining on gestures: runs")
    for question in asked:
        waits = "missing" if gesture_study.is_ready(question) else "waits for its tries"
        table.add_row(question.title, "done" if question.done else waits)
    Console().print(table)
    say_hours("gestures", [one.done for one in asked], [*map(gesture_study.seconds, asked)], listed=listed)


def _show(content: Mapping[str, Any], split: str) -> None:
    """Accuracies: what each network names with its own heads, and what linear probes read from it."""
    shown = Table("network", *COLUMNS.values(), title=f"Gestures named, percent, {split}: synthetic pictures")
    for line in tables.lines(content, split=split):
        shown.add_row(line["method"], *(_cell(line["more"].get(name)) for name in COLUMNS))
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(shown)
    say(f"Mean and standard deviation over seeds. Pictures {content['data_hash'][:12]}, all synthetic.")


def _cell(found: Mapping[str, float | None] | None) -> str:
    if found is None:
        return "–"
    return f"{found['mean']:.1f}" + ("" if found["sd"] is None else f" ± {found['sd']:.1f}")
