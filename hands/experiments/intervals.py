r"""How sure a mean error is: the bootstrap over recordings.

Frames of one recording are alike, so 60,000 of them are far from 60,000 trials: taken for such, they make an interval
that is many times too narrow. What was drawn independently is the recording. So recordings are drawn again, with
replacement, as many as there are, each with all its frames, and the mean over all frames is taken each time:

$$ \bar e^{(b)} = \frac{\sum_i n_i^{(b)} s_i}{\sum_i n_i^{(b)} c_i}, \qquad (n_1, \ldots, n_R) \sim
\mathrm{Multinomial}(R; 1/R, \ldots, 1/R), $$

with $s_i$ the sum of errors of recording $i$ and $c_i$ its frames. The interval reaches between percentiles of these
means. With fewer than about 20 recordings it is somewhat too narrow. It speaks of other recordings like these, and
neither of other seeds of the training nor, if a person has several recordings, of other people: for that, give the
person as the group.

Two methods on the same recordings are compared by the interval of their difference, frame by frame, which is narrower
than either's own as far as what is hard for one is hard for the other.

Source: Efron and Tibshirani 1993, *An introduction to the bootstrap*, chapters 8 and 13; Field and Welsh 2007,
*Bootstrapping clustered data* (the cluster bootstrap).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

ArrayLike = torch.Tensor | npt.NDArray[np.floating] | Sequence[float]
Groups = torch.Tensor | npt.NDArray[np.generic] | Sequence[str | int]
Floats = npt.NDArray[np.float64]

RESAMPLES: Final = 10_000
FEWEST: Final = 2
"""Recordings without which there is nothing to draw from."""


@dataclass(frozen=True)
class Interval:
    """A mean, and where it would be in most repetitions; the unit is that of the errors."""

    mean: float
    low: float
    high: float
    level: float
    """Share of repetitions that lie within."""
    recordings: int

    def __contains__(self, value: float | int) -> bool:
        return self.low <= value <= self.high


def by_recording(
    errors: ArrayLike, groups: Groups, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The mean error over frames with its percentile interval, by drawing recordings again.

    Args:
        errors: one for each frame, in any unit.
        groups: which recording each frame is of: a name or a number for each.
        level: share of repetitions that the interval holds.
        resamples: how often recordings are drawn.
        seed: of the draws: the same one gives the same interval.

    Raises:
        ValueError: errors and groups do not fit, there are fewer than two recordings, or an option makes no sense.

    Example:
        >>> by_recording([1.0, 1.0, 3.0, 3.0], ["a", "a", "b", "b"])
        Interval(mean=2.0, low=1.0, high=3.0, level=0.95, recordings=2)
    """
    values = _values(errors, "errors")
    sums, counts = _by_group(values, groups)
    return _interval(sums, counts, level, resamples, seed)


def difference(
    errors: ArrayLike,
    others: ArrayLike,
    groups: Groups,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The same for `errors - others` of two methods on the same frames: below zero, the first is the better one.

    Raises:
        ValueError: the two do not have the same frames, or as `by_recording`.

    Example:
        >>> found = difference([1.0, 2.0, 5.0], [2.0, 3.0, 5.5], ["a", "b", "c"])
        >>> found.mean < 0, 0.0 in found
        (True, False)
    """
    first, second = _values(errors, "errors"), _values(others, "others")
    if first.shape != second.shape:
        raise ValueError(f"{first.size} errors of one method and {second.size} of the other: give the same frames")
    return by_recording(first - second, groups, level=level, resamples=resamples, seed=seed)


def _interval(sums: Floats, counts: Floats, level: float, resamples: int, seed: int) -> Interval:
    if not 0 < level < 1:
        raise ValueError(f"level is {level}, expected a share between 0 and 1, such as 0.95")
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}, expected 1 or more")
    recordings = len(sums)
    drawn = np.random.default_rng(seed).multinomial(recordings, np.full(recordings, 1 / recordings), resamples)
    means = (drawn @ sums) / (drawn @ counts)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(sums.sum() / counts.sum()), float(low), float(high), level, recordings)


def _by_group(values: Floats, groups: Groups) -> tuple[Floats, Floats]:
    """Sum of errors and number of frames of every recording."""
    names = np.asarray(groups.cpu() if isinstance(groups, torch.Tensor) else groups)
    if names.shape != values.shape:
        raise ValueError(f"{values.size} errors and {names.size} groups: say of each frame which recording it is of")
    found, which = np.unique(names, return_inverse=True)
    if len(found) < FEWEST:
        raise ValueError(f"{len(found)} recording, expected {FEWEST} or more: from one there is nothing to draw")
    sums, counts = np.bincount(which, weights=values), np.bincount(which)
    return sums.astype(np.float64), counts.astype(np.float64)


def _values(errors: ArrayLike, name: str) -> Floats:
    array = np.asarray(errors.detach().cpu() if isinstance(errors, torch.Tensor) else errors, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError(f"{name} have shape {array.shape}: give one finite number for each frame")
    return array
