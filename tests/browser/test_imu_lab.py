"""The sensor lab in a browser: its signals are Python's, and everybody can move the hand and place the sensor."""

import json
import shutil

import numpy as np
import pytest
import torch
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from hands import imu, mano, viz
from hands.conventions import GRAVITY_W
from hands.imu.placement import skin_mount
from hands.imu.simulation import physics_grid
from hands.motion import Motion
from hands.viz.imu_lab import HALF_WINDOWS, RATES
from hands.viz.imu_lab_model import write_lab_model
from hands.viz.page_model import write_page_model
from hands.viz.sphinx_ext import PAGE_FILES, lab_html, page_scripts
from tests.browser.conftest import PATIENCE_MS
from tests.mano.tracked_hands import moving_hand

pytestmark = pytest.mark.browser

LAB = "document.querySelector('.imulab').handsImuLab"
COUNT_CONTEXTS = """
  window.contexts = 0;
  const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    const fresh = kind.startsWith("webgl") && !this.counted;
    if (fresh) { this.counted = true; window.contexts += 1; }
    return get.call(this, kind, ...rest);
  };
"""
NO_WEBGL = """
  const get = HTMLCanvasElement.prototype.getContext;
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.startsWith("webgl") ? null : get.call(this, kind, ...rest);
  };
"""


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


def moving(hand, seed, num_frames, fps):
    """A hand that goes from one key pose to the next, turning; its forearm lags behind."""
    pose = moving_hand(hand, seed, num_frames, fps)
    pose["transl"] = 0.3 * (pose["transl"] - pose["transl"].mean(0))
    return Motion(**pose, forearm_orient=0.9 * pose["global_orient"], fps=fps)


@pytest.fixture(scope="module")
def motions(hand):
    return {
        "at 120": moving(hand, 1, 240, 120.0),
        "at 60": moving(hand, 2, 120, 60.0),
        "at 30": moving(hand, 3, 60, 30.0),
    }


def write_page(folder, *labs):
    for file in PAGE_FILES.glob("*.*"):
        shutil.copy(file, folder)
    write_page_model(folder / "hand_model_data.js")
    write_lab_model(folder / "imu_model_data.js")
    records = [json.loads(json.dumps(lab.payload(), sort_keys=True)) for lab in labs]  # as a notebook keeps them
    body = "<p>Some text.</p>".join(map(lab_html, records))
    styles = "".join(f'<link rel="stylesheet" href="{file.name}">' for file in sorted(PAGE_FILES.glob("*.css")))
    scripts = "".join(f'<script defer src="{name}"></script>' for name in page_scripts(body))
    page = folder / "index.html"
    page.write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>Lab</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'{styles}{scripts}<body style="margin: 8px">{body}</body></html>',
        encoding="utf-8",
    )
    return page


@pytest.fixture
def opened(visit, tmp_path, motions):
    """`opened(lab, look=...)` shows labs from a folder and waits until the first is drawn."""

    def open_page(*labs, look="light", script=None, wait="[data-state=drawn]", **options):
        page = write_page(tmp_path, *(labs or [viz.imu_lab(motions)]))
        result = visit("about:blank", look, **options)
        if script:
            result.page.add_init_script(script)
        result.page.goto(page.as_uri())
        result.page.wait_for_selector(f".imulab{wait}")
        return result

    return open_page


@pytest.fixture(scope="module")
def still(browser, tmp_path_factory, motions):
    """One page for all tests that leave it as it was."""
    page = browser.new_context(viewport={"width": 1000, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(write_page(tmp_path_factory.mktemp("still"), viz.imu_lab(motions)).as_uri())
    page.wait_for_selector(".imulab[data-state=drawn]")
    yield page
    page.context.close()


def state(page, expression="state"):
    return page.evaluate(f"(() => {{ const lab = {LAB}, state = lab.state; return {expression} }})()")


def in_page(page, function, given=None):
    """What a function of the lab makes of what it is given."""
    return page.evaluate(f"(given) => ({function})({LAB}, given)", given)


def next_picture(page):
    """Wait until what was asked for is drawn."""
    page.wait_for_function(f"!{LAB}.asked")


def check(page, name):
    """Choose a radio button, whose visible face lies below it."""
    page.get_by_role("radio", name=name, exact=True).check()


# ---- numbers ----

SIGNALS = """
(lab, [cases, sensors]) => {
  const rig = new ImuSensor.SensorRig(new HandModel(HANDS_MODEL), HANDS_IMU);
  return cases.map(([k, rate, halfWindow, gravity]) => {
    const motion = lab.motions[k];
    const { grid, every } = ImuPhysics.physicsGrid(motion.fps, rate, halfWindow, HANDS_IMU.physicsFps);
    return sensors.map((sensor) => {
      const { positions, rotations } = rig.trajectory(motion, sensor, grid);
      const signals = ImuPhysics.sense(positions, rotations, grid, { halfWindow, gravity });
      return [signals.acc, signals.gyro].map((series) => Array.from(ImuPhysics.decimated(series, 3, every)));
    });
  });
}
"""

PLACES = (
    *imu.GLOVE,
    *(imu.Sensor(f"vertex {vertex}", vertex) for vertex in (0, 95, 320, 600, 744, 777)),
    imu.Sensor("turned", "ring2", ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), (0.003, -0.002, 0.01)),
    imu.Sensor(
        "turned on the skin", 333, ((0.36, 0.48, -0.8), (-0.8, 0.6, 0.0), (0.48, 0.64, 0.6)), (0.0, 0.001, 0.002)
    ),
)


@pytest.fixture(scope="module")
def sensors(motions):
    """Every place as the page knows it."""
    glove = viz.imu_lab(motions).payload()["sensors"]
    return glove + [
        {
            "name": place.name,
            "on": {"vertex" if isinstance(place.on, int) else "bone": place.on},
            "offset": place.offset,
            "mounting": sum(place.mounting, ()),
        }
        for place in PLACES[len(glove) :]
    ]


def seconds(half_window, motion, fps):
    """The half-window in seconds; none is one step of the physics."""
    return half_window or 1 / physics_grid(motion.fps, float(fps))[0]


def test_the_signals_are_pythons(still, sensors, hand, motions):
    """Of what travels, to 1e-4 m/s^2 and rad/s: three rates of motions, all records' rates, all windows, no gravity."""
    cases = [
        *((0, rate, 1 / 30, GRAVITY_W) for rate in RATES),
        *((1, rate, half_window, GRAVITY_W) for rate, half_window in zip(RATES, HALF_WINDOWS.values(), strict=True)),
        *((2, rate, 0.0, gravity) for rate, gravity in ((60, GRAVITY_W), (120, (0, 0, 0)))),
    ]
    found = in_page(still, SIGNALS, [[list(case) for case in cases], sensors])
    for (k, rate, half_window, gravity), signals in zip(cases, found, strict=True):
        motion = list(motions.values())[k]
        expected = imu.simulate(motion, hand, PLACES, fps=float(rate), half_window=seconds(half_window, motion, rate))
        weight = expected.rotation.mT @ torch.tensor(GRAVITY_W, dtype=torch.float64)
        acc = expected.acc if any(gravity) else expected.acc + weight
        for place, (got_acc, got_gyro) in enumerate(signals):
            told = f"{PLACES[place].name}, motion {k}, {rate} Hz, {half_window} s, {gravity}"
            np.testing.assert_allclose(np.reshape(got_acc, (-1, 3)), acc[place], rtol=0, atol=1e-4, err_msg=told)
            np.testing.assert_allclose(
                np.reshape(got_gyro, (-1, 3)), expected.gyro[place], rtol=0, atol=1e-5, err_msg=told
            )


def test_every_vertex_has_pythons_axes(still, hand):
    frames = still.evaluate(
        "() => { const rig = new ImuSensor.SensorRig(new HandModel(HANDS_MODEL), HANDS_IMU);"
        "return Array.from({ length: 778 }, (_, v) => rig.mount(v)); }"
    )
    for vertex, frame in enumerate(frames):
        expected = skin_mount(hand.data, vertex).frame
        np.testing.assert_allclose(np.reshape(frame, (3, 3)), expected, rtol=0, atol=1e-12)


HELD = """
(lab, [pulled, turned]) => {
  const start = lab.motions[0], held = new ImuHold.HeldHand(start, 0, "mine");
  held.pull(pulled);
  held.advance(30);
  held.turn(turned);
  held.turn(turned);
  held.advance(200);
  return [held.recorded(), start].map(({ turns, places }) => [turns, places].map((list) => Array.from(list)));
}
"""


def test_a_held_hand_is_the_pointer_behind_three_low_passes(still):
    """Against scipy's filters; its turns add up in the world, and end where the pointer went."""
    pulled, turned = [0.04, -0.01, 0.02], [0.0, 0.0, 0.5]
    got = in_page(still, HELD, [pulled, turned])
    (turns, places), (start_turns, start_places) = [[np.array(series) for series in one] for one in got]
    share = 1 - np.exp(-34 / 120)
    step = np.r_[0.0, np.ones(230)]
    for _ in range(3):
        step = lfilter([share], [1, share - 1], step)
    places = places.reshape(-1, 3) - start_places[:3]
    np.testing.assert_allclose(places, step[:, None] * pulled, rtol=0, atol=1e-9)
    turns, start = turns.reshape(-1, 17, 3), start_turns.reshape(-1, 17, 3)[0]
    np.testing.assert_array_equal(turns[:, 1:16], np.broadcast_to(start[1:16], turns[:, 1:16].shape))
    for joint in (0, 16):
        turn = Rotation.from_rotvec(turns[-1, joint]) * Rotation.from_rotvec(start[joint]).inv()
        np.testing.assert_allclose(turn.as_rotvec(), [0, 0, 1.0], atol=1e-6)
    still = np.arange(31) % 31
    np.testing.assert_allclose(turns[still, 0], np.broadcast_to(start[0], (31, 3)), atol=1e-12)


# ---- what a reader does ----


def shown_signals(page):
    """The traces as they are drawn: (acc, gyro), each (T, 3)."""
    return [np.reshape(page.evaluate(f"Array.from({LAB}.signals.{name}.values)"), (-1, 3)) for name in ("acc", "gyro")]


def expect(page, hand, motion, sensor, fps, half_window=imu.HALF_WINDOW, gravity=True):
    """The traces are what Python simulates."""
    recording = imu.simulate(motion, hand, [sensor], fps=float(fps), half_window=seconds(half_window, motion, fps))
    weight = 0 if gravity else recording.rotation.mT @ torch.tensor(GRAVITY_W, dtype=torch.float64)
    acc, gyro = shown_signals(page)
    np.testing.assert_allclose(acc, (recording.acc + weight)[0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(gyro, recording.gyro[0], rtol=0, atol=1e-5)


def test_the_choices_decide_what_is_measured(opened, hand, motions):
    result = opened()
    page, glove = result.page, {sensor.name: sensor for sensor in imu.GLOVE}
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
    assert result.troubles == []


def test_choices_stand_in_their_order(still):
    """Also those of a table, whose order a notebook does not keep."""
    faces = still.locator(".imulab-radios").filter(has_text="Half-window").locator("span").all_inner_texts()
    assert faces == list(HALF_WINDOWS)


def test_the_reference_stands_behind_unless_it_is_what_is_shown(opened, hand, motions):
    page = opened().page
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
    return [at.x, at.y, at.near, facing, stage.pick(at.x, at.y)];
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
    """Every vertex in sight takes its own tap, but for a few at edges of fingers; one behind never does."""
    page = opened().page
    x, y, near, facing, picked = np.array(in_page(page, ON_THE_SCREEN), float).T
    picked = picked.astype(int)
    seen = in_sight(hand.data.faces, x, y, near) & (facing > 0.3)
    assert seen.sum() > 100
    assert (picked[seen] == np.flatnonzero(seen)).mean() > 0.95
    assert np.hypot(x - x[picked], y - y[picked])[seen].max() < 8
    assert (near[picked] > near - 0.005).all()

    vertex = int(np.flatnonzero(seen & (picked == np.arange(778)))[0])
    box = page.locator(".imulab-stage").bounding_box()
    page.mouse.click(box["x"] + x[vertex], box["y"] + y[vertex])
    assert state(page, "state.sensor.on.vertex") == vertex
    assert page.get_by_label("Vertex").input_value() == str(vertex)
    expect(page, hand, motions["at 120"], imu.Sensor("here", vertex), 120)


EDGES = """
(lab) => {
  const { stage } = lab, { width, height } = stage.hand, { points, numCoarse } = stage.surface;
  const { right, up, towards } = stage.seen; // where perspective tells: off the middle, far away
  const place = lab.scene().place.map((value, a) => value + 0.1 * right[a] + 0.1 * up[a] - 0.3 * towards[a]);
  stage.show({ ...lab.scene(), place });
  const { data } = stage.hand.getContext("2d").getImageData(0, 0, width, height);
  const boxes = [0, 1].map(() => [Infinity, -Infinity, Infinity, -Infinity]);
  const take = (box, x, y) => {
    box[0] = Math.min(box[0], x);
    box[1] = Math.max(box[1], x);
    box[2] = Math.min(box[2], y);
    box[3] = Math.max(box[3], y);
  };
  for (let i = 0; i < width * height; i++) if (data[4 * i + 3] > 40) take(boxes[0], i % width, Math.floor(i / width));
  for (let v = 0; v < numCoarse; v++) {
    const at = stage.project([0, 1, 2].map((a) => points[3 * v + a] + place[a]));
    take(boxes[1], stage.sharp * at.x, stage.sharp * at.y);
  }
  lab.drawNow();
  return boxes;
}
"""


def test_marks_lie_where_the_hand_is_painted(still):
    """The projection of the marks is the painter's: both see the hand between the same edges."""
    next_picture(still)
    edges = in_page(still, EDGES)
    painted, seen = np.array(edges)
    off = np.sort(np.abs(painted - seen))
    assert (off[:2] < 1.5).all()
    assert (off < 12).all(), "but for the forearm, which fades away"


def test_it_plays_loops_and_stops(opened):
    result = opened()
    page = result.page
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
    assert result.troubles == []


def test_the_traces_can_be_pulled_through_time_and_tapped(opened):
    page = opened().page
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
    box = page.locator(".imulab-stage").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=steps)
    page.mouse.up()


TOLD = f"{LAB}.element.addEventListener('imulab-recorded', (event) => {{ window.told = event.detail; }})"


def test_the_readers_own_movement_is_recorded_and_measured(opened, hand):
    """Dragged, then turned, and played again at once; Python measures the same of what was recorded."""
    result = opened()
    page = result.page
    page.evaluate(TOLD)
    page.get_by_role("button", name="Move it yourself").click()
    assert not page.get_by_role("button", name="Play").is_enabled()
    drag(page, 60, -20)
    page.wait_for_function(f"{LAB}.state.held.seconds > 0.4")
    check(page, "turns it")
    drag(page, 80, 0)
    page.wait_for_function(f"{LAB}.state.held.seconds > 1.5")
    page.get_by_role("button", name="Stop").click()
    page.wait_for_function(f"{LAB}.state.playing && {LAB}.state.time > 0")
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_label("Movement").evaluate("(el) => el.selectedOptions[0].text") == "Your movement 1"

    told, up = page.evaluate("told"), state(page, "lab.stage.seen.up")
    betas, turns, places = (torch.tensor(told[name], dtype=torch.float64) for name in ("betas", "turns", "places"))
    turns = turns.reshape(-1, 17, 3)
    motion = Motion(betas, turns[:, 0], turns[:, 1:16], places.reshape(-1, 3), turns[:, 16], float(told["fps"]))
    assert len(motion) > 1.5 * 120
    assert float((motion.transl[-1] - motion.transl[0]).norm()) > 0.01
    turned = Rotation.from_rotvec(turns[-1, 0].numpy()) * Rotation.from_rotvec(turns[0, 0].numpy()).inv()
    np.testing.assert_allclose(turned.as_rotvec(), 80 * np.pi / 360 * np.array(up), atol=0.02)
    expect(page, hand, motion, imu.subset(imu.GLOVE, "index")[0], 120)
    acc, gyro = shown_signals(page)
    assert np.abs(gyro).max() > 0.3
    assert np.abs(acc).max() < 60, "pixels make no spikes"
    assert result.troubles == []


def test_a_movement_ends_by_itself(opened):
    page = opened().page
    page.get_by_role("button", name="Move it yourself").click()
    drag(page, 30, 0)
    page.evaluate(f"{LAB}.state.held.advance(7.9 * 120)")
    page.wait_for_function(f"!{LAB}.state.held")
    assert state(page, "lab.motions.at(-1).duration") == pytest.approx(8)


def test_a_movement_that_never_began_leaves_nothing(opened):
    page = opened().page
    page.get_by_role("button", name="Move it yourself").click()
    page.get_by_role("button", name="Stop").click()
    assert state(page, "lab.motions.length") == 3
    assert state(page, "state.held") is None
    page.wait_for_function("document.querySelector('.imulab [role=status]').textContent === 'Nothing was recorded'")


def test_with_reduced_motion_nothing_moves_by_itself(opened):
    page = opened(reduced_motion="reduce").page
    page.get_by_role("button", name="Move it yourself").click()
    drag(page, 30, 0)
    page.wait_for_function(f"{LAB}.state.held.seconds > 0.7")
    page.get_by_role("button", name="Stop").click()
    assert state(page, "lab.motions.length") == 4
    assert not state(page, "state.playing")


# ---- keyboard, screen reader, phone, dark ----


def test_everything_can_be_done_with_the_keyboard(opened):
    page = opened().page
    stage = page.locator(".imulab-stage")
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


def test_every_control_and_every_trace_has_words(still):
    page = still
    unnamed = page.evaluate(
        "[...document.querySelectorAll('.imulab :is(input, select, button)')].filter((el) =>"
        "!(el.labels?.length || el.textContent.trim() || el.getAttribute('aria-label'))).map((el) => el.outerHTML)"
    )
    assert unnamed == []
    acc = shown_signals(page)[0]
    label = page.locator(".imulab-trace").first.get_attribute("aria-label")
    assert label.startswith("Specific force over time, in metres per second squared: x from ")
    told = [
        float(word.strip(",")) for word in label.split(": ")[1].split() if word.strip(",-").replace(".", "").isdigit()
    ]
    np.testing.assert_allclose(told, np.stack([acc.min(0), acc.max(0)], 1).reshape(-1), atol=0.051)


def test_on_a_phone_everything_fits_and_is_large_enough_to_touch(opened):
    page = opened(look="phone").page
    for held in (False, True):
        if held:
            page.get_by_role("button", name="Move it yourself").tap()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        boxes = page.evaluate(
            "[...document.querySelectorAll('.imulab :is(button, select, input)')].filter((el) => el.offsetParent)"
            ".map((el) => [el, el.getBoundingClientRect()])"
            ".map(([el, box]) => [el.outerHTML.slice(0, 80), box.width, box.height])"
        )
        assert [box for box in boxes if min(box[1:]) < 40] == []


def test_a_finger_scrolls_the_page_until_it_holds_the_hand(opened):
    page = opened(look="phone").page
    page.evaluate("document.body.style.paddingBottom = '900px'")
    touches = page.context.new_cdp_session(page)

    def swipe():
        box = page.locator(".imulab-stage").bounding_box()
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
    page = opened().page
    before = state(page, "lab.plots.acc.colours")
    assert len({*before["axes"], before["force"]}) == 4
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"{LAB}.plots.acc.colours.axes[0] !== '{before['axes'][0]}'")


# ---- the machine ----


def test_one_webgl_context_is_enough_and_is_given_back_far_from_the_screen(opened):
    page = opened(script=COUNT_CONTEXTS).page
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"{LAB}.state.time > 0.1")
    assert page.evaluate("contexts") == 1
    page.evaluate("document.body.style.paddingBottom = '6000px'; scrollTo(0, 6000)")
    page.wait_for_function(f"{LAB}.stage.painter === null")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_selector(".imulab[data-state=drawn]")
    frames = state(page, "lab.frames")
    page.wait_for_function(f"{LAB}.frames > {frames}")


def test_several_labs_of_a_page_do_not_disturb_each_other(opened, motions):
    result = opened(viz.imu_lab(motions), viz.imu_lab(motions, sensor="thumb"))
    assert result.draw(".imulab") == ["drawn", "drawn"]
    result.page.get_by_role("radio", name="30", exact=True).nth(1).check()
    assert result.page.evaluate("HandsImuLab.labs.map((lab) => [lab.state.rate, lab.state.sensor.name])") == [
        [120, "index"],
        [30, "thumb"],
    ]
    assert result.troubles == []


def test_without_webgl_it_says_so(opened):
    page = opened(script=NO_WEBGL, wait="[data-state=failed]").page
    assert "no WebGL" in page.locator(".bookfig-error").inner_text()
