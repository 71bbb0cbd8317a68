"""Sentences about results say what the numbers do, and change with them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hands.experiments import reading, results, tables
from hands.experiments.methods import DECOUPLED, MAIN, PLAIN
from hands.experiments.paired import Paired, differences
from hands.experiments.results import Run

DIFFERENCES = {
    "smaller": [-1.0, -1.2, -0.9, -1.1, -1.0],
    "larger": [0.4, 0.5, 0.6],
    "not told apart": [-0.5, 0.1, 0.7, -0.6],
    "one seed": [-3.0],
}


def of(values: list[float]) -> Paired:
    return Paired.of(dict(enumerate(values)))


@pytest.mark.parametrize(("side", "values"), DIFFERENCES.items())
def test_the_side_is_that_of_a_t_test(side: str, values: list[float]) -> None:
    assert reading.side(of(values)) == side
    if len(values) > 1:
        p = stats.ttest_1samp(values, 0.0).pvalue
        assert (p < 0.05) == (side != "not told apart")


@pytest.mark.parametrize(("side", "values"), DIFFERENCES.items())
def test_a_sentence_has_the_numbers_and_the_side(side: str, values: list[float]) -> None:
    text = reading.sentence("A", "B", of(values))
    assert f"{abs(np.mean(values)):.2f}" in text
    like = sum(value < 0 for value in values) if np.mean(values) < 0 else sum(value > 0 for value in values)
    word = "less" if np.mean(values) < 0 else "more"
    expected = {
        "smaller": f"A errs less than B.*less in {like} of {len(values)} seeds",
        "larger": f"A errs more than B.*more in {like} of {len(values)} seeds",
        "not told apart": f"cannot be told apart.*{word} in {like} of {len(values)} seeds",
        "one seed": "nothing follows",
    }
    assert re.search(expected[side], text)
    if side != "one seed":
        low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        ends = sorted([abs(low), abs(high)]) if low * high > 0 else [low, high]
        numbers = [float(number) for number in re.search(r"interval (\S+) to (\S+);", text).groups()]
        np.testing.assert_allclose(numbers, ends, atol=0.006)


def test_a_sentence_about_nothing_says_so() -> None:
    assert "no seed in common" in reading.sentence("A", "B", None)
    assert reading.between(line({0: 1.0}), line({1: 1.0})) is None


def line(by_seed: dict[int, float]) -> dict[str, Any]:
    return {"seeds": list(by_seed), "mpjpe_by_seed_mm": list(by_seed.values())}


def test_lines_are_compared_over_the_seeds_that_both_have() -> None:
    found = reading.between(line({0: 9.0, 1: 9.5, 4: 3.0}), line({1: 10.0, 0: 10.0, 2: 1.0}))
    assert found is not None
    assert found.seeds == (0, 1)
    assert found.mean == pytest.approx(-0.75)


def test_a_difference_survives_its_file() -> None:
    found = of(DIFFERENCES["smaller"])
    assert reading.again(json.loads(json.dumps(asdict(found)))) == found


COMMITTED = ("distill_main", "distill_components", "distill_sensors")


@pytest.fixture(scope="module")
def rows() -> dict[tuple[str, ...], dict[int, float]]:
    """MPJPE of every committed run of a student, by seed."""
    found: dict[tuple[str, ...], dict[int, float]] = {}
    for path in sorted((results.book_results() / "runs").glob("*.json")):
        run = Run.load(path)
        if run.config.get("experiment") == "student" and not run.config["trial"]:
            for row in run.rows:
                key = (row.method, row.sensors, row.protocol, row.split)
                found.setdefault(key, {})[row.seed] = row.mpjpe_mm
    return found


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_table_is_that_of_the_committed_runs(
    name: str, rows: dict[tuple[str, ...], dict[int, float]]
) -> None:
    content = tables.table(name)
    for one in content["rows"]:
        known = rows[one["method"], one["sensors"], one["protocol"], one["split"]]
        kept = reading.by_seed(one)
        assert kept == pytest.approx({seed: known[seed] for seed in kept}, abs=1e-3)
        assert one["mpjpe_mm"] == pytest.approx(fmean(kept.values()), abs=1e-3)
        assert not set(one["seeds"]) & set(one["missing_seeds"])


def test_a_committed_difference_is_scipys() -> None:
    content = tables.table("distill_main")
    where = {"protocol": "seen", "split": "test", "sensors": "7"}
    for name in (DECOUPLED, *MAIN[2:]):
        found = tables.lines(content, method=name, **where)
        if found and found[0]["difference"]["mpjpe_mm"]["low"] is not None:
            own, alone = (reading.by_seed(one) for one in (found[0], tables.lines(content, method=PLAIN, **where)[0]))
            gaps = list(differences(own, alone).values())
            expected = stats.t.interval(0.95, len(gaps) - 1, np.mean(gaps), stats.sem(gaps))
            ends = [found[0]["difference"]["mpjpe_mm"][end] for end in ("low", "high")]
            np.testing.assert_allclose(ends, expected, atol=0.02)  # from errors that were rounded
