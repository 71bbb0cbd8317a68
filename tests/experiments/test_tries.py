"""Choices are computed from runs of tries, by validation alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from hands.experiments import methods, study, tries
from hands.experiments.methods import DECOUPLED, METHODS, PLAIN, Setting
from hands.experiments.results import ResultsError, Run
from hands.experiments.students import Question
from tests.experiments.made_up_students import keep, keep_tries


def by_factor(question: Question) -> float:
    return 9.0 + question.chosen.lr + abs(question.chosen.factor - 10)


def test_the_try_that_did_best_on_validation_is_taken(tmp_path: Path) -> None:
    keep_tries(tmp_path, by_factor)
    assert tries.chosen(PLAIN, tmp_path, "smoke") == Setting(1e-3, 0.01, 1.0)
    assert tries.chosen(DECOUPLED, tmp_path, "smoke") == Setting(1e-3, 0.01, 10.0)
    assert tries.chosen("GRU", tmp_path, "smoke") == Setting(1e-3, 0.01, 1.0)


def test_parts_take_the_choice_of_the_whole(tmp_path: Path) -> None:
    keep_tries(tmp_path, by_factor)
    for name in ("without SSD", "TMD alone", "decoupled, other teacher", "no projectors"):
        assert tries.chosen(name, tmp_path, "smoke") == tries.chosen(DECOUPLED, tmp_path, "smoke")
    assert tries.chosen("plain, 3 times the steps", tmp_path, "smoke") == tries.chosen(PLAIN, tmp_path, "smoke")


def test_every_method_that_chooses_has_four_tries(tmp_path: Path) -> None:
    keep_tries(tmp_path, by_factor)
    asked = tries.all_of(tmp_path, "smoke")
    each = {name: sum(q.name == name for q in asked) for name in METHODS}
    assert {name: n for name, n in each.items() if METHODS[name].like is None} == dict.fromkeys(
        [name for name in METHODS if METHODS[name].like is None], 4
    )
    assert sum(each.values()) == tries.count() == len({q.path for q in asked})
    assert {(q.seed, q.sensors, q.protocol, q.trial) for q in asked} == {(0, "7", "seen", True)}


def test_nothing_is_chosen_while_a_try_is_missing(tmp_path: Path) -> None:
    assert tries.chosen(PLAIN, tmp_path, "smoke") is None
    assert {q.name for q in tries.all_of(tmp_path, "smoke")} == {PLAIN, "frame MLP", "GRU", "TCN"}
    keep_tries(tmp_path, by_factor)
    tries.all_of(tmp_path, "smoke", (DECOUPLED,))[2].path.unlink()
    assert tries.chosen(DECOUPLED, tmp_path, "smoke") is None
    assert tries.chosen("without DPD", tmp_path, "smoke") is None
    (waiting,) = [q for q in study.runs(tmp_path, "smoke", (1,)) if q.name == "without DPD"]
    assert not waiting.done
    assert not study.is_ready(waiting)
    with pytest.raises(ResultsError, match="is not chosen yet"):
        _ = waiting.path
    assert tries.taken(DECOUPLED, tmp_path, "smoke") == Setting(3e-3, 0.01, 1.0)


def test_tries_hold_nothing_of_the_test(tmp_path: Path) -> None:
    (asked, *_) = tries.all_of(tmp_path, "smoke")
    keep(asked, 9.0)
    assert {row.split for row in Run.load(asked.path).rows} == {"validation"}


def test_what_is_taught_is_scaled_and_the_rest_is_the_same_for_all() -> None:
    size = methods.student_size("book")
    setting = Setting(6e-3, 0.1, 0.01)
    recipes = {name: methods.asked(size, one, setting, 3) for name, one in METHODS.items()}
    recipe, teaching = recipes[DECOUPLED]
    assert (recipe.lr, recipe.weight_decay, recipe.seed, recipe.steps) == (6e-3, 0.1, 3, 800)
    assert (teaching.shape, teaching.pose, teaching.motion) == (0.005, 0.01, 0.005)
    assert {one.steps for name, (one, _) in recipes.items() if METHODS[name].longer == 1} == {800}
    assert recipes["plain, 3 times the steps"][0].steps == 2400
    assert not recipes[PLAIN][1].asks_a_teacher
    for name, (_, taught) in recipes.items():
        assert taught.asks_a_teacher == (METHODS[name].tutor != "none"), name


def test_unknown_names_are_answered_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no method 'magic'; there are plain, decoupled"):
        Question("magic")
    with pytest.raises(ResultsError, match="no subset of the sensors '6'"):
        Question(sensors="6")
    with pytest.raises(ResultsError, match="no size 'huge'; there are smoke, book, paper"):
        Question(size="huge")
