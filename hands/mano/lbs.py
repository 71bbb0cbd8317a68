r"""Linear blend skinning: from shape and pose to joints and vertices, as pure functions.

For shape $\beta$ and joint rotations $R_j$ (relative to the parent; the wrist's is global):

$$
\begin{aligned}
c   &= (1,\ \beta,\ R_1 - I,\ \dots,\ R_{15} - I)                        && \text{blend coefficients} \\
v   &= D\,c                                                              && \text{corrected rest vertices} \\
J   &= K\,(1, \beta)                                                     && \text{rest joints} \\
G_j &= G_{p(j)} \begin{bmatrix} R_j & J_j - J_{p(j)} \\ 0 & 1 \end{bmatrix} && \text{posed frames, root to tip} \\
A_j &= G_j \begin{bmatrix} I & -J_j \\ 0 & 1 \end{bmatrix}               && \text{rest to posed, per joint} \\
v'_i &= \Big(\sum_j w_{ij} A_j\Big)\, v_i                                && \text{posed vertices}
\end{aligned}
$$

$D$ stacks `v_template`, `shapedirs` and `posedirs`; $K$ is `J_regressor` applied to the first two; $w$ are the
`lbs_weights`.

Layout: a batch of small matrices is slow when each is stored by itself, so everything here is *planar* with the batch
last: a rotation is `(3, 3, joints, B)`, a point `(3, n, B)`. A product of 3x3 matrices is then 27 long vector products,
and skinning is one matrix product. Public doors (`Hand`, `axis_angle_to_rotmat`, `forward_kinematics`) speak the usual
batch-first layout.

Source: Loper et al. 2015 (SMPL, equations 2-9); Romero, Tzionas, Black 2017 (MANO). Explained in the book: *Rotations
and the kinematic tree*, *Skinning*.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from hands.mano.model_data import Array, HandModelData

CHUNK = 64
"""Hands skinned at a time: their (3, 4, V, CHUNK) transforms should stay in the processor's cache."""

FEW = 16
"""Below this many hands, rows along the batch are too short for fast matrix products (measured)."""


def _constant(rows: list[list[int]], *shape: int) -> dict[torch.dtype, Tensor]:
    return {dtype: torch.tensor(rows, dtype=dtype).reshape(shape) for dtype in (torch.float32, torch.float64)}


IDENTITY = _constant([[1, 0, 0], [0, 1, 0], [0, 0, 1]], 3, 3, 1, 1)
"""The identity matrix, planar."""
CROSS = _constant(
    [[0, 0, 0], [0, 0, -1], [0, 1, 0], [0, 0, 1], [0, 0, 0], [-1, 0, 0], [0, -1, 0], [1, 0, 0], [0, 0, 0]], 9, 3
)
"""The linear map from a vector r to the nine entries of its cross-product matrix [r]x, row by row."""


def blend_matrix(data: HandModelData) -> Array:
    """The matrix D as (3, V, 146): template, 10 shape directions, 135 pose correctives, in the order of c.

    The file counts a corrective's columns joint by joint; here they run (row, column, joint), as planar rotations lie.
    """
    correctives = data.posedirs.reshape(-1, 3, 15, 9).swapaxes(2, 3).reshape(-1, 3, 135)
    return np.concatenate([data.v_template[..., None], data.shapedirs, correctives], axis=2).swapaxes(0, 1)


def rotmats_from_axis_angles(axis_angle: Float[Tensor, "3 joints B"]) -> Float[Tensor, "3 3 joints B"]:
    r"""Rodrigues' formula, planar: $R = \cos\theta\, I + a\,[r]_\times + b\,r r^T$.

    Here $a = \sin\theta/\theta$ and $b = (1-\cos\theta)/\theta^2$. Below 1e-3 rad both come from their Taylor series,
    so that no derivative divides by zero.
    """
    squared = axis_angle.square().sum(0)
    small = squared < 1e-6
    angle = torch.where(small, 1.0, squared).sqrt()
    a = torch.where(small, 1 - squared / 6, angle.sin() / angle)
    b = torch.where(small, 0.5 - squared / 24, 2 * ((angle / 2).sin() / angle).square())
    skew = (_like(CROSS, a) @ (a * axis_angle).flatten(1)).unflatten(0, (3, 3)).unflatten(2, a.shape)
    symmetric = torch.addcmul((1 - b * squared) * _like(IDENTITY, a), (b * axis_angle)[:, None], axis_angle)
    return symmetric + skew


def _like(constant: dict[torch.dtype, Tensor], tensor: Tensor) -> Tensor:
    """A constant in the dtype and on the device of a tensor."""
    return constant.get(tensor.dtype, constant[torch.float64]).to(tensor)


def chain(
    rotmat: Float[Tensor, "3 3 16 B"], rest_joints: Float[Tensor, "3 16 B"]
) -> tuple[Float[Tensor, "3 3 16 B"], Float[Tensor, "3 16 B"]]:
    """Forward kinematics, planar: global rotations and posed positions of MANO's 16 joints.

    The tree is five fingers of three joints on one wrist, so three steps walk it, all fingers at once: joint k of every
    finger is the slice [k::3], and stacking the steps gives MANO's order back.
    """
    parent_rotmat, parent_joints, parent_rest = rotmat[:, :, :1], rest_joints[:, :1], rest_joints[:, :1]
    rotmats, joints = [], []
    for k in (1, 2, 3):
        rest = rest_joints[:, k::3]
        parent_joints = parent_joints + (parent_rotmat * (rest - parent_rest)).sum(1)
        parent_rotmat = (parent_rotmat[:, :, None] * rotmat[None, :, :, k::3]).sum(1)
        parent_rest = rest
        rotmats.append(parent_rotmat)
        joints.append(parent_joints)
    fingers_rotmat = torch.stack(rotmats, dim=3).flatten(2, 3)
    fingers_joints = torch.stack(joints, dim=2).flatten(1, 2)
    return torch.cat([rotmat[:, :, :1], fingers_rotmat], 2), torch.cat([rest_joints[:, :1], fingers_joints], 1)


def joint_transforms(
    global_rotmat: Float[Tensor, "3 3 16 B"],
    posed_joints: Float[Tensor, "3 16 B"],
    rest_joints: Float[Tensor, "3 16 B"],
) -> Float[Tensor, "3 4 16 B"]:
    """Rest-to-posed transforms A_j: the global rotation, and the translation that takes the rest joint to its place."""
    translation = posed_joints - (global_rotmat * rest_joints).sum(1)
    return torch.cat([global_rotmat, translation[:, None]], 1)


def blend_coefficients(betas: Float[Tensor, "10 B"], rotmat: Float[Tensor, "3 3 16 B"]) -> Float[Tensor, "146 B"]:
    """The vector c: one, ten betas, and the 135 entries of R - I of the finger joints (ordered row, column, joint)."""
    return torch.cat([torch.ones_like(betas[:1]), betas, (rotmat[:, :, 1:] - _like(IDENTITY, rotmat)).flatten(0, 2)])


def skin(
    coefficients: Float[Tensor, "146 B"],
    transforms: Float[Tensor, "3 4 16 B"],
    blend: Float[Tensor, "3 V 146"],
    lbs_weights: Float[Tensor, "V 16"],
) -> Float[Tensor, "3 V B"]:
    """Posed vertices, planar: blend the rest vertices, blend the transforms, apply the one to the other."""
    x, y, z = _blend(coefficients, blend).unbind()
    T = _product(lbs_weights, transforms)
    posed = torch.addcmul(T[:, 3], T[:, 0], x)
    posed = torch.addcmul(posed, T[:, 1], y)
    return torch.addcmul(posed, T[:, 2], z)


def skin_batch(
    coefficients: Float[Tensor, "146 B"],
    transforms: Float[Tensor, "3 4 16 B"],
    blend: Float[Tensor, "3 V 146"],
    lbs_weights: Float[Tensor, "V 16"],
) -> Float[Tensor, "B V 3"]:
    """`skin` for any batch, batch first: small ones at once, large ones in chunks."""
    if coefficients.shape[1] < FEW or blend.requires_grad or lbs_weights.requires_grad:
        return skin(coefficients, transforms, blend, lbs_weights).permute(2, 1, 0).contiguous()
    vertices: Tensor = ChunkedSkin.apply(coefficients, transforms, blend, lbs_weights)
    return vertices


class ChunkedSkin(torch.autograd.Function):
    """`skin` in chunks that stay in the cache, with nothing saved for the backward pass but its inputs.

    The backward pass computes the blended vertices and transforms again, which costs less than fetching them from
    memory, and is written in differentiable operations, so second derivatives work too.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(
        coefficients: Float[Tensor, "146 B"],
        transforms: Float[Tensor, "3 4 16 B"],
        blend: Float[Tensor, "3 V 146"],
        lbs_weights: Float[Tensor, "V 16"],
    ) -> Float[Tensor, "B V 3"]:
        B, V = coefficients.shape[1], len(lbs_weights)
        vertices = coefficients.new_empty(B, V, 3)
        for i in range(0, B, CHUNK):
            chunk = slice(i, i + CHUNK)
            posed = skin(coefficients[:, chunk], transforms[..., chunk], blend, lbs_weights)
            vertices[chunk] = posed.permute(2, 1, 0)
        return vertices

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def jvp(ctx: Any, d_coefficients: Tensor, d_transforms: Tensor, *_: Any) -> Float[Tensor, "B V 3"]:
        coefficients, transforms, blend, lbs_weights = ctx.saved_tensors
        tangents = []
        for i in range(0, coefficients.shape[1], CHUNK):
            chunk = slice(i, i + CHUNK)
            point = coefficients[:, chunk], transforms[..., chunk]
            direction = d_coefficients[:, chunk], d_transforms[..., chunk]
            tangents.append(_skin_tangent(point, direction, blend, lbs_weights).permute(2, 1, 0))
        return torch.cat(tangents)

    @staticmethod
    def backward(ctx: Any, grad: Float[Tensor, "B V 3"]) -> tuple[Tensor, Tensor, None, None]:
        coefficients, transforms, blend, lbs_weights = ctx.saved_tensors
        grads = [
            _skin_backward(
                grad[i : i + CHUNK].permute(2, 1, 0).contiguous(),
                coefficients[:, i : i + CHUNK],
                transforms[..., i : i + CHUNK],
                blend,
                lbs_weights,
            )
            for i in range(0, len(grad), CHUNK)
        ]
        grad_coefficients, grad_transforms = (torch.cat(parts, -1) for parts in zip(*grads, strict=True))
        return grad_coefficients, grad_transforms, None, None


def _blend(coefficients: Float[Tensor, "146 B"], blend: Float[Tensor, "3 V 146"]) -> Float[Tensor, "3 V B"]:
    """Rest vertices with shape and pose correctives, D c."""
    return _product(blend.flatten(0, 1), coefficients).unflatten(0, blend.shape[:2])


def _product(left: Float[Tensor, "n k"], right: Float[Tensor, "*planes k B"]) -> Float[Tensor, "*planes n B"]:
    """Left @ right; for a few hands from the transposes, whose rows run along the vertices and are long."""
    if right.shape[-1] >= FEW:
        return left @ right
    return (right.mT.contiguous() @ left.T).mT


def _skin_backward(
    grad: Float[Tensor, "3 V B"],
    coefficients: Float[Tensor, "146 B"],
    transforms: Float[Tensor, "3 4 16 B"],
    blend: Float[Tensor, "3 V 146"],
    lbs_weights: Float[Tensor, "V 16"],
) -> tuple[Float[Tensor, "146 B"], Float[Tensor, "3 4 16 B"]]:
    """Gradients of `skin`: v' = T v + t gives dv = T^T dv', dT = dv' v^T, dt = dv'."""
    vertices = _blend(coefficients, blend)
    T = lbs_weights @ transforms[:, :3]
    grad_vertices = (T * grad[:, None]).sum(0)
    grad_T = torch.cat([grad[:, None] * vertices, grad[:, None]], 1)
    return blend.flatten(0, 1).T @ grad_vertices.flatten(0, 1), lbs_weights.T @ grad_T


def _skin_tangent(
    point: tuple[Float[Tensor, "146 B"], Float[Tensor, "3 4 16 B"]],
    direction: tuple[Float[Tensor, "146 B"], Float[Tensor, "3 4 16 B"]],
    blend: Float[Tensor, "3 V 146"],
    lbs_weights: Float[Tensor, "V 16"],
) -> Float[Tensor, "3 V B"]:
    """Directional derivative of `skin`: T dv + dT v + dt."""
    T, dT = lbs_weights @ point[1], lbs_weights @ direction[1]
    v, dv = _blend(point[0], blend), _blend(direction[0], blend)
    return (T[:, :3] * dv).sum(1) + (dT[:, :3] * v).sum(1) + dT[:, 3]


def axis_angle_to_rotmat(axis_angle: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3 3"]:
    """Rotation matrices of axis-angle vectors (radians); differentiable everywhere, zero rotation included.

    Convention:
        Right-handed and active: a vector v turns by |axis_angle| about axis_angle to R @ v.

    Example:
        >>> axis_angle_to_rotmat(torch.tensor([0.0, 0.0, torch.pi / 2])).round().int().tolist()
        [[0, -1, 0], [1, 0, 0], [0, 0, 1]]

    Raises:
        ValueError: the last dimension is not 3, or the numbers are not floating-point.

    Source: chapter *Rotations and the kinematic tree*.
    """
    if axis_angle.shape[-1:] != (3,) or not axis_angle.is_floating_point():
        raise ValueError(
            f"axis_angle is {axis_angle.dtype} of shape {tuple(axis_angle.shape)}, expected floats (..., 3)"
        )
    flat = axis_angle.reshape(-1, 1, 3)
    return rotmats_from_axis_angles(flat.permute(2, 1, 0)).permute(3, 2, 0, 1).reshape(*axis_angle.shape, 3)


def forward_kinematics(
    rotmat: Float[Tensor, "*#batch 16 3 3"], rest_joints: Float[Tensor, "*#batch 16 3"]
) -> tuple[Float[Tensor, "*batch 16 3 3"], Float[Tensor, "*batch 16 3"]]:
    """Global rotations and posed positions of MANO's 16 joints.

    Args:
        rotmat: each joint's rotation relative to its parent; the wrist's is global.
        rest_joints: joints of the unposed hand, metres. The wrist stays where it is.

    Returns:
        `(global_rotmat, posed_joints)` in the frame of `rest_joints`, metres.

    Source: SMPL, equations 3-4; chapter *Rotations and the kinematic tree*.
    """
    batch = torch.broadcast_shapes(rotmat.shape[:-3], rest_joints.shape[:-2])
    planar_rotmat = rotmat.expand(*batch, 16, 3, 3).reshape(-1, 16, 3, 3).permute(2, 3, 1, 0)
    planar_joints = rest_joints.expand(*batch, 16, 3).reshape(-1, 16, 3).permute(2, 1, 0)
    global_rotmat, joints = chain(planar_rotmat, planar_joints)
    return global_rotmat.permute(3, 2, 0, 1).reshape(*batch, 16, 3, 3), joints.permute(2, 1, 0).reshape(*batch, 16, 3)
