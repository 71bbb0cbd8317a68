"""The students that come with the library give the numbers that are in its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from hands.distill import shipped
from hands.experiments import remaking, tables

WEIGHTS = sorted(shipped.WEIGHTS.glob("student_*.safetensors"))
TOLERANCE_MM = 0.01


def test_both_students_of_the_book_are_shipped() -> None:
    assert {shipped.path_of(name) for name in remaking.SHIPPED} <= set(WEIGHTS)
    assert all(path.stat().st_size < 5e6 for path in WEIGHTS)


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.stem)
def test_a_shipped_student_gives_its_figures(path: Path) -> None:
    # One recording of each program of the test, of one person: seconds instead of a minute.
    found = remaking.again(path, subjects=["S07" if "unseen" not in path.stem else "S13"])
    assert len(found) == 3
    for recorded, (then, now) in found.items():
        assert now == pytest.approx(then, abs=TOLERANCE_MM), recorded


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda path: path.stem)
def test_the_figure_of_its_run_is_in_the_table(path: Path) -> None:
    run = remaking.run_of(path)
    row = remaking.test_row(run)
    name = "distill_main" if row.sensors == "7" else "distill_sensors"
    (line,) = tables.lines(
        tables.table(name), split="test", method=row.method, sensors=row.sensors, protocol=row.protocol
    )
    figure = line["mpjpe_by_seed_mm"][line["seeds"].index(row.seed)]
    assert figure == pytest.approx(sum(row.by_recording_mm) / len(row.by_recording_mm), abs=TOLERANCE_MM)
