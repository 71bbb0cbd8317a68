"""How a network did: what it says of every frame of a split, once, and how wrong that is.

A network predicts a pose for each frame and a shape for each window. It is scored as a whole and in parts: its shape on
the true pose, and its pose on the true shape; and once more with the shape from a ruler in place of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from hands import metrics
from hands.conventions import FINGERS
from hands.data.plan import FPS
from hands.distill import own_features
from hands.experiments.fitted import ruler_of
from hands.experiments.samples import Samples
from hands.experiments.scoring import CHUNK
from hands.mano import Hand
from hands.metrics import mpjpe, mpvpe, wrist_aligned

AT_ONCE: Final = 64
"""Windows that go through a network together."""

Errors = Mapping[str, Float[Tensor, " frames"]]
"""By name: `mpjpe`, `shape`, `pose` and, where meshes are asked for, `mpvpe`; metres, one value for each frame."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Hands for every frame of some recordings."""

    pose_6d: Float[Tensor, "frames 15 6"]
    betas: Float[Tensor, "frames 10"]


@torch.no_grad()
def predict(model: nn.Module, samples: Samples, hidden: Bool[Tensor, "windows time 15"] | None = None) -> Predicted:
    """What a network says of every frame, each once.

    Args:
        model: a teacher, or a network that is given its own sensors alone; on any device.
        samples: of which frames.
        hidden: what of the true pose a teacher does not see; None: the network sees no label.
    """
    device = next(model.parameters(), torch.empty(0)).device
    was_training = model.training
    model.eval()
    said = []
    for which in torch.arange(len(samples)).split(AT_ONCE):
        batch = samples.batch(which.tolist(), None if hidden is None else hidden[which])
        one = _said(model, {name: tensor.to(device) for name, tensor in batch.items()})
        said.append((one.pose_6d.cpu(), one.betas.cpu()))
    model.train(was_training)
    pose_6d, betas = (torch.cat(parts) for parts in zip(*said, strict=True))
    join = samples.windows.join
    return Predicted(join(pose_6d), join(betas[:, None].expand(-1, samples.windows.length, -1)))


def _said(model: nn.Module, batch: Mapping[str, Tensor]) -> Any:
    if "hidden" in batch:
        return model(batch["features"], batch["pose_6d"], batch["betas"], batch["hidden"])
    return model(own_features(model, batch["features"]))


def with_ruler(predicted: Predicted, samples: Samples, seed: int, hand: Hand) -> Predicted:
    """The same poses on the shapes that a ruler gives, as the baselines have it.

    Args:
        predicted: the poses.
        samples: whose.
        seed: of the data set: each person is measured once in each.
        hand: whose shapes.
    """
    shapes = [
        ruler_of(entry.subject, betas, seed, hand) for entry, betas in zip(samples.entries, samples.betas, strict=True)
    ]
    return replace(predicted, betas=torch.stack(shapes)[samples.recordings])


@torch.no_grad()
def errors(predicted: Predicted, samples: Samples, hand: Hand, *, mesh: bool = False) -> Errors:
    """How wrong every frame is.

    Args:
        predicted: hands.
        samples: the truth.
        hand: makes keypoints and meshes of both.
        mesh: whether vertices are compared as well, which takes most of the time.
    """
    truth = samples.betas[samples.recordings]
    found = {
        "mpjpe": hand.keypoints(betas=predicted.betas, hand_6d=predicted.pose_6d),
        "shape": hand.keypoints(betas=predicted.betas, hand_6d=samples.pose_6d),
        "pose": hand.keypoints(betas=truth, hand_6d=predicted.pose_6d),
    }
    wrong = {name: mpjpe(keypoints, samples.keypoints) for name, keypoints in found.items()}
    return wrong | {"mpvpe": mesh_errors(predicted, Predicted(samples.pose_6d, truth), hand)} if mesh else wrong


def mesh_errors(predicted: Predicted, true: Predicted, hand: Hand) -> Float[Tensor, " frames"]:
    """MPVPE, metres."""
    wrong = []
    for rows in torch.arange(len(true.betas)).split(CHUNK):
        one, other = (hand(betas=hands.betas[rows], hand_6d=hands.pose_6d[rows]) for hands in (predicted, true))
        wrong.append(mpvpe(one.vertices, other.vertices, one.joints[:, 0], other.joints[:, 0]))
    return torch.cat(wrong)


def in_mm(wrong: Errors) -> dict[str, float]:
    """Means over frames, as rows of results name them."""
    return {f"{name}_mm": round(1000 * float(error.double().mean()), 4) for name, error in wrong.items()}


@torch.no_grad()
def measures(predicted: Predicted, samples: Samples, hand: Hand) -> dict[str, float]:
    """Everything else that may be asked about keypoints, with the unit in the name: means over frames.

    `true_jitter_m_s3` is that of the true movement: a network that moves like the truth has the same.
    """
    found = wrist_aligned(hand.keypoints(betas=predicted.betas, hand_6d=predicted.pose_6d))
    moving, true = (points.unflatten(0, (len(samples.entries), -1)) for points in (found, samples.keypoints))
    fingers = metrics.per_finger(found, samples.keypoints).mean(0)
    thirds = metrics.by_tercile(mpjpe(found, samples.keypoints), metrics.speed(true, FPS).flatten())
    in_metres = {
        "pa_mpjpe": metrics.pa_mpjpe(found, samples.keypoints).mean(),
        "bone_length": metrics.bone_length_error(found, samples.keypoints).mean(),
        **dict(zip(FINGERS, fingers, strict=True)),
        **dict(zip(("slow", "middling", "fast"), thirds, strict=True)),
    }
    return {f"{name}_mm": round(1000 * float(value), 3) for name, value in in_metres.items()} | {
        "acceleration_error_m_s2": round(float(metrics.acceleration_error(moving, true, FPS).mean()), 3),
        "jitter_m_s3": round(float(metrics.jitter(moving, FPS).mean()), 2),
        "true_jitter_m_s3": round(float(metrics.jitter(true, FPS).mean()), 2),
    }


def scored(predicted: Predicted, samples: Samples, hand: Hand, *, test: bool) -> dict[str, Any]:
    """What is measured of a row of results; in the test, meshes and all other measures as well."""
    wrong = errors(predicted, samples, hand, mesh=test)
    return {
        "frames": len(samples.recordings),
        "more": measures(predicted, samples, hand) if test else {},
        "by_recording_mm": tuple(by_recording_mm(wrong["mpjpe"], samples)),
        **in_mm(wrong),
    }


def by_recording_mm(wrong: Float[Tensor, " frames"], samples: Samples) -> list[float]:
    """Means over the frames of every recording, mm."""
    sums = torch.zeros(len(samples.entries), dtype=torch.float64).index_add(0, samples.recordings, wrong.double())
    return [round(1000 * float(mean), 3) for mean in sums / samples.recordings.bincount()]
