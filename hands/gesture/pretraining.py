r"""Stage 1: a network that names the gesture in a picture, its coarse class first and its fine class later.

HRNet makes one vector g of a picture, and two heads answer from it, side by side:

$$
\gamma_c = h_c(g) \in \mathbb{R}^{27}, \qquad \gamma_f = h_f(g) \in \mathbb{R}^{35}, \qquad
h(g) = W_2\, \mathrm{drop}(\mathrm{relu}(W_1 g + b_1)) + b_2 .
$$

With s the share of the training that is done, the loss of a picture whose classes are $y_c$ and $y_f$ is

$$
L(s) = w_c(s)\, \mathrm{CE}(\gamma_c, y_c) + w_f(s)\, \mathrm{CE}(\gamma_f, y_f) .
$$

*Gradual weighting* lets the coarse classes settle first: $w_c = 1$ throughout, and $w_f$ rises from 0 to 1 between 20 %
and 60 % of the training. The rivals have constant weights: the coarse classes only, the fine ones only, or both at
once. Each fine class lies in one coarse class, so who knows the fine one also knows the coarse one:

$$ P(c) = \sum_{f \in c} \mathrm{softmax}(\gamma_f)_f . $$

Source: Hong and Kosecka 2026, Stage 1. The heads are those of the authors' earlier public code; the ramp is ours.
Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from hands.mano.gestures import COARSE_NAMES, FINE_NAMES, GESTURES
from hands.nets.hrnet import Features, HRNet, HRNetConfig

NUM_COARSE: Final = len(COARSE_NAMES)
NUM_FINE: Final = len(FINE_NAMES)
COARSE_OF_FINE: Final = tuple(
    next(gesture.coarse for gesture in GESTURES.values() if gesture.fine == fine) for fine in range(NUM_FINE)
)
"""The coarse class that each fine class lies in."""
SMOOTHING: Final = 0.1
"""Of the labels: so much of the truth is spread over all classes."""

Loss = Callable[[nn.Module, Mapping[str, Tensor]], Mapping[str, Tensor]]


@dataclass(frozen=True)
class Weighting:
    """How much the coarse and the fine classes count: a weight until `begin`, another from `end` on, a ramp between.

    Raises:
        ValueError: a weight is negative, both end at zero, or the ramp does not begin before it ends.
    """

    coarse: tuple[float, float] = (1.0, 1.0)
    fine: tuple[float, float] = (1.0, 1.0)
    begin: float = 0.2
    """Share of the training."""
    end: float = 0.6

    def __post_init__(self) -> None:
        if min(*self.coarse, *self.fine) < 0 or self.coarse[1] + self.fine[1] == 0:
            raise ValueError(f"weights are {self.coarse} and {self.fine}: expected none below 0, and one to be left")
        if not 0 <= self.begin < self.end <= 1:
            raise ValueError(f"the ramp goes from {self.begin} to {self.end}: expected shares, the first one smaller")

    def at(self, share: Float[Tensor, ""]) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Weights of coarse and fine when this share of the training is done.

        Example:
            >>> [round(GRADUAL.at(torch.tensor(share))[1].item(), 2) for share in (0.0, 0.2, 0.3, 0.4, 0.6, 1.0)]
            [0.0, 0.0, 0.25, 0.5, 1.0, 1.0]
        """
        risen = ((share - self.begin) / (self.end - self.begin)).clamp(0, 1)
        coarse, fine = (first + (last - first) * risen for first, last in (self.coarse, self.fine))
        return coarse, fine

    @property
    def levels(self) -> tuple[str, ...]:
        """What is learnt in the end: `"coarse"`, `"fine"` or both."""
        return tuple(name for name in ("coarse", "fine") if getattr(self, name)[1] > 0)


COARSE_ONLY: Final = Weighting(fine=(0.0, 0.0))
FINE_ONLY: Final = Weighting(coarse=(0.0, 0.0))
BOTH: Final = Weighting()
GRADUAL: Final = Weighting(fine=(0.0, 1.0))
WEIGHTINGS: Final[Mapping[str, Weighting]] = MappingProxyType(
    {"gradual": GRADUAL, "both at once": BOTH, "fine only": FINE_ONLY, "coarse only": COARSE_ONLY}
)
"""The paper's, and its rivals."""


class Answers(NamedTuple):
    """What a network says of pictures."""

    coarse: Float[Tensor, "B 27"]
    """Logits of the coarse classes, in the order of `COARSE_NAMES`."""
    fine: Float[Tensor, "B 35"]
    """Logits of the fine classes, in the order of `FINE_NAMES`."""
    features: Features
    """What they come from, and what stage 2 builds on."""


@dataclass(frozen=True)
class GestureNetConfig:
    """Sizes; the defaults are the published HRNet-W18 and the heads of the authors' code."""

    net: HRNetConfig = field(default_factory=HRNetConfig)
    hidden: int = 1024
    """Inside each head."""
    dropout: float = 0.5

    @classmethod
    def book(cls) -> GestureNetConfig:
        """The size of this book's experiments, which are too short for dropout."""
        return cls(net=HRNetConfig.book(), hidden=128, dropout=0.0)


class GestureNet(nn.Module):
    """HRNet and two heads.

    Example:
        >>> net = GestureNet(GestureNetConfig.book()).eval()
        >>> said = net(torch.zeros(2, 3, 64, 64))
        >>> said.coarse.shape, said.fine.shape, said.features.g.shape
        (torch.Size([2, 27]), torch.Size([2, 35]), torch.Size([2, 256]))
    """

    def __init__(self, config: GestureNetConfig) -> None:
        super().__init__()
        self.config = config
        self.net = HRNet(config.net)
        self.coarse, self.fine = (_head(config, classes) for classes in (NUM_COARSE, NUM_FINE))

    def forward(self, pictures: Float[Tensor, "B 3 H W"]) -> Answers:
        """Answers to pictures, red, green, blue from 0 to 1, whose sides are multiples of 32."""
        features = self.net(pictures)
        return Answers(self.coarse(features.g), self.fine(features.g), features)


def _head(config: GestureNetConfig, classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(config.net.dim, config.hidden),
        nn.ReLU(),
        nn.Dropout(config.dropout),
        nn.Linear(config.hidden, classes),
    )


def gesture_loss(weighting: Weighting, smoothing: float = SMOOTHING) -> Loss:
    """The loss of stage 1, for `train.fit`.

    Its batches hold `pictures`, the classes `coarse` and `fine` of each, and `share`, how much of the training is done.
    """

    def loss(model: nn.Module, batch: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        said: Answers = model(batch["pictures"])
        coarse = cross_entropy(said.coarse, batch["coarse"], label_smoothing=smoothing)
        fine = cross_entropy(said.fine, batch["fine"], label_smoothing=smoothing)
        on_coarse, on_fine = weighting.at(batch["share"])
        return {"loss": on_coarse * coarse + on_fine * fine, "coarse": coarse, "fine": fine, "fine_weight": on_fine}

    return loss


def coarse_of_fine(logits: Float[Tensor, "B 35"]) -> Float[Tensor, "B 27"]:
    """Probabilities of the coarse classes by an answer to the fine ones.

    Example:
        >>> sure = torch.zeros(1, NUM_FINE).index_fill(1, torch.tensor([FINE_NAMES.index("dinosaur")]), 100.0)
        >>> COARSE_NAMES[int(coarse_of_fine(sure).argmax())]
        'claw'
    """
    parents = torch.tensor(COARSE_OF_FINE, device=logits.device)
    return logits.new_zeros(len(logits), NUM_COARSE).index_add(1, parents, logits.softmax(1))
