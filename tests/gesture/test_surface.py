"""The smooth surface, the forearm and the sleeve: closed, outward, and through the hand model's own vertices."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hands import mano
from hands.gesture import surface
from hands.gesture.sleeve import AROUND, PATTERNS, Sleeve
from hands.mano.mesh import boundary_loop, directed_edges, vertex_normals


@pytest.fixture(scope="module")
def data():
    return mano.load().data


def ball(n=12):
    """An octahedron, cut and pushed out to the unit sphere."""
    vertices = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
    faces = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    for _ in range(2):
        level = surface._cut(faces)
        vertices = np.concatenate([vertices, vertices[level.edges].mean(1)])
        vertices, faces = vertices / np.linalg.norm(vertices, axis=1, keepdims=True), level.faces
    return vertices, faces


def test_new_vertices_of_a_sphere_lie_on_it():
    """The middle of a chord that spans an angle a is 1 - cos(a/2) inside; it is lifted by sin(a/2)^2 cos(a/2) / 2."""
    vertices, faces = ball()
    level = surface._cut(faces)
    chords = np.linalg.norm(vertices[level.edges].mean(1), axis=1)
    lifted = np.linalg.norm(surface._middles(vertices, vertices, level.edges), axis=1)
    assert (1 - chords).max() > 0.02
    np.testing.assert_allclose(lifted, chords + 0.5 * (1 - chords**2) * chords, rtol=1e-12)  # chords = cos(a/2)
    assert np.abs(1 - lifted).max() < 0.1 * (1 - chords).max()


def test_each_face_becomes_four_of_a_quarter_of_its_area_that_turn_as_it_does(data):
    skeleton = surface.Skeleton.of(data.faces, detail=1)
    vertices = np.random.default_rng(0).standard_normal((len(data.v_template) + 16 * (len(surface.RINGS) - 1), 3))
    flat = np.concatenate([vertices, vertices[skeleton.levels[0].edges].mean(1)])

    def area(points, faces):
        a, b, c = points[faces].transpose(1, 0, 2)
        return np.cross(b - a, c - a) / 2

    whole = area(vertices, skeleton.faces)
    parts = area(flat, skeleton.fine_faces).reshape(4, -1, 3)
    np.testing.assert_allclose(parts, np.broadcast_to(whole / 4, parts.shape), atol=1e-12)
    numbers = np.arange(len(skeleton.fine_faces))
    assert skeleton.is_hand(numbers).sum() == 4 * len(data.faces)


def test_the_forearm_closes_the_wrist_and_the_old_vertices_stay(data):
    skeleton = surface.Skeleton.of(data.faces, detail=2)
    turned = Rotation.from_rotvec([0.2, -0.5, 0.4]).as_matrix()
    vertices = data.v_template @ turned.T
    arm = surface.Arm(vertices[skeleton.loop], turned, turned @ Rotation.from_rotvec([0, 0, 0.6]).as_matrix())
    coarse = np.concatenate([vertices, arm.rings()])
    smooth = skeleton.smooth(coarse)
    np.testing.assert_array_equal(smooth[: len(coarse)], coarse)
    loop = boundary_loop(skeleton.faces)
    assert set(loop) == set(range(len(coarse) - 16, len(coarse))), "only the elbow's end is open"
    edges = {tuple(edge) for edge in directed_edges(skeleton.fine_faces)}
    assert len(edges) == 3 * len(skeleton.fine_faces), "no edge is run through twice in one direction"
    far = arm.rings()[-16:].mean(0) - arm.rings()[-32:-16].mean(0)
    np.testing.assert_allclose(far / np.linalg.norm(far), arm.forearm_rotmat[:, 0], atol=1e-3)
    normals = vertex_normals(smooth, skeleton.fine_faces)[: len(coarse)][-64:-32]
    ring = coarse[-64:-32].reshape(2, 16, 3)
    outward = (ring - ring.mean(1, keepdims=True)).reshape(-1, 3)
    assert ((normals * outward).sum(1) > 0).all()


@pytest.mark.parametrize("start", [-0.004, 0.1])
def test_a_sleeve_surrounds_the_arm_and_faces_outward(data, start):
    skeleton = surface.Skeleton.of(data.faces, detail=0)
    arm = surface.Arm(data.v_template[skeleton.loop], np.eye(3), np.eye(3))
    cloth = Sleeve(start=start, loose=0.01, folds=0.002).mesh(arm)
    centre = arm.edge.mean(0)
    axial = cloth.vertices[:, 0] - centre[0]
    assert abs(axial.min() - start) < 0.003
    assert axial.max() > 0.29
    out = np.linalg.norm((cloth.vertices - centre)[:, 1:], axis=1)
    skin = np.abs((arm.edge - centre)[:, 1:]).max(0).min()
    assert out[2 * AROUND :].min() > skin
    normals = vertex_normals(*cloth)[3 * AROUND : -AROUND]
    assert ((normals * (cloth.vertices - centre)[3 * AROUND : -AROUND])[:, 1:].sum(1) > 0).all()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_made_of_two_colours(pattern):
    sleeve = Sleeve(pattern=pattern, colour=(0.1, 0.2, 0.3), second=(0.9, 0.6, 0.5), cuff=0.02)
    colours = sleeve.colours()
    assert (colours >= np.array(sleeve.colour) - 1e-12).all()
    assert (colours <= np.array(sleeve.second) + 1e-12).all()
    hem = colours[2 * AROUND : 3 * AROUND]
    np.testing.assert_allclose(hem, np.tile(sleeve.second, (AROUND, 1)), err_msg="the cuff")
    assert (np.ptp(colours[-8 * AROUND :], axis=0).max() > 0.1) == (pattern != "plain")
