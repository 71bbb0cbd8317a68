"""Checkers for the exercises of *Seeing hands*.

What is expected comes from how the cases are made: points are put on rays that are built from angles, cuttings of a
picture are checked by where a point lands, hands are moved before they are projected.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from hands.check.verdict import Verdict, judge

Array = npt.NDArray[np.float64]


def cropped_camera(answer: Callable[..., Any]) -> Verdict:
    """focal, cx, cy, left, top, side, size, all in pixels -> focal, cx, cy of the new picture."""
    cases = {
        "the upper left quarter, enlarged": (500.0, 64.0, 64.0, 0.0, 0.0, 64.0, 128.0),
        "a cutting beside the middle, as large as it was": (500.0, 320.0, 240.0, 400.0, 100.0, 128.0, 128.0),
        "a hand in a large picture, made small": (1400.0, 955.0, 542.0, 610.0, 300.0, 400.0, 128.0),
    }
    return judge(
        answer,
        {name: (case, _cut(*case)) for name, case in cases.items()},
        praise="right: first the corner moves, then everything grows",
        atol=1e-6,
        unit="px",
        mistakes={
            "the focal length is a length in pixels too; it grows with them": lambda f, cx, cy, left, top, side, size: (
                np.array([f, (cx - left) * size / side, (cy - top) * size / side])
            ),
            "enlarged by size / side, not by side / size": lambda f, cx, cy, left, top, side, size: (
                np.array([f, cx - left, cy - top]) * side / size
            ),
            "the corner is cut off first, in pixels of the old picture; then all grows": (
                lambda f, cx, cy, left, top, side, size: np.array([f, cx, cy]) * size / side - np.array([0, left, top])
            ),
            "the new picture begins at (left, top): subtract them": lambda f, cx, cy, left, top, side, size: (
                np.array([f, cx + left, cy + top]) * np.array(size / side)
            ),
            "the middle of the new picture is not where the camera's axis meets it": (
                lambda f, cx, cy, left, top, side, size: np.array([f * size / side, size / 2, size / 2])
            ),
            "the corner has moved: subtract left and top": lambda f, cx, cy, left, top, side, size: (
                np.array([f, cx, cy]) * size / side
            ),
        },
    )


def from_range(answer: Callable[..., Any]) -> Verdict:
    """Pixels (N, 2), lengths of rays (N,) in metres, focal and centre (2,) in pixels -> points (N, 3), metres."""
    cases = {
        "straight ahead": ([0.0], [0.0], [0.5]),
        "at the edge of a wide picture": ([0.5, -0.5], [0.3, 0.4], [0.4, 0.6]),
        "all over the picture": ([0.1, -0.3, 0.2, -0.05], [-0.2, 0.1, 0.3, -0.4], [0.5, 0.7, 0.35, 1.0]),
    }
    return judge(
        answer,
        {name: _rays(*case) for name, case in cases.items()},
        praise="right: the ray's direction has length 1 before it is multiplied",
        atol=1e-6,
        unit="m",
        mistakes={
            "that takes the distance for Z; the ray (x, y, 1) is longer than 1, divide by its length": (
                lambda p, d, f, c: _rayed((p - c) / f, d, unit=False)
            ),
            "subtract the centre: the axis does not meet the picture at its corner": (
                lambda p, d, f, c: _rayed(p / f, d)
            ),
            "divide by the focal length, do not multiply": lambda p, d, f, c: _rayed((p - c) * f, d),
            "the focal length is missing: pixels are not metres": lambda p, d, f, c: _rayed(p - c, d),
            "first subtract the centre, then divide": lambda p, d, f, c: _rayed(p / f - c, d),
        },
    )


def far_enough(answer: Callable[..., Any]) -> Verdict:
    """Points (N, 3) about a hand's middle, pixels for a metre there, tolerance in pixels -> distance, metres."""
    rng = np.random.default_rng(0)
    hand = rng.uniform(-1, 1, (21, 3)) * [0.06, 0.09, 0.05]
    cases = {
        "one point in front, to the side": (np.array([[0.05, 0.0, -0.04]]), 600.0, 1.0),
        "one point behind, to the side": (np.array([[0.03, 0.04, 0.06]]), 600.0, 2.0),
        "far off the axis at no depth, and deep on the axis": (
            np.array([[0.1, 0.0, 0.0], [0.0, 0.0, 0.1], [0.02, 0.03, 0.02]]),
            800.0,
            0.5,
        ),
        "a whole hand": (hand, 600.0, 1.0),
    }
    return judge(
        answer,
        {name: (case, _nearest(*case)) for name, case in cases.items()},
        praise="right: far off the axis and deep at once is what counts",
        atol=1e-3,
        unit="m",
        mistakes={
            "the point is at distance + z, not at the distance: take z away in the end": lambda p, s, t: (
                _errors(p, s) / t
            ).max(),
            "z behind the middle makes the point farther, and the error smaller: minus z, not plus": lambda p, s, t: (
                _errors(p, s) / t + p[:, 2]
            ).max(),
            "one point must be off the axis and deep; the largest of each belong to different points": lambda p, s, t: (
                s * np.hypot(p[:, 0], p[:, 1]).max() * np.abs(p[:, 2]).max() / t - p[:, 2].min()
            ),
            "only the worst point counts, not the mean": lambda p, s, t: (_errors(p, s) / t - p[:, 2]).mean(),
            "points in front of the middle count too: take the absolute value of z": lambda p, s, t: (
                s * np.hypot(p[:, 0], p[:, 1]) * p[:, 2] / t - p[:, 2]
            ).max(),
            "how far off the axis is the root of x² + y²": lambda p, s, t: (
                s * (np.abs(p[:, 0]) + np.abs(p[:, 1])) * np.abs(p[:, 2]) / t - p[:, 2]
            ).max(),
        },
    )


def keypoints_seen(answer: Callable[..., Any]) -> Verdict:
    """Points (N, 3), depth (size, size), focal, centre (2,), flesh in metres -> whether each is seen (N,)."""
    focal, centre, flesh = 40.0, np.array([8.0, 8.0]), 0.02
    wall = np.zeros((16, 16))
    wall[2:6, 9:14] = 0.5  # rows, columns: high, and to the right
    slope = wall * (1 + np.linspace(0, 0.4, 16))
    at = [(10.5, 3.5, 0.51), (10.5, 3.5, 0.56), (3.5, 10.5, 0.51), (1.2, 1.2, 0.4), (13.8, 5.9, 0.515)]
    edge = [(9.05, 2.1, 0.505), (8.9, 2.1, 0.505), (13.5, 3.5, 0.69), (30.0, 3.5, 0.5), (-2.0, 3.5, 0.5)]
    cases = {
        "a wall, and points at and behind it": (_placed(at, focal, centre), wall, focal, centre, flesh),
        "edges, a slope, and points outside": (_placed(edge, focal, centre), slope, focal, centre, flesh),
    }
    return judge(
        answer,
        {name: (case, _seen(*case)) for name, case in cases.items()},
        praise="right: in the picture, on the hand, and just under the skin",
        atol=1e-6,
        mistakes={
            "the array's row is v and its column u: depth[v, u]": lambda *case: _seen(*case, swapped=True),
            "where the depth is 0 there is no hand, so nothing is seen": lambda *case: _seen(*case, empty=True),
            "a pixel reaches from its number to the next: take the floor, do not round": lambda *case: _seen(
                *case, whole=np.round
            ),
            "those are the hidden ones": lambda *case: ~_seen(*case),
            "keypoints are inside the hand, up to `flesh` behind the skin": lambda points, depth, f, c, flesh: _seen(
                points, depth, f, c, 0.0
            ),
            "points far behind the skin are hidden: it is the keypoint's depth minus the skin's that must be small": (
                lambda points, depth, f, c, flesh: _seen(points, depth, f, c, np.inf)
            ),
            "a point behind the skin has the larger depth: take the skin's from the point's": (
                lambda points, depth, f, c, flesh: _seen(points, depth, f, c, np.inf, empty=True)
            ),
        },
    )


def where_is_the_hand(answer: Callable[..., Any]) -> Verdict:
    """Points (N, 3) from the wrist, their pixels (N, 2), focal, centre (2,) -> the wrist's place (3,), metres."""
    rng = np.random.default_rng(1)
    points = np.concatenate([np.zeros((1, 3)), rng.uniform(-1, 1, (20, 3)) * [0.05, 0.09, 0.06]])
    centre = np.array([70.0, 60.0])
    cases = {
        "near, and to the side": (points, np.array([0.08, -0.05, 0.3])),
        "in the middle of the picture": (points, np.array([0.0, 0.0, 0.6])),
        "twice as large, twice as far": (2 * points, np.array([0.16, -0.1, 0.6])),
    }
    return judge(
        answer,
        {name: _projected(case[0], case[1], 400.0, centre) for name, case in cases.items()},
        praise="right: and were the hand twice as large, it would stand twice as far",
        atol=1e-4,
        unit="m",
        mistakes={
            "weak perspective is not exact here: each point has a depth of its own": _weakly,
            "subtract the centre of the picture first": lambda p, pixels, f, c: _solved(p, pixels, f, 0 * c),
            "a sign: x + tx = flat (z + tz) has -flat tz on the left": lambda p, pixels, f, c: (
                _solved(p, pixels, f, c) * [1, 1, -1]
            ),
            "you have moved the camera, not the hand: the sign is the other one": lambda p, pixels, f, c: (
                -_solved(p, pixels, f, c)
            ),
        },
    )


def _cut(
    focal: float, cx: float, cy: float, left: float, top: float, side: float, size: float
) -> npt.NDArray[np.float64]:
    """Found from where points land: the axis itself, and one a quarter of a radian beside it."""
    start = np.array([(cx - left) / side, (cy - top) / side]) * size
    beside = (cx + focal * math.tan(0.25) - left) / side * size
    return np.array([(beside - start[0]) / math.tan(0.25), *start])


def _rays(right: list[float], down: list[float], far: list[float]) -> tuple[tuple[Array, Array, float, Array], Array]:
    """Points at given distances, in directions by two angles: right of straight ahead, and then down."""
    focal, centre = 300.0, np.array([130.0, 90.0])
    a, b, distance = np.array(right), np.array(down), np.array(far)
    points = distance[:, None] * np.stack([np.sin(a) * np.cos(b), np.sin(b), np.cos(a) * np.cos(b)], 1)
    pixels = np.stack([np.tan(a), np.tan(b) / np.cos(a)], 1) * focal + centre
    return (pixels, distance, focal, centre), points


def _rayed(flat: Array, distance: Array, *, unit: bool = True) -> Array:
    ray = np.concatenate([flat, np.ones((len(flat), 1))], 1)
    return np.asarray(distance[:, None] * (ray / np.linalg.norm(ray, axis=1, keepdims=True) if unit else ray))


def _errors(points: Array, scale: float) -> Array:
    return np.asarray(scale * np.hypot(points[:, 0], points[:, 1]) * np.abs(points[:, 2]))


def _nearest(points: Array, scale: float, tolerance: float) -> float:
    """By halving: the error falls with the distance."""

    def off(distance: float) -> float:
        exact = scale * distance * points[:, :2] / (distance + points[:, 2:])
        return float(np.linalg.norm(exact - scale * points[:, :2], axis=1).max())

    near, far = -float(points[:, 2].min()) + 1e-9, 1e4
    for _ in range(200):
        middle = (near + far) / 2
        near, far = (middle, far) if off(middle) > tolerance else (near, middle)
    return far


def _placed(at: list[tuple[float, float, float]], focal: float, centre: Array) -> Array:
    """Points of given pixels and depths."""
    u, v, z = np.array(at).T
    return np.stack([(u - centre[0]) * z / focal, (v - centre[1]) * z / focal, z], 1)


def _seen(
    points: Array,
    depth: Array,
    focal: float,
    centre: Array,
    flesh: float,
    *,
    swapped: bool = False,
    empty: bool = False,
    whole: Callable[[float], Any] = math.floor,
) -> npt.NDArray[np.bool_]:
    """One point after the other; the flags make mistakes."""
    found = []
    for x, y, z in points:
        u, v = (int(whole(focal * a / z + c)) for a, c in ((x, centre[0]), (y, centre[1])))
        if not (0 <= u < len(depth) and 0 <= v < len(depth)):
            found.append(False)
            continue
        skin = depth[u, v] if swapped else depth[v, u]
        found.append(bool(z - skin <= flesh and skin > 0) or (empty and skin == 0))
    return np.array(found)


def _projected(
    points: Array, wrist: Array, focal: float, centre: Array
) -> tuple[tuple[Array, Array, float, Array], Array]:
    placed = points + wrist
    return (points, focal * placed[:, :2] / placed[:, 2:] + centre, focal, centre), wrist


def _weakly(points: Array, pixels: Array, focal: float, centre: Array) -> Array:
    """Scale and shift of the best weak perspective, as a place."""
    flat = points[:, :2] - points[:, :2].mean(0)
    seen = pixels - pixels.mean(0)
    scale = float((flat * seen).sum() / (flat * flat).sum())
    shift = (pixels.mean(0) - centre) / scale - points[:, :2].mean(0)
    return np.array([*shift, focal / scale])


def _solved(points: Array, pixels: Array, focal: float, centre: Array) -> Array:
    """Least squares of the equations times their denominators: (x, y) + (tx, ty) = flat (z + tz)."""
    A, b = [], []
    for (x, y, z), (u, v) in zip(points, (pixels - centre) / focal, strict=True):
        A += [[1, 0, -u], [0, 1, -v]]
        b += [u * z - x, v * z - y]
    return np.asarray(np.linalg.lstsq(np.array(A), np.array(b), rcond=None)[0])
