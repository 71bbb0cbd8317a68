"""Students: what a network that sees the sensors alone is worth, taught or not.

One run is one student of one method (`methods`). A run's seed is that of the data, of the first weights and of the
batches, and so the same for all methods; a teacher is the one of the same seed. What is kept of the training is the
state that did best on validation. A try is the same run, judged on validation only: no number of the test is in it.

A student is judged with the shape it predicts, and with one from a ruler, as the baselines are.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Final

import torch
from torch import nn

from hands import distill, train
from hands.data import SimHand
from hands.distill import SensorNetwork, Tutor, Worn
from hands.experiments import judging, methods, results, teachers
from hands.experiments.asked import Asked
from hands.experiments.configs import RATIO
from hands.experiments.curves import Curve
from hands.experiments.judging import Predicted
from hands.experiments.methods import Method, Setting, StudentSize
from hands.experiments.results import Protocol, ResultsError, Row, Run, Split
from hands.experiments.samples import Batches, Samples
from hands.experiments.teachers import Material
from hands.fusion import Teacher
from hands.imu import SUBSETS
from hands.train import Recipe
from hands.train.progress import Watcher

VERSION: Final = 1
"""Goes up when a run of the same question would give other numbers."""
RULED: Final = ", ruler shape"
"""How the name of a method ends whose shape is a ruler's."""


@dataclass(frozen=True)
class Question(Asked):
    """One run of the plan, made or not."""

    kind: ClassVar[str] = "student"

    name: str = methods.PLAIN
    """Of the method."""
    setting: Setting | None = None
    """None as long as it is not chosen."""
    seed: int = 0
    sensors: str = "7"
    """A name of `imu.SUBSETS`."""
    protocol: Protocol = "seen"
    size: str = "book"
    trial: bool = False
    """Whether it only serves to choose."""
    results: Path = field(default_factory=results.book_results)
    """The folder of results."""
    folder: Path | None = None
    """Of checkpoints and weights; if left out, one beside generated data."""

    def __post_init__(self) -> None:
        methods.method(self.name)
        methods.student_size(self.size)
        if self.sensors not in SUBSETS:
            raise ResultsError(f"no subset of the sensors {self.sensors!r}; there are {', '.join(SUBSETS)}")

    @property
    def method(self) -> Method:
        """What is compared."""
        return methods.method(self.name)

    @property
    def own(self) -> StudentSize:
        """What its size says."""
        return methods.student_size(self.size)

    @property
    def teacher(self) -> teachers.Question:
        """Its teacher's question, which is also where its data stand."""
        start = int(self.method.tutor == "other")
        return teachers.Question(
            seed=self.seed, size=self.own.teacher, protocol=self.protocol, results=self.results, start=start
        )

    @property
    def needs_teacher(self) -> bool:
        """Whether a trained one has to be on this machine."""
        return self.method.tutor in ("trained", "other")

    @property
    def draw(self) -> int:
        """The seed of first weights, batches and dropout; that of the data is `seed`."""
        return self.seed + teachers.STARTS * self.method.start

    @property
    def recipe(self) -> Recipe:
        """How it is trained."""
        return methods.asked(self.own, self.method, self.chosen, self.draw)[0]

    @property
    def training_config(self) -> dict[str, Any]:
        """All that the weights depend on."""
        recipe, teaching = methods.asked(self.own, self.method, self.chosen, self.draw)
        data = self.teacher.setting
        return {
            "version": VERSION,
            "difficulty": teachers.DIFFICULTY,
            "seed": self.seed,
            "protocol": self.protocol,
            "size": self.size,
            "method": self.name,
            "network": self.method.network,
            "student": asdict(self.network_config),
            "teaching": asdict(teaching),
            "tutor": self.method.tutor,
            "teacher": None if self.method.tutor == "none" else self.teacher.config,
            "recipe": asdict(recipe),
            "weights": asdict(self.own.weights),
            "setting": asdict(self.chosen),
            "seconds": data.seconds,
            "stride": data.stride,
            "subjects": list(data.subjects),
            "programs": list(data.programs),
        }

    @property
    def network_config(self) -> Worn:
        """Of its network, with its sensors."""
        return methods.network_config(self.method, self.own, SUBSETS[self.sensors])

    @property
    def data_hash(self) -> str:
        """Of the data that it is asked about."""
        s = self.teacher.setting
        return teachers.hash_of(s.seconds, s.subjects, s.programs)


def run(question: Question, material: Material, progress: Watcher | None = None) -> Run:
    """Train, judge, and keep the weights and the curve.

    Raises:
        ResultsError: its setting is not chosen yet.
        CheckpointError: its teacher's weights are not on this machine, or what is left of an earlier attempt is
            damaged.
    """
    start = time.process_time()
    model, trained, spent = fit(question, material, progress)
    rows = judge(question, material, model, spent)
    train.save(question.weights, model, about(question, material.sim, rows))
    Curve.of(trained.history, trained.validation).save(question.results, question.path.stem)
    return results.finished(question.config, material.sim.data_hash, rows, cpu_s=time.process_time() - start)


def fit(
    question: Question, material: Material, progress: Watcher | None = None
) -> tuple[nn.Module, train.Trained, dict[str, float]]:
    """Train, or go on where an earlier process stopped.

    Gives the state that did best on validation, and the processor seconds of training and of validation.
    """
    samples, watching = material.validation, [0.0]
    recipe, teaching = methods.asked(question.own, question.method, question.chosen, question.draw)
    model, tutor = untrained(question, material.train), tutor_of(question, material.train)

    def validate(network: nn.Module) -> Mapping[str, float]:
        began = time.process_time()
        predicted = judging.predict(network, samples)
        found = judging.in_mm(judging.errors(predicted, samples, material.hand))
        watching[0] += time.process_time() - began
        return found

    start = time.process_time()
    trained = train.fit(
        model,
        batches_of(question, material.train),
        distill.student_loss(material.hand, question.own.weights, teaching, tutor),
        recipe,
        question.training,
        validate=validate,
        about=question.training_config,
        data_hash=material.sim.data_hash,
        progress=progress,
    )
    model.load_state_dict(dict(trained.best_weights))
    whole = time.process_time() - start
    return model, trained, {"training_cpu_s": whole - watching[0], "validation_cpu_s": watching[0]}


def batches_of(question: Question, samples: Samples) -> Batches:
    """The windows that it is trained on, in its order."""
    return Batches(samples, question.own.recipe.batch, question.draw, RATIO)


def tutor_of(question: Question, samples: Samples) -> Teacher | Tutor | None:
    """Its teacher, if it has one; one who teaches many is asked about each batch but once.

    Raises:
        CheckpointError: the weights are not on this machine, or are damaged.
    """
    match question.method.tutor:
        case "none":
            return None
        case "untrained":
            return teachers.untrained(question.teacher, samples).eval()
        case "trained" if question.own.keeps_answers:
            weights = question.teacher.weights
            return distill.kept(teachers.teacher(weights), weights.with_name("answers"))
        case _:
            return teachers.teacher(question.teacher.weights)


def judge(
    question: Question, material: Material, model: nn.Module, spent: Mapping[str, float] | None = None
) -> list[Row]:
    """All rows of a run: validation first, then, if it is no try, the test; `spent` is kept with the first."""
    rows = _rows(question, material, model, "validation", material.validation, spent or {})
    return rows if question.trial else rows + _rows(question, material, model, "test", material.test(), {})


def _rows(
    question: Question, material: Material, model: nn.Module, split: Split, samples: Samples, spent: Mapping[str, float]
) -> list[Row]:
    own = judging.predict(model, samples)
    ruled = judging.with_ruler(own, samples, question.seed, material.hand)
    return [
        _row(question, material, question.name, split, samples, own, spent),
        _row(question, material, question.name + RULED, split, samples, ruled, {}),
    ]


def _row(
    question: Question,
    material: Material,
    method: str,
    split: Split,
    samples: Samples,
    predicted: Predicted,
    spent: Mapping[str, float],
) -> Row:
    found = judging.scored(predicted, samples, material.hand, test=split == "test")
    return Row(
        method=method,
        difficulty=material.sim.plan.difficulty,
        sensors=question.sensors,
        protocol=question.protocol,
        split=split,
        seed=question.seed,
        teacher=question.method.tutor,
        steps=question.own.recipe.steps * question.method.longer,
        choices=asdict(question.chosen),
        **found | {"more": {**found["more"], **{name: round(seconds, 1) for name, seconds in spent.items()}}},
    )


def about(question: Question, sim: SimHand, rows: Sequence[Row]) -> dict[str, Any]:
    """What stands beside weights: the question, the data, and how the network did, by recording where it was tested."""
    own = {row.split: row for row in rows if row.method == question.name}
    return {
        "config": question.config,
        "data_hash": sim.data_hash,
        "validation_mpjpe_mm": own["validation"].mpjpe_mm,
        "test": {"mpjpe_mm": own["test"].mpjpe_mm} if "test" in own else None,
    }


def untrained(question: Question, samples: Samples) -> SensorNetwork:
    """The first state of a run, which knows the statistics of its training data."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(question.draw)
        return methods.build(question.method.network, question.network_config, samples.statistics())


def load(path: str | PathLike[str]) -> tuple[SensorNetwork, dict[str, Any]]:
    """A network of this module, and what was told about it when its weights were kept.

    Raises:
        CheckpointError: there are no such weights, or they are damaged.
    """
    told = train.read_about(path)
    model = methods.build_again(told["config"]["network"], told["config"]["student"])
    train.load(path, model)
    return model, told
