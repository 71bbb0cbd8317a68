r"""HRNet, a network that looks at a picture at four resolutions at once, and keeps the finest to the end.

Most networks for pictures make the map of features smaller step by step. HRNet keeps a branch for each resolution, and
after some layers every branch tells every other what it has found. With $x_j$ the map of branch $j$, which has half the
side of branch $j - 1$ and twice as many channels,

$$
y_i = \mathrm{relu}\Big(\sum_j a_{ij}(x_j)\Big), \qquad
a_{ij} = \begin{cases}
\text{as it is} & j = i \\
\text{$1 \times 1$ convolution, then each value $2^{j-i}$ times along both sides} & j > i \\
\text{$i - j$ convolutions $3 \times 3$ that each leave out every second row and column} & j < i
\end{cases}
$$

A stem of two strided convolutions makes a quarter of the picture's side, a first stage of bottlenecks works on that
alone, and the stages 2, 3 and 4 add a branch each. At the end each branch is widened, and they are added up from the
finest to the coarsest, whose mean is one vector for the picture.

All maps lie in memory with the channels of a pixel side by side, with which a processor trains the book's network in
three quarters of the time.

Source: Wang et al. 2021. Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

EXPANSION: Final = 4
"""Channels that leave a bottleneck, over its narrow ones."""
NUM_BRANCHES: Final = 4
COARSEST: Final = 32
"""Pixels of the picture to a pixel of the coarsest map: sides are multiples of it."""
PICTURE_MEAN: Final = (0.485, 0.456, 0.406)
PICTURE_SD: Final = (0.229, 0.224, 0.225)
"""Of the red, green and blue of ImageNet's pictures: what the published weights expect."""

Map = Float[Tensor, "B _ _ _"]


class Features(NamedTuple):
    """What HRNet makes of pictures, from one pass."""

    F2: Float[Tensor, "B C2 H/4 W/4"]
    F3: Float[Tensor, "B C3 H/8 W/8"]
    F4: Float[Tensor, "B C4 H/16 W/16"]
    F5: Float[Tensor, "B C5 H/32 W/32"]
    """A map for each branch, widened; the number is the exponent of the stride."""
    g: Float[Tensor, "B dim"]
    """One vector for the picture."""


@dataclass(frozen=True)
class HRNetConfig:
    """Sizes of an HRNet; the defaults are the published ones, whose `width` is in the name: W18 to W64.

    Raises:
        ValueError: a size is not positive, or modules are given for other than three stages.
    """

    width: int = 18
    """Channels of the finest branch; each further branch has twice as many."""
    blocks: int = 4
    """Blocks of each branch between two exchanges."""
    modules: tuple[int, ...] = (1, 4, 3)
    """Exchanges in the stages 2, 3 and 4."""
    stem: int = 64
    """Channels of the stem."""
    bottlenecks: int = 4
    """Blocks of stage 1."""
    narrow: int = 64
    """Narrow channels of stage 1; four times as many leave it."""
    head: int = 128
    """Channels of F2; F3, F4 and F5 each have twice as many as the one before."""
    dim: int = 2048
    """Channels of g."""

    def __post_init__(self) -> None:
        """Refuse what cannot be built."""
        stages = NUM_BRANCHES - 1
        if len(self.modules) != stages:
            raise ValueError(f"modules {self.modules}: expected {stages} numbers, for the stages 2, 3 and 4")
        sizes = {name: value for name, value in vars(self).items() if name != "modules"}
        sizes |= {f"modules[{k}]": value for k, value in enumerate(self.modules)}
        for name, value in sizes.items():
            if value < 1:
                raise ValueError(f"{name} of an HRNet is {value}: expected at least 1")
        if self.head % EXPANSION:
            raise ValueError(f"head of an HRNet is {self.head}: expected a multiple of {EXPANSION}")

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels of the branches, the finest first."""
        return tuple(self.width * 2**branch for branch in range(NUM_BRANCHES))

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of F2, F3, F4 and F5."""
        return tuple(self.head * 2**branch for branch in range(NUM_BRANCHES))

    @classmethod
    def book(cls) -> HRNetConfig:
        """Small enough for a processor: the size of this book's experiments, 1.5 million numbers.

        500 steps of 32 pictures take a good minute of one core at 64 pixels, and three at 128. The stem is only as wide
        as the finest branch, since its maps are the largest: twice as wide, it would make that a tenth to a fifth more.
        """
        return cls(width=16, blocks=1, modules=(1, 1, 1), stem=16, bottlenecks=1, narrow=16, head=32, dim=256)

    @classmethod
    def w18(cls) -> HRNetConfig:
        """HRNet-W18, 19 million numbers."""
        return cls(width=18)

    @classmethod
    def w32(cls) -> HRNetConfig:
        """HRNet-W32, 39 million numbers."""
        return cls(width=32)


class HRNet(nn.Module):
    """Pictures to maps of four resolutions and one vector.

    Convention:
        Pictures are red, green, blue from 0 to 1, rows from above; the network itself takes ImageNet's mean away and
        divides by its standard deviation.

    Example:
        >>> net = HRNet(HRNetConfig.book())
        >>> features = net(torch.zeros(2, 3, 128, 128))
        >>> features.F4.shape, features.F5.shape, features.g.shape
        (torch.Size([2, 128, 8, 8]), torch.Size([2, 256, 4, 4]), torch.Size([2, 256]))
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, config: HRNetConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.tensor(PICTURE_MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("sd", torch.tensor(PICTURE_SD).view(3, 1, 1), persistent=False)
        self.stem = nn.Sequential(convolution(3, config.stem, 3, 2), convolution(config.stem, config.stem, 3, 2))
        wide = EXPANSION * config.narrow
        inputs = [config.stem] + [wide] * (config.bottlenecks - 1)
        self.first = nn.Sequential(*(Bottleneck(channels, config.narrow) for channels in inputs))
        widths = [(wide,), *(config.widths[:branches] for branches in range(2, NUM_BRANCHES + 1))]
        self.stages = nn.ModuleList(
            Stage(before, after, config.blocks, modules)
            for before, after, modules in zip(widths, widths[1:], config.modules, strict=False)
        )
        self.head = Head(config.widths, config.head // EXPANSION, config.dim)
        _initialise(self)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch does not annotate it

    def forward(self, pictures: Float[Tensor, "B 3 H W"]) -> Features:
        """Maps and vector of each picture.

        Raises:
            ValueError: the pictures are not of three colours as floating-point numbers, or a side is no multiple of 32.
        """
        check(pictures)
        standardised = ((pictures - self.mean) / self.sd).contiguous(memory_format=torch.channels_last)
        branches = [self.first(self.stem(standardised))]
        for stage in self.stages:
            branches = stage(branches)
        return self.head(branches)


class Stage(nn.Module):
    """A new branch, then modules."""

    def __init__(self, before: Sequence[int], widths: Sequence[int], blocks: int, modules: int) -> None:
        super().__init__()
        self.enter = nn.ModuleList(
            nn.Identity() if old == new else convolution(old, new, 3) for old, new in zip(before, widths, strict=False)
        )
        self.enter.append(convolution(before[-1], widths[-1], 3, 2))
        self.units = nn.ModuleList(Unit(widths, blocks) for _ in range(modules))

    def forward(self, branches: list[Map]) -> list[Map]:
        """One branch more than there were."""
        branches = [enter(x) for enter, x in zip(self.enter, [*branches, branches[-1]], strict=True)]
        for unit in self.units:
            branches = unit(branches)
        return branches


class Unit(nn.Module):
    """A module of HRNet: blocks along each branch, then an exchange."""

    def __init__(self, widths: Sequence[int], blocks: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(nn.Sequential(*(Block(width) for _ in range(blocks))) for width in widths)
        self.exchange = Exchange(widths)

    def forward(self, branches: list[Map]) -> list[Map]:
        """As many branches as there were."""
        return self.exchange([blocks(x) for blocks, x in zip(self.branches, branches, strict=True)])


class Exchange(nn.Module):
    """Every branch tells every other: `ways[i][j]` is the map $a_{ij}$ from branch j to branch i."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        n = range(len(widths))
        self.ways = nn.ModuleList(nn.ModuleList(_way(widths, source, target) for source in n) for target in n)

    def forward(self, branches: list[Map]) -> list[Map]:
        """The branches, each with what all have found."""
        return [self._heard(target, branches) for target in range(len(branches))]

    def _heard(self, target: int, branches: list[Map]) -> Map:
        first, *rest = (way(x) for way, x in zip(self.ways[target], branches, strict=True))  # type: ignore[call-overload]
        return functional.relu(sum(rest, first), inplace=True)


class Head(nn.Module):
    """Widens each branch and adds them up, from the finest to the coarsest."""

    def __init__(self, widths: Sequence[int], narrow: int, dim: int) -> None:
        super().__init__()
        wide = [EXPANSION * narrow * 2**branch for branch in range(len(widths))]
        # the norms take these biases away again, but the published weights have them
        self.widen = nn.ModuleList(Bottleneck(width, narrow * 2**branch) for branch, width in enumerate(widths))
        self.down = nn.ModuleList(convolution(fine, 2 * fine, 3, 2, bias=True) for fine in wide[:-1])
        self.last = convolution(wide[-1], dim, 1, bias=True)

    def forward(self, branches: list[Map]) -> Features:
        """The widened maps, and the mean of what they add up to."""
        maps = [widen(x) for widen, x in zip(self.widen, branches, strict=True)]
        gathered = maps[0]
        for down, coarser in zip(self.down, maps[1:], strict=True):
            gathered = coarser + down(gathered)
        F2, F3, F4, F5 = maps
        return Features(F2, F3, F4, F5, g=self.last(gathered).mean((2, 3)))


class Block(nn.Module):
    """Two 3x3 convolutions beside a residual."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.path = nn.Sequential(convolution(channels, channels, 3), convolution(channels, channels, 3, relu=False))

    def forward(self, x: Map) -> Map:
        """A map of the same shape."""
        return functional.relu(self.path(x) + x, inplace=True)


class Bottleneck(nn.Module):
    """A 3x3 convolution between two of 1x1, so that it has few channels to work on, beside a residual."""

    def __init__(self, inputs: int, narrow: int) -> None:
        super().__init__()
        wide = EXPANSION * narrow
        self.path = nn.Sequential(
            convolution(inputs, narrow, 1), convolution(narrow, narrow, 3), convolution(narrow, wide, 1, relu=False)
        )
        self.shortcut = nn.Identity() if inputs == wide else convolution(inputs, wide, 1, relu=False)

    def forward(self, x: Map) -> Map:
        """A map of the same sides with four times the narrow channels."""
        return functional.relu(self.path(x) + self.shortcut(x), inplace=True)


def convolution(
    inputs: int, outputs: int, size: int, stride: int = 1, *, relu: bool = True, bias: bool = False
) -> nn.Sequential:
    """A convolution that keeps the sides or divides them by `stride`, a batch norm and, if wanted, a ReLU."""
    layers = [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=bias), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))


def _way(widths: Sequence[int], source: int, target: int) -> nn.Module:
    """The map from one branch to another."""
    if source == target:
        return nn.Identity()
    if source > target:
        upwards = convolution(widths[source], widths[target], 1, relu=False)
        return upwards.append(nn.Upsample(scale_factor=2 ** (source - target)))
    steps = [convolution(widths[source], widths[source], 3, 2) for _ in range(target - source - 1)]
    return nn.Sequential(*steps, convolution(widths[source], widths[target], 3, 2, relu=False))


def _initialise(net: nn.Module) -> None:
    """Weights that keep the size of gradients through ReLUs (He et al. 2015)."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def check(pictures: Tensor) -> None:
    """Refuse what is no batch of pictures."""
    if pictures.ndim != 4 or pictures.shape[1] != 3:
        raise ValueError(f"pictures of the shape {tuple(pictures.shape)}: expected (batch, 3, height, width)")
    if not pictures.is_floating_point():
        raise ValueError(f"pictures are {pictures.dtype}: give floating-point numbers from 0 to 1, like pictures / 255")
    height, width = pictures.shape[2:]
    if height % COARSEST or width % COARSEST:
        raise ValueError(f"pictures of {height} x {width} pixels: HRNet needs multiples of {COARSEST}")
