"""Stage 2 from the question to the rows, at the smallest size, on hands that nobody photographed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hands import mano, metrics, train
from hands.experiments import gesture_runs, gesture_study, token_runs, token_study
from hands.experiments import token_judging as judging
from hands.experiments.curves import Curve
from hands.experiments.methods import Setting
from hands.experiments.results import ResultsError, Run
from hands.experiments.token_methods import CLASS_MEAN, METHODS, OURS, SCRATCH, config_of, token_size
from hands.experiments.token_runs import NAMED, Material, Question
from hands.gesture.estimate import Estimate, wrist_of
from tests.experiments.made_up_pictures import MadeUpHands

SETTING = Setting(1e-2, 0.01)
RUN = (OURS, "tokens, shuffled", "plain", CLASS_MEAN)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tokens")


@pytest.fixture(scope="module", autouse=True)
def no_rendering(place: Path) -> None:
    """The question's pictures are the made-up ones, and stage 1 has chosen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HANDS_DATA", str(place / "data"))
        patch.setattr(gesture_runs.Question, "data_hash", "made up")
        patch.setattr(gesture_study, "chosen", lambda *_: SETTING)
        yield


@pytest.fixture(scope="module")
def material() -> Material:
    return Material.of(MadeUpHands(), 32)


def asked(place: Path, name: str = OURS, **more: object) -> Question:
    return Question(name, SETTING, size="smoke", results=place / "results", folder=place / name, **more)


@pytest.fixture(scope="module")
def runs(place: Path, material: Material) -> dict[str, Run]:
    stage_1 = asked(place).stage_1
    model = gesture_runs.first(stage_1)
    for parameter in model.parameters():
        parameter.data.mul_(1.01)
    train.save(stage_1.weights, model, {"config": stage_1.config, "data_hash": "made up"})
    made = {name: token_runs.run(asked(place, name), material) for name in RUN}
    for run in made.values():
        run.save(place / "results")
    return made


def test_rows_of_each_kind_of_run(runs: dict[str, Run], place: Path) -> None:
    for name, run in runs.items():
        named = [name, name + NAMED] if name == CLASS_MEAN else [name]
        assert [(row.split, row.method) for row in run.rows] == [
            (split, method) for split in ("validation", "test") for method in named
        ]
        assert {row.frames for row in run.rows if row.split == "test"} == {92}
        assert run.hash == asked(place, name).path.stem
        assert {"scaled_mm", "own_frame_mm", "aligned_mm", "orientation_deg", "seen_px"} <= set(run.rows[0].more)
        assert ("fine_percent" in run.rows[0].more) == (name in (OURS, "tokens, shuffled"))
        for method in named:
            mean = np.mean([*run.kept["by_person_mm"][method].values()])  # who have equally many pictures
            row = next(row for row in run.rows if (row.split, row.method) == ("test", method))
            assert mean == pytest.approx(row.mpjpe_mm, abs=2e-3)


def test_the_class_mean_knows_a_pose_that_is_its_classs(runs: dict[str, Run]) -> None:
    """Made-up hands of a class have one pose; their orientation has nothing to do with it."""
    told = runs[CLASS_MEAN].rows[2]
    assert told.pose_mm < 1e-3
    assert told.mpjpe_mm > 20


def test_errors_are_those_of_the_hand(material: Material) -> None:
    hand, samples = mano.load(), material.validation
    true = samples.labels
    truth = Estimate(true.global_rotmat, true.hand_rotmat, true.betas, wrist_of(true, 32))
    found = judging.for_people(judging.errors(truth, true, hand, 32))
    assert max(value for name, value in found.items()) < 0.05
    other = truth._replace(hand_rotmat=true.hand_rotmat.roll(1, 0), betas=true.betas.roll(1, 0))
    errors = judging.errors(other, true, hand, 32)
    said = hand.keypoints(betas=other.betas, global_rotmat=true.global_rotmat, hand_rotmat=other.hand_rotmat)
    torch.testing.assert_close(errors["mpjpe"], metrics.mpjpe(said, true.keypoints), rtol=0, atol=1e-6)
    torch.testing.assert_close(errors["own_frame"], errors["mpjpe"], rtol=0, atol=1e-6)  # no turn is wrong
    assert errors["orientation"].max() < 1e-3
    turned = truth._replace(global_rotmat=true.global_rotmat.roll(1, 0))
    errors = judging.errors(turned, true, hand, 32)
    assert errors["own_frame"].max() < 1e-6 < 1e-2 < errors["mpjpe"].mean()


def test_all_see_the_same_pictures_and_begin_on_the_trunk_of_stage_1(
    runs: dict[str, Run], place: Path, material: Material
) -> None:
    taught = token_runs.trunk(asked(place).stage_1).state_dict()
    for name in METHODS:
        if METHODS[name].pretraining not in (None, "gradual") or name == CLASS_MEAN:
            continue
        own = token_runs.first(asked(place, name), material).trunk.state_dict()
        same = all(torch.equal(own[key], taught[key]) for key in taught)
        assert same == (METHODS[name].pretraining == "gradual"), name
    with pytest.raises(ResultsError, match="no trunk of 'gradual' with seed 3"):
        token_runs.first(asked(place, seed=3), material)


def test_a_try_never_opens_the_test(place: Path, material: Material, runs: dict[str, Run]) -> None:
    def opened() -> None:
        raise AssertionError("the test was opened")

    found = token_runs.run(asked(place, "plain", trial=True), replace(material, test=opened))
    assert [(row.split, row.method) for row in found.rows] == [("validation", "plain")]
    assert found.rows[0].mpjpe_mm == runs["plain"].rows[0].mpjpe_mm


def test_what_is_kept_did_best_on_validation(runs: dict[str, Run], place: Path) -> None:
    curve = Curve.load(place / "results", asked(place).path.stem)
    assert runs[OURS].rows[0].mpjpe_mm == pytest.approx(min(one["mpjpe_mm"] for one in curve.validation), abs=0.01)


def test_methods_differ_in_what_their_names_say() -> None:
    size = token_size("book")
    configs = {name: config_of(one, size) for name, one in METHODS.items()}
    assert configs["cross"] == replace(configs[OURS], fusion="cross")
    assert {configs[f"tokens, {told}"].guidance for told in ("both", "coarse", "fine", "shuffled")} == {
        "both", "coarse", "fine", "shuffled",
    }  # fmt: skip
    assert configs["trunk alone"] == configs[SCRATCH] == replace(configs[OURS], guidance="none")
    assert configs["EANet"] == configs["EANet, gestures"]
    trunks = {(c.trunk.net, c.trunk.hidden) for c in configs.values()}
    assert len(trunks) == 1
    assert {one.pretraining for one in METHODS.values()} == {
        None, "gradual", "both at once", "fine only", "coarse only",
    }  # fmt: skip


def test_the_plan_tries_first_and_waits_for_trunks(runs: dict[str, Run], place: Path, tmp_path: Path) -> None:
    tries = token_study.tries(tmp_path, "smoke")
    assert {one.name for one in tries} == {OURS, SCRATCH, "EANet", "EANet, gestures", "plain", "plain, gestures"}
    assert len(tries) == 18
    planned = token_study.plan(tmp_path, "smoke", seeds=(0, 1))
    assert planned[:18] == tries
    assert len(planned) == 18 + 2 * len(METHODS)
    assert all((one.setting is None) == (one.name != CLASS_MEAN) for one in planned[18:])
    ready = {(one.name, one.seed) for one in token_study.runs(place / "results", "smoke", (0, 1)) if one.setting}
    assert ready == {(CLASS_MEAN, 0), (CLASS_MEAN, 1)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_study, "chosen", lambda *_: SETTING)
        able = {
            (q.name, q.seed) for q in token_study.runs(place / "results", "smoke", (0, 1)) if token_study.is_ready(q)
        }
    on_trunks = {one.name for one in METHODS.values() if one.pretraining == "gradual"}
    from_nothing = {one.name for one in METHODS.values() if one.pretraining is None}
    assert able == {(n, 0) for n in on_trunks} | {(n, s) for n in from_nothing for s in (0, 1)}
