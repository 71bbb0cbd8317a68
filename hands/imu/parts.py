"""Sensors that can be bought: what their data sheets say, set up for hands that are recorded 30 times a second.

A data sheet's "typical ±" is read as one standard deviation (Bosch Sensortec says so of its own). Three things are not
in data sheets, and are decided here:

- **Filter.** All are set to 20 Hz, as near below half of the usual rates as hands allow. For another,
  `dataclasses.replace`.
- **The gyroscope's bias is what is left of it.** Whoever wears a glove holds still for a second when it is turned on,
  and the host subtracts what the gyroscopes say. What is left is the noise of that second's mean, and what one degree
  of warming has changed since. The raw offset, for those who do not subtract, is in `source`.
- **Drift.** The temperature of a sensor that is worn wanders by a fifth of a degree or so, over minutes (100 s); the
  offset with it. (A data sheet's bias instability, where there is one, is the least that is left at constant
  temperature.)

Source: the data sheets named with each part. What they leave out is *typical of the class*: the offsets of BMI160,
BMI055, ICM-20602 and ICM-42688 change by 5 to 80 mdps and 0.15 to 1 mg with each degree, the zero-g offsets of all of
these and of the ICM-20948 are 20 to 60 mg, and its axes lean by 2 %.

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hands.imu.hardware import Hardware, Triad

G: Final = 9.80665
"""What data sheets mean by g, m/s^2."""
MILLI_G: Final = 1e-3 * G
MICRO_G: Final = 1e-6 * G
DPS: Final = math.radians(1.0)
"""A degree per second, rad/s."""
MILLI_DPS: Final = 1e-3 * DPS

BANDWIDTH: Final = 20.0
"""Hz."""
STILL: Final = 1.0
"""Seconds for which the hand is still at the start, while the host averages the gyroscopes."""
WARMED: Final = 1.0
"""By how much a sensor has warmed since then, degrees: an assumption."""
WANDERING: Final = 0.2
"""SD of its temperature around the mean of some minutes, degrees: an assumption."""

_ACC_PER_DEGREE: Final = 0.4 * MILLI_G
_GYRO_PER_DEGREE: Final = 20 * MILLI_DPS
_LEANING: Final = 0.01


def _left(noise_density: float, per_degree: float) -> float:
    """SD of a gyroscope's bias after the mean of a still second was subtracted, and a degree of warming."""
    return math.hypot(noise_density / math.sqrt(2 * STILL), per_degree * WARMED)


BMI270: Final = Hardware(
    "BMI270",
    acc=Triad(
        bandwidth=BANDWIDTH,
        noise_density=160 * MICRO_G,
        bias=20 * MILLI_G,
        drift=_ACC_PER_DEGREE * WANDERING,
        scale=0.005,
        misalignment=_LEANING,
        range=16 * G,
        resolution=G / 2048,
    ),
    gyro=Triad(
        bandwidth=BANDWIDTH,
        noise_density=7 * MILLI_DPS,
        bias=_left(7 * MILLI_DPS, _GYRO_PER_DEGREE),
        drift=_GYRO_PER_DEGREE * WANDERING,
        scale=0.005,
        misalignment=_LEANING,
        range=2000 * DPS,
        resolution=DPS / 16.384,
    ),
    source="Bosch Sensortec BST-BMI270-DS000: noise (gyroscope in performance mode), ranges, steps; raw zero-rate "
    "offset 0.5 dps. Typical of the class: zero-g offset, scale (gyroscope after its own retrimming), leaning, "
    "temperature.",
)

LSM6DSV: Final = Hardware(
    "LSM6DSV",
    acc=Triad(
        bandwidth=BANDWIDTH,
        noise_density=60 * MICRO_G,
        bias=20 * MILLI_G,
        drift=_ACC_PER_DEGREE * WANDERING,
        scale=0.005,
        misalignment=_LEANING,
        range=16 * G,
        resolution=0.488 * MILLI_G,
    ),
    gyro=Triad(
        bandwidth=BANDWIDTH,
        noise_density=2.8 * MILLI_DPS,
        bias=_left(2.8 * MILLI_DPS, _GYRO_PER_DEGREE),
        drift=_GYRO_PER_DEGREE * WANDERING,
        scale=0.005,
        misalignment=_LEANING,
        range=2000 * DPS,
        resolution=70 * MILLI_DPS,
    ),
    source="ST LSM6DSV data sheet: noise in high-performance mode, ranges, steps. Typical of the class: zero-g offset, "
    "scale, leaning, temperature.",
)

MPU_9250: Final = Hardware(
    "MPU-9250",
    acc=Triad(
        bandwidth=BANDWIDTH,
        noise_density=300 * MICRO_G,
        bias=60 * MILLI_G,
        drift=1.5 * MILLI_G * WANDERING,
        scale=0.03,
        misalignment=0.02,
        range=16 * G,
        resolution=G / 2048,
    ),
    gyro=Triad(
        bandwidth=BANDWIDTH,
        noise_density=10 * MILLI_DPS,
        bias=_left(10 * MILLI_DPS, 60 / 125 * DPS),
        drift=60 / 125 * DPS * WANDERING,
        scale=0.03,
        misalignment=0.02,
        range=2000 * DPS,
        resolution=DPS / 16.4,
    ),
    source="InvenSense PS-MPU-9250A-01 rev. 1.0, tables 1 and 2: noise, zero-g offset (60 mg along x and y, 80 along "
    "z), 1.5 mg per degree, scale, cross-axis, ranges, steps; raw zero-rate offset 5 dps, ±30 dps from -40 to +85 "
    "degrees.",
)

MTI_1: Final = Hardware(
    "MTi-1",
    acc=Triad(
        bandwidth=BANDWIDTH,
        noise_density=120 * MICRO_G,
        bias=3 * MILLI_G,
        drift=0.03 * MILLI_G,
        scale=0.001,
        misalignment=0.001,
        range=16 * G,
    ),
    gyro=Triad(
        bandwidth=BANDWIDTH,
        noise_density=7 * MILLI_DPS,
        bias=_left(7 * MILLI_DPS, 0.0),
        drift=10 / 3600 * DPS,
        scale=0.001,
        misalignment=0.001,
        range=2000 * DPS,
    ),
    source="Xsens MTi 1-series data sheet: noise, in-run bias stability (taken for the drift), ranges. Calibrated in "
    "the factory, temperature included: assumed are 3 mg, 0.1 % and 1 mrad left, and no steps, for it reports floats.",
)

PARTS: Final[Mapping[str, Hardware]] = MappingProxyType(
    {part.name: part for part in (BMI270, LSM6DSV, MPU_9250, MTI_1)}
)
"""By name."""
