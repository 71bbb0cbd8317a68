"""What a difference of the study says, in words that follow from its numbers by a rule.

Text that reports a result must change when the result does. So it is made here, of the differences that the tables
hold: one is *smaller* or *larger* if its whole interval lies on that side of zero, and *not told apart* from nothing if
zero lies within. Of fewer than three seeds nothing is said: *too few seeds*. While runs of the plan are missing,
`opening` says so before anything else.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from hands.experiments.claims import of_direction
from hands.experiments.paired import BySeed, Paired, differences
from hands.experiments.tables import Line

Side = Literal["smaller", "larger", "not told apart", "one seed"]
Verdict = Literal["smaller", "larger", "not told apart", "too few seeds"]

FEWEST: Final = 3
"""Seeds from which on a verdict is given."""

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


def verdict(found: Paired | None) -> Verdict:
    """What is said of a difference: its side, if there are seeds enough.

    Example:
        >>> verdict(Paired.of({0: 0.9, 1: 1.0, 2: 1.1})), verdict(Paired.of({0: 0.9, 1: 1.0})), verdict(None)
        ('larger', 'too few seeds', 'too few seeds')
    """
    if found is None or len(found.seeds) < FEWEST:
        return "too few seeds"
    own = side(found)
    return "too few seeds" if own == "one seed" else own


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
        >>> sentence("A", "B", Paired.of({0: -1.0, 1: 2.0, 2: 2.0}))
        'A and B cannot be told apart: they differ by +1.00 mm (interval -3.30 to +5.30; more in 2 of 3 seeds)'
    """
    if found is None:
        return f"{subject} and {other} have no seed in common yet"
    if found.low is None or found.high is None or verdict(found) == "too few seeds":
        seeds = "one seed" if len(found.seeds) == 1 else f"{len(found.seeds)} seeds"
        return f"with {seeds}, from which nothing follows, {subject} differs from {other} by {found.mean:+.2f} {unit}"
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


def is_whole(content: Mapping[str, Any]) -> bool:
    """Whether no run of its plan is missing."""
    return bool(content["runs"]["done"] == content["runs"]["planned"])


def opening(content: Mapping[str, Any]) -> str:
    """How a verdict on a table begins, in Markdown.

    Example:
        >>> opening({"runs": {"done": 3, "planned": 51}}), opening({"runs": {"done": 51, "planned": 51}})
        ('*So far, with 3 of 51 planned runs, verdict open:*', '*With all 51 planned runs:*')
    """
    if is_whole(content):
        return f"*With {counted(content)}:*"
    return f"*So far, with {counted(content)}, verdict open:*"


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


@dataclass(frozen=True)
class Control:
    """Another way to train a student, which may have the same effect as a lesson."""

    gain: Paired | None
    """Its error less that of the student alone."""
    rest: Paired | None
    """The taught student's error less its own."""

    @property
    def known(self) -> bool:
        """Whether there are seeds enough for both."""
        return "too few seeds" not in (verdict(self.gain), verdict(self.rest))

    @property
    def explains(self) -> bool:
        """Whether it has a gain of its own, and is not worse than the taught student."""
        return verdict(self.rest) == "larger" or (
            verdict(self.gain) == "smaller" and verdict(self.rest) == "not told apart"
        )

    @property
    def is_open(self) -> bool:
        """Whether it shows no gain, and yet cannot be told from the taught student."""
        return not self.explains and verdict(self.rest) == "not told apart"


def reasons(gain: Paired | None, controls: Mapping[str, Control], second: Paired | None) -> list[str]:
    """What a gain of the taught student may be due to, in sentences.

    A control that gains as much could be the reason; one that shows no gain and cannot be told from the taught student
    leaves the question open; and what one teacher gives and a second one does not is no gain of the method. Only if
    nothing of this is so, the gain is put down to what the teacher knows.

    Args:
        gain: of the taught student: its error less that of the student alone.
        controls: by name.
        second: the error of the students of a second trained teacher less that of the student alone.
    """
    own = verdict(gain)
    if own == "too few seeds":
        return [f"Fewer than {FEWEST} seeds are in of the taught student, so nothing can be said."]
    if own == "larger":
        return ["The taught student errs more than the plain one, so there is no gain to explain."]
    if own != "smaller":
        return [
            "There is no gain of the taught student that could be told from chance, so there is nothing to explain."
        ]
    found = [
        _of_controls([n for n, c in controls.items() if c.known and c.explains], _EXPLAIN),
        _of_controls([n for n, c in controls.items() if c.known and c.is_open], _OPEN),
        _of_controls([n for n, c in controls.items() if not c.known], _TOO_FEW),
        _SECOND[verdict(second)],
    ]
    whole = not any(found)
    return ["The taught student errs less than the plain one.", *filter(None, found), *([_KNOWLEDGE] if whole else [])]


_EXPLAIN: Final = (
    "With a gain of their own, and not worse than the taught student: {}. What these have could be the reason, and as "
    "long as it could be, the gain is not the trained teacher's knowledge."
)
_OPEN: Final = (
    "With no gain that could be told, and yet not told from the taught student, so that it takes more seeds: {}."
)
_TOO_FEW: Final = f"With fewer than {FEWEST} seeds so far: {{}}."
_KNOWLEDGE: Final = (
    "It is better than every control, too, and students of a second teacher gain as well: here, what a trained teacher "
    "knows, taken apart, is what helps."
)
_SECOND: Final[Mapping[Verdict, str]] = {
    "smaller": "",
    "larger": "But students of a second trained teacher err more than the plain one: the gain is that of one teacher.",
    "not told apart": (
        "But of a second trained teacher no gain can be told: what is found of one teacher is not found of the method."
    ),
    "too few seeds": "A second trained teacher has too few seeds yet, so it may be the gain of one teacher.",
}


def _of_controls(names: Sequence[str], text: str) -> str:
    return text.format(listed(names)) if names else ""
