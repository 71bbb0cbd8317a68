"""The picture of the live hand in a live kernel: Plotly traces from the hand's output, and the chosen joint's axes.

Positions are in millimetres, in the frame of the hand. The page draws its own picture of the
same hand in `page/live_figure.js`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import ANATOMICAL_NAMES, MANO_FINGERS, NUM_JOINTS, PARENTS
from hands.mano import Hand, HandOutput, axis_angle_to_rotmat
from hands.mano.anatomy import ANGLE_NAMES
from hands.mano.model_data import Side
from hands.viz.controls import View
from hands.viz.scene import MM_PER_M, SKIN

RANGE_MM = 300.0
"""From the middle knuckle to each side of the scene; fixed, so that nothing jumps."""

EYE_DISTANCE = 0.58
AXIS_MM = 34.0
AXIS_STYLES = (("#e0662a", "solid"), ("#2f8fd0", "dash"), ("#12a37c", "dot"))
LIGHTING = {"ambient": 0.44, "diffuse": 0.68, "specular": 0.2, "roughness": 0.45, "fresnel": 0.05}
LAMP = {"x": -2, "y": 3.2, "z": 0.9}
WEIGHT_SCALE = ((0.0, "#d0d3d9"), (0.15, "#b5d2de"), (0.5, "#4fa9c9"), (0.85, "#0f74aa"), (1.0, "#0a5c94"))
WRIST_COLOUR = "#b8bcc4"
FINGER_COLOURS = {
    "thumb": ("#f0a37c", "#e37842", "#d55e00"),
    "index": ("#f7d58c", "#efb93f", "#e69f00"),
    "middle": ("#8fd6be", "#3fb893", "#009e73"),
    "ring": ("#a9d8f3", "#7ac4ec", "#56b4e9"),
    "pinky": ("#e6bcd3", "#d99abf", "#cc79a7"),
}
"""Okabe and Ito's colours, paler towards the palm."""


def mesh(output: HandOutput, faces: npt.NDArray[np.int64], paint: Mapping[str, Any], see_through: bool) -> go.Mesh3d:
    """The skin."""
    i, j, k = np.asarray(faces, dtype=np.uint16).T
    shading = {"lighting": LIGHTING, "lightposition": LAMP, "flatshading": False, "opacity": 0.4 if see_through else 1}
    return go.Mesh3d(**_xyz(output.vertices), i=i, j=j, k=k, hoverinfo="skip", **shading, **paint)


def nearest_first(hand: Hand, output: HandOutput, eye: tuple[float, float, float]) -> npt.NDArray[np.int64]:
    """The faces in the order in which a see-through skin looks whole: the nearest hide the farther ones."""
    nearness = output.vertices.numpy()[hand.data.faces].sum(axis=1) @ np.array(eye)
    return hand.data.faces[np.argsort(-nearness)]


def paint(hand: Hand, colour: str, joint: int) -> dict[str, Any]:
    """Plotly's arguments for a plain skin, each vertex's strongest joint, or the weight of one joint."""
    weights = hand.data.lbs_weights
    if colour == "joints":
        return {"vertexcolor": [joint_colour(int(strongest)) for strongest in weights.argmax(axis=1)]}
    if colour == "weights":
        bar = {"title": {"text": "Weight"}, "thickness": 12, "len": 0.6}
        scale = {"colorscale": WEIGHT_SCALE, "cmin": 0, "cmax": 1, "colorbar": bar}
        return scale | {"intensity": weights[:, joint].astype(np.float32)}
    return {"color": SKIN}


def joints(output: HandOutput, visible: bool) -> go.Scatter3d:
    """The 16 joints, which tell their names when pointed at."""
    colours = [joint_colour(joint) for joint in range(NUM_JOINTS)]
    marker = {"size": 6, "color": colours, "line": {"color": "#333", "width": 1}}
    names = [name[:1].upper() + name[1:] for name in ANATOMICAL_NAMES]
    return go.Scatter3d(
        **_xyz(output.joints), mode="markers", text=names, hoverinfo="text", marker=marker, visible=visible
    )


def axis_lines(origin: npt.NDArray[Any], directions: Float[Tensor, "3 3"], visible: bool) -> list[go.Scatter3d]:
    """The three axes of a joint, told apart by colour, by dash and by name."""
    lines = []
    for name, direction, (colour, dash) in zip(ANGLE_NAMES, directions.numpy(), AXIS_STYLES, strict=True):
        ends = np.stack([origin + reach * AXIS_MM / MM_PER_M * direction for reach in (-0.45, 1.0)])
        style = {"line": {"color": colour, "dash": dash, "width": 7}, "mode": "lines+text", "text": ["", name]}
        lines.append(go.Scatter3d(**_xyz(ends), hoverinfo="skip", visible=visible, **style))
    return lines


def posed_axes(
    axes: Float[Tensor, "16 3 3"], full_pose: Float[Tensor, "16 3"], angles: Float[Tensor, "16 3"], joint: int
) -> Float[Tensor, "3 3"]:
    """Flexion, abduction and twist axis (rows) as the posed hand carries them.

    The flexion axis goes with the parent, the abduction axis also with the flexion, the twist axis with the bone.
    """
    local = axis_angle_to_rotmat(full_pose)
    parent = torch.eye(3, dtype=full_pose.dtype)
    for ancestor in _ancestors(joint):
        parent = parent @ local[ancestor]
    flexion, abduction, _ = axis_angle_to_rotmat(axes[joint] * torch.deg2rad(angles[joint])[:, None])
    turns = (parent, parent @ flexion, parent @ flexion @ abduction)
    return torch.stack([turn @ axis for turn, axis in zip(turns, axes[joint], strict=True)])


def _ancestors(joint: int) -> list[int]:
    """The joints from the wrist down to the parent of this one."""
    parent = PARENTS[joint]
    return [] if parent < 0 else [*_ancestors(parent), parent]


def layout(height: int) -> dict[str, Any]:
    """The figure's layout but for its scene."""
    return {"height": height, "margin": {"l": 0, "r": 0, "t": 0, "b": 0}, "showlegend": False, "template": "none"}


def scene(side: Side, view: View) -> dict[str, Any]:
    """A scene of fixed size round the hand."""
    axis = {"range": [-RANGE_MM, RANGE_MM], "visible": False}
    axes = {f"{name}axis": axis for name in "xyz"}
    return axes | {"aspectmode": "cube", "dragmode": "orbit", "camera": camera(side, view)}


def camera(side: Side, view: View) -> dict[str, Any]:
    """A camera with the fingers up; a left hand is seen from the mirrored place."""
    turn, tilt = np.radians([view.turn, view.tilt])
    ahead = 1 if side == "left" else -1
    eye = EYE_DISTANCE * np.array([ahead * np.sin(tilt), -np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn)])
    centre = {"x": 0.012 * -ahead, "y": 0, "z": 0}
    return {"eye": dict(zip("xyz", eye.tolist(), strict=True)), "up": {"x": ahead, "y": 0, "z": 0}, "center": centre}


def joint_colour(joint: int) -> str:
    """One hue a finger, paler towards the palm; the wrist is grey."""
    return WRIST_COLOUR if joint == 0 else FINGER_COLOURS[MANO_FINGERS[(joint - 1) // 3]][(joint - 1) % 3]


def _xyz(points: Tensor | npt.NDArray[Any] | Sequence[Any]) -> dict[str, npt.NDArray[np.float32]]:
    x, y, z = (MM_PER_M * np.asarray(points)).astype(np.float32).T
    return {"x": x, "y": y, "z": z}
