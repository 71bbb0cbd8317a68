r"""Features: what a network is given of a recording, and what it must not be given.

Sensors measure in their own axes, and say how those axes are turned in the world. Of the world's directions only the
vertical means anything: which way somebody faced must not matter, so no feature here changes when the whole world turns
about it. There are three layouts, each with one row of channels per sensor. Below, i is any sensor, p the reference
(the back of the hand), $a_{i,w} = R_i\,\text{acc}_i + g_w$ the acceleration in the world, and $u_i = R_i^\top e_z$ the
direction upwards as sensor i sees it.

**relative**, the default: everything as seen from the back of the hand.

$$
R_p^\top R_i, \qquad R_p^\top (a_{i,w} - a_{p,w}) / 30, \qquad R_p^\top R_i\, \omega_i - \omega_p
$$

The reference itself has $u_p$ in place of its rotation, $R_p^\top a_{p,w} / 30$, and $\omega_p$. Of the nine numbers of
$R_p$ only its third row, $u_p$, does not depend on the heading: it is what is left of $R_p$ on an average over all
headings, so the other six are zero. A tilt written as a rotation says no more, and jumps where the palm faces up.

**drift_free**: nothing for which two sensors must agree about north. Without a magnetometer every sensor has a north of
its own, which moreover drifts.

$$
u_i, \qquad R_i^\top a_{i,w} / 30, \qquad \omega_i, \qquad u_i \cdot \omega_i - u_p \cdot \omega_p, \qquad
e_z \cdot (a_{i,w} - a_{p,w}) / 30
$$

The last two compare a sensor with the reference where no heading is needed: about the vertical, and along it.

**gt_root**: everything as seen from the true hand. It **leaks labels into the input**, since the true orientation $R_h$
of the hand is what nobody has who wears only sensors; it is here because a published loader does so, for comparison.

$$ R_h^\top R_i, \qquad R_h^\top a_{i,w} / 30, \qquad R_h^\top R_i\, \omega_i $$

Convention:
    Accelerations without gravity in units of 30 m/s^2, rates in rad/s. Matrices row by row.

Source: relative: TransPose (Yi et al. 2021) and its acc_scale of 30; drift_free: the gravity vector per sensor and
rates relative to the wrist are known from hand tracking with six-axis IMUs; gt_root: the loader of VIHand. Explained in
the book: part 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import GRAVITY_W
from hands.imu import Recording

Layout = Literal["relative", "drift_free", "gt_root"]

REFERENCE: Final = "palm"
"""The sensor from which the others are seen, if not said otherwise: the one on the back of the hand."""

ACC_UNIT: Final = 30.0
"""m/s^2: accelerations are given in units of this."""

CHUNK: Final = 4096
"""Frames computed at a time: their matrices should stay in the processor's cache."""

_ROTATION: Final = tuple(f"rotation_{row}{column}" for row in "xyz" for column in "xyz")
_UP, _ACC, _GYRO = (tuple(f"{name}_{axis}" for axis in "xyz") for name in ("up", "acc", "gyro"))

_CHANNELS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        "relative": ((*_ROTATION, *_ACC), _GYRO),
        "drift_free": ((*_UP, *_ACC, "rise"), (*_GYRO, "turn")),
        "gt_root": ((*_ROTATION, *_ACC), _GYRO),
    }
)
"""Names of the channels, without a gyroscope and those that it adds."""


def channels(layout: Layout = "relative", *, gyro: bool = True) -> tuple[str, ...]:
    """Names of the channels, in their order.

    `rise` and `turn` are the vertical acceleration and the rate about the vertical, less the reference's. In the layout
    `"relative"`, the reference itself has upwards in `rotation_zx` to `rotation_zz`, and zeros before.

    Raises:
        ValueError: there is no such layout.

    Example:
        >>> len(channels()), channels("drift_free")[-4:]
        (15, ('gyro_x', 'gyro_y', 'gyro_z', 'turn'))
    """
    if layout not in _CHANNELS:
        raise ValueError(f"layout is {layout!r}, expected one of {', '.join(get_args(Layout))}")
    without, added = _CHANNELS[layout]
    return without + added if gyro else without


def features(
    recording: Recording,
    layout: Layout = "relative",
    *,
    reference: str = REFERENCE,
    gyro: bool = True,
    true_root: Float[Tensor, "*batch time 3 3"] | None = None,
) -> Float[Tensor, "*batch time sensors channels"]:
    """What a network is given of a recording, in single precision; `channels(layout)` names the last axis.

    Args:
        recording: of sensors with names. A recording is all that enters: no label does, but for `"gt_root"`.
        layout: `"relative"`, `"drift_free"`, or `"gt_root"`, which leaks labels; see the module.
        reference: the sensor from which the others are seen. Without a palm sensor (the subset `watch_and_ring`) it has
            to be named: `"wrist"` sees the fingers from the forearm, so bending the wrist moves them all.
        gyro: whether the gyroscope's channels are there.
        true_root: for `"gt_root"` alone: the hand's true orientation R_wh at each record, as rotation matrices.

    Raises:
        ValueError: there is no such layout or reference, `"gt_root"` has no true orientation, or another layout has.

    Example:
        >>> from hands import imu, mano, motion
        >>> recording = imu.simulate(motion.sample("ROM01", "S01", seconds=1.0), mano.load())
        >>> features(recording).shape
        torch.Size([31, 7, 15])
    """
    width = len(channels(layout, gyro=gyro))
    root = _checked_root(layout, true_root, recording)
    p = _row(recording, reference) if root is None else 0
    *batch, sensors, frames, _ = recording.acc.shape
    result = torch.empty(*batch, frames, sensors, width, dtype=torch.float32, device=recording.acc.device)
    for start in range(0, frames, CHUNK):
        chunk = slice(start, start + CHUNK)
        R_ws = recording.rotation[..., chunk, :, :].transpose(-4, -3)
        acc_s, gyro_s = (series[..., chunk, :].transpose(-3, -2) for series in (recording.acc, recording.gyro))
        R_wh = R_ws if root is None else root[..., chunk, None, :, :].to(R_ws)
        result[..., chunk, :, :] = torch.cat(_LAYOUTS[layout](R_ws, acc_s, gyro_s, p, R_wh), -1)[..., :width]
    return result


Matrices = Float[Tensor, "*batch time sensors 3 3"]
Vectors = Float[Tensor, "*batch time sensors 3"]


def _relative(R_ws: Matrices, acc_s: Vectors, gyro_s: Vectors, p: int, _: Tensor) -> list[Tensor]:
    """Seen from sensor p; p itself by what of it has no heading."""
    R_wp, lin_acc_w = R_ws[..., p : p + 1, :, :], _world_acceleration(R_ws, acc_s)
    rotation, acc, gyro = _seen_from(R_wp, R_ws, lin_acc_w - lin_acc_w[..., p : p + 1, :], gyro_s)
    gyro = gyro - gyro_s[..., p : p + 1, :]
    rotation[..., p, :6], rotation[..., p, 6:] = 0.0, R_ws[..., p, 2, :]
    acc[..., p, :] = _turned(R_ws[..., p, :, :].mT, lin_acc_w[..., p, :])
    gyro[..., p, :] = gyro_s[..., p, :]
    return [rotation, acc / ACC_UNIT, gyro]


def _drift_free(R_ws: Matrices, acc_s: Vectors, gyro_s: Vectors, p: int, _: Tensor) -> list[Tensor]:
    """Each sensor in its own axes; compared with p along the vertical and about it."""
    up = R_ws[..., 2, :]
    acc = (acc_s + GRAVITY_W[2] * up) / ACC_UNIT
    rise, turn = ((up * series).sum(-1, keepdim=True) for series in (acc, gyro_s))
    rise, turn = (series - series[..., p : p + 1, :] for series in (rise, turn))
    return [up, acc, rise, gyro_s, turn]


def _gt_root(R_ws: Matrices, acc_s: Vectors, gyro_s: Vectors, _: int, R_wh: Tensor) -> list[Tensor]:
    """Seen from the true hand."""
    rotation, acc, gyro = _seen_from(R_wh, R_ws, _world_acceleration(R_ws, acc_s), gyro_s)
    return [rotation, acc / ACC_UNIT, gyro]


_LAYOUTS: Final[Mapping[str, Callable[[Tensor, Tensor, Tensor, int, Tensor], list[Tensor]]]] = MappingProxyType(
    {"relative": _relative, "drift_free": _drift_free, "gt_root": _gt_root}
)


def _seen_from(R_wr: Tensor, R_ws: Matrices, acc_w: Vectors, gyro_s: Vectors) -> tuple[Tensor, Tensor, Tensor]:
    """Rotations (row by row), accelerations and rates in the axes of r."""
    R_rs = R_wr.mT @ R_ws
    return R_rs.flatten(-2), _turned(R_wr.mT, acc_w), _turned(R_rs, gyro_s)


def _world_acceleration(R_ws: Matrices, acc_s: Vectors) -> Vectors:
    return _turned(R_ws, acc_s) + acc_s.new_tensor(GRAVITY_W)


def _turned(R: Tensor, vectors: Tensor) -> Tensor:
    return (R @ vectors[..., None]).squeeze(-1)


def _row(recording: Recording, reference: str) -> int:
    """Which sensor the reference is."""
    if reference not in recording.names:
        there = f"has {', '.join(recording.names)}" if recording.names else "names no sensors"
        raise ValueError(
            f"there is no sensor {reference!r} to see the others from: the recording {there}; "
            "name one of its sensors as the reference, such as reference='wrist'"
        )
    return recording.names.index(reference)


def _checked_root(layout: Layout, true_root: Tensor | None, recording: Recording) -> Tensor | None:
    """The true orientation, where it belongs and nowhere else."""
    if layout != "gt_root":
        if true_root is not None:
            raise ValueError(f"true_root is a label, and layout {layout!r} takes none: leave it out")
        return None
    if not recording.names:
        raise ValueError("the recording names no sensors, so it is not known which row is whose: give it names")
    if true_root is None:
        raise ValueError(
            "layout 'gt_root' leaks labels: it turns the input by the true orientation of the hand, which no glove "
            "knows. Give it as true_root to repeat what was published so, or take layout 'relative'"
        )
    expected = (*recording.acc.shape[:-3], len(recording), 3, 3)
    if tuple(true_root.shape) != expected:
        raise ValueError(f"true_root has shape {tuple(true_root.shape)}, expected {expected}: one matrix per record")
    return true_root
