"""Simple methods, fitted to running sums and chosen on validation: from a recording to poses, shapes and keypoints."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands.conventions import FINGERS, JOINT_NAMES, NUM_BETAS
from hands.data.plan import SENSORS
from hands.experiments.equal_split import equal_split, finger_turns
from hands.experiments.ridge import Linear, Moments
from hands.experiments.scoring import Guesses, Method
from hands.experiments.shapes import RULER_ERROR, Ruler
from hands.experiments.takes import LAYOUTS, Take, columns, own_and_palm, pooled, sensor_of, sixd
from hands.imu import SUBSETS
from hands.mano import Hand, axis_angle_to_rotmat
from hands.metrics import mpjpe
from hands.motion import SUBJECTS

Key = tuple[str, ...]
Sums = dict[Key, Moments]
"""What is regressed, on what -> its running sums over the training recordings."""

PENALTIES: Final = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
SHAPE_PENALTIES: Final = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)

Model = TypeVar("Model")
Choice = Mapping[str, Any]
Choices = Mapping[str, Mapping[str, Choice]]
"""By the name of a subset of sensors, and the name of a model in it."""


@dataclass(frozen=True, eq=False)
class Fold:
    """Sums to fit to, and recordings to judge by."""

    sums: Sums
    judged: Sequence[Take]


def sums_of(take: Take) -> Sums:
    """Of one recording: everything that is regressed, on all that it may be regressed on."""
    rotations, keypoints = sixd(take.rotmat).flatten(1), take.keypoints.flatten(1)
    sums: Sums = {("pose",): Moments.of(torch.zeros(len(take), 0), take.rotmat.flatten(1))}
    for layout in LAYOUTS:
        sums["keypoints", layout] = Moments.of(take.tapped[layout], keypoints)
        sums["shape", layout] = Moments.of(pooled(take, layout), take.betas[None])
        for sensor in FINGERS:
            sums["finger", layout, sensor] = Moments.of(own_and_palm(take, layout, sensor), rotations)
    return sums


def mean_pose(sums: Sums) -> Float[Tensor, "15 3 3"]:
    """The rotations nearest to the mean of the training's rotation matrices."""
    total = sums["pose",]
    nearest: Tensor = roma.special_procrustes((total.y / total.frames).reshape(15, 3, 3))
    return nearest


@dataclass(frozen=True, eq=False)
class KeypointRidge:
    """Keypoints from features of one frame, or of three."""

    layout: str
    columns: Sequence[int]
    linear: Linear

    def __call__(self, take: Take) -> Float[Tensor, "time 21 3"]:
        """Keypoints from the wrist, metres."""
        x = take.tapped[self.layout][:, self.columns].double()
        return self.linear(x).unflatten(1, (21, 3)).float()


@dataclass(frozen=True, eq=False)
class ShapeRidge:
    """A shape from how the features are spread over a recording."""

    layout: str
    columns: Sequence[int]
    linear: Linear

    def __call__(self, take: Take) -> Float[Tensor, " 10"]:
        """The betas."""
        return self.linear(pooled(take, self.layout)[:, self.columns])[0].float()


@dataclass(frozen=True, eq=False)
class FingerRidge:
    """Joint rotations of each finger from one finger's sensor and the palm's."""

    layout: str
    sensors: Sequence[str]
    by_sensor: Mapping[str, Linear]

    def __call__(self, take: Take) -> Float[Tensor, "time 15 6"]:
        """The pose in 6D, not yet orthonormal."""
        told = {
            sensor: self.by_sensor[sensor](own_and_palm(take, self.layout, sensor)).unflatten(1, (15, 6))
            for sensor in {sensor_of(finger, self.sensors) for finger in FINGERS}
        }
        pose = torch.empty(len(take), 15, 6)
        for finger in FINGERS:
            first = JOINT_NAMES.index(f"{finger}1") - 1
            pose[:, first : first + 3] = told[sensor_of(finger, self.sensors)][:, first : first + 3]
        return pose


@dataclass(frozen=True, eq=False)
class EqualSplit:
    """The turn of each nail in thirds; the mean pose where there is no sensor."""

    bones: str
    sensors: Sequence[str]
    otherwise: Float[Tensor, "15 3 3"]
    hand: Hand

    def __call__(self, take: Take) -> Float[Tensor, "time 15 6"]:
        """The pose in 6D."""
        rows = [SENSORS.index(name) for name in self.sensors]
        turns = finger_turns(take.bones[self.bones][rows], self.sensors)
        otherwise: Tensor = roma.rotmat_to_rotvec(self.otherwise)
        return sixd(axis_angle_to_rotmat(equal_split(turns, self.hand.data, otherwise))).float()


@dataclass(frozen=True, eq=False)
class Subset:
    """The models of one subset of sensors."""

    split: EqualSplit
    one_frame: KeypointRidge
    three_frames: KeypointRidge
    fingers: FingerRidge
    shape: ShapeRidge

    @staticmethod
    def fit(sensors: Sequence[str], sums: Sums, choices: Mapping[str, Choice], hand: Hand) -> Subset:
        """The models that were chosen, fitted to these sums."""
        models: dict[str, Any] = {
            name: next(model for choice, model in candidates(sums) if choice == choices[name])
            for name, candidates in candidates_of(sensors, hand).items()
        }
        return Subset(**models)


Candidates = Iterable[tuple[Choice, Model]]


def candidates_of(sensors: Sequence[str], hand: Hand) -> dict[str, Callable[[Sums], Candidates[Any]]]:
    """What there is to choose from for each model of `Subset`."""
    return {
        "split": lambda sums: equal_splits(mean_pose(sums), sensors, hand),
        "one_frame": lambda sums: keypoint_ridges(sums, sensors, (1,)),
        "three_frames": lambda sums: keypoint_ridges(sums, sensors, (0, 1, 2)),
        "fingers": lambda sums: finger_ridges(sums, sensors),
        "shape": lambda sums: shape_ridges(sums, sensors),
    }


def choose(names: Sequence[str], folds: Sequence[Fold], hand: Hand) -> dict[str, dict[str, Choice]]:
    """The candidates with the smallest errors over the frames of all folds, for these subsets of sensors."""
    errors: dict[str, Callable[[Tensor, Take], Tensor]] = {
        "split": lambda pose, take: pose_error(pose, take, hand),
        "one_frame": keypoint_error,
        "three_frames": keypoint_error,
        "fingers": lambda pose, take: pose_error(pose, take, hand),
        "shape": lambda betas, take: shape_error(betas, take, hand),
    }
    return {
        name: {
            model: best(candidates, folds, errors[model])
            for model, candidates in candidates_of(SUBSETS[name], hand).items()
        }
        for name in names
    }


def equal_splits(otherwise: Float[Tensor, "15 3 3"], sensors: Sequence[str], hand: Hand) -> Candidates[EqualSplit]:
    """With the sensors where they are meant to sit, and where a calibration says they do."""
    for bones in ("nominal", "calibrated"):
        yield {"bones": bones}, EqualSplit(bones, sensors, otherwise, hand)


def keypoint_ridges(sums: Sums, sensors: Sequence[str], blocks: Sequence[int]) -> Candidates[KeypointRidge]:
    """One for each layout and penalty."""
    for layout in LAYOUTS:
        chosen = columns(layout, sensors, blocks)
        moments = sums["keypoints", layout].columns(chosen)
        for penalty in PENALTIES:
            yield {"layout": layout, "penalty": penalty}, KeypointRidge(layout, chosen, moments.fit(penalty))


def shape_ridges(sums: Sums, sensors: Sequence[str]) -> Candidates[ShapeRidge]:
    """One for each layout and penalty."""
    for layout in LAYOUTS:
        chosen = columns(layout, sensors, (0, 1))
        moments = sums["shape", layout].columns(chosen)
        for penalty in SHAPE_PENALTIES:
            yield {"layout": layout, "penalty": penalty}, ShapeRidge(layout, chosen, moments.fit(penalty))


def finger_ridges(sums: Sums, sensors: Sequence[str]) -> Candidates[FingerRidge]:
    """One for each layout and penalty, which all fingers share."""
    used = sorted({sensor_of(finger, sensors) for finger in FINGERS})
    for layout, penalty in itertools.product(LAYOUTS, PENALTIES):
        fits = {sensor: sums["finger", layout, sensor].fit(penalty) for sensor in used}
        yield {"layout": layout, "penalty": penalty}, FingerRidge(layout, sensors, fits)


def best(
    candidates: Callable[[Sums], Candidates[Callable[[Take], Tensor]]],
    folds: Sequence[Fold],
    error: Callable[[Tensor, Take], Float[Tensor, " time"]],
) -> Choice:
    """What was chosen for the candidate with the smallest sum of errors over the frames of all folds."""
    totals: dict[int, float] = {}
    choices: dict[int, Choice] = {}
    for fold in folds:
        for k, (choice, model) in enumerate(candidates(fold.sums)):
            choices[k] = choice
            totals[k] = totals.get(k, 0.0) + sum(float(error(model(take), take).double().sum()) for take in fold.judged)
    return choices[min(totals, key=lambda k: totals[k])]


def keypoint_error(keypoints: Float[Tensor, "time 21 3"], take: Take) -> Float[Tensor, " time"]:
    """MPJPE."""
    return mpjpe(keypoints, take.keypoints)


def pose_error(pose: Float[Tensor, "time 15 6"], take: Take, hand: Hand) -> Float[Tensor, " time"]:
    """MPJPE of a pose, on the true shape."""
    return mpjpe(hand.keypoints(betas=take.betas, hand_6d=pose), take.keypoints)


def shape_error(betas: Float[Tensor, " 10"], take: Take, hand: Hand) -> Float[Tensor, " time"]:
    """MPJPE of a shape, in the true pose."""
    return mpjpe(hand.keypoints(betas=betas, hand_rotmat=take.rotmat), take.keypoints)


@dataclass(frozen=True, eq=False)
class Fitted:
    """All methods, fitted: a recording in, guesses out."""

    hand: Hand
    mean: Float[Tensor, "15 3 3"]
    subsets: Mapping[str, Subset]

    @staticmethod
    def of(sums: Sums, choices: Choices, hand: Hand) -> Fitted:
        """Fit to these sums what was chosen."""
        subsets = {name: Subset.fit(SUBSETS[name], sums, chosen, hand) for name, chosen in choices.items()}
        return Fitted(hand, mean_pose(sums), subsets)

    def guess(self, take: Take, seed: int) -> Guesses:
        """What every method says about a recording.

        Args:
            take: the recording.
            seed: of the data set: each person is measured with the ruler once in each.
        """
        said = Guesses(
            poses={"mean": sixd(self.mean).float().expand(len(take), 15, 6)},
            shapes={"mean": torch.zeros(NUM_BETAS), "ruler": ruler_shape(take, seed, self.hand)},
            pairs={("none", "mean pose"): ("mean", "mean")},
        )
        for name, subset in self.subsets.items():
            said.keypoints[name, "keypoint ridge"] = subset.one_frame(take)
            said.keypoints[name, "keypoint ridge, 3 frames"] = subset.three_frames(take)
            said.poses[f"split {name}"] = subset.split(take)
            said.poses[f"fingers {name}"] = subset.fingers(take)
            said.shapes[f"predicted {name}"] = subset.shape(take)
            said.pairs[name, "equal split"] = (f"split {name}", "mean")
            for shape in ("mean", "predicted", "ruler"):
                shape_name = f"predicted {name}" if shape == "predicted" else shape
                said.pairs[name, f"finger ridge, {shape} shape"] = (f"fingers {name}", shape_name)
        return said


def by_method(choices: Choices) -> dict[Method, Choice]:
    """The choices as rows tell them."""
    told: dict[Method, Choice] = {}
    for name, chosen in choices.items():
        told[name, "equal split"] = chosen["split"]
        told[name, "keypoint ridge"] = chosen["one_frame"]
        told[name, "keypoint ridge, 3 frames"] = chosen["three_frames"]
        for shape in ("mean", "predicted", "ruler"):
            told[name, f"finger ridge, {shape} shape"] = dict(chosen["fingers"])
        predicted = {f"shape_{k}": v for k, v in chosen["shape"].items()}
        told[name, "finger ridge, predicted shape"] = dict(chosen["fingers"]) | predicted
    return told


def joined(parts: Iterable[Sums]) -> Sums:
    """Sums over several sets of recordings."""
    total: Sums = {}
    for part in parts:
        for key, moments in part.items():
            total[key] = total[key] + moments if key in total else moments
    return total


def ruler_shape(take: Take, seed: int, hand: Hand) -> Float[Tensor, " 10"]:
    """The shape of this person, measured once with a ruler."""
    return ruler_of(take.entry.subject, take.betas, seed, hand)


def ruler_of(subject: str, betas: Float[Tensor, " 10"], seed: int, hand: Hand) -> Float[Tensor, " 10"]:
    """What a ruler makes of somebody's hand.

    Args:
        subject: whose hand.
        betas: its true shape.
        seed: of the data set: each person is measured once in each.
        hand: whose shapes.
    """
    drawn = np.random.SeedSequence([seed, SUBJECTS[subject].number, 2]).generate_state(1)
    ruler = Ruler.of(hand.data)
    readings = ruler.read(betas, RULER_ERROR, torch.Generator().manual_seed(int(drawn[0])))
    return ruler.shape(readings, RULER_ERROR).float()
