"""The signals of the sensor lab are Python's, and what it draws lies where the hand is painted."""

import numpy as np
import pytest
import torch
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from hands import imu, viz
from hands.conventions import GRAVITY_W
from hands.imu.placement import skin_mount
from hands.viz.imu_lab import HALF_WINDOWS, RATES
from tests.browser.imu_lab.conftest import in_page, next_picture, seconds, shown_signals

pytestmark = pytest.mark.browser

SIGNALS = """
(lab, [cases, sensors]) => {
  const { rig } = lab.bench;
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


def test_a_vertex_has_pythons_axes(still, hand):
    vertices = range(0, 778, 3)
    frames = in_page(still, "(lab, vertices) => vertices.map((v) => lab.bench.rig.mount(v))", [*vertices])
    for vertex, frame in zip(vertices, frames, strict=True):
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


# ---- a lab that nobody touches ----


def test_choices_stand_in_their_order(still):
    """Also those of a table, whose order a notebook does not keep."""
    faces = still.locator(".handslab-radios").filter(has_text="Half-window").locator("span").all_inner_texts()
    assert faces == list(HALF_WINDOWS)


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
