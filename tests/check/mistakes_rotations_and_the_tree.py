"""A likely wrong answer to each exercise of *Rotations and the kinematic tree*."""

import torch
from torch import Tensor


def no_clamp(R_a: Tensor, R_b: Tensor) -> Tensor:
    """Right until rounding lifts the cosine above one."""
    return torch.rad2deg(torch.acos(((R_a.T @ R_b).trace() - 1) / 2))


def rows(sixd: Tensor) -> Tensor:
    """Gram-Schmidt as it should be, but stacked as rows."""
    a, b = sixd[..., :3], sixd[..., 3:]
    x = a / a.norm(dim=-1, keepdim=True)
    y = b - (x * b).sum(-1, keepdim=True) * x
    y = y / y.norm(dim=-1, keepdim=True)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=-2)


def offsets_turned_by_their_own_joint_only(rotmats: Tensor, offsets: Tensor) -> Tensor:
    """Forgets that a parent's rotation turns the child's offset too."""
    position = offsets[0]
    for rotation, offset in zip(rotmats, offsets[1:], strict=True):
        position = position + rotation @ offset
    return position


def without_determinant(rotmats: Tensor) -> Tensor:
    """The nearest orthogonal matrix, which may be a mirror image."""
    U, _, Vh = torch.linalg.svd(rotmats.mean(0))
    return U @ Vh


MISTAKES = {
    "geodesic_degrees": no_clamp,
    "sixd_to_rotmat": rows,
    "fingertip_position": offsets_turned_by_their_own_joint_only,
    "mean_rotation": without_determinant,
}
