"""What SimHand costs: 1.4 million frames of seven sensors, as many as VIHand has, in two processes.

Generated in a process of its own, so that memory is that of the data and not of earlier benchmarks: its peak and twice
that of the larger worker, which is an upper bound. On a busy machine the processes wait for a core; what they computed
says how long two free cores take.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SECONDS = 207.4
WORKERS = 2
RUN = """
import json, resource, sys
from hands import data
data.generate(sys.argv[1], data.Plan("glove", seconds=float(sys.argv[2])), workers=int(sys.argv[3]))
usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(json.dumps([[u.ru_utime + u.ru_stime, u.ru_maxrss / 1024**2] for u in usage]))
"""


def entries() -> list[dict]:
    return [simhand_1400k_frames()]


def simhand_1400k_frames() -> dict:
    """Seconds until the data set is there, checksums included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "simhand"
        command = [sys.executable, "-c", RUN, str(path), str(SECONDS), str(WORKERS)]
        start = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
        seconds = time.perf_counter() - start
        (own, own_peak), (workers, worker_peak) = json.loads(done.stdout)
        disk = sum(file.stat().st_size for file in path.iterdir())
    bound = (
        f"{workers:.0f} s of computing in {WORKERS} workers ({workers / WORKERS:.0f} s each) and {own:.0f} s outside; "
        f"memory {own_peak + WORKERS * worker_peak:.1f} GiB at most ({worker_peak:.2f} a worker), "
        f"disk {disk / 1e9:.2f} GB"
    )
    return {
        "name": "simhand_1400k_frames",
        "value": round(seconds),
        "unit": "s",
        "peer": None,
        "ratio": None,
        "bound": bound,
    }
