"""Which setting each method takes: the one that did best on validation among its tries, computed from their runs.

Tries have seed 0, all sensors and people who are seen; the choice is taken for all seeds, fewer sensors and strangers
as well. Whoever looks at a choice looks at the runs, so it cannot be typed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Final

from hands.experiments import methods
from hands.experiments.methods import FACTORS, METHODS, PLAIN, Method, Setting
from hands.experiments.results import Run
from hands.experiments.students import Question

SEED: Final = 0


def chosen(name: str, folder: str | PathLike[str], size: str = "book") -> Setting | None:
    """The setting of a method; None while its tries are not all done.

    Raises:
        ResultsError: a run is damaged, or there is no such method.
    """
    own = methods.method(name)
    if own.like is not None:
        return chosen(own.like, folder, size)
    asked = of(own, folder, size)
    if not asked or not all(question.done for question in asked):
        return None
    return min(asked, key=validation_mm).chosen


def taken(name: str, folder: str | PathLike[str], size: str = "book") -> Setting:
    """The setting of a method, or where its tries are not done, the recipe's and factor 1.

    Raises:
        ResultsError: a run is damaged, or there is no such method.
    """
    recipe = methods.student_size(size).recipe
    return chosen(name, folder, size) or Setting(recipe.lr, recipe.weight_decay)


def of(own: Method, folder: str | PathLike[str], size: str = "book") -> list[Question]:
    """The tries of a method; none while what they build on is not chosen."""
    return [
        Question(own.name, setting, SEED, size=size, trial=True, results=Path(folder))
        for setting in candidates(own, folder, size)
    ]


def candidates(own: Method, folder: str | PathLike[str], size: str) -> Sequence[Setting]:
    """What a method chooses from: none if it takes another's choice, or if that of the student alone is not made."""
    if own.like is not None:
        return ()
    if not own.taught:
        return methods.settings_of(methods.student_size(size).recipe)
    base = chosen(PLAIN, folder, size)
    return () if base is None else [replace(base, factor=factor) for factor in FACTORS]


def all_of(folder: str | PathLike[str], size: str = "book", names: Sequence[str] = tuple(METHODS)) -> list[Question]:
    """Every try of these methods that can be stated by now, those of the student alone first."""
    ordered = sorted((methods.method(name) for name in names), key=lambda own: own.name != PLAIN)
    return [question for own in ordered for question in of(own, folder, size)]


def count(names: Sequence[str] = tuple(METHODS)) -> int:
    """How many tries these methods have, stated or not.

    Example:
        >>> count(("plain", "decoupled", "without SSD"))
        8
    """
    own = [one for one in map(methods.method, names) if one.like is None]
    return sum(len(FACTORS) if one.taught else len(methods.LRS) + 1 for one in own)


def validation_mm(question: Question) -> float:
    """MPJPE on validation, with the student's own shape.

    Raises:
        ResultsError: the run is damaged.
        FileNotFoundError: there is none.
    """
    rows = Run.load(question.path).rows
    own = [row.mpjpe_mm for row in rows if row.method == question.name and row.split == "validation"]
    return next(error for error in own if error is not None)
