"""Pretraining from the question to the table, at the smallest size, on pictures that nobody rendered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from hands import train
from hands.experiments import gesture_judging as judging
from hands.experiments import gesture_runs, gesture_tables
from hands.experiments.confusion import balanced, from_lines, top1
from hands.experiments.curves import Curve
from hands.experiments.gesture_methods import GRADUAL, NAMES, UNTRAINED, Setting
from hands.experiments.gesture_runs import PROBE, Material, Question
from hands.experiments.results import ResultsError, Run
from tests.experiments.made_up_pictures import MadeUp

SETTING = Setting(1e-2, 0.01)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gestures")


@pytest.fixture(scope="module")
def material() -> Material:
    return Material.of(MadeUp(), 32)


@pytest.fixture(scope="module", autouse=True)
def no_rendering() -> None:
    """The question's pictures are the made-up ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Question, "data_hash", "made up")
        yield


def asked(place: Path, name: str = GRADUAL, **more: object) -> Question:
    return Question(name, SETTING, size="smoke", results=place / "results", folder=place / name, **more)


@pytest.fixture(scope="module")
def runs(place: Path, material: Material) -> dict[str, Run]:
    made = {name: gesture_runs.run(asked(place, name), material) for name in NAMES}
    for run in made.values():
        run.save(place / "results")
    return made


def test_a_run_is_read_by_its_heads_and_by_probes(runs: dict[str, Run], place: Path) -> None:
    for name, run in runs.items():
        own = [] if name == UNTRAINED else [name]
        assert [(row.split, row.method) for row in run.rows] == [
            (split, method) for split in ("validation", "test") for method in (*own, name + PROBE)
        ]
        assert {row.frames for row in run.rows if row.split == "test"} == {92}
        assert all(row.mpjpe_mm is None and row.protocol == "unseen" for row in run.rows)
        assert run.hash == asked(place, name).path.stem
        assert asked(place, name).done
        assert {"coarse_percent", "fine_balanced_percent"} <= set(run.rows[-1].more)
    heads = {name: set(runs[name].rows[0].more) for name in NAMES if name != UNTRAINED}
    assert "agree_percent" in heads["gradual"] & heads["both at once"]
    assert "agree_percent" not in heads["fine only"] | heads["coarse only"]
    assert "fine_percent" in heads["fine only"]
    assert not [key for key in heads["coarse only"] if key.startswith("fine")]


def test_matrices_of_the_run_give_its_numbers(runs: dict[str, Run]) -> None:
    for name, run in runs.items():
        for row in (row for row in run.rows if row.split == "test"):
            for level, lines in run.kept["confusion"][row.method].items():
                counts = from_lines(lines)
                assert counts.sum() == 92
                assert 100 * top1(counts) == pytest.approx(row.more[f"{level}_percent"], abs=1e-3)
                assert 100 * balanced(counts) == pytest.approx(row.more[f"{level}_balanced_percent"], abs=1e-3)
                people = run.kept["by_person_percent"][row.method][level]
                assert set(people) == {"S13", "S14"}
                mean = sum(people.values()) / 2  # who have equally many pictures
                assert mean == pytest.approx(row.more[f"{level}_percent"], abs=1e-2), name


def test_all_begin_alike_and_differ_in_how_their_losses_count(place: Path) -> None:
    first = {name: gesture_runs.first(asked(place, name)) for name in NAMES}
    for other in first.values():
        assert all(torch.equal(a, b) for a, b in zip(first[GRADUAL].parameters(), other.parameters(), strict=True))
    configs = {name: dict(asked(place, name).config) for name in NAMES if name != UNTRAINED}
    weightings = {str(config.pop("weighting")) for config in configs.values()}
    assert len(weightings) == 4
    assert len({str({k: v for k, v in config.items() if k != "method"}) for config in configs.values()}) == 1
    other = gesture_runs.first(asked(place, seed=1))
    assert not all(torch.equal(a, b) for a, b in zip(first[GRADUAL].parameters(), other.parameters(), strict=True))


def test_a_try_never_opens_the_test_and_its_training_is_the_runs(place: Path, material: Material) -> None:
    def opened() -> None:
        raise AssertionError("the test was opened")

    question = asked(place, trial=True)
    found = gesture_runs.run(question, replace(material, test=opened))
    assert [(row.split, row.method) for row in found.rows] == [("validation", GRADUAL)]
    assert found.kept == {}
    assert question.training == asked(place).training
    assert question.path != asked(place).path


def test_what_is_kept_is_the_state_that_did_best_on_validation(
    runs: dict[str, Run], place: Path, material: Material
) -> None:
    curve = Curve.load(place / "results", asked(place).path.stem)
    row = runs[GRADUAL].rows[0]
    assert row.more["error_percent"] == pytest.approx(min(one["error_percent"] for one in curve.validation), abs=1e-2)
    model, told = gesture_runs.load(asked(place).weights)
    said = judging.predict(model, material.test())
    assert judging.measures(judging.own_names(said, ("coarse", "fine")), material.test()).items() <= (
        runs[GRADUAL].rows[2].more.items()
    )
    assert told["data_hash"] == "made up"
    fine = [one["fine_weight"] for one in curve.training]
    assert fine == pytest.approx([0.0, 0.125, 0.75, 1.0], abs=1e-4)  # at 0, 1/4, 2/4, 3/4 of the training


def test_the_same_question_gives_the_same_numbers(runs: dict[str, Run], place: Path, material: Material) -> None:
    again = gesture_runs.run(replace(asked(place), folder=place / "again", results=place / "other"), material)
    assert [row.more for row in again.rows] == [row.more for row in runs[GRADUAL].rows]


def test_an_untrained_network_knows_the_pictures_but_no_label(runs: dict[str, Run], place: Path) -> None:
    model, _ = gesture_runs.load(asked(place, UNTRAINED).weights)
    first = gesture_runs.first(asked(place))
    for (name, own), other in zip(model.named_parameters(), first.parameters(), strict=True):
        assert torch.equal(own, other), name
    assert runs[UNTRAINED].rows[0].steps == 0
    norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert all(norm.num_batches_tracked == gesture_runs.SETTLING for norm in norms)


def test_the_table_says_how_each_differs_from_gradual_weighting(runs: dict[str, Run]) -> None:
    content = gesture_tables.table([*runs.values()])
    lines = {(line["split"], line["method"]): line for line in content["rows"]}
    assert len(lines) == 2 * (4 + 5)
    assert lines["test", GRADUAL]["difference"] == {}
    for name in ("fine only", "fine only, probe", "untrained, probe"):
        rival = GRADUAL + PROBE * name.endswith(PROBE)
        found = lines["test", name]["difference"]["coarse_percent"]["mean"]
        expected = lines["test", name]["more"]["coarse_percent"]["mean"]
        assert found == pytest.approx(expected - lines["test", rival]["more"]["coarse_percent"]["mean"], abs=1e-2)
    assert set(lines["test", "coarse only"]["difference"]) == {"coarse_percent", "coarse_balanced_percent"}
    assert from_lines(lines["test", GRADUAL]["confusion"]["fine"]).shape == (35, 35)
    assert "confusion" not in lines["validation", GRADUAL]


def test_unknown_names_are_answered_in_a_sentence(place: Path, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no method 'magic'; there are gradual, both at once"):
        Question("magic")
    with pytest.raises(ResultsError, match="no size 'huge'; there are smoke, book, paper"):
        Question(size="huge")
    with pytest.raises(ResultsError, match="what gradual is trained with is not chosen yet"):
        _ = Question(size="smoke", results=tmp_path).path
    with pytest.raises(train.CheckpointError, match="is missing"):
        gesture_runs.load(tmp_path / "best.safetensors")
