"""When the hand was held still: found from the gyroscopes.

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from hands.imu.recording import Recording

QUIET: Final = 0.25
"""rad/s: more than the bias of a cheap gyroscope, less than anything done on purpose."""
SMOOTHED: Final = 0.25
"""Seconds of the mean over which a tremor cancels out."""
SHORTEST: Final = 0.5
"""Seconds: what is shorter was no hold, but a pause."""
MARGIN: Final = 0.15
"""Seconds at either end of a span that are left out, where a movement still ends or already begins."""


class CalibrationError(ValueError):
    """Sensors cannot be calibrated from this recording."""


def still_spans(recording: Recording, number: int) -> list[tuple[float, float]]:
    """The longest times in which no sensor turned, in their order: (from, to) in seconds, without their ends.

    Raises:
        CalibrationError: there are fewer than asked for.
    """
    frames = max(1, round(SMOOTHED * recording.fps))
    rate = smooth(recording.gyro.detach(), frames).norm(dim=-1).flatten(0, -2).amax(0)
    quiet = torch.nn.functional.pad((rate < QUIET).int(), (1, 1))
    starts, ends = ((quiet.diff() == sign).nonzero().flatten() for sign in (1, -1))
    times = recording.timestamps
    spans = [(float(times[a]), float(times[b - 1])) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    held = sorted((span for span in spans if span[1] - span[0] >= SHORTEST), key=lambda span: span[0] - span[1])
    if len(held) < number:
        longest = max((end - start for start, end in spans), default=0.0)
        raise CalibrationError(
            f"{number} poses were to be held, but the sensors kept still {len(held)} times for {SHORTEST} s or more "
            f"(the longest was {longest:.2f} s): hold each pose for two seconds, and move in between. {_doubt(rate)}"
        )
    return [(start + MARGIN, end - MARGIN) for start, end in sorted(held[:number])]


def _doubt(rate: Float[Tensor, " time"]) -> str:
    """What may be wrong with the numbers, if it is not the wearer."""
    slowest, fastest = float(rate.min()), float(rate.max())
    said = f"The fastest sensor's rate goes from {slowest:.2f} to {fastest:.2f} rad/s"
    if slowest >= QUIET:
        return f"{said}: is the gyroscopes' bias subtracted, and was it taken while the hand was still?"
    return f"{said}: are these rad/s?"


def smooth(series: Float[Tensor, "*batch time 3"], frames: int) -> Tensor:
    """Mean over so many frames about each one; fewer at the ends."""
    planar = series.mT.reshape(-1, 1, series.shape[-2])
    mean = torch.nn.functional.avg_pool1d(planar, 2 * (frames // 2) + 1, 1, frames // 2, count_include_pad=False)
    return mean.reshape(series.mT.shape).mT
