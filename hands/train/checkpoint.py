"""The state of a run on the disk: one folder for a step, `step_00000100`, whole or not there.

It holds `model.safetensors`, `optimizer.safetensors` (the two moments of AdamW by name of the parameter),
`best_weights.safetensors` (of the best validation so far), and `checkpoint.json`: the step, what was asked (recipe,
`about`, hash of the data), the versions, and a checksum of every file. The newest one wins; older ones are deleted
after it is there.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from hands.train import store
from hands.train.store import CheckpointError

FORMAT: Final = "hands.train.Checkpoint 1"
MANIFEST: Final = "checkpoint.json"
TENSORS: Final = ("model", "optimizer", "best_weights")
"""What is kept as safetensors, under these names."""
FREE: Final = ("recipe.accumulate", "recipe.save_every")
"""What may be another when a run goes on: it changes the last digits at most."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A run after some steps."""

    step: int
    """How many updates were made."""
    asked: Mapping[str, Any]
    """Recipe, `about` and hash of the data: a run goes on only with the same."""
    model: Mapping[str, Tensor]
    optimizer: Mapping[str, Tensor]
    best: float | None
    """The smallest of the watched quantity, None before the first validation."""
    best_step: int | None
    best_weights: Mapping[str, Tensor]
    """Of that step; empty before the first validation."""
    seconds: float
    """That were spent so far."""
    journals: Mapping[str, Any]
    """Length and checksum of each file of metrics."""

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the folder of this step, then delete older ones."""
        path = Path(folder) / f"step_{self.step:08d}"
        content = {f.name: getattr(self, f.name) for f in fields(self)}
        tensors = {name: content.pop(name) for name in TENSORS}
        store.write_folder(path, MANIFEST, tensors, {"format": FORMAT, **content, "versions": store.versions()})
        for older in steps(folder)[:-1]:
            store.remove(older)
        return path

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Checkpoint:
        """Read the folder of a step.

        Raises:
            CheckpointError: it holds no checkpoint, or one that is damaged; the sentence names the file.
        """
        tensors, facts = store.read_folder(Path(path), MANIFEST, FORMAT)
        if (saved := facts.pop("versions")) != store.versions():
            log.warning("%s was made with %s; here are %s: the last bits may differ", path, saved, store.versions())
        content: dict[str, Any] = {**facts, **tensors}
        return Checkpoint(**{f.name: content[f.name] for f in fields(Checkpoint)})

    def check(self, path: Path, asked: Mapping[str, Any]) -> None:
        """Refuse to go on with something else.

        Raises:
            CheckpointError: what was asked then is not what is asked now.
        """
        lines = [line for name in asked for line in store.differences(self.asked[name], asked[name], name)]
        if wrong := [line for line in lines if not line.startswith(FREE)]:
            raise CheckpointError(
                f"{path / MANIFEST} is of another run: {store.in_short(wrong)}. Name another folder, or ask the same"
            )

    def restore(self, path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        """Put the weights into the network and the moments into AdamW.

        Raises:
            CheckpointError: they are another network's.
        """
        store.fill(model, self.model, path / "model.safetensors")
        names = {parameter: name for name, parameter in model.named_parameters()}
        order = [names[parameter] for group in optimizer.param_groups for parameter in group["params"]]
        state: dict[int, dict[str, Tensor]] = {}
        for key, tensor in self.optimizer.items():
            kind, name = key.split("/", 1)
            if name not in order:
                raise CheckpointError(f"{path / 'optimizer.safetensors'} is of another network: {name} is not trained")
            state.setdefault(order.index(name), {})[kind] = tensor
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def moments(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state of an optimiser, by kind and name of the parameter: `exp_avg/layer.weight`."""
    return {
        f"{kind}/{name}": tensor
        for name, parameter in model.named_parameters()
        for kind, tensor in optimizer.state[parameter].items()
    }


def steps(folder: str | os.PathLike[str]) -> list[Path]:
    """The folders of steps in the folder of a run, oldest first."""
    return sorted(Path(folder).glob("step_????????"))


def newest(folder: str | os.PathLike[str]) -> Checkpoint | None:
    """The last state of a run, None where there is none.

    Raises:
        CheckpointError: it is damaged.
    """
    found = steps(folder)
    return Checkpoint.load(found[-1]) if found else None


def sweep(folder: Path) -> None:
    """Delete what processes that were killed left behind."""
    for part in folder.glob(f".step_*{store.PART}"):
        shutil.rmtree(part, ignore_errors=True)
