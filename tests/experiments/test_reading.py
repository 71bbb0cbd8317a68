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


def test_two_seeds_say_nothing_however_clear_they_are() -> None:
    clear = of([-1.0, -1.001])
    assert reading.side(clear) == "smaller"
    assert reading.verdict(clear) == "too few seeds"
    said = reading.sentence("A", "B", clear)
    assert said == "with 2 seeds, from which nothing follows, A differs from B by -1.00 mm"
    assert reading.verdict(None) == reading.verdict(of([-3.0])) == "too few seeds"
    assert {reading.verdict(of(values)) for values in DIFFERENCES.values()} == {
        "smaller", "larger", "not told apart", "too few seeds"
    }  # fmt: skip


def test_a_verdict_is_open_until_the_plan_is_done() -> None:
    runs = {"done": 3, "planned": 51}
    assert "3 of 51 planned runs, verdict open" in reading.opening({"runs": runs})
    assert "open" not in reading.opening({"runs": runs | {"done": 51}})
    assert not reading.is_whole({"runs": runs})


SMALLER, LARGER, NEAR, FEW = (
    of(values) for values in ([-1.0, -1.1, -0.9], [1.0, 1.1, 0.9], [-1.0, 1.0, 0.2], [-1.0, -1.1])
)
CONTROLS = {
    "gains as much": (SMALLER, NEAR, "could be the reason"),
    "gains more": (SMALLER, LARGER, "could be the reason"),
    "is better all the same": (NEAR, LARGER, "could be the reason"),
    "gains nothing, but is near": (NEAR, NEAR, "takes more seeds"),
    "is worse, but near": (LARGER, NEAR, "takes more seeds"),
    "has two seeds": (FEW, FEW, "fewer than 3 seeds so far"),
    "has no seed": (None, None, "fewer than 3 seeds so far"),
}
BEATEN = reading.Control(NEAR, SMALLER)


@pytest.mark.parametrize(("name", "gain", "rest", "expected"), [(name, *one) for name, one in CONTROLS.items()])
def test_a_control_that_is_not_beaten_is_named_for_what_it_is(
    name: str, gain: Paired | None, rest: Paired | None, expected: str
) -> None:
    found = " ".join(reading.reasons(SMALLER, {name: reading.Control(gain, rest), "beaten": BEATEN}, SMALLER))
    assert re.search(f"{expected}[^.]*{name}|{name}[^:]*{expected}", found)
    others = {text for _, _, text in CONTROLS.values()} - {expected}
    assert not any(text in found for text in others)
    assert "beaten" not in found
    assert "is what helps" not in found


def test_only_what_nothing_else_explains_is_put_down_to_knowledge() -> None:
    controls = {"beaten": BEATEN, "gains less": reading.Control(SMALLER, SMALLER)}
    assert "is what helps" in reading.reasons(SMALLER, controls, SMALLER)[-1]
    for second, said in ((NEAR, "not found of the method"), (LARGER, "of one teacher"), (FEW, "too few seeds yet")):
        found = " ".join(reading.reasons(SMALLER, controls, second))
        assert said in found
        assert "is what helps" not in found
    assert "too few seeds yet" in " ".join(reading.reasons(SMALLER, controls, None))


@pytest.mark.parametrize(
    ("gain", "said"), [(FEW, "Fewer than 3"), (None, "Fewer than 3"), (NEAR, "no gain"), (LARGER, "errs more")]
)
def test_without_a_gain_there_is_nothing_to_explain(gain: Paired | None, said: str) -> None:
    (found,) = reading.reasons(gain, {"gains": reading.Control(SMALLER, NEAR)}, SMALLER)
    assert said in found


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
