"""Shipped students, judged again: weights that come with the library give the numbers that are in its tables.

A recording of SimHand depends on its subject, program and seed alone, so one can be made again without the others.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Final

from hands import data, mano, train
from hands.data import Plan
from hands.distill import shipped
from hands.experiments import judging, results, students
from hands.experiments.methods import DECOUPLED, PLAIN
from hands.experiments.results import ResultsError, Row, Run
from hands.experiments.samples import Samples

SHIPPED: Final[Mapping[str, str]] = {"plain": PLAIN, "taught": DECOUPLED}
"""The method that each shipped name stands for."""

Recorded = tuple[str, str]
"""Subject and program."""


def ship(name: str, question: students.Question) -> Path:
    """Put the weights of a finished run where `distill.load(name, sensors)` finds them.

    Raises:
        ResultsError: the run is of another method, or a try.
        CheckpointError: its weights are not on this machine, or are damaged.
    """
    if SHIPPED.get(name) != question.name or question.trial:
        raise ResultsError(f"{name!r} does not stand for {question.name!r}: ship a whole run of {SHIPPED}")
    model, told = students.load(question.weights)
    told |= {"config": question.config}
    return train.save(shipped.path_of(name, question.sensors), model, told)


def run_of(path: str | PathLike[str], folder: str | PathLike[str] | None = None) -> Run:
    """The run that shipped weights are from.

    Args:
        path: of the weights.
        folder: of results; the book's if left out.

    Raises:
        CheckpointError: there are no such weights, or they are damaged.
        ResultsError: the run is not there, or is damaged.
    """
    told = train.read_about(path)
    kept = results.run_path(folder or results.book_results(), told["config"], told["data_hash"])
    if not kept.is_file():
        raise ResultsError(f"the run of {path} is not in {kept.parent}: its weights cannot be compared with a table")
    return Run.load(kept)


def test_row(run: Run) -> Row:
    """What it came to in the test, with its own shape."""
    return next(row for row in run.rows if row.split == "test" and row.method == run.config["method"])


def again(
    path: str | PathLike[str],
    folder: str | PathLike[str] | None = None,
    *,
    subjects: Sequence[str] | None = None,
    programs: Sequence[str] | None = None,
) -> dict[Recorded, tuple[float, float]]:
    """MPJPE of every test recording, mm: as the run kept it, and as the weights give it now.

    Args:
        path: of the weights.
        folder: of results; the book's if left out.
        subjects: of the recordings; all if left out.
        programs: of the test; all if left out.

    Raises:
        CheckpointError: there are no such weights, or they are damaged.
        ResultsError: the run is not there, or is damaged.
    """
    run = run_of(path, folder)
    asked = run.config
    people, done = tuple(asked["subjects"]), tuple(asked["programs"])
    whole = Plan(asked["difficulty"], asked["seed"], asked["seconds"], people, done)
    tested = whole.entries_of("test", unseen=asked["protocol"] == "unseen")
    then = {(e.subject, e.program): mm for e, mm in zip(tested, test_row(run).by_recording_mm, strict=True)}
    wanted = [(s, p) for s, p in then if s in (subjects or whole.subjects) and p in (programs or whole.programs)]
    people, done = (tuple(dict.fromkeys(names)) for names in zip(*wanted, strict=True))
    with tempfile.TemporaryDirectory() as place:
        plan = Plan(whole.difficulty, whole.seed, whole.seconds, people, done)
        data.generate(Path(place) / "again", plan, workers=1)
        now = _errors(path, data.SimHand(Path(place) / "again"))
    return {key: (then[key], now[key]) for key in wanted}


def _errors(path: str | PathLike[str], sim: data.SimHand) -> dict[Recorded, float]:
    model, _ = students.load(path)
    hand, length = mano.load(), model.worn.max_len
    samples = Samples.of(sim, "test", hand, length=length, stride=length)
    wrong = judging.errors(judging.predict(model, samples), samples, hand)
    found = judging.by_recording_mm(wrong["mpjpe"], samples)
    return {(e.subject, e.program): mm for e, mm in zip(samples.entries, found, strict=True)}
