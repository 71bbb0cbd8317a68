"""What the checkers of *What a real IMU measures* take for the truth; and each of their hints."""

import math

import numpy as np
import pytest
import torch
from scipy import signal

from hands import check, imu
from hands.check import real_imu


def test_noise_of_a_record_is_that_of_a_spectrum():
    """White noise whose one-sided density, by scipy's Welch, is the datasheet's."""
    sigma = 160e-6 * 9.81 * math.sqrt(100 / 2)
    noise = sigma * np.random.default_rng(0).standard_normal(200_000)
    _, power = signal.welch(noise, fs=100.0, nperseg=1000)
    assert np.sqrt(power[5:-5].mean()) == pytest.approx(160e-6 * 9.81, rel=0.01)


def test_heading_wanders_as_integrated_noise_does():
    """7 mdps/√Hz, a minute at 50 records a second: 4000 walks."""
    sigma = 7e-3 * math.sqrt(50 / 2)
    walks = sigma * np.random.default_rng(0).standard_normal((4000, 3000)).sum(1) / 50
    assert walks.std() == pytest.approx(7e-3 * math.sqrt(60 / 2), rel=0.03)


@pytest.mark.parametrize(("degrees", "fps"), [(90.0, 100.0), (-30.0, 50.0)])
def test_the_turn_is_the_one_that_was_made(degrees, fps):
    """As far as the noise of its rest lets it be known: by the library's integration."""
    gyro, rest, _ = real_imu._turn(math.radians(degrees), [0.02, -0.01, 0.05], fps, to_and_fro=1.0)
    corrected = gyro - gyro[:rest].mean(0)
    R = imu.integrate_gyro(corrected * torch.tensor([0, 0, 1.0]).double(), torch.eye(3).double(), fps)
    assert float(torch.atan2(R[-1, 1, 0], R[-1, 0, 0]).rad2deg()) == pytest.approx(degrees, abs=0.6)
    assert real_imu._without_bias(gyro, rest, fps) == pytest.approx(math.radians(degrees), abs=0.01)


def test_a_crooked_sensor_is_turned_against_its_bone_by_as_much():
    (now, then, bone), truth = real_imu._worn([5.0, -8.0, 12.0], [0.0, 90.0, 0.0], [20.0, -70.0, 50.0])
    angle = math.sqrt(5**2 + 8**2 + 12**2)
    for sensor, its_bone in ((then, bone), (now, truth)):
        turned = its_bone.T @ sensor
        assert math.degrees(math.acos((float(turned.trace()) - 1) / 2)) == pytest.approx(angle, abs=1e-9)


def test_the_clock_that_is_late_shows_the_past():
    a, b, fps, seconds = real_imu._two_clocks(4, 30.0)
    np.testing.assert_allclose(a.norm(dim=-1)[:-4], b.norm(dim=-1)[4:], rtol=0, atol=1e-12)
    assert seconds == pytest.approx(4 / fps)
    assert real_imu._lag(a, b, norm=True) == 4


def turn(gyro, rest, fps):
    return (gyro - gyro[:rest].mean(0))[:, 2].sum() / fps


def noise(n, t):
    return n / 1000 * math.sqrt(t / 2)


def lag(a, b, norm=True):
    return real_imu._lag(a, b, norm=norm)


def lengths(a, b):
    return a.norm(dim=-1).numpy(), b.norm(dim=-1).numpy()


def forwards_only(a, b, fps):
    x, y = lengths(a, b)
    return np.argmin([((y[k : len(y) - 15 + k] - x[:-15]) ** 2).mean() for k in range(16)]) / fps


def rolled(a, b, fps):
    x, y = (torch.from_numpy(series) for series in lengths(a, b))
    return (int(torch.stack([(torch.roll(y, -k) - x).square().mean() for k in range(-15, 16)]).argmin()) - 15) / fps


def with_means(a, b, fps):
    x, y = lengths(a, b)
    return (signal.correlation_lags(len(y), len(x))[np.correlate(y, x, "full").argmax()]) / fps


def overlapping(a, b, fps):
    """Every lag with all the records that both have."""
    x, y = lengths(a, b)
    pairs = {k: (x[max(0, -k) : len(x) - max(0, k)], y[max(0, k) : len(y) + min(0, k)]) for k in range(-15, 16)}
    return min(pairs, key=lambda k: ((pairs[k][0] - pairs[k][1]) ** 2).mean()) / fps


def correlated(a, b, fps):
    x, y = (series - series.mean() for series in lengths(a, b))
    return signal.correlation_lags(len(y), len(x))[np.correlate(y, x, "full").argmax()] / fps


@pytest.mark.parametrize("right", [overlapping, correlated])
def test_other_ways_to_compare_clocks_are_right_as_well(right):
    assert check.clock_offset(right)


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("noise_per_record", lambda n, fps: n * 9.81e-6 * fps**0.5, "root of two"),
        ("noise_per_record", lambda n, fps: n * 9.81e-6, "density itself"),
        ("noise_per_record", lambda n, fps: n * 9.81e-6 * fps / 2, "root of the band"),
        ("noise_per_record", lambda n, fps: n * 1e-6 * (fps / 2) ** 0.5, "right in g"),
        ("noise_per_record", lambda n, fps: n * 1e-6 * fps**0.5, "two things"),
        ("noise_per_record", lambda n, fps: n * 9.81e-3 * (fps / 2) ** 0.5, "not a thousandth"),
        ("noise_per_record", lambda n, fps: n * (fps / 2) ** 0.5, "right in µg"),
        ("noise_per_record", lambda n, fps: n * 9.81 * (fps / 2) ** 0.5, "millionth of a g"),
        ("noise_per_record", lambda n, fps: n * 9.81e-6 / (fps / 2) ** 0.5, "mean over a second"),
        ("turned_about_z", lambda gyro, rest, fps: gyro[:, 2].sum() / fps, "still in it"),
        ("turned_about_z", lambda gyro, rest, fps: (gyro + gyro[:rest].mean(0))[:, 2].sum() / fps, "subtract it"),
        ("turned_about_z", lambda gyro, rest, fps: (gyro - gyro.mean(0))[:, 2].sum() / fps, "records at rest alone"),
        ("turned_about_z", lambda gyro, rest, fps: (gyro - gyro[0])[:, 2].sum() / fps, "one record holds noise"),
        ("turned_about_z", lambda *case: turn(*case).rad2deg(), "degrees"),
        ("turned_about_z", lambda gyro, rest, fps: (gyro[:rest].mean(0) - gyro)[:, 2].sum() / fps, "the other way"),
        ("turned_about_z", lambda gyro, rest, fps: (gyro - gyro[:rest].mean())[:, 2].sum() / fps, "a bias of its own"),
        ("turned_about_z", lambda gyro, rest, fps: (gyro - gyro[:rest].mean(0))[:, 2].cumsum(0) / fps, "the last"),
        ("turned_about_z", lambda gyro, rest, fps: (gyro - gyro[:rest].mean(0)).cumsum(0) / fps, "every axis"),
        ("turned_about_z", lambda gyro, rest, fps: turn(gyro, rest, fps) * fps, "their sum alone"),
        (
            "turned_about_z",
            lambda gyro, rest, fps: (gyro - gyro[:rest].mean(0)).norm(dim=-1).sum() / fps,
            "has no sign",
        ),
        ("turned_about_z", lambda gyro, rest, fps: (gyro - gyro[:rest].mean(0)).sum(0) / fps, "asked is z"),
        ("bone_orientation", lambda now, then, bone: now, "that is the sensor"),
        ("bone_orientation", lambda now, then, bone: bone @ then.T @ now, "wrong side"),
        ("bone_orientation", lambda now, then, bone: then.T @ bone @ now, "wrong order"),
        ("bone_orientation", lambda now, then, bone: now @ then.T, "in the world"),
        ("bone_orientation", lambda now, then, bone: then.T @ now, "seen from itself"),
        ("bone_orientation", lambda now, then, bone: now @ bone.T @ then, "wrong way round"),
        ("bone_orientation", lambda now, then, bone: bone, "moved on"),
        ("bone_orientation", lambda now, then, bone: now.T @ then @ bone, "turns back"),
        ("heading_sd_deg", lambda n, b, t: math.hypot(n / 1000 * t**0.5, b * t), "one-sided"),
        ("heading_sd_deg", lambda n, b, t: math.hypot(n / 1000 * (2 * t) ** 0.5, b * t), "divide by"),
        ("heading_sd_deg", lambda n, b, t: math.hypot(n * t**0.5, b * t), "and one-sided"),
        ("heading_sd_deg", lambda n, b, t: math.hypot(n / 1000 * t / 2**0.5, b * t), "like the root of time"),
        ("heading_sd_deg", lambda n, b, t: math.hypot(n / 1000 * t, b * t), "and with the root of two"),
        ("heading_sd_deg", lambda n, b, t: math.hypot(noise(n, t), b * t**0.5), "not like its root"),
        ("heading_sd_deg", lambda n, b, t: noise(n, t) + b * t, "by their squares"),
        ("heading_sd_deg", lambda n, b, t: math.hypot(1000 * noise(n, t), b * t), "thousandths"),
        ("heading_sd_deg", lambda n, b, t: math.radians(math.hypot(noise(n, t), b * t)), "radians"),
        ("heading_sd_deg", lambda n, b, t: noise(n, t) ** 2 + (b * t) ** 2, "variance"),
        ("heading_sd_deg", lambda n, b, t: noise(n, t), "bias is missing"),
        ("heading_sd_deg", lambda n, b, t: b * t, "noise is missing"),
        ("clock_offset", lambda a, b, fps: -lag(a, b) / fps, "the other way round"),
        ("clock_offset", lambda a, b, fps: lag(a, b), "divide by their rate"),
        ("clock_offset", lambda a, b, fps: -lag(a, b), "in records"),
        ("clock_offset", lambda a, b, fps: lag(a, b, norm=False) / fps, "other axes"),
        ("clock_offset", forwards_only, "early as well"),
        ("clock_offset", rolled, "torch.roll"),
        ("clock_offset", with_means, "take the means away"),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
