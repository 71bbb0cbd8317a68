"""How SimHand is generated: takes that nobody made, seen by sensors that nobody wore.

Each take is a motion (`motion.sample`, so anybody can make it again) and what a glove records of it. Everything random
has a seed of its own: the motion's is the data set's, so the labels are the same at every difficulty; one person wears
the glove once, so the session's depends on the subject; and the noise's on the take. So no take depends on another one,
and it does not matter which process makes it.

Explained in the book: *Data for training*.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands import imu, mano, motion
from hands.data.plan import FPS, HALF_WINDOW, PHYSICS_FPS, PLACEMENT, SENSORS, Entry, Plan, difficulties
from hands.data.store import SimHandError, write_rows
from hands.mano import files

Progress = Callable[[int, int], None]
"""Called with how many recordings are done, and of how many."""

SESSION, NOISE = 1, 2
"""The streams of random numbers beside the motion's."""

FRAME_SHAPES: Final = {
    "acc": (len(SENSORS), 3),
    "gyro": (len(SENSORS), 3),
    "rotation": (len(SENSORS), 4),
    "hand_pose": (15, 3),
    "global_orient": (3,),
    "transl": (3,),
    "forearm_orient": (3,),
}
"""Shape of one frame of each series."""

JOB: Final = "job.json"
HAND: Final = "hand.npz"


def take(plan: Plan, entry: Entry, hand: mano.Hand) -> tuple[imu.Recording, motion.Motion]:
    """One recording of the plan, in double precision: what the sensors say, and the truth at the same frames."""
    seconds = (entry.frames - 1) / FPS
    fine = motion.sample(entry.program, entry.subject, seconds=seconds, fps=PHYSICS_FPS, seed=plan.seed, hand=hand)
    subject, program = motion.SUBJECTS[entry.subject].number, int(entry.program[3:])
    recording = imu.simulate(
        fine,
        hand,
        PLACEMENT,
        difficulties()[plan.difficulty],
        generator(plan.seed, subject, program, NOISE),
        fps=FPS,
        half_window=HALF_WINDOW,
    )
    return recording, every(fine, round(PHYSICS_FPS / FPS))


def generator(*key: int) -> torch.Generator:
    """A generator of its own for every key."""
    seed = np.random.SeedSequence(key).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(seed >> np.uint64(1)))


def every(fine: motion.Motion, step: int) -> motion.Motion:
    """Every so many-th frame: poses at instants that the records share."""
    names = ("global_orient", "hand_pose", "transl", "forearm_orient")
    return dataclasses.replace(fine, **{n: getattr(fine, n)[::step] for n in names}, fps=fine.fps / step)


def rows(recording: imu.Recording, truth: motion.Motion) -> dict[str, Float[np.ndarray, "time ..."]]:
    """A take as the series have it: time first, rotations as quaternions w, x, y, z."""
    by_time = {
        "acc": recording.acc.transpose(0, 1),
        "gyro": recording.gyro.transpose(0, 1),
        "rotation": quaternions(recording.rotation.transpose(0, 1)),
    }
    labels = {name: getattr(truth, name) for name in FRAME_SHAPES if name not in by_time}
    return {name: series.numpy() for name, series in (by_time | labels).items()}


def quaternions(rotation: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch 4"]:
    """w, x, y, z with w >= 0."""
    xyzw = roma.rotmat_to_unitquat(rotation.contiguous())
    return (xyzw * torch.where(xyzw[..., 3:] < 0, -1.0, 1.0))[..., [3, 0, 1, 2]]


def rotations(wxyz: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch 3 3"]:
    """The matrices of quaternions w, x, y, z."""
    return roma.unitquat_to_rotmat(wxyz[..., [1, 2, 3, 0]])


class Generator:
    """Makes the takes of a folder's job."""

    def __init__(self, folder: Path) -> None:
        self.plan = Plan.read(json.loads((folder / JOB).read_text()))
        self.folder = folder
        self.hand = mano.load(folder / HAND) if (folder / HAND).exists() else mano.load()

    def make(self, number: int) -> None:
        """Make one take and write it to its rows."""
        entry = self.plan.entries[number]
        for name, values in rows(*take(self.plan, entry, self.hand)).items():
            write_rows(self.folder, name, entry.start, values)


def fill(folder: Path, plan: Plan, hand: mano.Hand | None, workers: int, progress: Progress | None) -> None:
    """Make all takes of a plan in a folder whose series are created."""
    (folder / JOB).write_text(json.dumps(dataclasses.asdict(plan)))
    if hand is not None:
        files.write_npz(hand.data, folder / HAND)
    total = len(plan.entries)
    done = _here(folder, total) if workers == 1 else _elsewhere(folder, total, workers)
    for count, _ in enumerate(done, 1):
        if progress is not None:
            progress(count, total)
    (folder / JOB).unlink()
    (folder / HAND).unlink(missing_ok=True)


def _here(folder: Path, total: int) -> Iterator[int]:
    maker = Generator(folder)
    for number in range(total):
        maker.make(number)
        yield number


WORD: Final = 4
"""Bytes in which the number of a take travels: so few that a pipe never tears them."""


def _elsewhere(folder: Path, total: int, workers: int) -> Iterator[int]:
    """The same in processes of their own, which take numbers out of one pipe and put them into another when done.

    They end when the first pipe is empty, or when nobody is left to read the second one.
    """
    with tempfile.TemporaryFile() as complaints, _workers(folder, total, workers, complaints) as (processes, done):
        count = 0
        while word := os.read(done, WORD):
            count += 1
            yield int.from_bytes(word, "little")
            if any(process.poll() for process in processes):
                break
        if count < total:
            raise SimHandError(_why(processes, complaints))


@contextmanager
def _workers(
    folder: Path, total: int, workers: int, complaints: IO[bytes]
) -> Iterator[tuple[list[subprocess.Popen[bytes]], int]]:
    numbers_out, numbers_in = os.pipe()
    done_out, done_in = os.pipe()
    command = [sys.executable, "-m", "hands.data.worker", str(folder)]
    # One thread each: the arrays are small. And the same packages as here, wherever they were found.
    single = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    environment = {**os.environ, **single, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    processes = [
        subprocess.Popen(command, stdin=numbers_out, stdout=done_in, stderr=complaints, env=environment)
        for _ in range(workers)
    ]
    try:
        os.write(numbers_in, b"".join(number.to_bytes(WORD, "little") for number in range(total)))
        for end in (numbers_out, numbers_in, done_in):
            os.close(end)
        yield processes, done_out
    finally:
        for process in processes:
            process.kill()
            process.wait()
        os.close(done_out)


def _why(processes: list[subprocess.Popen[bytes]], complaints: IO[bytes]) -> str:
    codes = [process.wait() for process in processes if process.poll()]
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    killed = "; the system kills processes when memory runs out: try workers=1" if codes and codes[0] < 0 else ""
    said = f": {lines[-1]}" if lines else ""
    return f"a process that generated data ended with status {codes[0] if codes else 0}{killed}{said}"
