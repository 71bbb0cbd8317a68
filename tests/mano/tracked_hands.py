"""Made-up hands in motion, and what a tracker makes of them: synthetic data for tests and benchmarks of fitting."""

import numpy as np
import torch
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.spatial.transform import Rotation, Slerp

from hands.conventions import KEYPOINT_PARENTS
from hands.mano.anatomy import angles_to_hand_pose, joint_axes, limits
from hands.mano.gestures import PRESETS, key_angles
from hands.mano.keypoint_orders import KEYPOINT_ORDERS

HOLD = 0.7
"""Seconds from one key pose to the next."""


def moving_hand(hand, seed, num_frames, fps=30.0):
    """Arguments of `hand(...)` for a hand that goes from one disturbed key pose to the next, turning and wandering."""
    rng = np.random.default_rng(seed)
    low, high = (bound.numpy() for bound in limits())
    times = np.arange(num_frames) / fps
    key_times = np.arange(int(times[-1] / HOLD) + 3) * HOLD
    keys = np.stack([np.radians(key_angles(rng.choice(PRESETS)).numpy()) for _ in key_times])
    keys = np.clip(keys + rng.normal(0, np.radians([8, 3, 3]), keys.shape), low, high)
    angles = np.clip(PchipInterpolator(key_times, keys)(times), low, high)
    turns = Rotation.random(random_state=seed) * Rotation.from_rotvec(rng.normal(0, 0.4, (len(key_times), 3)))
    places = CubicSpline(key_times, rng.normal(0, 0.08, (len(key_times), 3)))(times) + rng.normal(0, 0.3, 3)
    return {
        "betas": torch.from_numpy(rng.normal(0, 1, 10)),
        "global_orient": torch.from_numpy(Slerp(key_times, turns)(times).as_rotvec()),
        "hand_pose": angles_to_hand_pose(joint_axes(hand.data), torch.from_numpy(angles)),
        "transl": torch.from_numpy(places),
    }


def with_other_bones(keypoints, seed, share=0.1):
    """Keypoints (T, 21, 3) of somebody whose bones are each longer or shorter by up to a share, in the same pose."""
    factors = 1 + np.random.default_rng(seed).uniform(-share, share, 21)
    points = keypoints.clone()
    for k, parent in enumerate(KEYPOINT_PARENTS[1:], start=1):
        points[:, k] = points[:, parent] + factors[k] * (keypoints[:, k] - keypoints[:, parent])
    return points


def tracked(points, seed, order="hands", noise=0.003, missing=0.3):
    """What a tracker reports of true points (T, 21, 3): its order and unit, noise, gaps as NaN; and what it saw."""
    rng = np.random.default_rng(seed)
    listed = KEYPOINT_ORDERS[order]
    noisy = points.numpy() + rng.normal(0, noise, points.shape)
    seen = rng.random((len(points), len(listed.names))) >= missing
    reported = np.full((*seen.shape, 3), np.nan)
    for i, ours in enumerate(listed.ours):
        reported[:, i] = rng.normal(0, 0.1, 3) if ours is None else noisy[:, ours]
    return np.where(seen[..., None], reported / listed.metres, np.nan), seen
