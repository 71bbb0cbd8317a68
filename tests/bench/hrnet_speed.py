"""What training the book's HRNet costs beside a plain network of about as many multiplications, and in another layout.

A step is forward, backward and AdamW for 32 pictures of 128 x 128 pixels, on one thread. The plain network is a
ResNet-18 made of the same layers: a stem, then two blocks at each of four resolutions, one after the other. The third
contender is our network with the pixels of a row side by side in memory, as is torch's custom, and not the channels of
a pixel. All take turns in one process; CPU time, the median of the rounds.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from hands import nets
from hands.nets.hrnet import Block, convolution

BATCH, SIDE, CLASSES, ROUNDS = 32, 128, 62, 7
PLAIN_WIDTH = 24
"""Of the plain network's first blocks; the multiple of 8 that comes nearest to our multiplications."""


class Plain(nn.Module):
    """A ResNet-18 with HRNet's stem."""

    def __init__(self, stem: int, width: int) -> None:
        super().__init__()
        widths = [width * 2**k for k in range(4)]
        layers = [convolution(3, stem, 3, 2), convolution(stem, width, 3, 2), Block(width), Block(width)]
        for before, after in itertools.pairwise(widths):
            layers += [convolution(before, after, 3, 2), Block(after), Block(after)]
        self.layers = nn.Sequential(*layers).to(memory_format=torch.channels_last)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.layers(pictures.contiguous(memory_format=torch.channels_last)).mean((2, 3))


class Rows(nn.Module):
    """The same HRNet with maps in torch's usual layout."""

    def __init__(self, net: nets.HRNet) -> None:
        super().__init__()
        self.net = net.to(memory_format=torch.contiguous_format)

    def forward(self, pictures: Tensor) -> Tensor:
        net = self.net
        branches = [net.first(net.stem((pictures - net.mean) / net.sd))]
        for stage in net.stages:
            branches = stage(branches)
        return net.head(branches).g


def contenders() -> dict[str, nn.Module]:
    config = nets.HRNetConfig.book()
    torch.manual_seed(0)
    ours = nets.HRNet(config)
    return {"ours": ours, "plain": Plain(config.stem, PLAIN_WIDTH), "rows": Rows(nets.HRNet(config))}


def multiplications(net: nn.Module) -> float:
    """Of one picture, in millions."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.zeros(1, 3, SIDE, SIDE))
    return counter.get_total_flops() / 2e6


def steps(net: nn.Module) -> Callable[[], float]:
    """A function that does one training step and says how many seconds it took."""
    dim = (g.g if isinstance(g := net(torch.zeros(2, 3, SIDE, SIDE)), nets.Features) else g).shape[1]
    head = nn.Linear(dim, CLASSES)
    optimiser = torch.optim.AdamW([*net.parameters(), *head.parameters()], lr=1e-3)
    pictures = torch.rand(BATCH, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))

    def step() -> float:
        start = time.process_time()
        optimiser.zero_grad()
        g = net(pictures)
        head(g.g if isinstance(g, nets.Features) else g).square().mean().backward()
        optimiser.step()
        return time.process_time() - start

    return step


def pictures_per_s() -> dict[str, float]:
    """Of each contender."""
    runs = {name: steps(net) for name, net in contenders().items()}
    times: dict[str, list[float]] = {name: [] for name in runs}
    for round_ in range(ROUNDS + 1):
        for name, run in runs.items():
            seconds = run()
            if round_:
                times[name].append(seconds)
    return {name: BATCH / statistics.median(values) for name, values in times.items()}


def entries() -> Iterable[dict]:
    """One benchmark entry; `ratio` is our rate over the plain network's, so that more is better for us."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rates = pictures_per_s()
        cost = {name: multiplications(net) for name, net in contenders().items()}
    finally:
        torch.set_num_threads(threads)
    yield {
        "name": "hrnet_train_pictures_per_s",
        "value": round(rates["ours"]),
        "unit": "pictures/s",
        "peer": f"ResNet-18 of {cost['plain']:.0f} instead of {cost['ours']:.0f} million multiplications: "
        f"{rates['plain']:.0f}/s; our own with rows side by side: {rates['rows']:.0f}/s",
        "ratio": round(rates["ours"] / rates["plain"], 2),
    }
