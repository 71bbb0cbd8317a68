"""Students from the question to the table, at the smallest size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from hands import data, train
from hands.experiments import distill_tables, judging, remaking, students, study, tables, teachers
from hands.experiments.curves import Curve
from hands.experiments.methods import AGAIN, DECOUPLED, MAIN, METHODS, PARTS, PLAIN, SPARSE, Setting
from hands.experiments.results import ResultsError, Run
from hands.experiments.students import RULED, Question
from hands.experiments.teachers import Material

SETTING = Setting(3e-3, 0.01)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("students")


@pytest.fixture(scope="module")
def sim(place: Path) -> data.SimHand:
    setting = teachers.Question(size="smoke").setting
    data.generate(place / "data", data.Plan("glove", 0, setting.seconds, setting.subjects, setting.programs), workers=1)
    return data.SimHand(place / "data")


def asked(place: Path, name: str = PLAIN, **more: object) -> Question:
    return Question(name, SETTING, size="smoke", results=place / "results", folder=place / name, **more)


@pytest.fixture(scope="module")
def material(place: Path, sim: data.SimHand) -> Material:
    return Material.of(asked(place).teacher, sim)


@pytest.fixture(scope="module")
def plain(place: Path, material: Material) -> Run:
    found = students.run(asked(place), material)
    found.save(place / "results")
    return found


@pytest.fixture(scope="module")
def taught(place: Path, material: Material) -> Run:
    """By a teacher that was not trained, which is at hand at once."""
    found = students.run(asked(place, "untrained teacher"), material)
    found.save(place / "results")
    return found


def test_a_run_has_both_splits_and_both_shapes(plain: Run, place: Path) -> None:
    assert [(row.split, row.method) for row in plain.rows] == [
        (split, PLAIN + shape) for split in ("validation", "test") for shape in ("", RULED)
    ]
    own, ruled = plain.rows[2:]
    assert own.pose_mm == ruled.pose_mm
    assert own.shape_mm != ruled.shape_mm
    assert own.mpvpe_mm is not None
    assert "jitter_m_s3" in own.more
    assert {"training_cpu_s", "validation_cpu_s"} == set(plain.rows[0].more)
    assert own.choices == {"lr": 3e-3, "weight_decay": 0.01, "factor": 1.0}
    assert asked(place).done
    assert plain.hash == asked(place).path.stem


def test_a_try_is_judged_on_validation_alone_and_its_training_is_the_runs(
    place: Path, material: Material, plain: Run
) -> None:
    question = asked(place, trial=True)
    assert question.training == asked(place).training
    assert question.path != asked(place).path
    found = students.run(question, material)
    assert {row.split for row in found.rows} == {"validation"}
    assert [row.mpjpe_mm for row in found.rows] == [row.mpjpe_mm for row in plain.rows[:2]]
    assert (
        Question(PLAIN, SETTING, size="smoke", trial=True).training == Question(PLAIN, SETTING, size="smoke").training
    )


def test_what_is_kept_is_the_state_that_did_best_on_validation(plain: Run, place: Path, material: Material) -> None:
    curve = Curve.load(place / "results", asked(place).path.stem)
    assert plain.rows[0].mpjpe_mm == pytest.approx(min(row["mpjpe_mm"] for row in curve.validation), abs=1e-3)
    network, told = students.load(asked(place).weights)
    found = judging.in_mm(
        judging.errors(judging.predict(network, material.test()), material.test(), material.hand, mesh=True)
    )
    assert found["mpjpe_mm"] == pytest.approx(plain.rows[2].mpjpe_mm, abs=1e-3)
    assert found["mpvpe_mm"] == pytest.approx(plain.rows[2].mpvpe_mm, abs=1e-3)
    assert told["data_hash"] == plain.data_hash


def test_the_same_question_gives_the_same_numbers(plain: Run, place: Path, material: Material) -> None:
    again = students.run(replace(asked(place), folder=place / "again", results=place / "other"), material)
    assert [row.mpjpe_mm for row in again.rows] == [row.mpjpe_mm for row in plain.rows]


def test_all_students_begin_alike_and_see_the_same_batches(place: Path, material: Material) -> None:
    first, other = (students.untrained(asked(place, name), material.train) for name in (PLAIN, "entangled"))
    assert all(torch.equal(one, two) for one, two in zip(first.parameters(), other.parameters(), strict=True))
    seed = students.untrained(replace(asked(place), seed=1), material.train)
    assert not all(torch.equal(one, two) for one, two in zip(first.parameters(), seed.parameters(), strict=True))
    once, same = (students.batches_of(asked(place, name), material.train)(3) for name in (PLAIN, "entangled"))
    assert all(torch.equal(once[key], same[key]) for key in once)


def test_the_repetition_differs_from_the_student_alone_in_its_draws_only(place: Path, material: Material) -> None:
    plain, again = (asked(place, name, seed=2) for name in (PLAIN, AGAIN))
    assert (plain.data_hash, plain.seed, plain.draw, again.draw) == (again.data_hash, again.seed, 2, 1002)
    assert plain.teacher.path == again.teacher.path
    changed = {key for key in plain.config if plain.config[key] != again.config[key]}
    assert changed == {"method", "recipe"}
    assert asdict(again.recipe) == asdict(plain.recipe) | {"seed": 1002}
    first, other = (students.untrained(question, material.train).state_dict() for question in (plain, again))
    assert not torch.equal(first["embed.weight"], other["embed.weight"])
    once, differently = (students.batches_of(question, material.train)(3) for question in (plain, again))
    assert not torch.equal(once["pose_6d"], differently["pose_6d"])


@pytest.mark.parametrize("name", ["frame MLP", "GRU", "TCN", "no projectors", "pose reads motion"])
def test_every_network_predicts_with_the_sensors_it_has(name: str, place: Path, material: Material) -> None:
    question = asked(place, name, sensors="3")
    network = students.untrained(question, material.train)
    said = judging.predict(network, material.validation)
    frames = len(material.validation.recordings)
    assert (said.pose_6d.shape, said.betas.shape) == ((frames, 15, 6), (frames, 10))
    rebuilt = students.methods.build_again(question.method.network, question.config["student"])
    assert rebuilt.state_dict().keys() == network.state_dict().keys()
    changes = {key: question.config["student"][key] for key in METHODS[name].changes}
    assert changes == METHODS[name].changes


def test_a_teacher_that_is_not_there_is_missed_in_a_sentence(place: Path, material: Material) -> None:
    with pytest.raises(train.CheckpointError, match="is missing"):
        students.run(asked(place, DECOUPLED), material)


def test_teaching_changes_the_student_and_its_cells_are_those_of_the_tables(
    plain: Run, taught: Run, place: Path
) -> None:
    content = distill_tables.table([plain, taught])
    for run in (plain, taught):
        (line,) = tables.lines(content, split="test", method=run.config["method"])
        assert line["mpjpe_mm"] == pytest.approx(run.rows[2].mpjpe_mm, abs=1e-3)
        expected = run.rows[2].mpjpe_mm - plain.rows[2].mpjpe_mm
        assert line["difference"]["mpjpe_mm"]["mean"] == pytest.approx(expected, abs=1e-3)
    assert taught.rows[2].mpjpe_mm != plain.rows[2].mpjpe_mm
    assert study.table_of([asked(place)])["rows"][0]["method"] == PLAIN


REMADE = [
    ("distill_main", PLAIN, "7", 4.1325, 3.4586),
    ("distill_main", DECOUPLED, "7", 4.1509, 3.4750),
    ("distill_components", "plain, pose reads motion", "7", 4.1232, 3.4488),
    ("distill_sensors", PLAIN, "3", 4.1499, 3.4741),
]
"""Of each table cells that take a second: MPJPE and MPVPE in the test, mm, at size smoke, of the runs of version 1."""


@pytest.fixture(scope="module")
def data_folder(place: Path) -> Iterator[Path]:
    """Where a small teacher is kept as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDS_DATA", str(place / "generated"))
        yield place / "generated"


@pytest.mark.parametrize(("name", "method", "sensors", "mpjpe_mm", "mpvpe_mm"), REMADE)
def test_a_small_cell_of_each_table_is_made_again(
    name: str, method: str, sensors: str, mpjpe_mm: float, mpvpe_mm: float, place: Path, data_folder: Path
) -> None:
    question = replace(asked(place, method, sensors=sensors), results=place / name, folder=place / f"{name} {method}")
    for task in study.with_teacher(question):
        study.answer(task, study.sim_of(task, workers=1))
    row = remaking.test_row(Run.load(question.path))
    # Other processors round differently: four steps of training make that 0.001 mm at most.
    assert (row.mpjpe_mm, row.mpvpe_mm) == pytest.approx((mpjpe_mm, mpvpe_mm), abs=0.01)
    assert method in {"distill_main": MAIN, "distill_components": PARTS, "distill_sensors": SPARSE}[name]


def test_shipped_weights_give_the_numbers_of_their_run(
    plain: Run, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remaking.shipped, "WEIGHTS", place / "shipped")
    path = remaking.ship("plain", asked(place))
    assert path.name == "student_plain_7.safetensors"
    found = remaking.again(path, place / "results", subjects=["S14"])
    assert [*found] == [("S14", "ROM14")]
    ((then, now),) = found.values()
    assert now == pytest.approx(then, abs=0.01)
    assert then == remaking.test_row(plain).by_recording_mm[1]
    with pytest.raises(ResultsError, match="does not stand for 'plain'"):
        remaking.ship("taught", asked(place))
    with pytest.raises(ResultsError, match="is not in"):
        remaking.run_of(path, place / "nowhere")
