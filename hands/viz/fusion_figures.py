"""Figures about the fusion teacher: what flows where, and what is hidden from it.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from hands.viz.scene import ArrayLike, base_layout

SEEN, HIDDEN = "#fcecc8", "#641a80"
"""Ends of the book's colour scale, which differ in lightness most."""

POSES, SENSORS, BOTH, ANSWERS = "#f6cfb0", "#b9dcf0", "#d9cdea", "#cfe6c8"
"""What a box is about; its text says so, too."""
TEXT: Final = "#222"

BOXES: Final = {
    "poses": ("true pose, partly<br>hidden; shape", 0, 4, POSES),
    "sensors": ("sensors", 1, 4, SENSORS),
    "morphology": ("DSTFormer<br><b>F<sup>m</sup></b>", 0, 3, POSES),
    "kinematics": ("DSTFormer<br><b>F<sup>k</sup></b>", 1, 3, SENSORS),
    "fusion": ("ask the sensors of<br>this frame: <b>Z</b>", 0, 2, BOTH),
    "guided": ("Z asks both again:<br><b>m</b> and <b>k</b>", 1, 2, BOTH),
    "hand": ("pose, shape:<br>the hand", 0, 1, ANSWERS),
    "priors": ("priors: <b>shape</b>,<br><b>pose</b>, <b>motion</b>", 1, 1, ANSWERS),
}
"""Name -> text, column, row from below, colour."""

ARROWS: Final = (
    ("poses", "morphology"),
    ("sensors", "kinematics"),
    ("morphology", "fusion"),
    ("kinematics", "fusion"),
    ("morphology", "guided"),
    ("kinematics", "guided"),
    ("fusion", "guided"),
    ("fusion", "hand"),
    ("guided", "priors"),
)
WIDTH, HEIGHT = 0.39, 0.29
"""Half of a box, in columns and rows."""


def teacher_figure(*, alt: str, title: str | None = None, height: int = 430) -> go.Figure:
    """What flows where in the fusion teacher, from above to below.

    Args:
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.
    """
    layout = base_layout(alt, title, height) | {
        "xaxis": {"range": [-0.45, 1.45], "visible": False, "fixedrange": True},
        "yaxis": {"range": [0.65, 4.35], "visible": False, "fixedrange": True},
        "shapes": [_box(*box) for box in BOXES.values()],
        "annotations": [*(_arrow(*arrow) for arrow in ARROWS), *(_words(*box) for box in BOXES.values())],
        "hovermode": False,
    }
    return go.Figure([], layout)


def _box(text: str, column: int, row: int, colour: str) -> dict[str, Any]:
    corners = {"x0": column - WIDTH, "x1": column + WIDTH, "y0": row - HEIGHT, "y1": row + HEIGHT}
    return corners | {"type": "rect", "fillcolor": colour, "line": {"color": "#777", "width": 1}}


def _words(text: str, column: int, row: int, colour: str) -> dict[str, Any]:
    return {"text": text, "x": column, "y": row, "showarrow": False, "font": {"color": TEXT, "size": 13}}


def _arrow(start: str, end: str) -> dict[str, Any]:
    """From the border of one box to that of another: downwards, or to the right in one row."""
    (_, x0, y0, _), (_, x1, y1, _) = BOXES[start], BOXES[end]
    tail: tuple[float, float]
    head: tuple[float, float]
    if y0 == y1:
        tail, head = (x0 + WIDTH, y0), (x1 - WIDTH, y1)
    else:
        lean = 0.3 * (x1 - x0)
        tail, head = (x0 + lean, y0 - HEIGHT), (x1 - lean, y1 + HEIGHT)
    places = {"ax": tail[0], "ay": tail[1], "x": head[0], "y": head[1]}
    axes = {"xref": "x", "yref": "y", "axref": "x", "ayref": "y"}
    return places | axes | {"text": "", "showarrow": True, "arrowhead": 2, "arrowwidth": 1.5, "arrowcolor": "#888"}


def hidden_tokens_figure(
    masks: Mapping[str, Mapping[str, ArrayLike]],
    *,
    alt: str,
    title: str | None = None,
    height: int = 420,
) -> go.Figure:
    """Masks as dark and pale squares, one panel each: frames to the right, joints downwards.

    Args:
        masks: row of panels -> column of panels -> True where a token is hidden, (time, joints).
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no mask, or the rows have other columns.
    """
    rows, columns = list(masks), list(next(iter(masks.values()), {}))
    if not columns or any(list(row) != columns for row in masks.values()):
        raise ValueError("every row of masks needs the same columns, one or more")
    figure = make_subplots(
        len(rows),
        len(columns),
        shared_xaxes=True,
        shared_yaxes=True,
        column_titles=columns,
        row_titles=rows,
        horizontal_spacing=0.03,
        vertical_spacing=0.06,
    )
    for i, row in enumerate(masks.values(), 1):
        for j, mask in enumerate(row.values(), 1):
            figure.add_trace(_mask(np.asarray(mask)), i, j)
    figure.update_layout(base_layout(alt, title, height) | {"template": "none", "showlegend": False})
    figure.update_layout(margin={"l": 44, "r": 28, "t": 30 + (40 if title else 0), "b": 44})
    frames = figure.data[0].z.shape[1]
    figure.update_xaxes(showgrid=False, zeroline=False, tickvals=[0, frames // 3, 2 * frames // 3])
    figure.update_xaxes(title_text="frame", row=len(rows))
    figure.update_yaxes(showgrid=False, zeroline=False, autorange="reversed").update_yaxes(title_text="joint", col=1)
    return figure


def _mask(hidden: npt.NDArray[np.bool_]) -> go.Heatmap:
    words = np.where(hidden.T, "hidden", "visible")
    return go.Heatmap(
        z=hidden.T.astype(np.uint8),
        zmin=0,
        zmax=1,
        colorscale=[[0, SEEN], [1, HIDDEN]],
        showscale=False,
        customdata=words,
        hovertemplate="frame %{x}, joint %{y}: %{customdata}<extra></extra>",
    )
