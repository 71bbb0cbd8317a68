"""Public weights of HRNet from a file. That numbers land in the right place is shown by test_hrnet's twin."""

import pathlib
from dataclasses import asdict, replace

import pytest
import safetensors.torch
import torch

from hands import nets
from hands.nets import imagenet
from tests.nets import hrnet_twin as twin
from tests.nets.test_hrnet import TINY, close, generator, pictures

PUBLIC_NAMES = (
    "conv1.weight",
    "bn2.running_var",
    "layer1.0.downsample.1.weight",
    "transition1.1.0.0.weight",
    "transition3.3.0.1.bias",
    "stage2.0.branches.1.1.bn1.running_mean",
    "stage4.2.fuse_layers.3.0.2.1.running_mean",
    "stage4.2.fuse_layers.3.2.0.0.weight",
    "stage3.3.fuse_layers.0.2.1.bias",
    "incre_modules.3.0.downsample.1.running_mean",
    "downsamp_modules.2.0.bias",
    "final_layer.1.weight",
)
"""As they stand in messages of people who load these files."""


@pytest.fixture(scope="module")
def theirs():
    return twin.random_state(generator(), **asdict(TINY), classes=11)


def renamed(state):
    return nets.from_imagenet(state, TINY)


def test_the_published_file_has_as_many_entries_as_ours():
    """1956 in HRNet-W32-C's (HRNet-Image-Classification, issue 29), two of them the classifier's; and these names."""
    config = nets.HRNetConfig.w32()
    with torch.device("meta"):
        ours = nets.HRNet(config).state_dict()
    published = {imagenet.published(name): name for name in ours}
    assert len(published) == len(ours) == 1956 - 2
    assert set(PUBLIC_NAMES) <= published.keys()


def test_a_parallel_models_prefix_and_the_classifier_are_dropped(theirs):
    expected = renamed({name: value for name, value in theirs.items() if not name.startswith("classifier")})
    found = renamed({f"module.{name}": value for name, value in theirs.items()})
    assert found.keys() == expected.keys()
    assert all(found[name] is expected[name] for name in found)


def test_an_old_file_has_no_counters(theirs):
    old = {name: value for name, value in theirs.items() if not name.endswith("num_batches_tracked")}
    net = nets.HRNet(TINY).double()
    net.load_state_dict(renamed(old))
    close(net.eval()(pictures()).g, twin.hrnet(theirs, pictures())[-1])


@pytest.mark.parametrize("how", ["safetensors", "torch", "in an entry"])
def test_a_file_becomes_a_network(how, theirs, tmp_path):
    file = tmp_path / ("hrnet.safetensors" if how == "safetensors" else "hrnet.pth")
    single = {name: value.float() if value.is_floating_point() else value for name, value in theirs.items()}
    if how == "safetensors":
        safetensors.torch.save_file(single, file)
    else:
        torch.save({"state_dict": single, "epoch": 3} if how == "in an entry" else single, file)
    net = nets.load_imagenet(file, TINY).double().eval()
    double = {name: value.double() for name, value in single.items()}
    close(net(pictures()).g, twin.hrnet(double, pictures())[-1])


def test_a_file_that_could_run_code_is_not_opened(tmp_path):
    torch.save({"conv1.weight": pathlib.PurePosixPath("x")}, tmp_path / "hrnet.pth")
    with pytest.raises(ValueError, match="holds more than weights"):
        nets.load_imagenet(tmp_path / "hrnet.pth", TINY)


def test_a_file_of_something_else_is_refused(tmp_path):
    torch.save(torch.zeros(3), tmp_path / "hrnet.pth")
    with pytest.raises(ValueError, match="holds a Tensor: expected a state dict"):
        nets.load_imagenet(tmp_path / "hrnet.pth", TINY)


def test_what_is_missing_or_unknown_is_named(theirs):
    less = {name: value for name, value in theirs.items() if name != "transition2.2.0.0.weight"}
    with pytest.raises(ValueError, match=r"no weights of HRNet with .*: transition2\.2\.0\.0\.weight: missing$"):
        renamed(less)
    with pytest.raises(ValueError, match=r"last_layer\.0\.weight: unknown"):
        renamed(theirs | {"last_layer.0.weight": torch.zeros(1)})


def test_another_size_is_told_with_both_shapes(theirs):
    with pytest.raises(
        ValueError, match=r"conv1.weight has the shape \(5, 3, 3, 3\), but \(6, 3, 3, 3\) in HRNet with"
    ):
        nets.from_imagenet(theirs, replace(TINY, stem=6))
