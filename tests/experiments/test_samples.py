"""Samples against loops over recordings, batches that depend on numbers alone, and judging against baselines."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import roma
import torch
from torch import Tensor, nn

from hands import data, mano, metrics
from hands.experiments import judging, samples, takes
from hands.experiments.fitted import ruler_shape
from hands.experiments.judging import Predicted
from hands.experiments.samples import Batches, Samples
from hands.experiments.scoring import Guesses, Scores

HAND = mano.load()
PLAN = data.Plan("glove", 3, 1.5, ("S02", "S14"), ("ROM02", "ROM05", "ROM11", "ROM13"))


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> data.SimHand:
    path = tmp_path_factory.mktemp("data") / "small"
    data.generate(path, PLAN, workers=1)
    return data.SimHand(path)


@pytest.fixture(scope="module")
def train(sim: data.SimHand) -> Samples:
    return Samples.of(sim, "train", HAND, length=16, stride=5)


@pytest.fixture(scope="module")
def test(sim: data.SimHand) -> Samples:
    return Samples.of(sim, "test", HAND, length=16, stride=16)


def test_a_batch_holds_what_recordings_hold_at_the_same_instants(sim: data.SimHand, train: Samples) -> None:
    assert [(e.program, e.subject) for e in train.entries] == [
        (p, s) for p in ("ROM02", "ROM05") for s in PLAN.subjects
    ]
    batch = train.batch([1, len(train) - 1], torch.zeros(2, 16, 15, dtype=torch.bool))
    for k, (entry, first) in enumerate([(train.entries[0], 5), (train.entries[-1], 46 - 16)]):
        recording, motion = sim[entry]
        for t in range(16):
            rotmat = roma.rotvec_to_rotmat(motion.hand_pose[first + t])
            sixd = torch.cat([rotmat[:, :, 0], rotmat[:, :, 1]], -1)
            points = HAND(betas=motion.betas, hand_pose=motion.hand_pose[first + t]).keypoints
            torch.testing.assert_close(batch["pose_6d"][k, t], sixd, rtol=0, atol=1e-5)
            torch.testing.assert_close(batch["keypoints"][k, t], points - points[0], rtol=0, atol=1e-6)
        assert torch.equal(batch["features"][k], data.features(recording)[first : first + 16])
        assert torch.equal(batch["betas"][k], motion.betas)


def test_statistics_count_every_frame_of_the_training_once(train: Samples) -> None:
    known = train.statistics()
    torch.testing.assert_close(known.features.mean, train.features.double().mean(0).float())
    torch.testing.assert_close(
        known.pose_6d.sd, train.pose_6d.double().std(0, correction=0).float(), rtol=1e-4, atol=1e-6
    )
    parts = [train.keypoints[train.recordings == k].double().diff(dim=0) for k in range(4)]
    torch.testing.assert_close(known.motion[0], torch.cat(parts).square().mean().sqrt().float())


def test_batches_are_a_pure_function_and_rows_of_them_are_rows(train: Samples) -> None:
    batches = Batches(train, 6, 7, 0.5)
    whole = batches(11)
    for name, parts in {
        name: torch.cat([batches(11, slice(0, 2))[name], batches(11, slice(2, 6))[name]]) for name in whole
    }.items():
        assert torch.equal(whole[name], parts), name
    again = Batches(train, 6, 7, 0.5)(11)
    assert all(torch.equal(whole[name], again[name]) for name in whole)
    for other in (Batches(train, 6, 8, 0.5)(11), batches(12)):
        assert not torch.equal(whole["features"], other["features"])
        assert not torch.equal(whole["hidden"], other["hidden"])


def test_an_epoch_holds_every_window_once_in_an_order_of_its_own(train: Samples) -> None:
    batches, orders = Batches(train, 4, 0, 0.5), []
    drawn = [batches._window(k) for k in range(3 * len(train))]
    for epoch in range(3):
        orders.append(drawn[epoch * len(train) : (epoch + 1) * len(train)])
        assert sorted(orders[-1]) == list(range(len(train)))
    assert orders[0] != orders[1] != orders[2]


def test_masks_have_the_ratio_asked_for_and_are_nested(train: Samples, test: Samples) -> None:
    masks = [Batches(train, 64, 0, ratio)(0)["hidden"] for ratio in (0.0, 0.25, 0.5, 0.9, 1.0)]
    assert [round(float(mask.float().mean()), 1) for mask in masks] == [0.0, 0.2, 0.5, 0.9, 1.0]
    fixed = [samples.judged(test, ratio) for ratio in (0.0, 0.25, 0.5, 0.9, 1.0)]
    for less, more in zip(masks + fixed, masks[1:] + fixed[1:], strict=False):
        if less.shape == more.shape and more is not fixed[0]:
            assert not (less & ~more).any()
    assert torch.equal(fixed[2], samples.judged(test, 0.5))


@dataclass
class Said:
    pose_6d: Tensor
    betas: Tensor


class Echo(nn.Module):
    """Says what it is shown, and the mean hand where it is shown nothing."""

    def forward(self, features: Tensor, pose_6d: Tensor, betas: Tensor, hidden: Tensor) -> Said:
        flat = torch.tensor([1.0, 0, 0, 0, 1, 0])
        return Said(torch.where(hidden[..., None], flat, pose_6d), betas)


def test_every_frame_is_judged_once_and_the_truth_is_without_error(test: Samples) -> None:
    assert sum(len(row) for row in test.windows.rows) > len(test.recordings) == 2 * 46
    shown = judging.predict(Echo(), test, samples.judged(test, 0.0))
    assert torch.equal(shown.pose_6d, test.pose_6d)
    assert torch.equal(shown.betas, test.betas[test.recordings])
    wrong = judging.errors(shown, test, HAND, mesh=True)
    assert {name: float(error.max()) < 1e-6 for name, error in wrong.items()} == dict.fromkeys(wrong, True)
    half = judging.errors(judging.predict(Echo(), test, samples.judged(test, 0.5)), test, HAND)
    assert float(half["shape"].max()) < 1e-6 < float(half["pose"].mean())


def test_judging_keeps_the_mode_of_the_network(test: Samples) -> None:
    for mode in (True, False):
        network = Echo().train(mode)
        judging.predict(network, test, samples.judged(test, 0.5))
        assert network.training is mode


def test_errors_are_those_by_which_baselines_are_scored(sim: data.SimHand, test: Samples) -> None:
    pose = test.pose_6d + 0.2 * torch.randn(test.pose_6d.shape, generator=torch.Generator().manual_seed(0))
    predicted = Predicted(pose, 0.5 * test.betas[test.recordings])
    scores, calibrations = Scores(HAND), takes.calibrations(sim, HAND)
    for k, entry in enumerate(test.entries):
        take = takes.read(sim, entry, HAND, calibrations[entry.subject])
        rows = test.recordings == k
        ruler = ruler_shape(take, 3, HAND)
        shapes = {"half": 0.5 * test.betas[k], "ruler": ruler}
        pairs = {("7", name): ("noisy", name) for name in shapes}
        scores.add(take, Guesses(poses={"noisy": pose[rows]}, shapes=shapes, pairs=pairs))
    ruled = judging.with_ruler(predicted, test, 3, HAND)
    for name, hands in {"half": predicted, "ruler": ruled}.items():
        found, expected = judging.in_mm(judging.errors(hands, test, HAND, mesh=True)), scores.means()["7", name]
        for score in ("mpjpe_mm", "mpvpe_mm", "shape_mm", "pose_mm"):
            assert found[score] == pytest.approx(getattr(expected, score), abs=2e-3), (name, score)


def test_measures_are_loops_over_recordings(test: Samples) -> None:
    pose = test.pose_6d + 0.1 * torch.randn(test.pose_6d.shape, generator=torch.Generator().manual_seed(1))
    predicted = Predicted(pose, test.betas[test.recordings])
    found = judging.measures(predicted, test, HAND)
    points = HAND.keypoints(betas=predicted.betas, hand_6d=pose)
    jitters = [metrics.jitter(points[test.recordings == k], 30.0) for k in range(2)]
    assert found["jitter_m_s3"] == pytest.approx(float(sum(jitters) / 2), abs=0.01)
    assert found["true_jitter_m_s3"] < found["jitter_m_s3"]
    errors = metrics.mpjpe(points, test.keypoints)
    thirds = [found[f"{name}_mm"] for name in ("slow", "middling", "fast")]
    assert sum(thirds) / 3 == pytest.approx(1000 * float(errors.mean()), rel=0.02)
    each = judging.by_recording_mm(errors, test)
    assert each == pytest.approx([1000 * float(errors[test.recordings == k].mean()) for k in range(2)], abs=1e-3)
