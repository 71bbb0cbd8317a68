"""Equal split on fingers that do bend in thirds."""

from __future__ import annotations

import math

import pytest
import roma
import torch

from hands import imu, mano, motion
from hands.conventions import FINGERS, JOINT_NAMES
from hands.experiments.equal_split import equal_split, finger_turns
from hands.mano.anatomy import joint_axes

HAND = mano.load(dtype=torch.float64)
AXES = joint_axes(HAND.data)
RIGID = imu.RIGID_GLOVE


def in_thirds(thirds: dict[str, float]) -> torch.Tensor:
    """A pose whose fingers bend by so many degrees at each joint, all about the axis of the middle one."""
    pose = torch.zeros(15, 3, dtype=torch.float64)
    for finger, degrees in thirds.items():
        first = JOINT_NAMES.index(f"{finger}1") - 1
        pose[first : first + 3] = math.radians(degrees) * AXES[first + 1, 0]
    return pose


def worn(pose: torch.Tensor, placement: tuple[imu.Sensor, ...], frames: int = 3) -> tuple[torch.Tensor, list[str]]:
    """The orientations of the bones while the hand is held like this somewhere in the world, as the sensors tell."""
    still = torch.tensor([0.3, -0.2, 0.9], dtype=torch.float64).expand(frames, 3)
    held = motion.Motion(
        betas=torch.zeros(10, dtype=torch.float64), global_orient=still, hand_pose=pose.expand(frames, 15, 3),
        transl=still, forearm_orient=still, fps=30.0,
    )  # fmt: skip
    alignment, names = imu.Calibration.of(placement, HAND).alignment, [sensor.name for sensor in placement]
    rotation = imu.trajectories(held, HAND, placement)[1]
    return rotation @ torch.stack([alignment[name] for name in names])[:, None], names


@pytest.mark.parametrize("degrees", [0.0, 25.0, 59.0, 61.0, 88.0, -12.0])
def test_fingers_that_bend_in_thirds_come_back_also_beyond_half_a_circle(degrees: float) -> None:
    pose = in_thirds(dict.fromkeys(("index", "middle", "ring", "pinky"), degrees) | {"thumb": degrees / 3})
    turns = finger_turns(*worn(pose, RIGID))
    found = equal_split(turns, HAND.data)
    error = mano.axis_angle_to_rotmat(found).mT @ mano.axis_angle_to_rotmat(pose.expand(3, 15, 3))
    assert roma.rotmat_to_rotvec(error).abs().max() < 1e-6  # a matrix knows small angles to the root of its rounding


def test_on_the_flat_hand_no_nail_is_turned() -> None:
    turns = finger_turns(*worn(torch.zeros(15, 3, dtype=torch.float64), imu.GLOVE))
    assert set(turns) == set(FINGERS)
    for turn in turns.values():
        assert (turn - torch.eye(3, dtype=torch.float64)).abs().max() < 1e-12


def test_the_thirds_make_up_the_whole_turn() -> None:
    pose = 0.5 * torch.randn(15, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    turns = finger_turns(*worn(pose, RIGID))
    local = mano.axis_angle_to_rotmat(equal_split(turns, HAND.data))
    for finger, turn in turns.items():
        first = JOINT_NAMES.index(f"{finger}1") - 1
        whole = local[:, first] @ local[:, first + 1] @ local[:, first + 2]
        torch.testing.assert_close(whole, turn, atol=1e-10, rtol=0)


def test_fingers_without_a_sensor_take_the_other_pose() -> None:
    placement = imu.subset(RIGID, "2")
    turns = finger_turns(*worn(in_thirds({"middle": 40.0}), placement))
    otherwise = torch.full((15, 3), 0.1, dtype=torch.float64)
    found = equal_split(turns, HAND.data, otherwise)
    middle = JOINT_NAMES.index("middle1") - 1
    kept = [joint for joint in range(15) if not middle <= joint < middle + 3]
    assert torch.equal(found[:, kept], otherwise[kept].expand(3, 12, 3))
    torch.testing.assert_close(found[0, middle], math.radians(40) * AXES[middle + 1, 0], atol=1e-7, rtol=0)


def test_without_a_palm_there_is_nothing_to_compare_with() -> None:
    placement = imu.subset(imu.GLOVE, "watch_and_ring")
    with pytest.raises(ValueError, match="no sensor is on the palm, only wrist, index"):
        finger_turns(*worn(torch.zeros(15, 3, dtype=torch.float64), placement))
