"""The data set that is generated: the same whoever makes it, in whole or not at all, and split without leaks."""

import inspect
import json
import os
import shutil
import signal
import sys
from dataclasses import replace

import numpy as np
import pytest
import roma
import torch

from hands import data, imu, mano, motion
from hands.data import Plan, SimHand, SimHandError, generation, plan, store, takes
from hands.data.simhand import SERIES, folder

SUBJECTS, PROGRAMS = ("S02", "S14"), ("ROM02", "ROM11", "ROM13")
SMALL = {"seconds": 1.0, "subjects": SUBJECTS, "programs": PROGRAMS}
LABELS = ("hand_pose", "global_orient", "transl", "forearm_orient", "betas")
SENSED = ("acc", "gyro", "rotation")
any_plan = inspect.unwrap(Plan)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("generated")
        patch.setenv("HANDS_DATA", str(place))
        yield place


@pytest.fixture(scope="module")
def sim(home):
    return data.simhand("clean", **SMALL, workers=1)


@pytest.fixture(scope="module")
def glove(home):
    return data.simhand("glove", **SMALL, workers=1)


@pytest.fixture
def copy(sim, tmp_path):
    return shutil.copytree(sim.path, tmp_path / "copy")


# What is in it


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
    by_scipy = roma.unitquat_to_rotmat(torch.from_numpy(np.roll(wxyz, -1, axis=-1).copy()))
    torch.testing.assert_close(by_scipy, recording.rotation)


def test_quaternions_near_half_a_turn_come_back():
    axes = torch.nn.functional.normalize(torch.randn(50, 3, generator=torch.Generator().manual_seed(0)).double(), dim=1)
    rotation = roma.rotvec_to_rotmat(axes * torch.linspace(3.1, 3.2, 50).double()[:, None])
    torch.testing.assert_close(takes.rotations(takes.quaternions(rotation)), rotation)


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
    explained |= {f"calibration-{s}-{kind}.npz" for s in SUBJECTS for kind in ("recording", "motion")}
    assert {path.name for path in sim.path.iterdir()} == explained
    assert [r["start"] for r in manifest["recordings"]] == [31 * i for i in range(6)]


# Difficulties, sessions, seeds


def test_the_labels_are_the_same_at_every_difficulty_and_the_sensors_are_not(sim, glove):
    for name in LABELS:
        assert np.array_equal(getattr(sim, name), getattr(glove, name)), name
    for name in SENSED:
        assert not np.array_equal(getattr(sim, name), getattr(glove, name)), name
    assert sim.data_hash == glove.data_hash


def mounting(recording, truth):
    """R_bs of the palm's sensor, which moves as joint 0 does."""
    R_wb = mano.axis_angle_to_rotmat(truth.global_orient.double())
    R_ws = recording.rotation[recording.names.index("palm")].double()
    return roma.special_procrustes((R_wb.mT @ R_ws).mean(0))


def apart(a, b):
    return float(roma.rotmat_geodesic_distance(a, b).rad2deg())


def test_a_subject_wears_the_glove_once(monkeypatch):
    """Seen with true orientations, and without slip, so that nothing else turns the sensors."""
    worn = replace(imu.SETTINGS["cheap"].wear, slip_angle=0.0, slip_distance=0.0)
    setting = replace(imu.SETTINGS["cheap"], orientation="true", wear=worn, link=None)
    monkeypatch.setattr(imu, "SETTINGS", {"clean": setting})
    small, hand = Plan("clean", **SMALL), mano.load()
    first, other, second = (mounting(*takes.take(small, small.entries[i], hand)) for i in (0, 1, 2))
    assert apart(first, second) < 0.1
    assert apart(first, mounting(*takes.calibration(small, "S02", hand))) < 0.1
    assert apart(first, other) > 3


class Spy:
    """A setting that notes with which seeds it is asked."""

    def __init__(self):
        self.noise, self.session = [], []

    def simulate(self, fine, hand, placement, generator, session, **_):
        self.noise.append(generator.initial_seed())
        self.session.append(session.initial_seed())
        return imu.Recording(torch.arange(2) / 30, torch.zeros(2, 3), torch.zeros(2, 3), torch.eye(3).expand(2, 3, 3))


def test_every_take_has_noise_of_its_own_and_every_subject_a_session(monkeypatch):
    spy, hand = Spy(), mano.load()
    monkeypatch.setattr(imu, "SETTINGS", {"clean": spy})
    for seed in (0, 1):
        small = Plan("clean", seed, **SMALL)
        for subject in SUBJECTS:
            for entry in small.entries:
                if entry.subject == subject:
                    takes.take(small, entry, hand)
            takes.calibration(small, subject, hand)
    assert len(set(spy.noise)) == len(spy.noise) == 2 * (6 + 2)
    assert len(set(spy.session)) == 2 * 2
    assert all(len(set(spy.session[k : k + 4])) == 1 for k in range(0, 16, 4))
    assert not set(spy.session) & set(spy.noise)


def test_calibrations_belong_to_the_subject(sim):
    recording, truth = sim.calibration("S14")
    assert [hold.name for hold in truth.holds] == [pose.name for pose in imu.CALIBRATION_POSES]
    assert len(recording) == len(truth)
    assert torch.equal(truth.betas, torch.from_numpy(motion.SUBJECTS["S14"].betas).float())
    found = imu.calibrate(recording, mano.load(), headings="common")
    errors = found.errors(imu.Calibration.of(imu.GLOVE, mano.load()))
    assert max(errors.values()) < np.radians(35)  # poses are missed, the thumb's most
    with pytest.raises(SimHandError, match="no subject 'S01' in this data set; there are S02, S14"):
        sim.calibration("S01")


def test_another_seed_makes_other_takes_by_the_same_people(home, sim):
    other = data.simhand("clean", 1, 1.0, subjects=("S02",), programs=("ROM02",), workers=1)
    assert other.path != sim.path
    assert not np.array_equal(other.hand_pose, sim.hand_pose[:31])
    assert np.array_equal(other.betas, sim.betas[:1])


def test_fewer_subjects_and_programs_make_the_same_takes(home, sim):
    few = data.simhand("clean", 0, 1.0, subjects=("S14",), programs=("ROM11",), workers=1)
    for name in (*SENSED, "hand_pose"):
        assert np.array_equal(getattr(few, name), getattr(sim, name)[sim.entries[3].rows]), name


def test_two_processes_write_the_same_bytes_as_one(glove, tmp_path):
    counts = []
    count = lambda done, total: counts.append((done, total))  # noqa: E731
    data.generate(tmp_path / "two", glove.plan, workers=2, progress=count)
    names = sorted(path.name for path in glove.path.iterdir())
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == names
    for name in names:
        assert (tmp_path / "two" / name).read_bytes() == (glove.path / name).read_bytes(), name
    assert counts == [(k, 8) for k in range(1, 9)]
    assert [path.name for path in tmp_path.iterdir() if path.suffix == store.PART] == []


def test_another_hand_makes_another_data_set(sim, tmp_path):
    larger = mano.HandModelData(**{**vars(mano.load().data), "v_template": 1.1 * mano.load().data.v_template})
    hand = mano.Hand(larger, torch.float32)
    few = Plan("clean", 0, 1.0, ("S02",), ("ROM02",))
    data.generate(tmp_path / "larger", few, hand=hand, workers=1)
    other = SimHand(tmp_path / "larger")
    assert other.data_hash != data.data_hash(1.0, subjects=few.subjects, programs=few.programs)
    assert not np.array_equal(other.acc, sim.acc[:31])
    assert [path for path in other.path.iterdir() if path.name == generation.HAND] == []
    with pytest.raises(SimHandError, match="a right hand's"):
        data.generate(tmp_path / "left", few, hand=mano.load(side="left"))


# Splits


def test_every_recording_has_one_split_and_the_protocol_is_the_books():
    everything = Plan()
    parts = {split: everything.entries_of(split) for split in data.SPLITS}
    programs = {split: sorted({entry.program for entry in entries}) for split, entries in parts.items()}
    assert programs == {
        "train": [f"ROM{i:02}" for i in range(1, 11)],
        "validation": ["ROM11", "ROM12"],
        "test": ["ROM13", "ROM14", "ROM15"],
    }
    assert sorted((e for part in parts.values() for e in part), key=lambda e: e.start) == list(everything.entries)
    assert all(len(entries) == 15 * len(programs[split]) for split, entries in parts.items())


def test_the_unseen_are_tested_and_never_trained_on_nor_chosen_by():
    everything = Plan()
    parts = {split: everything.entries_of(split, unseen=True) for split in data.SPLITS}
    unseen, seen = {"S13", "S14", "S15"}, {f"S{i:02}" for i in range(1, 13)}
    assert {entry.subject for entry in parts["test"]} == unseen
    assert {entry.subject for entry in parts["train"] + parts["validation"]} == seen
    for split, entries in parts.items():
        assert set(entries) <= set(everything.entries_of(split))
        assert len(entries) == len(everything.entries_of(split)) * (3 if split == "test" else 12) / 15


def test_a_split_that_does_not_exist_is_refused(sim):
    with pytest.raises(SimHandError, match="no split 'tset'; there are train, validation, test"):
        inspect.unwrap(Plan.entries_of)(sim.plan, "tset")


def test_rows_of_recordings_cover_all_frames_once():
    everything = Plan(seconds=2.0)
    covered = np.concatenate([np.arange(everything.frames)[entry.rows] for entry in everything.entries])
    assert covered.tolist() == list(range(everything.frames))
    assert everything.frames == 225 * 61


# Plans and their hash


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"difficulty": "hard"}, "no difficulty 'hard'; there are clean, glove, cheap"),
        ({"seed": -1}, "seed is -1, expected a whole number"),
        ({"seed": True}, "seed is True"),
        ({"seconds": 0.5}, "seconds is 0.5, expected at least 1.0"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"seconds": float("inf")}, "seconds is inf"),
        ({"subjects": ("S99",)}, r"subjects are \['S99'\], expected some of S01"),
        ({"programs": ()}, r"programs are \[\], expected some of ROM01"),
        ({"programs": ("ROM01", "ROM01")}, "each once"),
    ],
)
def test_plans_that_make_no_sense(arguments, message):
    with pytest.raises(SimHandError, match=message):
        any_plan(**arguments)


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_numbers_of_workers_that_make_no_sense(tmp_path, workers):
    with pytest.raises(SimHandError, match="workers is"):
        inspect.unwrap(data.generate)(tmp_path / "none", Plan(), workers=workers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VERSION", 2),
        ("UNSEEN", ("S13", "S14")),
        ("PLACEMENT", imu.RIGID_GLOVE),
        ("HALF_WINDOW", 1 / 30),
        ("PHYSICS_FPS", 240.0),
    ],
)
def test_another_definition_is_another_hash(monkeypatch, name, value):
    before = data.data_hash(60.0)
    monkeypatch.setattr(plan, name, value)
    assert data.data_hash(60.0) != before


def test_another_setting_of_any_difficulty_is_another_hash(monkeypatch):
    before = data.data_hash(60.0)
    cheap = imu.Setting("cheap", imu.SETTINGS["cheap"].hardware, imu.SETTINGS["glove"].wear)
    monkeypatch.setattr(imu, "SETTINGS", {**imu.SETTINGS, "cheap": cheap})
    assert data.data_hash(60.0) != before


def test_the_hash_is_of_what_matters():
    known = {data.data_hash(60.0), data.data_hash(61.0), data.data_hash(60.0, subjects=SUBJECTS)}
    known |= {data.data_hash(60.0, programs=PROGRAMS), data.data_hash(60.0, hand="another")}
    assert len(known) == 5
    assert data.data_hash(60.0) == data.data_hash(60.0, hand=plan.hand_hash(mano.load().data))
    assert plan.hand_hash(mano.load().data) == plan.hand_hash(mano.load(dtype=torch.float64).data)
    assert plan.hand_hash(mano.load(side="left").data) != plan.hand_hash(mano.load().data)


# Damage


def edited(**changes):
    def edit(place):
        manifest = json.loads((place / "simhand.json").read_text())
        (place / "simhand.json").write_text(json.dumps(manifest | changes))

    return edit


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (edited(format="photographs"), "no manifest of SimHand, but of 'photographs'"),
        (edited(version=0), f"it is of version 0, and this library makes {data.VERSION}"),
        (edited(data_hash="0"), "generated by other definitions"),
        (edited(hand="0"), "generated by other definitions"),
        (edited(plan={"difficulty": "hard"}), "simhand.json makes no sense"),
        (edited(plan={"colour": "red"}), "simhand.json makes no sense"),
        (edited(plan=[1]), "simhand.json makes no sense"),
        (edited(plan={"seconds": 2.0, "subjects": SUBJECTS, "programs": PROGRAMS}), "generated by other definitions"),
        (edited(series={}), "simhand.json makes no sense"),
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
    with pytest.raises(SimHandError, match=r"acc\.npy is not what was generated: its checksum differs"):
        SimHand(copy, verify=True)


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


# Interrupted

ONE = Plan("clean", 0, 1.0, ("S02",), ("ROM02",))
ECHO = "import os\nwhile word := os.read(0, 4): os.write(1, word)"


def left_over(place):
    return [path.name for path in place.iterdir() if not path.name.endswith(".lock")]


def workers_that(monkeypatch, script):
    """Instead of real ones, which need seconds to start."""
    monkeypatch.setattr(generation, "COMMAND", (sys.executable, "-S", "-E", "-c", script))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit('No space left on device')", "ended with status 1: No space left on device"),
        (
            f"import os, signal; os.read(0, 4); os.kill(os.getpid(), {signal.SIGKILL})",
            "status -9, killed by the system",
        ),
        (f"import os; os.write(1, os.read(0, 4)); os.kill(os.getpid(), {signal.SIGKILL})", "status -9, killed by the"),
        ("import os; os.write(1, os.read(0, 4))", "ended with status 0"),
    ],
)
def test_workers_that_end_before_their_time_leave_nothing(tmp_path, monkeypatch, script, message):
    workers_that(monkeypatch, script)
    with pytest.raises(SimHandError, match=message):
        data.generate(tmp_path / "set", Plan("clean", **SMALL), workers=2)
    assert left_over(tmp_path) == []


def test_one_worker_that_is_killed_ends_the_others_too(tmp_path, monkeypatch):
    """The first to start dies, the others go on slowly; nobody waits for them."""
    script = f"""import os, sys, time
first = os.path.join(sys.argv[1], "first")
try:
    os.close(os.open(first, os.O_CREAT | os.O_EXCL))
except FileExistsError:
    while word := os.read(0, 4):
        os.write(1, word)
        time.sleep(0.3)
else:
    os.kill(os.getpid(), {signal.SIGKILL})"""
    workers_that(monkeypatch, script)
    with pytest.raises(SimHandError, match="status -9"):
        data.generate(tmp_path / "set", Plan("clean", seconds=1.0), workers=2)  # 240 x 0.3 s, if they were waited for
    assert left_over(tmp_path) == []


def test_ctrl_c_leaves_nothing(tmp_path, monkeypatch):
    workers_that(monkeypatch, ECHO)

    def interrupted(done, total):
        raise KeyboardInterrupt

    for workers in (1, 2):
        with pytest.raises(KeyboardInterrupt):
            data.generate(tmp_path / "set", ONE, workers=workers, progress=interrupted)
        assert left_over(tmp_path) == []


def test_a_worker_ends_when_nobody_listens():
    out, into = os.pipe()
    os.close(out)
    with pytest.raises(BrokenPipeError):
        os.write(into, b"\0\0\0\0")  # which ends it, as it is caught nowhere
    os.close(into)


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(generation, "write_rows", full)
    with pytest.raises(SimHandError, match=r"cannot be written .*No space left on device.* HANDS_DATA"):
        data.generate(tmp_path / "set", ONE, workers=1)
    assert left_over(tmp_path) == []


def test_a_place_that_is_no_folder(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HANDS_DATA", str(tmp_path / "file"))
    with pytest.raises(SimHandError, match="cannot be written"):
        data.simhand("clean", **SMALL)


# The golden numbers

TRUTH = {
    "hand_pose": [0.188, 0.32457],
    "global_orient": [0.27238, 0.50294],
    "transl": [0.01459, 0.026986],
    "forearm_orient": [0.25762, 0.48299],
}
GOLDEN = {
    "clean": TRUTH | {"acc": [4.3105, 5.5898], "gyro": [0.39707, 0.80943], "rotation": [0.43924, 0.44681]},
    "glove": TRUTH | {"acc": [4.3998, 5.6201], "gyro": [0.39808, 0.80721], "rotation": [0.43922, 0.44709]},
    "cheap": TRUTH | {"acc": [4.5128, 5.6756], "gyro": [0.40163, 0.80246], "rotation": [0.43814, 0.46357]},
}
EXACT_TO = 2e-3
"""Of each number: processors differ in the last digits, a changed generator in the first ones."""


def summary(difficulty):
    """Mean and standard deviation of every series of three short takes and a calibration."""
    hand, small = mano.load(), Plan(difficulty, 0, 3.0, ("S05",), ("ROM03", "ROM08", "ROM14"))
    made = [takes.rows(*takes.take(small, entry, hand)) for entry in small.entries]
    made.append(takes.rows(*takes.calibration(small, "S05", hand)))
    together = {name: np.concatenate([rows[name].ravel() for rows in made]) for name in takes.FRAME_SHAPES}
    return {name: [float(f"{v:.5g}") for v in (np.abs(s).mean(), s.std())] for name, s in together.items()}


@pytest.mark.parametrize("difficulty", ["clean", "glove", "cheap"])
def test_the_generator_still_makes_the_same_data(difficulty):
    """Made by `python -c "from tests.data.test_simhand import *; print({d: summary(d) for d in GOLDEN})"`."""
    for name, numbers in summary(difficulty).items():
        assert numbers == pytest.approx(GOLDEN[difficulty][name], rel=EXACT_TO), (
            f"{name} is {numbers}: the generator makes other data than before. If it should, raise hands.data.plan."
            "VERSION, so that old results are not compared with new ones, and write the new numbers here"
        )
