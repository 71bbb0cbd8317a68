r"""How sure a difference between two methods is: the t interval over paired seeds.

With the same seed two methods have the same data, the same first weights where their networks are the same, and the
same batches. So seeds are compared one by one: of n differences with mean $\bar d$ and standard deviation s the
interval is $\bar d \pm t_{n-1} s / \sqrt n$, which is narrower than the two methods' own spreads as far as a seed
that is hard for the one is hard for the other. It speaks of other seeds: other takes of the same people going through
the same programs, and other trainings. Of other recordings `intervals` speaks.

Source: Student 1908.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import Final

from scipy.stats import t as student_t

LEVEL: Final = 0.95
DIGITS: Final = 3

BySeed = Mapping[int, float]


@dataclass(frozen=True)
class Paired:
    """Differences over seeds, in the unit of what was compared."""

    mean: float
    sd: float | None
    """None with a single seed, as are the interval's ends."""
    low: float | None
    high: float | None
    below: int
    """Seeds whose difference is below zero."""
    above: int
    seeds: tuple[int, ...]

    @staticmethod
    def of(differences: BySeed) -> Paired:
        """Of one difference for each seed.

        Raises:
            ValueError: there is none.

        Example:
            >>> found = Paired.of({0: -1.0, 1: -2.0, 2: -3.0})
            >>> found.mean, found.sd, round(found.low, 2), round(found.high, 2), found.below
            (-2.0, 1.0, -4.48, 0.48, 3)
        """
        values = [differences[seed] for seed in sorted(differences)]
        if not values:
            raise ValueError("there is no seed that both methods have")
        sd = stdev(values) if len(values) > 1 else None
        half = None if sd is None else float(student_t.ppf((1 + LEVEL) / 2, len(values) - 1)) * sd / len(values) ** 0.5
        mean, below, above = fmean(values), sum(v < 0 for v in values), sum(v > 0 for v in values)
        low, high = (None, None) if half is None else (mean - half, mean + half)
        return Paired(mean, sd, low, high, below, above, tuple(sorted(differences)))

    def rounded(self, digits: int = DIGITS) -> dict[str, float | Sequence[int] | None]:
        """For a file of JSON."""
        return {
            name: round(value, digits) if isinstance(value, float) else value for name, value in asdict(self).items()
        }


def differences(of: BySeed, to: BySeed) -> dict[int, float]:
    """`of - to` for every seed that both have: below zero, the first is the smaller one.

    Example:
        >>> differences({0: 9.0, 1: 9.5, 2: 9.0}, {0: 10.0, 1: 9.0})
        {0: -1.0, 1: 0.5}
    """
    return {seed: value - to[seed] for seed, value in of.items() if seed in to}


def percent(of: BySeed, to: BySeed) -> dict[int, float]:
    """The same in percent of the second one.

    Example:
        >>> percent({0: 9.0}, {0: 10.0})
        {0: -10.0}
    """
    return {seed: 100 * (value - to[seed]) / to[seed] for seed, value in of.items() if seed in to}
