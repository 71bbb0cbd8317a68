"""Where the skin of one bent finger joint should be: folded, not collapsed.

Linear blend skinning lets the inside of a bent finger sink into itself. The shape wanted here comes in three steps:

1. swing: each vertex turns about the joint by its share of the angle, on a circle, so that the joint keeps its girth;
2. contact: on the inside, neither segment may cross the plane that halves the bend;
3. bulge: what the fold has lost in volume swells out on the palmar side, up to a limit.

Only one joint and the skin around it move; neighbouring digits take no part, else the fold would drag them along.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from hands.conventions import JOINT_NAMES, NUM_JOINTS
from hands.mano.mesh import closed, vertex_normals, volume

from .digits import PALMAR, THUMB_PALMAR, DigitAxes, descendants
from .landmarks import ENDS, JOINTS, SURFACE
from .vectors import Array, Indices, unit, without_component

MAX_BULGE: Final = (0.0050, 0.0024, 0.0018)
"""How far the skin may swell at the first, second and third joint of a digit, in metres."""

SEPARATION = 1.5e-4
"""Distance in metres that the two sides of a fold keep from the plane between them."""

LEAST_BEND = 0.2
"""Length of the difference of the two bone directions from which on there is a fold: about 11 degrees."""


@dataclass(frozen=True)
class Mesh:
    """The flat mean hand and what is computed from it once."""

    points: Array  # (V + 21, 3)
    lbs_weights: Array  # (V, 16)
    closed_faces: Indices
    normals: Array  # (V, 3)

    @classmethod
    def of(cls, points: Array, lbs_weights: Array, faces: Indices) -> Mesh:
        """The record of a hand with one open boundary, at the wrist."""
        return cls(points, lbs_weights, closed(faces), vertex_normals(points[SURFACE], faces))

    @property
    def vertices(self) -> Array:
        """The surface (V, 3)."""
        return self.points[SURFACE]


@dataclass(frozen=True)
class Fold:
    """One joint and the skin around it, in the flat hand."""

    mesh: Mesh
    centre: Array  # (3,)
    along: Array  # (3,) direction of the moving bone
    palmar: Array  # (3,) perpendicular to it
    share: Array  # (V,) of the joint's rotation that each vertex takes: 0 before the joint, 1 behind it
    own: Array  # (V,) 1 where the skin belongs to this fold, falling to 0 at other digits
    reach: float  # metres along the bone in which the skin bulges and folds
    max_bulge: float  # metres

    @classmethod
    def at(cls, joint: int, mesh: Mesh, axes: DigitAxes) -> Fold:
        """The fold at one of the joints 1 to 15."""
        centre, along = mesh.points[JOINTS][joint], axes.along[joint - 1]
        number = (joint - 1) % 3
        palmar = THUMB_PALMAR if JOINT_NAMES[joint].startswith("thumb") else PALMAR
        share = np.clip(mesh.lbs_weights[:, descendants(joint)].sum(1), 0, 1)
        girth, shaft = _radii(joint, mesh, along, share)
        return cls(
            mesh=mesh,
            centre=centre,
            along=along,
            palmar=without_component(palmar, along),
            share=share,
            own=_ownership(joint, mesh, axes, share, girth, shaft),
            reach=1.9 * shaft if number == 0 else 1.15 * girth,
            max_bulge=MAX_BULGE[number],
        )

    def swing(self, vertices: Array, rotation: Rotation) -> Array:
        """Vertices (V, 3), each turned about the joint by its share of the rotation."""
        partial = Rotation.from_rotvec(self.share[:, None] * rotation.as_rotvec())
        return np.asarray(self.centre + partial.apply(vertices - self.centre))

    def bent(self, rotation: Rotation) -> Array:
        """Where the vertices (V, 3) should be when only this joint turns."""
        vertices = self.mesh.vertices
        turned = rotation.apply(self.along)
        if np.linalg.norm(turned - self.along) <= LEAST_BEND or turned @ self.palmar <= 0.1:
            return self.swing(vertices, rotation)  # nearly straight, or bent backwards or sideways
        direction = self._bulge_direction()

        def folded(bulge: float) -> Array:
            return self._separate(self.swing(vertices + bulge * direction, rotation), turned)

        flat_volume = volume(vertices, self.mesh.closed_faces)

        def gain(bulge: float) -> float:
            return volume(folded(bulge), self.mesh.closed_faces) - flat_volume

        return folded(_smallest_sufficient(gain, self.max_bulge))

    def _bulge_direction(self) -> Array:
        """Displacement (V, 3) per metre of bulge: outwards, on the palmar skin near the joint."""
        offset = self.mesh.vertices - self.centre
        palmar_skin = np.clip(self.mesh.normals @ self.palmar / 0.6, 0, 1)
        near = np.exp(-((offset @ self.along / self.reach) ** 2)) * np.clip(_length(offset) < 3 * self.reach, 0, 1)
        return np.asarray((self.own * palmar_skin * near)[:, None] * self.mesh.normals)

    def _separate(self, vertices: Array, turned: Array) -> Array:
        """Push what crossed the bend's bisecting plane back to its own side, only on the inside of the fold."""
        normal, inwards = unit(turned + self.along), unit(turned - self.along)
        offset = vertices - self.centre
        height = offset @ normal
        side = np.tanh((self.share - 0.5) / 0.12)
        wanted = np.where(side > 0, np.maximum(height, SEPARATION * side), np.minimum(height, SEPARATION * side))
        depth = np.clip(offset @ inwards / (0.25 * self.reach), 0, 1)
        near = np.clip(2.6 - _length(offset) / self.reach, 0, 1)
        return vertices + (self.own * depth * near * (wanted - height))[:, None] * normal


def _length(vectors: Array) -> Array:
    return np.asarray(np.linalg.norm(vectors, axis=-1))


def _radii(joint: int, mesh: Mesh, along: Array, share: Array) -> tuple[float, float]:
    """Radius in metres at the joint, and half-way along the moving bone; the former at most a quarter larger."""
    digit, number = divmod(joint - 1, 3)
    chain = np.vstack([mesh.points[JOINTS][3 * digit + 1 : 3 * digit + 4], mesh.points[ENDS][digit]])
    bone_length = np.linalg.norm(chain[number + 1] - chain[number])
    offset = mesh.vertices - chain[number]
    height, radius = offset @ along, _length(np.cross(offset, along))
    shaft = float(np.median(radius[(share > 0.9) & (height > 0.25 * bone_length) & (height < 0.75 * bone_length)]))
    ring = np.abs(height) < 0.006
    moving = ring & (share > 0.05) & (share < 0.95)
    girth = float(np.median(radius[moving if moving.sum() > 6 else ring]))
    return min(girth, 1.25 * shaft), shaft


def _ownership(joint: int, mesh: Mesh, axes: DigitAxes, share: Array, girth: float, shaft: float) -> Array:
    """Weight (V,) of each vertex in the fold: none for other digits, for what lies beside it, and for skin further on
    that the joint does not move.
    """
    offset = mesh.vertices - mesh.points[JOINTS][joint]
    digit = (joint - 1) // 3
    others = [j for j in range(1, NUM_JOINTS) if (j - 1) // 3 != digit]
    not_others = np.clip(1 - 4 * mesh.lbs_weights[:, others].sum(1), 0, 1)
    beside = np.abs(offset @ axes.flexion[joint - 1])
    not_beside = np.clip((1.9 * shaft - beside) / (0.5 * shaft), 0, 1)
    not_beyond = np.clip(1 - offset @ axes.along[joint - 1] / (0.35 * girth), 0, 1)
    return np.asarray(not_others * not_beside * np.where(share < 0.02, not_beyond, 1))


def _smallest_sufficient(gain: Callable[[float], float], limit: float) -> float:
    """The smallest bulge within the limit at which the gain reaches zero, by twelve bisections."""
    if gain(0.0) >= 0:
        return 0.0
    if gain(limit) <= 0:
        return limit
    low, high = 0.0, limit
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if gain(middle) < 0 else (low, middle)
    return (low + high) / 2
