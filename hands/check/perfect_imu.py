"""Checkers for the exercises of *What a perfect IMU measures*.

What is expected comes from scipy's rotations, from differences of places along a movement written down in closed form,
and from the response to a wave, which share no code with the chapter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from hands.check.verdict import Verdict, judge
from hands.conventions import GRAVITY_W

G = -GRAVITY_W[2]
INSTANT = 1e-4
"""Seconds over which places are differenced twice."""


def force_at_rest(answer: Callable[[Tensor], Any]) -> Verdict:
    """R_ws (3, 3) of a sensor at rest -> what its accelerometer reads (3,), m/s^2."""
    cases = {
        "flat on the table": [0.0, 0.0, 0.0],
        "turned about two axes": [50.0, 0.0, 120.0],
        "on its side": [0.0, 90.0, 0.0],
        "upside down, more or less": [-150.0, 40.0, 70.0],
    }
    return judge(
        answer,
        {name: ((_rotmat(degrees),), _up_seen_from(degrees)) for name, degrees in cases.items()},
        praise="right: 9.81 times the world's up, as the sensor sees it",
        atol=1e-4,
        unit="m/s²",
        mistakes={
            "the sign is gravity's own; at rest the springs push up": lambda R: -G * R[2],
            "R takes sensor to world; the way into the sensor's axes is its transpose": lambda R: G * R[:, 2],
            "that is in the world's axes; turn it into the sensor's": lambda R: torch.tensor([0, 0, G]).to(R),
            "right direction, but in g; multiply by 9.81": lambda R: R[2],
            "a sensor at rest does not read zero: it is held up": lambda R: 0 * R[2],
        },
    )


def rate_between(answer: Callable[[Tensor, Tensor, float], Any]) -> Verdict:
    """R_ws before and after (3, 3), seconds between them -> angular rate (3,) in the sensor's axes, rad/s."""
    cases = {
        "a slow turn about one axis": ([30.0, 0.0, 50.0], [0.0, 0.0, 2.0], 0.05),
        "a fast turn about an oblique one": ([-60.0, 20.0, 110.0], [9.0, -14.0, 20.0], 0.05),
        "at rest": ([10.0, 20.0, 30.0], [0.0, 0.0, 0.0], 0.01),
    }
    return judge(
        answer,
        {name: _turning(*case) for name, case in cases.items()},
        praise="right: the turn that leads from the one to the other in the sensor's own frame, by its time",
        atol=1e-3,
        unit="rad/s",
        mistakes={
            "these are the world's axes; the sensor's own come from before.T @ after": lambda a, b, dt: (
                _log(b @ a.T) / dt
            ),
            "it turns the other way: before comes first, and is the one transposed": lambda a, b, dt: (
                _log(b.T @ a) / dt
            ),
            "these are the world's axes, and it turns the other way; take before.T @ after": lambda a, b, dt: (
                _log(a @ b.T) / dt
            ),
            "divide by the time, do not multiply": lambda a, b, dt: _log(a.T @ b) * dt,
            "this is the angle turned; divide by the time": lambda a, b, dt: _log(a.T @ b),
            "only dt lies between the two, not 2 dt": lambda a, b, dt: _log(a.T @ b) / (2 * dt),
            "these are degrees per second": lambda a, b, dt: torch.rad2deg(_log(a.T @ b)) / dt,
            "the difference of matrices is always low, the more the faster the turn; take the logarithm": _by_matrices,
            "a difference of axis-angle vectors is no turn; multiply the matrices, then take the logarithm": (
                lambda a, b, dt: (_log(b) - _log(a)) / dt
            ),
        },
    )


def force_at_tip(answer: Callable[[Tensor, Tensor, Tensor, Tensor], Any]) -> Verdict:
    """acc_s, gyro_s, its derivative and a lever, (3,) each -> specific force (3,) at the lever's end, same axes."""
    acc = torch.tensor([1.2, -9.1, 4.0], dtype=torch.float64)
    rate, speeding = torch.tensor([[2.0, -1.0, 5.0], [30.0, 10.0, -40.0]], dtype=torch.float64)
    lever, still = torch.tensor([0.02, 0.17, -0.01], dtype=torch.float64), torch.zeros(3, dtype=torch.float64)
    cases = {
        "at rest": (acc, still, still, lever),
        "turning steadily": (acc, rate, still, lever),
        "setting out to turn": (acc, still, speeding, lever),
        "both": (acc, rate, speeding, lever),
    }
    return judge(
        answer,
        {name: (case, acc + _carried(*case[1:])) for name, case in cases.items()},
        praise="right: what the palm feels, and two terms of the lever",
        atol=1e-3,
        unit="m/s²",
        mistakes={
            "a cross product is the wrong way round: the rate comes first, the lever last": lambda f, w, dw, r: (
                f + _cross(r, dw) + _cross(w, _cross(w, r))
            ),
            "the circle's term points outwards; a circle is kept by pulling inwards": lambda f, w, dw, r: (
                f + _cross(dw, r) - _cross(w, _cross(w, r))
            ),
            "w^2 r holds only for a lever at right angles to the axis; w x (w x r) takes that part": (
                lambda f, w, dw, r: f + _cross(dw, r) - (w @ w) * r
            ),
            "w^2 r points outwards, and holds only for a lever at right angles to the axis; take w x (w x r)": (
                lambda f, w, dw, r: f + _cross(dw, r) + (w @ w) * r
            ),
            "gravity is in acc_s already; do not take it away again": lambda f, w, dw, r: (
                f + _cross(dw, r) + _cross(w, _cross(w, r)) - torch.tensor([0, 0, G]).to(f)
            ),
            "the term of a changing rate is missing": lambda f, w, dw, r: f + _cross(w, _cross(w, r)),
            "the circle's term is missing, or zero, as (w x w) x r is; it is w x (w x r)": lambda f, w, dw, r: (
                f + _cross(dw, r)
            ),
            "what the palm feels is missing": lambda f, w, dw, r: _cross(dw, r) + _cross(w, _cross(w, r)),
            "gravity is in acc_s already; do not add it again": lambda f, w, dw, r: (
                f + _cross(dw, r) + _cross(w, _cross(w, r)) + torch.tensor([0, 0, G]).to(f)
            ),
        },
    )


def half_window_frames(answer: Callable[[float, float, float], Any]) -> Verdict:
    """fps, a frequency in Hz, the share to keep at it -> the largest n up to which all keep it, or 1."""
    cases = {
        "120 fps, nine tenths at 5 Hz": (120.0, 5.0, 0.9),
        "60 fps, a half at 8 Hz": (60.0, 8.0, 0.5),
        "240 fps, 99 % at 2 Hz": (240.0, 2.0, 0.99),
        "30 fps, which is too slow for 12 Hz": (30.0, 12.0, 0.9),
    }
    return judge(
        answer,
        {name: (case, _frames(*case, _response)) for name, case in cases.items()},
        praise="right: as long as the motion allows, so as quiet as can be",
        atol=1e-6,
        unit="frames",
        mistakes={
            "the response is the square of sinc": lambda fps, f, kept: _frames(fps, f, kept, np.sinc),
            "numpy's sinc has the pi inside already": lambda fps, f, kept: _frames(
                fps, f, kept, lambda x: np.sinc(math.pi * x) ** 2
            ),
            "sinc has a pi inside: sin(pi x) / (pi x)": lambda fps, f, kept: _frames(
                fps, f, kept, lambda x: (math.sin(x) / x) ** 2
            ),
            "that is the book's own 1/30 s, whatever is to be kept": lambda fps, f, kept: max(1, round(fps / 30)),
            "that is one too many: the first n that loses too much": lambda fps, f, kept: (
                _frames(fps, f, kept, _response) + 1
            ),
            "n is never less than 1": lambda fps, f, kept: _frames(fps, f, kept, _response, fewest=0),
            "that is the window in seconds; n counts frames": lambda fps, f, kept: (
                _frames(fps, f, kept, _response) / fps
            ),
        },
    )


def which_way_is_up(answer: Callable[[Tensor, Tensor, float], Any]) -> Verdict:
    """Signals acc and gyro (T, 3), fps -> up (3,), of length 1, in the sensor's axes at the first frame."""
    cases = {
        "lying still": ([30.0, -50.0, 10.0], 0.0, 0.0),
        "shaken, but not turned": ([30.0, -50.0, 10.0], 0.0, 0.05),
        "shaken and turned": ([70.0, 20.0, -40.0], 70.0, 0.05),
        "shaken hard and turned far": ([-100.0, 40.0, 160.0], 120.0, 0.12),
    }
    return judge(
        answer,
        {name: (_shaken(*case), _up_seen_from(case[0]) / G) for name, case in cases.items()},
        praise="right: turned back into one frame, what is not gravity averages out",
        atol=0.02,
        mistakes={
            "that is one moment, in which the hand also accelerates; average": lambda acc, gyro, fps: _unit(acc[0]),
            "each reading is in other axes; turn them all into the first frame's before averaging": (
                lambda acc, gyro, fps: _unit(acc.mean(0))
            ),
            "turned the wrong way: the integrated rotations take each frame to the first": lambda acc, gyro, fps: _unit(
                _in_first(acc, gyro, fps, back=True).mean(0)
            ),
            "that is down": lambda acc, gyro, fps: -_unit(_in_first(acc, gyro, fps).mean(0)),
            "right direction; make its length 1": lambda acc, gyro, fps: _in_first(acc, gyro, fps).mean(0),
            "right, but the length should be 1, not the number of frames": lambda acc, gyro, fps: _in_first(
                acc, gyro, fps
            ).sum(0),
        },
    )


def _rotmat(degrees: list[float]) -> Tensor:
    return torch.from_numpy(Rotation.from_rotvec(degrees, degrees=True).as_matrix())


def _up_seen_from(degrees: list[float]) -> Tensor:
    return torch.from_numpy(Rotation.from_rotvec(degrees, degrees=True).inv().apply([0.0, 0.0, G]))


def _turning(start: list[float], rate: list[float], dt: float) -> tuple[tuple[Tensor, Tensor, float], Tensor]:
    before = Rotation.from_rotvec(start, degrees=True)
    after = before * Rotation.from_rotvec(dt * np.array(rate))
    matrices = torch.from_numpy(np.stack([before.as_matrix(), after.as_matrix()]))
    return (matrices[0], matrices[1], dt), torch.tensor(rate, dtype=torch.float64)


def _log(R: Tensor) -> Tensor:
    return torch.from_numpy(Rotation.from_matrix(R.numpy()).as_rotvec())


def _by_matrices(before: Tensor, after: Tensor, dt: float) -> Tensor:
    R = before.T @ after
    S = (R - R.T) / (2 * dt)
    return torch.stack([S[2, 1], S[0, 2], S[1, 0]])


def _cross(a: Tensor, b: Tensor) -> Tensor:
    return torch.linalg.cross(a, b)


def _carried(rate: Tensor, speeding: Tensor, lever: Tensor) -> Tensor:
    """Acceleration of the lever's end, in the axes at the middle frame: a second difference of its places."""
    times = INSTANT * np.array([[-1.0], [0.0], [1.0]])
    turns = Rotation.from_rotvec(times * rate.numpy() + times**2 / 2 * speeding.numpy())
    before, now, after = turns.apply(lever.numpy())
    return torch.from_numpy((before - 2 * now + after) / INSTANT**2)


def _response(x: float) -> float:
    """Of the second difference to a wave of which x periods pass in the half-window: (2 - 2 cos) / angle^2."""
    angle = 2 * math.pi * x
    return (2 - 2 * math.cos(angle)) / angle**2


def _frames(fps: float, frequency: float, kept: float, response: Callable[[float], float], fewest: int = 1) -> int:
    n = 0
    while response(frequency * (n + 1) / fps) >= kept:
        n += 1
    return max(fewest, n)


def _shaken(
    start: list[float], turn: float, far: float, fps: float = 120.0, seconds: float = 3.0
) -> tuple[Tensor, Tensor, float]:
    """acc, gyro and fps over whole periods: places (metres) and turns (degrees) swing to and fro."""
    t = np.arange(round(fps * seconds)) / fps
    first = Rotation.from_rotvec(start, degrees=True)

    def turned(t: np.ndarray) -> Rotation:
        swing = np.stack([np.sin(2 * np.pi * t), np.sin(2 * np.pi * t / 3), np.sin(4 * np.pi * t / 3)], -1)
        return first * Rotation.from_rotvec(turn * swing, degrees=True)

    gyro = (turned(t - INSTANT).inv() * turned(t + INSTANT)).as_rotvec() / (2 * INSTANT)
    w = 2 * np.pi * np.array([2.0, 1.0, 4 / 3])
    lin_acc_w = -far * w**2 * np.sin(w * t[:, None] + np.array([0.5, 1.0, 2.0]))
    acc = turned(t).inv().apply(lin_acc_w - np.array(GRAVITY_W))
    return torch.from_numpy(acc), torch.from_numpy(gyro), fps


def _in_first(acc: Tensor, gyro: Tensor, fps: float, *, back: bool = False) -> Tensor:
    """Every acc in the axes of the first frame; `back` turns it the wrong way."""
    R, turned = Rotation.identity(), [acc[0].numpy()]
    for rate, force in zip((gyro[:-1] + gyro[1:]) / 2, acc[1:], strict=True):
        R = R * Rotation.from_rotvec(rate.numpy() / fps)
        turned.append((R.inv() if back else R).apply(force.numpy()))
    return torch.from_numpy(np.stack(turned))


def _unit(vector: Tensor) -> Tensor:
    return vector / vector.norm()
