"""The table of pretraining on gestures: means over seeds, and how each method differs from gradual weighting.

A line is a method read by its own heads, or by linear probes; `more` holds its accuracies, percent. `difference` is,
for each accuracy, how much it lies above that of gradual weighting read in the same way, over paired seeds (`paired`):
above zero, the rival names gestures better. `confusion` and `by_person_percent` are of the test: counts summed, and
means, over seeds.

All seeds see the same pictures, so the intervals speak of other trainings on these, not of other pictures or people.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import torch

from hands.experiments import gesture_study, paired, results, tables
from hands.experiments.confusion import from_lines, to_lines
from hands.experiments.gesture_methods import GRADUAL, NAMES
from hands.experiments.gesture_runs import PROBE
from hands.experiments.results import Row, Run
from hands.experiments.tables import Line

NAME: Final = "gesture_pretraining"
MEASURES: Final = ("coarse_percent", "coarse_balanced_percent", "fine_percent", "fine_balanced_percent")


def write(folder: str | PathLike[str], size: str = "book") -> Path | None:
    """Keep the table of the runs that are done, `<folder>/gesture_pretraining.json`; None if none is.

    Raises:
        ResultsError: a run is damaged.
    """
    done = [question for question in gesture_study.runs(folder, size) if question.done]
    if not done:
        return None
    content = table([Run.load(question.path) for question in done]) | {"tries": tried(folder, size)}
    return results.write_json(Path(folder) / f"{NAME}.json", content)


def table(runs: Sequence[Run]) -> dict[str, Any]:
    """The table of these runs.

    Raises:
        ResultsError: there is no run, or they do not belong together.
    """
    content = tables.tabulate(runs)
    for line in content["rows"]:
        own = _rows(runs, line["split"], line["method"])
        rival = GRADUAL + PROBE * line["method"].endswith(PROBE)
        line["difference"] = _differences(own, _rows(runs, line["split"], rival)) if line["method"] != rival else {}
        if line["split"] == "test":
            line |= _of_the_test([run.kept for run in runs], line["method"])
    content["rows"].sort(key=_order)
    return content


def _rows(runs: Sequence[Run], split: str, method: str) -> list[Row]:
    return [row for run in runs for row in run.rows if (row.split, row.method) == (split, method)]


def _differences(own: Sequence[Row], others: Sequence[Row]) -> dict[str, Any]:
    """Over paired seeds, of the accuracies that both have."""
    found = {}
    for name in MEASURES:
        first, second = ({r.seed: r.more[name] for r in rows if name in r.more} for rows in (own, others))
        if differences := paired.differences(first, second):
            found[name] = paired.Paired.of(differences).rounded()
    return found


def _of_the_test(kept: Sequence[Mapping[str, Any]], method: str) -> dict[str, Any]:
    """Counts of who was taken for whom, summed over runs, and mean accuracies of people."""
    own = [one for one in kept if method in one["confusion"]]
    counts, people = ([one[name][method] for one in own] for name in ("confusion", "by_person_percent"))
    return {
        "confusion": {
            level: to_lines(torch.stack([from_lines(one[level]) for one in counts]).sum(0)) for level in counts[0]
        },
        "by_person_percent": {
            level: {person: round(fmean(one[level][person] for one in people), 3) for person in people[0][level]}
            for level in people[0]
        },
    }


def _order(line: Line) -> tuple[str, bool, int]:
    name = line["method"]
    return line["split"], name.endswith(PROBE), NAMES.index(name.removesuffix(PROBE))


def tried(folder: str | PathLike[str], size: str = "book") -> list[dict[str, Any]]:
    """Every try that is done, what it came to on validation, and whether its setting was taken."""
    taken = {name: gesture_study.chosen(name, folder, size) for name in NAMES}
    return [
        {
            "method": question.name,
            "lr": question.chosen.lr,
            "weight_decay": question.chosen.weight_decay,
            "validation_error_percent": gesture_study.validation_error(question),
            "taken": question.chosen == taken[question.name],
        }
        for question in gesture_study.tries(folder, size)
        if question.done
    ]
