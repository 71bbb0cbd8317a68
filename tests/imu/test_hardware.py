"""A sensor's own filter against the Butterworth filter's closed form, and what no sensor can be."""

import inspect
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hands import imu
from tests.imu.movements import wobbling

FPS = 120.0
BANDWIDTHS = st.floats(2.0, 55.0)


def impulse_response(bandwidth, fps=FPS, frames=4096):
    """To one sample after a silence, so that the filter has seen zeros before."""
    impulse = torch.zeros(frames, 1, dtype=torch.float64)
    impulse[1] = 1
    return imu.low_pass(impulse, bandwidth, fps)[1:, 0].numpy()


def butterworth(frequency, bandwidth, fps=FPS):
    """The analog filter's response, at the frequencies that the bilinear transform makes of these."""
    warped = np.tan(np.pi * frequency / fps) / np.tan(np.pi * bandwidth / fps)
    return 1 / (1 - warped**2 + 1j * math.sqrt(2) * warped)


@given(BANDWIDTHS)
def test_magnitude_and_phase_are_the_closed_forms(bandwidth):
    response = impulse_response(bandwidth)
    frequency = np.linspace(0, 59, 60)
    measured = np.exp(-2j * np.pi * np.outer(frequency, np.arange(len(response))) / FPS) @ response
    np.testing.assert_allclose(measured, butterworth(frequency, bandwidth), rtol=0, atol=1e-9)


@given(BANDWIDTHS)
def test_the_bandwidth_is_where_3_db_are_lost(bandwidth):
    response = impulse_response(bandwidth)
    measured = np.exp(-2j * np.pi * bandwidth * np.arange(len(response)) / FPS) @ response
    assert 20 * np.log10(abs(measured)) == pytest.approx(10 * np.log10(0.5), abs=1e-6)


def test_far_below_the_frame_rate_it_is_the_analog_filter():
    """The step response of the analog filter, $1 - e^{-u}(\\cos u + \\sin u)$ with $u = \\sqrt2 \\pi b t$."""
    fps, bandwidth = 12_000.0, 10.0
    step = torch.ones(3000, 1, dtype=torch.float64)
    step[0] = 0
    u = math.sqrt(2) * math.pi * bandwidth * (np.arange(3000) - 0.5) / fps
    expected = 1 - np.exp(-u) * (np.cos(u) + np.sin(u))
    np.testing.assert_allclose(imu.low_pass(step, bandwidth, fps)[1:, 0], expected[1:], rtol=0, atol=1e-5)


@pytest.mark.parametrize("bandwidth", [5.0, 10.0, 12.5])
def test_a_ramp_comes_out_as_late_as_is_said(bandwidth):
    ramp = torch.arange(600, dtype=torch.float64)[:, None] / FPS
    late = (ramp - imu.low_pass(ramp, bandwidth, FPS))[-1].item()
    assert late == pytest.approx(1 / (FPS * math.sqrt(2) * math.tan(math.pi * bandwidth / FPS)), abs=1e-9)
    assert late == pytest.approx(0.225 / bandwidth, rel=0.05)


def test_a_steady_signal_passes_from_the_first_sample_on():
    steady = torch.tensor([0.3, -9.81, 1e-3], dtype=torch.float64).expand(50, 3)
    torch.testing.assert_close(imu.low_pass(steady, 10.0, FPS), steady, rtol=0, atol=0)


@given(BANDWIDTHS, st.integers(0, 39))
def test_nothing_comes_out_before_it_went_in(bandwidth, frame):
    signal = torch.from_numpy(np.random.default_rng(frame).normal(size=(40, 3)))
    changed = signal.clone()
    changed[frame] += 1
    a, b = imu.low_pass(signal, bandwidth, FPS), imu.low_pass(changed, bandwidth, FPS)
    torch.testing.assert_close(a[:frame], b[:frame], rtol=0, atol=0)
    assert (a[frame] - b[frame]).abs().min() > 1e-4


def test_it_agrees_with_the_recurrence():
    """y_t from two inputs and two outputs before it, with the coefficients of the bilinear transform."""
    bandwidth, signal = 17.0, np.random.default_rng(0).normal(size=200)
    k = math.tan(math.pi * bandwidth / FPS)
    scale = 1 + math.sqrt(2) * k + k * k
    b, a1, a2 = k * k / scale, 2 * (k * k - 1) / scale, (1 - math.sqrt(2) * k + k * k) / scale
    x, y = [signal[0]] * 2, [signal[0]] * 2
    for value in signal:
        y.append(b * (value + 2 * x[-1] + x[-2]) - a1 * y[-1] - a2 * y[-2])
        x.append(value)
    got = imu.low_pass(torch.from_numpy(signal)[:, None], bandwidth, FPS)[:, 0]
    np.testing.assert_allclose(got, y[2:], rtol=0, atol=1e-12)


@given(st.lists(st.integers(1, 3), max_size=2), st.integers(1, 30))
@settings(max_examples=20)
def test_a_batch_is_each_alone(batch, frames):
    series = torch.randn(*batch, frames, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(frames))
    together = imu.low_pass(series, 20.0, FPS)
    for place in np.ndindex(*batch):
        torch.testing.assert_close(together[place], imu.low_pass(series[place], 20.0, FPS), rtol=0, atol=1e-15)


def test_derivatives():
    series = torch.randn(2, 12, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: imu.low_pass(s, 15.0, FPS), series)
    assert torch.autograd.gradgradcheck(lambda s: imu.low_pass(s, 15.0, FPS).square(), series)


def test_single_precision_stays_single():
    series = wobbling(FPS).acceleration
    single = imu.low_pass(series.float(), 10.0, FPS)
    assert single.dtype == torch.float32
    assert (single - imu.low_pass(series, 10.0, FPS)).abs().max() < 1e-5


def test_sensors_filter_what_they_measure_in_their_own_axes():
    seen = wobbling(FPS)
    slow = imu.Hardware("slow", imu.Triad(bandwidth=8.0), imu.Triad(bandwidth=20.0))
    perfect = imu.sense(seen.position, seen.rotation, FPS)
    recording = imu.sense(seen.position, seen.rotation, FPS, slow)
    torch.testing.assert_close(recording.acc, imu.low_pass(perfect.acc, 8.0, FPS), rtol=0, atol=0)
    torch.testing.assert_close(recording.gyro, imu.low_pass(perfect.gyro, 20.0, FPS), rtol=0, atol=0)
    torch.testing.assert_close(recording.rotation, seen.rotation, rtol=0, atol=0)


def test_one_filter_may_be_left_out():
    seen = wobbling(FPS)
    perfect = imu.sense(seen.position, seen.rotation, FPS, imu.ideal)
    recording = imu.sense(seen.position, seen.rotation, FPS, imu.Hardware("half", gyro=imu.Triad(bandwidth=20.0)))
    assert torch.equal(recording.acc, perfect.acc)
    assert not torch.equal(recording.gyro, perfect.gyro)


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, math.nan, math.inf])
def test_no_sensor_has_no_bandwidth(bandwidth):
    with pytest.raises(ValueError, match=r"bandwidth is .* expected Hz above zero, or None"):
        imu.Triad(bandwidth=bandwidth)


@pytest.mark.parametrize(
    ("field", "values", "words"),
    [
        ("noise_density", [-1.0, math.inf, math.nan], "expected zero or more; zero is no such error"),
        ("bias", [-1.0, math.nan], "expected zero or more"),
        ("drift", [-1.0], "expected zero or more"),
        ("bias_walk", [-1.0], "expected zero or more"),
        ("resolution", [-1.0, math.inf], "expected zero or more"),
        ("scale", [3.0, -0.01, math.nan], r"expected a share \(0.01 for 1 %\), at least 0, below 0.5"),
        ("misalignment", [5.7, -0.01], "expected radians, at least 0, below 0.5"),
        ("correlation_time", [0.0, math.inf, math.nan], "expected seconds above zero"),
        ("range", [0.0, -1.0, math.nan], "expected the largest reading, above zero"),
    ],
)
def test_what_no_sensor_can_be_is_named(field, values, words):
    for value in values:
        with pytest.raises(ValueError, match=f"{field} is {value}, {words}"):
            imu.Triad(**{field: value})


@pytest.mark.parametrize("bandwidth", [0.0, 60.0, 500.0, math.nan])
def test_a_filter_that_these_frames_cannot_show_is_refused(bandwidth):
    with pytest.raises(ValueError, match=r"less than 60\.0; simulate at a higher rate"):
        inspect.unwrap(imu.low_pass)(torch.zeros(5, 3), bandwidth, FPS)
