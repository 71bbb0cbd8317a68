"""The record of a MANO-layout hand: the arrays of the model file, checked once, then never changed.

The names are the model file's own. Everything downstream is a pure function of this record (`lbs`) or a module built
from it (`Hand`).

Explained in the book: *Meet the hand*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hands.conventions import NUM_BETAS, NUM_JOINTS, PARENTS, TIP_VERTICES

Side = Literal["right", "left"]
Array = npt.NDArray[np.float64]
IndexArray = npt.NDArray[np.int64]

MIRROR = np.array([-1.0, 1.0, 1.0])
"""Reflection of points at the plane x = 0, which turns a right hand into a left one."""

MIRROR_AXIAL = np.array([1.0, -1.0, -1.0])
"""What the same reflection does to axis-angle vectors, which are pseudo-vectors."""


@dataclass(frozen=True, eq=False)
class HandModelData:
    """A hand model in MANO's layout, with V vertices and F triangles.

    Convention:
        Metres. Right hand: fingers point to -x, the palm faces -y, the thumb lies on the +z side. Poses are relative to
        the flat hand; only `hands_mean` and `hands_components` know of another one.
    """

    side: Side
    v_template: Array  # (V, 3) mean shape, flat pose
    shapedirs: Array  # (V, 3, 10) displacement per unit of beta
    posedirs: Array  # (V, 3, 135) displacement per entry of R - I of the 15 finger joints
    J_regressor: Array  # (16, V) joints of the unposed hand from its vertices
    lbs_weights: Array  # (V, 16) skinning weights, each row sums to one
    faces: IndexArray  # (F, 3) triangles, outward by the right-hand rule
    hands_mean: Array  # (45,) mean pose, axis-angle, relative to the flat hand
    hands_components: Array  # (45, 45) principal components of poses, one a row
    tip_vertices: tuple[int, ...] = TIP_VERTICES["smplx"]  # thumb to little finger
    betas_male: Array | None = None  # (10,) mean man, where the file knows it
    betas_female: Array | None = None  # (10,) mean woman, where the file knows it
    repairs: tuple[str, ...] = ()  # what reading the file had to mend, in words

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value = np.array(value, dtype=np.int64 if field.name == "faces" else np.float64)
                value.setflags(write=False)
                object.__setattr__(self, field.name, value)
        _check(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> HandModelData:
        return self  # never changes, so a copy of a hand may share it

    def __reduce__(self) -> tuple[type[HandModelData], tuple[Any, ...]]:
        return HandModelData, tuple(getattr(self, field.name) for field in fields(self))

    @property
    def num_vertices(self) -> int:
        """How many vertices the mesh has; 778 in MANO."""
        return len(self.v_template)

    def mirrored(self) -> HandModelData:
        """The other hand: an exact reflection at the plane x = 0.

        A pose transfers to the other side by the sign pattern (1, -1, -1) on each axis-angle vector.
        """
        rotation_signs = np.tile(np.outer(MIRROR, MIRROR).ravel(), NUM_JOINTS - 1)
        pose_signs = np.tile(MIRROR_AXIAL, NUM_JOINTS - 1)
        return replace(
            self,
            side="left" if self.side == "right" else "right",
            v_template=self.v_template * MIRROR,
            shapedirs=self.shapedirs * MIRROR[:, None],
            posedirs=self.posedirs * MIRROR[:, None] * rotation_signs,
            faces=self.faces[:, [0, 2, 1]],
            hands_mean=self.hands_mean * pose_signs,
            hands_components=self.hands_components * pose_signs,
        )


def _check(data: HandModelData) -> None:
    """Refuse arrays that cannot be a MANO-layout hand, naming the key and what was expected."""
    V = len(data.v_template)
    expected: Mapping[str, tuple[int, ...]] = {
        "v_template": (V, 3),
        "shapedirs": (V, 3, NUM_BETAS),
        "posedirs": (V, 3, 9 * (NUM_JOINTS - 1)),
        "J_regressor": (NUM_JOINTS, V),
        "lbs_weights": (V, NUM_JOINTS),
        "faces": (len(data.faces), 3),
        "hands_mean": (3 * (NUM_JOINTS - 1),),
        "hands_components": (3 * (NUM_JOINTS - 1), 3 * (NUM_JOINTS - 1)),
    }
    for key, shape in expected.items():
        array: npt.NDArray[Any] = getattr(data, key)
        if array.shape != shape:
            raise ValueError(f"{key} has shape {array.shape}, expected {shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{key} holds values that are not finite")
    if data.faces.size and not (data.faces.min() >= 0 and data.faces.max() < V):
        raise ValueError(f"faces name vertices outside 0..{V - 1}")
    if len(data.tip_vertices) != 5 or not all(0 <= v < V for v in data.tip_vertices):
        raise ValueError(f"tip_vertices must be five ids below {V}, got {data.tip_vertices}")


def check_kintree(kintree_table: npt.NDArray[Any]) -> None:
    """Refuse a file's `kintree_table` if it is not MANO's tree. Row 0 holds the parents; the root's may be anything.

    Raises:
        ValueError: the table has another shape or other parents than MANO's.
    """
    table = np.asarray(kintree_table)
    if table.shape != (2, NUM_JOINTS) or tuple(int(p) for p in table[0, 1:]) != PARENTS[1:]:
        raise ValueError(f"kintree_table is not MANO's tree: expected the parents {PARENTS[1:]} in columns 1 to 15")
