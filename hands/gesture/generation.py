"""How a set of pictures comes to be on the disk: take after take, by several processes, and on from where it stopped.

Each take is a folder of its own beside the set, made in whole or not at all; when all are there they are put together.
So a set whose making was stopped, by whatever, loses at most the takes that were being made. Process k of n makes every
n-th take, from k on.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from hands import mano
from hands.data import store
from hands.data.generation import SINGLE
from hands.data.store import SimHandError
from hands.gesture.drawing import NAMES
from hands.gesture.plan import PicturePlan, Shard
from hands.gesture.render import Studio, check_installed
from hands.gesture.series import SERIES, shapes, take
from hands.mano import files

Progress = Callable[[int, int], None]
"""Called with how many pictures are done, and of how many."""

JOB: Final = "job.json"
HAND: Final = "hand.npz"
COMMAND = (sys.executable, "-m", "hands.gesture.worker")
GLANCE: Final = 0.2
"""Seconds between two looks at how far the processes are."""


def write_job(shards: Path, plan: PicturePlan, hand: mano.Hand | None) -> None:
    """Leave in the folder of takes what a process must know."""
    shards.mkdir(parents=True, exist_ok=True)
    if hand is not None:
        files.write_npz(hand.data, shards / HAND)
    (shards / JOB).write_text(json.dumps(dataclasses.asdict(plan)))


def make_takes(shards: Path, first: int, step: int, done: Callable[[], None] = lambda: None) -> None:
    """Make every `step`-th take of a folder's job from `first` on, but those that are there."""
    plan = PicturePlan.read(json.loads((shards / JOB).read_text()))
    studio: Studio | None = None
    for shard in plan.shards[first::step]:
        if not (shards / shard.name).exists():
            if studio is None:  # whose renderer takes a second to load
                studio = Studio(mano.load(shards / HAND) if (shards / HAND).exists() else None)
            _make(shards, plan, shard, studio)
        done()


def _make(shards: Path, plan: PicturePlan, shard: Shard, studio: Studio) -> None:
    def fill(part: Path) -> None:
        for name, values in take(plan, shard, studio).items():
            np.save(part / store.series_file(name), values)

    store.make_once(shards / shard.name, fill)


def fill(shards: Path, plan: PicturePlan, hand: mano.Hand | None, workers: int, progress: Progress | None) -> None:
    """Make all takes that are missing.

    Raises:
        SimHandError: a process ended before its time.
        ImportError: Mitsuba is not installed.
    """
    check_installed()
    write_job(shards, plan, hand)

    def tell() -> None:
        if progress is not None:
            progress(len(NAMES) * sum((shards / shard.name).exists() for shard in plan.shards), len(plan))

    if workers == 1:
        make_takes(shards, 0, 1, tell)
    else:
        _elsewhere(shards, workers, tell)


def _elsewhere(shards: Path, workers: int, tell: Callable[[], None]) -> None:
    """Let processes make the takes."""
    with ExitStack() as stack:
        complaints = stack.enter_context(tempfile.TemporaryFile())
        processes = [_worker(shards, k, workers, complaints) for k in range(workers)]
        for process in processes:
            stack.callback(process.wait)
            stack.callback(process.kill)
        while any(process.poll() is None for process in processes) and not any(p.poll() for p in processes):
            time.sleep(GLANCE)
            tell()
        if failed := [process.poll() for process in processes if process.poll()]:
            raise SimHandError(_why(failed[0], complaints))
        tell()


def _worker(shards: Path, k: int, workers: int, complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, sys.path))  # the same packages as here, wherever they were found
    environment = {**os.environ, **SINGLE, "PYTHONPATH": path}
    return subprocess.Popen([*COMMAND, str(shards), str(k), str(workers)], stderr=complaints, env=environment)


def _why(code: int | None, complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    if code is not None and code < 0:
        hint = ", killed by the system as it does when memory runs out: try workers=1"
    else:
        hint = f": {lines[-1]}" if lines else ""
    return f"a process that makes pictures ended with status {code}{hint}"


def put_together(shards: Path, plan: PicturePlan, part: Path) -> None:
    """One file for each series from those of all takes."""
    for name, shape in shapes(plan, len(plan)).items():
        path = part / store.series_file(name)
        whole = np.lib.format.open_memmap(path, mode="w+", dtype=SERIES[name].dtype, shape=shape)
        for shard in plan.shards:
            rows = np.load(shards / shard.name / store.series_file(name), allow_pickle=False)
            whole[shard.start : shard.start + len(NAMES)] = rows
        whole.flush()


def about(part: Path, plan: PicturePlan) -> Mapping[str, Any]:
    """What the manifest says of the series."""
    return {
        name: {
            "file": store.series_file(name),
            "dtype": SERIES[name].dtype,
            "shape": shape,
            "unit": SERIES[name].unit,
            "meaning": SERIES[name].meaning,
            "sha256": store.checksum(part / store.series_file(name)),
        }
        for name, shape in shapes(plan, len(plan)).items()
    }
