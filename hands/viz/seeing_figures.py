"""Figures of pictures: sheets of them, keypoints in them, and the camera that takes them.

Pictures are shown as JPEG, which is a tenth of their size; the arrays stay as they were.

Explained in the book: *Seeing hands*.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from hands.conventions import KEYPOINT_NAMES, KEYPOINT_PARENTS
from hands.gesture import Camera as PinholeCamera
from hands.gesture import Shot
from hands.mano import Hand
from hands.viz.figures import mesh_trace
from hands.viz.marks import add_points
from hands.viz.network_figures import one_at_a_time
from hands.viz.scene import ACCENT, BONE, MM_PER_M, SEE_THROUGH, ArrayLike, Points, base_layout, scene_figure, to_points

QUALITY: Final = 88
"""Of the JPEGs, out of 100."""
GAP: Final = 4
"""Pixels between two pictures of a sheet."""
GREY: Final = 128
"""Of the gaps, which stand out neither from a white page nor from a dark one."""
UPRIGHT: Final = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=np.float32)
"""Turns the camera's frame (rows: points times this) so that the picture's up is the figures' -x, where up is."""
HIDDEN: Final = "#e69f00"
BETWEEN: Final = "#8c8c8c"
_NO_AXIS: Final = {"visible": False, "showgrid": False, "zeroline": False}

Picture = npt.NDArray[np.uint8]


def sheet_figure(
    pictures: Sequence[Picture] | Mapping[str, Sequence[Picture]],
    *,
    alt: str,
    columns: int = 4,
    labels: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    tops: Sequence[str] | None = None,
    first: str | None = None,
    prefix: str = "",
    title: str | None = None,
    height: int = 420,
) -> go.Figure:
    """Pictures side by side, row after row; of several such sheets a slider shows one.

    Args:
        pictures: (size, size, 3) each, all of one size; or label of the slider -> such a sheet.
        alt: what there is to see, in a sentence.
        columns: pictures in a row.
        labels: of the pictures, shown when pointed at.
        rows: words to the left of each row.
        tops: words above each column.
        first: label of the sheet that is shown at first; the first one if left out.
        prefix: before the slider's label.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no picture, or sheets differ in their number of pictures.
    """
    sheets = dict(pictures) if isinstance(pictures, Mapping) else {"": pictures}
    counts = {len(sheet) for sheet in sheets.values()}
    if len(counts) != 1 or counts == {0}:
        raise ValueError(f"sheets have {sorted(counts)} pictures, expected the same number in each, and one or more")
    montages = [montage(sheet, columns) for sheet in sheets.values()]
    step = len(next(iter(sheets.values()))[0]) + GAP
    layout = base_layout(alt, title, height) | _picture_axes(montages[0].shape[1], montages[0].shape[0])
    figure = go.Figure([picture_trace(one) for one in montages], layout)
    middles = [(step * (i % columns + 0.5), step * (i // columns + 0.5)) for i in range(next(iter(counts)))]
    if labels is not None:
        figure.add_trace(_names(middles, labels))
    figure.layout.annotations = [
        *({"text": text, "x": step * (i + 0.5), "y": 0, "yanchor": "bottom"} for i, text in enumerate(tops or ())),
        *({"text": text, "x": 0, "xanchor": "right", "y": step * (i + 0.5)} for i, text in enumerate(rows or ())),
    ]
    figure.update_annotations(showarrow=False, xref="x", yref="y")
    figure.layout.margin.t += 24 if tops else 0
    figure.layout.margin.l += max(map(len, rows or ("",))) * 8
    shared = len(figure.data) - len(montages)
    start = 0 if first is None else list(sheets).index(first)
    return one_at_a_time(figure, list(sheets), own=1, shared=shared, below=8, start=start, prefix=prefix)


def seen_figure(
    shots: Mapping[str, Shot],
    *,
    alt: str,
    prefix: str = "",
    title: str | None = None,
    height: int = 520,
) -> go.Figure:
    """Pictures with their keypoints, one at a time: blue dots where they are seen, rings where they are hidden.

    Args:
        shots: label of the slider -> picture and labels; all of one size.
        alt: what there is to see, in a sentence.
        prefix: before the slider's label.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no shot.
    """
    if not shots:
        raise ValueError("shots is empty: give at least one label and what Studio.shoot returned")
    size = len(next(iter(shots.values())).picture)
    traces = [trace for shot in shots.values() for trace in (picture_trace(shot.picture), *_keypoints(shot))]
    layout = base_layout(alt, title, height) | _picture_axes(size, size)
    layout |= {"legend": {"orientation": "h", "x": 0.5, "xanchor": "center", "y": 1, "yanchor": "bottom"}}
    layout["margin"]["t"] += 28
    own = len(traces) // len(shots)
    return one_at_a_time(go.Figure(traces, layout), list(shots), own=own, below=8, prefix=prefix)


def camera_figure(
    hand: Hand,
    vertices: ArrayLike,
    keypoints: ArrayLike,
    camera: PinholeCamera,
    *,
    alt: str,
    plane: float = 0.22,
    title: str | None = None,
    height: int = 420,
) -> go.Figure:
    """A hand before a camera: rays from the keypoints to its pinhole, and the plane of the picture that they cross.

    Args:
        hand: whose triangles are used.
        vertices: (V, 3) in the camera's frame, metres.
        keypoints: (21, 3) in the camera's frame, metres.
        camera: whose focal length and size are used.
        alt: what there is to see, in a sentence.
        plane: how far before the pinhole the plane of the picture is drawn, metres.
        title: above the figure.
        height: in pixels; the width is the page's.
    """
    skin, points = to_points(vertices, "vertices") @ UPRIGHT, to_points(keypoints, "keypoints")
    crossings = points * (plane / points[:, 2:])
    frame = _frame(camera, plane) @ UPRIGHT
    rays = np.stack([points @ UPRIGHT, 0 * points, np.full_like(points, np.nan)], 1).reshape(-1, 3)
    everything = np.concatenate([skin, frame, np.zeros((1, 3), np.float32)]) * np.float32(MM_PER_M)
    traces = [
        mesh_trace(hand, skin * np.float32(MM_PER_M), opacity=SEE_THROUGH),
        _line(rays, BETWEEN, 1.5, "rays"),
        _line(frame[[0, 1, 2, 3, 0]], BONE, 5.0, "the picture's edge"),
        _line(_bones(crossings @ UPRIGHT), ACCENT, 4.0, "the hand in the picture"),
    ]
    figure = scene_figure(traces, everything, alt=alt, title=title, height=height, camera="three_quarter")
    add_points(figure, np.zeros((1, 3)), colour=BONE, name="pinhole")
    add_points(figure, points @ UPRIGHT, KEYPOINT_NAMES, size=4.0, name="keypoints")
    return figure.update_layout(showlegend=True)


def picture_trace(picture: Picture) -> go.Image:
    """A picture (height, width, 3) whose first pixel has its middle at (0.5, 0.5), as `hands.gesture.camera` counts."""
    return go.Image(source=_data_uri(picture), x0=0.5, y0=0.5, zsmooth="fast", hoverinfo="skip")


def montage(pictures: Sequence[Picture], columns: int) -> npt.NDArray[np.uint8]:
    """One picture of all, row after row, with grey gaps.

    Raises:
        ValueError: they differ in size.
    """
    shapes = {np.shape(picture) for picture in pictures}
    if len(shapes) != 1:
        raise ValueError(f"pictures have the shapes {sorted(shapes)}, expected one")
    size = shapes.pop()[0]
    rows, step = -(-len(pictures) // columns), size + GAP
    whole = np.full((rows * step - GAP, min(columns, len(pictures)) * step - GAP, 3), GREY, dtype=np.uint8)
    for i, picture in enumerate(pictures):
        top, left = step * (i // columns), step * (i % columns)
        whole[top : top + size, left : left + size] = picture
    return whole


def _data_uri(picture: Picture) -> str:
    from PIL import Image  # comes with Mitsuba's extra, hands[pictures]

    file = io.BytesIO()
    Image.fromarray(np.asarray(picture, np.uint8)).save(file, "JPEG", quality=QUALITY, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def _picture_axes(width: int, height: int) -> dict[str, Any]:
    return {
        "xaxis": _NO_AXIS | {"range": [0, width], "constrain": "domain"},
        "yaxis": _NO_AXIS | {"range": [height, 0], "scaleanchor": "x", "constrain": "domain"},
        "hovermode": "closest",
    }


def _names(middles: Sequence[tuple[float, float]], labels: Sequence[str]) -> go.Scatter:
    """Words that appear where a picture is pointed at."""
    x, y = zip(*middles, strict=True)
    marker = {"size": 30, "opacity": 0}
    return go.Scatter(x=x, y=y, mode="markers", marker=marker, text=list(labels), hoverinfo="text", showlegend=False)


def _keypoints(shot: Shot) -> list[go.Scatter]:
    """Bones as one broken line, then seen and hidden keypoints."""
    names = np.array(KEYPOINT_NAMES)
    u, v = _bones(shot.pixels).T
    bones = go.Scatter(x=u, y=v, mode="lines", line={"color": "#ffffff", "width": 2}, opacity=0.8, hoverinfo="skip")
    bones.showlegend = False
    looks = {
        "seen": (shot.visible, {"color": BONE, "size": 10, "line": {"color": "#ffffff", "width": 1.5}}),
        "hidden": (~shot.visible, {"color": HIDDEN, "size": 10, "symbol": "circle-open", "line": {"width": 3}}),
    }
    dots = []
    for word, (which, marker) in looks.items():
        u, v = shot.pixels[which].T
        text = [f"{name}, {word}" for name in names[which]]
        dots.append(go.Scatter(x=u, y=v, mode="markers", marker=marker, text=text, hoverinfo="text", name=word))
    return [bones, *dots]


def _bones(points: npt.NDArray[Any]) -> Points:
    """From each keypoint's parent to it, with gaps between."""
    gap = np.full(points.shape[-1], np.nan)
    pairs = [(points[parent], points[child], gap) for child, parent in enumerate(KEYPOINT_PARENTS) if parent >= 0]
    return np.asarray(pairs, dtype=np.float32).reshape(-1, points.shape[-1])


def _frame(camera: PinholeCamera, plane: float) -> Points:
    """The four corners of the picture, on a plane before the pinhole, in the camera's frame."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * camera.size - np.array(camera.centre)
    return np.concatenate([corners / camera.focal, np.ones((4, 1))], 1).astype(np.float32) * np.float32(plane)


def _line(points: Points, colour: str, width: float, name: str) -> go.Scatter3d:
    x, y, z = (points * np.float32(MM_PER_M)).T
    return go.Scatter3d(
        x=x, y=y, z=z, mode="lines", line={"color": colour, "width": width}, name=name, hoverinfo="skip"
    )
