r"""How records reach the computer: a little early or late, and not all of them.

A computer stamps the records of all sensors with one clock, $t_k = k / f$. A sensor reads its registers by a clock of
its own: $t_k + o + j_k$, with an offset $o$ that lasts for a session and a jitter $j_k$ that every record has for
itself. And some records never arrive: then the last one that did stands in for them. Losses come in bursts, since what
disturbs a radio lasts longer than a record: runs of arrivals and runs of losses follow each other, both of geometric
length, the losses' with a mean of three records.

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from hands.imu.physics import angular_rate
from hands.imu.recording import Recording
from hands.imu.streams import streams
from hands.mano import axis_angle_to_rotmat

BURST: Final = 3.0
"""Records lost in a row, on average."""


@dataclass(frozen=True)
class Link:
    """How well records arrive.

    Raises:
        ValueError: a number is negative, or too large for its unit.

    Example:
        >>> Link(clock_offset=0.005, jitter=0.001, dropout=0.01).dropout
        0.01
    """

    clock_offset: float = 0.0
    """Standard deviation, over sensors and sessions, of how late a sensor's clock is, seconds."""
    jitter: float = 0.0
    """Standard deviation, over records, of how late each one is read besides, seconds."""
    dropout: float = 0.0
    """Share of the records that are lost."""

    def __post_init__(self) -> None:
        for name, most in (("clock_offset", 1.0), ("jitter", 0.1)):
            if not 0 <= getattr(self, name) < most:
                raise ValueError(f"{name} is {getattr(self, name)}, expected seconds from 0 to {most}")
        if not 0 <= self.dropout <= 0.5:
            raise ValueError(f"dropout is {self.dropout}, expected a share of the records, 0 to 0.5")


def transmit(
    recording: Recording,
    every: int,
    link: Link | None = None,
    generator: torch.Generator | None = None,
    *,
    session: torch.Generator | None = None,
) -> Recording:
    """What arrives of a recording on a fine grid: one record every `every` steps.

    Args:
        recording: of sensors with names, (sensors, T, 3).
        every: steps of the grid from one record to the next.
        link: how well they arrive; if there is none, every record does, in time.
        generator: of this recording's jitter and losses; each sensor's depend on it and on the sensor's name alone.
        session: of the clocks' offsets, likewise.

    Returns:
        A recording whose timestamps are the computer's. Signals between two steps of the grid are interpolated, those
        before its start or behind its end are the first and last. The first record always arrives.

    Raises:
        ValueError: the sensors have no names, or there is no step from one record to the next.
    """
    if not recording.names or every < 1:
        raise ValueError(
            f"records of sensors {list(recording.names)} every {every} steps: expected the sensors' names, since each "
            "has a link of its own, and 1 step or more"
        )
    picked = torch.arange(0, len(recording), every)
    if link is None:
        return _read(recording, picked, picked.expand(len(recording.names), -1).double())
    rate, shape = recording.fps, (len(recording.names), len(picked))
    offset, jitter, kept = _drawn(link, recording.names, len(picked), generator, session)
    late = offset[:, None] + jitter
    read = _read(recording, picked, (picked + rate * late).clamp(0, len(recording) - 1))
    rows = torch.arange(shape[0])[:, None].expand(shape)
    return Recording(
        timestamps=read.timestamps,
        acc=read.acc[rows, kept],
        gyro=read.gyro[rows, kept],
        rotation=read.rotation[rows, kept],
        names=read.names,
    )


def _drawn(
    link: Link,
    names: Sequence[str],
    records: int,
    generator: torch.Generator | None,
    session: torch.Generator | None,
) -> tuple[Float[Tensor, " sensors"], Float[Tensor, "sensors records"], Int[Tensor, "sensors records"]]:
    """Each sensor's offset and jitter in seconds, and which record stands at each place."""
    clocks, own = streams(session, names), streams(generator, names)
    offset = [torch.randn((), generator=g, dtype=torch.float64) for g in clocks]
    jitter = [torch.randn(records, generator=g, dtype=torch.float64) for g in own]
    kept = [last_arrived(records, link.dropout, g) for g in own]
    return link.clock_offset * torch.stack(offset), link.jitter * torch.stack(jitter), torch.stack(kept)


def last_arrived(records: int, dropout: float, generator: torch.Generator | None = None) -> Int[Tensor, " records"]:
    """For each record the number of the last one that arrived: its own, if it did.

    Example:
        >>> last_arrived(4, 0.0).tolist()
        [0, 1, 2, 3]
    """
    numbers = torch.arange(records)
    if dropout == 0:
        return numbers
    arrivals, losses = BURST * (1 - dropout) / dropout, BURST
    runs = torch.stack([torch.empty(records).geometric_(1 / mean, generator=generator) for mean in (arrivals, losses)])
    ends = runs.T.flatten().long().cumsum(0)  # of a run of arrivals, of losses, of arrivals, ...
    lost = torch.searchsorted(ends, numbers, right=True) % 2 == 1
    return numbers.masked_fill(lost, 0).cummax(0).values


def _read(recording: Recording, picked: Int[Tensor, " records"], at: Float[Tensor, "sensors records"]) -> Recording:
    """The signals at these steps of the grid, between two where a step is no whole number."""
    first = at.floor().long()
    share = (at - first)[..., None]
    rows = torch.arange(len(first))[:, None]
    acc, gyro, rotation = recording.acc[rows, first], recording.gyro[rows, first], recording.rotation[rows, first]
    if bool((share > 0).any()):
        after = (first + 1).clamp(max=len(recording) - 1)
        acc = torch.lerp(acc, recording.acc[rows, after], share)
        gyro = torch.lerp(gyro, recording.gyro[rows, after], share)
        rotation = _between(rotation, recording.rotation[rows, after], share)
    return Recording(recording.timestamps[picked], acc, gyro, rotation, recording.names)


def _between(
    a: Float[Tensor, "*batch 3 3"], b: Float[Tensor, "*batch 3 3"], share: Float[Tensor, "*batch 1"]
) -> Float[Tensor, "*batch 3 3"]:
    """The rotation that lies this share of the way from a to b, on the shortest way."""
    turn = angular_rate(torch.stack([a, b], -3), 1.0, "forward")[..., 0, :]
    return a @ axis_angle_to_rotmat(share * turn)
