"""The doors: the same call makes the same motion, and every other one another."""

import itertools

import numpy as np
import pytest
import torch

from hands import mano
from hands.mano.anatomy import hand_pose_to_angles, joint_axes
from hands.mano.gestures import GESTURES, key_angles
from hands.motion import PROGRAMS, SUBJECTS, MotionError, sample, transitions

SECONDS, FPS = 3.0, 30.0


def content(motion):
    parts = [motion.full_pose, motion.transl, motion.forearm_orient]
    return b"".join(part.numpy().tobytes() for part in parts) + repr(motion.holds).encode()


def every_program():
    return ["free", *PROGRAMS]


def test_the_same_call_makes_the_same_motion_whatever_was_made_before():
    first = {name: content(sample(name, "S04", seconds=SECONDS, fps=FPS)) for name in every_program()}
    again = {name: content(sample(name, "S04", seconds=SECONDS, fps=FPS)) for name in reversed(every_program())}
    assert again == first


def test_programs_people_and_seeds_have_nothing_in_common():
    """Not even the first move of the arm: every two of these motions differ in every series from early on."""
    motions = [sample(name, "S01", seconds=SECONDS, fps=FPS) for name in ("free", "ROM02", "ROM14")]
    motions += [sample("free", who, seconds=SECONDS, fps=FPS) for who in ("S02", "S15")]
    motions += [sample("free", "S01", seconds=SECONDS, fps=FPS, seed=seed) for seed in (1, 2)]
    for a, b in itertools.combinations(motions, 2):
        for name in ("transl", "global_orient", "forearm_orient", "hand_pose"):
            apart = (getattr(a, name) - getattr(b, name)).reshape(len(a), -1).norm(dim=-1)
            assert apart[20:].median() > 1e-3, name


def test_a_program_is_found_by_code_and_by_name():
    by_code, by_name = (sample(name, "S01", seconds=SECONDS, fps=FPS) for name in ("ROM02", "Finger_Bending"))
    assert content(by_code) == content(by_name)
    own = sample("ROM02", SUBJECTS["S01"], seconds=SECONDS, fps=FPS)
    assert content(own) == content(by_code)


def test_the_rate_only_says_where_the_motion_is_looked_at():
    coarse, fine = (sample("free", "S03", seconds=SECONDS, fps=fps) for fps in (30.0, 120.0))
    torch.testing.assert_close(fine.transl[::4], coarse.transl, atol=1e-9, rtol=0)
    turned = [mano.axis_angle_to_rotmat(m.hand_pose) for m in (fine.cut(0, len(fine)), coarse)]
    torch.testing.assert_close(turned[0][::4], turned[1], atol=1e-9, rtol=0)


@pytest.mark.parametrize(("seconds", "fps"), [(0.5, 30.0), (1.0, 100.0), (2.0, 24.0)])
def test_any_length_and_rate(seconds, fps):
    motion = sample("ROM05", "S09", seconds=seconds, fps=fps)
    assert (len(motion), motion.fps) == (round(seconds * fps) + 1, fps)


def test_a_longer_motion_begins_as_the_shorter_one():
    """Of the same take: a minute is not another one for being cut earlier."""
    short, long = (sample("ROM01", "S02", seconds=seconds, fps=FPS) for seconds in (2.0, 4.0))
    apart = (long.hand_pose[: len(short)] - short.hand_pose).abs().max()
    assert apart < np.radians(20)  # up to drift, whose numbers are drawn for the whole length


def test_every_gesture_is_reached_and_held_about_as_its_key_pose():
    axes = joint_axes(mano.load().data)
    names = list(GESTURES)
    motion = transitions(names, "S05", fps=FPS)
    assert [hold.name for hold in motion.holds][: len(names)] == names
    angles = torch.rad2deg(hand_pose_to_angles(axes, motion.hand_pose))
    for hold in motion.holds[: len(names)]:
        middle = round((hold.start + hold.end) / 2 * FPS)
        off = (angles[middle] - key_angles(hold.name)).abs()[:, 0]
        assert off.mean() < 8, hold.name  # degrees of flexion: style, scatter and drift
        assert off.max() < 35, hold.name


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sample("ROM16", "S01"), "no program 'ROM16'; there are ROM01 Finger_Counting"),
        (lambda: sample("free", "S16"), "no subject 'S16'; there are S01"),
        (lambda: sample("free", "S01", seconds=0.0), r"0\.0 seconds"),
        (lambda: sample("free", "S01", fps=-30.0), r"-30\.0 frames"),
        (lambda: transitions(["fist", "ok"], "S01"), "'ok' is none of the 46 gestures"),
        (lambda: transitions([], "S01"), "none of the 46 gestures"),
    ],
)
def test_what_is_not_there_is_refused_by_name(call, words):
    with pytest.raises(MotionError, match=words):
        call()
