"""Learning curves: means of what they stand for, and no more of them than a figure can show."""

from __future__ import annotations

from pathlib import Path

import pytest

from hands.experiments.curves import Curve, thinned
from hands.experiments.results import ResultsError, write_json


def test_every_row_counts_in_one_mean() -> None:
    rows = [{"step": float(k), "loss": float(k * k)} for k in range(103)]
    found = thinned(rows, points=10)
    assert len(found) == 10
    groups = [[k for k in range(103) if 103 * g // 10 <= k < 103 * (g + 1) // 10] for g in range(10)]
    for row, group in zip(found, groups, strict=True):
        assert row["step"] == pytest.approx(sum(group) / len(group), rel=1e-4)
        assert row["loss"] == pytest.approx(sum(k * k for k in group) / len(group), rel=1e-4)
    assert thinned(rows[:3]) == rows[:3]
    assert thinned([]) == []


def test_a_curve_comes_back_from_its_file(tmp_path: Path) -> None:
    curve = Curve.of([{"step": 1.0, "loss": 0.123456789}], [{"step": 1.0, "mpjpe_mm": 20.0}])
    assert curve.save(tmp_path, "abc") == tmp_path / "curves" / "abc.json"
    assert Curve.load(tmp_path, "abc") == curve
    assert curve.training[0]["loss"] == 0.12346
    write_json(tmp_path / "curves" / "other.json", {"losses": []})
    with pytest.raises(ResultsError, match="holds no learning curve"):
        Curve.load(tmp_path, "other")
