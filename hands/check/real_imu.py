"""Checkers for the exercises of *What a real IMU measures*.

What is expected comes from numpy's and scipy's own formulas, and from movements whose biases, mountings and delays were
chosen beforehand, which share no code with the chapter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from hands.check.verdict import Verdict, judge
from hands.conventions import GRAVITY_W

G = -GRAVITY_W[2]
REST = 60
"""Records at rest before a turn."""
REACH = 15
"""By how many records two clocks may differ."""


def noise_per_record(answer: Callable[[float, float], Any]) -> Verdict:
    """Datasheet's density in µg/√Hz, records per second -> standard deviation of one record, m/s^2.

    A filter lets through everything below half the rate, and nothing above it.
    """
    cases = {"160 µg/√Hz, 100 records a second": (160.0, 100.0), "60 µg/√Hz, 30 a second": (60.0, 30.0)}
    unit = 1e-6 * G
    return judge(
        answer,
        {name: (case, case[0] * unit * math.sqrt(case[1] / 2)) for name, case in cases.items()},
        praise="right: what the band up to half the rate lets through",
        atol=1e-5,
        unit="m/s²",
        mistakes={
            "too much by the root of two: the band ends at fps / 2, and a datasheet's density is one-sided": (
                lambda n, fps: n * unit * math.sqrt(fps)
            ),
            "this is the density itself; how much of it a record holds depends on the rate": lambda n, fps: n * unit,
            "the power grows with the band, its root, the noise, like the root of the band": lambda n, fps: (
                n * unit * fps / 2
            ),
            "right in g; one g is 9.81 m/s²": lambda n, fps: n * 1e-6 * math.sqrt(fps / 2),
            "two things are missing: one g is 9.81 m/s², and the band ends at fps / 2": lambda n, fps: (
                n * 1e-6 * math.sqrt(fps)
            ),
            "a µg is a millionth of a g, not a thousandth": lambda n, fps: n * 1e-3 * G * math.sqrt(fps / 2),
            "right in µg; a µg is a millionth of 9.81 m/s²": lambda n, fps: n * math.sqrt(fps / 2),
            "a µg is a millionth of a g": lambda n, fps: n * G * math.sqrt(fps / 2),
            "that is the noise of a mean over a second, which falls with more records; asked is one record": (
                lambda n, fps: n * unit / math.sqrt(fps / 2)
            ),
        },
    )


def turned_about_z(answer: Callable[[Tensor, int, float], Any]) -> Verdict:
    """Gyro (T, 3) in rad/s, records at rest before the turn, records per second -> angle turned about z, radians."""
    cases = {
        "a quarter turn": _turn(math.pi / 2, [0.01, -0.02, 0.03], 100.0),
        "a turn back by a degree, on a cheap sensor": _turn(math.radians(-1), [0.0, 0.01, -0.05], 100.0),
        "to and fro, and on by 40 degrees": _turn(math.radians(40), [-0.02, 0.0, 0.04], 50.0, to_and_fro=2.0),
    }
    return judge(
        answer,
        {name: (case, _without_bias(*case)) for name, case in cases.items()},
        praise="right: what the sensor says at rest is its bias, and is taken from the rest",
        atol=2e-3,
        unit="rad",
        mistakes={
            "the bias is still in it": lambda gyro, rest, fps: gyro[:, 2].sum() / fps,
            "the bias is in the signal already; subtract it": lambda gyro, rest, fps: (
                (gyro + gyro[:rest].mean(0))[:, 2].sum() / fps
            ),
            "the mean of the whole recording holds the turn as well; take the records at rest alone": (
                lambda gyro, rest, fps: (gyro - gyro.mean(0))[:, 2].sum() / fps
            ),
            "one record holds noise; the mean of all at rest holds much less": lambda gyro, rest, fps: (
                (gyro - gyro[0])[:, 2].sum() / fps
            ),
            "the right size, but turned the other way: take the bias from the rate, not the rate from the bias": (
                lambda gyro, rest, fps: -_without_bias(gyro, rest, fps)
            ),
            "each axis has a bias of its own; this is the mean of all three, where .mean(0) keeps them apart": (
                lambda gyro, rest, fps: (gyro - gyro[:rest].mean())[:, 2].sum() / fps
            ),
            "that is the angle at every record; asked is the last": lambda gyro, rest, fps: (
                (gyro - gyro[:rest].mean(0))[:, 2].cumsum(0) / fps
            ),
            "that is every axis at every record; asked is z, at the last": lambda gyro, rest, fps: (
                (gyro - gyro[:rest].mean(0)).cumsum(0) / fps
            ),
            "these are degrees": lambda gyro, rest, fps: math.degrees(_without_bias(gyro, rest, fps)),
            "rates times the time between records make an angle; this is their sum alone": lambda gyro, rest, fps: (
                _without_bias(gyro, rest, fps) * fps
            ),
            "the length of the rate has no sign: to and fro add up": lambda gyro, rest, fps: (
                (gyro - gyro[:rest].mean(0)).norm(dim=-1).sum() / fps
            ),
            "that is all three axes; asked is z": lambda gyro, rest, fps: (gyro - gyro[:rest].mean(0)).sum(0) / fps,
        },
    )


def bone_orientation(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """R_ws now, R_ws in a known pose and R_wb in that pose, (3, 3) each -> R_wb now (3, 3)."""
    cases = {
        "a sensor put on straight": ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [30.0, 0.0, 40.0]),
        "a crooked one, hand turned": ([5.0, -8.0, 12.0], [0.0, 90.0, 0.0], [20.0, -70.0, 50.0]),
        "a crooked one, still in the known pose": ([-10.0, 20.0, 5.0], [80.0, 0.0, 30.0], [80.0, 0.0, 30.0]),
    }
    return judge(
        answer,
        {name: _worn(*case) for name, case in cases.items()},
        praise="right: how the bone lies in the sensor's axes does not change, wherever both go",
        atol=1e-4,
        mistakes={
            "that is the sensor; the bone lies in it as it did in the known pose": lambda now, then, bone: now,
            "wrong side: what stays is the bone seen from the sensor, R_ws_flat.T @ R_wb_flat; it comes last": (
                lambda now, then, bone: bone @ then.T @ now
            ),
            "the right two factors in the wrong order: the bone seen from the sensor comes last, after R_ws": (
                lambda now, then, bone: then.T @ bone @ now
            ),
            "that is how far the sensor has turned in the world; let the bone turn with it": lambda now, then, bone: (
                now @ then.T
            ),
            "that is how far the sensor has turned, seen from itself": lambda now, then, bone: then.T @ now,
            "mounting the wrong way round: R_ws_flat is the one transposed": lambda now, then, bone: (
                now @ bone.T @ then
            ),
            "the bone has moved on since the known pose": lambda now, then, bone: bone,
            "it turns back: the sensor now is not transposed": lambda now, then, bone: now.T @ then @ bone,
        },
    )


def heading_sd_deg(answer: Callable[[float, float, float], Any]) -> Verdict:
    """Datasheet's density in mdps/√Hz, SD of the bias in deg/s, seconds -> SD of the heading, degrees."""
    cases = {
        "noise alone, a minute": (7.0, 0.0, 60.0),
        "bias alone, ten seconds": (0.0, 0.5, 10.0),
        "both, a minute": (10.0, 0.003, 60.0),
    }

    def noise(n: float, t: float) -> float:
        return n / 1000 * math.sqrt(t / 2)

    return judge(
        answer,
        {name: (case, np.hypot(noise(case[0], case[2]), case[1] * case[2])) for name, case in cases.items()},
        praise="right: noise wanders like the root of time, a bias marches on with it",
        atol=1e-4,
        unit="degrees",
        mistakes={
            "the datasheet's density is one-sided: what wanders is N, smaller by the root of two": lambda n, b, t: (
                np.hypot(n / 1000 * math.sqrt(t), b * t)
            ),
            "N is smaller than the datasheet's density, not larger: divide by the root of two": lambda n, b, t: (
                np.hypot(2 * noise(n, t), b * t)
            ),
            "the density is in thousandths of a degree per second, and one-sided: N is smaller by the root of two": (
                lambda n, b, t: np.hypot(n * math.sqrt(t), b * t)
            ),
            "noise adds up like the root of time": lambda n, b, t: np.hypot(n / 1000 * t / math.sqrt(2), b * t),
            "noise adds up like the root of time, and with the root of two": lambda n, b, t: np.hypot(
                n / 1000 * t, b * t
            ),
            "a bias adds up like time, not like its root": lambda n, b, t: np.hypot(noise(n, t), b * math.sqrt(t)),
            "independent errors add by their squares": lambda n, b, t: noise(n, t) + b * t,
            "the density is in thousandths of a degree per second": lambda n, b, t: np.hypot(1000 * noise(n, t), b * t),
            "these are radians": lambda n, b, t: math.radians(np.hypot(noise(n, t), b * t)),
            "this is the variance; take its root": lambda n, b, t: noise(n, t) ** 2 + (b * t) ** 2,
            "the bias is missing": lambda n, b, t: noise(n, t),
            "the noise is missing": lambda n, b, t: b * t,
        },
    )


def clock_offset(answer: Callable[[Tensor, Tensor, float], Any]) -> Verdict:
    """gyro_a, gyro_b (T, 3) of two sensors on one stiff body, records per second -> seconds by which b is late."""
    cases = {
        "the same clock": _two_clocks(0, 30.0),
        "b is late by 4 records of 30 a second": _two_clocks(4, 30.0),
        "b is early by 7 records of 100 a second": _two_clocks(-7, 100.0),
    }
    return judge(
        answer,
        {name: (case[:3], case[3]) for name, case in cases.items()},
        praise="right: a stiff body has one rate, so the lengths must lie on each other",
        atol=1e-3,
        unit="s",
        mistakes={
            "right, but the other way round: b late is positive": lambda a, b, fps: -_lag(a, b, norm=True) / fps,
            "these are records; divide by their rate": lambda a, b, fps: _lag(a, b, norm=True),
            "the two have other axes; compare the lengths of their rates": lambda a, b, fps: (
                _lag(a, b, norm=False) / fps
            ),
            "as many records early, in records": lambda a, b, fps: -_lag(a, b, norm=True),
            "b may be early as well: try negative k too": lambda a, b, fps: _lag(a, b, norm=True, first=0) / fps,
            "torch.roll brings the end round to the beginning; compare only records that both have": (
                lambda a, b, fps: _lag_rolled(a, b) / fps
            ),
            "a rate's length is never negative, so the longest overlap wins; take the means away first": (
                lambda a, b, fps: _lag_of_products(a, b) / fps
            ),
        },
    )


def _turn(angle: float, bias: list[float], fps: float, to_and_fro: float = 0.0) -> tuple[Tensor, int, float]:
    """Gyro of a sensor that rests, turns about z by an angle, and rests; its noise is small."""
    x = np.linspace(0, 1, round(2 * fps) + 1)
    path = angle * x**3 * (10 - 15 * x + 6 * x * x) + to_and_fro * np.sin(2 * np.pi * x) ** 2
    rate = np.concatenate([np.zeros(REST), np.diff(path) * fps, np.zeros(10)])
    noise = 0.01 * np.random.default_rng(5).standard_normal((len(rate), 3))
    noise[-1] = 2 * noise[:REST].mean(0) - noise[0]  # so that a sum and trapezoids come to the same
    gyro = np.stack([0 * rate, 0 * rate, rate], -1) + np.array(bias) + noise
    return torch.from_numpy(gyro), REST, fps


def _without_bias(gyro: Tensor, rest: int, fps: float) -> float:
    rate = gyro[:, 2].numpy()
    return float(np.trapezoid(rate - rate[:rest].mean(), dx=1 / fps))


def _worn(crooked: list[float], then: list[float], now: list[float]) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
    """A bone in a known pose and now, and a sensor that sits on it a little turned."""
    R_bs, R_wb_flat, R_wb = (Rotation.from_rotvec(v, degrees=True) for v in (crooked, then, now))
    given = R_wb * R_bs, R_wb_flat * R_bs, R_wb_flat
    now_s, then_s, then_b = (torch.from_numpy(R.as_matrix()) for R in given)
    return (now_s, then_s, then_b), torch.from_numpy(R_wb.as_matrix())


def _two_clocks(late: int, fps: float) -> tuple[Tensor, Tensor, float, float]:
    """Gyro of two sensors on a body that turns to and fro; b's records come `late`, and its axes are others."""
    t = np.arange(-20, round(6 * fps) + 20) / fps
    rate = np.stack([2 * np.sin(4.1 * t), 3 * np.sin(2.3 * t + 1) * np.cos(0.7 * t), np.cos(5.3 * t + 2)], -1)
    other = Rotation.from_rotvec([20.0, -110.0, 60.0], degrees=True).apply(rate)
    a, b = rate[20:-20], other[20 - late : len(t) - 20 - late]
    return torch.from_numpy(a), torch.from_numpy(b), fps, late / fps


def _lag(a: Tensor, b: Tensor, *, norm: bool, first: int = -REACH) -> int:
    """Records by which b comes after a, `first` or more, where the mean squared difference is least."""
    one, other = (g.norm(dim=-1, keepdim=True).numpy() if norm else g.numpy() for g in (a, b))
    inner = one[REACH:-REACH]
    lags = range(first, REACH + 1)
    misfit = [np.square(other[REACH + k : len(other) - REACH + k] - inner).mean() for k in lags]
    return lags[int(np.argmin(misfit))]


def _lag_rolled(a: Tensor, b: Tensor) -> int:
    one, other = (g.norm(dim=-1).numpy() for g in (a, b))
    misfit = [np.square(np.roll(other, -k) - one).mean() for k in range(-REACH, REACH + 1)]
    return int(np.argmin(misfit)) - REACH


def _lag_of_products(a: Tensor, b: Tensor) -> int:
    """Where the correlation is largest, of lengths whose means are still in them."""
    one, other = (g.norm(dim=-1).numpy() for g in (a, b))
    middle = len(one) - 1
    return int(np.argmax(np.correlate(other, one, "full")[middle - REACH : middle + REACH + 1])) - REACH
