"""Where sensors sit: landmarks on both hands, frames on bones, and frames that move with the skin."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from hands import mano
from hands.conventions import FINGERS, JOINT_NAMES, KEYPOINT_NAMES
from hands.imu.placement import (
    GLOVE,
    RIGID_GLOVE,
    SUBSETS,
    Landmark,
    Sensor,
    bone_frame,
    landmark_vertex,
    misplaced,
    segment,
    skin_mount,
    subset,
)
from hands.mano.mesh import vertex_normals

SIDES = {side: mano.load(side=side, dtype=torch.float64) for side in ("right", "left")}
MIRROR = np.diag([-1.0, 1.0, 1.0])
NAILS = {sensor.name: sensor.on for sensor in GLOVE[2:]}


def mount_axes(data, vertex, rotations):
    """The frame of a piece of skin, by the module's equations, written out; rotations (16, 3, 3) of the joints."""
    frame = skin_mount(data, vertex).frame
    blended = sum(w * R for w, R in zip(data.lbs_weights[vertex], rotations, strict=True))
    x, y = blended @ frame[:, 0], blended @ frame[:, 1]
    z = np.cross(x, y)
    y, z = y / np.linalg.norm(y), z / np.linalg.norm(z)
    return np.stack([np.cross(y, z), y, z], axis=1)


@pytest.mark.parametrize("finger", FINGERS)
@pytest.mark.parametrize("side", SIDES)
def test_a_nail_is_on_the_back_of_the_last_segment(side, finger):
    data = SIDES[side].data
    vertex = landmark_vertex(data, NAILS[finger])
    joint, tip = (SIDES[side].keypoints()[KEYPOINT_NAMES.index(f"{finger}{k}")].numpy() for k in ("3", "_tip"))
    along = (data.v_template[vertex] - joint) @ (tip - joint) / ((tip - joint) @ (tip - joint))
    assert 0.45 < along < 0.75
    assert data.lbs_weights[vertex, JOINT_NAMES.index(f"{finger}3")] > 0.95
    # A curled finger's nail faces away from the wrist, its pad towards it: bend the finger and see.
    pose = torch.zeros(15, 3, dtype=torch.float64)
    pose[JOINT_NAMES.index(f"{finger}3") - 1] = 0.5 * torch.from_numpy(
        mano.anatomy.joint_axes(data)[JOINT_NAMES.index(f"{finger}3") - 1, 0].numpy()
    )
    moved = SIDES[side](hand_pose=pose).vertices[data.tip_vertices[FINGERS.index(finger)]].numpy() - tip
    normal = vertex_normals(data.v_template, data.faces)[vertex]
    assert normal @ moved / np.linalg.norm(moved) < -0.8


def sideways(data, landmark):
    """How far a landmark's vertex lies from the line through the back for which it was looked up, metres."""
    joint = JOINT_NAMES.index(landmark.joint)
    start, end = segment(data, joint)
    x, y, _ = (data.v_template[landmark_vertex(data, landmark)] - start - landmark.along * (end - start)) @ bone_frame(
        data, joint
    )
    return math.hypot(x, y)


def test_landmarks_of_the_default_hand_lie_as_near_as_the_module_says():
    data = SIDES["right"].data
    assert max(sideways(data, sensor.on) for sensor in GLOVE[1:]) < 0.005
    anywhere = [Landmark(joint, along) for joint in JOINT_NAMES for along in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert 0.010 < max(sideways(data, landmark) for landmark in anywhere) < 0.015


def test_the_back_of_the_hand_lies_over_the_middle_metacarpal():
    data = SIDES["right"].data
    vertex = landmark_vertex(data, GLOVE[1].on)
    assert vertex_normals(data.v_template, data.faces)[vertex, 1] > 0.9
    assert data.lbs_weights[vertex, 0] > 0.9


def test_the_left_hands_landmarks_mirror_the_right_hands():
    for sensor in GLOVE[1:]:
        right, left = (SIDES[side].data.v_template[landmark_vertex(SIDES[side].data, sensor.on)] for side in SIDES)
        np.testing.assert_allclose(left, MIRROR @ right, atol=1e-12)


@pytest.mark.parametrize("side", SIDES)
def test_a_bones_mount_points_to_the_fingertips_and_out_of_the_back(side):
    data = SIDES[side].data
    forward = -1.0 if side == "right" else 1.0
    for joint in range(16):
        frame = bone_frame(data, joint)
        np.testing.assert_allclose(frame.T @ frame, np.eye(3), atol=1e-12)
        assert np.linalg.det(frame) == pytest.approx(1)
        assert forward * frame[0, 1] > (0.7 if joint < 13 else 0.6)  # y runs along the flat hand
        if joint < 13:
            assert frame[1, 2] > 0.8  # z leaves through its back
            # x points to the little finger on a right hand, to the thumb on a left one
            assert -forward * frame[2, 0] < -0.8 or side == "left"
    x = bone_frame(data, 0)[:, 0]
    np.testing.assert_allclose(x, [0, 0, -1 if side == "right" else 1], atol=1e-12)


def test_the_thumbs_mount_turns_its_nail_away_from_where_it_bends():
    data = SIDES["right"].data
    flexion = mano.anatomy.joint_axes(data)[14, 0].numpy()
    x, _, z = bone_frame(data, 15).T
    np.testing.assert_allclose(x, -flexion, atol=1e-12)
    np.testing.assert_allclose(z, -mano.anatomy.THUMB_PALMAR / np.linalg.norm(mano.anatomy.THUMB_PALMAR), atol=0.3)


@pytest.mark.parametrize("side", SIDES)
def test_every_vertex_has_a_frame_that_stays_orthonormal_in_every_pose(side):
    """And its z stays near the normal of the skin there, but for the folds of webs and creases."""
    hand, generator = SIDES[side], torch.Generator().manual_seed(3)
    low, high = mano.anatomy.limits()
    angles = low + (high - low) * torch.rand(3, 15, 3, generator=generator, dtype=torch.float64)
    pose = mano.anatomy.angles_to_hand_pose(mano.anatomy.joint_axes(hand.data), angles)
    local = torch.cat([torch.eye(3).double().expand(3, 1, 3, 3), mano.axis_angle_to_rotmat(pose)], 1)
    rotations = mano.forward_kinematics(local, hand().joints)[0].numpy()
    meshes = hand(hand_pose=pose).vertices.numpy()
    normals = [vertex_normals(mesh, hand.data.faces) for mesh in meshes]
    tilt = []
    for vertex in range(0, hand.data.num_vertices, 3):
        for rotation, normal in zip(rotations, normals, strict=True):
            frame = mount_axes(hand.data, vertex, rotation)
            np.testing.assert_allclose(frame.T @ frame, np.eye(3), atol=1e-12)
            assert np.linalg.det(frame) == pytest.approx(1, abs=1e-12)
            tilt.append(np.degrees(np.arccos(np.clip(frame[:, 2] @ normal[vertex], -1, 1))))
    assert np.median(tilt) < 8
    assert np.percentile(tilt, 90) < 35


def test_at_rest_z_is_the_normal_and_y_follows_the_finger():
    data = SIDES["right"].data
    normals = vertex_normals(data.v_template, data.faces)
    for name, vertex in {name: landmark_vertex(data, nail) for name, nail in NAILS.items()}.items():
        x, y, z = skin_mount(data, vertex).frame.T
        np.testing.assert_allclose(z, normals[vertex], atol=1e-9)
        bone = bone_frame(data, JOINT_NAMES.index(f"{name}3"))
        assert y @ bone[:, 1] > 0.85
        assert x @ bone[:, 0] > 0.8


def test_over_a_fingertip_y_goes_on_towards_the_palm():
    data = SIDES["right"].data
    frame = bone_frame(data, 3)
    normals = vertex_normals(data.v_template, data.faces)
    own = np.flatnonzero(data.lbs_weights[:, 3] > 0.9)
    foremost = own[(normals[own] @ frame[:, 1]).argmax()]
    assert normals[foremost] @ frame[:, 1] > 0.9
    assert skin_mount(data, int(foremost)).frame[:, 1] @ frame[:, 2] < -0.8


def test_subsets_are_those_of_the_papers_figure():
    assert len(GLOVE) == len(RIGID_GLOVE) == 7
    for name, count in {"7": 7, "4": 4, "3": 3, "2": 2, "watch_and_ring": 2}.items():
        assert [sensor.name for sensor in subset(GLOVE, name)] == [*SUBSETS[name]]
        assert len(SUBSETS[name]) == count
    assert subset(GLOVE, ["index", "palm"]) == (GLOVE[3], GLOVE[1])
    assert subset(GLOVE, "index") == (GLOVE[3],)
    with pytest.raises(ValueError, match="no sensor is called 'toe'; there are wrist, palm, thumb"):
        subset(GLOVE, ["palm", "toe"])


def test_places_that_do_not_exist_are_refused():
    data = SIDES["right"].data
    with pytest.raises(ValueError, match="vertex 778 is none of this hand's, which are 0 to 777"):
        skin_mount(data, 778)
    with pytest.raises(ValueError, match="no joint is called 'toe1'"):
        Landmark("toe1", 0.5)
    for along in (60.0, -0.1, float("nan")):
        with pytest.raises(ValueError, match="expected a share of the segment, 0 to 1"):
            Landmark("index3", along)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"on": "toe"}, "sensor 's' is on 'toe', which is none of wrist, index1"),
        ({"on": True}, "sensor 's' is on True, expected a bone, a vertex or a landmark"),
        ({"on": None}, "sensor 's' is on None"),
        ({"on": 5, "offset": (0.0, 14.0, 7.0)}, r"offset of sensor 's' is \(0.0, 14.0, 7.0\), expected three metres"),
        ({"on": 5, "offset": (0.0, 1.0)}, "expected three metres"),
        ({"on": 5, "offset": (0.0, float("nan"), 0.0)}, "expected three metres"),
        (
            {"on": 5, "mounting": ((2.0, 0, 0), (0, 2.0, 0), (0, 0, 2.0))},
            "the mounting of sensor 's', .* is no rotation",
        ),
        (
            {"on": 5, "mounting": ((1.0, 0, 0), (0, 1.0, 0), (0, 0, -1.0))},
            "the mounting of sensor 's', .* is no rotation",
        ),
        ({"on": 5, "mounting": (0.1, 0.2, 0.3)}, "three rows of three"),
    ],
)
def test_impossible_sensors_are_refused(arguments, words):
    make = getattr(Sensor.__init__, "__wrapped__", Sensor.__init__)
    with pytest.raises(ValueError, match=words):
        make(object.__new__(Sensor), "s", **arguments)


def test_misplacements_in_degrees_and_millimetres_are_refused():
    with pytest.raises(ValueError, match=r"angle is 5\.7 and distance 3\.0, expected radians and metres"):
        misplaced(GLOVE, torch.Generator(), angle=5.7, distance=3.0)


# ---- sensors put on carelessly ----


def test_misplacements_are_as_large_as_said_on_average():
    many = [Sensor(f"s{k}", "index3") for k in range(1500)]
    moved = misplaced(many, torch.Generator().manual_seed(5), angle=0.1, distance=0.003)
    turns = np.array([math.acos(min(1.0, (np.trace(sensor.mounting) - 1) / 2)) for sensor in moved])
    shifts = np.linalg.norm([sensor.offset for sensor in moved], axis=1)
    # 1500 lengths with a spread of 0.42 of their mean: the mean is known to 1.1 %
    assert turns.mean() == pytest.approx(0.1, rel=0.04)
    assert shifts.mean() == pytest.approx(0.003, rel=0.04)
    assert abs(np.corrcoef(turns, shifts)[0, 1]) < 0.08


def test_each_sensors_misplacement_is_its_own_whoever_stands_beside_it():
    def drawn(names, seed=0):
        moved = misplaced(subset(GLOVE, names), torch.Generator().manual_seed(seed))
        return {sensor.name: sensor for sensor in moved}

    seven = drawn(SUBSETS["7"])
    assert drawn(SUBSETS["7"]) == seven
    assert drawn(SUBSETS["7"][::-1]) == seven
    for name, sensor in drawn(SUBSETS["3"]).items():
        assert sensor == seven[name]
    assert len({sensor.mounting for sensor in seven.values()}) == 7
    assert all(drawn(SUBSETS["7"], seed=1)[name] != seven[name] for name in seven)


def test_a_second_session_with_the_same_generator_is_another():
    generator = torch.Generator().manual_seed(0)
    assert misplaced(GLOVE, generator) != misplaced(GLOVE, generator)


def test_no_misplacement_is_none():
    still = misplaced(GLOVE, torch.Generator().manual_seed(0), angle=0.0, distance=0.0)
    assert still == tuple(replace(sensor) for sensor in GLOVE)
