"""`Hand`: a MANO-layout hand as a differentiable module.

Explained in the book: *Meet the hand*, *Skinning*.
"""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor, nn

from hands.conventions import KEYPOINTS_FROM_JOINTS_AND_TIPS, NUM_BETAS
from hands.mano import files, lbs
from hands.mano.model_data import HandModelData, Side

if TYPE_CHECKING:
    import smplx


class HandOutput(NamedTuple):
    """What a hand returns: points in metres, in the frame of the model file (moved by `transl`)."""

    vertices: Float[Tensor, "*batch V 3"]
    joints: Float[Tensor, "*batch 16 3"]
    keypoints: Float[Tensor, "*batch 21 3"]


class Hand(nn.Module):
    """A hand: shape and pose in, vertices, joints and keypoints out.

    Every argument of a call is optional, takes any batch shape, and batch shapes are broadcast against each other.

    Convention:
        Metres, radians. Poses are relative to the flat hand, each joint's to its parent; `global_orient` turns the hand
        about its wrist joint, which is not the origin. Arguments of fewer bits than the hand, as autocast makes them,
        are taken; the hand itself always computes in its own dtype. The buffers hold the model; they are not part of
        `state_dict`, since official MANO may not be passed on inside a checkpoint (`torch.save(hand)` would).

    Example:
        >>> hand = load()
        >>> output = hand(hand_pose=torch.zeros(4, 15, 3))
        >>> output.vertices.shape, output.joints.shape, output.keypoints.shape
        (torch.Size([4, 778, 3]), torch.Size([4, 16, 3]), torch.Size([4, 21, 3]))

    Source: Romero, Tzionas, Black 2017; equations in `hands.mano.lbs`.
    """

    blend: Tensor
    tip_blend: Tensor
    joint_blend: Tensor
    lbs_weights: Tensor
    tip_weights: Tensor
    hands_mean: Tensor
    hands_components: Tensor
    faces: Tensor
    tips: Tensor
    keypoint_order: Tensor

    def __init__(self, data: HandModelData, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        if not dtype.is_floating_point:
            raise ValueError(f"a hand computes in floating-point numbers, not in {dtype}")
        self.data = data
        blend, tips = lbs.blend_matrix(data), list(data.tip_vertices)
        real = {
            "blend": blend,
            "tip_blend": blend[:, tips],
            "joint_blend": np.einsum("jv,cvk->cjk", data.J_regressor, blend[:, :, : 1 + NUM_BETAS]),
            "lbs_weights": data.lbs_weights,
            "tip_weights": data.lbs_weights[tips],
            "hands_mean": data.hands_mean,
            "hands_components": data.hands_components,
        }
        whole = {"faces": data.faces, "tips": tips, "keypoint_order": KEYPOINTS_FROM_JOINTS_AND_TIPS}
        for name, array in real.items():
            self.register_buffer(name, torch.tensor(np.ascontiguousarray(array), dtype=dtype), persistent=False)
        for name, indices in whole.items():
            self.register_buffer(name, torch.tensor(np.array(indices), dtype=torch.int64), persistent=False)

    @property
    def side(self) -> Side:
        """`"right"` or `"left"`."""
        return self.data.side

    def forward(
        self,
        *,
        betas: Float[Tensor, "*#batch 10"] | None = None,
        global_orient: Float[Tensor, "*#batch 3"] | None = None,
        hand_pose: Float[Tensor, "*#batch 15 3"] | None = None,
        transl: Float[Tensor, "*#batch 3"] | None = None,
        global_rotmat: Float[Tensor, "*#batch 3 3"] | None = None,
        hand_rotmat: Float[Tensor, "*#batch 15 3 3"] | None = None,
        global_6d: Float[Tensor, "*#batch 6"] | None = None,
        hand_6d: Float[Tensor, "*#batch 15 6"] | None = None,
        hand_pca: Float[Tensor, "*#batch components"] | None = None,
    ) -> HandOutput:
        """Pose the hand.

        Args:
            betas: shape, in standard deviations; zero is the mean hand.
            global_orient: rotation of the wrist, axis-angle.
            hand_pose: rotations of the 15 finger joints in MANO's order, axis-angle, relative to the flat hand.
            transl: added to every point, metres.
            global_rotmat: `global_orient` as a rotation matrix.
            hand_rotmat: `hand_pose` as rotation matrices.
            global_6d: `global_orient` as the first two columns of its matrix, one after the other.
            hand_6d: `hand_pose` likewise; any two independent vectors are orthonormalised.
            hand_pca: `hand_pose` as coefficients of the file's first pose components; the only form that adds the mean
                pose, so all zeros is the relaxed hand.

        Returns:
            Vertices, the 16 joints and the 21 keypoints.

        Raises:
            ValueError: one rotation came in two forms, a shape or dtype does not fit, or batch shapes do not broadcast.
        """
        with self._own_precision():
            posed = self._pose(
                {"betas": betas, "transl": transl},
                {"global_orient": global_orient, "global_rotmat": global_rotmat, "global_6d": global_6d},
                {"hand_pose": hand_pose, "hand_rotmat": hand_rotmat, "hand_6d": hand_6d, "hand_pca": hand_pca},
            )
            vertices = lbs.skin_batch(posed.coefficients, posed.transforms, self.blend, self.lbs_weights)
        joints = posed.joints.permute(2, 1, 0).contiguous()
        tips = vertices.index_select(1, self.tips)
        keypoints = torch.cat([joints, tips], 1).index_select(1, self.keypoint_order)
        return HandOutput(
            *(points.reshape(*posed.batch, *points.shape[1:]) for points in (vertices, joints, keypoints))
        )

    def keypoints(
        self,
        *,
        betas: Float[Tensor, "*#batch 10"] | None = None,
        global_orient: Float[Tensor, "*#batch 3"] | None = None,
        hand_pose: Float[Tensor, "*#batch 15 3"] | None = None,
        transl: Float[Tensor, "*#batch 3"] | None = None,
        global_rotmat: Float[Tensor, "*#batch 3 3"] | None = None,
        hand_rotmat: Float[Tensor, "*#batch 15 3 3"] | None = None,
        global_6d: Float[Tensor, "*#batch 6"] | None = None,
        hand_6d: Float[Tensor, "*#batch 15 6"] | None = None,
        hand_pca: Float[Tensor, "*#batch components"] | None = None,
    ) -> Float[Tensor, "*batch 21 3"]:
        """The 21 keypoints alone, metres; arguments and errors are those of a call.

        Only the five fingertips are skinned, not the mesh, which is far faster.
        """
        with self._own_precision():
            posed = self._pose(
                {"betas": betas, "transl": transl},
                {"global_orient": global_orient, "global_rotmat": global_rotmat, "global_6d": global_6d},
                {"hand_pose": hand_pose, "hand_rotmat": hand_rotmat, "hand_6d": hand_6d, "hand_pca": hand_pca},
            )
            tips = lbs.skin(posed.coefficients, posed.transforms, self.tip_blend, self.tip_weights)
        keypoints = torch.cat([posed.joints, tips], 1).index_select(1, self.keypoint_order).permute(2, 1, 0)
        return keypoints.reshape(*posed.batch, *keypoints.shape[1:]).contiguous()

    def to_smplx(self) -> smplx.MANO:
        """This hand as a `smplx.MANO` layer: flat_hand_mean=True and use_pca=False, so that poses mean the same.

        The package `smplx` is for non-commercial use only; it comes with the extra `hands[smplx]`.
        """
        from hands.mano.smplx_export import to_smplx

        return to_smplx(self.data, dtype=self.blend.dtype)

    def extra_repr(self) -> str:
        """Side and size, for `print(hand)`."""
        return f"{self.side}, {self.data.num_vertices} vertices, {len(self.data.faces)} faces"

    def _own_precision(self) -> AbstractContextManager[object]:
        """Keep autocast out: eight bits of mantissa on transforms that hold metres are millimetres at a fingertip."""
        device = self.blend.device.type
        return torch.autocast(device, enabled=False) if torch.is_autocast_enabled(device) else nullcontext()

    def _pose(
        self,
        shape_and_place: dict[str, Tensor | None],
        global_forms: dict[str, Tensor | None],
        hand_forms: dict[str, Tensor | None],
    ) -> _Posed:
        """Everything but the skinning: joints, their transforms and the blend coefficients, planar."""
        given = {
            k: v for k, v in (shape_and_place | _one_of(global_forms) | _one_of(hand_forms)).items() if v is not None
        }
        batch, planar = self._planar(given)
        B = math.prod(batch)
        betas = planar.get("betas", self.blend.new_zeros(NUM_BETAS, B))
        rotmat = self._rotmat(planar, B)
        coefficients = lbs.blend_coefficients(betas, rotmat)
        rest_joints = (self.joint_blend.flatten(0, 1) @ coefficients[: 1 + NUM_BETAS]).unflatten(0, (3, 16))
        global_rotmat, joints = lbs.chain(rotmat, rest_joints)
        if "transl" in planar:
            joints = joints + planar["transl"][:, None]
        return _Posed(batch, coefficients, lbs.joint_transforms(global_rotmat, joints, rest_joints), joints)

    def _planar(self, given: dict[str, Tensor]) -> tuple[tuple[int, ...], dict[str, Tensor]]:
        """Check and broadcast the arguments; their common batch shape, and each with its batch flat and last."""
        for name, tensor in given.items():
            self._check(name, tensor)
        batches = {name: tuple(tensor.shape[: tensor.ndim - len(_TAILS[name])]) for name, tensor in given.items()}
        batch = _common_batch(batches)
        B = math.prod(batch)
        planar = {}
        for name, tensor in given.items():
            tail = tensor.shape[len(batches[name]) :]
            whole = tensor if batches[name] == batch else tensor.expand(*batch, *tail)
            planar[name] = whole.to(self.blend.dtype).reshape(B, *tail).movedim(0, -1)
        return batch, planar

    def _check(self, name: str, tensor: Tensor) -> None:
        """Refuse an argument of the wrong type, shape or dtype by name."""
        if not isinstance(tensor, Tensor):
            raise TypeError(f"{name} is a {type(tensor).__name__}, expected a torch.Tensor")
        tail = _TAILS[name]
        shape = tensor.shape[-len(tail) :]
        if shape != tail and not (name == "hand_pca" and len(shape) == 1 and 1 <= shape[0] <= 45):
            expected = "1 to 45" if name == "hand_pca" else ", ".join(map(str, tail))
            raise ValueError(f"{name} has shape {tuple(tensor.shape)}, expected (..., {expected})")
        own = self.blend.dtype
        if tensor.dtype != own and not (tensor.is_floating_point() and torch.promote_types(tensor.dtype, own) == own):
            raise ValueError(f"{name} is {tensor.dtype}, this hand {own}; convert one with .to(dtype)")
        if tensor.device != self.blend.device:
            raise ValueError(
                f"{name} is on {tensor.device}, this hand on {self.blend.device}; move one with .to(device)"
            )

    def _rotmat(self, planar: dict[str, Tensor], B: int) -> Float[Tensor, "3 3 16 B"]:
        """Rotation matrices of the wrist and the fingers from whichever forms were given; identity where none was."""
        wrist, fingers = (_matrix_form(planar, part) for part in ("global", "hand"))
        if wrist is not None and fingers is not None:
            return torch.cat([wrist, fingers], 2)
        rotmat = lbs.rotmats_from_axis_angles(self._axis_angle(planar, B))
        if wrist is not None:
            return torch.cat([wrist, rotmat[:, :, 1:]], 2)
        if fingers is not None:
            return torch.cat([rotmat[:, :, :1], fingers], 2)
        return rotmat

    def _axis_angle(self, planar: dict[str, Tensor], B: int) -> Float[Tensor, "3 16 B"]:
        """Axis-angle vectors of the wrist and the fingers, zero where none was given."""
        wrist = planar["global_orient"] if "global_orient" in planar else self.blend.new_zeros(3, B)
        if "hand_pca" in planar:
            pca = planar["hand_pca"]
            fingers = self.hands_mean[:, None] + self.hands_components[: len(pca)].T @ pca
        else:
            fingers = planar["hand_pose"] if "hand_pose" in planar else self.blend.new_zeros(45, B)
        return torch.cat([wrist[:, None], fingers.reshape(15, 3, B).transpose(0, 1)], 1)


class _Posed(NamedTuple):
    """A posed skeleton with all that skinning needs; B is the flat batch."""

    batch: tuple[int, ...]
    coefficients: Float[Tensor, "146 B"]
    transforms: Float[Tensor, "3 4 16 B"]
    joints: Float[Tensor, "3 16 B"]


_TAILS = {
    "betas": (NUM_BETAS,),
    "transl": (3,),
    "global_orient": (3,),
    "global_rotmat": (3, 3),
    "global_6d": (6,),
    "hand_pose": (15, 3),
    "hand_rotmat": (15, 3, 3),
    "hand_6d": (15, 6),
    "hand_pca": (45,),
}
"""Trailing shape of each argument, behind its batch; of the PCA, fewer will do."""


def _common_batch(batches: dict[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The batch shape that all arguments broadcast to."""
    shapes = set(batches.values())
    if len(shapes) <= 1:
        return next(iter(shapes), ())
    try:
        return tuple(torch.broadcast_shapes(*shapes))
    except RuntimeError:
        listed = ", ".join(f"{name} {shape}" for name, shape in batches.items())
        raise ValueError(f"batch shapes do not broadcast against each other: {listed}") from None


def _matrix_form(planar: dict[str, Tensor], part: str) -> Float[Tensor, "3 3 joints B"] | None:
    """The rotations of the wrist ("global") or the fingers ("hand") if they came as matrices or in 6D."""
    if f"{part}_rotmat" in planar:
        rotmat = planar[f"{part}_rotmat"]
        return rotmat.reshape(-1, 3, 3, rotmat.shape[-1]).permute(1, 2, 0, 3)
    if f"{part}_6d" in planar:
        sixd = planar[f"{part}_6d"]
        columns = sixd.reshape(-1, 2, 3, sixd.shape[-1]).permute(0, 3, 2, 1)
        orthonormal: Tensor = roma.special_gramschmidt(columns)
        return orthonormal.permute(2, 3, 0, 1)
    return None


def _one_of(forms: dict[str, Tensor | None]) -> dict[str, Tensor]:
    """The one form of a rotation that was given, if any."""
    given = {name: tensor for name, tensor in forms.items() if tensor is not None}
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} say the same thing; give one of them")
    return given


def load(
    path: str | PathLike[str] | None = None, *, side: Side | None = None, dtype: torch.dtype = torch.float32
) -> Hand:
    """A hand, ready to be posed.

    Args:
        path: an official MANO file (`MANO_RIGHT.pkl`, `MANO_LEFT.pkl`) or a .npz in the same layout; without it, the
            default hand that ships with the library.
        side: `"right"` or `"left"`. The default hand is right if not said otherwise; a file's side is read from the
            file, and `side` then only overrides its name.
        dtype: of the tensors; files are read in float64.

    Raises:
        ValueError: the file is not a MANO-layout hand, is damaged, or tries to run code; the message says where.
        FileNotFoundError: there is no such file.

    Example:
        >>> load(side="left").side
        'left'
    """
    return Hand(files.read_default(side or "right") if path is None else files.read(path, side=side), dtype=dtype)
