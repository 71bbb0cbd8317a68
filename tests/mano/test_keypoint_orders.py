"""The orders, against the names as each source lists them."""

import pytest

from hands.conventions import FINGERS, KEYPOINT_NAMES
from hands.mano.keypoint_orders import KEYPOINT_ORDERS

# W3C, WebXR Hand Input Module Level 1: enum XRHandJoint.
WEBXR = """
wrist thumb-metacarpal thumb-phalanx-proximal thumb-phalanx-distal thumb-tip index-finger-metacarpal
index-finger-phalanx-proximal index-finger-phalanx-intermediate index-finger-phalanx-distal index-finger-tip
middle-finger-metacarpal middle-finger-phalanx-proximal middle-finger-phalanx-intermediate
middle-finger-phalanx-distal middle-finger-tip ring-finger-metacarpal ring-finger-phalanx-proximal
ring-finger-phalanx-intermediate ring-finger-phalanx-distal ring-finger-tip pinky-finger-metacarpal
pinky-finger-phalanx-proximal pinky-finger-phalanx-intermediate pinky-finger-phalanx-distal pinky-finger-tip
"""

# Khronos, OpenXR: enum XrHandJointEXT, without XR_HAND_JOINT_ and _EXT.
OPENXR = """
PALM WRIST THUMB_METACARPAL THUMB_PROXIMAL THUMB_DISTAL THUMB_TIP INDEX_METACARPAL INDEX_PROXIMAL
INDEX_INTERMEDIATE INDEX_DISTAL INDEX_TIP MIDDLE_METACARPAL MIDDLE_PROXIMAL MIDDLE_INTERMEDIATE MIDDLE_DISTAL
MIDDLE_TIP RING_METACARPAL RING_PROXIMAL RING_INTERMEDIATE RING_DISTAL RING_TIP LITTLE_METACARPAL
LITTLE_PROXIMAL LITTLE_INTERMEDIATE LITTLE_DISTAL LITTLE_TIP
"""

# InterHand2.6M, annotations/skeleton.txt, right hand.
INTERHAND = """
thumb4 thumb3 thumb2 thumb1 index4 index3 index2 index1 middle4 middle3 middle2 middle1 ring4 ring3 ring2
ring1 pinky4 pinky3 pinky2 pinky1 wrist
"""


@pytest.mark.parametrize(("order", "names"), [("webxr", WEBXR), ("openxr", OPENXR), ("interhand", INTERHAND)])
def test_names_are_those_of_the_source(order, names):
    assert list(KEYPOINT_ORDERS[order].names) == names.split()


@pytest.mark.parametrize("order", KEYPOINT_ORDERS)
def test_every_keypoint_is_picked_once(order):
    listed = KEYPOINT_ORDERS[order]
    assert len(listed.ours) == len(listed.names)
    assert sorted(k for k in listed.ours if k is not None) == list(range(21))


@pytest.mark.parametrize(
    ("order", "theirs", "ours"),
    [
        ("mediapipe", "THUMB_CMC", "thumb1"),
        ("mediapipe", "INDEX_FINGER_PIP", "index2"),
        ("mediapipe", "PINKY_TIP", "pinky_tip"),
        ("openxr", "THUMB_METACARPAL", "thumb1"),
        ("openxr", "THUMB_DISTAL", "thumb3"),
        ("openxr", "INDEX_PROXIMAL", "index1"),
        ("openxr", "LITTLE_INTERMEDIATE", "pinky2"),
        ("openxr", "MIDDLE_METACARPAL", None),
        ("openxr", "PALM", None),
        ("webxr", "wrist", "wrist"),
        ("webxr", "thumb-phalanx-proximal", "thumb2"),
        ("webxr", "ring-finger-phalanx-distal", "ring3"),
        ("leap", "thumb_mcp", "thumb1"),
        ("leap", "pinky_btip", "pinky_tip"),
        ("interhand", "middle1", "middle1"),
        ("interhand", "thumb4", "thumb_tip"),
    ],
)
def test_joints_are_the_same_anatomical_joints(order, theirs, ours):
    """OpenXR and WebXR name a joint after the bone that begins there; Leap's thumb has no metacarpal."""
    listed = KEYPOINT_ORDERS[order]
    picked = listed.ours[listed.names.index(theirs)]
    assert (None if picked is None else KEYPOINT_NAMES[picked]) == ours


def test_units():
    assert {order: listed.metres for order, listed in KEYPOINT_ORDERS.items()} == {
        "hands": 1.0, "mediapipe": 1.0, "openxr": 1.0, "webxr": 1.0, "leap": 0.001, "interhand": 0.001,
    }  # fmt: skip


def test_leap_lists_four_joints_of_each_digit_behind_the_wrist():
    names = KEYPOINT_ORDERS["leap"].names
    assert names[0] == "wrist"
    assert [name.split("_")[0] for name in names[1::4]] == list(FINGERS)
