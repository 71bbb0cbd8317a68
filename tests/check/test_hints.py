"""A typical mistake is named: the message of the checker tells what to change."""

import pytest
import torch

from hands import check
from hands.check.verdict import judge
from hands.conventions import KEYPOINTS_FROM_JOINTS_AND_TIPS


def bones_mm(points):
    return 1000 * points.diff(dim=0).norm(dim=-1).sum()


def in_order_of_joints(joints, tips):
    parts = [joints[:1]]
    for k, tip in enumerate((1, 2, 4, 3, 0)):
        parts += [joints[1 + 3 * k : 4 + 3 * k], tips[tip : tip + 1]]
    return torch.cat(parts)


def tip_before_joints(joints, tips):
    keypoints = torch.cat([joints, tips])[list(KEYPOINTS_FROM_JOINTS_AND_TIPS)]
    order = [0] + [4 * k + i for k in range(5) for i in (4, 1, 2, 3)]
    return keypoints[order]


def over_twenty(predicted, true):
    difference = (predicted - predicted[0]) - (true - true[0])
    return 1000 * difference[1:].norm(dim=-1).mean()


def centred(predicted, true):
    difference = (predicted - predicted.mean(0)) - (true - true.mean(0))
    return 1000 * difference.norm(dim=-1).mean()


def unit(vector):
    return vector / vector.norm(dim=-1, keepdim=True)


def wrong_cross(sixd):
    a1, a2 = sixd[..., :3], sixd[..., 3:]
    b1 = unit(a1)
    b2 = unit(a2 - (b1 * a2).sum(-1, keepdim=True) * b1)
    return torch.stack([b1, b2, torch.linalg.cross(b2, b1)], dim=-1)


def projected_too_early(sixd):
    a1, a2 = sixd[..., :3], sixd[..., 3:]
    b2 = unit(a2 - (a1 * a2).sum(-1, keepdim=True) * a1)
    return torch.stack([unit(a1), b2, torch.linalg.cross(unit(a1), b2)], dim=-1)


def row_vectors(rotmats, offsets):
    position, turned = offsets[0], torch.eye(3, dtype=rotmats.dtype)
    for rotmat, offset in zip(rotmats, offsets[1:], strict=True):
        turned = turned @ rotmat
        position = position + offset @ turned
    return position


def transposed_again(rotmats):
    U, _, Vt = torch.linalg.svd(rotmats.mean(0))
    signs = torch.ones(3, dtype=rotmats.dtype)
    signs[2] = (U @ Vt.T).det()
    return U @ torch.diag(signs) @ Vt.T


def everything_flipped(rotmats):
    U, _, Vt = torch.linalg.svd(rotmats.mean(0))
    return U @ Vt * (U @ Vt).det()


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("middle_finger_length", lambda keypoints: bones_mm(keypoints[9:12]), "the last is missing"),
        ("middle_finger_length", lambda keypoints: bones_mm(keypoints[10:13]), "the first is missing"),
        ("to_keypoints", in_order_of_joints, "in MANO's order"),
        ("to_keypoints", tip_before_joints, "the tip comes last"),
        ("mpjpe_mm", over_twenty, "20 points"),
        ("mpjpe_mm", centred, "centres"),
        ("sixd_to_rotmat", wrong_cross, "b1 x b2"),
        ("sixd_to_rotmat", projected_too_early, "before you project"),
        ("fingertip_position", row_vectors, "R @ v"),
        ("mean_rotation", transposed_again, "transposed already"),
        ("mean_rotation", everything_flipped, "the last one alone"),
    ],
)
def test_the_mistake_is_named(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message


def test_a_difference_has_its_unit():
    cases = {"one": ((), 1.0)}
    assert judge(lambda: 1.5, cases, praise="", unit="mm").message.endswith("is 0.5 mm")
    assert judge(lambda: 1.5, cases, praise="").message.endswith("is 0.5")
