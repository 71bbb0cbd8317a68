"""Figures of gestures: the hierarchy is the table, points stay with their pictures, sliders say what is shown."""

from __future__ import annotations

import pytest

from hands import viz
from hands.gesture.pretraining import WEIGHTINGS, Weighting
from hands.mano.gestures import COARSE_NAMES, GESTURES
from tests.experiments import made_up_gestures

POINTS = 105


@pytest.fixture(scope="module")
def maps():
    return made_up_gestures.maps(POINTS)


@pytest.fixture(scope="module")
def shown(maps):
    return viz.gesture_maps_figure(maps, alt="x")


def test_every_name_hangs_on_its_classes():
    (tree,) = viz.hierarchy_figure(alt="x").data
    parent = dict(zip(tree.ids, tree.parents, strict=True))
    label = dict(zip(tree.ids, tree.labels, strict=True))
    names = [one for one in tree.ids if one.startswith("n")]
    assert [label[one] for one in names] == list(GESTURES)
    for one in names:
        gesture = GESTURES[label[one]]
        assert label[parent[one]] == f"fine {gesture.fine}"
        assert label[parent[parent[one]]] == f"{gesture.coarse} {COARSE_NAMES[gesture.coarse]}"
        assert parent[parent[parent[one]]] == "all"
    assert len(tree.ids) == 1 + 27 + 35 + 46
    assert sum(tree.values) == 46, "boxes are as large as the names they hold"


def test_classes_that_split_have_a_colour_of_their_own():
    (tree,) = viz.hierarchy_figure(alt="x").data
    split = {"open hand", "thumbup", "ok", "rocker", "alligator", "claw"}
    for label, one, colour in zip(tree.labels, tree.ids, tree.marker.colors, strict=True):
        if one.startswith("c"):
            assert (label.split(" ", 1)[1] in split) == (colour == "#f6cfb0")


def test_weights_are_those_of_the_loss():
    half = Weighting(coarse=(1.0, 0.5), fine=(0.0, 2.0), begin=0.0, end=0.5)
    figure = viz.weights_figure({**WEIGHTINGS, "another": half}, alt="x")
    coarse, fine = figure.data[-2:]
    assert (coarse.name, fine.name) == ("coarse", "fine")
    assert coarse.x[0] == 0
    assert coarse.x[-1] == 100
    at = {round(x): (c, f) for x, c, f in zip(coarse.x, coarse.y, fine.y, strict=True)}
    assert (at[0], at[20], at[50], at[100]) == ((1.0, 0.0), (0.8, 0.8), (0.5, 2.0), (0.5, 2.0))
    assert [step.label for step in figure.layout.sliders[0].steps] == [*WEIGHTINGS, "another"]
    assert [trace.visible for trace in figure.data[:4]] == [True, True, False, False]
    with pytest.raises(ValueError, match="weightings is empty"):
        viz.weights_figure({}, alt="x")


def test_a_slider_moves_all_points_and_says_how_pure_the_map_is(shown, maps):
    (points,) = shown.data
    assert points.x == maps.maps[0].x
    choose = shown.layout.sliders[0]
    assert [step.label for step in choose.steps] == [one.title for one in maps.maps]
    for step, one in zip(choose.steps, maps.maps, strict=True):
        traces, layout = step.args
        assert (traces["x"][0], traces["y"][0]) == (one.x, one.y)
        assert f"coarse {one.same_coarse_percent:.0f} %, fine {one.same_fine_percent:.0f} %" in next(
            iter(layout.values())
        )
    assert "coarse 10 %, fine 8 %" in shown.layout.annotations[0].text


def test_every_class_has_a_look_of_its_own(shown, maps):
    looks = {"coarse class": maps.coarse, "fine class": maps.fine, "person": maps.people}
    for step in shown.layout.sliders[1].steps:
        marks = step.args[0]
        pairs = list(zip(marks["marker.color"][0], marks["marker.symbol"][0], strict=True))
        own = dict(zip(looks[step.label], pairs, strict=True))
        assert len(set(own.values())) == len(own)
        assert pairs == [own[name] for name in looks[step.label]]
    assert shown.data[0].marker.symbol == tuple(shown.layout.sliders[1].steps[0].args[0]["marker.symbol"][0])
    key = shown.layout.sliders[1].steps[2].args[1]["annotations[1].text"]
    assert [person in key for person in ("S13", "S14", "S15")] == [True] * 3


def test_who_points_at_a_point_is_told_its_gesture(shown, maps):
    place = maps.fine.index(GESTURES["peacock"].fine)
    assert shown.data[0].text[place] == f"aokay, peacock<br>coarse: ok, fine: 10<br>{maps.people[place]}"


def test_without_maps_there_is_no_figure(maps):
    from dataclasses import replace

    with pytest.raises(ValueError, match="no map"):
        viz.gesture_maps_figure(replace(maps, maps=()), alt="x")
