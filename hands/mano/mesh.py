"""Measures of a triangle mesh: boundary, enclosed volume, intersecting triangles, winding number.

All functions take vertices (n, 3) in metres and faces (m, 3), outward by the right-hand rule.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from hands.mano.model_data import Array, IndexArray

Mask = npt.NDArray[np.bool_]


def triangulate(quads: IndexArray) -> IndexArray:
    """Two triangles for each quad (m, 4), cut along its first diagonal: all first halves, then all second halves."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def directed_edges(faces: IndexArray) -> IndexArray:
    """The three edges of each triangle (3m, 2), face by face, in the direction in which the face runs through them."""
    return faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)


def undirected_edges(faces: IndexArray) -> IndexArray:
    """Each edge of the mesh once, its smaller vertex first."""
    return np.unique(np.sort(directed_edges(faces), axis=1), axis=0)


def boundary_loop(faces: IndexArray) -> IndexArray:
    """The vertices of the one boundary, in the direction of its faces.

    Raises:
        ValueError: the mesh is closed, or has more than one boundary.
    """
    edges = dict.fromkeys((int(a), int(b)) for a, b in directed_edges(faces))
    following = {a: b for a, b in edges if (b, a) not in edges}
    if not following:
        raise ValueError("the mesh is closed; it has no boundary")
    loop = [next(iter(following))]
    while following[loop[-1]] != loop[0]:
        loop.append(following[loop[-1]])
    if len(loop) != len(following):
        raise ValueError(f"the mesh has several boundaries; the first has {len(loop)} of {len(following)} edges")
    return np.array(loop)


def closed(faces: IndexArray) -> IndexArray:
    """The faces and a fan of triangles over the one boundary, without any new vertex."""
    loop = boundary_loop(faces)[::-1]
    fan = [[loop[0], loop[i], loop[i + 1]] for i in range(1, len(loop) - 1)]
    return np.concatenate([faces, np.array(fan)])


def volume(vertices: Array, closed_faces: IndexArray) -> float:
    """Enclosed volume in m^3: by the divergence theorem, the signed tetrahedra between the origin and each face."""
    a, b, c = vertices[closed_faces].transpose(1, 0, 2)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def vertex_normals(vertices: Array, faces: IndexArray) -> Array:
    """Unit normals (n, 3): the sum of the neighbouring faces' normals, each weighted by its area."""
    a, b, c = vertices[faces].transpose(1, 0, 2)
    normals = np.zeros_like(vertices)
    for corner in faces.T:
        np.add.at(normals, corner, np.cross(b - a, c - a))
    return np.asarray(normals / np.linalg.norm(normals, axis=-1, keepdims=True))


def section(vertices: Array, edges: IndexArray, point: Array, normal: Array) -> Array:
    """Points (k, 3) where the edges cross the plane through `point`."""
    height = (vertices - point) @ normal
    start, end = edges.T
    crossing = height[start] * height[end] < 0
    start, end = start[crossing], end[crossing]
    fraction = height[start] / (height[start] - height[end])
    return np.asarray(vertices[start] + fraction[:, None] * (vertices[end] - vertices[start]))


def intersecting_pairs(vertices: Array, faces: IndexArray) -> IndexArray:
    """Pairs of faces (k, 2) that cut each other, without those that share a vertex."""
    pairs = _near_pairs(vertices, faces)
    triangles = vertices[faces]
    hit = np.zeros(len(pairs), dtype=bool)
    for one, other in (pairs.T, pairs.T[::-1]):
        for i in range(3):
            hit |= _segment_cuts_triangle(triangles[one, i], triangles[one, (i + 1) % 3], triangles[other])
    return pairs[hit]


def _near_pairs(vertices: Array, faces: IndexArray) -> IndexArray:
    """Pairs of faces that share no vertex and whose bounding boxes overlap."""
    triangles = vertices[faces]
    centres = triangles.mean(1)
    reach = np.linalg.norm(triangles - centres[:, None], axis=2).max()
    pairs = cKDTree(centres).query_pairs(2 * reach, output_type="ndarray").astype(np.int64)
    one, other = pairs.T
    low, high = triangles.min(1), triangles.max(1)
    overlap = ((low[one] <= high[other]) & (low[other] <= high[one])).all(1)
    adjacent = (faces[one][:, :, None] == faces[other][:, None, :]).any((1, 2))
    return np.asarray(pairs[overlap & ~adjacent])


def _segment_cuts_triangle(start: Array, end: Array, triangles: Array) -> Mask:
    """Whether each segment passes through its triangle. Source: Moller and Trumbore, 1997."""
    a, b, c = triangles.transpose(1, 0, 2)
    direction, from_a = end - start, start - a
    p = np.cross(direction, c - a)
    q = np.cross(from_a, b - a)
    determinant = np.einsum("ij,ij->i", b - a, p)
    parallel = np.abs(determinant) < 1e-18
    scale = 1 / np.where(parallel, 1.0, determinant)
    u = scale * np.einsum("ij,ij->i", from_a, p)
    v = scale * np.einsum("ij,ij->i", direction, q)
    along = scale * np.einsum("ij,ij->i", c - a, q)
    return np.asarray(~parallel & (u > 0) & (v > 0) & (u + v < 1) & (along > 0) & (along < 1))


def winding_number(points: Array, vertices: Array, closed_faces: IndexArray) -> Array:
    """How often the mesh encloses each point: 0 outside, 1 inside, 2 where the mesh overlaps itself.

    The sum of the signed solid angles of all faces, divided by 4 pi. Source: Van Oosterom and Strackee, 1983.
    """
    corners = vertices[closed_faces].transpose(1, 0, 2)
    return np.concatenate([_winding_number(chunk, corners) for chunk in np.array_split(points, len(points) // 400 + 1)])


def _winding_number(points: Array, corners: Array) -> Array:
    """The same for few points at once; the arrays below are (points, faces, 3)."""
    a, b, c = corners[:, None] - points[:, None]
    length_a, length_b, length_c = (np.linalg.norm(side, axis=-1) for side in (a, b, c))
    numerator = np.einsum("pij,pij->pi", a, np.cross(b, c))
    denominator = length_a * length_b * length_c
    for one, other, length in ((a, b, length_c), (b, c, length_a), (c, a, length_b)):
        denominator += np.einsum("pij,pij->pi", one, other) * length
    return np.asarray(np.arctan2(numerator, denominator).sum(1) / (2 * np.pi))


def overlap_volume(
    vertices: Array, closed_faces: IndexArray, num_points: int = 60_000, seed: int = 0
) -> tuple[float, float]:
    """Monte Carlo volumes in m^3: of the union, and of what is enclosed twice or more."""
    low, high = vertices.min(0), vertices.max(0)
    points = np.random.default_rng(seed).uniform(low, high, (num_points, 3))
    winding = winding_number(points, vertices, closed_faces)
    box = float(np.prod(high - low))
    return box * float((winding > 0.5).mean()), box * float((winding > 1.5).mean())
