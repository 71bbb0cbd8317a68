"""Figures about networks: who attends to whom, on the hand and as a matrix.

Explained in the book: *A transformer for hands in time*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from hands.viz.scene import ACCENT, BONE, COLOUR_SCALE, ArrayLike, Points, base_layout, camera_axes, to_points

LARGEST: Final = 46
"""Diameter in pixels of a circle that stands for the largest weight shown."""
SLIDER_ROOM: Final = 84
"""Pixels below a figure, for its slider and what stands above it."""
AXIS_ROOM: Final = 18
"""Of these, pixels that part the title of an axis from what the slider says."""
ABOVE: Final = -1.2
"""Where the crosses above a matrix are, in rows: half a row above the first is its border."""
_RING: Final = {"symbol": "circle-open", "size": 18, "color": ACCENT, "line": {"width": 3}}
_NO_AXIS: Final = {"visible": False, "fixedrange": True}


def maps_figure(
    maps: Mapping[str, ArrayLike],
    x_title: str,
    y_title: str,
    *,
    alt: str,
    columns: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    crosses: Mapping[str, Sequence[int]] | None = None,
    first: str | None = None,
    colour_title: str = "weight",
    title: str | None = None,
    height: int = 470,
) -> go.Figure:
    """Matrices of one shape on one colour scale, one at a time; a slider chooses.

    Args:
        maps: label -> matrix (rows, columns), not negative.
        x_title: what the columns are.
        y_title: what the rows are; the first is at the top.
        alt: what there is to see, in a sentence.
        columns: names of the columns; numbers if left out.
        rows: names of the rows.
        crosses: label -> numbers of the columns with a cross above them; no names of rows then.
        first: label of the matrix that is shown at first; the first one if left out.
        colour_title: what is shown, with its unit.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no matrix, they differ in shape, or none has the label `first`.
    """
    arrays = {label: _plain(matrix) for label, matrix in maps.items()}
    shapes = {array.shape for array in arrays.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 2:
        raise ValueError(f"maps have the shapes {sorted(shapes)}, expected one shape (rows, columns)")
    top = max(float(array.max()) for array in arrays.values()) or 1.0
    names = {"x": None if columns is None else list(columns), "y": None if rows is None else list(rows)}
    bar = {"thickness": 12, "outlinewidth": 0, "title": {"text": colour_title, "side": "right"}}
    hover = f"{y_title} %{{y}}, {x_title} %{{x}}: %{{z:.3f}}<extra></extra>"
    look = {"zmin": 0, "zmax": top, "colorscale": list(COLOUR_SCALE), "colorbar": bar, "hovertemplate": hover}
    traces = [
        trace
        for label, z in arrays.items()
        for trace in (go.Heatmap(z=z, **names, **look), *_above((crosses or {}).get(label)))
    ]
    layout = base_layout(alt, title, height) | {
        "xaxis": {"title": {"text": x_title}, "automargin": True, "showgrid": False, "zeroline": False},
        "yaxis": {"title": {"text": y_title}, "automargin": True, "showgrid": False, "autorange": "reversed"},
        "margin": {"l": 40, "r": 16, "t": 44 if title else 16, "b": 0},
        "showlegend": False,
    }
    below = 60 if columns is None else 110  # an axis with names is turned where it is narrow
    labels = list(arrays)
    start = 0 if first is None else labels.index(first)
    return one_at_a_time(
        go.Figure(traces, layout), labels, own=len(traces) // len(labels), below=below, start=start, prefix="shown: "
    )


def attention_figure(
    skin: ArrayLike,
    points: ArrayLike,
    weights: ArrayLike,
    names: Sequence[str],
    *,
    alt: str,
    hidden: Sequence[int] = (),
    bones: Sequence[tuple[int, int]] = (),
    title: str | None = None,
    height: int = 520,
) -> go.Figure:
    """Whom each joint attends to, on the hand, seen from the palm: circles whose area is the weight.

    A slider chooses the joint that asks, which has a ring; crosses mark joints that were hidden.

    Args:
        skin: vertices (V, 3), metres, drawn as faint dots.
        points: the joints (N, 3), metres, in the frame of the hand.
        weights: (N, N); row q is whom joint q attends to.
        names: of the joints.
        alt: what there is to see, in a sentence.
        hidden: indices of joints with a cross.
        bones: pairs of joints between which a line is drawn.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: points, weights and names do not fit together.
    """
    array, spots = _plain(weights), _from_the_palm(points)
    if array.shape != (len(spots), len(spots)) or len(names) != len(spots):
        raise ValueError(f"{len(spots)} joints, weights {array.shape} and {len(names)} names do not fit together")
    shared = [_dots(_from_the_palm(skin)), _lines(spots, bones), _crosses(*spots[list(hidden)].T)]
    asking = [
        trace
        for q in range(len(spots))
        for trace in (_circles(spots, array[q], float(array.max()), names), _ring(spots[q]))
    ]
    layout = base_layout(alt, title, height) | {
        "xaxis": _NO_AXIS,
        "yaxis": _NO_AXIS | {"scaleanchor": "x"},
        "showlegend": False,
        "hovermode": "closest",
    }
    figure = go.Figure(asking + shared, layout)
    return one_at_a_time(figure, [f"{name} looks at" for name in names], own=2, shared=len(shared), below=10)


def one_at_a_time(
    figure: go.Figure,
    labels: Sequence[str],
    *,
    own: int,
    below: int,
    shared: int = 0,
    start: int = 0,
    prefix: str = "",
) -> go.Figure:
    """A slider over groups of `own` traces, `below` pixels under them; the last `shared` traces are always there."""
    for k, trace in enumerate(figure.data[: own * len(labels)]):
        trace.visible = k // own == start
    steps = [
        {
            "label": label,
            "method": "restyle",
            "args": [{"visible": [k // own == chosen for k in range(own * len(labels))] + [True] * shared}],
        }
        for chosen, label in enumerate(labels)
    ]
    figure.layout.margin.b = below + (SLIDER_ROOM if len(labels) > 1 else 0)
    place = {"x": 0.02, "len": 0.96, "y": 0, "yanchor": "top", "pad": {"t": below + AXIS_ROOM}}
    look = place | {"ticklen": 0, "minorticklen": 0, "active": start, "font": {"size": 1}}
    current = {"xanchor": "center", "offset": 10, "font": {"size": 14}, "prefix": prefix}
    if len(labels) > 1:
        figure.update_layout(sliders=[look | {"steps": steps, "currentvalue": current}])
    return figure


def _from_the_palm(points: ArrayLike) -> Points:
    right, up, _ = camera_axes("palm")
    return (to_points(points, "points") @ np.stack([right, up], -1)).astype(np.float32)


def _plain(matrix: ArrayLike) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.asarray(matrix, dtype=np.float32)


def _circles(spots: Points, weights: Points, largest: float, names: Sequence[str]) -> go.Scatter:
    x, y = spots.T
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        text=list(names),
        customdata=weights,
        marker={"size": LARGEST * np.sqrt(weights / (largest or 1.0)), "color": BONE, "opacity": 0.75},
        hovertemplate="%{text}: %{customdata:.3f}<extra></extra>",
    )


def _ring(spot: Points) -> go.Scatter:
    return go.Scatter(x=spot[:1], y=spot[1:], mode="markers", marker=_RING, hoverinfo="skip")


def _dots(skin: Points) -> go.Scatter:
    x, y = skin.T
    marker = {"size": 2.5, "color": "#9a9a9a", "opacity": 0.6}
    return go.Scatter(x=x, y=y, mode="markers", marker=marker, hoverinfo="skip")


def _lines(spots: Points, bones: Sequence[tuple[int, int]]) -> go.Scatter:
    x, y = ([value for a, b in bones for value in (float(axis[a]), float(axis[b]), None)] for axis in spots.T)
    return go.Scatter(x=x, y=y, mode="lines", line={"color": "#9a9a9a", "width": 2}, hoverinfo="skip")


def _above(columns: Sequence[int] | None) -> list[go.Scatter]:
    """Crosses above columns of a matrix; no trace if there is nothing to mark."""
    return [] if columns is None else [_crosses(list(columns), [ABOVE] * len(columns))]


def _crosses(x: Any, y: Any) -> go.Scatter:
    marker = {"symbol": "x-thin", "size": 11, "line": {"color": ACCENT, "width": 2.5}}
    return go.Scatter(x=x, y=y, mode="markers", marker=marker, hoverinfo="skip")
