"""A network, batches and a loss that take no time, the same in every process that imports this."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from hands.train import Recipe

SAMPLES = 8
RECIPE = Recipe(
    steps=24, batch=SAMPLES, lr=0.02, weight_decay=0.1, warmup=4, log_every=1, validate_every=6, save_every=4
)
ABOUT = {"network": "small", "dim": [3, 8, 1]}


def network(dropout: float = 0.0, dtype: torch.dtype = torch.float64) -> nn.Sequential:
    """A norm, biases and two matrices, with weights that do not depend on torch's own random numbers."""
    model = nn.Sequential(nn.LayerNorm(3), nn.Linear(3, 8), nn.GELU(), nn.Dropout(dropout), nn.Linear(8, 1)).to(dtype)
    draw = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw, dtype=torch.float64) / 2)
    return model


def batches(step: int, rows: slice) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(step)
    x = torch.randn(SAMPLES, 3, generator=draw, dtype=torch.float64)
    return {"x": x[rows], "y": x.prod(1, keepdim=True)[rows]}


def loss(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    error = model(batch["x"]) - batch["y"]
    return {"loss": error.square().mean(), "absolute": error.abs().mean()}


def validate(model: nn.Module) -> dict[str, float]:
    return {"loss": loss(model, batches(10_000, slice(None)))["loss"].item()}
