r"""The way back: from what a sensor measured to where it is. It drifts.

$$
R_{t+1} = R_t \exp(T \omega_t), \qquad v_{t+1} = v_t + T\, \frac{a_t + a_{t+1}}{2}, \qquad
p_{t+1} = p_t + T\, \frac{v_t + v_{t+1}}{2}
$$

with $\omega_t$ the rate from frame t to the next. An error of the rate grows in the orientation like time, an error of
the acceleration in the position like time squared: 0.05 m/s^2, what a careful calibration leaves, are 2.5 m after
10 s.

Explained in the book: *What a perfect IMU measures*.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from hands.imu.physics import Scheme, check_rate, check_scheme
from hands.mano.lbs import axis_angle_to_rotmat


def integrate_gyro(
    gyro: Float[Tensor, "*batch time 3"],
    start: Float[Tensor, "*batch 3 3"],
    fps: float,
    scheme: Scheme = "central",
) -> Float[Tensor, "*batch time 3 3"]:
    r"""Orientations R_ws from angular rates.

    Args:
        gyro: angular rate in the sensor's axes, rad/s.
        start: orientation in the first frame.
        fps: frames per second.
        scheme: how the rates were made. `"forward"`: each is the mean rate to the next frame, and is held that long;
            the last one is not used. `"central"`: each is the rate at its frame, and two neighbours are averaged
            (trapezoids). Central rates that are held are half a frame late all the time: a lag, which does not grow.

    Raises:
        ValueError: shapes do not fit, there is no such scheme, or the rate is not positive.

    Example:
        >>> turning = torch.tensor([0.0, 0.0, torch.pi]).expand(31, 3)
        >>> integrate_gyro(turning, torch.eye(3), fps=30.0)[-1].round().int().tolist()
        [[-1, 0, 0], [0, -1, 0], [0, 0, 1]]
    """
    check_rate(fps)
    check_scheme(scheme)
    _check_start("gyro", gyro, "start", start, (3, 3))
    rate = gyro[..., :-1, :] if scheme == "forward" else (gyro[..., :-1, :] + gyro[..., 1:, :]) / 2
    return _running_product(torch.cat([start[..., None, :, :], axis_angle_to_rotmat(rate / fps)], -3))


def _running_product(factors: Float[Tensor, "*batch time 3 3"]) -> Float[Tensor, "*batch time 3 3"]:
    """F_0, F_0 F_1, F_0 F_1 F_2, ...: products of 1, 2, 4, ... factors, so that a minute takes 13 steps."""
    products, span = factors, 1
    while span < factors.shape[-3]:
        longer = products[..., :-span, :, :] @ products[..., span:, :, :]
        products = torch.cat([products[..., :span, :, :], longer], -3)
        span *= 2
    return products


def integrate_acceleration(
    lin_acc_w: Float[Tensor, "*batch time 3"],
    start: Float[Tensor, "*batch 3"],
    velocity: Float[Tensor, "*batch 3"],
    fps: float,
) -> Float[Tensor, "*batch time 3"]:
    """Positions from accelerations in the world, by trapezoids, twice.

    Args:
        lin_acc_w: kinematic acceleration, m/s^2; of a recording, `rotation @ acc + g_w`.
        start: position in the first frame, metres.
        velocity: in the first frame, m/s.
        fps: frames per second.

    Raises:
        ValueError: shapes do not fit, or the rate is not positive.

    Example:
        >>> falling = torch.tensor([0.0, 0.0, -9.81]).expand(121, 3)
        >>> integrate_acceleration(falling, torch.zeros(3), torch.zeros(3), fps=120.0)[-1, 2]
        tensor(-4.9050)
    """
    check_rate(fps)
    _check_start("lin_acc_w", lin_acc_w, "start", start, (3,))
    _check_start("lin_acc_w", lin_acc_w, "velocity", velocity, (3,))
    velocities = velocity[..., None, :] + _running_integral(lin_acc_w, fps)
    return start[..., None, :] + _running_integral(velocities, fps)


def _running_integral(series: Float[Tensor, "*batch time axes"], fps: float) -> Tensor:
    integral = torch.cumulative_trapezoid(series, dx=1 / fps, dim=-2)
    return torch.cat([torch.zeros_like(series[..., :1, :]), integral], -2)


def _check_start(series_name: str, series: Tensor, name: str, start: Tensor, tail: tuple[int, ...]) -> None:
    """A start for each series."""
    fits = series.ndim >= 2 and series.shape[-1] == 3 and series.shape[-2] > 0
    if not fits or start.shape != (*series.shape[:-2], *tail):
        raise ValueError(
            f"{series_name} has shape {tuple(series.shape)} and {name} {tuple(start.shape)}, expected (..., T, 3) and "
            f"(..., {', '.join(map(str, tail))}) with the same beginning"
        )
