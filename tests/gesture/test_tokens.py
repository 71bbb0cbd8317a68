"""The map of two maps, places and tokens, against their formulas and by where gradients go."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from hands.gesture.tokens import FusionMap, PositionNet, Tokenizer, channels_of
from hands.nets import Features, HRNet
from hands.nets.soft_argmax import sample, soft_argmax
from tests.gesture.made_up_hands import TINY


@pytest.fixture(scope="module")
def features() -> Features:
    torch.manual_seed(0)
    return HRNet(TINY.net).double().eval()(torch.rand(2, 3, 64, 64, dtype=torch.float64))


@pytest.fixture
def tokenizer() -> Tokenizer:
    torch.manual_seed(1)
    return Tokenizer(dim=6, bins=4).double()


@pytest.fixture
def maps() -> torch.Tensor:
    return torch.randn(3, 6, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(2), requires_grad=True)


@pytest.mark.parametrize("levels", [("F2", "F3"), ("F3", "F4")])
def test_each_pixel_adds_the_coarser_one_that_it_lies_in(levels: tuple[str, str], features: Features) -> None:
    net = FusionMap(levels, TINY.net, 5).double()
    fine, coarse = (getattr(features, level) for level in levels)
    found = net(features)
    assert found.shape == (2, 5, *fine.shape[2:])
    for y, x in [(0, 0), (1, 2), (3, 3), (2, 1)]:
        parts = [
            convolution.weight[:, :, 0, 0] @ seen + convolution.bias[:, None]
            for convolution, seen in ((net.fine, fine[:, :, y, x].T), (net.coarse, coarse[:, :, y // 2, x // 2].T))
        ]
        torch.testing.assert_close(found[:, :, y, x], (parts[0] + parts[1]).T, rtol=0, atol=1e-12)


def test_an_unknown_map_is_refused() -> None:
    with pytest.raises(ValueError, match="no map 'F6'"):
        channels_of("F6", TINY.net)


def test_channels_are_those_of_the_maps(features: Features) -> None:
    assert [channels_of(level, TINY.net) for level in ("F2", "F3", "F4", "F5")] == [f.shape[1] for f in features[:4]]


def test_each_keypoint_has_a_volume_of_its_own(maps: torch.Tensor) -> None:
    net = PositionNet(dim=6, bins=4).double()
    found = net(maps)
    for joint in (0, 7, 20):
        own = slice(4 * joint, 4 * joint + 4)
        volume = functional.conv2d(maps, net.volume.weight[own], net.volume.bias[own])
        torch.testing.assert_close(found[:, joint], soft_argmax(volume[:, None])[:, 0], rtol=0, atol=1e-12)


def test_a_token_is_what_the_map_says_there_and_the_place(tokenizer: Tokenizer, maps: torch.Tensor) -> None:
    found = tokenizer(maps)
    for joint in (0, 20):
        place = found.places[:, joint]
        said = torch.cat([sample(maps, place[:, None, :2])[:, 0], place], 1)
        expected = said @ tokenizer.embed.weight.T + tokenizer.embed.bias + tokenizer.joints[joint]
        torch.testing.assert_close(found.tokens[:, joint], expected, rtol=0, atol=1e-12)


def test_reading_tells_a_place_nothing_but_the_place_in_the_token_does(
    tokenizer: Tokenizer, maps: torch.Tensor
) -> None:
    wanted = torch.randn(3, 21, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    (tokenizer(maps).tokens * wanted).sum().backward()
    assert tokenizer.position.volume.weight.grad.abs().max() > 1e-6
    tokenizer.zero_grad()
    tokenizer.embed.weight.data[:, 6:] = 0
    (tokenizer(maps).tokens * wanted).sum().backward()
    assert tokenizer.position.volume.weight.grad.abs().max() == 0
    assert tokenizer.embed.weight.grad[:, 6:].abs().max() > 1e-6
