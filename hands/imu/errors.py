r"""What a real sensor makes of the truth: truth, errors that stay, errors that come and go, the sensor's own filter.

Each axis of a triad reports, of the true signal $x$ (acceleration or rate),

$$
y = Q\Big(F\big[\, M x + b + d(t) + w(t) + n(t) \,\big]\Big), \qquad
M = I + \operatorname{diag}(s_1, s_2, s_3) + \text{six small angles beside the diagonal}
$$

- The scales $s$, the angles and the bias $b$ belong to the session: they are the same in every recording until the
  sensors are turned off.
- The drift $d$ is Gauss-Markov, $d_{t+1} = e^{-T/\tau} d_t + \sigma \sqrt{1 - e^{-2T/\tau}}\, \xi_t$, and stationary
  from the first sample.
- The walk is $w_{t+1} = w_t + K \sqrt T\, \xi_t$ from $w_0 = 0$.
- The white noise $n$ has the SD $N_1 \sqrt{f_s / 2}$ in each sample, with the one-sided density $N_1$.
- The filter $F$ is the sensor's own (`low_pass`); noise goes through it as the truth does. $Q$ is its range, and the
  steps of its readings.

Two conventions of "noise density" differ by the root of two. The datasheet's $N_1$, used here, is one-sided: white
noise of bandwidth $B$ has the SD $N_1 \sqrt B$, and samples at $f_s$ hold the band to $f_s / 2$. Kalibr's and Allan's
$N$ is the SD of one sample over $\sqrt{f_s}$, so $N = N_1 / \sqrt2$.

Source: IEEE Std 952-1997, annex C, for the kinds of noise.

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from scipy import signal
from torch import Tensor

from hands.imu.hardware import Hardware, Triad, low_pass
from hands.imu.recording import Recording
from hands.imu.streams import streams

Kind = Literal["acc", "gyro"]

SETTLING = 2.0
"""A filter has forgotten its start, but for 1e-4 of it, after so many times 1 / bandwidth."""


def with_errors(
    recording: Recording,
    hardware: Hardware,
    generator: torch.Generator | None = None,
    *,
    session: torch.Generator | None = None,
) -> Recording:
    """What sensors of this kind report where ideal ones measure this recording.

    Each error of each sensor has random numbers of its own, which depend on the generator and on the sensor's name
    alone: fewer sensors, or another error switched off, leave the others as they were.

    Args:
        recording: the truth, evenly spaced in time, at several times the hardware's bandwidth: sensors sample fast
            inside, and records are picked from what they sampled.
        hardware: what the sensors are.
        generator: of what differs between two recordings: noise, drift and walk. If not given, of PyTorch's own
            generator, so others each time.
        session: of what stays while the sensors stay on: bias, scale and misalignment. For two recordings of one
            session give each a generator freshly made from the same seed. If not given, `generator`: a session of its
            own.

    Returns:
        A recording of the same names, times and rotations (the true ones). Differentiable, unless readings come in
        steps.

    Raises:
        ValueError: the recording has a single record, or is too slow for the filter.

    Example:
        >>> still = Recording(torch.arange(240) / 120, torch.zeros(2, 240, 3), torch.zeros(2, 240, 3),
        ...                   torch.eye(3).expand(2, 240, 3, 3), names=("palm", "thumb"))
        >>> noisy = with_errors(still, Hardware("noisy", gyro=Triad(bias=0.01)), torch.Generator().manual_seed(0))
        >>> bool((noisy.gyro[0] == noisy.gyro[0, 0]).all()), bool(noisy.gyro[0, 0, 0] == noisy.gyro[1, 0, 0])
        (True, False)
    """
    names = recording.names or tuple(map(str, range(math.prod(recording.acc.shape[-3:-2]))))
    batch, fps = tuple(recording.acc.shape[:-2]), recording.fps
    noise = _Dice.of(generator, names, batch)
    staying = _Dice.of(session if session is not None else generator, names, batch)
    acc = _sensed(recording.acc, hardware.acc, "acc", fps, staying, noise)
    gyro = _sensed(recording.gyro, hardware.gyro, "gyro", fps, staying, noise)
    return replace(recording, acc=acc, gyro=gyro)


@dataclass(frozen=True)
class _Dice:
    """Standard normal numbers, from a stream for each sensor and each error."""

    seed: int
    names: tuple[str, ...]
    batch: tuple[int, ...]
    """Of the recording; its last axis is the sensors'."""

    @staticmethod
    def of(generator: torch.Generator | None, names: tuple[str, ...], batch: tuple[int, ...]) -> _Dice:
        return _Dice(int(torch.randint(2**62, (), generator=generator)), names, batch)

    def roll(self, error: str, *shape: int) -> Float[np.ndarray, ...]:
        """Numbers of shape (*batch, *shape). NumPy's, which are drawn five times as fast as PyTorch's in double."""
        own = streams(torch.Generator().manual_seed(self.seed), [f"{name}, {error}" for name in self.names])
        sources = [np.random.Generator(np.random.SFC64(stream.initial_seed())) for stream in own]
        *lead, _ = self.batch or (1,)
        rows = [source.standard_normal((*lead, *shape)) for source in sources]
        return np.stack(rows, len(lead)).reshape(*self.batch, *shape)


def _sensed(
    true: Float[Tensor, "*batch time 3"], triad: Triad, kind: Kind, fps: float, staying: _Dice, noise: _Dice
) -> Float[Tensor, "*batch time 3"]:
    series = _leaning(true, triad, kind, staying)
    series = series + _offset(triad, kind, true.shape[-2], fps, staying, noise).to(series)
    series = _filtered(series, triad, kind, fps, noise)
    if triad.range < math.inf:
        series = series.clamp(-triad.range, triad.range)
    return (series / triad.resolution).round() * triad.resolution if triad.resolution else series


def _leaning(true: Float[Tensor, "*batch time 3"], triad: Triad, kind: Kind, dice: _Dice) -> Tensor:
    """What axes measure that lean towards each other and have scales of their own."""
    if not (triad.scale or triad.misalignment):
        return true
    scales = triad.scale * dice.roll(f"{kind} scale", 3)[..., None]
    angles = triad.misalignment * dice.roll(f"{kind} misalignment", 3, 3)
    matrix = np.eye(3) + np.where(np.eye(3), scales, angles)
    return true @ torch.from_numpy(matrix).to(true).mT


def _offset(triad: Triad, kind: Kind, frames: int, fps: float, staying: _Dice, noise: _Dice) -> Tensor:
    """Bias, drift and walk together."""
    offset = np.zeros((1, 3))
    if triad.bias:
        offset = triad.bias * staying.roll(f"{kind} bias", 1, 3)
    if triad.drift:
        kept = math.exp(-1 / (fps * triad.correlation_time))
        kicks = triad.drift * noise.roll(f"{kind} drift", frames, 3)
        kicks[..., 1:, :] *= math.sqrt(-math.expm1(-2 / (fps * triad.correlation_time)))
        offset = offset + signal.lfilter([1.0], [1.0, -kept], kicks, axis=-2)
    if triad.bias_walk:
        steps = triad.bias_walk / math.sqrt(fps) * noise.roll(f"{kind} walk", frames, 3)
        offset = offset + steps.cumsum(-2) - steps[..., :1, :]
    return torch.from_numpy(offset)


def _filtered(series: Float[Tensor, "*batch time 3"], triad: Triad, kind: Kind, fps: float, dice: _Dice) -> Tensor:
    """White noise, and the filter. It has seen noise before the recording begins: the first sample's is no larger."""
    if triad.noise_density:
        before = 0 if triad.bandwidth is None else math.ceil(SETTLING * fps / triad.bandwidth)
        white = dice.roll(f"{kind} noise", series.shape[-2], 3)
        earlier = dice.roll(f"{kind} noise before", before, 3)
        white = triad.noise_per_sample(fps) * np.concatenate([earlier, white], -2)
        held = series[..., :1, :].expand(*series.shape[:-2], before, 3)
        series = torch.cat([held, series], -2) + torch.from_numpy(white).to(series)
        return series if triad.bandwidth is None else low_pass(series, triad.bandwidth, fps)[..., before:, :]
    return series if triad.bandwidth is None else low_pass(series, triad.bandwidth, fps)
