"""Weights to ship: one safetensors file, and JSON of the same name beside it that says what they are.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from torch import nn

from hands.train import store

FORMAT: Final = "hands.train.Weights 1"


def save(path: str | os.PathLike[str], model: nn.Module, about: Mapping[str, Any]) -> Path:
    """Write `<name>.safetensors` and `<name>.json`.

    Each appears in whole or not at all; a pair that does not belong together is refused by `load`.

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
    checksum = _replace(path, store.to_bytes(model.state_dict()))
    facts = {"format": FORMAT, "about": about, "versions": store.versions(), "weights": checksum}
    _replace(path.with_suffix(".json"), store.sealed(facts))
    return path


def load(path: str | os.PathLike[str], model: nn.Module) -> dict[str, Any]:
    """Put saved weights into a network of the same names and shapes; gives what `save` was told about them.

    Raises:
        CheckpointError: a file is missing or damaged, or the weights are another network's; the sentence says which.
    """
    path = _weights(path)
    facts = store.read_sealed(path.with_suffix(".json"), FORMAT)
    store.fill(model, store.read_tensors(path, facts["weights"]), path)
    return dict(facts["about"])


def read_about(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What `save` was told about weights, without the weights: enough to build the network that they belong to.

    Raises:
        CheckpointError: the file beside the weights is missing or damaged.
    """
    return dict(store.read_sealed(_weights(path).with_suffix(".json"), FORMAT)["about"])


def _weights(path: str | os.PathLike[str]) -> Path:
    if Path(path).suffix != ".safetensors":
        raise ValueError(f"{path} is to hold weights: give it a name that ends in .safetensors")
    return Path(path)


def _replace(path: Path, content: bytes) -> str:
    part = path.with_name(f".{path.name}.{os.getpid()}{store.PART}")
    try:
        checksum = store.write_through(part, content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return checksum
