"""Scores against loops over frames, and their parts against what they mean."""

from __future__ import annotations

import pytest
import torch

from hands import mano
from hands.data import Entry
from hands.experiments.scoring import Guesses, Scores
from hands.experiments.takes import Take, sixd
from hands.mano import axis_angle_to_rotmat
from hands.metrics import wrist_aligned

HAND = mano.load()
G = torch.Generator().manual_seed(0)
ENTRY = Entry("S01", "ROM13", "test", 0, 7)


def take(frames: int = 7) -> Take:
    rotmat = axis_angle_to_rotmat(0.3 * torch.randn(frames, 15, 3, generator=G))
    betas = torch.randn(10, generator=G)
    keypoints = wrist_aligned(HAND.keypoints(betas=betas, hand_rotmat=rotmat))
    return Take(ENTRY, {}, {}, {}, rotmat, betas, keypoints)


def guesses(truth: Take) -> Guesses:
    pose = sixd(axis_angle_to_rotmat(0.3 * torch.randn(len(truth), 15, 3, generator=G)))
    return Guesses(
        poses={"true": sixd(truth.rotmat), "off": pose},
        shapes={"true": truth.betas, "off": torch.zeros(10)},
        pairs={("7", f"{p} {s}"): (p, s) for p in ("true", "off") for s in ("true", "off")},
        keypoints={("7", "points"): truth.keypoints + torch.tensor([0.0, 0.003, 0.004])},
    )


def test_scores_are_means_over_all_frames_of_loops_over_points() -> None:
    scores, expected = Scores(HAND), []
    for truth in (take(7), take(4)):
        said = guesses(truth)
        scores.add(truth, said)
        for t in range(len(truth)):
            true = HAND(betas=truth.betas, hand_rotmat=truth.rotmat[t])
            found = HAND(betas=said.shapes["off"], hand_6d=said.poses["off"][t])
            shift = found.joints[0] - true.joints[0]
            points = [float((a - shift - b).norm()) for a, b in zip(found.keypoints, true.keypoints, strict=True)]
            mesh = [float((a - shift - b).norm()) for a, b in zip(found.vertices, true.vertices, strict=True)]
            expected.append((sum(points) / 21, sum(mesh) / len(mesh)))
    score = scores.means()["7", "off off"]
    assert score.frames == 11
    assert score.mpjpe_mm == pytest.approx(1000 * sum(e[0] for e in expected) / 11, abs=1e-3)
    assert score.mpvpe_mm == pytest.approx(1000 * sum(e[1] for e in expected) / 11, abs=1e-3)


def test_the_parts_are_the_scores_of_half_true_hands() -> None:
    truth, scores = take(), Scores(HAND)
    scores.add(truth, guesses(truth))
    found = scores.means()
    assert found["7", "true true"].mpjpe_mm == pytest.approx(0, abs=1e-3)
    assert found["7", "off off"].shape_mm == found["7", "true off"].shape_mm
    assert found["7", "true off"].shape_mm == pytest.approx(found["7", "true off"].mpjpe_mm, abs=1e-3)
    assert found["7", "off true"].pose_mm == pytest.approx(found["7", "off true"].mpjpe_mm, abs=1e-3)
    assert found["7", "off true"].shape_mm == pytest.approx(0, abs=1e-3)
    assert found["7", "true off"].mpjpe_mm > 1


def test_points_alone_have_no_mesh_and_no_parts_and_their_place_is_not_scored() -> None:
    truth, scores = take(), Scores(HAND)
    scores.add(truth, guesses(truth))
    score = scores.means()["7", "points"]
    assert (score.mpvpe_mm, score.shape_mm, score.pose_mm) == (None, None, None)
    assert score.mpjpe_mm == pytest.approx(0, abs=1e-3)


def test_without_the_mesh_the_rest_is_the_same() -> None:
    truth, whole, quick = take(), Scores(HAND), Scores(HAND, mesh=False)
    said = guesses(truth)
    whole.add(truth, said)
    quick.add(truth, said)
    for method, score in whole.means().items():
        found = quick.means()[method]
        assert found.mpvpe_mm is None
        assert found.mpjpe_mm == pytest.approx(score.mpjpe_mm, abs=1e-3)
        assert (found.shape_mm, found.pose_mm) == (score.shape_mm, score.pose_mm)
