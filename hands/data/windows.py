r"""Windows: the short pieces of equal length that networks are fed, cut from recordings that lie one after another.

A window never reaches from one recording into the next, and recordings are cut after they were simulated: cut before,
every window would begin and end with the one-sided differences of an end. Between the last whole window of a recording
and its end a tail is left over, and what becomes of it is a choice, which changes results:

- `"align"`: one more window, pushed back until it ends with the recording. It shares more frames with the one before.
- `"pad"`: one more window that runs beyond the end, where the last frame is repeated and `valid` is False.
- `"drop"`: the tail is not used. For training; an evaluation would leave frames out.

Where windows overlap, an evaluation that takes all their frames counts some twice, and those in the middle of a
recording more often than its ends. `first` picks each frame once.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar, get_args

import numpy as np
from jaxtyping import Bool, Int
from torch import Tensor

Tail = Literal["align", "pad", "drop"]
Series = TypeVar("Series", np.ndarray, Tensor)


@dataclass(frozen=True, eq=False)
class Windows:
    """Which rows of a series belong to which window.

    Example:
        >>> cut = windows([5, 4], length=3, stride=2, tail="pad")
        >>> cut.rows.tolist()
        [[0, 1, 2], [2, 3, 4], [5, 6, 7], [7, 8, 8]]
        >>> cut.first.astype(int).tolist()
        [[1, 1, 1], [0, 1, 1], [1, 1, 1], [0, 1, 0]]
    """

    starts: Int[np.ndarray, " windows"]
    """The row at which each window begins."""
    valid: Bool[np.ndarray, "windows length"]
    """False beyond the end of a recording."""
    recordings: Int[np.ndarray, " windows"]
    """Which recording each window is of."""

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def length(self) -> int:
        """Frames of a window."""
        return self.valid.shape[1]

    @cached_property
    def rows(self) -> Int[np.ndarray, "windows length"]:
        """The row of every frame; beyond the end of a recording, its last one again."""
        last = self.valid.sum(1, keepdims=True) - 1
        rows: np.ndarray = self.starts[:, None] + np.minimum(np.arange(self.length), last)
        return rows

    @cached_property
    def first(self) -> Bool[np.ndarray, "windows length"]:
        """True where no earlier window has that frame, so that each frame is counted once."""
        begins = np.full(len(self), -1)
        begins[1:] = self.starts[:-1] + self.valid[:-1].sum(1)
        begins[1:][self.recordings[1:] != self.recordings[:-1]] = -1
        mask: np.ndarray = self.valid & (self.starts[:, None] + np.arange(self.length) >= begins[:, None])
        return mask

    def cut(self, series: Series) -> Series:
        """The windows of a series: (rows, ...) becomes (windows, length, ...)."""
        return series[self.rows]

    def join(self, values: Series) -> Series:
        """What was computed of each window, each frame once: (windows, length, ...) becomes (rows, ...).

        With no frame left out these are all rows of the recordings, in their order.

        Raises:
            ValueError: the values are not those of these windows.
        """
        if tuple(values.shape[:2]) != self.valid.shape:
            raise ValueError(f"values are {tuple(values.shape)}, expected {self.valid.shape} for these windows")
        return values[self.first]


def windows(
    lengths: Sequence[int],
    length: int = 32,
    stride: int = 16,
    *,
    tail: Tail = "align",
    begins: Sequence[int] | None = None,
) -> Windows:
    """Windows of recordings that lie one after another in a series.

    Args:
        lengths: frames of each recording.
        length: frames of a window.
        stride: frames from the start of a window to the start of the next.
        tail: what becomes of the frames behind the last whole window: `"align"`, `"pad"` or `"drop"`.
        begins: the row at which each recording begins; if left out, where the one before ends.

    Raises:
        ValueError: a number is not positive, there is no such tail, or a recording is too short to be aligned.

    Example:
        >>> windows([100, 40]).starts.tolist()
        [0, 16, 32, 48, 64, 68, 100, 108]
    """
    sizes = [int(n) for n in lengths]
    if min([length, stride, *sizes]) < 1:
        raise ValueError(f"length is {length}, stride {stride}, lengths {sizes}: all are at least 1")
    if tail not in get_args(Tail):
        raise ValueError(f"tail is {tail!r}, expected one of {', '.join(get_args(Tail))}")
    offsets = [sum(sizes[:k]) for k in range(len(sizes))] if begins is None else list(begins)
    if len(offsets) != len(sizes):
        raise ValueError(f"{len(offsets)} recordings begin somewhere, and {len(sizes)} have a length")
    own = [_starts(n, length, stride, tail) for n in sizes]
    recordings = np.repeat(np.arange(len(sizes)), [len(starts) for starts in own])
    within = np.array([start for starts in own for start in starts], dtype=np.int64)
    frames = np.array(sizes, dtype=np.int64)[recordings]
    valid = within[:, None] + np.arange(length) < frames[:, None]
    return Windows(within + np.array(offsets, dtype=np.int64)[recordings], valid, recordings)


def _starts(frames: int, length: int, stride: int, tail: Tail) -> list[int]:
    """Starts of the windows of one recording."""
    starts = list(range(0, frames - length + 1, stride))
    end = starts[-1] + length if starts else 0
    if tail == "drop" or end >= frames:
        return starts
    if tail == "align" and frames < length:
        raise ValueError(
            f"a recording of {frames} frames holds no window of {length}: take tail='pad', tail='drop' or a shorter one"
        )
    last = frames - length if tail == "align" else len(starts) * stride
    return [*starts, last] if last < frames else starts
