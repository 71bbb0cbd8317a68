"""The data set as it lies on the disk and comes back: what is in it, and what is wrong with a damaged one."""

import json
import os
import shutil

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import data, imu, mano, motion
from hands.data import Plan, SimHand, SimHandError
from hands.data.simhand import SERIES, folder
from tests.data.small import PROGRAMS, SMALL, SUBJECTS

SENSED = ("acc", "gyro", "rotation")


@pytest.fixture
def copy(sim, tmp_path):
    return shutil.copytree(sim.path, tmp_path / "copy")


def test_it_lies_where_it_should_and_is_not_made_twice(home, sim):
    assert sim.path.parent == home
    made = (sim.path / "simhand.json").stat().st_mtime_ns
    again = data.simhand("clean", **SMALL)
    assert again.path == sim.path
    assert (sim.path / "simhand.json").stat().st_mtime_ns == made


def test_without_a_name_it_lies_in_the_cache(monkeypatch, tmp_path):
    monkeypatch.delenv("HANDS_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert folder() == tmp_path / "hands"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folder() == tmp_path / ".cache" / "hands"


def test_the_labels_are_the_motions_that_anybody_can_sample(sim):
    entry = sim.entries[3]
    assert (entry.program, entry.subject, entry.split) == ("ROM11", "S14", "validation")
    _, truth = sim[3]
    made = motion.sample("ROM11", "S14", seconds=1.0, fps=120.0)
    for name in ("global_orient", "hand_pose", "transl", "forearm_orient"):
        assert torch.equal(getattr(truth, name), getattr(made, name)[::4].float()), name
    assert torch.equal(truth.betas, made.betas.float())


def test_perfect_sensors_report_what_the_simulation_says(sim):
    recording, _ = sim[sim.entries[2]]
    made = motion.sample("ROM11", "S02", seconds=1.0, fps=120.0)
    simulated = imu.simulate(made, mano.load(), imu.GLOVE, fps=30.0, half_window=1 / 120)
    assert recording.names == tuple(sensor.name for sensor in imu.GLOVE)
    torch.testing.assert_close(recording.timestamps, simulated.timestamps)
    for name in SENSED:
        torch.testing.assert_close(getattr(recording, name).double(), getattr(simulated, name), rtol=1e-6, atol=2e-6)


def test_on_the_disk_a_rotation_is_a_quaternion_with_the_real_part_first(sim):
    recording, _ = sim[0]
    wxyz = sim.rotation[sim.entries[0].rows].swapaxes(0, 1)
    assert (wxyz[..., 0] >= 0).all()
    by_scipy = Rotation.from_quat(wxyz.reshape(-1, 4), scalar_first=True).as_matrix()
    np.testing.assert_allclose(recording.rotation.reshape(-1, 3, 3), by_scipy, atol=1e-6)


def test_rows_of_every_recording_follow_each_other(sim):
    assert len(sim) == 6
    assert [entry.start for entry in sim.entries] == [31 * i for i in range(6)]
    assert sim.acc.shape == (6 * 31, 7, 3)
    for i, (recording, truth) in enumerate(sim):
        rows = slice(31 * i, 31 * (i + 1))
        assert np.array_equal(recording.acc.numpy().swapaxes(0, 1), sim.acc[rows])
        assert np.array_equal(truth.hand_pose.numpy(), sim.hand_pose[rows])


def test_windows_of_a_split_are_rows_of_the_series(sim):
    cut = sim.windows("validation", length=8, stride=8, tail="pad")
    own = [row for e in sim.entries if e.program == "ROM11" for row in range(e.start, e.start + e.frames)]
    assert cut.rows[cut.first].tolist() == own


def test_nothing_is_loaded_before_it_is_read(sim):
    assert all(isinstance(getattr(sim, name), np.memmap) for name in SERIES)
    assert repr(sim) == "SimHand('clean', seed=0, 6 recordings of 1 s, 186 frames)"


def test_the_manifest_explains_every_file(sim):
    manifest = json.loads((sim.path / "simhand.json").read_text())
    for name, about in manifest["series"].items():
        array = np.load(sim.path / about["file"], mmap_mode="r")
        assert (list(array.shape), array.dtype.str) == (about["shape"], about["dtype"])
        assert about["unit"]
        assert about["meaning"], name
    explained = {about["file"] for about in manifest["series"].values()} | {"simhand.json"}
    explained |= {about["file"] for files in manifest["calibrations"].values() for about in files}
    assert {path.name for path in sim.path.iterdir()} == explained
    assert tuple(manifest["calibrations"]) == SUBJECTS
    assert [r["start"] for r in manifest["recordings"]] == [31 * i for i in range(6)]


def edited(**changes):
    def edit(place):
        manifest = json.loads((place / "simhand.json").read_text())
        (place / "simhand.json").write_text(json.dumps(manifest | changes))

    return edit


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (edited(format="photographs"), "no manifest of hands.data.SimHand, but of 'photographs'"),
        (edited(version=0), f"it is of version 0, and this library makes {data.VERSION}"),
        (edited(data_hash="0"), "made by other definitions"),
        (edited(hand="0"), "made by other definitions"),
        (edited(plan={"difficulty": "hard"}), "simhand.json makes no sense"),
        (edited(plan={"colour": "red"}), "simhand.json makes no sense"),
        (edited(plan=[1]), "simhand.json makes no sense"),
        (edited(plan={"seconds": 2.0, "subjects": SUBJECTS, "programs": PROGRAMS}), "made by other definitions"),
        (edited(series={}), "simhand.json makes no sense"),
        (edited(calibrations={}), "simhand.json makes no sense"),
        (edited(recordings=[]), "sensors or recordings in simhand.json are not those of its plan"),
        (edited(sensors=["ring"] * 7), "sensors or recordings in simhand.json are not those of its plan"),
        (lambda place: (place / "simhand.json").write_text("{"), "simhand.json is damaged"),
        (lambda place: (place / "gyro.npy").unlink(), "gyro.npy is missing"),
        (lambda place: os.truncate(place / "gyro.npy", 1000), "gyro.npy is damaged or cut short"),
        (lambda place: np.save(place / "betas.npy", np.zeros((2, 10))), "betas.npy holds float64"),
    ],
)
def test_what_is_damaged_is_named(copy, damage, message):
    damage(copy)
    with pytest.raises(SimHandError, match=message):
        SimHand(copy)


def test_a_changed_number_is_found_when_asked_for(copy):
    with (copy / "acc.npy").open("r+b") as file:
        file.seek(-4, os.SEEK_END)
        file.write(b"\0\0\0\0")
    SimHand(copy)
    with pytest.raises(SimHandError, match=r"acc\.npy is not what was made: its checksum differs"):
        SimHand(copy, verify=True)


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: os.truncate(path, 1000)])
def test_a_damaged_calibration_is_found_when_asked_for(copy, damage):
    damage(copy / "calibration-S02-motion.npz")
    SimHand(copy)
    with pytest.raises(SimHandError, match=r"calibration-S02-motion\.npz (is not what was made|cannot be read)"):
        SimHand(copy, verify=True)


def test_recordings_of_another_data_set_are_not_looked_up_here(sim):
    foreign = Plan("clean", 0, 5.0, **{k: v for k, v in SMALL.items() if k in ("subjects", "programs")}).entries[0]
    for look in (sim.recording, sim.motion, sim.__getitem__):
        with pytest.raises(SimHandError, match="is not of this data set"):
            look(foreign)


def test_what_is_there_already_is_not_taken_for_a_data_set(tmp_path):
    (tmp_path / "one.npz").write_text("a recording")
    for place in (tmp_path, tmp_path / "one.npz"):
        with pytest.raises(SimHandError, match="is there already and holds no data set: name a folder that does not"):
            data.generate(place, Plan("clean", **SMALL), workers=1)
        with pytest.raises(SimHandError, match="holds no data set"):
            SimHand(place)
    assert (tmp_path / "one.npz").read_text() == "a recording"


def test_what_is_whole_passes(copy):
    assert SimHand(copy, verify=True).plan == Plan("clean", **SMALL)


def test_a_damaged_calibration_is_named(copy):
    os.truncate(copy / "calibration-S02-recording.npz", 1000)
    (copy / "calibration-S14-motion.npz").unlink()
    for subject in SUBJECTS:
        with pytest.raises(SimHandError, match=f"the calibration of {subject} cannot be read"):
            SimHand(copy).calibration(subject)


def test_a_folder_of_something_else(tmp_path):
    with pytest.raises(SimHandError, match=r"holds no data set: there is no simhand\.json"):
        SimHand(tmp_path)
