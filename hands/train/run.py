"""What a run knows while it is under way: its step, what it measured, its best weights, and where they are kept.

Every process keeps the same books; only the first one writes.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from hands.train import checkpoint, store
from hands.train.checkpoint import Checkpoint
from hands.train.journal import Journal, Row
from hands.train.progress import Pace, Watcher
from hands.train.recipe import Recipe
from hands.train.store import CheckpointError

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class TrainingError(ValueError):
    """A run cannot begin or go on; the sentence says why."""


@dataclass(frozen=True, eq=False)
class Trained:
    """What a run came to. The network itself is left as it was after the last step."""

    step: int
    """How many updates were made, those before a resumption included."""
    best_step: int | None
    best: float | None
    """The smallest of the watched quantity of the validation, None where nothing was validated."""
    best_weights: Mapping[str, Tensor]
    """Of that step, for `model.load_state_dict`; those of the last step where nothing was validated."""
    history: list[Row]
    """Rows of `training.csv`: step, seconds, lr, gradient (its norm before it is clipped), and what the loss gives."""
    validation: list[Row]
    """Rows of `validation.csv`: step, seconds, and what the validation gives."""


class Run:
    """A run under way. It begins where the newest checkpoint of its folder stands.

    Raises:
        CheckpointError: that one is damaged or of another run.
    """

    def __init__(
        self,
        fabric: Fabric,
        folder: str | os.PathLike[str] | None,
        asked: Mapping[str, Any],
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        recipe: Recipe,
        progress: Watcher | None,
    ) -> None:
        self.folder = None if folder is None else Path(folder)
        self.asked, self.model, self.optimizer, self.recipe = asked, model, optimizer, recipe
        self.progress = progress if fabric.is_global_zero else None
        self.writes = fabric.is_global_zero and folder is not None
        self.step, self.seconds, self.stopped = 0, 0.0, False
        self.best: float | None = None
        self.best_step: int | None = None
        self.best_weights: Mapping[str, Tensor] = {}
        marks = self._take_up()
        if fabric.broadcast(self.step) != self.step:
            raise CheckpointError(f"{self.folder} is not the same folder for all processes: name one that all can see")
        self.training, self.validation = (self._journal(name, marks) for name in ("training.csv", "validation.csv"))
        self.pace = Pace(self.step, recipe.steps)
        fabric.barrier()

    def due(self, every: int) -> bool:
        """Whether something is to be done now that is done every so many steps, and after the last."""
        return self.step % every == 0 or self.step == self.recipe.steps

    def log(self, metrics: Mapping[str, float]) -> None:
        """Keep a row of the training and show it."""
        self._add(self.training, metrics)
        if self.progress is not None:
            rate, left = self.pace.rate(self.step), self.pace.left(self.step)
            self.progress(self.step, self.recipe.steps, rate, left, metrics)

    def judge(self, values: Mapping[str, float]) -> None:
        """Keep a row of the validation, and the weights if they are the best so far.

        Raises:
            TrainingError: what the recipe watches is not among them, or is not finite.
        """
        if self.recipe.watch not in values:
            raise TrainingError(f"the recipe watches {self.recipe.watch!r}, and validate gives {', '.join(values)}")
        self.check_finite(values)
        self._add(self.validation, values)
        if self.best is None or values[self.recipe.watch] < self.best:
            self.best, self.best_step = values[self.recipe.watch], self.step
            self.best_weights = store.snapshot(self.model.state_dict())

    def check_finite(self, values: Mapping[str, float]) -> None:
        """Stop at what no further step would mend.

        Raises:
            TrainingError: one of the values is not finite.
        """
        bad = [f"{name} is {value}" for name, value in values.items() if not math.isfinite(value)]
        if bad:
            kept = checkpoint.steps(self.folder)[-1:] if self.folder is not None else []
            where = f"the last good state is in {kept[0]}" if kept else "no state was saved before it"
            todo = "look at that batch, lower lr or clip, or warm up longer"
            raise TrainingError(f"{', '.join(bad)} at step {self.step}, and {where}: {todo}")

    def save(self) -> None:
        """Write a checkpoint, if this process writes."""
        if not self.writes or self.folder is None:
            return
        Checkpoint(
            step=self.step,
            asked=self.asked,
            model=self.model.state_dict(),
            optimizer=checkpoint.moments(self.model, self.optimizer),
            best=self.best,
            best_step=self.best_step,
            best_weights=self.best_weights,
            seconds=self._seconds(),
            journals={"training.csv": self.training.mark(), "validation.csv": self.validation.mark()},
        ).save(self.folder)

    def trained(self) -> Trained:
        """What it came to."""
        weights = self.best_weights or store.snapshot(self.model.state_dict())
        return Trained(self.step, self.best_step, self.best, weights, self.training.rows, self.validation.rows)

    def _take_up(self) -> Mapping[str, Any]:
        """Go back to the newest checkpoint, if there is one; gives where the journals stood."""
        if self.folder is None:
            return {}
        if self.writes:
            checkpoint.sweep(self.folder)
        found = checkpoint.steps(self.folder)
        if not found:
            return {}
        kept = Checkpoint.load(found[-1])
        kept.check(found[-1], self.asked)
        kept.restore(found[-1], self.model, self.optimizer)
        self.step, self.seconds = kept.step, kept.seconds
        self.best, self.best_step, self.best_weights = kept.best, kept.best_step, kept.best_weights
        return kept.journals

    def _journal(self, name: str, marks: Mapping[str, Any]) -> Journal:
        path = None if self.folder is None else self.folder / name
        return Journal(path, marks.get(name), write=self.writes)

    def _add(self, journal: Journal, values: Mapping[str, float]) -> None:
        journal.add({"step": self.step, "seconds": round(self._seconds(), 3), **values})

    def _seconds(self) -> float:
        return self.seconds + self.pace.seconds
