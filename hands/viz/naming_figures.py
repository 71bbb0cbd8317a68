"""Figures of gestures and their names: the hierarchy of classes, weights of the losses, and maps of pictures.

Classes are told apart by colour and symbol together: seven colours that the colour-blind can tell apart, five symbols.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go
import torch

from hands.experiments.gesture_map import GestureMaps, Map
from hands.gesture.pretraining import COARSE_OF_FINE, Weighting
from hands.mano.gestures import COARSE_NAMES, GESTURES
from hands.viz.network_figures import AXIS_ROOM, SLIDER_ROOM, one_at_a_time
from hands.viz.scene import ACCENT, BONE, COLOURWAY, base_layout

SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up", "cross")
SPLIT: Final = "#f6cfb0"
WHOLE: Final = "#d7dbe0"
"""Boxes of coarse classes that have several fine ones, and of the others."""
INK: Final = "#222"
"""On boxes, which keep their colour when the page is dark."""
STEPS: Final = 51
"""Points of a curve over the training."""
LOOKS: Final = (("coarse", BONE, "solid"), ("fine", ACCENT, "dash"))
"""Of the curves of the two levels."""

_AT_THE_TOP: Final = {"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 8}}
_HIDDEN: Final = {"visible": False, "showgrid": False, "zeroline": False}
_GRID: Final = {"gridcolor": "#e3e3e3", "zerolinecolor": "#bbb", "automargin": True}


def hierarchy_figure(*, alt: str, title: str | None = None, height: int = 900) -> go.Figure:
    """Coarse classes, their fine classes, and the names in each, from left to right; a click on a box enlarges it.

    Args:
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.
    """
    boxes = [("all", "", f"{len(GESTURES)} names", WHOLE)]
    for coarse, name in enumerate(COARSE_NAMES):
        own = [fine for fine, parent in enumerate(COARSE_OF_FINE) if parent == coarse]
        colour = SPLIT if len(own) > 1 else WHOLE
        boxes.append((f"c{coarse}", "all", f"{coarse} {name}", colour))
        boxes += [(f"f{fine}", f"c{coarse}", f"fine {fine}", colour) for fine in own]
    boxes += [
        (f"n{k}", f"f{gesture.fine}", name, SPLIT if COARSE_OF_FINE.count(gesture.coarse) > 1 else WHOLE)
        for k, (name, gesture) in enumerate(GESTURES.items())
    ]
    ids, parents, labels, colours = zip(*boxes, strict=True)
    trace = go.Icicle(
        ids=ids,
        parents=parents,
        labels=labels,
        values=[float(name.startswith("n")) for name in ids],
        marker={"colors": colours, "line": {"color": "#fff", "width": 1}},
        textfont={"color": INK, "size": 12},
        leaf={"opacity": 1},
        sort=False,
        tiling={"orientation": "h"},
        pathbar={"visible": False},
        hovertemplate="%{label}<extra></extra>",
    )
    return go.Figure(trace, base_layout(alt, title, height))


def weights_figure(
    weightings: Mapping[str, Weighting], *, alt: str, title: str | None = None, height: int = 360
) -> go.Figure:
    """How much coarse and fine classes count in the loss, over the training; a slider chooses the way of weighting.

    Args:
        weightings: label of the slider -> weights.
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is none.
    """
    if not weightings:
        raise ValueError("weightings is empty: give at least one label and Weighting")
    shares = torch.linspace(0, 1, STEPS)
    percent = (100 * shares).tolist()
    traces = []
    for weighting in weightings.values():
        curves = zip(*(weighting.at(share) for share in shares), strict=True)
        for (name, colour, dash), curve in zip(LOOKS, curves, strict=True):
            y = [round(float(value), 4) for value in curve]
            traces.append(go.Scatter(x=percent, y=y, name=name, line={"color": colour, "dash": dash, "width": 3}))
    layout = base_layout(alt, title, height) | {
        "xaxis": {"title": {"text": "share of the training that is done (%)"}} | _GRID,
        "yaxis": {"title": {"text": "weight in the loss"}, "range": [-0.06, 1.12]} | _GRID,
        "margin": {"l": 60, "r": 16, "t": 28 + (40 if title else 0), "b": 56},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        "hovermode": "x unified",
    }
    return one_at_a_time(go.Figure(traces, layout), list(weightings), own=2, below=44)


def gesture_maps_figure(maps: GestureMaps, *, alt: str, title: str | None = None, height: int = 640) -> go.Figure:
    """Maps of pictures, a point for each; sliders choose the map, and by what points are coloured.

    Above the map stands in how many pictures the nearest other one, in all dimensions, is of the same class. Who points
    at a point is told its gesture and its person.

    Args:
        maps: of the same pictures.
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: there is no map.
    """
    if not maps.maps:
        raise ValueError("there is no map to show")
    people = sorted(set(maps.people))
    kinds = {
        "coarse class": _marked(maps.coarse),
        "fine class": _marked(maps.fine),
        "person": _marked([people.index(person) for person in maps.people]),
    }
    first = maps.maps[0]
    points = go.Scatter(
        x=first.x,
        y=first.y,
        mode="markers",
        marker=kinds["coarse class"] | {"size": 7, "opacity": 0.85},
        text=[_told(*point) for point in zip(maps.coarse, maps.fine, maps.people, strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )
    layout = base_layout(alt, title, height) | {
        "xaxis": _HIDDEN,
        "yaxis": _HIDDEN | {"scaleanchor": "x"},
        "hovermode": "closest",
        "margin": {"l": 8, "r": 8, "t": 72 + (40 if title else 0), "b": 2 * SLIDER_ROOM + AXIS_ROOM},
        "annotations": [_above(_neighbours(first), 26), _above(_key("coarse class", people), 4)],
    }
    of_maps = {
        one.title: [{"x": [one.x], "y": [one.y]}, {"annotations[0].text": _neighbours(one)}] for one in maps.maps
    }
    of_kinds = {
        name: [
            {f"marker.{key}": [values] for key, values in marks.items()},
            {"annotations[1].text": _key(name, people)},
        ]
        for name, marks in kinds.items()
    }
    sliders = [_slider(of_maps, "shown: ", AXIS_ROOM), _slider(of_kinds, "colour: ", AXIS_ROOM + SLIDER_ROOM)]
    return go.Figure(points, layout).update_layout(sliders=sliders, title=_AT_THE_TOP)


def _marked(classes: Sequence[int]) -> dict[str, list[str]]:
    """Colour and symbol of each point."""
    return {
        "color": [COLOURWAY[k % len(COLOURWAY)] for k in classes],
        "symbol": [SYMBOLS[k // len(COLOURWAY)] if max(classes) >= len(COLOURWAY) else SYMBOLS[k % 5] for k in classes],
    }


def _told(coarse: int, fine: int, person: str) -> str:
    names = [name for name, gesture in GESTURES.items() if gesture.fine == fine]
    return f"{', '.join(names)}<br>coarse: {COARSE_NAMES[coarse]}, fine: {fine}<br>{person}"


def _neighbours(one: Map) -> str:
    return (
        f"nearest neighbour of the same class:<br><b>coarse {one.same_coarse_percent:.0f} %, "
        f"fine {one.same_fine_percent:.0f} %</b>"
    )


def _key(kind: str, people: Sequence[str]) -> str:
    if kind != "person":
        return f"colour and symbol: {kind}"
    spans = (f"<span style='color:{colour}'>{name}</span>" for colour, name in zip(COLOURWAY, people, strict=False))
    return f"person: {', '.join(spans)}"


def _above(text: str, pixels: int) -> dict[str, Any]:
    """A line above the plot."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 1, "xanchor": "center", "yanchor": "bottom"}
    return place | {"text": text, "showarrow": False, "yshift": pixels}


def _slider(steps: Mapping[str, Sequence[Any]], prefix: str, below: int) -> dict[str, Any]:
    return {
        "steps": [{"label": label, "method": "update", "args": [*args]} for label, args in steps.items()],
        "active": 0,
        "x": 0.02,
        "len": 0.96,
        "y": 0,
        "yanchor": "top",
        "pad": {"t": below},
        "ticklen": 0,
        "minorticklen": 0,
        "font": {"size": 1},
        "currentvalue": {"xanchor": "center", "offset": 10, "font": {"size": 14}, "prefix": prefix},
    }
