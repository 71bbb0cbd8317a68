"""HRNet against its slow twin, in published parameter counts, and in which pixel sees which."""

from dataclasses import asdict, replace

import pytest
import torch

from hands import nets
from hands.nets import hrnet
from tests.nets import hrnet_twin as twin

TINY = nets.HRNetConfig(width=3, blocks=2, modules=(1, 2, 1), stem=5, bottlenecks=2, narrow=2, head=4, dim=7)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def close(found, expected, atol=1e-10):
    torch.testing.assert_close(found, expected, rtol=0, atol=atol)


def made(config=TINY):
    """Made-up public weights, and our network with the same."""
    theirs = twin.random_state(generator(), **asdict(config))
    net = nets.HRNet(config).double()
    net.load_state_dict(nets.from_imagenet(theirs, config))
    return theirs, net.eval()


def pictures(batch=2, height=64, width=32, seed=1):
    return torch.rand(batch, 3, height, width, dtype=torch.float64, generator=generator(seed))


@pytest.mark.parametrize("config", [TINY, replace(TINY, bottlenecks=1, narrow=5, head=12, width=12)])
@pytest.mark.parametrize("training", [False, True])
def test_the_slow_twin_agrees(config, training):
    """On a picture that is no square; in training with the batch's own statistics, else with the kept ones."""
    theirs, net = made(config)
    x = pictures()
    for found, expected in zip(net.train(training)(x), twin.hrnet(theirs, x, training), strict=True):
        close(found, expected)


def test_gradients_agree_with_the_twins():
    theirs, net = made()
    x = pictures(height=64, width=64).requires_grad_()
    learned = {n: v.requires_grad_() for n, v in theirs.items() if v.is_floating_point() and "running" not in n}
    loss = sum(f.square().sum() for f in twin.hrnet(theirs, x, training=True))
    of_x, *of_theirs = torch.autograd.grad(loss, [x, *learned.values()])
    sum(f.square().sum() for f in net.train()(x)).backward()
    close(x.grad, of_x, 1e-8)
    kept = {n: v for n, v in theirs.items() if n not in learned}
    expected = nets.from_imagenet(dict(zip(learned, of_theirs, strict=True)) | kept, TINY)
    for name, parameter in net.named_parameters():
        close(parameter.grad, expected[name], 1e-7)


PUBLISHED = {
    "w18 small v1": (
        nets.HRNetConfig(width=16, blocks=2, modules=(1, 1, 1), bottlenecks=1, narrow=32),
        13_187_464,
    ),
    "w18 small v2": (nets.HRNetConfig(width=18, blocks=2, modules=(1, 3, 2), bottlenecks=2), 15_597_464),
    "w18": (nets.HRNetConfig.w18(), 21_299_004),
    "w32": (nets.HRNetConfig.w32(), 41_232_680),
    "w64": (nets.HRNetConfig(width=64), 128_059_944),
}
"""Name -> size, and how many numbers the published network learns, its layer for 1000 classes included (imgclsmob)."""


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_sizes_have_the_published_number_of_parameters(name):
    config, expected = PUBLISHED[name]
    with torch.device("meta"):
        net, classifier = nets.HRNet(config), torch.nn.Linear(config.dim, 1000)
    assert nets.count(net) + nets.count(classifier) == expected


@pytest.mark.parametrize(("width", "millions"), [(18, 10.95), (32, 30.88)])
def test_the_part_that_makes_the_maps_is_as_large_as_timms(width, millions):
    """timm's `features_only` leaves out what only g needs."""
    with torch.device("meta"):
        net = nets.HRNet(nets.HRNetConfig(width=width))
    for_g = nets.count(net.head.down) + nets.count(net.head.last)
    assert (nets.count(net) - for_g) / 1e6 == pytest.approx(millions, abs=0.005)


@pytest.mark.parametrize("config", [nets.HRNetConfig.book(), TINY])
def test_strides_and_channels(config):
    net = nets.HRNet(config)
    with torch.no_grad():
        *maps, g = net.eval()(torch.zeros(1, 3, 64, 128))
    for x, stride, channels in zip(maps, (4, 8, 16, 32), config.channels, strict=True):
        assert x.shape == (1, channels, 64 // stride, 128 // stride)
    assert g.shape == (1, config.dim)


def test_the_published_channels():
    assert nets.HRNetConfig.w32().widths == (32, 64, 128, 256)
    assert nets.HRNetConfig.w18().channels == nets.HRNetConfig.w32().channels == (128, 256, 512, 1024)


def test_every_branch_hears_every_other():
    """What each branch of the last exchange depends on: one pixel of any branch reaches all of them."""
    _, net = made()
    exchange, widths = net.stages[2].units[0].exchange, TINY.widths
    for source in range(4):
        branches = [torch.ones(1, w, 16 // 2**b, 16 // 2**b).double() for b, w in enumerate(widths)]
        before = exchange(branches)
        branches[source] = branches[source] + torch.rand_like(branches[source])
        changed = [not torch.equal(x, y) for x, y in zip(exchange(branches), before, strict=True)]
        assert changed == [True] * 4


def test_a_picture_does_not_depend_on_the_others_of_its_batch():
    _, net = made()
    x, order = pictures(batch=3), [2, 0, 1]
    for found, expected in zip(net(x[order]), net(x), strict=True):
        close(found, expected[order], 1e-12)


def test_it_takes_pictures_of_any_layout_and_gives_back_what_it_was_given_unchanged():
    _, net = made()
    x = pictures()
    before = x.clone()
    last = x.contiguous(memory_format=torch.channels_last)
    for found, expected in zip(net(last), net(x), strict=True):
        close(found, expected, 1e-12)
    assert x.equal(before)
    assert net.stem[0][0].weight.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (torch.zeros(3, 64, 64), r"shape \(3, 64, 64\): expected \(batch, 3"),
        (torch.zeros(2, 64, 64, 3), r"shape \(2, 64, 64, 3\): expected \(batch, 3"),
        (torch.zeros(2, 3, 64, 64, dtype=torch.uint8), "uint8: give floating-point numbers"),
        (torch.zeros(2, 3, 64, 100), "64 x 100 pixels.*multiples of 32"),
    ],
)
def test_what_is_no_batch_of_pictures_is_refused(given, message):
    """Said by the function that the network begins with, since in tests the annotations already refuse some of it."""
    with pytest.raises(ValueError, match=message):
        hrnet.check(given)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"modules": (1, 4)}, r"modules \(1, 4\): expected 3 numbers"),
        ({"modules": (1, 0, 1)}, r"modules\[1\] of an HRNet is 0"),
        ({"width": 0}, "width of an HRNet is 0"),
        ({"head": 30}, "head of an HRNet is 30: expected a multiple of 4"),
    ],
)
def test_sizes_that_cannot_be_built_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        nets.HRNetConfig(**sizes)


def test_start():
    """He et al.: the variance of weights is 2 over the outputs that each input reaches; norms begin as they are."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nets.HRNet(nets.HRNetConfig(width=32, blocks=1, modules=(1, 1, 1), head=64, dim=64))
    for layer in (net.stem[1][0], net.stages[2].units[0].branches[3][0].path[0][0], net.head.down[1][0]):
        outputs, _, rows, columns = layer.weight.shape
        assert layer.weight.std().item() == pytest.approx((2 / (outputs * rows * columns)) ** 0.5, rel=0.03)
    assert (net.head.last[0].bias == 0).all()
