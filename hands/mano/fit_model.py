r"""The model that is fitted to points: a hand whose joints are hinges and whose bones may be off in length.

A frame has 51 unknowns x = (45 anatomical angles, 3 of wrist rotation, 3 of translation), and a sequence shares 45
more, y = (10 betas, 20 stretches of bones, 15 of where the five knuckles lie). The latter two are for trackers, whose
skeletons are nobody's hand: they explain what no hand of the model could, so that the pose and the shape need not. With
the hand's own keypoints k and the parent p(i) of keypoint i, the modelled points are

$$ q_i = q_{p(i)} + (1 + s_i)\,(k_i - k_{p(i)}), \qquad q_{wrist} = k_{wrist}, $$

and all points of a digit are then moved by its knuckle's shift, which turns with the wrist.

Their derivatives need no automatic differentiation. A joint is three hinges, and turning about a hinge with axis u
through the point c moves a point at the speed u x (q - c). A posed hand is linear in its shape and in each stretch.
(Pose correctives hardly reach the fingertips and are left out of the derivatives, not of the points.)

Source: Buss 2004 (the Jacobian of a chain of joints). Explained in the book: *Fitting a hand to points*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import pad

from hands.conventions import (
    FINGERS,
    JOINT_NAMES,
    KEYPOINT_PARENTS,
    KEYPOINTS_FROM_JOINTS_AND_TIPS,
    NUM_BETAS,
    NUM_JOINTS,
    NUM_KEYPOINTS,
    PARENTS,
)
from hands.mano.anatomy import joint_axes
from hands.mano.hand import Hand
from hands.mano.lbs import axis_angle_to_rotmat, forward_kinematics

NUM_ANGLES: Final = 3 * (NUM_JOINTS - 1)
PER_FRAME: Final = NUM_ANGLES + 6
NUM_SKELETON: Final = NUM_KEYPOINTS - 1 + 3 * len(FINGERS)
SHARED: Final = NUM_BETAS + NUM_SKELETON

KEYPOINT_OF_JOINT: Final = tuple(KEYPOINTS_FROM_JOINTS_AND_TIPS.index(joint) for joint in range(NUM_JOINTS))
"""Which of the 21 keypoints each of MANO's 16 joints is."""


def _ancestors(source: int) -> list[int]:
    """The finger joints (0 to 14) that move a joint (0 to 15) or a fingertip (16 to 20)."""
    joint = PARENTS[source] if source < NUM_JOINTS else JOINT_NAMES.index(f"{FINGERS[source - NUM_JOINTS]}3")
    return [] if joint <= 0 else [*_ancestors(joint), joint - 1]


def _moves() -> Bool[Tensor, "21 15"]:
    moves = torch.zeros(NUM_KEYPOINTS, NUM_JOINTS - 1, dtype=torch.bool)
    for keypoint, source in enumerate(KEYPOINTS_FROM_JOINTS_AND_TIPS):
        moves[keypoint, _ancestors(source)] = True
    return moves


def _carries() -> Bool[Tensor, "21 20"]:
    carries = torch.zeros(NUM_KEYPOINTS, NUM_KEYPOINTS, dtype=torch.bool)
    for keypoint, parent in enumerate(KEYPOINT_PARENTS[1:], start=1):
        carries[keypoint] = carries[parent]
        carries[keypoint, keypoint] = True
    return carries[:, 1:]


DIGIT_OF_KEYPOINT: Final = pad(torch.eye(len(FINGERS), dtype=torch.float64).repeat_interleave(4, 0), (0, 0, 1, 0))
"""Which digit each of the 21 keypoints belongs to, (21, 5); the wrist to none."""
MOVES: Final = _moves()
"""Whether a finger joint moves a keypoint."""
CARRIES: Final = _carries()
"""Whether a keypoint hangs on a bone; bone i ends at keypoint i + 1."""


@dataclass(frozen=True)
class State:
    """All unknowns of N sequences of T frames."""

    angles: Float[Tensor, "N T 15 3"]  # anatomical, radians
    rotmat: Float[Tensor, "N T 3 3"]  # of the wrist
    transl: Float[Tensor, "N T 3"]  # metres
    betas: Float[Tensor, "N 10"]
    stretch: Float[Tensor, "N 20"]  # of each bone, as a share of its length
    knuckles: Float[Tensor, "N 5 3"]  # from the hand's to the tracker's, in the wrist's frame, metres; thumb first

    @property
    def skeleton(self) -> Float[Tensor, "N 35"]:
        """Stretches and shifts of knuckles: how the tracker's skeleton differs from the hand's."""
        return torch.cat([self.stretch, self.knuckles.flatten(1)], 1)


@dataclass(frozen=True)
class Points:
    """What a state looks like, in metres."""

    keypoints: Float[Tensor, "N T 21 3"]  # the hand's own
    modelled: Float[Tensor, "N T 21 3"]  # with the tracker's skeleton


class FitModel:
    """Points and derivatives of one hand."""

    def __init__(self, hand: Hand) -> None:
        self.hand = Hand(hand.data, dtype=torch.float64)
        self.axes = joint_axes(hand.data)

    def points(self, state: State) -> Points:
        """The hand's keypoints, and the same with the tracker's skeleton."""
        keypoints = self._keypoints(state, state.betas[:, None])
        return Points(keypoints, self._modelled(state, keypoints))

    def _modelled(
        self, state: State, keypoints: Float[Tensor, "*shapes N T 21 3"]
    ) -> Float[Tensor, "*shapes N T 21 3"]:
        shifts = torch.einsum("ntij,nfj->ntfi", state.rotmat, state.knuckles).repeat_interleave(4, -2)
        return stretched(keypoints, state.stretch[:, None]) + pad(shifts, (0, 0, 1, 0))

    def _keypoints(self, state: State, betas: Float[Tensor, "*shapes N #T 10"]) -> Float[Tensor, "*shapes N T 21 3"]:
        flexion, abduction, twist = self._turns(state)
        return self.hand.keypoints(
            betas=betas, global_rotmat=state.rotmat, hand_rotmat=flexion @ abduction @ twist, transl=state.transl
        )

    def _turns(self, state: State) -> tuple[Tensor, ...]:
        """Rotation matrices (N, T, 15, 3, 3) of flexion, abduction and twist."""
        return axis_angle_to_rotmat(state.angles[..., None] * self.axes).unbind(-3)

    def frame_jacobian(self, state: State, points: Points) -> Float[Tensor, "N T 63 51"]:
        """How the modelled points move with the unknowns of their own frame."""
        q = points.modelled
        knuckles = q[..., KEYPOINT_OF_JOINT[1:], :]
        levers = (q[..., :, None, :] - knuckles[..., None, :, :]) * MOVES[..., None]  # (N, T, 21, 15, 3)
        hinges = self.hinges(state)  # (N, T, 15, 3 angles, 3)
        angles = torch.linalg.cross(hinges[..., None, :, :, :], levers[..., None, :])  # (N, T, 21, 15, 3 angles, 3)
        arms = q - q[..., :1, :]
        translation = torch.eye(3, dtype=q.dtype).expand(*arms.shape, 3)  # (N, T, 21, 3 axes, 3)
        rotation = torch.linalg.cross(translation, arms[..., None, :])
        moved = torch.cat([angles.flatten(-3, -2), rotation, translation], -2)
        return moved.mT.flatten(-3, -2)

    def hinges(self, state: State) -> Float[Tensor, "N T 15 3 3"]:
        """The axes of flexion, abduction and twist (one a row) of each joint, as the posed hand carries them."""
        flexion, abduction, twist = self._turns(state)
        local = torch.cat([state.rotmat[..., None, :, :], flexion @ abduction @ twist], -3)
        placeless = torch.zeros(*local.shape[:-2], 3, dtype=local.dtype)
        parent = forward_kinematics(local, placeless)[0][..., PARENTS[1:], :, :]
        turned = torch.stack([parent, parent @ flexion, parent @ flexion @ abduction], -3)  # (N, T, 15, 3 angles, 3, 3)
        return (turned @ self.axes[..., None])[..., 0]

    def shared_jacobian(self, state: State, points: Points) -> Float[Tensor, "N T 63 45"]:
        """How the modelled points move with the betas, the stretches and the knuckles."""
        unit = state.betas + torch.eye(NUM_BETAS, dtype=state.betas.dtype)[:, None]  # (10, N, 10)
        shaped = self._modelled(state, self._keypoints(state, unit[:, :, None]))
        betas = (shaped - points.modelled).movedim(0, -1)  # exact: a posed hand is linear in its shape
        bones = bone_vectors(points.keypoints)
        stretch = bones.mT[..., None, :, :] * CARRIES[:, None, :]  # (N, T, 21, 3, 20)
        knuckles = DIGIT_OF_KEYPOINT[:, None, :, None] * state.rotmat[:, :, None, :, None, :]  # (N, T, 21, 3, 5, 3)
        return torch.cat([betas, stretch, knuckles.flatten(-2)], -1).flatten(-3, -2)

    def displacements(self) -> Float[Tensor, "63 35"]:
        """How far stretches and knuckles move the keypoints of the flat mean hand, per unit of each."""
        bones = bone_vectors(self.hand.keypoints())
        stretch = bones.T * CARRIES[:, None, :]
        knuckles = DIGIT_OF_KEYPOINT[:, None, :, None] * torch.eye(3, dtype=bones.dtype)[:, None]
        return torch.cat([stretch, knuckles.flatten(-2)], -1).flatten(0, 1)


def bone_vectors(keypoints: Float[Tensor, "*batch 21 3"]) -> Float[Tensor, "*batch 20 3"]:
    """From each keypoint's parent to the keypoint, metres; the wrist has no bone."""
    return keypoints[..., 1:, :] - keypoints[..., KEYPOINT_PARENTS[1:], :]


def stretched(
    keypoints: Float[Tensor, "*batch 21 3"], stretch: Float[Tensor, "*#batch 20"]
) -> Float[Tensor, "*batch 21 3"]:
    """Keypoints with every bone longer by its stretch, the wrist in its place and no direction changed."""
    return keypoints + CARRIES.to(keypoints) @ (stretch[..., None] * bone_vectors(keypoints))


def moved(state: State, frame_step: Float[Tensor, "N T 51"], shared_step: Float[Tensor, "N 45"]) -> State:
    """The state after a step; the wrist's rotation is turned by an axis-angle vector in the world frame."""
    angles, turn, shift = frame_step.split([NUM_ANGLES, 3, 3], -1)
    betas, stretch, knuckles = shared_step.split([NUM_BETAS, NUM_KEYPOINTS - 1, 3 * len(FINGERS)], -1)
    return State(
        state.angles + angles.unflatten(-1, (15, 3)),
        axis_angle_to_rotmat(turn) @ state.rotmat,
        state.transl + shift,
        state.betas + betas,
        state.stretch + stretch,
        state.knuckles + knuckles.unflatten(-1, (len(FINGERS), 3)),
    )


def changes(state: State) -> Float[Tensor, "N changes 51"]:
    """From each frame to the next, of all that a frame has; turns of the wrist as axis-angle vectors in the world."""
    turns = roma.rotmat_to_rotvec(state.rotmat[:, 1:] @ state.rotmat[:, :-1].mT)
    return torch.cat([state.angles.flatten(2).diff(dim=1), turns, state.transl.diff(dim=1)], -1)
