"""From a motion to what sensors on the hand measure.

The physics happens on a fine grid of at least 120 Hz, whatever the rate of the records: the motion is resampled to it,
every sensor's place and orientation in the world follow from the posed hand, `sense` differentiates and filters, and
every k-th sample is kept. All of it is computed in double precision: a second derivative at 120 Hz turns a rounding
error of a tenth of a micrometre into millimetres per second squared.

Convention:
    World frame with z up; metres, radians, seconds. Sensor k of the placement is row k of the recording.

Explained in the book: *What a perfect IMU measures*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import torch

from hands.imu.hardware import Hardware, ideal
from hands.imu.kinematics import trajectories
from hands.imu.link import Link, transmit
from hands.imu.orientation import Orientation, estimated
from hands.imu.physics import HALF_WINDOW, look_ahead, sense
from hands.imu.placement import GLOVE, Placement
from hands.imu.recording import Recording
from hands.imu.streams import streams
from hands.imu.wear import Wear, put_on, slip
from hands.mano import Hand
from hands.motion import Motion

PHYSICS_FPS: Final = 120.0
"""The physics grid is at least this fine."""

OVERSAMPLING: Final = 6
"""So many times the bandwidth of a sensor's filter is fine enough for it."""


def simulate(
    motion: Motion,
    hand: Hand,
    placement: Placement = GLOVE,
    hardware: Hardware = ideal,
    generator: torch.Generator | None = None,
    *,
    session: torch.Generator | None = None,
    wear: Wear | None = None,
    link: Link | None = None,
    orientation: Orientation = "true",
    fps: float = 30.0,
    half_window: float | None = None,
) -> Recording:
    """What the sensors of a placement record while a hand moves.

    Truth first, then errors: sensors are put on and slip; the physics; the hardware's errors; the orientation as it is
    estimated from these signals; and the records as they arrive. What lasts for a session is drawn from `session`:
    mounting and shift, bias, scale and misalignment, clock offsets. What differs from one recording to the next is
    drawn from `generator`: slip, noise and drift, headings, jitter and losses. So all recordings of a session are made
    with one seed, `session=torch.Generator().manual_seed(seed)` anew for each of them, and with another `generator`
    each. Each kind of error has random numbers of its own, and so has each sensor: to leave out one kind, or one
    sensor, changes no other.

    Args:
        motion: the movement, at any frame rate. Below 60 Hz it cannot support accelerations much above 10 Hz.
        hand: the hand that moves, right or left; a left hand takes `motion.mirrored()`.
        placement: the sensors, VIHand's glove if not said otherwise.
        hardware: what the sensors are; `ideal` ones make no error.
        generator: of the random errors of this recording. Without one, they come from torch's global generator.
        session: of the random errors that last; without it, they depend on `generator`.
        wear: how the sensors are put on, and how far they slip; if not given, exactly, and not at all.
        link: how the records arrive; if not given, all of them, in time.
        orientation: `"true"`; `"aligned"`, estimated by VQF, with a common heading at the start; `"own"`, estimated,
            with a heading for each sensor. See `track`.
        fps: records per second.
        half_window: of the acceleration, seconds, as in `sense`; if not given 1/30, or less where the hardware has a
            filter of its own. It blunts what is faster: of a finger's tap of 0.1 s a third. For motions without noise,
            such as made-up ones, 1/120 is nearer to the truth.

    Returns:
        A recording of shape (sensors, T, 3), one record at each frame of `motion.resample(fps)`, without gradients.
        Records are picked from the grid, as a sensor's registers are read: what is faster than half their rate
        aliases, and rates at 30 Hz do not integrate back to the orientation.

    Raises:
        ValueError: a sensor sits nowhere on this hand, two share a name, the motion is too short, a rate or the
            half-window is not positive, or there is no such orientation.

    Example:
        >>> from hands import mano, motion
        >>> still = torch.zeros(40, 3)
        >>> resting = motion.Motion(betas=torch.zeros(10), global_orient=still, hand_pose=torch.zeros(40, 15, 3),
        ...                         transl=still, forearm_orient=still, fps=30.0)
        >>> recording = simulate(resting, mano.load())
        >>> recording.acc.shape, round(float(recording.acc[0, 0, 2]), 2)  # the palm faces left: z is level
        (torch.Size([7, 40, 3]), 0.0)
    """
    grid, every = physics_grid(motion.fps, fps, hardware, half_window)
    half_window = _half_window(hardware) if half_window is None else half_window
    fine = motion if motion.fps == grid else motion.resample(grid)
    _check_duration(motion, fine, half_window)
    names = tuple(sensor.name for sensor in placement)
    of = _sources(generator, session)
    slipping = slip(wear, names, fine.timestamps, of["slip"]) if wear and wear.slips else None
    worn = put_on(placement, wear, of["wear"]) if wear else placement
    position, rotation = trajectories(fine, hand, worn, slipping)
    sensed = sense(
        position, rotation, grid, hardware, of["noise"], session=of["hardware"], half_window=half_window, names=names
    )
    reported = estimated(sensed, orientation, of["heading"])
    return transmit(reported, every, link, of["link"], session=of["clock"])


def _sources(
    generator: torch.Generator | None, session: torch.Generator | None
) -> Mapping[str, torch.Generator | None]:
    """A generator for each kind of error, those that last from the session; None, torch's global one, where none is."""
    own = _split(generator, ("slip", "noise", "heading", "link", "session"))
    lasting = _split(own.pop("session") if session is None else session, ("wear", "hardware", "clock"))
    return own | lasting


def _split(generator: torch.Generator | None, kinds: Sequence[str]) -> dict[str, torch.Generator | None]:
    if generator is None:
        return dict.fromkeys(kinds)
    return dict(zip(kinds, streams(generator, kinds), strict=True))


def physics_grid(
    motion_fps: float, fps: float, hardware: Hardware = ideal, half_window: float | None = None
) -> tuple[float, int]:
    """The rate at which the physics is computed, and how many of its steps make one record.

    It is a whole multiple of the records' rate, at least `PHYSICS_FPS` and the motion's own rate, and fine enough for
    the hardware's filters and the half-window; the motion's own rate, if that will do.

    Example:
        >>> physics_grid(120.0, 30.0), physics_grid(120.0, 100.0), physics_grid(30.0, 60.0)
        ((120.0, 4), (200.0, 2), (120.0, 2))

    Raises:
        ValueError: a rate or the half-window is not positive.
    """
    if not (fps > 0 and math.isfinite(fps)):
        raise ValueError(f"fps is {fps}, expected records per second, such as 30.0")
    if half_window is not None and not 1e-4 <= half_window < math.inf:
        raise ValueError(f"half_window is {half_window}, expected seconds, such as 1/30")
    bandwidths = [OVERSAMPLING * (b or 0.0) for b in (hardware.acc.bandwidth, hardware.gyro.bandwidth)]
    least = max(PHYSICS_FPS, motion_fps, *bandwidths, 1 / half_window if half_window else 0.0)
    every = math.ceil(least / fps * (1 - 1e-9))
    return (motion_fps if math.isclose(every * fps, motion_fps) else every * fps), every


def _half_window(hardware: Hardware) -> float:
    """The rule's, or a shorter one that leaves the accelerometer's own filter to itself."""
    b = hardware.acc.bandwidth
    return HALF_WINDOW if b is None else min(HALF_WINDOW, 1 / (OVERSAMPLING * b))


def _check_duration(motion: Motion, fine: Motion, half_window: float) -> None:
    needed = 4 * look_ahead(fine.fps, half_window) - 1
    if len(fine) <= needed:
        raise ValueError(
            f"the motion has {len(motion)} frames, {motion.duration:.3f} s: an acceleration with a half-window of "
            f"{1000 * half_window:.0f} ms needs {needed / fine.fps:.3f} s"
        )
