"""`hands reproduce probes`: what can be read from the book's teachers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

from rich.console import Console
from rich.table import Table

from hands import data
from hands.cli.spoken import WIDTH, progress_of, say, say_hours
from hands.experiments import probe_table, teachers
from hands.experiments.probe_table import Reading


def reproduce_probes(folder: Path, seeds: Sequence[int], *, plan: bool, quick: bool, workers: int) -> None:
    """Read the teachers that are not in the table yet, and print it.

    Raises:
        ValueError: the weights of a teacher are not on this machine.
    """
    if quick:
        _quick()
        return
    asked = [(size, seed) for size in probe_table.SIZES for seed in seeds]
    left = [(size, seed) for size in probe_table.SIZES for seed in probe_table.missing(folder, seeds, size)]
    say_hours(probe_table.NAME, [one not in left for one in asked], [probe_table.COST] * len(asked), listed=plan)
    if plan:
        return
    for (size, seed), weights in {one: _weights(*one, folder) for one in left}.items():
        question = probe_table.question_of(seed, folder, size)
        with progress_of(f"Data: seed {seed}") as progress:
            sim = teachers.sim_of(question, workers=workers, progress=progress)
        rows = probe_table.run(question, sim, weights)
        say(f"teacher of seed {seed}, size {size}: {probe_table.write(rows, sim.data_hash, folder, size)}")
    for size in probe_table.SIZES:
        _show(probe_table.load(folder, size), f"teachers of size {size}: R², validation, other people: synthetic")


def _weights(size: str, seed: int, folder: Path) -> Path:
    found = probe_table.weights_of(probe_table.question_of(seed, folder, size))
    if found is None:
        trains = f"hands train teacher --size {size} --seed {seed}"
        raise ValueError(f"the teacher of size {size} and seed {seed} is not here; `{trains}` trains it")
    return found


def _quick() -> None:
    """Three people, some seconds each, and the teacher that comes with the library."""
    plan = data.Plan("glove", 0, 1.2, ("S01", "S02", "S13"), ("ROM02", "ROM11", "ROM12"))
    with tempfile.TemporaryDirectory() as place:
        data.generate(Path(place) / "quick", plan, workers=1)
        question = probe_table.question_of(0, place)
        _show(probe_table.run(question, data.SimHand(Path(place) / "quick"), teachers.SHIPPED[question.size]))
    say("A tiny run: it shows that all works, and its numbers mean nothing.")


def _show(rows: Sequence[Reading], title: str = "R², validation, other people: synthetic") -> None:
    """R² on people whom the probes have not met."""
    shown = Table("state", "place", "numbers", *probe_table.KNOWLEDGE, title=title)
    own = [row for row in rows if row.people == "others"]
    for state, place, numbers in dict.fromkeys((row.state, row.place, row.numbers) for row in own):
        read = (probe_table.select(own, state=state, place=place, knowledge=name) for name in probe_table.KNOWLEDGE)
        shown.add_row(state, place, str(numbers), *(_cell([row.r2 for row in of_kind]) for of_kind in read))
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(shown)
    say("Mean and standard deviation over teachers.")


def _cell(values: Sequence[float]) -> str:
    return f"{fmean(values):z.2f}" + (f" ± {stdev(values):.2f}" if len(values) > 1 else "")
