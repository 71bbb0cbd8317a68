r"""Smooth strokes: minimum jerk, and how strokes that overlap add up.

Of all ways from rest at A to rest at B in the time D, the one with the least integral of squared jerk is

$$ x(t) = A + (B - A)\, s(t / D), \qquad s(u) = 10u^3 - 15u^4 + 6u^5 , $$

and people's reaches look like it. Its peak speed is 1.875 (B - A) / D, its peak acceleration 5.77 (B - A) / D^2, both
its ends have no acceleration. A movement that changes its mind does not stop first: the next stroke is added to the one
that is still going on.

Source: Flash and Hogan 1985; Flash and Henis 1991. Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import roma
import torch
from jaxtyping import Float

Array = np.ndarray


def minimum_jerk(share: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """How much of a stroke is done after this share of its time; 0 before it begins and 1 after its end.

    Example:
        >>> minimum_jerk(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist()
        [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    u = np.clip(share, 0.0, 1.0)
    done: Array = u**3 * (10 + u * (6 * u - 15))
    return done


@dataclass(frozen=True, eq=False)
class Stroke:
    """One stroke of K numbers, each with its own start and duration, in seconds."""

    change: Float[Array, "K ..."]
    start: Float[Array, " K"]
    duration: Float[Array, " K"]


def add_up(first: Float[Array, "K ..."], strokes: list[Stroke], frames: int, fps: float) -> Float[Array, "T K ..."]:
    """Numbers over time that begin at `first` and make these strokes, overlapping as they do.

    Each stroke writes what it adds from frame to frame into the frames of its own time; the running sum is the curve.
    """
    steps = np.zeros((frames, *first.shape))
    steps[0] = first
    for stroke in strokes:
        begin = max(int(stroke.start.min() * fps), 0)
        end = min(int((stroke.start + stroke.duration).max() * fps) + 2, frames)
        if begin >= end:
            continue
        share = (np.arange(begin, end)[:, None] / fps - stroke.start) / stroke.duration
        done = minimum_jerk(share)
        added = np.diff(done, axis=0, prepend=done[:1])
        steps[begin:end] += added.reshape(*added.shape, *[1] * (first.ndim - 1)) * stroke.change
    curve: Array = steps.cumsum(0)
    return curve


@dataclass(frozen=True, eq=False)
class Turn:
    """One stroke of a rotation: about which vector (radians), when, and for how long (seconds)."""

    change: Float[Array, " 3"]
    start: float
    duration: float


def turn_on(first: Float[Array, " 4"], turns: list[Turn], frames: int, fps: float) -> Float[Array, "T 4"]:
    r"""Unit quaternions (xyzw) over time: $R(t) = R_0 \prod_i \exp(s_i(t)\, r_i)$, for turns in the order of their starts.

    Every factor is smooth, so the product is, overlap as they may; each vector is in the frame that the turns before it
    leave behind.
    """
    quaternions = np.tile(first, (frames, 1))
    known = 0  # frames from here on wait for the last orientation
    last = first
    for turn in turns:
        begin = max(int(turn.start * fps), 0)
        end = min(max(int((turn.start + turn.duration) * fps) + 2, known), frames)
        if begin >= end:
            continue
        quaternions[known:end] = last
        share = (np.arange(begin, end) / fps - turn.start) / turn.duration
        part = _quaternions(minimum_jerk(share)[:, None] * turn.change)
        quaternions[begin:end] = _product(quaternions[begin:end], part)
        last = _product(last[None], _quaternions(turn.change[None]))[0]
        known = end
    quaternions[known:] = last
    return quaternions


def _quaternions(rotvec: Float[Array, "n 3"]) -> Float[Array, "n 4"]:
    result: Array = roma.rotvec_to_unitquat(torch.from_numpy(rotvec)).numpy()
    return result


def _product(a: Float[Array, "n 4"], b: Float[Array, "n 4"]) -> Float[Array, "n 4"]:
    result: Array = roma.quat_product(torch.from_numpy(a).expand(b.shape), torch.from_numpy(b)).numpy()
    return result
