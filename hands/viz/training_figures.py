"""Figures about training: curves along the steps, what hiding labels costs, and how sure a mean is.

Explained in the book: *Training, honestly*.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from hands.viz.data_figures import WIDEST_LABEL
from hands.viz.figures import DASHES
from hands.viz.scene import ACCENT, BONE, COLOURWAY, base_layout

SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up", "cross", "x")
"""One for each series, so that colour is not needed."""

Numbers = Sequence[int | float]
Curves = Mapping[str, tuple[Numbers, Numbers]]
"""Label -> (steps, values)."""

_GRID: Final = {"gridcolor": "#e3e3e3", "zerolinecolor": "#bbb", "automargin": True}
_ABOVE: Final = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom"}
"""A little above 1: a telephone then moves the legend below the plot."""
_AT_THE_TOP: Final = {"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 8}}
TWO_LINES: Final = 60
"""Pixels above the plot that a legend of two lines takes."""


def curves_figure(
    training: Curves,
    validation: Curves,
    titles: tuple[str, str],
    *,
    alt: str,
    title: str | None = None,
    height: int = 520,
) -> go.Figure:
    """Two panels over the same steps: the loss of the training, on a logarithmic scale, and the validation below it.

    The smallest value of each validation is marked with a star.

    Args:
        training: label -> (steps, loss).
        validation: label -> (steps, error). The same labels keep their colour and dash.
        titles: of the two vertical axes, with units.
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no curve, or there are more than colours.
    """
    labels = list(dict.fromkeys([*training, *validation]))
    if not 0 < len(labels) <= len(COLOURWAY):
        raise ValueError(f"{len(labels)} curves to show, expected 1 to {len(COLOURWAY)}")
    traces = [_curve(label, labels, curve, "y") for label, curve in training.items()]
    traces += [_curve(label, labels, curve, "y2", shown=label not in training) for label, curve in validation.items()]
    traces += [_star(label, labels, curve) for label, curve in validation.items()]
    layout = base_layout(alt, title, height) | {
        "xaxis": {"title": {"text": "step"}, "anchor": "y2"} | _GRID,
        "yaxis": {"title": {"text": titles[0]}, "type": "log", "domain": [0.55, 1], "anchor": "x", "dtick": "D2"}
        | _GRID,
        "yaxis2": {"title": {"text": titles[1]}, "domain": [0, 0.45], "anchor": "x"} | _GRID,
        "margin": {"l": 64, "r": 16, "t": TWO_LINES + (36 if title else 0), "b": 52},
        "legend": _ABOVE,
        "showlegend": len(labels) > 1,
        "hovermode": "x unified",
    }
    return go.Figure(traces, layout).update_layout(title=_AT_THE_TOP)


def _curve(
    label: str, labels: Sequence[str], curve: tuple[Numbers, Numbers], axis: str, *, shown: bool = True
) -> go.Scatter:
    k = labels.index(label)
    return go.Scatter(
        x=list(curve[0]),
        y=list(curve[1]),
        yaxis=axis,
        name=label,
        legendgroup=label,
        showlegend=shown,
        mode="lines",
        line={"color": COLOURWAY[k], "dash": DASHES[k % len(DASHES)], "width": 2.2},
    )


def _star(label: str, labels: Sequence[str], curve: tuple[Numbers, Numbers]) -> go.Scatter:
    best = int(np.argmin(curve[1]))
    return go.Scatter(
        x=[curve[0][best]],
        y=[curve[1][best]],
        yaxis="y2",
        legendgroup=label,
        showlegend=False,
        mode="markers",
        marker={"symbol": "star", "size": 13, "color": COLOURWAY[labels.index(label)]},
        hovertemplate=f"{label}, best: %{{y:.2f}} at step %{{x}}<extra></extra>",
    )


def mask_figure(
    curves: Mapping[str, Mapping[float, Numbers]],
    levels: Mapping[str, float],
    *,
    alt: str,
    title: str | None = None,
    height: int = 420,
) -> go.Figure:
    """Error over the share of the pose that is hidden: a dot for each seed, a line through their means.

    Args:
        curves: label -> share hidden, 0 to 1 -> errors in mm, one for each seed.
        levels: label -> error in mm of methods that see no label: lines across.
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no curve, or there are more curves than symbols.
    """
    if not 0 < len(curves) <= len(SYMBOLS):
        raise ValueError(f"{len(curves)} curves to show, expected 1 to {len(SYMBOLS)}")
    traces = [trace for k, (label, curve) in enumerate(curves.items()) for trace in _masked(label, curve, k)]
    traces += [_level(label, value, k) for k, (label, value) in enumerate(levels.items())]
    highest = max([*levels.values(), *(v for curve in curves.values() for values in curve.values() for v in values)])
    layout = base_layout(alt, title, height) | {
        "xaxis": {"title": {"text": "pose tokens hidden (%)"}, "range": [-4, 104], "zeroline": False} | _GRID,
        "yaxis": {"title": {"text": "MPJPE (mm)"}, "range": [0, 1.12 * highest]} | _GRID,
        "margin": {"l": 56, "r": 16, "t": TWO_LINES + (36 if title else 0), "b": 52},
        "legend": _ABOVE,
        "showlegend": True,
        "hovermode": "closest",
    }
    return go.Figure(traces, layout).update_layout(title=_AT_THE_TOP)


def _masked(label: str, curve: Mapping[float, Numbers], k: int) -> list[go.Scatter]:
    colour, shares = COLOURWAY[k], sorted(curve)
    line = go.Scatter(
        x=[100 * share for share in shares],
        y=[float(np.mean(curve[share])) for share in shares],
        name=label,
        mode="lines+markers",
        line={"color": colour, "width": 2.5},
        marker={"symbol": SYMBOLS[k], "size": 9},
        hovertemplate=f"{label}, %{{x:.0f}} % hidden: %{{y:.2f}} mm<extra></extra>",
    )
    seeds = go.Scatter(
        x=[100 * share for share in shares for _ in curve[share]],
        y=[value for share in shares for value in curve[share]],
        mode="markers",
        showlegend=False,
        marker={"symbol": f"{SYMBOLS[k]}-open", "size": 5, "color": colour},
        hovertemplate=f"{label}, one seed: %{{y:.2f}} mm<extra></extra>",
    )
    return [line, seeds]


def _level(label: str, value: float, k: int) -> go.Scatter:
    return go.Scatter(
        x=[0, 100],
        y=[value, value],
        name=label,
        mode="lines",
        line={"color": COLOURWAY[-1 - k % 3], "dash": DASHES[1 + k % (len(DASHES) - 1)], "width": 2},
        hovertemplate=f"{label}: {value:.2f} mm<extra></extra>",
    )


def intervals_figure(
    intervals: Mapping[str, tuple[float, float, float]],
    x_title: str,
    *,
    alt: str,
    dots: Mapping[str, Numbers] | None = None,
    dots_name: str = "one seed",
    zero: bool = False,
    title: str | None = None,
    height: int | None = None,
) -> go.Figure:
    """Means with the ends of their intervals, one row each.

    Args:
        intervals: label -> (mean, low, high).
        x_title: the quantity and its unit.
        alt: what there is to see, in a sentence.
        dots: label -> further values of that row, such as seeds.
        dots_name: what one dot is.
        zero: draw a line at zero, for differences.
        title: above the figure.
        height: in pixels; if left out, room for every row.

    Raises:
        ValueError: there is no interval, or dots of a row that there is not.
    """
    dots = dots or {}
    if not intervals or not set(dots) <= set(intervals):
        raise ValueError(f"{len(intervals)} intervals and dots of {', '.join(dots)}: give intervals, and dots of them")
    rows = [_wrapped(label) for label in intervals]
    mean, low, high = np.array(list(intervals.values()), float).T
    whiskers = {"type": "data", "symmetric": False, "array": high - mean, "arrayminus": mean - low, "thickness": 2.5}
    middle = go.Scatter(
        x=mean,
        y=rows,
        error_x=whiskers | {"color": BONE, "width": 7},
        mode="markers",
        name="mean and interval",
        marker={"color": BONE, "size": 11},
        customdata=np.stack([low, high], -1),
        hovertemplate="%{y}: %{x:.2f}, from %{customdata[0]:.2f} to %{customdata[1]:.2f}<extra></extra>",
    )
    layout = base_layout(alt, title, height or 120 + (36 if title else 0) + 44 * len(rows)) | {
        "xaxis": {"title": {"text": x_title}, "zeroline": zero, "zerolinewidth": 2} | _GRID,
        "yaxis": {"type": "category", "range": [len(rows) - 0.5, -0.5]} | _GRID,
        "margin": {"l": 16, "r": 16, "t": 40 + (36 if title else 0), "b": 52},
        "legend": _ABOVE,
        "showlegend": bool(dots),
        "hovermode": "closest",
    }
    return go.Figure([middle, *([_seeds(dots, dots_name)] if dots else [])], layout).update_layout(title=_AT_THE_TOP)


def _seeds(dots: Mapping[str, Numbers], name: str) -> go.Scatter:
    return go.Scatter(
        x=[value for values in dots.values() for value in values],
        y=[_wrapped(label) for label, values in dots.items() for _ in values],
        mode="markers",
        name=name,
        marker={"color": ACCENT, "symbol": "diamond-open", "size": 9, "line": {"width": 2}},
        hovertemplate=f"{name}: %{{x:.2f}}<extra></extra>",
    )


def _wrapped(label: str) -> str:
    return "<br>".join(textwrap.wrap(label, WIDEST_LABEL))
