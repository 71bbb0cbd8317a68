"""References: rigid motions and bent digits, which straightening must undo, and the table of directions itself."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from hands.conventions import JOINT_NAMES, MANO_FINGERS
from hands.mano.builder.canonical import PALM_AZIMUTH, REST_DIRECTIONS, direction, palm_frame, straighten
from hands.mano.builder.digits import DigitAxes, bone_motions
from hands.mano.builder.landmarks import ENDS, JOINTS, SURFACE


@pytest.fixture(scope="module")
def rigid(hand):
    """Skinning weights with each vertex on one bone alone, so that a bent hand can be straightened exactly."""
    return np.eye(16)[hand.lbs_weights.argmax(1)]


def bones(points, digit):
    return np.diff(np.vstack([points[JOINTS][1 + 3 * digit : 4 + 3 * digit], points[ENDS][digit]]), axis=0)


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (50, 0), (-35, 10), (30, 11)])
def test_direction_has_its_azimuth_and_elevation(azimuth, elevation):
    x, y, z = direction(azimuth, elevation)
    assert np.degrees(np.arctan2(z, -x)) == pytest.approx(azimuth)
    assert np.degrees(np.arcsin(-y)) == pytest.approx(elevation)


def test_straightened_bones_lie_as_the_table_says(points, rigid):
    straight = straighten(points, rigid)
    for digit, finger in enumerate(MANO_FINGERS):
        for bone, angles in zip(bones(straight, digit), REST_DIRECTIONS[finger], strict=True):
            np.testing.assert_allclose(bone / np.linalg.norm(bone), direction(*angles), atol=1e-12)


def test_straightening_keeps_bone_lengths_and_puts_the_wrist_at_the_origin(points, hand):
    straight = straighten(points, hand.lbs_weights)
    np.testing.assert_allclose(straight[JOINTS][0], 0, atol=1e-15)
    for digit in range(5):
        before, after = (np.linalg.norm(bones(p, digit), axis=1) for p in (points, straight))
        np.testing.assert_allclose(after, before, rtol=1e-12)


def test_where_the_hand_was_does_not_matter(points, hand):
    R = Rotation.from_rotvec([0.3, -1.2, 2.0]).as_matrix()
    moved = points @ R.T + [1.0, 2.0, 3.0]
    np.testing.assert_allclose(straighten(moved, hand.lbs_weights), straighten(points, hand.lbs_weights), atol=1e-12)


def test_bent_digits_are_unbent(points, rigid):
    """Exactly so for the last joints, whose flexion is the shortest rotation of their one bone."""
    straight = straighten(points, rigid)
    axes = DigitAxes.of(straight)
    pose = {"index3": (50.0, 0.0, 0.0), "ring3": (-40.0, 0.0, 0.0), "thumb3": (30.0, 0.0, 0.0)}
    R, t = bone_motions(axes.local_rotations(pose), straight[JOINTS])
    bone = rigid.argmax(1)
    surface = (R[bone] @ straight[SURFACE][..., None])[..., 0] + t[bone]
    joints = (R @ straight[JOINTS][..., None])[..., 0] + t
    last = [3 * digit + 3 for digit in range(5)]
    ends = (R[last] @ straight[ENDS][..., None])[..., 0] + t[last]
    np.testing.assert_allclose(straighten(np.concatenate([surface, joints, ends]), rigid), straight, atol=1e-12)


def test_a_batch_is_straightened_hand_by_hand(points, hand):
    batch = np.stack([points, 1.1 * points, points[:, [1, 2, 0]]])
    straight = straighten(batch, hand.lbs_weights)
    for one, expected in zip(straight, batch, strict=True):
        np.testing.assert_allclose(one, straighten(expected, hand.lbs_weights), atol=1e-15)


def test_palm_frame_turns_wrist_to_knuckle_into_its_azimuth():
    joints = np.random.default_rng(0).normal(size=(16, 3))
    frame = palm_frame(joints)
    np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(frame) == pytest.approx(1)
    middle, index, pinky = (joints[JOINT_NAMES.index(n)] - joints[0] for n in ("middle1", "index1", "pinky1"))
    x, y, z = frame @ middle / np.linalg.norm(middle)
    assert np.arctan2(z, -x) == pytest.approx(PALM_AZIMUTH)
    assert y == pytest.approx(0, abs=1e-14)
    assert (frame @ (index - pinky))[1] == pytest.approx(0, abs=1e-12)  # the knuckles lie level
