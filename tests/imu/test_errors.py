"""Errors of real sensors against allantools, scipy, closed forms, and each alone."""

import math
from dataclasses import replace

import allantools
import numpy as np
import pytest
import torch
from scipy import integrate, signal, stats

from hands import imu
from tests.imu.movements import wobbling
from tests.imu.test_hardware import butterworth

FPS = 100.0
NAMES = tuple(sensor.name for sensor in imu.GLOVE)

PARTS = {
    "noise": imu.Triad(noise_density=0.3),
    "bias": imu.Triad(bias=0.7),
    "drift": imu.Triad(drift=0.5, correlation_time=2.0),
    "walk": imu.Triad(bias_walk=0.2),
}
ALL = imu.Triad(noise_density=0.3, bias=0.7, drift=0.5, correlation_time=2.0, bias_walk=0.2)


def seed(n):
    return torch.Generator().manual_seed(n)


def still(frames, sensors=1, fps=FPS, value=0.0):
    """Sensors without names in a place without gravity."""
    series = torch.full((sensors, frames, 3), value, dtype=torch.float64)
    timestamps = torch.arange(frames, dtype=torch.float64) / fps
    return imu.Recording(timestamps, series, series, torch.eye(3).double().expand(sensors, frames, 3, 3))


def moving(frames=200, fps=FPS, names=NAMES, dtype=torch.float64):
    acc, gyro = torch.randn(2, len(names), frames, 3, generator=seed(99), dtype=torch.float64).to(dtype)
    timestamps = torch.arange(frames, dtype=torch.float64) / fps
    return imu.Recording(timestamps, 9 * acc, gyro, torch.eye(3, dtype=dtype).expand(*acc.shape, 3), names)


def sensed(recording, triad, generator=1, session=2):
    return imu.with_errors(recording, imu.Hardware("x", triad, triad), seed(generator), session=seed(session))


def axes(triad, frames, sensors, fps=FPS):
    """The errors alone: an array of one row for each axis of each sensor."""
    acc = sensed(still(frames, sensors, fps), triad).acc
    return acc.transpose(1, 2).reshape(-1, frames).numpy()


# ---- noise ----


@pytest.fixture(scope="module")
def white():
    """Five minutes."""
    return axes(PARTS["noise"], 30_000, 4)


def test_white_noise_of_a_sample(white):
    sigma = 0.3 * math.sqrt(FPS / 2)
    assert PARTS["noise"].noise_per_sample(FPS) == pytest.approx(sigma, abs=1e-15)
    assert white.std() == pytest.approx(sigma, rel=3 / math.sqrt(2 * white.size))
    assert stats.kstest(white.ravel() / sigma, "norm").pvalue > 0.01


def test_the_density_is_one_sided(white):
    """scipy's is, and each band of it is on the level that was asked for."""
    density = signal.welch(white, FPS, nperseg=500)[1]
    bands = density.mean(0)[2:-2].reshape(-1, 13).mean(1)
    np.testing.assert_allclose(np.sqrt(bands), 0.3, rtol=0.05)
    assert np.sqrt(density[:, 2:-2].mean()) == pytest.approx(0.3, rel=0.01)


@pytest.mark.parametrize("tau", [0.1, 1.0])
def test_allan_deviation_of_white_noise(white, tau):
    """The root of two against the datasheet; within three SD of what five minutes tell of a tau."""
    spread = 1 / math.sqrt(3 * 300 / tau)  # Riley 2008, 5.4: 1.5 degrees of freedom for each tau in the series
    found = [allantools.oadev(axis, FPS, "freq", [tau])[1][0] for axis in white]
    np.testing.assert_allclose(found, 0.3 / math.sqrt(2 * tau), rtol=3 * spread)
    assert np.mean(found) == pytest.approx(0.3 / math.sqrt(2 * tau), rel=3 * spread / math.sqrt(len(white)))


def test_kalibrs_density_is_the_datasheets_over_the_root_of_two(white):
    one_sided = np.sqrt(signal.welch(white, FPS, nperseg=500)[1][:, 2:-2].mean())
    allan = np.mean([allantools.oadev(axis, FPS, "freq", [1.0])[1][0] for axis in white])
    assert one_sided / allan == pytest.approx(math.sqrt(2), rel=0.03)


@pytest.mark.parametrize("bandwidth", [5.0, 20.0])
def test_filtered_noise_is_what_the_filter_lets_through_from_the_first_sample_on(bandwidth):
    power, _ = integrate.quad(lambda f: abs(butterworth(f, bandwidth, FPS)) ** 2, 0, FPS / 2)
    found = axes(imu.Triad(noise_density=0.3, bandwidth=bandwidth), 60, 500)
    for sample in (0, 1, 59):
        assert found[:, sample].std() == pytest.approx(0.3 * math.sqrt(power), rel=4 / math.sqrt(2 * len(found)))


def test_random_walk():
    """Allan's sqrt(tau / 3), and a variance that grows with time from nothing."""
    walks = axes(PARTS["walk"], 6000, 40)
    assert (walks[:, 0] == 0).all()
    for tau in (0.5, 2.0):
        variance = np.mean([allantools.oadev(axis, FPS, "freq", [tau])[1][0] ** 2 for axis in walks])
        assert math.sqrt(variance) == pytest.approx(0.2 * math.sqrt(tau / 3), rel=0.05)
    assert walks[:, -1].std() == pytest.approx(0.2 * math.sqrt(59.99), rel=4 / math.sqrt(2 * 120))


def test_drift_is_stationary_from_the_first_sample_and_forgets_exponentially():
    drifts = axes(imu.Triad(drift=0.5, correlation_time=2.0), 60, 600, fps=10.0)
    spread = 1 / math.sqrt(len(drifts))
    for sample in (0, 1, 30, 59):
        assert drifts[:, sample].std() == pytest.approx(0.5, rel=4 * spread / math.sqrt(2))
    for lag in (1, 10, 40):
        found = np.mean(drifts[:, 0] * drifts[:, lag]) / 0.25
        assert found == pytest.approx(math.exp(-lag / 20), abs=4 * spread)


def test_drift_is_the_recurrence():
    """What it forgot at each step is made up by noise of one SD, and its steps are independent."""
    drift = axes(imu.Triad(drift=0.5, correlation_time=3.0), 20_000, 1)
    kicks = drift[:, 1:] - math.exp(-1 / 300) * drift[:, :-1]
    assert kicks.std() == pytest.approx(0.5 * math.sqrt(1 - math.exp(-2 / 300)), rel=0.02)
    assert abs(np.corrcoef(kicks[:, 1:].ravel(), kicks[:, :-1].ravel())[0, 1]) < 0.02


# ---- what stays for a session ----


def test_a_bias_stays_and_has_its_size():
    biases = sensed(still(3, 500), PARTS["bias"]).acc
    assert torch.equal(biases, biases[:, :1].expand_as(biases))
    assert biases[:, 0].std().item() == pytest.approx(0.7, rel=4 / math.sqrt(2 * 1500))
    assert abs(biases[:, 0].mean().item()) < 4 * 0.7 / math.sqrt(1500)


def test_scale_and_misalignment_are_a_matrix():
    """Read off from unit vectors, it makes any signal. The axes do not turn together."""
    triad = imu.Triad(scale=0.02, misalignment=0.05)
    units = replace(still(3, 500), acc=torch.eye(3, dtype=torch.float64).expand(500, 3, 3))
    matrix = sensed(units, triad).acc.mT.numpy()
    off = ~np.eye(3, dtype=bool)
    assert (matrix[:, ~off] - 1).std() == pytest.approx(0.02, rel=4 / math.sqrt(2 * 1500))
    assert matrix[:, off].std() == pytest.approx(0.05, rel=4 / math.sqrt(2 * 3000))
    assert abs(np.corrcoef(matrix[:, 0, 1], matrix[:, 1, 0])[0, 1]) < 4 / math.sqrt(500)
    signals = np.random.default_rng(0).normal(size=(500, 4, 3))
    seen = sensed(replace(still(4, 500), acc=torch.from_numpy(signals)), triad).acc
    twin = [[row @ x for row in m] for m, series in zip(matrix, signals, strict=True) for x in series]
    np.testing.assert_allclose(seen.reshape(-1, 3), twin, rtol=0, atol=1e-14)


STAYING = replace(PARTS["bias"], scale=0.05, misalignment=0.05)


def test_a_session_keeps_what_stays_and_no_noise():
    truth = moving()
    first, second = (sensed(truth, STAYING, generator=g, session=5) for g in (1, 2))
    assert torch.equal(first.acc, second.acc)
    assert torch.equal(first.gyro, second.gyro)
    assert not torch.isclose(first.acc, sensed(truth, STAYING, session=6).acc).any(1).any()
    noisy = [sensed(truth, replace(STAYING, noise_density=0.1), generator=g, session=5) for g in (1, 2)]
    assert (noisy[0].acc != noisy[1].acc).all()


def test_another_session_leaves_the_noise_as_it_was():
    a, b, alone = (
        imu.with_errors(moving(), imu.Hardware("x", ALL), seed(1), session=s).acc for s in (seed(5), seed(6), None)
    )
    for other in (b, alone):
        difference = other - a
        torch.testing.assert_close(difference, difference[:, :1].expand_as(a), rtol=0, atol=1e-12)
        assert (difference[:, 0] != 0).all()


# ---- what depends on what ----


def test_errors_add_up_and_each_is_the_same_without_the_others():
    truth = moving()
    alone = [sensed(truth, triad).acc - truth.acc for triad in PARTS.values()]
    torch.testing.assert_close(sensed(truth, ALL).acc - truth.acc, sum(alone), rtol=0, atol=1e-12)


def test_fewer_sensors_in_another_order_make_the_same_errors():
    truth = moving()
    triad = replace(ALL, scale=0.1, misalignment=0.1, bandwidth=20.0)
    few = sensed(truth.select(["thumb", "palm"]), triad)
    same = sensed(truth, triad).select(["thumb", "palm"])
    torch.testing.assert_close(few.acc, same.acc, rtol=0, atol=1e-13)
    torch.testing.assert_close(few.gyro, same.gyro, rtol=0, atol=1e-13)


def test_a_longer_recording_begins_with_the_same_errors():
    triad = replace(ALL, bandwidth=20.0)
    short, long = sensed(still(50), triad), sensed(still(500), triad)
    torch.testing.assert_close(long.acc[:, :50], short.acc, rtol=0, atol=1e-13)


@pytest.mark.parametrize("error", ["noise", "bias"])
def test_sensors_axes_and_kinds_are_independent(error):
    truth = still(5000, 7) if error == "noise" else still(3, 300)
    got = sensed(truth, PARTS[error])
    channels = torch.stack([got.acc, got.gyro]).transpose(-1, -2)  # kinds, sensors, axes, time
    channels = channels.flatten(0, 2) if error == "noise" else channels[..., 0].transpose(1, 2).flatten(0, 1)
    correlation = np.corrcoef(channels) - np.eye(len(channels))
    assert np.abs(correlation).max() < 4.5 / math.sqrt(channels.shape[1])


def test_without_a_session_each_recording_is_one_of_its_own():
    truth, hardware = moving(), imu.Hardware("x", STAYING, STAYING)
    first, again, other = (imu.with_errors(truth, hardware, seed(n)).acc for n in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.isclose(first, other).any(1).any()


def test_the_same_seeds_make_the_same_errors_and_no_seed_others():
    truth, hardware = moving(), imu.Hardware("x", ALL, ALL)
    assert torch.equal(sensed(truth, ALL).gyro, sensed(truth, ALL).gyro)
    assert not torch.equal(imu.with_errors(truth, hardware).gyro, imu.with_errors(truth, hardware).gyro)


# ---- range and steps ----


def test_readings_stop_at_the_range():
    truth = moving()
    seen = sensed(truth, imu.Triad(range=6.0)).acc
    torch.testing.assert_close(seen, truth.acc.clip(-6.0, 6.0), rtol=0, atol=0)
    assert seen.max() == 6
    assert seen.min() == -6


def test_readings_come_in_steps_and_their_error_is_uniform():
    truth, step = moving(frames=3000), 0.25
    error = (sensed(truth, imu.Triad(resolution=step)).acc - truth.acc).flatten()
    np.testing.assert_allclose(error.std(), step / math.sqrt(12), rtol=0.01)
    assert stats.kstest(error / step + 0.5, "uniform").pvalue > 0.01
    whole = sensed(truth, imu.Triad(resolution=step, noise_density=0.1)).acc / step
    assert torch.equal(whole, whole.round())


def test_the_filter_comes_before_the_range():
    """One sample that is too large, and is smaller behind the filter, is not cut off."""
    spike = still(60)
    acc = spike.acc.clone()
    acc[0, 30] = 20
    spike = replace(spike, acc=acc)
    triad = imu.Triad(bandwidth=10.0, range=15.0)
    torch.testing.assert_close(sensed(spike, triad).acc, imu.low_pass(acc, 10.0, FPS), rtol=0, atol=0)


# ---- the whole ----


def test_the_ideal_sensor_reports_the_truth():
    truth = moving()
    seen = imu.with_errors(truth, imu.ideal)
    assert torch.equal(seen.acc, truth.acc)
    assert torch.equal(seen.gyro, truth.gyro)


def test_sensing_makes_the_hardwares_errors():
    seen = wobbling(120.0)
    two = torch.stack([seen.position, seen.position]), torch.stack([seen.rotation, seen.rotation])
    names = ("palm", "thumb")
    truth = imu.sense(*two, 120.0, names=names)
    expected = imu.with_errors(truth, imu.parts.BMI270, seed(3), session=seed(4))
    got = imu.sense(*two, 120.0, imu.parts.BMI270, seed(3), session=seed(4), names=names)
    assert got.names == names
    assert torch.equal(got.acc, expected.acc)
    assert torch.equal(got.gyro, expected.gyro)
    assert torch.equal(got.rotation, truth.rotation)
    assert not torch.isclose(got.acc, truth.acc, rtol=0, atol=1e-6).all(-1).any()


def test_the_accelerometer_does_not_touch_the_gyroscope():
    truth = moving()
    seen = imu.with_errors(truth, imu.Hardware("x", acc=ALL), seed(0))
    assert torch.equal(seen.gyro, truth.gyro)
    assert (seen.acc != truth.acc).all()


@pytest.mark.parametrize("batch", [(), (1,), (2, 7)])
def test_any_batch(batch):
    truth = still(40)
    truth = replace(
        truth,
        acc=torch.zeros(*batch, 40, 3).double(),
        gyro=torch.zeros(*batch, 40, 3).double(),
        rotation=torch.eye(3).double().expand(*batch, 40, 3, 3),
        names=NAMES if batch[-1:] == (7,) else (),
    )
    seen = sensed(truth, replace(ALL, scale=0.1, misalignment=0.1, bandwidth=20.0, range=9.0, resolution=1e-9))
    assert seen.acc.shape == (*batch, 40, 3)
    assert len(seen.acc.unique()) == seen.acc.numel()


def test_single_precision_stays_single():
    triad = replace(ALL, scale=0.1, misalignment=0.1, bandwidth=20.0)
    single, double = (sensed(moving(dtype=dtype), triad) for dtype in (torch.float32, torch.float64))
    assert single.acc.dtype == torch.float32
    assert (single.acc - double.acc).abs().max() < 2e-5


def test_derivatives():
    triad = replace(ALL, scale=0.1, misalignment=0.1, bandwidth=20.0)
    acc = torch.randn(1, 12, 3, dtype=torch.float64, generator=seed(0)).requires_grad_()
    assert torch.autograd.gradcheck(lambda a: sensed(replace(still(12), acc=a), triad).acc, acc)


def test_what_is_refused():
    with pytest.raises(ValueError, match="one record has no frame rate"):
        sensed(still(1), ALL)
    with pytest.raises(ValueError, match=r"less than 50\.0; simulate at a higher rate"):
        sensed(still(9), imu.Triad(bandwidth=50.0, noise_density=1.0))
