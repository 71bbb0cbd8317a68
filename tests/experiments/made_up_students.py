"""Runs of students and teachers that nobody trained: a number for each question, by a formula that tests know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from hands.data import Plan
from hands.experiments import study, teachers, tries
from hands.experiments.results import Row, Run
from hands.experiments.students import RULED, Question

Number = Callable[[Question], float]


def row(method: str, split: str, mm: float, question: Question | teachers.Question) -> Row:
    """One whose parts and mesh follow from its error."""
    test = split == "test"
    return Row(
        method=method,
        difficulty="glove",
        sensors=getattr(question, "sensors", "7"),
        protocol=question.protocol,
        split=split,
        seed=question.seed,
        frames=10,
        mpjpe_mm=mm,
        mpvpe_mm=mm / 2 if test else None,
        shape_mm=mm / 4,
        pose_mm=mm * 0.75,
        choices=asdict(question.chosen) if isinstance(question, Question) and question.setting else {},
        by_recording_mm=_by_recording(mm, question, split),
    )


def _by_recording(mm: float, question: Question | teachers.Question, split: str) -> tuple[float, ...]:
    """The last recording is 1 mm worse than the first."""
    s = question.teacher.setting if isinstance(question, Question) else question.setting
    plan = Plan("glove", question.seed, s.seconds, s.subjects, s.programs)
    count = len(plan.entries_of(split, unseen=question.protocol == "unseen"))
    return tuple(mm + k / max(count - 1, 1) for k in range(count))


def keep(question: Question, mm: float) -> None:
    """As if it had been run: a ruler's shape is 1 mm better."""
    splits = ["validation"] if question.trial else ["validation", "test"]
    names = {question.name: mm, question.name + RULED: mm - 1}
    rows = [row(name, split, error, question) for split in splits for name, error in names.items()]
    _kept(question, question.data_hash, rows)


def keep_teacher(question: teachers.Question, mm: float) -> None:
    """Likewise."""
    rows = [row(question.method, split, mm, question) for split in ("validation", "test")]
    s = question.setting
    hashed = teachers.hash_of(s.seconds, s.subjects, s.programs)
    _kept(question, hashed, rows)


def _kept(question: Question | teachers.Question, hashed: str, rows: Sequence[Row]) -> None:
    Run(question.config, hashed, tuple(rows), 1.0, "0.0", "made up", "2026-01-01").save(question.results)


def keep_tries(folder: Path, number: Number, size: str = "smoke") -> None:
    """Every try, those of the student alone first, on whose choice the others build."""
    while left := [question for question in tries.all_of(folder, size) if not question.done]:
        for question in left:
            keep(question, number(question))


def keep_runs(folder: Path, number: Number, seeds: Sequence[int] = study.SEEDS, size: str = "smoke") -> None:
    """Every run of the plan, after its tries."""
    for question in study.runs(folder, size, seeds):
        keep(question, number(question))
