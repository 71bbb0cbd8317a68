"""The figure of the realism chapter shows what `realism.spreads` says, take by take, beside what is published."""

import itertools

import numpy as np
import pytest

from hands import viz
from hands.motion.realism import ARCTIC, Spread
from hands.viz.motion_figures import MEASURES, ROWS

TAKES = {
    name: {
        measure: Spread(scale * (k + 1), 10 * scale * (k + 1), 20 * scale * (k + 1)) for k, measure in enumerate(ARCTIC)
    }
    for name, scale in (("A", 1.0), ("B", 2.0), ("C", 9.0))
}


def figure():
    return viz.spreads_figure(TAKES, alt="x")


def test_each_measure_has_a_panel_with_its_unit():
    assert list(MEASURES) == list(ARCTIC)
    layout = figure().layout
    titles = [layout[f"xaxis{k}"].title.text for k in (1, 2, 3)]
    assert [title.split("(")[1] for title in titles] == ["rad/s)", "rad/s)", "m/s²)"]


def test_panels_do_not_overlap():
    domains = [figure().layout[f"yaxis{k}"].domain for k in (1, 2, 3)]
    assert all(above[0] > below[1] + 0.1 for above, below in itertools.pairwise(domains))
    assert domains[0][1] == 1
    assert domains[-1][0] >= 0


def test_rows_are_words():
    """Left to itself, Plotly reads "99 %" as a number and shows an empty panel."""
    assert {figure().layout[f"yaxis{k}"].type for k in (1, 2, 3)} == {"category"}


def test_dots_are_the_takes_and_the_bar_is_their_median():
    for k, measure in enumerate(ARCTIC):
        dots, middle, theirs = figure().data[3 * k : 3 * k + 3]
        for row, share in ROWS.items():
            shown = [x for x, y in zip(dots.x, dots.y, strict=True) if y == share]
            assert shown == [getattr(take[measure], row) for take in TAKES.values()]
            there = list(middle.y).index(share)
            assert middle.x[there] == shown[1]
            assert theirs.x[there] == getattr(ARCTIC[measure], row)
        assert dots.xaxis == ("x", "x2", "x3")[k]
        np.testing.assert_array_equal(dots.text[:: len(ROWS)], list(TAKES))


def test_the_two_are_told_apart_without_colour_and_named_once():
    data = figure().data
    assert len({trace.marker.symbol for trace in data[:3]}) == 3
    assert [trace.showlegend for trace in data] == [True] * 3 + [False] * 6


def test_nothing_to_show_is_refused():
    with pytest.raises(ValueError, match="takes is empty"):
        viz.spreads_figure({}, alt="x")
