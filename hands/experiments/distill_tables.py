"""The tables of the study of distillation: means over seeds, and beside each what it differs from, with intervals.

Each line of a student says how it differs from the student alone with the same seed, sensors, people and kind of shape:
`difference`, for each score and for jitter, over paired seeds (`paired`), `difference_over_recordings_mm`, where the
mean difference of MPJPE would be in 95 % of repetitions with other recordings (`intervals`), and
`difference_over_people_mm`, the same with other people. `difference_to_all` is that against decoupled distillation with
all three terms. Methods without a network stand under `simple`, on the same data. The paper's lines stand under
`paper`, as the paper's.

Tables of a plan that is half done say so: `runs` how many of theirs are `done` and `planned`, `missing` which are not,
and each line's `missing_seeds` which seeds it waits for. Differences are over the seeds that both methods have.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from os import PathLike
from pathlib import Path
from typing import Any, Final

from hands.data import Plan
from hands.experiments import baselines, claims, intervals, paired, paper, results, study, tables, teachers, tries
from hands.experiments.methods import DECOUPLED, MAIN, METHODS, PARTS, PLAIN, SPARSE, STRANGERS
from hands.experiments.results import SCORES, Row, Run, Split
from hands.experiments.students import RULED, Question
from hands.experiments.tables import GROUP, Line

NAMES: Final = ("distill_main", "distill_components", "distill_sensors", "distill_claims")

SAID: Final = (*SCORES, "jitter_m_s3")
"""What methods are compared in."""

PROVENANCE: Final = ("data_hash", "synthetic", "versions", "machines", "dates")

Key = tuple[str, ...]


def write(folder: str | PathLike[str], size: str = "book") -> list[Path]:
    """Keep all tables whose first runs are done, `<folder>/<name>.json`.

    Raises:
        ResultsError: a run is damaged.
    """
    made = all_of(folder, size)
    return [results.write_json(Path(folder) / f"{name}.json", content) for name, content in made.items()]


def all_of(folder: str | PathLike[str], size: str = "book") -> dict[str, dict[str, Any]]:
    """The tables by name, of the runs that are done; a table none of whose runs is done is not among them.

    Raises:
        ResultsError: a run is damaged, or runs saw different data.
    """
    asked = study.runs(folder, size)
    runs = {question: Run.load(question.path) for question in asked if question.done}
    if not runs:
        return {}
    masters = teachers_of(list(runs))
    whole = tables.tabulate([*runs.values(), *masters])
    made = {name: _as_far_as_done([q for q in asked if is_in(q)], runs) for name, is_in in _TABLES.items()}
    made["distill_main"] |= {
        "teachers": tables.tabulate(masters)["rows"] if masters else [],
        "tries": tried(folder, size),
        "simple": simple(folder, whole["data_hash"]),
    }
    for name, lines in (("main", paper.MAIN), ("components", paper.COMPONENTS), ("sensors", paper.SENSORS)):
        made[f"distill_{name}"] |= {"paper": [dict(line) for line in lines], "paper_source": paper.SOURCE}
    made["distill_claims"] = (
        claims.ledger([row for run in [*runs.values(), *masters] for row in run.rows])
        | {key: whole[key] for key in PROVENANCE}
        | {"runs": {"done": len(runs), "planned": len(asked)}}
    )
    return {name: content for name, content in made.items() if content.get("runs", {}).get("done")}


def _as_far_as_done(asked: Sequence[Question], runs: Mapping[Question, Run]) -> dict[str, Any]:
    """A table that also says what it waits for; `{}` while none of it is done."""
    done = [question for question in asked if question in runs]
    if not done:
        return {}
    content = table([runs[question] for question in done])
    planned: dict[Key, list[int]] = {}
    for question in asked:
        planned.setdefault((question.protocol, question.sensors, question.name), []).append(question.seed)
    for line in content["rows"]:
        wanted = planned[line["protocol"], line["sensors"], line["method"].removesuffix(RULED)]
        line["missing_seeds"] = sorted(set(wanted) - set(line["seeds"]))
    waiting = [question for question in asked if question not in runs]
    return content | {"runs": {"done": len(done), "planned": len(asked)}, "missing": [_named(q) for q in waiting]}


def _named(question: Question) -> dict[str, Any]:
    return {name: getattr(question, name) for name in ("protocol", "sensors", "seed")} | {"method": question.name}


def _is_usual(question: Question) -> bool:
    """Whether it has all sensors, and people who are seen."""
    return (question.sensors, question.protocol) == ("7", "seen")


def _is_sparse(question: Question) -> bool:
    """Whether it is in the table of fewer sensors and of strangers, which has fewer seeds."""
    names = STRANGERS if question.protocol == "unseen" else SPARSE
    return question.name in names and question.seed in study.FEWER


_TABLES: Final[Mapping[str, Callable[[Question], bool]]] = {
    "distill_main": lambda question: _is_usual(question) and question.name in MAIN,
    "distill_components": lambda question: _is_usual(question) and question.name in (PLAIN, DECOUPLED, *PARTS),
    "distill_sensors": _is_sparse,
}
"""Which runs are in a table."""


def teachers_of(asked: Sequence[Question]) -> list[Run]:
    """The runs of these students' teachers, their own rows alone."""
    questions = dict.fromkeys(replace(question.teacher, start=0) for question in asked)
    return [_own_rows(Run.load(question.path), question) for question in questions if question.done]


def _own_rows(run: Run, question: teachers.Question) -> Run:
    return replace(run, rows=tuple(row for row in run.rows if row.method == question.method))


def simple(folder: str | PathLike[str], data_hash: str) -> list[dict[str, Any]]:
    """Lines of the methods without a network, on the test with all sensors, with the error of each seed.

    Raises:
        ResultsError: a run is damaged.
    """
    asked = baselines.questions(folder, (teachers.DIFFICULTY,))
    runs = [run for question in asked if question.done and (run := Run.load(question.path)).data_hash == data_hash]
    kept = [replace(run, rows=tuple(filter(_is_simple, run.rows))) for run in runs]
    lines = tables.tabulate(kept)["rows"] if kept else []
    for line in lines:
        errors = by_seed([row for run in kept for row in run.rows if row.method == line["method"]])
        line["mpjpe_by_seed_mm"] = [errors[seed] for seed in line["seeds"]]
    return lines


def _is_simple(row: Row) -> bool:
    return (row.protocol, row.split) == ("seen", "test") and row.sensors in ("7", "none")


def table(runs: Sequence[Run]) -> dict[str, Any]:
    """The table of these runs, each line with its differences.

    Raises:
        ResultsError: there is no run, or they do not belong together.
    """
    content = tables.tabulate(runs)
    groups: dict[Key, list[Row]] = {}
    for row in (row for run in runs for row in run.rows):
        groups.setdefault(tuple(getattr(row, name) for name in GROUP), []).append(row)
    people = {(run.config["protocol"], row.split): _people(run, row.split) for run in runs for row in run.rows}
    for line in content["rows"]:
        own = groups[_key(line)]
        line |= {"choices": dict(own[0].choices), "interval_mm": over_recordings(own)}
        line["mpjpe_by_seed_mm"] = [by_seed(own)[seed] for seed in line["seeds"]]
        for name, other in (("difference", PLAIN), ("difference_to_all", DECOUPLED)):
            if others := groups.get(_key(line, other)):
                line[name] = {score: found for score in SAID if (found := _compared(own, others, score))}
        if others := groups.get(_key(line, PLAIN)):
            line["difference_over_recordings_mm"] = over_recordings(own, others)
            line["difference_over_people_mm"] = over_recordings(own, others, people[line["protocol"], line["split"]])
    content["rows"].sort(key=_order)
    return content


def _key(line: Line, method: str | None = None) -> Key:
    """What a line's rows have in common; or those of another method with the same kind of shape."""
    name = line["method"]
    if method is not None:
        name = method + RULED if name.endswith(RULED) else method
    return tuple(name if part == "method" else line[part] for part in GROUP)


def _order(line: Line) -> tuple[Any, ...]:
    name = line["method"].removesuffix(RULED)
    return line["protocol"], line["split"], -int(line["sensors"]), line["method"] != name, [*METHODS].index(name)


def _compared(own: Sequence[Row], others: Sequence[Row], score: str) -> dict[str, Any] | None:
    found = paired.differences(by_seed(own, score), by_seed(others, score))
    return paired.Paired.of(found).rounded() if found else None


def by_seed(rows: Sequence[Row], score: str = "mpjpe_mm") -> dict[int, float]:
    """A score of rows of one method."""
    return {row.seed: value for row in rows if (value := _score(row, score)) is not None}


def _score(row: Row, score: str) -> float | None:
    return getattr(row, score) if score in SCORES else row.more.get(score)


def _people(run: Run, split: Split) -> list[str]:
    """Who is in each recording of a split."""
    c = run.config
    plan = Plan(c["difficulty"], c["seed"], c["seconds"], tuple(c["subjects"]), tuple(c["programs"]))
    return [entry.subject for entry in plan.entries_of(split, unseen=c["protocol"] == "unseen")]


def over_recordings(
    own: Sequence[Row], others: Sequence[Row] | None = None, drawn: Sequence[str] | None = None
) -> list[float] | None:
    """The interval of the mean MPJPE, or of its difference to another method's, mm, over recordings.

    A recording is a subject and a program, with the takes of all seeds that both methods have.

    Args:
        own: rows of a method.
        others: rows of the method that it is compared with.
        drawn: for each recording what is drawn again, if that is not the recording: who is in it.
    """
    first = {row.seed: row.by_recording_mm for row in own}
    second = first if others is None else {row.seed: row.by_recording_mm for row in others}
    seeds = [seed for seed in first if seed in second]
    errors = [e - (0.0 if others is None else o) for s in seeds for e, o in zip(first[s], second[s], strict=True)]
    which = [name for s in seeds for name in (drawn or map(str, range(len(first[s]))))]
    if len(set(which)) < intervals.FEWEST:
        return None
    found = intervals.by_recording(errors, which)
    return [round(found.low, 3), round(found.high, 3)]


def tried(folder: str | PathLike[str], size: str = "book") -> list[dict[str, Any]]:
    """Every try that is done, what it came to on validation, and whether its setting was taken."""
    chosen = {name: tries.chosen(name, folder, size) for name in METHODS}
    return [
        {
            "method": question.name,
            **asdict(question.chosen),
            "validation_mpjpe_mm": tries.validation_mm(question),
            "taken": question.chosen == chosen[question.name],
        }
        for question in tries.all_of(folder, size)
        if question.done
    ]
