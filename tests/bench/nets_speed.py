"""What a training step of DSTFormer costs beside the slow twin and beside a plain transformer of as many parameters.

A step is forward, backward and AdamW, on one thread, since training the book's networks uses a process per core. The
plain transformer is torch's own encoder, in which each of the 32 x 15 tokens attends to all; its layers are as large as
ours. All three take turns in one process, and each figure is the median of its rounds; peak memory is that of a process
of its own.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor, nn

from hands import nets
from tests.bench.mano_speed import high_water_mark
from tests.nets import twin

FRAMES, JOINTS, CHANNELS, MLP_RATIO = 32, 15, 15, 2
SIZES = {
    "book": {"dim": 64, "depth": 2, "num_heads": 4, "batch": 32, "rounds": 7},
    "paper": {"dim": 512, "depth": 5, "num_heads": 8, "batch": 2, "rounds": 2},
}
CONTENDERS = ("ours", "plain", "twin")


class Plain(nn.Module):
    """Torch's encoder over all tokens at once, between the same embeddings and norm."""

    def __init__(self, dim: int, depth: int, num_heads: int) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            dim, num_heads, MLP_RATIO * dim, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.embed = nn.Linear(CHANNELS, dim)
        self.position = nn.Parameter(torch.zeros(FRAMES * JOINTS, dim))
        self.encoder = nn.TransformerEncoder(layer, 4 * depth, nn.LayerNorm(dim), enable_nested_tensor=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.encoder(self.embed(x.flatten(1, 2)) + self.position)


def contender(name: str, dim: int, depth: int, num_heads: int) -> tuple[Callable[[Tensor], Tensor], list[Tensor]]:
    """A network and what it learns."""
    torch.manual_seed(0)
    shape = {"dim_in": CHANNELS, "dim": dim, "depth": depth, "num_joints": JOINTS, "max_len": FRAMES}
    if name == "twin":
        made = twin.random_state(torch.Generator().manual_seed(0), **shape, mlp_ratio=MLP_RATIO)
        state = {key: (value / 25).float().requires_grad_() for key, value in made.items()}
        return lambda x: twin.dstformer(state, x, num_heads), list(state.values())
    net = Plain(dim, depth, num_heads) if name == "plain" else nets.DSTFormer(**shape, num_heads=num_heads, mlp_ratio=2)
    return net, list(net.parameters())


def steps(name: str, size: str) -> Callable[[], None]:
    """A function that does one training step."""
    dim, depth, num_heads, batch, _ = SIZES[size].values()
    net, parameters = contender(name, dim, depth, num_heads)
    optimiser = torch.optim.AdamW(parameters, lr=1e-4)
    x = torch.randn(batch, FRAMES, JOINTS, CHANNELS, generator=torch.Generator().manual_seed(1))

    def step() -> None:
        optimiser.zero_grad()
        net(x).square().mean().backward()
        optimiser.step()

    return step


def medians(size: str) -> dict[str, float]:
    """Median seconds of a step of each contender."""
    runs = {name: steps(name, size) for name in CONTENDERS}
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for round_ in range(SIZES[size]["rounds"] + 1):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if round_:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def peak_memory(name: str, size: str) -> float:
    """Peak resident memory above the loaded libraries, MB, measured in a fresh process: all that training needs."""
    code = f"from tests.bench import nets_speed; nets_speed.print_peak({name!r}, {size!r})"
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(json.loads(result.stdout.splitlines()[-1]))


def print_peak(name: str, size: str) -> None:
    torch.set_num_threads(1)
    Path("/proc/self/clear_refs").write_text("5")  # Linux: the high-water mark starts anew at what is resident now
    before = high_water_mark()
    run = steps(name, size)
    run()
    run()
    print((high_water_mark() - before) / 1e3)


def entries() -> Iterable[dict]:
    """Benchmark entries; `ratio` is the plain transformer's figure over ours, so that more is better for us."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for size in SIZES:
            times = {name: 1e3 * seconds for name, seconds in medians(size).items()}
            yield entry(f"dstformer_train_{size}", "ms", times)
            yield entry(f"dstformer_train_{size}_memory", "MB", {name: peak_memory(name, size) for name in CONTENDERS})
    finally:
        torch.set_num_threads(threads)


def entry(name: str, unit: str, values: dict[str, float]) -> dict:
    ours, plain, slow = (values[contender] for contender in CONTENDERS)
    peer = f"nn.TransformerEncoder: {plain:.0f} {unit}; the slow twin: {slow:.0f} {unit}"
    return {"name": name, "value": round(ours), "unit": unit, "peer": peer, "ratio": round(plain / ours, 2)}
