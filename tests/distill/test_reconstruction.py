"""From a recording to a motion: every frame once, and the palm's sensor for the orientation."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import data, distill, imu, mano, metrics, motion, train
from hands.distill import shipped
from tests.distill.small import FEW, talkative

CONFIG = distill.StudentConfig(dim=8, max_len=32)


@pytest.fixture(scope="module")
def moved():
    return motion.sample("ROM03", "S01", seconds=2.5)


@pytest.fixture(scope="module")
def recording(moved):
    return imu.simulate(moved, mano.load())


@pytest.fixture(scope="module")
def student():
    return talkative(distill.Student(CONFIG)).float()


def part(recording, frames):
    cut = {name: getattr(recording, name)[:, :frames] for name in ("acc", "gyro", "rotation")}
    return dataclasses.replace(recording, timestamps=recording.timestamps[:frames], **cut)


def test_a_motion_of_the_same_length_and_rate_comes_out(student, recording):
    found = student.train().reconstruct(recording)
    assert student.training
    assert (len(found), found.fps) == (len(recording), recording.fps) == (76, 30.0)
    assert all(bool(x.isfinite().all()) for x in found.pose.values())
    assert not found.transl.any()
    assert mano.load()(**found.pose).vertices.shape == (76, 778, 3)


@pytest.mark.parametrize(("frames", "starts"), [(76, [0, 32, 44]), (64, [0, 32]), (32, [0]), (20, [0])])
def test_every_frame_is_said_once_by_the_window_that_comes_first(student, recording, frames, starts):
    """And one shape for all, the mean over windows."""
    features = data.features(part(recording, frames))
    poses, shapes = [], []
    with torch.no_grad():
        for start in starts:
            said = student.eval()(features[None, start : start + 32])
            poses.extend(said.pose_6d[0, len(poses) - start :])
            shapes.append(said.betas[0])
    columns = torch.stack(poses).unflatten(-1, (2, 3)).double().numpy()
    x = columns[..., 0, :] / np.linalg.norm(columns[..., 0, :], axis=-1, keepdims=True)
    y = columns[..., 1, :] - (x * columns[..., 1, :]).sum(-1, keepdims=True) * x
    y = y / np.linalg.norm(y, axis=-1, keepdims=True)
    expected = Rotation.from_matrix(np.stack([x, y, np.cross(x, y)], -1).reshape(-1, 3, 3))
    found = distill.reconstruct(student, part(recording, frames))
    angle = (expected * Rotation.from_rotvec(found.hand_pose.reshape(-1, 3).double().numpy()).inv()).magnitude()
    assert angle.max() < 1e-3  # single precision, through six numbers that may lie near to each other
    torch.testing.assert_close(found.betas, torch.stack(shapes).mean(0), rtol=1e-4, atol=1e-5)


def test_the_orientation_is_the_palms_sensors_where_the_glove_has_it(student, recording, moved):
    found = student.reconstruct(recording)
    true = moved.global_orient[:: round(moved.fps / 30)]
    error = metrics.orientation_error(*(mano.axis_angle_to_rotmat(x.double()) for x in (found.global_orient, true)))
    assert error.max() < np.radians(1)  # the skin under the sensor moves a little
    torch.testing.assert_close(found.forearm_orient, found.global_orient)


def test_other_sensors_may_be_there_and_in_any_order(recording):
    few = talkative(distill.Student(dataclasses.replace(CONFIG, sensors=FEW))).float()
    shuffled = recording.select(["pinky", "middle", "palm", "wrist", "thumb"])
    found, expected = few.reconstruct(shuffled), few.reconstruct(recording.select(FEW))
    torch.testing.assert_close(found.hand_pose, expected.hand_pose, rtol=0, atol=0)


def test_simple_models_reconstruct_as_well(recording):
    found = distill.Gru(distill.GruConfig(width=8)).reconstruct(recording)
    assert len(found) == 76
    assert found.hand_pose.abs().max() < 1e-3  # not trained, so it is a flat hand


def test_mistakes_are_told_in_words(student, recording):
    faster = dataclasses.replace(recording, timestamps=recording.timestamps * 0.3)
    series = {n: getattr(recording, n).expand(2, *getattr(recording, n).shape) for n in ("acc", "gyro", "rotation")}
    for wrong, said in (
        (recording.select(FEW), "has palm, thumb, middle, and this network also wants wrist, index, ring, pinky"),
        (dataclasses.replace(recording, names=()), "has sensors without names, and this network also wants wrist"),
        (faster, "has 100 records per second, the network knows 30: resample"),
        (part(recording, 1), "one record has no rate"),
        (dataclasses.replace(recording, **series), r"acc is \(2, 7, 76, 3\), expected \(sensors, time, 3\)"),
    ):
        with pytest.raises(ValueError, match=said):
            student.reconstruct(wrong)


def test_a_student_comes_back_from_its_weights(student, recording, tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "WEIGHTS", tmp_path)
    told = {"config": {"student": dataclasses.asdict(CONFIG)}, "data_hash": "none"}
    train.save(shipped.path_of("plain", 7), student, told)
    again = distill.load("plain")
    assert not again.training
    assert again.config == CONFIG
    torch.testing.assert_close(again.reconstruct(recording).hand_pose, student.reconstruct(recording).hand_pose)
    with pytest.raises(train.CheckpointError, match=r"no student_taught_3 among .* but student_plain_7"):
        distill.load("taught", 3)
    train.save(tmp_path / "student_other_7.safetensors", student, {"config": {}})
    with pytest.raises(train.CheckpointError, match="of something else, not of a student"):
        distill.load("other")


def test_the_example_of_the_reference_runs(capsys):
    page = Path(__file__).parents[2] / "book/reference/api_distill.md"
    first, second = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    exec(first, {})
    assert "61 torch.Size([61, 778, 3])" in capsys.readouterr().out
    exec(second, {})
