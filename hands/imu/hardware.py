r"""What a sensor is, as far as it is not ideal; and the filter in it. `with_errors` makes the errors.

Every inertial sensor low-passes its own signals before it reports them. Here that filter is a causal Butterworth filter
of second order, whose response at frequency $f$ to a sine is, with the bandwidth $b$ (the frequency at -3 dB),

$$ H(f) = \frac{1}{1 - \Omega^2 + i\sqrt2\,\Omega}, \qquad \Omega = \frac{\tan(\pi f / f_s)}{\tan(\pi b / f_s)} . $$

It is late, as every causal filter is: slow signals come out $\sqrt2 / (2 \pi b) = 0.225 / b$ seconds after they went in
(22.5 ms at 10 Hz).

Source: Oppenheim, Schafer 2010, section 7.2 (bilinear transform). Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import torch
from jaxtyping import Float
from scipy import signal
from torch import Tensor

LARGEST_SHARE: Final = 0.5
"""A scale or an angle as wrong as this was given in per cent, or in degrees."""


@dataclass(frozen=True)
class Triad:
    """Three sensors of one kind at right angles, an accelerometer (m/s^2) or a gyroscope (rad/s). The default is ideal.

    Every SD is of one axis; the axes err independently.

    Raises:
        ValueError: a number is negative, not finite, or of another unit.

    Example:
        >>> Triad(bandwidth=20.0, noise_density=0.0016).noise_per_sample(200.0)
        0.016
    """

    bandwidth: float | None = None
    """Where the sensor has lost 3 dB, Hz; None: it follows everything."""
    noise_density: float = 0.0
    """Of the white noise, one-sided, as datasheets give it: unit/sqrt(Hz)."""
    bias: float = 0.0
    """SD of the offset that it has after it was turned on."""
    drift: float = 0.0
    """SD of a further offset that wanders but does not go away (Gauss-Markov)."""
    correlation_time: float = 100.0
    """After so many seconds the drift remembers 1/e of itself."""
    bias_walk: float = 0.0
    """Of a last offset, which walks off from zero: its SD after one second, unit/sqrt(s)."""
    scale: float = 0.0
    """SD of the error of the scale, a share: 0.01 is 1 %."""
    misalignment: float = 0.0
    """SD of the angle by which an axis leans towards another one, radians."""
    range: float = math.inf
    """The largest reading."""
    resolution: float = 0.0
    """The step from one reading to the next; 0: there are no steps."""

    def __post_init__(self) -> None:
        b = self.bandwidth
        if b is not None and not (b > 0 and math.isfinite(b)):
            raise ValueError(f"bandwidth is {b}, expected Hz above zero, or None for no filter")
        for name in ("noise_density", "bias", "drift", "bias_walk", "resolution"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}, expected zero or more; zero is no such error")
        for name, unit in (("scale", "a share (0.01 for 1 %)"), ("misalignment", "radians")):
            if not 0 <= getattr(self, name) < LARGEST_SHARE:
                raise ValueError(f"{name} is {getattr(self, name)}, expected {unit}, at least 0, below {LARGEST_SHARE}")
        if not 0 < self.correlation_time < math.inf:
            raise ValueError(f"correlation_time is {self.correlation_time}, expected seconds above zero")
        if not self.range > 0:
            raise ValueError(f"range is {self.range}, expected the largest reading, above zero")

    def noise_per_sample(self, fps: float) -> float:
        """SD of the white noise of one sample at this rate: `noise_density * sqrt(fps / 2)`."""
        return self.noise_density * math.sqrt(fps / 2)


@dataclass(frozen=True)
class Hardware:
    """A kind of inertial sensor: an accelerometer and a gyroscope.

    Example:
        >>> Hardware("a slow sensor", acc=Triad(bandwidth=10.0)).gyro == Triad()
        True
    """

    name: str
    acc: Triad = Triad()
    """The accelerometer, in m/s^2."""
    gyro: Triad = Triad()
    """The gyroscope, in rad/s."""
    source: str = ""
    """Where its numbers are from, and which of them are assumptions."""


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
        numerator, denominator = signal.butter(2, bandwidth, fs=fps)
        filtered = signal.lfilter(numerator, denominator, series.detach().cpu().double().numpy(), axis=-2)
        return torch.from_numpy(filtered).to(series)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _Butterworth.apply(gradients[0].flip(-2), *ctx.design).flip(-2), None, None
