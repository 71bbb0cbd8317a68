"""What the checkers of *What a perfect IMU measures* take for the truth; and each of their hints."""

import numpy as np
import pytest
import torch

from hands import check, imu
from hands.check import perfect_imu


def cross(a, b):
    return torch.linalg.cross(a, b)


def test_a_lever_is_carried_as_the_textbook_says():
    w, dw, r = torch.randn(3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.testing.assert_close(perfect_imu._carried(w, dw, r), cross(dw, r) + cross(w, cross(w, r)), rtol=0, atol=1e-6)


@pytest.mark.parametrize("x", [0.01, 0.3, 0.9, 1.7])
def test_the_response_is_sinc_squared(x):
    assert perfect_imu._response(x) == pytest.approx(np.sinc(x) ** 2, abs=1e-12)


def test_up_is_the_third_row_of_the_orientation():
    degrees = [-100.0, 40.0, 70.0]
    torch.testing.assert_close(
        perfect_imu._up_seen_from(degrees), 9.81 * perfect_imu._rotmat(degrees)[2], rtol=0, atol=1e-12
    )


def test_a_shaken_sensor_is_that_of_the_library():
    """Its rates integrate to a rotation that returns, and its forces, turned back, average to gravity."""
    acc, gyro, fps = perfect_imu._shaken([70.0, 20.0, -40.0], 70.0, 0.05)
    R = imu.integrate_gyro(gyro, perfect_imu._rotmat([70.0, 20.0, -40.0]), fps)
    mean = (R @ acc[..., None])[..., 0].mean(0)
    torch.testing.assert_close(mean, torch.tensor([0, 0, 9.81]).double(), rtol=0, atol=0.02)
    assert acc.norm(dim=-1).std() > 1


def test_turning_readings_back_is_integration_by_the_library():
    acc, gyro, fps = perfect_imu._shaken([10.0, 20.0, 30.0], 40.0, 0.1)
    R = imu.integrate_gyro(gyro, torch.eye(3).double(), fps)
    torch.testing.assert_close(perfect_imu._in_first(acc, gyro, fps), (R @ acc[..., None])[..., 0], rtol=0, atol=1e-9)


def up(acc, gyro, fps):
    mean = perfect_imu._in_first(acc, gyro, fps).mean(0)
    return mean / mean.norm()


def frames(response):
    return lambda *case: perfect_imu._frames(*case, response)


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("force_at_rest", lambda R: -9.81 * R[2], "gravity's own"),
        ("force_at_rest", lambda R: 9.81 * R[:, 2], "its transpose"),
        ("force_at_rest", lambda R: torch.tensor([0, 0, 9.81]), "in the world's axes"),
        ("force_at_rest", lambda R: R[2], "multiply by 9.81"),
        ("force_at_rest", lambda R: torch.zeros(3), "held up"),
        ("rate_between", lambda a, b, dt: perfect_imu._log(b @ a.T) / dt, "world's axes"),
        ("rate_between", lambda a, b, dt: perfect_imu._log(b.T @ a) / dt, "the other way"),
        ("rate_between", lambda a, b, dt: perfect_imu._log(a @ b.T) / dt, "before.T @ after"),
        ("rate_between", lambda a, b, dt: perfect_imu._log(a.T @ b) * dt, "do not multiply"),
        ("rate_between", lambda a, b, dt: perfect_imu._log(a.T @ b), "divide by the time"),
        ("rate_between", lambda a, b, dt: perfect_imu._log(a.T @ b) / dt / 2, "not 2 dt"),
        ("rate_between", lambda a, b, dt: torch.rad2deg(perfect_imu._log(a.T @ b)) / dt, "degrees per second"),
        ("rate_between", perfect_imu._by_matrices, "take the logarithm"),
        ("rate_between", lambda a, b, dt: (perfect_imu._log(b) - perfect_imu._log(a)) / dt, "no turn"),
        ("force_at_tip", lambda f, w, dw, r: f + cross(r, dw) + cross(w, cross(w, r)), "wrong way round"),
        ("force_at_tip", lambda f, w, dw, r: f + cross(dw, r) - cross(w, cross(w, r)), "inwards"),
        ("force_at_tip", lambda f, w, dw, r: f + cross(dw, r) - (w @ w) * r, "takes that part"),
        ("force_at_tip", lambda f, w, dw, r: f + cross(dw, r) + (w @ w) * r, "points outwards, and"),
        (
            "force_at_tip",
            lambda f, w, dw, r: f + cross(dw, r) + cross(w, cross(w, r)) - torch.tensor([0, 0, 9.81]),
            "do not take it away",
        ),
        ("force_at_tip", lambda f, w, dw, r: f + cross(w, cross(w, r)), "changing rate is missing"),
        ("force_at_tip", lambda f, w, dw, r: f + cross(dw, r), "term is missing, or zero"),
        ("force_at_tip", lambda f, w, dw, r: f + cross(dw, r) + cross(cross(w, w), r), "term is missing, or zero"),
        ("force_at_tip", lambda f, w, dw, r: cross(dw, r) + cross(w, cross(w, r)), "palm feels is missing"),
        (
            "force_at_tip",
            lambda f, w, dw, r: f + cross(dw, r) + cross(w, cross(w, r)) + torch.tensor([0, 0, 9.81]),
            "do not add it again",
        ),
        ("half_window_frames", frames(lambda x: (np.sin(x) / x) ** 2), "a pi inside: sin"),
        ("half_window_frames", lambda fps, f, kept: max(1, round(fps / 30)), "own 1/30 s"),
        ("half_window_frames", frames(np.sinc), "square of sinc"),
        ("half_window_frames", frames(lambda x: np.sinc(np.pi * x) ** 2), "pi inside"),
        ("half_window_frames", lambda *case: perfect_imu._frames(*case, perfect_imu._response) + 1, "one too many"),
        ("half_window_frames", lambda *case: perfect_imu._frames(*case, perfect_imu._response, 0), "never less"),
        ("half_window_frames", lambda fps, *c: perfect_imu._frames(fps, *c, perfect_imu._response) / fps, "seconds"),
        ("which_way_is_up", lambda acc, gyro, fps: acc[0] / acc[0].norm(), "one moment"),
        ("which_way_is_up", lambda acc, gyro, fps: acc.mean(0) / acc.mean(0).norm(), "other axes"),
        (
            "which_way_is_up",
            lambda acc, gyro, fps: perfect_imu._unit(perfect_imu._in_first(acc, gyro, fps, back=True).mean(0)),
            "wrong way",
        ),
        ("which_way_is_up", lambda *case: -up(*case), "that is down"),
        ("which_way_is_up", lambda *case: perfect_imu._in_first(*case).mean(0), "make its length 1"),
        ("which_way_is_up", lambda *case: perfect_imu._in_first(*case).sum(0), "number of frames"),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
