"""Scores of predictions against the truth: every frame once, in millimetres.

A method that predicts a pose and a shape is also scored in parts: its shape on the true pose, and its pose on the true
shape. The parts do not add up to the whole, but they say which of the two to work on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import torch
from jaxtyping import Float
from torch import Tensor

from hands.experiments.takes import Take
from hands.mano import Hand
from hands.metrics import mpjpe, mpvpe

CHUNK: Final = 512
"""Frames meshed at a time: the fastest on one core."""

Method = tuple[str, str]
"""Name of the sensors, name of the method."""


@dataclass(frozen=True, eq=False)
class Guesses:
    """What methods say about one recording."""

    poses: dict[str, Float[Tensor, "time 15 6"]] = field(default_factory=dict)
    """In 6D, by a name of their own."""
    shapes: dict[str, Float[Tensor, " 10"]] = field(default_factory=dict)
    pairs: dict[Method, tuple[str, str]] = field(default_factory=dict)
    """Of the methods that make a hand: names of the pose and of the shape."""
    keypoints: dict[Method, Float[Tensor, "time 21 3"]] = field(default_factory=dict)
    """Of the methods that do not."""


@dataclass(frozen=True)
class Score:
    """Millimetres, on average over frames; None: the method has no such thing."""

    frames: int
    mpjpe_mm: float
    mpvpe_mm: float | None
    shape_mm: float | None
    pose_mm: float | None


class Scores:
    """Sums of errors over recordings.

    Args:
        hand: the hand of the truth and of the guesses.
        mesh: whether vertices are scored as well, which takes most of the time.
    """

    def __init__(self, hand: Hand, *, mesh: bool = True) -> None:
        self.hand, self.mesh = hand, mesh
        self.frames = 0
        self.sums: dict[Method, dict[str, float]] = {}

    def add(self, take: Take, guesses: Guesses) -> None:
        """Score one more recording."""
        self.frames += len(take)
        shape = {name: self._shape_part(take, betas) for name, betas in guesses.shapes.items()}
        pose = {name: self._pose_part(take, sixd) for name, sixd in guesses.poses.items()}
        for method, keypoints in guesses.keypoints.items():
            self._count(method, mpjpe_mm=float(mpjpe(keypoints, take.keypoints).sum()))
        for method, (pose_name, shape_name) in guesses.pairs.items():
            self._count(method, shape_mm=shape[shape_name], pose_mm=pose[pose_name])
        for method, errors in (self._meshes if self.mesh else self._skeletons)(take, guesses).items():
            self._count(method, **errors)

    def means(self) -> Mapping[Method, Score]:
        """The scores of every method, over all frames."""
        mm = {m: {k: round(1000 * v / self.frames, 4) for k, v in sums.items()} for m, sums in self.sums.items()}
        return {
            m: Score(self.frames, s["mpjpe_mm"], s.get("mpvpe_mm"), s.get("shape_mm"), s.get("pose_mm"))
            for m, s in mm.items()
        }

    def _count(self, method: Method, **errors: float) -> None:
        sums = self.sums.setdefault(method, {})
        for name, error in errors.items():
            sums[name] = sums.get(name, 0.0) + error

    def _shape_part(self, take: Take, betas: Float[Tensor, " 10"]) -> float:
        posed = self.hand.keypoints(betas=betas, hand_rotmat=take.rotmat)
        return float(mpjpe(posed, take.keypoints).sum())

    def _pose_part(self, take: Take, sixd: Float[Tensor, "time 15 6"]) -> float:
        posed = self.hand.keypoints(betas=take.betas, hand_6d=sixd)
        return float(mpjpe(posed, take.keypoints).sum())

    def _skeletons(self, take: Take, guesses: Guesses) -> dict[Method, dict[str, float]]:
        """Errors of keypoints, summed over frames, of the methods that make a hand."""
        errors = {}
        for method, (pose, shape) in guesses.pairs.items():
            found = self.hand.keypoints(betas=guesses.shapes[shape], hand_6d=guesses.poses[pose])
            errors[method] = {"mpjpe_mm": float(mpjpe(found, take.keypoints).sum())}
        return errors

    @torch.no_grad()
    def _meshes(self, take: Take, guesses: Guesses) -> dict[Method, dict[str, float]]:
        """The same, of keypoints and vertices."""
        errors = {method: {"mpjpe_mm": 0.0, "mpvpe_mm": 0.0} for method in guesses.pairs}
        for start in range(0, len(take), CHUNK):
            rows = slice(start, start + CHUNK)
            true = self.hand(betas=take.betas, hand_rotmat=take.rotmat[rows])
            for method, (pose, shape) in guesses.pairs.items():
                found = self.hand(betas=guesses.shapes[shape], hand_6d=guesses.poses[pose][rows])
                wrists = found.joints[:, 0], true.joints[:, 0]
                errors[method]["mpjpe_mm"] += float(mpjpe(found.keypoints, true.keypoints).sum())
                errors[method]["mpvpe_mm"] += float(mpvpe(found.vertices, true.vertices, *wrists).sum())
        return errors
