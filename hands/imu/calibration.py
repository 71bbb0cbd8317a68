r"""Calibration: how each sensor is turned on its bone, found from poses that are known.

A sensor that rests knows one direction, upwards, $u = R_{ws}^\top e_z$, from its accelerometer. In a known pose its
bone's axes are known, $R_{wb} = R_z(\psi) B$, up to the direction $\psi$ in which the person faces, so it is known how
the same direction lies in the bone: $v = B^\top e_z$. Every pose k then says $u_k = R_{sb} v_k$, and two poses with
different $v_k$ are enough. With errors, the best rotation is that of Wahba's problem,

$$
\hat R_{sb} = \arg\min_R \sum_k |u_k - R\, v_k|^2 = U \operatorname{diag}(1, 1, \det U V^\top)\, V^\top, \qquad
U S V^\top = \sum_k u_k v_k^\top .
$$

No heading enters. Where all sensors agree about north, the two level directions say as much as the vertical does. For a
sensor whose readings mean $R_k$ they add $R_k^\top P R_z(\psi_k) B_k$ to the sum, with $P = \operatorname{diag}(1, 1,
0)$. One pose is then enough, if $\psi$ is known: that is how suits of body sensors are calibrated, and here the sensor
on the back of the hand tells $\psi$. And where sensors were put on with some care, their placement is worth something
too: adding $\lambda$ times the rotation that it says pulls the answer towards it.

Last, the headings. Once it is known how a sensor sits on its bone, the poses tell where it thinks north is.

Convention:
    `R_sb` takes bone to sensor: `R_wb = R_ws @ R_sb`. A bone has the hand's axes in the flat hand, as MANO's joints do;
    the forearm those of the hand in line with it.

Source: Wahba 1965; Markley 1988 (by the singular value decomposition). Explained in the book: *Real sensors*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands import mano
from hands.conventions import JOINT_NAMES
from hands.imu.calibration_poses import CALIBRATION_POSES, CalibrationPose
from hands.imu.orientation import about_z, heading
from hands.imu.placement import GLOVE, Landmark, Placement, Sensor, bone_frame, landmark_vertex, skin_mount
from hands.imu.recording import Recording
from hands.imu.stillness import CalibrationError, still_spans
from hands.mano.model_data import HandModelData

Headings = Literal["own", "common"]
"""`"own"`: every sensor has a north of its own. `"common"`: they share one."""

LEAST_APART: Final = 0.15
"""The second of the singular values of the poses' vertical directions, as a share of the first: below it, a turn about
the one direction that they share goes unseen. Two directions 45 degrees apart have 0.17."""
MISFIT: Final = 1.0
"""Radians by which a pose may be missed: beyond it was another pose."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """How sensors are turned on their bones, and where they think north is."""

    alignment: Mapping[str, Float[Tensor, "3 3"]]
    """R_sb of each sensor."""
    heading: Mapping[str, float]
    """The turn about the vertical after which each sensor agrees with the reference about north, radians."""
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

    def errors(self, truth: Calibration) -> dict[str, float]:
        """The angle between each alignment and the true one, radians."""
        return {
            name: float(roma.rotmat_geodesic_distance(R_sb, truth.alignment[name].to(R_sb)))
            for name, R_sb in self.alignment.items()
        }


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
        trust: what the placement is worth, as against one pose: the variance of a pose over that of a mounting.
        spans: when the poses were held, (from, to) in seconds; found by themselves if not given.
        reference: the sensor that tells where the person faced, and keeps its heading.

    Raises:
        CalibrationError: the hand was not held still often enough, a sensor is not in the placement or has no name, the
            poses are too much alike, or they were not these.

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
    sensors = _worn(recording, placement, reference)
    spans = still_spans(recording, len(poses)) if spans is None else spans
    up, R_ws = _held(recording, spans, len(poses))
    R_wb = _bones(hand.data, sensors, poses)
    nominal = torch.stack([_nominal(hand.data, sensor) for sensor in sensors])
    p = recording.names.index(reference)
    evidence = torch.einsum("ski,skj->sij", up, R_wb[..., 2, :]) + trust * nominal
    if headings == "common":
        known = nominal[p] if len(poses) == 1 else _wahba(evidence[p : p + 1], [reference])[0]
        facing = about_z(heading(R_wb[p], R_ws[p] @ known))
        level = torch.diag(R_wb.new_tensor([1, 1, 0]))
        evidence = evidence + (R_ws.mT @ level @ facing @ R_wb).sum(1)
    R_sb = _wahba(evidence, recording.names)
    missed = _angle(up, (R_sb[:, None] @ R_wb[..., 2, :, None]).squeeze(-1))
    _check_misfit(missed, recording.names, poses)
    offset = _offsets(R_ws @ R_sb[:, None], R_wb, p) if headings == "own" else R_wb.new_zeros(len(sensors))
    by_name = lambda values: dict(zip(recording.names, values, strict=True))  # noqa: E731
    return Calibration(by_name(R_sb), by_name(offset.tolist()), by_name(missed.square().mean(1).sqrt().tolist()))


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
    recording: Recording, spans: Sequence[tuple[float, float]], number: int
) -> tuple[Float[Tensor, "sensors poses 3"], Float[Tensor, "sensors poses 3 3"]]:
    """Upwards in each sensor's axes, and its mean R_ws, while each pose was held."""
    if len(spans) != number:
        raise CalibrationError(f"there are {number} poses but {len(spans)} spans of time")
    up, turned = [], []
    for start, end in spans:
        inside = (recording.timestamps >= start) & (recording.timestamps <= end)
        if not bool(inside.any()):
            raise CalibrationError(f"the recording has no record from {start} to {end} s")
        up.append(torch.nn.functional.normalize(recording.acc[:, inside].double().mean(1), dim=-1))
        turned.append(roma.special_procrustes(recording.rotation[:, inside].double().mean(1)))
    return torch.stack(up, 1), torch.stack(turned, 1)


def _bones(
    data: HandModelData, sensors: Sequence[Sensor], poses: Sequence[CalibrationPose]
) -> Float[Tensor, "sensors poses 3 3"]:
    """R_wb of each sensor's bone in each pose, as the person faces forward."""
    known = [pose.bones(data) for pose in poses]
    return torch.stack([torch.stack([bones[_bone(data, sensor)] for bones in known]) for sensor in sensors])


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


def _wahba(evidence: Float[Tensor, "sensors 3 3"], names: Sequence[str]) -> Float[Tensor, "sensors 3 3"]:
    """The rotations that the evidence speaks for most."""
    values = torch.linalg.svdvals(evidence)
    for name, (first, second, _) in zip(names, values.tolist(), strict=True):
        if second < LEAST_APART * first:
            raise CalibrationError(
                f"the poses are too much alike for sensor {name!r}: gravity comes from about the same direction in all "
                "of them. Add a pose in which it is turned by 90 degrees; or, if sensors share a north, "
                "headings='common'; or trust the placement"
            )
    return roma.special_procrustes(evidence, method="svd")


def _angle(a: Float[Tensor, "*batch 3"], b: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch"]:
    return torch.atan2(torch.linalg.cross(a, b).norm(dim=-1), (a * b).sum(-1))


def _check_misfit(
    missed: Float[Tensor, "sensors poses"], names: Sequence[str], poses: Sequence[CalibrationPose]
) -> None:
    if float(missed.max()) > MISFIT:
        s, k = divmod(int(missed.argmax()), missed.shape[1])
        raise CalibrationError(
            f"sensor {names[s]!r} misses pose {poses[k].name!r} by {float(missed.max().rad2deg()):.0f} degrees: were "
            f"the poses held in the order {', '.join(pose.name for pose in poses)}, and is it worn on its own finger?"
        )


def _offsets(
    turned: Float[Tensor, "sensors poses 3 3"], R_wb: Float[Tensor, "sensors poses 3 3"], p: int
) -> Float[Tensor, " sensors"]:
    """The turn about the vertical after which each sensor's bones, in all poses, face as the reference does."""
    facing = about_z(heading(R_wb[p], turned[p]))
    agreement = (facing @ R_wb @ turned.mT).sum(1)
    return heading(torch.eye(3).to(agreement).expand_as(agreement), agreement)
