"""What a person does with a script: limits, timing, style, contacts, and curves without kinks."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from hands import mano
from hands.conventions import MANO_FINGERS
from hands.mano.anatomy import angles_to_hand_pose, beyond_limits, hand_pose_to_angles, joint_axes, limits
from hands.mano.gestures import key_angles
from hands.motion import SUBJECTS, MotionError, Step, free, perform
from hands.motion.performance import posed

AXES = joint_axes(mano.load().data)
LOW, HIGH = (bound.numpy() for bound in limits())
S01 = SUBJECTS["S01"]
CALM = replace(S01, scatter=0.0, hesitation=0.0, enslaving=0.0, amplitude=1.0, tempo=1.0, tremor=0.0)
KNUCKLE = {finger: 3 * MANO_FINGERS.index(finger) for finger in MANO_FINGERS}


def angles_of(motion):
    return hand_pose_to_angles(AXES, motion.hand_pose).numpy()


def key(name):
    return np.radians(key_angles(name).numpy())


def to_and_fro(*names, seconds=0.6, hold=0.5, exact=False):
    """A script that goes through key poses, again and again."""

    def script(subject, rng):
        for name in itertools.cycle(names):
            yield Step(key(name), seconds, hold=hold, exact=exact, name=name)

    return script


def wild(subject, rng):
    """As far as joints go and farther, as quickly as the engine lets anybody."""
    while True:
        yield Step(rng.uniform(LOW - 0.5, HIGH + 0.5), rng.uniform(0.1, 0.5), exact=rng.random() < 0.5)


@pytest.mark.parametrize("script", [free, wild])
def test_no_joint_ever_leaves_its_range(script):
    for subject, seed in itertools.product(SUBJECTS.values(), range(2)):
        motion = perform(script, subject, seconds=8.0, fps=30.0, seed=seed)
        assert beyond_limits(hand_pose_to_angles(AXES, motion.hand_pose)).abs().max() < 1e-9


def test_poses_are_those_of_the_anatomical_angles():
    rng = np.random.default_rng(0)
    angles = torch.from_numpy(rng.uniform(LOW, HIGH, (200, 15, 3)))
    angles[0] = 0
    angles[1] = 1e-14
    torch.testing.assert_close(posed(AXES, angles), angles_to_hand_pose(AXES, angles), atol=1e-12, rtol=0)


def largest_kink(seconds, fps):
    """The largest jump of any angular or linear acceleration from frame to frame."""
    motion = perform(free, S01, seconds=seconds, fps=fps, seed=3)
    turned = mano.axis_angle_to_rotmat(torch.cat([motion.full_pose, motion.forearm_orient[:, None]], 1))
    curves = torch.cat([turned.flatten(1), motion.transl], 1).numpy()
    return np.abs(np.diff(curves, 3, axis=0) * fps**2).max(0)


def test_no_acceleration_ever_jumps():
    """Looked at twice as often, a continuous acceleration changes half as much from frame to frame."""
    coarse, fine = largest_kink(6.0, 480.0), largest_kink(6.0, 960.0)
    moving = coarse > 1e-6
    assert moving.sum() > 100
    assert (fine[moving] / coarse[moving]).max() < 0.6


def test_a_quick_person_needs_less_time():
    slow, quick = (
        perform(to_and_fro("flat", "fist"), replace(CALM, tempo=tempo), seconds=20.0, fps=30.0).holds
        for tempo in (0.5, 1.0)
    )
    for a, b in zip(slow, quick[: len(slow)], strict=True):
        assert a.name == b.name
        if a.end < 20:
            assert a.end - a.start == pytest.approx(2 * (b.end - b.start))
            assert a.start - 0.25 == pytest.approx(2 * (b.start - 0.25))


def middles(motion):
    """Angles in the middle of each hold."""
    angles = angles_of(motion)
    return [(h.name, angles[round((h.start + h.end) / 2 * motion.fps)]) for h in motion.holds if h.end - h.start > 0.1]


def test_a_modest_person_goes_part_of_the_way():
    modest = replace(CALM, amplitude=0.8)
    for name, reached in middles(perform(to_and_fro("spread", "fist"), modest, seconds=10.0)):
        expected = CALM.rest + 0.8 * (key(name) - CALM.rest)
        assert np.degrees(np.abs(reached - expected)[:, 0].mean()) < 2  # drift


def test_a_contact_is_reached_by_everybody():
    careless = replace(S01, amplitude=0.7, scatter=0.2, enslaving=0.3)
    for name, reached in middles(perform(to_and_fro("pinch", "flat", exact=True), careless, seconds=10.0)):
        off = np.degrees(np.abs(reached - key(name)))
        assert off.mean() < 0.5, name
        assert off.max() < 3, name


def test_neighbours_are_drawn_along():
    bent = np.zeros((15, 3))
    bent[KNUCKLE["middle"] : KNUCKLE["middle"] + 2, 0] = 1.2

    def script(subject, rng):
        for angles in itertools.cycle((bent, np.zeros((15, 3)))):
            yield Step(angles, 0.6, hold=1.0, name="bent" if angles is bent else "")

    free_one, enslaved_one = (
        np.mean([a for _, a in middles(perform(script, replace(CALM, enslaving=e), seconds=30.0))], axis=0)
        for e in (0.0, 0.2)
    )
    drawn = np.degrees(enslaved_one - free_one)[:, 0]
    assert drawn[KNUCKLE["ring"]] == pytest.approx(np.degrees(0.2 * 0.6), abs=1)
    assert drawn[KNUCKLE["index"]] == pytest.approx(np.degrees(0.2 * 0.3 * 1.2), abs=1)  # its only neighbour
    assert abs(drawn[KNUCKLE["thumb"]]) < 1


def halfway(angles, joint, start, end):
    """Frame at which a joint has gone half its way between two frames."""
    way = angles[start:end, joint, 0] - angles[start, joint, 0]
    return start + int(np.argmax(way / way[-1] > 0.5))


def test_the_thumb_closes_last_and_opens_first():
    motion = perform(to_and_fro("flat", "fist", seconds=1.0), CALM, seconds=30.0)
    angles = angles_of(motion)
    for before, after in itertools.pairwise(motion.holds[:-1]):
        start, end = round(before.end * motion.fps), round(after.start * motion.fps)
        thumb, index = (halfway(angles, KNUCKLE[finger], start, end) for finger in ("thumb", "index"))
        assert (thumb > index) if after.name == "fist" else (thumb < index), after


def test_who_hesitates_stops_on_the_way():
    def stops(hesitation):
        motion = perform(to_and_fro("flat", "fist"), replace(CALM, hesitation=hesitation), seconds=30.0)
        speed = np.abs(np.diff(angles_of(motion)[:, KNUCKLE["middle"], 0])) * motion.fps
        total = 0
        for before, after in itertools.pairwise(motion.holds[:-1]):
            moving = speed[round(before.end * motion.fps) : round(after.start * motion.fps)] > 0.5 * speed.max() / 3
            total += max(int((np.diff(moving.astype(int)) == 1).sum()) - 1, 0)
        return total

    assert stops(0.0) == 0
    assert stops(1.0) > 5


def test_the_fingers_do_not_move_in_step():
    motion = perform(to_and_fro("flat", "fist", seconds=1.0), CALM, seconds=10.0)
    angles = angles_of(motion)
    before, after = motion.holds[0], motion.holds[1]
    span = round(before.end * motion.fps), round(after.start * motion.fps)
    moments = [halfway(angles, KNUCKLE[finger], *span) for finger in ("index", "middle", "ring", "pinky")]
    assert len(set(moments)) > 2


def test_the_shape_is_the_persons_and_nobody_elses_to_change():
    motion = perform(free, S01, seconds=0.5)
    motion.betas.zero_()
    np.testing.assert_array_equal(perform(free, S01, seconds=0.5).betas.numpy(), S01.betas)


def test_the_arm_can_be_told_to_be_calm():
    lively, calm = (perform(free, S01, seconds=20.0, fps=30.0, liveliness=much) for much in (1.0, 0.0))
    assert calm.transl.norm(dim=-1).max() < 0.02 < lively.transl.norm(dim=-1).median()


def test_a_time_that_is_none_is_refused():
    for seconds, fps in [(0.0, 30.0), (-1.0, 30.0), (1.0, 0.0), (float("inf"), 30.0), (float("nan"), 30.0)]:
        with pytest.raises(MotionError, match="are no motion"):
            perform(free, S01, seconds=seconds, fps=fps)
