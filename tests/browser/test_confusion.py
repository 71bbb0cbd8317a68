"""A click on a cell of the matrix of gestures shows its two hands, with a mouse and with a finger."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import plotly
import pytest
import torch

from hands import mano, viz
from hands.gesture.pretraining import NUM_FINE
from hands.mano.gestures import FINE_NAMES
from hands.viz.confusion_figures import gesture_shapes
from hands.viz.sphinx_ext import figure_html
from tests.browser.conftest import write_page

pytestmark = pytest.mark.browser

SHOWN = """el => { const gd = el.querySelector('.js-plotly-plot');
  return { words: gd.layout.annotations.map(({ text }) => text), ring: gd.layout.shapes[0],
    hands: gd.data.slice(-2).map((mesh) => ['x', 'y', 'z'].map((axis) => Array.from(mesh[axis]))) }; }"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("confusion")
    counts = 10 * torch.eye(NUM_FINE, dtype=torch.long)
    counts[1, 0] = 5
    counts[9, 30] = 3
    figure = viz.confusion_figure(mano.load(), {"fine": counts}, alt="Hands.")
    shutil.copy(Path(plotly.__file__).parent / "package_data" / "plotly.min.js", folder)
    return write_page(folder, figure_html(json.loads(figure.to_json())))


@pytest.mark.parametrize("look", ["light", "phone"])
def test_a_cell_shows_its_two_hands(visit, file, look):
    opened = visit(file.as_uri(), look)
    assert opened.draw(".bookfig") == ["drawn"]
    figure = opened.page.locator(".bookfig")
    before = figure.evaluate(SHOWN)
    assert "<b>fingerspreadrelaxed</b>" in before["words"][0]
    assert "<b>neutral_relaxed</b>" in before["words"][1]
    if look == "phone":
        figure.locator(".bookfig-shield").click()
    box = figure.locator(".nsewdrag").first.bounding_box()
    x, y = (box[edge] + box[size] * (k + 0.5) / NUM_FINE for edge, size, k in (("x", "width", 30), ("y", "height", 9)))
    (opened.page.touchscreen.tap if look == "phone" else opened.page.mouse.click)(x, y)
    changed = "el => el.querySelector('.js-plotly-plot').layout.annotations[0].text.includes('tuck')"
    opened.page.wait_for_function(changed, arg=figure.element_handle())
    after = figure.evaluate(SHOWN)
    assert FINE_NAMES[9] in after["words"][0]
    assert FINE_NAMES[30] in after["words"][1]
    assert (after["ring"]["x0"], after["ring"]["y0"]) == (29.5, 8.5)
    shapes = gesture_shapes(mano.load())
    for seen, k in zip(after["hands"], (9, 30), strict=True):
        moved = np.array(seen).T - shapes[k]
        np.testing.assert_allclose(moved, np.broadcast_to(moved[0], moved.shape), rtol=0, atol=1e-3)
    assert opened.troubles == []
