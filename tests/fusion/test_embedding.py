"""Tokens of the pose: what a hidden one still says, and the sum that the first layer makes of them."""

import torch

from hands.fusion import pose_tokens
from hands.fusion.embedding import POSE_CHANNELS
from tests.fusion.small import batch


def test_a_linear_map_of_the_channels_is_the_sum_of_pose_mask_token_and_shape():
    data = batch()
    linear = torch.nn.Linear(POSE_CHANNELS, 8, dtype=torch.float64)
    from_pose, mask_token, from_shape = linear.weight.split((6, 1, 10), 1)
    found = linear(pose_tokens(data["pose_6d"], data["betas"], data["hidden"]))
    for b, t, j in torch.cartesian_prod(torch.arange(3), torch.arange(6), torch.arange(15)).tolist():
        pose = mask_token[:, 0] if data["hidden"][b, t, j] else from_pose @ data["pose_6d"][b, t, j]
        expected = pose + from_shape @ data["betas"][b] + linear.bias
        torch.testing.assert_close(found[b, t, j], expected, rtol=1e-12, atol=1e-12)


def test_of_a_hidden_pose_nothing_is_left():
    data = batch()
    spoiled = torch.where(data["hidden"][..., None], torch.nan, data["pose_6d"])
    seen, spoiled = (pose_tokens(pose, data["betas"], data["hidden"]) for pose in (data["pose_6d"], spoiled))
    assert torch.equal(seen, spoiled)
