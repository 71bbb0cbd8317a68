"""The figures of a data set show every recording once, and every value where its bar is."""

import numpy as np
import pytest

from hands import viz

ROLES = {
    ("S01", "A"): "training",
    ("S01", "B"): "test",
    ("S02", "A"): "training",
    ("S02", "B"): "left out",
}
BARS = {"ridge": {"all": [10.0, 14.0, 12.0], "pose": 8.0}, "mean": {"all": [20.0, 22.0], "pose": 18.0}}


def test_every_recording_is_a_mark_of_its_role():
    figure = viz.recordings_figure(ROLES, alt="x")
    shown = {(s, p): trace.name for trace in figure.data for s, p in zip(trace.y, trace.x, strict=True)}
    assert shown == ROLES
    assert sum(len(trace.x) for trace in figure.data) == len(ROLES)
    assert [trace.name for trace in figure.data] == ["training", "test", "left out"]


def test_roles_are_told_apart_without_colour():
    traces = viz.recordings_figure(ROLES, alt="x").data
    assert len({trace.marker.symbol for trace in traces}) == len({trace.marker.color for trace in traces}) == 3


def test_subjects_go_down_and_programs_to_the_right():
    layout = viz.recordings_figure(ROLES, alt="x").layout
    assert layout.yaxis.autorange == "reversed"
    assert layout.yaxis.categoryarray == ("S01", "S02")
    assert layout.xaxis.categoryarray == ("A", "B")


def test_a_bar_is_as_long_as_the_mean_of_its_values():
    figure = viz.bars_figure(BARS, "mm", alt="x")
    everything, pose, _, numbers = figure.data
    assert list(everything.x) == [12.0, 21.0]
    assert list(pose.x) == [8.0, 18.0]
    shown = dict(zip(numbers.y, numbers.text, strict=True))
    assert [shown[y] for y in (*everything.y, *pose.y)] == [" 12.0", " 21.0", " 8.0", " 18.0"]
    edge = figure.layout.xaxis.range[1]
    assert set(numbers.x) == {edge}, "where there are dots, numbers stand in a column of their own"
    assert numbers.textposition == "middle left"
    assert edge > 1.1 * 22.0
    assert figure.layout.annotations[0].text == "mean"


def test_without_dots_a_number_stands_behind_its_bar():
    figure = viz.bars_figure({"a": {"n": 1.0}, "b": {"n": 2.0}}, "mm", alt="x")
    assert list(figure.data[-1].x) == [1.0, 2.0]
    assert figure.data[-1].textposition == "middle right"
    assert not figure.layout.annotations


def test_dots_lie_on_their_bars():
    everything, pose, dots, _ = viz.bars_figure(BARS, "mm", alt="x", dots="a person").data
    assert list(dots.x) == [10.0, 14.0, 12.0, 20.0, 22.0]
    np.testing.assert_array_equal(dots.y, np.repeat(everything.y, [3, 2]))
    half = everything.width / 2
    assert np.abs(np.subtract.outer(dots.y, pose.y)).min() > half
    assert dots.hovertemplate.startswith("a person")


def test_bars_do_not_overlap_and_rows_stay_together():
    everything, pose, *_ = viz.bars_figure(BARS, "mm", alt="x").data
    places = np.sort(np.concatenate([everything.y, pose.y]))
    assert np.diff(places).min() > everything.width
    assert np.round(places).tolist() == [0, 0, 1, 1]


def test_series_are_told_apart_without_colour():
    everything, pose, *_ = viz.bars_figure(BARS, "mm", alt="x").data
    assert everything.marker.pattern.shape != pose.marker.pattern.shape
    assert everything.marker.color != pose.marker.color


def test_single_values_have_no_dots_and_one_series_no_legend():
    figure = viz.bars_figure({"a": {"n": 1.0}, "b": {"n": 2.0}}, "mm", alt="x")
    assert len(figure.data) == 2
    assert figure.layout.showlegend is False
    assert figure.layout.yaxis.ticktext == ("a", "b")


@pytest.mark.parametrize("draw", [lambda: viz.recordings_figure({}, alt="x"), lambda: viz.bars_figure({}, "", alt="x")])
def test_nothing_to_show_is_refused(draw):
    with pytest.raises(ValueError, match="expected 1 to 6"):
        draw()


def test_long_labels_are_wrapped_and_numbers_have_room():
    figure = viz.bars_figure({"finger ridge, mean shape": {"n": 8.0}}, "mm", alt="x")
    (label,) = figure.layout.yaxis.ticktext
    assert label == "finger ridge,<br>mean shape"
    assert figure.layout.xaxis.range[1] > 9
