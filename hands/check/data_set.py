"""Checkers for the exercises of *A data set of your own*.

What is expected is counted frame by frame with sets and plain loops, or found by least squares in numpy, neither of
which the chapter does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hands.check.verdict import Verdict, judge

Lengths = Sequence[int]


def cut_windows(answer: Callable[[list[int], int, int], Any]) -> Verdict:
    """Lengths of recordings that lie one after another, size and stride -> the row at which each window begins."""
    cases = {
        "one recording, windows end to end": ([12], 4, 4),
        "one recording, windows that overlap": ([13], 4, 2),
        "three recordings": ([9, 10, 6], 4, 2),
        "one is shorter than a window": ([8, 3, 9], 4, 4),
    }
    return judge(
        answer,
        {name: (case, _starts(*case)) for name, case in cases.items()},
        praise="right: every frame is in a window, and no window in two recordings",
        atol=1e-6,
        unit="rows",
        mistakes={
            "some windows begin in one recording and end in the next": lambda lengths, size, stride: _starts(
                [sum(lengths)], size, stride
            ),
            "what is left at the end of a recording is dropped; one more window begins a stride later": (
                lambda lengths, size, stride: _by_recording(lengths, lambda n: range(0, n - size + 1, stride))
            ),
            "no window is pushed back here; the last one begins a stride later, too, and runs beyond the end": (
                lambda lengths, size, stride: _by_recording(lengths, lambda n: _pushed_back(n, size, stride))
            ),
            "some windows hold no frame that the one before has not": lambda lengths, size, stride: _by_recording(
                lengths, lambda n: range(0, n, stride)
            ),
            "a recording shorter than a window gets one, too": lambda lengths, size, stride: _by_recording(
                lengths, lambda n: _starts([n], size, stride).long().tolist() if n >= size else []
            ),
            "these rows count from the start of each recording; add the row where it begins": (
                lambda lengths, size, stride: torch.cat([_starts([n], size, stride) for n in lengths])
            ),
            "these windows lie end to end; the next one begins a stride later": lambda lengths, size, stride: (
                _by_recording(lengths, lambda n: range(0, n, size))
            ),
        },
    )


def count_once(answer: Callable[[Tensor, int], Any]) -> Verdict:
    """First rows of windows, in order (W,), and their size -> (W, size), True where no earlier window has that row."""
    cases = {
        "end to end": (torch.tensor([0, 4, 8]), 4),
        "overlapping by half": (torch.tensor([0, 2, 4, 6]), 4),
        "the last one pushed back to the end of the recording": (torch.tensor([0, 2, 4, 5]), 4),
        "two that are the same": (torch.tensor([3, 3]), 4),
    }
    return judge(
        answer,
        {name: (case, _first_seen(*case)) for name, case in cases.items()},
        praise="right: every row is counted, and once",
        atol=1e-6,
        mistakes={
            "rows that lie in two windows are counted twice": lambda starts, size: torch.ones(len(starts), size),
            "it is the other way round: these are the rows that were there before": lambda starts, size: (
                1 - _first_seen(starts, size)
            ),
            "right rows, but from the last window that has them; the first is asked for": lambda starts, size: (
                _first_seen(starts.flip(0), size).flip(0)
            ),
            "the first new row of every window is missing: the row right behind the one before is new (>=)": (
                lambda starts, size: _first_seen(starts, size) * (_rank(starts, size) > 0)
            ),
            "the row right behind the window before is new, too (>=)": lambda starts, size: (
                _first_seen(starts, size) * ((_rank(starts, size) > 0) | (torch.arange(len(starts)) == 0)[:, None])
            ),
            "a row in two windows is not counted at all": _alone,
            "a window that was pushed back to the end brings fewer new rows than a stride": (
                lambda starts, size: _last_rows(starts, size, int(starts[1] - starts[0]))
            ),
        },
    )


def find_the_leak(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Windows of training and of test (W, 3), as recording, first, past the last -> (W,), True where one leaks."""
    train = [[0, 0, 32], [0, 16, 48], [2, 64, 96]]
    cases = {
        "other recordings": (train, [[1, 0, 32], [3, 100, 132]]),
        "the same window": (train, [[0, 16, 48], [1, 16, 48]]),
        "an overlap": (train, [[0, 40, 72], [2, 48, 80], [2, 110, 142]]),
        "windows that touch": (train, [[0, 48, 80], [2, 32, 64], [2, 95, 127]]),
        "one inside the other": (train, [[2, 70, 80], [2, 60, 100], [3, 0, 96]]),
    }
    return judge(
        answer,
        {name: ((_rows(a), _rows(b)), _shared(_rows(a), _rows(b))) for name, (a, b) in cases.items()},
        praise="right: one frame in common is enough, and it has to be the same recording's",
        atol=1e-6,
        mistakes={
            "the last number is past the end: windows that only touch share nothing": lambda train, test: _matches(
                train, test, lambda a, b: a[0] == b[0] and a[1] <= b[2] and b[1] <= a[2]
            ),
            "frame 40 of one recording is not frame 40 of another; compare the recording too": lambda train, test: (
                _shared(_rows(train[:, 1:], 0), _rows(test[:, 1:], 0))
            ),
            "two windows need not be the same to share frames": lambda train, test: _matches(
                train, test, lambda a, b: a == b
            ),
            "the last number is past the end: a window that begins there shares nothing": lambda train, test: _shared(
                train + torch.tensor([0, 0, 1]), test
            ),
            "these are the windows that do not leak": lambda train, test: 1 - _shared(train, test),
            "a whole recording is not forbidden, only the frames that were trained on": lambda train, test: _matches(
                train, test, lambda a, b: a[0] == b[0]
            ),
            "a window may lie inside another, so that neither end is within": lambda train, test: _matches(
                train, test, lambda a, b: a[0] == b[0] and (a[1] <= b[1] < a[2] or a[1] < b[2] <= a[2])
            ),
            "it may begin earlier, and run into one that was trained on": lambda train, test: _matches(
                train, test, lambda a, b: a[0] == b[0] and a[1] <= b[1] < a[2]
            ),
        },
    )


def three_taps(answer: Callable[[Tensor, list[int], int], Any]) -> Verdict:
    """Features (N, C) of recordings one after another, their lengths, a reach -> (N, 3 C): before, now, after."""
    x = torch.randn(14, 2, generator=torch.Generator().manual_seed(0)).double()
    cases = {
        "two recordings": (x, [8, 6], 2),
        "one recording, one frame to either side": (x[:7], [7], 1),
        "one recording, three frames": (x[:9], [9], 3),
        "one shorter than the reach": (x, [11, 3], 4),
    }
    return judge(
        answer,
        {name: (case, _taps(*case)) for name, case in cases.items()},
        praise="right: three moments in one row, and none from somebody else's recording",
        atol=1e-6,
        mistakes={
            "past the end comes the other end of the series, as roll does; repeat the frame at the end": (
                lambda x, lengths, reach: torch.cat([x.roll(reach, 0), x, x.roll(-reach, 0)], 1)
            ),
            "at the end of each recording comes its other end, as roll does; repeat the frame at the end": (
                lambda x, lengths, reach: torch.cat(
                    [torch.cat([p.roll(reach, 0), p, p.roll(-reach, 0)], 1) for p in x.split(lengths)]
                )
            ),
            "at a border the next recording looks in; each one ends by itself": lambda x, lengths, reach: _taps(
                x, [len(x)], reach
            ),
            "the order is before, now, after": lambda x, lengths, reach: _taps(x, lengths, -reach),
            "missing frames are not zero; repeat the one at the end": lambda x, lengths, reach: _taps(
                x, lengths, reach, fill=0.0
            ),
            "these are the neighbours; the reach says how far away the taps are": lambda x, lengths, reach: _taps(
                x, lengths, 1
            ),
        },
    )


def betas_from_ruler(answer: Callable[[Tensor, Tensor, Tensor, float], Any]) -> Verdict:
    """Measured, the mean hand's (M,), change per beta (M, 10), the ruler's SD -> the most probable betas (10,)."""
    draw = torch.Generator().manual_seed(1)
    mean = torch.tensor([0.19, 0.085, 0.07]).double()
    directions = 0.004 * torch.randn(3, 10, generator=draw).double()
    longer = mean + torch.tensor([0.006, -0.003, 0.004]).double()
    cases = {
        "exactly the mean hand": (mean[:2], mean[:2], directions[:2], 0.002),
        "length alone": (longer[:1], mean[:1], directions[:1], 0.002),
        "length and breadth": (longer[:2], mean[:2], directions[:2], 0.002),
        "three, with a poor ruler": (longer, mean, directions, 0.008),
    }
    return judge(
        answer,
        {name: (case, _most_probable(*case)) for name, case in cases.items()},
        praise="right: as far as the ruler can be trusted, and no further",
        atol=1e-4,
        unit="standard deviations",
        mistakes={
            "subtract what the mean hand measures: betas are about the mean": lambda m, mean, D, sigma: _most_probable(
                m, 0 * mean, D, sigma
            ),
            "that trusts the ruler to the last digit; its errors have a variance": lambda m, mean, D, sigma: (
                torch.linalg.pinv(D) @ (m - mean)
            ),
            "the variance of the ruler is sigma squared": lambda m, mean, D, sigma: _most_probable(
                m, mean, D, sigma**0.5
            ),
            "the ruler's error is in metres, the betas' spread is 1: add sigma squared, not 1": (
                lambda m, mean, D, sigma: _most_probable(m, mean, D, 1.0)
            ),
            "the sign is turned round: a longer hand needs the betas that make it longer": lambda m, mean, D, sigma: (
                _most_probable(mean, m, D, sigma)
            ),
        },
    )


def _starts(lengths: Lengths, size: int, stride: int) -> Tensor:
    """By asking of every row whether a window begins there: the one before must leave something to it."""
    owner = [(n, frame) for n in lengths for frame in range(n)]
    found = [
        row for row, (n, frame) in enumerate(owner) if frame % stride == 0 and (frame == 0 or frame - stride + size < n)
    ]
    return torch.tensor(found)


def _by_recording(lengths: Lengths, begins: Callable[[int], Iterable[int]]) -> list[int]:
    return [sum(lengths[:k]) + row for k, n in enumerate(lengths) for row in begins(n)]


def _pushed_back(length: int, size: int, stride: int) -> list[int]:
    return sorted({*range(0, length - size + 1, stride), max(0, length - size)})


def _first_seen(starts: Tensor, size: int) -> Tensor:
    seen: set[int] = set()
    mask = torch.zeros(len(starts), size)
    for k, start in enumerate(starts.tolist()):
        for i in range(size):
            mask[k, i] = float(start + i not in seen)
        seen |= set(range(start, start + size))
    return mask


def _rank(starts: Tensor, size: int) -> Tensor:
    """How many rows of the same window are new before each one."""
    mask = _first_seen(starts, size)
    return mask.cumsum(1) - mask


def _alone(starts: Tensor, size: int) -> Tensor:
    rows = starts[:, None] + torch.arange(size)
    return (torch.bincount(rows.flatten())[rows] == 1).double()


def _last_rows(starts: Tensor, size: int, stride: int) -> Tensor:
    mask = (torch.arange(size) >= size - stride).expand(len(starts), size).double()
    mask[0] = 1.0
    return mask


def _rows(windows: Any, recording: int | None = None) -> Tensor:
    """As integers (W, 3); with `recording`, in front of two columns."""
    rows = torch.as_tensor(windows)
    return rows if recording is None else torch.cat([torch.full_like(rows[:, :1], recording), rows], 1)


def _shared(train: Tensor, test: Tensor) -> Tensor:
    """By the set of all frames that were trained on."""
    known = {(r, frame) for r, first, past in train.tolist() for frame in range(first, past)}
    return torch.tensor(
        [float(any((r, frame) in known for frame in range(first, past))) for r, first, past in test.tolist()]
    )


def _matches(train: Tensor, test: Tensor, alike: Callable[[list[int], list[int]], bool]) -> Tensor:
    return torch.tensor([float(any(alike(a, b) for a in train.tolist())) for b in test.tolist()])


def _taps(x: Tensor, lengths: Lengths, reach: int, fill: float | None = None) -> Tensor:
    """Frame by frame; beyond an end stands the end itself, or `fill`."""
    rows, first = [], 0
    for n in lengths:
        for i in range(n):
            wanted = (i - reach, i, i + reach)
            rows.append(torch.cat([_tap(x[first : first + n], k, fill) for k in wanted]))
        first += n
    return torch.stack(rows)


def _tap(recording: Tensor, k: int, fill: float | None) -> Tensor:
    inside = 0 <= k < len(recording)
    return recording[min(max(k, 0), len(recording) - 1)] if inside or fill is None else 0 * recording[0] + fill


def _most_probable(measured: Tensor, mean: Tensor, directions: Tensor, sigma: float) -> Tensor:
    """By least squares over measurements, each by its error, and betas, each by its spread of 1."""
    stacked = np.concatenate([directions.numpy() / sigma, np.eye(directions.shape[1])])
    wanted = np.concatenate([(measured - mean).numpy() / sigma, np.zeros(directions.shape[1])])
    return torch.from_numpy(np.linalg.lstsq(stacked, wanted, rcond=None)[0])
