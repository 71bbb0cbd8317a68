"""Soft-argmax against a loop over cells, reading of maps against the arithmetic of a grid."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from hands.nets.soft_argmax import sample, soft_argmax


def by_a_loop(volume: np.ndarray) -> np.ndarray:
    """Of one volume (depth, height, width)."""
    shares, places = [], []
    for z, y, x in itertools.product(*map(range, volume.shape)):
        shares.append(math.exp(volume[z, y, x]))
        places.append([-1 + (k + 0.5) * 2 / n for k, n in zip((x, y, z), volume.shape[::-1], strict=True)])
    return np.average(places, axis=0, weights=shares)


def test_it_is_the_mean_of_the_cells_middles_weighted_by_the_softmax() -> None:
    volumes = 3 * torch.randn(2, 4, 3, 5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = np.array([[by_a_loop(volume) for volume in row] for row in volumes.numpy()])
    np.testing.assert_allclose(soft_argmax(volumes), expected, rtol=0, atol=1e-14)


def test_a_high_peak_is_found_where_it_is_and_nothing_is_found_in_the_middle() -> None:
    volume = torch.zeros(1, 2, 4, 8, 16, dtype=torch.float64)
    volume[0, 0, 3, 1, 12] = 1000.0
    peak, nothing = soft_argmax(volume)[0].tolist()
    assert peak == pytest.approx([-1 + 25 / 16, -1 + 3 / 8, -1 + 7 / 4], abs=1e-12)
    assert nothing == pytest.approx([0, 0, 0], abs=1e-12)


def test_a_map_is_read_between_its_cells() -> None:
    rng = np.random.default_rng(0)
    maps, at = rng.normal(size=(2, 3, 5, 7)), rng.uniform(-1.2, 1.2, (2, 40, 2))
    found = sample(torch.from_numpy(maps), torch.from_numpy(at)).numpy()
    for b, k in np.ndindex(2, 40):
        x = min(max((at[b, k, 0] + 1) / 2 * 7 - 0.5, 0), 6)
        y = min(max((at[b, k, 1] + 1) / 2 * 5 - 0.5, 0), 4)
        left, above = min(int(x), 5), min(int(y), 3)
        right, below = x - left, y - above
        four = maps[b, :, above : above + 2, left : left + 2]
        expected = four @ [1 - right, right] @ [1 - below, below]
        np.testing.assert_allclose(found[b, k], expected, rtol=0, atol=1e-12)


def test_a_place_means_the_same_in_maps_of_all_sizes() -> None:
    """What grows evenly to the right reads the same from a map of half the side."""
    fine = (torch.arange(16, dtype=torch.float64) + 0.5).expand(1, 1, 16, 16) / 16
    coarse = fine.unfold(3, 2, 2).mean(-1)[:, :, ::2]
    at = torch.tensor([[[-0.7, 0.3], [0.11, -0.5]]], dtype=torch.float64)
    torch.testing.assert_close(sample(fine, at), sample(coarse, at), rtol=0, atol=1e-12)
    torch.testing.assert_close(sample(fine, at)[0, :, 0], (at[0, :, 0] + 1) / 2, rtol=0, atol=1e-12)
