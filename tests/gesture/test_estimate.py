"""What networks answer: places, projections and means, against the camera and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.gesture import GestureNet, GestureNetConfig
from hands.gesture.estimate import Estimate, Readout, mean_rotation, places_of, seen, standing, wrist_of
from hands.gesture.labels import HandLabels
from hands.gesture.plain import PlainNet, PlainNetConfig
from tests.gesture.made_up_hands import SIDE, TINY, cameras, labels


@pytest.fixture(scope="module")
def hand() -> mano.Hand:
    return mano.load(dtype=torch.float64)


@pytest.fixture(scope="module")
def known(hand: mano.Hand) -> HandLabels:
    return labels(hand)


def test_the_wrist_stands_where_its_place_in_the_square_says(known: HandLabels) -> None:
    there = standing(wrist_of(known, SIDE), known.focal, known.centre, SIDE)
    torch.testing.assert_close(there, known.keypoints[:, 0], rtol=0, atol=1e-12)


def test_a_metre_at_the_wrist_is_as_long_in_the_square_as_is_told(known: HandLabels) -> None:
    for own, eye, wrist in zip(wrist_of(known, SIDE), cameras(5), known.keypoints[:, 0].numpy(), strict=True):
        ends = eye.project(np.stack([wrist, wrist + np.eye(3)[0]]))
        assert own[2].exp().item() == pytest.approx((ends[1, 0] - ends[0, 0]) / (SIDE / 2), rel=1e-12)
        assert own[:2].tolist() == pytest.approx((ends[0] / (SIDE / 2) - 1).tolist(), abs=1e-12)


def test_the_true_hand_is_seen_where_its_camera_sees_it(known: HandLabels) -> None:
    points = known.keypoints - known.keypoints[:, :1]
    found = seen(points, wrist_of(known, SIDE), known.focal, known.centre, SIDE)
    torch.testing.assert_close(found, known.pixels, rtol=0, atol=1e-9)


def test_what_is_farther_through_a_longer_lens_is_told_alike(known: HandLabels) -> None:
    """Of the wrist: what stands behind it is seen another way."""
    longer = known._replace(keypoints=known.keypoints * torch.tensor([1.0, 1.0, 2.0]), focal=2 * known.focal)
    torch.testing.assert_close(wrist_of(longer, SIDE), wrist_of(known, SIDE), rtol=0, atol=1e-12)


def test_places_are_of_the_square_and_of_a_box_about_the_wrist(known: HandLabels) -> None:
    deep = known._replace(keypoints=known.keypoints * torch.tensor([1.0, 1.0, 3.0], dtype=torch.float64))
    found = places_of(deep, SIDE).numpy()
    for b, k in np.ndindex(5, 21):
        depth = (deep.keypoints[b, k, 2] - deep.keypoints[b, 0, 2]).item()
        expected = [*(known.pixels[b, k].numpy() * 2 / SIDE - 1), np.clip(depth / 0.15, -1, 1)]
        np.testing.assert_allclose(found[b, k], expected, rtol=0, atol=1e-12)
    assert (np.abs(found[..., 2]) == 1).any()


def test_keypoints_are_those_of_the_hand_from_its_wrist(hand: mano.Hand, known: HandLabels) -> None:
    estimate = Estimate(known.global_rotmat, known.hand_rotmat, known.betas, wrist_of(known, SIDE))
    expected = known.keypoints - known.keypoints[:, :1]
    torch.testing.assert_close(estimate.keypoints(hand), expected, rtol=0, atol=1e-12)
    posed = estimate.posed(hand)
    torch.testing.assert_close(posed.keypoints - posed.joints[:, :1], expected, rtol=0, atol=1e-12)
    assert posed.vertices.shape == (5, 778, 3)


def test_mean_rotations_are_scipys() -> None:
    rotvec = 0.6 * np.random.default_rng(0).normal(size=(20, 3, 3))
    found = mean_rotation(mano.axis_angle_to_rotmat(torch.from_numpy(rotvec)))
    for k in range(3):
        np.testing.assert_allclose(found[k], Rotation.from_rotvec(rotvec[:, k]).mean().as_matrix(), atol=1e-12)


def test_networks_start_at_the_mean_hand(known: HandLabels) -> None:
    readout = Readout().double()
    nothing = torch.zeros(1, 16, 6), torch.zeros(1, 10), torch.zeros(1, 3)
    flat = readout(*(part.double() for part in nothing))
    torch.testing.assert_close(flat.hand_rotmat, torch.eye(3, dtype=torch.float64).expand(1, 15, 3, 3))
    readout.start(known, SIDE)
    found = readout(*(part.double() for part in nothing))
    matrices = torch.cat([known.global_rotmat[:, None], known.hand_rotmat], 1).numpy()
    for k, own in enumerate(torch.cat([found.global_rotmat[:, None], found.hand_rotmat], 1)[0]):
        np.testing.assert_allclose(own, Rotation.from_matrix(matrices[:, k]).mean().as_matrix(), atol=1e-12)
    torch.testing.assert_close(found.wrist[0], wrist_of(known, SIDE).mean(0))


def test_a_trunk_of_stage_1_is_taken_over_as_it_is() -> None:
    torch.manual_seed(0)
    pretrained, net = GestureNet(TINY), PlainNet(PlainNetConfig(TINY, hidden=8))
    picture = torch.rand(2, 3, SIDE, SIDE)
    net.take_over(pretrained)
    for own, other in zip(net.eval()(picture).said[:2], pretrained.eval()(picture)[:2], strict=True):
        assert torch.equal(own, other)
    with pytest.raises(ValueError, match="trunk to be taken over"):
        net.take_over(GestureNet(GestureNetConfig(TINY.net, hidden=9)))
