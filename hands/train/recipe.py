r"""How a network is trained: numbers of steps and samples, AdamW, and a learning rate that warms up and fades.

With peak $\eta$, $W$ steps of warm-up and $N$ steps in all, update $k = 0 .. N-1$ is made with

$$
\eta_k = \eta \frac{k + 1}{W} \quad (k < W), \qquad
\eta_k = \frac{\eta}{2} \Big(1 + \cos \pi \frac{k - W}{N - W}\Big) \quad (k \ge W).
$$

Source: Loshchilov and Hutter, SGDR (2017) and Decoupled Weight Decay Regularization (2019). AdamW, cosine, 1e-4 and a
batch of 32 are the MGDHand paper's; weight decay 0.01 is MotionBERT's; the clip is ours.
Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

from torch import nn

Precision = Literal["32-true", "64-true", "bf16-mixed"]
"""Of the arithmetic, in Lightning Fabric's words. There is no 16-mixed: its scale is one more state to keep."""


@dataclass(frozen=True)
class Recipe:
    """How to train. What a network is and what it learns from stand elsewhere.

    Raises:
        ValueError: a number makes no sense; the sentence says which.
    """

    steps: int
    """Updates of the weights."""
    batch: int
    """Samples of one update, over all processes and accumulated parts."""
    lr: float = 1e-4
    """The highest learning rate."""
    weight_decay: float = 0.01
    warmup: int = 0
    """Steps until the learning rate has risen to `lr`."""
    clip: float | None = 1.0
    """The longest gradient, as a norm over all parameters; None leaves gradients as they are."""
    accumulate: int = 1
    """Parts of a batch that a process takes one after another, to need less memory."""
    seed: int = 0
    """Of what is random inside the network, such as dropout."""
    log_every: int = 10
    validate_every: int = 100
    save_every: int = 100
    watch: str = "loss"
    """The quantity of the validation whose smallest value is the best."""
    precision: str = "32-true"

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "accumulate", "log_every", "validate_every", "save_every"):
            _whole(name, getattr(self, name), 1)
        for name in ("warmup", "seed"):
            _whole(name, getattr(self, name), 0)
        for name in ("lr", "weight_decay", "clip"):
            _positive(name, getattr(self, name), zero=name == "weight_decay", none=name == "clip")
        if self.warmup >= self.steps:
            raise ValueError(f"warmup is {self.warmup} of {self.steps} steps: leave some for training")
        if self.precision not in get_args(Precision):
            raise ValueError(f"precision is {self.precision!r}, expected one of {', '.join(get_args(Precision))}")


def learning_rate(recipe: Recipe, step: int) -> float:
    """Of the update that follows `step` others.

    Example:
        >>> recipe = Recipe(steps=6, batch=1, lr=1.0, warmup=2)
        >>> [round(learning_rate(recipe, step), 3) for step in range(6)]
        [0.5, 1.0, 1.0, 0.854, 0.5, 0.146]
    """
    if step < recipe.warmup:
        return recipe.lr * (step + 1) / recipe.warmup
    share = (step - recipe.warmup) / (recipe.steps - recipe.warmup)
    return recipe.lr * (1 + math.cos(math.pi * share)) / 2


def decay_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """The parameters in two groups for AdamW: those whose weights decay, and those whose do not.

    What decays is the matrix of a layer that mixes channels (`Linear`, `Conv*`, ...). Biases, norms, and vectors that
    stand for something, such as embeddings of positions and mask tokens, keep their size.

    Example:
        >>> model = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2), nn.Embedding(3, 2))
        >>> [[tuple(p.shape) for p in group["params"]] for group in decay_groups(model, 0.01)]
        [[(2, 2)], [(2,), (2,), (2,), (3, 2)]]
    """
    kept = nn.Embedding, nn.EmbeddingBag, nn.LayerNorm
    matrices = {
        parameter
        for module in model.modules()
        for name, parameter in module.named_parameters(recurse=False)
        if "weight" in name and parameter.ndim > 1 and not isinstance(module, kept)
    }
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in learned if p in matrices], "weight_decay": weight_decay},
        {"params": [p for p in learned if p not in matrices], "weight_decay": 0.0},
    ]


def _whole(name: str, value: Any, least: int) -> None:
    if type(value) is not int or value < least:
        raise ValueError(f"{name} is {value!r}, expected a whole number, {least} or more")


def _positive(name: str, value: Any, zero: bool, none: bool) -> None:
    if value is None and none:
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not (0 < value < math.inf or (zero and value == 0)):
        raise ValueError(f"{name} is {value!r}, expected a number {'of zero or more' if zero else 'above zero'}")
