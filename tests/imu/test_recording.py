"""The record of sensors: what it refuses, picks, saves and reads."""

import inspect
import json
import math
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hands.imu import Recording, RecordingError, sense
from tests.imu.movements import wobbling

NAMES = ("wrist", "palm", "thumb")
SERIES = ("timestamps", "acc", "gyro", "rotation")
make = inspect.unwrap(Recording)


def recorded(*batch, frames=20, fps=30.0, names=(), dtype=torch.float64):
    generator = torch.Generator().manual_seed(0)
    acc, gyro = torch.randn(2, *batch, frames, 3, generator=generator, dtype=torch.float64).to(dtype)
    rotation = torch.eye(3, dtype=dtype).expand(*batch, frames, 3, 3)
    return Recording(torch.arange(frames, dtype=torch.float64) / fps, acc, gyro, rotation, names)


def fields(recording):
    return {name: getattr(recording, name) for name in (*SERIES, "names")}


def same(a, b):
    return a.names == b.names and all(
        torch.equal(getattr(a, n), getattr(b, n)) and getattr(a, n).dtype == getattr(b, n).dtype for n in SERIES
    )


@given(st.sampled_from([10.0, 30.0, 60.0, 100.0, 119.88, 120.0, 1000.0]), st.integers(2, 5000))
def test_the_frame_rate_is_that_of_the_timestamps(fps, frames):
    assert recorded(frames=frames, fps=fps).fps == fps


def test_the_frame_rate_of_uneven_timestamps_is_the_mean():
    recording = recorded(frames=3)
    uneven = replace(recording, timestamps=torch.tensor([5.0, 5.01, 5.1], dtype=torch.float64))
    assert uneven.fps == 20.0


def test_one_record_has_no_frame_rate():
    with pytest.raises(RecordingError, match="one record has no frame rate"):
        _ = recorded(frames=1).fps


def test_sensors_are_picked_by_name_and_in_that_order():
    recording = recorded(3, names=NAMES)
    few = recording.select(["thumb", "wrist"])
    assert few.names == ("thumb", "wrist")
    assert len(few) == 20
    for k, j in enumerate((2, 0)):
        assert torch.equal(few.acc[k], recording.acc[j])
        assert torch.equal(few.gyro[k], recording.gyro[j])
        assert torch.equal(few.rotation[k], recording.rotation[j])


def test_sensors_are_picked_out_of_every_recording_of_a_batch():
    recording = recorded(4, 3, names=NAMES)
    few = recording.select(("palm",))
    assert torch.equal(few.acc, recording.acc[:, 1:2])
    assert torch.equal(few.rotation, recording.rotation[:, 1:2])


@pytest.mark.parametrize("names", [["elbow"], ["palm", "elbow"], "palm", ["palm", "palm"]])
def test_what_cannot_be_picked(names):
    with pytest.raises(RecordingError, match=r"no sensor|share a name|expected some of"):
        recorded(3, names=NAMES).select(names)


def test_it_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        recorded().acc = torch.zeros(20, 3)


@given(st.lists(st.integers(1, 3), max_size=2), st.integers(1, 9), st.sampled_from([torch.float32, torch.float64]))
@settings(max_examples=20)
def test_what_is_saved_is_what_is_read(tmp_path_factory, batch, frames, dtype):
    path = tmp_path_factory.mktemp("saved") / "recording.npz"
    names = tuple(f"sensor {k}: größer" for k in range(batch[-1])) if batch else ()
    recording = recorded(*batch, frames=frames, names=names, dtype=dtype)
    recording.save(path)
    assert same(Recording.load(path), recording)


def test_saving_leaves_one_file_and_replaces_the_old_one(tmp_path):
    path = tmp_path / "recording.npz"
    for recording in (recorded(), recorded(3, names=NAMES)):
        recording.save(str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["recording.npz"]
    assert Recording.load(path).names == NAMES


def test_a_recording_that_could_be_learnt_through_is_saved_too(tmp_path):
    seen = wobbling(30.0)
    recording = sense(seen.position.requires_grad_(), seen.rotation, 30.0)
    recording.save(tmp_path / "recording.npz")
    assert torch.equal(Recording.load(tmp_path / "recording.npz").acc, recording.acc.detach())


def test_files_are_arrays_that_anybody_can_read(tmp_path):
    recorded(3, names=NAMES).save(tmp_path / "recording.npz")
    with np.load(tmp_path / "recording.npz", allow_pickle=False) as file:
        assert file["acc"].shape == (3, 20, 3)
        assert json.loads(str(file["about"]))["names"] == list(NAMES)


def damaged(tmp_path, kind):
    path = tmp_path / "recording.npz"
    recording = recorded(3, names=NAMES)
    recording.save(path)
    arrays = {n: getattr(recording, n).numpy() for n in SERIES}
    about = {"format": "hands.imu.Recording 1", "names": list(NAMES)}
    content = path.read_bytes()
    if kind == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "one bit":
        path.write_bytes(content[:400] + bytes([content[400] ^ 1]) + content[401:])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("time,ax,ay,az\n")
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(about))
    elif kind == "pickle inside":
        np.savez(path, about=np.array(json.dumps(about)), **(arrays | {"acc": np.array([{}], dtype=object)}))
    elif kind == "another's":
        np.savez(path, about=np.array(json.dumps(about | {"format": "hands.motion.Motion 1"})), **arrays)
    elif kind == "no note":
        np.savez(path, **arrays)
    elif kind == "no gyro":
        np.savez(path, about=np.array(json.dumps(about)), **{n: a for n, a in arrays.items() if n != "gyro"})
    elif kind == "odd shape":
        np.savez(path, about=np.array(json.dumps(about)), **(arrays | {"gyro": np.zeros((3, 19, 3))}))
    elif kind == "words":
        np.savez(path, about=np.array(json.dumps(about)), **(arrays | {"gyro": np.array(["a"])}))
    return path


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("cut off", "is damaged, or was not saved by this library"),
        ("one bit", "is damaged, or was not saved by this library"),
        ("empty", "is damaged, or was not saved by this library"),
        ("text", "is damaged, or was not saved by this library"),
        ("pickle", "is damaged, or was not saved by this library"),
        ("pickle inside", "is damaged, or was not saved by this library"),
        ("another's", "is 'hands.motion.Motion 1', expected 'hands.imu.Recording 1'"),
        ("no note", "is damaged, or was not saved by this library"),
        ("no gyro", "is damaged, or was not saved by this library"),
        ("odd shape", "holds no recording that makes sense"),
        ("words", "holds no recording that makes sense"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path, kind, sentence):
    with pytest.raises(RecordingError, match=rf"recording\.npz {sentence}"):
        Recording.load(damaged(tmp_path, kind))


def test_a_missing_file_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        Recording.load(tmp_path / "nowhere.npz")


GOOD = fields(recorded(3, names=NAMES))
BAD = {
    "frames": (
        {"gyro": GOOD["gyro"][:, 1:]},
        r"gyro is torch.float64 of shape \(3, 19, 3\), expected floats \(3, 20, 3\)",
    ),
    "sensors": ({"rotation": GOOD["rotation"][1:]}, r"rotation is .*\(2, 20, 3, 3\), expected floats \(3, 20, 3, 3\)"),
    "quaternions": ({"rotation": torch.zeros(3, 20, 4)}, r"rotation is .*\(3, 20, 4\)"),
    "whole numbers": ({"acc": GOOD["acc"].long()}, "acc is torch.int64"),
    "no number": ({"acc": torch.full((3, 20, 3), math.nan)}, "acc holds a number that is not finite"),
    "infinity": ({"timestamps": torch.full((20,), math.inf)}, "timestamps holds a number that is not finite"),
    "backwards": ({"timestamps": GOOD["timestamps"].flip(0)}, "time does not run forward from record 0 to 1"),
    "twice": ({"timestamps": torch.tensor([0.0, 1.0, 1.0, *range(2, 19)])}, "forward from record 1 to 2"),
    "names": ({"names": ("palm",)}, r"1 names do not fit series of shape \(3, 20, 3\)"),
    "one name": ({"names": ("palm", "palm", "thumb")}, "two sensors share a name"),
    "nothing": (
        {n: GOOD[n][(slice(None),) * (n != "timestamps") + (slice(0),)] for n in SERIES},
        "at least one record: timestamps is empty",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_it_says_what_is_wrong(kind):
    changes, sentence = BAD[kind]
    recording = object.__new__(Recording)
    for name, value in (GOOD | changes).items():
        object.__setattr__(recording, name, value)
    with pytest.raises(RecordingError, match=sentence):
        recording.__post_init__()


def test_mirrored_axes_are_refused():
    still = torch.zeros(1, 4, 3)
    mirrored = torch.diag(torch.tensor([1.0, 1.0, -1.0])).expand(1, 4, 3, 3)
    with pytest.raises(RecordingError, match=r"rotation is a reflection \(determinant -1\): swap two axes"):
        Recording(torch.arange(4) / 30, still, still, mirrored)
