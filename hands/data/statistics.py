r"""Mean and standard deviation of features, of training data alone.

Networks want inputs of about the same size, so each channel is shifted by a mean and divided by a standard deviation.
Both are something that is learnt, so they may know the training recordings and nothing else: `Statistics.of` reads
those and no others. Recordings are read one at a time, and what is known of $n_a$ frames so far and of $n_b$ new ones
is joined without any cancellation,

$$
\bar x = \bar x_a + \delta \frac{n_b}{n_a + n_b}, \qquad
M = M_a + M_b + \delta^2 \frac{n_a n_b}{n_a + n_b}, \qquad \delta = \bar x_b - \bar x_a, \qquad
\sigma = \sqrt{M / n} .
$$

Source: Chan, Golub and LeVeque 1979. Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from hands.data.simhand import SimHand
from hands.imu import Recording

CONSTANT: Final = 1e-6
"""A channel whose standard deviation is less than this share of its mean's size (at least 1) does not change: what is
left is rounding, and dividing by it would make noise of it."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """What features were on training data, channel by channel.

    Example:
        >>> of_two = Statistics.over([torch.tensor([[1.0, 5.0]]), torch.tensor([[3.0, 5.0], [5.0, 5.0]])])
        >>> of_two.mean.tolist(), of_two.normalise(torch.tensor([3.0, 6.0])).tolist()
        ([3.0, 5.0], [0.0, 1.0])
    """

    mean: Float[Tensor, "*channels"]
    sd: Float[Tensor, "*channels"]
    """Of the frames, not of a population that they were drawn from: divided by n."""
    frames: int

    @staticmethod
    def of(sim: SimHand, features: Callable[[Recording], Tensor], *, unseen: bool = False) -> Statistics:
        """Those of the training recordings of a data set; there is no way to ask for others.

        Args:
            sim: the data set.
            features: of a recording, (time, ...), such as `data.features`.
            unseen: of the unseen-subject split.

        Raises:
            ValueError: the data set has no training recording.
        """
        return Statistics.over(features(sim.recording(entry)) for entry in sim.entries_of("train", unseen=unseen))

    @staticmethod
    def over(series: Iterable[Tensor]) -> Statistics:
        """Those of all frames of your own training recordings, each (time, ...).

        Raises:
            ValueError: there are none, or one has no frames.
        """
        frames, mean, squares = 0, torch.zeros(()), torch.zeros(())
        for one in series:
            if len(one) == 0:
                raise ValueError("a recording has no frames")
            new = one.detach().double()
            centre, n = new.mean(0), len(new)
            delta, total = centre - mean, frames + n
            squares = squares + ((new - centre) ** 2).sum(0) + delta**2 * (frames * n / total)
            mean, frames = mean + delta * (n / total), total
        if frames == 0:
            raise ValueError("there are no training recordings to take statistics of")
        return Statistics(mean.float(), (squares / frames).sqrt().float(), frames)

    @property
    def scale(self) -> Float[Tensor, "*channels"]:
        """What a channel is divided by: its standard deviation, or 1 where it does not change."""
        return torch.where(self.sd > CONSTANT * self.mean.abs().clamp(min=1), self.sd, 1.0)

    def normalise(self, features: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """Features with mean 0 and standard deviation 1, as far as they are like the training data."""
        return (features - self.mean.to(features)) / self.scale.to(features)

    def restore(self, normalised: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """The features again."""
        return normalised * self.scale.to(normalised) + self.mean.to(normalised)
