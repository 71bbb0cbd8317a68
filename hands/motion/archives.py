"""Files of plain arrays with a note: how motions and recordings are kept.

An archive is numpy's `.npz` with one text beside the arrays, the note, whose first word says what it is. Nothing in a
file is ever executed, and a file is there in whole or not at all: it is written under another name first.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


class ArchiveError(ValueError):
    """A file is damaged, or something else than was expected."""


def write(path: str | os.PathLike[str], kind: str, note: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write an archive, or leave what was there before; a link stays a link.

    Raises:
        OSError: the file cannot be written there.
    """
    path = Path(path).resolve()
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no file that could be written anew")
    memory = io.BytesIO()
    np.savez_compressed(memory, about=np.array(json.dumps({"format": kind, **note})), **arrays)  # type: ignore[arg-type]
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(memory.getvalue())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read(path: str | os.PathLike[str], kind: str, names: Iterable[str]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The note and the arrays of an archive.

    Raises:
        ArchiveError: the file is damaged, or not of this kind; the sentence says which.
        OSError: it cannot be read, as `FileNotFoundError` if there is none.
    """
    content = Path(path).read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            note = json.loads(str(file["about"]))
            arrays = {name: file[name] for name in names} if _format(note) == kind else {}
    except Exception as error:  # a damaged archive makes numpy, zipfile and zlib raise some ten kinds of errors
        raise ArchiveError(f"{path} is damaged, or was not saved by this library: {error}") from error
    if not arrays:
        raise ArchiveError(f"{path} is {_format(note)!r}, expected {kind!r}")
    return note, arrays


def _format(note: Any) -> Any:
    return note.get("format") if isinstance(note, dict) else None
