"""Weights to ship: one safetensors file, and JSON of the same name beside it that says what they are.

Two files cannot be replaced in one go. So the new JSON comes first and still says what the old weights are; the
checksum of the weights that are there tells which of the two counts.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from torch import nn

from hands.train import store

FORMAT: Final = "hands.train.Weights 1"


def save(path: str | os.PathLike[str], model: nn.Module, about: Mapping[str, Any]) -> Path:
    """Write `<name>.safetensors` and `<name>.json`.

    Whoever reads meanwhile, or after this was killed, finds the old pair or the new one; a pair that does not belong
    together is refused by `load`.

    Args:
        path: of the weights, ending in .safetensors.
        model: whose parameters and buffers are kept.
        about: what they are, for JSON: configuration, hash of the data, how they were chosen.

    Raises:
        ValueError: the name ends otherwise, or `about` cannot be written as JSON.
    """
    path = _weights(path)
    about = store.as_json(dict(about))
    path.parent.mkdir(parents=True, exist_ok=True)
    content, beside = store.to_bytes(model.state_dict()), path.with_suffix(".json")
    facts = {"format": FORMAT, "about": about, "versions": store.versions(), "weights": _checksum(content)}
    old = _whole(path)
    _replace(beside, store.sealed({**facts, "old": old} if old else facts))
    _replace(path, content)
    if old:
        _replace(beside, store.sealed(facts))
    return path


def load(path: str | os.PathLike[str], model: nn.Module) -> dict[str, Any]:
    """Put saved weights into a network of the same names and shapes; gives what `save` was told about them.

    Raises:
        CheckpointError: a file is missing or damaged, or the weights are another network's; the sentence says which.
    """
    path = _weights(path)
    facts = _facts(path)
    try:
        tensors = store.read_tensors(path, facts["weights"])
    except store.CheckpointError:
        if _facts(path) == facts:
            raise
        return load(path, model)  # others were saved between the two looks
    store.fill(model, tensors, path)
    return dict(facts["about"])


def read_about(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What `save` was told about weights, without the weights: enough to build the network that they belong to.

    Raises:
        CheckpointError: the file beside the weights is missing or damaged.
    """
    return dict(_facts(_weights(path))["about"])


def _weights(path: str | os.PathLike[str]) -> Path:
    if Path(path).suffix != ".safetensors":
        raise ValueError(f"{path} is to hold weights: give it a name that ends in .safetensors")
    return Path(path)


def _facts(path: Path) -> dict[str, Any]:
    """What is said of the weights that are there."""
    facts = store.read_sealed(path.with_suffix(".json"), FORMAT)
    old: dict[str, Any] | None = facts.pop("old", None)
    return old if old and path.exists() and _checksum(path.read_bytes()) == old["weights"] else facts


def _whole(path: Path) -> dict[str, Any] | None:
    """The same, if the weights are there and whole."""
    try:
        facts = _facts(path)
        store.read_tensors(path, facts["weights"])
    except store.CheckpointError:
        return None
    return facts


def _checksum(content: bytes) -> str:
    return sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}{store.PART}")
    try:
        store.write_through(part, content)
        part.replace(path)
        store.sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)
