"""How SimHand comes to be on the disk: several processes make takes and write them, each to rows of its own.

The processes are plain ones, `python -m hands.data.worker`, so that a script needs no `if __name__ == "__main__"` to
call `simhand()`. They take numbers of takes out of one pipe and put them into another one when they are done. When the
first is empty they end; when nobody is left to read the second, because the parent was killed, they end as well.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO, Final

import torch

from hands import mano
from hands.data import takes
from hands.data.plan import Entry, Plan
from hands.data.store import SimHandError, write_rows
from hands.mano import files

Progress = Callable[[int, int], None]
"""Called with how many recordings are done, and of how many."""

Numbers = Generator[int]
"""Of recordings, as they are done."""

JOB: Final = "job.json"
HAND: Final = "hand.npz"
WORD: Final = 4
"""Bytes in which the number of a take travels: so few that a pipe never tears them."""
COMMAND = (sys.executable, "-m", "hands.data.worker")
SINGLE: Final = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
"""A process has one thread: its arrays are small."""


class Maker:
    """Makes the recordings of a folder's job: all takes, then the subjects' calibrations."""

    def __init__(self, folder: Path) -> None:
        self.plan = Plan.read(json.loads((folder / JOB).read_text()))
        self.folder = folder
        self.hand = mano.load(folder / HAND) if (folder / HAND).exists() else mano.load()

    def __len__(self) -> int:
        return len(self.plan.entries) + len(self.plan.subjects)

    def make(self, number: int) -> None:
        """Make one recording and write it to its place."""
        entries = self.plan.entries
        if number < len(entries):
            self._take(entries[number])
        else:
            self._calibrate(self.plan.subjects[number - len(entries)])

    def _take(self, entry: Entry) -> None:
        for name, values in takes.rows(*takes.take(self.plan, entry, self.hand)).items():
            write_rows(self.folder, name, entry.start, values)

    def _calibrate(self, subject: str) -> None:
        recording, truth = takes.calibration(self.plan, subject, self.hand)
        series = {name: getattr(recording, name).float() for name in ("acc", "gyro", "rotation")}
        dataclasses.replace(recording, **series).save(self.folder / calibration_file(subject, "recording"))
        truth.to(torch.float32).save(self.folder / calibration_file(subject, "motion"))


def calibration_file(subject: str, kind: str) -> str:
    """Name of the file that holds a subject's calibration: its `"recording"` or its `"motion"`."""
    return f"calibration-{subject}-{kind}.npz"


def fill(folder: Path, plan: Plan, hand: mano.Hand | None, workers: int, progress: Progress | None) -> None:
    """Make all recordings of a plan in a folder whose series are created.

    Raises:
        SimHandError: a process ended before its time.
    """
    (folder / JOB).write_text(json.dumps(dataclasses.asdict(plan)))
    if hand is not None:
        files.write_npz(hand.data, folder / HAND)
    maker = Maker(folder)
    total = len(maker)
    with closing(_here(maker) if workers == 1 else _elsewhere(folder, total, workers)) as done:
        for count, _ in enumerate(done, 1):
            if progress is not None:
                progress(count, total)
    (folder / JOB).unlink()
    (folder / HAND).unlink(missing_ok=True)


def _here(maker: Maker) -> Numbers:
    for number in range(len(maker)):
        maker.make(number)
        yield number


def _elsewhere(folder: Path, total: int, workers: int) -> Numbers:
    """Let processes make everything; the numbers of what is done, as they come."""
    with ExitStack() as stack:
        complaints = stack.enter_context(tempfile.TemporaryFile())
        numbers, to_workers = _pipe(stack)
        from_workers, done = _pipe(stack)
        processes = [stack.enter_context(_worker(folder, numbers, done, complaints)) for _ in range(workers)]
        to_workers.write(b"".join(number.to_bytes(WORD, "little") for number in range(total)))
        for end in (numbers, to_workers, done):  # now theirs alone
            end.close()
        count = 0
        while word := from_workers.read(WORD):
            count += 1
            yield int.from_bytes(word, "little")
            if count == total or any(process.poll() for process in processes):
                break
        if count < total:
            raise SimHandError(_why(processes, complaints, ended=not word))


def _pipe(stack: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """A pipe's end to read from, and its end to write to."""
    out, into = os.pipe()
    return stack.enter_context(open(out, "rb", buffering=0)), stack.enter_context(open(into, "wb", buffering=0))


@contextmanager
def _worker(
    folder: Path, numbers: IO[bytes], done: IO[bytes], complaints: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works until it is done, or until the block ends."""
    path = os.pathsep.join(filter(None, sys.path))  # the same packages as here, wherever they were found
    environment = {**os.environ, **SINGLE, "PYTHONPATH": path}
    process = subprocess.Popen([*COMMAND, str(folder)], stdin=numbers, stdout=done, stderr=complaints, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _why(processes: Sequence[subprocess.Popen[bytes]], complaints: IO[bytes], ended: bool) -> str:
    """What a process that ended before its time, or all of them, have to say."""
    codes = [code for process in processes if (code := process.wait() if ended else process.poll())] or [0]
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    if codes[0] < 0:
        hint = ", killed by the system as it does when memory runs out: try workers=1"
    else:
        hint = f": {lines[-1]}" if lines else ""
    return f"a process that generates recordings ended with status {codes[0]}{hint}"
