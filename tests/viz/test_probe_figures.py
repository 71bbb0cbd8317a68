"""The figures of probes show every number where it belongs."""

import numpy as np
import pytest

from hands import viz

EXPLAINED = {"Z": {"shape": 0.9, "pose": 0.456}, "the motion prior": {"shape": -0.2, "pose": 1.0}}


def test_every_number_stands_in_its_square():
    figure = viz.knowledge_figure(EXPLAINED, alt="x", title="t")
    (squares,) = figure.data
    assert list(squares.x) == ["shape", "pose"]
    assert [label.replace("<br>", " ") for label in squares.y] == list(EXPLAINED)
    assert [list(row) for row in squares.text] == [["0.90", "0.46"], ["-0.20", "1.00"]]
    np.testing.assert_array_equal(squares.z, [[0.9, 0.456], [0.0, 1.0]])
    assert figure.layout.meta["alt"] == "x"


def test_rows_run_downwards_and_colours_from_nothing_to_all():
    figure = viz.knowledge_figure(EXPLAINED, alt="x")
    assert figure.layout.yaxis.autorange == "reversed"
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0, 1)


def test_a_rounded_zero_has_no_sign():
    (squares,) = viz.knowledge_figure({"Z": {"pose": -0.001}}, alt="x").data
    assert squares.text[0][0] == "0.00"


@pytest.mark.parametrize("wrong", [{}, {"Z": {}}, {"Z": {"shape": 1.0}, "m": {"pose": 1.0}}])
def test_places_with_other_knowledge_are_refused(wrong):
    with pytest.raises(ValueError, match="same kinds"):
        viz.knowledge_figure(wrong, alt="x")
