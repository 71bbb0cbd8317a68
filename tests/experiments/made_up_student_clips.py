"""A made-up student record for tests: the truth, and noise on it, more for each network. No network made it."""

from __future__ import annotations

import torch

from hands import motion
from hands.experiments.recorded import Shown
from hands.experiments.student_record import Clip, StudentRecord

NAMES = ("teacher", "plain student", "taught student")


def made_up(clips: int = 2, frames: int = 32, names: tuple[str, ...] = NAMES) -> StudentRecord:
    about = "Made up for tests: noise on the truth."
    return StudentRecord([_clip(k, frames, names) for k in range(clips)], 30.0, about)


def _clip(k: int, frames: int, names: tuple[str, ...]) -> Clip:
    generator = torch.Generator().manual_seed(k)
    moved = motion.sample(("ROM13", "ROM14", "ROM15")[k % 3], "S03", seconds=max(2.0, frames / 30), fps=30.0)
    truth = moved.hand_pose[-frames:]
    said = {}
    for size, name in enumerate(names, 1):
        noise = torch.randn(frames // 3 + 2, 15, 3, generator=generator).repeat_interleave(3, 0)[:frames]
        said[name] = Shown(truth + 0.08 * size * noise, (1 - 0.3 * size) * moved.betas)
    return Clip(f"Movement {k + 1}", Shown(truth, moved.betas), said)
