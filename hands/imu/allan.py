r"""Allan deviation: how steady the mean of a signal at rest is, for means over any time.

Of means $\bar y$ over neighbouring spans of length $\tau$,

$$ \sigma^2(\tau) = \tfrac12 \big\langle (\bar y_{k+1} - \bar y_k)^2 \big\rangle . $$

Longer means have less noise, until drift makes neighbours differ. Each error has its slope: white noise of one-sided
density $N_1$ falls as $N_1 / \sqrt{2 \tau}$, a random walk rises as $K \sqrt{\tau / 3}$, and a bias does not show.

Source: IEEE Std 952-1997, annex C; Riley 2008, *Handbook of Frequency Stability Analysis*, section 5.2.4 (overlapping
estimate).

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

PER_DECADE: Final = 8
"""Times tau in each decade."""


def allan_deviation(
    series: Float[Tensor, "*batch time axes"], fps: float
) -> tuple[Float[Tensor, " taus"], Float[Tensor, "*batch taus axes"]]:
    """The Allan deviation of a signal at rest, from all spans, which overlap.

    Args:
        series: the signal, one sample every 1 / fps seconds.
        fps: samples per second.

    Returns:
        Spans tau in seconds, from one sample to a third of the series, eight in each decade; and the deviation at
        each, in the signal's unit. The longest have few neighbours to compare and are rough.

    Raises:
        ValueError: there are fewer than three samples, or the rate is not positive.

    Example:
        >>> noise = 0.1 * torch.randn(100_000, 1, generator=torch.Generator().manual_seed(0))
        >>> tau, sigma = allan_deviation(noise, fps=100.0)
        >>> hundred = tau.tolist().index(1.0)
        >>> round(float(sigma[0]), 3), round(float(sigma[hundred]), 3)  # of 100 samples: a tenth
        (0.1, 0.01)
    """
    frames = series.shape[-2]
    if frames < 3 or not (fps > 0 and math.isfinite(fps)):
        raise ValueError(f"{frames} samples at {fps} per second, expected at least 3, and a rate above zero")
    longest = math.log10(frames // 3)
    spans = sorted({round(10 ** (k / PER_DECADE)) for k in range(int(longest * PER_DECADE) + 1)})
    start = torch.zeros_like(series[..., :1, :], dtype=torch.float64)
    total = torch.cat([start, (series.double() - series.double().mean(-2, keepdim=True)).cumsum(-2)], -2)
    deviations = [_deviation(total, span) for span in spans]
    return torch.tensor(spans, dtype=torch.float64) / fps, torch.stack(deviations, -2)


def _deviation(total: Float[Tensor, "*batch time axes"], span: int) -> Float[Tensor, "*batch axes"]:
    """From running sums: the second difference over a span is the span times the difference of two means."""
    second = total[..., 2 * span :, :] - 2 * total[..., span:-span, :] + total[..., : -2 * span, :]
    return (second / span).square().mean(-2).div(2).sqrt()
