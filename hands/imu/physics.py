r"""What an ideal inertial sensor measures while it moves.

A sensor s with position $p$ and orientation $R$ in the world w measures, along its own three axes,

$$
\begin{aligned}
\text{acc}_s  &= R^\top (\ddot p - g_w)               && \text{specific force: at rest } 9.81 \text{ upwards} \\
\text{gyro}_s &= \big(R^\top \dot R\big)^\vee         && \text{angular rate}
\end{aligned}
$$

Both are found from frames that are $T = 1/f_s$ apart:

$$
\begin{aligned}
\ddot p_t     &\approx \frac{p_{t-n} - 2 p_t + p_{t+n}}{(nT)^2} \\
\text{gyro}_t &\approx \frac{\log(R_{t-1}^\top R_{t+1})}{2T} && \text{exact while the rate is constant}
\end{aligned}
$$

The half-window $nT$ is a choice. Of a movement at frequency $f$ the first formula keeps $\operatorname{sinc}^2(f n T)$:
a long window loses what is fast (-3 dB at $0.319 / nT$), a short one turns noise $\sigma$ of the positions into
$\sqrt6\,\sigma / (nT)^2$. Ours, 1/30 s, keeps what a hand does up to 9.6 Hz.

At the ends, where frames are missing, one-sided formulas of second order stand in, so that a signal is as long as the
movement. They are noisier, and they look further: cut windows out of signals, and never differentiate windows.

Convention:
    Metres, radians, seconds; `gyro` in rad/s (not degrees), `acc` in m/s^2 (not g). `R_ws` maps sensor to world.
    A sensor on a table, z up, measures acc (0, 0, +9.81).

Explained in the book: *What a perfect IMU measures*.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, Literal

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import GRAVITY_W
from hands.imu.errors import with_errors
from hands.imu.hardware import Hardware, ideal
from hands.imu.recording import Recording, all_finite

HALF_WINDOW: Final = 1 / 30
"""Seconds between the three frames of an acceleration, if not said otherwise."""

Scheme = Literal["central", "forward"]
"""`"central"`: the rate at each frame, from both neighbours. `"forward"`: the mean rate from each frame to the next."""

ORTHONORMAL: Final = 1e-3
"""How far a rotation matrix may be from one: what is left of it in half precision."""

IMPOSSIBLE: Final = 1000.0
"""m/s^2: six times what a sensor with a range of 16 g can say. Positions in millimetres get there at once."""

SMALL: Final = 1e-6
"""Below this squared sine, an angle is found from its Taylor series, so that no derivative divides by zero."""

_CYCLES: Final = ((1, 2), (2, 0), (0, 1))


def sense(
    position: Float[Tensor, "*batch time 3"],
    rotation: Float[Tensor, "*batch time 3 3"],
    fps: float,
    hardware: Hardware = ideal,
    generator: torch.Generator | None = None,
    *,
    session: torch.Generator | None = None,
    half_window: float | None = None,
    gravity: Sequence[float] = GRAVITY_W,
    names: Sequence[str] = (),
) -> Recording:
    """What sensors measure that move like this.

    Args:
        position: of the sensor in the world (p_ws), metres.
        rotation: of the sensor in the world (R_ws).
        fps: frames per second.
        hardware: what the sensors are; `ideal` ones report the truth.
        generator: of those of the hardware's errors that differ between two recordings. See `with_errors`.
        session: of those that stay while the sensors stay on.
        half_window: nT of the acceleration, seconds; 1/30 if not given. See `look_ahead`.
        gravity: g_w, m/s^2.
        names: of the sensors; their errors depend on them.

    Returns:
        A recording with one record per frame, in the dtype given; differentiable. Its timestamps begin at 0.

    Raises:
        ValueError: a shape or dtype does not fit, there are too few frames, a number is not finite, a matrix is no
            rotation, or the positions move as nothing made of metres does.

    Example:
        >>> position, rotation = torch.zeros(8, 3), torch.eye(3).expand(8, 3, 3)
        >>> recording = sense(position, rotation, fps=30.0)
        >>> recording.acc[0], recording.gyro[0]
        (tensor([0.0000, 0.0000, 9.8100]), tensor([0., 0., 0.]))

    Source: chapter *What a perfect IMU measures*.
    """
    _check_pair(position, rotation)
    _check_position(position, fps, half_window)
    _check_rotation(rotation, fps, fewest=3)
    R_ws = _planar_rotations(rotation)
    lin_acc_w = _acceleration(_planar(position), fps, half_window)
    _check_metres(lin_acc_w)
    g_w = torch.as_tensor(gravity, dtype=position.dtype, device=position.device).reshape(3, *[1] * (position.ndim - 1))
    acc_s = (R_ws * (lin_acc_w - g_w)[:, None]).sum(0)  # R_ws^T (a_w - g_w)
    gyro_s = _angular_rate(R_ws, fps, "central")
    truth = Recording(
        timestamps=torch.arange(position.shape[-2], dtype=torch.float64, device=position.device) / fps,
        acc=_batch_first(acc_s),
        gyro=_batch_first(gyro_s),
        rotation=rotation,
        names=tuple(names),
    )
    return truth if hardware == ideal else with_errors(truth, hardware, generator, session=session)


def look_ahead(fps: float, half_window: float | None = None) -> int:
    """The n of the acceleration: frames that it looks ahead, and back.

    The acceleration at frame t needs frames t - n to t + n; in the first n frames t to t + 3n, in the last n frames
    t - 3n to t. The angular rate needs one frame ahead, in the first frame two. So who works frame by frame, as they
    come, is n frames late.

    Example:
        >>> look_ahead(120.0), look_ahead(30.0), look_ahead(120.0, half_window=1 / 120)
        (4, 1, 1)

    Raises:
        ValueError: the rate or the half-window is not positive.
    """
    check_rate(fps)
    half_window = HALF_WINDOW if half_window is None else half_window
    if not (half_window > 0 and math.isfinite(half_window)):
        raise ValueError(f"half_window is {half_window}, expected seconds above zero, such as 1/30")
    return max(1, round(half_window * fps))


def acceleration(
    position: Float[Tensor, "*batch time 3"], fps: float, half_window: float | None = None
) -> Float[Tensor, "*batch time 3"]:
    r"""Second derivative of positions, $(p_{t-n} - 2p_t + p_{t+n}) / (nT)^2$; at the ends $(2, -5, 4, -1)$.

    Args:
        position: metres, at least 4n frames.
        fps: frames per second.
        half_window: nT in seconds, rounded to whole frames but never to none; 1/30 if not given.

    Returns:
        m/s^2, in the frame of the positions: no gravity in it.

    Raises:
        ValueError: there are too few frames, or a number is not finite.

    Example:
        >>> time = torch.arange(60).double() / 30
        >>> falling = torch.stack([0 * time, 0 * time, -9.81 / 2 * time**2], -1)
        >>> acceleration(falling, fps=30.0)[[0, 30, -1], 2].round(decimals=6)
        tensor([-9.8100, -9.8100, -9.8100], dtype=torch.float64)
    """
    _check_position(position, fps, half_window)
    return _batch_first(_acceleration(_planar(position), fps, half_window))


def _acceleration(p: Float[Tensor, "3 *batch time"], fps: float, half_window: float | None) -> Tensor:
    n = look_ahead(fps, half_window)
    inner = p[..., : -2 * n] - 2 * p[..., n:-n] + p[..., 2 * n :]
    first = _one_sided(*p[..., : 4 * n].split(n, -1))
    last = _one_sided(*p[..., -4 * n :].split(n, -1)[::-1])
    return torch.cat([first, inner, last], -1) * (fps / n) ** 2


def _one_sided(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Second difference at a, from what comes after it (or came before), to second order."""
    return 2 * a - 5 * b + 4 * c - d


def angular_rate(
    rotation: Float[Tensor, "*batch time 3 3"], fps: float, scheme: Scheme = "central"
) -> Float[Tensor, "*batch time 3"]:
    r"""Angular rate of what turns, in its own axes, rad/s.

    Args:
        rotation: R_ws.
        fps: frames per second. A turn of more than half a revolution in two frames (in one, forward) is taken for the
            shorter one the other way round.
        scheme: `"central"`, $\log(R_{t-1}^\top R_{t+1}) / 2T$: at each frame, to second order, exact at a constant
            rate. Integrate it by trapezoids. `"forward"`, $\log(R_t^\top R_{t+1}) / T$: the mean rate from each frame
            to the next, so half a frame later than its frame, and integrated without any error by holding it. The last
            frame, which has no next one, repeats the value before.

    Raises:
        ValueError: there are too few frames, or a matrix is no rotation.

    Example:
        >>> quarter = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
        >>> angular_rate(torch.stack([torch.eye(3), quarter]), fps=2.0, scheme="forward")[0, 2] / torch.pi
        tensor(1.)
    """
    check_scheme(scheme)
    _check_rotation(rotation, fps, fewest=3 if scheme == "central" else 2)
    return _batch_first(_angular_rate(_planar_rotations(rotation), fps, scheme))


def _angular_rate(R: Float[Tensor, "3 3 *batch time"], fps: float, scheme: Scheme) -> Tensor:
    if scheme == "forward":
        rate = _turn(R[..., :-1], R[..., 1:])
        return torch.cat([rate, rate[..., -1:]], -1) * fps
    inner = _turn(R[..., :-2], R[..., 2:])
    first = _one_sided_turn(R[..., :1], R[..., 1:2], R[..., 2:3])
    last = _one_sided_turn(R[..., -1:], R[..., -2:-1], R[..., -3:-2])
    return torch.cat([first, inner, -last], -1) * (fps / 2)


def _one_sided_turn(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Twice the rate at a, per frame: the rotation vectors as seen from a are 0, _turn(a, b), _turn(a, c)."""
    return 4 * _turn(a, b) - _turn(a, c)


def _turn(a: Float[Tensor, "3 3 *batch time"], b: Float[Tensor, "3 3 *batch time"]) -> Float[Tensor, "3 *batch time"]:
    r"""Rotation vectors $\log(A^\top B)$, planar, without the product.

    Axis times sine is half the sum of the cross products of B's rows with A's; the cosine is $(A \cdot B - 1) / 2$.
    """
    sines = torch.stack([(b[:, i] * a[:, j] - b[:, j] * a[:, i]).sum(0) for i, j in _CYCLES]) / 2
    cosine = ((a * b).sum((0, 1)) - 1) / 2
    squared = sines.square().sum(0)
    small = squared < SMALL
    sine = torch.where(small, 1.0, squared).sqrt()
    series = 1 + squared / 6 + squared.square() * (3 / 40)
    vectors = torch.where(small, series, torch.atan2(sine, cosine) / sine) * sines
    wide = cosine < 0
    if bool(wide.any()):  # beyond a quarter of a turn the sines grow small again and lose their digits
        products = torch.einsum("kir,kjr->rij", a[..., wide], b[..., wide])
        vectors[:, wide] = roma.rotmat_to_rotvec(products).T
    return vectors


def _planar(points: Float[Tensor, "*batch time 3"]) -> Float[Tensor, "3 *batch time"]:
    """Each coordinate by itself and time last: sums over long rows are what processors are fast at."""
    return points.movedim(-1, 0).contiguous()


def _planar_rotations(rotation: Float[Tensor, "*batch time 3 3"]) -> Float[Tensor, "3 3 *batch time"]:
    R = rotation.movedim((-2, -1), (0, 1)).contiguous()
    _check_orthonormal(R)
    return R


def _batch_first(points: Float[Tensor, "3 *batch time"]) -> Float[Tensor, "*batch time 3"]:
    return points.movedim(0, -1).contiguous()


def check_scheme(scheme: str) -> None:
    """Refuse what is no scheme."""
    if scheme not in ("central", "forward"):
        raise ValueError(f"scheme is {scheme!r}, expected 'central' or 'forward'")


def check_rate(fps: float) -> None:
    """Refuse what is no frame rate."""
    if not (fps > 0 and math.isfinite(fps)):
        raise ValueError(f"fps is {fps}, expected frames per second, such as 120.0")


def _check_pair(position: Tensor, rotation: Tensor) -> None:
    if position.shape != rotation.shape[:-1]:
        raise ValueError(
            f"position has shape {tuple(position.shape)} and rotation {tuple(rotation.shape)}, expected (..., T, 3) "
            "and (..., T, 3, 3) with the same beginning"
        )
    if position.dtype != rotation.dtype:
        raise ValueError(f"position is {position.dtype}, rotation {rotation.dtype}; convert one with .to(dtype)")


def _check_series(name: str, series: Tensor, tail: tuple[int, ...], fewest: int) -> None:
    """Shape, type and number of frames, and that every number is one."""
    time = series.ndim - len(tail) - 1
    if time < 0 or tuple(series.shape[time + 1 :]) != tail or not series.is_floating_point():
        expected = ", ".join(map(str, tail))
        raise ValueError(
            f"{name} is {series.dtype} of shape {tuple(series.shape)}, expected floats (..., T, {expected})"
        )
    if series.shape[time] < fewest:
        raise ValueError(
            f"{name} has {series.shape[time]} frames, at least {fewest} are needed: take a longer movement, a higher "
            "frame rate, or (for accelerations) a shorter half_window"
        )
    if not all_finite(series):
        raise ValueError(f"{name} is not finite {_where(~series.isfinite(), time)}; fill gaps before simulating")


def _where(bad: Tensor, time: int) -> str:
    """The place of the first True: its frame, and its place in the batch if there is one."""
    place = bad.flatten(time + 1).any(-1) if bad.ndim > time + 1 else bad
    *batch, frame = place.nonzero()[0].tolist()
    return f"at frame {frame}" + (f" of sensor {', '.join(map(str, batch))}" if batch else "")


def _check_position(position: Tensor, fps: float, half_window: float | None) -> None:
    _check_series("position", position, (3,), fewest=4 * look_ahead(fps, half_window))


def _check_metres(lin_acc_w: Float[Tensor, "3 *batch time"]) -> None:
    impossible = lin_acc_w.detach().abs().amax(0) > IMPOSSIBLE
    if bool(impossible.any()):
        raise ValueError(
            f"position accelerates by more than {IMPOSSIBLE:.0f} m/s^2 {_where(impossible, impossible.ndim - 1)}: "
            "convert millimetres to metres, or mend the jump in the track"
        )


def _check_rotation(rotation: Tensor, fps: float, fewest: int) -> None:
    check_rate(fps)
    _check_series("rotation", rotation, (3, 3), fewest)


def _check_orthonormal(R: Float[Tensor, "3 3 *batch time"]) -> None:
    """Columns x, y, z of length one with x cross y = z are a rotation."""
    x, y, z = R.detach().unbind(1)
    lengths = R.detach().square().sum(0) - 1
    crosses = torch.stack([x[i] * y[j] - x[j] * y[i] for i, j in _CYCLES]) - z
    wrong = torch.cat([lengths, crosses]).abs().amax(0) > ORTHONORMAL
    if bool(wrong.any()):
        place, first = _where(wrong, wrong.ndim - 1), R[..., wrong][..., 0]
        if bool((first.T @ first - torch.eye(3).to(first)).abs().max() < 4 * ORTHONORMAL):
            raise ValueError(f"rotation is a reflection (determinant -1) {place}: swap two axes, or turn one round")
        raise ValueError(
            f"rotation is not orthonormal {place}, where its columns have lengths "
            f"{', '.join(f'{length:.3g}' for length in first.norm(dim=0))}: take out the scale, or orthonormalise it"
        )
