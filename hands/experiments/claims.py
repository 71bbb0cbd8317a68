"""The ledger: what the MGDHand paper claims of distillation, what we measured, and a verdict that a rule computes.

Ours are synthetic data and small networks, the paper's are real data and large ones. So no millimetre is compared, only
signs, orders, and shares in percent. Each quantity has one value for each seed, and from these its mean and t interval
(`paired`). A verdict is computed from that alone:

- *direction*: it agrees if the whole interval lies on the claimed side of zero, disagrees if it lies on the other side,
  and cannot be told if zero lies within.
- *size*: it agrees if the published figure lies in the interval and zero does not, disagrees if the published figure
  lies outside, and cannot be told if both lie within.
- *order*: every step of it is a direction; it agrees if all do, disagrees if one does, and else cannot be told.

While seeds of the plan are missing, it cannot be told yet. Each claim also names the experiments that may say why, with
what they came to.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from hands.experiments import paper, study
from hands.experiments.configs import RATIO
from hands.experiments.methods import AGAIN, DECOUPLED, PLAIN, SECOND
from hands.experiments.paired import LEVEL, BySeed, Paired, differences, percent
from hands.experiments.results import Row
from hands.experiments.students import RULED

Kind = Literal["direction", "size", "order"]
Verdict = Literal["agrees", "disagrees", "cannot tell here", "cannot tell yet"]

TEACHER: Final = f"teacher, mask {RATIO:g}"
CHANGE: Final = "percent"
MM: Final = "mm"
POINTS: Final = "percentage points"


@dataclass(frozen=True)
class Measured:
    """One quantity, for each seed that has it."""

    name: str
    values: BySeed
    unit: str
    wanted: Sequence[int] = study.SEEDS
    """Seeds of the plan."""

    @property
    def whole(self) -> bool:
        """Whether no seed is missing."""
        return set(self.wanted) <= set(self.values)

    @property
    def found(self) -> Paired | None:
        """Mean and interval, if there is any seed."""
        return Paired.of(self.values) if self.values else None

    def told(self) -> dict[str, Any]:
        """For a file of JSON."""
        found = self.found
        return {"name": self.name, "unit": self.unit, **(found.rounded() if found else {})}


@dataclass(frozen=True)
class Claim:
    """What is claimed, what was measured, and what may explain it."""

    text: str
    source: str
    """Table of the paper."""
    kind: Kind
    ours: Sequence[Measured]
    """One quantity, or one for each step of an order."""
    published: Sequence[float | None]
    """The paper's figures of the same; None where it gives none."""
    side: int = -1
    """Of zero that is claimed: -1 below, 1 above."""
    why: Sequence[Measured] = ()
    """Other experiments."""
    asks: str = ""
    """What these can tell."""

    @property
    def verdict(self) -> Verdict:
        """By the rule of its kind."""
        if not all(one.whole for one in self.ours):
            return "cannot tell yet"
        if self.kind == "size":
            (one,), (figure,) = self.ours, self.published
            return of_size(one.found, figure)
        found = [of_direction(one.found, self.side) for one in self.ours]
        if "disagrees" in found:
            return "disagrees"
        return "agrees" if all(verdict == "agrees" for verdict in found) else "cannot tell here"

    def told(self) -> dict[str, Any]:
        """For a file of JSON."""
        return {
            "claim": self.text,
            "source": self.source,
            "kind": self.kind,
            "published": [None if figure is None else round(figure, 2) for figure in self.published],
            "ours": [one.told() for one in self.ours],
            "verdict": self.verdict,
            "why": [one.told() for one in self.why],
            "asks": self.asks,
        }


def of_direction(found: Paired | None, side: int) -> Verdict:
    """Whether an interval lies on one side of zero, the claimed one or the other.

    Example:
        >>> of_direction(Paired.of({0: -1.0, 1: -1.1, 2: -0.9}), -1), of_direction(Paired.of({0: -1.0, 1: 1.0}), -1)
        ('agrees', 'cannot tell here')
    """
    if found is None or found.low is None or found.high is None:
        return "cannot tell yet"
    if found.low <= 0 <= found.high:
        return "cannot tell here"
    return "agrees" if (found.mean > 0) == (side > 0) else "disagrees"


def of_size(found: Paired | None, figure: float | None) -> Verdict:
    """Whether an interval holds a published figure, and not zero as well.

    Example:
        >>> near = Paired.of({0: -39.0, 1: -40.0, 2: -41.0})
        >>> of_size(near, -40.7), of_size(near, -20.0), of_size(Paired.of({0: -40.0, 1: 20.0}), -40.7)
        ('agrees', 'disagrees', 'cannot tell here')
    """
    if found is None or found.low is None or found.high is None or figure is None:
        return "cannot tell yet"
    if not found.low <= figure <= found.high:
        return "disagrees"
    return "cannot tell here" if found.low <= 0 <= found.high else "agrees"


class Evidence:
    """Rows of the test, to be asked for quantities."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = [row for row in rows if row.split == "test"]

    def of(self, method: str, score: str = "mpjpe_mm", sensors: str = "7") -> dict[int, float]:
        """A score of people who were seen in training, for each seed."""
        return {
            row.seed: value
            for row in self.rows
            if (row.method, row.sensors, row.protocol) == (method, sensors, "seen")
            and (value := getattr(row, score)) is not None
        }

    def change(
        self, of: str, to: str = PLAIN, score: str = "mpjpe_mm", sensors: str = "7", wanted: Sequence[int] = study.SEEDS
    ) -> Measured:
        """How much another method's error is than that of `to`, in percent of it."""
        where = "" if sensors == "7" else f", {sensors} sensors"
        values = percent(self.of(of, score, sensors), self.of(to, score, sensors))
        kept = {seed: value for seed, value in values.items() if seed in wanted}
        return Measured(f"{_score(score)} of {of} against {to}{where}", kept, CHANGE, wanted)

    def more(self, of: str, to: str, score: str = "mpjpe_mm") -> Measured:
        """How much larger an error is than another, mm."""
        return Measured(
            f"{_score(score)} of {of} less that of {to}", differences(self.of(of, score), self.of(to, score)), MM
        )

    def closed(self, of: str = DECOUPLED, alone: str = PLAIN) -> Measured:
        """Share of the way from the student alone to the teacher, percent."""
        way, taught, master = self.of(alone), self.of(of), self.of(TEACHER)
        seeds = [seed for seed in way if seed in taught and seed in master and way[seed] != master[seed]]
        values = {s: 100 * (way[s] - taught[s]) / (way[s] - master[s]) for s in seeds}
        return Measured(f"gap between {alone} and teacher that {of} closes", values, CHANGE)


def _score(score: str) -> str:
    return {"mpjpe_mm": "MPJPE", "mpvpe_mm": "MPVPE", "shape_mm": "shape part", "pose_mm": "pose part"}[score]


def ledger(rows: Sequence[Row]) -> dict[str, Any]:
    """The ledger of these rows, of students and of teachers."""
    return {"level": LEVEL, "rows": [claim.told() for claim in claims(Evidence(rows))]}


def claims(e: Evidence) -> list[Claim]:
    """Every claim, in the order of the paper's tables."""
    return [*_of_the_gain(e), *_of_the_parts(e), *_of_rivals(e), *_of_sensors(e)]


def _of_the_gain(e: Evidence) -> list[Claim]:
    controls = ("untrained teacher", "labels", "plain, 3 times the steps", "outputs", SECOND, AGAIN)
    why = [e.change(name) for name in controls]
    asks = (
        "A teacher that was never trained has the same terms and no knowledge; labels have the knowledge and no "
        "teacher; three times the steps have neither. What these gain as well is not the teacher's doing. The plain "
        "student, again, shows what a difference comes to when nothing is different."
    )
    parts = [e.change(DECOUPLED, score=score) for score in ("shape_mm", "pose_mm")]
    ruled = e.closed(DECOUPLED + RULED, PLAIN + RULED)
    gap = "The same with the shape from a ruler for both students: the teacher is shown the true shape, they are not."
    gain, vertices = _percent("MGDistill", "mpjpe_mm"), _percent("MGDistill", "mpvpe_mm")
    return [
        Claim("The taught student is better than the same student alone.", "Table 1", "direction",
              [e.change(DECOUPLED)], [gain], why=why, asks=asks),
        Claim("Its MPJPE is 40.7 % smaller (15.40 to 9.13 mm).", "Table 1", "size",
              [e.change(DECOUPLED)], [gain], why=parts, asks="Whether shape or pose is what changes."),
        Claim("Its MPVPE is 39.0 % smaller.", "Table 1", "size",
              [e.change(DECOUPLED, score="mpvpe_mm")], [vertices], why=parts,
              asks="Whether shape or pose is what changes."),
        Claim("It closes 65.6 % of the gap between student and teacher.", "Table 1, computed", "size",
              [e.closed()], [_gap()], why=[ruled], asks=gap),
    ]  # fmt: skip


def _of_the_parts(e: Evidence) -> list[Claim]:
    full, without = DECOUPLED, {term: f"without {term}" for term in ("SSD", "DPD", "TMD")}
    lost = {term: paper.mm(name, lines=paper.COMPONENTS) for term, name in without.items()}
    joints, mesh = (e.change(without["SSD"], full, score).values for score in ("mpjpe_mm", "mpvpe_mm"))
    alone = [e.change(f"{term} alone") for term in without]
    left_out = [e.change(name, full) for name in without.values()]
    return [
        Claim("Each of the three terms helps: without it, MPJPE is larger.", "Table 3", "order",
              [e.change(name, full) for name in without.values()],
              [100 * (lost[term] / paper.mm("MGDistill") - 1) for term in without], side=1,
              why=alone, asks="What each term does by itself."),
        Claim("DPD matters more than SSD, and SSD more than TMD, by what is lost without each.", "Table 3", "order",
              [e.more(without["DPD"], without["SSD"]), e.more(without["SSD"], without["TMD"])],
              [lost["DPD"] - lost["SSD"], lost["SSD"] - lost["TMD"]], side=1,
              why=[*left_out, *alone], asks="Where no term does anything, there is nothing to order."),
        Claim("SSD matters more for the mesh (MPVPE) than for the joints (MPJPE).", "Table 3", "direction",
              [Measured("loss of MPVPE without SSD less that of MPJPE", differences(mesh, joints), POINTS)],
              [_without_ssd("mpvpe_mm") - _without_ssd("mpjpe_mm")], side=1,
              why=[e.change(without["SSD"], full, score) for score in ("shape_mm", "pose_mm")],
              asks="Whether it is the shape that gets worse without SSD, as it should be."),
    ]  # fmt: skip


def _of_rivals(e: Evidence) -> list[Claim]:
    heads = [e.change(name, DECOUPLED) for name in ("no projectors", "pose reads motion")]
    return [
        Claim("Decoupled distillation is better than that of one global feature.", "Tables 1 and 4", "direction",
              [e.change(DECOUPLED, "entangled")],
              [100 * (paper.mm("MGDistill") / paper.mm("SimKD") - 1)],
              why=[e.change("entangled"), *heads],
              asks="What the same teacher in one piece does, and how much hangs on projectors and on the head."),
        Claim("The teacher that is shown part of the pose is better than the student alone.", "Table 1", "direction",
              [e.change(TEACHER)], [_percent("teacher", "mpjpe_mm")],
              why=[e.change(TEACHER, score=score) for score in ("shape_mm", "pose_mm")],
              asks="It is given the true shape, so most of this may be no skill."),
    ]  # fmt: skip


def _of_sensors(e: Evidence) -> list[Claim]:
    gains = {s: e.change(DECOUPLED, sensors=s, wanted=study.FEWER) for s in ("7", "3", "2")}
    printed = {line["sensors"]: line["mpjpe_change_percent"] for line in paper.SENSORS}
    steps = [("7", "3"), ("3", "2")]
    ours = [
        Measured(
            f"change with {more} sensors less that with {fewer}",
            differences(gains[more].values, gains[fewer].values),
            POINTS,
            study.FEWER,
        )
        for more, fewer in steps
    ]
    return [
        Claim("The gain shrinks with fewer sensors: 7, 3, 2.", "Table 2", "order",
              ours, [printed[more] - printed[fewer] for more, fewer in steps],
              why=[*gains.values(), *(e.change("entangled", sensors=s, wanted=study.FEWER) for s in ("3", "2"))],
              asks="The gain with each number of sensors, and that of the same teacher in one piece."),
    ]  # fmt: skip


def _percent(name: str, score: str) -> float:
    return 100 * (paper.mm(name, score) / paper.mm("student alone", score) - 1)


def _gap() -> float:
    alone, taught, master = (paper.mm(name) for name in ("student alone", "MGDistill", "teacher"))
    return 100 * (alone - taught) / (alone - master)


def _without_ssd(score: str) -> float:
    one, whole = (paper.mm(name, score, paper.COMPONENTS) for name in ("without SSD", "all three"))
    return 100 * (one / whole - 1)
