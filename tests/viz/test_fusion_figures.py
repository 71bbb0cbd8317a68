"""The figures of the fusion teacher: every token where it is, every arrow from a box to a box."""

import numpy as np
import pytest
import torch

from hands import viz
from hands.viz import fusion_figures

NOISE = np.random.default_rng(0).random((6, 4))
MASKS = {
    kind: {str(ratio): torch.from_numpy(ratio + shift > NOISE) for ratio in (0.2, 0.5, 0.8)}
    for kind, shift in (("frames", 0.0), ("joints", 0.1))
}


def test_a_panel_shows_its_mask_with_frames_to_the_right():
    traces = iter(viz.hidden_tokens_figure(MASKS, alt="x").data)
    for row in MASKS.values():
        for mask in row.values():
            trace = next(traces)
            np.testing.assert_array_equal(trace.z, mask.numpy().T)
            assert set(trace.customdata[trace.z == 1].ravel()) <= {"hidden"}
            assert set(trace.customdata[trace.z == 0].ravel()) <= {"visible"}
    assert next(traces, None) is None


def test_panels_have_their_titles_and_joints_run_downwards():
    figure = viz.hidden_tokens_figure(MASKS, alt="x", title="t")
    assert {a.text for a in figure.layout.annotations} == {"frames", "joints", "0.2", "0.5", "0.8"}
    assert all(axis.autorange == "reversed" for axis in figure.select_yaxes())
    assert all(list(axis.tickvals) == [0, 2, 4] for axis in figure.select_xaxes()), (
        "no tick at the end meets the next 0"
    )
    assert figure.layout.meta["alt"] == "x"


def test_hidden_and_visible_differ_in_lightness():
    def lightness(colour):
        return sum(w * int(colour[k : k + 2], 16) for w, k in ((0.3, 1), (0.6, 3), (0.1, 5)))

    assert lightness(fusion_figures.SEEN) > 3 * lightness(fusion_figures.HIDDEN)


def test_rows_of_different_columns_are_refused():
    for masks in ({}, {"a": {}}, {"a": {"x": NOISE > 1}, "b": {"y": NOISE > 1}}):
        with pytest.raises(ValueError, match="same columns"):
            viz.hidden_tokens_figure(masks, alt="x")


def test_arrows_go_from_the_border_of_a_box_to_the_border_of_the_next():
    layout = viz.teacher_figure(alt="x").layout
    boxes = dict(zip(fusion_figures.BOXES, layout.shapes, strict=True))
    arrows = [a for a in layout.annotations if a.showarrow]
    for (start, end), arrow in zip(fusion_figures.ARROWS, arrows, strict=True):
        for name, x, y in ((start, arrow.ax, arrow.ay), (end, arrow.x, arrow.y)):
            box = boxes[name]
            assert box.x0 <= x <= box.x1
            assert box.y0 <= y <= box.y1
            on_border = np.isclose([x, x, y, y], [box.x0, box.x1, box.y0, box.y1])
            assert on_border.any()


def test_boxes_do_not_overlap_and_hold_their_words():
    layout = viz.teacher_figure(alt="x").layout
    words = [a for a in layout.annotations if not a.showarrow]
    for k, box in enumerate(layout.shapes):
        assert box.x0 < words[k].x < box.x1
        assert box.y0 < words[k].y < box.y1
        others = [other for other in layout.shapes if other is not box]
        assert all(o.x1 <= box.x0 or o.x0 >= box.x1 or o.y1 <= box.y0 or o.y0 >= box.y1 for o in others)
