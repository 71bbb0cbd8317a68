"""The clips of the mask lab are what the network says of the windows that they claim to be."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from hands import data, mano
from hands.data.takes import generator
from hands.experiments import mask_clips, mask_record
from hands.experiments.recorded import Shown
from hands.fusion import MaskNoise, Teacher, TeacherConfig, mask
from hands.metrics import mpjpe

PLAN = data.Plan("glove", 0, 3.3, ("S02", "S03"), ("ROM02", "ROM13"))


@pytest.fixture(scope="module")
def sim(tmp_path_factory: pytest.TempPathFactory) -> data.SimHand:
    path = tmp_path_factory.mktemp("data") / "small"
    data.generate(path, PLAN, workers=1)
    return data.SimHand(path)


def keypoints(shown: Shown) -> torch.Tensor:
    return mano.load(dtype=torch.float64).keypoints(betas=shown.betas.double(), hand_pose=shown.hand_pose.double())


def network(blind: bool) -> Teacher:
    torch.manual_seed(int(blind))
    made = Teacher(TeacherConfig(dim=8, depth=1, num_heads=2, blind=blind))
    torch.nn.init.normal_(made.pose.linear.weight, std=0.1)
    return made


def test_a_clip_is_the_middle_window_of_its_recording(sim: data.SimHand, tmp_path: Path) -> None:
    teacher, blind = network(False), network(True)
    made = mask_clips.record(teacher, sim, blind, "S03")
    (clip,) = made.clips
    recording, motion = sim[next(e for e in sim.entries if (e.subject, e.program) == ("S03", "ROM13"))]
    rows = slice(32, 64)  # windows begin at 0, 32, 64 and 68: the middle one, the lower of two
    hand = mano.load(dtype=torch.float64)
    true = hand.keypoints(betas=motion.betas.double(), hand_pose=motion.hand_pose[rows].double())
    assert float(mpjpe(keypoints(clip.truth), true).max()) < 1e-4

    sixd = torch.cat([mano.axis_angle_to_rotmat(motion.hand_pose[rows])[..., c] for c in (0, 1)], -1)
    hidden = mask(0.5, MaskNoise.draw(32, 15, generator=generator(13, 5)), "joints")
    said = teacher.eval().requires_grad_(False)(
        data.features(recording)[None, rows], sixd[None], motion.betas[None], hidden[None]
    )
    shown = clip.guesses["joints", 0.5]
    assert torch.equal(clip.hidden["joints", 0.5], hidden)
    expected = hand.keypoints(betas=said.betas[0].double(), hand_6d=said.pose_6d[0].double())
    assert float(mpjpe(keypoints(shown), expected).max()) < 1e-4
    assert clip.blind is not None
    assert float(mpjpe(keypoints(clip.blind), expected).max()) > 1e-3
    assert mask_record.read(mask_record.write(made, tmp_path / "lab.json")).ratios == mask_clips.STEPS
