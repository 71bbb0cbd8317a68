"""Figures about real sensors show the numbers they are given, on axes that are what their titles say."""

import numpy as np
import pytest
import torch

from hands import mano, viz
from hands.viz.sensor_figures import GUIDES, STEPS_PER_MM

TAU = torch.tensor([0.1, 1.0, 10.0])


@pytest.fixture(scope="module")
def hand():
    return mano.load()


def test_allan_axes_are_logarithmic_and_guides_are_straight_with_their_slopes():
    curves = {"noise": (TAU, 0.01 / TAU.sqrt())}
    guides = dict.fromkeys(GUIDES, (1.0, 0.01))
    figure = viz.allan_figure(curves, guides=guides, alt="x")
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    np.testing.assert_allclose(figure.data[0].y, 0.01 / np.sqrt(TAU.numpy()))
    for line, slope in zip(figure.data[1:], (-0.5, 0.0, 0.5), strict=True):
        assert np.diff(np.log(line.y)) / np.diff(np.log(line.x)) == pytest.approx(slope)
        assert np.exp(np.interp(0.0, np.log(line.x), np.log(line.y))) == pytest.approx(0.01)
    low, high = figure.layout.yaxis.range
    assert 10**low < 0.01 / 10**0.5 < 0.01 / 0.1**0.5 < 10**high


def test_an_unknown_guide_is_refused():
    with pytest.raises(ValueError, match="no guide is called 'steep'; there are like 1"):
        viz.allan_figure({"a": (TAU, TAU)}, guides={"steep": (1.0, 1.0)}, alt="x")


COSTS = {"noise": [3.0, 5.0, 4.0], "mounting": torch.tensor([9.0, 7.0, 20.0])}


def test_costs_show_each_recording_and_the_median():
    dots, medians, line = viz.costs_figure(COSTS, floor=2.5, floor_name="none", alt="x").data
    for name, row in COSTS.items():
        assert [x for x, y in zip(dots.x, dots.y, strict=True) if y == name] == list(row)
        assert medians.x[medians.y.index(name)] == np.median(row)
    assert list(line.x) == [2.5, 2.5]
    assert line.name == "none"
    assert dots.marker.symbol != medians.marker.symbol


def test_costs_begin_at_the_top_and_grow_by_row():
    short, long = (viz.costs_figure({str(k): [1.0] for k in range(n)}, alt="x") for n in (3, 9))
    assert short.layout.yaxis.autorange == "reversed"
    assert short.layout.yaxis.type == "category", "or Plotly reads names of numbers as numbers"
    assert long.layout.height - short.layout.height == 6 * 28
    assert viz.costs_figure(COSTS, alt="x").layout.xaxis.type == "log"
    assert viz.costs_figure(COSTS, log=False, alt="x").layout.xaxis.rangemode == "tozero"
    with pytest.raises(ValueError, match="costs is empty"):
        viz.costs_figure({}, alt="x")


def test_a_believed_hand_moves_over_the_true_one(hand):
    bent = torch.zeros(3, 15, 3)
    bent[:, 3, 2] = torch.tensor([0.0, 0.5, 1.0])
    true, believed = hand(hand_pose=bent).vertices, hand(hand_pose=0.8 * bent).vertices
    figure = viz.believed_figure(hand, true, believed, fps=2.0, captions=["a", "b", "c"], alt="x")
    assert [trace.name for trace in figure.data] == ["true", "believed"]
    assert figure.data[0].color != figure.data[1].color
    assert [frame.name for frame in figure.frames] == ["0", "1", "2"]
    for frame, pair in zip(figure.frames, zip(true, believed, strict=True), strict=True):
        for mesh, vertices in zip(frame.data, pair, strict=True):
            shown = np.stack([mesh.x, mesh.y, mesh.z], -1)
            np.testing.assert_allclose(shown / STEPS_PER_MM, 1000 * vertices.numpy(), atol=0.01 + 1e-4)
    assert figure.data[0].x.dtype == np.int16
    steps = figure.layout.sliders[0].steps
    assert [list(step.args[0]) for step in steps] == [["0"], ["1"], ["2"]], "each step shows its frame"
    assert [step.label for step in steps] == ["0.00 s   a", "0.50 s   b", "1.00 s   c"]
    play, stop = figure.layout.updatemenus[0].buttons
    assert play.args[1]["frame"]["duration"] == 500
    assert list(stop.args[0]) == [None]


def test_the_scene_has_room_for_every_moment(hand):
    poses = torch.zeros(2, 15, 3)
    poses[1, :, 2] = 1.5
    vertices = hand(hand_pose=poses).vertices
    figure = viz.believed_figure(hand, vertices, vertices, fps=1.0, alt="x")
    low, high = np.array([figure.layout.scene[f"{axis}axis"].range for axis in "xyz"]).T / STEPS_PER_MM
    assert (low < 1000 * vertices.amin((0, 1)).numpy()).all()
    assert (high > 1000 * vertices.amax((0, 1)).numpy()).all()


def test_hands_that_do_not_fit_together_are_refused(hand):
    vertices = hand(hand_pose=torch.zeros(2, 15, 3)).vertices
    with pytest.raises(ValueError, match="do not fit together"):
        viz.believed_figure(hand, vertices, vertices[:1], fps=1.0, alt="x")
    with pytest.raises(ValueError, match="1 captions"):
        viz.believed_figure(hand, vertices, vertices, fps=1.0, captions=["a"], alt="x")
    with pytest.raises(ValueError, match=r"expected \(T, 778, 3\)"):
        viz.believed_figure(hand, vertices[0], vertices[0], fps=1.0, alt="x")
