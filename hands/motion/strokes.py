r"""Smooth strokes: minimum jerk, and how strokes that overlap add up.

Of all ways from rest at A to rest at B in the time D, the one with the least integral of squared jerk is

$$ x(t) = A + (B - A)\, s(t / D), \qquad s(u) = 10u^3 - 15u^4 + 6u^5 , $$

and people's reaches look like it. Its peak speed is 1.875 (B - A) / D, its peak acceleration 5.77 (B - A) / D^2, and at
both ends it has neither. A movement that changes its mind does not stop first: the next stroke is added to the one that
is still going on.

Source: Flash and Hogan 1985; Flash and Henis 1991. Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = np.ndarray


def minimum_jerk(share: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """How much of a stroke is done after this share of its time; 0 before it begins and 1 after its end.

    Example:
        >>> minimum_jerk(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])).tolist()
        [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    u = np.minimum(np.maximum(share, 0.0), 1.0)
    done: Array = u * u * u * (10 + u * (6 * u - 15))
    return done


@dataclass(frozen=True, eq=False)
class Stroke:
    """One stroke of K things at once, each with its own start and duration."""

    change: Float[Array, "K ..."]
    """By how much each moves, whatever its unit."""
    start: Float[Array, " K"]
    """Seconds."""
    duration: Float[Array, " K"]
    """Seconds."""


def add_up(first: Float[Array, "K ..."], strokes: Sequence[Stroke], frames: int, fps: float) -> Float[Array, "T K ..."]:
    """Curves that begin at `first` and make these strokes, which may overlap as they like.

    Each stroke writes what it adds from frame to frame into the frames of its own time; the running sum is the curve.
    """
    changes = np.array([stroke.change for stroke in strokes]).reshape(len(strokes), first.size)
    moving = np.flatnonzero(changes.any(0))  # most joints of a hand only bend
    owner = moving // max(first[0].size, 1)  # which of the K
    steps = np.zeros((frames, len(moving)))
    time = np.arange(frames)[:, None] / fps
    for stroke, change in zip(strokes, changes[:, moving], strict=True):
        begin = max(int(stroke.start.min() * fps), 0)
        end = min(int((stroke.start + stroke.duration).max() * fps) + 2, frames)
        if begin < end:
            done = minimum_jerk((time[begin:end] - stroke.start) / stroke.duration)
            done[1:] -= done[:-1].copy()
            steps[begin:end] += done.take(owner, 1) * change
    curves: Array = np.empty((frames, first.size))
    curves[:] = first.reshape(-1)
    curves[:, moving] += steps.cumsum(0)
    return curves.reshape(frames, *first.shape)


@dataclass(frozen=True, eq=False)
class Turn:
    """One stroke of a rotation."""

    change: Float[Array, " 3"]
    """The rotation vector, radians, in the frame that the turns before it leave behind."""
    start: float
    """Seconds."""
    duration: float
    """Seconds."""


def turn_on(turns: Sequence[Turn], frames: int, fps: float) -> Float[Array, "T 4"]:
    r"""Unit quaternions (xyzw) over time, $R(t) = \prod_i \exp(s_i(t)\, r_i)$, for turns in the order of their starts.

    Every factor is smooth, so the product is, however the turns overlap.
    """
    last = np.array([0.0, 0.0, 0.0, 1.0])
    quaternions = np.tile(last, (frames, 1))
    known = 0  # from this frame on, the turns so far have come to their end
    for turn in turns:
        begin = max(int(turn.start * fps), 0)
        end = min(max(int((turn.start + turn.duration) * fps) + 2, known), frames)
        if begin >= end:
            continue
        quaternions[known:end] = last
        done = minimum_jerk((np.arange(begin, end) / fps - turn.start) / turn.duration)
        quaternions[begin:end] = product(quaternions[begin:end], quaternion(done[:, None] * turn.change))
        last, known = product(last, quaternion(turn.change)), end
    quaternions[known:] = last
    return quaternions


def quaternion(rotvec: Float[Array, "*n 3"]) -> Float[Array, "*n 4"]:
    """Of a rotation vector, xyzw.

    Written out, as is the product: for strokes of some fifty frames, a library's calls cost more than its work.
    """
    angle = np.sqrt(np.einsum("...i,...i", rotvec, rotvec))
    half_sine = np.sin(0.5 * angle) / np.maximum(angle, 1e-300)
    result = np.empty((*angle.shape, 4))
    result[..., :3] = np.where(angle > 1e-150, half_sine, 0.5)[..., None] * rotvec
    result[..., 3] = np.cos(0.5 * angle)
    return result


def product(a: Float[Array, "*n 4"], b: Float[Array, "*n 4"]) -> Float[Array, "*n 4"]:
    """Of two rotations as unit quaternions, xyzw: the second one first."""
    ax, ay, az, aw = a.T
    bx, by, bz, bw = b.T
    result = np.empty(b.shape)
    result[..., 0] = aw * bx + ax * bw + ay * bz - az * by
    result[..., 1] = aw * by - ax * bz + ay * bw + az * bx
    result[..., 2] = aw * bz + ax * by - ay * bx + az * bw
    result[..., 3] = aw * bw - ax * bx - ay * by - az * bz
    return result
