"""Simplify a triangle mesh by collapsing edges, to an exact number of vertices and of boundary vertices.

An edge a -> b is collapsed by moving a onto b, so the vertices that stay are a subset of the old ones and everything
known about them (skinning weights, shape targets) carries over. Edges go in the order of the quadric error, which is
summed over several poses of the same mesh: a vertex that is dispensable in the flat hand may be needed in a fist.

Source: Garland and Heckbert, Surface simplification using quadric error metrics, 1997.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection
from typing import Final

import numpy as np

from hands.mano.mesh import boundary_loop

from .vectors import Array, Indices, unit

BOUNDARY_WEIGHT: Final = 3.0
"""How much more a shift of the boundary counts than one of the surface."""

LEAST_COSINE: Final = 0.35
"""How far a face may turn in the first pose; in the others it only must not flip."""

LEAST_QUALITY: Final = 0.12
"""Shape of a triangle in the first pose, from 0 for a sliver to 1 for an equilateral one."""

EDGE_LENGTH_WEIGHT: Final = 2e-7
"""Prefers short edges where the surface is flat and all quadric errors vanish."""


def collapse_edges(
    poses: Array, faces: Indices, num_vertices: int, num_boundary: int, protected: Collection[int] = ()
) -> tuple[Indices, Indices]:
    """Simplify a mesh with one boundary.

    Args:
        poses: vertices (K, n, 3) of the same mesh in K poses, the flat one first.
        faces: triangles (m, 3).
        num_vertices: how many vertices shall stay.
        num_boundary: how many of these shall lie on the boundary.
        protected: vertices that must stay.

    Returns:
        The ids (num_vertices,) of the vertices that stay, ascending, and the faces in the new numbers.

    Raises:
        ValueError: no edge can be collapsed any more without folding the mesh over.
    """
    collapse = _Collapse(poses, faces, set(protected))
    collapse.run(num_vertices, num_boundary)
    return collapse.result()


class _Collapse:
    """The mesh while it shrinks. Faces and vertices keep their old numbers; dead ones are only marked."""

    def __init__(self, poses: Array, faces: Indices, protected: set[int]):
        self.poses, self.faces, self.protected = poses, faces.copy(), protected
        self.boundary = {int(v) for v in boundary_loop(faces)}
        self.vertex_alive = np.ones(poses.shape[1], dtype=bool)
        self.face_alive = np.ones(len(faces), dtype=bool)
        self.faces_of: list[set[int]] = [set() for _ in range(poses.shape[1])]
        for face, corners in enumerate(faces):
            for vertex in corners:
                self.faces_of[vertex].add(face)
        self.normals = _normals(poses, faces)  # (K, m, 3), twice the area long
        self.quadrics = self._surface_quadrics() + self._boundary_quadrics()
        self.version = [0] * poses.shape[1]  # of a vertex's entry in the queue; older entries are stale
        self.queue: list[tuple[float, int, int, int]] = []

    def _surface_quadrics(self) -> Array:
        """Quadrics (n, K, 4, 4): squared distance from the planes of the faces around each vertex, by area."""
        area = np.linalg.norm(self.normals, axis=-1, keepdims=True) / 2
        on_face = self.poses[:, self.faces[:, 0]]
        per_face = area[..., None] * _plane_quadrics(self.normals / (2 * area), on_face)
        quadrics = np.zeros((self.poses.shape[1], len(self.poses), 4, 4))
        for corner in self.faces.T:
            np.add.at(quadrics, corner, per_face.swapaxes(0, 1))
        return quadrics

    def _boundary_quadrics(self) -> Array:
        """The same for planes through the boundary edges, upright on their faces, by squared length."""
        quadrics = np.zeros((self.poses.shape[1], len(self.poses), 4, 4))
        loop = boundary_loop(self.faces)
        for a, b in zip(loop, np.roll(loop, -1), strict=True):
            (face,) = self.faces_of[a] & self.faces_of[b]
            edge = self.poses[:, b] - self.poses[:, a]
            upright = unit(np.cross(self.normals[:, face], edge))
            squared_length = (edge**2).sum(-1)[:, None, None]
            quadric = BOUNDARY_WEIGHT * squared_length * _plane_quadrics(upright, self.poses[:, a])
            quadrics[a] += quadric
            quadrics[b] += quadric
        return quadrics

    def neighbours(self, vertex: int) -> set[int]:
        return {int(v) for face in self.faces_of[vertex] for v in self.faces[face]} - {vertex}

    def cost(self, a: int, b: int) -> float | None:
        """Cost of moving a onto its neighbour b; None where that is not allowed."""
        common = self.faces_of[a] & self.faces_of[b]
        if a in self.protected or (a in self.boundary and not (b in self.boundary and len(common) == 1)):
            return None
        around_a, around_b = self.neighbours(a), self.neighbours(b)
        if len(around_a & around_b) != len(common):
            return None  # the mesh would be pinched together
        worst = self._worst_quality(a, b, sorted(self.faces_of[a] - common))
        if worst is None:
            return None
        penalty = 1 - worst
        end = np.append(self.poses[:, b], np.ones((len(self.poses), 1)), axis=1)
        error = np.einsum("ki,kij,kj->", end, self.quadrics[a] + self.quadrics[b], end) / len(self.poses)
        squared_length = ((self.poses[0, a] - self.poses[0, b]) ** 2).sum()
        degree = len(around_a) + len(around_b) - 4
        crowding = 1e-13 * max(0, degree - 8) ** 2 + (1e-9 if degree > 10 else 0)
        return float(error * (1 + 1.5 * penalty**2) + EDGE_LENGTH_WEIGHT * squared_length * (1 + penalty) + crowding)

    def _worst_quality(self, a: int, b: int, moved: list[int]) -> float | None:
        """Quality of the worst of the moved faces with a on b, at most 1; None if one of them folds over."""
        if not moved:
            return 1.0
        corners = np.where(self.faces[moved] == a, b, self.faces[moved])
        before, after = self.normals[:, moved], _normals(self.poses, corners)
        length_before, length_after = np.linalg.norm(before, axis=-1), np.linalg.norm(after, axis=-1)
        cosine_limit = np.zeros((len(self.poses), 1))
        cosine_limit[0] = LEAST_COSINE
        turned = (before * after).sum(-1) < cosine_limit * length_before * length_after
        if turned.any() or (length_after < 1e-10).any():
            return None
        flat = self.poses[0, corners]
        squared_sides = ((flat - np.roll(flat, -1, axis=1)) ** 2).sum((1, 2))
        worst = float((2 * np.sqrt(3) * length_after[0] / squared_sides).min())
        return None if worst < LEAST_QUALITY else min(worst, 1.0)

    def push(self, a: int) -> None:
        """Queue the cheapest collapse of this vertex."""
        choices = [(cost, a, b, self.version[a]) for b in self.neighbours(a) if (cost := self.cost(a, b)) is not None]
        if choices:
            heapq.heappush(self.queue, min(choices))

    def run(self, num_vertices: int, num_boundary: int) -> None:
        """Collapse edges until the numbers are reached."""
        for vertex in range(len(self.vertex_alive)):
            self.push(vertex)
        surplus = int(self.vertex_alive.sum()) - num_vertices
        while surplus > 0:
            if not self.queue:
                raise ValueError(f"no edge can be collapsed any more; {surplus} vertices too many")
            _, a, b, version = heapq.heappop(self.queue)
            surplus_boundary = len(self.boundary) - num_boundary
            if not self.vertex_alive[a] or not self.vertex_alive[b] or version != self.version[a]:
                continue
            if surplus_boundary <= 0 if a in self.boundary else surplus <= surplus_boundary:
                continue  # of this kind of vertex there are no more to give
            self.collapse(a, b)
            surplus -= 1

    def collapse(self, a: int, b: int) -> None:
        """Move a onto b, and queue anew what lies around."""
        common = self.faces_of[a] & self.faces_of[b]
        for face in common:
            self.face_alive[face] = False
            for vertex in self.faces[face]:
                self.faces_of[vertex].discard(face)
        moved = list(self.faces_of[a])
        self.faces[moved] = np.where(self.faces[moved] == a, b, self.faces[moved])
        self.normals[:, moved] = _normals(self.poses, self.faces[moved])
        self.faces_of[b].update(moved)
        self.faces_of[a] = set()
        self.vertex_alive[a] = False
        self.boundary.discard(a)
        self.quadrics[b] += self.quadrics[a]
        ring = self.neighbours(b) | {b}
        for vertex in sorted(ring.union(*(self.neighbours(v) for v in ring))):
            self.version[vertex] += 1
            self.push(vertex)

    def result(self) -> tuple[Indices, Indices]:
        """The vertices that stay and the faces in their numbers."""
        ids = np.flatnonzero(self.vertex_alive)
        number = np.cumsum(self.vertex_alive) - 1
        return ids, number[self.faces[self.face_alive]]


def _normals(poses: Array, faces: Indices) -> Array:
    """Normals (K, m, 3) of the faces in every pose, twice the area long."""
    a, b, c = (poses[:, faces[:, i]] for i in range(3))
    return np.asarray(np.cross(b - a, c - a))


def _plane_quadrics(normals: Array, points: Array) -> Array:
    """Quadrics Q (..., 4, 4) of planes: (x, 1)^T Q (x, 1) is the squared distance of x."""
    planes = np.concatenate([normals, -(normals * points).sum(-1, keepdims=True)], axis=-1)
    return np.asarray(planes[..., :, None] * planes[..., None, :])
