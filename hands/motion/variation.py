"""What nobody wants to do and everybody does: slow drift, tremor, fingers that move together; and the limits of joints.

Everything here is twice continuously differentiable in time, since second derivatives are what sensors measure.

Source: Lakie, Vernooij, Osborne and Reynolds 2012 (tremor of 8 to 12 Hz, too small to see); Santello, Flanders and
Soechting 1998 (synergies); Zatsiorsky, Li and Latash 2000 (enslaving). Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from hands.conventions import MANO_FINGERS
from hands.mano.anatomy import limits

Array = np.ndarray

LOW, HIGH = (bound.numpy() for bound in limits())
MARGIN: Final = math.radians(4)
"""Where a limit begins to be felt."""
KNOT: Final = 0.3
"""Seconds between the knots of drift: nothing in it is much faster than 1.7 Hz."""
BEAT: Final = 0.96
"""The two sines of a tremor are as far apart as this and its inverse, as factors of the frequency: so it swells."""

KNUCKLES: Final = [3 * MANO_FINGERS.index(finger) for finger in ("index", "middle", "ring", "pinky")]
"""First joints of the four fingers, in the order in which they lie side by side."""
THUMB: Final = slice(12, 15)
FIRSTS: Final = slice(0, 15, 3)
"""First joints of all five digits: the ones that turn about more than one axis."""
ENSLAVED: Final = np.array([0.3, 0.7, 1.0, 1.0])
"""How much each finger is drawn along by its neighbours, in parts of the subject's enslaving."""
CHANCES: Final = 25
"""Independent numbers behind a posture that misses: every flexion, and abduction and twist of the first joints."""
TIP_FOLLOWS: Final = 0.7
"""How much the last joint of a digit does what the middle one does by chance; tendons couple the two."""
NEIGHBOURLY: Final = 0.4
"""Correlation of chance between neighbouring fingers."""


def _together() -> Float[Array, "15 15"]:
    """The matrix that turns independent numbers of unit variance into flexions that vary together, of unit variance."""
    correlation = np.zeros((15, 15))
    place = dict(zip(KNUCKLES, range(4), strict=True)) | {THUMB.start: 9}  # the thumb is nobody's neighbour
    for a in range(15):
        for b in range(15):
            apart = abs(place[a - a % 3] - place[b - b % 3])
            joints = {(1, 2): TIP_FOLLOWS, (2, 1): TIP_FOLLOWS}.get((a % 3, b % 3), float(a % 3 == b % 3))
            correlation[a, b] = joints * NEIGHBOURLY**apart
    result: Array = np.linalg.cholesky(correlation)
    return result


TOGETHER: Final = _together()


def drift(rng: np.random.Generator, frames: int, fps: float, *shape: int) -> Float[Array, "time ..."]:
    """Slow noise of about unit variance: a smooth curve through independent numbers."""
    knots = math.ceil((frames - 1) / fps / KNOT - 1e-9) + 4
    curve = CubicSpline(KNOT * (np.arange(knots) - 1), rng.standard_normal((knots, *shape)))
    result: Array = curve(np.arange(frames) / fps)
    return result


def tremor(rng: np.random.Generator, frames: int, fps: float, hertz: float, channels: int) -> Float[Array, "time n"]:
    """Oscillation of unit amplitude at most about one frequency, which swells and fades; each channel by itself."""
    time = 2 * math.pi * hertz * np.arange(frames)[:, None] / fps
    detune, phase = rng.uniform(0.97, 1.03, channels), rng.uniform(0, 2 * math.pi, (2, channels))
    waves: Array = 0.5 * (np.sin(BEAT * detune * time + phase[0]) + np.sin(detune / BEAT * time + phase[1]))
    return waves


def enslaved(angles: Float[Array, "*any 15 3"], strength: float) -> Float[Array, "*any 15 3"]:
    """Postures whose fingers are drawn along by their neighbours, the ring and the little finger most.

    Args:
        angles: the postures that were wanted, radians.
        strength: how far the ring and the little finger go to where their neighbours are, as a share.
    """
    drawn = angles.copy()
    for joint in (0, 1):  # what the knuckles do, and the middle joints; the last ones stay with those
        fingers = [k + joint for k in KNUCKLES]
        flexion = angles[..., fingers, 0]
        neighbours = 0.5 * (flexion[..., [1, 0, 1, 2]] + flexion[..., [1, 2, 3, 2]])
        drawn[..., fingers, 0] += strength * ENSLAVED * (neighbours - flexion)
    return drawn


def scattered(chances: Float[Array, "*any 25"]) -> Float[Array, "*any 15 3"]:
    """By how much postures miss, of unit variance, from independent numbers: flexions go together, the rest is less."""
    missed = np.zeros((*chances.shape[:-1], 15, 3))
    missed[..., 0] = chances[..., :15] @ TOGETHER.T
    missed[..., FIRSTS, 1:] = [0.4, 0.2] * chances[..., 15:].reshape(*chances.shape[:-1], 5, 2)
    return missed


def softly_within(
    values: Float[Array, "*any"], low: Float[Array, "*some"], high: Float[Array, "*some"], margin: float = MARGIN
) -> Float[Array, "*any"]:
    """Values bent into their ranges: nothing changes away from a limit, and no limit is ever passed.

    Within a margin m of a limit L, x becomes L - m + m tanh((x - L + m) / m), which leaves the straight line with its
    slope and its curvature. The margin of a narrow range is a quarter of it at most.

    Example:
        >>> softly_within(np.array([-3.0, 0.0, 3.0]), np.array(-1.0), np.array(1.0)).round(3).tolist()
        [-1.0, 0.0, 1.0]
    """
    margins = np.minimum(margin, (high - low) / 4)
    bent = np.minimum(np.maximum(values, low + margins), high - margins)
    over = values != bent  # a hyperbolic tangent costs more than all the rest
    margins = np.broadcast_to(margins, values.shape)[over]
    bent[over] += margins * np.tanh((values[over] - bent[over]) / margins)
    return bent
