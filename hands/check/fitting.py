"""Checkers for the exercises of *Fitting a hand to points*.

What is expected comes from the library's tables, scipy, differences of posed hands and stacked least squares, which
share no code with the chapter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from hands import mano
from hands.check.verdict import Verdict, judge
from hands.conventions import JOINT_NAMES, KEYPOINT_NAMES, PARENTS
from hands.mano import anatomy, gestures
from hands.mano.keypoint_orders import KEYPOINT_ORDERS

HUNDREDTH_OF_A_MM = 1e-5
SMALL_TURN = 1e-5
"""Radians: half of the turn over which a posed hand's points are differenced."""


def tracker_to_keypoints(answer: Callable[[Tensor], Any]) -> Verdict:
    """InterHand2.6M's 21 points of one hand (*batch, 21, 3) in mm -> our keypoints (*batch, 21, 3) in metres."""
    frame = _keypoints("point")
    recording = torch.stack([_keypoints(name) for name in ("fist", "spread")])
    return judge(
        answer,
        {
            "one frame": ((_as_interhand(frame),), frame),
            "a recording of two frames": ((_as_interhand(recording),), recording),
        },
        praise="right: wrist first, every finger from its knuckle to its tip, in metres",
        atol=HUNDREDTH_OF_A_MM,
        unit="m",
        mistakes={
            "these are millimetres; divide by 1000": lambda points: 1000 * _from_interhand(points),
            "each finger still runs from its tip to its knuckle; ours end with the tip": _tips_first,
            "the wrist is still last; ours is the first": lambda points: _from_interhand(points).roll(-1, -2),
            "everything was turned round, and the fingers now run from pinky to thumb; turn each finger by itself": (
                lambda points: points.flip(-2) / 1000
            ),
            "nothing was rearranged yet, only the unit": lambda points: points / 1000,
        },
    )


def rigid_alignment(answer: Callable[[Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Template (N, 3), points (N, 3) in metres, weights (N,) -> the template laid onto the points, (N, 3)."""
    palm = _keypoints("flat")[[0, 5, 9, 13, 17]]
    placed = palm @ _rotmat([150.0, -40.0, 70.0]).mT + torch.tensor([0.3, -0.1, 0.5])
    generator = torch.Generator().manual_seed(1)
    noisy = placed + 0.004 * torch.randn(5, 3, generator=generator, dtype=torch.float64)
    lost = placed.clone()
    lost[2] = 7.0  # somewhere: it was not seen
    other_hand = _keypoints("relaxed") * torch.tensor([-1.0, 1.0, 1.0])
    ones, four = torch.ones(5, dtype=torch.float64), torch.tensor([1.0, 1, 0, 1, 1], dtype=torch.float64)
    trusted = torch.tensor([9.0, 1, 1, 4, 1], dtype=torch.float64)
    cases = {
        "a palm, turned and moved": (palm, placed, ones),
        "a palm with a lost point, whose weight is 0": (palm, lost, four),
        "a noisy palm whose points are trusted unequally": (palm, noisy, trusted),
        "the other hand, which no rotation reaches (mind the determinant)": (
            _keypoints("relaxed"),
            other_hand,
            torch.ones(21, dtype=torch.float64),
        ),
    }
    return judge(
        answer,
        {name: (case, _aligned(*case)) for name, case in cases.items()},
        praise="right: the nearest turn and shift, by the points that count, and never a mirror image",
        atol=HUNDREDTH_OF_A_MM,
        unit="m",
        mistakes={
            "that is a mirror image (determinant -1): flip the sign of the last singular direction": _mirrored,
            "the rotation went the other way round; transpose it": _turned_back,
            "the weights are not used; a point of weight 0 must not count": _unweighted,
            "the two centres must be weighted means, divided by the sum of the weights": _unweighted_centres,
            "the template was shifted, not turned": _only_shifted,
            "the turned template still has its centre at the origin; add the points' centre": _still_centred,
        },
    )


def hinge_column(answer: Callable[[Tensor, Tensor, Tensor, Tensor], Any]) -> Verdict:
    """Keypoints (21, 3), hinge axis (3,) of length one, a point on it (3,), moves (21,) bool -> column (21, 3)."""
    cases = {
        "flexion of the index knuckle in a relaxed hand": ("relaxed", 0, 0),
        "abduction of the pinky's knuckle in a fist": ("fist", 6, 1),
        "flexion of the thumb's last joint": ("spread", 14, 0),
    }
    return judge(
        answer,
        {name: _hinge_case(*case) for name, case in cases.items()},
        praise="right: u x (q - c) where the hinge moves a point, zero where it does not",
        atol=HUNDREDTH_OF_A_MM,
        unit="m per radian",
        mistakes={
            "the sign is reversed: the axis comes first, u x (q - c)": lambda *case: -_column(*case),
            "points that do not hang on the hinge moved as well; they stay": lambda q, axis, centre, moves: _column(
                q, axis, centre, torch.ones_like(moves)
            ),
            "that turns about the origin; the lever begins at the hinge, q - c": lambda q, axis, centre, moves: _column(
                q, axis, torch.zeros_like(centre), moves
            ),
            "those are the levers; cross the axis with them": lambda q, axis, centre, moves: (
                moves[:, None] * (q - centre)
            ),
        },
    )


def most_probable_step(answer: Callable[..., Any]) -> Verdict:
    """J (M, N), r (M,), noise, angles (N,), mean (N,), sd (N,) -> the step (N,) to the most probable angles.

    It minimises |r + J step|^2 / noise^2 + |(angles + step - mean) / sd|^2.
    """
    generator = torch.Generator().manual_seed(2)
    J = torch.randn(9, 4, generator=generator, dtype=torch.float64) / 10
    J[:, 3] = 0  # an angle that no point sees
    r = torch.randn(9, generator=generator, dtype=torch.float64) / 100
    angles, mean, sd = torch.tensor(
        [[0.1, -0.3, 0.5, 0.4], [0.0, 0.2, 0.4, -0.1], [0.2, 0.1, 0.4, 0.3]], dtype=torch.float64
    )
    cases = {
        "nine numbers and four angles, one of them unseen": (J, r, 0.004, angles, mean, sd),
        "the same points, ten times noisier": (J, r, 0.04, angles, mean, sd),
        "points that see nothing": (torch.zeros_like(J), r, 0.004, angles, mean, sd),
    }
    return judge(
        answer,
        {name: (case, _stacked_step(*case)) for name, case in cases.items()},
        praise="right: the points decide where they see, the prior where they do not",
        atol=1e-6,
        unit="radians",
        mistakes={
            "the step goes uphill; the right-hand side has a minus": lambda *case: -_step(*case),
            "the prior is in the matrix alone; its pull (angles - mean) / sd² belongs on the right-hand side": (
                lambda J, r, noise, angles, mean, sd: _step(J, r, noise, mean, mean, sd)
            ),
            "the prior pushes away from the mean; its pull is (angles - mean) / sd²": (
                lambda J, r, noise, angles, mean, sd: _step(J, r, noise, 2 * mean - angles, mean, sd)
            ),
            "the noise is not used; divide J and r by it": lambda J, r, noise, *prior: _step(J, r, 1.0, *prior),
            "divide by the square of the noise": lambda J, r, noise, *prior: _step(J, r, noise**0.5, *prior),
            "divide by the square of sd": lambda J, r, noise, angles, mean, sd: _step(
                J, r, noise, angles, mean, sd.sqrt()
            ),
            "these are the new angles; return the step alone": lambda *case: case[3] + _step(*case),
        },
    )


def _keypoints(name: str) -> Tensor:
    """Of the default right hand in a key pose, wrist not turned, metres."""
    hand = mano.load(dtype=torch.float64)
    return hand.keypoints(hand_pose=gestures.key_pose(name, hand.data, torch.float64)[1:])


def _as_interhand(keypoints: Tensor) -> Tensor:
    order = KEYPOINT_ORDERS["interhand"]
    return keypoints[..., order.ours, :] / order.metres


def _from_interhand(points: Tensor) -> Tensor:
    order = KEYPOINT_ORDERS["interhand"]
    return order.metres * points[..., [order.ours.index(k) for k in range(len(KEYPOINT_NAMES))], :]


def _tips_first(points: Tensor) -> Tensor:
    return torch.cat([points[..., -1:, :], points[..., :-1, :]], -2) / 1000


def _aligned(template: Tensor, points: Tensor, weights: Tensor) -> Tensor:
    """The rotation by scipy."""
    centres = [_centre(x, weights) for x in (template, points)]
    rotation, _ = Rotation.align_vectors(
        (points - centres[1]).numpy(), (template - centres[0]).numpy(), weights.numpy()
    )
    return (template - centres[0]) @ torch.from_numpy(rotation.as_matrix()).mT + centres[1]


def _centre(points: Tensor, weights: Tensor) -> Tensor:
    return (weights[:, None] * points).sum(0) / weights.sum()


def _laid(template: Tensor, points: Tensor, weights: Tensor, centres: Tensor, *, mirror: bool = False) -> Tensor:
    """Kabsch's way, with the mistakes that it invites: `centres` weigh the two means."""
    a, b = _centre(template, centres), _centre(points, centres)
    U, _, Vh = torch.linalg.svd((template - a).mT @ (weights[:, None] * (points - b)))
    signs = torch.ones(3, dtype=template.dtype)
    signs[2] = 1.0 if mirror else (U @ Vh).det().sign()
    return (template - a) @ (U * signs @ Vh) + b


def _mirrored(template: Tensor, points: Tensor, weights: Tensor) -> Tensor:
    return _laid(template, points, weights, weights, mirror=True)


def _unweighted(template: Tensor, points: Tensor, weights: Tensor) -> Tensor:
    return _laid(template, points, torch.ones_like(weights), torch.ones_like(weights))


def _unweighted_centres(template: Tensor, points: Tensor, weights: Tensor) -> Tensor:
    return _laid(template, points, weights, torch.ones_like(weights))


def _turned_back(template: Tensor, points: Tensor, weights: Tensor) -> Tensor:
    a, b = _centre(template, weights), _centre(points, weights)
    rotation, _ = Rotation.align_vectors((points - b).numpy(), (template - a).numpy(), weights.numpy())
    return (template - a) @ torch.from_numpy(rotation.as_matrix()) + b


def _only_shifted(template: Tensor, points: Tensor, weights: Tensor) -> Tensor:
    return template - _centre(template, weights) + _centre(points, weights)


def _still_centred(template: Tensor, points: Tensor, weights: Tensor) -> Tensor:
    return _aligned(template, points, weights) - _centre(points, weights)


def _rotmat(degrees: list[float]) -> Tensor:
    return torch.from_numpy(Rotation.from_rotvec(degrees, degrees=True).as_matrix())


def _hinge_case(pose: str, joint: int, angle: int) -> tuple[tuple[Tensor, ...], Tensor]:
    """The arguments, and the column as the difference of two posed hands; angle 0 is flexion, 1 abduction."""
    hand = mano.load(dtype=torch.float64)
    axes, angles = anatomy.joint_axes(hand.data), torch.deg2rad(gestures.key_angles(pose))
    turn = torch.zeros_like(angles)
    turn[joint, angle] = SMALL_TURN
    behind, ahead = (
        hand.keypoints(hand_pose=anatomy.angles_to_hand_pose(axes, angles + sign * turn)) for sign in (-1, 1)
    )
    column = (ahead - behind) / (2 * SMALL_TURN)
    keypoints = _keypoints(pose)
    centre = keypoints[KEYPOINT_NAMES.index(JOINT_NAMES[joint + 1])]
    moves = column.norm(dim=-1) > 1e-9
    return (keypoints, _hinge_axis(hand, axes, angles, joint, angle), centre, moves), column


def _hinge_axis(hand: mano.Hand, axes: Tensor, angles: Tensor, joint: int, angle: int) -> Tensor:
    """The axis as the posed hand carries it: by its parents, and by those of its joint's angles that come before."""
    local = mano.axis_angle_to_rotmat(anatomy.angles_to_hand_pose(axes, angles))
    rotmat = torch.cat([torch.eye(3, dtype=local.dtype)[None], local])
    parent = mano.forward_kinematics(rotmat, hand().joints)[0][PARENTS[joint + 1]]
    before = torch.where(torch.arange(3) < angle, angles[joint], 0.0)
    carried = mano.axis_angle_to_rotmat(anatomy.angles_to_hand_pose(axes[joint : joint + 1], before[None]))[0]
    axis: Tensor = parent @ carried @ axes[joint, angle]
    return axis


def _column(keypoints: Tensor, axis: Tensor, centre: Tensor, moves: Tensor) -> Tensor:
    return moves[:, None] * torch.linalg.cross(axis.expand_as(keypoints), keypoints - centre)


def _stacked_step(J: Tensor, r: Tensor, noise: float, angles: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """By least squares of the stacked residuals, which needs no normal equations."""
    stacked = torch.cat([J / noise, torch.diag(1 / sd)])
    step: Tensor = torch.linalg.lstsq(stacked, -torch.cat([r / noise, (angles - mean) / sd])[:, None]).solution[:, 0]
    return step


def _step(J: Tensor, r: Tensor, noise: float, angles: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    precision = sd**-2
    step: Tensor = -torch.linalg.solve(
        J.mT @ J / noise**2 + precision.diag(), J.mT @ r / noise**2 + precision * (angles - mean)
    )
    return step
