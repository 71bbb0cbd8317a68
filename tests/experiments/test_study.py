"""The plan, and how processes share it."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from hands.experiments import sharing, study, teachers, tries
from hands.experiments.methods import DECOUPLED, LEFT_OUT, MAIN, METHODS, PARTS, PLAIN, SECOND
from hands.experiments.results import ResultsError
from hands.experiments.students import Question
from tests.experiments.made_up_students import keep, keep_runs, keep_tries


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "data"))
    return tmp_path


def ten(question: Question) -> float:
    return 10.0


def test_the_plan_begins_with_what_others_build_on(place: Path) -> None:
    asked = study.plan(place, "smoke")
    assert [task.name for task in asked[:4] if isinstance(task, Question)] == [PLAIN] * 4
    keep_tries(place, ten)
    asked = study.plan(place, "smoke")
    for k, task in enumerate(asked):
        if isinstance(task, Question) and task.needs_teacher and not task.done:
            assert task.teacher in asked[:k], task
    assert len(asked) == len(set(asked))


def test_all_that_tables_need_is_in_the_plan(place: Path) -> None:
    keep_tries(place, ten)
    asked = study.runs(place, "smoke")
    seen = {(q.name, q.seed) for q in asked if (q.sensors, q.protocol) == ("7", "seen")}
    five = {(name, seed) for name in (*MAIN, *LEFT_OUT) if name != SECOND for seed in range(5)}
    assert seen >= five | {(SECOND, seed) for seed in range(3)}
    assert seen >= {(name, seed) for name in METHODS for seed in range(3)}
    assert set(MAIN) | set(PARTS) == set(METHODS)
    assert len({q.path for q in asked} | {q.path for q in tries.all_of(place, "smoke")}) == len(asked) + tries.count()
    masters = {task for task in study.plan(place, "smoke") if isinstance(task, teachers.Question)}
    assert {(q.seed, q.start) for q in masters if q.protocol == "seen"} == {(s, 0) for s in range(5)} | {
        (s, 1) for s in range(3)
    }
    assert {(q.seed, q.start) for q in masters if q.protocol == "unseen"} == {(s, 0) for s in range(3)}


def test_no_teacher_is_trained_for_runs_that_are_done(place: Path) -> None:
    keep_tries(place, ten)
    keep_runs(place, ten)
    assert all(isinstance(task, Question) and study.is_done(task) for task in study.plan(place, "smoke"))


def test_what_is_done_is_not_repeated_and_what_waits_comes_later(place: Path) -> None:
    did: list[str] = []

    def do(task: study.Task) -> None:
        did.append(study.title(task))
        assert isinstance(task, Question)
        keep(task, 10.0)

    def asked() -> list[study.Task]:
        return [*tries.all_of(place, "smoke", (PLAIN, DECOUPLED))]

    teacher = Question(DECOUPLED, size="smoke", results=place).teacher
    teacher.weights.parent.mkdir(parents=True)
    teacher.weights.touch()
    study.work(asked, do, pause=0.0)
    assert len(did) == len(set(did)) == 8
    assert "a try of lr 0.001" in did[0]
    study.work(asked, do, pause=0.0)
    assert len(did) == 8


def test_nothing_that_can_begin_is_said_instead_of_waiting_for_ever(place: Path) -> None:
    assert not study.is_ready(Question(PLAIN, None, size="smoke", results=place))
    lonely = [Question(DECOUPLED, None, size="smoke", results=place)]
    with pytest.raises(ResultsError, match="none of the 1 runs that are left can begin"):
        study.work(lambda: lonely, lambda task: None, pause=0.0)


def _hold(task: study.Task, held: object, leave: object) -> None:
    with sharing.claimed(task.path.stem) as mine:
        assert mine
        held.set()
        leave.wait(60)


def test_a_task_that_another_process_is_at_is_left_to_it(place: Path) -> None:
    (first, second, *_) = tries.all_of(place, "smoke")
    context = multiprocessing.get_context("fork")
    held, leave = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(first, held, leave))
    other.start()
    assert held.wait(60)
    did: list[study.Task] = []

    def do(task: study.Task) -> None:
        did.append(task)
        keep(task, 10.0)
        keep(first, 10.0)  # as the other one would, some time

    study.work(lambda: [first, second], do, pause=0.0)
    leave.set()
    other.join()
    assert did == [second]
    with sharing.claimed(first.path.stem) as mine:
        assert mine
