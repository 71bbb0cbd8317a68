"""What the checkers of *Making a hand move* take for the truth; and each of their hints."""

import math

import numpy as np
import pytest
import torch

from hands import check
from hands.check import making_a_hand_move as chapter
from hands.motion import realism, strokes
from hands.motion.record import continuous


def solution(time, place, speed, acceleration, goal, lasts):
    """The six conditions, solved."""
    D = lasts
    known = [place, speed * D, acceleration * D * D / 2]
    way = torch.tensor([goal - sum(known), -known[1] - 2 * known[2], -2 * known[2]]).double()
    ends = torch.tensor([[1.0, 1, 1], [3, 4, 5], [6, 12, 20]]).double()
    c = [*known, *torch.linalg.solve(ends, way).tolist()]
    return sum(c[k] * (time / D) ** k for k in range(6))


def test_the_curve_is_the_library_s():
    u = torch.linspace(0, 1, 101, dtype=torch.float64)
    np.testing.assert_allclose(chapter._least_jerk(u), strokes.minimum_jerk(u.numpy()), rtol=0, atol=1e-14)


def test_the_turning_is_without_jumps_as_the_library_makes_it():
    q = chapter._turning(torch.linspace(0.3, 5 * math.pi, 60, dtype=torch.float64)).numpy()
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (60, 1))
    signs[0] = 1
    np.testing.assert_allclose(continuous(q * signs), q, rtol=0, atol=0)


def test_rates_are_the_library_s():
    pose = chapter._random_pose(0.5)
    torch.testing.assert_close(chapter._rates(pose, 30.0), realism.rates(pose, 30.0), rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("exercise", "right"),
    [
        ("stroke", lambda t, a, b, begins, lasts: a + (b - a) * strokes.minimum_jerk(((t - begins) / lasts).numpy())),
        ("continuous_quaternions", lambda q: continuous(q.numpy())),
        ("fastest_joint", lambda pose, fps: realism.rates(pose, fps).amax(-1)),
        ("go_elsewhere", solution),
    ],
)
def test_another_way_is_right_too(exercise, right):
    verdict = getattr(check, exercise)(right)
    assert verdict, verdict.message


def powers(*coefficients):
    return lambda *case: chapter._stroke(lambda u: sum(c * u**k for k, c in enumerate(coefficients)), *case)


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("stroke", chapter._unclamped, "within 0 and 1"),
        (
            "stroke",
            lambda t, a, b, begins, lasts: solution(t.clamp(0, lasts), a, 0, 0, b, lasts),
            "when the stroke begins",
        ),
        ("stroke", powers(0, 1), "straight line"),
        ("stroke", powers(0, 0, 3, -2), "five powers"),
        ("stroke", lambda *case: chapter._stroke(lambda u: torch.sin(u * math.pi / 2) ** 2, *case), "cosine"),
        ("stroke", lambda t, a, b, *when: chapter._stroke(chapter._least_jerk, t, 0.0, 1.0, *when), "scale it"),
        (
            "stroke",
            lambda t, a, b, *when: chapter._stroke(chapter._least_jerk, t, 0.0, b - a, *when),
            "begins at start",
        ),
        ("continuous_quaternions", lambda q: torch.where(q[:, 3:] < 0, -q, q), "half a turn"),
        ("continuous_quaternions", chapter._flipped_once, "as it has become"),
        ("continuous_quaternions", lambda q: torch.where((q @ q[0])[:, None] < 0, -q, q), "the first is too far"),
        ("continuous_quaternions", lambda q: q, "nothing was flipped"),
        ("fastest_joint", lambda pose, fps: pose.diff(dim=0).norm(dim=-1).amax(-1) * fps, "no turn"),
        ("fastest_joint", lambda pose, fps: realism.rates(pose, 1.0).amax(-1), "per frame"),
        ("fastest_joint", lambda pose, fps: torch.rad2deg(realism.rates(pose, fps).amax(-1)), "degrees"),
        ("fastest_joint", lambda pose, fps: realism.rates(pose, fps).mean(-1), "average"),
        ("fastest_joint", lambda pose, fps: realism.rates(pose, fps).sum(-1), "sum over"),
        ("go_elsewhere", lambda t, x, v, a, goal, lasts: solution(t, x, 0, 0, goal, lasts), "not at rest"),
        ("go_elsewhere", lambda t, x, v, a, goal, lasts: solution(t, x, v, 0, goal, lasts), "its acceleration must"),
        ("go_elsewhere", lambda t, x, v, a, goal, lasts: solution(t, x, v, 2 * a, goal, lasts), "half the"),
        (
            "go_elsewhere",
            lambda t, x, v, a, goal, lasts: solution(t, x, v / lasts, a / lasts**2, goal, lasts),
            "multiplied by lasts",
        ),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
