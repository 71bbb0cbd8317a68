"""What is compared in the study of distillation: each method, what it may choose from, and how large all of them are.

All students are one network, trained on the same windows in the same order from the same first weights; methods differ
in what teaches them. (One control is the student alone from other first weights: what a difference is when nothing is
different.) Each has four tries on validation: the student alone and the networks of other kinds with four
settings of AdamW, taught students with the setting of the student alone and four factors on the weights of what they
are taught. A method that is another with a part left out, or with another teacher, takes that one's choice.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from hands import distill
from hands.distill import (
    FrameMlp,
    FrameMlpConfig,
    Gru,
    GruConfig,
    SensorNetwork,
    Student,
    StudentConfig,
    Tcn,
    TcnConfig,
    Teaching,
    Worn,
)
from hands.experiments.results import ResultsError
from hands.fusion import LossWeights, TeacherStatistics
from hands.train import Recipe

Network = Literal["student", "frame MLP", "GRU", "TCN"]
Tutor = Literal["none", "trained", "other", "untrained"]
"""Who teaches: nobody; the teacher of the same seed; another on the same data; that one before its training."""


@dataclass(frozen=True)
class Setting:
    """What is chosen on validation."""

    lr: float
    """The highest learning rate."""
    weight_decay: float
    factor: float = 1.0
    """On all weights of what is taught."""


@dataclass(frozen=True)
class Method:
    """One line of a table."""

    name: str
    teaching: Teaching = field(default_factory=Teaching)
    tutor: Tutor = "none"
    network: Network = "student"
    longer: int = 1
    """Times the steps of the others."""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Where its network differs from the student's."""
    start: int = 0
    """Another number, other first weights and another order of batches, on the same data."""
    like: str | None = None
    """The method whose choice it takes, if it does not choose for itself."""

    @property
    def taught(self) -> bool:
        """Whether there is something to weigh: what it is taught beside the truth."""
        return self.teaching != Teaching()


PLAIN: Final = "plain"
DECOUPLED: Final = "decoupled"
SECOND: Final = "decoupled, other teacher"
AGAIN: Final = "plain, again"
"""How far a seed moves when nothing meaningful changes."""


def _without(term: str) -> Teaching:
    return replace(distill.DECOUPLED, **{term: 0.0})


def _alone(term: str) -> Teaching:
    return Teaching(**{term: getattr(distill.DECOUPLED, term)})


_MAIN: Final = (
    Method(PLAIN),
    Method(DECOUPLED, distill.DECOUPLED, "trained"),
    Method("entangled", Teaching(entangled=1.0), "trained"),
    Method("outputs", Teaching(outputs=1.0), "trained"),
    Method("untrained teacher", distill.DECOUPLED, "untrained"),
    Method("labels", Teaching(labels=1.0)),
    Method("plain, 3 times the steps", longer=3, like=PLAIN),
    Method(SECOND, distill.DECOUPLED, "other", like=DECOUPLED),
    Method(AGAIN, start=1, like=PLAIN),
    Method("frame MLP", network="frame MLP"),
    Method("GRU", network="GRU"),
    Method("TCN", network="TCN"),
)
_PARTS: Final = (
    Method("without SSD", _without("shape"), "trained", like=DECOUPLED),
    Method("without DPD", _without("pose"), "trained", like=DECOUPLED),
    Method("without TMD", _without("motion"), "trained", like=DECOUPLED),
    Method("SSD alone", _alone("shape"), "trained", like=DECOUPLED),
    Method("DPD alone", _alone("pose"), "trained", like=DECOUPLED),
    Method("TMD alone", _alone("motion"), "trained", like=DECOUPLED),
    Method("no projectors", distill.DECOUPLED, "trained", changes={"projector": False}, like=DECOUPLED),
    Method(
        "pose reads motion", distill.DECOUPLED, "trained", changes={"pose_reads": "pose and motion"}, like=DECOUPLED
    ),
    Method("plain, pose reads motion", changes={"pose_reads": "pose and motion"}, like=PLAIN),
)
METHODS: Final = MappingProxyType({method.name: method for method in (*_MAIN, *_PARTS)})
"""By name, what matters most first."""
MAIN: Final = tuple(method.name for method in _MAIN)
"""Of the table of methods."""
LEFT_OUT: Final = ("without SSD", "without DPD", "without TMD")
"""The parts that the paper left out one by one; of the others three seeds are enough to explain these."""
PARTS: Final = tuple(method.name for method in _PARTS)
"""Of the table of parts, with the two that they are compared with."""
SPARSE: Final = (PLAIN, "entangled", DECOUPLED)
"""Of the table of fewer sensors."""
STRANGERS: Final = (PLAIN, DECOUPLED)
"""Also tested on people who were left out."""

FACTORS: Final = (0.01, 0.1, 1.0, 10.0)
LRS: Final = (1e-3, 3e-3, 6e-3)
MORE_DECAY: Final = 10.0


def method(name: str) -> Method:
    """The method of this name.

    Raises:
        ResultsError: there is none.

    Example:
        >>> method("without SSD").teaching.shape
        0.0
    """
    if name not in METHODS:
        raise ResultsError(f"no method {name!r}; there are {', '.join(METHODS)}")
    return METHODS[name]


def settings_of(recipe: Recipe) -> tuple[Setting, ...]:
    """The tries of a network alone: learning rates, and the recipe's own with more weight decay.

    Example:
        >>> [round(one.lr, 4) for one in settings_of(Recipe(steps=9, batch=4, lr=3e-3))]
        [0.001, 0.003, 0.006, 0.003]
    """
    decay = recipe.weight_decay
    return (*(Setting(lr, decay) for lr in LRS), Setting(recipe.lr, MORE_DECAY * decay))


@dataclass(frozen=True)
class StudentSize:
    """Students and how they are trained."""

    student: StudentConfig
    teacher: str
    """Name of the `Size` of their teachers, whose data they have as well."""
    recipe: Recipe
    weights: LossWeights
    keeps_answers: bool = False
    """Whether a teacher's answers are kept beside its weights, for the next student."""
    seconds_each: float = 0.0
    """Of one processor core, for one run of the student alone with its evaluation; measured."""
    seconds_teacher: float = 0.0
    """What a teacher adds."""
    seconds_other: float = 0.0
    """Of a run of a simple network."""


STUDENTS: Final = MappingProxyType(
    {
        "smoke": StudentSize(
            student=StudentConfig(dim=8, depth=1, num_heads=2),
            teacher="smoke",
            recipe=Recipe(steps=4, batch=4, lr=3e-3, validate_every=2, save_every=4, log_every=1, watch="mpjpe_mm"),
            weights=LossWeights(),
            keeps_answers=True,
            seconds_each=3.0,
        ),
        "book": StudentSize(
            student=StudentConfig(dim=32, depth=1, num_heads=2),
            teacher="long",
            recipe=Recipe(
                steps=800, batch=16, lr=3e-3, warmup=50, validate_every=200, save_every=400, watch="mpjpe_mm"
            ),
            weights=LossWeights(betas=0.25, shape=0.1, motion=0.1),
            keeps_answers=True,
            seconds_each=140.0,
            seconds_teacher=20.0,
            seconds_other=35.0,
        ),
        "paper": StudentSize(
            student=StudentConfig(dim=512, depth=5, num_heads=8),
            teacher="paper",
            recipe=Recipe(
                steps=42_000,
                batch=32,
                lr=1e-4,
                validate_every=10_500,
                save_every=525,
                watch="mpjpe_mm",
                precision="bf16-mixed",
            ),
            weights=LossWeights(),
        ),
    }
)
"""By name. The losses are the teacher's.

Of each teacher of `book` the answers to all batches, 0.3 GB, are kept: its first student waits a minute for them.

The teachers of `book` are `long`: those of 800 steps make nothing of the half of the pose that they are shown (they err
as much as those that are shown the shape alone), those of five times the steps do.
"""


def student_size(name: str) -> StudentSize:
    """The configuration of this name.

    Raises:
        ResultsError: there is none.
    """
    if name not in STUDENTS:
        raise ResultsError(f"no size {name!r}; there are {', '.join(STUDENTS)}")
    return STUDENTS[name]


def asked(size: StudentSize, method: Method, setting: Setting, seed: int) -> tuple[Recipe, Teaching]:
    """How this is trained, and what it is taught."""
    own = size.recipe
    recipe = replace(own, steps=own.steps * method.longer, lr=setting.lr, weight_decay=setting.weight_decay, seed=seed)
    if method.longer > 1:
        recipe = replace(recipe, validate_every=own.validate_every * method.longer)
    return recipe, method.teaching.scaled(setting.factor)


NETWORKS: Final[Mapping[Network, tuple[Callable[..., SensorNetwork], Callable[..., Worn]]]] = MappingProxyType(
    {
        "student": (Student, StudentConfig),
        "frame MLP": (FrameMlp, FrameMlpConfig),
        "GRU": (Gru, GruConfig),
        "TCN": (Tcn, TcnConfig),
    }
)
"""How each is made, and its configuration."""


def network_config(method: Method, size: StudentSize, sensors: Sequence[str]) -> Worn:
    """Of a method's network, with these sensors."""
    if method.network == "student":
        return replace(size.student, sensors=tuple(sensors), **method.changes)
    return NETWORKS[method.network][1](sensors=tuple(sensors), max_len=size.student.max_len)


def build(network: Network, config: Worn, statistics: TeacherStatistics | None = None) -> SensorNetwork:
    """A network with its first weights, drawn from torch's default generator."""
    return NETWORKS[network][0](config, statistics)


def build_again(network: Network, fields: Mapping[str, Any]) -> SensorNetwork:
    """A network of what JSON kept of its configuration."""
    whole = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return build(network, NETWORKS[network][1](**whole))
