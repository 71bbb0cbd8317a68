"""What the checkers of *Fitting a hand to points* take for the truth; and each of their hints."""

import pytest
import torch

from hands import check
from hands.check import fitting
from hands.conventions import JOINT_NAMES


def test_points_of_interhand_are_those_of_its_skeleton_file():
    """Each digit from its tip (4) to its knuckle (1), the wrist last, in millimetres."""
    keypoints = fitting._keypoints("point")
    points = fitting._as_interhand(keypoints)
    parts = [keypoints[1 + 4 * f + i] for f in range(5) for i in (3, 2, 1, 0)]
    torch.testing.assert_close(points, 1000 * torch.stack([*parts, keypoints[0]]), rtol=0, atol=1e-12)


@pytest.mark.parametrize("joint", [0, 4, 8, 12, 14])
@pytest.mark.parametrize("angle", [0, 1])
def test_a_hinge_moves_points_as_two_posed_hands_differ(joint, angle):
    arguments, column = fitting._hinge_case("relaxed", joint, angle)
    torch.testing.assert_close(fitting._column(*arguments), column, rtol=0, atol=1e-10)
    assert arguments[3].sum() == 4 - int(JOINT_NAMES[joint + 1][-1])
    assert float(arguments[1].norm()) == pytest.approx(1, abs=1e-12)


def test_alignment_by_singular_values_is_that_of_scipy():
    generator = torch.Generator().manual_seed(0)
    template, points = torch.randn(2, 9, 3, generator=generator, dtype=torch.float64)
    weights = torch.rand(9, generator=generator, dtype=torch.float64)
    expected = fitting._aligned(template, points, weights)
    torch.testing.assert_close(fitting._laid(template, points, weights, weights), expected, rtol=0, atol=1e-12)


def step_without(term):
    """Leaves one of the factors out, or puts one in."""

    def step(J, r, noise, angles, mean, sd):
        case = {"noise": noise, "sd": sd, "angles": angles} | term(noise, sd, angles, mean)
        return fitting._step(J, r, case["noise"], case["angles"], mean, case["sd"])

    return step


def everywhere(q, axis, centre, moves):
    return fitting._column(q, axis, centre, torch.ones_like(moves))


def about_the_origin(q, axis, centre, moves):
    return moves[:, None] * torch.linalg.cross(axis.expand_as(q), q)


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("tracker_to_keypoints", lambda points: 1000 * fitting._from_interhand(points), "divide by 1000"),
        ("tracker_to_keypoints", fitting._tips_first, "from its tip to its knuckle"),
        ("tracker_to_keypoints", lambda p: torch.cat([p[..., :20, :].unflatten(-2, (5, 4)).flip(-2).flatten(-3, -2),
                                                      p[..., 20:, :]], -2) / 1000, "wrist is still last"),
        ("tracker_to_keypoints", lambda points: points.flip(-2) / 1000, "pinky to thumb"),
        ("tracker_to_keypoints", lambda points: points / 1000, "only the unit"),
        ("rigid_alignment", fitting._mirrored, "determinant -1"),
        ("rigid_alignment", fitting._turned_back, "transpose it"),
        ("rigid_alignment", fitting._unweighted, "weights are not used"),
        ("rigid_alignment", fitting._unweighted_centres, "weighted means"),
        ("rigid_alignment", fitting._only_shifted, "not turned"),
        ("rigid_alignment", fitting._still_centred, "centre at the origin"),
        ("hinge_column", lambda *case: -fitting._column(*case), "sign is reversed"),
        ("hinge_column", everywhere, "they stay"),
        ("hinge_column", about_the_origin, "begins at the hinge"),
        ("hinge_column", lambda q, axis, centre, moves: moves[:, None] * (q - centre), "those are the levers"),
        ("most_probable_step", lambda *case: -fitting._step(*case), "uphill"),
        ("most_probable_step", step_without(lambda n, s, a, m: {"angles": m}), "matrix alone"),
        ("most_probable_step", step_without(lambda n, s, a, m: {"angles": 2 * m - a}), "pushes away"),
        ("most_probable_step", step_without(lambda n, s, a, m: {"noise": 1.0}), "noise is not used"),
        ("most_probable_step", step_without(lambda n, s, a, m: {"noise": n**0.5}), "square of the noise"),
        ("most_probable_step", step_without(lambda n, s, a, m: {"sd": s.sqrt()}), "square of sd"),
        ("most_probable_step", lambda *case: case[3] + fitting._step(*case), "the step alone"),
    ],
)  # fmt: skip
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message


def test_a_mirror_image_is_caught_by_the_last_case_alone():
    """Without the other hand among the cases, an answer that allows reflections would pass."""
    assert "the other hand" in check.rigid_alignment(fitting._mirrored).message
