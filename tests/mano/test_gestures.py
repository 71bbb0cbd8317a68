"""Names, labels and sequence names of the gestures, and key poses that are what their names say, on both hands."""

from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from hands import mano
from hands.conventions import FINGERS, JOINT_NAMES
from hands.mano import mesh
from hands.mano.anatomy import beyond_limits
from hands.mano.gesture_looks import ACROSS, BENT, STRAIGHT, TOUCHING
from hands.mano.gestures import (
    COARSE_NAMES,
    DIRECTIONS,
    FINE_NAMES,
    GESTURES,
    KEY_POSES,
    LOOKS,
    PRESETS,
    key_angles,
    key_pose,
    orientation,
    parse_sequence,
)

THUMB_TIP, INDEX_TIP, MIDDLE_TIP, RING_TIP, PINKY_TIP = 4, 8, 12, 16, 20
INDEX_MCP, PINKY_MCP = 5, 17

SEQUENCES = """
00_neutral_relaxed 01_neutral_rigid 02_good_luck 03_fake_gun 04_star_trek 05_star_trek_extended_thumb 06_thumbup_relaxed
07_thumbup_normal 08_thumbup_rigid 09_thumbtucknormal 10_thumbtuckrigid 11_aokay 12_aokay_upright 13_surfer 14_rocker
14_rocker_frontside 15_rocker_backside 16_fist 17_fist_rigid 18_alligator_open 19_alligator_closed 20_indexpoint
23_one_count 24_two_count 25_three_count 26_four_count 27_five_count 29_indextip 30_middletip 31_ringtip 32_pinkytip
35_palmdown 37_fingerspreadrelaxed 38_fingerspreadnormal 39_fingerspreadrigid 40_capisce 41_claws 42_pucker 43_peacock
44_cup 45_shakespearesyorick 48_index_point 51_dinosaur 58_middlefinger
"""
"""What InterHand2.6M has of both hands, in the order of the codes, without the two digits of the side."""

RIGHT = [*(f"00{name}" for name in SEQUENCES.split()), "0036_palmdownwave"]
LEFT = [*(f"01{name}" for name in SEQUENCES.split()), "0133_relaxedwave"]


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


def posed(hand, name):
    return hand(hand_pose=key_pose(name, hand.data, torch.float64)[1:])


def apart(keypoints, a, b):
    return float(torch.linalg.norm(keypoints[a] - keypoints[b]))


# --- names and labels -------------------------------------------------------------------------------------------------


def labels(*names):
    return {(GESTURES[name].coarse, GESTURES[name].fine) for name in names}


def test_the_labels_are_a_hierarchy_of_46_names_35_fine_and_27_coarse_classes():
    assert (len(GESTURES), len(FINE_NAMES), len(COARSE_NAMES)) == (46, 35, 27)
    assert sorted(GESTURES) == sorted({folder[5:] for folder in RIGHT + LEFT})
    pairs = [(gesture.coarse, gesture.fine) for gesture in GESTURES.values()]
    assert pairs == sorted(pairs), "not in the order of coarse, then fine classes"
    assert {coarse for coarse, _ in pairs} == set(range(27))
    assert sorted({fine for _, fine in set(pairs)}) == list(range(35)) == sorted(fine for _, fine in set(pairs))
    assert all(name == gesture.name for name, gesture in GESTURES.items())


def test_only_six_coarse_classes_have_more_than_one_fine_class():
    children = defaultdict(set)
    for gesture in GESTURES.values():
        children[COARSE_NAMES[gesture.coarse]].add(gesture.fine)
    several = {name: len(fine) for name, fine in children.items() if len(fine) > 1}
    assert several == {"open hand": 3, "thumbup": 2, "ok": 2, "rocker": 3, "alligator": 2, "claw": 2}


def test_classes_follow_the_look_and_not_the_name():
    assert len(labels("fingerspreadnormal", "five_count", "neutral_rigid", "fingerspreadrigid")) == 1
    assert len(labels("thumbup_normal", "thumbup_rigid")) == len(labels("aokay", "peacock")) == 1
    assert len(labels("indexpoint", "one_count", "index_point")) == len(labels("palmdown", "relaxedwave")) == 1
    for one, other in (("thumbup_normal", "thumbup_relaxed"), ("claws", "dinosaur"), ("aokay", "aokay_upright")):
        (coarse, fine), (other_coarse, other_fine) = *labels(one), *labels(other)
        assert coarse == other_coarse
        assert fine != other_fine
    assert GESTURES["star_trek"].coarse != GESTURES["star_trek_extended_thumb"].coarse


def test_classes_are_named_after_the_first_gesture_or_what_they_share():
    first = {}
    for gesture in GESTURES.values():
        first.setdefault(gesture.fine, gesture.name)
    assert tuple(first.values()) == FINE_NAMES
    assert len(set(COARSE_NAMES)) == 27
    own = {name for name in COARSE_NAMES if name in GESTURES}
    assert set(COARSE_NAMES) - own == {
        *("open hand", "thumbup", "thumbtuck", "ok", "alligator", "point", "palm down", "claw"),
    }
    assert all(COARSE_NAMES[GESTURES[name].coarse] == name for name in own)


# --- names of sequences -----------------------------------------------------------------------------------------------


def test_all_90_sequences_parse_and_make_54_coarse_and_70_fine_classes_with_sides():
    found = [parse_sequence(f"train/Capture3/{folder}/") for folder in RIGHT + LEFT]
    assert len(found) == 90
    assert [f.side for f in found] == 45 * ["right"] + 45 * ["left"]
    assert [f.gesture.name for f in found] == [folder[5:] for folder in RIGHT + LEFT]
    assert len({(f.side, f.gesture.coarse) for f in found}) == 54
    assert len({(f.side, f.gesture.fine) for f in found}) == 70


def test_one_code_may_have_two_names_and_the_name_decides():
    plain, front = parse_sequence("0114_rocker").gesture, parse_sequence("0114_rocker_frontside").gesture
    assert plain.codes == front.codes == (14,)
    assert plain.coarse == front.coarse
    assert plain.fine != front.fine


@pytest.mark.parametrize(
    ("sequence", "why"),
    [
        ("ROM03_RT_No_Occlusion", "is a range-of-motion sequence"),
        ("0389_dh_nontouchROM", "is a two-hand sequence"),
        ("0273_leftreceivethewafer", "is a two-hand sequence"),
        ("0133_palmdownwave", "code 33 and name do not match; palmdownwave has the code 36"),
        ("0136_palmdownwave", "wrong side: InterHand2.6M has palmdownwave of the right hand only"),
        ("0033_relaxedwave", "wrong side: InterHand2.6M has relaxedwave of the left hand only"),
        ("0008_thumbup_normal", "code 08 and name do not match; thumbup_normal has the code 07"),
        ("0007_thumbup", "none of the 46 gestures"),
        ("0007_Thumbup_normal", "none of the 46 gestures"),
        ("0407_thumbup_normal", "is not the name of a sequence"),
        ("thumbup_normal", "is not the name of a sequence"),
        ("٠٠٠٧_thumbup_normal", "is not the name of a sequence"),
        ("0007_thumbup_normal\n", "is not the name of a sequence"),
        ("train/Capture0", "'Capture0' is not the name of a sequence"),
        ("", "is not the name of a sequence"),
    ],
)
def test_what_is_no_single_hand_gesture_is_refused_with_the_reason(sequence, why):
    with pytest.raises(ValueError, match=why):
        parse_sequence(sequence)


@given(
    st.one_of(st.text(), st.from_regex(r"0[0-3]\d\d_\w*"), st.sampled_from(RIGHT).flatmap(st.permutations).map("".join))
)
@example("/")
@example("0007_\x00")
def test_no_string_raises_anything_but_a_value_error(text):
    try:
        found = parse_sequence(text)
    except ValueError:
        return
    assert found.gesture.name in text


# --- how the hand is held ---------------------------------------------------------------------------------------------


def test_orientation_turns_the_handshake_into_what_the_words_say():
    for fingers, along in DIRECTIONS.items():
        for palm, facing in DIRECTIONS.items():
            if abs(np.dot(along, facing)) > 0.5:
                continue
            turn = Rotation.from_rotvec(orientation(palm, fingers).numpy())
            np.testing.assert_allclose(turn.apply([-1, 0, 0]), along, atol=1e-12)
            np.testing.assert_allclose(turn.apply([0, -1, 0]), facing, atol=1e-12)


def test_a_hyphen_is_the_direction_between_and_the_fingers_come_first():
    turn = Rotation.from_rotvec(orientation("up", "forward-up").numpy())
    np.testing.assert_allclose(turn.apply([-1, 0, 0]), np.array([-1, 0, 1]) / np.sqrt(2), atol=1e-12)
    np.testing.assert_allclose(turn.apply([0, -1, 0]), np.array([1, 0, 1]) / np.sqrt(2), atol=1e-12)


@pytest.mark.parametrize(
    ("palm", "fingers", "why"),
    [
        ("up", "down", "a palm that faces up cannot have fingers that point down"),
        ("inward", "up", "no direction 'inward'; there are forward"),
        ("up", "left-right", "'left-right' is no direction: its parts cancel out"),
    ],
)
def test_impossible_orientations_are_refused(palm, fingers, why):
    with pytest.raises(ValueError, match=why):
        orientation(palm, fingers)


# --- the presets of the live hand -------------------------------------------------------------------------------------


def test_the_eight_presets_come_first_and_every_gesture_has_a_pose_and_a_look():
    assert PRESETS == ("flat", "relaxed", "spread", "fist", "thumb-up", "rock", "point", "pinch")
    assert tuple(KEY_POSES)[:8] == PRESETS
    assert tuple(LOOKS) == tuple(GESTURES)
    assert set(KEY_POSES) == set(GESTURES) | set(PRESETS)


def test_pinching_tips_touch_but_do_not_sink_in(hand):
    output = posed(hand, "pinch")
    assert apart(output.keypoints, THUMB_TIP, INDEX_TIP) < 0.008
    strongest = hand.lbs_weights.argmax(1)
    thumb, index = (output.vertices[strongest == JOINT_NAMES.index(name)] for name in ("thumb3", "index3"))
    assert float(torch.cdist(thumb, index).min()) > 0.0008


@pytest.mark.parametrize("name", [n for n in PRESETS if n != "pinch"])
def test_other_presets_keep_the_tips_apart(hand, name):
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


def test_flat_is_the_zero_pose_and_no_preset_turns_the_wrist(hand):
    assert not key_pose("flat", hand.data).any()
    assert all(not key_pose(name, hand.data)[0].any() for name in PRESETS)


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


# --- the poses of the gestures ----------------------------------------------------------------------------------------


def held(hand, name):
    """The keypoints of the gesture, turned as it is held."""
    pose = key_pose(name, hand.data, torch.float64)
    return hand.keypoints(global_orient=pose[0], hand_pose=pose[1:])


@pytest.mark.parametrize("name", GESTURES)
def test_the_angles_are_within_the_limits_of_anatomy(name):
    assert not beyond_limits(torch.deg2rad(key_angles(name))).any()


@pytest.mark.parametrize("name", GESTURES)
def test_straight_and_bent_fingers_are_as_the_look_says(hand, name):
    keypoints, flat, look = held(hand, name), hand.keypoints(), LOOKS[name]
    for digit, finger in enumerate(FINGERS):
        tip = 4 * digit + 4
        knuckle = PINKY_MCP if finger == "thumb" else tip - 3
        reach = apart(keypoints, tip, knuckle) / apart(flat, tip, knuckle)
        assert (reach > STRAIGHT) == (finger in look.straight), f"{finger}: {reach:.2f}"
        assert (reach < (ACROSS if finger == "thumb" else BENT)) == (finger in look.bent), f"{finger}: {reach:.2f}"


@pytest.mark.parametrize("name", GESTURES)
def test_the_tips_that_should_touch_do_and_no_others(hand, name):
    keypoints = held(hand, name)
    touching = {
        (FINGERS[a], FINGERS[b])
        for a, b in combinations(range(5), 2)
        if apart(keypoints, 4 * a + 4, 4 * b + 4) < TOUCHING
    }
    assert touching == set(LOOKS[name].touching)


@pytest.mark.parametrize("name", GESTURES)
def test_the_palm_faces_where_the_look_says(hand, name):
    keypoints = held(hand, name).numpy()
    normal = np.cross(keypoints[INDEX_MCP] - keypoints[0], keypoints[PINKY_MCP] - keypoints[0])
    faced = max(DIRECTIONS, key=lambda direction: float(np.dot(DIRECTIONS[direction], normal)))
    assert faced == LOOKS[name].palm


def test_no_two_gestures_are_the_same(hand):
    poses = torch.stack([key_pose(name, hand.data, torch.float64) for name in GESTURES]).flatten(1)
    apart = torch.cdist(poses, poses) + 9 * torch.eye(len(poses), dtype=torch.float64)
    assert float(apart.min()) > np.radians(5)


def sunk(hand, name):
    """Share of the skin that is inside the hand: of its area, where half a millimetre above it is flesh."""
    faces = mesh.closed(hand.data.faces)
    vertices = posed(hand, name).vertices.numpy()
    triangles = vertices[hand.data.faces]
    area = np.zeros(len(vertices))
    for corner in hand.data.faces.T:
        np.add.at(area, corner, np.linalg.norm(np.cross(*np.diff(triangles, axis=1).swapaxes(0, 1)), axis=1))
    above = vertices + 0.0005 * mesh.vertex_normals(vertices, hand.data.faces)
    return float(area[mesh.winding_number(above, vertices, faces) > 0.5].sum() / area.sum())


@pytest.fixture(scope="module")
def sunk_fist(hand):
    return sunk(hand, "fist")


@pytest.mark.parametrize("name", GESTURES)
def test_no_gesture_sinks_into_itself_more_than_the_fist_and_open_ones_hardly_at_all(hand, name, sunk_fist):
    """The seed fist's figure is 17 %: folds of skin, and five digits pressed together. So 4 % for each that is bent."""
    look = LOOKS[name]
    assert sunk(hand, name) <= min(sunk_fist, 0.01 + 0.04 * (len(look.bent) + len(look.touching)))


@pytest.mark.parametrize("name", ["rock", "peacock", "good_luck"])
def test_a_left_hand_makes_the_mirrored_pose(hand, name):
    left = mano.load(side="left", dtype=torch.float64)
    mirror = torch.tensor([-1.0, 1, 1], dtype=torch.float64)
    torch.testing.assert_close(posed(left, name).vertices, posed(hand, name).vertices * mirror, rtol=0, atol=1e-12)
    torch.testing.assert_close(held(left, name), held(hand, name) * mirror, rtol=0, atol=1e-12)
