"""Metrics against plain loops, scipy's Procrustes, polynomials of time and other closed forms."""

import math

import numpy as np
import pytest
import roma
import torch
from scipy.spatial import procrustes

from hands import metrics
from hands.conventions import FINGERS, KEYPOINT_NAMES, KEYPOINT_PARENTS


@pytest.fixture
def points():
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(4, 21, 3, dtype=torch.float64, generator=generator) for _ in range(2)]


def test_mpjpe_is_a_mean_of_distances(points):
    predicted, true = points
    for b in range(4):
        distances = [math.dist(predicted[b, k] - predicted[b, 0], true[b, k] - true[b, 0]) for k in range(21)]
        assert metrics.mpjpe(predicted, true)[b].item() == pytest.approx(sum(distances) / 21, abs=1e-14)


def test_mpjpe_does_not_score_position(points):
    predicted, true = points
    moved = predicted + torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    torch.testing.assert_close(metrics.mpjpe(moved, true), metrics.mpjpe(predicted, true))


def test_metrics_leave_their_arguments_alone(points):
    before = [p.clone() for p in points]
    metrics.mpjpe(*points)
    metrics.pa_mpjpe(*points)
    metrics.mpvpe(*points, points[0][:, 0], points[1][:, 0])
    assert all(torch.equal(a, b) for a, b in zip(points, before, strict=True))


def test_mpvpe_aligns_each_mesh_at_its_wrist(points):
    predicted, true = points
    wrists = predicted[:, 0] + 1.0, true[:, 0] - 2.0
    expected = ((predicted - wrists[0][:, None]) - (true - wrists[1][:, None])).norm(dim=-1).mean(-1)
    torch.testing.assert_close(metrics.mpvpe(predicted, true, *wrists), expected)


def test_scaled_mpjpe_centres_on_the_knuckle_and_takes_the_true_length_of_the_palm(points):
    predicted, true = points
    knuckle = KEYPOINT_NAMES.index("middle1")
    for b in range(4):
        longer = math.dist(true[b, 0], true[b, knuckle]) / math.dist(predicted[b, 0], predicted[b, knuckle])
        moved = [(true[b, knuckle] + longer * (p - predicted[b, knuckle])).tolist() for p in predicted[b]]
        expected = sum(math.dist(m, t) for m, t in zip(moved, true[b].tolist(), strict=True)) / 21
        assert metrics.scaled_mpjpe(predicted, true)[b].item() == pytest.approx(expected, abs=1e-14)


def test_scaled_mpjpe_forgives_place_and_size_but_no_turn(points):
    true = points[1]
    turned = true @ roma.rotvec_to_rotmat(torch.tensor([0.0, 0.3, 0.0], dtype=torch.float64)).mT
    assert metrics.scaled_mpjpe(1.7 * true - 3, true).max() < 1e-14
    assert metrics.scaled_mpjpe(turned, true).min() > 0.1


def test_pa_mpjpe_agrees_with_scipy(points):
    """scipy scales the truth to unit norm; undo that, and forbid the reflection that it allows by choosing det > 0."""
    generator = torch.Generator().manual_seed(3)
    true = points[1]
    predicted = true + 0.1 * torch.randn(true.shape, dtype=torch.float64, generator=generator)
    for b in range(4):
        unit_true, aligned, _ = procrustes(true[b].numpy(), predicted[b].numpy())
        norm = np.linalg.norm(true[b] - true[b].mean(0))
        expected = norm * np.linalg.norm(unit_true - aligned, axis=1).mean()
        assert metrics.pa_mpjpe(predicted, true)[b].item() == pytest.approx(expected, abs=1e-12)


def test_pa_mpjpe_forgives_a_similarity(points):
    true = points[0]
    rotation = roma.random_rotmat(4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    predicted = 1.7 * true @ rotation.mT + 0.3
    assert metrics.pa_mpjpe(predicted, true).max() < 1e-12


def test_pa_mpjpe_does_not_forgive_a_mirror(points):
    true = points[0]
    mirrored = true * torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)
    assert metrics.pa_mpjpe(mirrored, true).min() > 0.1


def test_orientation_error_is_the_angle():
    axis = torch.tensor([2.0, -3.0, 6.0], dtype=torch.float64) / 7
    a = roma.rotvec_to_rotmat(0.3 * axis)
    b = roma.rotvec_to_rotmat(1.0 * axis)
    assert metrics.orientation_error(a, b).item() == pytest.approx(0.7, abs=1e-12)


# ---- parts of a hand ----


def test_per_finger_is_a_loop_over_four_keypoints_each(points):
    predicted, true = points
    found = metrics.per_finger(predicted, true)
    assert found.shape == (4, 5)
    for f, finger in enumerate(FINGERS):
        own = [k for k, name in enumerate(KEYPOINT_NAMES) if name.startswith(finger)]
        shift = predicted[2, 0] - true[2, 0]
        distances = [math.dist(predicted[2, k] - shift, true[2, k]) for k in own]
        assert len(own) == 4
        assert found[2, f].item() == pytest.approx(sum(distances) / 4, abs=1e-14)
    torch.testing.assert_close(20 / 21 * found.mean(-1), metrics.mpjpe(predicted, true))


def test_bone_lengths_are_told_apart_by_their_parents(points):
    predicted, true = points
    found = metrics.bone_length_error(predicted, true)
    for b in range(4):
        differences = [
            abs(math.dist(predicted[b, k], predicted[b, p]) - math.dist(true[b, k], true[b, p]))
            for k, p in enumerate(KEYPOINT_PARENTS)
            if p >= 0
        ]
        assert found[b].item() == pytest.approx(sum(differences) / 20, abs=1e-14)


def test_a_hand_a_tenth_too_large_has_bones_a_tenth_too_long(points):
    """Of fingers bent one way or the other; and no turn or place of the hand changes it."""
    true = points[0]
    rotation = roma.random_rotmat(4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    larger = 1.1 * true @ rotation.mT + 0.5
    mean = torch.stack([(true[:, k] - true[:, p]).norm(dim=-1) for k, p in enumerate(KEYPOINT_PARENTS) if p >= 0])
    torch.testing.assert_close(metrics.bone_length_error(larger, true), 0.1 * mean.mean(0))


# ---- movements ----


FPS = 30
TIMES = torch.arange(12, dtype=torch.float64) / FPS


def polynomial(*coefficients):
    """Keypoints (time, 21, 3) that move from the wrist as polynomials of time, in metres and seconds."""
    return sum(c[None] * TIMES[:, None, None] ** k for k, c in enumerate(coefficients))


def still_at_the_wrist(points):
    """Two sets of coefficients (21, 3) whose wrist is at rest."""
    free = torch.ones(21, 1, dtype=torch.float64)
    free[0] = 0
    return [p * free for p in points]


def test_the_jerk_of_a_cubic_is_six_times_its_coefficient(points):
    cubic = points[0][:, :, None].permute(2, 0, 1, 3).reshape(-1, 21, 3)
    place, speed, acceleration, jerk = still_at_the_wrist(cubic[:4])
    expected = 6 * jerk.norm(dim=-1).mean()
    found = metrics.jitter(polynomial(place, speed, acceleration, jerk), FPS)
    assert found.item() == pytest.approx(expected.item(), rel=1e-9)
    assert metrics.jitter(polynomial(place, speed, acceleration), FPS).item() < 1e-9


def test_jitter_is_a_loop_over_four_frames(points):
    motion = metrics.wrist_aligned(points[0])
    frames = [motion[t] for t in range(4)]
    third = frames[3] - 3 * frames[2] + 3 * frames[1] - frames[0]
    expected = sum(math.hypot(*row) for row in third.tolist()) / 21 * 60.0**3
    assert metrics.jitter(points[0], 60.0).item() == pytest.approx(expected, rel=1e-12)


def test_the_error_of_a_parabolas_acceleration_is_twice_that_of_its_coefficient(points):
    """A wrong place and a wrong speed are not its business."""
    place, speed = still_at_the_wrist(points[0][:2])
    curve, other = still_at_the_wrist(points[1][:2])
    predicted, true = polynomial(place, speed, curve), polynomial(speed, place, other)
    expected = 2 * (curve - other).norm(dim=-1).mean()
    assert metrics.acceleration_error(predicted, true, FPS).item() == pytest.approx(expected.item(), rel=1e-9)


def test_movements_are_told_from_the_wrist_and_one_recording_at_a_time(points):
    """A hand that is carried about does not tremble; a batch is what each recording has alone."""
    both = torch.stack([polynomial(*points[0]), polynomial(*points[1])])
    carried = both + TIMES.sin()[:, None, None]
    for found, expected in (
        (metrics.jitter(carried, FPS), [metrics.jitter(motion, FPS) for motion in both]),
        (metrics.speed(carried, FPS), [metrics.speed(motion, FPS) for motion in both]),
        (
            metrics.acceleration_error(carried, both.flip(0), FPS),
            [metrics.acceleration_error(both[k], both[1 - k], FPS) for k in range(2)],
        ),
    ):
        torch.testing.assert_close(found, torch.stack(expected))


def test_speed_is_numpys_gradient(points):
    motion = polynomial(*points[0])
    aligned = (motion - motion[:, :1]).numpy()
    expected = np.linalg.norm(np.gradient(aligned, 1 / FPS, axis=0), axis=-1).mean(-1)
    np.testing.assert_allclose(metrics.speed(motion, FPS), expected, rtol=1e-12)


def test_terciles_are_thirds_of_the_ranks():
    generator = torch.Generator().manual_seed(2)
    errors, values = torch.rand(2, 7, 50, dtype=torch.float64, generator=generator)
    ranked = [e for _, e in sorted(zip(values.flatten().tolist(), errors.flatten().tolist(), strict=True))]
    expected = [np.mean(ranked[:117]), np.mean(ranked[117:234]), np.mean(ranked[234:])]
    np.testing.assert_allclose(metrics.by_tercile(errors, values), expected, rtol=1e-12)


def test_metrics_of_movements_leave_their_arguments_alone(points):
    before = [p.clone() for p in points]
    metrics.per_finger(*points)
    metrics.bone_length_error(*points)
    metrics.jitter(points[0], FPS)
    metrics.acceleration_error(*points, FPS)
    metrics.by_tercile(metrics.mpjpe(*points), metrics.speed(points[1], FPS))
    assert all(torch.equal(a, b) for a, b in zip(points, before, strict=True))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda p: metrics.jitter(p[:3], FPS), "3 frames, expected 4 or more"),
        (lambda p: metrics.acceleration_error(p[:2], p[:2], FPS), "2 frames, expected 3 or more"),
        (lambda p: metrics.speed(p[:1], FPS), "1 frames, expected 2 or more"),
        (lambda p: metrics.speed(p, 0), "fps is 0, expected a positive"),
        (lambda p: metrics.jitter(p, -30.0), "fps is -30.0, expected a positive"),
        (lambda p: metrics.by_tercile(p[:2, 0, 0], p[:2, 0, 0]), "the same 3 frames or more"),
    ],
)
def test_too_few_frames_and_impossible_rates_are_refused(points, call, said):
    with pytest.raises(ValueError, match=said):
        call(points[0])
