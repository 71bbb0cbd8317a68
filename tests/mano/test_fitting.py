"""Fitting, against hands whose pose and shape are known. All data is synthetic."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.conventions import KEYPOINT_NAMES
from hands.mano import KeypointsError, fit
from hands.mano.anatomy import angles_to_hand_pose, beyond_limits, hand_pose_to_angles, joint_axes
from hands.mano.keypoint_orders import KEYPOINT_ORDERS
from hands.metrics import mpjpe

from .tracked_hands import moving_hand, tracked, with_other_bones

INDEX_TIP = KEYPOINT_NAMES.index("index_tip")


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


@pytest.fixture(scope="module")
def moving(hand):
    """Pose and keypoints of two seconds of motion."""
    pose = moving_hand(hand, 11, 60)
    return pose, hand.keypoints(**pose)


def apart_mm(one, other):
    return 1000 * (one - other).norm(dim=-1)


# ---- what the points say, it finds ----


@pytest.mark.parametrize("fps", [None, 30.0])
def test_its_own_hands_are_found_again(hand, moving, fps):
    pose, keypoints = moving
    found = fit(keypoints, hand=hand, fps=fps)
    assert apart_mm(found.keypoints, keypoints).median() < 0.1
    assert apart_mm(found.keypoints, keypoints).max() < 0.5
    assert apart_mm(hand(**found.pose).vertices, hand(**pose).vertices).median() < 1.0
    assert float(found.noise) < 0.0003
    assert found.stretch.abs().max() < 0.005
    assert not found.unreached.any()


def test_a_single_frame_and_its_batch_shapes(hand, moving):
    _, keypoints = moving
    found = fit(keypoints[7], hand=hand)
    assert found.betas.shape == (10,)
    assert found.hand_pose.shape == (15, 3)
    assert found.global_orient.shape == found.transl.shape == (3,)
    assert found.keypoints.shape == found.completed.shape == (21, 3)
    assert found.noise.shape == ()
    assert apart_mm(hand.keypoints(**found.pose), keypoints[7]).max() < 0.5


def test_persons_in_a_batch_keep_their_own_shape(hand):
    poses = [moving_hand(hand, seed, 6) for seed in (1, 2, 3)]
    keypoints = torch.stack([hand.keypoints(**pose) for pose in poses])[None]
    found = fit(keypoints, hand=hand, fps=30.0)
    assert found.betas.shape == (1, 3, 10)
    assert found.stretch.shape == (1, 3, 20)
    assert found.hand_pose.shape == (1, 3, 6, 15, 3)
    assert hand(**found.pose).vertices.shape == (1, 3, 6, 778, 3)
    assert apart_mm(found.keypoints, keypoints).median() < 0.2
    true = torch.stack([pose["betas"] for pose in poses])
    assert (found.betas[0, :, :3] - true[:, :3]).abs().max() < 0.7, "size, breadth and slenderness"


def test_numpy_and_single_precision_are_taken(moving):
    _, keypoints = moving
    found = fit(keypoints[:4].numpy().astype(np.float32))
    assert found.keypoints.dtype == torch.float32
    assert apart_mm(found.keypoints.double(), keypoints[:4]).median() < 0.3


def test_moved_points_give_the_moved_hand(hand, moving):
    _, keypoints = moving
    turn, shift = torch.from_numpy(Rotation.random(random_state=5).as_matrix()), torch.tensor([0.5, -2.0, 1.0])
    here, there = fit(keypoints[:5], hand=hand), fit(keypoints[:5] @ turn.T + shift, hand=hand)
    torch.testing.assert_close(there.hand_pose, here.hand_pose, rtol=0, atol=0.01)
    torch.testing.assert_close(there.betas, here.betas, rtol=0, atol=0.02)
    torch.testing.assert_close(there.keypoints, here.keypoints @ turn.T + shift, rtol=0, atol=2e-4)


def test_a_left_hand_is_the_mirrored_right_one(hand, moving):
    _, keypoints = moving
    mirror = torch.tensor([-1.0, 1, 1], dtype=torch.float64)
    left = mano.load(side="left", dtype=torch.float64)
    found, right = fit(keypoints[:5] * mirror, hand=left), fit(keypoints[:5], hand=hand)
    torch.testing.assert_close(found.keypoints * mirror, right.keypoints, rtol=0, atol=1e-6)
    torch.testing.assert_close(found.hand_pose * torch.tensor([1.0, -1, -1]), right.hand_pose, rtol=0, atol=1e-4)


def test_a_known_shape_stays(hand, moving):
    pose, keypoints = moving
    found = fit(keypoints[:5], hand=hand, betas=pose["betas"])
    assert (found.betas == pose["betas"]).all()
    assert apart_mm(found.keypoints, keypoints[:5]).max() < 0.3


# ---- what trackers do to them ----


def test_knuckles_that_a_tracker_puts_elsewhere_do_not_bend_the_hand(hand):
    """MCPs 7 mm nearer to the wrist, as in an anatomical skeleton: the hand stays near the points."""
    pose = moving_hand(hand, 33, 60)
    pose["betas"] = torch.zeros(10, dtype=torch.float64)
    points = hand.keypoints(**pose)
    knuckles = [5, 9, 13, 17]
    points[:, knuckles] -= 0.007 * torch.nn.functional.normalize(points[:, knuckles] - points[:, :1], dim=-1)
    found = fit(points, hand=hand, fps=30.0)
    assert apart_mm(found.keypoints, points).mean() < 5
    assert found.stretch[[4, 8, 12, 16]].max() < 0.02, "the metacarpals look shorter, not longer"


@pytest.mark.parametrize("order", KEYPOINT_ORDERS)
def test_noisy_gappy_points_of_other_bones_in_every_order(hand, order):
    """3 mm of noise in every coordinate, 30 % of the points missing, every bone off by up to 10 %."""
    true = with_other_bones(hand.keypoints(**moving_hand(hand, 21, 90)), 21)
    reported, seen = tracked(true, 21, order)
    found = fit(reported, order=order, seen=seen, hand=hand, fps=30.0)
    noisy = true + torch.from_numpy(np.random.default_rng(21).normal(0, 0.003, true.shape))
    error, noise = 1000 * mpjpe(found.completed, true), 1000 * mpjpe(noisy, true)
    assert error.mean() < 4, "of all points, missing ones too"
    assert error.mean() < 0.6 * noise.mean()
    assert (error < noise).double().mean() > 0.95, "nearly every single frame"
    assert 0.0025 < float(found.noise) < 0.004


def test_frames_without_a_rate_are_at_least_nearer_than_the_noise_where_points_were_seen(hand):
    true = with_other_bones(hand.keypoints(**moving_hand(hand, 23, 60)), 23)
    reported, seen = tracked(true, 23)
    found = fit(reported, seen=seen, hand=hand)
    there = torch.from_numpy(seen)
    error = apart_mm(found.completed, true)[there]
    noise = apart_mm(torch.from_numpy(reported), true)[there]
    assert error.mean() < 0.8 * noise.mean()


def test_a_stray_point_is_reported_and_bends_nothing(hand, moving):
    _, keypoints = moving
    stray = keypoints[:20].clone()
    stray[:, INDEX_TIP] += torch.tensor([0.0, 0.1, 0.0])
    found = fit(stray, hand=hand, fps=30.0)
    assert found.unreached[:, INDEX_TIP].all()
    assert int(found.unreached.sum()) == 20
    assert found.distance[:, INDEX_TIP].min() > 0.05
    others = [k for k in range(21) if k != INDEX_TIP]
    assert apart_mm(found.keypoints, keypoints[:20])[:, others].median() < 0.5
    assert "index_tip in 20 of 20 frames" in found.report()


def test_a_finger_bent_backwards_stops_at_its_limit_and_says_so(hand):
    axes = joint_axes(hand.data)
    angles = torch.zeros(15, 3, dtype=torch.float64)
    angles[1, 0] = np.radians(-60)  # the index finger's PIP
    broken = hand.keypoints(hand_pose=angles_to_hand_pose(axes, angles))
    found = fit(broken, hand=hand)
    assert found.at_limit[1, 0]
    assert beyond_limits(hand_pose_to_angles(axes, found.hand_pose)).abs().max() < 1e-9
    assert "at its limit: flexion of index2" in found.report()


def test_a_shape_that_nobody_has_is_reported(hand, moving):
    _, keypoints = moving
    found = fit(keypoints[:3], hand=hand)
    assert "nobody's" not in found.report()
    assert "the shape is nobody's" in replace(found, betas=found.betas + 9).report()


def test_points_never_seen_follow_the_relaxed_hand(hand, moving):
    _, keypoints = moving
    seen = torch.ones(10, 21, dtype=torch.bool)
    seen[:, 17:] = False  # the little finger, in no frame
    points = torch.where(seen[..., None], keypoints[:10], torch.nan)
    found = fit(points, seen=seen, hand=hand, fps=30.0)
    assert found.keypoints.isfinite().all()
    assert found.distance[:, 17:].isnan().all()
    flexion = hand_pose_to_angles(joint_axes(hand.data), found.hand_pose)[:, 7, 0].rad2deg()
    torch.testing.assert_close(flexion, torch.full_like(flexion, 40), rtol=0, atol=6)


@pytest.mark.parametrize("fps", [None, 30.0])
def test_points_on_one_line_leave_the_turn_about_it_open_and_nothing_else(hand, moving, fps):
    """The index finger's MCP, PIP and DIP of a nearly straight finger, and nothing more."""
    pose = torch.zeros(4, 15, 3, dtype=torch.float64)
    points = hand.keypoints(hand_pose=pose)
    seen = torch.zeros(4, 21, dtype=torch.bool)
    seen[:, 5:8] = True
    found = fit(points, seen=seen, hand=hand, fps=fps)
    assert found.keypoints.isfinite().all()
    assert apart_mm(found.completed, points)[seen].max() < 1


# ---- what it refuses ----


def refused(points, match, error=KeypointsError, **arguments):
    call = fit
    while hasattr(call, "__wrapped__"):  # without jaxtyping's check, as a user has it
        call = call.__wrapped__
    with pytest.raises(error, match=match):
        call(points, **arguments)


def test_nan_is_refused_by_name(moving):
    points = moving[1][:5].clone()
    points[3, INDEX_TIP, 1] = torch.nan
    refused(points, r"index_tip of frame 3 is \[.*nan.*\]; say in `seen`")
    points[4, 0] = torch.inf
    refused(points, r"and 1 more points are no numbers")
    refused(points[None], r"index_tip of frame \(0, 3\)")
    refused(points[3], r"^index_tip is ")


def test_other_units_are_refused(moving):
    points = moving[1][:5]
    refused(1000 * points, r"spread over \d+ m, and a hand over 0.1 to 0.25 m: are they millimetres, or pixels\?")
    refused(points / 1000, r"are they metres already\?", order="leap")
    refused(0 * points, r"spread over 0 m")
    refused(torch.stack([points, 1000 * points]), r"points of sequence 1")


def test_lost_frames_and_far_points_are_refused(moving):
    points = moving[1][:5].clone()
    points[2] = 0
    refused(points, r"points of frame 2 are all in one place, as trackers write a hand that they lost; say in `seen`")
    points[2], points[3, 7, 0] = moving[1][2], 1e15
    refused(points, r"points of frame 3 are too far apart")


def test_too_few_points_are_refused(moving):
    points = moving[1][:5]
    seen = torch.ones(5, 21, dtype=torch.bool)
    seen[2, 2:] = False
    refused(points, r"only 2 points of frame 2 were seen, and 3 are the least", seen=seen)
    assert fit(points, seen=seen, fps=30.0).keypoints.isfinite().all(), "neighbours help"
    refused(points, r"only 0 points of frame 0", seen=torch.zeros(5, 21, dtype=torch.bool), fps=30.0)


def test_the_other_hand_is_refused(hand, moving):
    mirrored = moving[1] * torch.tensor([-1.0, 1, 1])
    refused(mirrored, r"look like a left hand's: off by .* mm mirrored; pass hand=mano.load\(side='left'\)", hand=hand)
    refused(moving[1], r"look like a right hand's", hand=mano.load(side="left"))


@pytest.mark.parametrize("fps", [None, 30.0])
def test_a_moving_hand_of_the_other_side_is_refused_at_any_rate(hand, fps):
    for seed in (31, 32):
        mirrored = hand.keypoints(**moving_hand(hand, seed, 40)) * torch.tensor([-1.0, 1, 1])
        refused(mirrored, "look like a left hand's", hand=hand, fps=fps)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"order": "openpose"}, r"no order 'openpose'; there are hands, mediapipe, openxr, webxr, leap, interhand"),
        ({"order": "webxr"}, r"shape \(5, 21, 3\), expected floats \(..., 25, 3\) in the order 'webxr': wrist, thumb-"),
        ({"seen": torch.ones(5, 20, dtype=torch.bool)}, r"seen is torch.bool of shape \(5, 20\), expected bool"),
        ({"seen": torch.ones(5, 21)}, r"seen is torch.float32"),
        ({"fps": 0.0}, r"fps is 0.0, expected frames per second"),
        ({"betas": torch.full((10,), torch.nan)}, r"betas have shape \(10,\), expected \(10,\), and no NaN"),
        ({"betas": torch.zeros(9)}, r"betas have shape \(9,\), expected \(10,\)"),
    ],
)
def test_wrong_arguments_are_refused(moving, arguments, match):
    refused(moving[1][:5], match, ValueError, **arguments)


def test_points_in_two_dimensions_are_refused(moving):
    refused(moving[1][..., :2], r"shape \(60, 21, 2\), expected floats \(..., 21, 3\)", ValueError)
    refused(moving[1].long(), r"keypoints are torch.int64", ValueError)
