"""Labels of squares against the camera of the whole picture, and through changes of the pictures."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.gesture import Camera, Pictures
from hands.gesture.augmentation import Augmentation, Changes
from hands.gesture.crop import boxes
from hands.gesture.labels import NEAR, HandLabels, about_the_axis, project
from tests.gesture.made_up_hands import SIDE, cameras, labels


@pytest.fixture(scope="module")
def hand() -> mano.Hand:
    return mano.load(dtype=torch.float64)


@pytest.fixture(scope="module")
def known(hand: mano.Hand) -> HandLabels:
    return labels(hand)


class Made(Pictures):
    """Labels that nobody rendered a picture of."""

    def __init__(self, **series: np.ndarray) -> None:
        vars(self).update(series)


def changes(count: int, seed: int = 0) -> Changes:
    drawn = Changes.draw(Augmentation(turn=0.6, turned=1.0), count, torch.Generator().manual_seed(seed))
    return Changes(*(part.double() for part in (drawn.angle, drawn.scale, drawn.colour)))


def test_projection_is_the_cameras(known: HandLabels) -> None:
    found = project(known.keypoints, known.focal, known.centre)
    for own, eye, points in zip(found, cameras(5), known.keypoints, strict=True):
        np.testing.assert_allclose(own, eye.project(points.numpy()), rtol=0, atol=1e-9)


def test_what_is_behind_the_camera_is_projected_as_if_it_were_just_before_it() -> None:
    points = torch.tensor([[[0.01, 0.02, -1.0], [0.01, 0.02, NEAR]]], dtype=torch.float64)
    behind, near = project(points, points.new_tensor([100.0]), points.new_zeros(1, 2))[0]
    assert behind.tolist() == near.tolist() == pytest.approx([20, 40])


def test_a_square_is_seen_by_a_camera_of_its_own(hand: mano.Hand) -> None:
    """A whole picture of 128 pixels, by `Camera`; the square of it is cut and made smaller."""
    rng = np.random.default_rng(0)
    eye = Camera.looking(np.zeros(3), 0.5, np.array([0.3, 1.0, -0.2]), 128, roll=0.2, field=0.7)
    orient, pose, betas = rng.normal(size=(2, 3)), 0.3 * rng.normal(size=(2, 15, 3)), rng.normal(size=(2, 10))
    posed = hand.keypoints(**{
        name: torch.from_numpy(value)
        for name, value in {"global_orient": orient, "hand_pose": pose, "betas": betas}.items()
    }).numpy() + np.array([0.02, 0.01, 0.45])  # fmt: skip
    pixels = eye.project(posed)
    pictures = Made(
        global_orient=orient, hand_pose=pose, betas=betas, keypoints=posed, pixels=pixels,
        camera=np.tile([eye.focal, *eye.centre], (2, 1)),
    )  # fmt: skip
    where = boxes(pixels)
    found = HandLabels.of(pictures, np.array([1, 0]), where[[1, 0]], 64).some(slice(1, 2))
    expected = (pixels[0] - (where[0, :2] - where[0, 2] / 2)) * 64 / where[0, 2]
    np.testing.assert_allclose(found.pixels[0], expected, atol=1e-4)
    np.testing.assert_allclose(project(found.keypoints, found.focal, found.centre)[0], expected, atol=1e-4)
    np.testing.assert_allclose(found.global_rotmat[0], Rotation.from_rotvec(orient[0]).as_matrix(), atol=1e-6)
    np.testing.assert_allclose(found.hand_rotmat[0], Rotation.from_rotvec(pose[0]).as_matrix(), atol=1e-6)
    middle = (found.pixels[0].amin(0) + found.pixels[0].amax(0)) / 2
    assert middle.tolist() == pytest.approx([32, 32], abs=1e-4)


def test_changed_labels_are_seen_where_the_changed_picture_shows_them(known: HandLabels) -> None:
    how = changes(5)
    after = known.changed(how, SIDE)
    offset = known.pixels - SIDE / 2
    cos, sin, s = how.angle.cos()[:, None], how.angle.sin()[:, None], how.scale[:, None]
    x, y = offset.unbind(-1)
    moved = torch.stack([s * (cos * x + sin * y), s * (-sin * x + cos * y)], -1) + SIDE / 2
    torch.testing.assert_close(after.pixels, moved, rtol=0, atol=1e-9)
    torch.testing.assert_close(project(after.keypoints, after.focal, after.centre), moved, rtol=0, atol=1e-9)


def test_changed_pixels_follow_what_is_in_the_picture() -> None:
    """The middle of a smooth spot, found as its centre of mass."""
    y, x = torch.meshgrid(*[torch.arange(SIDE, dtype=torch.float64) + 0.5] * 2, indexing="ij")
    place = torch.tensor([20.0, 13.5], dtype=torch.float64)
    spot = torch.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / 6)
    how = Changes(*(torch.tensor([value], dtype=torch.float64) for value in (0.4, 1.15, (1.0, 1.0, 1.0))))
    picture = how.apply(spot.expand(1, 3, SIDE, SIDE))[0, 0]
    empty = HandLabels(*(torch.zeros(1, *shape, dtype=torch.float64) for shape in [
        (3, 3), (15, 3, 3), (10,), (21, 3), (21, 2), (), (2,),
    ]))  # fmt: skip
    label = empty._replace(pixels=place.expand(1, 21, 2)).changed(how, SIDE).pixels[0, 0]
    found = [float((picture * axis).sum() / picture.sum()) for axis in (x, y)]
    assert found == pytest.approx(label.tolist(), abs=0.01)


def test_the_hand_turns_with_its_keypoints(hand: mano.Hand, known: HandLabels) -> None:
    after = known.changed(changes(5, seed=1), SIDE)
    for own in (known, after):
        posed = hand.keypoints(betas=own.betas, global_rotmat=own.global_rotmat, hand_rotmat=own.hand_rotmat)
        from_wrist = [points - points[:, :1] for points in (posed, own.keypoints)]
        torch.testing.assert_close(*from_wrist, rtol=0, atol=1e-9)
    assert torch.equal(after.hand_rotmat, known.hand_rotmat)
    assert torch.equal(after.betas, known.betas)


def test_a_turn_of_the_picture_is_a_turn_about_the_cameras_axis() -> None:
    """Counter-clockwise for who looks along z with y down: negative about z."""
    angles = [0.3, -1.2, math.pi]
    found = about_the_axis(torch.tensor(angles, dtype=torch.float64))
    np.testing.assert_allclose(found, Rotation.from_euler("z", [[-angle] for angle in angles]).as_matrix(), atol=1e-15)
