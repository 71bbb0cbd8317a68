"""Configurations: the paper's can be built, and all are what they say."""

from __future__ import annotations

import pytest
import torch

from hands.experiments.configs import RATIO, RATIOS, SIZES, plain, size
from hands.experiments.results import ResultsError
from hands.fusion import Teacher


def encoder(channels: int, tokens: int, dim: int = 512, depth: int = 5, frames: int = 32) -> int:
    """Parameters of a DSTFormer whose MLPs are twice as wide, counted by hand."""
    attention, mlp, norms = 4 * dim * dim + 4 * dim, 4 * dim * dim + 3 * dim, 4 * dim
    level = 4 * (attention + mlp + norms) + (2 * dim * 2 + 2)
    return (channels * dim + dim) + (tokens + frames) * dim + depth * level + 2 * dim


def test_the_papers_teacher_has_the_parameters_that_are_counted_by_hand() -> None:
    setting, dim = size("paper"), 512
    with torch.device("meta"):
        teacher = Teacher(setting.teacher)
    streams = encoder(6 + 1 + 10, 15) + encoder(15, 7)
    fusion = 4 * dim * dim + 4 * dim + 4 * dim * dim + 3 * dim
    guided = 5 * dim * dim + 5 * dim
    heads = 2 * (6 + 10) * (dim + 1) + 21 * 6 * (dim + 1)
    assert sum(p.numel() for p in teacher.parameters()) == streams + fusion + guided + heads
    recipe = setting.recipe
    assert (setting.length, recipe.batch, recipe.lr) == (32, 32, 1e-4)
    windows = 15 * 10 * len(range(0, 1801 - 32 + 1, 16)) + 15 * 10  # the last one ends with the recording
    assert recipe.steps == pytest.approx(80 * windows / 32, rel=0.02)


def test_the_papers_teacher_takes_a_step_at_a_fraction_of_its_depth() -> None:
    from dataclasses import replace

    teacher = Teacher(replace(size("paper").teacher, depth=1))
    shown = teacher(
        torch.zeros(1, 2, 7, 15), torch.zeros(1, 2, 15, 6), torch.zeros(1, 10), torch.ones(1, 2, 15, dtype=torch.bool)
    )
    shown.pose_6d.square().sum().backward()
    assert all(p.grad is None or bool(p.grad.isfinite().all()) for p in teacher.parameters())


def test_sizes_watch_what_is_reported_and_say_what_they_cost() -> None:
    assert RATIO in RATIOS
    for name, setting in SIZES.items():
        assert setting.recipe.watch == "mpjpe_mm"
        assert ("seconds_each" in plain(setting)) is False
        assert plain(setting)["teacher"]["dim"] == setting.teacher.dim, name
    with pytest.raises(ResultsError, match="no size 'huge'; there are smoke, book, long, paper"):
        size("huge")
