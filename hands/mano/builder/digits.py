"""The axes about which the joints of the digits turn, and poses from anatomical angles, in numpy.

`hands.mano.anatomy` says the same of a finished hand, in torch; here the hand is still being made. The axes run from
joint to joint and, for the last bone, to MakeHuman's own end of the digit.

Convention:
    Positive flexion bends towards the palm, positive abduction turns towards the thumb's side. A rotation is composed
    twist first, then flexion, then abduction, about axes fixed in the flat hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from hands.conventions import JOINT_NAMES, MANO_FINGERS, NUM_JOINTS, PARENTS

from .landmarks import ENDS, JOINTS
from .vectors import Array, unit

PALMAR: Final = np.array([0.0, -1.0, 0.0])
"""Where the pads of the four fingers face in the flat hand."""

THUMB_PALMAR: Final = -unit(np.array([0.349, 0.494, 0.796]))
"""Where the pad of the thumb faces: opposite to its nail, measured on MakeHuman's straightened hand."""


@dataclass(frozen=True)
class DigitAxes:
    """Unit vectors (15, 3) in the flat hand, one for each joint but the wrist, in MANO's order."""

    along: Array  # from the joint to the next one, or to the end of the digit
    flexion: Array
    abduction: Array

    @classmethod
    def of(cls, points: Array) -> DigitAxes:
        """The axes of a flat hand, given as points (V + 21, 3)."""
        chains = [
            np.vstack([points[JOINTS][1 + 3 * digit : 4 + 3 * digit], points[ENDS][digit]])
            for digit in range(len(MANO_FINGERS))
        ]
        along = unit(np.concatenate([np.diff(chain, axis=0) for chain in chains]))
        palmar = np.repeat([THUMB_PALMAR if finger == "thumb" else PALMAR for finger in MANO_FINGERS], 3, axis=0)
        flexion = unit(np.cross(along, palmar))
        return cls(along, flexion, unit(np.cross(along, flexion)))

    def rotation(self, joint: int, degrees: Array) -> Rotation:
        """Rotation of joint 1 to 15 by (..., 3) degrees of flexion, abduction and twist; batches are flattened.

        Abduction comes first, unlike in `hands.mano.anatomy`: so the shipped hand was made, and another order would
        change its pose space and correctives a little.
        """
        angles = np.radians(degrees).reshape(-1, 3, 1)
        axes = (self.flexion[joint - 1], self.abduction[joint - 1], self.along[joint - 1])
        flexion, abduction, twist = (Rotation.from_rotvec(angles[:, i] * axis) for i, axis in enumerate(axes))
        return abduction * flexion * twist

    def local_rotations(self, degrees: Mapping[str, tuple[float, float, float]]) -> Array:
        """Matrices (16, 3, 3) of a pose; joints not named stay straight."""
        rotations = np.tile(np.eye(3), (NUM_JOINTS, 1, 1))
        for name, angles in degrees.items():
            joint = JOINT_NAMES.index(name)
            rotations[joint] = self.rotation(joint, np.array(angles, dtype=float)).as_matrix()[0]
        return rotations


def descendants(joint: int) -> list[int]:
    """The joint and all that hang on it, among MANO's 16."""
    found = [joint]
    for j in range(joint + 1, NUM_JOINTS):
        if PARENTS[j] in found:
            found.append(j)
    return found


def bone_motions(local_rotations: Array, joints: Array) -> tuple[Array, Array]:
    """Rigid motions x -> R x + t of the 16 bones in a pose: R (16, 3, 3) and t (16, 3)."""
    R, position = local_rotations.copy(), joints.copy()
    for j in range(1, NUM_JOINTS):
        parent = PARENTS[j]
        R[j] = R[parent] @ local_rotations[j]
        position[j] = position[parent] + R[parent] @ (joints[j] - joints[parent])
    return R, position - (R @ joints[..., None])[..., 0]


def skin_by_dual_quaternions(vertices: Array, lbs_weights: Array, motions: tuple[Array, Array]) -> Array:
    """Vertices (V, 3) moved by dual-quaternion blending, which keeps the volume of bent and twisted limbs.

    Source: Kavan et al., Geometric skinning with approximate dual quaternion blending, 2008.
    """
    R, t = motions
    real = Rotation.from_matrix(R).as_quat()
    dual = 0.5 * _multiply(np.column_stack([t, np.zeros(len(t))]), real)
    sign = np.sign(real[lbs_weights.argmax(1)] @ real.T)  # q and -q are one rotation: take the dominant bone's side
    weights = lbs_weights * np.where(sign == 0, 1, sign)
    real_mix, dual_mix = weights @ real, weights @ dual
    norm = np.linalg.norm(real_mix, axis=1, keepdims=True)
    real_mix, dual_mix = real_mix / norm, dual_mix / norm
    shift = 2 * _multiply(dual_mix, real_mix * [-1, -1, -1, 1])[:, :3]
    return np.asarray(Rotation.from_quat(real_mix).apply(vertices) + shift)


def _multiply(a: Array, b: Array) -> Array:
    """Product of quaternions (n, 4), the scalar part last."""
    av, aw, bv, bw = a[:, :3], a[:, 3:], b[:, :3], b[:, 3:]
    vector = aw * bv + bw * av + np.cross(av, bv)
    return np.column_stack([vector, aw[:, 0] * bw[:, 0] - (av * bv).sum(1)])
