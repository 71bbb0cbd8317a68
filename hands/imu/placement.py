r"""Where sensors sit: on a bone, on the skin, or on the forearm, and how they are turned there.

A place has a frame of its own, the *mount*, with its axes as VIHand draws them on its glove:

    y towards the fingertips,   z out of the back of the hand,   x = y x z (on a right hand, to the little finger).

A sensor is fixed in the mount by a rotation `mounting`, which takes sensor to mount, and an `offset` in the mount's
axes. Three kinds of places:

- **A bone** (one of MANO's joints, by name, or `"forearm"`): the mount's origin is the joint, and it moves rigidly.
- **A vertex of the skin**, by number: the mount's origin is the posed vertex. Skin is not rigid, so the mount turns as
  the bones turn that move this vertex, in the shares of its skinning weights.
- **A landmark**, the skin on the back of a segment: the vertex nearest to the place, looked up on each hand model by
  itself, since vertices of different models do not have the same numbers. On the default hand the glove's lie within
  5 mm of their place, any other within 15 mm.

With the axes $x_0, y_0$ of a skin's mount in the flat hand, the skinning weights $w_j$ of its vertex, and the global
rotations $R_j$ of the joints, its axes in a posed hand are

$$
x' = \sum_j w_j R_j x_0, \quad y' = \sum_j w_j R_j y_0, \quad z = \frac{x' \times y'}{|x' \times y'|}, \quad
y = \frac{y'}{|y'|}, \quad x = y \times z ,
$$

so a sensor follows the skin under its whole housing and not each fold between two triangles.

Convention:
    Metres. `R_ws = R_wm R_ms`: w world, m mount, s sensor. The forearm's mount lies at the wrist joint.

Source: the glove is VIHand's, from the photograph on its page: nails, back of the hand, wrist strap. That the strap
belongs to the forearm, and where exactly each sensor sits, is inferred. Explained in the book: *What a perfect IMU
measures*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import FINGERS, JOINT_NAMES, MANO_FINGERS
from hands.imu.streams import streams
from hands.mano import axis_angle_to_rotmat
from hands.mano.anatomy import joint_axes
from hands.mano.mesh import vertex_normals
from hands.mano.model_data import HandModelData

FOREARM: Final = "forearm"
BONES: Final = (*JOINT_NAMES, FOREARM)

UPRIGHT: Final = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
"""A sensor whose axes are those of its mount."""

FARTHEST: Final = 0.3
"""Metres from its mount beyond which no sensor sits on a hand."""

PARALLEL: Final = 0.9
"""Cosine beyond which a normal is too near to the bone's direction for that to show where y should point."""


def _joint(name: str) -> int:
    if name not in JOINT_NAMES:
        raise ValueError(f"no joint is called {name!r}; there are {', '.join(JOINT_NAMES)}")
    return JOINT_NAMES.index(name)


@dataclass(frozen=True)
class Landmark:
    """The skin on the back of a segment: on the nail, for the last one."""

    joint: str
    """The joint at which the segment begins; the palm's is the wrist."""
    along: float
    """How far along the segment: 0 at this joint, 1 at the next one or the tip."""

    def __post_init__(self) -> None:
        _joint(self.joint)
        if not 0 <= self.along <= 1:
            raise ValueError(f"along is {self.along} on {self.joint}, expected a share of the segment, 0 to 1")


@dataclass(frozen=True)
class Sensor:
    """One sensor and its place on the hand.

    Raises:
        ValueError: there is no such place, the mounting is no rotation, or the offset is not in metres.
    """

    name: str
    on: str | int | Landmark
    """A bone of `BONES`, a vertex, or a landmark."""
    mounting: tuple[tuple[float, ...], ...] = UPRIGHT
    """R_ms, rows: takes a vector in the sensor's axes to the mount's."""
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """From the mount's origin, in the mount's axes, metres."""

    def __post_init__(self) -> None:
        if isinstance(self.on, bool) or not isinstance(self.on, str | int | Landmark):
            raise ValueError(f"sensor {self.name!r} is on {self.on!r}, expected a bone, a vertex or a landmark")
        if isinstance(self.on, str) and self.on not in BONES:
            raise ValueError(f"sensor {self.name!r} is on {self.on!r}, which is none of {', '.join(BONES)}")
        _check_mounting(self.name, self.mounting)
        _check_offset(self.name, self.offset)


def _check_mounting(name: str, mounting: object) -> None:
    try:
        square = np.array(mounting, dtype=np.float64).reshape(3, 3)
    except (TypeError, ValueError):
        square = np.zeros((3, 3))
    if np.abs(square @ square.T - np.eye(3)).max() > 1e-3 or np.linalg.det(square) < 0:
        raise ValueError(f"the mounting of sensor {name!r}, {mounting}, is no rotation matrix (three rows of three)")


def _check_offset(name: str, offset: Sequence[float]) -> None:
    if len(offset) != 3 or not math.hypot(*offset) < FARTHEST:
        raise ValueError(
            f"the offset of sensor {name!r} is {offset}, expected three metres, less than {FARTHEST} in all"
        )


Placement = Sequence[Sensor]

GLOVE: Final[tuple[Sensor, ...]] = (
    Sensor("wrist", FOREARM, offset=(0.0, -0.045, 0.025)),
    Sensor("palm", Landmark("wrist", 0.55)),
    *(Sensor(finger, Landmark(f"{finger}3", 0.6)) for finger in FINGERS),
)
"""VIHand's glove: a strap on the forearm, the back of the hand, five nails."""

RIGID_GLOVE: Final[tuple[Sensor, ...]] = (
    GLOVE[0],
    Sensor("palm", "wrist", offset=(0.0, 0.05, 0.015)),
    *(Sensor(finger, f"{finger}3", offset=(0.0, 0.014, 0.007)) for finger in FINGERS),
)
"""The same seven sensors screwed to the bones, for comparison with those on the skin."""

SUBSETS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "7": tuple(sensor.name for sensor in GLOVE),
        "4": ("palm", "thumb", "middle", "pinky"),
        "3": ("palm", "thumb", "middle"),
        "2": ("palm", "middle"),
        "watch_and_ring": ("wrist", "index"),
    }
)
"""Names of the sensors of sparser gloves. VIHand's figure shows the four; which three and two the papers kept is not
known, and these are ours: the palm stays, as the reference."""


def subset(placement: Placement, names: str | Sequence[str]) -> tuple[Sensor, ...]:
    """The sensors of these names, in this order; a name of `SUBSETS` will do.

    Raises:
        ValueError: no sensor has that name.

    Example:
        >>> [sensor.name for sensor in subset(GLOVE, "3")]
        ['palm', 'thumb', 'middle']
    """
    by_name = {sensor.name: sensor for sensor in placement}
    wanted = SUBSETS.get(names, (names,)) if isinstance(names, str) else tuple(names)
    missing = [name for name in wanted if name not in by_name]
    if missing:
        raise ValueError(f"no sensor is called {missing[0]!r}; there are {', '.join(by_name)}; subsets: {[*SUBSETS]}")
    return tuple(by_name[name] for name in wanted)


def misplaced(
    placement: Placement,
    generator: torch.Generator | None = None,
    *,
    angle: float = math.radians(5.7),
    distance: float = 0.003,
) -> tuple[Sensor, ...]:
    """The same sensors as a person puts them on: each a little turned and shifted, and for good.

    Args:
        placement: where they should be.
        generator: of the errors; each sensor's depend on it and on the sensor's name alone.
        angle: mean of the error's angle, radians, about any axis.
        distance: mean length of the shift, metres, in any direction.

    Raises:
        ValueError: the angle or the distance is negative, or too large for its unit.

    Source: the angle is GlobalPose's; its shift of 1 cm belongs to a body, and fingers are smaller.
    """
    if not (0 <= angle < math.pi and 0 <= distance < FARTHEST):
        raise ValueError(f"angle is {angle} and distance {distance}, expected radians and metres")
    own = streams(generator, [sensor.name for sensor in placement])
    # The mean length of a vector of three standard normal numbers is sqrt(8 / pi).
    drawn = [torch.randn(2, 3, generator=g, dtype=torch.float64) * math.sqrt(math.pi / 8) for g in own]
    return tuple(
        replace(
            sensor,
            mounting=_rows(torch.tensor(sensor.mounting, dtype=torch.float64) @ axis_angle_to_rotmat(angle * turn)),
            offset=tuple((torch.tensor(sensor.offset, dtype=torch.float64) + distance * shift).tolist()),
        )
        for sensor, (turn, shift) in zip(placement, drawn, strict=True)
    )


def _rows(matrix: Float[Tensor, "3 3"]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def landmark_vertex(data: HandModelData, landmark: Landmark) -> int:
    """The vertex of this hand nearest to the line that leaves a segment through its back."""
    start, end = segment(data, _joint(landmark.joint))
    frame = bone_frame(data, _joint(landmark.joint))
    relative = (data.v_template - (start + landmark.along * (end - start))) @ frame
    own = data.lbs_weights[:, _joint(landmark.joint)] > 0.5
    outside = (relative[:, 2] > 0) & own & (vertex_normals(data.v_template, data.faces) @ frame[:, 2] > 0.5)
    distance = np.hypot(relative[:, 0], relative[:, 1])
    return int(np.where(outside, distance, np.inf).argmin())


def segment(data: HandModelData, joint: int) -> tuple[Float[np.ndarray, " 3"], Float[np.ndarray, " 3"]]:
    """Both ends of the segment that begins at a joint, in the flat mean hand: for the wrist, the middle metacarpal."""
    joints = data.J_regressor @ data.v_template
    if joint == 0:
        return joints[0], joints[JOINT_NAMES.index("middle1")]
    if joint % 3:
        return joints[joint], joints[joint + 1]
    finger = MANO_FINGERS[(joint - 1) // 3]
    return joints[joint], data.v_template[data.tip_vertices[FINGERS.index(finger)]]


def bone_frame(data: HandModelData, joint: int) -> Float[np.ndarray, "3 3"]:
    """The mount of a bone in the flat hand: its axes x, y, z as columns, in the hand's frame."""
    if joint == 0:
        y, back = _forward(data), np.array([0.0, 1.0, 0.0])
    else:
        flexion, _, _ = joint_axes(data)[joint - 1].numpy()
        start, end = segment(data, joint)
        y = (end - start) / np.linalg.norm(end - start)
        back = np.cross(y, flexion)
    return _frame(y, back)


def _forward(data: HandModelData) -> Float[np.ndarray, " 3"]:
    return np.array([-1.0 if data.side == "right" else 1.0, 0.0, 0.0])


def _frame(y: Float[np.ndarray, " 3"], z: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "3 3"]:
    """The axes x, y, z as columns: y as given, z as near as can be."""
    z = z - (z @ y) * y
    z = z / np.linalg.norm(z)
    return np.stack([np.cross(y, z), y, z], axis=1)


@dataclass(frozen=True, eq=False)
class SkinMount:
    """A vertex, and its mount's axes in the flat hand."""

    vertex: int
    frame: Float[np.ndarray, "3 3"]
    """x, y, z as columns."""


def skin_mount(data: HandModelData, vertex: int) -> SkinMount:
    """The mount on the skin at a vertex.

    Raises:
        ValueError: there is no such vertex.
    """
    if not 0 <= vertex < data.num_vertices:
        raise ValueError(f"vertex {vertex} is none of this hand's, which are 0 to {data.num_vertices - 1}")
    return SkinMount(vertex, _skin_frame(data, vertex))


def _skin_frame(data: HandModelData, vertex: int) -> Float[np.ndarray, "3 3"]:
    """The mount's axes in the flat hand: z the normal, y towards the fingertips along the skin."""
    normal = vertex_normals(data.v_template, data.faces)[vertex]
    frame = bone_frame(data, int(data.lbs_weights[vertex].argmax()))
    facing = normal @ frame[:, 1]
    # Over a fingertip, the way along the skin goes on towards the palm.
    y = frame[:, 1] if abs(facing) < PARALLEL else -np.sign(facing) * frame[:, 2]
    y = y - (y @ normal) * normal
    return _frame(y / np.linalg.norm(y), normal)
