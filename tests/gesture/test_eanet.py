"""EANet for one hand: its size by arithmetic, and the order of its parts."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from hands.gesture.eanet import EANet, EANetConfig, RotationNet
from hands.nets import count
from hands.nets.soft_argmax import sample, soft_argmax
from tests.gesture.made_up_hands import SIDE, TINY

SMALL = EANetConfig(TINY, "F3", bins=4, dim=8, depth=1, num_heads=2)


@pytest.fixture(scope="module")
def net() -> EANet:
    torch.manual_seed(0)
    net = EANet(SMALL).double().eval()
    for linear in (net.rotation.root, net.rotation.pose, net.rotation.shape_and_place):
        linear.weight.data.normal_(std=0.1)
    return net


def test_the_published_size_is_that_of_the_two_handed_network() -> None:
    """Counted from its layers' shapes, the published RotationNet has 29.4 million numbers for both hands.

    With them goes where one wrist is from the other, 2048 - 512 - 3. Ours has biases of queries, keys and values.
    """
    between = 2048 * 512 + 512 + 512 * 3 + 3
    assert 2 * count(RotationNet(EANetConfig())) + between == pytest.approx(29.4e6, rel=0.005)


def test_the_parts_follow_each_other_as_described(net: EANet) -> None:
    pictures = torch.rand(2, 3, SIDE, SIDE, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = net(pictures)
    features = net.trunk.net(pictures)
    convolution, norm, _ = net.own
    own = functional.conv2d(features.F3, convolution.weight)
    own = functional.batch_norm(own, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)
    wide = functional.conv2d(own.clamp(min=0), net.wide.weight, net.wide.bias)
    volume = functional.conv2d(wide, net.position.volume.weight, net.position.volume.bias)
    places = soft_argmax(volume.reshape(2, 21, 4, *volume.shape[2:]))
    torch.testing.assert_close(found.places, places, rtol=0, atol=1e-12)

    narrow = functional.conv2d(wide, net.rotation.narrow.weight, net.rotation.narrow.bias)
    tokens = net.rotation.sjt(sample(narrow, places[..., :2]) + net.rotation.joints)
    flat = torch.cat([tokens, places], -1).reshape(2, 21 * 11)
    root = flat @ net.rotation.root.weight.T
    first = (root + net.readout.mean_6d[0])[:, :3]
    torch.testing.assert_close(found.global_rotmat[:, :, 0], first / first.norm(dim=1, keepdim=True))
    little = (flat @ net.rotation.pose.weight[-6:].T + net.readout.mean_6d[-1])[:, :3]
    torch.testing.assert_close(found.hand_rotmat[:, -1, :, 0], little / little.norm(dim=1, keepdim=True))
    shape = wide.mean((2, 3)) @ net.rotation.shape_and_place.weight.T
    torch.testing.assert_close(found.betas, shape[:, :10], rtol=0, atol=1e-12)


def test_reading_at_a_place_tells_the_place_nothing(net: EANet) -> None:
    maps = torch.randn(2, 16, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    places = torch.rand(2, 21, 3, dtype=torch.float64, requires_grad=True, generator=torch.Generator().manual_seed(3))
    net.rotation.narrow(maps)
    sixd, _, _ = net.rotation(maps, places)
    (gradient,) = torch.autograd.grad(sixd.sum(), places)
    weights = torch.cat([net.rotation.root.weight, net.rotation.pose.weight]).sum(0).view(21, 11)[:, -3:]
    torch.testing.assert_close(gradient, weights.expand(2, 21, 3))  # by the places beside the tokens alone


def test_the_books_size() -> None:
    book = EANetConfig.book()
    assert (book.dim, book.depth, book.num_heads, book.bins, book.mlp_ratio, book.level) == (64, 2, 4, 8, 4, "F3")
