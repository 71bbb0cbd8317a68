"""How wrong a hand is, as pure functions: metres in, metres out; show them in mm.

MPJPE is the mean distance between predicted and true keypoints, after both hands were moved so that their wrists
coincide: the position of the hand is not scored. PA-MPJPE is the same after the best rotation, scale and shift, which
forgives nearly everything but the pose of the fingers. MPVPE is MPJPE's twin over the vertices of the mesh.

Explained in the book: *Meet the hand*.
"""

import roma
from jaxtyping import Float
from torch import Tensor


def wrist_aligned(points: Float[Tensor, "*batch n 3"], wrist: Float[Tensor, "*batch 3"] | None = None) -> Tensor:
    """Points (..., n, 3) moved so that the wrist is the origin; without `wrist`, the first point is the wrist."""
    return points - (points[..., :1, :] if wrist is None else wrist[..., None, :])


def mpjpe(predicted: Float[Tensor, "*batch n 3"], true: Float[Tensor, "*batch n 3"]) -> Float[Tensor, "*batch"]:
    """Mean per-joint position error, wrist-aligned, metres: one value per hand.

    Args:
        predicted: keypoints, metres, the wrist first.
        true: likewise.

    Example:
        >>> import torch
        >>> true = torch.zeros(21, 3)
        >>> predicted = true.clone()
        >>> predicted[20] = torch.tensor([0.0, 0.021, 0.0])
        >>> round(mpjpe(predicted, true).item(), 6)
        0.001
    """
    return (wrist_aligned(predicted) - wrist_aligned(true)).norm(dim=-1).mean(-1)


def mpvpe(
    predicted: Float[Tensor, "*batch n 3"],
    true: Float[Tensor, "*batch n 3"],
    predicted_wrist: Float[Tensor, "*batch 3"],
    true_wrist: Float[Tensor, "*batch 3"],
) -> Float[Tensor, "*batch"]:
    """Mean per-vertex position error, metres, after each mesh was moved to its own wrist joint."""
    return (wrist_aligned(predicted, predicted_wrist) - wrist_aligned(true, true_wrist)).norm(dim=-1).mean(-1)


def pa_mpjpe(predicted: Float[Tensor, "*batch n 3"], true: Float[Tensor, "*batch n 3"]) -> Float[Tensor, "*batch"]:
    """Procrustes-aligned MPJPE, metres: the error left after the best rotation, scale and shift of the prediction.

    Source: Umeyama 1991, by `roma.rigid_points_registration`.
    """
    rotation, shift, scale = roma.rigid_points_registration(predicted, true, compute_scaling=True)
    aligned = scale[..., None, None] * predicted @ rotation.mT + shift[..., None, :]
    return (aligned - true).norm(dim=-1).mean(-1)


def orientation_error(
    predicted: Float[Tensor, "*batch 3 3"], true: Float[Tensor, "*batch 3 3"]
) -> Float[Tensor, "*batch"]:
    """Angle between two orientations, radians."""
    return roma.rotmat_geodesic_distance(predicted, true)
