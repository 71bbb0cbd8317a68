"""`hands reproduce probes`, from the plan to the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from hands.experiments import probe_table
from hands.experiments.probe_table import Reading
from tests.test_cli import call, flat


def test_the_plan_says_what_is_missing(tmp_path: Path) -> None:
    result = call("reproduce", "probes", "--list", "--out", tmp_path)
    assert result.exit_code == 0
    assert "6 of 6 runs are missing: about 0.1 hours" in flat(result)


def test_what_is_there_is_printed_and_not_made_again(tmp_path: Path) -> None:
    rows = [
        Reading(seed, "trained", "Z", 32, what, "others", (0.25,)) for seed in (0, 1, 2) for what in ("shape", "pose")
    ]
    rows += [
        Reading(seed, "trained", "Z", 32, what, "others", (1.0,))
        for seed in (0, 1, 2)
        for what in ("velocity", "acceleration")
    ]
    for size in probe_table.SIZES:
        probe_table.write(rows, "d" * 64, tmp_path, size)
    result = call("reproduce", "probes", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert flat(result).count("trained Z 32 0.75 ± 0.00 0.75 ± 0.00 0.00 ± 0.00 0.00 ± 0.00") == 2


def test_a_teacher_that_is_not_here_is_named_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "none"))
    result = call("reproduce", "probes", "--out", tmp_path)
    assert result.exit_code == 2
    assert "the teacher of size book and seed 1 is not here; `hands train teacher --size book --seed 1` trains" in flat(
        result
    )


def test_a_quick_run_shows_that_all_works() -> None:
    result = call("reproduce", "probes", "--quick")
    assert result.exit_code == 0, result.output
    assert "its numbers mean nothing" in flat(result)
    assert "shape withheld" in flat(result)
