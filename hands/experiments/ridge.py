r"""Ridge regression from running sums: linear, with a penalty, for any number of frames.

With the inputs standardised (mean 0, standard deviation 1 over the training frames) to $z$ and the targets $y$ centred,
over n frames,

$$
W = \arg\min_W \; \frac1n \sum_t \lVert y_t - W^\top z_t \rVert^2 + \lambda \lVert W \rVert^2
  = \Big(\tfrac1n Z^\top Z + \lambda I\Big)^{-1} \tfrac1n Z^\top Y .
$$

Both products are sums over frames. So recordings are added up one by one, in double precision, and any choice of
columns, of targets, of the penalty or of the people comes out of the sums without looking at a frame again.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

CONSTANT = 1e-7
"""A column whose standard deviation is this share of its size, or less, is constant but for rounding."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums over frames of inputs x, targets y and their products.

    Example:
        >>> x = torch.arange(6.0).reshape(6, 1)
        >>> (Moments.of(x[:3], 2 * x[:3] + 1) + Moments.of(x[3:], 2 * x[3:] + 1)).fit(0.0)(torch.tensor([[10.0]]))
        tensor([[21.]])
    """

    frames: int
    x: Float[Tensor, " inputs"]
    y: Float[Tensor, " targets"]
    xx: Float[Tensor, "inputs inputs"]
    xy: Float[Tensor, "inputs targets"]

    @staticmethod
    def of(x: Float[Tensor, "frames inputs"], y: Float[Tensor, "frames targets"]) -> Moments:
        """The sums of these frames."""
        x, y = x.double(), y.double()
        return Moments(len(x), x.sum(0), y.sum(0), x.T @ x, x.T @ y)

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.frames + other.frames, self.x + other.x, self.y + other.y, self.xx + other.xx, self.xy + other.xy
        )

    def columns(self, chosen: Sequence[int]) -> Moments:
        """The sums of these inputs alone."""
        k = torch.tensor(chosen)
        return Moments(self.frames, self.x[k], self.y, self.xx[k][:, k], self.xy[k])

    def fit(self, penalty: float) -> Linear:
        """The best linear map from x to y.

        Args:
            penalty: lambda, for standardised inputs.

        Raises:
            ValueError: there are no frames, or the penalty is negative.
        """
        if self.frames == 0 or not penalty >= 0:
            raise ValueError(f"{self.frames} frames and a penalty of {penalty}: expected some, and zero or more")
        mean_x, mean_y = self.x / self.frames, self.y / self.frames
        covariance = self.xx / self.frames - mean_x[:, None] * mean_x
        size = (self.xx.diagonal() / self.frames).sqrt()
        spread = covariance.diagonal().clamp(min=0).sqrt()
        varies = spread > CONSTANT * size
        per_unit = torch.where(varies, 1 / spread, torch.zeros_like(spread))
        system = per_unit[:, None] * covariance * per_unit + penalty * torch.eye(len(mean_x), dtype=torch.float64)
        system = system + torch.diag((~varies).double())  # a constant says nothing, and gets weight 0
        wanted = per_unit[:, None] * (self.xy / self.frames - mean_x[:, None] * mean_y)
        weight = per_unit[:, None] * torch.linalg.solve(system, wanted)
        return Linear(weight, mean_y - mean_x @ weight)


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear map with a constant."""

    weight: Float[Tensor, "inputs targets"]
    constant: Float[Tensor, " targets"]

    def __call__(self, x: Float[Tensor, "frames inputs"]) -> Float[Tensor, "frames targets"]:
        """The targets of these inputs, in their precision."""
        return torch.addmm(self.constant.to(x), x, self.weight.to(x))


def quadratic(x: Float[Tensor, "frames inputs"]) -> Float[Tensor, "frames products"]:
    """The inputs and all their products in pairs, squares among them.

    Example:
        >>> quadratic(torch.tensor([[2.0, 3.0]]))
        tensor([[2., 3., 4., 6., 9.]])
    """
    first, second = torch.triu_indices(x.shape[1], x.shape[1])
    return torch.cat([x, x[:, first] * x[:, second]], 1)


def taps(x: Float[Tensor, "time inputs"], reach: int) -> Float[Tensor, "time triple"]:
    """Each frame together with the one `reach` frames before and behind it; the ends of a recording are held.

    Example:
        >>> taps(torch.arange(3.0)[:, None], 1)
        tensor([[0., 0., 1.],
                [0., 1., 2.],
                [1., 2., 2.]])
    """
    frames = torch.arange(len(x))
    return torch.cat([x[(frames + by).clamp(0, len(x) - 1)] for by in (-reach, 0, reach)], 1)
