"""References: Euler's formula, flat sheets (whose quadric error is zero everywhere) and a sphere's volume."""

import numpy as np
import pytest

from hands.mano import mesh
from hands.mano.builder.edge_collapse import _Collapse, collapse_edges

from .shapes import grid, sphere


@pytest.fixture(scope="module")
def bowl():
    """A sphere without its cap, so that it has one boundary; and its simplification to half as many vertices."""
    vertices, faces = sphere(150)
    faces = faces[vertices[faces][:, :, 2].max(1) < 0.8]
    used, corners = np.unique(faces, return_inverse=True)
    vertices, faces = vertices[used], corners.reshape(faces.shape)
    return vertices, faces, *collapse_edges(vertices[None], faces, 68, len(mesh.boundary_loop(faces)) // 2)


def test_a_sheet_keeps_its_area_its_corners_and_its_numbers():
    vertices, faces = grid(9, 9)
    corners = [0, 8, 72, 80]
    ids, simpler = collapse_edges(vertices[None], faces, 40, 16, protected=corners)
    assert len(ids) == 40
    assert len(mesh.boundary_loop(simpler)) == 16
    assert set(corners) <= set(ids.tolist())
    a, b, c = vertices[ids][simpler].transpose(1, 0, 2)
    doubled = np.cross(b - a, c - a)[:, 2]
    assert (doubled > 0).all()  # nothing folded over
    assert doubled.sum() / 2 == pytest.approx(64.0)


def test_numbers_of_a_disc_obey_euler(bowl):
    vertices, faces, ids, simpler = bowl
    num_boundary = len(mesh.boundary_loop(simpler))
    assert num_boundary == len(mesh.boundary_loop(faces)) // 2
    assert len(simpler) == 2 * len(ids) - 2 - num_boundary
    assert len(ids) == len(np.unique(simpler)) == 68
    assert len(mesh.intersecting_pairs(vertices[ids], simpler)) == 0


def test_a_bowl_keeps_its_volume(bowl):
    vertices, faces, ids, simpler = bowl
    before, after = (mesh.volume(v, mesh.closed(f)) for v, f in ((vertices, faces), (vertices[ids], simpler)))
    assert after == pytest.approx(before, rel=0.06)  # kept vertices lie on the sphere, so larger faces cut off more


def test_a_second_pose_protects_what_it_bends():
    """Of a flat sheet whose right half another pose rolls up, the right half keeps the more vertices."""
    vertices, faces = grid(9, 9)
    angle = np.clip(vertices[:, 0] - 4, 0, None) / 2
    rolled = np.stack(
        [np.minimum(vertices[:, 0], 4) + 2 * np.sin(angle), vertices[:, 1], 2 - 2 * np.cos(angle)], axis=1
    )
    ids, _ = collapse_edges(np.stack([vertices, rolled]), faces, 50, 20)
    assert (vertices[ids, 0] > 4).sum() >= 1.5 * (vertices[ids, 0] < 4).sum()


def test_a_collapse_that_would_fold_a_face_over_is_not_allowed():
    """The middle of an L may move to the corner that sees all of the L, and not to the end of one leg."""
    ring = [[0, 0], [2, 0], [2, 1], [1, 1], [1, 2], [0, 2]]
    vertices = np.array([[0.5, 0.5, 0.0], *([x, y, 0.0] for x, y in ring)])
    faces = np.array([[0, i, i % 6 + 1] for i in range(1, 7)])
    mesh_of_an_l = _Collapse(vertices[None], faces, set())
    assert mesh_of_an_l.cost(0, 1) is not None
    assert mesh_of_an_l.cost(0, 2) is None


def test_impossible_numbers_are_refused():
    vertices, faces = grid(4, 4)
    with pytest.raises(ValueError, match="too many"):
        collapse_edges(vertices[None], faces, 4, 4, protected=range(16))
