"""The figures of training show every value where it is, and are told apart without colour."""

import pytest

from hands import viz

LOSS = {"seed 0": ([10, 20, 30], [1.0, 0.1, 0.01]), "seed 1": ([10, 20, 30], [2.0, 0.2, 0.05])}
ERROR = {"seed 0": ([20, 30], [5.0, 6.0]), "seed 1": ([20, 30], [7.0, 4.0])}
MASKED = {"teacher": {1.0: [9.0, 11.0], 0.0: [1.0, 2.0]}, "tested at 0.5": {0.5: [4.0]}}


def curves():
    return viz.curves_figure(LOSS, ERROR, ("loss", "MPJPE (mm)"), alt="x")


def test_the_smallest_validation_has_a_star():
    stars = [trace for trace in curves().data if trace.mode == "markers"]
    assert [(trace.x[0], trace.y[0]) for trace in stars] == [(20, 5.0), (30, 4.0)]
    assert {trace.marker.symbol for trace in stars} == {"star"}


def test_training_is_above_on_a_logarithmic_scale_and_a_label_is_named_once():
    figure = curves()
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [(trace.name, trace.yaxis, trace.showlegend) for trace in lines] == [
        ("seed 0", "y", True),
        ("seed 1", "y", True),
        ("seed 0", "y2", False),
        ("seed 1", "y2", False),
    ]
    assert lines[0].line.dash == lines[2].line.dash != lines[1].line.dash


def test_a_validation_without_training_is_named():
    figure = viz.curves_figure({}, {"a": ERROR["seed 0"]}, ("loss", "mm"), alt="x")
    assert figure.data[0].showlegend


def test_the_line_goes_through_the_means_of_seeds_from_nothing_hidden_to_all():
    figure = viz.mask_figure(MASKED, {"blind": 12.0}, alt="x")
    line, seeds, single, _, level = figure.data
    assert (list(line.x), list(line.y)) == ([0.0, 100.0], [1.5, 10.0])
    assert sorted(zip(seeds.x, seeds.y, strict=True)) == [(0.0, 1.0), (0.0, 2.0), (100.0, 9.0), (100.0, 11.0)]
    assert (list(single.x), list(single.y)) == ([50.0], [4.0])
    assert (list(level.y), level.name) == ([12.0, 12.0], "blind")
    assert figure.layout.yaxis.range[1] > 12.0
    assert line.marker.symbol != single.marker.symbol


def test_intervals_reach_from_low_to_high():
    figure = viz.intervals_figure({"a": (5.0, 4.0, 7.0), "b": (6.0, 5.5, 6.5)}, "mm", alt="x", dots={"b": [5.8, 6.1]})
    middle, seeds = figure.data
    assert list(middle.x) == [5.0, 6.0]
    assert list(middle.x + middle.error_x.array) == [7.0, 6.5]
    assert list(middle.x - middle.error_x.arrayminus) == [4.0, 5.5]
    assert list(zip(seeds.x, seeds.y, strict=True)) == [(5.8, "b"), (6.1, "b")]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: viz.curves_figure({}, {}, ("", ""), alt="x"),
        lambda: viz.mask_figure({}, {}, alt="x"),
        lambda: viz.intervals_figure({}, "", alt="x"),
        lambda: viz.intervals_figure({"a": (1.0, 0.0, 2.0)}, "", alt="x", dots={"b": [1.0]}),
    ],
)
def test_nothing_to_show_is_refused(draw):
    with pytest.raises(ValueError, match=r"to show|give intervals"):
        draw()
