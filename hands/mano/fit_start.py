"""Where the search for a hand starts: the nearest of a few key poses, turned and moved onto the points.

Registration is rigid and exact (Kabsch's, by singular values), so only the fingers can start in the wrong place.

Source: Kabsch 1976; Umeyama 1991. Explained in the book: *Fitting a hand to points*.
"""

from __future__ import annotations

import numpy as np
import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from hands.conventions import FINGERS, NUM_BETAS, NUM_KEYPOINTS
from hands.mano.anatomy import angles_to_hand_pose, clamp_angles
from hands.mano.fit_model import FitModel, State
from hands.mano.fit_points import TrackedPoints
from hands.mano.gestures import PRESETS, key_angles


def nearest_key_poses(model: FitModel, points: TrackedPoints, fps: float | None, betas: Tensor | None = None) -> State:
    """Of the presets, turned and moved onto each frame's points, the nearest one; betas (N, 10) are zero if unknown."""
    N, T = points.seen.shape[:2]
    betas = torch.zeros(N, NUM_BETAS, dtype=torch.float64) if betas is None else betas
    angles = clamp_angles(torch.deg2rad(torch.stack([key_angles(name) for name in PRESETS])))  # (K, 15, 3)
    poses = angles_to_hand_pose(model.axes, angles)
    templates = model.hand.keypoints(betas=betas[:, None], hand_pose=poses[:, None, None])  # (K, N, 1, 21, 3)
    xyz, seen = (part.expand(len(PRESETS), *part.shape) for part in (_bridged(points) if fps else points[:2]))
    templates, weights = templates.expand_as(xyz), seen.double() + 1e-9
    rotmat, shift = roma.rigid_points_registration(templates, xyz, weights=weights)
    placed = templates @ rotmat.mT + shift[..., None, :]
    nearest = (weights * (placed - xyz).square().sum(-1)).sum(-1).argmin(0)  # (N, T)
    chosen = (nearest, torch.arange(N)[:, None], torch.arange(T))
    transl = (placed - templates)[chosen][..., 0, :]
    skeleton = (betas.new_zeros(N, NUM_KEYPOINTS - 1), betas.new_zeros(N, len(FINGERS), 3))
    return State(angles[nearest], rotmat[chosen], transl, betas, *skeleton)


def _bridged(points: TrackedPoints) -> tuple[Float[Tensor, "N T 21 3"], Bool[Tensor, "N T 21"]]:
    """Points with their gaps bridged by straight lines over time, good enough to start from."""
    xyz = points.xyz.numpy().copy()
    times = np.arange(xyz.shape[1])
    for n, k in points.seen.any(1).nonzero().tolist():
        there = points.seen[n, :, k].numpy()
        for axis in range(3):
            xyz[n, :, k, axis] = np.interp(times, times[there], xyz[n, there, k, axis])
    return torch.from_numpy(xyz), points.seen.any(1, keepdim=True).expand_as(points.seen)
