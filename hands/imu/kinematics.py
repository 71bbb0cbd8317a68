r"""Where the sensors on a moving hand are, and how they are turned.

Every place is posed as if it were a vertex of the hand model, with skinning weights of its own: a vertex of the skin
has those of the model; a bone begins at its joint and has all the weight of that. So one product of matrices poses them
all. The forearm, which MANO does not have, is a seventeenth bone that ends at the wrist joint.

Layout: planar, time last, as in `hands.mano.lbs`; what is returned looks batch first and lies in memory as it was made.

Explained in the book: *What a perfect IMU measures*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from threadpoolctl import threadpool_limits
from torch import Tensor

from hands.conventions import JOINT_NAMES, NUM_JOINTS
from hands.imu.placement import FOREARM, Landmark, Placement, bone_frame, landmark_vertex, skin_mount
from hands.imu.wear import Slip
from hands.mano import Hand, lbs
from hands.mano.model_data import HandModelData
from hands.motion import Motion

CHUNK: Final = 1024
"""Frames posed at a time: their transforms should stay in the processor's cache."""


def trajectories(
    motion: Motion, hand: Hand, placement: Placement, slipping: Slip | None = None
) -> tuple[Float[Tensor, "sensors time 3"], Float[Tensor, "sensors time 3 3"]]:
    """Where each sensor is, and how it is turned, in the world: `(p_ws, R_ws)` at every frame, in double precision.

    Args:
        motion: the movement.
        hand: the hand that moves.
        placement: the sensors.
        slipping: how far they have slipped at each frame.

    Raises:
        ValueError: a sensor sits nowhere on this hand, or two share a name.
    """
    _check_names(placement)
    rig = _Rig.of(hand.data, tuple(sensor.on for sensor in placement), motion.betas)
    turns = torch.cat([motion.full_pose, motion.forearm_orient[:, None]], 1).double().permute(2, 1, 0).contiguous()
    with threadpool_limits(1), torch.no_grad():
        parts = []
        for start in range(0, len(motion), CHUNK):
            chunk = slice(start, start + CHUNK)
            origin, axes = rig.posed(turns[..., chunk])
            offset, mounting = _fixed(placement, slipping, chunk)
            parts.append((origin + (axes * offset).sum(1), _product(axes, mounting)))
        position, rotation = (torch.cat(part, -1) for part in zip(*parts, strict=True))
        position += motion.transl.double().T[:, None]
    return position.movedim(0, -1), rotation.movedim((0, 1), (-2, -1))


def _fixed(
    placement: Placement, slipping: Slip | None, chunk: slice
) -> tuple[Float[Tensor, "3 sensors moments"], Float[Tensor, "3 3 sensors moments"]]:
    """Where in its mount each sensor is, and how it is turned there: for good, or at each frame of a chunk."""
    offset = torch.tensor([sensor.offset for sensor in placement], dtype=torch.float64).T[..., None]
    mounting = torch.tensor([sensor.mounting for sensor in placement], dtype=torch.float64).permute(1, 2, 0)[..., None]
    if slipping is None:
        return offset, mounting
    shift, slipped = slipping.shift[:, chunk].movedim(-1, 0), slipping.rotation[:, chunk].movedim((-2, -1), (0, 1))
    return offset + shift, _product(slipped, mounting)


def _product(a: Float[Tensor, "3 3 *batch"], b: Float[Tensor, "3 n *#batch"]) -> Float[Tensor, "3 n *batch"]:
    return (a[:, :, None] * b[None]).sum(1)


def _unit(vectors: Float[Tensor, "3 S T"]) -> Float[Tensor, "3 S T"]:
    return vectors / vectors.square().sum(0).sqrt()  # twenty times as fast as PyTorch's normalize along rows this long


def _check_names(placement: Placement) -> None:
    names = [sensor.name for sensor in placement]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"a placement has sensors, each with a name of its own; these are {names}")


@dataclass(frozen=True, eq=False)
class _Site:
    """A place on a hand, as a vertex of the hand model."""

    blend: Float[np.ndarray, "3 146"]
    weights: Float[np.ndarray, " 17"]
    """Of MANO's joints, and the forearm."""
    frame: Float[np.ndarray, "3 3"]
    """Axes of the mount in the flat hand, as columns."""


@lru_cache(maxsize=256)
def _site(data: HandModelData, on: str | int | Landmark) -> _Site:
    if not isinstance(on, str):
        mount = skin_mount(data, landmark_vertex(data, on) if isinstance(on, Landmark) else on)
        weights = np.append(data.lbs_weights[mount.vertex], 0.0)
        return _Site(lbs.blend_matrix(data)[:, mount.vertex], weights, mount.frame)
    joint = 0 if on == FOREARM else JOINT_NAMES.index(on)
    blend = np.einsum("v,cvk->ck", data.J_regressor[joint], lbs.blend_matrix(data))
    blend[:, 11:] = 0.0  # joints depend on the shape alone
    weights = np.zeros(NUM_JOINTS + 1)
    weights[NUM_JOINTS if on == FOREARM else joint] = 1.0
    return _Site(blend, weights, bone_frame(data, joint))


@dataclass(frozen=True, eq=False)
class _Rig:
    """What of one person's hand moves the sensors, in double precision."""

    betas: Float[Tensor, "10 1"]
    rest: Float[Tensor, "3 16 1"]
    """Joints of the unposed hand."""
    blend: Float[Tensor, "3 S 146"]
    weights: Float[Tensor, "S 17"]
    frames: Float[Tensor, "3 3 S 1"]

    @staticmethod
    def of(data: HandModelData, places: Sequence[str | int | Landmark], betas: Float[Tensor, " 10"]) -> _Rig:
        sites = [_site(data, on) for on in places]
        joints = [_site(data, name).blend for name in JOINT_NAMES]
        shape = torch.cat([torch.ones(1), betas.detach().cpu()]).double()
        return _Rig(
            shape[1:, None],
            (torch.from_numpy(np.stack(joints, 1))[..., :11] @ shape)[..., None],
            torch.from_numpy(np.stack([site.blend for site in sites], 1)),
            torch.from_numpy(np.stack([site.weights for site in sites])),
            torch.from_numpy(np.stack([site.frame for site in sites], -1))[..., None],
        )

    def posed(self, turns: Float[Tensor, "3 17 T"]) -> tuple[Float[Tensor, "3 S T"], Float[Tensor, "3 3 S T"]]:
        """Origins and axes (columns) of the mounts, of a hand whose wrist stays where it is."""
        rotmat = lbs.rotmats_from_axis_angles(turns)
        rest = self.rest.expand(-1, -1, turns.shape[-1])
        turned, joints = lbs.chain(rotmat[:, :, :NUM_JOINTS], rest)
        coefficients = lbs.blend_coefficients(self.betas.expand(-1, turns.shape[-1]), rotmat[:, :, :NUM_JOINTS])
        carried = self.weights[:, :NUM_JOINTS].clone()
        carried[:, 0] += self.weights[:, NUM_JOINTS]  # the forearm ends at the wrist
        origin = lbs.skin(coefficients, lbs.joint_transforms(turned, joints, rest), self.blend, carried)
        return origin, self._axes(torch.cat([turned, rotmat[:, :, NUM_JOINTS:]], 2))

    def _axes(self, turned: Float[Tensor, "3 3 17 T"]) -> Float[Tensor, "3 3 S T"]:
        """The mounts' axes from the blend of the bones' rotations, made orthonormal: y, then z, then x."""
        x, y = _product(self.weights @ turned, self.frames[:, :2]).unbind(1)
        y, z = _unit(y), _unit(torch.linalg.cross(x, y, dim=0))
        return torch.stack([torch.linalg.cross(y, z, dim=0), y, z], 1)
