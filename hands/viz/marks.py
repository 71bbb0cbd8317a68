"""Marks to add to a 3D figure of a hand: frames of joints, arrows, points.

Each function takes positions in metres, changes the figure it is given, and returns it, so that calls can be chained.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import torch

from hands.viz.scene import ACCENT, MM_PER_M, SEE_THROUGH, ArrayLike, Points, to_points

AXIS_COLOURS = ("#d55e00", "#009e73", "#0072b2")
"""x, y, z; from Okabe and Ito's colours. The hover text and the legend name them too."""


def add_frames(
    fig: go.Figure, origins: ArrayLike, rotations: ArrayLike, length: float = 0.015, names: Sequence[str] | None = None
) -> go.Figure:
    """Draw the axes of N frames as small triads; an opaque hand becomes see-through, since joints lie inside it.

    Convention:
        `rotations` (N, 3, 3) map a frame's own vectors to the hand's frame, so their columns are the axes drawn.

    Raises:
        ValueError: the shapes do not match.
    """
    at = to_points(origins, "origins")
    columns = np.asarray(rotations.detach().cpu() if isinstance(rotations, torch.Tensor) else rotations, np.float32)
    columns = columns.reshape(-1, 3, 3) if columns.shape[-2:] == (3, 3) else columns
    if columns.shape != (len(at), 3, 3):
        raise ValueError(f"rotations have shape {tuple(rotations.shape)}, expected ({len(at)}, 3, 3)")
    labels = list(names) if names is not None else [str(k) for k in range(len(at))]
    for k, (axis, colour) in enumerate(zip("xyz", AXIS_COLOURS, strict=True)):
        tips = at + np.float32(length) * columns[..., k]
        fig.add_trace(_segments(at, tips, colour, f"{axis} axis", [f"{axis} axis of {label}" for label in labels]))
    fig.update_traces({"opacity": SEE_THROUGH}, selector={"type": "mesh3d", "opacity": 1.0})
    return fig.update_layout(showlegend=True)


def add_arrows(
    fig: go.Figure,
    starts: ArrayLike,
    ends: ArrayLike,
    *,
    colour: str = ACCENT,
    name: str = "arrows",
    width: float = 4.0,
) -> go.Figure:
    """Draw N arrows from `starts` (N, 3) to `ends` (N, 3): displacements, axes of rotation."""
    begin, end = to_points(starts, "starts"), to_points(ends, "ends")
    if begin.shape != end.shape:
        raise ValueError(f"starts {begin.shape} and ends {end.shape} differ in shape")
    fig.add_trace(_segments(begin, end, colour, name, None, width))
    x, y, z = (end * np.float32(MM_PER_M)).T
    fig.add_trace(
        go.Scatter3d(
            x=x, y=y, z=z, mode="markers", marker={"color": colour, "size": 3}, hoverinfo="skip", showlegend=False
        )
    )
    return fig


def add_points(
    fig: go.Figure,
    points: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    colour: str = ACCENT,
    size: float = 6.0,
    symbol: str = "circle",
    name: str = "points",
) -> go.Figure:
    """Draw N points (N, 3), named when pointed at."""
    x, y, z = (to_points(points, "points") * np.float32(MM_PER_M)).T
    where = "x %{x:.1f}, y %{y:.1f}, z %{z:.1f} mm<extra></extra>"
    fig.add_trace(
        go.Scatter3d(
            x=x,
            y=y,
            z=z,
            mode="markers",
            marker={"color": colour, "size": size, "symbol": symbol},
            text=None if names is None else list(names),
            hovertemplate=where if names is None else "%{text}<br>" + where,
            name=name,
        )
    )
    return fig


def _segments(
    starts: Points, ends: Points, colour: str, name: str, labels: Sequence[str] | None, width: float = 5.0
) -> go.Scatter3d:
    """N separate line segments as one trace."""
    gap = np.full_like(starts, np.nan)
    x, y, z = (np.stack([starts, ends, gap], axis=1).reshape(-1, 3) * np.float32(MM_PER_M)).T
    hover = (
        {"hoverinfo": "skip"}
        if labels is None
        else {"text": [label for label in labels for _ in range(3)], "hoverinfo": "text"}
    )
    return go.Scatter3d(x=x, y=y, z=z, mode="lines", line={"color": colour, "width": width}, name=name, **hover)
