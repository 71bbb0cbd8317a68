"""Baselines on a data set of three people: who is trained on, what is chosen, and what comes out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import roma
import torch

from hands import data, mano, metrics
from hands.experiments import baselines, fitted, takes
from hands.experiments.baselines import training_sums
from hands.experiments.results import Row, Run, run_path
from hands.experiments.ridge import Moments
from hands.experiments.takes import Take

HAND = mano.load()
PLAN = data.Plan("glove", 0, 2.0, ("S01", "S02", "S13"), ("ROM01", "ROM04", "ROM11", "ROM14"))


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> data.SimHand:
    path = tmp_path_factory.mktemp("data") / "small"
    data.generate(path, PLAN, workers=1)
    return data.SimHand(path)


@pytest.fixture(scope="module")
def everything(sim: data.SimHand) -> list[Take]:
    calibrations = takes.calibrations(sim, HAND)
    return [takes.read(sim, entry, HAND, calibrations[entry.subject]) for entry in sim.entries]


@pytest.fixture(scope="module")
def run(sim: data.SimHand) -> Run:
    return baselines.run(sim, sensors=("3",))


def rows(run: Run, **wanted: str) -> list[Row]:
    return [row for row in run.rows if all(getattr(row, key) == value for key, value in wanted.items())]


def test_every_method_is_scored_on_every_split_of_both_protocols_once(run: Run, sim: data.SimHand) -> None:
    methods = {row.method for row in run.rows}
    assert methods == set(baselines.METHODS)
    assert len(run.rows) == 2 * 2 * len(methods)
    assert len({(r.protocol, r.split, r.sensors, r.method) for r in run.rows}) == len(run.rows)
    frames = {(row.protocol, row.split): row.frames for row in run.rows}
    assert frames["seen", "test"] == frames["seen", "validation"] == 3 * 61
    assert (frames["unseen", "validation"], frames["unseen", "test"]) == (2 * 61, 61)
    assert run.data_hash == sim.data_hash
    assert run.config["experiment"] == "baselines"


def test_who_is_trained_on_and_how_the_mean_pose_scores_by_hand(run: Run, everything: list[Take]) -> None:
    for protocol, people in [("seen", ("S01", "S02", "S13")), ("unseen", ("S01", "S02"))]:
        trained = [t for t in everything if t.entry.split == "train" and t.entry.subject in people]
        mean = torch.cat([take.rotmat for take in trained]).double().mean(0)
        u, _, vh = np.linalg.svd(mean.numpy())
        turn = np.einsum("jab,jbc->jac", u, vh)
        assert np.allclose(np.linalg.det(turn), 1)
        pose = roma.rotmat_to_rotvec(torch.from_numpy(turn)).float()
        tested = [t for t in everything if t.entry.split == "test" and (protocol == "seen" or t.entry.subject == "S13")]
        errors = [metrics.mpjpe(HAND.keypoints(hand_pose=pose).expand(61, 21, 3), t.keypoints).mean() for t in tested]
        (row,) = rows(run, protocol=protocol, split="test", method="mean pose")
        assert row.mpjpe_mm == pytest.approx(1000 * float(np.mean(errors)), abs=1e-2)


def test_parts_and_meshes_are_there_where_they_should_be(run: Run) -> None:
    for row in run.rows:
        hand_made = not row.method.startswith("keypoint")
        assert (row.shape_mm is not None) is (row.pose_mm is not None) is hand_made
        assert (row.mpvpe_mm is not None) is (hand_made and row.split == "test")
        assert (row.choices == {}) is (row.method == "mean pose")
    of_shapes = {row.pose_mm for row in rows(run, protocol="seen", split="test") if row.method.startswith("finger")}
    assert len(of_shapes) == 1


def test_sums_of_training_ignore_every_other_recording(everything: list[Take]) -> None:
    train = [take for take in everything if take.entry.split == "train"]
    sums = training_sums(train)
    assert {group: part["pose",].frames for group, part in sums.items()} == {1: 122, 2: 122, baselines.STRANGERS: 122}
    assert sums[1]["shape", "relative"].frames == 2
    x = torch.cat([take.tapped["relative"] for take in train if take.entry.subject != "S13"]).double()
    both = fitted.joined([sums[1], sums[2]])
    torch.testing.assert_close(both["keypoints", "relative"].xx, x.T @ x, rtol=1e-10, atol=1e-8)


def test_nobody_is_judged_by_what_was_fitted_to_them_if_the_test_asks_about_strangers(everything: list[Take]) -> None:
    sums = training_sums(take for take in everything if take.entry.split == "train")
    validation = [take for take in everything if take.entry.split == "validation"]
    (seen,) = baselines.folds_of("seen", sums, validation).values()
    assert seen.sums["pose",].frames == 3 * 122
    assert len(seen.judged) == 3
    folds = baselines.folds_of("unseen", sums, [take for take in validation if take.entry.subject != "S13"])
    for own, other in (("S01", "S02"), ("S02", "S01")):
        fold = folds[baselines.group_of(own)]
        assert [take.entry.subject for take in fold.judged] == [own]
        learnt = [t for t in everything if t.entry.split == "train" and t.entry.subject == other]
        expected = torch.cat([t.rotmat.flatten(1) for t in learnt]).double().sum(0)
        torch.testing.assert_close(fold.sums["pose",].y, expected, rtol=1e-10, atol=1e-8)
    assert sorted(map(baselines.group_of, data.Plan.subjects)) == [-1, -1, -1, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_columns_find_the_sensors_in_every_block(everything: list[Take]) -> None:
    take = everything[0]
    found = take.tapped["drift_free"][:, takes.columns("drift_free", ("thumb", "palm"), (0, 2))]
    x = take.features["drift_free"]
    early, late = x[[0, 0, 0, 0, *range(len(x) - 4)]], x[[*range(4, len(x)), *[len(x) - 1] * 4]]
    expected = torch.cat([tap[:, sensor] for tap in (early, late) for sensor in (2, 1)], 1)
    assert torch.equal(found, expected)


def test_a_finger_ridge_is_told_by_its_own_sensor_or_the_nearest(everything: list[Take]) -> None:
    take = everything[0]
    sums = fitted.joined(training_sums(everything[:6]).values())
    _, model = next(iter(fitted.finger_ridges(sums, ("palm", "thumb", "middle"))))
    pose = model(take)
    for first, sensor in [(0, "middle"), (3, "middle"), (6, "middle"), (9, "middle"), (12, "thumb")]:
        x = takes.own_and_palm(take, "relative", sensor)
        expected = model.by_sensor[sensor](x)[:, 6 * first : 6 * first + 18].unflatten(1, (3, 6)).float()
        torch.testing.assert_close(pose[:, first : first + 3], expected, atol=1e-6, rtol=0)


def test_the_best_candidate_is_the_one_with_the_smallest_error(everything: list[Take]) -> None:
    def candidates(sums: fitted.Sums) -> list:
        off = -0.2 if sums else 0.0
        return [({"shift": s}, lambda take, s=s: take.keypoints * (1 + s + off)) for s in (0.3, -0.1, 0.2)]

    some = {("pose",): Moments.of(torch.zeros(1, 1), torch.zeros(1, 1))}
    one, two = fitted.Fold({}, everything[:2]), fitted.Fold(some, everything[2:4])
    assert fitted.best(candidates, [one], fitted.keypoint_error) == {"shift": -0.1}
    assert fitted.best(candidates, [two], fitted.keypoint_error) == {"shift": 0.2}
    # Over both: off by 0.3 + 0.1, 0.1 + 0.3 and 0.2 + 0.0 of the size of a hand.
    assert fitted.best(candidates, [one, two], fitted.keypoint_error) == {"shift": 0.2}


def test_a_person_is_measured_once_in_a_data_set(everything: list[Take]) -> None:
    one, other = (take for take in everything[:6:3])  # S01 in two programs
    assert one.entry.subject == other.entry.subject == "S01"
    assert torch.equal(fitted.ruler_shape(one, 0, HAND), fitted.ruler_shape(other, 0, HAND))
    assert not torch.equal(fitted.ruler_shape(one, 0, HAND), fitted.ruler_shape(one, 1, HAND))


def test_the_plan_knows_what_is_done(run: Run, tmp_path: Path) -> None:
    asked = baselines.questions(tmp_path, ["glove"], [0, 1])
    assert [(question.seed, question.done) for question in asked] == [(0, False), (1, False)]
    done = Run(baselines.config("glove", 1, 20.0), data.data_hash(20.0), run.rows, 1.0, "0", "a machine", "2001-01-01")
    assert done.save(tmp_path) == asked[1].path == run_path(tmp_path, done.config, done.data_hash)
    assert [question.done for question in baselines.questions(tmp_path, ["glove"], [0, 1])] == [False, True]
    assert baselines.write_table(tmp_path, asked)["rows"][0]["seeds"] == [0]
    assert not (tmp_path / "baselines.json").exists()  # one run is not the book's table
