"""How fast the hand is beside smplx: in turn in one process, medians; peak memory of each in a process of its own."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from hands import mano

THREADS = 2


def inputs(batch: int, requires_grad: bool) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = {"betas": (batch, 10), "global_orient": (batch, 3), "hand_pose": (batch, 15, 3), "transl": (batch, 3)}
    return {
        name: (0.4 * torch.randn(shape, generator=generator)).requires_grad_(requires_grad)
        for name, shape in shapes.items()
    }


def contenders() -> dict[str, Callable[[dict[str, torch.Tensor]], torch.Tensor]]:
    hand = mano.load()
    layer = hand.to_smplx()

    def smplx_mesh(x: dict[str, torch.Tensor]) -> torch.Tensor:
        return layer(**(x | {"hand_pose": x["hand_pose"].flatten(1)})).vertices

    return {
        "mesh": lambda x: hand(**x).vertices,
        "keypoints": lambda x: hand.keypoints(**x),
        "smplx": smplx_mesh,
    }


def step(contender: Callable[[dict[str, torch.Tensor]], torch.Tensor], batch: int, train: bool) -> float:
    """Seconds of one forward pass, or of one forward and backward pass."""
    x = inputs(batch, requires_grad=train)
    start = time.perf_counter()
    with torch.set_grad_enabled(train):
        points = contender(x)
        if train:
            points.square().sum().backward()
    return time.perf_counter() - start


def medians(batch: int, train: bool, rounds: int) -> dict[str, float]:
    """Median milliseconds of each contender, run in turn."""
    torch.set_num_threads(THREADS)
    times: dict[str, list[float]] = {}
    contestants = contenders()
    for round_ in range(rounds + 3):
        for name, contender in contestants.items():
            seconds = step(contender, batch, train)
            if round_ >= 3:
                times.setdefault(name, []).append(1e3 * seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def peak_memory(name: str, batch: int, train: bool) -> float:
    """Peak resident memory above the loaded models, MB, measured in a fresh process."""
    code = f"from tests.bench import mano_speed; mano_speed.print_peak({name!r}, {batch}, {train})"
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(json.loads(result.stdout.splitlines()[-1]))


def print_peak(name: str, batch: int, train: bool) -> None:
    torch.set_num_threads(THREADS)
    contender = contenders()[name]
    step(contender, 1, train)  # thread pools and lazily loaded code do not count
    Path("/proc/self/clear_refs").write_text("5")  # Linux: the high-water mark starts anew at what is resident now
    before = high_water_mark()
    for _ in range(3):
        step(contender, batch, train)
    print((high_water_mark() - before) / 1e3)


def high_water_mark() -> int:
    """Peak resident memory of this process, kB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def entries() -> list[dict]:
    """Benchmark entries; `ratio` is smplx's figure over ours, so that more is better for us."""
    rows = []
    for batch, rounds in ((1024, 25), (32, 100), (1, 200)):
        for train in (False, True):
            times = medians(batch, train, rounds)
            for what in ("mesh", "keypoints"):
                rows.append(
                    {
                        "name": f"{what}_{'train' if train else 'forward'}_b{batch}",
                        "value": round(times[what], 3),
                        "unit": "ms",
                        "peer": f"smplx.MANO: {times['smplx']:.3f} ms",
                        "ratio": round(times["smplx"] / times[what], 2),
                    }
                )
    for train in (False, True):
        ours, theirs = peak_memory("mesh", 1024, train), peak_memory("smplx", 1024, train)
        rows.append(
            {
                "name": f"mesh_{'train' if train else 'forward'}_b1024_memory",
                "value": round(ours, 1),
                "unit": "MB",
                "peer": f"smplx.MANO: {theirs:.1f} MB",
                "ratio": round(theirs / ours, 2),
            }
        )
    return rows
