r"""Calibration: how each sensor is turned on its bone, found from poses that are known.

A sensor that rests knows one direction, upwards, $u = R_{ws}^\top e_z$, from its accelerometer. In a known pose its
bone's axes are known, $R_{wb} = R_z(\psi) B$, up to the direction $\psi$ in which the person faces, so it is known how
the same direction lies in the bone: $v = B^\top e_z$. Every pose k then says $u_k = R_{sb} v_k$, and two poses with
different $v_k$ are enough. With errors, the best rotation is that of Wahba's problem,

$$
\hat R_{sb} = \arg\min_R \sum_k a_k |u_k - R\, v_k|^2 = U \operatorname{diag}(1, 1, \det U V^\top)\, V^\top, \qquad
U S V^\top = \sum_k a_k u_k v_k^\top ,
$$

where $a_k$ says how exactly the bone's part of pose k is held. No heading enters. Where all sensors agree about north,
the two level directions say as much as the vertical does. For a sensor whose readings mean $R_k$ they add $a_k
R_k^\top P R_z(\psi_k) B_k$ to the sum, with $P = \operatorname{diag}(1, 1, 0)$. One pose is then enough, if $\psi$ is
known: that is how suits of body sensors are calibrated, and here the sensor on the back of the hand tells $\psi$. And
where sensors were put on with some care, their placement is worth something too: adding $\lambda$ times the rotation
that it says pulls the answer towards it.

Last, the headings. Once it is known how a sensor sits on its bone, the poses tell where it thinks north is: the angle
about the vertical that brings $R_k \hat R_{sb}$ nearest to $R_z(\psi_k) B_k$, over all poses with the same weights.

Convention:
    `R_sb` takes bone to sensor: `R_wb = R_ws @ R_sb`. A bone has the hand's axes in the flat hand, as MANO's joints do;
    the forearm those of the hand in line with it.

Source: Wahba 1965; Markley 1988 (by the singular value decomposition). Explained in the book: *What a real
IMU measures*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands import mano
from hands.conventions import JOINT_NAMES
from hands.imu.calibration_poses import CALIBRATION_POSES, CalibrationPose
from hands.imu.orientation import about_z, check_units, heading
from hands.imu.placement import GLOVE, Landmark, Placement, Sensor, bone_frame, landmark_vertex, skin_mount
from hands.imu.recording import Recording
from hands.imu.stillness import CalibrationError, still_spans
from hands.mano.model_data import HandModelData

Headings = Literal["own", "common"]
"""`"own"`: every sensor has a north of its own. `"common"`: they share one."""

LEAST_APART: Final = 0.15
"""What poses must tell about a second direction in a bone, as a share of what they tell about the first: with less, a
turn about that goes unseen. Two poses tell 0.17 if gravity comes to the bone from directions 45 degrees apart."""
LEVEL: Final = torch.diag(torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64))
"""P: the level part of a direction in the world."""
MISFIT: Final = 1.0
"""Radians by which a pose may be missed: beyond it was another pose."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """How sensors are turned on their bones, and where they think north is."""

    alignment: Mapping[str, Float[Tensor, "3 3"]]
    """R_sb of each sensor."""
    heading: Mapping[str, float]
    """The turn about the vertical after which each sensor agrees with the reference about north, radians. It serves as
    long as the sensors' norths last: where a filter starts anew, they are others."""
    misfit: Mapping[str, float]
    """By how much the poses do not fit together, radians: root mean square of the angle by which up is missed."""

    @staticmethod
    def of(placement: Placement, hand: mano.Hand) -> Calibration:
        """The calibration of those who trust their placement: every sensor sits as it says.

        Example:
            >>> Calibration.of(GLOVE, mano.load()).alignment["wrist"].int().tolist()  # its y points to the fingers
            [[0, 0, -1], [-1, 0, 0], [0, 1, 0]]
        """
        alignment = {sensor.name: _nominal(hand.data, sensor) for sensor in placement}
        return Calibration(alignment, dict.fromkeys(alignment, 0.0), dict.fromkeys(alignment, 0.0))

    def apply(self, recording: Recording) -> Recording:
        """The recording of sensors that sit straight on their bones and agree about north.

        Raises:
            CalibrationError: a sensor of the recording was not calibrated.
        """
        missing = [name for name in recording.names if name not in self.alignment]
        if missing or not recording.names:
            raise CalibrationError(
                f"the recording has {', '.join(recording.names) or 'no names'}, but calibrated were "
                f"{', '.join(self.alignment)}: select those, or calibrate the others as well"
            )
        R_sb = torch.stack([self.alignment[name] for name in recording.names]).to(recording.rotation)[:, None]
        turn = about_z(R_sb.new_tensor([self.heading[name] for name in recording.names]))[:, None]
        acc, gyro = ((R_sb.mT @ s[..., None]).squeeze(-1) for s in (recording.acc, recording.gyro))
        return replace(recording, acc=acc, gyro=gyro, rotation=turn @ recording.rotation @ R_sb)

    def errors(self, truth: Calibration, reference: str | None = None) -> dict[str, float]:
        """The angle between each alignment and the true one, radians.

        Args:
            truth: the true alignments.
            reference: a sensor, to see the others from it in the flat hand: an error of the whole hand then counts for
                nothing, as it does for features that are relative to this sensor.
        """
        wrong = {name: truth.alignment[name].to(R_sb).mT @ R_sb for name, R_sb in self.alignment.items()}
        common = torch.eye(3) if reference is None else wrong[reference]
        return {name: float(roma.rotmat_geodesic_distance(R, common.to(R))) for name, R in wrong.items()}


def calibrate(
    recording: Recording,
    hand: mano.Hand,
    poses: Sequence[CalibrationPose] = CALIBRATION_POSES,
    *,
    placement: Placement = GLOVE,
    headings: Headings = "own",
    trust: float = 0.0,
    spans: Sequence[tuple[float, float]] | None = None,
    reference: str = "palm",
) -> Calibration:
    """How the sensors of a recording are turned on their bones.

    Args:
        recording: of a person who took the poses one after the other.
        hand: whose; of its shape, only how the joints' axes lie enters.
        poses: which poses, in this order. One is enough only with common headings, or some trust.
        placement: on which bone each sensor is; and, where it is trusted, how it is turned there.
        headings: whether the sensors agree about north. If they do, their headings help and are left alone.
        trust: what the placement is worth, as against one pose: the variance of a pose over that of a mounting. Worth
            1 where fingers are as far off in a pose as sensors on them are.
        spans: when the poses were held, (from, to) in seconds; found by themselves if not given.
        reference: the sensor that tells where the person faced, and keeps its heading.

    Raises:
        CalibrationError: the hand was not held still often enough, a sensor is not in the placement or has no name, the
            poses are too much alike, or they were not these.
        ValueError: signals are of other units.

    Example:
        >>> from hands.imu import simulate
        >>> from hands.imu.calibration_poses import EXACT, calibration_motion
        >>> from hands.motion import SUBJECTS
        >>> hand = mano.load()
        >>> recording = simulate(calibration_motion(SUBJECTS["S01"], looseness=EXACT), hand)
        >>> errors = calibrate(recording, hand).errors(Calibration.of(GLOVE, hand))
        >>> max(errors.values()) < 0.02
        True
    """
    if headings not in get_args(Headings) or trust < 0:
        raise ValueError(f"headings is {headings!r} and trust {trust}, expected 'own' or 'common', and 0 or more")
    sensors = _worn(recording, placement, reference)
    check_units(recording)
    held = _held(recording, hand.data, sensors, poses, still_spans(recording, len(poses)) if spans is None else spans)
    _check_alike(held, headings, trust, recording.names)
    nominal, p = torch.stack([_nominal(hand.data, sensor) for sensor in sensors]), recording.names.index(reference)
    R_sb = _wahba(_evidence(held, headings, nominal, trust, p))
    missed = _angle(held.up, (R_sb[:, None] @ held.R_wb[..., 2, :, None]).squeeze(-1))
    _check_misfit(missed, recording.names, poses)
    offset = _offsets(held, R_sb, p) if headings == "own" else R_sb.new_zeros(len(sensors))
    by_name = lambda values: dict(zip(recording.names, values, strict=True))  # noqa: E731
    return Calibration(by_name(R_sb), by_name(offset.tolist()), by_name(missed.square().mean(1).sqrt().tolist()))


@dataclass(frozen=True, eq=False)
class _Held:
    """What sensors said while poses were held, and what they should have said."""

    up: Float[Tensor, "sensors poses 3"]
    """Upwards, in each sensor's axes, from its accelerometer."""
    R_ws: Float[Tensor, "sensors poses 3 3"]
    R_wb: Float[Tensor, "sensors poses 3 3"]
    """Of each sensor's bone, as it was meant, were the person to face forward."""
    weight: Float[Tensor, "sensors poses 1 1"]


def _worn(recording: Recording, placement: Placement, reference: str) -> list[Sensor]:
    """The placement's sensors, in the order of the recording's."""
    by_name = {sensor.name: sensor for sensor in placement}
    if recording.acc.ndim != 3 or not recording.names:
        raise CalibrationError(
            f"acc has shape {tuple(recording.acc.shape)} and names are {recording.names}: calibration needs one "
            "recording of sensors with names, (sensors, T, 3)"
        )
    missing = [name for name in recording.names if name not in by_name]
    if missing:
        raise CalibrationError(f"no sensor {missing[0]!r} in the placement, which has {', '.join(by_name)}")
    if reference not in recording.names:
        raise CalibrationError(
            f"no sensor {reference!r} in the recording, which has {', '.join(recording.names)}: name one of these as "
            "the reference"
        )
    return [by_name[name] for name in recording.names]


def _held(
    recording: Recording,
    data: HandModelData,
    sensors: Sequence[Sensor],
    poses: Sequence[CalibrationPose],
    spans: Sequence[tuple[float, float]],
) -> _Held:
    if not poses:
        raise CalibrationError("there are no poses to calibrate by: give at least one, or leave poses out")
    if len(spans) != len(poses):
        raise CalibrationError(f"there are {len(poses)} poses but {len(spans)} spans of time")
    up, R_ws = zip(*[_means(recording, start, end) for start, end in spans], strict=True)
    bones, turned = [_bone(data, sensor) for sensor in sensors], [pose.bones(data) for pose in poses]
    R_wb = torch.stack([torch.stack([of[bone] for of in turned]) for bone in bones])
    weight = R_wb.new_tensor([[pose.weight(bone) for pose in poses] for bone in bones])
    return _Held(torch.stack(up, 1), torch.stack(R_ws, 1), R_wb, weight[..., None, None])


def _means(
    recording: Recording, start: float, end: float
) -> tuple[Float[Tensor, "sensors 3"], Float[Tensor, "sensors 3 3"]]:
    """Upwards in each sensor's axes, and its mean R_ws, from start to end."""
    inside = (recording.timestamps >= start) & (recording.timestamps <= end)
    if not bool(inside.any()):
        raise CalibrationError(f"the recording has no record from {start} to {end} s")
    acc, R_ws = (s[:, inside].detach().double().mean(1).cpu() for s in (recording.acc, recording.rotation))
    return torch.nn.functional.normalize(acc, dim=-1), roma.special_procrustes(R_ws)


def _bone(data: HandModelData, sensor: Sensor) -> str:
    if isinstance(sensor.on, Landmark):
        return sensor.on.joint
    return sensor.on if isinstance(sensor.on, str) else JOINT_NAMES[int(data.lbs_weights[sensor.on].argmax())]


def _nominal(data: HandModelData, sensor: Sensor) -> Float[Tensor, "3 3"]:
    """R_sb of a sensor that sits as its placement says."""
    if isinstance(sensor.on, str):
        frame = bone_frame(data, JOINT_NAMES.index(sensor.on) if sensor.on in JOINT_NAMES else 0)
    else:
        frame = skin_mount(
            data, landmark_vertex(data, sensor.on) if isinstance(sensor.on, Landmark) else sensor.on
        ).frame
    return (torch.from_numpy(frame) @ torch.tensor(sensor.mounting, dtype=torch.float64)).mT


def _evidence(
    held: _Held, headings: Headings, nominal: Float[Tensor, "sensors 3 3"], trust: float, p: int
) -> Float[Tensor, "sensors 3 3"]:
    """The sum whose nearest rotation is R_sb."""
    gravity = (held.weight * held.up[..., :, None] * held.R_wb[..., 2, None, :]).sum(1) + trust * nominal
    if headings == "own":
        return gravity
    known = nominal[p] if held.up.shape[1] == 1 else _wahba(gravity[p])
    facing = about_z(heading(held.R_wb[p], held.R_ws[p] @ known))
    return gravity + (held.weight * (held.R_ws.mT @ LEVEL.to(gravity) @ facing @ held.R_wb)).sum(1)


def _wahba(evidence: Float[Tensor, "*sensors 3 3"]) -> Float[Tensor, "*sensors 3 3"]:
    """The rotations that the evidence speaks for most."""
    return roma.special_procrustes(evidence, method="svd")


def _check_alike(held: _Held, headings: Headings, trust: float, names: Sequence[str]) -> None:
    """Refuse poses that leave a turn unseen: what they tell if nothing is wrong has the same singular values."""
    told = torch.eye(3).to(held.R_wb) - (LEVEL.to(held.R_wb) if headings == "own" else 0)
    evidence = (held.weight * (held.R_wb.mT @ told @ held.R_wb)).sum(1) + trust * torch.eye(3).to(told)
    _, second, first = torch.linalg.eigvalsh(evidence).unbind(-1)
    for name, share in zip(names, (second / first).tolist(), strict=True):
        if share < LEAST_APART:
            raise CalibrationError(
                f"the poses are too much alike for sensor {name!r}: gravity comes from about the same direction in all "
                "of them. Add a pose in which it is turned by 90 degrees; or, if sensors share a north, "
                "headings='common'; or trust the placement"
            )


def _angle(a: Float[Tensor, "*batch 3"], b: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch"]:
    return torch.atan2(torch.linalg.cross(a, b).norm(dim=-1), (a * b).sum(-1))


def _check_misfit(
    missed: Float[Tensor, "sensors poses"], names: Sequence[str], poses: Sequence[CalibrationPose]
) -> None:
    if float(missed.max()) > MISFIT:
        s, k = divmod(int(missed.argmax()), missed.shape[1])
        raise CalibrationError(
            f"sensor {names[s]!r} misses pose {poses[k].name!r} by {float(missed.max().rad2deg()):.0f} degrees: were "
            f"the poses held in the order {', '.join(pose.name for pose in poses)}, is it worn on its own finger, and "
            "does acc at rest show +9.81 upwards, not -9.81? A rest before or after them may have been taken for one: "
            "say in spans when they were held"
        )


def _offsets(held: _Held, R_sb: Float[Tensor, "sensors 3 3"], p: int) -> Float[Tensor, " sensors"]:
    """The turn about the vertical after which each sensor's bones, in all poses, face as the reference does."""
    turned = held.R_ws @ R_sb[:, None]
    facing = about_z(heading(held.R_wb[p], turned[p]))
    agreement = (held.weight * (facing @ held.R_wb @ turned.mT)).sum(1)
    return heading(torch.eye(3).to(agreement).expand_as(agreement), agreement)
