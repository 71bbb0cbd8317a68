"""Figures of the study: every number stands in the row and at the place that it belongs to."""

import numpy as np
import pytest

from hands import viz

GAPS = {"taught": {0: -1.0, 1: -0.5, 4: -0.9}, "of an untrained teacher": {0: 0.25}, "to come": {}}
SEEDS = {"taught": (-1.4, -0.2), "of an untrained teacher": None}
RECORDINGS = {"taught": (-1.1, -0.5), "of an untrained teacher": (-0.1, 0.6)}


def figure(**more):
    return viz.differences_figure(GAPS, "mm", over_seeds=SEEDS, over_recordings=RECORDINGS, alt="x", **more)


def by_name(shown):
    return {trace.name: trace for trace in shown.data}


def test_each_seed_is_a_symbol_in_its_row():
    seeds = [trace for trace in figure().data if trace.name.startswith("seed")]
    assert [trace.name for trace in seeds] == ["seed 0", "seed 1", "seed 4"]
    for seed, own in zip((0, 1, 4), seeds, strict=True):
        assert f"seed {seed}" in own.hovertemplate
        expected = {label: gaps[seed] for label, gaps in GAPS.items() if seed in gaps}
        assert dict(zip(own.customdata, own.x, strict=True)) == expected
        assert [round(y) for y in own.y] == [list(GAPS).index(label) for label in own.customdata]
    assert len({trace.marker.symbol for trace in seeds}) == 3


def test_the_mean_is_that_of_the_seeds_and_lies_in_both_intervals():
    traces = by_name(figure())
    assert dict(zip(traces["mean"].customdata, traces["mean"].x, strict=True)) == {
        "taught": pytest.approx(np.mean([-1.0, -0.5, -0.9])),
        "of an untrained teacher": 0.25,
    }
    assert traces["95 %, seeds"].x == (-1.4, -0.2, None)
    assert traces["95 %, recordings"].x == (-1.1, -0.5, None, -0.1, 0.6, None)
    assert [round(y) for y in traces["95 %, recordings"].y if y is not None] == [0, 0, 1, 1]


def test_everything_and_zero_is_within_the_axis():
    shown = figure(published={"taught": -4.0})
    low, high = shown.layout.xaxis.range
    values = [x for trace in shown.data for x in trace.x if x is not None]
    assert low < min(values) <= max(values) < high
    assert low < 0 < high
    assert by_name(shown)["the paper's"].x == (-4.0,)


def test_intervals_of_rows_that_there_are_not_are_refused():
    with pytest.raises(ValueError, match="other"):
        viz.differences_figure(GAPS, "mm", over_seeds={"other": (0.0, 1.0)}, alt="x")


def test_the_best_try_of_each_method_is_filled_and_what_is_far_off_stands_at_the_edge():
    tries = {"taught": {0.01: 9.0, 0.1: 9.4, 1.0: 8.0, 10.0: 13.0}, "labels": {1.0: 9.0, 0.1: 8.0}}
    figure = viz.tries_figure(tries, 8.5, "plain", alt="x")
    level, *curves, filled_key, _ = figure.data
    assert level.y == (8.5, 8.5)
    assert level.x[0] < 0.01 < 10.0 < level.x[1]
    assert "filled" in filled_key.name
    low, high = figure.layout.yaxis.range
    for curve in curves:
        assert dict(curve.customdata) == tries[curve.name]
        np.testing.assert_allclose(curve.x, sorted(tries[curve.name]), rtol=0.1)
        assert all(low < y < high for y in curve.y)
        (filled,) = [k for k, symbol in enumerate(curve.marker.symbol) if "open" not in symbol]
        assert curve.y[filled] == min(tries[curve.name].values())
        off = ["triangle-up" in symbol for symbol in curve.marker.symbol]
        assert off == [mm > 9.5 for _, mm in curve.customdata]
        assert all(is_off or y == mm for is_off, y, (_, mm) in zip(off, curve.y, curve.customdata, strict=True))
    assert not set(curves[0].x) & set(curves[1].x)


def test_lines_join_what_has_the_same_seed():
    shown = viz.seeds_figure({"plain": {0: 9.0, 1: 10.0}, "taught": {1: 9.5}}, "mm", alt="x")
    assert {trace.name: trace.y for trace in shown.data} == {"seed 0": (9.0,), "seed 1": (10.0, 9.5)}
    assert shown.data[1].x == ("plain", "taught")


@pytest.mark.parametrize("make", [viz.tries_figure, viz.seeds_figure])
def test_nothing_to_show_is_refused(make):
    with pytest.raises(ValueError, match=r"no method|0 methods"):
        make({}, *([1.0, "plain"] if make is viz.tries_figure else ["mm"]), alt="x")
