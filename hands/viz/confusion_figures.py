"""A figure of who is taken for whom: a matrix of classes, and the two hands of one of its cells.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import torch

from hands.experiments.confusion import Confusion
from hands.gesture.pretraining import COARSE_OF_FINE
from hands.mano import Hand
from hands.mano.gestures import COARSE_NAMES, FINE_NAMES, key_pose
from hands.viz.figures import mesh_trace
from hands.viz.gallery_views import best_first, upright_axes
from hands.viz.network_figures import one_at_a_time
from hands.viz.scene import BONE, COLOUR_SCALE, MM_PER_M, Points, camera_axes, scene_figure

LEVELS: Final = {"coarse": COARSE_NAMES, "fine": FINE_NAMES}
APART_MM: Final = 16.0
"""Between two hands."""
TENTHS: Final = 10
"""Hands for the page are whole tenths of a millimetre."""
MATRIX, HANDS = 0.56, 0.67
"""Where the matrix ends and the hands begin, from below, as shares of the height."""
WORDS: Final = ("on the left, made", "on the right, called")
LINE: Final = 18
"""Pixels from one line of words to the next."""
LONGEST: Final = 17
"""Letters of a row's name."""
NAMES: Final = 92
"""Pixels for them."""
CHOSEN: Final = "#009e73"

Array = npt.NDArray[np.float64]


def confusion_figure(
    hand: Hand, counts: Mapping[str, Confusion], *, alt: str, title: str | None = None, height: int = 900
) -> go.Figure:
    """Who is taken for whom, one row for each true class; above it two hands that are confused.

    In the book's page a click on a cell shows its two hands. Elsewhere the two stay that are confused most often.
    Frames are around the fine classes of one coarse class: mistakes within them are right by the coarse class.

    Args:
        hand: makes the gestures.
        counts: `"coarse"` or `"fine"` -> how many pictures of a class (row) were called so (column).
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no matrix, or one of another level or size.
    """
    for level, own in counts.items():
        if level not in LEVELS or own.shape != (len(LEVELS[level]),) * 2:
            raise ValueError(f"{level!r} of shape {tuple(own.shape)}: expected coarse (27, 27) or fine (35, 35)")
    if not counts:
        raise ValueError("counts is empty: give the matrix of one level or of both")
    first = next(iter(counts))
    row, column = most_confused(counts[first])
    shapes = gesture_shapes(hand)
    placed = shapes + _shifts(shapes)[:, :, None]
    sides = [placed[side, _of_class(first, k)] for side, k in enumerate((row, column))]
    figure = scene_figure([], placed.reshape(-1, 3), alt=alt, title=title, height=height, camera="palm")
    for level, own in counts.items():
        figure.add_traces([_heat(own, LEVELS[level]), _frames(level)])
    figure.add_traces([mesh_trace(hand, side) for side in sides])
    figure.layout.scene.domain = {"x": [0, 1], "y": [HANDS, 1]}
    figure.update_layout(_matrix_axes())
    figure.layout.margin.l = NAMES
    figure.layout.annotations = [
        _below_hands(k, f"{word}: <b>{LEVELS[first][own]}</b>")
        for k, (word, own) in enumerate(zip(WORDS, (row, column), strict=True))
    ]
    figure.layout.shapes = [_cell(row, column)]
    figure.layout.meta |= {"pick": _picking(shapes, list(counts))}
    figure = one_at_a_time(figure, list(counts), own=2, shared=2, below=32, prefix="classes: ")
    for step in figure.layout.sliders[0].steps if len(counts) > 1 else ():
        step.update(
            method="update", args=(*step.args, {"shapes[0].visible": False})
        )  # it ringed a cell of another matrix
    return figure


def most_confused(counts: Confusion) -> tuple[int, int]:
    """True class and the other one that it is taken for most often, by the share of its pictures.

    Example:
        >>> most_confused(torch.tensor([[8, 2, 0], [0, 1, 1], [0, 0, 3]]))
        (1, 2)
    """
    shares = _percent(counts)
    np.fill_diagonal(shares, -1)
    row, column = np.unravel_index(int(np.nanargmax(shares)), shares.shape)
    return int(row), int(column)


def gesture_shapes(hand: Hand) -> Points:
    """Vertices (35, V, 3), mm, of the first gesture of each fine class, about their middle.

    Each is turned so that who looks at an unturned hand's palm sees it as a person opposite would know it, upright.
    """
    shown = np.stack(camera_axes("palm"))
    found = []
    for name in FINE_NAMES:
        pose = key_pose(name, hand.data)
        with torch.no_grad():
            vertices = hand(global_orient=pose[0], hand_pose=pose[1:]).vertices.numpy() * MM_PER_M
        held = pose.double().numpy()
        side = best_first(held, hand.data.side)[0]
        axes = upright_axes(held, side, hand.data.side)
        turned = vertices @ axes.T @ shown
        found.append(np.round(turned - (turned.min(0) + turned.max(0)) / 2, 1))
    return np.asarray(found, np.float32)


def _shifts(shapes: Points) -> Points:
    """How far each hand (second index) is moved as the left and as the right one (first index), mm."""
    across = camera_axes("palm")[0]
    half = np.abs(shapes @ across).max(1) + APART_MM / 2
    return np.asarray(np.array([[-1.0], [1.0]])[..., None] * half[:, None] * across, np.float32)


def _of_class(level: str, k: int) -> int:
    """The fine class whose hand stands for a class."""
    return k if level == "fine" else COARSE_OF_FINE.index(k)


def _percent(counts: Confusion) -> Array:
    own = counts.numpy().astype(np.float64)
    return np.asarray(100 * own / own.sum(1, keepdims=True).clip(1))


def _heat(counts: Confusion, names: Sequence[str]) -> go.Heatmap:
    total = counts.sum(1).tolist()
    told = [
        [
            f"made: {names[i]}<br>called: {names[j]}<br>{n} of {total[i]} pictures" if n else ""
            for j, n in enumerate(row)
        ]
        for i, row in enumerate(counts.tolist())
    ]
    short = [name if len(name) <= LONGEST else name[: LONGEST - 2] + "…" for name in names]
    bar = {
        "orientation": "h",
        "x": 0.5,
        "len": 0.8,
        "y": MATRIX,
        "yanchor": "bottom",
        "thickness": 8,
        "outlinewidth": 0,
    }
    return go.Heatmap(
        z=[[value or None for value in row] for row in np.round(_percent(counts), 1).tolist()],
        x=short,
        y=short,
        text=told,
        zmin=0,
        zmax=100,
        colorscale=list(COLOUR_SCALE),
        colorbar=bar | {"ticksuffix": " %"},
        hoverongaps=False,
        hovertemplate="%{text}<extra></extra>",
    )


def _frames(level: str) -> go.Scatter:
    """Around the fine classes of each coarse class that has several; of coarse classes there are none."""
    x: list[float | None] = []
    y: list[float | None] = []
    for coarse in range(len(COARSE_NAMES)) if level == "fine" else ():
        own = [k for k, parent in enumerate(COARSE_OF_FINE) if parent == coarse]
        if len(own) > 1:
            low, high = own[0] - 0.5, own[-1] + 0.5
            x += [low, high, high, low, low, None]
            y += [low, low, high, high, low, None]
    line = {"color": BONE, "width": 1.5}
    return go.Scatter(x=x, y=y, xaxis="x2", yaxis="y2", mode="lines", line=line, hoverinfo="skip", showlegend=False)


def _matrix_axes() -> dict[str, Any]:
    """Names of classes, and over them numbers, for the frames."""
    plain = {"showgrid": False, "zeroline": False, "ticks": "", "fixedrange": True}
    numbers = plain | {"visible": False}
    edges = [-0.5, len(FINE_NAMES) - 0.5]
    called = {"text": "called (in the order of the rows)", "standoff": 4}
    return {
        "xaxis": plain | {"type": "category", "title": called, "showticklabels": False, "domain": [0, 1]},
        "yaxis": plain
        | {
            "type": "category",
            "domain": [0, MATRIX],
            "autorange": "reversed",
            "tickfont": {"size": 9},
            "dtick": 1,
        },
        "xaxis2": numbers | {"overlaying": "x", "range": edges},
        "yaxis2": numbers | {"overlaying": "y", "range": edges[::-1], "domain": [0, MATRIX]},
        "showlegend": False,
        "hovermode": "closest",
    }


def _below_hands(line: int, text: str) -> dict[str, Any]:
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": HANDS, "xanchor": "center", "yanchor": "top"}
    return place | {"text": text, "showarrow": False, "yshift": -LINE * line}


def _cell(row: int, column: int) -> dict[str, Any]:
    """A ring around a cell."""
    place = {"x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    return {"type": "rect", "xref": "x", "yref": "y", "line": {"color": CHOSEN, "width": 3}} | place


def _picking(shapes: Points, levels: Sequence[str]) -> dict[str, Any]:
    """What `bookfig.js` needs to show the two hands of a cell."""
    traces = 2 * len(levels)
    return {
        "hands": [base64.b64encode(np.round(TENTHS * one).astype("<i2").tobytes()).decode() for one in shapes],
        "unit": 1 / TENTHS,
        "of": {str(2 * k): [_of_class(level, n) for n in range(len(LEVELS[level]))] for k, level in enumerate(levels)},
        "meshes": [traces, traces + 1],
        "shifts": [[[round(float(v), 1) for v in one] for one in side] for side in _shifts(shapes)],
        "names": {str(2 * k): list(LEVELS[level]) for k, level in enumerate(levels)},
        "words": list(WORDS),
    }
