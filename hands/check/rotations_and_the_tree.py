"""Checkers for the exercises of *Rotations and the kinematic tree*.

What is expected comes from scipy and roma, which share no code with the chapter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import roma
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from hands.check.verdict import Verdict, judge

Case = tuple[tuple[Any, ...], Any]


def geodesic_degrees(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Two rotation matrices (3, 3) -> the angle of the rotation between them, in degrees."""
    a, b = _rotmat([10, -60, 25]), _rotmat([-75, 20, 110])
    quarter, half = _rotmat([0, 0, 90]), _rotmat([0, 180, 0])
    a_hair_too_long = torch.eye(3, dtype=torch.float64) * (1 + 1e-12)
    return judge(
        answer,
        {
            "a quarter turn from the identity": _angle_case(quarter, torch.eye(3, dtype=torch.float64)),
            "two turned rotations": _angle_case(a, b),
            "half a turn apart": _angle_case(a @ half, a),
            "one rotation twice, rounding having lifted the cosine above 1 (clamp it)": (
                (a_hair_too_long, torch.eye(3, dtype=torch.float64)),
                0.0,
            ),
        },
        praise="right: the angle of the one rotation that leads from the first to the second",
        atol=1e-4,
        unit="degrees",
        mistakes={
            "that is in radians; the answer should be in degrees": lambda a, b: torch.deg2rad(_angle(a, b)),
            "that is the Frobenius norm of the difference, which measures no angle; use the trace of R_a^T R_b": (
                lambda a, b: (a - b).norm()
            ),
            "that is the Frobenius norm of the difference as if it were an angle; use the trace of R_a^T R_b": (
                lambda a, b: torch.rad2deg((a - b).norm())
            ),
            "that uses R_a R_b; the rotation from one to the other needs a transpose, R_a^T R_b": (
                lambda a, b: _angle(a.mT, b)
            ),
        },
    )


def sixd_to_rotmat(answer: Callable[[Tensor], Any]) -> Verdict:
    """The first two columns of a matrix, one after the other, (*batch, 6) -> rotation matrices (*batch, 3, 3)."""
    clean = _rotmat([20, -70, 40])[:, :2].T.reshape(6)
    rough = torch.tensor([0.9, 0.3, -0.2, 0.5, 1.6, 0.4], dtype=torch.float64)
    batch = torch.randn(2, 15, 6, generator=torch.Generator().manual_seed(6), dtype=torch.float64)
    return judge(
        answer,
        {
            "two columns of a rotation matrix": ((clean,), _gram_schmidt(clean)),
            "two vectors that are neither of length one nor perpendicular": ((rough,), _gram_schmidt(rough)),
            "a batch of shape (2, 15)": ((batch,), _gram_schmidt(batch)),
        },
        praise="right: a proper rotation out of any six numbers",
        mistakes={
            "that is the transpose: the six numbers are columns, so stack them along the last dimension": (
                lambda sixd: _gram_schmidt(sixd).mT
            ),
            "the columns are not perpendicular: take from the second its part along the first": _without_projection,
            "the second column is not of length one: normalise after the projection": _without_second_length,
            "the third column points the wrong way: it is b1 x b2, and b2 x b1 is its negative": _left_handed,
            "make the first column unit before you project on it": _projection_on_a_long_column,
            "that reads the six numbers in turns; the first three are the first column": (
                lambda sixd: roma.special_gramschmidt(sixd.reshape(*sixd.shape[:-1], 3, 2))
            ),
        },
    )


def fingertip_position(answer: Callable[[Tensor, Tensor], Any]) -> Verdict:
    """Local rotations (3, 3, 3) of a finger's joints and offsets (4, 3) in metres -> position of the tip, (3,)."""
    offsets = torch.tensor([[-90, 2, 25], [-35, 0, 4], [-22, -1, 0], [-20, 0, 2]], dtype=torch.float64) / 1000
    straight, bent = torch.zeros(3, 3), torch.tensor([[0, 0, 60], [0, 0, 0], [0, 0, 0]])
    curled, twisted = (
        torch.tensor([[0, 0, 50], [0, 0, 70], [0, 0, 30]]),
        torch.tensor([[0, 20, 40], [9, 0, 60], [-30, 5, 25]]),
    )
    poses = {
        "a straight finger": straight,
        "a finger bent at its first joint": bent,
        "a curled finger": curled,
        "a finger that bends, spreads and twists": twisted,
    }
    return judge(
        answer,
        {name: ((_rotmat(pose), offsets), _tip(_rotmat(pose), offsets)) for name, pose in poses.items()},
        praise="right: every offset is turned by all the joints before it",
        mistakes={
            "the offsets are added unturned; each is written in the frame of the joint it starts from": (
                lambda rotmats, offsets: offsets.sum(0)
            ),
            "each offset is turned by its own joint alone; joints before it turn it as well": _local_only,
            "each offset is turned one joint too late; turn by joint k first, then step along offset k + 1": _one_late,
            "the product is the wrong way round: global @ local, the parent on the left": _wrong_order,
            "each offset is turned by the transpose: write R @ v, or v @ R.T": _transposed,
        },
        atol=1e-6,
        unit="m",
    )


def mean_rotation(answer: Callable[[Tensor], Any]) -> Verdict:
    """Rotation matrices (N, 3, 3) -> their mean, the rotation nearest to their average matrix."""
    generator = torch.Generator().manual_seed(3)
    noise = torch.rad2deg(0.2 * torch.randn(20, 3, generator=generator, dtype=torch.float64))
    half_turns = [[180, 0, 0]] * 3 + [[0, 180, 0]] * 2 + [[0, 0, 180]] * 2
    sets = {
        "twenty rotations around one": _rotmat([30, -80, 50]) @ _rotmat(noise),
        "two rotations on either side of a half turn": _rotmat([[0, 0, 178], [0, 0, -178]]),
        "seven half turns, whose average matrix is nearer to a mirror image (mind the determinant)": _rotmat(
            half_turns
        ),
    }
    return judge(
        answer,
        {name: ((rotmats,), _mean(rotmats)) for name, rotmats in sets.items()},
        praise="right: the nearest rotation to the average matrix, never a mirror image",
        mistakes={
            "that is the average matrix, which is not a rotation: its columns are too short": lambda rotmats: (
                rotmats.mean(0)
            ),
            "that averages axis-angle vectors; average the matrices instead": (
                lambda rotmats: roma.rotvec_to_rotmat(roma.rotmat_to_rotvec(rotmats).mean(0))
            ),
            "that is a mirror image (determinant -1): flip the sign of the last column of U": _orthogonal,
            "torch.linalg.svd returns V transposed already; do not transpose it again": _transposed_twice,
            "that flips all three columns of U; flip the last one alone": _all_flipped,
            "that is the transpose of the mean": lambda rotmats: _mean(rotmats).mT,
        },
    )


def _rotmat(degrees: Any) -> Tensor:
    """Rotation matrices (*batch, 3, 3) of axis-angle vectors in degrees, by scipy."""
    degrees = np.asarray(degrees, dtype=np.float64)
    matrices = Rotation.from_rotvec(degrees.reshape(-1, 3), degrees=True).as_matrix()
    return torch.from_numpy(matrices.reshape(*degrees.shape, 3))


def _angle_case(a: Tensor, b: Tensor) -> Case:
    return (a, b), _angle(a, b)


def _angle(a: Tensor, b: Tensor) -> Tensor:
    return torch.rad2deg(roma.rotmat_geodesic_distance(a, b))


def _columns(sixd: Tensor) -> Tensor:
    """(*batch, 6) -> the two columns, (*batch, 3, 2)."""
    return sixd.reshape(*sixd.shape[:-1], 2, 3).mT


def _gram_schmidt(sixd: Tensor) -> Tensor:
    rotmat: Tensor = roma.special_gramschmidt(_columns(sixd))
    return rotmat


def _without_projection(sixd: Tensor) -> Tensor:
    a, b = torch.nn.functional.normalize(_columns(sixd), dim=-2).unbind(-1)
    return torch.stack([a, b, torch.linalg.cross(a, b)], -1)


def _without_second_length(sixd: Tensor) -> Tensor:
    a, b = _columns(sixd).unbind(-1)
    a = torch.nn.functional.normalize(a, dim=-1)
    b = b - (a * b).sum(-1, keepdim=True) * a
    return torch.stack([a, b, torch.linalg.cross(a, b)], -1)


def _left_handed(sixd: Tensor) -> Tensor:
    return _gram_schmidt(sixd) * torch.tensor([1.0, 1.0, -1.0], dtype=sixd.dtype)


def _projection_on_a_long_column(sixd: Tensor) -> Tensor:
    a, b = _columns(sixd).unbind(-1)
    b = torch.nn.functional.normalize(b - (a * b).sum(-1, keepdim=True) * a, dim=-1)
    a = torch.nn.functional.normalize(a, dim=-1)
    return torch.stack([a, b, torch.linalg.cross(a, b)], -1)


def _tip(rotmats: Tensor, offsets: Tensor) -> Tensor:
    """The tip by homogeneous transforms."""
    frame = np.eye(4)
    for rotation, offset in zip(rotmats.numpy(), offsets.numpy()[:3], strict=True):
        link = np.eye(4)
        link[:3, :3], link[:3, 3] = rotation, offset
        frame = frame @ link
    return torch.from_numpy((frame @ np.append(offsets[3].numpy(), 1.0))[:3])


def _local_only(rotmats: Tensor, offsets: Tensor) -> Tensor:
    return offsets[0] + (rotmats @ offsets[1:, :, None]).sum((0, 2))


def _one_late(rotmats: Tensor, offsets: Tensor) -> Tensor:
    return _tip(torch.cat([torch.eye(3, dtype=rotmats.dtype)[None], rotmats[:2]]), offsets)


def _wrong_order(rotmats: Tensor, offsets: Tensor) -> Tensor:
    position, turned = offsets[0], torch.eye(3, dtype=rotmats.dtype)
    for rotation, offset in zip(rotmats, offsets[1:], strict=True):
        turned = rotation @ turned
        position = position + turned @ offset
    return position


def _transposed(rotmats: Tensor, offsets: Tensor) -> Tensor:
    position, turned = offsets[0], torch.eye(3, dtype=rotmats.dtype)
    for rotation, offset in zip(rotmats, offsets[1:], strict=True):
        turned = turned @ rotation
        position = position + offset @ turned
    return position


def _mean(rotmats: Tensor) -> Tensor:
    return torch.from_numpy(Rotation.from_matrix(rotmats.numpy()).mean().as_matrix())


def _orthogonal(rotmats: Tensor) -> Tensor:
    """The nearest orthogonal matrix, mirror images included."""
    U, _, Vh = torch.linalg.svd(rotmats.mean(0))
    nearest: Tensor = U @ Vh
    return nearest


def _transposed_twice(rotmats: Tensor) -> Tensor:
    U, _, Vh = torch.linalg.svd(rotmats.mean(0))
    U[:, 2] *= (U @ Vh.mT).det().sign()
    turned: Tensor = U @ Vh.mT
    return turned


def _all_flipped(rotmats: Tensor) -> Tensor:
    nearest = _orthogonal(rotmats)
    return nearest * nearest.det().sign()
