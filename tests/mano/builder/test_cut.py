"""Reference: a tube whose rings are known."""

import numpy as np
import pytest

from hands.mano.builder.cut import CUT_BEHIND_WRIST, cut_right_hand
from hands.mano.builder.makehuman import Body

from .shapes import tube

SIDES, RINGS, STEP = 8, 30, 0.01


def forearm(order=None):
    """A tube along +x with the elbow at 0.02, the wrist at 0.16 and the fingertip at its end, 0.29."""
    vertices, quads = tube(RINGS, SIDES, step=STEP)
    order = np.arange(len(vertices)) if order is None else order
    marks = np.array([[0.02, 0, 0], [0.16, 0, 0], [0.29, 0, 0.03]])
    points = np.concatenate([vertices[np.argsort(order)], marks])
    groups = {"body": order[quads]}
    for i, group in enumerate(("joint-r-elbow", "joint-r-hand", "joint-r-finger-3-4")):
        groups[group] = np.full((1, 4), len(vertices) + i)
    return Body(points, groups)


@pytest.mark.parametrize("seed", [None, 0, 1])
def test_the_cut_runs_just_behind_the_wrist(seed):
    order = None if seed is None else np.random.default_rng(seed).permutation(SIDES * RINGS)
    body = forearm(order)
    vertex_ids, quads = cut_right_hand(body)
    x = body.vertices[vertex_ids, 0]
    assert x.min() == pytest.approx(0.16 - CUT_BEHIND_WRIST)
    assert x.max() == pytest.approx(0.29)
    assert len(vertex_ids) == SIDES * (RINGS - 15)
    assert len(quads) == SIDES * (RINGS - 16)
    assert sorted(np.unique(quads)) == list(range(len(vertex_ids)))


def test_faces_keep_their_corners():
    body = forearm()
    vertex_ids, quads = cut_right_hand(body)
    whole = {tuple(sorted(quad)) for quad in body.quads["body"].tolist()}
    assert {tuple(sorted(quad)) for quad in vertex_ids[quads].tolist()} <= whole


def test_a_loop_that_ends_is_refused():
    body = forearm()
    without_one = np.delete(body.quads["body"], SIDES * 15 + 3, axis=0)  # a hole at the cut
    with pytest.raises(ValueError, match="edge loop ends"):
        cut_right_hand(Body(body.vertices, body.quads | {"body": without_one}))
