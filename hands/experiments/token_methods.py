"""What is compared in the study of stage 2: where a trunk comes from, what a transformer is told, and other networks.

Five networks without gesture tokens differ in what their trunk learnt before: nothing, or gestures in one of four ways.
Five with the same trunk differ in what the transformer is told, one of them told of other pictures; a sixth is told by
cross-attention. EANet and a plain head are trained from the start and on the same trunk, unmodified: what helps one
network ought to help others. The mean hand of a gesture looks at no picture.

All of them see the same pictures in the same order. Settings are tried for a network with and without a trunk that was
trained; those that differ in what they are told take the choice of the paper's own.

Explained in the book: *From picture to hand*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Literal

from hands.experiments import gesture_methods
from hands.experiments.gesture_methods import GRADUAL, GestureSize
from hands.experiments.methods import Setting
from hands.experiments.results import ResultsError
from hands.gesture.augmentation import Augmentation
from hands.gesture.eanet import EANet, EANetConfig
from hands.gesture.estimate import HandNetwork
from hands.gesture.plain import PlainNet, PlainNetConfig
from hands.gesture.pretraining import WEIGHTINGS, GestureNetConfig
from hands.gesture.token_losses import TokenLossWeights
from hands.gesture.token_net import TokenNet, TokenNetConfig, without_dropout
from hands.train import Recipe

Network = Literal["tokens", "EANet", "plain", "class mean"]
LRS: Final = (5e-4, 1e-3, 2e-3)
"""The tries."""


@dataclass(frozen=True)
class TokenMethod:
    """One line of the table."""

    name: str
    network: str = "tokens"
    """One of `Network`."""
    pretraining: str | None = GRADUAL
    """Of `gesture.pretraining.WEIGHTINGS`; None for a trunk that learns from the start."""
    guidance: str = "none"
    fusion: str = "tokens"
    as_tried: str | None = None
    """The method whose tries it goes by; its own if left out."""


OURS: Final = "tokens, both"
"""The paper's: trained on gestures gradually, told of both levels."""
SCRATCH: Final = "no gestures"
CLASS_MEAN: Final = "class mean"
METHODS: Final[Mapping[str, TokenMethod]] = MappingProxyType(
    {
        one.name: one
        for one in (
            TokenMethod(OURS, guidance="both"),
            TokenMethod(SCRATCH, pretraining=None),
            TokenMethod("EANet", "EANet", pretraining=None),
            TokenMethod("EANet, gestures", "EANet"),
            TokenMethod("plain", "plain", pretraining=None),
            TokenMethod("plain, gestures", "plain"),
            TokenMethod("trunk alone", as_tried=OURS),
            *(
                TokenMethod(f"trunk alone, {name}", pretraining=name, as_tried=OURS)
                for name in WEIGHTINGS
                if name != GRADUAL
            ),
            *(TokenMethod(f"tokens, {told}", guidance=told, as_tried=OURS) for told in ("coarse", "fine", "shuffled")),
            TokenMethod("cross", guidance="both", fusion="cross", as_tried=OURS),
            TokenMethod(CLASS_MEAN, "class mean"),
        )
    }
)
"""By name, what matters most first. "Trunk alone" is told nothing: only its trunk knows gestures."""


@dataclass(frozen=True)
class TokenSize:
    """Networks of stage 2, and how they are trained; pictures and trunk are those of stage 1 of the same name."""

    recipe: Recipe
    tokens: TokenNetConfig = field(default_factory=TokenNetConfig)
    eanet: EANetConfig = field(default_factory=EANetConfig)
    plain: PlainNetConfig = field(default_factory=PlainNetConfig)
    augmentation: Augmentation = field(default_factory=Augmentation)
    weights: TokenLossWeights = field(default_factory=TokenLossWeights)
    seconds_each: float = 0.0
    """Of one processor core, for one training."""
    seconds_judging: float = 0.0


def _smoke() -> TokenSize:
    trunk = gesture_methods.gesture_size("smoke").network
    return TokenSize(
        recipe=Recipe(steps=4, batch=4, lr=3e-3, validate_every=2, save_every=4, log_every=1, watch="mpjpe_mm"),
        tokens=TokenNetConfig(without_dropout(trunk), ("F2", "F3"), bins=4, dim=8, depth=1, num_heads=2, mlp_ratio=2),
        eanet=EANetConfig(trunk, "F3", bins=4, dim=8, depth=1, num_heads=2, mlp_ratio=2),
        plain=PlainNetConfig(trunk, hidden=8),
        seconds_each=4.0,
    )


SIZES: Final[Mapping[str, TokenSize]] = MappingProxyType(
    {
        "smoke": _smoke(),
        "book": TokenSize(
            recipe=Recipe(
                steps=800, batch=32, lr=1e-3, warmup=50, validate_every=200, save_every=200, watch="mpjpe_mm"
            ),
            tokens=TokenNetConfig.book(),
            eanet=EANetConfig.book(),
            plain=PlainNetConfig.book(),
            augmentation=Augmentation(turn=math.radians(15), scale=0.1, colour=0.1),
            seconds_each=160.0,
            seconds_judging=15.0,
        ),
        "paper": TokenSize(
            recipe=Recipe(
                steps=400_000,
                batch=64,
                lr=1e-4,
                weight_decay=1e-4,
                warmup=1000,
                validate_every=10_000,
                save_every=2000,
                watch="mpjpe_mm",
                precision="bf16-mixed",
            ),
        ),
    }
)


def method(name: str) -> TokenMethod:
    """The method of this name.

    Raises:
        ResultsError: there is none.
    """
    if name not in METHODS:
        raise ResultsError(f"no method {name!r}; there are {', '.join(METHODS)}")
    return METHODS[name]


def token_size(name: str) -> TokenSize:
    """The configuration of this name.

    Raises:
        ResultsError: there is none.
    """
    if name not in SIZES:
        raise ResultsError(f"no size {name!r}; there are {', '.join(SIZES)}")
    return SIZES[name]


def stage_1(name: str) -> GestureSize:
    """Pictures and trunk that belong to a size."""
    return gesture_methods.gesture_size(name)


def config_of(asked: TokenMethod, size: TokenSize) -> TokenNetConfig | EANetConfig | PlainNetConfig:
    """Of a method's network; of the class mean, the plain one's, whose trunk names gestures for it."""
    if asked.network == "tokens":
        return replace(size.tokens, guidance=asked.guidance, fusion=asked.fusion)
    return size.eanet if asked.network == "EANet" else size.plain


def build(config: TokenNetConfig | EANetConfig | PlainNetConfig) -> HandNetwork:
    """The network of a configuration, first weights from torch's own random numbers."""
    if isinstance(config, TokenNetConfig):
        return TokenNet(config)
    return EANet(config) if isinstance(config, EANetConfig) else PlainNet(config)


def trunk_config(size: TokenSize) -> GestureNetConfig:
    """Of the trunks that all networks of a size share."""
    return size.plain.trunk


def settings_of(size: TokenSize) -> tuple[Setting, ...]:
    """The tries of each method that has its own.

    Example:
        >>> [one.lr for one in settings_of(token_size("book"))]
        [0.0005, 0.001, 0.002]
    """
    return tuple(Setting(lr, size.recipe.weight_decay) for lr in LRS)
