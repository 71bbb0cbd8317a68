"""Figures of pictures: what is pasted where, which dots are rings, and where rays cross the picture."""

import base64
import io

import numpy as np
import pytest
import torch

from hands import gesture, mano, viz
from hands.conventions import KEYPOINT_NAMES
from hands.viz.seeing_figures import GAP, montage

Image = pytest.importorskip("PIL.Image")


def flat(*levels, size=8):
    return [np.full((size, size, 3), level, dtype=np.uint8) for level in levels]


def decoded(trace):
    kind, data = trace.source.split(",")
    assert kind == "data:image/jpeg;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


def test_pictures_go_row_after_row():
    whole = montage(flat(10, 20, 30), columns=2)
    assert whole.shape == (16 + GAP, 16 + GAP, 3)
    step = 8 + GAP
    assert (whole[:8, :8] == 10).all()
    assert (whole[:8, step:] == 20).all()
    assert (whole[step:, :8] == 30).all()


def test_a_sheet_shows_its_pictures_and_their_names():
    figure = viz.sheet_figure(flat(0, 250), columns=2, labels=["dark", "light"], alt="x")
    image, names = figure.data
    shown = decoded(image)
    assert abs(int(shown[4, 4, 0]) - 0) < 12
    assert abs(int(shown[4, -4, 0]) - 250) < 12
    assert list(names.text) == ["dark", "light"]
    assert names.x[1] > 8 + GAP
    assert not figure.layout.sliders


def test_a_slider_shows_one_sheet_at_a_time():
    figure = viz.sheet_figure({"a": flat(0), "b": flat(9)}, first="b", alt="x", labels=["one"])
    assert [trace.visible for trace in figure.data[:2]] == [False, True]
    (slider,) = figure.layout.sliders
    assert [list(step.args[0]["visible"]) for step in slider.steps] == [[True, False, True], [False, True, True]]


@pytest.mark.parametrize("pictures", [[], {"a": flat(1), "b": flat(1, 2)}])
def test_sheets_must_fit_together(pictures):
    with pytest.raises(ValueError, match="same number"):
        viz.sheet_figure(pictures, alt="x")


def test_pictures_must_be_of_one_size():
    with pytest.raises(ValueError, match="expected one"):
        montage([*flat(1), *flat(1, size=4)], columns=2)


def shot(visible):
    pixels = np.stack([np.arange(21.0), 2 * np.arange(21.0)], 1)
    nothing = np.zeros((64, 64))
    picture = np.zeros((64, 64, 3), dtype=np.uint8)
    return gesture.Shot(picture, nothing, visible, np.zeros(3), np.zeros(3), np.zeros((21, 3)), pixels)


def test_dots_are_seen_and_rings_are_hidden():
    visible = np.arange(21) % 3 == 0
    figure = viz.seen_figure({"front": shot(visible), "back": shot(~visible)}, alt="x")
    image, bones, seen, hidden = figure.data[:4]
    assert (image.x0, image.y0) == (0.5, 0.5), "the middle of the first pixel"
    np.testing.assert_array_equal(seen.x, np.arange(21)[visible])
    np.testing.assert_array_equal(hidden.y, 2 * np.arange(21)[~visible])
    assert hidden.marker.symbol == "circle-open"
    assert seen.text[1] == f"{KEYPOINT_NAMES[3]}, seen"
    assert len(bones.x) == 3 * 20
    assert figure.layout.yaxis.range == (64, 0), "v points down"
    with pytest.raises(ValueError, match="shots is empty"):
        viz.seen_figure({}, alt="x")


def test_rays_cross_the_picture_where_the_camera_says():
    hand = mano.load()
    with torch.no_grad():
        output = hand()
    camera = gesture.Camera.looking(np.zeros(3), 0.5, np.array([0.2, 1.0, 0.1]), size=100, field=0.5)
    keypoints = camera.seen(output.keypoints.double().numpy())
    figure = viz.camera_figure(hand, camera.seen(output.vertices.double().numpy()), keypoints, camera, alt="x")
    edge, inside = (
        next(t for t in figure.data if t.name == name) for name in ("the picture's edge", "the hand in the picture")
    )
    corner, right, _, down = np.stack([edge.x, edge.y, edge.z], 1)[:4]
    points = np.stack([inside.x, inside.y, inside.z], 1)[1::3]  # the keypoints but the wrist
    u = (points - corner) @ (right - corner) / np.sum((right - corner) ** 2) * camera.size
    v = (points - corner) @ (down - corner) / np.sum((down - corner) ** 2) * camera.size
    np.testing.assert_allclose(np.stack([u, v], 1), camera.project(keypoints)[1:], rtol=0, atol=1e-3)
