"""The joint regressor: each joint as a convex combination of nearby vertices.

For each joint, weights x >= 0 with sum 1 are sought that reproduce it on many hands and exactly on the mean one:
non-negative least squares over the vertices around the joint, then the smallest change that meets the four equations

    sum_v x_v mean_v = joint,   sum_v x_v = 1.
"""

from __future__ import annotations

import logging
from typing import Final

import numpy as np
from scipy.optimize import nnls

from hands.conventions import JOINT_NAMES, NUM_JOINTS, PARENTS

from .landmarks import JOINTS, SURFACE
from .vectors import Array, Indices

log = logging.getLogger(__name__)

RADIUS: Final = {"wrist": 0.045, "thumb1": 0.036}
"""Metres around a joint in which its vertices are looked for; DEFAULT_RADIUS for the joints not named."""

DEFAULT_RADIUS: Final = 0.026
NUM_FITTED_SAMPLES: Final = 150
MEAN_WEIGHT, SUM_WEIGHT = 300.0, 3000.0
"""Weights of the mean hand's equations and of the sum-to-one equation, against one for each sample's."""

RIDGE: Final = 1e-3
"""Spreads a joint over more vertices, which makes it robust to noise in any of them."""


def fit_joint_regressor(mean: Array, samples: Array, lbs_weights: Array) -> Array:
    """Regressor (16, V): rows non-negative, summing to one, exact on the mean hand.

    Args:
        mean: points (V + 21, 3) of the mean hand.
        samples: points (n, V + 21, 3) of hands; every tenth or so is used.
        lbs_weights: skinning weights (V, 16).
    """
    chosen = samples[np.linspace(0, len(samples) - 1, NUM_FITTED_SAMPLES).astype(int)]
    surface, joints = mean[SURFACE], mean[JOINTS]
    regressor = np.zeros((NUM_JOINTS, len(surface)))
    for j in range(NUM_JOINTS):
        near = _candidates(j, surface, joints[j], lbs_weights)
        guess = _least_squares(chosen[:, SURFACE][:, near], chosen[:, JOINTS][:, j], surface[near], joints[j])
        regressor[j, near] = make_exact(guess, surface[near], joints[j])
    error = np.linalg.norm(regressor @ samples[:, SURFACE] - samples[:, JOINTS], axis=2)
    log.info("joint regressor: %.2f mm off in the mean, %.2f mm at most", 1e3 * error.mean(), 1e3 * error.max())
    return regressor


def _candidates(j: int, surface: Array, joint: Array, lbs_weights: Array) -> Indices:
    """Vertices near the joint and on either of the two bones that meet in it."""
    near = np.linalg.norm(surface - joint, axis=1) < RADIUS.get(JOINT_NAMES[j], DEFAULT_RADIUS)
    if j > 0:
        near &= lbs_weights[:, [j, PARENTS[j]]].sum(1) > 0.55
    return np.flatnonzero(near)


def _least_squares(surfaces: Array, joints: Array, mean: Array, mean_joint: Array) -> Array:
    """Non-negative weights (k,) with surfaces (n, k, 3) -> joints (n, 3), and mean (k, 3) -> mean_joint."""
    num_candidates = len(mean)
    rows = surfaces.transpose(0, 2, 1).reshape(-1, num_candidates)
    ridge = RIDGE * np.sqrt(len(rows)) * np.eye(num_candidates)
    matrix = np.concatenate([rows, MEAN_WEIGHT * mean.T, np.full((1, num_candidates), SUM_WEIGHT), ridge])
    values = np.concatenate([joints.ravel(), MEAN_WEIGHT * mean_joint, [SUM_WEIGHT], np.zeros(num_candidates)])
    weights, _ = nnls(matrix, values, maxiter=20 * num_candidates)
    return np.asarray(weights)


def make_exact(weights: Array, vertices: Array, joint: Array) -> Array:
    """The nearest weights (k,) >= 0 that sum to one and reproduce the joint exactly.

    The smallest change x -> x + C^T (C C^T)^-1 (d - C x) meets the equations C x = d on the support; vertices that it
    makes negative leave the support, and it starts again.

    Raises:
        ValueError: the joint lies outside the hull of the vertices.
    """
    result = np.where(weights > 1e-3 * weights.max(), weights, 0.0)
    equations = np.vstack([vertices.T, np.ones(len(vertices))])
    values = np.append(joint, 1.0)
    while (result > 0).sum() >= 4:
        support = np.flatnonzero(result)
        C, x = equations[:, support], result[support]
        x = x + C.T @ np.linalg.solve(C @ C.T, values - C @ x)
        if (x >= -1e-12).all():
            result[support] = np.maximum(x, 0)
            return np.asarray(result / result.sum())
        result[support[x < 0]] = 0
    raise ValueError("no convex combination of these vertices reproduces the joint")
