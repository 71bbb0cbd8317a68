"""References: closed forms on boxes and spheres, scipy's hulls, and linear programming for intersections."""

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial import ConvexHull

from hands.mano import mesh
from tests.mano.builder.shapes import BOX_QUADS, box, grid, sphere


def test_volume_of_a_box_anywhere():
    vertices, faces = box((0.1, 0.2, 0.3), corner=(5.0, -3.0, 1.0))
    assert mesh.volume(vertices, faces) == pytest.approx(0.006, rel=1e-10)
    assert mesh.volume(vertices, faces[:, ::-1]) == pytest.approx(-0.006, rel=1e-10)


def test_volume_of_a_sphere_is_that_of_its_hull():
    vertices, faces = sphere()
    assert mesh.volume(vertices, faces) == pytest.approx(ConvexHull(vertices).volume, rel=1e-12)
    assert mesh.volume(vertices, faces) == pytest.approx(4 / 3 * np.pi, rel=0.02)


def test_triangles_of_quads_enclose_the_same_box():
    vertices, _ = box((1.0, 2.0, 3.0))
    assert mesh.volume(vertices, mesh.triangulate(BOX_QUADS)) == pytest.approx(6.0)


def test_a_box_has_eighteen_edges_each_run_through_both_ways():
    _, faces = box()
    directed = {(int(a), int(b)) for a, b in mesh.directed_edges(faces)}
    assert len(directed) == 36
    assert {(b, a) for a, b in directed} == directed
    assert len(mesh.undirected_edges(faces)) == 18


def test_an_open_box_is_closed_by_its_lid():
    vertices, faces = box((1.0, 2.0, 3.0))
    open_box = faces[:-2]
    loop = mesh.boundary_loop(open_box)
    assert sorted(loop) == [1, 3, 5, 7]
    np.testing.assert_allclose(np.linalg.norm(vertices[loop] - vertices[np.roll(loop, 1)], axis=1).sum(), 6.0)
    assert mesh.volume(vertices, mesh.closed(open_box)) == pytest.approx(6.0)


@pytest.mark.parametrize(("faces", "message"), [(box()[1], "closed"), (box()[1][2:-2], "several")])
def test_a_mesh_without_exactly_one_boundary_is_refused(faces, message):
    if message == "several":  # two opposite lids taken off
        faces = box()[1][[0, 1, 2, 3, 4, 5, 6, 7]]
    with pytest.raises(ValueError, match=message):
        mesh.boundary_loop(faces)


def test_normals_of_a_sphere_are_its_radii():
    vertices, faces = sphere(2000)
    np.testing.assert_allclose((mesh.vertex_normals(vertices, faces) * vertices).sum(1), 1.0, atol=1e-3)


def test_section_of_a_box_is_its_rectangle():
    vertices, faces = box((1.0, 2.0, 3.0))
    points = mesh.section(vertices, mesh.undirected_edges(faces), np.array([0.3, 0, 0]), np.array([1.0, 0, 0]))
    np.testing.assert_allclose(points[:, 0], 0.3)
    assert ConvexHull(points[:, 1:]).area == pytest.approx(2 * (2 + 3))


def two_triangles(second):
    first = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])
    return np.concatenate([first, second]), np.arange(6).reshape(2, 3)


@pytest.mark.parametrize(
    ("second", "count"),
    [
        ([[0.2, 0.2, -1], [0.2, 0.2, 1], [0.3, 0.4, 1]], 1),  # pierces it
        ([[-1, 0.2, -1], [3, 0.2, -1], [0.3, 0.2, 1]], 1),  # is pierced by its edges only
        ([[0.2, 0.2, 0.1], [0.2, 0.2, 1], [0.3, 0.4, 1]], 0),  # stays above it
        ([[0.8, 0.8, -1], [0.8, 0.8, 1], [0.9, 0.9, 1]], 0),  # passes beside it, in the same box
    ],
)
def test_two_known_triangles(second, count):
    vertices, faces = two_triangles(np.array(second, dtype=float))
    assert len(mesh.intersecting_pairs(vertices, faces)) == count


def test_neighbours_do_not_count_as_intersecting():
    vertices, faces = box()
    assert len(mesh.intersecting_pairs(vertices, faces)) == 0


def convex_hulls_meet(first, second):
    """Whether some convex combination of one triangle equals one of the other: a linear program."""
    matrix = np.vstack([np.hstack([first.T, -second.T]), [1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
    return linprog(np.zeros(6), A_eq=matrix, b_eq=[0, 0, 0, 1, 1]).status == 0


def test_random_triangles_against_a_linear_program():
    vertices = np.random.default_rng(1).uniform(size=(36, 3))
    faces = np.arange(36).reshape(12, 3)
    expected = {
        (i, j) for i in range(12) for j in range(i + 1, 12) if convex_hulls_meet(vertices[faces[i]], vertices[faces[j]])
    }
    found = {(min(p), max(p)) for p in mesh.intersecting_pairs(vertices, faces).tolist()}
    assert len(expected) > 5
    assert found == expected


def two_boxes():
    """Unit cubes that overlap in a quarter of each, with no vertex in common."""
    first, faces = box()
    second, _ = box(corner=(0.5, 0.5, 0.0))
    return np.concatenate([first, second]), np.concatenate([faces, faces + 8])


def test_winding_number_counts_how_often_a_point_is_enclosed():
    points = np.array([[0.2, 0.3, 0.4], [0.7, 0.8, 0.4], [2.0, 0.3, 0.4], [1.2, 1.3, 0.4]])
    np.testing.assert_allclose(mesh.winding_number(points, *two_boxes()), [1, 2, 0, 1], atol=1e-12)


def test_overlap_volume_of_two_boxes():
    union, twice = mesh.overlap_volume(*two_boxes(), num_points=20_000)
    assert union == pytest.approx(1.75, abs=0.05)  # four standard errors of 20,000 points in a box of 2.25
    assert twice == pytest.approx(0.25, abs=0.03)


def test_a_sheet_has_one_boundary():
    _, faces = grid(4, 5)
    assert len(mesh.boundary_loop(faces)) == 2 * (3 + 4)
