"""The key poses are what their names say, on both hands."""

import pytest
import torch

from hands import mano
from hands.conventions import JOINT_NAMES
from hands.mano.gestures import KEY_POSES, PRESETS, key_angles, key_pose

THUMB_TIP, INDEX_TIP, MIDDLE_TIP, RING_TIP, PINKY_TIP = 4, 8, 12, 16, 20
INDEX_MCP = 5


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


def posed(hand, name):
    return hand(hand_pose=key_pose(name, hand.data, torch.float64)[1:])


def apart(keypoints, a, b):
    return float(torch.linalg.norm(keypoints[a] - keypoints[b]))


def test_the_eight_presets_come_first():
    assert PRESETS == ("flat", "relaxed", "spread", "fist", "thumb-up", "rock", "point", "pinch")
    assert tuple(KEY_POSES)[:8] == PRESETS


def test_pinching_tips_touch_but_do_not_sink_in(hand):
    output = posed(hand, "pinch")
    assert apart(output.keypoints, THUMB_TIP, INDEX_TIP) < 0.008
    strongest = hand.lbs_weights.argmax(1)
    thumb, index = (output.vertices[strongest == JOINT_NAMES.index(name)] for name in ("thumb3", "index3"))
    assert float(torch.cdist(thumb, index).min()) > 0.0008


@pytest.mark.parametrize("name", [n for n in PRESETS if n != "pinch"])
def test_other_poses_keep_the_tips_apart(hand, name):
    assert apart(posed(hand, name).keypoints, THUMB_TIP, INDEX_TIP) > 0.03


@pytest.mark.parametrize(
    ("name", "straight"),
    [("fist", []), ("thumb-up", []), ("rock", [INDEX_TIP, PINKY_TIP]), ("point", [INDEX_TIP])],
)
def test_fingers_are_curled_or_straight(hand, name, straight):
    keypoints, flat = posed(hand, name).keypoints, hand.keypoints()
    for tip in (INDEX_TIP, MIDDLE_TIP, RING_TIP, PINKY_TIP):
        reach = apart(keypoints, tip, tip - 3) / apart(flat, tip, tip - 3)
        assert (reach > 0.95) if tip in straight else (reach < 0.55), f"{name}: finger {tip}"


def test_spread_fingers_are_further_apart_than_flat_ones(hand):
    spread, flat = posed(hand, "spread").keypoints, hand.keypoints()
    for a, b in ((THUMB_TIP, INDEX_TIP), (INDEX_TIP, MIDDLE_TIP), (RING_TIP, PINKY_TIP)):
        assert apart(spread, a, b) > apart(flat, a, b)


def test_flat_is_the_zero_pose_and_the_wrist_never_turns(hand):
    assert not key_pose("flat", hand.data).any()
    assert all(not key_pose(name, hand.data)[0].any() for name in PRESETS)


def test_a_left_hand_makes_the_mirrored_pose(hand):
    left = mano.load(side="left", dtype=torch.float64)
    mirror = torch.tensor([-1.0, 1, 1], dtype=torch.float64)
    torch.testing.assert_close(posed(left, "rock").vertices, posed(hand, "rock").vertices * mirror, rtol=0, atol=1e-12)


def test_key_angles_come_in_the_order_of_joints():
    angles = key_angles("relaxed")
    assert angles.shape == (15, 3)
    assert angles[JOINT_NAMES.index("thumb1") - 1].tolist() == [6, 18, 2]
    assert angles[JOINT_NAMES.index("pinky1") - 1].tolist() == [30, 8, -5]
    assert angles[JOINT_NAMES.index("ring3") - 1].tolist() == [23, 0, 0]
    assert angles[JOINT_NAMES.index("index2") - 1].tolist() == [28, 0, 0]


def test_an_unknown_name_is_refused_with_the_known_ones(hand):
    with pytest.raises(ValueError, match=r"no key pose 'wave'; there are flat, relaxed"):
        key_pose("wave", hand.data)
