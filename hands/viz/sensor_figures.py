"""Figures about real sensors: how their errors wander, what each costs, and a hand beside the one they believe in.

Explained in the book: *What a real IMU measures*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from hands.mano import Hand
from hands.viz.figures import lines_figure, mesh_trace
from hands.viz.motion_figures import DOT
from hands.viz.scene import ACCENT, MM_PER_M, SKIN, ArrayLike, Camera, Points, base_layout, scene_figure

GUIDES: Final[Mapping[str, float]] = {"like 1/√τ": -0.5, "level": 0.0, "like √τ": 0.5}
"""Slopes of an Allan deviation in a figure whose axes are both logarithmic."""

GUIDE: Final = "#8a8a8a"
BELIEVED: Final = "#56b4e9"
"""A pale blue; lightness alone tells it from the skin's."""

PER_ROW: Final = 28
"""Pixels that a row of `costs_figure` takes."""

STEPS_PER_MM: Final = 50
"""Moving meshes travel as 16-bit integers of 1/50 mm, which takes half the bytes; so these are the scene's units."""

SLIDER_ROOM: Final = 110
"""Pixels below a moving scene, for the button and the slider."""

LEGEND_ROOM: Final = 24
"""Pixels above it."""


def allan_figure(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    alt: str,
    guides: Mapping[str, tuple[float, float]] | None = None,
    unit: str = "rad/s",
    title: str | None = None,
    height: int = 380,
) -> go.Figure:
    """Allan deviations over the averaging time, both axes logarithmic, with straight lines to compare with.

    Args:
        curves: label -> (averaging times in s, deviations).
        alt: what there is to see, in a sentence.
        guides: a slope's name in `GUIDES` -> a point (time, deviation) through which its line goes.
        unit: of the deviations.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: a guide is none of `GUIDES`.
    """
    figure = lines_figure(
        curves, "averaging time τ (s)", f"Allan deviation ({unit})", alt=alt, markers=True, title=title, height=height
    )
    times = np.concatenate([np.asarray(tau, dtype=np.float64) for tau, _ in curves.values()])
    ends = np.array([times.min(), times.max()])
    for name, (tau, deviation) in (guides or {}).items():
        if name not in GUIDES:
            raise ValueError(f"no guide is called {name!r}; there are {', '.join(GUIDES)}")
        line = {"color": GUIDE, "width": 1.5, "dash": "dot"}
        y = deviation * (ends / tau) ** GUIDES[name]
        figure.add_scatter(x=ends, y=y, name=name, mode="lines", line=line, hoverinfo="skip")
    deviations = np.concatenate([np.asarray(deviation, dtype=np.float64) for _, deviation in curves.values()])
    low, high = np.log10(deviations.min()) - 0.3, np.log10(deviations.max()) + 0.3
    figure.update_xaxes(type="log", dtick=1)
    return figure.update_yaxes(type="log", dtick=1, exponentformat="none", range=[low, high])


def costs_figure(
    costs: Mapping[str, ArrayLike | Sequence[float]],
    *,
    alt: str,
    floor: float | None = None,
    floor_name: str = "perfect sensors",
    x_title: str = "error of the keypoints (mm)",
    title: str | None = None,
    log: bool = True,
) -> go.Figure:
    """One row for each error: a dot for every recording, a bar at their median, and a line that nothing gets below.

    Args:
        costs: label -> one number for each recording; rows from the top in this order.
        alt: what there is to see, in a sentence.
        floor: where to draw the line.
        floor_name: of the line, in the legend.
        x_title: the quantity and its unit.
        title: above the figure.
        log: whether the axis of the numbers is logarithmic.

    Raises:
        ValueError: there is nothing to show.
    """
    if not costs:
        raise ValueError("costs is empty: give at least one label and its numbers")
    rows = list(costs)
    layout = base_layout(alt, title, 126 + (32 if title else 0) + PER_ROW * len(rows))
    figure = go.Figure(layout=layout | {"margin": {"l": 8, "r": 16, "t": 52 + (32 if title else 0), "b": 52}})
    figure.add_traces(_dots_and_medians(costs))
    if floor is not None:
        line = {"color": GUIDE, "width": 2, "dash": "dot"}
        figure.add_scatter(x=[floor, floor], y=[rows[0], rows[-1]], mode="lines", name=floor_name, line=line)
    # At 1, not above: a phone moves a legend that is above 1 below the plot, where the axis has its title.
    figure.update_layout(legend={"x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"}, hovermode="closest")
    figure.update_layout(title={"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 10}})
    ticks = {"type": "log", "tickvals": [10.0**k for k in range(-4, 4)]} if log else {"rangemode": "tozero"}
    figure.update_xaxes(title_text=x_title, gridcolor="#e3e3e3", zerolinecolor="#bbb", **ticks)
    return figure.update_yaxes(type="category", autorange="reversed", gridcolor="#e3e3e3", automargin=True)


def _dots_and_medians(costs: Mapping[str, ArrayLike | Sequence[float]]) -> list[go.Scatter]:
    values = {name: np.asarray(row, dtype=np.float64).ravel() for name, row in costs.items()}
    dots = go.Scatter(
        x=np.concatenate(list(values.values())),
        y=[name for name, row in values.items() for _ in row],
        name="one recording",
        mode="markers",
        marker={"color": DOT, "size": 8, "opacity": 0.7},
        hovertemplate="%{y}: %{x:.1f}<extra></extra>",
    )
    medians = go.Scatter(
        x=[float(np.median(row)) for row in values.values()],
        y=list(values),
        name="median",
        mode="markers",
        marker={"color": ACCENT, "symbol": "line-ns", "size": 16, "line": {"color": ACCENT, "width": 3}},
        hovertemplate="%{y}, median: %{x:.1f}<extra></extra>",
    )
    return [dots, medians]


def believed_figure(
    hand: Hand,
    true: ArrayLike,
    believed: ArrayLike,
    *,
    fps: float,
    alt: str,
    captions: Sequence[str] | None = None,
    title: str | None = None,
    height: int = 460,
    camera: Camera = "palm",
) -> go.Figure:
    """A moving hand, and over it the one that was reconstructed, with a slider for the time.

    Args:
        hand: whose triangles and side are used.
        true: vertices at each moment (T, V, 3), metres, in the frame of the hand.
        believed: likewise.
        fps: moments per second.
        alt: what there is to see, in a sentence.
        captions: of the moments, beside the time.
        title: above the figure.
        height: in pixels; the width is the page's.
        camera: where the viewer stands.

    Raises:
        ValueError: the two do not have the same shape, or there are not as many captions as moments.
    """
    both = [_series(true, hand), _series(believed, hand)]
    times = [f"{k / fps:.2f} s" for k in range(len(both[0]))]
    notes = list(captions) if captions is not None else [""] * len(times)
    if both[0].shape != both[1].shape or len(notes) != len(times):
        raise ValueError(f"shapes {both[0].shape} and {both[1].shape} and {len(notes)} captions do not fit together")
    looks = (("true", SKIN, 1.0), ("believed", BELIEVED, 0.6))
    traces: list[Any] = []
    for vertices, (name, colour, opacity) in zip(both, looks, strict=True):
        mesh = mesh_trace(hand, vertices[0], colour, opacity)
        traces.append(mesh.update(_moved(vertices[0])).update(name=name, showlegend=True))
    points = np.concatenate(both).reshape(-1, 3)
    figure = scene_figure(traces, points, alt=alt, title=title, height=height, camera=camera, side=hand.data.side)
    for axis in ("xaxis", "yaxis", "zaxis"):
        low, high = figure.layout.scene[axis].range
        figure.layout.scene[axis].range = STEPS_PER_MM * low, STEPS_PER_MM * high
    figure.frames = [
        go.Frame(name=str(k), traces=[0, 1], data=[go.Mesh3d(_moved(a)), go.Mesh3d(_moved(b))])
        for k, (a, b) in enumerate(zip(*both, strict=True))
    ]
    return _with_time(figure, [f"{time}   {note}".rstrip() for time, note in zip(times, notes, strict=True)], fps)


def _series(vertices: ArrayLike, hand: Hand) -> npt.NDArray[np.float32]:
    array = np.asarray(vertices, dtype=np.float32) * np.float32(MM_PER_M)
    if array.ndim != 3 or array.shape[1:] != (hand.data.num_vertices, 3):
        raise ValueError(f"vertices have shape {array.shape}, expected (T, {hand.data.num_vertices}, 3)")
    return array


def _moved(vertices: Points) -> dict[str, npt.NDArray[np.int16]]:
    return dict(zip("xyz", np.rint(STEPS_PER_MM * vertices.T).astype(np.int16), strict=True))


def _with_time(figure: go.Figure, labels: Sequence[str], fps: float) -> go.Figure:
    """A button that plays and stops, and a slider."""
    at_once = {"mode": "immediate", "transition": {"duration": 0}}
    shown = at_once | {"frame": {"duration": 0, "redraw": True}}
    steps = [{"label": label, "method": "animate", "args": [[str(k)], shown]} for k, label in enumerate(labels)]
    playing = at_once | {"fromcurrent": True, "frame": {"duration": 1000 / fps, "redraw": True}}
    buttons = [
        {"label": "Play", "method": "animate", "args": [None, playing]},
        {"label": "Stop", "method": "animate", "args": [[None], at_once]},
    ]
    figure.layout.margin.b = SLIDER_ROOM
    figure.layout.margin.t += LEGEND_ROOM
    slider = {"x": 0.02, "len": 0.96, "y": 0, "yanchor": "top", "pad": {"t": 24}, "ticklen": 0, "minorticklen": 0}
    current = {"xanchor": "right", "offset": 12, "font": {"size": 13}}  # in the row of the buttons
    menu = {"type": "buttons", "direction": "left", "x": 0, "xanchor": "left", "y": 0, "yanchor": "top"}
    return figure.update_layout(
        sliders=[slider | {"steps": steps, "currentvalue": current, "font": {"size": 1}}],
        updatemenus=[menu | {"showactive": False, "pad": {"t": 16}, "buttons": buttons}],
        legend={"x": 0.5, "y": 1, "xanchor": "center", "yanchor": "bottom", "orientation": "h"},
        scene_uirevision="kept",
    )
