"""Sentences about pretraining say what the numbers do, and change with them."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
import torch
from scipy import stats

from hands.experiments import gesture_reading, gesture_study, gesture_tables, results
from hands.experiments.gesture_methods import LRS, NAMES
from hands.experiments.gesture_reading import Study
from hands.experiments.gesture_runs import PROBE
from hands.experiments.paired import Paired
from hands.mano.gestures import FINE_NAMES
from tests.experiments import made_up_gestures

ALIKE = dict.fromkeys(NAMES, 70.0)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    found = gesture_reading.load(made_up_gestures.make(tmp_path_factory.mktemp("study")))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """No method differs from another."""
    found = gesture_reading.load(made_up_gestures.make(tmp_path_factory.mktemp("alike"), level=ALIKE))
    assert found is not None
    return found


def of(values: list[float]) -> Paired:
    return Paired.of(dict(enumerate(values)))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 1.2, 0.9, 1.1, 1.0], r"^A names more hands than B, by 1\.0 points \(.*more in 5 of 5 seeds"),
        ([-0.4, -0.5, -0.6], r"^A names fewer hands than B, by 0\.5 points \(.*fewer in 3 of 3 seeds"),
        ([-0.5, 0.1, 0.7, -0.6], r"^A and B cannot be told apart in hands: .* -0\.1 points \(.*fewer in 2 of 4 seeds"),
        ([-3.0, -3.1], r"too few seeds.*by -3\.0 points$"),
    ],
)
def test_a_sentence_takes_the_side_of_a_t_test(values: list[float], expected: str) -> None:
    said = gesture_reading.sentence("A", "B", of(values), "hands")
    assert re.search(expected, said)
    if len(values) > 2:
        assert (stats.ttest_1samp(values, 0.0).pvalue < 0.05) == ("told apart" not in said)
        low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        for end in (low, high):
            assert f"{abs(end):.1f}" in said


def test_what_is_not_there_is_said() -> None:
    assert gesture_reading.sentence("A", "B", None) == "A and B have no seed in common yet"
    assert gesture_reading.compare(None, "gradual", "fine only", "fine_percent") == "no run is in yet"
    assert gesture_reading.about_tries(None) == gesture_reading.NOTHING
    assert gesture_reading.about_the_order(None) == gesture_reading.TO_COME
    assert gesture_reading.against_rivals(None, "fine_percent") == gesture_reading.TO_COME


def test_without_a_table_there_is_no_study(tmp_path: Path) -> None:
    assert gesture_reading.load(tmp_path) is None


def test_differences_are_those_of_the_runs_and_of_the_table(study: Study) -> None:
    for name in ("both at once", "fine only", "fine only" + PROBE, "untrained" + PROBE):
        gradual = "gradual" + PROBE * name.endswith(PROBE)
        found = study.difference(name, gradual, "coarse_balanced_percent")
        line = study.line(name)
        assert line is not None
        assert found is not None
        kept = line["difference"]["coarse_balanced_percent"]
        assert found.mean == pytest.approx(kept["mean"], abs=2e-3)
        assert found.low == pytest.approx(kept["low"], abs=2e-3)
        by_seed = study.seed_differences(name, gradual, "coarse_balanced_percent")
        assert fmean(by_seed.values()) == pytest.approx(found.mean)
    assert study.difference("coarse only", "gradual", "fine_percent") is None, "it has no fine head"


def test_a_clear_winner_is_named_as_one(study: Study) -> None:
    said = gesture_reading.against_rivals(study, "coarse_balanced_percent", PROBE)
    assert said.startswith(
        "Gradual weighting names more coarse classes (balanced) than: both at once, fine only, coarse only and the "
        "untrained network. Fewer than: none. Not told apart from: none."
    )
    assert "is better in 4, worse in 0, and not told apart in 0" in gesture_reading.about_the_order(study)
    said = gesture_reading.compare(study, "fine only", "gradual", "fine_balanced_percent")
    assert said.startswith("fine only names fewer fine classes (balanced) than gradual weighting, by 4.7 points (")


def test_where_nothing_differs_nothing_is_claimed(alike: Study) -> None:
    said = gesture_reading.against_rivals(alike, "coarse_percent", PROBE)
    assert "than: none. Fewer than: none. Not told apart from: both at once, fine only" in said
    assert gesture_reading.about_the_order(alike).startswith("In none of 4 comparisons")


def test_one_seed_is_no_result(tmp_path: Path) -> None:
    one = gesture_reading.load(made_up_gestures.make(tmp_path, seeds=(0,)))
    assert one is not None
    assert one.counted == "5 of 25 planned runs"
    assert one.opening == "*So far, with 5 of 25 planned runs, verdict open:*"
    said = gesture_reading.against_rivals(one, "coarse_percent")
    assert said.endswith("With too few seeds to say: both at once, fine only and coarse only.")
    assert "nothing can be said" in gesture_reading.about_the_order(one)


def test_a_plan_that_has_just_begun(tmp_path: Path) -> None:
    """The untrained network has nothing to choose, so its runs may be the first."""
    for question in gesture_study.runs(tmp_path, seeds=(0,)):
        if question.name == "untrained":
            made_up_gestures.keep(question)
    assert gesture_tables.write(tmp_path) is not None
    study = gesture_reading.load(tmp_path)
    assert study is not None
    assert study.counted == "1 of 25 planned runs"
    assert [row[0] for row in gesture_reading.rows(study)] == ["untrained"]
    assert gesture_reading.against_rivals(study, "fine_percent", PROBE).endswith("in common with a rival yet.")
    assert gesture_reading.about_the_order(study).endswith("nothing can be said of the order.")
    assert gesture_reading.about_tries(study) == "No try is in the table."
    assert gesture_reading.matrices(study) == {} == gesture_reading.by_person(study, "gradual", "fine")
    assert gesture_reading.compare(study, "gradual", "untrained", "fine_percent", PROBE).endswith("in common yet")


def test_runs_that_the_table_does_not_hold_yet_are_left_out(tmp_path: Path) -> None:
    made_up_gestures.make(tmp_path, seeds=(0,))
    for question in gesture_study.runs(tmp_path, seeds=(1,)):
        made_up_gestures.keep(question)
    study = gesture_reading.load(tmp_path)
    assert study is not None
    assert {seed for own in study.by_seed.values() for seed in own} == {0}


def test_rows_hold_every_line_with_its_reading(study: Study) -> None:
    rows = gesture_reading.rows(study)
    assert {len(row) for row in rows} == {len(gesture_reading.HEAD)}
    assert [row[:2] for row in rows] == [
        *([name, "own heads"] for name in NAMES[:-1]),
        *([name, "probe"] for name in NAMES),
    ]
    coarse_only = rows[3]
    assert coarse_only[5:] == ["-", "-"]
    line = study.line("gradual")
    assert line is not None
    assert rows[0][3] == f"{line['more']['coarse_percent']['mean']:.1f} ± {line['more']['coarse_percent']['sd']:.1f}"


def test_tries_and_their_edges(study: Study) -> None:
    found = gesture_reading.tries(study)
    assert set(found) == set(NAMES) - {"untrained"}
    assert all(min(own, key=lambda lr: own[lr]) == LRS[0] for own in found.values())
    said = gesture_reading.about_tries(study)
    assert said.startswith(
        f"{4 * len(LRS)} tries of 4 methods are in. Taken: {LRS[0]:g} by gradual, {LRS[0]:g} by both"
    )
    assert said.endswith("better still: gradual, both at once, fine only and coarse only.")
    middle = {"method": "gradual", "lr": fmean(LRS), "validation_error_percent": 1.0, "taken": True}
    assert gesture_reading.about_tries(Study({"tries": [middle]}, {}, {})).endswith("better still: none.")


def test_curves_and_people_are_found(study: Study) -> None:
    assert set(study.curves) == set(NAMES) - {"untrained"}
    assert study.counted == "15 of 25 planned runs"
    people = gesture_reading.by_person(study, "gradual", "coarse")
    assert set(people) == {"S13", "S14", "S15"}
    assert gesture_reading.by_person(study, "magic", "coarse") == {}


def test_matrices_and_their_mistakes(study: Study) -> None:
    found = gesture_reading.matrices(study)
    assert list(found) == ["fine", "coarse"]
    line = study.line("gradual")
    assert line is not None
    for level, counts in found.items():
        assert counts.sum() == 3 * len(made_up_gestures.FINE)
        share = 100 * counts.diagonal().sum() / counts.sum()
        assert float(share) == pytest.approx(line["more"][f"{level}_percent"]["mean"], abs=1e-2)
    assert gesture_reading.matrices(None) == gesture_reading.matrices(study, "magic") == {}
    rows = gesture_reading.mistakes(found["fine"], FINE_NAMES, most=3)
    assert len(rows) == 3
    for made, called, _, _ in rows:  # the made-up mistake is the next class
        assert FINE_NAMES.index(called) == FINE_NAMES.index(made) + 1


def test_mistakes_within_a_coarse_class_are_counted() -> None:
    fine = 5 * torch.eye(len(FINE_NAMES), dtype=torch.long)
    assert gesture_reading.within_percent(fine) is None
    fine[FINE_NAMES.index("claws"), FINE_NAMES.index("dinosaur")] = 3
    fine[FINE_NAMES.index("star_trek"), FINE_NAMES.index("star_trek_extended_thumb")] = 1
    assert gesture_reading.within_percent(fine) == 75.0


def test_maps_are_found_and_beside_their_neighbours_stands_luck(tmp_path: Path) -> None:
    assert gesture_reading.maps(tmp_path) is None
    made = made_up_gestures.maps()
    made.save(tmp_path / "gesture_map.json")
    assert gesture_reading.maps(tmp_path) == made
    *shown, luck = gesture_reading.neighbours(made)
    assert shown[1] == ["vector, gradual", "30.0", "28.0"]
    classes = np.array(made.coarse)
    pairs = [classes[i] == classes[j] for i in range(len(classes)) for j in range(len(classes)) if i != j]
    assert float(luck[1]) == pytest.approx(100 * np.mean(pairs), abs=0.051)


def test_the_committed_table_is_that_of_the_committed_runs() -> None:
    found = gesture_reading.load()
    if found is None:
        assert not (results.book_results() / f"{gesture_tables.NAME}.json").exists()
        return
    assert found.by_seed, "the runs behind the table are not there"
    for line in found.content["rows"]:
        own = found.by_seed[line["split"], line["method"]]
        assert sorted(own) == line["seeds"]
        for name, kept in line["more"].items():
            assert kept["mean"] == pytest.approx(fmean(more[name] for more in own.values()), abs=1e-3)
