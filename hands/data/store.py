"""Folders of arrays: how a data set lies on the disk, and how it gets there in whole or not at all.

A folder holds one `.npy` file for each series, which is read without being loaded (memory-mapped), and a manifest in
JSON that says what they are. It is filled under a name of its own and renamed when it is complete, so whoever sees the
final name sees all of it. Of several processes that want the same folder one fills it and the others wait. What a
killed process left behind goes with the next one that wants the same folder. Nothing is pickled.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

DTYPE: Final = "<f4"
"""Of all series: float32, little-endian."""

PART: Final = ".part"
"""How the name of a folder ends that is not complete."""


class SimHandError(ValueError):
    """A data set is damaged, incomplete, of another version, or cannot be made."""


def create(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Files for these series, as large as they will be, filled with zeros.

    Raises:
        SimHandError: the disk has no room for them.
    """
    check_room(folder, sum(4 * int(np.prod(shape)) for shape in shapes.values()))
    for name, shape in shapes.items():
        np.lib.format.open_memmap(_file(folder, name), mode="w+", dtype=DTYPE, shape=shape)


def check_room(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk has no room for, so many bytes.

    Raises:
        SimHandError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SimHandError(
            f"{folder.parent} has {free / 1e9:.2f} GB left, this needs {needed / 1e9:.2f} GB: "
            "make room, or let HANDS_DATA name a folder on another disk"
        )


def write_rows(folder: Path, name: str, start: int, values: np.ndarray) -> None:
    """Put rows into a series. They are written and not mapped: on a full disk writing fails, a mapping would crash."""
    path = _file(folder, name)
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if values.shape[1:] != array.shape[1:] or not 0 <= start <= len(array) - len(values):
        raise ValueError(f"{values.shape} does not fit at row {start} of {name}, which is {array.shape}")
    with path.open("r+b") as file:
        file.seek(array.offset + start * array.strides[0])
        file.write(values.astype(DTYPE).tobytes())


def open_series(folder: Path, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, np.memmap]:
    """The series of a folder, memory-mapped and not to be written.

    Raises:
        SimHandError: a file is missing, damaged, or holds something else.
    """
    return {name: open_array(folder, name, shape) for name, shape in shapes.items()}


def open_array(folder: Path, name: str, shape: tuple[int, ...], dtype: str = DTYPE) -> np.memmap:
    """One series of a folder, memory-mapped and not to be written.

    Raises:
        SimHandError: its file is missing, damaged, or holds something else.
    """
    path = _file(folder, name)
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise damaged(path.parent, f"{path.name} is missing") from error
    except (ValueError, EOFError, OSError, SyntaxError) as error:
        raise damaged(path.parent, f"{path.name} is damaged or cut short ({error})") from error
    if not isinstance(array, np.memmap):
        array.close()
        raise damaged(path.parent, f"{path.name} holds an archive")
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        order = "" if array.flags.c_contiguous else "columns one after another, "
        found = f"{order}{array.dtype} of shape {array.shape}, expected {np.dtype(dtype)} of shape {shape}"
        raise damaged(path.parent, f"{path.name} holds {found}")
    return array


def damaged(folder: Path, what: str) -> SimHandError:
    """The error that says what is wrong with a folder, and what to do."""
    return SimHandError(f"the data in {folder} cannot be used: {what}. Delete that folder, and it is made again")


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def series_file(name: str) -> str:
    """Name of a series' file."""
    return f"{name}.npy"


def _file(folder: Path, name: str) -> Path:
    return folder / series_file(name)


def write_manifest(folder: Path, file: str, manifest: Mapping[str, Any]) -> None:
    """Write the manifest; people read it too."""
    (folder / file).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def read_manifest(folder: Path, file: str) -> dict[str, Any]:
    """The manifest of a folder.

    Raises:
        SimHandError: there is none, or it is damaged.
    """
    try:
        manifest = json.loads((folder / file).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SimHandError(f"{folder} holds no data set: there is no {file} in it") from error
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(folder, f"{file} is damaged ({error})") from error
    if not isinstance(manifest, dict):
        raise damaged(folder, f"{file} is damaged (it is no JSON object)")
    return manifest


def check_manifest(folder: Path, file: str, manifest: Mapping[str, Any], form: str, version: int) -> None:
    """Refuse a manifest of another format, or of another version of it.

    Raises:
        SimHandError: it is.
    """
    if manifest.get("format") != form:
        raise SimHandError(f"{folder / file} is no manifest of {form}, but of {manifest.get('format')!r}")
    if manifest.get("version") != version:
        raise SimHandError(
            f"{folder}: it is of version {manifest.get('version')}, and this library makes {version}; results of the "
            "two do not compare. Keep it for the library that made it, or delete that folder and have it made again"
        )


def verify(folder: Path, files: Iterable[Mapping[str, Any]]) -> None:
    """Compare files with the checksums that a manifest gives for them.

    Raises:
        SimHandError: one is missing, or not what was made.
    """
    for entry in files:
        try:
            found = checksum(folder / entry["file"])
        except OSError as error:
            raise damaged(folder, f"{entry['file']} cannot be read ({error})") from error
        if found != entry["sha256"]:
            raise damaged(folder, f"{entry['file']} is not what was made: its checksum differs")


def make_data(path: Path, manifest: str, fill: Callable[[Path], None], workers: object) -> None:
    """Make a data set as `make_once` does, with errors for people.

    Raises:
        SimHandError: it cannot be made; the sentence says why.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise SimHandError(f"workers is {workers!r}, expected how many processes shall work, 1 or more")
    if path.exists() and not (path / manifest).is_file():
        raise SimHandError(f"{path} is there already and holds no data set: name a folder that does not exist yet")
    try:
        make_once(path, fill)
    except OSError as error:
        raise SimHandError(f"{path} cannot be written ({error}): let HANDS_DATA name another folder") from error


def make_once(path: Path, fill: Callable[[Path], None]) -> None:
    """Let `fill` fill a new folder, which gets the name `path` when it is complete; do nothing if `path` is there.

    Raises:
        OSError: the folder cannot be made there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _turn(path) as locked:
        if path.exists():
            return
        if locked:  # so nobody is at work: these are of the dead
            for left in path.parent.glob(f".{path.name}.*{PART}"):
                shutil.rmtree(left, ignore_errors=True)
        part = path.with_name(f".{path.name}.{uuid.uuid4().hex}{PART}")
        part.mkdir()
        try:
            fill(part)
            with contextlib.suppress(FileExistsError):  # without a lock, another process may have been quicker
                _rename(part, path)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _rename(part: Path, path: Path) -> None:
    try:
        part.rename(path)
    except OSError as error:
        raise FileExistsError(path) if path.exists() else error from None


@contextlib.contextmanager
def _turn(path: Path) -> Iterator[bool]:
    """Wait until no other process makes this folder; False where the file system has no locks.

    The system takes a lock back when its process dies, however it dies.
    """
    with path.with_name(f".{path.name}.lock").open("a") as file:
        yield _lock(file.fileno())


def _lock(descriptor: int) -> bool:
    if os.name != "posix":
        return False
    import fcntl  # which other systems have not

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return False
    return True
