"""What the checkers of *Seeing hands* take for the truth; and each of their hints."""

import numpy as np
import pytest

from hands import check, gesture
from hands.check import seeing_hands
from tests.check.mistakes_seeing_hands import MISTAKES


def right_range(pixels, distance, focal, centre):
    ray = np.concatenate([(pixels - centre) / focal, np.ones((len(pixels), 1))], 1)
    return distance[:, None] * ray / np.linalg.norm(ray, axis=1)[:, None]


def test_points_on_rays_are_seen_at_their_pixels_by_the_library():
    (pixels, distance, focal, centre), points = seeing_hands._rays([0.1, -0.3], [-0.2, 0.4], [0.5, 0.7])
    camera = gesture.Camera(np.eye(3), np.zeros(3), focal, 200, tuple(centre))
    np.testing.assert_allclose(camera.project(points), pixels, rtol=0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), distance, rtol=0, atol=1e-12)


def test_halving_finds_the_closed_form():
    points = np.random.default_rng(3).uniform(-0.1, 0.1, (21, 3))
    x, y, z = points.T
    closed = (700 * np.hypot(x, y) * np.abs(z) / 0.8 - z).max()
    assert seeing_hands._nearest(points, 700.0, 0.8) == pytest.approx(closed, abs=1e-6)


def test_a_cutting_shows_a_point_where_it_was():
    focal, cx, cy = seeing_hands._cut(500.0, 320.0, 240.0, 300.0, 200.0, 100.0, 128.0)
    old = np.array([500 * 0.1 / 0.7 + 320, 500 * -0.05 / 0.7 + 240])
    new = np.array([focal * 0.1 / 0.7 + cx, focal * -0.05 / 0.7 + cy])
    np.testing.assert_allclose(new, (old - [300, 200]) * 1.28, rtol=0, atol=1e-9)


def test_a_hand_is_found_where_it_was_put():
    points = np.random.default_rng(4).uniform(-0.1, 0.1, (21, 3))
    case, wrist = seeing_hands._projected(points, np.array([0.1, -0.2, 0.7]), 300.0, np.array([50.0, 80.0]))
    np.testing.assert_allclose(seeing_hands._solved(*case), wrist, rtol=0, atol=1e-12)


def cut(f, cx, cy, left, top, side, size):
    return np.array([f, cx - left, cy - top]) * size / side


def seen(*case, **mistake):
    return seeing_hands._seen(*case, **mistake)


def solved(*case):
    return seeing_hands._solved(*case)


def far(points, scale, tolerance):
    return seeing_hands._errors(points, scale) / tolerance


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("cropped_camera", MISTAKES["cropped_camera"], "length in pixels too"),
        ("cropped_camera", lambda f, cx, cy, x, y, side, size: cut(f, cx, cy, x, y, size, side), "not by side / size"),
        (
            "cropped_camera",
            lambda f, cx, cy, x, y, side, size: cut(f, cx, cy, 0, 0, side, size) - np.array([0, x, y]),
            "cut off first",
        ),
        ("cropped_camera", lambda f, cx, cy, x, y, side, size: cut(f, cx, cy, -x, -y, side, size), "subtract them"),
        (
            "cropped_camera",
            lambda f, cx, cy, x, y, side, size: (f * size / side, size / 2, size / 2),
            "not where the camera's axis",
        ),
        ("cropped_camera", lambda f, cx, cy, x, y, side, size: cut(f, cx, cy, 0, 0, side, size), "has moved"),
        ("from_range", MISTAKES["from_range"], "longer than 1"),
        ("from_range", lambda p, d, f, c: right_range(p, d, f, 0 * c), "subtract the centre: "),
        ("from_range", lambda p, d, f, c: right_range((p - c) * f, d, 1, 0 * c), "do not multiply"),
        ("from_range", lambda p, d, f, c: right_range(p, d, 1, c), "pixels are not metres"),
        ("from_range", lambda p, d, f, c: right_range(p / f, d, 1, c), "first subtract"),
        ("far_enough", MISTAKES["far_enough"], "take z away"),
        ("far_enough", lambda p, s, t: (far(p, s, t) + p[:, 2]).max(), "minus z, not plus"),
        (
            "far_enough",
            lambda p, s, t: s * np.hypot(*p.T[:2]).max() * np.abs(p[:, 2]).max() / t - p[:, 2].min(),
            "different points",
        ),
        ("far_enough", lambda p, s, t: (far(p, s, t) - p[:, 2]).mean(), "not the mean"),
        (
            "far_enough",
            lambda p, s, t: (s * np.hypot(*p.T[:2]) * p[:, 2] / t - p[:, 2]).max(),
            "absolute value",
        ),
        (
            "far_enough",
            lambda p, s, t: (s * np.abs(p[:, :2]).sum(1) * np.abs(p[:, 2]) / t - p[:, 2]).max(),
            "root of",
        ),
        ("keypoints_seen", MISTAKES["keypoints_seen"], "depth[v, u]"),
        ("keypoints_seen", lambda *case: seen(*case, empty=True), "there is no hand"),
        ("keypoints_seen", lambda *case: seen(*case, whole=np.round), "take the floor"),
        ("keypoints_seen", lambda *case: ~seen(*case), "hidden ones"),
        ("keypoints_seen", lambda p, d, f, c, flesh: seen(p, d, f, c, 0.0), "inside the hand"),
        ("keypoints_seen", lambda p, d, f, c, flesh: seen(p, d, f, c, 9.0), "must be small"),
        ("keypoints_seen", lambda p, d, f, c, flesh: seen(p, d, f, c, 9.0, empty=True), "larger depth"),
        ("where_is_the_hand", seeing_hands._weakly, "depth of its own"),
        ("where_is_the_hand", MISTAKES["where_is_the_hand"], "subtract the centre"),
        ("where_is_the_hand", lambda *case: solved(*case) * [1, 1, -1], "a sign"),
        ("where_is_the_hand", lambda *case: -solved(*case), "moved the camera"),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
