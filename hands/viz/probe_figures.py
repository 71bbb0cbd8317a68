"""Figures about what can be read from a network.

Explained in the book: *Three kinds of knowledge*.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Final

import numpy as np
import plotly.graph_objects as go

from hands.viz.data_figures import WIDEST_LABEL
from hands.viz.scene import COLOUR_SCALE, base_layout

LINE: Final = 36
"""Pixels of a row of squares."""
SLANTED: Final = 56
"""Pixels above the squares: on a telephone the words there are slanted."""


def knowledge_figure(
    explained: Mapping[str, Mapping[str, float]], *, alt: str, title: str | None = None, height: int | None = None
) -> go.Figure:
    """What can be read where: a square for each place and kind of knowledge, with R² in it.

    The darker, the more; what is below zero is as pale as zero, and its number says so.

    Args:
        explained: place, downwards -> knowledge, to the right -> R².
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; if left out, room for every row.

    Raises:
        ValueError: there is nothing to show, or places differ in what is read there.
    """
    kinds = list(next(iter(explained.values()), {}))
    if not kinds or any(list(row) != kinds for row in explained.values()):
        raise ValueError("every place needs the same kinds of knowledge, one or more")
    values = np.array([list(row.values()) for row in explained.values()], float)
    squares = go.Heatmap(
        z=values.clip(0, 1),
        x=kinds,
        y=["<br>".join(textwrap.wrap(place, WIDEST_LABEL)) for place in explained],
        zmin=0,
        zmax=1,
        colorscale=list(COLOUR_SCALE),
        showscale=False,
        xgap=2,
        ygap=2,
        text=[[f"{value:z.2f}" for value in row] for row in values],
        texttemplate="%{text}",
        hovertemplate="%{x} in %{y}: R² = %{text}<extra></extra>",
    )
    axis = {"type": "category", "showgrid": False, "zeroline": False, "automargin": True, "fixedrange": True}
    layout = base_layout(alt, title, height or SLANTED + 12 + (36 if title else 0) + LINE * len(explained)) | {
        "xaxis": {"side": "top"} | axis,
        "yaxis": {"autorange": "reversed"} | axis,
        "margin": {"l": 16, "r": 16, "t": SLANTED + (36 if title else 0), "b": 12},
    }
    figure = go.Figure(squares, layout)
    return figure.update_layout(title={"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 8}})
