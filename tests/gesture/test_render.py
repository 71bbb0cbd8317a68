"""What a picture shows is what its labels say: vertices projected here against the rendered mask and depth."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import gesture, mano
from hands.gesture import render
from hands.mano.mesh import vertex_normals

SIZE = 96


@pytest.fixture(scope="module")
def studio():
    return gesture.Studio()


@pytest.fixture(scope="module")
def shots(studio):
    """A hand held up, seen from its palm, from its edge and from above; with sleeve and without."""
    drawn = [gesture.draw(3, "S05", 0, name, size=SIZE, hand=studio.hand) for name in ("five_count", "surfer", "fist")]
    return [(one, studio.shoot(*one, samples=1)) for one in drawn]


def in_camera(drawn, points):
    """Points of the world in the camera's frame and in the picture, written out."""
    camera = drawn.camera
    seen = np.array([camera.rotmat @ point + camera.place for point in points])
    u = camera.focal * seen[:, 0] / seen[:, 2] + camera.centre[0]
    v = camera.focal * seen[:, 1] / seen[:, 2] + camera.centre[1]
    return seen, np.stack([u, v], 1)


def posed(studio, drawn):
    """The hand in the world, in double precision."""
    hand = mano.Hand(studio.hand.data, dtype=torch.float64)
    pose = {k: torch.tensor(np.asarray(v, np.float64)) for k, v in drawn.posed._asdict().items()}
    del pose["forearm_orient"]
    return hand(**pose)


def test_vertices_fall_where_the_mask_is_and_where_the_depth_says(studio, shots):
    """Each vertex that faces the camera is on the mask, and none is before the surface that the depth shows."""
    for drawn, shot in shots:
        vertices = posed(studio, drawn).vertices.numpy()
        seen, pixels = in_camera(drawn, vertices)
        at = np.floor(pixels).astype(int)
        inside = ((at >= 1) & (at < SIZE - 1)).all(1)
        assert inside.mean() > 0.9
        row, column = at[inside].T[::-1]
        near = np.stack([shot.depth[row + i, column + j] for i in (-1, 0, 1) for j in (-1, 0, 1)])
        nearest = np.where(near > 0, near, np.inf).min(0)
        front = (vertex_normals(seen, studio.hand.data.faces) * seen).sum(1)[inside] < 0
        open_to_view = front & np.isfinite(nearest) & (np.abs(nearest - seen[inside, 2]) < 0.004)
        assert np.isfinite(nearest[front]).mean() > 0.93  # the others: under the sleeve
        assert (seen[inside, 2] > nearest - 0.004).all(), "nothing of the hand is before what is seen of it"
        assert open_to_view.sum() > 100


def test_the_mask_is_no_larger_than_the_vertices_say(studio, shots):
    """Every pixel of the mask is near a projected vertex, within the largest triangle."""
    for drawn, shot in shots:
        _, pixels = in_camera(drawn, posed(studio, drawn).vertices.numpy())
        mask = np.argwhere(shot.mask)[:, ::-1] + 0.5
        near = np.linalg.norm(mask[:, None] - pixels[None], axis=-1).min(1)
        assert 400 < len(mask) < 0.7 * SIZE**2
        assert near.max() < 0.012 * drawn.camera.focal / 0.3


def test_the_labels_pose_the_hand_that_the_camera_saw(studio, shots):
    """MANO with the labels of a picture gives its keypoints in the camera's frame, and those their pixels."""
    for drawn, shot in shots:
        hand = mano.Hand(studio.hand.data, dtype=torch.float64)
        labelled = hand(
            betas=torch.tensor(drawn.posed.betas, dtype=torch.float64),
            hand_pose=torch.tensor(drawn.posed.hand_pose, dtype=torch.float64),
            global_orient=torch.tensor(shot.global_orient),
            transl=torch.tensor(shot.transl),
        )
        seen, pixels = in_camera(drawn, posed(studio, drawn).keypoints.numpy())
        np.testing.assert_allclose(labelled.keypoints.numpy(), seen, atol=2e-6)  # the renderer's hand is float32
        np.testing.assert_allclose(shot.keypoints, seen, atol=2e-6)
        np.testing.assert_allclose(shot.pixels, pixels, atol=1e-3)
        turned = Rotation.from_matrix(drawn.camera.rotmat) * Rotation.from_rotvec(drawn.posed.global_orient)
        np.testing.assert_allclose(Rotation.from_rotvec(shot.global_orient).as_matrix(), turned.as_matrix(), atol=1e-6)


def crossings(point, vertices, faces):
    """Where a line from the camera to a point cuts triangles, metres before the point (Moller and Trumbore)."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    p = np.cross(point, c - a)
    determinant = ((b - a) * p).sum(1)
    u = (-a * p).sum(1) / determinant
    q = np.cross(-a, b - a)
    v, t = (q @ point) / determinant, ((c - a) * q).sum(1) / determinant
    hit = (u > 0) & (v > 0) & (u + v < 1) & (t > 0) & (t < 1 - 1e-3 / np.linalg.norm(point))
    return np.sort((1 - t[hit]) * np.linalg.norm(point))[::-1]


def test_a_keypoint_is_visible_where_only_its_own_flesh_is_before_it(studio, shots):
    agree = []
    for drawn, shot in shots:
        arguments = {k: torch.from_numpy(np.asarray(v, np.float32)) for k, v in render._hand_part(drawn.posed).items()}
        turned, forearm = (
            Rotation.from_rotvec(v).as_matrix() for v in (drawn.posed.global_orient, drawn.posed.forearm_orient)
        )
        skin, arm = studio._surfaces(studio.hand(**arguments).vertices.numpy().astype(float), turned, forearm)
        skin = drawn.camera.seen(skin.vertices)
        for point, pixel, visible in zip(shot.keypoints, shot.pixels, shot.visible, strict=True):
            before = crossings(point, skin, studio.skeleton.fine_faces)
            cloth = np.zeros(0)
            if drawn.look.sleeve is not None:
                mesh = drawn.look.sleeve.mesh(arm)
                cloth = crossings(point, drawn.camera.seen(mesh.vertices), mesh.faces)
            inside = ((pixel >= 0) & (pixel < SIZE)).all()
            own = len(before) == 0 or (len(before) == 1 and before[0] < render.FLESH)
            agree.append(visible == (inside and own and len(cloth) == 0))
    assert np.mean(agree) == 1.0
    assert 0.3 < np.mean([shot.visible for _, shot in shots]) < 0.95


def test_light_comes_from_where_the_lamp_is(studio):
    """A lamp to the left of the camera lights the left of a fist, one above its upper side."""
    drawn = gesture.draw(3, "S03", 0, "fist", size=48, hand=studio.hand)
    means = {}
    for name, way in {"left": [-1, 0, 0], "right": [1, 0, 0], "up": [0, -1, 0], "down": [0, 1, 0]}.items():
        world = drawn.camera.rotmat.T @ np.array(way, float)
        lamp = gesture.Lamp(tuple(float(x) for x in world), 0.2, 3.0, (1.0, 1.0, 1.0))
        dark = (0.01, 0.01, 0.01)
        look = dataclasses.replace(
            drawn.look, light=gesture.Light(dark, dark, (lamp,)), sleeve=None, background_light=0.0,
            lens=gesture.Lens(noise=0.0, vignette=0.0, contrast=0.0),
        )  # fmt: skip
        shot = studio.shoot(drawn.posed, drawn.camera, look, samples=4)
        weight = shot.picture.mean(-1) * shot.mask
        flat = shot.mask / shot.mask.sum()
        y, x = np.mgrid[:48, :48]
        means[name] = (
            (x * weight).sum() / weight.sum() - (x * flat).sum(),
            (y * weight).sum() / weight.sum() - (y * flat).sum(),
        )
    assert means["left"][0] < -1 < 1 < means["right"][0]
    assert means["up"][1] < -1 < 1 < means["down"][1]


def test_the_same_picture_comes_out_again_on_any_number_of_threads(studio, shots):
    drawn, shot = shots[0]
    render.renderer(threads=2)
    again = studio.shoot(*drawn, samples=1)
    render.renderer(threads=1)
    for one, other in zip(shot, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_left_hands_are_refused():
    with pytest.raises(ValueError, match="this one is left"):
        gesture.Studio(mano.load(side="left"))
