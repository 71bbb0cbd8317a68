"""Hands that a camera sees, in double precision, and networks that take no time."""

from __future__ import annotations

import numpy as np
import torch

from hands import mano
from hands.gesture import Camera, GestureNetConfig
from hands.gesture.labels import HandLabels
from hands.nets import HRNetConfig

SIDE = 32
TINY = GestureNetConfig(
    HRNetConfig(4, 1, (1, 1, 1), stem=4, bottlenecks=1, narrow=4, head=8, dim=16), hidden=8, dropout=0.0
)


def cameras(count: int, seed: int = 0) -> list[Camera]:
    """Whose axes do not meet the middle of a square of 32 pixels."""
    rng = np.random.default_rng(seed)
    return [
        Camera(np.eye(3), np.zeros(3), float(rng.uniform(60, 110)), SIDE, tuple(SIDE / 2 + rng.uniform(-9, 9, 2)))
        for _ in range(count)
    ]


def labels(hand: mano.Hand, count: int = 5, seed: int = 0, dtype: torch.dtype = torch.float64) -> HandLabels:
    """Of hands half a metre away, pixels by `Camera.project`."""
    own = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> torch.Tensor:
        return torch.randn(count, *shape, dtype=torch.float64, generator=own).to(dtype)

    global_rotmat = mano.axis_angle_to_rotmat(drawn(3))
    hand_rotmat = mano.axis_angle_to_rotmat(0.3 * drawn(15, 3))
    betas = drawn(10)
    points = hand.keypoints(betas=betas, global_rotmat=global_rotmat, hand_rotmat=hand_rotmat)
    keypoints = points - points.mean(1, keepdim=True) + torch.tensor([0, 0, 0.5]) + 0.02 * drawn(1, 3)
    eyes = cameras(count, seed)
    pixels = np.stack([eye.project(own.numpy()) for eye, own in zip(eyes, keypoints.double(), strict=True)])
    return HandLabels(
        global_rotmat,
        hand_rotmat,
        betas,
        keypoints.to(dtype),
        torch.from_numpy(pixels).to(dtype),
        torch.tensor([eye.focal for eye in eyes], dtype=dtype),
        torch.tensor([eye.centre for eye in eyes], dtype=dtype),
    )
