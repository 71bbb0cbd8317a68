r"""How sensors are worn: a little turned and shifted, and slipping on the skin while the hand moves.

A sensor is put on once a session, and never quite where it should be. Then it slips: on each axis its turn and its
shift are stationary Gauss-Markov processes with a standard deviation $\sigma$ and a correlation time $\tau$,

$$
x_0 = \sigma e_0, \qquad x_{k+1} = \varphi x_k + \sigma \sqrt{1 - \varphi^2}\, e_{k+1}, \qquad
\varphi = e^{-\Delta / \tau}, \quad e_k \sim N(0, 1),
$$

drawn at knots that are $\Delta = \tau / 8$ apart and joined by a cubic spline. The spline makes the slip as smooth as
an accelerometer needs: a step of a millimetre between two frames at 120 Hz would be an acceleration of 14 m/s^2.

Convention:
    Metres, radians, seconds. A slip happens in the mount's axes: `R_wm @ slip.rotation @ R_ms`.

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from scipy.signal import lfilter
from torch import Tensor

from hands.imu.placement import FARTHEST, Placement, Sensor, misplaced
from hands.imu.streams import streams
from hands.mano import lbs

KNOTS: Final = 8
"""Knots of a slip within one correlation time."""


@dataclass(frozen=True)
class Wear:
    """How carelessly sensors are put on, and how far they slip.

    Raises:
        ValueError: a number is negative, or too large for its unit.

    Example:
        >>> Wear(angle=math.radians(5.7), distance=0.003).slips
        False
    """

    angle: float = 0.0
    """Mean angle, about any axis, by which a sensor is put on wrongly, radians."""
    distance: float = 0.0
    """Mean distance by which it is put in the wrong place, metres."""
    slip_angle: float = 0.0
    """Standard deviation of the slip's turn about each axis, radians."""
    slip_distance: float = 0.0
    """Standard deviation of the slip along each axis, metres."""
    slip_time: float = 10.0
    """Correlation time of the slip, seconds."""

    def __post_init__(self) -> None:
        for name, most in (("angle", math.pi), ("slip_angle", math.pi), ("distance", FARTHEST), ("slip_distance", 0.1)):
            value, unit = getattr(self, name), "radians" if "angle" in name else "metres"
            if not 0 <= value < most:
                raise ValueError(f"{name} is {value}, expected {unit} from 0 to {most:.3g}")
        if not 0.1 <= self.slip_time < math.inf:
            raise ValueError(f"slip_time is {self.slip_time}, expected seconds, 0.1 or more")

    @property
    def slips(self) -> bool:
        """Whether sensors move at all once they are worn."""
        return self.slip_angle > 0 or self.slip_distance > 0


@dataclass(frozen=True, eq=False)
class Slip:
    """How far each sensor has slipped from where it was put on, in its mount's axes."""

    rotation: Float[Tensor, "sensors time 3 3"]
    shift: Float[Tensor, "sensors time 3"]
    """Metres."""


def put_on(placement: Placement, wear: Wear, session: torch.Generator | None = None) -> tuple[Sensor, ...]:
    """The sensors as this session's person wears them; see `misplaced`."""
    return misplaced(placement, session, angle=wear.angle, distance=wear.distance)


def slip(
    wear: Wear, names: Sequence[str], timestamps: Float[Tensor, " time"], generator: torch.Generator | None = None
) -> Slip:
    """The slip of each sensor, as a smooth function of time.

    Args:
        wear: how far and how fast.
        names: of the sensors; each one's slip depends on the generator and on its name alone.
        timestamps: seconds from 0 on, in order.
        generator: of the slip.

    Example:
        >>> still = slip(Wear(slip_distance=0.001), ["palm"], torch.arange(240) / 120, torch.Generator().manual_seed(0))
        >>> still.rotation.shape, still.shift.shape
        (torch.Size([1, 240, 3, 3]), torch.Size([1, 240, 3]))
    """
    step = wear.slip_time / KNOTS
    knots = math.ceil(float(timestamps[-1]) / step) + 3  # a spline is least sure of its ends
    own = streams(generator, names)
    noise = np.stack([torch.randn(6, knots, generator=g, dtype=torch.float64).numpy() for g in own])
    spline = CubicSpline(np.arange(-1, knots - 1) * step, _gauss_markov(noise, math.exp(-1 / KNOTS)), axis=-1)
    turn, shift = torch.from_numpy(spline(timestamps.cpu().numpy())).movedim(1, 0).split(3)
    rotation = lbs.rotmats_from_axis_angles(wear.slip_angle * turn)
    return Slip(rotation.movedim((0, 1), (-2, -1)), wear.slip_distance * shift.movedim(0, -1))


def _gauss_markov(noise: Float[np.ndarray, "*batch knots"], phi: float) -> Float[np.ndarray, "*batch knots"]:
    """Of variance one from the first knot on: a process that starts at zero would need several correlation times."""
    driven = math.sqrt(1 - phi**2) * noise
    driven[..., 0] = noise[..., 0]
    walk: np.ndarray = lfilter([1.0], [1.0, -phi], driven, axis=-1)
    return walk
