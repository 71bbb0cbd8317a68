"""Trained students that come with the library.

Explained in the book: *Teaching a student*.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Final

import hands
from hands import train
from hands.distill.student import Student, StudentConfig

WEIGHTS: Final = Path(hands.__file__).parent / "weights"
"""Where they lie."""


def load(name: str = "taught", sensors: int | str = 7) -> Student:
    """A trained student, ready to use: `load().reconstruct(recording)`.

    Args:
        name: `"taught"` by a teacher, or `"plain"`, which learned from the truth alone.
        sensors: how many it wears: a name of `imu.SUBSETS`.

    Raises:
        CheckpointError: there are no such weights, or they are damaged; the sentence says which there are.
    """
    path = path_of(name, sensors)
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in WEIGHTS.glob("student_*.safetensors"))) or "no student at all"
        raise train.CheckpointError(f"there is no {path.stem} among the weights of this library, but {there}")
    model, _ = read(path)
    return model.eval()


def path_of(name: str, sensors: int | str = 7) -> Path:
    """Where the weights of a student are, or would be."""
    return WEIGHTS / f"student_{name}_{sensors}.safetensors"


def read(path: str | PathLike[str]) -> tuple[Student, dict[str, Any]]:
    """A student, and what was told about it when its weights were kept.

    Args:
        path: of the weights, with `["config"]["student"]` in what was told.

    Raises:
        CheckpointError: there are no such weights, they are damaged, or another network's.
    """
    told = train.read_about(path)
    if "student" not in told.get("config", {}):
        raise train.CheckpointError(f"{path} holds the weights of something else, not of a student")
    model = Student(StudentConfig.read(told["config"]["student"]))
    train.load(path, model)
    return model, told
