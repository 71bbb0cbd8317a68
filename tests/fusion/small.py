"""A small teacher, and windows of hands that wave, in double precision."""

import functools

import torch

from hands import mano
from hands.fusion import MaskNoise, Teacher, TeacherConfig, TeacherStatistics, mask

CONFIG = TeacherConfig(dim=12, depth=1, num_heads=3, max_len=8)


@functools.cache
def hand():
    return mano.Hand(mano.load().data, dtype=torch.float64)


def batch(windows=3, frames=6, seed=0, ratio=0.5):
    draw = torch.Generator().manual_seed(seed)
    still, step = (torch.randn(windows, n, 15, 3, generator=draw, dtype=torch.float64) for n in (1, frames))
    rotmat = mano.axis_angle_to_rotmat(0.3 * still + 0.05 * step.cumsum(1))
    betas = torch.randn(windows, 10, generator=draw, dtype=torch.float64)
    keypoints = hand().keypoints(betas=betas[:, None], hand_rotmat=rotmat)
    return {
        "features": torch.randn(windows, frames, 7, 15, generator=draw, dtype=torch.float64) + 3,
        "pose_6d": rotmat[..., :2].mT.flatten(-2),
        "betas": betas,
        "keypoints": keypoints - keypoints[..., :1, :],
        "hidden": mask(ratio, MaskNoise.draw(windows, frames, 15, generator=draw)),
    }


def statistics(of):
    return TeacherStatistics.of(of["features"], of["pose_6d"], of["keypoints"])


def teacher(of=None, config=CONFIG, seed=0):
    """One whose every parameter says something."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = Teacher(config, statistics(of if of is not None else batch())).double()
        for parameter in made.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return made


def asked(of):
    """What a teacher is called with."""
    return {name: of[name] for name in ("features", "pose_6d", "betas", "hidden")}
