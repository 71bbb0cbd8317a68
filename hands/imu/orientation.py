r"""How a sensor without a magnetometer finds out how it is turned.

The gyroscope says how the orientation changes, and drifts; the accelerometer says, on average over seconds, where down
is. A filter joins them. Ours is VQF, which integrates the gyroscope, low-passes the accelerations in a nearly inertial
frame, and tilts its estimate so that they point up. Nothing says where north is: each sensor has a *heading* (its turn
about the vertical) of its own, which starts somewhere and drifts.

$$ \psi^* = \arg\max_\psi \operatorname{tr}\big(R^\top R_z(\psi) \hat R\big)
   = \operatorname{atan2}(M_{yx} - M_{xy},\ M_{xx} + M_{yy}), \qquad M = R \hat R^\top , $$

is the heading by which an estimate $\hat R$ must be turned so that it comes nearest to $R$.

VQF also learns the gyroscope's bias, and its own parameters are kept, for what they do to hands was measured. Lying
still for 2.5 s brings a bias of 0.5 deg/s down to 0.02; one of 5 deg/s is above the 2 deg/s that VQF believes in, and
stays: subtract it first, as the parts of `hands.imu.parts` do. While a hand moves, biases of 0.5 deg/s on each axis
(SD) cost 12 degrees of heading in a minute instead of 19 without learning; a sensor without bias pays 1 degree for it.
Filters that trust the accelerometer sooner (1 s instead of 3) or later (8 s) are worse in tilt.

Convention:
    VQF's quaternion is (w, x, y, z) and takes sensor to earth, z up: the same as our R_ws, up to the heading. It starts
    with the shortest turn that takes the first acceleration upwards.

Source: Laidig, Seel 2023, "VQF: highly accurate IMU orientation estimation". Explained in the book: *What a real
IMU measures*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor
from vqf import VQF

from hands.imu.integration import integrate_gyro
from hands.imu.physics import angular_rate
from hands.imu.recording import Recording
from hands.imu.stillness import smooth
from hands.imu.streams import streams
from hands.mano import axis_angle_to_rotmat

Filter = Literal["vqf", "gyro"]
"""`"vqf"`: gyroscope and accelerometer. `"gyro"`: the gyroscope integrated, from the first acceleration's tilt on."""

Orientation = Literal["true", "aligned", "own"]
"""`"true"`: as it is. `"aligned"`: estimated; headings are made common in the first frame, with `HEADING_ERROR`, and
drift from there. `"own"`: estimated; each sensor has a heading of its own, anywhere."""

LEAD_IN: Final = 5.0
"""Seconds for which a simulated filter ran before its recording began."""

SLOWEST: Final = 0.1
"""Seconds from one record to the next, with which a hand can still be followed."""
UNEVEN: Final = 1.5
"""So many times the usual step is a gap."""
FASTEST: Final = 100.0
"""rad/s: sensors for hands end at 35 or 70."""
WEAKEST: Final = 4.0
"""m/s^2, on average over a recording: gravity is in it."""
STRONGEST: Final = 25.0
"""The same, at most."""
COMPARED: Final = 0.5
"""Seconds over which an acceleration's change is held against the rate."""
AGREEMENT: Final = 0.7
"""Correlation from which the two are taken to speak of the same turn: half of the sensors of quiet hands have 0.85."""
OTHER_UNITS: Final = 4.0
"""So many times as fast, or as slow, is another unit. Of all simulated hands, cheap sensors as well, none is above 1.5
or below 0.6; degrees taken for radians are 57."""
SHORT_GAP: Final = 0.05
"""Seconds: over these, a straight line misses a finger's turn by a degree or less; over 0.1 by 4, over 0.2 by 16."""

HEADING_ERROR: Final = math.radians(3)
"""Standard deviation of the headings after an alignment, radians."""


def track(recording: Recording, filter: Filter = "vqf") -> Recording:
    """The same recording with orientations found from its accelerations and rates alone.

    Best on the fine grid that sensors themselves work on: 120 records a second, not 30.

    Args:
        recording: of any number of sensors. Its own `rotation` is not looked at.
        filter: how. See `Filter`.

    Raises:
        ValueError: there is no such filter, the records are not evenly spaced, or the signals are of other units.

    Example:
        >>> at_rest = Recording(
        ...     timestamps=torch.arange(120) / 120, acc=torch.tensor([0, 9.81, 0]).expand(120, 3),
        ...     gyro=torch.zeros(120, 3), rotation=torch.eye(3).expand(120, 3, 3)
        ... )
        >>> track(at_rest).rotation[-1].round().int().tolist()  # y is up
        [[1, 0, 0], [0, 0, -1], [0, 1, 0]]

    Source: chapter *What a real IMU measures*.
    """
    if filter not in ("vqf", "gyro"):
        raise ValueError(f"filter is {filter!r}, expected 'vqf' or 'gyro'")
    _check_even(recording.timestamps)
    check_units(recording)
    acc, gyro = (series.detach().cpu().double() for series in (recording.acc, recording.gyro))
    if filter == "gyro":
        rotation = integrate_gyro(gyro, upright(acc[..., 0, :]), recording.fps)
    else:
        rotation = _vqf(acc, gyro, recording.fps)
    return replace(recording, rotation=rotation.to(recording.rotation))


def _check_even(timestamps: Float[Tensor, " time"]) -> None:
    """Filters and integrals take every step for as long as every other one."""
    if len(timestamps) < 3:
        return
    steps = timestamps.diff()
    usual, k = float(steps.median()), int(steps.argmax())
    if usual > SLOWEST:
        raise ValueError(
            f"{usual:.3g} s pass from record to record, expected {SLOWEST} or less: are they milliseconds?"
        )
    if float(steps[k]) > UNEVEN * usual:
        raise ValueError(
            f"{float(steps[k]):.3g} s pass from record {k} to {k + 1}, where {usual:.3g} are usual: fill gaps of up to "
            f"{SHORT_GAP} s by interpolation, and cut the recording at longer ones"
        )


def check_units(recording: Recording) -> None:
    """Refuse signals that no hand makes, and sensors whose acceleration turns much faster or slower than their rate.

    Raises:
        ValueError: a signal is of other units, or a rate has its sign turned; the sentence names the sensor.
    """
    rates, forces = recording.gyro.detach().abs().flatten(-2).amax(-1), recording.acc.detach().norm(dim=-1).mean(-1)
    names = recording.names or ("",)
    for s, (fastest, force) in enumerate(zip(rates.flatten().tolist(), forces.flatten().tolist(), strict=True)):
        of = _whose(names, s)
        if fastest > FASTEST:
            raise ValueError(f"gyro{of} reaches {fastest:.0f} rad/s, which no hand does: is it in degrees per second?")
        if not WEAKEST < force < STRONGEST:
            raise ValueError(
                f"acc{of} is {force:.3g} m/s^2 on average, expected about 9.81: is it in g, or is gravity taken out "
                "already?"
            )
    ratios, agreement = _turns_compared(recording)
    for s, (ratio, sure) in enumerate(zip(ratios.flatten().tolist(), agreement.flatten().tolist(), strict=True)):
        if abs(sure) > AGREEMENT and not 1 / OTHER_UNITS < ratio < OTHER_UNITS:
            raise ValueError(_disagreement(_whose(names, s), ratio))


def _whose(names: Sequence[str], s: int) -> str:
    name = names[s % len(names)]
    return f" of sensor {name!r}" if name else ""


def _disagreement(of: str, ratio: float) -> str:
    if ratio < 0:
        return f"acc and gyro{of} turn opposite ways: are the signs or the axes of one of them others?"
    speed = f"{ratio:.0f} times as fast as" if ratio > 1 else f"at 1/{1 / ratio:.0f} of the rate that"
    return f"acc{of} turns {speed} gyro says: is its rate in other units than rad/s?"


def _turns_compared(recording: Recording) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """How fast the acceleration turns, as a multiple of what the rate says, and how well the two go together.

    Seen from a sensor, a direction that stays in the world turns by -gyro x direction. Gravity stays; what the hand's
    own acceleration adds goes together with nothing.
    """
    steps = round(COMPARED * recording.fps) if len(recording) > 1 else 0
    if not 0 < steps < len(recording) - 1:
        return torch.ones(()), torch.zeros(())
    acc, gyro = (smooth(series.detach().double(), steps) for series in (recording.acc, recording.gyro))
    told = -torch.linalg.cross(gyro, acc).cumsum(-2) / recording.fps
    seen, told = (series[..., steps:, :] - series[..., :-steps, :] for series in (acc, told))
    both, seen, told = ((a * b).sum((-2, -1)) for a, b in ((seen, told), (seen, seen), (told, told)))
    return both / told.clamp(min=1e-12), both / (seen * told).sqrt().clamp(min=1e-12)


def _vqf(
    acc: Float[Tensor, "*batch time 3"], gyro: Float[Tensor, "*batch time 3"], fps: float
) -> Float[Tensor, "*batch time 3 3"]:
    # VQF holds a rate over the step before its record; over that step the mean of both ends is the better rate.
    held = torch.cat([gyro[..., :1, :], (gyro[..., :-1, :] + gyro[..., 1:, :]) / 2], -2)
    rates, forces = (series.reshape(-1, *series.shape[-2:]).contiguous().numpy() for series in (held, acc))
    wxyz = np.stack([VQF(1 / fps).updateBatch(*signals)["quat6D"] for signals in zip(rates, forces, strict=True)])
    return roma.unitquat_to_rotmat(torch.from_numpy(wxyz)[..., [1, 2, 3, 0]]).reshape(*gyro.shape, 3)


def upright(acc: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """R_ws of sensors at rest, by the shortest turn that takes their specific force to the world's z."""
    x, y, z = acc.unbind(-1)
    level = torch.hypot(x, y)
    axis = torch.stack([y, -x, torch.zeros_like(x)], -1) / level.clamp(min=1e-12)[..., None]
    return axis_angle_to_rotmat(axis * torch.atan2(level, z)[..., None])


def zero_headings(
    recording: Recording,
    reference: Float[Tensor, "*batch 3 3"],
    error: Float[Tensor, "*#batch"] | float = 0.0,
) -> Recording:
    """Each sensor turned about the world's z, for good, so that it fits a known orientation in the first frame.

    Args:
        recording: with estimated orientations.
        reference: R_ws of each sensor in the first frame, of which the heading alone is used.
        error: by how much each heading is off afterwards, radians.

    Example:
        >>> turned = upright(torch.tensor([0.0, 9.81, 0.0]))
        >>> estimate = Recording(torch.zeros(1), torch.zeros(1, 3), torch.zeros(1, 3), torch.eye(3)[None])
        >>> bool(torch.equal(zero_headings(estimate, torch.eye(3)).rotation, estimate.rotation))
        True
    """
    yaw = heading(recording.rotation[..., 0, :, :], reference.to(recording.rotation)) + error
    cosine, sine = yaw.cos()[..., None, None], yaw.sin()[..., None, None]
    x, y, z = recording.rotation.unbind(-2)
    return replace(recording, rotation=torch.stack([cosine * x - sine * y, sine * x + cosine * y, z], -2))


def heading(estimate: Float[Tensor, "*#batch 3 3"], reference: Float[Tensor, "*#batch 3 3"]) -> Float[Tensor, "*batch"]:
    """Angle about the world's z by which an estimated R_ws is turned to come nearest to a reference, radians.

    Example:
        >>> quarter = about_z(torch.tensor(torch.pi / 2))
        >>> heading(torch.eye(3), quarter) / torch.pi
        tensor(0.5000)
    """
    M = reference @ estimate.mT
    return torch.atan2(M[..., 1, 0] - M[..., 0, 1], M[..., 0, 0] + M[..., 1, 1])


def about_z(angle: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotations about the world's z."""
    return axis_angle_to_rotmat(angle[..., None] * torch.tensor([0.0, 0.0, 1.0]).to(angle))


def estimated(recording: Recording, orientation: Orientation, generator: torch.Generator | None = None) -> Recording:
    """A simulated recording, whose rotations are true, with rotations as such a sensor reports them.

    Args:
        recording: of sensors with names, on the fine grid, with the errors of its accelerations and rates in place.
        orientation: what is known; see `Orientation`.
        generator: of the headings of this recording; each sensor's depends on it and on the sensor's name alone.
            They do not last for a session: within minutes each drifts to somewhere else.

    Raises:
        ValueError: there is no such kind of orientation.
    """
    if orientation not in ("true", "aligned", "own"):
        raise ValueError(f"orientation is {orientation!r}, expected 'true', 'aligned' or 'own'")
    if orientation == "true":
        return recording
    own = streams(generator, recording.names)
    if orientation == "aligned":
        error = HEADING_ERROR * torch.stack([torch.randn((), generator=g, dtype=torch.float64) for g in own])
    else:
        error = 2 * math.pi * torch.stack([torch.rand((), generator=g, dtype=torch.float64) for g in own])
    return zero_headings(_tracked_for_long(recording), recording.rotation[..., 0, :, :], error)


def _tracked_for_long(recording: Recording) -> Recording:
    """`track` of sensors that came to the first frame as they leave it, backwards: with their tilt found already.

    A movement back in time has the same accelerations and opposite rates. What the gyroscope adds to the true rate, its
    bias above all, stays as it is.
    """
    fps = recording.fps
    lead = min(round(LEAD_IN * fps), len(recording) - 1)
    rate = angular_rate(recording.rotation[..., : lead + 2, :, :], fps)[..., 1 : lead + 1, :]
    acc, gyro = (series[..., 1 : lead + 1, :] for series in (recording.acc, recording.gyro))
    acc = torch.cat([acc.flip(-2), recording.acc], -2)
    gyro = torch.cat([(gyro - 2 * rate).flip(-2), recording.gyro], -2)
    return replace(recording, rotation=_vqf(acc, gyro, fps)[..., lead:, :, :])
