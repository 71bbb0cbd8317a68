"""From a picture to a hand: runs of networks whose trunk learnt gestures before, or did not.

One run is one network of one method (`token_methods`). Its trunk is that of the run of stage 1 of the same seed and
size (`gesture_runs`), in the setting that stage 1 chose. All runs see the same pictures; a run's seed is that of its
first weights, of the order of the pictures and of how they are changed. What is kept of the training is the state with
the smallest MPJPE on validation. A try is judged on validation only: no picture of the test is opened for it.

The people of validation and of the test are not among those of training.

Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from torch import nn

from hands import mano, train
from hands.experiments import gesture_judging, gesture_runs, gesture_study, results
from hands.experiments import token_judging as judging
from hands.experiments import token_methods as methods
from hands.experiments.asked import Asked
from hands.experiments.curves import Curve
from hands.experiments.methods import Setting
from hands.experiments.results import ResultsError, Row, Run, Split
from hands.experiments.token_judging import Errors, Seen
from hands.experiments.token_methods import TokenMethod, TokenSize
from hands.experiments.token_samples import HandBatches, HandSamples
from hands.gesture import GestureNet, Pictures
from hands.gesture.crop import ROOM
from hands.gesture.estimate import Estimate, HandNetwork
from hands.gesture.plain import ClassMean
from hands.gesture.pretraining import NUM_FINE
from hands.gesture.token_losses import token_loss
from hands.train import Recipe
from hands.train.progress import Watcher

VERSION: Final = 1
"""Goes up when a run of the same question would give other numbers."""
NAMED: Final = ", named"
"""How the name of the class mean ends whose class was named by a trunk; else it is told the true one."""


@dataclass(frozen=True)
class Question(Asked):
    """One run of the plan, made or not."""

    kind: ClassVar[str] = "tokens"

    name: str = methods.OURS
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
        methods.method(self.name)
        methods.token_size(self.size)

    @property
    def method(self) -> TokenMethod:
        """What its name stands for."""
        return methods.method(self.name)

    @property
    def own(self) -> TokenSize:
        """What its size says."""
        return methods.token_size(self.size)

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        return replace(self.own.recipe, lr=self.chosen.lr, weight_decay=self.chosen.weight_decay, seed=self.seed)

    @property
    def stage_1(self) -> gesture_runs.Question | None:
        """The run whose trunk it takes over, if any.

        Raises:
            ResultsError: a run of stage 1 is damaged.
        """
        if self.method.pretraining is None:
            return None
        setting = gesture_study.chosen(self.method.pretraining, self.results, self.size)
        return gesture_runs.Question(self.method.pretraining, setting, self.seed, self.size, results=self.results)

    @property
    def training_config(self) -> dict[str, Any]:
        """All that the weights depend on."""
        trunk = self.stage_1
        return {
            "version": VERSION,
            "seed": self.seed,
            "size": self.size,
            "method": self.name,
            "network": asdict(methods.config_of(self.method, self.own)),
            "stage 1": None if trunk is None else results.run_hash(trunk.training_config, trunk.data_hash),
            "weights": asdict(self.own.weights),
            "augmentation": asdict(self.own.augmentation),
            "recipe": asdict(self.recipe),
            "side": methods.stage_1(self.size).side,
            "room": ROOM,
        }

    @property
    def data_hash(self) -> str:
        """Of the pictures that it is asked about."""
        return gesture_runs.Question(size=self.size).data_hash


@dataclass(frozen=True, eq=False)
class Material:
    """The pictures that networks are trained and judged on, and whose hand it is."""

    data_hash: str
    train: HandSamples
    validation: HandSamples
    test: Callable[[], HandSamples]
    """Opens the pictures of the test, when everything is chosen."""
    hand: mano.Hand

    @staticmethod
    def of(pictures: Pictures, side: int) -> Material:
        """Read them."""
        taught, chosen = (HandSamples.of(pictures, split, side) for split in ("train", "validation"))
        test = partial(HandSamples.of, pictures, "test", side)
        return Material(pictures.data_hash, taught, chosen, test, mano.load())


def run(question: Question, material: Material, progress: Watcher | None = None) -> Run:
    """Train, judge, and keep the weights and the curve.

    Raises:
        ResultsError: its setting is not chosen yet, or its trunk is not trained.
        CheckpointError: what is left of an earlier attempt is damaged.
    """
    start = time.process_time()
    if question.method.network == methods.CLASS_MEAN:
        rows, kept = judge_class_mean(question, material)
    else:
        model, trained = fit(question, material, progress)
        rows, kept = judge(question, material, model)
        train.save(question.weights, model, {"config": question.config, "data_hash": material.data_hash})
        Curve.of(trained.history, trained.validation).save(question.results, question.path.stem)
    return results.finished(question.config, material.data_hash, rows, cpu_s=time.process_time() - start, kept=kept)


def fit(question: Question, material: Material, progress: Watcher | None = None) -> tuple[HandNetwork, train.Trained]:
    """Train, or go on where an earlier process stopped; gives the state that did best on validation."""
    model, recipe = first(question, material), question.recipe
    batches = HandBatches(material.train, recipe.batch, recipe.steps, question.seed, question.own.augmentation)

    def validate(network: nn.Module) -> Mapping[str, float]:
        said = judging.predict(network, material.validation)
        return judging.for_people(_errors(said.hands, material.validation, material))

    trained = train.fit(
        model,
        batches,
        token_loss(material.hand, question.own.weights),
        recipe,
        question.training,
        validate=validate,
        about=question.training_config,
        data_hash=material.data_hash,
        progress=progress,
    )
    model.load_state_dict(dict(trained.best_weights))
    return model, trained


def first(question: Question, material: Material) -> HandNetwork:
    """The first state of a run: at the mean hand of training, on its trunk.

    Raises:
        ResultsError: the trunk is not trained.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(question.seed)
        model = methods.build(methods.config_of(question.method, question.own))
    model.start(material.train.labels, material.train.side)
    if question.stage_1 is not None:
        model.take_over(trunk(question.stage_1))
    return model


def trunk(stage_1: gesture_runs.Question) -> GestureNet:
    """What a run of stage 1 learnt.

    Raises:
        ResultsError: it is not done.
    """
    if stage_1.setting is None or not stage_1.weights.is_file():
        raise ResultsError(
            f"there is no trunk of {stage_1.name!r} with seed {stage_1.seed} yet: `hands reproduce gestures` trains it"
        )
    return gesture_runs.load(stage_1.weights)[0]


def judge(question: Question, material: Material, model: nn.Module) -> tuple[list[Row], dict[str, Any]]:
    """Rows of a run, and MPJPE by person on the test: a try is judged on validation."""
    seen = judging.predict(model, material.validation)
    rows = [_network_row(question, "validation", material, material.validation, seen)]
    if question.trial:
        return rows, {}
    test = material.test()
    said = judging.predict(model, test)
    found = _errors(said.hands, test, material)
    return [*rows, _network_row(question, "test", material, test, said)], {
        "by_person_mm": {question.name: judging.by_person(found, test.people)}
    }


def judge_class_mean(question: Question, material: Material) -> tuple[list[Row], dict[str, Any]]:
    """Rows of the mean hands, for the true class and for the one that the trunk names."""
    means = ClassMean.fit(material.train.labels, material.train.fine, NUM_FINE, material.train.side)
    if question.stage_1 is None:
        raise ResultsError(f"{question.name} needs a trunk that names gestures")
    naming = trunk(question.stage_1)
    rows: list[Row] = []
    people: dict[str, Any] = {}
    splits: tuple[tuple[Split, HandSamples], ...] = (("validation", material.validation), ("test", material.test()))
    for split, samples in splits:
        named = gesture_judging.predict(naming, samples).fine.argmax(1)
        for name, classes in ((question.name, samples.fine), (question.name + NAMED, named)):
            found = _errors(means(classes), samples, material)
            rows.append(_row(question, name, split, samples, found, {}))
            if split == "test":
                people[name] = judging.by_person(found, samples.people)
    return rows, {"by_person_mm": people}


def _errors(said: Estimate, samples: HandSamples, material: Material) -> Errors:
    return judging.errors(said, samples.labels, material.hand, samples.side)


def _network_row(question: Question, split: Split, material: Material, samples: HandSamples, seen: Seen) -> Row:
    """With how well the heads of stage 1 still name gestures, where they have learnt to."""
    named = gesture_judging.Said(seen.coarse, seen.fine, seen.fine)
    levels = () if question.stage_1 is None else question.stage_1.levels
    names = gesture_judging.measures(gesture_judging.own_names(named, levels), samples) if levels else {}
    return _row(question, question.name, split, samples, _errors(seen.hands, samples, material), names)


def _row(
    question: Question, method: str, split: Split, samples: HandSamples, found: Errors, names: Mapping[str, float]
) -> Row:
    scores = judging.for_people(found)
    trained = question.method.network != methods.CLASS_MEAN
    return Row(
        method=method,
        difficulty="pictures",
        sensors="camera",
        protocol="unseen",
        split=split,
        seed=question.seed,
        frames=len(samples),
        mpjpe_mm=scores.pop("mpjpe_mm"),
        mpvpe_mm=scores.pop("mpvpe_mm"),
        shape_mm=scores.pop("shape_mm"),
        pose_mm=scores.pop("pose_mm"),
        steps=question.recipe.steps if trained else 0,
        choices=asdict(question.chosen) if trained else {},
        more=scores | dict(names),
    )
