"""A made-up mask record for tests: the truth, and noise on it that grows with what is hidden. No network made it."""

from __future__ import annotations

import torch

from hands import motion
from hands.experiments.mask_record import Clip, MaskRecord
from hands.experiments.recorded import Shown

KINDS = ("frames", "joints", "both")
RATIOS = (0.0, 0.25, 0.5, 0.75, 1.0)


def made_up(clips: int = 2, frames: int = 32, ratios: tuple[float, ...] = RATIOS) -> MaskRecord:
    return MaskRecord([_clip(k, frames, ratios) for k in range(clips)], 30.0, "Made up for tests: noise on the truth.")


def _clip(k: int, frames: int, ratios: tuple[float, ...]) -> Clip:
    generator = torch.Generator().manual_seed(k)
    moved = motion.sample(("ROM13", "ROM14", "ROM15")[k % 3], "S03", seconds=2.0, fps=30.0)
    truth = moved.hand_pose[-frames:]
    noise = torch.rand(frames, 16, generator=generator)
    wander = 0.6 * torch.randn(frames // 3 + 2, 15, 3, generator=generator).repeat_interleave(3, 0)[:frames]
    hidden = {(kind, ratio): _mask(ratio, noise, kind) for kind in KINDS for ratio in ratios}
    guesses = {
        (kind, ratio): Shown(truth + (0.05 + 0.3 * ratio) * (0.2 + 0.8 * mask[..., None]) * wander, 0.6 * moved.betas)
        for (kind, ratio), mask in hidden.items()
    }
    return Clip(
        f"Movement {k + 1}", Shown(truth, moved.betas), guesses, hidden, Shown(truth + 0.5 * wander, moved.betas * 0)
    )


def _mask(ratio: float, noise: torch.Tensor, kind: str) -> torch.Tensor:
    """Hidden as a larger share of frames, of tokens, or of both comes past the noise."""
    share = 1 - (1 - ratio) ** 0.5 if kind == "both" else ratio
    frames, tokens = noise[:, :1] < share, noise[:, 1:] < share
    return {"frames": frames.expand(-1, 15), "joints": tokens, "both": frames | tokens}[kind]
