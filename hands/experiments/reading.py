"""What a difference of the study says, in words that follow from its numbers by a rule.

Text that reports a result must change when the result does. So it is made here, of the differences that the tables
hold: one is *smaller* or *larger* if its whole interval lies on that side of zero, *not told apart* from nothing if
zero lies within, and *one seed* where there is no interval yet.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from hands.experiments.claims import of_direction
from hands.experiments.paired import BySeed, Paired, differences
from hands.experiments.tables import Line

Side = Literal["smaller", "larger", "not told apart", "one seed"]

_SIDES: Final[Mapping[str, Side]] = {
    "agrees": "smaller",
    "disagrees": "larger",
    "cannot tell here": "not told apart",
    "cannot tell yet": "one seed",
}


def side(found: Paired) -> Side:
    """On which side of zero the interval lies.

    Example:
        >>> side(Paired.of({0: 0.9, 1: 1.0, 2: 1.1})), side(Paired.of({0: -1.0, 1: 1.0})), side(Paired.of({0: -1.0}))
        ('larger', 'not told apart', 'one seed')
    """
    return _SIDES[of_direction(found, -1)]


def again(kept: Mapping[str, Any]) -> Paired:
    """A difference as a file of JSON keeps it."""
    names = ("mean", "sd", "low", "high", "below", "above")
    return Paired(**{name: kept[name] for name in names}, seeds=tuple(kept["seeds"]))


def by_seed(line: Line) -> dict[int, float]:
    """The MPJPE of each seed of a line, mm."""
    return dict(zip(line["seeds"], line["mpjpe_by_seed_mm"], strict=True))


def between(line: Line, other: Line) -> Paired | None:
    """How the MPJPE of one line differs from another's, mm; None if they have no seed in common."""
    found: BySeed = differences(by_seed(line), by_seed(other))
    return Paired.of(found) if found else None


def number(found: Paired | None, digits: int = 2) -> str:
    """A mean and its interval, for a cell of a table.

    Example:
        >>> number(Paired.of({0: -1.0, 1: -2.0, 2: -3.0})), number(Paired.of({0: 1.0})), number(None)
        ('-2.00 (-4.48 to +0.48)', '+1.00', '')
    """
    if found is None:
        return ""
    mean = f"{found.mean:+.{digits}f}"
    return mean if found.low is None else f"{mean} ({found.low:+.{digits}f} to {found.high:+.{digits}f})"


def sentence(subject: str, other: str, found: Paired | None, unit: str = "mm") -> str:
    """What was found of two methods' errors, in a sentence without its full stop.

    Example:
        >>> sentence("A", "B", Paired.of({0: 0.9, 1: 1.0, 2: 1.1}))
        'A errs more than B, by 1.00 mm (interval 0.75 to 1.25; more in 3 of 3 seeds)'
        >>> sentence("A", "B", Paired.of({0: -1.0, 1: 2.0}))
        'A and B cannot be told apart: they differ by +0.50 mm (interval -18.56 to +19.56; more in 1 of 2 seeds)'
    """
    if found is None:
        return f"{subject} and {other} have no seed in common yet"
    if found.low is None or found.high is None:
        return f"with one seed, from which nothing follows, {subject} differs from {other} by {found.mean:+.2f} {unit}"
    word = "less" if found.mean < 0 else "more"
    count = f"{word} in {seeds_like_the_mean(found)} of {len(found.seeds)} seeds"
    if side(found) == "not told apart":
        ends = f"interval {found.low:+.2f} to {found.high:+.2f}"
        return f"{subject} and {other} cannot be told apart: they differ by {found.mean:+.2f} {unit} ({ends}; {count})"
    near, far = sorted((abs(found.low), abs(found.high)))
    ends = f"interval {near:.2f} to {far:.2f}"
    return f"{subject} errs {word} than {other}, by {abs(found.mean):.2f} {unit} ({ends}; {count})"


def seeds_like_the_mean(found: Paired) -> int:
    """Seeds that lie on the side of the mean."""
    return found.below if found.mean < 0 else found.above


def counted(content: Mapping[str, Any]) -> str:
    """How much of a plan a table holds.

    Example:
        >>> counted({"runs": {"done": 3, "planned": 51}}), counted({"runs": {"done": 51, "planned": 51}})
        ('3 of 51 planned runs', 'all 51 planned runs')
    """
    done, planned = content["runs"]["done"], content["runs"]["planned"]
    return f"all {planned} planned runs" if done == planned else f"{done} of {planned} planned runs"


def seeds_of(line: Line) -> str:
    """How many seeds a line has, and how many it will have.

    Example:
        >>> seeds_of({"seeds": [0, 1], "missing_seeds": [2]}), seeds_of({"seeds": [0, 1], "missing_seeds": []})
        ('2 of 3', '2')
    """
    here, missing = len(line["seeds"]), len(line.get("missing_seeds", ()))
    return f"{here} of {here + missing}" if missing else f"{here}"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence; where one has a comma in it, semicolons part them.

    Example:
        >>> listed(["a"]), listed(["a", "b", "c"]), listed(["a, twice", "b"]), listed([])
        ('a', 'a, b and c', 'a, twice; b', 'none')
    """
    if not names:
        return "none"
    if any("," in name for name in names):
        return "; ".join(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
