"""Metrics against plain loops, scipy's Procrustes and closed forms."""

import math

import numpy as np
import pytest
import roma
import torch
from scipy.spatial import procrustes

from hands import metrics


@pytest.fixture
def points():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(4, 21, 3, dtype=torch.float64, generator=generator) for _ in range(2)]


def test_mpjpe_is_a_mean_of_distances(points):
    predicted, true = points
    for b in range(4):
        distances = [math.dist(predicted[b, k] - predicted[b, 0], true[b, k] - true[b, 0]) for k in range(21)]
        assert metrics.mpjpe(predicted, true)[b].item() == pytest.approx(sum(distances) / 21, abs=1e-14)


def test_mpjpe_does_not_score_position(points):
    predicted, true = points
    moved = predicted + torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(metrics.mpjpe(moved, true), metrics.mpjpe(predicted, true))


def test_metrics_leave_their_arguments_alone(points):
    before = [p.clone() for p in points]
    metrics.mpjpe(*points)
    metrics.pa_mpjpe(*points)
    metrics.mpvpe(*points, points[0][:, 0], points[1][:, 0])
    assert all(torch.equal(a, b) for a, b in zip(points, before, strict=True))


def test_mpvpe_aligns_each_mesh_at_its_wrist(points):
    predicted, true = points
    wrists = predicted[:, 0] + 1.0, true[:, 0] - 2.0
    expected = ((predicted - wrists[0][:, None]) - (true - wrists[1][:, None])).norm(dim=-1).mean(-1)
    torch.testing.assert_close(metrics.mpvpe(predicted, true, *wrists), expected)


def test_pa_mpjpe_agrees_with_scipy(points):
    """scipy scales the truth to unit norm; undo that, and forbid the reflection that it allows by choosing det > 0."""
    generator = torch.Generator().manual_seed(3)
    true = points[1]
    predicted = true + 0.1 * torch.randn(true.shape, dtype=torch.float64, generator=generator)
    for b in range(4):
        unit_true, aligned, _ = procrustes(true[b].numpy(), predicted[b].numpy())
        norm = np.linalg.norm(true[b] - true[b].mean(0))
        expected = norm * np.linalg.norm(unit_true - aligned, axis=1).mean()
        assert metrics.pa_mpjpe(predicted, true)[b].item() == pytest.approx(expected, abs=1e-12)


def test_pa_mpjpe_forgives_a_similarity(points):
    true = points[0]
    rotation = roma.random_rotmat(4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    predicted = 1.7 * true @ rotation.mT + 0.3
    assert metrics.pa_mpjpe(predicted, true).max() < 1e-12


def test_pa_mpjpe_does_not_forgive_a_mirror(points):
    true = points[0]
    mirrored = true * torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)
    assert metrics.pa_mpjpe(mirrored, true).min() > 0.1


def test_orientation_error_is_the_angle():
    axis = torch.tensor([2.0, -3.0, 6.0], dtype=torch.float64) / 7
    a = roma.rotvec_to_rotmat(0.3 * axis)
    b = roma.rotvec_to_rotmat(1.0 * axis)
    assert metrics.orientation_error(a, b).item() == pytest.approx(0.7, abs=1e-12)
