"""The figure of HRNet says what the network is: every number once, every shape, every way with the right two ends."""

import re

import pytest
import torch

from hands import nets, viz
from hands.viz import gesture_nets

SMALL = nets.HRNetConfig(width=4, blocks=2, modules=(1, 2, 1), stem=4, bottlenecks=2, narrow=2, head=8, dim=12)
COLUMNS, ROWS = 7, 5


@pytest.fixture(scope="module")
def figure():
    return viz.hrnet_figure(SMALL, 64, alt="x")


@pytest.fixture(scope="module")
def net():
    with torch.device("meta"):
        return nets.HRNet(SMALL)


def boxes(figure):
    """(column, branch) -> what it says."""
    trace = figure.data[-1]
    return dict(zip(zip(trace.x, trace.y, strict=True), trace.customdata, strict=True))


def lines(figure, kind):
    """Both ends of each line."""
    (trace,) = (trace for trace in figure.data if trace.name == kind)
    ends = list(zip(trace.x, trace.y, strict=True))
    return [(ends[k], ends[k + 1]) for k in range(0, len(ends), 3)]


@pytest.mark.parametrize("config", [SMALL, nets.HRNetConfig.book(), nets.HRNetConfig.w18()])
def test_every_number_is_told_once(config):
    """The counts of all boxes and ways are those of the network."""
    figure = viz.hrnet_figure(config, alt="x")
    told = [*figure.data[-1].customdata, *figure.data[-2].text]
    with torch.device("meta"):
        expected = nets.count(nets.HRNet(config))
    assert sum(int(re.search(r"([\d,]+) numbers$", says)[1].replace(",", "")) for says in told) == expected


def test_a_box_says_the_shape_that_the_network_makes(figure):
    """Held against what hooks see on the way of a picture."""
    seen, net = {}, nets.HRNet(SMALL).eval()

    def note(place):
        return lambda module, given, made: seen.__setitem__(place, tuple(made.shape[1:]))

    net.stem.register_forward_hook(note((0, 0)))
    net.first.register_forward_hook(note((1, 0)))
    units = [unit for stage in net.stages for unit in stage.units]
    for column, unit in enumerate(units, 2):
        for branch, blocks in enumerate(unit.branches):
            blocks.register_forward_hook(note((column, branch)))
    for branch, widen in enumerate(net.head.widen):
        widen.register_forward_hook(note((COLUMNS - 1, branch)))
    with torch.no_grad():
        net(torch.zeros(1, 3, 64, 64))
    found = boxes(figure)
    assert "12 channels" in found.pop((COLUMNS - 1, 4))
    assert found.keys() == seen.keys()
    for place, (channels, rows, columns) in seen.items():
        assert f"<br>{channels} channels of {rows} × {columns}<br>" in found[place]


def test_exchanges_go_from_every_branch_to_every_other(figure):
    meeting = gesture_nets.MEETING
    for column, branches in ((2, 2), (3, 3), (4, 3), (5, 4)):
        for kind, pairs in (
            (gesture_nets.UP, {(s, t) for s in range(branches) for t in range(s)}),
            (gesture_nets.DOWN, {(s, t) for t in range(branches) for s in range(t)}),
        ):
            here = [(a, b) for a, b in lines(figure, kind) if a[0] == column]
            assert {(a[1], b[1]) for a, b in here} == pairs
            assert {b[0] for _, b in here} == {column + meeting}


def test_a_stage_begins_with_a_new_branch(figure):
    meeting = gesture_nets.MEETING
    assert set(lines(figure, gesture_nets.NEW)) == {
        ((1, 0), (2, 0)),
        ((1, 0), (2, 1)),
        ((2 + meeting, 1), (3, 2)),
        ((4 + meeting, 2), (5, 3)),
    }


def test_ways_say_how_they_go(figure):
    said = list(figure.data[-2].text)
    assert "branch 4 to branch 1: 1×1 convolution, each value 8×8 times<br>136 numbers" in said  # 32 x 4, norm 2 x 4
    assert sum(says.startswith("branch 1 to branch 4: 3 3×3 steps<br>") for says in said) == 1
    assert sum(says.startswith("branch 2 to branch 3: 1 3×3 step<br>") for says in said) == 3


def test_names_of_stages_strides_and_maps(figure):
    x, y = figure.layout.xaxis, figure.layout.yaxis
    words = [text.replace("<br>", "") for text in x.ticktext]
    assert list(zip(words, x.tickvals, strict=True)) == [
        ("stem", 0),
        ("stage1", 1),
        ("2", 2),
        ("3", 3.5),
        ("4", 5),
        ("maps", 6),
    ]
    assert list(y.ticktext) == [
        "stride 4<br>16 × 16",
        "stride 8<br>8 × 8",
        "stride 16<br>4 × 4",
        "stride 32<br>2 × 2",
        "mean",
    ]
    assert y.range[0] > y.range[1], "the finest branch is at the top"
    assert list(figure.data[-1].text)[-5:] == ["F2<br>8", "F3<br>16", "F4<br>32", "F5<br>64", "g<br>12"]


def test_small_boxes_have_room_for_a_number_only():
    config = nets.HRNetConfig(width=4, modules=(2, 2, 2), stem=4, narrow=2, head=8, dim=12)
    assert list(viz.hrnet_figure(config, alt="x").data[-1].text)[-5:] == ["8", "16", "32", "64", "12"]


def test_kinds_are_told_apart_without_colour(figure):
    """By direction or dash: what stays is level, but for the last way, to g."""
    *level, _ = lines(figure, gesture_nets.KEPT)
    assert all(start[1] == end[1] for start, end in level)
    assert all(end[1] > start[1] for start, end in lines(figure, gesture_nets.DOWN))
    assert all(end[1] < start[1] for start, end in lines(figure, gesture_nets.UP))
    dashes = [gesture_nets.LINES[kind].get("dash") for kind in (gesture_nets.DOWN, gesture_nets.UP, gesture_nets.NEW)]
    assert len(set(dashes)) == 3


def test_alt_is_kept_and_other_sides_are_refused(figure):
    assert figure.layout.meta["alt"] == "x"
    for side in (0, 100):
        with pytest.raises(ValueError, match=f"pictures of {side} pixels: HRNet needs multiples of 32"):
            viz.hrnet_figure(SMALL, side, alt="x")
