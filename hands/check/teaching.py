"""Checkers for the exercises of *Teaching a student*.

What is expected is worked out number by number, and by angles where the chapter works with differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from hands.check.verdict import Verdict, judge

Array = npt.NDArray[np.float64]


def unit_directions(answer: Callable[[Tensor], Any]) -> Verdict:
    """Vectors (n, d) -> vectors of length one; a vector of zeros stays what it is, and its gradient is a number."""
    draw = torch.Generator().manual_seed(0)
    some = torch.randn(4, 3, generator=draw).double()
    zeros = some * torch.tensor([[1.0], [0.0], [1.0], [0.0]]).double()
    verdict = judge(
        answer,
        {name: ((case,), _directions(case)) for name, case in {"some vectors": some, "two are zero": zeros}.items()},
        praise="",
        atol=1e-4,
        mistakes={
            "divide each vector by its own length, not all by one": lambda v: v / v.norm(),
            "each row is a vector; these are the columns, divided by theirs": lambda v: v / v.norm(dim=0).clamp(1e-9),
            "that makes the numbers of a vector add up to 1; its length is to be 1": (
                lambda v: v / v.abs().sum(-1, keepdim=True).clamp(1e-9)
            ),
        },
    )
    return verdict and judge(
        lambda v: _gradient(answer, v),
        {"the gradient, where two are zero": ((zeros,), _slopes(zeros))},
        praise="right: only directions are left, and zero stays quiet, forwards and backwards",
        atol=1e-3,
        mistakes={
            "a zero was divided by something tiny: forwards nothing is seen of it, backwards the gradient explodes": (
                lambda v: torch.where((v == 0).all(-1, keepdim=True), _gradient(answer, v), torch.tensor(_slopes(v)))
            ),
            "the length depends on the vector, too: let the gradient through it": lambda v: torch.where(
                (v == 0).all(-1, keepdim=True), _gradient(answer, v), _weights(v) / v.norm(dim=-1, keepdim=True)
            ),
        },
    )


def frame_distance(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Features of a student and of a teacher (T, D) -> the mean over frames of the squared distance of directions."""
    draw = torch.Generator().manual_seed(1)
    student, teacher = torch.randn(2, 6, 5, generator=draw).double()
    longer = torch.arange(1.0, 7.0)[:, None].double()
    cases = {
        "twice the same": (student, student),
        "one frame": (student[:1], teacher[:1]),
        "opposite, and three times as long": (student, -3 * student),
        "six frames": (student, teacher),
        "six frames, some of them longer": (longer * student, teacher / longer),
    }
    return judge(
        answer,
        {name: (case, _turned(*case)) for name, case in cases.items()},
        praise="right: 0 for the same direction, 4 for the opposite, and no length matters",
        atol=1e-6,
        mistakes={
            "lengths are not to count: make both vectors of every frame as long as one": lambda s, t: _squares(s, t),
            "each frame has a length of its own; here the whole window has one": lambda s, t: _squares(
                s / s.norm(), t / t.norm()
            ),
            "that is the sum over the frames; their mean is asked for": lambda s, t: len(s) * _turned(s, t),
            "the squares of a frame are added up, not averaged over its channels": lambda s, t: (
                _turned(s, t) / s.shape[1]
            ),
            "that is the distance; its square is asked for": lambda s, t: np.mean(
                [_turned(a[None], b[None]) ** 0.5 for a, b in zip(s, t, strict=True)]
            ),
            "that is 1 - cos, one half of it": lambda s, t: _turned(s, t) / 2,
        },
    )


def taught_alone(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Vectors of length one (T, D), a student's and a teacher's -> their mean squared distance, for the student."""
    draw = torch.Generator().manual_seed(2)
    student, teacher = (_directions(one) for one in torch.randn(2, 4, 3, generator=draw).double())
    pairs = {"the same": (student, student), "four frames": (student, teacher)}
    verdict = judge(
        answer,
        {name: (pair, _turned(*pair)) for name, pair in pairs.items()},
        praise="",
        atol=1e-6,
        mistakes={
            "the squares of a frame are added up, not averaged over its channels": lambda s, t: _turned(s, t) / 3,
            "that is the sum over the frames; their mean is asked for": lambda s, t: len(s) * _turned(s, t),
        },
    )
    pull = (2 / len(student)) * (student - teacher)
    return verdict and judge(
        lambda s, t: _gradients(answer, s, t),
        {"gradients of the student and of the teacher": ((student, teacher), torch.stack([pull, 0 * pull]))},
        praise="right: the student goes to the teacher, and the teacher stays",
        atol=1e-6,
        mistakes={
            "the right number, but its gradient moves the teacher towards the student as well": (
                lambda s, t: torch.stack([pull, -pull])
            ),
            "the wrong one stands still: the student gets no gradient": lambda s, t: torch.stack([0 * pull, -pull]),
            "nothing gets a gradient, so nobody learns": lambda s, t: torch.zeros(2, *s.shape),
        },
    )


def channel_gate(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Tokens (T, J, D), weights (D, D), bias (D,) -> one vector (D,): the mean of the tokens, each channel gated."""
    draw = torch.Generator().manual_seed(3)
    tokens, weight = torch.randn(4, 3, 2, generator=draw).double(), torch.randn(2, 2, generator=draw).double()
    bias = torch.tensor([0.3, -1.0]).double()
    cases = {
        "all gates half open": (tokens, 0 * weight, 0 * bias),
        "one gate open, one closed": (tokens, 0 * weight, torch.tensor([50.0, -50.0]).double()),
        "gates that look at the tokens": (tokens, weight, bias),
    }
    return judge(
        answer,
        {name: (case, _gated(*case)) for name, case in cases.items()},
        praise="right: every channel is let through by a share that all of them decide",
        atol=1e-6,
        mistakes={
            "these are the gates; multiply the mean by them": lambda x, W, b: _gates(_mean(x), W, b),
            "channels do not share one gate between them: take a sigmoid, not a softmax": lambda x, W, b: (
                _mean(x) * torch.softmax(W @ _mean(x) + b, 0)
            ),
            "that is W transposed: output i is the sum over k of W[i, k] times mean[k]": lambda x, W, b: _gated(
                x, W.T, b
            ),
            "one gate for the window: it looks at the mean, and not at every token": lambda x, W, b: torch.stack(
                [_gates(token, W, b) * token for token in x.flatten(0, 1)]
            ).mean(0),
        },
    )


def own_rows(answer: Callable[[Tensor, Sequence[str], Sequence[str]], Any]) -> Verdict:
    """Features (T, S, C), the names of all sensors, a network's own -> its features, in its own order."""
    draw = torch.Generator().manual_seed(4)
    names = ("wrist", "palm", "thumb", "index", "middle")
    features = torch.randn(3, 5, 2, generator=draw).double()
    wanted = {
        "all": names,
        "palm, thumb": ("palm", "thumb"),
        "palm, middle, thumb": ("palm", "middle", "thumb"),
        "index, palm": ("index", "palm"),
    }
    return judge(
        answer,
        {name: ((features, names, own), _rows(features, names, own)) for name, own in wanted.items()},
        praise="right: by name, and in the order that the network knows",
        atol=0.0,
        mistakes={
            "these are the first sensors of the glove, whatever they are called": lambda f, names, own: f[
                :, : len(own)
            ],
            "right sensors in the glove's order; the network wants its own": lambda f, names, own: f[
                :, [n in own for n in names]
            ],
            "sensors are the second axis; these are frames": lambda f, names, own: f[
                [names.index(n) % len(f) for n in own]
            ],
        },
    )


def _directions(vectors: Tensor) -> Tensor:
    """Vector by vector."""
    result = vectors.clone()
    for row in result:
        length = math.sqrt(sum(float(x) ** 2 for x in row))
        row /= length or 1.0
    return result


def _gradient(answer: Callable[[Tensor], Any], vectors: Tensor) -> Tensor:
    """Of a sum of the answer, in which every number has a weight of its own."""
    leaf = vectors.clone().requires_grad_()
    (answer(leaf) * _weights(vectors)).sum().backward()
    return torch.zeros_like(vectors) if leaf.grad is None else leaf.grad


def _weights(vectors: Tensor) -> Tensor:
    return torch.arange(1.0, vectors.numel() + 1).to(vectors).reshape(vectors.shape)


def _slopes(vectors: Tensor) -> Array:
    """What `_gradient` has to be: (w - (w . u) u) / length, and nothing at zero."""
    found = np.zeros(vectors.shape)
    for row, vector, weight in zip(found, vectors.numpy(), _weights(vectors).numpy(), strict=True):
        length = float(np.sqrt(vector @ vector))
        if length:
            unit = vector / length
            row[:] = (weight - (weight @ unit) * unit) / length
    return found


def _turned(student: Tensor, teacher: Tensor) -> float:
    """By the cosine of the angle between them, frame by frame."""
    found = []
    for s, t in zip(student.numpy(), teacher.numpy(), strict=True):
        found.append(2 - 2 * float(s @ t) / math.sqrt(float(s @ s) * float(t @ t)))
    return float(np.mean(found))


def _squares(student: Tensor, teacher: Tensor) -> float:
    return float((student - teacher).square().sum(-1).mean())


def _gradients(answer: Callable[[Tensor, Tensor], Any], student: Tensor, teacher: Tensor) -> Tensor:
    """Of the student's and of the teacher's vectors; zero where none arrives."""
    leaves = [one.clone().requires_grad_() for one in (student, teacher)]
    value = answer(*leaves)
    if isinstance(value, Tensor) and value.requires_grad:
        value.backward()
    return torch.stack([torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for leaf in leaves])


def _mean(tokens: Tensor) -> Tensor:
    """Token by token."""
    total = torch.zeros_like(tokens[0, 0])
    for token in tokens.flatten(0, 1):
        total = total + token
    return total / (tokens.shape[0] * tokens.shape[1])


def _gates(mean: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Channel by channel."""
    size = range(len(mean))
    scores = [float(bias[i]) + sum(float(weight[i, k] * mean[k]) for k in size) for i in size]
    return torch.tensor([1 / (1 + math.exp(-score)) for score in scores], dtype=mean.dtype)


def _gated(tokens: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    mean = _mean(tokens)
    return _gates(mean, weight, bias) * mean


def _rows(features: Tensor, names: Sequence[str], own: Sequence[str]) -> Tensor:
    """Sensor by sensor."""
    found = [features[:, k] for name in own for k, other in enumerate(names) if other == name]
    return torch.stack(found, 1)
