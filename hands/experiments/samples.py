"""SimHand as networks see it: windows of features and of the truth in memory, and batches, pure functions of a step.

A batch is a pure function of the seed and the step: which windows it holds follows from a permutation of all windows,
one for each epoch, and what of the pose is hidden from the noise of each sample. So nothing has to be remembered to go
on after an interruption, and every process of many can make its own rows.

Convention:
    Everything is in the hand's frame, with the wrist at the origin and not turned: the orientation of the whole hand
    is neither given as a label nor scored. Poses are 6D, the first two columns of each rotation.

Explained in the book: *The fusion teacher*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from hands import fusion
from hands.data import Entry, SimHand, Windows, features, windows
from hands.data.takes import generator
from hands.experiments.takes import sixd
from hands.fusion import TeacherStatistics
from hands.fusion.masking import Kind
from hands.mano import Hand, axis_angle_to_rotmat
from hands.metrics import wrist_aligned
from hands.motion.programs import Split

LENGTH: Final = 32
"""Frames of a window: 1.07 s."""
ORDER, MASK, JUDGED = 11, 12, 13
"""The streams of random numbers: of the windows' order, of masks in training, and of masks in evaluation."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Recordings that lie one after another, and windows of them."""

    entries: tuple[Entry, ...]
    """Of the recordings, in their order."""
    features: Float[Tensor, "frames sensors channels"]
    """The layout `"relative"`, as it is: networks normalise for themselves."""
    pose_6d: Float[Tensor, "frames 15 6"]
    betas: Float[Tensor, "recordings 10"]
    keypoints: Float[Tensor, "frames 21 3"]
    """From the wrist, metres."""
    windows: Windows
    """Their rows are frames of the above."""

    @staticmethod
    def of(
        sim: SimHand, split: Split, hand: Hand, *, length: int = LENGTH, stride: int = LENGTH, unseen: bool = False
    ) -> Samples:
        """Those of a split.

        Args:
            sim: the data set.
            split: `"train"`, `"validation"` or `"test"`.
            hand: makes the keypoints.
            length: frames of a window.
            stride: frames from the start of a window to the start of the next.
            unseen: by the unseen-subject split.
        """
        entries = sim.entries_of(split, unseen=unseen)
        motions = [sim.motion(entry) for entry in entries]
        betas = torch.stack([motion.betas for motion in motions])
        rotmat = axis_angle_to_rotmat(torch.cat([motion.hand_pose for motion in motions]))
        frames = [entry.frames for entry in entries]
        each = betas.repeat_interleave(torch.tensor(frames), 0)
        return Samples(
            entries=entries,
            features=torch.cat([features(sim.recording(entry)) for entry in entries]),
            pose_6d=sixd(rotmat),
            betas=betas,
            keypoints=wrist_aligned(hand.keypoints(betas=each, hand_rotmat=rotmat)),
            windows=windows(frames, length, stride),
        )

    def __len__(self) -> int:
        return len(self.windows)

    @cached_property
    def recordings(self) -> Int[Tensor, " frames"]:
        """Which recording each frame is of."""
        return torch.arange(len(self.entries)).repeat_interleave(torch.tensor([e.frames for e in self.entries]))

    def statistics(self) -> TeacherStatistics:
        """What a teacher that is trained on these samples has to know of them; every frame counts once."""
        series = (self.features, self.pose_6d, self.keypoints)
        return TeacherStatistics.of(*(one.unflatten(0, (len(self.entries), -1)) for one in series))

    def batch(self, which: Sequence[int], hidden: Bool[Tensor, "batch time 15"] | None) -> dict[str, Tensor]:
        """These windows, and what is hidden of them, if that is asked for, as `fusion.teacher_loss` wants them."""
        rows = torch.from_numpy(self.windows.rows[list(which)])
        return {
            "features": self.features[rows],
            "pose_6d": self.pose_6d[rows],
            "betas": self.betas[torch.from_numpy(self.windows.recordings[list(which)])],
            "keypoints": self.keypoints[rows],
            **({} if hidden is None else {"hidden": hidden}),
        }


@dataclass(frozen=True)
class Batches:
    """Batches for `train.fit`, a pure function of the seed and the step.

    Every window comes once in each epoch, in an order of the epoch's own; a batch may hold the end of one epoch and the
    beginning of the next.
    """

    samples: Samples
    batch: int
    """Samples of one step, over all processes."""
    seed: int
    ratio: float
    """Share of the pose's tokens that is hidden."""

    def __call__(self, step: int, rows: slice = slice(None)) -> dict[str, Tensor]:
        """Some rows of the batch of a step."""
        drawn = range(step * self.batch, (step + 1) * self.batch)[rows]
        hidden = torch.stack([self._hidden(k) for k in drawn])
        return self.samples.batch([self._window(k) for k in drawn], hidden)

    def _hidden(self, drawn: int) -> Bool[Tensor, "time 15"]:
        shape = (self.samples.windows.length, 15)
        return fusion.mask(self.ratio, fusion.MaskNoise.draw(*shape, generator=generator(self.seed, MASK, drawn)))

    def _window(self, drawn: int) -> int:
        epoch, place = divmod(drawn, len(self.samples))
        return int(_order(len(self.samples), self.seed, epoch)[place])


def judged(samples: Samples, ratio: float, kind: Kind = "both") -> Bool[Tensor, "windows time 15"]:
    """The masks under which a network is judged: fixed once and for all, and nested from ratio to ratio."""
    shape = (len(samples), samples.windows.length, 15)
    return fusion.mask(ratio, fusion.MaskNoise.draw(*shape, generator=generator(JUDGED)), kind)


@lru_cache(maxsize=4)
def _order(n: int, seed: int, epoch: int) -> Int[Tensor, " n"]:
    return torch.randperm(n, generator=generator(seed, ORDER, epoch))
