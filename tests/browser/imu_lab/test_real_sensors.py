"""A lab with a real sensor: its errors, filters and their errors are Python's, and readers can set all of them."""

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.transform import Rotation

from hands import imu, viz
from hands.conventions import GRAVITY_W
from hands.imu.parts import PARTS
from hands.viz.imu_lab import PATIENCE
from tests.browser.imu_lab.conftest import (
    LAB,
    check,
    in_page,
    moving,
    next_picture,
    phone_sizes,
    shown_signals,
    state,
)

pytestmark = pytest.mark.browser

ERRORS = {"accNoise": 0.0, "accBias": 0.3, "gyroNoise": 0.0, "gyroBias": 0.05, "mounting": 0.2}
DIAGONAL = np.ones(3) / np.sqrt(3)


@pytest.fixture(scope="module")
def motion(hand):
    return moving(hand, 2, 180, 60.0)


@pytest.fixture(scope="module")
def real_lab(motion):
    return viz.imu_lab({"moving": motion}, sensor="palm", hardware=PARTS["BMI270"])


@pytest.fixture
def page(opened, real_lab):
    return opened(real_lab)


@pytest.fixture
def bench(wide, real_lab):
    """A lab that is told all it needs by `measure`."""
    return wide.quiet(real_lab)


def set_state(page, **change):
    in_page(page, "(lab, change) => lab.setState(change)", change)


def measure(page, errors=ERRORS, rate=60, orientation="true", kind="force", seed=1):
    set_state(page, errors=errors, rate=rate, orientation=orientation, kind=kind, seed=seed)


def series(page, expression, width=3):
    return np.reshape(page.evaluate(f"Array.from({LAB}.{expression})"), (-1, width))


def matrices(page, expression):
    return Rotation.from_matrix(series(page, expression, 9).reshape(-1, 3, 3))


def simulated(hand, motion, mounting=0.0, fps=60.0):
    """A sensor that sits askew, but makes no other error."""
    (palm,) = imu.subset(imu.GLOVE, "palm")
    turn = Rotation.from_rotvec(mounting * DIAGONAL).as_matrix()
    askew = imu.Sensor("palm", palm.on, tuple(map(tuple, (np.array(palm.mounting) @ turn).tolist())), palm.offset)
    return imu.simulate(motion, hand, [askew], fps=fps)


def complementary(acc, gyro, start, fps):
    """The filter as a loop: the gyroscope's step, then a little towards the vertical."""
    found = [start]
    for t in range(1, len(acc)):
        step = Rotation.from_rotvec((gyro[t - 1] + gyro[t]) / 2 / fps)
        rotation = found[-1] * step
        felt = rotation.apply(acc[t])
        correction = np.cross(felt / np.linalg.norm(felt), [0, 0, 1]) / (fps * PATIENCE)
        found.append(Rotation.from_rotvec(correction) * rotation)
    return Rotation.concatenate(found)


# ---- numbers ----


def test_biases_and_a_mounting_error_are_pythons(bench, hand, motion):
    measure(bench)
    recording = simulated(hand, motion, mounting=0.2)
    acc, gyro = shown_signals(bench)
    np.testing.assert_allclose(acc, recording.acc[0] + 0.3, rtol=0, atol=1e-4)
    np.testing.assert_allclose(gyro, recording.gyro[0] + 0.05, rtol=0, atol=1e-5)
    np.testing.assert_allclose(
        matrices(bench, "report.rotations").as_matrix(), recording.rotation[0], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize("fps", [30, 60])
def test_the_gyroscope_alone_is_pythons_integral(bench, hand, motion, fps):
    measure(bench, rate=fps, orientation="gyro")
    recording = simulated(hand, motion, mounting=0.2, fps=float(fps))
    expected = imu.integrate_gyro(recording.gyro[0] + 0.05, recording.rotation[0, 0], float(fps))
    np.testing.assert_allclose(matrices(bench, "report.believed").as_matrix(), expected, rtol=0, atol=1e-4)


def test_the_filter_with_gravity_is_the_books_loop(bench, hand, motion):
    measure(bench, orientation="gravity")
    recording = simulated(hand, motion, mounting=0.2)
    start = Rotation.from_matrix(recording.rotation[0, 0])
    expected = complementary((recording.acc[0] + 0.3).numpy(), (recording.gyro[0] + 0.05).numpy(), start, 60)
    found = matrices(bench, "report.believed")
    assert (expected.inv() * found).magnitude().max() < 1e-4
    alone = imu.integrate_gyro(recording.gyro[0] + 0.05, recording.rotation[0, 0], 60.0)
    assert (Rotation.from_matrix(alone).inv() * found).magnitude().max() > 0.05, "and gravity tells"


def test_tilt_and_heading_are_the_two_parts_of_the_error(bench, hand, motion):
    """As quaternions have it: q = q_tilt q_heading, about a level axis and about the vertical."""
    measure(bench, orientation="gravity")
    truth = Rotation.from_matrix(simulated(hand, motion).rotation[0])
    x, y, z, w = (matrices(bench, "report.believed") * truth.inv()).as_quat(canonical=True).T
    expected = np.rad2deg([2 * np.arctan2(np.hypot(x, y), np.hypot(w, z)), 2 * np.arctan2(z, w)])
    np.testing.assert_allclose(series(bench, "signals.off.values", 2).T, expected, rtol=0, atol=1e-4)
    measure(bench, orientation="true")
    off = np.deg2rad(series(bench, "signals.off.values", 2).T)
    np.testing.assert_allclose(
        np.cos(off / 2).prod(0), np.cos(0.1), atol=1e-6, err_msg="what is left is the mounting error, all the time"
    )


def test_gravity_is_taken_away_as_well_as_one_knows_where_it_is(bench, hand, motion):
    measure(bench, errors={**ERRORS, "mounting": 0.0}, orientation="gyro", kind="motion")
    recording = simulated(hand, motion)
    believed = imu.integrate_gyro(recording.gyro[0] + 0.05, recording.rotation[0, 0], 60.0)
    expected = recording.acc[0] + 0.3 + believed.mT @ torch.tensor(GRAVITY_W, dtype=torch.float64)
    np.testing.assert_allclose(shown_signals(bench)[0], expected, rtol=0, atol=1e-3)  # 1e-4 rad of 9.81 m/s^2
    measure(bench, errors={**ERRORS, "mounting": 0.0}, kind="error")
    acc, gyro = shown_signals(bench)
    np.testing.assert_allclose(acc, np.full_like(acc, 0.3), rtol=0, atol=1e-12)
    np.testing.assert_allclose(gyro, np.full_like(gyro, 0.05), rtol=0, atol=1e-12)


NOISE = """
(lab, rates) => {
  const count = 5000, still = (width) => new Float64Array(width * count);
  const errors = { accNoise: 0.01, accBias: 0, gyroNoise: 0.002, gyroBias: 0, mounting: 0 };
  const rotations = still(9).map((_, i) => Number(i % 9 % 4 === 0));
  const noise = ImuErrors.normals(1, 6 * count);
  return rates.map((fps) => {
    const { acc, gyro } = ImuErrors.faulty({ acc: still(3), gyro: still(3), rotations, fps }, errors, noise);
    return [Array.from(acc), Array.from(gyro)];
  });
}
"""


def test_noise_is_white_and_as_strong_as_its_density_says(bench):
    """SD = density * sqrt(fps / 2); 5,000 numbers a row know their SD to one per cent."""
    for fps, (acc, gyro) in zip((30, 120), in_page(bench, NOISE, [30, 120]), strict=True):
        rows = np.concatenate([np.reshape(acc, (-1, 3)).T / 0.01, np.reshape(gyro, (-1, 3)).T / 0.002])
        rows = rows / np.sqrt(fps / 2)
        np.testing.assert_allclose(rows.std(1), 1, atol=0.05)
        np.testing.assert_allclose(np.corrcoef(rows), np.eye(6), atol=0.07)
        np.testing.assert_allclose([np.corrcoef(row[1:], row[:-1])[0, 1] for row in rows], 0, atol=0.07)
        assert stats.kstest(rows.reshape(-1), "norm").pvalue > 1e-3


DRAWN = """
(lab) => {
  const drawn = [], take = () => drawn.push(lab.bench.noise.values);
  const { errors } = lab.state;
  lab.setState({ seed: 3 });
  lab.setState({ seed: 1 });
  take();
  lab.setState({ errors: { ...errors, accNoise: 0.05 } });
  take();
  lab.setState({ rate: 30 });
  take();
  lab.setState({ seed: 2 });
  take();
  lab.setState({ seed: 1 });
  take();
  const same = drawn.slice(1).map((values, k) => values === drawn[k]);
  return [same, drawn.map((values) => Array.from(values.slice(0, 6)))];
}
"""


def test_noise_is_drawn_anew_only_when_it_must(bench):
    same, values = in_page(bench, DRAWN)
    assert same == [True, True, False, False]
    assert values[0] == values[4], "the same seed, the same noise"
    assert values[0] != values[3]


# ---- what readers do ----


def test_it_begins_with_the_part_and_the_part_sets_what_is_wrong(page):
    assert page.get_by_label("Part").input_value() == "BMI270"
    acc = page.get_by_label("Accelerometer: noise")
    assert acc.get_attribute("aria-valuetext").startswith("160 micro-g per root hertz, 0.0122 m/s² a record")
    page.get_by_label("Part").select_option("MPU-9250")
    assert state(page, "state.errors.accNoise") == PARTS["MPU-9250"].acc.noise_density
    assert page.locator(".handslab-slider output").first.inner_text() == "300 µg/√Hz, MPU-9250"
    acc.focus()
    page.keyboard.press("End")
    assert state(page, "state.errors.accNoise") == pytest.approx(3e-2 * 9.80665)
    assert page.get_by_label("Part").input_value() == "your own"
    page.get_by_label("Part").select_option("perfect")
    assert set(state(page, "state.errors").values()) == {0}
    bias = PARTS["MPU-9250"].gyro.bias
    position = 1 + 149 * np.log10(np.rad2deg(bias) / 0.01) / 3  # 150 positions from 0.01 to 10 degrees a second
    page.get_by_label("Gyroscope: bias").fill(str(round(position)))
    assert state(page, "state.errors.gyroBias") == bias, "the slider catches at a part's mark"


def test_the_sensor_turns_and_its_estimate_is_drawn_beside_it(page):
    set_state(page, errors=ERRORS, orientation="gyro", time=2.0)
    next_picture(page)
    scene = state(page, "lab.scene()")
    drawn, intended, believed = (
        Rotation.from_matrix(np.reshape(entry, (3, 3)))
        for entry in (scene["sensor"]["rotation"], scene["intended"], scene["believed"])
    )
    np.testing.assert_allclose((intended.inv() * drawn).as_rotvec(), 0.2 * DIAGONAL, atol=1e-9)
    tilt, heading = np.deg2rad(series(page, "signals.off.values", 2)[int(2.0 * 120)])
    off = (believed * intended.inv()).magnitude()
    assert np.cos(off / 2) == pytest.approx(np.cos(tilt / 2) * np.cos(heading / 2), abs=1e-6)
    words = page.locator(".imulab-markskey").inner_text()
    assert words == "Solid: the sensor's axes; dashed: where one believes them to be; grey: how it should sit."
    check(page, "true")
    set_state(page, errors={**ERRORS, "mounting": 0})
    assert page.locator(".imulab-markskey").inner_text() == ""
    scene = state(page, "lab.scene()")
    assert (scene["believed"], scene["intended"]) == (None, None)


def test_a_movement_of_ones_own_has_errors_too(page):
    set_state(page, errors={**ERRORS, "accNoise": 0.05})
    page.get_by_role("button", name="Move it yourself").click()
    in_page(page, "(lab) => { const { held } = lab.state; held.turn([0, 0, 1]); held.advance(120); }")
    page.wait_for_function(f"{LAB}.signals.off.values.length > 240")
    assert state(page, "lab.report.fps") == 120
    page.keyboard.press("Escape")
    page.wait_for_function(f"{LAB}.motions.length === 2")
    page.get_by_role("button", name="Pause").click()
    off = series(page, "signals.off.values", 2)
    np.testing.assert_allclose(np.cos(np.deg2rad(off[0] / 2)).prod(), np.cos(0.1), atol=1e-6)


def test_every_slider_and_every_trace_has_words(page):
    sliders = page.locator(".handslab-slider input")
    assert sliders.count() == 5
    for slider in sliders.all():
        assert slider.evaluate("(el) => el.labels.length") == 1
        assert slider.get_attribute("aria-valuetext")[0].isdigit()
    label = page.locator(".imulab-trace").nth(2).get_attribute("aria-label")
    assert label.startswith("Error of the orientation over time, in degrees: tilt from 0 to ")
    page.get_by_role("group", name="Orientation").get_by_role("radio", name="with gravity").check()
    page.wait_for_function(
        "document.querySelector('.imulab [role=status]').textContent === 'Orientation: with gravity'"
    )


def test_on_a_phone_its_controls_fit_and_are_large_enough_to_touch(phone, real_lab):
    assert phone_sizes(phone(real_lab)) == (390, [])
