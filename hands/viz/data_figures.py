"""Figures about data sets: which recording serves for what, and how far methods are off.

Explained in the book: *A data set of your own*.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from hands.viz.scene import COLOURWAY, base_layout

SYMBOLS: Final = ("square", "diamond", "circle", "x-thin-open", "triangle-up", "cross")
"""One for each role, so that colour is not needed."""

HATCHES: Final = ("", "/", ".", "x", "-", "|")
"""One for each series of bars."""

_HATCHING: Final = {"fillmode": "overlay", "fgcolor": "#fff", "fgopacity": 0.6, "size": 7, "solidity": 0.25}

BAR: Final = 0.8
"""Of the room of a row, what its bars take."""

NUMBER: Final = 1.15
"""Of the longest bar, how long the axis is: numbers stand behind the bars."""

WIDEST_LABEL: Final = 14
"""Letters in a line of a row's label, so that a telephone has room for the bars."""

ROW: Final = 26
"""Pixels for one bar."""

_AT_THE_TOP: Final = {"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 8}}
"""Where a title stands that has something else between itself and the plot."""

_OVER_THE_NUMBERS: Final = {
    "text": "mean",
    "showarrow": False,
    "x": 1,
    "xref": "paper",
    "xanchor": "right",
    "y": 1,
    "yref": "paper",
    "yanchor": "bottom",
}
"""Says what the column of numbers is."""

_GRID: Final = {"gridcolor": "#e3e3e3", "zerolinecolor": "#bbb", "automargin": True}


def recordings_figure(
    roles: Mapping[tuple[str, str], str],
    *,
    alt: str,
    title: str | None = None,
    height: int = 420,
) -> go.Figure:
    """A square of recordings: a mark for each, which says what it serves for.

    Args:
        roles: (subject, program) -> what the recording serves for. Subjects go down, programs to the right, roles into
            the legend, each in the order in which they come.
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no recording, or there are more roles than symbols.
    """
    kinds = list(dict.fromkeys(roles.values()))
    if not 0 < len(kinds) <= len(SYMBOLS):
        raise ValueError(f"{len(kinds)} roles to show, expected 1 to {len(SYMBOLS)}")
    subjects, programs = (list(dict.fromkeys(pair[k] for pair in roles)) for k in (0, 1))
    layout = base_layout(alt, title, height) | {
        "xaxis": {"type": "category", "categoryarray": programs, "side": "top", "tickangle": -60} | _GRID,
        "yaxis": {"type": "category", "categoryarray": subjects, "autorange": "reversed"} | _GRID,
        "margin": {"l": 40, "r": 16, "t": 64 + (36 if title else 0), "b": 48},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "top"},
        "hovermode": "closest",
    }
    figure = go.Figure([_role(roles, kind, k) for k, kind in enumerate(kinds)], layout)
    return figure.update_layout(title=_AT_THE_TOP)


def _role(roles: Mapping[tuple[str, str], str], kind: str, k: int) -> go.Scatter:
    subjects, programs = zip(*(pair for pair, role in roles.items() if role == kind), strict=True)
    colour = COLOURWAY[k % len(COLOURWAY)]
    return go.Scatter(
        x=programs,
        y=subjects,
        name=kind,
        mode="markers",
        marker={"symbol": SYMBOLS[k], "size": 11, "color": colour, "line": {"color": colour, "width": 1.5}},
        hovertemplate=f"%{{y}}, %{{x}}: {kind}<extra></extra>",
    )


def bars_figure(
    bars: Mapping[str, Mapping[str, Any]],
    x_title: str,
    *,
    alt: str,
    dots: str = "one of them",
    title: str | None = None,
    height: int | None = None,
) -> go.Figure:
    """Lying bars in rows; where a bar has several values, it is as long as their mean, and each is a dot on it.

    Args:
        bars: row -> series -> a value, or several (people, or seeds). Series keep their colour and hatching.
        x_title: the quantity and its unit.
        alt: what there is to see, in a sentence.
        dots: what one dot is, for whoever points at it.
        title: above the figure.
        height: in pixels; if left out, room for every bar.

    Raises:
        ValueError: there is no bar, or there are more series than hatchings.
    """
    series = list(dict.fromkeys(name for row in bars.values() for name in row))
    if not 0 < len(series) <= len(HATCHES):
        raise ValueError(f"{len(series)} series of bars, expected 1 to {len(HATCHES)}")
    thick = BAR / max(len(row) for row in bars.values())
    places = {
        (label, name): k + thick * (i - (len(row) - 1) / 2)
        for k, (label, row) in enumerate(bars.items())
        for i, name in enumerate(row)
    }
    values = {(label, name): np.atleast_1d(np.asarray(row[name], float)) for label, row in bars.items() for name in row}
    traces = [_bars(series, name, places, values, thick) for name in series]
    longest = NUMBER * max(value.max() for value in values.values())
    several = any(value.size > 1 for value in values.values())
    if several:
        traces.append(_dots(places, values, dots))
    traces.append(_numbers(places, values, longest if several else None))
    rows = sum(len(row) for row in bars.values()) + len(bars)
    layout = base_layout(alt, title, height or 110 + (36 if title else 0) + ROW * rows) | {
        "xaxis": {"title": {"text": x_title}, "range": [0, longest]} | _GRID,
        "yaxis": _rows(list(bars)),
        "margin": {"l": 16, "r": 16, "t": 40 + (36 if title else 0), "b": 52},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "traceorder": "normal"},
        "showlegend": len(series) > 1,
        "hovermode": "closest",
        "bargap": 0,
        "annotations": [_OVER_THE_NUMBERS] if several else [],
    }
    return go.Figure(traces, layout).update_layout(title=_AT_THE_TOP)


def _rows(labels: Sequence[str]) -> dict[str, Any]:
    """Numbers inside, so that dots can be put on their bars; words for people."""
    ticks = {
        "tickmode": "array",
        "tickvals": list(range(len(labels))),
        "ticktext": [_wrapped(label) for label in labels],
    }
    return ticks | {"range": [len(labels) - 0.45, -0.55], "zeroline": False} | _GRID | {"showgrid": False}


def _wrapped(label: str) -> str:
    return "<br>".join(textwrap.wrap(label, WIDEST_LABEL))


def _bars(
    series: Sequence[str],
    name: str,
    places: Mapping[tuple[str, str], float],
    values: Mapping[tuple[str, str], np.ndarray],
    thick: float,
) -> go.Bar:
    own = [pair for pair in places if pair[1] == name]
    k = series.index(name)
    means = [float(values[pair].mean()) for pair in own]
    return go.Bar(
        x=means,
        y=[places[pair] for pair in own],
        width=0.92 * thick,
        orientation="h",
        name=name,
        marker={"color": COLOURWAY[k], "pattern": {"shape": HATCHES[k], **_HATCHING}},
        customdata=[pair[0] for pair in own],
        hovertemplate=f"%{{customdata}}, {name}: %{{x:.2f}}<extra></extra>",
    )


def _dots(
    places: Mapping[tuple[str, str], float], values: Mapping[tuple[str, str], np.ndarray], dots: str
) -> go.Scatter:
    several = [pair for pair in places if values[pair].size > 1]
    return go.Scatter(
        x=np.concatenate([values[pair] for pair in several]),
        y=np.repeat([places[pair] for pair in several], [values[pair].size for pair in several]),
        mode="markers",
        showlegend=False,
        marker={"color": "#fff", "size": 6, "line": {"color": "#222", "width": 1.2}},
        hovertemplate=f"{dots}: %{{x:.2f}}<extra></extra>",
    )


def _numbers(
    places: Mapping[tuple[str, str], float], values: Mapping[tuple[str, str], np.ndarray], edge: float | None
) -> go.Scatter:
    """The mean of every bar, right behind it; in a column at the edge where dots would seem to be what it numbers."""
    return go.Scatter(
        x=[float(values[pair].max()) if edge is None else edge for pair in places],
        y=list(places.values()),
        text=[f" {values[pair].mean():.1f}" for pair in places],
        mode="text",
        textposition="middle right" if edge is None else "middle left",
        cliponaxis=False,
        showlegend=False,
        hoverinfo="skip",
    )
