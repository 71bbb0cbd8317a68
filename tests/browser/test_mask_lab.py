"""The mask lab in a browser: it shows what Python recorded, and readers get around in it with mouse, keys and finger.

All tests share one page; each begins with the lab as it was opened.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hands import mano, viz
from hands.metrics import mpjpe
from hands.viz.mask_lab import MASK_LAB
from hands.viz.sphinx_ext import lab_html
from tests.browser.conftest import COUNT_CONTEXTS, NO_WEBGL, write_page
from tests.experiments.made_up_masks import KINDS, RATIOS, made_up

pytestmark = pytest.mark.browser

HAND = mano.load(dtype=torch.float64)
FRAMES = 8
LAB = "document.querySelector('.masklab').handsMaskLab"
FRESH = "{ clip: 0, kind: 'both', share: 2, by: 'teacher', over: false, time: 0, playing: false, speed: 1 }"


@pytest.fixture(scope="module")
def record():
    return made_up(clips=2, frames=FRAMES)


@pytest.fixture(scope="module")
def file(record, tmp_path_factory):
    lab = viz.mask_lab(record, alt="Two hands.")
    return write_page(tmp_path_factory.mktemp("mask_lab"), lab_html(MASK_LAB, lab.payload()))


def opened(lasting_visit, file, look):
    visit = lasting_visit("about:blank", look)
    visit.page.add_init_script(COUNT_CONTEXTS)
    visit.page.goto(file.as_uri())
    visit.page.wait_for_selector(".masklab[data-state=drawn]")
    return visit


@pytest.fixture(scope="module")
def wide(lasting_visit, file):
    return opened(lasting_visit, file, "light")


@pytest.fixture
def page(wide):
    wide.page.evaluate(f"{LAB}.setState({FRESH})")
    drawn(wide.page)
    yield wide.page
    wide.page.evaluate(f"{LAB}.pause()")
    assert wide.troubles == []


def drawn(page):
    page.wait_for_function(f"!{LAB}.asked")


def lab(page, expression):
    return page.evaluate(f"(() => {{ const lab = {LAB}, state = lab.state; return {expression} }})()")


# ---- what was recorded ----


READ = """
(lab) => {
  const read = ({ betas, turns, errors, hidden }) => [betas, turns, errors ?? [], hidden].map((x) => Array.from(x));
  return lab.clips.map((clip) => ({
    truth: read(clip.truth), blind: read(clip.blind),
    guesses: lab.payload.kinds.map((kind) => lab.payload.ratios.map((_, share) => read(clip.guess(kind, share)))),
  }));
}
"""


def test_the_page_reads_what_python_recorded(page, record):
    for clip, found in zip(record.clips, page.evaluate(f"({READ})({LAB})"), strict=True):
        truth = HAND.keypoints(betas=clip.truth.betas, hand_pose=clip.truth.hand_pose)
        read = {(k, r): found["guesses"][i][j] for i, k in enumerate(KINDS) for j, r in enumerate(RATIOS)}
        shown = {**clip.guesses, "blind": clip.blind, "truth": clip.truth}
        for key, hand in shown.items():
            betas, turns, errors, hidden = read.get(key) or found[key]
            np.testing.assert_allclose(turns, hand.hand_pose.flatten(), rtol=0, atol=1e-9)
            np.testing.assert_allclose(betas, hand.betas, rtol=0, atol=1e-9)
            if key in clip.hidden:
                assert hidden == clip.hidden[key].flatten().int().tolist()
            if key != "truth":
                points = HAND.keypoints(betas=hand.betas, hand_pose=hand.hand_pose)
                np.testing.assert_allclose(errors, 1000 * mpjpe(points, truth), rtol=0, atol=0.0051)


POSED = """
(lab) => {
  const model = new HandModel(HANDS_MODEL);
  const points = (hand, frame) => model.forward(hand.fullPose(frame), hand.betas).keypoints.slice();
  return lab.clips.map((clip) => Array.from({ length: clip.frames }, (_, frame) => {
    const [a, b] = [points(clip.truth, frame), points(clip.guess("joints", 3), frame)];
    let sum = 0;
    for (let k = 0; k < 63; k += 3) sum += Math.hypot(...[0, 1, 2].map((c) => b[k + c] - b[c] - a[k + c] + a[c]));
    return [(1000 * sum) / 21, clip.guess("joints", 3).errors[frame]];
  }));
}
"""


def test_the_errors_are_those_of_the_hands_that_are_drawn(page):
    drawn_error, told = np.array(page.evaluate(f"({POSED})({LAB})")).transpose(2, 0, 1)
    assert told.min() > 1
    np.testing.assert_allclose(drawn_error, told, rtol=0, atol=0.02)


CELLS = """
(lab) => {
  const { tokens } = lab, pen = tokens.canvas.getContext("2d"), sharp = devicePixelRatio, filled = [];
  for (let frame = 0; frame < lab.clip.frames; frame++)
    for (const { token, row, gaps } of tokens.rows) { // a quarter below the top of a cell, where a hidden one is empty
      const at = [tokens.x(frame + 0.5), 2 + (row + 0.25) * tokens.row + 4 * gaps];
      const pixel = pen.getImageData(...at.map((place) => Math.round(place * sharp)), 1, 1).data;
      filled.push([frame, token, pixel[3] > 128]);
    }
  return filled;
}
"""


def test_the_table_shows_which_tokens_are_hidden(page, record):
    for kind, share in (("joints", 1), ("frames", 2), ("both", 3)):
        page.evaluate(f"{LAB}.setState({{ kind: '{kind}', share: {share} }})")
        drawn(page)
        hidden = record.clips[0].hidden[kind, RATIOS[share]]
        assert 0.1 < hidden.double().mean() < 0.95
        for frame, token, filled in page.evaluate(f"({CELLS})({LAB})"):
            assert filled != bool(hidden[frame, token]), (kind, frame, token)


def test_the_table_is_told_in_words(page, record):
    page.evaluate(f"{LAB}.setState({{ kind: 'joints', share: 3, time: 4 / 30 }})")
    said = page.get_by_role("img", name="Table of tokens").get_attribute("aria-label")
    hidden = record.clips[0].hidden["joints", 0.75]
    assert f"{100 * hidden.double().mean():.0f} percent are hidden" in said
    given = [k for k in range(15) if not hidden[4, k]]
    names = lab(page, "lab.tokens.names.slice(1)")
    here = said.split("this frame: ")[1].split(". Error")[0]
    assert sorted(here.split(", ")) == sorted(names[k] for k in given)


PIXELS = """
([hand, name]) => {
  const canvas = hand.stage.panels[name].hand, { width, height } = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const at = (x, y) => data[4 * (Math.round(y) * width + Math.round(x)) + 3] > 128;
  const scene = hand.scene(), shown = scene[name];
  hand.stage.surface.betas = shown.betas;
  hand.stage.surface.pose(shown.fullPose(scene.frame), false);
  const points = hand.stage.surface.hand.joints, camera = hand.stage.camera(canvas);
  const place = (j) => hand.stage.project(points.subarray(3 * j, 3 * j + 3), camera, canvas);
  return Array.from({ length: 16 }, (_, j) => at(...place(j).map((pixel) => pixel * hand.stage.sharp)));
}
"""


def test_both_hands_are_painted_where_their_joints_are_marked(page):
    for name in ("truth", "guess"):
        inside = page.evaluate(f"(name) => ({PIXELS})([{LAB}, name])", name)
        assert sum(inside) >= 15, name


# ---- what readers do ----


def test_hiding_more_changes_the_numbers(page, record):
    page.get_by_role("slider", name="Hidden").fill("4")
    page.get_by_role("radio", name="whole frames").check()
    assert lab(page, "[state.share, state.kind]") == [4, "frames"]
    assert page.get_by_role("slider", name="Hidden").get_attribute("aria-valuetext") == "100 percent of the pose"
    errors = lab(page, "Array.from(lab.guess.errors)")
    row = page.get_by_role("row", name="the teacher").get_by_role("cell").all_inner_texts()
    assert row == [f"{errors[0]:.1f} mm", f"{np.mean(errors):.1f} mm"]
    page.wait_for_function("document.querySelector('.masklab [role=status]').textContent.includes('100 % of the pose')")
    page.get_by_role("slider", name="Hidden").fill("0")
    assert np.mean(lab(page, "Array.from(lab.guess.errors)")) < np.mean(errors)


def test_the_sensors_alone_are_given_nothing_and_hiding_brings_the_teacher_back(page, record):
    page.get_by_role("radio", name="sensors alone").check()
    assert lab(page, "lab.guess === lab.clip.blind && lab.guess.hiddenShare() === 1")
    assert page.locator(".handslab-name").last.inner_text() == "From the sensors alone"
    page.get_by_role("slider", name="Hidden").fill("1")
    assert lab(page, "[state.by, state.share]") == ["teacher", 1]


def test_another_movement_begins_at_its_beginning(page):
    page.evaluate(f"{LAB}.seek(0.2)")
    page.get_by_label("Movement").select_option("Movement 2")
    assert lab(page, "[lab.clip.name, lab.frame]") == ["Movement 2", 0]


def test_hands_lie_one_over_the_other_and_can_be_turned(page):
    page.get_by_role("radio", name="one over the other").check()
    boxes = [panel.bounding_box() for panel in page.locator(".handslab-panel").all()]
    assert boxes[0] == boxes[1]
    page.get_by_role("radio", name="side by side").check()
    left, right = (panel.bounding_box() for panel in page.locator(".handslab-panel").all())
    assert left["x"] + left["width"] <= right["x"] + 1
    turn = lab(page, "lab.stage.view.turn")
    x, y = left["x"] + 80, left["y"] + 100
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=3)
    page.mouse.up()
    assert lab(page, "lab.stage.view.turn") == pytest.approx(turn - 20)


def test_the_table_can_be_pulled_through_time(page):
    table = page.locator(".masklab-table")
    box, cell = table.bounding_box(), lab(page, "lab.tokens.cell")
    for frame in (3, 5, 30):
        page.mouse.move(box["x"] + 56 + (frame + 0.5) * cell, box["y"] + 40)
        if frame == 3:
            page.mouse.down()
        assert lab(page, "lab.frame") == min(frame, FRAMES - 1)
    page.mouse.up()


def test_it_plays_loops_and_stops_on_a_frame(page):
    assert not lab(page, "state.playing"), "nothing moves before the reader wants it to"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{LAB}.frame > 2")
    page.evaluate(f"{LAB}.state.time = {LAB}.clip.duration")
    page.wait_for_function(f"{LAB}.frame < 4")
    page.get_by_role("button", name="Pause").click()
    frame = lab(page, "lab.frame")
    assert lab(page, "state.time") == pytest.approx(frame / 30)
    assert not lab(page, "state.playing")


def test_everything_can_be_done_with_the_keyboard(page):
    page.get_by_role("slider", name="Hidden").focus()
    page.keyboard.press("ArrowRight")
    assert lab(page, "state.share") == 3
    page.get_by_role("radio", name="both").focus()
    page.keyboard.press("ArrowLeft")
    assert lab(page, "state.kind") == "joints"
    page.get_by_role("slider", name="Time").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert lab(page, "lab.frame") == 2
    page.locator(".handslab-stage").focus()
    turn = lab(page, "lab.stage.view.turn")
    page.keyboard.press("ArrowLeft")
    assert lab(page, "lab.stage.view.turn") == pytest.approx(turn - 8)
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    assert lab(page, "state.playing")


SMALL = """
[...document.querySelectorAll('.masklab :is(button, select, input)')].filter((el) => el.offsetParent)
  .map((el) => [el.outerHTML.slice(0, 80), el.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < 40).map(([text]) => text)
"""


def test_on_a_phone_everything_fits_and_answers_a_finger(lasting_visit, file):
    visit = opened(lasting_visit, file, "phone")
    page = visit.page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(SMALL) == []
    page.get_by_role("radio", name="single joints").tap(force=True)
    box = page.get_by_role("slider", name="Hidden").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    assert lab(page, "[state.kind, state.share]") == ["joints", 4]
    table = page.locator(".masklab-table")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 20, box["y"] + 60)
    assert lab(page, "lab.frame") == FRAMES - 1
    assert visit.troubles == []


# ---- the page and the machine ----


def test_colours_follow_the_theme(page):
    before = lab(page, "lab.tokens.colours.given")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{LAB}.tokens.colours.given !== '{before}'")
    page.evaluate("document.documentElement.dataset.theme = 'light'")


def test_one_webgl_context_is_enough_and_is_given_back_far_from_the_screen(page):
    assert page.evaluate("contexts") == 1
    page.evaluate("document.body.style.paddingBottom = '6000px'; scrollTo(0, 6000)")
    page.wait_for_function(f"{LAB}.stage.painter === null")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_selector(".masklab[data-state=drawn]")
    page.evaluate("document.body.removeAttribute('style')")


RENEW = """
(() => {
  const old = document.querySelector(".masklab"), fresh = document.createElement("div");
  fresh.className = "masklab";
  fresh.append(old.querySelector("script").cloneNode(true));
  old.replaceWith(fresh);
  HandsMaskLab.adopt(fresh);
})()
"""


def test_without_webgl_it_says_so(wide):
    """Last, for it leaves the page with a lab that cannot draw."""
    wide.page.evaluate(f"{LAB}.drop()")
    wide.page.evaluate(f"() => {{ {NO_WEBGL} }}")
    wide.page.evaluate(RENEW)
    wide.page.wait_for_selector(".masklab[data-state=failed]")
    assert "no WebGL" in wide.page.locator(".bookfig-error").inner_text()
