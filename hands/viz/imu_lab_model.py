"""What the sensor lab's JavaScript needs beyond the page's hand model: `imu_model_data.js`, made at build time.

The page's model rounds the pose correctives to 0.2 micrometres, which no eye sees. A simulated sensor on the skin does:
a second derivative makes 2e-4 m/s^2 of it, twice what lab and library may differ by. So the lab gets the same numbers
unrounded (they are float32 in the hand's file), and the frames of the bones and the constants of the physics, so that
both sides have one source. Like its neighbour it is a classic script, which also runs on a page opened from a folder;
it sets `window.HANDS_IMU`.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hands.conventions import GRAVITY_W, JOINT_NAMES
from hands.imu.placement import bone_frame
from hands.imu.simulation import PHYSICS_FPS
from hands.mano.files import read_default
from hands.mano.model_data import HandModelData


def write_lab_model(path: str | Path) -> None:
    """Write the classic script that the labs of a page share."""
    text = json.dumps(lab_model(read_default()), separators=(",", ":"))
    Path(path).write_text(f"window.HANDS_IMU={text};\n", encoding="ascii")


def lab_model(data: HandModelData) -> dict[str, Any]:
    """The record that the page reads, for a right hand."""
    return {
        "gravity": GRAVITY_W,
        "physicsFps": PHYSICS_FPS,
        "boneFrames": [bone_frame(data, joint).reshape(-1).tolist() for joint in range(len(JOINT_NAMES))],
        **{name: encoded(array) for name, array in _exact_posedirs(data).items()},
    }


def _exact_posedirs(data: HandModelData) -> dict[str, npt.NDArray[Any]]:
    """For each column of the pose correctives: the vertices that it moves, and by how much, in metres."""
    columns = np.moveaxis(data.posedirs, -1, 0).astype(np.float32)  # (135, V, 3)
    moved = columns.any(axis=-1)
    _, vertices = np.nonzero(moved)
    return {
        "start": np.concatenate([[0], np.cumsum(moved.sum(axis=1))]).astype(np.uint16),
        "vertex": vertices.astype(np.uint16),
        "value": columns[moved],
    }


def encoded(array: npt.NDArray[Any]) -> dict[str, Any]:
    """An array for JSON: its type, and its numbers as little-endian base64."""
    little_endian = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    return {"dtype": array.dtype.name, "data": base64.b64encode(little_endian.tobytes()).decode()}
