"""The command `hands`: make data and the book's tables without writing Python.

`hands --help` lists the commands, `hands simulate --help` explains one. Mistakes are answered in a sentence, with exit
status 2. Piped into a file, everything is plain text.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

import hands
from hands import data, mano
from hands.cli.gestures import reproduce_gestures, train_gestures
from hands.cli.picturing import make_pictures
from hands.cli.probing import reproduce_probes
from hands.cli.spoken import WIDTH, in_sentences, progress_of, say, say_hours
from hands.cli.study import reproduce_study, train_student
from hands.cli.teaching import reproduce_teachers, train_teacher
from hands.data import takes
from hands.experiments import (
    baselines,
    configs,
    gesture_methods,
    gesture_study,
    methods,
    results,
    students,
    study,
    tables,
    teachers,
    tries,
)

app = typer.Typer(
    name="hands",
    help="Hands: from a few inertial sensors to a moving 3D hand. All data are synthetic, made here from a seed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Experiment(StrEnum):
    """What `hands reproduce` can make again."""

    baselines = "baselines"
    teacher = "teacher"
    probes = "probes"
    distill = "distill"
    gestures = "gestures"


class Network(StrEnum):
    """What `hands train` can train."""

    teacher = "teacher"
    student = "student"
    gestures = "gestures"


class Protocol(StrEnum):
    """Whether those who are tested were trained on."""

    seen = "seen"
    unseen = "unseen"


class Split(StrEnum):
    """What a table was scored on."""

    validation = "validation"
    test = "test"


def _version(wanted: bool) -> bool:
    if wanted:
        say(f"hands {hands.__version__}")
        raise typer.Exit
    return wanted


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Takes the options that stand before a command."""


@app.command()
@in_sentences
def simulate(
    difficulty: Annotated[
        str, typer.Option("--difficulty", "--setting", help="How real the sensors are: clean, glove or cheap.")
    ] = "glove",
    seed: Annotated[int, typer.Option(min=0, help="Another number, other movements, wearings and noise.")] = 0,
    seconds: Annotated[float, typer.Option(help="Of each recording.")] = 60.0,
    program: Annotated[str | None, typer.Option(help="Make one recording only: of ROM01 to ROM15.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="Who moves in that one recording: S01 to S15; S01 if left out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A new folder for the data set, or the file for one recording, ending in .npz.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many processes make the data set.")] = 2,
) -> None:
    """Make the data set SimHand, or one recording of it.

    The data set, 15 subjects times 15 programs, goes to the folder that HANDS_DATA names, else to your cache folder,
    and is made once. With --program, one recording goes to a .npz file, and the true movement to another beside it.
    """
    if program is not None:
        _simulate_one(data.Plan(difficulty, seed, seconds, (subject or "S01",), (program,)), out)
        return
    if subject is not None:
        raise ValueError("--subject belongs to --program: without it, all subjects go through all programs")
    plan = data.Plan(difficulty, seed, seconds)
    with progress_of("Recordings") as progress:
        if out is None:
            sim = data.simhand(difficulty, seed, seconds, workers=workers, progress=progress)
        else:
            data.generate(out, plan, workers=workers, progress=progress)
            sim = data.SimHand(out)
    if sim.plan != plan:
        raise ValueError(f"{out} holds other data already, {sim}: name another folder")
    say(f"{sim} in {sim.path}")


def _simulate_one(plan: data.Plan, out: Path | None) -> None:
    (entry,) = plan.entries
    path = out or Path(f"{entry.program}_{entry.subject}_{plan.difficulty}.npz")
    if path.suffix != ".npz":
        raise ValueError(f"{path} is to hold one recording: name a file that ends in .npz")
    recording, truth = takes.take(plan, entry, mano.load())
    recording.save(path)
    true_path = path.with_suffix(".truth.npz")
    truth.save(true_path)
    say(f"{len(recording)} records of {len(recording.names)} sensors in {path}; the true movement in {true_path}")


app.command("pictures")(make_pictures)


@app.command()
@in_sentences
def train(
    network: Annotated[Network, typer.Argument(help="What to train.")],
    size: Annotated[str, typer.Option(help="How large and how long: smoke, book, long or paper.")] = "book",
    mask: Annotated[float, typer.Option(help="Share of the pose's tokens that is hidden, 0 to 1.")] = configs.RATIO,
    blind: Annotated[bool, typer.Option("--blind", help="The network of equal size that sees the sensors alone.")] = (
        False
    ),
    method: Annotated[
        str | None,
        typer.Option(help="Of a student: plain, decoupled, ...; of gestures: gradual, both at once, ..."),
    ] = None,
    sensors: Annotated[str, typer.Option(help="Student only: which sensors it wears: 7, 4, 3 or 2.")] = "7",
    seed: Annotated[int, typer.Option(min=0, help="Of the data, the first weights and the batches.")] = 0,
    protocol: Annotated[Protocol, typer.Option(help="Whether the test's people are in the training.")] = Protocol.seen,
    folder: Annotated[
        Path | None, typer.Option(help="Where checkpoints and weights go; beside generated data if left out.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many processes make data.")] = 2,
) -> None:
    """Train a network on generated data, or go on where an earlier call was stopped, and say how good it is.

    Results, a learning curve and the weights that did best on validation are left in the folder. A student whose
    teacher is not on this machine waits until that one is trained.
    """
    if network is Network.gestures:
        if blind or (mask, sensors, protocol) != (configs.RATIO, "7", Protocol.seen):
            raise ValueError("--mask, --blind, --sensors and --protocol belong to gloves: gestures are seen")
        train_gestures(method or gesture_methods.GRADUAL, seed, size, folder, workers)
        _say_if_tiny(size)
        return
    if network is Network.student:
        if blind or mask != configs.RATIO:
            raise ValueError("--mask and --blind belong to teachers: students see the sensors alone")
        method = method or methods.DECOUPLED
        setting = tries.taken(method, results.book_results(), size)
        student = students.Question(method, setting, seed, sensors, protocol.value, size, folder=folder)
        train_student(replace(student, results=student.training), workers)
        _say_if_tiny(size)
        return
    if blind and mask != configs.RATIO:
        raise ValueError("a blind network is shown nothing of the pose, whatever is hidden: leave --mask out")
    question = teachers.Question(mask, seed, blind, size, protocol.value, folder=folder)
    question = replace(question, results=question.training)
    train_teacher(question, workers)
    _say_if_tiny(size)


def _say_if_tiny(size: str) -> None:
    if size == "smoke":
        say("Two people, a second of each movement, four steps: it shows that all works, and its numbers mean nothing.")


@app.command()
@in_sentences
def reproduce(
    experiment: Annotated[Experiment, typer.Argument(help="What to make again.")],
    plan: Annotated[
        bool, typer.Option("--list", "--plan", help="Print what is done and what is not, with hours, and stop.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="A tiny run that shows that all works; nothing is kept.")
    ] = False,
    difficulty: Annotated[list[str] | None, typer.Option(help="Only this difficulty; may be repeated.")] = None,
    seed: Annotated[list[int] | None, typer.Option(help="Only this seed of the data; may be repeated.")] = None,
    seconds: Annotated[float, typer.Option(help="Of each recording; tables of other lengths are other tables.")] = (
        baselines.SECONDS
    ),
    mask: Annotated[list[float] | None, typer.Option(help="Only teachers of this mask ratio; may be repeated.")] = None,
    tried: Annotated[
        bool, typer.Option("--tries", help="Of distill or gestures, only the tries that choose on validation.")
    ] = False,
    split: Annotated[Split, typer.Option(help="Which scores the printed table shows.")] = Split.test,
    out: Annotated[Path | None, typer.Option(help="The folder of results; the book's if left out.")] = None,
    fresh: Annotated[
        Path | None,
        typer.Option(help="Take nothing that was made elsewhere: data, weights and results go to this folder."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many processes make data.")] = 2,
) -> None:
    """Make a table of the book again: do the runs that are missing, then print the table.

    Each run that is finished is kept as one small file, so this can be stopped and started again at any time.
    """
    if plan and quick:
        raise ValueError("--quick is one tiny run and keeps nothing: leave it or --list out")
    if fresh is not None:
        out = _fresh(fresh, out)
    if out is None:
        _check_is_the_books(experiment, seed or (), mask or ())
    folder = out or results.book_results()
    if experiment is not Experiment.baselines and (difficulty or seconds != baselines.SECONDS):
        raise ValueError("--difficulty and --seconds belong to baselines: networks have glove, and their size's")
    if experiment is Experiment.teacher:
        reproduce_teachers(folder, seed, mask, split, plan=plan, quick=quick, workers=workers)
        return
    if mask:
        raise ValueError("--mask belongs to teacher: nothing else sees anything that could be hidden")
    if experiment is Experiment.probes:
        reproduce_probes(folder, seed or teachers.SEEDS, plan=plan, quick=quick, workers=workers)
        return
    if experiment is Experiment.distill:
        reproduce_study(folder, seed or study.SEEDS, split, plan=plan, quick=quick, tried=tried, workers=workers)
        return
    if experiment is Experiment.gestures:
        seeds = seed or gesture_study.SEEDS
        reproduce_gestures(folder, seeds, split, plan=plan, quick=quick, tried=tried, workers=workers)
        return
    if quick:
        _show(baselines.table([_quick_run()]), split)
        say("A tiny run: it shows that all works, and its numbers mean nothing.")
        return
    asked = baselines.questions(folder, difficulty or baselines.DIFFICULTIES, seed or baselines.SEEDS, seconds)
    _print_plan(asked, listed=plan)
    if plan:
        return
    for question in (question for question in asked if not question.done):
        _answer(question, folder, workers)
    _show(baselines.write_table(folder, asked), split)
    if not baselines.is_whole(asked):
        say("Printed only: the book's table is kept when all of its difficulties and seeds are in it, at its length.")


def _fresh(folder: Path, out: Path | None) -> Path:
    """Give this process a folder of data of its own; gives that of results."""
    if out is not None:
        raise ValueError("--fresh keeps its results in its own folder: leave --out out")
    os.environ["HANDS_DATA"] = str(folder.resolve() / "data")
    return folder / "results"


def _check_is_the_books(experiment: Experiment, seeds: Sequence[int], ratios: Sequence[float]) -> None:
    """Keep runs that the book does not have out of its folder."""
    own_seeds = {Experiment.distill: study.SEEDS, Experiment.gestures: gesture_study.SEEDS}
    known = own_seeds.get(experiment, teachers.SEEDS)
    for name, own in (("seed", set(seeds) - set(known)), ("mask", set(ratios) - set(configs.RATIOS))):
        if own:
            asked = ", ".join(f"--{name} {value:g}" for value in sorted(own))
            raise ValueError(f"{asked} is not in the book's plan: name a folder of your own with --out")


def _print_plan(asked: Sequence[baselines.Question], *, listed: bool) -> None:
    table = Table("difficulty", "seed", "seconds", "run", "state", title="Baselines: runs")
    for question in asked:
        state = "done" if question.done else "missing"
        table.add_row(question.difficulty, str(question.seed), f"{question.seconds:g}", question.path.stem, state)
    Console().print(table)
    done = [question.done for question in asked]
    say_hours("baselines", done, [baselines.COST * question.seconds for question in asked], listed=listed)


def _answer(question: baselines.Question, folder: Path, workers: int) -> None:
    name = f"{question.difficulty}, seed {question.seed}"
    with progress_of(f"Data: {name}") as progress:
        sim = data.simhand(question.difficulty, question.seed, question.seconds, workers=workers, progress=progress)
    with progress_of(f"Run: {name}") as progress:
        path = baselines.run(sim, progress).save(folder)
    say(f"{name}: {path}")


def _quick_run() -> results.Run:
    """Two people train and one is tested, a few seconds each, in a folder that goes away."""
    plan = data.Plan("glove", 0, 4.0, ("S01", "S02", "S13"), ("ROM01", "ROM02", "ROM04", "ROM11", "ROM14"))
    with tempfile.TemporaryDirectory() as folder:
        with progress_of("Data") as progress:
            data.generate(Path(folder) / "quick", plan, workers=1, progress=progress)
        with progress_of("Run") as progress:
            return baselines.run(data.SimHand(Path(folder) / "quick"), progress)


def _show(content: Mapping[str, Any], split: Split) -> None:
    """The table, one for each protocol."""
    console = Console()
    console = console if console.is_terminal else Console(width=WIDTH)
    for protocol in ("seen", "unseen"):
        head, *rows = tables.grid(tables.lines(content, split=split, protocol=protocol), down=["difficulty", "method"])
        shown = Table(*head, title=f"MPJPE in mm by sensors, {protocol} people, {split}: synthetic data")
        for row in rows:
            shown.add_row(*row)
        console.print(shown)
    say(f"Mean and standard deviation over seeds of the data. Data {content['data_hash'][:12]}, all synthetic.")
