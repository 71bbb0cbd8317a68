"""What is drawn by chance: moments of motions, cameras from everywhere, and nothing that depends on anything else."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import gesture, mano, motion
from hands.gesture import drawing
from hands.mano.anatomy import hand_pose_to_angles, joint_axes
from hands.mano.gestures import key_angles


@pytest.fixture(scope="module")
def hand():
    return mano.load()


@pytest.fixture(scope="module")
def drawn(hand):
    """A picture of each of 46 gestures, by subjects in turn."""
    subjects = list(motion.SUBJECTS)
    return [gesture.draw(0, subjects[i % 15], i, name, size=64, hand=hand) for i, name in enumerate(gesture.NAMES)]


def test_a_picture_depends_on_its_own_numbers_alone(hand, drawn):
    again = gesture.draw(0, "S03", 2, gesture.NAMES[2], size=64, hand=hand)
    for one, other in zip(drawn[2].posed, again.posed, strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.look == drawn[2].look
    np.testing.assert_array_equal(again.camera.rotmat, drawn[2].camera.rotmat)
    others = [(1, "S03", 2), (0, "S04", 2), (0, "S03", 3)]
    for seed, subject, take in others:
        other = gesture.draw(seed, subject, take, gesture.NAMES[2], size=64, hand=hand)
        assert np.abs(other.posed.hand_pose - again.posed.hand_pose).max() > 1e-3
        assert other.look != again.look


def test_every_picture_shows_its_gesture_and_no_two_show_one_pose(hand, drawn):
    """The angles are nearest to the key pose of the name, or to one that looks like it, of one coarse class."""
    axes = joint_axes(hand.data)
    keys = np.stack([np.radians(key_angles(name).numpy()) for name in gesture.NAMES])
    right = 0
    for name, one in zip(gesture.NAMES, drawn, strict=True):
        angles = hand_pose_to_angles(axes, torch.from_numpy(one.posed.hand_pose)).numpy()
        off = np.abs(angles - keys[gesture.NAMES.index(name)])[..., 0]
        assert np.sqrt((off**2).mean()) < np.radians(10)
        nearest = gesture.NAMES[np.abs(angles - keys)[..., 0].sum((1, 2) if angles.ndim > 2 else 1).argmin()]
        right += mano.gestures.GESTURES[nearest].coarse == mano.gestures.GESTURES[name].coarse
    assert right >= 38
    poses = np.stack([one.posed.hand_pose.ravel() for one in drawn])
    apart = np.abs(poses[:, None] - poses[None]).max(-1) + np.eye(46)
    assert apart.min() > 0.01


def test_all_keypoints_are_well_inside_the_picture(hand, drawn):
    inside = []
    for one in drawn:
        pose = {k: torch.from_numpy(v).float() for k, v in one.posed._asdict().items() if k != "forearm_orient"}
        pixels = one.camera.project(one.camera.seen(hand.keypoints(**pose).numpy().astype(float)))
        inside.append(((pixels > 0) & (pixels < 64)).all())
        assert 22 < np.ptp(pixels, axis=0).max() < 60
    assert np.mean(inside) > 0.9


def test_cameras_look_from_everywhere_but_not_along_the_arm(hand, drawn):
    places = np.stack([-one.camera.rotmat[2] for one in drawn])  # from the hand to the camera, about
    posed, rng = drawn[0].posed, np.random.default_rng(0)
    elbow = Rotation.from_rotvec(posed.forearm_orient).apply([1.0, 0.0, 0.0])
    many = [-drawing._camera(posed, rng, 64, hand).rotmat[2] for _ in range(200)]
    assert np.cos(np.radians(60)) < max(place @ elbow for place in many) < np.cos(np.radians(25))
    assert 0.5 < (places[:, 0] < 0).mean() < 0.9, "more from the front, which is -x, than from behind"
    assert places[:, 2].min() < -0.2
    assert places[:, 2].max() > 0.7
    assert places[:, 1].min() < -0.5 < 0.5 < places[:, 1].max()
    upright = [one.camera.rotmat[1, 2] for one in drawn]
    assert np.mean(np.array(upright) < 0) == 1.0, "the world's up is never down in a picture"
