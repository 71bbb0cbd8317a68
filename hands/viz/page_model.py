"""The default hand for the page's JavaScript: `hand_model_data.js`, made at build time and never committed.

A classic script, because a page opened from a folder may neither fetch files nor load modules. It sets
`window.HANDS_MODEL` to one object of small numbers and base64 arrays, which `page/hand_model.js` reads. The pose
correctives are mostly zero, so each of their 135 columns keeps only the vertices that it moves, as 16-bit integers; the
other arrays are float32 or smaller.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hands.conventions import ANATOMICAL_NAMES, JOINT_NAMES, KEYPOINT_NAMES, KEYPOINTS_FROM_JOINTS_AND_TIPS, PARENTS
from hands.mano.anatomy import ANGLE_NAMES, joint_axes
from hands.mano.files import read_default
from hands.mano.gestures import PRESETS, key_angles
from hands.mano.mesh import boundary_loop
from hands.mano.model_data import HandModelData
from hands.viz import controls

MAX_INFLUENCES = 4
"""The default hand binds no vertex to more joints than this."""

TIP_GLOW = 0.017
"""Metres from a fingertip over which the skin is rosy."""


def write_page_model(path: str | Path) -> None:
    """Write the default hand as the classic script that the live hands of a page share."""
    text = json.dumps(page_model(read_default()), separators=(",", ":"))
    Path(path).write_text(f"window.HANDS_MODEL={text};\n", encoding="ascii")


def page_model(data: HandModelData) -> dict[str, Any]:
    """The record that the page reads, for a right hand."""
    shapes = {"man": data.betas_male, "woman": data.betas_female}
    return {
        "numVertices": data.num_vertices,
        "parents": PARENTS,
        "jointNames": JOINT_NAMES,
        "anatomicalNames": ANATOMICAL_NAMES,
        "keypointNames": KEYPOINT_NAMES,
        "keypointsFromJointsAndTips": KEYPOINTS_FROM_JOINTS_AND_TIPS,
        "tipVertices": data.tip_vertices,
        "angleNames": ANGLE_NAMES,
        "axes": [controls.WRIST_AXES, *joint_axes(data).tolist()],
        "keyPoses": {name: key_angles(name).tolist() for name in PRESETS},
        "shapes": {name: np.round(betas, 2).tolist() for name, betas in shapes.items() if betas is not None},
        "controls": controls.tables(),
        "arrays": {name: _encode(array) for name, array in _arrays(data).items()},
        "posedirsScale": _posedirs_scale(data),
    }


def _arrays(data: HandModelData) -> dict[str, npt.NDArray[Any]]:
    """Everything large, in the smallest type that keeps the page within 1e-5 m of Python."""
    joint_shapes = np.einsum("jv,vab->jab", data.J_regressor, data.shapedirs)
    return {
        "vTemplate": data.v_template.astype(np.float32),
        "shapedirs": np.moveaxis(data.shapedirs, -1, 0).astype(np.float32),
        "jointTemplate": (data.J_regressor @ data.v_template).astype(np.float32),
        "jointShapedirs": np.moveaxis(joint_shapes, -1, 0).astype(np.float32),
        "faces": data.faces.astype(np.uint16),
        "rim": boundary_loop(data.faces)[::-1].astype(np.uint16),  # backwards: the normal of a lid points outwards
        "tint": _tint(data),
        **_sparse_weights(data.lbs_weights),
        **_sparse_posedirs(data),
    }


def _encode(array: npt.NDArray[Any]) -> dict[str, Any]:
    little_endian = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    return {"dtype": array.dtype.name, "data": base64.b64encode(little_endian.tobytes()).decode()}


def _sparse_weights(weights: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[Any]]:
    """The strongest joints of each vertex, strongest first, and their weights."""
    strongest = np.argsort(-weights, axis=1, kind="stable")[:, :MAX_INFLUENCES]
    kept = np.take_along_axis(weights, strongest, axis=1)
    if not np.allclose(kept.sum(axis=1), 1, atol=1e-9):
        raise ValueError(f"a vertex is bound to more than {MAX_INFLUENCES} joints; the page's model holds no more")
    return {"weightJoints": strongest.astype(np.uint8), "weights": kept.astype(np.float32)}


def _posedirs_scale(data: HandModelData) -> float:
    return float(np.abs(data.posedirs).max()) / np.iinfo(np.int16).max


def _sparse_posedirs(data: HandModelData) -> dict[str, npt.NDArray[Any]]:
    """For each column of the pose correctives: the vertices that it moves, and by how much in units of the scale."""
    columns = np.rint(np.moveaxis(data.posedirs, -1, 0) / _posedirs_scale(data)).astype(np.int16)  # (135, V, 3)
    moved = columns.any(axis=-1)
    _, vertices = np.nonzero(moved)
    return {
        "posedirsStart": np.concatenate([[0], np.cumsum(moved.sum(axis=1))]).astype(np.uint16),
        "posedirsVertex": vertices.astype(np.uint16),
        "posedirsValue": columns[moved],
    }


def _tint(data: HandModelData) -> npt.NDArray[np.uint8]:
    """A hint of natural colour per vertex, 0 (the back of the hand) to 255 (rosy fingertips)."""
    tips = data.v_template[list(data.tip_vertices)]
    to_tip = np.linalg.norm(data.v_template[:, None] - tips, axis=-1).min(axis=1)
    palmar = _smoothed(0.5 - 0.5 * _normals(data)[:, 1], data.faces)  # 1 where the skin faces -y
    tint: npt.NDArray[np.uint8] = np.rint(255 * (0.6 * palmar + 0.4 * np.exp(-((to_tip / TIP_GLOW) ** 2)))).astype(
        np.uint8
    )
    return tint


def _smoothed(
    values: npt.NDArray[np.float64], faces: npt.NDArray[np.int64], rounds: int = 4
) -> npt.NDArray[np.float64]:
    """Values per vertex, averaged with their neighbours a few times."""
    for _ in range(rounds):
        sums, counts = np.zeros_like(values), np.zeros_like(values)
        np.add.at(sums, faces, values[faces].mean(axis=1, keepdims=True))
        np.add.at(counts, faces, 1.0)
        values = sums / counts
    return values


def _normals(data: HandModelData) -> npt.NDArray[np.float64]:
    corners = data.v_template[data.faces]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(data.v_template)
    for k in range(3):
        np.add.at(normals, data.faces[:, k], face_normals)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return normals
