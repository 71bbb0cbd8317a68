"""One training loop for every network of the book, on one core or on many machines; it knows no network and no hand.

`train.fit` trains, `train.Recipe` says how, `train.save` and `train.load` keep weights. Batches are a pure function of
the step, so a run that was killed goes on as if nothing had happened, bit for bit.

Explained in the book: *Training, honestly*.
"""

from typing import TYPE_CHECKING, Any

from hands.train.checkpoint import Checkpoint, newest
from hands.train.recipe import Recipe, decay_groups, learning_rate
from hands.train.run import Trained, TrainingError
from hands.train.store import CheckpointError
from hands.train.weights import load, read_about, save

if TYPE_CHECKING:
    from hands.train.loop import fit

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Recipe",
    "Trained",
    "TrainingError",
    "decay_groups",
    "fit",
    "learning_rate",
    "load",
    "newest",
    "read_about",
    "save",
]


def __getattr__(name: str) -> Any:
    """The loop on first use: Lightning Fabric takes three seconds to import."""
    if name == "fit":
        from hands.train import loop

        return loop.fit
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
