"""Figures of attention show each weight where it belongs, and the slider shows one matrix or one joint at a time."""

import numpy as np
import pytest
import torch

from hands import viz
from hands.viz.network_figures import LARGEST

WEIGHTS = torch.tensor([[0.1, 0.9, 0.0], [0.25, 0.25, 0.5], [0.0, 0.6, 0.4]])
NAMES = ("a", "b", "c")


def shown_by(figure, k):
    (slider,) = figure.layout.sliders
    return list(slider.steps[k].args[0]["visible"])


def test_maps_share_one_scale_and_are_shown_one_at_a_time():
    figure = viz.maps_figure({"one": WEIGHTS, "two": WEIGHTS.T / 2}, "key", "query", alt="x", rows=NAMES)
    for trace, array in zip(figure.data, (WEIGHTS, WEIGHTS.T / 2), strict=True):
        np.testing.assert_array_equal(trace.z, array)
        assert (trace.zmin, trace.zmax) == (0, pytest.approx(0.9))
        assert trace.y == NAMES
    assert [trace.visible for trace in figure.data] == shown_by(figure, 0) == [True, False]
    assert shown_by(figure, 1) == [False, True]
    assert [step.label for step in figure.layout.sliders[0].steps] == ["one", "two"]
    assert figure.layout.yaxis.autorange == "reversed", "the first row is at the top"


def test_crosses_stand_above_their_columns_and_any_map_may_be_the_first():
    maps = {"one": WEIGHTS, "two": WEIGHTS.T}
    figure = viz.maps_figure(maps, "key", "query", alt="x", crosses={"one": [0, 2], "two": []}, first="two")
    _, above, _, none = figure.data
    assert (list(above.x), list(none.x)) == ([0, 2], [])
    assert all(y < -0.5 for y in above.y), "the border of the first row is at -0.5"
    assert figure.layout.sliders[0].active == 1
    assert [trace.visible for trace in figure.data] == shown_by(figure, 1) == [False, False, True, True]


def test_a_single_map_has_no_slider_and_nothing_to_see_is_refused():
    assert not viz.maps_figure({"one": WEIGHTS}, "key", "query", alt="x").layout.sliders
    for maps in ({}, {"a": WEIGHTS, "b": WEIGHTS[:2]}, {"a": WEIGHTS[0]}):
        with pytest.raises(ValueError, match="expected one shape"):
            viz.maps_figure(maps, "key", "query", alt="x")


def attention(weights=WEIGHTS, **more):
    skin = torch.rand(20, 3, generator=torch.Generator().manual_seed(0))
    points = torch.tensor([[-0.1, 0.0, 0.02], [-0.05, 0.0, 0.0], [0.0, 0.0, 0.04]])
    return viz.attention_figure(skin, points, weights, NAMES, alt="x", **more)


def test_the_area_of_a_circle_is_the_weight():
    figure = attention()
    for q in range(3):
        circles, ring = figure.data[2 * q : 2 * q + 2]
        np.testing.assert_allclose((circles.marker.size / LARGEST) ** 2, WEIGHTS[q] / 0.9, atol=1e-6)
        np.testing.assert_array_equal(circles.customdata, WEIGHTS[q])
        assert (ring.x[0], ring.y[0]) == (circles.x[q], circles.y[q])


def test_fingers_point_up_and_the_palm_is_towards_the_viewer():
    """A right hand, palm to the viewer: fingers (-x) up, so that the thumb (+z) is on the right."""
    circles = attention().data[0]
    np.testing.assert_allclose(circles.y, [0.1, 0.05, 0.0], atol=1e-7)
    np.testing.assert_allclose(circles.x, [0.02, 0.0, 0.04], atol=1e-7)


def test_the_slider_shows_who_asks_and_always_the_hand():
    figure = attention(hidden=[2])
    *asking, skin, _, crosses = figure.data
    assert len(skin.x) == 20
    assert (crosses.x[0], crosses.y[0]) == (asking[0].x[2], asking[0].y[2])
    assert shown_by(figure, 1) == [False, False, True, True, False, False, True, True, True]
    assert [trace.visible for trace in asking] == shown_by(figure, 0)[:6]


def test_bones_join_their_joints():
    bones = attention(bones=[(0, 2)]).data[-2]
    np.testing.assert_allclose(bones.y[:2], [0.1, 0.0], atol=1e-7)
    assert bones.y[2] is None


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"3 joints, weights \(2, 3\) and 3 names"):
        attention(WEIGHTS[:2])
