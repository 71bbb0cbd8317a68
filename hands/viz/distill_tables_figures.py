"""Figures of the study of distillation: what was tried, and how methods differ seed by seed.

Explained in the book: *Does it work?*
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go

from hands.viz.figures import DASHES
from hands.viz.scene import ACCENT, BONE, COLOURWAY, base_layout
from hands.viz.training_figures import SYMBOLS

WIDEST: Final = 16
"""Letters in a line of a row's label, so that a telephone has room for the intervals."""
ROW: Final = 46
"""Pixels of a row."""
FEWEST: Final = 3
"""Rows for which there is always room."""
LEGEND: Final = 64
"""Pixels above the plot for the legend."""
BELOW: Final = 112
"""Pixels below it: a title of the axis, and on a telephone the legend, of three lines and one for each seed."""
ENTRY: Final = 18
"""Pixels of a line of the legend."""

ROOM: Final = 1.0
"""Millimetres above the student alone that are shown of what was tried."""
ASIDE: Final = 1.09
"""From one curve of tries to the next, as a factor."""

BySeed = Mapping[int, float]
Ends = tuple[float, float]

_GRID: Final = {"gridcolor": "#e3e3e3", "zerolinecolor": "#888", "automargin": True}
_ABOVE: Final = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.01, "yanchor": "bottom"}
_AT_THE_TOP: Final = {"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 8}}


def differences_figure(
    differences: Mapping[str, BySeed],
    x_title: str,
    *,
    alt: str,
    over_seeds: Mapping[str, Ends | None] | None = None,
    over_recordings: Mapping[str, Ends | None] | None = None,
    published: Mapping[str, float] | None = None,
    title: str | None = None,
    height: int | None = None,
) -> go.Figure:
    """Rows of paired differences: each seed, their mean, and two intervals around it; a line at no difference.

    Args:
        differences: label -> seed -> difference.
        x_title: the quantity, its unit, and which side is better.
        alt: what there is to see, in a sentence.
        over_seeds: label -> ends of the interval over seeds, where there is one.
        over_recordings: label -> ends of the interval over recordings, where there is one.
        published: label -> what somebody else reports, on data of their own.
        title: above the figure.
        height: in pixels; if left out, room for every row.

    Raises:
        ValueError: there is no row, or an interval or a published figure of a row that there is not.
    """
    ends = {"over seeds": over_seeds or {}, "over recordings": over_recordings or {}}
    for named in (*ends.values(), published or {}):
        if not differences or not set(named) <= set(differences):
            raise ValueError(f"{len(differences)} rows, and something about {', '.join(named)}: give rows of these")
    places = {label: k for k, label in enumerate(differences)}
    traces = [
        _whiskers(places, ends["over recordings"], "95 %, recordings", 0.16, "#9a9a9a", 6.0),
        _whiskers(places, ends["over seeds"], "95 %, seeds", 0.0, BONE, 2.5),
        _means(places, differences),
        *_seeds(places, differences),
        *([_published(places, published)] if published else []),
    ]
    known = [trace for trace in traces if len(trace.x)]
    room = LEGEND + BELOW + ENTRY * len({seed for by in differences.values() for seed in by}) + (36 if title else 0)
    ticks = {"tickmode": "array", "tickvals": list(places.values()), "ticktext": [_wrapped(name) for name in places]}
    layout = base_layout(alt, title, height or room + ROW * max(len(places), FEWEST)) | {
        "xaxis": {"title": {"text": x_title}, "zeroline": True, "zerolinewidth": 2, "range": _with_zero(known)} | _GRID,
        "yaxis": ticks | {"range": [len(places) - 0.5, -0.5], "zeroline": False} | _GRID,
        "margin": {"l": 16, "r": 16, "t": LEGEND + (36 if title else 0), "b": 56},
        "legend": _ABOVE,
        "showlegend": True,
        "hovermode": "closest",
    }
    return go.Figure(known, layout).update_layout(title=_AT_THE_TOP)


def _with_zero(traces: Sequence[go.Scatter]) -> list[float]:
    """Room for all that is drawn, and for no difference."""
    values = [0.0, *(x for trace in traces for x in trace.x if x is not None)]
    edge = 0.06 * (max(values) - min(values) or 1.0)
    return [min(values) - edge, max(values) + edge]


def _whiskers(
    places: Mapping[str, int], ends: Mapping[str, Ends | None], name: str, lower: float, colour: str, width: float
) -> go.Scatter:
    """A line for each interval, `lower` rows below the middle of its own."""
    known = {label: pair for label, pair in ends.items() if pair is not None}
    return go.Scatter(
        x=[x for low, high in known.values() for x in (low, high, None)],
        y=[y for label in known for y in (places[label] + lower, places[label] + lower, None)],
        mode="lines",
        name=name,
        line={"color": colour, "width": width},
        hovertemplate=f"{name}: %{{x:.2f}}<extra></extra>",
    )


def _means(places: Mapping[str, int], differences: Mapping[str, BySeed]) -> go.Scatter:
    means = {label: sum(by.values()) / len(by) for label, by in differences.items() if by}
    return go.Scatter(
        x=list(means.values()),
        y=[places[label] for label in means],
        mode="markers",
        name="mean",
        marker={"color": BONE, "size": 12, "symbol": "line-ns-open", "line": {"width": 3.5}},
        customdata=list(means),
        hovertemplate="%{customdata}: %{x:.2f}<extra></extra>",
    )


def _seeds(places: Mapping[str, int], differences: Mapping[str, BySeed]) -> list[go.Scatter]:
    """A trace for each seed, so that one can be followed from row to row."""
    seeds = sorted({seed for by in differences.values() for seed in by})
    own = {seed: {label: by[seed] for label, by in differences.items() if seed in by} for seed in seeds}
    return [
        go.Scatter(
            x=list(found.values()),
            y=[places[label] - 0.2 for label in found],
            mode="markers",
            name=f"seed {seed}",
            marker={
                "color": ACCENT,
                "symbol": f"{SYMBOLS[seed % len(SYMBOLS)]}-open",
                "size": 8,
                "line": {"width": 1.6},
            },
            customdata=list(found),
            hovertemplate=f"%{{customdata}}, seed {seed}: %{{x:.2f}}<extra></extra>",
        )
        for seed, found in own.items()
    ]


def _published(places: Mapping[str, int], published: Mapping[str, float]) -> go.Scatter:
    return go.Scatter(
        x=list(published.values()),
        y=[places[label] for label in published],
        mode="markers",
        name="the paper's",
        marker={"color": COLOURWAY[3], "symbol": "star", "size": 13},
        hovertemplate="the paper's: %{x:.1f}<extra></extra>",
    )


def tries_figure(
    tries: Mapping[str, Mapping[float, float]],
    level: float,
    level_name: str,
    *,
    alt: str,
    title: str | None = None,
    height: int = 400,
) -> go.Figure:
    """Error on validation over the strength of what is taught, the smallest of each method filled; a line for nothing.

    What is far above that line stands at the upper edge, as an arrow, so that the rest can be told apart.

    Args:
        tries: method -> factor on its weights -> MPJPE in mm.
        level: MPJPE of the student who is taught nothing, mm.
        level_name: of that student.
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no method, or there are more than symbols.
    """
    if not 0 < len(tries) <= len(SYMBOLS):
        raise ValueError(f"{len(tries)} methods to show, expected 1 to {len(SYMBOLS)}")
    factors = sorted({factor for found in tries.values() for factor in found})
    low, edge = min(level, *(mm for found in tries.values() for mm in found.values())), level + ROOM
    line = go.Scatter(
        x=[factors[0] / 2, factors[-1] * 2],
        y=[level, level],
        mode="lines",
        name=level_name,
        line={"color": "#777", "width": 2.5},
        hovertemplate=f"{level_name}: {level:.2f} mm<extra></extra>",
    )
    layout = base_layout(alt, title, height) | {
        "xaxis": {
            "title": {"text": "factor on the weights of what is taught"},
            "type": "log",
            "tickvals": factors,
            "ticktext": [f"{factor:g}" for factor in factors],
        }
        | _GRID,
        "yaxis": {"title": {"text": "validation, MPJPE (mm)"}, "range": [low - 0.1 * ROOM, edge + 0.05 * ROOM]} | _GRID,
        "margin": {"l": 56, "r": 16, "t": LEGEND + (36 if title else 0), "b": 52},
        "legend": _ABOVE,
        "showlegend": True,
        "hovermode": "closest",
    }
    middle = (len(tries) - 1) / 2
    curves = [_tried(name, found, k, k - middle, edge) for k, (name, found) in enumerate(tries.items())]
    traces = [line, *curves, _key("filled: taken", "circle"), _key(f"above {edge:.1f} mm", "triangle-up-open")]
    return go.Figure(traces, layout).update_layout(title=_AT_THE_TOP)


def _tried(name: str, found: Mapping[float, float], k: int, aside: float, edge: float) -> go.Scatter:
    """A curve, a little aside of the others; what lies above the edge stands there."""
    factors = sorted(found)
    best = min(factors, key=lambda factor: found[factor])
    symbols = [SYMBOLS[k] if factor == best else f"{SYMBOLS[k]}-open" for factor in factors]
    symbols = ["triangle-up-open" if found[f] > edge else own for f, own in zip(factors, symbols, strict=True)]
    return go.Scatter(
        x=[factor * ASIDE**aside for factor in factors],
        y=[min(found[factor], edge) for factor in factors],
        customdata=[(factor, found[factor]) for factor in factors],
        mode="lines+markers",
        name=name,
        line={"color": COLOURWAY[k], "dash": DASHES[k % len(DASHES)], "width": 1.8},
        marker={
            "symbol": symbols,
            "size": 11,
            "color": COLOURWAY[k],
            "line": {"width": 1.6},
        },
        hovertemplate=f"{name}, factor %{{customdata[0]:g}}: %{{customdata[1]:.2f}} mm<extra></extra>",
    )


def _key(name: str, symbol: str) -> go.Scatter:
    """An entry of the legend that stands for no curve."""
    return go.Scatter(
        x=[None], y=[None], mode="markers", name=name, marker={"symbol": symbol, "size": 10, "color": "#777"}
    )


def seeds_figure(
    errors: Mapping[str, BySeed], y_title: str, *, alt: str, title: str | None = None, height: int = 360
) -> go.Figure:
    """A column of dots for each method; a line joins what has the same seed.

    Args:
        errors: method -> seed -> error.
        y_title: the quantity and its unit.
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no method.
    """
    if not errors:
        raise ValueError("no method to show: give one or more, with the error of each seed")
    seeds = sorted({seed for by in errors.values() for seed in by})
    layout = base_layout(alt, title, height) | {
        "xaxis": {"type": "category", "categoryarray": [_wrapped(name) for name in errors]} | _GRID,
        "yaxis": {"title": {"text": y_title}} | _GRID,
        "margin": {"l": 56, "r": 16, "t": 40 + (36 if title else 0), "b": 60},
        "legend": _ABOVE,
        "showlegend": True,
        "hovermode": "closest",
    }
    return go.Figure([_joined(errors, seed) for seed in seeds], layout).update_layout(title=_AT_THE_TOP)


def _joined(errors: Mapping[str, BySeed], seed: int) -> go.Scatter:
    own = {name: by[seed] for name, by in errors.items() if seed in by}
    marker: dict[str, Any] = {"symbol": SYMBOLS[seed % len(SYMBOLS)], "size": 10}
    return go.Scatter(
        x=[_wrapped(name) for name in own],
        y=list(own.values()),
        mode="lines+markers",
        name=f"seed {seed}",
        line={"color": COLOURWAY[seed % len(COLOURWAY)], "dash": DASHES[seed % len(DASHES)], "width": 2},
        marker=marker,
        hovertemplate=f"%{{x}}, seed {seed}: %{{y:.2f}}<extra></extra>",
    )


def _wrapped(label: str) -> str:
    return "<br>".join(textwrap.wrap(label, WIDEST))
