"""Simple models with the same sensors in and the same hand out: what a student has to beat before it means anything.

Each is about as large as the student, reads the standardised features of all its sensors side by side, starts at the
mean pose and the mean shape, and says a pose for each frame and one shape for the window.

- `FrameMlp` sees one frame at a time, and knows no time.
- `Gru` reads the window forwards and backwards.
- `Tcn` convolves along time, each layer with gaps twice as wide as the one before.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from hands.distill.worn import SensorNetwork, Shown, Worn
from hands.fusion import TeacherStatistics
from hands.fusion.heads import ShapeHead, zeroed

Series = Float[Tensor, "batch time channels"]
Found = Float[Tensor, "batch time width"]


class Simple(SensorNetwork):
    """Base: standardise, let `hidden` look at the series, and read the hand from what it found."""

    def __init__(self, worn: Worn, width: int, statistics: TeacherStatistics | None) -> None:
        super().__init__(worn, statistics)
        self.pose = zeroed(nn.Linear(width, 6 * worn.joints))
        self.shape = ShapeHead(width)

    @property
    def width_in(self) -> int:
        """Channels of all sensors together."""
        return len(self.worn.sensors) * self.worn.channels

    def hidden(self, series: Series) -> Found:
        """What it makes of each frame."""
        raise NotImplementedError

    def forward(self, features: Float[Tensor, "batch time sensors channels"]) -> Shown:
        """Say the hand; features are of its own sensors, `data.features` as they come.

        Raises:
            ValueError: they are of other sensors.
        """
        self.check(features)
        found = self.hidden(self.features(features).flatten(-2))
        pose = self.pose(found).unflatten(-1, (self.worn.joints, 6))
        return Shown(self.pose_6d.restore(pose), self.shape(found.mean(-2)))


@dataclass(frozen=True)
class FrameMlpConfig(Worn):
    """Size of a `FrameMlp`."""

    width: int = 144


class FrameMlp(Simple):
    """Two hidden layers, for each frame alone.

    Example:
        >>> import torch
        >>> said = FrameMlp(FrameMlpConfig())(torch.zeros(2, 32, 7, 15))
        >>> said.pose_6d.shape, said.betas.shape
        (torch.Size([2, 32, 15, 6]), torch.Size([2, 10]))
    """

    def __init__(self, config: FrameMlpConfig, statistics: TeacherStatistics | None = None) -> None:
        super().__init__(config, config.width, statistics)
        self.config = config
        first, second = nn.Linear(self.width_in, config.width), nn.Linear(config.width, config.width)
        self.layers = nn.Sequential(first, nn.GELU(), second, nn.GELU())

    def hidden(self, series: Series) -> Found:
        """Frame by frame."""
        return self.layers(series)


@dataclass(frozen=True)
class GruConfig(Worn):
    """Size of a `Gru`."""

    width: int = 44
    """In each direction."""


class Gru(Simple):
    """One gated recurrent layer in each direction."""

    def __init__(self, config: GruConfig, statistics: TeacherStatistics | None = None) -> None:
        super().__init__(config, 2 * config.width, statistics)
        self.config = config
        self.layers = nn.GRU(self.width_in, config.width, batch_first=True, bidirectional=True)

    def hidden(self, series: Series) -> Found:
        """Both states of each frame."""
        found: Tensor = self.layers(series)[0]
        return found


@dataclass(frozen=True)
class TcnConfig(Worn):
    """Size of a `Tcn`."""

    width: int = 56
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    """Frames between the three that each layer looks at: these see 15 frames to either side."""


class Tcn(Simple):
    """Convolutions along time, each beside a residual."""

    def __init__(self, config: TcnConfig, statistics: TeacherStatistics | None = None) -> None:
        super().__init__(config, config.width, statistics)
        self.config = config
        width = config.width
        self.embed = nn.Linear(self.width_in, width)
        self.layers = nn.ModuleList(nn.Conv1d(width, width, 3, padding=gap, dilation=gap) for gap in config.dilations)

    def hidden(self, series: Series) -> Found:
        """Of each frame, with those around it."""
        found = self.embed(series).mT
        for layer in self.layers:
            found = found + nn.functional.gelu(layer(found))
        return found.mT
