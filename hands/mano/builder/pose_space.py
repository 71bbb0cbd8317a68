"""The pose space: `hands_mean` and `hands_components` from 3,000 made-up poses.

No recordings are used. Poses are drawn around eight synergies (relaxed, grasp, fist, pinch, point, spread, hook,
lumbrical) with noise in every angle and inside joint limits; the last joint of a finger follows the middle one, as
tendons make it do. Their principal components play the part of MANO's, but are others: PCA coefficients do not carry
over between hand models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from hands.conventions import MANO_FINGERS, NUM_JOINTS

from .digits import DigitAxes
from .vectors import Array

NUM_POSES: Final = 3000
SEED: Final = 3

FINGERS: Final = ("index", "middle", "ring", "pinky")
"""Order of the fingers in the tables below; the thumb stands apart."""

Four = tuple[int, int, int, int]


@dataclass(frozen=True)
class Synergy:
    """A kind of pose: angles in degrees, open (0) to closed (1)."""

    share: float  # of the poses
    mcp: Four  # flexion of the first joints, index to little finger
    pip: Four  # flexion of the second joints
    thumb: Four  # flexion and abduction of the first joint, flexion of the second and the third
    mcp_closing: Four = (0, 0, 0, 0)  # added when closed
    pip_closing: Four = (0, 0, 0, 0)
    thumb_closing: Four = (0, 0, 0, 0)
    spread: Four = (0, 3, 4, 10)  # abduction of the first joints, towards the thumb


def _all(angle: int) -> Four:
    return (angle, angle, angle, angle)


SYNERGIES: Final = {
    "relaxed": Synergy(0.22, _all(25), _all(35), (7, 17, 10, 12)),
    "grasp": Synergy(0.22, _all(20), _all(25), (12, 26, 12, 18), _all(45), _all(50), (12, 0, 0, 0)),
    "fist": Synergy(0.10, _all(78), _all(92), (24, 12, 36, 45)),
    "pinch": Synergy(0.12, (45, 30, 30, 30), (45, 35, 35, 35), (26, 26, 10, 5), (0, 10, 20, 30), (0, 10, 20, 30)),
    "point": Synergy(0.08, (5, 70, 70, 70), (8, 85, 85, 85), (24, 12, 34, 42)),
    "spread": Synergy(0.08, _all(-5), _all(3), (-13, 2, -4, -8), spread=(8, 4, -6, -4)),
    "hook": Synergy(0.08, _all(5), _all(80), (4, 14, 10, 14), _all(10)),
    "lumbrical": Synergy(0.10, _all(15), _all(15), (14, 22, 10, 10), _all(60)),
}


def sample_poses(axes: DigitAxes, num_poses: int = NUM_POSES, seed: int = SEED) -> Array:
    """Plausible hand poses (n, 45): axis-angle vectors of joints 1 to 15."""
    rng = np.random.default_rng(seed)
    synergies = list(SYNERGIES.values())
    kinds, closing, noise = np.zeros(num_poses, dtype=int), np.zeros(num_poses), np.zeros((num_poses, 5, 9))
    for i in range(num_poses):
        kinds[i] = rng.choice(len(synergies), p=[synergy.share for synergy in synergies])
        closing[i] = rng.beta(2, 2)
        noise[i] = rng.standard_normal((5, 9))

    def table(name: str) -> Array:
        """One row of a synergy's table for each pose, (n, 4)."""
        return np.array([getattr(synergy, name) for synergy in synergies], dtype=float)[kinds]

    closed = closing[:, None]
    angles = {"thumb": _thumb_angles(table("thumb") + closed * table("thumb_closing"), noise[:, 4])}
    mcp, pip = (table(name) + closed * table(f"{name}_closing") for name in ("mcp", "pip"))
    for i, finger in enumerate(FINGERS):
        angles[finger] = _finger_angles(mcp[:, i], pip[:, i], table("spread")[:, i], noise[:, i])
    degrees = np.concatenate([angles[finger] for finger in MANO_FINGERS], axis=1)  # (n, 15, 3)
    poses = [axes.rotation(joint, degrees[:, joint - 1]).as_rotvec() for joint in range(1, NUM_JOINTS)]
    return np.concatenate(poses, axis=1)


def _finger_angles(mcp: Array, pip: Array, spread: Array, noise: Array) -> Array:
    """Flexion, abduction and twist (n, 3 joints, 3) of a finger, from its synergy (n,) and noise (n, 9)."""
    mcp = mcp + 8 * noise[:, 0]
    pip = np.clip(pip + 8 * noise[:, 1], -3, 108)
    dip = np.clip(0.62 * pip + 7 * noise[:, 2], -8, 80)
    room = 1 - 0.8 * np.clip(mcp / 90, 0, 1)  # a bent finger can hardly be spread
    abduction = np.clip(spread + 3.5 * noise[:, 3], -18, 20) * room
    first = np.stack([np.clip(mcp, -20, 95), abduction, 3 * noise[:, 4]], axis=1)
    second = np.stack([pip, noise[:, 5], noise[:, 6]], axis=1)
    third = np.stack([dip, noise[:, 7], noise[:, 8]], axis=1)
    return np.stack([first, second, third], axis=1)


def _thumb_angles(synergy: Array, noise: Array) -> Array:
    """Flexion, abduction and twist (n, 3 joints, 3) of the thumb, from its synergy (n, 4) and noise (n, 9)."""
    flexion, abduction, second, third = (synergy + 6 * noise[:, :4]).T
    return np.stack(
        [
            np.stack([np.clip(flexion, -25, 40), np.clip(abduction, -18, 40), 5 * noise[:, 4]], axis=1),
            np.stack([np.clip(second, -10, 60), 2 * noise[:, 5], 2 * noise[:, 6]], axis=1),
            np.stack([np.clip(third, -15, 80), noise[:, 7], noise[:, 8]], axis=1),
        ],
        axis=1,
    )


def principal_poses(poses: Array) -> tuple[Array, Array]:
    """Mean pose (45,) and orthonormal components (45, 45), one a row; a positive coefficient closes the hand."""
    mean = poses.mean(0)
    _, _, components = np.linalg.svd(poses - mean, full_matrices=False)
    sign = np.sign(components[:, 2::3].sum(1))  # fingers flex about +z
    return mean, components * np.where(sign == 0, 1, sign)[:, None]
