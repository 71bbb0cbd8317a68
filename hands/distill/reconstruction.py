"""From a recording of sensors to the movement of a hand.

The recording is cut into windows, the last of which ends with the recording; every frame is said once. The shape is a
mean over the windows: a recording is of one person.

Explained in the book: *Teaching a student*.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import roma
import torch
from jaxtyping import Float
from torch import Tensor

from hands import imu, mano
from hands.data import REFERENCE, features, windows
from hands.data.plan import FPS, PLACEMENT
from hands.fusion import sixd_to_rotmat
from hands.imu import Recording
from hands.motion import Motion

if TYPE_CHECKING:
    from hands.distill.worn import SensorNetwork, Shown

AT_ONCE: Final = 64
"""Windows that go through a network together."""
RATE_TOLERANCE: Final = 0.02
"""The share by which records may come faster or slower than in training."""


@torch.no_grad()
def reconstruct(network: SensorNetwork, recording: Recording) -> Motion:
    """The movement of a hand, from what its sensors recorded.

    Fingers and shape are the network's. Everything else is what sensors cannot tell it, or what is taken for granted:
    the orientation is that of the palm's sensor, as if it sat exactly as `imu.GLOVE` says, in the sensor's own world,
    whose north is nobody else's unless it was calibrated (`imu.Calibration`); the place is unknown and zero; the wrist
    is straight, so the forearm is turned as the hand. The hand is a right one.

    Args:
        network: a student or a simple model, trained at 30 records per second.
        recording: of the network's sensors, by their names; others may be there as well.

    Raises:
        ValueError: a sensor is missing or nameless, there are several recordings in one, or its rate is another.
    """
    own = _own(network, recording)
    was_training = network.training
    network.eval()
    pose_6d, betas = _frames(network, features(own).to(network.motion_rms))
    network.train(was_training)
    orientation = _of_the_hand(own.select([REFERENCE]))
    return Motion(
        betas=betas,
        global_orient=orientation.to(betas),
        hand_pose=roma.rotmat_to_rotvec(sixd_to_rotmat(pose_6d)),
        transl=betas.new_zeros(len(own), 3),
        forearm_orient=orientation.to(betas),
        fps=own.fps,
    )


def _own(network: SensorNetwork, recording: Recording) -> Recording:
    """The recording of the network's sensors, in its order, if it can be used."""
    missing = [name for name in network.worn.sensors if name not in recording.names]
    if missing:
        raise ValueError(
            f"the recording has {', '.join(recording.names) or 'sensors without names'}, and this network also wants "
            f"{', '.join(missing)}: name them, or load a network for fewer sensors"
        )
    if recording.acc.ndim != 3:
        raise ValueError(f"acc is {tuple(recording.acc.shape)}, expected (sensors, time, 3): one recording at a time")
    if len(recording) < 2:
        raise ValueError("a recording of one record has no rate: two are the least")
    if abs(recording.fps / FPS - 1) > RATE_TOLERANCE:
        raise ValueError(f"the recording has {recording.fps:g} records per second, the network knows {FPS:g}: resample")
    return recording.select(network.worn.sensors)


def _frames(
    network: SensorNetwork, series: Float[Tensor, "time sensors channels"]
) -> tuple[Float[Tensor, "time 15 6"], Float[Tensor, " 10"]]:
    """The pose of every frame, and the shape."""
    length = min(network.worn.max_len, len(series))
    cut = windows([len(series)], length, length)
    said = [cast("Shown", network(batch)) for batch in cut.cut(series).split(AT_ONCE)]
    return cut.join(torch.cat([one.pose_6d for one in said])), torch.cat([one.betas for one in said]).mean(0)


def _of_the_hand(palm: Recording) -> Float[Tensor, "time 3"]:
    """Axis-angle of the hand that carries this sensor where the placement says."""
    nominal = imu.Calibration.of(imu.subset(PLACEMENT, REFERENCE), mano.load())
    return roma.rotmat_to_rotvec(nominal.apply(palm).rotation[0])
