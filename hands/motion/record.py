"""`Motion`: one hand over time, as poses of the hand model and the rotation of the forearm, at a fixed frame rate.

Everything that moves in this book is a `Motion`: a movement that was made up, one fitted to points, one read from a
data set. Poses are kept as axis-angle vectors, which is how the hand takes them, and which must never be averaged or
interpolated number by number: a vector of length pi and its opposite are the same rotation. So resampling goes by unit
quaternions with their signs made continuous, a cubic spline through each of their four numbers, and normalisation:

    q(t) = s(t) / |s(t)|,   s the cubic spline through q_0, +-q_1, +-q_2, ...

That curve has a continuous angular acceleration, which a simulated accelerometer needs, and since quaternions multiply
linearly, turning the world turns the curve and nothing else.

Convention:
    Metres, radians, seconds. World frame with z up. The wrist joint is where `Hand` puts it: its place in the flat hand
    of these betas, plus `transl`. The forearm points along its own -x, as the flat hand does, so a straight wrist is
    `forearm_orient` equal to `global_orient`.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from os import PathLike
from typing import Final

import numpy as np
import roma
import torch
from jaxtyping import Float
from scipy.interpolate import CubicSpline
from torch import Tensor

from hands.conventions import NUM_BETAS, NUM_JOINTS
from hands.motion import archives

FORMAT: Final = "hands.motion.Motion 1"
"""The first word of every saved motion; a reader of another version says so."""

SAME_INSTANT: Final = 1e-6
"""Of a frame: two times nearer than this are the same."""

_SHAPES: Final = {
    "betas": (NUM_BETAS,),
    "global_orient": ("T", 3),
    "hand_pose": ("T", NUM_JOINTS - 1, 3),
    "transl": ("T", 3),
    "forearm_orient": ("T", 3),
}


_MOST: Final = {
    "global_orient": (4 * math.pi, "radians, not degrees"),
    "hand_pose": (4 * math.pi, "radians, not degrees"),
    "forearm_orient": (4 * math.pi, "radians, not degrees"),
    "transl": (100.0, "metres, not millimetres"),
}
"""Beyond this a number is in another unit."""


class MotionError(ValueError):
    """A motion, or a file of one, is not what it should be."""


@dataclass(frozen=True)
class Hold:
    """A posture with a name, and when it was held, in seconds."""

    name: str
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Motion:
    """One hand over T frames; `hand(**motion.pose)` poses it.

    Raises:
        MotionError: a shape or type does not fit, a number is not finite or plainly in another unit, a hold lies
            outside the motion, or the frame rate is not positive.

    Example:
        >>> still = Motion(
        ...     betas=torch.zeros(10), global_orient=torch.zeros(4, 3), hand_pose=torch.zeros(4, 15, 3),
        ...     transl=torch.zeros(4, 3), forearm_orient=torch.zeros(4, 3), fps=30.0
        ... )
        >>> len(still), still.duration, len(still.resample(120.0))
        (4, 0.1, 13)
    """

    betas: Float[Tensor, " 10"]
    """Shape, in standard deviations: one person, so one shape."""
    global_orient: Float[Tensor, "time 3"]
    """Orientation of the wrist, axis-angle."""
    hand_pose: Float[Tensor, "time 15 3"]
    transl: Float[Tensor, "time 3"]
    forearm_orient: Float[Tensor, "time 3"]
    """Orientation of the forearm, axis-angle; MANO has no forearm, but a wrist strap sits on one."""
    fps: float
    """Frames per second; frame k is at k / fps seconds."""
    holds: tuple[Hold, ...] = ()
    """What was held when, in the order of time."""

    def __post_init__(self) -> None:
        _check(self)

    def __len__(self) -> int:
        return len(self.global_orient)

    @property
    def pose(self) -> dict[str, Tensor]:
        """What `hand(...)` takes: betas, global_orient, hand_pose, transl."""
        return {name: getattr(self, name) for name in ("betas", "global_orient", "hand_pose", "transl")}

    @property
    def full_pose(self) -> Float[Tensor, "time 16 3"]:
        """`global_orient`, then `hand_pose`."""
        return torch.cat([self.global_orient[:, None], self.hand_pose], 1)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return (len(self) - 1) / self.fps

    @property
    def timestamps(self) -> Float[Tensor, " time"]:
        """Seconds since the first frame."""
        return torch.arange(len(self), dtype=torch.float64, device=self.transl.device) / self.fps

    def resample(self, fps: float) -> Motion:
        """The same motion at another frame rate, by cubic splines on rotations and places.

        Frames that fall on old frames keep their poses, and the last frame is the last one within the old duration. To
        a lower rate, frames are picked and not averaged: a pose is a state. Gradients are not kept.

        Raises:
            MotionError: the rate is not positive.
        """
        _check_rate(fps)
        times = np.arange(math.floor(self.duration * fps + SAME_INSTANT) + 1) / fps
        rotations = torch.cat([self.full_pose, self.forearm_orient[:, None]], 1)
        turned = _resampled_rotations(rotations.detach().double().cpu().numpy(), self.fps, times)
        transl = _spline(self.transl.detach().double().cpu().numpy(), self.fps, times)
        turns, places = (torch.from_numpy(array).to(self.transl) for array in (turned, transl))
        return replace(
            self,
            global_orient=turns[:, 0],
            hand_pose=turns[:, 1:NUM_JOINTS],
            forearm_orient=turns[:, NUM_JOINTS],
            transl=places,
            fps=float(fps),
        )

    def cut(self, start: int, stop: int) -> Motion:
        """Frames `start` to `stop` (not included) as a motion of their own, whose first frame is at zero seconds.

        Raises:
            MotionError: there are no such frames.
        """
        if not 0 <= start < stop <= len(self):
            raise MotionError(f"frames {start} to {stop} cannot be cut out of a motion of {len(self)} frames")
        from_, to = start / self.fps, (stop - 1) / self.fps
        kept = [h for h in self.holds if h.end > from_ and h.start <= to]
        holds = tuple(Hold(h.name, max(h.start, from_) - from_, min(h.end, to) - from_) for h in kept)
        series = {name: getattr(self, name)[start:stop] for name, shape in _SHAPES.items() if shape[0] == "T"}
        return replace(self, **series, holds=holds)

    def mirrored(self) -> Motion:
        """The mirror image (at the plane x = 0), for the other hand."""
        axial, polar = (torch.tensor(signs).to(self.transl) for signs in ((1, -1, -1), (-1, 1, 1)))
        turned = {name: getattr(self, name) * axial for name in ("global_orient", "hand_pose", "forearm_orient")}
        return replace(self, transl=self.transl * polar, **turned)

    def to(self, dtype: torch.dtype) -> Motion:
        """The same motion in another floating-point type."""
        return replace(self, **{name: getattr(self, name).to(dtype) for name in _SHAPES})

    def save(self, path: str | PathLike[str]) -> None:
        """Write a `.npz` file of plain arrays; it is there in whole or not at all."""
        holds = [[hold.name, hold.start, hold.end] for hold in self.holds]
        arrays = {name: getattr(self, name).detach().cpu().numpy() for name in _SHAPES}
        archives.write(path, FORMAT, {"fps": self.fps, "holds": holds}, arrays)

    @staticmethod
    def load(path: str | PathLike[str]) -> Motion:
        """Read what `save` wrote.

        Raises:
            MotionError: the file is damaged, or not a saved motion; the sentence says which.
            FileNotFoundError: there is no such file.
        """
        try:
            note, arrays = archives.read(path, FORMAT, _SHAPES)
            holds = tuple(Hold(name, start, end) for name, start, end in note["holds"])
            return Motion(**{k: torch.from_numpy(v) for k, v in arrays.items()}, fps=note["fps"], holds=holds)
        except archives.ArchiveError as error:
            raise MotionError(str(error)) from error
        except (TypeError, KeyError, ValueError, OverflowError) as error:
            raise MotionError(f"{path} holds no motion that makes sense: {error}") from error


def _check(motion: Motion) -> None:
    _check_rate(motion.fps)
    frames = motion.global_orient.shape[0] if motion.global_orient.ndim else 0
    if frames == 0:
        raise MotionError("a motion needs at least one frame: global_orient is empty")
    for name, pattern in _SHAPES.items():
        array, expected = getattr(motion, name), tuple(frames if n == "T" else n for n in pattern)
        if tuple(array.shape) != expected:
            raise MotionError(f"{name} has shape {tuple(array.shape)}, expected {expected}: all frames, one person")
        if not array.is_floating_point() or array.dtype != motion.betas.dtype:
            raise MotionError(f"{name} is {array.dtype}, betas {motion.betas.dtype}: expected floats of one kind")
        _check_range(name, array.detach())
    for hold in motion.holds:
        _check_hold(hold, frames / motion.fps)


def _check_range(name: str, array: Tensor) -> None:
    """Refuse numbers that are none, and those that only another unit explains."""
    most, unit = _MOST.get(name, (math.inf, ""))
    wrong = ~(array.abs() <= most) | ~array.isfinite()
    if bool(wrong.any()):
        place = wrong.nonzero()[0].tolist()
        at = f" at frame {place[0]}" if name != "betas" else ""
        value = float(array[tuple(place)])
        why = f": expected {unit}" if math.isfinite(value) else ", which is not finite: fill gaps first"
        raise MotionError(f"{name} holds {value:g}{at}{why}")


def _check_hold(hold: Hold, seconds: float) -> None:
    times = (hold.start, hold.end)
    if not (isinstance(hold.name, str) and all(isinstance(t, float) for t in times)):
        raise MotionError(f"{hold} is no hold: expected a name and two numbers of seconds")
    if not 0 <= hold.start <= hold.end <= seconds + SAME_INSTANT:
        raise MotionError(f"{hold} does not lie within the {seconds:.3f} seconds of the motion")


def _check_rate(fps: object) -> None:
    if isinstance(fps, bool) or not isinstance(fps, int | float) or not (math.isfinite(fps) and fps > 0):
        raise MotionError(f"fps is {fps!r}, expected frames per second, such as 30.0")


def _resampled_rotations(
    axis_angle: Float[np.ndarray, "time joints 3"], fps: float, times: Float[np.ndarray, " new"]
) -> Float[np.ndarray, "new joints 3"]:
    quaternions = roma.rotvec_to_unitquat(torch.from_numpy(axis_angle)).numpy()
    spline = _spline(continuous(quaternions), fps, times)
    unit = spline / np.linalg.norm(spline, axis=-1, keepdims=True)
    rotvec: np.ndarray = roma.unitquat_to_rotvec(torch.from_numpy(unit)).numpy()
    return rotvec


def continuous(quaternions: Float[np.ndarray, "time ... 4"]) -> Float[np.ndarray, "time ... 4"]:
    """The same rotations, each quaternion with the sign that is nearer to the one before it."""
    towards = np.einsum("...q,...q->...", quaternions[1:], quaternions[:-1])
    signs = np.cumprod(np.where(towards < 0, -1.0, 1.0), axis=0)
    return np.concatenate([quaternions[:1], quaternions[1:] * signs[..., None]])


def _spline(
    values: Float[np.ndarray, "time ..."], fps: float, times: Float[np.ndarray, " new"]
) -> Float[np.ndarray, "new ..."]:
    if len(values) == 1:
        return np.repeat(values, len(times), axis=0)
    curve: np.ndarray = CubicSpline(np.arange(len(values)) / fps, values)(times)
    return curve
