"""The learning rate against torch's own schedules, and which weights decay."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.optim import lr_scheduler

from hands.train import Recipe, decay_groups, learning_rate


@given(warmup=st.integers(0, 12), after=st.integers(1, 40), lr=st.floats(1e-6, 10))
def test_learning_rate_is_torchs_linear_and_cosine_schedule(warmup, after, lr):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr)
    rise = lr_scheduler.LambdaLR(optimizer, lambda k: (k + 1) / max(warmup, 1))
    fade = lr_scheduler.CosineAnnealingLR(optimizer, T_max=after)
    schedule = lr_scheduler.SequentialLR(optimizer, [rise, fade], milestones=[warmup])
    recipe = Recipe(steps=warmup + after, batch=1, lr=lr, warmup=warmup)
    for step in range(recipe.steps):
        expected = optimizer.param_groups[0]["lr"]
        assert learning_rate(recipe, step) == pytest.approx(expected, rel=1e-9, abs=1e-12 * lr)
        optimizer.step()
        schedule.step()


def test_learning_rate_peaks_once_and_fades_to_nothing():
    recipe = Recipe(steps=1000, batch=1, lr=3e-4, warmup=50)
    rates = [learning_rate(recipe, step) for step in range(1000)]
    assert max(rates) == rates[49] == rates[50] == 3e-4
    assert rates[-1] < 1e-5 * rates[50]
    assert sorted(rates[:50]) == rates[:50]
    assert sorted(rates[50:], reverse=True) == rates[50:]


def test_only_matrices_decay():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(4, 2)
            self.conv = nn.Conv1d(4, 4, 3)
            self.norm = nn.LayerNorm((2, 4))
            self.embedding = nn.Embedding(5, 4)
            self.position = nn.Parameter(torch.zeros(1, 7, 4))
            self.frozen = nn.Linear(4, 4).requires_grad_(False)

    model = Net()
    decay, keep = decay_groups(model, 0.05)
    names = {id(p): name for name, p in model.named_parameters()}
    assert {names[id(p)] for p in decay["params"]} == {
        "attention.in_proj_weight",
        "attention.out_proj.weight",
        "conv.weight",
    }
    assert (decay["weight_decay"], keep["weight_decay"]) == (0.05, 0.0)
    learned = {name for name, p in model.named_parameters() if p.requires_grad}
    assert {names[id(p)] for group in (decay, keep) for p in group["params"]} == learned


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"batch": 0}, "batch is 0"),
        ({"accumulate": True}, "accumulate is True"),
        ({"lr": 0.0}, "lr is 0.0"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"clip": 0.0}, "clip is 0.0"),
        ({"weight_decay": -1.0}, "weight_decay is -1.0"),
        ({"warmup": 10}, "warmup is 10 of 10 steps"),
        ({"precision": "16-mixed"}, "precision is '16-mixed'"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(change, word):
    with pytest.raises(ValueError, match=word):
        Recipe(**({"steps": 10, "batch": 2} | change))


def test_no_clip_and_no_decay_are_recipes():
    Recipe(steps=1, batch=1, clip=None, weight_decay=0.0)
