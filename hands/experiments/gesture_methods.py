"""What is compared in the study of pretraining: gradual weighting and its rivals, and how large all of them are.

All of them are one network, trained on the same pictures in the same order from the same first weights; they differ in
how much the coarse and the fine classes count, and when. Each has as many tries on validation. One more is the network
before any training: it has seen the pictures, which set the means of its norms, but no label.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from hands.experiments.methods import Setting
from hands.experiments.results import ResultsError
from hands.gesture import PicturePlan
from hands.gesture.augmentation import Augmentation
from hands.gesture.pretraining import SMOOTHING, WEIGHTINGS, GestureNetConfig, Weighting
from hands.nets.hrnet import HRNetConfig
from hands.train import Recipe

GRADUAL: Final = "gradual"
UNTRAINED: Final = "untrained"
NAMES: Final = (*WEIGHTINGS, UNTRAINED)
"""What matters most first."""
LRS: Final = (7.5e-4, 1.5e-3, 3e-3)
"""The tries of each."""


@dataclass(frozen=True)
class GestureSize:
    """Networks that name gestures, and how they are trained."""

    network: GestureNetConfig
    recipe: Recipe
    pictures: PicturePlan = field(default_factory=PicturePlan)
    """What it is trained and judged on."""
    side: int = 64
    """Of the squares around hands that the network sees, pixels."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    smoothing: float = SMOOTHING
    penalties: tuple[float, ...] = (1e-1, 1e-2, 1e-3)
    """Of the linear probes, the strongest first; one is chosen on validation."""
    seconds_each: float = 0.0
    """Of one processor core, for one training; measured."""
    seconds_judging: float = 0.0
    """For the test and the probes."""


SIZES: Final[Mapping[str, GestureSize]] = MappingProxyType(
    {
        "smoke": GestureSize(
            network=GestureNetConfig(
                HRNetConfig(4, 1, (1, 1, 1), stem=4, bottlenecks=1, narrow=4, head=8, dim=16), hidden=8
            ),
            recipe=Recipe(
                steps=4, batch=4, lr=3e-3, validate_every=2, save_every=4, log_every=1, watch="error_percent"
            ),
            pictures=PicturePlan(takes=1, size=32, subjects=("S01", "S11", "S13"), samples=1),
            side=32,
            penalties=(1e-1, 1e-2),
            seconds_each=3.0,
        ),
        "book": GestureSize(
            network=GestureNetConfig.book(),
            recipe=Recipe(
                steps=2000, batch=32, lr=3e-3, warmup=50, validate_every=250, save_every=250, watch="error_percent"
            ),
            augmentation=Augmentation(turn=math.radians(8), scale=0.1, colour=0.1),
            smoothing=0.0,
            seconds_each=330.0,
            seconds_judging=20.0,
        ),
        "paper": GestureSize(
            network=GestureNetConfig(),
            recipe=Recipe(
                steps=120_000,
                batch=64,
                lr=1e-4,
                weight_decay=1e-4,
                warmup=1000,
                validate_every=4000,
                save_every=1000,
                watch="error_percent",
                precision="bf16-mixed",
            ),
            pictures=PicturePlan(takes=200, size=256),
            side=256,
        ),
    }
)
"""By name.

A network of `book` sees each picture about twelve times, so it has more to fear from learning little than from learning
by heart. In first trials of 800 steps, judged on validation, it named fewer gestures with dropout and smoothed labels
than without, and it learnt more slowly from pictures changed as much as EANet's; so it has none of these.
"""


def gesture_size(name: str) -> GestureSize:
    """The configuration of this name.

    Raises:
        ResultsError: there is none.
    """
    if name not in SIZES:
        raise ResultsError(f"no size {name!r}; there are {', '.join(SIZES)}")
    return SIZES[name]


def weighting(name: str) -> Weighting | None:
    """How the losses of a method count, None for the network without training.

    Raises:
        ResultsError: there is no such method.
    """
    if name not in NAMES:
        raise ResultsError(f"no method {name!r}; there are {', '.join(NAMES)}")
    return WEIGHTINGS.get(name)


def settings_of(size: GestureSize) -> tuple[Setting, ...]:
    """The tries of each method.

    Example:
        >>> [one.lr for one in settings_of(gesture_size("book"))]
        [0.00075, 0.0015, 0.003]
    """
    return tuple(Setting(lr, size.recipe.weight_decay) for lr in LRS)
