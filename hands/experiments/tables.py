"""Tables: views of rows. Means over seeds, of rows that saw the same data, or no table at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Final

from hands.experiments.results import SCORES, ResultsError, Row, Run, book_results, read_json

GROUP: Final = ("protocol", "split", "difficulty", "sensors", "method")
"""What tells the lines of a table apart."""

Line = Mapping[str, Any]


def tabulate(runs: Sequence[Run]) -> dict[str, Any]:
    """The table of some runs: means over the data's seeds, and their standard deviations.

    Raises:
        ResultsError: there is no run, or the runs saw different data, or two have the same seed.
    """
    if not runs:
        raise ResultsError("there are no runs to make a table of")
    hashes = sorted({run.data_hash for run in runs})
    if len(hashes) > 1:
        names = ", ".join(f"{len([r for r in runs if r.data_hash == h])} with data {h[:12]}" for h in hashes)
        raise ResultsError(f"these runs saw different data and belong to different tables: {names}")
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in (row for run in runs for row in run.rows):
        groups.setdefault(tuple(getattr(row, name) for name in GROUP), []).append(row)
    return {
        "data_hash": hashes[0],
        "synthetic": all(run.synthetic for run in runs),
        "versions": sorted({run.version for run in runs}),
        "machines": sorted({run.machine for run in runs}),
        "dates": sorted({run.date for run in runs}),
        "rows": [_mean_row(group, rows) for group, rows in groups.items()],
    }


def _mean_row(group: tuple[str, ...], rows: Sequence[Row]) -> dict[str, Any]:
    seeds = [row.seed for row in rows]
    if len(set(seeds)) < len(seeds):
        raise ResultsError(f"two rows of {' '.join(group)} have the same seed: {sorted(seeds)}")
    line: dict[str, Any] = dict(zip(GROUP, group, strict=True)) | {"seeds": sorted(seeds)}
    for score in SCORES:
        values = [value for row in rows if (value := getattr(row, score)) is not None]
        line[score] = round(fmean(values), 3) if values else None
        line[score.replace("_mm", "_sd_mm")] = round(stdev(values), 3) if len(values) > 1 else None
    more = [name for name in rows[0].more if all(name in row.more for row in rows)]
    return line | ({"more": {name: _spread([row.more[name] for row in rows]) for name in more}} if more else {})


def _spread(values: Sequence[float]) -> dict[str, float | None]:
    return {"mean": round(fmean(values), 3), "sd": round(stdev(values), 3) if len(values) > 1 else None}


def table(name: str, folder: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """A committed table, such as `"baselines"`.

    Args:
        name: of the table.
        folder: where results are; the book's if left out.

    Raises:
        ResultsError: there is no such table, or its file is damaged.
    """
    path = (book_results() if folder is None else Path(folder)) / f"{name}.json"
    if not path.is_file():
        raise ResultsError(f"there is no table {name!r} in {path.parent}; `hands reproduce {name}` makes it")
    content = read_json(path)
    if not (isinstance(content, dict) and isinstance(content.get("rows"), list) and "data_hash" in content):
        raise ResultsError(f"{path} holds no table")
    return content


def lines(content: Mapping[str, Any], **wanted: str) -> list[Line]:
    """The lines of a table for which all this is so, such as `split="test", sensors="4"`.

    Example:
        >>> lines({"rows": [{"sensors": "7"}, {"sensors": "4"}]}, sensors="4")
        [{'sensors': '4'}]
    """
    return [line for line in content["rows"] if all(line[key] == value for key, value in wanted.items())]


def grid(
    chosen: Iterable[Line], *, down: Sequence[str], across: str = "sensors", score: str = "mpjpe_mm"
) -> list[list[str]]:
    """A table of text: a head, then one row for each combination of `down`, one column for each value of `across`.

    Args:
        chosen: the lines, of which no two may fall into one place.
        down: keys whose values lead the rows.
        across: the key whose values are the columns.
        score: what stands in the table: mean and standard deviation over seeds, millimetres.

    Raises:
        ResultsError: two lines fall into one place.

    Example:
        >>> one = {"method": "mean pose", "sensors": "7", "mpjpe_mm": 21.0, "mpjpe_sd_mm": 0.25}
        >>> grid([one, one | {"sensors": "4", "mpjpe_sd_mm": None}], down=["method"])
        [['method', '7', '4'], ['mean pose', '21.0 ± 0.2', '21.0']]
    """
    cells: dict[tuple[str, ...], dict[str, str]] = {}
    for line in chosen:
        place = cells.setdefault(tuple(line[key] for key in down), {})
        if line[across] in place:
            raise ResultsError(
                f"two lines are {[line[key] for key in (*down, across)]}: choose fewer, or name more keys"
            )
        place[line[across]] = cell(line, score)
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    return [[*down, *columns], *([*key, *(row.get(c, "") for c in columns)] for key, row in cells.items())]


def cell(line: Line, score: str) -> str:
    """Mean and standard deviation over seeds, as text."""
    mean, spread = line[score], line[score.replace("_mm", "_sd_mm")]
    if mean is None:
        return "–"
    return f"{mean:.1f}" if spread is None else f"{mean:.1f} ± {spread:.1f}"
