"""Figures of hands and of curves: pure functions from arrays to `plotly.graph_objects.Figure`.

Positions go in in metres, in the frame of the hand (right hand: fingers to -x, palm to -y, thumb to +z), and are shown
in millimetres. Each figure needs `alt`, a sentence for people who cannot see it.

Explained in the book: *Meet the hand* shows all of them at work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import torch

from hands.conventions import ANATOMICAL_NAMES, KEYPOINT_NAMES, KEYPOINT_PARENTS, PARENTS
from hands.mano import Hand, HandOutput
from hands.mano.model_data import Side
from hands.viz.scene import (
    ACCENT,
    BONE,
    COLOUR_SCALE,
    LAMP,
    MM_PER_M,
    SEE_THROUGH,
    SKIN,
    ArrayLike,
    Camera,
    Points,
    base_layout,
    camera_axes,
    colour_axis,
    scene_figure,
    to_points,
)

SKIN_LIGHTING = {"ambient": 0.42, "diffuse": 0.62, "specular": 0.14, "roughness": 0.6, "fresnel": 0.1}
COLOUR_LIGHTING = {"ambient": 0.68, "diffuse": 0.34, "specular": 0.03, "roughness": 0.9, "fresnel": 0.0}
"""Flatter, so that a colour on the mesh can be compared with the colour bar."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
LABEL_DROP_MM = 4.0
LABEL_ROOM_MM = 14.0
BAR_HEIGHT = 72
"""Pixels that a colour bar takes, its title included."""

Colour = str | ArrayLike
Shown = HandOutput | ArrayLike


def hand_figure(
    hand: Hand,
    output: Shown,
    *,
    alt: str,
    colour: Colour | None = None,
    colour_title: str | None = None,
    joints: bool = False,
    keypoints: bool = False,
    faces: bool = True,
    opacity: float = 1.0,
    title: str | None = None,
    height: int = 420,
    camera: Camera = "palm",
    axes: bool = False,
) -> go.Figure:
    """One hand as a mesh, with its 16 joints or 21 keypoints on request.

    Args:
        hand: whose triangles and side are used.
        output: what `hand(...)` returned, or vertices (V, 3) alone.
        alt: what there is to see, in a sentence.
        colour: a CSS colour, one number per vertex (V,), or one RGB triple per vertex (V, 3) in 0..1.
        colour_title: title of the colour bar, with its unit.
        joints: show MANO's 16 joints and their bones; the mesh becomes see-through.
        keypoints: the same for the 21 keypoints.
        faces: show the mesh.
        opacity: of the mesh, 0..1.
        title: above the figure.
        height: in pixels; the width is the page's.
        camera: where the viewer stands; fingers point up in "palm", "back" and "thumb".
        axes: show x, y and z in millimetres.
    """
    vertices = vertices_mm(hand, output)
    traces: list[Any] = []
    see_through = (joints or keypoints) and opacity == 1.0
    if faces:
        traces.append(mesh_trace(hand, vertices, colour, SEE_THROUGH if see_through else opacity))
    if joints:
        traces += _bone_traces(_part(output, "joints"), PARENTS, ANATOMICAL_NAMES, "joints")
    if keypoints:
        traces += _bone_traces(_part(output, "keypoints"), KEYPOINT_PARENTS, KEYPOINT_NAMES, "keypoints")
    figure = scene_figure(
        traces, vertices, alt=alt, title=title, height=height, camera=camera, side=hand.data.side, axes=axes
    )
    return _with_colour_bar(figure, [] if colour is None else [colour], colour_title)


def hands_figure(
    hand: Hand,
    outputs: Mapping[str, Shown],
    *,
    alt: str,
    colours: Mapping[str, Colour] | None = None,
    colour_title: str | None = None,
    title: str | None = None,
    height: int = 360,
    camera: Camera = "palm",
    gap: float = 0.02,
) -> go.Figure:
    """Several hands side by side in one scene, each with its label below it.

    Args:
        hand: whose triangles and side are used.
        outputs: label -> what `hand(...)` returned, or vertices (V, 3); shown from left to right.
        alt: what there is to see, in a sentence.
        colours: label -> a CSS colour or one number per vertex; all numbers share one colour bar.
        colour_title: title of the colour bar, with its unit.
        title: above the figure.
        height: in pixels; the width is the page's.
        camera: where the viewer stands.
        gap: between two hands, in metres.

    Raises:
        ValueError: there is nothing to show, or a colour's label is not among the outputs.
    """
    colours = colours or {}
    if not outputs:
        raise ValueError("outputs is empty: give at least one label and hand")
    if unknown := set(colours) - set(outputs):
        raise ValueError(f"colours for {sorted(unknown)}, which are not among the outputs {list(outputs)}")
    side = hand.data.side
    placed = _side_by_side([vertices_mm(hand, shown) for shown in outputs.values()], camera, side, gap * MM_PER_M)
    traces: list[Any] = [
        mesh_trace(hand, vertices, colours.get(label)) for label, vertices in zip(outputs, placed, strict=True)
    ]
    labels = _labels_below(list(outputs), placed, camera, side)
    spots = np.stack([labels.x, labels.y, labels.z], axis=-1)
    points = np.concatenate([*placed, spots - np.float32(LABEL_ROOM_MM) * camera_axes(camera, side)[1]])
    figure = scene_figure([*traces, labels], points, alt=alt, title=title, height=height, camera=camera, side=side)
    return _with_colour_bar(figure, list(colours.values()), colour_title)


def skeleton_figure(
    points: ArrayLike,
    parents: Sequence[int],
    names: Sequence[str],
    *,
    alt: str,
    show_names: bool = False,
    title: str | None = None,
    height: int = 420,
    camera: Camera = "palm",
    side: Side = "right",
    axes: bool = False,
) -> go.Figure:
    """A tree of named points (N, 3) in metres: bones to the parents, names when pointed at, or always if asked for."""
    array = to_points(points, "points")
    if not len(array) == len(parents) == len(names):
        raise ValueError(f"{len(array)} points, {len(parents)} parents and {len(names)} names do not match")
    traces = _bone_traces(array, parents, names, "points", show_names)
    return scene_figure(
        traces, array * MM_PER_M, alt=alt, title=title, height=height, camera=camera, side=side, axes=axes
    )


def lines_figure(
    curves: Mapping[str, tuple[Any, Any]],
    x_title: str,
    y_title: str,
    *,
    alt: str,
    markers: bool = False,
    title: str | None = None,
    height: int = 360,
) -> go.Figure:
    """Curves label -> (x, y), told apart by colour and by dash. Titles name the quantity and its unit."""
    mode = "lines+markers" if markers else "lines"
    traces = [
        go.Scatter(x=_flat(x), y=_flat(y), name=label, mode=mode, line={"dash": DASHES[k % len(DASHES)], "width": 2.5})
        for k, (label, (x, y)) in enumerate(curves.items())
    ]
    layout = base_layout(alt, title, height) | {
        "xaxis": _axis_2d(x_title),
        "yaxis": _axis_2d(y_title),
        "margin": {"l": 64, "r": 16, "t": 28 + (40 if title else 0), "b": 56},
        "showlegend": len(curves) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        "hovermode": "x unified",
    }
    return go.Figure(traces, layout)


def matrix_figure(
    matrix: ArrayLike,
    *,
    alt: str,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    colour_title: str = "",
    diverging: bool = False,
    title: str | None = None,
    height: int = 380,
) -> go.Figure:
    """A matrix (rows, columns) as coloured squares; `diverging` puts zero in the middle of the colour scale."""
    array = np.asarray(matrix.detach().cpu() if isinstance(matrix, torch.Tensor) else matrix, dtype=np.float32)
    if array.ndim != 2:
        raise ValueError(f"matrix has shape {array.shape}, expected two dimensions")
    limit = float(np.abs(array).max()) or 1.0
    scale = {"colorscale": "RdBu", "zmin": -limit, "zmax": limit} if diverging else {"colorscale": list(COLOUR_SCALE)}
    bar = {"thickness": 12, "outlinewidth": 0, "title": {"text": colour_title, "side": "right"}}
    trace = go.Heatmap(z=array, x=_or_none(columns), y=_or_none(rows), colorbar=bar, xgap=1, ygap=1, **scale)
    layout = base_layout(alt, title, height) | {
        "xaxis": {"automargin": True, "showgrid": False, "zeroline": False},
        "yaxis": {"automargin": True, "showgrid": False, "zeroline": False, "autorange": "reversed"},
        "margin": {"l": 40, "r": 16, "t": 44 if title else 16, "b": 40},
    }
    return go.Figure(trace, layout)


def vertices_mm(hand: Hand, shown: Shown) -> Points:
    """The vertices to show, in millimetres."""
    vertices = to_points(shown.vertices if isinstance(shown, HandOutput) else shown, "vertices")
    if len(vertices) != hand.data.num_vertices:
        raise ValueError(f"{len(vertices)} vertices to show, but the hand has {hand.data.num_vertices}")
    return vertices * np.float32(MM_PER_M)


def mesh_trace(hand: Hand, vertices: Points, colour: Colour | None = None, opacity: float = 1.0) -> go.Mesh3d:
    """The mesh of one hand, vertices in millimetres."""
    x, y, z = vertices.T
    i, j, k = np.asarray(hand.data.faces, dtype=np.uint16 if len(vertices) < 2**16 else np.uint32).T
    paint = _paint(colour, len(vertices))
    hover = {"hovertemplate": "%{intensity:.3g}<extra></extra>"} if "intensity" in paint else {"hoverinfo": "skip"}
    lighting = SKIN_LIGHTING if "color" in paint else COLOUR_LIGHTING
    shading = {"flatshading": False, "lighting": lighting, "lightposition": LAMP}
    return go.Mesh3d(x=x, y=y, z=z, i=i, j=j, k=k, opacity=opacity, name="mesh", **shading, **paint, **hover)


def _paint(colour: Colour | None, num_vertices: int) -> dict[str, Any]:
    """Plotly's arguments for a CSS colour, a scalar per vertex or an RGB triple per vertex."""
    if colour is None or isinstance(colour, str):
        return {"color": colour or SKIN}
    values = _array(colour)
    if values.shape == (num_vertices,):
        return {"intensity": values, "coloraxis": "coloraxis"}
    if values.shape == (num_vertices, 3):
        return {"vertexcolor": np.round(255 * values.clip(0, 1)).astype(np.uint8)}
    raise ValueError(f"colour has shape {values.shape}, expected ({num_vertices},) or ({num_vertices}, 3)")


def _array(value: ArrayLike) -> npt.NDArray[np.float32]:
    array = np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value, dtype=np.float32)
    while array.ndim > 1 and array.shape[0] == 1:
        array = array[0]
    return array


def _with_colour_bar(figure: go.Figure, colours: Sequence[Colour], title: str | None) -> go.Figure:
    """Add the one colour bar that all scalars share, and make room for it below the scene."""
    scalars = [array for c in colours if not isinstance(c, str) and (array := _array(c)).ndim == 1]
    if scalars:
        figure.layout.coloraxis = colour_axis(np.concatenate(scalars), title)
        inside = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
        figure.layout.scene.domain = {"x": [0, 1], "y": [min(BAR_HEIGHT / inside, 0.5), 1]}
    return figure


def _part(output: Shown, name: str) -> Points:
    if not isinstance(output, HandOutput):
        raise ValueError(f"{name}=True needs the whole output of the hand, not vertices alone")
    return to_points(getattr(output, name), name)


def _bone_traces(
    points: Points, parents: Sequence[int], names: Sequence[str], label: str, show_names: bool = False
) -> list[go.Scatter3d]:
    """Bones as one broken line, joints as dots that name themselves."""
    mm = points * np.float32(MM_PER_M)
    gap = np.full(3, np.nan, np.float32)
    line = np.concatenate([[mm[parent], mm[child], gap] for child, parent in enumerate(parents) if parent >= 0])
    x, y, z = line.astype(np.float32).T
    bones = go.Scatter3d(
        x=x, y=y, z=z, mode="lines", line={"color": BONE, "width": 5}, hoverinfo="skip", showlegend=False, name="bones"
    )
    x, y, z = mm.T
    dots = go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="markers+text" if show_names else "markers",
        text=list(names),
        textposition="middle right",
        marker={"color": ACCENT, "size": 5},
        hovertemplate="%{text}<br>x %{x:.1f}, y %{y:.1f}, z %{z:.1f} mm<extra></extra>",
        showlegend=False,
        name=label,
    )
    return [bones, dots]


def _side_by_side(hands: Sequence[Points], camera: Camera, side: Side, gap_mm: float) -> list[Points]:
    """Shift each hand along the screen's right axis so that none overlaps the one before."""
    right, _, _ = camera_axes(camera, side)
    edge, placed = 0.0, []
    for vertices in hands:
        along = vertices @ right
        placed.append((vertices + right * np.float32(edge - along.min())).astype(np.float32))
        edge += float(np.ptp(along)) + gap_mm
    return placed


def _labels_below(labels: Sequence[str], placed: Sequence[Points], camera: Camera, side: Side) -> go.Scatter3d:
    """One line of labels under the hands, in front of everything."""
    axes = np.stack(camera_axes(camera, side))  # rows: right, up, towards the viewer
    on_screen = [vertices @ axes.T for vertices in placed]
    bottom = min(float(view[:, 1].min()) for view in on_screen) - LABEL_DROP_MM
    front = max(float(view[:, 2].max()) for view in on_screen)
    spots = [((view[:, 0].min() + view[:, 0].max()) / 2, bottom, front) for view in on_screen]
    x, y, z = (np.asarray(spots, dtype=np.float32) @ axes).T
    return go.Scatter3d(
        x=x,
        y=y,
        z=z,
        mode="text",
        text=list(labels),
        textposition="bottom center",
        hoverinfo="skip",
        showlegend=False,
        name="labels",
    )


def _flat(value: Any) -> npt.NDArray[Any]:
    return np.asarray(value.detach().cpu() if isinstance(value, torch.Tensor) else value).reshape(-1)


def _axis_2d(title: str) -> dict[str, Any]:
    return {"title": {"text": title}, "gridcolor": "#e3e3e3", "zerolinecolor": "#bbb", "automargin": True}


def _or_none(names: Sequence[str] | None) -> list[str] | None:
    return None if names is None else list(names)
