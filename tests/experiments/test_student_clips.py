"""The clips of the student lab are what networks say of the windows that they claim to be."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest
import torch
from torch import nn

from hands import data, fusion, mano
from hands.data.plan import SENSORS
from hands.data.takes import generator
from hands.experiments import student_clips, students, teachers, tries
from hands.experiments.methods import Setting
from hands.experiments.recorded import Shown
from hands.experiments.results import ResultsError
from hands.experiments.samples import JUDGED
from hands.fusion import MaskNoise, Teacher, TeacherConfig
from hands.metrics import mpjpe

PLAN = data.Plan("glove", 0, 3.3, ("S02", "S03"), ("ROM02", "ROM13"))
HAND = mano.load(dtype=torch.float64)


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> data.SimHand:
    path = tmp_path_factory.mktemp("data") / "small"
    data.generate(path, PLAN, workers=1)
    return data.SimHand(path)


class Said(NamedTuple):
    pose_6d: torch.Tensor
    betas: torch.Tensor


class Student(nn.Module):
    """Sees two sensors; of the second it makes every joint's rotation, and the shape."""

    worn = SimpleNamespace(rows=[SENSORS.index("palm"), SENSORS.index("index")])

    def forward(self, features: torch.Tensor) -> Said:
        assert features.shape[2] == 2
        pose = torch.tensor([1.0, 0, 0, 0, 1, 0]) + features[:, :, 1:, :6]
        return Said(pose.expand(-1, -1, 15, -1), 3 * features[:, :, 1, :10].mean(1))


def teacher() -> Teacher:
    torch.manual_seed(0)
    made = Teacher(TeacherConfig(dim=8, depth=1, num_heads=2))
    torch.nn.init.normal_(made.pose.linear.weight, std=0.1)
    return made.eval().requires_grad_(False)


def off(shown: Shown, pose_6d: torch.Tensor, betas: torch.Tensor) -> float:
    """The largest MPJPE of a frame, metres."""
    drawn = HAND.keypoints(betas=shown.betas, hand_pose=shown.hand_pose)
    return float(mpjpe(drawn, HAND.keypoints(betas=betas.double(), hand_6d=pose_6d.double())).max())


def test_a_clip_is_of_the_windows_in_the_middle_of_its_recording(sim: data.SimHand) -> None:
    network = teacher()
    (clip,) = student_clips.record({"t": network, "s": Student()}, sim, person="S03", count=2).clips
    assert (clip.name.split()[0], tuple(clip.said)) == ("ROM13", ("t", "s"))
    recording, motion = sim[next(e for e in sim.entries if (e.subject, e.program) == ("S03", "ROM13"))]
    rows = torch.arange(64).view(2, 32)  # of 99 frames, three windows: the first two of them
    features = data.features(recording)[rows]
    rotmat = mano.axis_angle_to_rotmat(motion.hand_pose[rows])
    true = torch.cat([rotmat[..., 0], rotmat[..., 1]], -1)
    assert off(clip.truth, true.flatten(0, 1), motion.betas) < 1e-4

    said = Student()(features[:, :, Student.worn.rows])
    assert off(clip.said["s"], said.pose_6d.flatten(0, 1), said.betas.mean(0)) < 3e-5
    assert off(clip.said["s"], said.pose_6d.flatten(0, 1), said.betas[0]) > 6e-5

    windows = 4  # of each test recording; those of S03 come second
    hidden = fusion.mask(0.5, MaskNoise.draw(2 * windows, 32, 15, generator=generator(JUDGED)))[windows : windows + 2]
    fused = network(features, true, motion.betas.expand(2, -1), hidden)
    assert off(clip.said["t"], fused.pose_6d.flatten(0, 1), fused.betas.mean(0)) < 1e-4


def test_who_is_not_there_and_what_is_too_short_are_named(sim: data.SimHand) -> None:
    with pytest.raises(ResultsError, match="S09 has no recording of a test program"):
        student_clips.record({"s": Student()}, sim, person="S09")
    with pytest.raises(ResultsError, match="a clip takes 9 windows of 32 frames, and a test recording has"):
        student_clips.record({"s": Student()}, sim, person="S03", count=9)


def test_without_a_choice_there_is_no_record_of_the_book(tmp_path: Path) -> None:
    assert student_clips.write_book(tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_tries_alone_make_no_record_since_it_shows_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "best.safetensors"
    weights.touch()
    monkeypatch.setattr(tries, "chosen", lambda method, folder: Setting(lr=3e-3, weight_decay=0.01))
    for asked in (students.Question, teachers.Question):
        monkeypatch.setattr(asked, "weights", property(lambda _: weights))
    assert student_clips.write_book(tmp_path / "results") is None
