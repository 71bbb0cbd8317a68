"""Who is taken for whom: counts stand in their cells, and the two hands of a cell are those of its row and column."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import torch

from hands import mano, viz
from hands.gesture.pretraining import COARSE_OF_FINE, NUM_COARSE, NUM_FINE
from hands.mano.gestures import COARSE_NAMES, FINE_NAMES, key_pose
from hands.viz.confusion_figures import APART_MM, gesture_shapes, most_confused
from hands.viz.scene import camera_axes


@pytest.fixture(scope="module")
def hand():
    return mano.load()


@pytest.fixture(scope="module")
def counts():
    """All right but for nine claws that are called a cup, and one point that is called a fist."""
    fine = 10 * torch.eye(NUM_FINE, dtype=torch.long)
    fine[FINE_NAMES.index("claws"), FINE_NAMES.index("cup")] = 9
    coarse = 10 * torch.eye(NUM_COARSE, dtype=torch.long)
    coarse[COARSE_NAMES.index("point"), COARSE_NAMES.index("fist")] = 1
    return {"fine": fine, "coarse": coarse}


@pytest.fixture(scope="module")
def figure(hand, counts):
    return viz.confusion_figure(hand, counts, alt="x")


def test_a_cell_says_how_many_and_of_how_many(figure):
    heat = figure.data[0]
    claws, cup = FINE_NAMES.index("claws"), FINE_NAMES.index("cup")
    assert heat.z[claws][cup] == pytest.approx(100 * 9 / 19, abs=0.05)
    assert heat.text[claws][cup] == "made: claws<br>called: cup<br>9 of 19 pictures"
    assert heat.z[cup][claws] is None, "nothing is no colour"
    assert figure.layout.yaxis.autorange == "reversed"


def test_the_slider_changes_the_level_and_leaves_the_hands(figure):
    steps = figure.layout.sliders[0].steps
    assert [step.label for step in steps] == ["fine", "coarse"]
    assert list(steps[1].args[0]["visible"]) == [False, False, True, True, True, True]
    assert all(step.args[1] == {"shapes[0].visible": False} for step in steps), "the ring was of another matrix"
    assert [trace.type for trace in figure.data] == ["heatmap", "scatter", "heatmap", "scatter", "mesh3d", "mesh3d"]


def test_frames_are_around_fine_classes_of_one_coarse_class(figure):
    lines = figure.data[1]
    inside = {
        k for low, high in zip(lines.x[0::6], lines.x[1::6], strict=True) for k in range(NUM_FINE) if low < k < high
    }
    assert inside == {k for k in range(NUM_FINE) if COARSE_OF_FINE.count(COARSE_OF_FINE[k]) > 1}
    assert len(lines.x) == 6 * 6
    assert lines.x[1::6] == lines.y[2::6]
    assert not figure.data[3].x


def test_at_first_the_two_are_shown_that_are_confused_most(figure, hand):
    assert [note.text for note in figure.layout.annotations] == [
        "on the left, made: <b>claws</b>",
        "on the right, called: <b>cup</b>",
    ]
    (ring,) = figure.layout.shapes
    assert (ring.x0 + 0.5, ring.y0 + 0.5) == (FINE_NAMES.index("cup"), FINE_NAMES.index("claws"))
    shapes, right = gesture_shapes(hand), camera_axes("palm")[0]
    edges = []
    for trace, name, sign in zip(figure.data[4:], ("claws", "cup"), (-1, 1), strict=True):
        seen, shape = np.stack([trace.x, trace.y, trace.z], 1), shapes[FINE_NAMES.index(name)]
        moved = seen - shape
        np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), rtol=0, atol=1e-3)
        assert np.cross(moved[0], right) == pytest.approx(np.zeros(3), abs=1e-3)
        edges.append(sign * (sign * seen @ right).min())
    assert edges == pytest.approx([-APART_MM / 2, APART_MM / 2], abs=0.11), "they do not run into each other"


def test_the_page_has_every_hand_and_knows_whose_it_is(figure, hand):
    pick, shapes = figure.layout.meta["pick"], gesture_shapes(hand)
    for packed, shape in zip(pick["hands"], shapes, strict=True):
        read = np.frombuffer(base64.b64decode(packed), "<i2").reshape(-1, 3) * pick["unit"]
        np.testing.assert_allclose(read, shape, rtol=0, atol=1e-3)
    assert pick["of"]["0"] == list(range(NUM_FINE))
    assert [COARSE_OF_FINE[k] for k in pick["of"]["2"]] == list(range(NUM_COARSE))
    assert pick["names"] == {"0": list(FINE_NAMES), "2": list(COARSE_NAMES)}
    assert [figure.data[k].type for k in pick["meshes"]] == ["mesh3d"] * 2
    claws = FINE_NAMES.index("claws")
    seen = np.stack([figure.data[4][axis] for axis in "xyz"], 1)
    np.testing.assert_allclose(shapes[claws] + pick["shifts"][0][claws], seen, rtol=0, atol=0.06)


def test_hands_keep_their_form_and_stand_upright(hand):
    """Distances are those of the posed hand; who holds fingers up is seen with them above the wrist."""
    shapes, up = gesture_shapes(hand), camera_axes("palm")[1]
    for name in ("three_count", "two_count", "rocker"):
        shape, pose = shapes[FINE_NAMES.index(name)], key_pose(name, hand.data)
        with torch.no_grad():
            posed = hand(global_orient=pose[0], hand_pose=pose[1:])
        span = 1000 * (posed.vertices[320] - posed.vertices[744]).norm()
        assert np.linalg.norm(shape[320] - shape[744]) == pytest.approx(float(span), abs=0.2)
        assert (shape[320] - shape.mean(0)) @ up > 30  # the index fingertip, mm


def test_the_largest_share_wins_not_the_largest_count():
    assert most_confused(torch.tensor([[90, 10, 0], [1, 1, 0], [0, 0, 5]])) == (1, 0)


@pytest.mark.parametrize("wrong", [{"fine": torch.zeros(27, 27)}, {"other": torch.zeros(27, 27)}])
def test_other_matrices_are_refused(hand, wrong):
    with pytest.raises(ValueError, match=r"expected coarse \(27, 27\) or fine \(35, 35\)"):
        viz.confusion_figure(hand, {name: own.long() for name, own in wrong.items()}, alt="x")
    with pytest.raises(ValueError, match="counts is empty"):
        viz.confusion_figure(hand, {}, alt="x")
