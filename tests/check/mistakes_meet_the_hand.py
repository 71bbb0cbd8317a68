"""A likely wrong answer to each exercise of *Meet the hand*."""

import torch
from torch import Tensor

from hands import mano
from hands.conventions import KEYPOINT_NAMES


def straight_line(keypoints: Tensor) -> Tensor:
    """Knuckle to tip as the crow flies: right only while the finger is stretched."""
    return 1000 * (keypoints[KEYPOINT_NAMES.index("middle1")] - keypoints[KEYPOINT_NAMES.index("middle_tip")]).norm()


def ring_before_pinky(joints: Tensor, tips: Tensor) -> Tensor:
    """Takes MANO's joints to run in the order of the fingers."""
    fingers = {"index": 1, "middle": 4, "ring": 7, "pinky": 10, "thumb": 13}
    parts = [joints[:1]]
    for k, finger in enumerate(("thumb", "index", "middle", "ring", "pinky")):
        parts += [joints[fingers[finger] : fingers[finger] + 3], tips[k : k + 1]]
    return torch.cat(parts)


def without_alignment(predicted: Tensor, true: Tensor) -> Tensor:
    """Scores where the hand is as well."""
    return 1000 * (predicted - true).norm(dim=-1).mean()


def length_of_the_mesh(length: float) -> float:
    """Measures the whole mesh along x, which begins behind the wrist joint."""
    vertices = mano.load().data.v_template
    directions = mano.load().data.shapedirs[:, :, 0]
    low, high = -6.0, 6.0
    for _ in range(40):
        middle = (low + high) / 2
        x = (vertices + middle * directions)[:, 0]
        low, high = (middle, high) if x.max() - x.min() < length else (low, middle)
    return low


MISTAKES = {
    "middle_finger_length": straight_line,
    "to_keypoints": ring_before_pinky,
    "mpjpe_mm": without_alignment,
    "size_for_length": length_of_the_mesh,
}
