"""`Recording`: what inertial sensors measured, whether they were simulated, worn, or read from a data set.

Convention:
    `acc` is the specific force in the sensor's own axes, m/s^2: a sensor at rest measures +9.81 upwards. `gyro` is the
    angular rate in the sensor's own axes, rad/s. `rotation` is R_ws, which takes sensor to world, z up.

Explained in the book: *What a perfect IMU measures*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from hands.motion import archives

FORMAT: Final = "hands.imu.Recording 1"
"""The first word of every saved recording; a reader of another version says so."""

_TAILS: Final = {"timestamps": (), "acc": (3,), "gyro": (3,), "rotation": (3, 3)}
"""Shape of one record in each series, behind the batch and time."""


class RecordingError(ValueError):
    """A recording, or a file of one, is not what it should be."""


@dataclass(frozen=True, eq=False)
class Recording:
    """What sensors measured over T records.

    Raises:
        RecordingError: a shape does not fit, a number is not finite, or time does not run forward.

    Example:
        >>> at_rest = Recording(
        ...     timestamps=torch.arange(3) / 30, acc=torch.tensor([0, 0, 9.81]).expand(2, 3, 3),
        ...     gyro=torch.zeros(2, 3, 3), rotation=torch.eye(3).expand(2, 3, 3, 3), names=("palm", "thumb")
        ... )
        >>> len(at_rest), at_rest.fps, at_rest.select(["thumb"]).acc.shape
        (3, 30.0, torch.Size([1, 3, 3]))
    """

    timestamps: Float[Tensor, " time"]
    """Seconds. Need not begin at 0 nor be evenly spaced."""
    acc: Float[Tensor, "*batch time 3"]
    """Specific force in the sensor's axes, m/s^2."""
    gyro: Float[Tensor, "*batch time 3"]
    """Angular rate in the sensor's axes, rad/s."""
    rotation: Float[Tensor, "*batch time 3 3"]
    """R_ws."""
    names: tuple[str, ...] = ()
    """Of the sensors, along the axis before time; empty if there is no such axis or nobody named them."""

    def __post_init__(self) -> None:
        _check(self)

    def __len__(self) -> int:
        return len(self.timestamps)

    @property
    def fps(self) -> float:
        """Records per second, as a mean, to a thousandth.

        Raises:
            RecordingError: one record has no rate.
        """
        if len(self) < 2:
            raise RecordingError("a recording of one record has no frame rate")
        return round((len(self) - 1) / float(self.timestamps[-1] - self.timestamps[0]), 3)

    def select(self, names: Sequence[str]) -> Recording:
        """The same recording with these sensors alone, in this order.

        Raises:
            RecordingError: there is no sensor of that name.
        """
        if isinstance(names, str) or not names:
            raise RecordingError(f"names is {names!r}, expected some of {list(self.names)} as a list")
        missing = [name for name in names if name not in self.names]
        if missing:
            raise RecordingError(f"no sensor {missing} in this recording, only {list(self.names)}")
        rows = torch.tensor([self.names.index(name) for name in names], device=self.acc.device)
        series = {n: getattr(self, n).index_select(-2 - len(_TAILS[n]), rows) for n in ("acc", "gyro", "rotation")}
        return replace(self, names=tuple(names), **series)

    def save(self, path: str | PathLike[str]) -> None:
        """Write a `.npz` file of plain arrays; it is there in whole or not at all."""
        arrays = {name: getattr(self, name).detach().cpu().numpy() for name in _TAILS}
        archives.write(path, FORMAT, {"names": self.names}, arrays)

    @staticmethod
    def load(path: str | PathLike[str]) -> Recording:
        """Read what `save` wrote.

        Raises:
            RecordingError: the file is damaged, or not a saved recording; the sentence says which.
            FileNotFoundError: there is no such file.
        """
        try:
            note, arrays = archives.read(path, FORMAT, _TAILS)
            series = {name: torch.from_numpy(array) for name, array in arrays.items()}
            return Recording(**series, names=tuple(note["names"]))
        except archives.ArchiveError as error:
            raise RecordingError(str(error)) from error
        except (TypeError, KeyError, ValueError) as error:
            raise RecordingError(f"{path} holds no recording that makes sense: {error}") from error


def _check(recording: Recording) -> None:
    """Refuse series that are no recording."""
    timestamps, frames = recording.timestamps, recording.timestamps.numel()
    batch = tuple(recording.acc.shape[:-2])
    for name, tail in _TAILS.items():
        series = getattr(recording, name)
        expected = (frames,) if name == "timestamps" else (*batch, frames, *tail)
        if tuple(series.shape) != expected or not series.is_floating_point():
            raise RecordingError(f"{name} is {series.dtype} of shape {tuple(series.shape)}, expected floats {expected}")
        if not all_finite(series):
            raise RecordingError(f"{name} holds a number that is not finite; fill gaps first")
    if frames == 0:
        raise RecordingError("a recording needs at least one record: timestamps is empty")
    if bool((timestamps[1:] <= timestamps[:-1]).any()):
        k = int((timestamps[1:] <= timestamps[:-1]).nonzero()[0])
        raise RecordingError(f"time does not run forward from record {k} to {k + 1}")
    x, y, z = recording.rotation.detach().unbind(-1)
    lengths = (x * x + y * y + z * z).sqrt()  # norm() takes fifty times as long where time is stored last
    if bool(((lengths - 1).abs() > 0.01).any()):
        worst = float(lengths.flatten()[(lengths - 1).abs().argmax()])
        raise RecordingError(f"rotation has a row of length {worst:.3g}: it is no rotation matrix")
    first = recording.rotation.detach()[..., 0, :, :]  # mirrored axes are so from the first record on
    if bool((torch.linalg.det(first) < 0).any()):
        raise RecordingError("rotation is a reflection (determinant -1): swap two axes, or turn one round")
    if not (isinstance(recording.names, tuple) and all(isinstance(name, str) for name in recording.names)):
        raise RecordingError(f"names is {recording.names!r}, expected a tuple of names")
    if recording.names and (len(recording.names),) != batch[-1:]:
        raise RecordingError(f"{len(recording.names)} names do not fit series of shape {tuple(recording.acc.shape)}")
    if len(set(recording.names)) < len(recording.names):
        raise RecordingError(f"two sensors share a name: {list(recording.names)}")


def all_finite(series: Tensor) -> bool:
    """Whether no number is infinite or NaN; ten times as fast as asking each."""
    return bool((0 * series.detach()).sum() == 0)
