"""The figures of the student: arrows from box to box, and vectors whose directions are compared."""

import numpy as np
import pytest
import torch

from hands import distill, viz
from hands.viz import distill_figures

PAIRS = {"near": (2.0, 0.1), "far": (-0.2, -0.5), "across": (0.0, 3.0)}
VECTORS = {name: np.array(pair) for name, pair in PAIRS.items()}
TEACHER = np.array([0.5, 0.0])


def boxes():
    layout = viz.student_figure(alt="x", title="t").layout
    lines = len(distill_figures.COMPARED)
    return layout, dict(zip(distill_figures.BOXES, layout.shapes[lines:], strict=True))


def test_arrows_go_from_the_border_of_a_box_to_the_border_of_the_next():
    layout, box = boxes()
    arrows = [a for a in layout.annotations if a.showarrow]
    for (start, end), arrow in zip(distill_figures.ARROWS, arrows, strict=True):
        for name, x, y in ((start, arrow.ax, arrow.ay), (end, arrow.x, arrow.y)):
            assert box[name].x0 <= x <= box[name].x1
            assert np.isclose([y, y], [box[name].y0, box[name].y1]).any()


def test_boxes_do_not_overlap_and_hold_their_words():
    layout, box = boxes()
    words = [a for a in layout.annotations if not a.showarrow][: len(box)]
    for one, word in zip(box.values(), words, strict=True):
        assert one.x0 < word.x < one.x1
        assert one.y0 < word.y < one.y1
        others = [other for other in box.values() if other is not one]
        assert all(o.x1 <= one.x0 or o.x0 >= one.x1 or o.y1 <= one.y0 or o.y0 >= one.y1 for o in others)


def test_each_loss_stands_between_a_branch_and_its_prior():
    layout, box = boxes()
    for (name, (branch, column)), line in zip(distill_figures.COMPARED.items(), layout.shapes, strict=False):
        assert (line.x0, line.y0) == (column, box[f"prior of {branch}"].y1)
        assert (line.x1, line.y1) == (column, box[branch].y0)
        (label,) = [a for a in layout.annotations if a.text == name]
        assert line.y0 < label.y < line.y1


def test_points_lie_on_the_circle_and_say_how_far_they_are():
    figure = viz.directions_figure(VECTORS, TEACHER, alt="x")
    points = [trace for trace in figure.data if trace.mode == "markers+text"]
    assert points[0].text == ("teacher",)
    for (name, vector), point in zip(VECTORS.items(), points[1:], strict=True):
        place = np.array([point.x[0], point.y[0]])
        np.testing.assert_allclose(place, vector / np.hypot(*vector), atol=1e-12)
        apart = distill.distance(torch.tensor(vector)[None], torch.tensor(TEACHER)[None])
        assert point.text == (f"{name}: {apart.item():.1f}",)


def test_arrows_end_where_the_vectors_do():
    figure = viz.directions_figure(VECTORS, TEACHER, alt="x", title="t")
    tips = [(trace.x[1], trace.y[1]) for trace in figure.data if trace.mode == "lines+markers"]
    assert tips == [tuple(vector) for vector in (TEACHER, *VECTORS.values())]
    assert figure.layout.meta["alt"] == "x"


@pytest.mark.parametrize("wrong", [[0.0, 0.0], [1.0, 2.0, 3.0]])
def test_what_has_no_direction_in_the_plane_is_refused(wrong):
    with pytest.raises(ValueError, match="two numbers that are not both zero"):
        viz.directions_figure({"wrong": np.array(wrong)}, TEACHER, alt="x")
