"""Weights of MotionBERT, the body's DSTFormer: its names for its parameters, in ours.

MotionBERT publishes weights that have seen many hours of human movement. `from_motionbert` renames and reshapes their
state dict; the numbers stay as they are, and so do the network's results. Its output head is left out.

Source: MotionBERT (Zhu et al. 2023), the names of its public weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from torch import Tensor

AXES: Final = {"s": "spatial", "t": "temporal"}
PARTS: Final = ("norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2")
LISTED: Final = 4
"""Names in an error, the rest is counted."""


def from_motionbert(state_dict: Mapping[str, Any]) -> dict[str, Tensor]:
    """The state dict of a DSTFormer from MotionBERT's.

    Args:
        state_dict: MotionBERT's, with or without the prefix `module.` of a parallel model, with or without an output
            head, which is dropped. In its files it is the entry `model_pos`:
            `torch.load(file, map_location="cpu", weights_only=True)["model_pos"]`.

    Raises:
        ValueError: a parameter is missing, or there is one that DSTFormer does not have.

    Example:
        >>> net = DSTFormer(3, 512, 5, 8, 2, num_joints=17, max_len=243, dim_rep=512)  # doctest: +SKIP
        >>> net.load_state_dict(from_motionbert(state_dict))  # doctest: +SKIP
    """
    theirs = {name.removeprefix("module."): value for name, value in state_dict.items()}
    theirs = {name: value for name, value in theirs.items() if not name.startswith("head.")}
    depth = 1 + max((int(n) for name in theirs for n in re.findall(r"^blocks_st\.(\d+)\.", name)), default=0)
    ours = _names(depth, representation=any(name.startswith("pre_logits.") for name in theirs))
    missing, unknown = ours.keys() - theirs.keys(), theirs.keys() - ours.keys()
    if missing or unknown:
        raise ValueError(f"this is no state dict of MotionBERT's DSTFormer: {told(missing, unknown)}")
    reshaped = theirs | {"pos_embed": theirs["pos_embed"].squeeze(0), "temp_embed": theirs["temp_embed"].squeeze(0)}
    return {ours[name]: value for name, value in reshaped.items()}


def _names(depth: int, representation: bool) -> dict[str, str]:
    """Our name of each of MotionBERT's parameters."""
    layers = {"joints_embed": "embed", "norm": "norm"} | ({"pre_logits.fc": "pre_logits.0"} if representation else {})
    for level in range(depth):
        layers[f"ts_attn.{level}"] = f"levels.{level}.fuse"
        for order in ("st", "ts"):
            for letter, axis in AXES.items():
                for part in PARTS:
                    first, *rest = part.split(".")
                    theirs = ".".join([f"blocks_{order}.{level}.{first}_{letter}", *rest])
                    layers[theirs] = f"levels.{level}.{order}.{axis}.{part}"
    names = {f"{theirs}.{kind}": f"{ours}.{kind}" for theirs, ours in layers.items() for kind in ("weight", "bias")}
    return names | {"pos_embed": "pos_embed", "temp_embed": "temp_embed"}


def told(missing: set[str], unknown: set[str]) -> str:
    """What is wrong with the names, in words."""
    problems = []
    for names, problem in ((missing, "missing"), (unknown, "unknown to it")):
        if names:
            more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
            problems.append(f"{', '.join(sorted(names)[:LISTED])}{more}: {problem}")
    hint = " (its weights are the entry 'model_pos' of such a file)" if "model_pos" in unknown else ""
    return "; ".join(problems) + hint
