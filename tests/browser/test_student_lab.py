"""The student lab in a browser: it shows what Python recorded, and readers get around with mouse, keys and finger.

All tests share one page, which becomes a phone for the last of them; each begins with the lab as it was opened.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
import torch

from hands import mano, viz
from hands.conventions import KEYPOINT_NAMES
from hands.viz.sphinx_ext import lab_html
from hands.viz.student_lab import STUDENT_LAB
from tests.browser.conftest import COUNT_CONTEXTS, write_page
from tests.experiments.made_up_student_clips import NAMES, made_up

pytestmark = pytest.mark.browser

FRAMES = 8
LAB = "document.querySelector('.studentlab').handsStudentLab"
FRESH = "{ clip: 0, over: true, named: true, time: 0, playing: false, speed: 1 }"


@pytest.fixture(scope="module")
def record():
    return made_up(clips=2, frames=FRAMES)


@pytest.fixture(scope="module")
def visit(lasting_visit, record, tmp_path_factory):
    html = lab_html(STUDENT_LAB, viz.student_lab(record).payload())
    file = write_page(tmp_path_factory.mktemp("student_lab"), html)
    visit = lasting_visit("about:blank", "light", has_touch=True)
    visit.page.add_init_script(COUNT_CONTEXTS)
    visit.page.goto(file.as_uri())
    visit.page.wait_for_selector(".studentlab[data-state=drawn]")
    return visit


@pytest.fixture
def page(visit):
    visit.page.evaluate(f"{LAB}.name(true)")
    visit.page.evaluate(f"{LAB}.setState({FRESH})")
    drawn(visit.page)
    yield visit.page
    visit.page.evaluate(f"{LAB}.pause()")
    assert visit.troubles == []


def drawn(page):
    page.wait_for_function(f"!{LAB}.asked")


def lab(page, expression):
    return page.evaluate(f"(() => {{ const lab = {LAB}, state = lab.state; return {expression} }})()")


DRAWN = """
(lab) => {
  const model = new HandModel(HANDS_MODEL);
  const points = (hand, frame) => {
    const { keypoints, joints } = model.forward(hand.fullPose(frame), hand.betas);
    return keypoints.map((value, i) => value - joints[i % 3]);
  };
  return lab.clips.map((clip) => clip.hands.map((hand) => Array.from({ length: clip.frames }, (_, frame) => {
    const [a, b] = [points(clip.truth, frame), points(hand, frame)], told = Array.from(hand.jointErrors(frame));
    return [told, told.map((_, k) => 1000 * Math.hypot(...[0, 1, 2].map((c) => a[3 * k + c] - b[3 * k + c])))];
  })));
}
"""


def test_the_page_shows_the_errors_that_python_recorded_and_they_are_those_of_the_drawn_hands(page, record):
    told, of_drawn = np.moveaxis(np.array(page.evaluate(f"({DRAWN})({LAB})")), 3, 0)  # (clips, hands, frames, 21)
    np.testing.assert_allclose(told, of_drawn, rtol=0, atol=0.03)
    model = mano.load(dtype=torch.float64)
    for clip, found in zip(record.clips, told, strict=True):
        true = model.keypoints(betas=clip.truth.betas, hand_pose=clip.truth.hand_pose)
        for name, errors in zip(NAMES, found, strict=True):
            said = model.keypoints(betas=clip.said[name].betas, hand_pose=clip.said[name].hand_pose)
            expected = 1000 * ((said - said[:, :1]) - (true - true[:, :1])).norm(dim=-1)
            np.testing.assert_allclose(errors, expected, rtol=0, atol=0.0051)


DOTS = """
(lab) => lab.stage.hands.map(({ hand, marks }, k) => {
  const { stage, clip, frame } = lab, pen = marks.getContext("2d"), errors = clip.hands[k].jointErrors(frame);
  stage.surface.betas = clip.hands[k].betas;
  stage.surface.pose(clip.hands[k].fullPose(frame), false);
  const worst = errors.indexOf(Math.max(...errors)), points = stage.surface.hand.keypoints;
  const at = stage.project(points.subarray(3 * worst, 3 * worst + 3), stage.camera(hand), hand);
  const pixel = pen.getImageData(...at.map((place) => Math.round(place * stage.sharp)), 1, 1).data;
  return [Array.from(pixel), stage.scale.colour(errors[worst])];
})
"""


def test_hidden_names_leave_nothing_that_tells_whose_a_hand_is(page):
    page.evaluate("Math.random = (() => { let k = 0; return () => (9 - k++) / 10; })()")  # turns the order round
    page.get_by_role("radio", name="hidden, to guess").click()
    drawn(page)
    assert lab(page, "lab.order") == [*range(len(NAMES))][::-1]
    assert lab(page, "lab.scene().hands[0] === lab.clip.hands[lab.clip.hands.length - 1]")
    shown = page.locator(".studentlab").inner_text()
    assert not any(name in shown for name in NAMES)
    assert not page.locator(".studentlab-errors").is_visible()
    labels = page.locator(".studentlab [role=img]").evaluate_all("all => all.map((one) => one.ariaLabel).join()")
    assert "millimetres off" not in labels
    page.get_by_role("radio", name="shown", exact=True).click()
    drawn(page)
    assert lab(page, "lab.order") == [*range(len(NAMES))]
    assert all(name in page.locator(".studentlab").inner_text() for name in NAMES)


@pytest.mark.parametrize("over", [True, False])
def test_the_worst_joint_of_each_hand_has_the_colour_of_its_error(page, over):
    page.evaluate(f"{LAB}.setState({{ over: {str(over).lower()}, time: 4 / 30 }})")
    drawn(page)
    for pixel, colour in page.evaluate(f"({DOTS})({LAB})"):
        assert pixel[3] == 255
        np.testing.assert_allclose(pixel[:3], [int(n) for n in re.findall(r"\d+", colour)], atol=3)


def test_colours_are_those_of_the_books_scale_and_end_where_the_legend_says(page):
    colours, most = lab(
        page,
        "[[0, 0.15, 1, 2].map((share) => lab.stage.scale.colour(share * lab.stage.scale.most)), lab.stage.scale.most]",
    )
    hexes = [viz.scene.COLOUR_SCALE[k][1] for k in (0, 1, -1, -1)]
    assert colours == [f"rgb({','.join(str(int(h[i : i + 2], 16)) for i in (1, 3, 5))})" for h in hexes]
    ends = page.locator(".studentlab-ends").inner_text().split()
    assert ends == ["0", f"{most / 2:g}", "≥", str(most), "mm"]
    errors = lab(page, "lab.clips.flatMap((clip) => clip.hands.flatMap((hand) => Array.from(hand.allErrors)))")
    assert np.mean(np.array(errors) <= most) > 0.9


def test_numbers_are_of_the_frame_and_of_the_clip(page):
    page.evaluate(f"{LAB}.seek(5 / 30)")
    for k, name in enumerate(NAMES):
        errors = lab(page, f"Array.from(lab.clip.hands[{k}].errors)")
        cells = page.get_by_role("row", name=name).get_by_role("cell").all_inner_texts()
        assert cells == [f"{errors[5]:.1f} mm", f"{np.mean(errors):.1f} mm"]


def test_everything_is_told_in_words(page):
    page.get_by_label("Movement").select_option("Movement 2")
    means = lab(page, "lab.clip.hands.map((hand) => hand.meanError().toFixed(1))")
    said = "Movement 2. Off on average: " + ", ".join(f"{n} {m} mm" for n, m in zip(NAMES, means, strict=True))
    page.wait_for_function("said => document.querySelector('.studentlab [role=status]').textContent === said", arg=said)
    errors = lab(page, "Array.from(lab.clip.hands[0].jointErrors(0))")
    words = page.locator(".handslab-panel[role=img]").first.get_attribute("aria-label")
    worst = KEYPOINT_NAMES[int(np.argmax(errors))].replace("_", " ")
    assert words == f"teacher: {np.mean(errors):.1f} millimetres off in this frame; most at {worst}, {max(errors):.1f}."
    assert "In this frame: teacher" in page.get_by_role("img", name="Mean error").get_attribute("aria-label")


def test_hands_lie_over_the_true_one_or_beside_it_and_are_turned_together(page):
    panels = page.locator(".handslab-panel")
    assert [panel.is_visible() for panel in panels.all()] == [False, True, True, True]
    page.get_by_role("radio", name="beside it").check()
    boxes = [panel.bounding_box() for panel in panels.all()]
    assert all(a["x"] + a["width"] <= b["x"] + 1 for a, b in pairwise(boxes))
    turn = lab(page, "lab.stage.view.turn")
    page.mouse.move(boxes[1]["x"] + 50, boxes[1]["y"] + 100)
    page.mouse.down()
    page.mouse.move(boxes[1]["x"] + 90, boxes[1]["y"] + 100, steps=3)
    page.mouse.up()
    assert lab(page, "lab.stage.view.turn") == pytest.approx(turn - 20)


def test_everything_can_be_done_with_the_keyboard(page):
    page.get_by_role("slider", name="Time").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert lab(page, "lab.frame") == 3
    page.get_by_role("radio", name="over the true hand").focus()
    page.keyboard.press("ArrowRight")
    assert lab(page, "state.over") is False
    page.locator(".handslab-stage").focus()
    turn = lab(page, "lab.stage.view.turn")
    page.keyboard.press("ArrowLeft")
    assert lab(page, "lab.stage.view.turn") == pytest.approx(turn - 8)
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{LAB}.frame !== 3")
    page.get_by_role("button", name="Pause").click()
    assert lab(page, "state.time") == pytest.approx(lab(page, "lab.frame") / 30)


def test_one_webgl_context_is_enough_and_colours_follow_the_theme(page):
    assert page.evaluate("contexts") == 1
    before = lab(page, "lab.chart.colours.hands[0]")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{LAB}.chart.colours.hands[0] !== '{before}'")
    page.evaluate("document.documentElement.dataset.theme = 'light'")


SMALL = """
[...document.querySelectorAll('.studentlab :is(button, select, input)')].filter((el) => el.offsetParent)
  .map((el) => [el.outerHTML.slice(0, 80), el.getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < 40).map(([text]) => text)
"""


def test_on_a_phone_everything_fits_and_answers_a_finger(page):
    """Last, for it leaves the page small."""
    page.set_viewport_size({"width": 390, "height": 844})
    for over in ("true", "false"):
        page.evaluate(f"{LAB}.setState({{ over: {over} }})")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(SMALL) == []
    chart = page.locator(".studentlab-chart")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 20, box["y"] + 60)
    assert lab(page, "lab.frame") == FRAMES - 1
