"""Tables of the study, of made-up runs whose differences are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hands.data import Plan
from hands.experiments import distill_tables, intervals, paper, results, study, tables, tries
from hands.experiments.methods import DECOUPLED, FACTORS, MAIN, PARTS, PLAIN, Setting
from hands.experiments.results import ResultsError, Row, Run
from hands.experiments.students import RULED, Question
from tests.experiments.made_up_students import keep, keep_runs, keep_teacher, keep_tries, row

BETTER = {DECOUPLED: 1.0, "entangled": 0.5, "without DPD": 0.25}
"""Than the student alone, mm; and each seed a little more."""


def number(question: Question) -> float:
    if question.trial:
        return 10.0 + abs(question.chosen.lr - 6e-3) * 100 + abs(question.chosen.factor - 0.1)
    fewer = {"7": 0.0, "3": 2.0, "2": 4.0}[question.sensors]
    return 10.0 + question.seed + fewer - BETTER.get(question.name, 0.0) * (1 + 0.1 * question.seed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("made_up")
    keep_tries(place, number)
    keep_runs(place, number)
    for seed in study.SEEDS:
        keep_teacher(Question(PLAIN, seed=seed, size="smoke", results=place).teacher, 4.0 + seed)
    return place


@pytest.fixture(scope="module")
def made(folder: Path) -> dict[str, dict[str, Any]]:
    return distill_tables.all_of(folder, "smoke")


def line(content: dict[str, Any], method: str, sensors: str = "7", protocol: str = "seen", split: str = "test") -> Any:
    (found,) = tables.lines(content, method=method, sensors=sensors, protocol=protocol, split=split)
    return found


def test_a_difference_is_paired_over_seeds(made: dict[str, dict[str, Any]]) -> None:
    found = line(made["distill_main"], DECOUPLED)["difference"]
    assert found["mpjpe_mm"]["mean"] == pytest.approx(-1.2, abs=1e-3)
    assert found["mpjpe_mm"]["sd"] == pytest.approx(0.1 * 2.5**0.5, abs=1e-3)
    assert [found["mpjpe_mm"][name] for name in ("below", "above", "seeds")] == [5, 0, (0, 1, 2, 3, 4)]
    assert found["mpvpe_mm"]["mean"] == pytest.approx(-0.6, abs=1e-3)
    assert line(made["distill_main"], PLAIN)["mpjpe_by_seed_mm"] == [10.0, 11.0, 12.0, 13.0, 14.0]
    assert line(made["distill_main"], PLAIN)["difference"]["mpjpe_mm"]["mean"] == 0.0


def test_a_rulers_shape_is_compared_with_a_rulers_shape(made: dict[str, dict[str, Any]]) -> None:
    found = line(made["distill_main"], "entangled" + RULED)
    assert found["difference"]["mpjpe_mm"]["mean"] == pytest.approx(-0.6, abs=1e-3)
    assert found["mpjpe_mm"] == pytest.approx(line(made["distill_main"], "entangled")["mpjpe_mm"] - 1)


def test_the_interval_over_recordings_is_that_of_their_differences(
    folder: Path, made: dict[str, dict[str, Any]]
) -> None:
    asked = [q for q in study.runs(folder, "smoke") if (q.sensors, q.protocol) == ("7", "seen")]
    of, to = (
        [mm for q in asked if q.name == name for r in Run.load(q.path).rows if is_own(r) for mm in r.by_recording_mm]
        for name in (DECOUPLED, PLAIN)
    )
    expected = intervals.difference(of, to, [0, 1] * 5)
    found = line(made["distill_main"], DECOUPLED)
    assert found["difference_over_recordings_mm"] == pytest.approx([expected.low, expected.high], abs=1e-3)
    own = intervals.by_recording(of, [0, 1] * 5)
    assert found["interval_mm"] == pytest.approx([own.low, own.high], abs=1e-3)


def test_people_are_drawn_with_all_their_recordings() -> None:
    asked = Question(PLAIN, Setting(3e-3, 0.01), results=Path("nowhere"))
    errors = {name: [0.1 * k * k + gap for k in range(45)] for name, gap in (("a", 1.0), ("b", 0.0))}
    errors["a"][4::15] = [mm + 3.0 for mm in errors["a"][4::15]]
    own, other = ([replace(row(PLAIN, "test", 1.0, asked), by_recording_mm=tuple(one))] for one in errors.values())
    subjects = [entry.subject for entry in Plan("glove", 0, 20.0).entries_of("test")]
    expected = intervals.difference(errors["a"], errors["b"], [k % 15 for k in range(45)])
    assert subjects == [subjects[k % 15] for k in range(45)]
    found = distill_tables.over_recordings(own, other, subjects)
    assert found == pytest.approx([expected.low, expected.high], abs=1e-3)
    assert found != distill_tables.over_recordings(own, other)


def test_jitter_is_compared_as_errors_are(folder: Path) -> None:
    first, second = (Run.load(q.path) for q in study.runs(folder, "smoke")[:2])
    shaky = [
        replace(run, rows=tuple(replace(one, more={"jitter_m_s3": value}) for one in run.rows))
        for run, value in ((first, 20.0), (second, 24.5))
    ]
    found = line(distill_tables.table(shaky), DECOUPLED)["difference"]
    assert found["jitter_m_s3"]["mean"] == pytest.approx(4.5)


def test_simple_methods_stand_beside_with_their_seeds() -> None:
    """Against the committed table of these methods, which was made of the same runs by other code."""
    content, table = tables.table("baselines"), tables.table("distill_main")
    found = {one["method"]: one for one in distill_tables.simple(results.book_results(), table["data_hash"])}
    known = [one for one in content["rows"] if one["sensors"] in ("7", "none")]
    where = {"difficulty": "glove", "protocol": "seen", "split": "test"}
    (ridge,) = tables.lines({"rows": known}, method="finger ridge, predicted shape", **where)
    assert (
        found[ridge["method"]]["mpjpe_mm"]
        == ridge["mpjpe_mm"]
        == pytest.approx(sum(found[ridge["method"]]["mpjpe_by_seed_mm"]) / len(ridge["seeds"]), abs=1e-3)
    )
    assert {one["method"] for one in tables.lines({"rows": known}, **where)} == set(found)
    assert distill_tables.simple(results.book_results(), "other data") == []


def is_own(row: Row) -> bool:
    return row.split == "test" and not row.method.endswith(RULED)


def test_parts_are_also_compared_with_all_three(made: dict[str, dict[str, Any]]) -> None:
    found = line(made["distill_components"], "without DPD")
    assert found["difference_to_all"]["mpjpe_mm"]["mean"] == pytest.approx(0.75 * 1.2, abs=1e-3)
    names = {one["method"].removesuffix(RULED) for one in made["distill_components"]["rows"]}
    assert names == {PLAIN, DECOUPLED, *PARTS}
    assert {one["method"].removesuffix(RULED) for one in made["distill_main"]["rows"]} == set(MAIN)


def test_fewer_sensors_have_fewer_seeds_and_so_have_strangers(made: dict[str, dict[str, Any]]) -> None:
    content = made["distill_sensors"]
    assert {tuple(one["seeds"]) for one in content["rows"]} == {study.FEWER}
    assert {(one["protocol"], one["sensors"]) for one in content["rows"]} == {
        ("seen", "7"),
        ("seen", "3"),
        ("seen", "2"),
        ("unseen", "7"),
    }
    assert line(content, DECOUPLED, "2")["difference"]["mpjpe_mm"]["mean"] == pytest.approx(-1.1, abs=1e-3)


def test_the_papers_lines_stand_beside_as_the_papers(made: dict[str, dict[str, Any]]) -> None:
    assert made["distill_main"]["paper"] == list(paper.MAIN)
    assert "not ours" in made["distill_main"]["paper_source"]
    ours = {one["ours"] for one in (*paper.MAIN, *paper.COMPONENTS) if one["ours"]}
    known = {one["method"] for name in ("main", "components") for one in made[f"distill_{name}"]["rows"]}
    assert ours <= known | {one["method"] for one in made["distill_main"]["teachers"]}


def test_tries_and_what_they_chose_are_told(made: dict[str, dict[str, Any]]) -> None:
    told = made["distill_main"]["tries"]
    assert len(told) == tries.count()
    taken = {one["method"]: (one["lr"], one["factor"]) for one in told if one["taken"]}
    assert taken[PLAIN] == (6e-3, 1.0)
    assert taken[DECOUPLED] == (6e-3, 0.1)
    assert {one["factor"] for one in told if one["method"] == DECOUPLED} == set(FACTORS)
    assert line(made["distill_main"], DECOUPLED)["choices"]["factor"] == 0.1


def test_the_ledger_reads_the_same_runs(made: dict[str, dict[str, Any]]) -> None:
    first = made["distill_claims"]["rows"][0]
    changes = [-100 * (1 + 0.1 * seed) / (10 + seed) for seed in study.SEEDS]
    assert first["ours"][0]["mean"] == pytest.approx(sum(changes) / 5, abs=1e-3)
    assert first["verdict"] == "agrees"
    assert made["distill_claims"]["synthetic"]


def test_tables_are_written_as_far_as_they_can_be(tmp_path: Path, made: dict[str, dict[str, Any]]) -> None:
    assert distill_tables.all_of(tmp_path, "smoke") == {}
    keep_tries(tmp_path, number)
    assert distill_tables.all_of(tmp_path, "smoke") == {}
    (plain, *_) = study.runs(tmp_path, "smoke", (3,))
    keep(plain, 9.0)
    assert {path.stem for path in distill_tables.write(tmp_path, "smoke")} == {"distill_main", "distill_components"} | {
        "distill_claims"
    }
    content = tables.table("distill_main", tmp_path)
    assert content["runs"] == {"done": 1, "planned": 5 * len(MAIN) - 2}  # the second teacher has three seeds
    assert len(content["missing"]) == content["runs"]["planned"] - 1
    assert (line(content, PLAIN)["seeds"], line(content, PLAIN)["missing_seeds"]) == ([3], [0, 1, 2, 4])
    assert line(content, PLAIN)["difference"]["mpjpe_mm"]["low"] is None
    assert {claim["verdict"] for claim in tables.table("distill_claims", tmp_path)["rows"]} == {"cannot tell yet"}
    assert set(distill_tables.NAMES) == set(made)


def test_any_run_may_be_the_first(tmp_path: Path) -> None:
    keep_tries(tmp_path, number)
    for question in study.runs(tmp_path, "smoke", (0, 1)):
        if question.sensors == "3" or (question.protocol, question.seed) == ("unseen", 1):
            keep(question, number(question))
    made = distill_tables.all_of(tmp_path, "smoke")
    assert set(made) == {"distill_sensors", "distill_claims"}
    assert line(made["distill_sensors"], DECOUPLED, "3")["missing_seeds"] == [2]
    assert line(made["distill_sensors"], PLAIN, protocol="unseen")["missing_seeds"] == [0, 2]
    waiting = [one["sensors"] for one in made["distill_sensors"]["missing"]]
    assert (waiting.count("3"), waiting.count("2")) == (3, 9)
    whole = len(study.runs(tmp_path, "smoke"))
    assert made["distill_claims"]["runs"] == {"done": 8, "planned": whole}


def test_runs_of_other_data_are_refused(folder: Path) -> None:
    asked = study.runs(folder, "smoke")[0]
    run = Run.load(asked.path)
    other = results.finished(run.config, "other", [row(PLAIN, "test", 1.0, asked)], cpu_s=1.0)
    with pytest.raises(ResultsError, match="different data"):
        distill_tables.table([run, other])
