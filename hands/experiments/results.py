"""Where numbers are kept: runs and their rows.

A finished *run* is one small file, `book/results/runs/<hash>.json`; the hash is made of what was asked and of the data,
so a run that exists need not be repeated, on this machine or on another. A run holds *rows*, one for each method,
sensors and split; tables are views of them (`hands.experiments.tables`).

Convention:
    Millimetres, since these numbers are for people. Nothing here was ever measured on a person: `synthetic` says so in
    every file.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, get_args

import torch

import hands

FORMAT: Final = "hands.experiments.Run 1"
"""What every file of a run begins with; a reader of another version says so."""

Split = Literal["validation", "test"]
Protocol = Literal["seen", "unseen"]

SCORES: Final = ("mpjpe_mm", "mpvpe_mm", "shape_mm", "pose_mm")
"""What a row may be asked for."""


class ResultsError(ValueError):
    """A file of results is damaged, missing, or does not fit to the others."""


@dataclass(frozen=True)
class Row:
    """How one method did."""

    method: str
    difficulty: str
    """Name of the setting of the sensors."""
    sensors: str
    """Name of the subset, such as `"4"`."""
    protocol: Protocol
    """`"seen"`: tested on people of the training; `"unseen"`: on others."""
    split: Split
    seed: int
    """Of the data: another one is another set of takes, wearings and noise."""
    frames: int
    """How many were scored, each once."""
    mpjpe_mm: float | None
    """None where no hand is made, as when a picture's gesture is named; then `more` says how well."""
    mpvpe_mm: float | None = None
    """None where the method makes no mesh."""
    shape_mm: float | None = None
    """MPJPE of the true pose with the predicted shape."""
    pose_mm: float | None = None
    """MPJPE of the predicted pose with the true shape."""
    teacher: str | None = None
    steps: int | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    """What was chosen on validation."""
    more: Mapping[str, float] = field(default_factory=dict)
    """Other measures, each with its unit in its name, such as `jitter_m_s3`."""
    by_recording_mm: tuple[float, ...] = ()
    """MPJPE of every recording of the split, in their order, where it was kept."""

    def __post_init__(self) -> None:
        _check_row(vars(self))


@dataclass(frozen=True)
class Run:
    """Rows that were made together, and where they come from."""

    config: Mapping[str, Any]
    """All that was asked for."""
    data_hash: str
    rows: tuple[Row, ...]
    cpu_s: float
    """Seconds that a processor worked on it."""
    version: str
    """Of the code."""
    machine: str
    date: str
    synthetic: bool = True
    """No person was measured."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What is worth keeping beside the rows, for JSON, such as confusion matrices."""

    @property
    def hash(self) -> str:
        """The name of the run."""
        return run_hash(self.config, self.data_hash)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write `<folder>/runs/<hash>.json`; it is there in whole or not at all."""
        content = {"format": FORMAT, **asdict(self)}
        if not self.kept:
            del content["kept"]
        return write_json(run_path(folder, self.config, self.data_hash), content)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Run:
        """Read what `save` wrote.

        Raises:
            ResultsError: the file is damaged, no run, or was renamed or edited; the sentence says which.
            FileNotFoundError: there is no such file.
        """
        content = read_json(Path(path))
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            found = content.get("format") if isinstance(content, dict) else type(content).__name__
            raise ResultsError(f"{path} is {found!r}, expected {FORMAT!r}")
        try:
            rows = tuple(_read_row(row) for row in content["rows"])
            facts = {f.name: content[f.name] for f in fields(Run) if f.name != "kept"}
            run = Run(**facts | {"rows": rows, "kept": content.get("kept", {})})
        except (KeyError, TypeError, ResultsError) as error:
            raise ResultsError(f"{path} holds no run that makes sense: {error}") from error
        if run.hash != Path(path).stem:
            raise ResultsError(f"{path} holds the run {run.hash}: it was renamed, or its question was edited")
        return run


def finished(
    config: Mapping[str, Any],
    data_hash: str,
    rows: Iterable[Row],
    *,
    cpu_s: float,
    kept: Mapping[str, Any] | None = None,
) -> Run:
    """A run that has just ended here: with the code's version, the machine and the date."""
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    return Run(config, data_hash, tuple(rows), round(cpu_s, 1), code_version(), machine(), date, kept=dict(kept or {}))


def run_hash(config: Mapping[str, Any], data_hash: str) -> str:
    """The name of a run: 16 hexadecimal digits made of its question and its data.

    Example:
        >>> run_hash({"seed": 0, "difficulty": "glove"}, "d") == run_hash({"difficulty": "glove", "seed": 0}, "d")
        True
    """
    text = json.dumps({"config": config, "data_hash": data_hash}, sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]


def run_path(folder: str | os.PathLike[str], config: Mapping[str, Any], data_hash: str) -> Path:
    """Where that run is kept, whether it exists or not."""
    return Path(folder) / "runs" / f"{run_hash(config, data_hash)}.json"


def load_runs(folder: str | os.PathLike[str], experiment: str) -> list[Run]:
    """Every run of an experiment, by name of its file.

    Raises:
        ResultsError: a file is damaged.
    """
    runs = [Run.load(path) for path in sorted((Path(folder) / "runs").glob("*.json"))]
    return [run for run in runs if run.config.get("experiment") == experiment]


def write_json(path: Path, content: Any) -> Path:
    """Write a file of JSON under another name first, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def read_json(path: Path) -> Any:
    """What a file of JSON holds.

    Raises:
        ResultsError: it is damaged.
        FileNotFoundError: there is no such file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ResultsError(f"{path} is damaged: {error}") from error


def book_results() -> Path:
    """The folder of the book's results, `book/results`.

    Raises:
        ResultsError: the library is installed without the book beside it.
    """
    book = Path(hands.__file__).parents[1] / "book"
    if not book.is_dir():
        raise ResultsError("the book is not beside the library here: say in which folder results are to be")
    return book / "results"


def machine() -> str:
    """What computed, in general words.

    Example:
        >>> machine().split()[-1]
        'GPU'
    """
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no"
    return f"{os.cpu_count()} cores ({platform.machine()}), {gpu} GPU"


def code_version() -> str:
    """The library's version, with the commit where this is a checkout."""
    command = ["git", "-C", str(Path(hands.__file__).parent), "rev-parse", "--short=10", "HEAD"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return hands.__version__
    return f"{hands.__version__}+{commit}"


def _read_row(content: dict[str, Any]) -> Row:
    _check_row(content)
    return Row(**{**content, "by_recording_mm": tuple(content.get("by_recording_mm", ()))})


def _check_row(row: Mapping[str, Any]) -> None:
    """Refuse what is no row, by name."""
    for name in ("method", "difficulty", "sensors"):
        if not (isinstance(row[name], str) and row[name]):
            raise ResultsError(f"{name} of a row is {row[name]!r}, expected a name")
    for name, allowed in (("split", get_args(Split)), ("protocol", get_args(Protocol))):
        if row[name] not in allowed:
            raise ResultsError(f"{name} of a row is {row[name]!r}, expected one of {', '.join(allowed)}")
    for name in ("seed", "frames"):
        if type(row[name]) is not int or row[name] < 0:
            raise ResultsError(f"{name} of a row is {row[name]!r}, expected a whole number")
    for name in SCORES:
        _check_score(name, row[name], optional=name != "mpjpe_mm" or bool(row.get("more")))
    for name, value in row.get("more", {}).items():
        _check_score(name, value, optional=False)


def _check_score(name: str, value: Any, optional: bool) -> None:
    if value is None and optional:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ResultsError(f"{name} of a row is {value!r}, expected millimetres")
