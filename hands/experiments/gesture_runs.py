"""Pretraining on gestures: networks that learn coarse classes, fine classes, both, or one after the other.

One run is one network of one method (`gesture_methods`). All runs see the same pictures; a run's seed is that of its
first weights, of the order of the pictures and of how they are changed, and so the same for all methods. What is kept
of the training is the state that did best on validation. A try is the same training, judged on validation only: no
picture of the test is opened for it.

The people of validation and of the test are not among those of training.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache, partial
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from torch import nn

from hands import gesture, train
from hands.data.generation import Progress
from hands.experiments import gesture_judging as judging
from hands.experiments import gesture_methods as methods
from hands.experiments import results
from hands.experiments.asked import Asked
from hands.experiments.curves import Curve
from hands.experiments.gesture_judging import Named, Probes, Said
from hands.experiments.gesture_methods import GestureSize
from hands.experiments.gesture_samples import Batches, Samples
from hands.experiments.methods import Setting
from hands.experiments.results import Row, Run, Split
from hands.gesture import PicturePlan, Pictures
from hands.gesture.crop import ROOM
from hands.gesture.pretraining import GestureNet, GestureNetConfig, Weighting, gesture_loss
from hands.nets.hrnet import HRNetConfig
from hands.train import Recipe
from hands.train.progress import Watcher

VERSION: Final = 1
"""Goes up when a run of the same question would give other numbers."""
PROBE: Final = ", probe"
"""How the name of a method ends that is read by a linear probe."""
SETTLING: Final = 50
"""Batches that set the means of an untrained network's norms."""


@dataclass(frozen=True)
class Question(Asked):
    """One run of the plan, made or not."""

    kind: ClassVar[str] = "gesture"

    name: str = methods.GRADUAL
    """Of the method."""
    setting: Setting | None = None
    """None as long as it is not chosen."""
    seed: int = 0
    size: str = "book"
    trial: bool = False
    """Whether it only serves to choose."""
    results: Path = field(default_factory=results.book_results)
    """The folder of results."""
    folder: Path | None = None
    """Of checkpoints and weights; if left out, one beside generated data."""

    def __post_init__(self) -> None:
        methods.weighting(self.name)
        methods.gesture_size(self.size)

    @property
    def weighting(self) -> Weighting | None:
        """How its losses count; None without training."""
        return methods.weighting(self.name)

    @property
    def levels(self) -> tuple[str, ...]:
        """What it learns to name."""
        return () if self.weighting is None else self.weighting.levels

    @property
    def own(self) -> GestureSize:
        """What its size says."""
        return methods.gesture_size(self.size)

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        return replace(self.own.recipe, lr=self.chosen.lr, weight_decay=self.chosen.weight_decay, seed=self.seed)

    @property
    def config(self) -> dict[str, Any]:
        """All that is asked for."""
        return {**super().config, "penalties": self.own.penalties}

    @property
    def training_config(self) -> dict[str, Any]:
        """All that the weights depend on."""
        return {
            "version": VERSION,
            "seed": self.seed,
            "size": self.size,
            "method": self.name,
            "network": asdict(self.own.network),
            "weighting": None if self.weighting is None else asdict(self.weighting),
            "smoothing": self.own.smoothing,
            "augmentation": asdict(self.own.augmentation),
            "recipe": asdict(self.recipe),
            "side": self.own.side,
            "room": ROOM,
        }

    @property
    def data_hash(self) -> str:
        """Of the pictures that it is asked about."""
        return _hash_of(self.own.pictures)


@lru_cache
def _hash_of(plan: PicturePlan) -> str:
    """`pictures_hash`, which has to read the hand."""
    return gesture.pictures_hash(plan)


@dataclass(frozen=True, eq=False)
class Material:
    """The pictures that networks are trained and judged on."""

    data_hash: str
    train: Samples
    validation: Samples
    test: Callable[[], Samples]
    """Opens the pictures of the test, when everything is chosen."""

    @staticmethod
    def of(pictures: Pictures, side: int) -> Material:
        """Read them."""
        taught, chosen = (Samples.of(pictures, split, side) for split in ("train", "validation"))
        return Material(pictures.data_hash, taught, chosen, partial(Samples.of, pictures, "test", side))


def pictures_of(question: Question, *, workers: int = 2, progress: Progress | None = None) -> Pictures:
    """The pictures of a run, rendered if they are not there."""
    return gesture.pictures(**vars(question.own.pictures), workers=workers, progress=progress)


def run(question: Question, material: Material, progress: Watcher | None = None) -> Run:
    """Train, judge, and keep the weights and the curve.

    Raises:
        ResultsError: its setting is not chosen yet.
        CheckpointError: what is left of an earlier attempt is damaged.
    """
    start = time.process_time()
    model, trained = fit(question, material, progress)
    rows, kept = judge(question, material, model)
    train.save(question.weights, model, {"config": question.config, "data_hash": material.data_hash})
    if trained is not None:
        Curve.of(trained.history, trained.validation).save(question.results, question.path.stem)
    return results.finished(question.config, material.data_hash, rows, cpu_s=time.process_time() - start, kept=kept)


def fit(
    question: Question, material: Material, progress: Watcher | None = None
) -> tuple[GestureNet, train.Trained | None]:
    """Train, or go on where an earlier process stopped; gives the state that did best on validation."""
    model, recipe = first(question), question.recipe
    batches = Batches(material.train, recipe.batch, recipe.steps, question.seed, question.own.augmentation)
    if question.weighting is None:
        return settled(model, batches), None

    def validate(network: nn.Module) -> Mapping[str, float]:
        said = judging.predict(network, material.validation)
        found = judging.measures(judging.own_names(said, question.levels), material.validation)
        return {"error_percent": judging.error_percent(said, material.validation, question.levels), **found}

    trained = train.fit(
        model,
        batches,
        gesture_loss(question.weighting, question.own.smoothing),
        recipe,
        question.training,
        validate=validate,
        about=question.training_config,
        data_hash=material.data_hash,
        progress=progress,
    )
    model.load_state_dict(dict(trained.best_weights))
    return model, trained


def first(question: Question) -> GestureNet:
    """The first state of a run."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(question.seed)
        return GestureNet(question.own.network)


@torch.no_grad()
def settled(model: GestureNet, batches: Batches) -> GestureNet:
    """A network without training whose norms know the pictures: else its numbers would have any size."""
    model.train()
    for step in range(SETTLING):
        model.net(batches(step)["pictures"])
    return model.eval()


def judge(question: Question, material: Material, model: nn.Module) -> tuple[list[Row], dict[str, Any]]:
    """Rows of a run, and confusion matrices of the test: a try is judged on validation, by its own heads."""
    seen = judging.predict(model, material.validation)
    if question.trial:
        return [_own_row(question, "validation", material.validation, seen)], {}
    taught = judging.predict(model, material.train)
    probes = judging.probes(taught, material.train, seen, material.validation, question.own.penalties)
    test = material.test()
    said = judging.predict(model, test)
    rows = _rows(question, "validation", material.validation, seen, probes) + _rows(
        question, "test", test, said, probes
    )
    named = {question.name + PROBE: probes.names(said.g)}
    if question.levels:
        named[question.name] = judging.own_names(said, question.levels)
    return rows, {
        "confusion": {name: judging.confusions(own, test) for name, own in named.items()},
        "by_person_percent": {name: judging.by_person(own, test) for name, own in named.items()},
    }


def _rows(question: Question, split: Split, samples: Samples, said: Said, probes: Probes) -> list[Row]:
    own = [_own_row(question, split, samples, said)] if question.levels else []
    return [*own, _probe_row(question, split, samples, said, probes)]


def _own_row(question: Question, split: Split, samples: Samples, said: Said) -> Row:
    named = judging.own_names(said, question.levels)
    extra = {"error_percent": round(judging.error_percent(said, samples, question.levels), 3)}
    if len(question.levels) > 1:
        by_fine = judging.own_names(said, ("fine",))["coarse"]
        extra["agree_percent"] = judging.percent(float((named["coarse"] == by_fine).float().mean()))
    return _row(question, question.name, split, samples, named, asdict(question.chosen), extra)


def _probe_row(question: Question, split: Split, samples: Samples, said: Said, probes: Probes) -> Row:
    choices = {f"{level}_penalty": penalty for level, penalty in probes.penalties.items()}
    return _row(question, question.name + PROBE, split, samples, probes.names(said.g), choices, {})


def _row(
    question: Question,
    method: str,
    split: Split,
    samples: Samples,
    named: Named,
    choices: Mapping[str, Any],
    extra: Mapping[str, float],
) -> Row:
    return Row(
        method=method,
        difficulty="pictures",
        sensors="camera",
        protocol="unseen",
        split=split,
        seed=question.seed,
        frames=len(samples),
        mpjpe_mm=None,
        steps=question.recipe.steps if question.levels else 0,
        choices=choices,
        more=judging.measures(named, samples) | dict(extra),
    )


def load(path: str | PathLike[str]) -> tuple[GestureNet, dict[str, Any]]:
    """A network of this module, and what was told about it when its weights were kept.

    Raises:
        CheckpointError: there are no such weights, or they are damaged.
    """
    told = train.read_about(path)
    fields = dict(told["config"]["network"])
    net = dict(fields.pop("net"))
    config = GestureNetConfig(net=HRNetConfig(**net | {"modules": tuple(net["modules"])}), **fields)
    model = GestureNet(config)
    train.load(path, model)
    return model.eval(), told
