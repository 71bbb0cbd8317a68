"""The plan of pretraining: tries on validation, then runs, each method by its own choice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hands.experiments import gesture_study, gesture_tables, tables
from hands.experiments.gesture_methods import GRADUAL, NAMES, SIZES, UNTRAINED, Setting
from hands.experiments.gesture_runs import PROBE, Question
from hands.experiments.results import Row, Run

BEST = {"gradual": 3e-3, "both at once": 1.5e-3, "fine only": 1.5e-3, "coarse only": 3e-3}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(Question, "data_hash", "made up")
    return tmp_path


def keep(question: Question) -> None:
    """As if it had been run: a method errs least with the learning rate that the table above names."""
    error = 20 + abs(question.chosen.lr - BEST.get(question.name, 0)) * 1000 + question.seed
    splits = ["validation"] if question.trial else ["validation", "test"]
    more = {"error_percent": error, "coarse_percent": 100 - error, "coarse_balanced_percent": 99 - error}
    names = [question.name] * bool(question.levels) + [question.name + PROBE] * (not question.trial)
    rows = [
        Row(name, "pictures", "camera", "unseen", split, question.seed, 9, None, more=more)
        for split in splits
        for name in names
    ]
    kept = {
        "confusion": {name: {"coarse": ["5 1", "0 3"]} for name in names},
        "by_person_percent": {name: {"coarse": {"S13": 80.0 + question.seed}} for name in names},
    }
    Run(question.config, "made up", tuple(rows), 1.0, "0", "made up", "2026-01-01", kept=kept).save(question.results)


def test_each_method_has_as_many_tries_on_the_same_settings(place: Path) -> None:
    asked = gesture_study.tries(place, "smoke")
    settings = {name: [q.chosen for q in asked if q.name == name] for name in NAMES}
    assert settings.pop(UNTRAINED) == []
    assert len({str(own) for own in settings.values()}) == 1
    assert {len(own) for own in settings.values()} == {3}
    assert {(q.seed, q.trial) for q in asked} == {(0, True)}


def test_every_method_takes_what_did_best_on_validation_for_all_seeds(place: Path) -> None:
    assert gesture_study.chosen(GRADUAL, place, "smoke") is None
    gesture_study.work(lambda: gesture_study.plan(place, "smoke", tries_only=True), keep, pause=0.0)
    for name, lr in BEST.items():
        assert gesture_study.chosen(name, place, "smoke") == Setting(lr, 0.01)
    asked = gesture_study.runs(place, "smoke")
    assert {(q.name, q.chosen.lr) for q in asked if q.name in BEST} == set(BEST.items())
    assert len({q.path for q in asked}) == 5 * len(NAMES)
    assert [q.seed for q in asked] == sorted(q.seed for q in asked)


def test_a_run_waits_for_its_tries(place: Path) -> None:
    asked = gesture_study.plan(place, "smoke")
    waiting = [q.name for q in asked if not gesture_study.is_ready(q)]
    assert set(waiting) == set(BEST)
    assert gesture_study.seconds(asked[0]) == SIZES["smoke"].seconds_each


def test_the_whole_plan_makes_the_table(place: Path) -> None:
    did: list[str] = []

    def do(question: Question) -> None:
        did.append(question.title)
        keep(question)

    assert gesture_tables.write(place, "smoke") is None
    gesture_study.work(lambda: gesture_study.plan(place, "smoke"), do, pause=0.0)
    assert len(did) == len(set(did)) == 12 + 25
    assert did[0] == "gradual, a try of lr 0.00075, seed 0"
    gesture_tables.write(place, "smoke")
    content = tables.table(gesture_tables.NAME, place)
    (line,) = tables.lines(content, split="test", method=GRADUAL)
    assert line["more"]["coarse_percent"] == {"mean": 78.0, "sd": pytest.approx(1.581, abs=1e-3)}
    assert line["confusion"] == {"coarse": ["25 5", "0 15"]}
    assert line["by_person_percent"] == {"coarse": {"S13": 82.0}}
    (other,) = tables.lines(content, split="test", method="fine only")
    assert other["difference"]["coarse_percent"]["mean"] == 0.0
    assert len(content["tries"]) == 12
    assert {(t["method"], t["lr"]) for t in content["tries"] if t["taken"]} == set(BEST.items())
    assert [line["method"] for line in content["rows"]][:5] == [*BEST, "gradual, probe"]
