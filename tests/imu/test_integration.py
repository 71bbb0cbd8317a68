"""The way back from signals to places and orientations."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import cumulative_trapezoid
from scipy.spatial.transform import Rotation

from hands import imu
from tests.imu.movements import GRAVITY, movement, wobbling


def swing_with_wobble(fps, seconds=10.0):
    """60 degrees to and fro at 2 Hz, about an axis that wobbles."""
    t = np.arange(round(seconds * fps) + 1)[:, None] / fps
    swing = Rotation.from_rotvec(np.radians(60) * np.sin(4 * np.pi * t) * [0, 0, 1])
    wobble = Rotation.from_rotvec(0.3 * np.concatenate([np.sin(6 * t), np.cos(5 * t), 0 * t], 1))
    return torch.from_numpy((wobble * swing).as_matrix())


def degrees_off(rotation, fps, rates, integration):
    gyro = imu.angular_rate(rotation, fps, rates)
    found = imu.integrate_gyro(gyro, rotation[0], fps, integration)
    return np.degrees((Rotation.from_matrix(rotation).inv() * Rotation.from_matrix(found)).magnitude()).max()


@pytest.mark.parametrize("fps", [30.0, 60.0, 120.0])
def test_mean_rates_held_lead_back_without_error(fps):
    assert degrees_off(swing_with_wobble(fps), fps, "forward", "forward") < 1e-6


@pytest.mark.parametrize(("fps", "degrees"), [(60.0, 1.0), (30.0, 4.0)])
def test_rates_at_frames_lead_back_by_trapezoids(fps, degrees):
    assert degrees_off(swing_with_wobble(fps), fps, "central", "central") < degrees


@pytest.mark.parametrize(("fps", "degrees"), [(60.0, 10.0), (30.0, 20.0)])
def test_rates_at_frames_must_not_be_held(fps, degrees):
    assert degrees_off(swing_with_wobble(fps), fps, "central", "forward") > degrees


def test_it_agrees_with_scipy_one_frame_after_the_other():
    rng = np.random.default_rng(0)
    gyro, start = rng.normal(0, 5, (50, 3)), Rotation.random(rng=1)
    forward, central = [start], [start]
    for t in range(49):
        forward.append(forward[-1] * Rotation.from_rotvec(gyro[t] / 60))
        central.append(central[-1] * Rotation.from_rotvec((gyro[t] + gyro[t + 1]) / 120))
    for scheme, turns in (("forward", forward), ("central", central)):
        got = imu.integrate_gyro(torch.from_numpy(gyro), torch.from_numpy(start.as_matrix()), 60.0, scheme)
        np.testing.assert_allclose(got, Rotation.concatenate(turns).as_matrix(), rtol=0, atol=1e-13)


@given(st.integers(1, 70), st.lists(st.integers(1, 3), max_size=2))
@settings(max_examples=25)
def test_mean_rates_lead_back_for_any_shape(frames, batch):
    rng = np.random.default_rng(frames)
    flat = Rotation.from_rotvec(rng.normal(0, 0.8, (frames * int(np.prod(batch)), 3))).as_matrix()
    rotation = torch.from_numpy(flat.reshape(*batch, frames, 3, 3))
    gyro = imu.angular_rate(rotation, 60.0, "forward") if frames > 1 else torch.zeros(*batch, 1, 3).double()
    found = imu.integrate_gyro(gyro, rotation[..., 0, :, :], 60.0, "forward")
    torch.testing.assert_close(found, rotation, rtol=0, atol=1e-12)


def test_a_bias_turns_it_away_in_proportion_to_time():
    """0.01 rad/s for a minute: 0.6 rad about its own axis."""
    still = torch.eye(3, dtype=torch.float64).expand(1801, 3, 3)
    bias = torch.tensor([0.0, 0.01, 0.0], dtype=torch.float64)
    found = imu.integrate_gyro(imu.angular_rate(still, 30.0) + bias, still[0], 30.0)
    np.testing.assert_allclose(Rotation.from_matrix(found[-1]).as_rotvec(), [0, 0.6, 0], rtol=0, atol=1e-12)


def test_positions_come_back_to_second_order():
    """From what the sensor measured, by its orientation and gravity: half the window, a quarter of the error."""
    errors, slow = [], {"seed": 1, "fastest": 1.5}
    first = wobbling(1e5, seconds=2e-5, **slow).position
    velocity = (4 * first[1] - 3 * first[0] - first[2]) * 1e5 / 2
    for fps in (480.0, 960.0, 1920.0):  # below, the one-sided formulas' higher orders still show
        seen = wobbling(fps, **slow)
        recording = imu.sense(seen.position, seen.rotation, fps, half_window=2 / fps)
        lin_acc_w = torch.einsum("tij,tj->ti", recording.rotation, recording.acc) + torch.from_numpy(GRAVITY)
        found = imu.integrate_acceleration(lin_acc_w, seen.position[0], velocity, fps)
        errors.append(float((found - seen.position).norm(dim=-1).max()))
    assert errors[0] < 2e-4
    assert np.abs(np.log2(np.array(errors[:-1]) / errors[1:]) - 2).max() < 0.15


def test_forgotten_gravity_falls():
    """Five metres in the first second."""
    resting = movement(np.zeros((121, 3)), Rotation.identity(121), np.zeros((121, 3)), np.zeros((121, 3)))
    acc = imu.sense(resting.position, resting.rotation, 120.0).acc
    nowhere = torch.zeros(3, dtype=torch.float64)
    found = imu.integrate_acceleration(acc, nowhere, nowhere, 120.0)
    torch.testing.assert_close(found[-1], torch.tensor([0, 0, 9.81 / 2], dtype=torch.float64))


def test_double_integration_agrees_with_scipy():
    rng = np.random.default_rng(0)
    acceleration, start, velocity = rng.normal(size=(3, 50, 3)), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    speeds = velocity[:, None] + cumulative_trapezoid(acceleration, dx=1 / 60, axis=1, initial=0)
    expected = start[:, None] + cumulative_trapezoid(speeds, dx=1 / 60, axis=1, initial=0)
    got = imu.integrate_acceleration(*map(torch.from_numpy, (acceleration, start, velocity)), 60.0)
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-13)


def test_derivatives():
    generator = torch.Generator().manual_seed(0)
    gyro, acceleration = torch.randn(2, 6, 3, dtype=torch.float64, generator=generator).requires_grad_()
    start = torch.eye(3, dtype=torch.float64)
    for scheme in ("forward", "central"):
        assert torch.autograd.gradcheck(lambda g, s=scheme: imu.integrate_gyro(g, start, 30.0, s), gyro)
    assert torch.autograd.gradcheck(lambda a: imu.integrate_acceleration(a, start[0], start[1], 30.0), acceleration)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scheme": "hold"}, "scheme is 'hold', expected 'central' or 'forward'"),
        ({"fps": 0.0}, "fps is 0.0, expected frames per second"),
        (
            {"start": torch.eye(3)},
            r"gyro has shape \(2, 4, 3\) and start \(3, 3\), expected \(..., T, 3\) and \(..., 3, 3\)",
        ),
        ({"gyro": torch.zeros(2, 0, 3)}, r"gyro has shape \(2, 0, 3\)"),
    ],
)
def test_what_cannot_be_integrated_to_an_orientation(changes, sentence):
    good = {"gyro": torch.zeros(2, 4, 3), "start": torch.eye(3).expand(2, 3, 3), "fps": 30.0}
    with pytest.raises(ValueError, match=sentence):
        inspect.unwrap(imu.integrate_gyro)(**good | changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fps": -1.0}, "fps is -1.0, expected frames per second"),
        ({"start": torch.zeros(3)}, r"lin_acc_w has shape \(2, 4, 3\) and start \(3,\)"),
        ({"velocity": torch.zeros(2, 1, 3)}, r"lin_acc_w has shape \(2, 4, 3\) and velocity \(2, 1, 3\)"),
    ],
)
def test_what_cannot_be_integrated_to_a_place(changes, sentence):
    good = {"lin_acc_w": torch.zeros(2, 4, 3), "start": torch.zeros(2, 3), "velocity": torch.zeros(2, 3), "fps": 30.0}
    with pytest.raises(ValueError, match=sentence):
        inspect.unwrap(imu.integrate_acceleration)(**good | changes)
