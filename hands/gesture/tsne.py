r"""t-SNE: points in many dimensions laid out in a plane, so that neighbours stay neighbours.

How near $x_j$ is to $x_i$ is said by a Gaussian whose width is chosen for each point so that it has about as many
neighbours as *perplexity* says; in the plane by a Student t with one degree of freedom:

$$
p_{j|i} = \frac{\exp(-\beta_i \lVert x_i - x_j \rVert^2)}{\sum_{k \ne i} \exp(-\beta_i \lVert x_i - x_k \rVert^2)},
\quad p_{ij} = \frac{p_{j|i} + p_{i|j}}{2n}, \qquad
q_{ij} = \frac{w_{ij}}{\sum_{k \ne l} w_{kl}}, \quad w_{ij} = \frac{1}{1 + \lVert y_i - y_j \rVert^2} .
$$

The layout makes $\sum p_{ij} \log (p_{ij} / q_{ij})$ small, from two principal components on, with momentum and a gain
for each number; at first all p are exaggerated. This is the exact method, whose time and memory grow with the square of
the number of points: a thousand take some ten seconds, and 3,000 are the most that is sensible. Distances between far
groups, and how large groups are, mean nothing.

It is written out here because the libraries that have it (scikit-learn, openTSNE) would be the largest dependency of
the book after torch, for one figure; tests hold it against their numbers.

Source: van der Maaten and Hinton 2008. Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

import math
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

PERPLEXITY: Final = 30.0
STEPS: Final = 750
EXAGGERATED: Final = 250
"""Steps in which all p are larger, so that groups form first."""
EXAGGERATION: Final = 12.0
HALVINGS: Final = 60
"""Of the interval of a width."""
TINY: Final = 1e-12

Matrix = Float[Tensor, "n n"]


def tsne(x: Float[Tensor, "n dim"], perplexity: float = PERPLEXITY, steps: int = STEPS) -> Float[Tensor, "n 2"]:
    """A layout of points in the plane; the same points give the same layout.

    Args:
        x: the points.
        perplexity: about how many neighbours count, less than a third of the points.
        steps: of the descent.

    Raises:
        ValueError: there are too few points for this perplexity.
    """
    if not 1 < perplexity < len(x) / 3:
        raise ValueError(f"perplexity is {perplexity} for {len(x)} points: expected more than 1, and below a third")
    p = joint(squared_distances(x.double()), perplexity)
    y = start(x.double())
    velocity, gains = torch.zeros_like(y), torch.ones_like(y)
    rate = max(len(x) / EXAGGERATION / 4, 50.0)
    for step in range(steps):
        early = step < EXAGGERATED
        slope = gradient(p * (EXAGGERATION if early else 1.0), y)
        gains = torch.where(slope.sign() == velocity.sign(), gains * 0.8, gains + 0.2).clamp(min=0.01)
        velocity = (0.5 if early else 0.8) * velocity - rate * gains * slope
        y = y + velocity
    return (y - y.mean(0)).to(x)


def start(x: Float[Tensor, "n dim"]) -> Float[Tensor, "n 2"]:
    """The first two principal components, small; each with its largest number positive, so that there is one answer."""
    u, s, _ = torch.linalg.svd(x - x.mean(0), full_matrices=False)
    y = (u * s)[:, :2]
    y = y * y.gather(0, y.abs().argmax(0, keepdim=True)).sign()
    return 1e-4 * y / y[:, 0].std()


def squared_distances(x: Float[Tensor, "n dim"]) -> Matrix:
    """Between all pairs."""
    squares = x.square().sum(1)
    return (squares[:, None] + squares - 2 * x @ x.T).clamp(min=0).fill_diagonal_(0)


def joint(distances: Matrix, perplexity: float) -> Matrix:
    """$p_{ij}$: zero on the diagonal, symmetric, one in all."""
    p = conditional(distances, perplexity)
    return (p + p.T) / (2 * len(p))


def conditional(distances: Matrix, perplexity: float) -> Matrix:
    """$p_{j|i}$ in row i, whose entropy is that of so many equal neighbours: widths by halving an interval."""
    # from the nearest neighbour on, or all would be zero for points that are far from all
    others = distances.clone().fill_diagonal_(torch.inf)
    near = others - others.min(1, keepdim=True).values
    low, high = torch.full((2, len(near), 1), -40.0).to(near)
    high = high + 80.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        p = (-near * middle.exp()).softmax(1)
        wide = -(p * p.clamp(min=TINY).log()).sum(1, keepdim=True) > math.log(perplexity)
        low, high = torch.where(wide, middle, low), torch.where(wide, high, middle)
    return p


def gradient(p: Matrix, y: Float[Tensor, "n 2"]) -> Float[Tensor, "n 2"]:
    r"""Of the divergence: $4 \sum_j (p_{ij} - q_{ij}) w_{ij} (y_i - y_j)$."""
    w = (1 / (1 + squared_distances(y))).fill_diagonal_(0)
    pulls = (p - w / w.sum()) * w
    return 4 * (pulls.sum(1, keepdim=True) * y - pulls @ y)


def divergence(p: Matrix, y: Float[Tensor, "n 2"]) -> Float[Tensor, ""]:
    """What the layout makes small."""
    w = (1 / (1 + squared_distances(y))).fill_diagonal_(0)
    return (p * (p.clamp(min=TINY) / (w / w.sum()).clamp(min=TINY)).log()).sum()
