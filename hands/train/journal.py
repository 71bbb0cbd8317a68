"""What was measured along the way: rows in memory, and as CSV in a file if one is named.

A checkpoint keeps the length and the checksum of each journal. Whoever resumes cuts the file there, so rows of steps
that were lost with their process are made again and none stands twice.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from hands.train.store import CheckpointError

Row = dict[str, int | float]


class Journal:
    """Rows of numbers with the same names, the first of which is the step.

    Args:
        path: of the CSV file; None keeps the rows in memory alone.
        mark: where a checkpoint saw it end; without one it begins anew.

    Raises:
        CheckpointError: the file is not what the checkpoint saw.
    """

    def __init__(self, path: Path | None, mark: Mapping[str, Any] | None = None, *, write: bool = True) -> None:
        self.path = path if write else None
        self.rows: list[Row] = []
        self._hash, self._size = sha256(), 0
        if path is not None and mark is not None:
            self._take_up(path, mark)
        if self.path is not None:
            with self.path.open("ab") as file:
                file.truncate(self._size)

    def add(self, row: Mapping[str, int | float]) -> None:
        """Append a row, in one write.

        Raises:
            ValueError: it has other names than the rows before.
        """
        if self.rows and list(self.rows[0]) != list(row):
            raise ValueError(f"a row holds {', '.join(row)}, and the rows before it held {', '.join(self.rows[0])}")
        lines = [] if self.rows else [[*row]]
        self.rows.append(dict(row))
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([*lines, [repr(value) for value in row.values()]])
        content = text.getvalue().encode()
        self._hash.update(content)
        self._size += len(content)
        if self.path is not None:
            with self.path.open("ab") as file:
                file.write(content)

    def mark(self) -> dict[str, Any]:
        """Where it ends now, for a checkpoint."""
        if self.path is not None:
            with self.path.open("ab") as file:
                os.fsync(file.fileno())
        return {"bytes": self._size, "sha256": self._hash.hexdigest()}

    def _take_up(self, path: Path, mark: Mapping[str, Any]) -> None:
        content = path.read_bytes()[: mark["bytes"]] if path.exists() else b""
        if sha256(content).hexdigest() != mark["sha256"]:
            raise CheckpointError(f"{path} is not what the checkpoint saw: it was edited, cut or exchanged")
        self._hash, self._size = sha256(content), len(content)
        self.rows = [
            {name: _number(text) for name, text in row.items()} for row in csv.DictReader(io.StringIO(content.decode()))
        ]


def _number(text: str) -> int | float:
    return int(text) if text.lstrip("-").isdigit() else float(text)
