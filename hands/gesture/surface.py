"""The surface that is seen: the hand made smooth, and the forearm that it ends in.

MANO's mesh has 778 vertices, and light shows every edge of it. Here each triangle is cut in four, two or three times,
and every new vertex is lifted from the middle of its edge towards the planes that touch the surface at both ends:

    m = (a + b) / 2,   m' = m - 1/2 * ((m - a).n_a n_a + (m - b).n_b n_b) / 2,

so the old vertices stay where the hand model has them, and what is seen is what the labels say. The forearm is a tube
that grows out of the wrist's open edge and turns from the hand's direction into its own; a sleeve is a wider one
(`hands.gesture.sleeve`).

Convention:
    Metres; any one frame for all of it. Along the forearm, s is the way from the wrist's open edge.

Source: after Boubekeur and Alexa 2008 (Phong tessellation). Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from jaxtyping import Float, Int

from hands.mano.mesh import boundary_loop, directed_edges, vertex_normals

Array = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

LIFT: Final = 0.5
"""How far a new vertex goes to the touching planes. Half-way is where a sphere's middle is, for small triangles."""
RINGS: Final = (0.0, 0.012, 0.028, 0.05, 0.08, 0.12, 0.17, 0.23, 0.3, 0.45, 0.65)
"""Where the forearm has rings of vertices, metres from the wrist's open edge; the first is that edge.

An arm as long as from the wrist to the shoulder, straight: so it leaves the picture, or ends far behind the hand."""
TURN: Final = 0.045
"""Metres within which the forearm takes its own direction."""
GIRTH, WIDEST = 0.42, 0.3
"""By how much an arm is wider than at the wrist, as a share, and from which way on, metres."""


class Mesh(NamedTuple):
    """Triangles, outward by the right-hand rule."""

    vertices: Float[Array, "V 3"]
    faces: Int[IndexArray, "F 3"]


class Level(NamedTuple):
    """One round of cutting each triangle in four: the edges whose middles are new, and the new faces."""

    edges: Int[IndexArray, "E 2"]
    faces: Int[IndexArray, "F 3"]


@dataclass(frozen=True, eq=False)
class Skeleton:
    """What is the same for every pose of a hand model: how its faces, with the forearm's, are cut."""

    loop: Int[IndexArray, " ring"]
    """Vertices of the wrist's open edge."""
    faces: Int[IndexArray, "F 3"]
    """The hand's own, then the forearm's."""
    hand_faces: int
    levels: tuple[Level, ...]

    @staticmethod
    def of(hand_faces: Int[np.ndarray, "F 3"], detail: int = 2) -> Skeleton:
        """For a hand with these faces, each of which is cut in four `detail` times."""
        hand_faces = np.asarray(hand_faces, dtype=np.int64)
        loop = boundary_loop(hand_faces)
        first = int(hand_faces.max()) + 1
        faces = np.concatenate([hand_faces, tube_faces(loop, first, len(RINGS) - 1)])
        levels: list[Level] = []
        for _ in range(detail):
            levels.append(_cut(levels[-1].faces if levels else faces))
        return Skeleton(loop, faces, len(hand_faces), tuple(levels))

    @property
    def fine_faces(self) -> Int[IndexArray, "F 3"]:
        """The faces after the last cut."""
        return self.levels[-1].faces if self.levels else self.faces

    def is_hand(self, fine_faces: Int[np.ndarray, "*any"]) -> npt.NDArray[np.bool_]:
        """Whether faces, by their numbers after the last cut, are the hand's own and not the forearm's."""
        return np.asarray(fine_faces % len(self.faces) < self.hand_faces)

    def spread(self, values: Float[np.ndarray, "V n"]) -> Float[Array, "fine n"]:
        """Values of the vertices, carried to the middles of edges as their means."""
        for level in self.levels:
            values = np.concatenate([values, values[level.edges].mean(1)])
        return values

    def smooth(self, vertices: Float[np.ndarray, "V 3"]) -> Float[Array, "fine 3"]:
        """The vertices of the smooth surface through these: the old ones first, as they are."""
        faces = self.faces
        for level in self.levels:
            normals = vertex_normals(vertices, faces)
            vertices, faces = np.concatenate([vertices, _middles(vertices, normals, level.edges)]), level.faces
        return vertices


def tube_faces(loop: IndexArray, first: int, rings: int) -> IndexArray:
    """Faces of a tube of so many rings of new vertices, from `first` on, that begins at the open edge."""
    n = len(loop)
    ids = np.concatenate([loop, first + np.arange(rings * n)]).reshape(rings + 1, n)
    near, far = ids[:-1], ids[1:]
    near_next, far_next = np.roll(near, -1, 1), np.roll(far, -1, 1)
    return np.concatenate(
        [np.stack(corners, -1).reshape(-1, 3) for corners in ((near_next, near, far), (near_next, far, far_next))]
    )


def _cut(faces: IndexArray) -> Level:
    """Each triangle in four; child k of face f is face k * len(faces) + f."""
    edges, which = np.unique(np.sort(directed_edges(faces), axis=1), axis=0, return_inverse=True)
    a, b, c = faces.T
    ab, bc, ca = which.reshape(-1, 3).T + int(faces.max()) + 1
    children = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
    return Level(edges, np.concatenate([np.stack(child, 1) for child in children]))


def _middles(vertices: Array, normals: Array, edges: IndexArray) -> Array:
    ends, up = vertices[edges], normals[edges]
    middle = ends.mean(1)
    above = ((middle[:, None] - ends) * up).sum(-1, keepdims=True)
    return np.asarray(middle - LIFT * (above * up).mean(1))


# --- the forearm ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Arm:
    """The axis of a forearm: a curve that leaves the wrist in the hand's direction and turns into the arm's."""

    edge: Float[Array, "ring 3"]
    """The wrist's open edge, a closed line of points."""
    hand_rotmat: Float[Array, "3 3"]
    forearm_rotmat: Float[Array, "3 3"]

    def frames(self, s: Float[Array, " n"]) -> tuple[Float[Array, "n 3"], Float[Array, "n 3 3"]]:
        """Points of the axis, and the frame at each: x along the arm, away from the hand."""
        turned = np.clip(s / TURN, 0, 1)[:, None]
        x = _unit((1 - turned) * self.hand_rotmat[:, 0] + turned * self.forearm_rotmat[:, 0])
        z = (1 - turned) * self.hand_rotmat[:, 2] + turned * self.forearm_rotmat[:, 2]
        z = _unit(z - (z * x).sum(1, keepdims=True) * x)
        steps = np.diff(s, prepend=0.0)[:, None] * x
        return self.edge.mean(0) + np.cumsum(steps, 0), np.stack([x, np.cross(z, x), z], 2)

    def rings(self) -> Float[Array, "vertices 3"]:
        """Vertices of the forearm's rings, all but the first, which is the hand's own edge."""
        fine = np.union1d(np.linspace(0, RINGS[-1], 121), RINGS)
        centres, frames = (part[np.searchsorted(fine, RINGS[1:])] for part in self.frames(fine))
        section = (self.edge - self.edge.mean(0)) @ self.hand_rotmat
        flat = np.array(RINGS[1:])[:, None] / TURN
        x = section[:, 0] * np.clip(1 - flat, 0, 1)  # the edge is not quite square to the arm
        wide = girth(np.array(RINGS[1:]))
        local = np.stack([x, *(wide[:, None] * section[:, k] for k in (1, 2))], -1)
        return np.asarray(centres[:, None] + np.einsum("rij,rnj->rni", frames, local)).reshape(-1, 3)


def girth(s: Array) -> Array:
    """How much wider an arm is there than at the wrist, as a factor."""
    u = np.clip(s / WIDEST, 0, 1)
    return np.asarray(1 + GIRTH * u * u * (3 - 2 * u))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
