"""The numbers that a network learns: how they start, and how many they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from torch import Tensor, nn

INITIAL_SD: Final = 0.02
"""Standard deviation of the weights and embeddings that a network starts with."""
FULL_WIDTH: Final = 512
"""Channels of the networks that these weights were chosen for."""


def initialise(module: nn.Module) -> None:
    """Start every linear layer of a network: weights from a normal distribution cut off at ±2, biases 0.

    The draws are from torch's default generator: seed it around the construction of a network
    (`torch.random.fork_rng`, `torch.manual_seed`).

    Source: MotionBERT (Zhu et al. 2023).
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            nn.init.trunc_normal_(layer.weight, std=INITIAL_SD)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def enlarge(parts: Iterable[nn.Module], dim: int, positions: Iterable[Tensor] = ()) -> None:
    r"""Make first weights as large as a narrow network wants them, after `initialise`.

    Weights of a standard deviation of 0.02 are MotionBERT's, for 512 channels; in a narrower network attention then
    begins as good as dead. So here they become $\sqrt{512 / D}$ times as large, which for 512 channels is the same. And
    what tells tokens apart, their learned positions, begins with a standard deviation of 1 instead of 0.02: a joint
    has to find the sensor that knows about it, and by nothing else can it tell sensors from each other.

    Args:
        parts: whose linear layers; each layer is to come once.
        dim: channels D.
        positions: embeddings that were drawn with a standard deviation of 0.02.
    """
    for linear in (module for part in parts for module in part.modules() if isinstance(module, nn.Linear)):
        linear.weight.data.mul_((FULL_WIDTH / dim) ** 0.5)
    for position in positions:
        position.data.div_(INITIAL_SD)


def count(module: nn.Module) -> int:
    """How many numbers a network learns; what is shared counts once.

    Example:
        >>> count(nn.Linear(64, 3))
        195
    """
    return sum(parameter.numel() for parameter in module.parameters())
