"""Runs chapters as a reader's kernel runs them in Binder, and refuses those that ask for too much: `make binder`.

Binder lends one or two cores and 2 GB, of which JupyterLab's server takes its part. So a chapter gets one core and
1.5 GB here; figures are live, as they are there, and outputs are thrown away.

What counts is the resident memory of the kernel and of every process under it, looked at every 50 ms and after each
cell. A page that two processes share counts twice, so the sum is never too small. A process whose high-water mark has
risen since the last look counts with that mark, so that a peak between two looks is not missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

MEGABYTES = 1500
SECONDS_BETWEEN_LOOKS = 0.05
CELL_TIMEOUT = 300
NOT_IN_BINDER = {"HANDS_OUTPUT", "PLOTLY_RENDERER", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
"""Settings of `make notebooks` and of the tests that a reader's kernel does not have; one core makes one thread."""


@dataclass
class Memory:
    """The highest sum of resident memory that the processes below this one have reached, in bytes."""

    peak: int = 0
    marks: dict[int, int] = field(default_factory=dict)

    def look(self) -> None:
        below = psutil.Process().children(recursive=True)
        self.peak = max(self.peak, sum(self._since_last_look(process.pid) for process in below))

    def _since_last_look(self, pid: int) -> int:
        now, mark = resident(pid)
        risen = mark > self.marks.get(pid, 0)
        self.marks[pid] = mark
        return mark if risen else now

    async def watch(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


def resident(pid: int) -> tuple[int, int]:
    """Resident memory of a process, now and at its highest, in bytes; zeros if the process has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    kibibytes = {name: int(number) for name, number in re.findall(r"^(Vm\w+):\s+(\d+) kB", status, re.MULTILINE)}
    return 1024 * kibibytes.get("VmRSS", 0), 1024 * kibibytes.get("VmHWM", 0)


async def peak_of(path: Path) -> int:
    """Run a notebook in its own folder on one core; the peak of its memory in bytes."""
    memory = Memory()
    client = NotebookClient(
        nbformat.read(path, as_version=4),
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=lambda **_: memory.look(),
    )
    environment = {name: value for name, value in os.environ.items() if name not in NOT_IN_BINDER}
    one_core = {min(os.sched_getaffinity(0))}
    watch = asyncio.create_task(memory.watch())
    try:
        await client.async_execute(env=environment, preexec_fn=partial(os.sched_setaffinity, 0, one_core))
    finally:
        watch.cancel()
    return memory.peak


def fits(path: Path, limit: float) -> bool:
    """Run a notebook and say in a line how it went."""
    start = time.perf_counter()
    try:
        peak = asyncio.run(peak_of(path)) / 1e6
    except (CellControlSignal, DeadKernelError) as error:
        print(f"{path} does not run on one core with live figures:\n{error}", flush=True)
        return False
    print(f"{path}: {peak:.0f} MB, {time.perf_counter() - start:.0f} s", flush=True)
    if peak > limit:
        print(
            f"{path} takes {peak:.0f} MB at its peak; Binder leaves {limit:.0f} MB to a chapter. "
            "Hold fewer or smaller arrays at once.",
            flush=True,
        )
    return peak <= limit


def main() -> None:
    parser = argparse.ArgumentParser(description="Run notebooks within the limits of Binder.")
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--megabytes", type=float, default=MEGABYTES, help="limit on memory (default: %(default)s)")
    arguments = parser.parse_args()
    if not hasattr(os, "sched_setaffinity") or not Path("/proc/self/status").exists():
        sys.exit("Memory and cores are read and set as Linux does it: run `make binder` on Linux.")
    refused = [path for path in arguments.notebooks if not fits(path, arguments.megabytes)]
    if refused:
        sys.exit(f"Not fit for Binder: {', '.join(map(str, refused))}")


if __name__ == "__main__":
    main()
