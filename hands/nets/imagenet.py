"""Weights of HRNet that have seen ImageNet: their names for their parameters, in ours.

The authors of HRNet publish networks that tell 1000 kinds of pictures apart, and so have learned what edges, textures
and parts look like; other collections pass them on under the same names. `load_imagenet` reads such a file, renames
what is in it and makes the network; the layer that names the 1000 kinds is left out. Nothing is downloaded.

Source: HRNet (Wang et al. 2021), the names of its public weights.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import safetensors.torch
import torch
from torch import Tensor

from hands.nets.hrnet import HRNet, HRNetConfig
from hands.nets.motionbert import told

LAYERS: Final = {
    "shortcut.": "downsample.",
    "first.": "layer1.",
    "exchange.ways.": "fuse_layers.",
    "head.down.": "downsamp_modules.",
    "head.last.": "final_layer.",
}
"""Our name of a layer -> theirs."""
CLASSIFIER: Final = "classifier."
COUNTER: Final = ".num_batches_tracked"
"""Of each norm, without effect here, and absent from the oldest files."""


def load_imagenet(file: str | Path, config: HRNetConfig) -> HRNet:
    """The network of a file of weights, `.safetensors` or torch's own format, which is read as data and never run.

    Raises:
        ValueError: the file holds anything else than weights, or those of another network.

    Example:
        >>> net = load_imagenet("hrnet_w18.safetensors", HRNetConfig.w18())  # doctest: +SKIP
    """
    net = HRNet(config)
    net.load_state_dict(from_imagenet(_read(Path(file)), config))
    return net


def from_imagenet(state_dict: Mapping[str, Any], config: HRNetConfig) -> dict[str, Tensor]:
    """The state dict of an HRNet from a published one.

    Args:
        state_dict: with or without the prefix `module.` of a parallel model, with or without the classifier.
        config: the size of the network, like `HRNetConfig.w18()`.

    Raises:
        ValueError: a parameter is missing, there is one that HRNet does not have, or one has another shape.
    """
    theirs = {name.removeprefix("module."): value for name, value in state_dict.items()}
    theirs = {name: value for name, value in theirs.items() if not name.startswith(CLASSIFIER)}
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in HRNet(config).state_dict().items()}
    ours = {published(name): name for name in shapes}
    counters = {name: torch.tensor(0) for name in ours if name.endswith(COUNTER)}
    theirs = counters | theirs
    missing, unknown = ours.keys() - theirs.keys(), theirs.keys() - ours.keys()
    if missing or unknown:
        raise ValueError(f"these are no weights of HRNet with {config}: {told(missing, unknown)}")
    for name, value in theirs.items():
        if value.shape != (expected := shapes[ours[name]]):
            raise ValueError(f"{name} has the shape {tuple(value.shape)}, but {tuple(expected)} in HRNet with {config}")
    return {ours[name]: value for name, value in theirs.items()}


def _read(file: Path) -> Mapping[str, Any]:
    """The state dict in a file."""
    if file.suffix == ".safetensors":
        return safetensors.torch.load_file(file)
    try:
        held = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(f"{file} holds more than weights, and a file that could run code is not opened") from error
    if not isinstance(held, Mapping):
        raise ValueError(f"{file} holds a {type(held).__name__}: expected a state dict")
    return held.get("state_dict", held)


def published(name: str) -> str:
    """Their name of one of our parameters."""
    name = re.sub(r"(?:^stem|\bpath)\.(\d)\.([01])", _numbered, name)
    name = re.sub(r"^stages\.(\d)\.units", lambda found: f"stage{int(found[1]) + 2}", name)
    name = re.sub(r"^stages\.(\d)\.enter\.(\d)", _entered, name)
    name = re.sub(r"^head\.widen\.(\d)", r"incre_modules.\1.0", name)
    for ours, theirs in LAYERS.items():
        name = name.replace(ours, theirs)
    return name


def _numbered(found: re.Match[str]) -> str:
    """conv1, bn1, conv2 and so on: a convolution and its norm."""
    return f"{('conv', 'bn')[int(found[2])]}{int(found[1]) + 1}"


def _entered(found: re.Match[str]) -> str:
    """The convolution before a stage; that of its new branch stands in a list of one."""
    stage, branch = int(found[1]), int(found[2])
    return f"transition{stage + 1}.{branch}" + (".0" if branch == stage + 1 else "")
