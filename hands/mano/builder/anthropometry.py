"""How large hands are: the ANSUR II survey, and a ruler that measures a mesh as the survey measured people.

Source: ANSUR II, the 2012 anthropometric survey of US Army personnel (public domain): 4,082 men and 1,986 women. Means,
standard deviations and correlations below are computed from its public tables. Soldiers are no sample of all adults;
they are the best measured one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import ConvexHull

from hands.conventions import JOINT_NAMES
from hands.mano.mesh import section, undirected_edges

from .vectors import Array, Indices, unit

MEASURES: Final = ("hand length", "hand breadth", "hand circumference", "palm length", "wrist circumference")
"""Order of every array of measures, in metres."""

FITTED: Final = (0, 1, 3, 4)
"""Measures to which samples are fitted: all but the circumference, where a tape and our section differ by 4 %."""

MM: Final = 1e-3

FORWARD: Final = np.array([-1.0, 0.0, 0.0])
"""From the wrist to the fingers."""

CUFF_BEHIND_WRIST: Final = 0.003
"""Metres from the wrist joint to the section in which the wrist is measured."""


@dataclass(frozen=True)
class Survey:
    """Joint normal distribution of the five measures, in millimetres as published."""

    mean_mm: tuple[float, ...]
    sd_mm: tuple[float, ...]
    correlation: tuple[tuple[float, ...], ...]

    def draw(self, rng: np.random.Generator) -> Array:
        """One person's five measures in metres, no factor beyond 2.5 standard deviations."""
        covariance = np.array(self.correlation) * np.outer(self.sd_mm, self.sd_mm)
        factors = np.clip(rng.normal(size=5), -2.5, 2.5)
        return MM * np.asarray(self.mean_mm + np.linalg.cholesky(covariance) @ factors)


ANSUR: Final = {
    "male": Survey(
        mean_mm=(193.3, 88.3, 212.3, 116.5, 175.9),
        sd_mm=(9.95, 4.39, 10.24, 6.23, 8.96),
        correlation=(
            (1.00, 0.58, 0.59, 0.79, 0.54),
            (0.58, 1.00, 0.92, 0.48, 0.71),
            (0.59, 0.92, 1.00, 0.50, 0.77),
            (0.79, 0.48, 0.50, 1.00, 0.47),
            (0.54, 0.71, 0.77, 0.47, 1.00),
        ),
    ),
    "female": Survey(
        mean_mm=(181.1, 78.2, 186.6, 108.7, 154.8),
        sd_mm=(10.06, 3.84, 8.82, 5.94, 7.83),
        correlation=(
            (1.00, 0.57, 0.56, 0.84, 0.54),
            (0.57, 1.00, 0.89, 0.50, 0.67),
            (0.56, 0.89, 1.00, 0.51, 0.74),
            (0.84, 0.50, 0.51, 1.00, 0.50),
            (0.54, 0.67, 0.74, 0.50, 1.00),
        ),
    ),
}


class HandRuler:
    """Measures flat hands of one topology, in metres.

    Hand length runs from the wrist joint to the tip of the middle finger, palm length to its proximal crease. Breadth
    and circumference are those of the section through the knuckles of the index and the little finger, circumference
    over its convex hull, as a tape would lie; the wrist's is that of a section just behind the wrist joint.
    """

    def __init__(self, vertices: Array, joints: Array, faces: Indices):
        self._edges = undirected_edges(faces)
        self.middle_tip = int(np.argmin(vertices[:, 0]))
        self.palm_crease = _palm_crease(vertices, joints)

    def __call__(self, vertices: Array, joints: Array) -> Array:
        """All five MEASURES (5,)."""
        length, breadth, palm_length, wrist = self.fitted(vertices, joints)
        circumference = _hull_perimeter(self._knuckle_section(vertices, joints))
        return np.array([length, breadth, circumference, palm_length, wrist])

    def fitted(self, vertices: Array, joints: Array) -> Array:
        """The four FITTED measures (4,) alone, which takes half the time."""
        wrist = joints[0]
        length = np.linalg.norm(vertices[self.middle_tip] - wrist)
        breadth = np.ptp(self._knuckle_section(vertices, joints)[:, 0])
        palm_length = np.linalg.norm(vertices[self.palm_crease] - wrist)
        cuff = section(vertices, self._edges, wrist - CUFF_BEHIND_WRIST * FORWARD, FORWARD)
        return np.array([length, breadth, palm_length, _hull_perimeter(cuff[:, 1:])])

    def _knuckle_section(self, vertices: Array, joints: Array) -> Array:
        """The section through the knuckles, (k, 2): from the little finger towards the index, and dorsal."""
        index, pinky = joints[JOINT_NAMES.index("index1")], joints[JOINT_NAMES.index("pinky1")]
        across = unit((index - pinky) * [1, 0, 1])
        points = section(vertices, self._edges, (index + pinky) / 2, np.cross(across, [0, 1.0, 0]))
        flat = np.stack([(points - pinky) @ across, points[:, 1]], axis=1)
        width = np.linalg.norm(index - pinky)
        hand = (flat[:, 0] > -0.5 * width) & (flat[:, 0] < 1.5 * width)  # the plane also cuts the thumb
        return flat[hand]


def _palm_crease(vertices: Array, joints: Array) -> int:
    """The palmar vertex under the middle finger, three tenths of its first bone beyond the knuckle."""
    knuckle, next_joint = joints[JOINT_NAMES.index("middle1")], joints[JOINT_NAMES.index("middle2")]
    beside, below = np.abs(vertices[:, 2] - knuckle[2]), knuckle[1] - vertices[:, 1]
    candidates = np.flatnonzero((beside < 0.006) & (below > 0.004))
    crease = knuckle[0] - 0.30 * (knuckle[0] - next_joint[0])
    return int(candidates[np.argmin(np.abs(vertices[candidates, 0] - crease))])


def _hull_perimeter(points: Array) -> float:
    """Length of the convex hull of points (k, 2); scipy calls a plane hull's perimeter its area."""
    return float(ConvexHull(points).area)
