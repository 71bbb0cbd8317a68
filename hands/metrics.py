"""How wrong a hand is, as pure functions: metres in, metres out; show them in mm.

MPJPE is the mean distance between predicted and true keypoints, after both hands were moved so that their wrists
coincide: the position of the hand is not scored. PA-MPJPE is the same after the best rotation, scale and shift, which
forgives nearly everything but the pose of the fingers. MPVPE is MPJPE's twin over the vertices of the mesh.

A movement can be near the truth in every frame and yet tremble. `jitter` and `acceleration_error` look at several
frames at once: dimension -3 is time, and a batch is of recordings; no difference reaches from one into the next.

Explained in the book: *Meet the hand*.
"""

from typing import Final

import roma
import torch
from jaxtyping import Float
from torch import Tensor

MIDDLE_KNUCKLE: Final = 9
"""Among the 21 keypoints."""


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


def scaled_mpjpe(
    predicted: Float[Tensor, "*batch 21 3"], true: Float[Tensor, "*batch 21 3"]
) -> Float[Tensor, "*batch"]:
    """MPJPE about the knuckle of the middle finger, of a prediction that was made as large as the truth, metres.

    Both hands are moved so that these knuckles coincide, and the prediction is scaled by how far the wrist is from the
    knuckle. It forgives a wrong size, and turns about another point than `mpjpe`: the two do not compare.

    Source: the measure of IntagHand and EANet (Park et al. 2023).

    Example:
        >>> import torch
        >>> true = torch.rand(21, 3)
        >>> scaled_mpjpe(2 * true + 1, true).item() < 1e-6
        True
    """
    own, others = (points - points[..., MIDDLE_KNUCKLE, None, :] for points in (predicted, true))
    lengths = [points[..., :1, :].norm(dim=-1, keepdim=True) for points in (own, others)]
    return (own * lengths[1] / lengths[0] - others).norm(dim=-1).mean(-1)


def orientation_error(
    predicted: Float[Tensor, "*batch 3 3"], true: Float[Tensor, "*batch 3 3"]
) -> Float[Tensor, "*batch"]:
    """Angle between two orientations, radians."""
    return roma.rotmat_geodesic_distance(predicted, true)


def per_finger(
    predicted: Float[Tensor, "*batch 21 3"], true: Float[Tensor, "*batch 21 3"]
) -> Float[Tensor, "*batch 5"]:
    """MPJPE of each finger's four keypoints, metres, thumb to little finger (`conventions.FINGERS`).

    The wrist, whose error is zero, belongs to no finger: so MPJPE is 20/21 of the mean over fingers.
    """
    errors = (wrist_aligned(predicted) - wrist_aligned(true)).norm(dim=-1)
    return errors[..., 1:].unflatten(-1, (5, 4)).mean(-1)


def bone_length_error(
    predicted: Float[Tensor, "*batch 21 3"], true: Float[Tensor, "*batch 21 3"]
) -> Float[Tensor, "*batch"]:
    """Mean difference in length, without its sign, of the 20 bones between keypoints and their parents, metres.

    It sees a hand of the wrong size or with limbs that stretch, and no wrong pose.
    """
    return (_bone_lengths(predicted) - _bone_lengths(true)).abs().mean((-2, -1))


def _bone_lengths(keypoints: Float[Tensor, "*batch 21 3"]) -> Float[Tensor, "*batch 5 4"]:
    """From the wrist outwards along each finger."""
    fingers = keypoints[..., 1:, :].unflatten(-2, (5, 4))
    wrist = keypoints[..., None, :1, :].expand_as(fingers[..., :1, :])
    return torch.cat([wrist, fingers], -2).diff(dim=-2).norm(dim=-1)


def jitter(points: Float[Tensor, "*batch time n 3"], fps: float | int) -> Float[Tensor, "*batch"]:
    """Mean size of the third difference times fps^3, wrist-aligned: the jerk of a movement, m/s^3.

    Every four consecutive frames count once, the ends are not padded. True movements have jitter, too: show theirs.

    Raises:
        ValueError: there are fewer than four frames, or `fps` is not positive.

    Source: Flash and Hogan 1985 (jerk); Yi et al. 2021, TransPose (as a measure of captured motion).
    """
    return _differences(wrist_aligned(points), 3, fps).norm(dim=-1).mean((-2, -1))


def acceleration_error(
    predicted: Float[Tensor, "*batch time n 3"], true: Float[Tensor, "*batch time n 3"], fps: float | int
) -> Float[Tensor, "*batch"]:
    """Mean size of the difference of accelerations (second differences times fps^2), wrist-aligned, m/s^2.

    Every three consecutive frames count once, the ends are not padded.

    Raises:
        ValueError: there are fewer than three frames, or `fps` is not positive.

    Source: Kanazawa et al. 2019, *Learning 3D human dynamics from video*.
    """
    wrong = wrist_aligned(predicted) - wrist_aligned(true)
    return _differences(wrong, 2, fps).norm(dim=-1).mean((-2, -1))


def _differences(points: Float[Tensor, "*batch time n 3"], order: int, fps: float | int) -> Tensor:
    """The derivative of an order over time, from that many frames and one."""
    frames = points.shape[-3]
    if frames <= order:
        raise ValueError(f"{frames} frames, expected {order + 1} or more: a difference of order {order} takes so many")
    return points.diff(n=order, dim=-3) * _positive(fps) ** order


def speed(points: Float[Tensor, "*batch time n 3"], fps: float | int) -> Float[Tensor, "*batch time"]:
    """Mean speed of the points at every frame, wrist-aligned, m/s: central differences, one-sided at both ends.

    Raises:
        ValueError: there are fewer than two frames, or `fps` is not positive.
    """
    frames = points.shape[-3]
    if frames < 2:
        raise ValueError(f"{frames} frames, expected 2 or more to tell a speed")
    (velocity,) = torch.gradient(wrist_aligned(points), spacing=1 / _positive(fps), dim=-3)
    return velocity.norm(dim=-1).mean(-1)


def by_tercile(errors: Float[Tensor, "*batch"], values: Float[Tensor, "*batch"]) -> Float[Tensor, " 3"]:
    """Mean error in the third of frames with the smallest values (such as `speed`), the middle and the largest third.

    Thirds are of equal size, the first ones one larger if need be; equal values are kept in the order they came in.
    The unit is that of `errors`. Give all frames of a split at once: recordings differ in speed.

    Raises:
        ValueError: the shapes differ, or there are fewer than three frames.

    Example:
        >>> by_tercile(torch.tensor([1.0, 2.0, 3.0, 5.0]), torch.tensor([0.3, 0.1, 0.2, 0.0]))
        tensor([3.5000, 3.0000, 1.0000])
    """
    if errors.shape != values.shape or errors.numel() < 3:
        raise ValueError(
            f"errors are {tuple(errors.shape)} and values {tuple(values.shape)}: give both of the same 3 frames or more"
        )
    thirds = errors.flatten()[values.flatten().argsort(stable=True)].tensor_split(3)
    return torch.stack([third.mean() for third in thirds])


def _positive(fps: float | int) -> float | int:
    if not fps > 0:
        raise ValueError(f"fps is {fps}, expected a positive number of frames per second")
    return fps
