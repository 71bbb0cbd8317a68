r"""What a sensor is, as far as it is not ideal: for now, how fast its signals can change.

Every inertial sensor low-passes its own signals before it reports them. Here that filter is a causal Butterworth filter
of second order, whose response at frequency $f$ to a sine is, with the bandwidth $b$ (the frequency at -3 dB),

$$ H(f) = \frac{1}{1 - \Omega^2 + i\sqrt2\,\Omega}, \qquad \Omega = \frac{\tan(\pi f / f_s)}{\tan(\pi b / f_s)} . $$

It is late, as every causal filter is: slow signals come out $\sqrt2 / (2 \pi b) = 0.225 / b$ seconds after they went in
(22.5 ms at 10 Hz).

Source: Oppenheim, Schafer 2010, section 7.2 (bilinear transform). Explained in the book: *Real sensors*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import torch
from jaxtyping import Float
from scipy import signal
from torch import Tensor


@dataclass(frozen=True)
class Hardware:
    """A kind of inertial sensor.

    Raises:
        ValueError: a bandwidth is not positive.

    Example:
        >>> Hardware("a slow sensor", acc_bandwidth=10.0, gyro_bandwidth=12.5).acc_bandwidth
        10.0
    """

    name: str
    acc_bandwidth: float | None = None
    """Where the accelerometer has lost 3 dB, Hz; None: it follows everything."""
    gyro_bandwidth: float | None = None
    """The same of the gyroscope, Hz."""

    def __post_init__(self) -> None:
        for field in ("acc_bandwidth", "gyro_bandwidth"):
            bandwidth = getattr(self, field)
            if bandwidth is not None and not (bandwidth > 0 and math.isfinite(bandwidth)):
                raise ValueError(f"{field} of {self.name!r} is {bandwidth}, expected Hz above zero, or None")


ideal: Final = Hardware("ideal")
"""A sensor that reports the truth."""


def low_pass(series: Float[Tensor, "*batch time axes"], bandwidth: float, fps: float) -> Tensor:
    """A signal behind a causal second-order Butterworth filter that has seen the first value for ever.

    Differentiable; computed in double precision on the CPU, and returned as it came.

    Args:
        series: the signal, one sample every 1 / fps seconds.
        bandwidth: frequency at which -3 dB are left, Hz.
        fps: samples per second.

    Raises:
        ValueError: the bandwidth is not between 0 and fps / 2, beyond which samples at this rate show nothing.

    Example:
        >>> steady = torch.full((4, 1), 9.81)
        >>> bool(torch.equal(low_pass(steady, 10.0, 120.0), steady))
        True
    """
    if not 0 < bandwidth < fps / 2:
        raise ValueError(
            f"a bandwidth of {bandwidth} Hz cannot be simulated at {fps} frames per second: expected more than 0 and "
            f"less than {fps / 2}; simulate at a higher rate, or take None for no filter"
        )
    start = series[..., :1, :]  # the filter passes constants, so this is its steady state
    filtered: Tensor = _Butterworth.apply(series - start, bandwidth, fps)
    return start + filtered


class _Butterworth(torch.autograd.Function):
    """The filter, from rest, along the last axis but one.

    It is linear, and its transpose is itself, run backwards in time.
    """

    @staticmethod
    def forward(ctx: Any, series: Tensor, bandwidth: float, fps: float) -> Tensor:
        ctx.design = bandwidth, fps
        sections = signal.butter(2, bandwidth, fs=fps, output="sos")
        filtered = signal.sosfilt(sections, series.detach().cpu().double().numpy(), axis=-2)
        return torch.from_numpy(filtered).to(series)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _Butterworth.apply(gradients[0].flip(-2), *ctx.design).flip(-2), None, None
