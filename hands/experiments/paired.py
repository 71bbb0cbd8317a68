r"""How sure a difference between two methods is: the t interval over paired seeds.

With the same seed two methods have the same data, the same first weights where their networks are the same, and the
same batches. So seeds are compared one by one: of n differences with mean $\bar d$ and standard deviation s the
interval is $\bar d \pm t_{n-1} s / \sqrt n$. Two methods that do not share seeds would have
$\bar d \pm t_{2n-2} \sqrt{(a^2 + b^2) / n}$, with a and b their own spreads. Pairs cost degrees of freedom, and what
they give for them is $s^2 = a^2 + b^2 - 2 r a b$: they pay if the correlation r is large enough (`pairing`). The
interval speaks of other seeds: other takes of the same people going through the same programs, and other trainings. Of
other recordings `intervals` speaks.

Source: Student 1908.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import correlation, fmean, stdev
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
        half = None if sd is None else t_factor(len(values) - 1) * sd / len(values) ** 0.5
        mean, below, above = fmean(values), sum(v < 0 for v in values), sum(v > 0 for v in values)
        low, high = (None, None) if half is None else (mean - half, mean + half)
        return Paired(mean, sd, low, high, below, above, tuple(sorted(differences)))

    def rounded(self, digits: int = DIGITS) -> dict[str, float | Sequence[int] | None]:
        """For a file of JSON."""
        return {
            name: round(value, digits) if isinstance(value, float) else value for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class Pairing:
    """What it changes that seeds are compared in pairs."""

    r: float | None
    """Correlation of the two methods' errors over seeds; None if one of them has no spread."""
    paired: float
    """Half of the interval, in the unit of what is compared."""
    unpaired: float
    """What it would be of two methods whose seeds have nothing to do with each other."""


def pairing(of: BySeed, to: BySeed) -> Pairing | None:
    """Half of the interval with and without pairs, over the seeds that both have; None of fewer than two.

    Example:
        >>> found = pairing({0: 1.0, 1: 2.0, 2: 3.0}, {0: 1.5, 1: 2.0, 2: 3.5})
        >>> round(found.r, 2), round(found.paired, 2), round(found.unpaired, 2)
        (0.96, 0.72, 2.31)
    """
    seeds = [seed for seed in of if seed in to]
    n = len(seeds)
    if n < 2:
        return None
    one, other = [of[seed] for seed in seeds], [to[seed] for seed in seeds]
    a, b, s = stdev(one), stdev(other), stdev([x - y for x, y in zip(one, other, strict=True)])
    r = correlation(one, other) if a and b else None
    return Pairing(r, t_factor(n - 1) * s / n**0.5, t_factor(2 * n - 2) * (a * a + b * b) ** 0.5 / n**0.5)


def correlation_that_pays(n: int) -> float:
    """From which correlation on pairs make the interval narrower, if both methods spread alike.

    Example:
        >>> round(correlation_that_pays(3), 2), round(correlation_that_pays(5), 2)
        (0.58, 0.31)
    """
    return 1 - (t_factor(2 * n - 2) / t_factor(n - 1)) ** 2


def t_factor(freedom: int) -> float:
    """Half of an interval of this level, in standard errors.

    Example:
        >>> round(t_factor(2), 2), round(t_factor(4), 2)
        (4.3, 2.78)
    """
    return float(student_t.ppf((1 + LEVEL) / 2, freedom))


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
