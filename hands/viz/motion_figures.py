"""Figures about motions: how lively made-up ones are, beside published ones.

Explained in the book: *Making a hand move*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from hands.motion.realism import ARCTIC, Spread
from hands.viz.scene import ACCENT, BONE, COLOURWAY, base_layout

MEASURES: Final[Mapping[str, str]] = {
    "finger_rate": "fastest finger joint (rad/s)",
    "wrist_rate": "turning of the wrist (rad/s)",
    "wrist_acceleration": "acceleration of the wrist (m/s²)",
}
ROWS: Final[Mapping[str, str]] = {"p99": "99 %", "p95": "95 %", "median": "half"}
"""From the bottom upwards: what share of the frames is below the value."""

DOT: Final = COLOURWAY[5]
"""A pale blue, which stands out from a dark page as well."""

PANEL: Final = 0.22
"""Height of one panel, as a share of the figure."""


def spreads_figure(
    takes: Mapping[str, Mapping[str, Spread]],
    published: Mapping[str, Spread] = ARCTIC,
    *,
    alt: str,
    name: str = "ours, one dot a person",
    published_name: str = "ARCTIC",
    title: str | None = None,
    height: int = 460,
) -> go.Figure:
    """The measures of `motion.realism`: a dot for each take, a bar at their median, a diamond for what is published.

    Args:
        takes: label, shown when pointed at -> what `realism.spreads` returned.
        published: the values to compare with.
        alt: what there is to see, in a sentence.
        name: of the takes, in the legend.
        published_name: of the published values, in the legend.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no take.
    """
    if not takes:
        raise ValueError("takes is empty: give at least one label and what realism.spreads returned")
    layout = base_layout(alt, title, height)
    figure = go.Figure(layout=layout | {"margin": {"l": 56, "r": 16, "t": 72 + (32 if title else 0), "b": 48}})
    figure.update_layout(title={"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 10}})
    # At 1, not above: a phone moves a legend that is above 1 below the plot, where the last panel's title is.
    figure.update_layout(legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"})
    for k, (measure, words) in enumerate(MEASURES.items()):
        figure.add_traces(_panel(takes, published[measure], measure, name, published_name, k))
        top = 1 - k * (1 - PANEL) / (len(MEASURES) - 1)
        figure.layout[f"xaxis{k + 1}"] = _x_axis(words, k)
        figure.layout[f"yaxis{k + 1}"] = _y_axis(top, k)
    return figure


def _panel(
    takes: Mapping[str, Mapping[str, Spread]],
    published: Spread,
    measure: str,
    name: str,
    published_name: str,
    k: int,
) -> list[go.Scatter]:
    axes: dict[str, Any] = {"xaxis": f"x{k + 1}", "yaxis": f"y{k + 1}", "showlegend": k == 0, "mode": "markers"}
    rows = list(ROWS.values())
    values = np.array([[getattr(spread[measure], row) for row in ROWS] for spread in takes.values()])
    dots = go.Scatter(
        x=values.ravel(),
        y=rows * len(takes),
        text=np.repeat(list(takes), len(rows)),
        name=name,
        marker={"color": DOT, "size": 8, "opacity": 0.7},
        hovertemplate="%{text}: %{x:.2f}<extra></extra>",
        **axes,
    )
    middle = go.Scatter(
        x=np.median(values, 0),
        y=rows,
        name="their median",
        marker={"color": BONE, "symbol": "line-ns", "size": 22, "line": {"color": BONE, "width": 3}},
        hovertemplate="median: %{x:.2f}<extra></extra>",
        **axes,
    )
    theirs = go.Scatter(
        x=[getattr(published, row) for row in ROWS],
        y=rows,
        name=published_name,
        marker={"color": ACCENT, "symbol": "diamond", "size": 12},
        hovertemplate=f"{published_name}: %{{x:.2f}}<extra></extra>",
        **axes,
    )
    return [dots, middle, theirs]


def _x_axis(words: str, k: int) -> dict[str, Any]:
    return {
        "anchor": f"y{k + 1}",
        "title": {"text": words, "standoff": 4},
        "rangemode": "tozero",
        "gridcolor": "#e3e3e3",
        "zerolinecolor": "#bbb",
    }


def _y_axis(top: float, k: int) -> dict[str, Any]:
    return {
        "anchor": f"x{k + 1}",
        "type": "category",  # or Plotly reads 99 % as a number
        "domain": [max(top - PANEL, 0.0), top],
        "gridcolor": "#e3e3e3",
        "automargin": True,
        "range": [-0.6, len(ROWS) - 0.4],
    }
