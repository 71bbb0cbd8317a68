"""`viz.imu_lab`: what it hands to the page, what it gives back in a live kernel, and what it refuses."""

import base64
import json

import numpy as np
import pytest
import torch

from hands import imu, mano, viz
from hands.imu.parts import PARTS
from hands.imu.placement import landmark_vertex
from hands.mano.files import read_default
from hands.motion import Motion
from hands.viz.imu_lab import IMU_LAB, MAX_RECORD_BYTES
from hands.viz.imu_lab_model import lab_model, write_lab_model
from hands.viz.page_lab import PAGE
from tests.mano.tracked_hands import moving_hand


@pytest.fixture
def in_kernel(monkeypatch):
    monkeypatch.delenv("HANDS_OUTPUT", raising=False)


@pytest.fixture
def for_page(monkeypatch):
    monkeypatch.setenv("HANDS_OUTPUT", "page")


def moving(seed=0, num_frames=120, fps=60.0):
    pose = moving_hand(mano.load(dtype=torch.float64), seed, num_frames, fps)
    return Motion(**pose, forearm_orient=0.8 * pose["global_orient"], fps=fps)


def decoded(entry, *shape):
    numbers = np.frombuffer(base64.b64decode(entry["data"]), np.dtype(entry["dtype"]).newbyteorder("<"))
    return numbers.reshape(-1, *shape) * entry.get("scale", 1)


# ---- the page ----


def test_a_page_gets_a_small_record_and_a_line_of_text(for_page):
    bundle = viz.imu_lab({"one": moving(0), "two": moving(1)})._repr_mimebundle_()
    assert set(bundle) == {IMU_LAB.mime, "text/plain"}
    assert bundle["text/plain"].startswith("Sensor lab (one, two)")
    record = bundle[IMU_LAB.mime]
    assert len(json.dumps(record)) < 80_000
    assert [motion["name"] for motion in record["motions"]] == ["one", "two"]


def test_motions_travel_to_a_few_nanometres(for_page):
    motion = moving(3)
    (sent,) = viz.imu_lab({"one": motion}).payload()["motions"]
    turns = decoded(sent["turns"], 17, 3)
    np.testing.assert_allclose(turns[:, :16], motion.full_pose, rtol=0, atol=2e-9)
    np.testing.assert_allclose(turns[:, 16], motion.forearm_orient, rtol=0, atol=2e-9)
    np.testing.assert_allclose(decoded(sent["places"], 3), motion.transl, rtol=0, atol=1e-9)
    assert (sent["fps"], sent["betas"]) == (60.0, motion.betas.tolist())


def test_a_motion_at_rest_travels_too(for_page):
    still = torch.zeros(40, 3)
    motion = Motion(torch.zeros(10), still, torch.zeros(40, 15, 3), still, still, fps=30.0)
    (sent,) = viz.imu_lab({"still": motion}).payload()["motions"]
    assert not decoded(sent["turns"]).any()


def test_the_gloves_sensors_are_known_by_name_and_place(for_page):
    data = read_default()
    record = viz.imu_lab({"one": moving()}, sensor="thumb").payload()
    assert record["start"] == "thumb"
    assert [sensor["name"] for sensor in record["sensors"]] == [sensor.name for sensor in imu.GLOVE]
    for sent, sensor in zip(record["sensors"], imu.GLOVE, strict=True):
        on = sensor.on
        place = {"vertex": landmark_vertex(data, on)} if isinstance(on, imu.Landmark) else {"bone": on}
        assert sent["on"] == place
        assert (sent["offset"], len(sent["mounting"])) == (list(sensor.offset), 9)


def test_a_lab_begins_at_a_vertex_or_with_a_sensor_of_ones_own(for_page):
    assert viz.imu_lab({"one": moving()}, sensor=745).payload()["start"] == 745
    turned = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    record = viz.imu_lab({"one": moving()}, sensor=imu.Sensor("ring on a ring", "ring1", turned)).payload()
    assert record["sensors"][-1] == {
        "name": "ring on a ring",
        "on": {"bone": "ring1"},
        "offset": [0.0, 0.0, 0.0],
        "mounting": [0, -1, 0, 1, 0, 0, 0, 0, 1],
    }
    assert record["start"] == "ring on a ring"


def test_a_perfect_sensor_has_no_word_of_errors(for_page):
    assert "real" not in viz.imu_lab({"one": moving()}).payload()


def test_a_real_sensor_begins_with_the_errors_of_its_data_sheet(for_page):
    real = viz.imu_lab({"one": moving()}, hardware=PARTS["BMI270"]).payload()["real"]
    assert [part["name"] for part in real["parts"]] == [*PARTS]
    assert real["start"] == real["parts"][0]
    assert real["start"]["accNoise"] == pytest.approx(160e-6 * 9.80665)
    assert real["start"]["gyroNoise"] == pytest.approx(np.deg2rad(7e-3))
    assert real["start"]["accBias"] == pytest.approx(20e-3 * 9.80665)
    assert 0 < real["start"]["gyroBias"] < np.deg2rad(1)


def test_a_sensor_of_ones_own_is_offered_beside_the_parts(for_page):
    own = imu.Hardware("mine", acc=imu.Triad(noise_density=0.01, bias=0.2), gyro=imu.Triad(bias=0.03))
    real = viz.imu_lab({"one": moving()}, hardware=own).payload()["real"]
    assert real["parts"][-1] == real["start"]
    assert real["start"] == {"name": "mine", "accNoise": 0.01, "accBias": 0.2, "gyroNoise": 0.0, "gyroBias": 0.03}
    perfect = viz.imu_lab({"one": moving()}, hardware=imu.ideal).payload()["real"]
    assert [part["name"] for part in perfect["parts"]] == [*PARTS]


def test_motions_that_are_too_heavy_for_a_page_are_named(for_page):
    with pytest.raises(ValueError, match=f"at most {MAX_RECORD_BYTES // 1000} kB are allowed: give fewer"):
        viz.imu_lab({"long": moving(0, 1200)})


@pytest.mark.parametrize(
    ("motions", "options", "message"),
    [
        ({}, {}, "motions is empty"),
        ({"short": moving(0, 20)}, {}, "motion 'short' has 20 frames, expected 32 or more"),
        ({"one": moving()}, {"height": 0}, "height is 0"),
        ({"one": moving()}, {"sensor": "toe"}, "no sensor is called 'toe'"),
        ({"one": moving()}, {"sensor": 778}, "vertex 778 is none of this hand's"),
    ],
)
def test_mistakes_are_named(motions, options, message):
    with pytest.raises(ValueError, match=message):
        viz.imu_lab(motions, **options)


# ---- what all labs of a page share ----


def test_the_labs_correctives_are_exact(tmp_path):
    data = read_default()
    record = lab_model(data)
    start, vertex, value = decoded(record["start"]), decoded(record["vertex"]), decoded(record["value"], 3)
    dense = np.zeros((135, data.num_vertices, 3))
    for column in range(135):
        rows = slice(start[column], start[column + 1])
        dense[column, vertex[rows]] = value[rows]
    np.testing.assert_array_equal(dense, np.moveaxis(data.posedirs, -1, 0))
    write_lab_model(tmp_path / "imu_model_data.js")
    text = (tmp_path / "imu_model_data.js").read_text(encoding="ascii")
    assert text.startswith("window.HANDS_IMU={")
    assert len(text) < 180_000


# ---- the kernel ----


def test_a_kernel_runs_the_pages_own_scripts(in_kernel):
    lab = viz.imu_lab({"one": moving()})
    assert "application/vnd.jupyter.widget-view+json" in lab._repr_mimebundle_()
    assert lab.widget.record["kind"] == "imu_lab"
    module = lab.widget._esm
    for piece in ("window.HANDS_MODEL=", "window.HANDS_IMU=", "class SensorRig", "class ImuLab", "export default"):
        assert piece in module
    parts = [(PAGE / name).read_text(encoding="utf-8") for name in IMU_LAB.scripts if (PAGE / name).exists()]
    places = [module.index(part) for part in parts]
    assert places == sorted(places), "in the order of the page"
    assert len(parts) == len(IMU_LAB.scripts) - 2, "but for the two that are numbers"


def test_a_kernel_takes_motions_of_any_length(in_kernel):
    assert viz.imu_lab({"long": moving(0, 1200)}).widget.record["motions"][0]["name"] == "long"


def test_the_readers_own_movement_comes_back_as_a_motion(in_kernel):
    lab = viz.imu_lab({"one": moving()})
    assert lab.recorded is None
    motion = moving(5, 40, 120.0)
    turns = torch.cat([motion.full_pose, motion.forearm_orient[:, None]], 1)
    lab.widget.recorded = {
        "fps": 120,
        "betas": motion.betas.tolist(),
        "turns": turns.reshape(-1).tolist(),
        "places": motion.transl.reshape(-1).tolist(),
    }
    for name in ("betas", "global_orient", "hand_pose", "transl", "forearm_orient"):
        torch.testing.assert_close(getattr(lab.recorded, name), getattr(motion, name), rtol=0, atol=0)
    assert lab.recorded.fps == 120.0
