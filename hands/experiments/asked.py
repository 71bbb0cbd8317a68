"""One run of a plan, made or not: what is common to all that train a network in a setting that tries have chosen.

What such a run depends on has a hash, and that is the name of its file among the results and of the folder of its
weights: so a run is found again, and none is taken for another.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from hands.data.simhand import folder as data_folder
from hands.experiments import results
from hands.experiments.methods import Setting
from hands.experiments.results import ResultsError


class Asked(ABC):
    """A question that a run answers; its fields are those of the frozen class that says what is asked."""

    kind: ClassVar[str]
    """Of experiment."""
    name: str
    """Of the method."""
    setting: Setting | None
    """None as long as it is not chosen."""
    seed: int
    """Another number, another repetition of the same."""
    trial: bool
    """Whether it only serves to choose."""
    results: Path
    """The folder of results."""
    folder: Path | None
    """Of checkpoints and weights; if left out, one beside generated data."""

    @property
    @abstractmethod
    def training_config(self) -> dict[str, Any]:
        """All that the weights depend on."""

    @property
    @abstractmethod
    def data_hash(self) -> str:
        """Of the data that it is asked about."""

    @property
    def chosen(self) -> Setting:
        """Its setting.

        Raises:
            ResultsError: it is not known yet.
        """
        if self.setting is None:
            raise ResultsError(f"what {self.name} is trained with is not chosen yet: its tries are not all done")
        return self.setting

    @property
    def title(self) -> str:
        """In a few words, for whoever waits."""
        tried = f"a try of lr {self.chosen.lr:g}, " if self.trial else ""
        return f"{self.name}, {tried}seed {self.seed}"

    @property
    def config(self) -> dict[str, Any]:
        """All that is asked for."""
        return {"experiment": self.kind, "trial": self.trial, **self.training_config}

    @cached_property
    def path(self) -> Path:
        """Where the run is kept."""
        return results.run_path(self.results, self.config, self.data_hash)

    @property
    def done(self) -> bool:
        """Whether it is there."""
        return self.setting is not None and self.path.is_file()

    @property
    def training(self) -> Path:
        """The folder of its checkpoints and weights, which a try shares with the run that takes its setting."""
        own = results.run_hash(self.training_config, self.data_hash)
        return self.folder or data_folder() / "trained" / f"{self.kind}-{own}"

    @property
    def weights(self) -> Path:
        """Those that did best on validation, once it has ended."""
        return self.training / "best.safetensors"
