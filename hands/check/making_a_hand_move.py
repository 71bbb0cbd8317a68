"""Checkers for the exercises of *Making a hand move*.

What is expected comes from the incomplete beta function, from turns written down in closed form, from scipy's rotations
and from its polynomials through derivatives, which share no code with the chapter.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.interpolate import BPoly
from scipy.spatial.transform import Rotation
from scipy.special import betainc
from torch import Tensor

from hands.check.verdict import Verdict, judge

FPS = 30.0


def stroke(answer: Callable[[Tensor, float, float, float, float], Any]) -> Verdict:
    """Times (T,), start, end, when it begins and how long it lasts (s) -> angles (T,) along a minimum-jerk stroke."""
    time = torch.linspace(0, 2, 41, dtype=torch.float64)
    cases = {
        "from 0 to 1 in the first second": (time[:21], 0.0, 1.0, 0.0, 1.0),
        "a finger that bends by 80 degrees, later": (time, 0.2, 1.6, 0.5, 0.7),
        "and one that opens": (time, 1.1, -0.3, 0.25, 1.5),
    }
    return judge(
        answer,
        {name: (case, _stroke(_least_jerk, *case)) for name, case in cases.items()},
        praise="right: at rest before, at rest after, and smooth in between",
        atol=1e-6,
        unit="radians",
        mistakes={
            "it runs on after its end, or before its beginning: keep the share within 0 and 1": _unclamped,
            "the share counts from when the stroke begins, (time - begins) / lasts": lambda t, a, b, begins, lasts: (
                _stroke(_least_jerk, t, a, b, 0.0, lasts)
            ),
            "that is a straight line; put the share into 10u³ - 15u⁴ + 6u⁵": lambda *case: _stroke(lambda u: u, *case),
            "3u² - 2u³ has acceleration at its ends; five powers are needed": lambda *case: _stroke(
                lambda u: u * u * (3 - 2 * u), *case
            ),
            "a cosine has acceleration at its ends": lambda *case: _stroke(
                lambda u: (1 - torch.cos(math.pi * u)) / 2, *case
            ),
            "that is how much of the way is done; scale it by end - start, and begin at start": lambda t, a, b, *when: (
                _stroke(_least_jerk, t, 0.0, 1.0, *when)
            ),
            "the way is end - start, but it begins at start": lambda t, a, b, *when: _stroke(
                _least_jerk, t, 0.0, b - a, *when
            ),
        },
    )


def continuous_quaternions(answer: Callable[[Tensor], Any]) -> Verdict:
    """Unit quaternions (T, 4), xyzw, of either sign -> the same rotations (T, 4) without jumps; the first is kept."""
    steady = _turning(torch.linspace(0.3, 2.5, 12, dtype=torch.float64))
    far = _turning(torch.linspace(0.3, 5 * math.pi, 60, dtype=torch.float64))
    signs = torch.randn(60, 1, generator=torch.Generator().manual_seed(3), dtype=torch.float64).sign()
    one = torch.ones(12, 1, dtype=torch.float64)
    one[5:] = -1
    shuffled = far * signs * signs[0]
    canonical = torch.where(far[:, 3:] < 0, -far, far)
    return judge(
        answer,
        {
            "one jump on the way": ((steady * one,), steady),
            "stored with w >= 0, turned round and round": ((canonical,), far),
            "signs at random": ((shuffled,), far),
        },
        praise="right: each one on the side of the one before it",
        atol=1e-9,
        mistakes={
            "w >= 0 throughout is what makes it jump at half a turn; look at the one before": lambda q: torch.where(
                q[:, 3:] < 0, -q, q
            ),
            "compare with the one before as it has become, not as it was": _flipped_once,
            "compare with the one before; the first is too far away after half a turn": lambda q: torch.where(
                (q * q[0]).sum(-1, keepdim=True) < 0, -q, q
            ),
            "nothing was flipped": lambda q: q,
        },
    )


def fastest_joint(answer: Callable[[Tensor, float], Any]) -> Verdict:
    """Poses hand_pose (T, 15, 3) and fps -> how fast the fastest joint turns from each frame to the next (T - 1,)."""
    cases = {
        "one knuckle that bends steadily": (_bending(), FPS),
        "fingers at random": (_random_pose(0.5), FPS),
        "the same at 120 frames a second": (_random_pose(0.5), 120.0),
        "a joint beyond half a turn, as some files have it": (_random_pose(2.4), FPS),
    }
    return judge(
        answer,
        {name: (case, _rates(*case).max(-1).values) for name, case in cases.items()},
        praise="right: the turn from frame to frame, as a turn, of the joint that turns most",
        atol=1e-5,
        unit="rad/s",
        mistakes={
            "a difference of axis-angle vectors is no turn; multiply rotations": lambda pose, fps: (
                pose.diff(dim=0).norm(dim=-1).max(-1).values * fps
            ),
            "that is per frame; multiply by the frames per second": lambda pose, fps: _rates(pose, 1.0).max(-1).values,
            "these are degrees per second": lambda pose, fps: torch.rad2deg(_rates(pose, fps).max(-1).values),
            "that is the average joint; the fastest was asked for": lambda pose, fps: _rates(pose, fps).mean(-1),
            "that is the sum over the joints; the fastest was asked for": lambda pose, fps: _rates(pose, fps).sum(-1),
        },
    )


def go_elsewhere(answer: Callable[[Tensor, float, float, float, float, float], Any]) -> Verdict:
    """Times (T,) from now on, place, speed and acceleration now, the new goal, seconds to get there -> places (T,)."""
    cases = {
        "from rest": (0.0, 0.0, 0.0, 1.0, 0.5),
        "in full flight": (0.4, 3.0, 0.0, 1.0, 0.5),
        "still speeding up, and the goal lies behind": (0.2, 1.0, 8.0, -0.5, 0.8),
    }
    return judge(
        answer,
        {name: ((_until(case[4]), *case), _hermite(_until(case[4]), *case)) for name, case in cases.items()},
        praise="right: no step in place, speed or acceleration, and at rest at the new goal",
        atol=1e-5,
        mistakes={
            "the hand is not at rest now; keep its speed and acceleration": lambda t, x, v, a, goal, lasts: _hermite(
                t, x, 0.0, 0.0, goal, lasts
            ),
            "its acceleration must go on without a step as well": lambda t, x, v, a, goal, lasts: _hermite(
                t, x, v, 0.0, goal, lasts
            ),
            "the coefficient of the square is half the acceleration": lambda t, x, v, a, goal, lasts: _hermite(
                t, x, v, 2 * a, goal, lasts
            ),
            "in shares of the time, speed is multiplied by lasts and acceleration by its square": (
                lambda t, x, v, a, goal, lasts: _hermite(t, x, v / lasts, a / lasts**2, goal, lasts)
            ),
        },
    )


def _least_jerk(share: Tensor) -> Tensor:
    """10u^3 - 15u^4 + 6u^5 is the integral of 30 u^2 (1 - u)^2: the regularised incomplete beta function."""
    return torch.from_numpy(betainc(3, 3, share.numpy()))


def _stroke(
    curve: Callable[[Tensor], Tensor], time: Tensor, start: float, end: float, begins: float, lasts: float
) -> Tensor:
    return start + (end - start) * curve(((time - begins) / lasts).clamp(0, 1))


def _unclamped(time: Tensor, start: float, end: float, begins: float, lasts: float) -> Tensor:
    u = (time - begins) / lasts
    return start + (end - start) * u**3 * (10 - 15 * u + 6 * u * u)


def _turning(angle: Tensor) -> Tensor:
    """Quaternions (T, 4), xyzw, of turns about an oblique axis; they go on smoothly beyond a whole turn."""
    axis = torch.tensor([2.0, -1.0, 2.0], dtype=torch.float64) / 3
    return torch.cat([(angle / 2).sin()[:, None] * axis, (angle / 2).cos()[:, None]], -1)


def _flipped_once(quaternions: Tensor) -> Tensor:
    """Each compared with the one before as it was stored."""
    towards = (quaternions[1:] * quaternions[:-1]).sum(-1, keepdim=True)
    return torch.cat([quaternions[:1], torch.where(towards < 0, -quaternions[1:], quaternions[1:])])


def _bending() -> Tensor:
    pose = torch.zeros(8, 15, 3, dtype=torch.float64)
    pose[:, 0, 2] = 0.1 * torch.arange(8)
    return pose


def _random_pose(size: float) -> Tensor:
    generator = torch.Generator().manual_seed(4)
    return size * torch.randn(9, 15, 3, generator=generator, dtype=torch.float64)


def _rates(hand_pose: Tensor, fps: float) -> Tensor:
    """By scipy, which sees nothing but one long list of rotations."""
    before, after = (Rotation.from_rotvec(part.reshape(-1, 3).numpy()) for part in (hand_pose[:-1], hand_pose[1:]))
    turned = (before.inv() * after).magnitude().reshape(-1, hand_pose.shape[1])
    return torch.from_numpy(turned) * fps


def _until(seconds: float) -> Tensor:
    return torch.linspace(0, seconds, 25, dtype=torch.float64)


def _hermite(time: Tensor, place: float, speed: float, acceleration: float, goal: float, lasts: float) -> Tensor:
    curve = BPoly.from_derivatives([0.0, lasts], [[place, speed, acceleration], [goal, 0.0, 0.0]])
    return torch.from_numpy(np.asarray(curve(time.numpy())))
