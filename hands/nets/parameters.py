"""The numbers that a network learns: how they start, and how many they are."""

from __future__ import annotations

from typing import Final

from torch import nn

INITIAL_SD: Final = 0.02
"""Standard deviation of the weights and embeddings that a network starts with."""


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


def count(module: nn.Module) -> int:
    """How many numbers a network learns; what is shared counts once.

    Example:
        >>> count(nn.Linear(64, 3))
        195
    """
    return sum(parameter.numel() for parameter in module.parameters())
