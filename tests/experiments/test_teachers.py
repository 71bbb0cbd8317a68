"""Teachers from the question to the table, at the smallest size."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hands import data, mano, train
from hands.experiments import judging, results, samples, teachers
from hands.experiments.configs import RATIOS
from hands.experiments.curves import Curve
from hands.experiments.results import ResultsError, Row, Run
from hands.experiments.samples import Samples
from hands.experiments.teachers import Question


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("teachers")


@pytest.fixture(scope="module")
def question(place: Path) -> Question:
    return Question(size="smoke", results=place / "results", folder=place / "trained")


@pytest.fixture(scope="module")
def sim(place: Path, question: Question) -> data.SimHand:
    setting = question.setting
    data.generate(place / "data", data.Plan("glove", 0, setting.seconds, setting.subjects, setting.programs), workers=1)
    return data.SimHand(place / "data")


@pytest.fixture(scope="module")
def run(question: Question, sim: data.SimHand) -> Run:
    found = teachers.run(question, sim)
    found.save(question.results)
    return found


def rows(run: Run, **wanted: str) -> list[Row]:
    return [row for row in run.rows if all(getattr(row, key) == value for key, value in wanted.items())]


def test_a_run_is_judged_at_every_ratio_on_validation_and_at_its_own_on_the_test(run: Run, question: Question) -> None:
    validation, test = rows(run, split="validation"), rows(run, split="test")
    assert [teachers.ratios_of(row.method)[1] for row in validation] == [0.5, 0.0, 0.25, 0.75, 0.9, 1.0]
    assert set(RATIOS) == {teachers.ratios_of(row.method)[1] for row in validation}
    (own,) = test
    assert own.method == "teacher, mask 0.5"
    assert own.mpvpe_mm is not None
    assert len(own.by_recording_mm) == 2
    assert "jitter_m_s3" in own.more
    assert question.done
    assert run.hash == question.path.stem
    assert Run.load(question.path).rows[0].mpjpe_mm == run.rows[0].mpjpe_mm


def test_what_is_kept_is_the_state_that_did_best_on_validation(run: Run, question: Question, sim: data.SimHand) -> None:
    curve = Curve.load(question.results, question.path.stem)
    assert [row["step"] for row in curve.validation] == [2.0, 4.0]
    assert run.rows[0].mpjpe_mm == pytest.approx(min(row["mpjpe_mm"] for row in curve.validation), abs=1e-3)
    network, told = teachers.load(question.weights)
    validation = Samples.of(sim, "validation", mano.load())
    said = judging.predict(network, validation, samples.judged(validation, 0.5))
    found = judging.in_mm(judging.errors(said, validation, mano.load()))
    assert found["mpjpe_mm"] == pytest.approx(run.rows[0].mpjpe_mm, abs=1e-3)
    assert told["data_hash"] == run.data_hash
    assert told["validation_mpjpe_mm"] == run.rows[0].mpjpe_mm


def test_the_state_that_did_best_is_taken_and_not_the_last(
    question: Question, sim: data.SimHand, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worse = itertools.count(1)
    monkeypatch.setattr(judging, "in_mm", lambda _: {"mpjpe_mm": float(next(worse))})
    asked = replace(question, folder=place / "worse")
    network, trained = teachers.fit(asked, teachers.Material.of(asked, sim))
    assert (trained.step, trained.best_step) == (4, 2)
    assert all(torch.equal(value, trained.best_weights[name]) for name, value in network.state_dict().items())
    last = train.newest(asked.training)
    assert last is not None
    assert any(not torch.equal(value, last.model[name]) for name, value in network.state_dict().items())


def test_no_recording_of_validation_or_test_is_trained_on(question: Question, sim: data.SimHand) -> None:
    for protocol, people in (("seen", {"S02", "S14"}), ("unseen", {"S02"})):
        material = teachers.Material.of(replace(question, protocol=protocol), sim)
        assert {(e.program, e.subject) for e in material.train.entries} == {("ROM02", person) for person in people}
        assert {(e.program, e.subject) for e in material.validation.entries} == {("ROM11", p) for p in people}
        tested = {"S14"} if protocol == "unseen" else people
        assert {(e.program, e.subject) for e in material.test().entries} == {("ROM14", p) for p in tested}


def test_a_blind_network_is_judged_with_its_own_shape_and_with_a_rulers(
    question: Question, sim: data.SimHand, place: Path
) -> None:
    blind = replace(question, blind=True, folder=place / "blind")
    material = teachers.Material.of(blind, sim)
    torch.manual_seed(0)
    network = teachers.Teacher(blind.setting.teacher, material.train.statistics())
    found = teachers.judge(blind, material, network)
    methods = ["blind", "blind, ruler shape"]
    assert [(row.split, row.method) for row in found] == [(s, m) for s in ("validation", "test") for m in methods]
    assert found[0].pose_mm == found[1].pose_mm
    assert found[0].shape_mm != found[1].shape_mm
    assert blind.config["ratio"] is None
    assert blind.config["teacher"]["blind"] is True
    assert blind.path != question.path


def test_first_weights_grow_as_a_network_narrows_and_depend_on_the_seed(question: Question, sim: data.SimHand) -> None:
    taught = Samples.of(sim, "train", mano.load())
    first, again, other = (teachers.untrained(replace(question, seed=seed), taught) for seed in (0, 0, 1))
    weight = first.pose_stream.levels[0].st.spatial.attn.qkv.weight.detach()
    assert float(weight.std()) == pytest.approx(0.02 * (512 / 8) ** 0.5, rel=0.15)
    assert float(first.imu_stream.pos_embed.detach().std()) == pytest.approx(1.0, rel=0.3)
    assert torch.equal(weight, again.pose_stream.levels[0].st.spatial.attn.qkv.weight)
    assert not torch.equal(weight, other.pose_stream.levels[0].st.spatial.attn.qkv.weight)
    said = first(*(torch.zeros(shape) for shape in ((1, 4, 7, 15), (1, 4, 15, 6), (1, 10))), torch.ones(1, 4, 15) > 0)
    torch.testing.assert_close(said.pose_6d[0, 0].detach(), taught.pose_6d.double().mean(0).float(), rtol=0, atol=1e-5)


def test_another_start_has_other_weights_and_batches_and_the_same_data(question: Question, sim: data.SimHand) -> None:
    other = replace(question, start=1)
    taught = Samples.of(sim, "train", mano.load())
    first, second = (teachers.untrained(asked, taught).state_dict() for asked in (question, other))
    assert not torch.equal(first["fusion.attention.q.weight"], second["fusion.attention.q.weight"])
    assert other.setting.recipe.seed != question.setting.recipe.seed
    assert other.path != question.path
    assert other.seed == question.seed


def test_shipped_weights_are_those_of_the_run(run: Run, question: Question, place: Path) -> None:
    shipped = teachers.ship(question, place / "shipped" / "teacher_book.safetensors")
    network, (own, told) = teachers.teacher(shipped), teachers.load(question.weights)
    assert not network.training
    assert all(torch.equal(value, own.state_dict()[name]) for name, value in network.state_dict().items())
    assert told["config"]["seed"] == 0
    with pytest.raises(train.CheckpointError):
        teachers.teacher(place / "nothing.safetensors")


@pytest.mark.parametrize("name", teachers.SHIPPED)
def test_the_run_of_a_shipped_teacher_is_kept(name: str) -> None:
    """And weighs less than 5 MB."""
    path = teachers.SHIPPED[name]
    told = train.read_about(path)
    kept = results.run_path(results.book_results(), told["config"], told["data_hash"])
    (row,) = (row for row in Run.load(kept).rows if row.split == "validation" and row.method == "teacher, mask 0.5")
    assert told["config"]["size"] == name
    assert told["validation_mpjpe_mm"] == pytest.approx(row.mpjpe_mm, abs=1e-3)
    assert path.stat().st_size < 5e6
    assert teachers.teacher(name).config == teachers.teacher("book").config


def test_the_plan_asks_first_for_what_matters_most(tmp_path: Path) -> None:
    asked = teachers.questions(tmp_path)
    assert [(q.method, q.seed) for q in asked[:4]] == [
        ("teacher, mask 0.5", 0),
        ("blind", 0),
        ("teacher, mask 0.5", 1),
        ("blind", 1),
    ]
    assert len(asked) == len({q.path for q in asked}) == 3 * 7
    assert [q.seed for q in asked[6:]] == [0] * 5 + [1] * 5 + [2] * 5
    assert [q.method for q in teachers.questions(tmp_path, (0,), (0.9,))] == ["blind", "teacher, mask 0.9"]
    with pytest.raises(ResultsError, match=r"mask ratio is 1\.5"):
        Question(1.5, results=tmp_path)


def test_tables_say_what_was_trained_and_what_was_tested(run: Run) -> None:
    other = tuple(replace(row, seed=1, mpjpe_mm=row.mpjpe_mm + 2, more=row.more) for row in run.rows)
    content = teachers.table([run, replace(run, rows=other)])
    (line,) = [line for line in content["rows"] if line["split"] == "test"]
    assert (line["trained"], line["tested"], line["seeds"]) == (0.5, 0.5, [0, 1])
    assert line["mpjpe_mm"] == pytest.approx(rows(run, split="test")[0].mpjpe_mm + 1, abs=1e-3)
    assert line["mpjpe_sd_mm"] == pytest.approx(2**0.5, abs=1e-3)
    assert line["more"]["thumb_mm"]["mean"] == pytest.approx(rows(run, split="test")[0].more["thumb_mm"], abs=1e-3)
    low, high = line["interval_mm"]
    each = rows(run, split="test")[0].by_recording_mm
    assert (low, high) == pytest.approx((min(each), max(each)), abs=1e-3)
    validation = [line["tested"] for line in content["rows"] if line["split"] == "validation"]
    assert validation == sorted(RATIOS)
