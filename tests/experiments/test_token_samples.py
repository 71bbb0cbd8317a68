"""Batches of hands: the pictures of stage 1, and labels that belong to them as they were changed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands.experiments.gesture_samples import Batches
from hands.experiments.token_samples import HandBatches, HandSamples
from hands.gesture.augmentation import Augmentation
from hands.gesture.labels import HandLabels, project
from tests.experiments.made_up_pictures import MadeUpHands

LARGE = Augmentation(turn=0.5, turned=1.0)


@pytest.fixture(scope="module")
def samples() -> HandSamples:
    return HandSamples.of(MadeUpHands(2), "train", 32)


@pytest.fixture(scope="module")
def batches(samples: HandSamples) -> HandBatches:
    return HandBatches(samples, batch=6, steps=10, seed=3, augmentation=LARGE)


def test_labels_are_of_the_pictures_of_their_split(samples: HandSamples) -> None:
    pictures = MadeUpHands(2)
    which = np.flatnonzero(np.isin(pictures.subject, (1, 2)))
    assert len(samples) == len(which) == len(samples.labels.betas)
    np.testing.assert_array_equal(samples.labels.betas, pictures.betas[which])
    np.testing.assert_array_equal(samples.labels.keypoints, pictures.keypoints[which])
    turned = Rotation.from_rotvec(pictures.global_orient[which]).as_matrix()
    np.testing.assert_allclose(samples.labels.global_rotmat, turned, atol=1e-6)
    assert samples.side == 32


def test_keypoints_are_in_the_middle_of_their_square_where_its_camera_sees_them(samples: HandSamples) -> None:
    own = samples.labels
    seen = project(own.keypoints, own.focal, own.centre)
    torch.testing.assert_close(seen, own.pixels, rtol=0, atol=1e-3)
    extent = own.pixels.amax(1) - own.pixels.amin(1)
    torch.testing.assert_close((own.pixels.amax(1) + own.pixels.amin(1)) / 2, torch.full((len(samples), 2), 16.0))
    torch.testing.assert_close(extent.amax(1), torch.full((len(samples),), 32 / 1.25**2))


def test_pictures_are_those_of_stage_1_and_rows_those_of_the_whole(batches: HandBatches) -> None:
    whole, stage1 = batches(4), Batches(batches.samples, 6, 10, 3, LARGE)(4)
    assert all(torch.equal(whole[name], stage1[name]) for name in stage1)
    parts = [batches(4, rows) for rows in (slice(0, 2), slice(2, 6))]
    for name in (*HandLabels._fields, "pictures"):
        assert torch.equal(whole[name], torch.cat([part[name] for part in parts]))
    for own, count in zip((whole, *parts), (6, 2, 4), strict=True):
        assert sorted(own["others"].tolist()) == list(range(count))
        assert not (own["others"] == torch.arange(count)).any()
    assert torch.equal(whole["others"], batches(4)["others"])
    assert any(not torch.equal(whole["others"], batches(step)["others"]) for step in range(3))
    halves = [[batches(step, rows)["others"] for rows in (slice(0, 3), slice(3, 6))] for step in range(8)]
    assert any(not torch.equal(*pair) for pair in halves)


def test_labels_are_changed_as_the_picture_is(batches: HandBatches) -> None:
    """The camera of the changed square sees the changed keypoints where they are said to be; hands keep their pose."""
    batch, which = batches(2), batches.drawn(2)
    before = batches.samples.labels.some(which)
    seen = project(batch["keypoints"], batch["focal"], batch["centre"])
    torch.testing.assert_close(seen, batch["pixels"], rtol=0, atol=1e-3)
    assert not torch.allclose(batch["pixels"], before.pixels, atol=0.5)
    turn = batch["global_rotmat"] @ before.global_rotmat.mT
    torch.testing.assert_close(batch["keypoints"], before.keypoints @ turn.mT, rtol=0, atol=1e-5)
    assert torch.equal(batch["hand_rotmat"], before.hand_rotmat)
