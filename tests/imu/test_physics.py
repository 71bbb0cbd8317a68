"""The ideal sensor against closed forms, scipy's splines and a slow twin."""

import inspect
import math

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation, RotationSpline
from scipy.special import jv

from hands import imu
from hands.conventions import GRAVITY_W
from tests.imu.movements import GRAVITY, loop_twin, movement, rms, swinging, wobbling

VECTORS = st.tuples(*[st.floats(-3, 3)] * 3)


def turns(*rotvecs):
    return torch.from_numpy(Rotation.from_rotvec(np.array(rotvecs)).as_matrix())


def sine(frequency, fps, frames=240):
    """A metre to and fro along x."""
    angle = 2 * math.pi * frequency * torch.arange(frames, dtype=torch.float64) / fps
    return torch.stack([angle.sin(), 0 * angle, 0 * angle], -1)


@given(VECTORS, VECTORS)
def test_at_rest_it_measures_gravity_upwards_and_no_rate(place, rotvec):
    R = turns(rotvec)
    recording = imu.sense(torch.tensor(place, dtype=torch.float64).expand(16, 3), R.expand(16, 3, 3), fps=120.0)
    np.testing.assert_allclose(recording.acc, np.tile(R[0].numpy().T @ [0, 0, 9.81], (16, 1)), rtol=0, atol=1e-10)
    np.testing.assert_allclose(recording.gyro, 0, rtol=0, atol=1e-13)


@pytest.mark.parametrize("fps", [30.0, 120.0])
def test_in_free_fall_it_measures_no_acceleration(fps):
    tumbling = wobbling(fps)
    time = np.arange(len(tumbling.position))[:, None] / fps
    thrown = np.array([0.3, -0.2, 1.0]) + np.array([1.0, 2.0, 5.0]) * time + GRAVITY / 2 * time**2
    recording = imu.sense(torch.from_numpy(thrown), tumbling.rotation, fps)
    np.testing.assert_allclose(recording.acc, 0, rtol=0, atol=1e-10)


@pytest.mark.parametrize("rate", [0.01, 6.0, 35.0, 170.0])
def test_a_constant_rate_is_exact_and_a_lever_arm_makes_centripetal_acceleration(rate):
    """170 rad/s turns by 2.8 rad in two frames. The second difference of a circle is short by sinc^2."""
    fps, n, radius, time = 120.0, 1, 0.17, np.arange(200)[:, None] / 120
    axis, arm = np.array([2.0, -3.0, 6.0]) / 7, np.array([3.0, 2.0, 0.0]) / math.sqrt(13)
    turn = Rotation.from_rotvec(rate * time * axis)
    mounting = Rotation.from_rotvec([0.4, 1.0, -0.6])  # body from sensor
    position, rotation = radius * turn.apply(arm), (turn * mounting).as_matrix()
    lin_acc_w = imu.acceleration(torch.from_numpy(position), fps, half_window=n / fps)
    expected = -(rate**2) * np.sinc(rate * n / fps / (2 * math.pi)) ** 2 * position
    np.testing.assert_allclose(lin_acc_w[n:-n], expected[n:-n], rtol=1e-12, atol=1e-9)
    gyro = imu.angular_rate(torch.from_numpy(rotation), fps)
    np.testing.assert_allclose(gyro[1:-1], np.tile(mounting.inv().apply(rate * axis), (198, 1)), rtol=0, atol=1e-11)
    if 2 * rate / fps < math.pi / 2:
        np.testing.assert_allclose(gyro[[0, -1]], gyro[1:3], rtol=0, atol=1e-10)


def test_a_rotating_sensor_feels_gravity_and_the_centripetal_force():
    """A wheel in the vertical plane, the sensor's x outwards: -w^2 r along x, and gravity that turns round."""
    rate, radius, fps = 6.0, 0.17, 1000.0
    angle = rate * np.arange(500) / fps
    turn = Rotation.from_rotvec(angle[:, None] * [0, -1, 0])
    recording = imu.sense(
        torch.from_numpy(radius * turn.apply([1, 0, 0])), torch.from_numpy(turn.as_matrix()), fps, half_window=1 / fps
    )
    feels = np.stack([9.81 * np.sin(angle) - rate**2 * radius, 0 * angle, 9.81 * np.cos(angle)], 1)
    np.testing.assert_allclose(recording.acc[1:-1], feels[1:-1], rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("fps", "n", "percent"),
    [(120, 1, 0.4), (60, 1, 1.5), (120, 4, 5.6), (60, 2, 5.6), (30, 1, 5.6), (60, 4, 20), (30, 4, 55)],
)
def test_a_pendulum_loses_sinc_squared_of_each_overtone(fps, n, percent):
    r"""Place $l(\sin\theta, -\cos\theta)$ with $\theta = A \sin wt$ is a series of Bessel functions (Jacobi, Anger)."""
    A, length, frequency = np.radians(60), 0.09, 2.0
    pendulum = swinging(float(fps))
    recording = imu.sense(pendulum.position, pendulum.rotation, float(fps), half_window=n / fps)
    t, k = np.arange(len(recording)) / fps, np.arange(1, 40)
    kept = 2 * length * jv(k, A) * (2 * np.pi * k * frequency) ** 2 * np.sinc(k * frequency * n / fps) ** 2
    wave = 2 * np.pi * frequency * np.outer(t, k)
    x, z = -(np.sin(wave) * kept)[:, ::2].sum(1), (np.cos(wave) * kept)[:, 1::2].sum(1)
    predicted = np.einsum("tij,ti->tj", pendulum.rotation.numpy(), np.stack([x, 0 * x, z], 1) - GRAVITY)
    np.testing.assert_allclose(recording.acc[n:-n], predicted[n:-n], rtol=0, atol=1e-9)
    lost = rms((recording.acc - pendulum.specific_force)[n:-n]) / rms(pendulum.acceleration[n:-n])
    assert 100 * lost == pytest.approx(percent, rel=0.1)


@given(st.floats(0.5, 14), st.integers(1, 5), st.sampled_from([30.0, 60.0, 120.0]))
def test_the_response_to_a_sine_is_sinc_squared(frequency, n, fps):
    position = sine(frequency, fps)
    lin_acc_w = imu.acceleration(position, fps, half_window=n / fps)
    expected = -((2 * math.pi * frequency) ** 2) * np.sinc(frequency * n / fps) ** 2 * position
    torch.testing.assert_close(lin_acc_w[n:-n], expected[n:-n], rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("fps", "half_window", "n"),
    [
        (30.0, None, 1),
        (50.0, None, 2),
        (60.0, None, 2),
        (120.0, None, 4),
        (20.0, None, 1),
        (5.0, None, 1),
        (60.0, 0.04, 2),
    ],
)
def test_the_half_window_is_rounded_to_frames_but_never_to_none(fps, half_window, n):
    assert imu.look_ahead(fps, half_window) == n


def test_the_default_half_window_has_its_minus_3_db_at_9_6_hz():
    for fps in (30.0, 60.0, 120.0):
        gain = np.sinc(9.57 * imu.look_ahead(fps) / fps) ** 2
        assert 20 * np.log10(gain) == pytest.approx(-3, abs=0.02)


@given(VECTORS, VECTORS)
@settings(max_examples=20)
def test_turning_the_world_and_its_gravity_changes_nothing(rotvec, shift):
    seen, Q = wobbling(60.0, 0.5), turns(rotvec)[0]
    moved = seen.position @ Q.T + torch.tensor(shift, dtype=torch.float64)
    here = imu.sense(seen.position, seen.rotation, 60.0)
    there = imu.sense(moved, Q @ seen.rotation, 60.0, gravity=tuple((Q.numpy() @ GRAVITY).tolist()))
    torch.testing.assert_close(there.acc, here.acc, rtol=0, atol=1e-10)
    torch.testing.assert_close(there.gyro, here.gyro, rtol=0, atol=1e-12)


@given(st.floats(-3, 3), VECTORS)
@settings(max_examples=20)
def test_a_turn_about_the_vertical_and_a_steady_journey_change_nothing(yaw, velocity):
    seen, Q = wobbling(60.0, 0.5), turns((0, 0, yaw))[0]
    journey = torch.arange(31).double()[:, None] / 60 * torch.tensor(velocity, dtype=torch.float64)
    here = imu.sense(seen.position, seen.rotation, 60.0)
    there = imu.sense(seen.position @ Q.T + journey, Q @ seen.rotation, 60.0)
    torch.testing.assert_close(there.acc, here.acc, rtol=0, atol=1e-10)
    torch.testing.assert_close(there.gyro, here.gyro, rtol=0, atol=1e-12)


def test_a_tilt_alone_does_change_the_measured_gravity():
    seen, Q = wobbling(60.0, 0.5), turns((0.3, 0, 0))[0]
    tilted = imu.sense(seen.position @ Q.T, Q @ seen.rotation, 60.0)
    assert (tilted.acc - imu.sense(seen.position, seen.rotation, 60.0).acc).norm(dim=-1).min() > 1


def test_in_the_mirror_acc_is_a_vector_and_gyro_a_pseudo_vector():
    seen, M = wobbling(60.0), torch.diag(torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64))
    here = imu.sense(seen.position, seen.rotation, 60.0)
    mirrored = imu.sense(seen.position @ M, M @ seen.rotation @ M, 60.0)
    torch.testing.assert_close(mirrored.acc, here.acc @ M, rtol=0, atol=1e-11)
    torch.testing.assert_close(mirrored.gyro, -here.gyro @ M, rtol=0, atol=1e-12)


def test_60_and_120_frames_per_second_measure_the_same():
    """As fast as the fastest percent of what hands do: 10 rad/s."""
    fine, coarse = (wobbling(fps, fastest=2.0) for fps in (120.0, 60.0))
    assert 8 < rms(fine.rate) < 12
    a, b = imu.sense(fine.position, fine.rotation, 120.0), imu.sense(coarse.position, coarse.rotation, 60.0)
    inner = slice(2, -2)
    assert rms(a.acc[::2][inner] - b.acc[inner]) < 0.02 * rms(fine.acceleration)
    assert rms(a.gyro[::2][inner] - b.gyro[inner]) < 0.02 * rms(fine.rate)


def test_signals_are_those_of_the_closed_form():
    """A thousand frames a second: what is left is the formulas' error of second order, and less at twice the rate."""
    errors = []
    for fps in (500.0, 1000.0):
        seen = wobbling(fps)
        recording = imu.sense(seen.position, seen.rotation, fps, half_window=1 / fps)
        errors.append([rms(recording.acc - seen.specific_force), rms(recording.gyro - seen.rate)])
    assert max(errors[1]) < 2e-3
    assert np.log2(np.array(errors[0]) / errors[1]).min() > 1.9


def test_signals_are_those_of_scipys_splines():
    """A movement through random poses, ten a second; derivatives from scipy's own splines."""
    rng, knots, fps = np.random.default_rng(5), np.arange(21) / 10, 960.0
    places = CubicSpline(knots, 0.05 * rng.normal(size=(21, 3)))
    poses = RotationSpline(knots, Rotation.from_rotvec(np.cumsum(0.3 * rng.normal(size=(21, 3)), 0)))
    time = np.arange(1921) / fps
    rotation = poses(time)
    seen = movement(places(time), rotation, places(time, 2), poses(time, 1))
    recording = imu.sense(seen.position, seen.rotation, fps, half_window=1 / fps)
    assert rms(recording.acc - seen.specific_force) < 2e-3 * rms(seen.acceleration)  # the splines have corners at knots
    assert rms(recording.gyro - seen.rate) < 2e-4 * rms(seen.rate)


@pytest.mark.parametrize(("fps", "n"), [(30.0, 1), (60.0, 3), (120.0, 4)])
def test_it_agrees_with_the_loop_twin(fps, n):
    seen = wobbling(fps, 0.7, seed=3)
    recording = imu.sense(seen.position, seen.rotation, fps, half_window=n / fps)
    acc, gyro = loop_twin(seen.position, seen.rotation, fps, n)
    np.testing.assert_allclose(recording.acc, acc, rtol=0, atol=1e-11)
    np.testing.assert_allclose(recording.gyro, gyro, rtol=0, atol=1e-11)


@given(st.lists(st.integers(1, 3), max_size=3), st.integers(8, 40), st.integers(0, 99))
@settings(max_examples=25)
def test_a_batch_is_each_alone(batch, frames, seed):
    rng = np.random.default_rng(seed)
    position = torch.from_numpy(rng.normal(0, 0.01, (*batch, frames, 3)))
    steps = Rotation.from_rotvec(rng.normal(0, 0.5, (math.prod(batch) * frames, 3))).as_matrix()
    rotation = torch.from_numpy(steps.reshape(*batch, frames, 3, 3))
    together = imu.sense(position, rotation, 60.0)
    assert together.acc.shape == together.gyro.shape == position.shape
    for place in np.ndindex(*batch):
        alone = imu.sense(position[place], rotation[place], 60.0)
        torch.testing.assert_close(together.acc[place], alone.acc, rtol=0, atol=1e-11)
        torch.testing.assert_close(together.gyro[place], alone.gyro, rtol=0, atol=1e-11)


@given(VECTORS, VECTORS)
def test_the_logarithm_is_scipys(start, rotvec):
    R = turns(start, start)
    R[1] = R[0] @ turns(rotvec)[0]
    got = imu.angular_rate(R, 1.0, "forward")
    if np.linalg.norm(rotvec) < 3.1:  # next to half a turn its sign is a matter of rounding
        np.testing.assert_allclose(got[0], Rotation.from_matrix(R[0].T @ R[1]).as_rotvec(), rtol=0, atol=1e-12)
    np.testing.assert_allclose(Rotation.from_rotvec(got[0]).as_matrix(), R[0].T @ R[1], rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    "angle",
    [0, 1e-300, 1e-12, 1e-8, 9.99e-4, 1.001e-3, 0.1, math.pi / 2 - 1e-9, math.pi / 2 + 1e-9, 3, math.pi - 1e-7],
)
def test_the_logarithm_near_the_seams(angle):
    """Around the switch to the Taylor series, at a quarter of a turn and next to half a one."""
    rotvec = angle * np.array([2.0, -3.0, 6.0]) / 7
    got = imu.angular_rate(turns(np.zeros(3), rotvec), 1.0, "forward")
    np.testing.assert_allclose(got[0], rotvec, rtol=2e-14 if angle < 1 else 1e-9, atol=0)


@pytest.mark.parametrize("size", [0.0, 1e-4, 0.3, 1.2])
def test_derivatives(size):
    """At rest, next to it, moving, and turning by more than a quarter of a turn in two frames."""
    generator = torch.Generator().manual_seed(4)
    rotvec = size * torch.randn(5, 3, generator=generator, dtype=torch.float64)
    position = 0.01 * torch.randn(5, 3, generator=generator, dtype=torch.float64)

    def signals(rotvec, position):
        recording = imu.sense(position, roma.rotvec_to_rotmat(rotvec), 30.0)
        return recording.acc, recording.gyro

    if size:  # roma's own exponential has no second derivative at zero
        assert torch.autograd.gradcheck(signals, (rotvec.requires_grad_(), position.requires_grad_()))
    else:
        R = torch.eye(3, dtype=torch.float64).repeat(5, 1, 1).requires_grad_()
        imu.angular_rate(R, 30.0).square().sum().backward()
        assert bool(R.grad.isfinite().all())


def test_single_precision_stays_single_and_near():
    seen = wobbling(120.0)
    double = imu.sense(seen.position, seen.rotation, 120.0)
    single = imu.sense(seen.position.float(), seen.rotation.float(), 120.0)
    assert single.acc.dtype == single.gyro.dtype == torch.float32
    assert (single.acc - double.acc).abs().max() < 1e-4
    assert (single.gyro - double.gyro).abs().max() < 1e-4


def test_a_frame_reaches_as_far_ahead_as_promised():
    """Which positions each acceleration hangs on, and which rotations each rate, from their derivatives."""
    n, frames = imu.look_ahead(120.0), 24
    position = torch.zeros(frames, 3, dtype=torch.float64)
    of_acc = torch.autograd.functional.jacobian(lambda p: imu.acceleration(p, 120.0), position)
    rotation = roma.rotvec_to_rotmat(0.01 * torch.randn(frames, 3, dtype=torch.float64))
    of_gyro = torch.autograd.functional.jacobian(lambda R: imu.angular_rate(R, 120.0), rotation)
    for t in range(frames):
        if t < n:
            reached = {t, t + n, t + 2 * n, t + 3 * n}
        elif t >= frames - n:
            reached = {t, t - n, t - 2 * n, t - 3 * n}
        else:
            reached = {t - n, t, t + n}
        assert set(of_acc[t].abs().sum((0, 2)).nonzero()[:, 0].tolist()) == reached
        reached = {0: {0, 1, 2}, frames - 1: {frames - 3, frames - 2, frames - 1}}.get(t, {t - 1, t + 1})
        assert set(of_gyro[t].abs().sum((0, 2, 3)).nonzero()[:, 0].tolist()) == reached


def test_the_ends_are_of_second_order():
    """Half the step, a quarter of the error, in the first and the last frames too."""
    steps, errors = (200.0, 400.0, 800.0), []
    for fps in steps:
        seen = wobbling(fps, 1.0, seed=2)
        recording = imu.sense(seen.position, seen.rotation, fps, half_window=1 / fps)
        acc, gyro = recording.acc - seen.specific_force, recording.gyro - seen.rate
        errors.append([acc[0].norm(), acc[-1].norm(), gyro[0].norm(), gyro[-1].norm()])
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.abs(orders - 2).max() < 0.2


def test_windows_are_cut_out_of_signals_and_not_differentiated():
    """Of a window of 32 frames that is differentiated by itself, a quarter is ends."""
    seen, n, window = wobbling(120.0), imu.look_ahead(120.0), slice(80, 112)
    whole = imu.sense(seen.position, seen.rotation, 120.0)
    cut = imu.sense(seen.position[window], seen.rotation[window], 120.0)
    off = (cut.acc - whole.acc[window]).norm(dim=-1)
    assert (off > 1e-3).nonzero()[:, 0].tolist() == [*range(n), *range(32 - n, 32)]
    assert rms(cut.acc[:n] - seen.specific_force[window][:n]) > 3 * rms(
        whole.acc[window][:n] - seen.specific_force[window][:n]
    )
    off = (cut.gyro - whole.gyro[window]).norm(dim=-1)
    assert (off > 1e-6).nonzero()[:, 0].tolist() == [0, 31]


def test_units_are_metres_radians_and_seconds():
    """A metre from the axis, one turn a second: (2 pi)^2 m/s^2, which are 4.02 g, and 2 pi rad/s, which are 360 deg."""
    fps, angle = 1000.0, 2 * np.pi * np.arange(1000) / 1000
    turn = Rotation.from_rotvec(angle[:, None] * [0, 0, 1])
    recording = imu.sense(
        torch.from_numpy(turn.apply([1, 0, 0])), torch.from_numpy(turn.as_matrix()), fps, half_window=1e-3
    )
    np.testing.assert_allclose(recording.acc[500], [-39.478, 0, 9.81], rtol=0, atol=1e-3)
    np.testing.assert_allclose(recording.gyro[500], [0, 0, 6.28319], rtol=0, atol=1e-5)
    assert recording.timestamps[-1].item() == pytest.approx(0.999, abs=1e-12)


def seen_with(**changes):
    seen = wobbling(120.0, 0.5)
    return {"position": seen.position, "rotation": seen.rotation, "fps": 120.0} | changes


def at(tensor, *place, value):
    changed = tensor.clone()
    changed[place] = value
    return changed


P, R = wobbling(120.0, 0.5)[:2]
BAD = {
    "millimetres": ({"position": 1000 * P}, "more than 1000 m/s\\^2 at frame .*convert millimetres"),
    "a jump": ({"position": at(P, slice(30, None), value=5.0)}, "at frame 26: .*mend the jump"),
    "no number": ({"position": at(P, 17, 1, value=math.nan)}, "position is not finite at frame 17; fill gaps"),
    "infinity": ({"rotation": at(R, 9, 1, 1, value=math.inf)}, "rotation is not finite at frame 9"),
    "of a batch": (
        {"position": at(P.repeat(2, 3, 1, 1), 1, 2, 17, 0, value=math.nan), "rotation": R.repeat(2, 3, 1, 1, 1)},
        "not finite at frame 17 of sensor 1, 2",
    ),
    "scale": ({"rotation": 1.1 * R}, "not orthonormal at frame 0, where its columns have lengths 1.1, 1.1, 1.1"),
    "shear": ({"rotation": at(R, 5, 0, 0, value=0.2)}, "not orthonormal at frame 5"),
    "reflection": ({"rotation": R * torch.tensor([1.0, 1.0, -1.0]).double()}, "reflection .determinant -1. at frame 0"),
    "few frames": ({"position": P[:15], "rotation": R[:15]}, "position has 15 frames, at least 16 are needed"),
    "quaternions": ({"rotation": R[:, :, 0]}, "position has shape .61, 3. and rotation .61, 3., expected"),
    "frames that differ": ({"rotation": R[:-1]}, r"position has shape \(61, 3\) and rotation \(60, 3, 3\)"),
    "whole numbers": ({"position": P.long(), "rotation": R.long()}, "position is torch.int64 of shape"),
    "two precisions": ({"position": P.float()}, "position is torch.float32, rotation torch.float64; convert"),
    "no rate": ({"fps": 0.0}, "fps is 0.0, expected frames per second"),
    "endless rate": ({"fps": math.inf}, "fps is inf"),
    "no window": ({"half_window": 0.0}, "half_window is 0.0, expected seconds"),
    "fast filter": (
        {"hardware": imu.Hardware("x", acc=imu.Triad(bandwidth=60.0))},
        "60.0 Hz cannot be simulated at 120.0",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_it_says_what_is_wrong(kind):
    changes, sentence = BAD[kind]
    with pytest.raises(ValueError, match=sentence):
        inspect.unwrap(imu.sense)(**seen_with(**changes))


def test_rates_and_accelerations_say_what_is_wrong():
    with pytest.raises(ValueError, match="rotation has 2 frames, at least 3"):
        imu.angular_rate(R[:2], 120.0)
    with pytest.raises(ValueError, match="rotation has 1 frames, at least 2"):
        imu.angular_rate(R[:1], 120.0, "forward")
    with pytest.raises(ValueError, match="scheme is 'backward'"):
        inspect.unwrap(imu.angular_rate)(R, 120.0, "backward")
    with pytest.raises(ValueError, match="position has 3 frames, at least 4"):
        imu.acceleration(P[:3], 30.0)


def test_gravity_is_that_of_the_conventions():
    recording = imu.sense(torch.zeros(16, 3), torch.eye(3).expand(16, 3, 3), 120.0)
    torch.testing.assert_close(recording.acc[0], -torch.tensor(GRAVITY_W))
