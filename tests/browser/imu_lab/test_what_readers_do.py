"""What readers do to a sensor lab, with a mouse, with keys and with a finger, and what the machine is spared."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import imu, viz
from hands.motion import Motion
from tests.browser.conftest import NO_WEBGL
from tests.browser.imu_lab.conftest import (
    LAB,
    check,
    expect,
    in_page,
    next_picture,
    phone_sizes,
    shown_signals,
    state,
)

pytestmark = pytest.mark.browser


def test_the_choices_decide_what_is_measured(opened, hand, motions):
    page, glove = opened(), {sensor.name: sensor for sensor in imu.GLOVE}
    expect(page, hand, motions["at 120"], glove["index"], 120)
    page.get_by_label("Movement").select_option("at 60")
    page.get_by_label("Sensor", exact=True).select_option("back of the hand")
    check(page, "30")
    expect(page, hand, motions["at 60"], glove["palm"], 30)
    check(page, "133 ms")
    expect(page, hand, motions["at 60"], glove["palm"], 30, 2 / 15)
    check(page, "without")
    expect(page, hand, motions["at 60"], glove["palm"], 30, 2 / 15, gravity=False)
    assert page.locator(".imulab-plottitle").first.inner_text() == "Acceleration m/s²"
    page.wait_for_function("document.querySelector('.imulab [role=status]').textContent.includes('without gravity')")


def test_the_reference_stands_behind_unless_it_is_what_is_shown(opened, hand, motions):
    page = opened()
    finest = imu.simulate(motions["at 120"], hand, imu.subset(imu.GLOVE, "index"), fps=120.0, half_window=1 / 120)
    ghost = np.reshape(page.evaluate(f"Array.from({LAB}.plots.acc.ghost.values)"), (-1, 3))
    np.testing.assert_allclose(ghost, finest.acc[0], rtol=0, atol=1e-4)
    check(page, "one frame")
    assert page.evaluate(f"{LAB}.plots.acc.ghost") is None
    assert not page.locator(".imulab-ghostkey").is_visible()


ON_THE_SCREEN = """
(lab) => {
  const { stage } = lab, { points, normals } = stage.surface, { place } = stage.scene, { towards } = stage.seen;
  return Array.from({ length: 778 }, (_, v) => {
    const at = stage.project([0, 1, 2].map((a) => points[3 * v + a] + place[a]));
    const facing = [0, 1, 2].reduce((sum, a) => sum + normals[3 * v + a] * towards[a], 0);
    return [at.x, at.y, at.near, facing, v % 3 ? -1 : stage.pick(at.x, at.y)]; // a third will do
  });
}
"""


def in_sight(faces, x, y, near):
    """Which vertices no triangle hides, of all that cover their places on the screen."""
    a, b, c = (np.stack([x, y, near], -1)[faces[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    px, py = x[:, None] - a[:, 0], y[:, None] - a[:, 1]
    v = (px * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * py) / area
    w = ((b[:, 0] - a[:, 0]) * py - px * (b[:, 1] - a[:, 1])) / area
    depth = (1 - v - w) * a[:, 2] + v * b[:, 2] + w * c[:, 2]
    return ~((v >= 0) & (w >= 0) & (v + w <= 1) & (depth > near[:, None] + 1e-3)).any(1)


def test_a_tap_puts_the_sensor_on_the_skin_that_one_sees(opened, hand, motions):
    """A vertex in sight takes its own tap, but for a few at edges of fingers; one behind never does."""
    page = opened()
    x, y, near, facing, picked = np.array(in_page(page, ON_THE_SCREEN), float).T
    picked = picked.astype(int)
    seen = in_sight(hand.data.faces, x, y, near) & (facing > 0.3) & (picked >= 0)
    assert seen.sum() > 40
    assert (picked[seen] == np.flatnonzero(seen)).mean() > 0.95
    assert np.hypot(x - x[picked], y - y[picked])[seen].max() < 8
    tapped = picked >= 0
    assert (near[picked] > near - 0.005)[tapped].all()

    vertex = int(np.flatnonzero(seen & (picked == np.arange(778)))[0])
    box = page.locator(".handslab-stage").bounding_box()
    page.mouse.click(box["x"] + x[vertex], box["y"] + y[vertex])
    assert state(page, "state.sensor.on.vertex") == vertex
    assert page.get_by_label("Vertex").input_value() == str(vertex)
    expect(page, hand, motions["at 120"], imu.Sensor("here", vertex), 120)


def test_it_plays_loops_and_stops(opened):
    page = opened()
    assert not state(page, "state.playing"), "nothing moves before the reader wants it to"
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{LAB}.state.time > 0.2")
    page.evaluate(f"{LAB}.setState({{ time: {LAB}.motion.duration - 0.01 }})")
    page.wait_for_function(f"{LAB}.state.time < 1")
    page.get_by_role("button", name="Pause").click()
    time = state(page, "state.time")
    next_picture(page)
    assert state(page, "state.time") == time
    numbers = page.locator(".imulab-number").all_inner_texts()
    shown = np.array([float(text.replace("−", "-")) for text in numbers[:3]])
    record = int(time * 120 + 1e-6)
    np.testing.assert_allclose(shown, shown_signals(page)[0][record], atol=0.051)


def test_the_traces_can_be_pulled_through_time_and_tapped(opened):
    page = opened()
    plot = page.locator(".imulab-trace").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 40)
    tapped = state(page, "state.time")
    assert 0.8 < tapped < 1.2
    page.mouse.move(box["x"] + 200, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 42, steps=5)
    page.mouse.up()
    per_pixel = page.evaluate(f"{LAB}.plots.acc.secondsPerPixel()")
    assert state(page, "state.time") == pytest.approx(tapped + 50 * per_pixel, abs=2 * per_pixel)


def drag(page, dx, dy, steps=12):
    box = page.locator(".handslab-stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=steps)
    page.mouse.up()


TOLD = f"{LAB}.element.addEventListener('imulab-recorded', (event) => {{ window.told = event.detail; }})"


def test_the_readers_own_movement_is_recorded_and_measured(opened, hand):
    """Dragged, then turned, and played again at once; Python measures the same of what was recorded."""
    page = opened()
    page.evaluate(TOLD)
    page.get_by_role("button", name="Move it yourself").click()
    assert not page.get_by_role("button", name="Play").is_enabled()
    drag(page, 60, -20)
    page.wait_for_function(f"{LAB}.state.held.seconds > 0.4")
    check(page, "turns it")
    drag(page, 80, 0)
    page.wait_for_function(f"{LAB}.state.held.seconds > 1.2")
    page.get_by_role("button", name="Stop").click()
    page.wait_for_function(f"{LAB}.state.playing && {LAB}.state.time > 0")
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_label("Movement").evaluate("(el) => el.selectedOptions[0].text") == "Your movement 1"

    told, up = page.evaluate("told"), state(page, "lab.stage.seen.up")
    betas, turns, places = (torch.tensor(told[name], dtype=torch.float64) for name in ("betas", "turns", "places"))
    turns = turns.reshape(-1, 17, 3)
    motion = Motion(betas, turns[:, 0], turns[:, 1:16], places.reshape(-1, 3), turns[:, 16], float(told["fps"]))
    assert len(motion) > 1.2 * 120
    assert float((motion.transl[-1] - motion.transl[0]).norm()) > 0.01
    turned = Rotation.from_rotvec(turns[-1, 0].numpy()) * Rotation.from_rotvec(turns[0, 0].numpy()).inv()
    np.testing.assert_allclose(turned.as_rotvec(), 80 * np.pi / 360 * np.array(up), atol=0.02)
    expect(page, hand, motion, imu.subset(imu.GLOVE, "index")[0], 120)
    acc, gyro = shown_signals(page)
    assert np.abs(gyro).max() > 0.3
    assert np.abs(acc).max() < 60, "pixels make no spikes"


def test_a_movement_ends_by_itself(opened):
    page = opened()
    page.get_by_role("button", name="Move it yourself").click()
    drag(page, 30, 0)
    page.evaluate(f"{LAB}.state.held.advance(7.9 * 120)")
    page.wait_for_function(f"!{LAB}.state.held")
    assert state(page, "lab.motions.at(-1).duration") == pytest.approx(8)


def test_a_movement_that_never_began_leaves_nothing(opened):
    page = opened()
    page.get_by_role("button", name="Move it yourself").click()
    page.get_by_role("button", name="Stop").click()
    assert state(page, "lab.motions.length") == 3
    assert state(page, "state.held") is None
    page.wait_for_function("document.querySelector('.imulab [role=status]').textContent === 'Nothing was recorded'")


def test_with_reduced_motion_nothing_moves_by_itself(opened):
    page = opened()
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("button", name="Move it yourself").click()
    drag(page, 30, 0)
    page.wait_for_function(f"{LAB}.state.held.seconds > 0.7")
    page.get_by_role("button", name="Stop").click()
    assert state(page, "lab.motions.length") == 4
    assert not state(page, "state.playing")


# ---- keyboard, screen reader, phone, dark ----


def test_everything_can_be_done_with_the_keyboard(opened):
    page = opened()
    stage = page.locator(".handslab-stage")
    stage.focus()
    turn = state(page, "lab.stage.view.turn")
    page.keyboard.press("ArrowRight")
    assert state(page, "lab.stage.view.turn") == pytest.approx(turn + 8)
    page.get_by_label("Vertex").fill("500")
    page.keyboard.press("Enter")
    assert state(page, "state.sensor.on.vertex") == 500
    page.get_by_role("slider", name="Time").focus()
    page.keyboard.press("ArrowRight")
    assert state(page, "state.time") == pytest.approx(1 / 30, abs=1e-6)
    page.get_by_role("radio", name="120", exact=True).focus()
    page.keyboard.press("ArrowLeft")
    assert state(page, "state.rate") == 100
    page.get_by_role("button", name="Move it yourself").focus()
    page.keyboard.press("Enter")
    assert stage.evaluate("(el) => el === document.activeElement")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    page.wait_for_function(f"{LAB}.state.held.seconds > 0.7")
    page.keyboard.press("Escape")
    assert state(page, "lab.motions.length") == 4


def test_on_a_phone_everything_fits_and_is_large_enough_to_touch(phone, ideal_lab):
    page = phone(ideal_lab)
    assert phone_sizes(page) == (390, [])
    page.get_by_role("button", name="Move it yourself").tap()
    assert phone_sizes(page) == (390, [])


def test_a_finger_scrolls_the_page_until_it_holds_the_hand(phone, ideal_lab):
    page = phone(ideal_lab)
    page.evaluate("document.body.style.paddingBottom = '900px'")
    touches = page.context.new_cdp_session(page)

    def swipe():
        box = page.locator(".handslab-stage").bounding_box()
        x, y = box["x"] + 150, box["y"] + box["height"] - 70
        touches.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 11):
            touches.send(
                "Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 12 * step}]}
            )
            page.wait_for_timeout(20)
        touches.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    view = state(page, "lab.stage.view")
    swipe()
    page.wait_for_function("scrollY > 50")
    assert state(page, "lab.stage.view") == view
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("button", name="Move it yourself").tap()
    page.wait_for_function(f"{LAB}.stage.holding")
    scrolled = page.evaluate("scrollY")
    swipe()
    page.wait_for_function(f"{LAB}.state.held.begun")
    assert page.evaluate("scrollY") == scrolled


def test_colours_follow_the_theme(opened):
    page = opened()
    before = state(page, "lab.plots.acc.colours")
    assert len({*before["axes"], before["force"]}) == 4
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{LAB}.plots.acc.colours.axes[0] !== '{before['axes'][0]}'")


# ---- the machine ----


def test_one_webgl_context_is_enough_and_is_given_back_far_from_the_screen(opened):
    page = opened()
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{LAB}.state.time > 0.1")
    assert page.evaluate("contexts") == 1
    page.evaluate("document.body.style.paddingBottom = '6000px'; scrollTo(0, 6000)")
    page.wait_for_function(f"{LAB}.stage.painter === null")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_selector(".imulab[data-state=drawn]")
    frames = state(page, "lab.frames")
    page.wait_for_function(f"{LAB}.frames > {frames}")


def test_several_labs_of_a_page_do_not_disturb_each_other(opened, motions, ideal_lab):
    page = opened(ideal_lab, viz.imu_lab(motions, sensor="thumb"))
    page.locator(".imulab").nth(1).scroll_into_view_if_needed()
    page.wait_for_function("HandsImuLab.labs.every((lab) => lab.element.dataset.state === 'drawn')")
    page.get_by_role("radio", name="30", exact=True).nth(1).check()
    assert page.evaluate("HandsImuLab.labs.map((lab) => [lab.state.rate, lab.state.sensor.name])") == [
        [120, "index"],
        [30, "thumb"],
    ]


def test_without_webgl_it_says_so(opened, wide):
    get = wide.page.evaluate_handle("() => HTMLCanvasElement.prototype.getContext")
    wide.page.evaluate(f"() => {{ {NO_WEBGL} }}")
    page = opened(wait="failed")
    page.evaluate("(get) => { HTMLCanvasElement.prototype.getContext = get; }", get)
    assert "no WebGL" in page.locator(".bookfig-error").inner_text()
