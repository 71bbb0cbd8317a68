"""Maps of gestures: kept and read again, and neighbours counted as by a loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial import KDTree

from hands.experiments import gesture_map
from hands.experiments.gesture_judging import Said
from hands.experiments.gesture_map import GestureMaps
from hands.experiments.gesture_samples import Samples
from hands.experiments.results import ResultsError


@pytest.fixture(scope="module")
def samples() -> Samples:
    fine = torch.arange(35).repeat(6)
    return Samples(torch.zeros(210, 3, 1, 1, dtype=torch.uint8), fine // 2, fine, ("S13", "S14", "S15") * 70)


@pytest.fixture(scope="module")
def maps(samples: Samples) -> GestureMaps:
    """One network knows nothing, the other all."""
    noise = torch.randn(2, 210, 62, generator=torch.Generator().manual_seed(0))
    sure = 9 * torch.eye(35)[samples.fine]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gesture_map.tsne, "__defaults__", (30.0, 50))  # steps enough for a test
        nothing = Said(noise[0, :, :27], noise[0, :, 27:], noise[0])
        return gesture_map.maps(nothing, Said(sure[:, :27], sure, sure + noise[1, :, 27:] / 10), samples, every=2)


def test_a_point_is_a_picture_with_its_labels(maps: GestureMaps, samples: Samples) -> None:
    assert maps.fine == tuple(samples.fine[::2].tolist())
    assert maps.people[:3] == ("S13", "S15", "S14")
    assert [one.title for one in maps.maps] == [
        "vector, untrained",
        "vector, gradual",
        "coarse answers, gradual",
        "fine answers, gradual",
    ]
    assert {len(one.x) for one in maps.maps} == {105}
    untrained, gradual = maps.maps[:2]
    assert gradual.same_fine_percent == 100
    assert untrained.same_fine_percent < 20


def test_maps_are_read_again_and_damage_is_named(maps: GestureMaps, tmp_path: Path) -> None:
    path = maps.save(tmp_path / "maps.json")
    assert GestureMaps.load(path) == maps
    replace(maps, fine=maps.fine[1:]).save(path)
    with pytest.raises(ResultsError, match="different numbers of pictures"):
        GestureMaps.load(path)
    path.write_text('{"coarse": 1}')
    with pytest.raises(ResultsError, match="holds no maps of gestures"):
        GestureMaps.load(path)


def test_neighbours_are_those_of_a_tree() -> None:
    rng = np.random.default_rng(0)
    x, classes = rng.normal(size=(80, 4)), rng.integers(3, size=80)
    nearest = KDTree(x).query(x, k=2)[1][:, 1]
    expected = 100 * (classes[nearest] == classes).mean()
    assert gesture_map.same_percent(torch.from_numpy(x), torch.from_numpy(classes)) == pytest.approx(expected, abs=1e-3)


def test_without_runs_there_are_no_maps(tmp_path: Path) -> None:
    assert gesture_map.write_book(tmp_path) is None
