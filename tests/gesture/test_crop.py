"""Squares around hands, against cutting by hand and against a ramp whose value says where one looks."""

from __future__ import annotations

import numpy as np
import pytest

from hands.gesture.crop import CHUNK, ROOM, boxes, cut


def test_a_box_holds_the_keypoints_in_its_middle() -> None:
    pixels = np.random.default_rng(0).uniform(10, 90, (5, 21, 2))
    for own, (x, y, side) in zip(pixels, boxes(pixels), strict=True):
        assert side == pytest.approx(ROOM * max(np.ptp(own, 0)))
        inside = (own - [x, y]) / (side / 2)
        assert np.abs(inside).max() == pytest.approx(1 / ROOM)
        assert inside.min(0) == pytest.approx(-inside.max(0))


def test_a_box_of_whole_pixels_is_cut_out_as_it_is() -> None:
    images = np.random.default_rng(1).integers(0, 256, (CHUNK + 1, 16, 16, 3), dtype=np.uint8)
    found = cut(images, np.tile([[6.0, 9.0, 8.0]], (CHUNK + 1, 1)), 4).permute(0, 2, 3, 1).numpy()
    for picture, own in zip(images, found, strict=True):
        means = picture[5:13, 2:10].reshape(4, 2, 4, 2, 3).mean((1, 3))
        assert np.abs(own - means).max() <= 0.501  # rounded


def test_a_pixel_shows_the_place_that_the_box_says() -> None:
    """On a ramp of 2 along x and 3 along y, whatever the sizes."""
    y, x = np.mgrid[:32, :32] + 0.5
    image = np.broadcast_to(np.round(2 * x + 3 * y)[None, :, :, None], (1, 32, 32, 3)).astype(np.uint8)
    for mx, my, extent, side in ((15.0, 18.0, 20.0, 8), (17.5, 12.0, 9.0, 12)):
        found = cut(image, np.array([[mx, my, extent]]), side)[0, 1].numpy()
        rows, columns = np.mgrid[:side, :side] + 0.5
        expected = 2 * (mx - extent / 2 + columns * extent / side) + 3 * (my - extent / 2 + rows * extent / side)
        assert np.abs(found - expected).max() <= 1.01  # both are rounded


def test_where_the_box_leaves_the_picture_its_edge_goes_on() -> None:
    image = np.zeros((1, 8, 8, 3), np.uint8)
    image[:, :, 0] = (10, 20, 30)
    image[:, :, -1] = (40, 50, 60)
    found = cut(image, np.array([[4.0, 4.0, 24.0]]), 6)[0]
    assert found[:, 3, 0].tolist() == [10, 20, 30]
    assert found[:, 0, 5].tolist() == [40, 50, 60]
