"""A figure of HRNet: its branches, its modules, and who tells whom, drawn from the sizes of any network.

Explained in the book: *Naming gestures*.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import plotly.graph_objects as go
import torch
from torch import nn

from hands.nets import HRNet, HRNetConfig, count
from hands.nets.hrnet import COARSEST
from hands.viz.fusion_figures import ANSWERS, POSES, SENSORS, TEXT
from hands.viz.scene import ACCENT, BONE, base_layout

FIRST_STRIDE: Final = 4
MEETING: Final = 0.62
"""Where the ways of an exchange meet, in columns behind its blocks."""
WIDE: Final = 7
"""Up to so many columns, boxes are large."""
KEPT, UP, DOWN, NEW = "as it is", "up: 1×1, values repeated", "down: 3×3, every second pixel", "new branch"
LINES: Final = {
    KEPT: {"color": "#888", "width": 1.5},
    UP: {"color": BONE, "width": 1.5, "dash": "dash"},
    DOWN: {"color": ACCENT, "width": 1.5},
    NEW: {"color": "#009e73", "width": 2.5, "dash": "dot"},
}
"""Kind of a way -> its line; direction and dashes tell them apart, too."""


_PLAIN: Final = {"showgrid": False, "zeroline": False, "showline": False, "ticks": "", "fixedrange": True}


class Box(NamedTuple):
    """A part of the network at its column and branch, with its channels, and what it says to whoever points at it."""

    column: int
    branch: int
    channels: int
    colour: str
    says: str
    name: str = ""


class Way(NamedTuple):
    """A line between two points (column, branch), of one of the kinds above; if it says nothing, it has no numbers."""

    start: tuple[float, float]
    end: tuple[float, float]
    kind: str
    says: str = ""


def hrnet_figure(
    config: HRNetConfig, side: int = 128, *, alt: str, title: str | None = None, height: int = 480
) -> go.Figure:
    """The branches of an HRNet as rows, its modules as columns, and each exchange between two columns.

    A box has its channels in it, and says its shape and how many numbers it learns to whoever points at it; so do ways.

    Args:
        config: the sizes of the network.
        side: width and height of its pictures, pixels.
        alt: what there is to see, in a sentence.
        title: above the figure.
        height: in pixels; the width is the page's.

    Raises:
        ValueError: the side is no multiple of 32.
    """
    if side < COARSEST or side % COARSEST:
        raise ValueError(f"pictures of {side} pixels: HRNet needs multiples of {COARSEST}")
    with torch.device("meta"):
        net = HRNet(config)
    boxes, ways = list(_boxes(net, side)), list(_ways(net))
    last = 2 + sum(config.modules)
    layout = base_layout(alt, title, height) | {
        "xaxis": _columns(config.modules),
        "yaxis": _rows(side, len(config.widths)),
        "margin": {"l": 74, "r": 8, "t": 48 + (40 if title else 0), "b": 56},
        "legend": {"orientation": "h", "x": 0.5, "xanchor": "center", "y": -0.02, "yanchor": "top"},
        "hovermode": "closest",
    }
    lines = [_lines(kind, [way for way in ways if way.kind == kind]) for kind in LINES]
    figure = go.Figure([*lines, _meetings(ways), _targets(ways), _marks(boxes, large=last < WIDE)], layout)
    return figure.update_layout(title={"y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 8}})


def _boxes(net: HRNet, side: int) -> Iterator[Box]:
    """All parts that stay at one resolution."""
    c = net.config
    yield Box(0, 0, c.stem, POSES, f"stem: two 3×3 convolutions{_shape(c.stem, side, 0)}{_numbers(net.stem)}")
    wide = net.first[-1].path[-1][0].out_channels  # type: ignore[union-attr, index]
    says = f"stage 1: {_some(c.bottlenecks, 'bottleneck')}{_shape(wide, side, 0)}{_numbers(net.first)}"
    yield Box(1, 0, wide, POSES, says)
    for column, stage, module, unit in _units(net):
        for branch, blocks in enumerate(unit.branches):
            width = c.widths[branch]
            where = f"stage {stage}, module {module} of {c.modules[stage - 2]}, branch {branch + 1}"
            says = f"{where}: {_some(c.blocks, 'block')}{_shape(width, side, branch)}{_numbers(blocks)}"
            yield Box(column, branch, width, SENSORS, says)
    column = 2 + sum(c.modules)
    for branch, (widen, channels) in enumerate(zip(net.head.widen, c.channels, strict=True)):
        says = f"F{branch + 2}: branch {branch + 1}, widened{_shape(channels, side, branch)}{_numbers(widen)}"
        yield Box(column, branch, channels, ANSWERS, says, f"F{branch + 2}")
    says = f"g: 1×1 convolution, mean over the map<br>{c.dim} channels{_numbers(net.head.last)}"
    yield Box(column, len(c.widths), c.dim, ANSWERS, says, "g")


def _ways(net: HRNet) -> Iterator[Way]:
    """All lines: between the boxes and the points where an exchange meets."""
    yield Way((0, 0), (1, 0), KEPT)
    for branch, enter in enumerate(net.stages[0].enter):  # type: ignore[arg-type]
        yield Way((1, 0), (2, branch), NEW, f"3×3 convolution to branch {branch + 1}{_numbers(enter)}")
    for column, stage, module, unit in _units(net):
        meeting, n = column + MEETING, len(unit.branches)
        for target, ways in enumerate(unit.exchange.ways):
            for source, way in enumerate(ways):
                kind = KEPT if source == target else UP if source > target else DOWN
                yield Way((column, source), (meeting, target), kind, _told(source, target, way))
            yield Way((meeting, target), (column + 1, target), KEPT)
        if module == net.config.modules[stage - 2] and stage <= len(net.stages):
            *_, enter = net.stages[stage - 1].enter  # type: ignore[misc]
            yield Way((meeting, n - 1), (column + 1, n), NEW, f"3×3 convolution to branch {n + 1}{_numbers(enter)}")
    column = 2 + sum(net.config.modules)
    for branch, down in enumerate(net.head.down):
        says = f"3×3 convolution, added to F{branch + 3}{_numbers(down)}"
        yield Way((column, branch), (column, branch + 1), DOWN, says)
    yield Way((column, len(net.head.down)), (column, len(net.head.down) + 1), KEPT)


def _units(net: HRNet) -> Iterator[tuple[int, int, int, Any]]:
    """Column, stage and number in its stage of each module."""
    column = 2
    for stage, held in enumerate(net.stages, 2):
        for module, unit in enumerate(held.units, 1):  # type: ignore[arg-type]
            yield column, stage, module, unit
            column += 1


def _told(source: int, target: int, way: nn.Module) -> str:
    """What a way of an exchange says."""
    if source == target:
        return ""
    times = 2 ** abs(source - target)
    how = (
        f"1×1 convolution, each value {times}×{times} times" if source > target else _some(target - source, "3×3 step")
    )
    return f"branch {source + 1} to branch {target + 1}: {how}{_numbers(way)}"


def _shape(channels: int, side: int, branch: int) -> str:
    here = side // (FIRST_STRIDE * 2**branch)
    return f"<br>{channels} channels of {here} × {here}"


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}"


def _numbers(part: nn.Module) -> str:
    return f"<br>{count(part):,} numbers"


def _columns(modules: tuple[int, ...]) -> dict[str, Any]:
    """Names of the stages, above, in two lines so that narrow columns have room."""
    names, places, column = ["<br>stem", "stage<br>1"], [0.0, 1.0], 2
    for stage, n in enumerate(modules, 2):
        names.append(f"<br>{stage}")
        places.append(column + (n - 1) / 2)
        column += n
    ticks = {"tickvals": [*places, column], "ticktext": [*names, "<br>maps"], "tickangle": 0, "side": "top"}
    return ticks | {"range": [-0.6, column + 0.6]} | _PLAIN


def _rows(side: int, branches: int) -> dict[str, Any]:
    """Stride and size of each branch, and below them the row of g."""
    strides = [FIRST_STRIDE * 2**branch for branch in range(branches)]
    names = [f"stride {stride}<br>{side // stride} × {side // stride}" for stride in strides]
    return {
        "tickvals": list(range(branches + 1)),
        "ticktext": [*names, "mean"],
        "range": [branches + 0.5, -0.5],
    } | _PLAIN


def _lines(kind: str, ways: list[Way]) -> go.Scatter:
    x, y = ([value for way in ways for value in (way.start[k], way.end[k], None)] for k in (0, 1))
    return go.Scatter(x=x, y=y, mode="lines", line=LINES[kind], name=kind, hoverinfo="skip")


def _meetings(ways: list[Way]) -> go.Scatter:
    """Where the ways of an exchange are added up."""
    x, y = zip(*dict.fromkeys(way.end for way in ways if way.end[0] % 1), strict=True)
    marker = {"size": 7, "color": LINES[KEPT]["color"]}
    says = "sum, then ReLU<extra></extra>"
    return go.Scatter(x=x, y=y, mode="markers", marker=marker, hovertemplate=says, showlegend=False)


def _targets(ways: list[Way]) -> go.Scatter:
    """Something to point at in the middle of each way that learns, unseen."""
    told = [way for way in ways if way.says]
    x, y = ([(way.start[k] + way.end[k]) / 2 for way in told] for k in (0, 1))
    marker = {"size": 9, "opacity": 0}
    says = [way.says for way in told]
    return go.Scatter(
        x=x, y=y, mode="markers", marker=marker, text=says, hovertemplate="%{text}<extra></extra>", showlegend=False
    )


def _marks(boxes: list[Box], large: bool) -> go.Scatter:
    size, letters = (30, 11) if large else (20, 9)
    line = {"color": "#777", "width": 1}
    return go.Scatter(
        x=[box.column for box in boxes],
        y=[box.branch for box in boxes],
        mode="markers+text",
        text=[f"{box.name}<br>{box.channels}" if large and box.name else str(box.channels) for box in boxes],
        textfont={"color": TEXT, "size": letters},
        marker={"symbol": "square", "size": size, "color": [box.colour for box in boxes], "line": line},
        customdata=[box.says for box in boxes],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
