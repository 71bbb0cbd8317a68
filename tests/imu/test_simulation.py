"""Sensors on a moving hand: against the posed mesh, closed forms and the formula of a rigid body."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.conventions import GRAVITY_W, JOINT_NAMES
from hands.imu import GLOVE, RIGID_GLOVE, Hardware, Sensor, Triad, sense, simulate, subset
from hands.imu.kinematics import trajectories
from hands.imu.placement import bone_frame, landmark_vertex, skin_mount
from hands.imu.simulation import physics_grid
from hands.mano.anatomy import angles_to_hand_pose, joint_axes
from hands.motion import Motion, sample

HAND = mano.load(dtype=torch.float64)
AXES = joint_axes(HAND.data)


def moving(fps=120.0, seconds=1.5, seed=0, wrist=1.0, fingers=1.0):
    """A smooth motion in closed form: all fingers bend, the wrist turns and travels, the forearm a little."""
    rng = np.random.default_rng(seed)
    time = torch.arange(round(seconds * fps) + 1, dtype=torch.float64)[:, None] / fps
    phase = lambda *n: torch.from_numpy(rng.uniform(0, 6, n))  # noqa: E731
    angles = torch.zeros(len(time), 15, 3, dtype=torch.float64)
    angles[:, :, 0] = 0.6 * fingers * (1 + (7 * time + phase(15)).sin())
    return Motion(
        betas=torch.from_numpy(rng.normal(0, 0.7, 10)),
        global_orient=0.8 * wrist * (5 * time + phase(3)).sin(),
        hand_pose=angles_to_hand_pose(AXES, angles),
        transl=0.1 * wrist * (6 * time + phase(3)).sin(),
        forearm_orient=0.3 * wrist * (4 * time + phase(3)).sin(),
        fps=fps,
    )


def still(turn=(0.0, 0.0, 0.0), frames=40):
    global_orient = torch.tensor(turn, dtype=torch.float64).expand(frames, 3)
    return Motion(
        betas=torch.zeros(10, dtype=torch.float64),
        global_orient=global_orient,
        hand_pose=torch.zeros(frames, 15, 3, dtype=torch.float64),
        transl=torch.zeros(frames, 3, dtype=torch.float64),
        forearm_orient=global_orient,
        fps=120.0,
    )


# ---- where sensors are ----


def test_a_sensor_on_the_skin_is_at_its_vertex_and_turns_as_the_bones_under_it():
    motion = moving(seconds=0.3)
    sensors = [*GLOVE[1:], Sensor("tip", 320), Sensor("web", 33)]
    position, rotation = trajectories(motion, HAND, sensors)
    meshes = HAND(**motion.pose).vertices.numpy()
    local = mano.axis_angle_to_rotmat(motion.full_pose)
    turned = mano.forward_kinematics(local, HAND(betas=motion.betas).joints)[0].numpy()
    for k, sensor in enumerate(sensors):
        vertex = sensor.on if isinstance(sensor.on, int) else landmark_vertex(HAND.data, sensor.on)
        np.testing.assert_allclose(position[k], meshes[:, vertex], atol=1e-12)
        blended = np.einsum("j,tjab->tab", HAND.data.lbs_weights[vertex], turned)
        x, y, _ = (blended @ skin_mount(HAND.data, vertex).frame).transpose(2, 0, 1)
        z = np.cross(x, y)
        np.testing.assert_allclose(rotation[k, :, :, 2], z / np.linalg.norm(z, axis=1, keepdims=True), atol=1e-12)
        np.testing.assert_allclose(rotation[k, :, :, 1], y / np.linalg.norm(y, axis=1, keepdims=True), atol=1e-12)


def test_no_vertex_turns_faster_than_the_bones_under_it():
    """Not even in the webs and creases, where triangles fold."""
    motion = sample("ROM02", "S01", seconds=4.0)
    skin = [Sensor(str(vertex), vertex) for vertex in range(0, 778, 4)] + [Sensor("crease", 78), Sensor("web", 85)]
    bones = [Sensor(name, name) for name in JOINT_NAMES]
    of_skin, of_bones = (simulate(motion, HAND, place, fps=120.0).gyro.norm(dim=-1).amax(1) for place in (skin, bones))
    assert of_skin.max() < 1.25 * of_bones.max()


@pytest.mark.parametrize("bone", ["wrist", "index1", "middle2", "pinky3", "thumb3"])
def test_a_sensor_on_a_bone_moves_as_the_bone(bone):
    motion, j = moving(seconds=0.3), JOINT_NAMES.index(bone)
    mounting = Rotation.from_euler("xyz", [0.2, -0.4, 1.0]).as_matrix()
    sensor = Sensor("s", bone, tuple(map(tuple, mounting.tolist())), (0.004, 0.01, 0.006))
    position, rotation = trajectories(motion, HAND, [sensor])
    turned = Rotation.from_rotvec(motion.global_orient.numpy())
    for ancestor in [a for a in (j - (j - 1) % 3, j - (j - 1) % 3 + 1, j) if 0 < a <= j][: (j - 1) % 3 + 1]:
        turned = turned * Rotation.from_rotvec(motion.hand_pose[:, ancestor - 1].numpy())
    frame = bone_frame(HAND.data, j)
    np.testing.assert_allclose(rotation[0], turned.as_matrix() @ frame @ mounting, atol=1e-12)
    joint = HAND(**motion.pose).joints[:, j].numpy()
    np.testing.assert_allclose(position[0], joint + turned.apply(frame @ sensor.offset), atol=1e-12)


def test_the_strap_moves_with_the_forearm_and_not_with_the_hand():
    motion = moving(seconds=0.3)
    position, rotation = trajectories(motion, HAND, GLOVE[:1])
    forearm = Rotation.from_rotvec(motion.forearm_orient.numpy())
    offset = np.array([0.045, 0.025, 0.0])  # behind the wrist, above its back
    wrist = HAND(**motion.pose).joints[:, 0].numpy()
    np.testing.assert_allclose(position[0], wrist + forearm.apply(offset), atol=1e-12)
    np.testing.assert_allclose(rotation[0, :, :, 1], forearm.apply([-1.0, 0.0, 0.0]), atol=1e-12)


def test_a_hand_in_single_precision_is_sensed_in_double():
    motion = moving(seconds=0.3)
    single = trajectories(motion, mano.load(), GLOVE)[0]
    assert single.dtype == torch.float64
    torch.testing.assert_close(single, trajectories(motion, HAND, GLOVE)[0])


def test_chunks_make_no_difference(monkeypatch):
    motion = moving()
    whole = trajectories(motion, HAND, GLOVE)
    monkeypatch.setattr("hands.imu.kinematics.CHUNK", 17)
    for a, b in zip(whole, trajectories(motion, HAND, GLOVE), strict=True):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=0)


# ---- what they measure ----


def test_a_resting_hand_measures_gravity_upwards_and_nothing_else():
    recording = simulate(still((0.4, 1.0, -0.3)), HAND)
    up = recording.rotation.mT @ torch.tensor([0.0, 0.0, 9.81], dtype=torch.float64)
    torch.testing.assert_close(recording.acc, up, atol=1e-9, rtol=0)
    torch.testing.assert_close(recording.gyro, torch.zeros_like(recording.gyro), atol=1e-12, rtol=0)
    assert recording.names == tuple(sensor.name for sensor in GLOVE)


def test_lever_arm():
    """Acceleration of a sensor = that of its joint + w' x r + w x (w x r), all of it in closed form.

    The hand turns about the world's z by a(t) = sin 3t, so r, fixed in the bone, goes round with it.
    """
    fps = 960.0
    time = torch.arange(round(1.0 * fps) + 1, dtype=torch.float64) / fps
    angle, rate, change = (3 * time).sin(), 3 * (3 * time).cos(), -9 * (3 * time).sin()
    z = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    motion = replace(
        still(frames=len(time)),
        global_orient=angle[:, None] * z,
        forearm_orient=angle[:, None] * z,
        transl=0.05 * (4 * time).sin()[:, None] * torch.tensor([1.0, 2.0, -1.0]).double(),
        fps=fps,
    )
    sensor = Sensor("s", "wrist", offset=(0.02, 0.09, 0.015))
    position, rotation = trajectories(motion, HAND, [sensor])
    sensed = sense(position, rotation, fps, half_window=1 / fps)
    r = rotation[0] @ torch.tensor(sensor.offset, dtype=torch.float64)
    w, dw = rate[:, None] * z, change[:, None] * z
    of_joint = -16 * motion.transl
    expected = of_joint + torch.linalg.cross(dw, r) + torch.linalg.cross(w, torch.linalg.cross(w, r))
    measured = (rotation[0] @ sensed.acc[0, ..., None]).squeeze(-1) + torch.tensor(GRAVITY_W, dtype=torch.float64)
    torch.testing.assert_close(measured[4:-4], expected[4:-4], atol=3e-4, rtol=0)
    assert expected.norm(dim=-1).max() > 1


def test_the_nail_of_a_stiff_hand_obeys_the_lever_arm_too():
    """The same on the skin: with stiff fingers, skin and bone are one body, and gyros agree everywhere."""
    motion = moving(fingers=0.0)
    recording = simulate(motion, HAND, GLOVE[1:], fps=120.0)
    in_world = (recording.rotation @ recording.gyro[..., None]).squeeze(-1)
    for k in range(1, 6):
        torch.testing.assert_close(in_world[k], in_world[0], atol=1e-9, rtol=0)


def test_yaw_and_place_of_the_person_do_not_matter():
    """Turning the whole scene about the vertical, and moving it, changes no signal."""
    motion = moving()
    turn = Rotation.from_rotvec([0.0, 0.0, 1.3])
    wrist = HAND(betas=motion.betas).joints[0].numpy()

    def turned(rotvec):
        return torch.from_numpy((turn * Rotation.from_rotvec(rotvec.numpy())).as_rotvec())

    elsewhere = replace(
        motion,
        global_orient=turned(motion.global_orient),
        forearm_orient=turned(motion.forearm_orient),
        transl=torch.from_numpy(turn.apply(motion.transl.numpy() + wrist) - wrist) + torch.tensor([3.0, -2.0, 1.0]),
    )
    here, there = simulate(motion, HAND), simulate(elsewhere, HAND)
    torch.testing.assert_close(there.acc, here.acc, atol=1e-7, rtol=0)
    torch.testing.assert_close(there.gyro, here.gyro, atol=1e-9, rtol=0)


def test_a_left_glove_measures_the_mirror_image():
    """In mirrored sensor axes, accelerations are mirrored as vectors, rates as pseudo-vectors.

    Both gloves have y to the fingertips and z out of the back; so x, to the little finger on the right hand and to the
    thumb on the left, is the axis that the mirror turns round.
    """
    motion = moving()
    right = simulate(motion, HAND, fps=60.0)
    left = simulate(motion.mirrored(), mano.load(side="left", dtype=torch.float64), fps=60.0)
    signs = torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(left.acc, right.acc * signs, atol=1e-7, rtol=0)
    torch.testing.assert_close(left.gyro, -right.gyro * signs, atol=1e-9, rtol=0)


def test_skin_and_bone_measure_nearly_the_same():
    """Within a nail's few millimetres: what differs is place, and how far skin slides on the bone."""
    motion = moving()
    skin, bone = simulate(motion, HAND, GLOVE), simulate(motion, HAND, RIGID_GLOVE)
    spread = bone.acc.std(1).norm(dim=-1)
    difference = (skin.acc.norm(dim=-1) - bone.acc.norm(dim=-1)).std(1)
    assert (difference[1:] < 0.25 * spread[1:]).all()
    torch.testing.assert_close(skin.acc[0], bone.acc[0])


# ---- rates ----


@pytest.mark.parametrize(
    ("motion_fps", "fps", "grid"),
    [
        (120.0, 30.0, (120.0, 4)), (30.0, 30.0, (120.0, 4)), (120.0, 100.0, (200.0, 2)), (100.0, 100.0, (200.0, 2)),
        (240.0, 60.0, (240.0, 4)), (120.0, 120.0, (120.0, 1)), (60.0, 25.0, (125.0, 5)), (120.0, 400.0, (400.0, 1)),
    ],
)  # fmt: skip
def test_the_physics_grid_is_fine_and_a_multiple_of_the_records_rate(motion_fps, fps, grid):
    assert physics_grid(motion_fps, fps) == grid


def test_a_fast_sensor_gets_a_finer_grid_and_a_slow_one_lags():
    fast, slow = Hardware("fast", Triad(bandwidth=80.0)), Hardware("slow", Triad(bandwidth=5.0), Triad(bandwidth=5.0))
    assert physics_grid(120.0, 30.0, fast) == (480.0, 16)
    assert physics_grid(120.0, 30.0, slow) == (120.0, 4)
    motion = moving()
    plain, late = simulate(motion, HAND, fps=120.0), simulate(motion, HAND, hardware=slow, fps=120.0)
    inner = plain.gyro[:, 20:-20]
    shifts = {k: float((late.gyro[:, 20 + k : len(late) - 20 + k] - inner).norm()) for k in range(12)}
    assert min(shifts, key=shifts.get) in (5, 6)  # 0.225 / 5 Hz = 45 ms = 5.4 frames


@pytest.mark.parametrize("fps", [30.0, 60.0, 100.0, 120.0])
def test_records_fall_on_the_frames_of_the_resampled_motion(fps):
    motion = moving()
    recording = simulate(motion, HAND, subset(GLOVE, "2"), fps=fps)
    poses = motion.resample(fps)
    torch.testing.assert_close(recording.timestamps, poses.timestamps)
    _, rotation = trajectories(poses, HAND, subset(GLOVE, "2"))
    torch.testing.assert_close(recording.rotation, rotation, atol=1e-6, rtol=0)


def test_the_rate_of_the_records_changes_when_they_are_taken_and_not_what_is_measured():
    motion = moving()
    slow, fast = (simulate(motion, HAND, fps=fps) for fps in (30.0, 60.0))
    torch.testing.assert_close(fast.acc[:, ::2], slow.acc, atol=1e-9, rtol=0)
    torch.testing.assert_close(fast.gyro[:, ::2], slow.gyro, atol=1e-9, rtol=0)


def test_a_motion_at_60_and_at_120_hz_measures_the_same_within_two_percent():
    coarse, fine = (simulate(moving(fps=fps), HAND, fps=30.0) for fps in (60.0, 120.0))
    inner = slice(2, -2)
    for a, b in ((coarse.acc, fine.acc), (coarse.gyro, fine.gyro)):
        a, b = a[:, inner], b[:, inner]
        assert (a - b).norm() / (b - b.mean(1, keepdim=True)).norm() < 0.02


# ---- what is refused ----


def test_the_half_window_makes_the_grid_as_fine_as_it_needs():
    assert physics_grid(120.0, 30.0, half_window=1 / 120) == (120.0, 4)
    assert physics_grid(120.0, 30.0, half_window=0.001) == (1020.0, 34)
    assert physics_grid(1000.0, 30.0) == (1020.0, 34)  # a fast motion is not thinned
    for bad in (0.0, -1.0, float("nan"), 1e-9):
        with pytest.raises(ValueError, match="half_window"):
            physics_grid(120.0, 30.0, half_window=bad)


@pytest.mark.parametrize(("bandwidth", "frequency"), [(10.0, 10.0), (50.0, 20.0), (20.0, 20.0)])
def test_the_accelerometers_bandwidth_is_what_comes_out(bandwidth, frequency):
    """A hand is shaken; the sensor's own filter decides what is left, not the differentiation."""
    time = torch.arange(1001, dtype=torch.float64) / 1000
    shake = (2 * np.pi * frequency * time).sin()[:, None] * torch.tensor([0.0, 0.0, 0.001])
    motion = replace(still(frames=1001), transl=shake.double(), fps=1000.0)
    place = [Sensor("palm", "wrist")]
    sensor = Hardware("s", Triad(bandwidth=bandwidth), Triad(bandwidth=bandwidth))
    filtered = simulate(motion, HAND, place, sensor, fps=1000.0).acc[0, 500:, 0]
    size = float((filtered - filtered.mean()).std() * 2**0.5)
    true = 0.001 * (2 * np.pi * frequency) ** 2
    expected = 1 / np.sqrt(1 + (frequency / bandwidth) ** 4)
    assert size / true == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    ("placement", "words"),
    [
        ([Sensor("s", 778)], "vertex 778"),
        ([Sensor("s", 1), Sensor("s", 2)], "a name of its own"),
        ([], "a name of its own"),
    ],
)
def test_impossible_placements_are_refused(placement, words):
    with pytest.raises(ValueError, match=words):
        simulate(still(), HAND, placement)


def test_impossible_rates_and_short_motions_are_refused():
    with pytest.raises(ValueError, match=r"fps is 0\.0"):
        simulate(still(), HAND, fps=0.0)
    with pytest.raises(ValueError, match=r"the motion has 3 frames, 0\.017 s: .* 33 ms needs 0\.125 s"):
        simulate(still(frames=3), HAND)
