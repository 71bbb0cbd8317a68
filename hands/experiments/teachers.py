"""Teachers: how much of the pose to hide from them, and what they are worth beside a network that sees no label.

One run is one network: the teacher with a share of the pose's tokens hidden, or the blind network of the same parts and
size, which is given the sensors alone. A run's seed is that of the data, of the first weights and of the batches. What
is kept of the training is the state that did best on validation, under a mask that is fixed once and for all.

A teacher is judged under the mask ratio that it was trained with, on validation and on test, and on validation under
the other ratios as well. The blind network is judged with the shape it predicts, and with one from a ruler, as the
baselines are.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import nn

import hands
from hands import data, mano, train
from hands.data import SimHand, data_hash
from hands.data.generation import Progress
from hands.data.simhand import folder as data_folder
from hands.experiments import intervals, judging, results, tables
from hands.experiments.configs import RATIO, RATIOS, Size, plain, size
from hands.experiments.curves import Curve
from hands.experiments.intervals import by_recording
from hands.experiments.judging import Predicted
from hands.experiments.results import Protocol, ResultsError, Row, Run, Split
from hands.experiments.samples import Batches, Samples, judged
from hands.fusion import Teacher, TeacherConfig, teacher_loss
from hands.nets import enlarge
from hands.train.progress import Watcher

NAME: Final = "teacher"
VERSION: Final = 2
"""Goes up when a run of the same question would give other numbers."""
DIFFICULTY: Final = "glove"
SEEDS: Final = (0, 1, 2)
BLIND: Final = "blind"
STARTS: Final = 1000
"""From one start to the next, in the seeds of first weights and batches."""
SHIPPED: Final = MappingProxyType(
    {name: Path(hands.__file__).parent / "weights" / f"teacher_{name}.safetensors" for name in ("book", "long")}
)
"""The weights that come with the library, by the name of their size: mask ratio 0.5, seed 0."""


@dataclass(frozen=True)
class Question:
    """One run of the plan, made or not."""

    ratio: float = RATIO
    """Share of the pose's tokens that is hidden; of no meaning for a blind network."""
    seed: int = 0
    blind: bool = False
    size: str = "book"
    protocol: Protocol = "seen"
    results: Path = field(default_factory=results.book_results)
    """The folder of results."""
    folder: Path | None = None
    """Of checkpoints and weights; if left out, one beside generated data."""
    start: int = 0
    """Another number, other first weights and another order of batches, on the same data."""

    def __post_init__(self) -> None:
        size(self.size)
        if not 0 <= self.ratio <= 1:
            raise ResultsError(f"the mask ratio is {self.ratio}, expected a share between 0 and 1")

    @property
    def method(self) -> str:
        """As tables name it."""
        return BLIND if self.blind else f"teacher, mask {self.ratio:g}"

    @property
    def setting(self) -> Size:
        """All that its size says, with this seed, and blind if it is."""
        own = size(self.size)
        recipe = replace(own.recipe, seed=self.seed + STARTS * self.start)
        config = replace(own.teacher, blind=self.blind)
        return replace(own, recipe=recipe, teacher=config)

    @property
    def config(self) -> dict[str, Any]:
        """All that is asked for."""
        return {
            "experiment": NAME,
            "version": VERSION,
            "difficulty": DIFFICULTY,
            "seed": self.seed,
            "protocol": self.protocol,
            "size": self.size,
            "ratio": None if self.blind else self.ratio,
            **plain(self.setting),
        }

    @property
    def path(self) -> Path:
        """Where the run is kept."""
        s = self.setting
        return results.run_path(self.results, self.config, hash_of(s.seconds, s.subjects, s.programs))

    @property
    def done(self) -> bool:
        """Whether it is there."""
        return self.path.is_file()

    @property
    def training(self) -> Path:
        """The folder of its checkpoints, and of its weights once it has ended."""
        return self.folder or data_folder() / "trained" / f"{NAME}-{self.path.stem}"

    @property
    def weights(self) -> Path:
        """Those that did best on validation, once it has ended."""
        return self.training / "best.safetensors"


@lru_cache
def hash_of(seconds: float, subjects: tuple[str, ...], programs: tuple[str, ...]) -> str:
    """`data_hash`, which has to read the hand."""
    return data_hash(seconds, subjects=subjects, programs=programs)


@dataclass(frozen=True, eq=False)
class Material:
    """What teachers are trained and judged on."""

    sim: SimHand
    hand: mano.Hand
    train: Samples
    validation: Samples
    protocol: Protocol

    @staticmethod
    def of(question: Question, sim: SimHand) -> Material:
        """Read it."""
        hand, setting, unseen = mano.load(), question.setting, question.protocol == "unseen"
        taught = Samples.of(sim, "train", hand, length=setting.length, stride=setting.stride, unseen=unseen)
        chosen = Samples.of(sim, "validation", hand, length=setting.length, stride=setting.length, unseen=unseen)
        return Material(sim, hand, taught, chosen, question.protocol)

    def test(self) -> Samples:
        """The recordings of the test, opened when everything is chosen."""
        length, unseen = self.validation.windows.length, self.protocol == "unseen"
        return Samples.of(self.sim, "test", self.hand, length=length, stride=length, unseen=unseen)


def sim_of(question: Question, *, workers: int = 2, progress: Progress | None = None) -> SimHand:
    """The data of a run, generated if they are not there."""
    s = question.setting
    return data.simhand(
        DIFFICULTY,
        question.seed,
        s.seconds,
        subjects=s.subjects,
        programs=s.programs,
        workers=workers,
        progress=progress,
    )


def run(question: Question, sim: SimHand, progress: Watcher | None = None) -> Run:
    """Train, judge, and keep the weights and the curve.

    Raises:
        CheckpointError: what is left of an earlier attempt is damaged.
    """
    start, material = time.process_time(), Material.of(question, sim)
    model, trained = fit(question, material, progress)
    rows = judge(question, material, model)
    train.save(question.weights, model, about(question, sim, rows))
    Curve.of(trained.history, trained.validation).save(question.results, question.path.stem)
    return results.finished(question.config, sim.data_hash, rows, cpu_s=time.process_time() - start)


def present(question: Question, sim: SimHand, progress: Watcher | None = None) -> Path:
    """See that the weights of a run are on this machine; a run that was finished on another stays as it is.

    Raises:
        CheckpointError: what is left of an earlier attempt is damaged.
    """
    if not question.weights.is_file():
        kept = replace(question, results=question.training) if question.done else question
        run(kept, sim, progress).save(kept.results)
    return question.weights


def fit(question: Question, material: Material, progress: Watcher | None = None) -> tuple[Teacher, train.Trained]:
    """Train, or go on where an earlier process stopped; gives the state that did best on validation."""
    setting, samples = question.setting, material.validation
    model = untrained(question, material.train)
    hidden = judged(samples, question.ratio)

    def validate(network: nn.Module) -> Mapping[str, float]:
        return judging.in_mm(judging.errors(judging.predict(network, samples, hidden), samples, material.hand))

    trained = train.fit(
        model,
        Batches(material.train, setting.recipe.batch, setting.recipe.seed, question.ratio),
        teacher_loss(material.hand, setting.weights),
        setting.recipe,
        question.training,
        validate=validate,
        about=question.config,
        data_hash=material.sim.data_hash,
        progress=progress,
    )
    model.load_state_dict(dict(trained.best_weights))
    return model, trained


def untrained(question: Question, samples: Samples) -> Teacher:
    """The first state of a run, which knows the statistics of its training data; large enough for its width."""
    config = question.setting.teacher
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(question.setting.recipe.seed)
        model = Teacher(config, samples.statistics())
    streams = (model.pose_stream, model.imu_stream)
    enlarge((*streams, model.fusion.attention, model.guided), config.dim, (stream.pos_embed for stream in streams))
    return model


def judge(question: Question, material: Material, model: Teacher) -> list[Row]:
    """All rows of a run: validation first, at every ratio, then the test."""
    rows = _rows(question, material, model, "validation", material.validation)
    others = () if question.blind else (ratio for ratio in RATIOS if ratio != question.ratio)
    for ratio in others:
        predicted = judging.predict(model, material.validation, judged(material.validation, ratio))
        method = f"{question.method}, tested at {ratio:g}"
        rows.append(_row(question, material, method, "validation", material.validation, predicted))
    return rows + _rows(question, material, model, "test", material.test())


def _rows(question: Question, material: Material, model: Teacher, split: Split, samples: Samples) -> list[Row]:
    predicted = judging.predict(model, samples, judged(samples, question.ratio))
    methods = {question.method: predicted}
    if question.blind:
        ruled = judging.with_ruler(predicted, samples, question.seed, material.hand)
        methods[f"{question.method}, ruler shape"] = ruled
    return [_row(question, material, method, split, samples, said) for method, said in methods.items()]


def _row(
    question: Question, material: Material, method: str, split: Split, samples: Samples, predicted: Predicted
) -> Row:
    return Row(
        method=method,
        difficulty=material.sim.plan.difficulty,
        sensors=str(question.setting.teacher.sensors),
        protocol=question.protocol,
        split=split,
        seed=question.seed,
        steps=question.setting.recipe.steps,
        **judging.scored(predicted, samples, material.hand, test=split == "test"),
    )


def about(question: Question, sim: SimHand, rows: Sequence[Row]) -> dict[str, Any]:
    """What stands beside weights: the question, the data, and how the network did on validation."""
    own = next(row for row in rows if row.method == question.method and row.split == "validation")
    return {"config": question.config, "data_hash": sim.data_hash, "validation_mpjpe_mm": own.mpjpe_mm}


def questions(
    folder: str | PathLike[str],
    seeds: Sequence[int] = SEEDS,
    ratios: Sequence[float] = RATIOS,
    size: str = "book",
    protocol: Protocol = "seen",
) -> list[Question]:
    """The plan, what matters most first: the default ratio and the blind network, then the other ratios."""
    ordered = sorted(ratios, key=lambda ratio: (ratio != RATIO, ratio))
    first = [(seed, ratio, blind) for seed, (ratio, blind) in product(seeds, [(RATIO, False), (RATIO, True)])]
    rest = [(seed, ratio, False) for seed, ratio in product(seeds, ordered) if ratio != RATIO]
    return [
        Question(ratio, seed, blind, size, protocol, Path(folder))
        for seed, ratio, blind in first + rest
        if blind or ratio in ratios
    ]


def table(runs: Sequence[Run]) -> dict[str, Any]:
    """The table of these runs: blind networks first, then teachers by the ratio they were trained with.

    Its lines also say `trained`, the ratio in training, and `tested`, that in the test, None for blind networks; and
    `interval_mm`, where the mean MPJPE would be in 95 % of repetitions with other recordings (`intervals`).

    Raises:
        ResultsError: there is no run, or they do not belong together.
    """
    content = tables.tabulate(runs)
    for line in content["rows"]:
        line |= dict(zip(("trained", "tested"), ratios_of(line["method"]), strict=True))
        line["interval_mm"] = _interval([row for run in runs for row in run.rows if _is_of(row, line)])
    content["rows"].sort(
        key=lambda line: (
            line["protocol"],
            line["split"],
            *(-1.0 if x is None else x for x in ratios_of(line["method"])),
        )
    )
    return content


def _is_of(row: Row, line: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == line[name] for name in tables.GROUP)


def _interval(rows: Sequence[Row]) -> list[float] | None:
    """By drawing recordings again, that is subjects and programs, each with the takes of all seeds."""
    if not all(len(row.by_recording_mm) >= intervals.FEWEST for row in rows):
        return None
    errors = [error for row in rows for error in row.by_recording_mm]
    found = by_recording(errors, [k for row in rows for k in range(len(row.by_recording_mm))])
    return [round(found.low, 3), round(found.high, 3)]


def ratios_of(method: str) -> tuple[float | None, float | None]:
    """In training and in the test.

    Example:
        >>> ratios_of("teacher, mask 0.5, tested at 0.9"), ratios_of("blind, ruler shape")
        ((0.5, 0.9), (None, None))
    """
    if method.startswith(BLIND):
        return None, None
    numbers = [float(part.split()[-1]) for part in method.split(", ")[1:]]
    return numbers[0], numbers[-1]


def table_of(asked: Sequence[Question]) -> dict[str, Any]:
    """The table of those that are done.

    Raises:
        ResultsError: none is, or one is damaged.
    """
    return table([Run.load(question.path) for question in asked if question.done])


def write_table(folder: str | PathLike[str]) -> None:
    """Keep the book's table, `<folder>/teacher.json`, as far as its runs are done.

    Raises:
        ResultsError: a run is damaged.
    """
    asked = questions(folder)
    if any(question.done for question in asked):
        results.write_json(Path(folder) / f"{NAME}.json", table_of(asked))


def ship(question: Question, path: str | PathLike[str] | None = None) -> Path:
    """Put the weights of a finished run where `teacher` finds them, or in another place.

    Raises:
        CheckpointError: its weights are not on this machine, or are damaged.
    """
    model, told = load(question.weights)
    return train.save(SHIPPED[question.size] if path is None else path, model, told)


def teacher(which: str | PathLike[str] = "book") -> Teacher:
    """A trained teacher, ready to use.

    Args:
        which: `"book"`, the teacher of part 3; `"long"`, trained five times as long, who teaches the students of
            part 4; or a file of weights that a run has kept.

    Raises:
        CheckpointError: there are no such weights, or they are damaged.
    """
    model, _ = load(SHIPPED.get(str(which), which))
    return model.eval()


def load(path: str | PathLike[str]) -> tuple[Teacher, dict[str, Any]]:
    """A network of this module, and what was told about it when its weights were kept.

    Raises:
        CheckpointError: there are no such weights, or they are damaged.
    """
    told = train.read_about(path)
    model = Teacher(TeacherConfig(**told["config"]["teacher"]))
    train.load(path, model)
    return model, told
