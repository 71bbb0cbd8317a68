"""Figures about the student: what flows where, and what is compared with its teacher.

Explained in the book: part 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from hands.viz.fusion_figures import ANSWERS, BOTH, POSES, SENSORS, TEXT
from hands.viz.scene import ACCENT, BONE, ArrayLike, base_layout

BOXES: Final = {
    "sensors": ("sensors", 1.0, 6.0, SENSORS),
    "joints": ("joints ask the sensors<br>of their frame", 1.0, 5.0, SENSORS),
    "trunk": ("DSTFormer: <b>F</b>", 1.0, 4.0, SENSORS),
    "shape": ("<b>shape</b>:<br>channels", 0.0, 3.0, SENSORS),
    "pose": ("<b>pose</b>:<br>along joints", 1.0, 3.0, SENSORS),
    "motion": ("<b>motion</b>:<br>along time", 2.0, 3.0, SENSORS),
    "hand": ("the<br>hand", 0.5, 2.0, ANSWERS),
    "prior of shape": ("prior of<br>shape", 0.0, 1.0, BOTH),
    "prior of pose": ("prior of<br>pose", 1.0, 1.0, BOTH),
    "prior of motion": ("prior of<br>motion", 2.0, 1.0, BOTH),
    "teacher": ("<b>teacher</b>, which stays as it is", 1.0, 0.0, BOTH),
    "labels": ("sensors, half of<br>the true pose, shape", 1.0, -1.0, POSES),
}
"""Name -> text, column, row from below, colour."""

WIDE: Final = ("joints", "trunk", "teacher", "labels")
HALF_WIDTH, HALF_WIDE, HALF_HAND, HALF_HEIGHT = 0.41, 0.85, 0.26, 0.3
"""Half of a box, in columns and rows."""

ARROWS: Final = (
    ("sensors", "joints"),
    ("joints", "trunk"),
    ("trunk", "shape"),
    ("trunk", "pose"),
    ("trunk", "motion"),
    ("shape", "hand"),
    ("pose", "hand"),
    ("teacher", "prior of shape"),
    ("teacher", "prior of pose"),
    ("teacher", "prior of motion"),
    ("labels", "teacher"),
)
COMPARED: Final = {"SSD": ("shape", 0.0), "DPD": ("pose", 1.0), "TMD": ("motion", 2.0)}
"""Name of the loss -> what it compares, and in which column."""


def student_figure(*, alt: str, title: str | None = None, height: int = 620) -> go.Figure:
    """What flows where in the student, downwards, and in its teacher, upwards; between them the three comparisons.

    Args:
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.
    """
    layout = base_layout(alt, title, height) | {
        "xaxis": {"range": [-0.46, 2.46], "visible": False, "fixedrange": True},
        "yaxis": {"range": [-1.35, 6.35], "visible": False, "fixedrange": True},
        "shapes": [*(_comparison(column) for _, column in COMPARED.values()), *map(_box, BOXES)],
        "annotations": [
            *(_arrow(*arrow) for arrow in ARROWS),
            *map(_words, BOXES),
            *(_loss(name, column) for name, (_, column) in COMPARED.items()),
        ],
        "hovermode": False,
    }
    return go.Figure([], layout)


def _half(name: str) -> float:
    return HALF_WIDE if name in WIDE else HALF_HAND if name == "hand" else HALF_WIDTH


def _box(name: str) -> dict[str, Any]:
    _, column, row, colour = BOXES[name]
    x, y = _half(name), HALF_HEIGHT
    corners = {"x0": column - x, "x1": column + x, "y0": row - y, "y1": row + y}
    return corners | {"type": "rect", "fillcolor": colour, "line": {"color": "#777", "width": 1}}


def _words(name: str) -> dict[str, Any]:
    text, column, row, _ = BOXES[name]
    return {"text": text, "x": column, "y": row, "showarrow": False, "font": {"color": TEXT, "size": 12.5}}


def _arrow(start: str, end: str) -> dict[str, Any]:
    """From the border of one box to that of another, in the row above or below."""
    (_, x0, y0, _), (_, x1, y1, _) = BOXES[start], BOXES[end]
    down = HALF_HEIGHT if y1 < y0 else -HALF_HEIGHT
    ends = [float(np.clip(x1, x0 - _half(start) + 0.1, x0 + _half(start) - 0.1)), x1]
    if end == "hand":
        ends[1] = x1 + 0.5 * HALF_HAND * float(np.sign(x0 - x1))
    places = {"ax": ends[0], "ay": y0 - down, "x": ends[1], "y": y1 + down}
    axes = {"xref": "x", "yref": "y", "axref": "x", "ayref": "y"}
    return places | axes | {"text": "", "showarrow": True, "arrowhead": 2, "arrowwidth": 1.5, "arrowcolor": "#888"}


def _comparison(column: float) -> dict[str, Any]:
    """A dashed line from a branch to its prior."""
    places = {"x0": column, "x1": column, "y0": 1 + HALF_HEIGHT, "y1": 3 - HALF_HEIGHT}
    return places | {"type": "line", "line": {"color": ACCENT, "width": 2, "dash": "dot"}}


def _loss(name: str, column: float) -> dict[str, Any]:
    box = {"bgcolor": "#fff", "bordercolor": ACCENT, "borderpad": 2}
    return box | {"text": name, "x": column, "y": 2, "showarrow": False, "font": {"color": TEXT, "size": 11}}


def directions_figure(
    student: Mapping[str, ArrayLike],
    teacher: ArrayLike,
    *,
    alt: str,
    title: str | None = None,
    height: int = 420,
) -> go.Figure:
    """Vectors of a plane, where they meet the circle of length one, and how far that is from the teacher's, squared.

    Args:
        student: label -> a vector (2,), none of them zero.
        teacher: what they are compared with, (2,).
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: a vector is not of a plane, or has no direction.
    """
    vectors = {name: _of_a_plane(vector) for name, vector in ({"teacher": teacher} | dict(student)).items()}
    units = {name: vector / np.linalg.norm(vector) for name, vector in vectors.items()}
    turn = np.linspace(0, 2 * np.pi, 121)
    circle = {"x": np.cos(turn), "y": np.sin(turn), "line": {"color": "#999", "width": 1}, "hoverinfo": "skip"}
    traces = [go.Scatter(mode="lines", showlegend=False, **circle)]
    for name, unit in units.items():
        apart = float(((unit - units["teacher"]) ** 2).sum())
        colour = ACCENT if name == "teacher" else BONE
        words = name if name == "teacher" else f"{name}: {apart:.1f}"
        traces += [_shaft(vectors[name], colour), _point(unit, colour, words)]
    largest = 1.15 * max(1.0, *(float(np.abs(vector).max()) for vector in vectors.values()))
    layout = base_layout(alt, title, height) | {
        "xaxis": {"range": [-largest, largest], "zeroline": False, "constrain": "domain"},
        "yaxis": {"range": [-largest, largest], "zeroline": False, "scaleanchor": "x"},
        "margin": {"l": 40, "r": 16, "t": 16 + (40 if title else 0), "b": 36},
        "showlegend": False,
    }
    return go.Figure(traces, layout)


def _of_a_plane(vector: ArrayLike) -> np.ndarray[Any, np.dtype[np.float64]]:
    found = np.asarray(vector, dtype=np.float64)
    if found.shape != (2,) or not found.any():
        raise ValueError(f"a vector is {found.tolist()}, expected two numbers that are not both zero")
    return found


def _shaft(vector: np.ndarray[Any, np.dtype[np.float64]], colour: str) -> go.Scatter:
    """From the origin to the tip, which is marked by an arrow's head."""
    marker = {"symbol": "arrow", "angleref": "previous", "size": [0, 14], "color": colour}
    line = {"color": colour, "width": 1.5}
    return go.Scatter(x=[0, vector[0]], y=[0, vector[1]], mode="lines+markers", line=line, marker=marker)


def _point(unit: np.ndarray[Any, np.dtype[np.float64]], colour: str, words: str) -> go.Scatter:
    """On the circle, with its words above or below it, which a phone has room for."""
    side = "top center" if unit[1] >= 0 and colour == BONE else "bottom center"
    size = 10 if colour == BONE else 16  # the teacher's is still seen under another in the same place
    marker = {"size": size, "color": colour, "line": {"color": "#fff", "width": 1}}
    return go.Scatter(x=unit[:1], y=unit[1:], mode="markers+text", text=[words], textposition=side, marker=marker)
