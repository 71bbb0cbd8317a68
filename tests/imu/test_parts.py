"""Sensors that can be bought, against their data sheets' figures in other units."""

import math

import numpy as np
import pytest
import torch

from hands import imu
from hands.imu import parts
from hands.imu.simulation import physics_grid


def test_noise_in_a_band_of_30_hz_is_what_the_data_sheet_makes_it():
    """BMI270: 160 ug and 7 mdps per root of a hertz."""
    assert parts.BMI270.acc.noise_per_sample(60.0) == pytest.approx(8.6e-3, rel=0.002)
    assert parts.BMI270.gyro.noise_per_sample(60.0) == pytest.approx(6.7e-4, rel=0.002)


@pytest.mark.parametrize("part", [parts.BMI270, parts.MPU_9250], ids=lambda part: part.name)
def test_sixteen_bits_span_the_range(part):
    for triad in (part.acc, part.gyro):
        assert 2 * triad.range / triad.resolution == pytest.approx(2**16, rel=0.002)


@pytest.mark.parametrize("part", parts.PARTS.values(), ids=parts.PARTS)
def test_a_part_is_fit_for_hands(part):
    """16 g and 2000 degrees a second; the physics need no finer grid for it; its numbers have a source."""
    assert part.acc.range == pytest.approx(156.9, abs=0.01)
    assert part.gyro.range == pytest.approx(34.907, abs=0.001)
    assert physics_grid(120.0, 30.0, part) == (120.0, 4)
    assert "data sheet" in part.source or "rev." in part.source or "BST-" in part.source
    assert parts.PARTS[part.name] is part


def test_who_pays_more_gets_less_noise():
    of = parts.PARTS
    for kind in ("acc", "gyro"):
        noise = [getattr(of[name], kind).noise_density for name in ("LSM6DSV", "BMI270", "MPU-9250")]
        assert noise == sorted(noise)
        assert getattr(of["MTi-1"], kind).bias < getattr(of["BMI270"], kind).bias < getattr(of["MPU-9250"], kind).bias


def test_the_gyroscopes_bias_is_what_a_still_second_leaves():
    """MTi-1, whose temperature is compensated: the SD of the mean of one second of its noise."""
    noise = imu.Hardware("noise", gyro=imu.Triad(noise_density=parts.MTI_1.gyro.noise_density))
    series = torch.zeros(400, 120, 3).double()
    still = imu.Recording(torch.arange(120) / 120, series, series, torch.eye(3).double().expand(400, 120, 3, 3))
    means = imu.with_errors(still, noise, torch.Generator().manual_seed(0)).gyro.mean(1)
    assert float(means.std()) == pytest.approx(parts.MTI_1.gyro.bias, rel=4 / math.sqrt(2 * 1200))


def test_warming_is_most_of_a_cheap_gyroscopes_bias():
    """60 dps over 125 degrees, for one degree; the mean of a second is nothing beside it."""
    assert np.degrees(parts.MPU_9250.gyro.bias) == pytest.approx(0.48, rel=0.001)
    assert np.degrees(parts.BMI270.gyro.bias) == pytest.approx(math.hypot(0.02, 0.007 / math.sqrt(2)), rel=1e-9)
