"""Pose correctives: `posedirs`, which bring linear blend skinning near the folds of `contact`.

Each finger joint is bent to some fifty rotations R. What the unposed skin should have looked like for skinning to give
the wanted fold is found by undoing the skinning, and its displacement is fitted by ridge regression to the nine entries
of R - I, the features that MANO's formula feeds to posedirs. Joints are fitted one at a time, so the correctives of a
pose add up, and a joint moves only the skin around it.
"""

from __future__ import annotations

import logging
from itertools import product
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from hands.conventions import JOINT_NAMES, NUM_JOINTS

from .contact import Fold, Mesh
from .digits import DigitAxes
from .vectors import Array

log = logging.getLogger(__name__)

RIDGE: Final = 2e-3
"""Keeps the fit tame between and beyond the sampled rotations."""

NEGLIGIBLE = 2e-5
"""Metres; a vertex that no rotation displaces further gets no corrective, which keeps posedirs sparse."""


def fit_pose_correctives(mesh: Mesh, axes: DigitAxes) -> Array:
    """`posedirs` (V, 3, 135) of a flat hand."""
    correctives = [_fit_joint(joint, mesh, axes) for joint in range(1, NUM_JOINTS)]
    return np.concatenate(correctives, axis=2)


def sampled_rotations(joint: int, axes: DigitAxes) -> Rotation:
    """A grid of flexions with some abduction or some twist, as far as the joint can turn."""
    name = JOINT_NAMES[joint]
    flexions = np.arange(-30, 51, 8.0) if name == "thumb1" else np.arange(-25, 111, 9.0)
    abductions, twists = ((-20, 0, 20), (-8, 0, 8)) if name.endswith("1") else ((-5, 0, 5), (0,))
    grid = [(f, a, t) for f, a, t in product(flexions, abductions, twists) if not (a and t)]
    return axes.rotation(joint, np.array(grid, dtype=float))


def _fit_joint(joint: int, mesh: Mesh, axes: DigitAxes) -> Array:
    """Correctives (V, 3, 9) of one joint."""
    fold = Fold.at(joint, mesh, axes)
    rotations = sampled_rotations(joint, axes)
    folds = JOINT_NAMES[joint] not in ("thumb1", "thumb2")  # the ball of the thumb and its MCP have no crease
    wanted = [fold.bent(R) if folds else fold.swing(mesh.vertices, R) for R in rotations]
    features = (rotations.as_matrix() - np.eye(3)).reshape(-1, 9)
    unposed = [undo_skinning(x, fold, R) for x, R in zip(wanted, rotations, strict=True)]
    displacements = np.array(unposed) - mesh.vertices
    moved = np.abs(displacements).max((0, 2)) > NEGLIGIBLE
    result = np.zeros((len(mesh.vertices), 3, 9))
    result[moved] = ridge_regression(features, displacements[:, moved])
    residual = np.einsum("vcf,rf->rvc", result, features)[:, moved] - displacements[:, moved]
    rms = 1e3 * np.sqrt((residual**2).sum(2).mean())
    log.info("correctives of %-7s: %3d vertices, fitted to %.2f mm rms", JOINT_NAMES[joint], moved.sum(), rms)
    return result


def undo_skinning(posed: Array, fold: Fold, rotation: Rotation) -> Array:
    """The unposed vertices (V, 3) that linear blend skinning of this one joint brings to `posed`.

    With share w of the joint at c, skinning is x -> c + ((1 - w) I + w R) (x - c).
    """
    share = fold.share[:, None, None]
    blend = (1 - share) * np.eye(3) + share * rotation.as_matrix()
    return np.asarray(fold.centre + np.linalg.solve(blend, (posed - fold.centre)[..., None])[..., 0])


def ridge_regression(features: Array, displacements: Array) -> Array:
    """Coefficients (V, 3, F) with displacements (R, V, 3) ~ features (R, F), ridge per sample."""
    num_samples, num_features = features.shape
    gram = features.T @ features + RIDGE * num_samples * np.eye(num_features)
    coefficients = np.linalg.solve(gram, features.T @ displacements.reshape(num_samples, -1))
    return coefficients.T.reshape(*displacements.shape[1:], num_features)
