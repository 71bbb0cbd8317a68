r"""A linear probe for classes: what can be named from a network's numbers by a linear map, the network left as it is.

With x the numbers of a picture, each less its mean and over its standard deviation in the training data, and y its
class, the probe is softmax regression: W and b make

$$
J = \frac1n \sum_i w_{y_i}\, \mathrm{CE}(W x_i + b,\; y_i) + \frac{\lambda}{2} \lVert W \rVert^2 , \qquad
w_c = \frac{n}{C\, n_c}
$$

as small as it can be; the weights $w_c$ let each of the C classes that occur count alike. J is convex, so there is one
answer, whatever one begins with.

Source: Alain and Bengio 2017 (probes). Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from jaxtyping import Float, Int
from scipy.optimize import minimize
from torch import Tensor
from torch.nn.functional import cross_entropy

Floats = npt.NDArray[np.float64]

FLAT: Final = 1e-6
"""A number that varies less than this does not vary."""
ITERATIONS: Final = 300
"""Of L-BFGS, at most."""


@dataclass(frozen=True, eq=False)
class SoftmaxProbe:
    """A fitted probe."""

    mean: Float[Tensor, " dim"]
    sd: Float[Tensor, " dim"]
    weight: Float[Tensor, "classes dim"]
    bias: Float[Tensor, " classes"]

    def __call__(self, x: Float[Tensor, "n dim"]) -> Float[Tensor, "n classes"]:
        """Logits."""
        return (x - self.mean) / self.sd @ self.weight.T + self.bias

    @staticmethod
    def fit(
        x: Float[Tensor, "n dim"],
        y: Int[Tensor, " n"],
        classes: int,
        penalty: float,
        start: SoftmaxProbe | None = None,
    ) -> SoftmaxProbe:
        """The probe of these samples.

        Args:
            x: numbers of each.
            y: its class.
            classes: how many there are; those that do not occur are never named.
            penalty: the lambda above.
            start: a probe of another penalty to begin with, which is quicker.
        """
        mean, sd = x.mean(0), x.std(0).clamp(min=FLAT)
        parts = (
            [start.weight, start.bias.nan_to_num(neginf=0.0)]
            if start
            else [x.new_zeros(classes, x.shape[1]), x.new_zeros(classes)]
        )
        objective = _Objective((x - mean) / sd, y, classes, penalty)
        begin = torch.cat([part.flatten() for part in parts]).double().numpy()
        found = minimize(objective, begin, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
        weight, bias = objective.parts(torch.from_numpy(found).to(x))
        never = y.bincount(minlength=classes) == 0
        return SoftmaxProbe(mean, sd, weight, bias.masked_fill(never, -torch.inf))


class _Objective:
    """J and its gradient, as scipy wants them."""

    def __init__(self, x: Tensor, y: Tensor, classes: int, penalty: float) -> None:
        self.x, self.y, self.classes, self.penalty = x, y, classes, penalty
        counts = y.bincount(minlength=classes)
        self.weights = len(y) / ((counts > 0).sum() * counts.clamp(min=1)).to(x)

    def parts(self, flat: Tensor) -> tuple[Tensor, Tensor]:
        """W and b."""
        weight, bias = flat.split([self.classes * self.x.shape[1], self.classes])
        return weight.view(self.classes, -1), bias

    def __call__(self, flat: Floats) -> tuple[float, Floats]:
        variables = torch.from_numpy(flat).to(self.x).requires_grad_()
        weight, bias = self.parts(variables)
        losses = cross_entropy(self.x @ weight.T + bias, self.y, reduction="none")
        value = (self.weights[self.y] * losses).mean() + self.penalty / 2 * weight.square().sum()
        (gradient,) = torch.autograd.grad(value, variables)
        return value.item(), gradient.double().numpy()
