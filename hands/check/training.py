"""Checkers for the exercises of *Training, honestly*.

What is expected is computed with plain loops over steps, samples and recordings, which the chapter does not do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hands.check.verdict import Verdict, judge


def warmed_cosine(answer: Callable[[int, int, float, int], Any]) -> Verdict:
    """Step, number of steps, peak, steps of warm-up -> the learning rate of that update."""
    cases = {
        "no warm-up, the first update": (0, 10, 0.3, 0),
        "no warm-up, half-way": (5, 10, 0.3, 0),
        "the first of four steps of warm-up": (0, 20, 1.0, 4),
        "the last step of warm-up": (3, 20, 1.0, 4),
        "half-way down, after the warm-up": (12, 20, 1.0, 4),
        "the last update": (19, 20, 1.0, 4),
    }
    return judge(
        answer,
        {name: (case, _rate(*case)) for name, case in cases.items()},
        praise="right: up along a line, down along a cosine, and no update is wasted",
        atol=1e-9,
        mistakes={
            "with k / warmup the first update has the rate 0 and is wasted: take (k + 1) / warmup": (
                lambda k, steps, peak, warmup: (
                    peak * k / warmup if k < warmup else _cosine(k - warmup, steps - warmup, peak)
                )
            ),
            "the cosine begins when the warm-up has ended: count its steps from there": (
                lambda k, steps, peak, warmup: peak * (k + 1) / warmup if k < warmup else _cosine(k, steps, peak)
            ),
            "this is a quarter of a wave; from the peak to zero the cosine runs through half a turn": (
                lambda k, steps, peak, warmup: (
                    peak * (k + 1) / warmup
                    if k < warmup
                    else peak * math.cos(math.pi / 2 * (k - warmup) / (steps - warmup))
                )
            ),
            "zero is reached at `steps`, one step after the last update: divide by steps - warmup": (
                lambda k, steps, peak, warmup: (
                    peak * (k + 1) / warmup if k < warmup else _cosine(k - warmup, steps - 1 - warmup, peak)
                )
            ),
            "the warm-up is missing": lambda k, steps, peak, warmup: _cosine(k, steps, peak),
            "the rate falls below zero: 1 + cos lies between 0 and 2, so halve it": (
                lambda k, steps, peak, warmup: (
                    peak * (k + 1) / warmup
                    if k < warmup
                    else peak * math.cos(math.pi * (k - warmup) / (steps - warmup))
                )
            ),
        },
    )


def clip_gradients(answer: Callable[[Tensor, float], Any]) -> Verdict:
    """Gradients of P parameters with n numbers each (P, n), the longest allowed -> the same, clipped together."""
    g = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)).double()
    cases = {
        "too long": (10 * g, 1.0),
        "a little too long": (g, 0.9 * float(g.norm())),
        "short enough": (0.1 * g, 1.0),
        "zero": (torch.zeros(3, 4).double(), 1.0),
        "one parameter far too long": (g * torch.tensor([[1.0], [50.0], [0.01]]).double(), 2.0),
    }
    return judge(
        answer,
        {name: (case, _clipped(*case)) for name, case in cases.items()},
        praise="right: one factor for all, so the direction stays",
        atol=1e-5,
        mistakes={
            "each parameter was clipped by itself, which turns the step; take the norm over all of them": (
                lambda g, longest: torch.stack([_clipped(row, longest) for row in g])
            ),
            "that clips every number; the direction changes. Shorten all of them by one factor": (
                lambda g, longest: g.clamp(-longest, longest)
            ),
            "short gradients must stay as they are": lambda g, longest: g * longest / g.norm().clamp(min=1e-30),
            "that divides by the norm and forgets the length that is allowed": (
                lambda g, longest: g / g.norm() if g.norm() > longest else g
            ),
        },
    )


def average_gradients(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Gradients of P processes (P, n), each the mean over its own samples, and their numbers (P,) -> that of all."""
    draw = torch.Generator().manual_seed(1)

    def case(*counts: int) -> tuple[tuple[Tensor, Tensor], Tensor]:
        samples = [torch.randn(n, 3, generator=draw).double() for n in counts]
        means = torch.stack([own.sum(0) / max(len(own), 1) for own in samples])
        return (means, torch.tensor(counts)), torch.cat(samples).mean(0)

    return judge(
        answer,
        {
            "equal shares": case(4, 4),
            "three processes": case(2, 2, 2),
            "the last share is smaller": case(4, 4, 1),
            "one process has nothing to do": case(3, 5, 0),
        },
        praise="right: every sample counts the same, wherever it was computed",
        atol=1e-9,
        mistakes={
            "a process with few samples counts as much as one with many: weigh by the samples": (
                lambda means, counts: means.mean(0)
            ),
            "the sum of means grows with the number of processes": lambda means, counts: means.sum(0),
            "the sum over all samples is to be divided by their number": lambda means, counts: (
                means * counts[:, None]
            ).sum(0),
            "these are means already: weigh each by its samples before they are added up": lambda means, counts: (
                means.sum(0) / counts.sum()
            ),
            "divide by the number of samples, not of processes": lambda means, counts: (
                (means * counts[:, None]).sum(0) / len(counts)
            ),
        },
    )


def honest_choice(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Errors of K checkpoints on validation and on test (K,) -> the error that may be reported."""
    draw = torch.Generator().manual_seed(2)
    validation, noise = torch.rand(2, 9, generator=draw).double()
    cases = {
        "five checkpoints": (
            torch.tensor([5.0, 4.0, 6.0, 5.8, 5.5]).double(),
            torch.tensor([6.6, 9.0, 7.0, 6.2, 8.0]).double(),
        ),
        "four others": (torch.tensor([9.0, 5.0, 6.0, 7.0]).double(), torch.tensor([9.0, 7.0, 6.0, 8.5]).double()),
        "nine checkpoints": (9 + validation, 11 + noise),
    }
    return judge(
        answer,
        {name: (case, _honest(*case)) for name, case in cases.items()},
        praise="right: validation chooses, and the test is asked once",
        atol=1e-9,
        unit="mm",
        mistakes={
            "that is the best of the test: it was chosen by what it is reported on": lambda v, t: t.min(),
            "that is an error on validation, which was used to choose": lambda v, t: v.min(),
            "that is the last one; validation says which": lambda v, t: t[-1],
            "that says which checkpoint it is; its error on the test is asked": lambda v, t: v.argmin(),
            "that is the mean of all of them; one is reported": lambda v, t: t.mean(),
            "the test had a say in the choice": lambda v, t: t[(v + t).argmin()],
            "this is the worst on validation": lambda v, t: t[v.argmax()],
            "a mean of both is no error on the test": lambda v, t: (v.min() + t[v.argmin()]) / 2,
        },
    )


def bootstrap_interval(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Errors (N,), the recording of each frame (N,), recordings drawn (B, R) -> ends of the 95 % interval, (2,)."""
    draw = torch.Generator().manual_seed(3)

    def case(lengths: list[int], repetitions: int) -> tuple[Tensor, Tensor, Tensor]:
        recordings = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
        level = 5 + 3 * torch.rand(len(lengths), generator=draw).double()
        errors = level[recordings] + 0.2 * torch.rand(len(recordings), generator=draw).double()
        return errors, recordings, torch.randint(len(lengths), (repetitions, len(lengths)), generator=draw)

    cases = {
        "recordings of equal length": case([6, 6, 6, 6, 6], 200),
        "recordings of different lengths": case([3, 12, 5, 8], 300),
        "two recordings": case([4, 9], 100),
    }
    return judge(
        answer,
        {name: (case, _interval(*case)) for name, case in cases.items()},
        praise="right: whole recordings are drawn, and every frame of them counts",
        atol=1e-6,
        unit="mm",
        mistakes={
            "a mean of means counts a frame of a short recording for more: divide the sum by the frames": (
                lambda e, r, drawn: _ends([np.mean([_frames(e, r, k).mean() for k in row]) for row in drawn.tolist()])
            ),
            "these are frames drawn one by one; a recording comes with all its frames": lambda e, r, drawn: _ends(
                [float(e[row].mean()) for row in drawn]
            ),
            "these are the smallest and the largest of all repetitions; leave 2.5 % on either side": (
                lambda e, r, drawn: _ends(_means(e, r, drawn), 0.0)
            ),
            "a recording that was drawn twice counts twice": lambda e, r, drawn: _ends(
                [float(np.concatenate([_frames(e, r, k) for k in set(row)]).mean()) for row in drawn.tolist()]
            ),
            "quantiles of the repetitions are asked: their spread need not be a normal one": _normal_ends,
            "that leaves out 5 % on either side, so 90 % are inside": lambda e, r, drawn: _ends(
                _means(e, r, drawn), 0.05
            ),
        },
    )


def _rate(k: int, steps: int, peak: float, warmup: int) -> float:
    """By going through all steps, with the half-angle."""
    rates = [peak * (j + 1) / warmup for j in range(warmup)]
    left = steps - warmup
    rates += [peak * math.cos(math.pi / 2 * j / left) ** 2 for j in range(left)]
    return rates[k]


def _cosine(k: int, steps: int, peak: float) -> float:
    return peak * (1 + math.cos(math.pi * k / steps)) / 2


def _clipped(g: Tensor, longest: float) -> Tensor:
    length = math.sqrt(sum(x * x for x in g.flatten().tolist()))
    return g if length <= longest else g * (longest / length)


def _honest(validation: Tensor, test: Tensor) -> float:
    return min(zip(validation.tolist(), test.tolist(), strict=True))[1]


def _frames(errors: Tensor, recordings: Tensor, k: int) -> np.ndarray:
    return errors[recordings == k].numpy()


def _means(errors: Tensor, recordings: Tensor, drawn: Tensor) -> list[float]:
    return [float(np.concatenate([_frames(errors, recordings, k) for k in row]).mean()) for row in drawn.tolist()]


def _ends(means: list[Any], outside: float = 0.025) -> Tensor:
    return torch.tensor(np.quantile(means, [outside, 1 - outside]))


def _normal_ends(errors: Tensor, recordings: Tensor, drawn: Tensor) -> Tensor:
    means = _means(errors, recordings, drawn)
    return torch.tensor(np.mean(means) + 1.96 * np.std(means) * np.array([-1, 1]))


def _interval(errors: Tensor, recordings: Tensor, drawn: Tensor) -> Tensor:
    return _ends(_means(errors, recordings, drawn))
