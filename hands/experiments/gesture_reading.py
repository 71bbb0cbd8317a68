"""What the study of pretraining found, in rows and sentences that follow from its numbers by a rule.

Text that reports a result must change when the result does. So it is made here, of accuracies that are compared seed by
seed (`paired`): a method *names more* than another if the whole interval of the differences lies above zero, *fewer* if
it lies below, and the two *cannot be told apart* if zero lies within; of fewer than three seeds nothing is said.
Accuracies are in percent, differences in percentage points.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Final

import torch

from hands.experiments import gesture_map, gesture_study, gesture_tables, paired, reading, tables
from hands.experiments.confusion import Confusion, from_lines
from hands.experiments.curves import Curve
from hands.experiments.gesture_map import GestureMaps
from hands.experiments.gesture_methods import GRADUAL, LRS, NAMES, UNTRAINED
from hands.experiments.gesture_runs import PROBE, Question
from hands.experiments.paired import Paired
from hands.experiments.results import Run, book_results
from hands.experiments.tables import Line
from hands.gesture.pretraining import COARSE_OF_FINE

LEVELS: Final = ("coarse", "fine")
CALLED: Final = {GRADUAL: "gradual weighting", UNTRAINED: "the untrained network"}
"""Methods in a sentence, where their names will not do."""
HEAD: Final = ("method", "read by", "seeds", "coarse, top-1", "balanced", "fine, top-1", "balanced")
NOTHING: Final = (
    "*No run of this study is in yet, so there is nothing to report.* "
    "`hands reproduce gestures` makes the runs; this page, executed again, reports them."
)

TOO_FEW: Final = "too few seeds"
TO_COME: Final = "*To come with the runs.*"

BySeed = Mapping[int, Mapping[str, float]]
"""Seed -> measure -> percent."""


@dataclass(frozen=True, eq=False)
class Study:
    """The table of pretraining, and the runs behind it."""

    content: Mapping[str, Any]
    by_seed: Mapping[tuple[str, str], BySeed]
    """Split and method -> what each seed came to."""
    curves: Mapping[str, Curve]
    """Method -> how its training went, of its first seed."""

    def line(self, method: str, split: str = "test") -> Line | None:
        """The line of a method; None if no run of it is in."""
        found = tables.lines(self.content, method=method, split=split)
        return found[0] if found else None

    def difference(self, method: str, other: str, measure: str, split: str = "test") -> Paired | None:
        """How much more percent one method names than another, over paired seeds; None if they share no seed."""
        found = paired.differences(*(self._seeds(name, measure, split) for name in (method, other)))
        return Paired.of(found) if found else None

    def seed_differences(self, method: str, other: str, measure: str) -> dict[int, float]:
        """The same of the test, seed by seed."""
        return paired.differences(self._seeds(method, measure, "test"), self._seeds(other, measure, "test"))

    def _seeds(self, method: str, measure: str, split: str) -> dict[int, float]:
        found = self.by_seed.get((split, method), {})
        return {seed: more[measure] for seed, more in found.items() if measure in more}

    @property
    def runs(self) -> dict[str, int]:
        """How many are done and planned; every run has a line by its probe."""
        probed = [line for line in self.content["rows"] if _is_probe(line) and line["split"] == "test"]
        return {"done": sum(len(line["seeds"]) for line in probed), "planned": len(NAMES) * len(gesture_study.SEEDS)}

    @property
    def counted(self) -> str:
        """How much of the plan is in."""
        return reading.counted({"runs": self.runs})

    @property
    def opening(self) -> str:
        """How a sentence on results begins, in Markdown."""
        whole = self.runs["done"] == self.runs["planned"]
        return f"*With {self.counted}:*" if whole else f"*So far, with {self.counted}, verdict open:*"


def load(folder: str | PathLike[str] | None = None, size: str = "book") -> Study | None:
    """The study as far as it has come; None if there is no table of it.

    Args:
        folder: where results are; the book's if left out.
        size: of the networks.

    Raises:
        ResultsError: the table or a run is damaged.
    """
    where = book_results() if folder is None else Path(folder)
    if not (where / f"{gesture_tables.NAME}.json").is_file():
        return None
    content = tables.table(gesture_tables.NAME, where)
    done = [q for q in gesture_study.runs(where, size) if q.done and q.data_hash == content["data_hash"]]
    return Study(content, _by_seed([Run.load(q.path) for q in done], content), _curves(done))


def _by_seed(runs: Sequence[Run], content: Mapping[str, Any]) -> dict[tuple[str, str], dict[int, Mapping[str, float]]]:
    """Of the seeds in the table: a run may be done that it does not hold yet."""
    held = {(line["split"], line["method"], seed) for line in content["rows"] for seed in line["seeds"]}
    found: dict[tuple[str, str], dict[int, Mapping[str, float]]] = {}
    for row in (row for run in runs for row in run.rows):
        if (row.split, row.method, row.seed) in held:
            found.setdefault((row.split, row.method), {})[row.seed] = row.more
    return found


def _curves(done: Sequence[Question]) -> dict[str, Curve]:
    """The curves that are there, of the smallest seed of each method."""
    found: dict[str, Curve] = {}
    for question in sorted(done, key=lambda q: q.seed):
        try:
            found.setdefault(question.name, Curve.load(question.results, question.path.stem))
        except FileNotFoundError:
            continue  # there was no training, or its curve was not kept
    return found


def _is_probe(line: Line) -> bool:
    return str(line["method"]).endswith(PROBE)


def sentence(subject: str, other: str, found: Paired | None, of: str = "pictures") -> str:
    """What was found of two methods, in a sentence without its full stop.

    Args:
        subject: of the sentence.
        other: with which it is compared.
        found: percentage points that it has more.
        of: what is named.

    Example:
        >>> sentence("A", "B", Paired.of({0: 0.9, 1: 1.0, 2: 1.1}))
        'A names more pictures than B, by 1.0 points (interval 0.8 to 1.2; more in 3 of 3 seeds)'
        >>> sentence("A", "B", Paired.of({0: -1.0, 1: -2.0}))
        'with too few seeds to say more, A differs from B by -1.5 points'
    """
    if found is None:
        return f"{subject} and {other} have no seed in common yet"
    if found.low is None or found.high is None or reading.verdict(found) == TOO_FEW:
        return f"with {TOO_FEW} to say more, {subject} differs from {other} by {found.mean:+.1f} points"
    word = "fewer" if found.mean < 0 else "more"
    count = f"{word} in {reading.seeds_like_the_mean(found)} of {len(found.seeds)} seeds"
    if reading.verdict(found) == "not told apart":
        ends = f"interval {found.low:+.1f} to {found.high:+.1f}; {count}"
        return f"{subject} and {other} cannot be told apart in {of}: they differ by {found.mean:+.1f} points ({ends})"
    near, far = sorted((abs(found.low), abs(found.high)))
    return (
        f"{subject} names {word} {of} than {other}, by {abs(found.mean):.1f} points "
        f"(interval {near:.1f} to {far:.1f}; {count})"
    )


def compare(study: Study | None, subject: str, other: str, measure: str, ending: str = "") -> str:
    """`sentence` for two methods of the study on the test, read by their own heads or, with `PROBE`, by probes.

    Example:
        >>> compare(None, "gradual", "fine only", "fine_percent")
        'no run is in yet'
    """
    if study is None:
        return "no run is in yet"
    found = study.difference(subject + ending, other + ending, measure)
    return sentence(called(subject), called(other), found, _in_words(measure))


def called(method: str) -> str:
    """A method as a sentence says it.

    Example:
        >>> called("gradual"), called("fine only")
        ('gradual weighting', 'fine only')
    """
    return CALLED.get(method, method)


def _in_words(measure: str) -> str:
    """What a measure counts: the balanced one is a mean over classes.

    Example:
        >>> _in_words("coarse_balanced_percent"), _in_words("fine_percent")
        ('coarse classes (balanced)', 'fine classes')
    """
    level = measure.split("_")[0]
    return f"{level} classes (balanced)" if "balanced" in measure else f"{level} classes"


def against_rivals(study: Study | None, measure: str, ending: str = "") -> str:
    """Of which rivals gradual weighting is told apart, in a sentence."""
    if study is None:
        return TO_COME
    rivals = [name for name in NAMES if name != GRADUAL]
    found = {name: study.difference(GRADUAL + ending, name + ending, measure) for name in rivals}
    sides = {called(name): reading.verdict(value) for name, value in found.items() if value is not None}
    if not sides:
        return "Gradual weighting has no seed in common with a rival yet."

    def those(side: str) -> str:
        return reading.listed([name for name, own in sides.items() if own == side])

    few = f" With {TOO_FEW} to say: {those(TOO_FEW)}." * (TOO_FEW in sides.values())
    return (
        f"Gradual weighting names more {_in_words(measure)} than: {those('larger')}. Fewer than: {those('smaller')}. "
        f"Not told apart from: {those('not told apart')}.{few}"
    )


def about_the_order(study: Study | None) -> str:
    """Whether coarse first, fine later did anything beside both at once: by own heads and by probes, both levels."""
    if study is None:
        return TO_COME
    sides = [
        reading.verdict(found)
        for ending in ("", PROBE)
        for level in LEVELS
        if (found := study.difference(GRADUAL + ending, "both at once" + ending, f"{level}_balanced_percent"))
    ]
    if not sides or TOO_FEW in sides:
        return "Gradual weighting and both at once share too few seeds yet, so nothing can be said of the order."
    better, worse = sides.count("larger"), sides.count("smaller")
    if better == worse == 0:
        return (
            f"In none of {len(sides)} comparisons can gradual weighting be told from learning both at once: here, "
            "nothing is seen of the order in which they come."
        )
    return (
        f"Of {len(sides)} comparisons with learning both at once, gradual weighting is better in {better}, worse in "
        f"{worse}, and not told apart in {len(sides) - better - worse}."
    )


def rows(study: Study, split: str = "test") -> list[list[str]]:
    """The table for people, as `HEAD` says: own heads first, then probes.

    Accuracies are means over seeds with their standard deviations, percent.
    """
    found = [line for ending in ("", PROBE) for name in NAMES if (line := study.line(name + ending, split))]
    names = [f"{level}{how}_percent" for level in LEVELS for how in ("", "_balanced")]
    return [
        [
            line["method"].removesuffix(PROBE),
            "probe" if _is_probe(line) else "own heads",
            f"{len(line['seeds'])}",
            *(accuracy(line, name) for name in names),
        ]
        for line in found
    ]


def accuracy(line: Line, measure: str) -> str:
    """Mean and standard deviation over seeds, percent; a dash where a method cannot name this level.

    Example:
        >>> accuracy({"more": {"coarse_percent": {"mean": 81.26, "sd": 0.5}}}, "coarse_percent")
        '81.3 ± 0.5'
        >>> accuracy({"more": {}}, "fine_percent")
        '-'
    """
    if measure not in line["more"]:
        return "-"
    mean, spread = line["more"][measure]["mean"], line["more"][measure]["sd"]
    return f"{mean:.1f}" if spread is None else f"{mean:.1f} ± {spread:.1f}"


def tries(study: Study) -> dict[str, dict[float, float]]:
    """Method -> learning rate -> error on validation of its try, percent."""
    found: dict[str, dict[float, float]] = {}
    for one in study.content.get("tries", ()):
        found.setdefault(one["method"], {})[one["lr"]] = one["validation_error_percent"]
    return found


def about_tries(study: Study | None) -> str:
    """How many tries were made, and which methods took a rate at the edge of what was tried."""
    if study is None:
        return NOTHING
    found = tries(study)
    if not found:
        return "No try is in the table."
    taken = {one["method"]: one["lr"] for one in study.content["tries"] if one["taken"]}
    edges = [name for name, lr in taken.items() if lr in (min(LRS), max(LRS))]
    total = sum(map(len, found.values()))
    return (
        f"{total} tries of {len(found)} methods are in. Taken: "
        + reading.listed([f"{lr:g} by {name}" for name, lr in taken.items()])
        + f". At the edge of what was tried, where a rate beyond it might be better still: {reading.listed(edges)}."
    )


def by_person(study: Study, method: str, level: str) -> dict[str, float]:
    """Top-1 accuracy on each person of the test, percent; empty if it is not in."""
    line = study.line(method)
    return dict(line["by_person_percent"].get(level, {})) if line and "by_person_percent" in line else {}


def matrices(study: Study | None, method: str = GRADUAL) -> dict[str, Confusion]:
    """Who is taken for whom on the test, fine classes first, counts summed over seeds; empty if that is not in."""
    line = None if study is None else study.line(method)
    found = {} if line is None else line.get("confusion", {})
    return {level: from_lines(found[level]) for level in ("fine", "coarse") if level in found}


def mistakes(counts: Confusion, names: Sequence[str], most: int = 8) -> list[list[str]]:
    """The mistakes that are made most often: made, called, how many of how many, percent of the true class.

    Example:
        >>> mistakes(torch.tensor([[7, 1, 2], [0, 5, 0], [0, 0, 5]]), ["cup", "claw", "fist"], most=1)
        [['cup', 'fist', '2 of 10', '20']]
    """
    total = counts.sum(1).tolist()
    found = [
        (n / total[i], i, j, n) for i, row in enumerate(counts.tolist()) for j, n in enumerate(row) if n and i != j
    ]
    found.sort(key=lambda one: (-one[0], one[1], one[2]))
    return [[names[i], names[j], f"{n} of {total[i]}", f"{100 * share:.0f}"] for share, i, j, n in found[:most]]


def within_percent(fine: Confusion) -> float | None:
    """How many of the wrong fine classes lie in the right coarse class, percent; None if nothing is wrong."""
    parents = torch.tensor(COARSE_OF_FINE)
    wrong = fine.clone().fill_diagonal_(0)
    return 100 * float(wrong[parents[:, None] == parents].sum() / wrong.sum()) if wrong.any() else None


def maps(folder: str | PathLike[str] | None = None) -> GestureMaps | None:
    """The maps of the study; None if they are not made yet.

    Raises:
        ResultsError: the file is damaged.
    """
    try:
        return gesture_map.load() if folder is None else GestureMaps.load(Path(folder) / f"{gesture_map.NAME}.json")
    except FileNotFoundError:
        return None


def neighbours(shown: GestureMaps) -> list[list[str]]:
    """How often the nearest neighbour is of the same coarse and fine class, percent, map by map; then by luck alone."""
    rows = [[one.title, f"{one.same_coarse_percent:.1f}", f"{one.same_fine_percent:.1f}"] for one in shown.maps]
    return [*rows, ["by luck", *(f"{by_luck(classes):.1f}" for classes in (shown.coarse, shown.fine))]]


def by_luck(classes: Sequence[int]) -> float:
    """How often any other picture is of the same class, percent.

    Example:
        >>> by_luck([0, 0, 0, 0, 1])
        60.0
    """
    n, each = len(classes), Counter(classes).values()
    return 100 * sum(k * (k - 1) for k in each) / (n * (n - 1))
