"""Files that are whole or not there: tensors as safetensors, and beside them JSON with the checksums of all.

A folder is filled under another name, written through to the disk, and renamed; the system renames in one go, so a
process that is killed at any moment leaves the old state or the new one. Nothing is pickled.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

import hands

PART: Final = ".part"
"""How the name of something ends that is not complete."""


class CheckpointError(ValueError):
    """A checkpoint or a file of weights is damaged, foreign, or does not belong to what is asked."""


def write_folder(path: Path, manifest: str, tensors: Mapping[str, Mapping[str, Tensor]], facts: Any) -> None:
    """Make a folder of `<name>.safetensors` files and a manifest, in whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        files = {}
        for name, content in tensors.items():
            files[f"{name}.safetensors"] = write_through(part / f"{name}.safetensors", to_bytes(content))
        write_through(part / manifest, sealed({**facts, "files": files}))
        part.rename(path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_folder(path: Path, manifest: str, form: str) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]]:
    """What `write_folder` wrote.

    Raises:
        CheckpointError: a file is missing, damaged or of another format; the sentence names it.
    """
    facts = read_sealed(path / manifest, form)
    files: Mapping[str, str] = facts.pop("files")
    tensors = {name.removesuffix(".safetensors"): read_tensors(path / name, files[name]) for name in files}
    return tensors, facts


def remove(path: Path) -> None:
    """Delete a folder; whoever looks meanwhile sees it whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    path.rename(part)
    shutil.rmtree(part)


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make a folder and keep it for this process; the system gives it free when the process dies, however it dies.

    Raises:
        CheckpointError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        if os.name == "posix":
            import fcntl  # which other systems have not

            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CheckpointError(f"{folder} is in use: another process trains there") from error
            except OSError:  # a file system without locks
                pass
        yield


def to_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    """The content of a safetensors file; tensors that share memory are written out each."""
    return safetensors.torch.save(snapshot(tensors))


def snapshot(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copies in main memory."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}


def read_tensors(path: Path, checksum: str) -> dict[str, Tensor]:
    """The tensors of a file.

    Raises:
        CheckpointError: it is missing or is not the one with this checksum.
    """
    content = _read(path)
    if sha256(content).hexdigest() != checksum:
        raise CheckpointError(f"{path} is damaged or of another run: its checksum is not the one in the file beside it")
    try:
        return safetensors.torch.load(content)
    except SafetensorError as error:
        raise CheckpointError(f"{path} holds no tensors: {error}") from error


def sealed(facts: Mapping[str, Any]) -> bytes:
    """Facts as JSON for people, with a checksum of themselves."""
    seal = sha256(_canonical(facts)).hexdigest()
    return (json.dumps({**facts, "sha256": seal}, indent=1, allow_nan=False) + "\n").encode()


def read_sealed(path: Path, form: str) -> dict[str, Any]:
    """What `sealed` wrote.

    Raises:
        CheckpointError: the file is missing, damaged, edited or of another format.
    """
    try:
        facts = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path} is damaged: {error}") from error
    if not isinstance(facts, dict) or facts.get("format") != form:
        found = facts.get("format") if isinstance(facts, dict) else type(facts).__name__
        raise CheckpointError(f"{path} is {found!r}, expected {form!r}")
    seal = facts.pop("sha256", None)
    if seal != sha256(_canonical(facts)).hexdigest():
        raise CheckpointError(f"{path} is damaged or was edited: its own checksum differs")
    return facts


def as_json(value: Any) -> Any:
    """A value as it comes back from a file of JSON.

    Raises:
        ValueError: it cannot be written as JSON.
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"about is to hold names, numbers and lists that JSON can write: {error}") from error


def versions() -> dict[str, str]:
    """Of what computes."""
    return {"hands": hands.__version__, "torch": torch.__version__, "python": platform.python_version()}


def differences(found: Any, wanted: Any, name: str) -> list[str]:
    """Where two values of JSON differ, in words.

    Example:
        >>> differences({"lr": 0.1, "steps": 5}, {"lr": 0.2, "steps": 5}, "recipe")
        ['recipe.lr is 0.1 there and 0.2 here']
    """
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = [*found, *(key for key in wanted if key not in found)]
        nothing = "nothing"
        parts = [differences(found.get(k, nothing), wanted.get(k, nothing), f"{name}.{k}") for k in keys]
        return [line for part in parts for line in part]
    return [] if found == wanted else [f"{name} is {found!r} there and {wanted!r} here"]


def fill(model: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Put tensors into a network: all of them, by name, each of its shape.

    Raises:
        CheckpointError: names or shapes are not the network's.
    """
    wanted = model.state_dict()
    wrong = [
        *(f"{name} is missing" for name in wanted if name not in tensors),
        *(f"{name} is unknown to the network" for name in tensors if name not in wanted),
        *(
            f"{name} is {list(tensors[name].shape)}, expected {list(wanted[name].shape)}"
            for name in wanted
            if name in tensors and tensors[name].shape != wanted[name].shape
        ),
    ]
    if wrong:
        raise CheckpointError(f"{path} is of another network: {in_short(wrong)}")
    model.load_state_dict(dict(tensors))


def in_short(lines: Iterable[str], most: int = 5) -> str:
    """Some lines as one, the rest counted."""
    lines = list(lines)
    rest = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return "; ".join([*lines[:most], *rest])


def write_through(path: Path, content: bytes) -> str:
    """Write a file to the disk itself; gives its SHA-256."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return sha256(content).hexdigest()


def sync_folder(path: Path) -> None:
    """See that the names in a folder are on the disk; only POSIX systems can be asked to."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CheckpointError(f"{path} is missing") from error


def _canonical(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, allow_nan=False).encode()
