"""Learning curves, small enough to be kept with the results: what the loss and the validation were along the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path
from statistics import fmean
from typing import Final

from hands.experiments.results import ResultsError, read_json, write_json

POINTS: Final = 80
"""Of a training, at most: each the mean of the rows that it stands for."""

Measured = Mapping[str, float | int]
Rows = list[dict[str, float]]


@dataclass(frozen=True)
class Curve:
    """How a training went."""

    training: Rows
    """Means over a stretch of steps each: step (the middle), seconds, lr, gradient, loss and its terms."""
    validation: Rows
    """As measured: step, seconds, and the errors in mm."""

    @staticmethod
    def of(training: Sequence[Measured], validation: Sequence[Measured]) -> Curve:
        """The curve of what `train.fit` measured."""
        return Curve(thinned(training), [_rounded(row) for row in validation])

    def save(self, folder: str | PathLike[str], name: str) -> Path:
        """Write `<folder>/curves/<name>.json`, the name being that of the run."""
        return write_json(_path(folder, name), vars(self))

    @staticmethod
    def load(folder: str | PathLike[str], name: str) -> Curve:
        """Read what `save` wrote.

        Raises:
            ResultsError: it is damaged.
            FileNotFoundError: there is no such file.
        """
        content = read_json(_path(folder, name))
        try:
            return Curve(**content)
        except TypeError as error:
            raise ResultsError(f"{_path(folder, name)} holds no learning curve") from error


def thinned(rows: Sequence[Measured], points: int = POINTS) -> Rows:
    """Means of neighbouring rows, so many that no more than these points are left.

    Example:
        >>> thinned([{"step": 1.0, "loss": 4.0}, {"step": 2.0, "loss": 2.0}, {"step": 3.0, "loss": 1.0}], points=2)
        [{'step': 1.0, 'loss': 4.0}, {'step': 2.5, 'loss': 1.5}]
    """
    count = min(points, len(rows))
    edges = [len(rows) * k // count for k in range(count + 1)] if count else []
    return [
        _rounded({name: fmean(row[name] for row in rows[start:end]) for name in rows[start]})
        for start, end in pairwise(edges)
    ]


def _rounded(row: Measured) -> dict[str, float]:
    """Five digits are enough for a figure."""
    return {name: float(f"{value:.5g}") for name, value in row.items()}


def _path(folder: str | PathLike[str], name: str) -> Path:
    return Path(folder) / "curves" / f"{name}.json"
