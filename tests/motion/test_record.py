"""The record of a motion: what it refuses, how it is resampled, mirrored, cut, saved and read."""

import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation, RotationSpline

from hands import mano
from hands.motion import Hold, Motion, MotionError

FPS = 30.0


def turning(fps=FPS, seconds=2.0, seed=0):
    """A smooth motion in closed form: every joint turns about its own axis, the wrist beyond half a turn."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * fps) + 1) / fps
    axes, phases = rng.normal(size=(17, 3)), rng.uniform(0, 6, 17)
    angles = 0.8 * np.sin(4 * time[:, None] + phases)
    angles[:, 0] = 4 * time
    rotvec = torch.from_numpy(angles[..., None] * axes / np.linalg.norm(axes, axis=1, keepdims=True))
    return Motion(
        betas=torch.from_numpy(rng.normal(size=10)),
        global_orient=rotvec[:, 0],
        hand_pose=rotvec[:, 1:16],
        transl=torch.from_numpy(np.stack([np.sin(3 * time), time, np.cos(2 * time)], 1)),
        forearm_orient=rotvec[:, 16],
        fps=fps,
        holds=(Hold("fist", 0.5, 1.0), Hold("flat", 1.2, 1.9)) if seconds >= 2 else (),
    )


def rotations(motion):
    return Rotation.from_rotvec(torch.cat([motion.full_pose, motion.forearm_orient[:, None]], 1).numpy().reshape(-1, 3))


def degrees_apart(a, b):
    return np.degrees((rotations(a) * rotations(b).inv()).magnitude())


def test_it_poses_a_hand():
    motion = turning()
    hand = mano.load(dtype=torch.float64)
    posed = hand(**motion.pose)
    assert posed.vertices.shape == (len(motion), 778, 3)
    rest = hand(betas=motion.betas).joints[0]
    torch.testing.assert_close(posed.joints[:, 0], rest + motion.transl)


@pytest.mark.parametrize(("fps", "worst"), [(120.0, 0.02), (60.0, 0.02), (25.0, 0.02), (100.0, 0.02)])
def test_resampled_rotations_are_those_of_the_closed_form(fps, worst):
    resampled, true = turning().resample(fps), turning(fps)
    assert len(resampled) == len(true)
    assert degrees_apart(resampled, true).max() < worst
    torch.testing.assert_close(resampled.transl, true.transl, atol=2e-4, rtol=0)


def test_resampling_by_a_whole_multiple_keeps_the_old_frames():
    motion = turning()
    assert degrees_apart(motion.resample(120.0).resample(FPS), motion).max() < 1e-9


def test_the_curve_of_rotations_is_as_smooth_as_scipys_rotation_spline():
    """Angular accelerations, by differences at 960 Hz, agree with an independent C2 spline's; slerp's would not."""
    motion = turning(seconds=1.0)
    fine = motion.resample(960.0)
    times = fine.timestamps.numpy()
    ours = Rotation.from_rotvec(fine.global_orient.numpy())
    scipys = RotationSpline(motion.timestamps.numpy(), Rotation.from_rotvec(motion.global_orient.numpy()))

    def acceleration(rotation):
        rate = (rotation[:-1].inv() * rotation[1:]).as_rotvec() * 960
        return np.diff(rate, axis=0) * 960

    away = slice(100, -100)
    np.testing.assert_allclose(acceleration(ours)[away], acceleration(scipys(times))[away], atol=0.2)


def test_turning_the_world_turns_the_resampled_motion_and_nothing_else():
    motion, turn = turning(), torch.tensor([0.3, -1.1, 2.0]).double()

    def turned(m):
        first = roma.rotvec_composition((turn.expand(len(m), 3), m.global_orient))
        return replace(m, global_orient=first)

    assert degrees_apart(turned(motion).resample(120.0), turned(motion.resample(120.0))).max() < 1e-9


@settings(deadline=None, max_examples=30)
@given(frames=st.integers(1, 40), old=st.floats(5, 200), new=st.floats(5, 200))
def test_any_rate_gives_all_frames_within_the_duration(frames, old, new):
    still = torch.zeros(frames, 3, dtype=torch.float64)
    motion = Motion(
        betas=torch.zeros(10, dtype=torch.float64),
        global_orient=still,
        hand_pose=torch.zeros(frames, 15, 3, dtype=torch.float64),
        transl=torch.linspace(0, 1, frames, dtype=torch.float64)[:, None].expand(-1, 3),
        forearm_orient=still,
        fps=old,
    )
    resampled = motion.resample(new)
    assert resampled.duration <= motion.duration + 1e-5
    assert motion.duration - resampled.duration < 1 / new
    assert resampled.transl.diff(dim=0).min() >= 0 if len(resampled) > 1 else True


def test_a_cut_is_the_frames_and_what_was_held_in_them():
    motion = turning()
    part = motion.cut(18, 33)  # 0.6 s to 32/30 s
    torch.testing.assert_close(part.hand_pose, motion.hand_pose[18:33])
    assert [hold.name for hold in part.holds] == ["fist"]
    assert part.holds[0].start == 0
    assert part.holds[0].end == pytest.approx(0.4)
    assert motion.cut(15, 16).holds == (Hold("fist", 0.0, 0.0),)
    assert motion.cut(30, 31).holds == ()
    with pytest.raises(MotionError, match="frames 50 to 90 cannot be cut out of a motion of 61"):
        motion.cut(50, 90)


def test_the_mirrored_motion_on_the_left_hand_is_the_mirror_image():
    motion = turning()
    right, left = (mano.load(side=side, dtype=torch.float64) for side in ("right", "left"))
    expected = right(**motion.pose).vertices * torch.tensor([-1.0, 1.0, 1.0]).double()
    torch.testing.assert_close(left(**motion.mirrored().pose).vertices, expected)
    assert degrees_apart(motion.mirrored().mirrored(), motion).max() < 1e-9


def test_it_comes_back_from_a_file_bit_by_bit(tmp_path):
    motion = turning().to(torch.float32)
    motion.save(tmp_path / "motion.npz")
    read = Motion.load(tmp_path / "motion.npz")
    for name in ("betas", "global_orient", "hand_pose", "transl", "forearm_orient"):
        assert torch.equal(getattr(read, name), getattr(motion, name))
        assert getattr(read, name).dtype == torch.float32
    assert (read.fps, read.holds) == (motion.fps, motion.holds)
    assert [file.name for file in tmp_path.iterdir()] == ["motion.npz"]


def test_a_save_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "motion.npz"
    turning().save(path)
    before = path.read_bytes()
    monkeypatch.setattr(np, "savez_compressed", lambda *a, **k: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        turning(seconds=1.0).save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["motion.npz"]


def test_a_link_stays_a_link_and_a_folder_a_folder(tmp_path):
    (tmp_path / "real.npz").write_bytes(b"old")
    (tmp_path / "link.npz").symlink_to("real.npz")
    turning().save(tmp_path / "link.npz")
    assert (tmp_path / "link.npz").is_symlink()
    assert len(Motion.load(tmp_path / "real.npz")) == 61
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="is no file"):
        turning().save(tmp_path / "folder")
    assert {file.name for file in tmp_path.iterdir()} == {"real.npz", "link.npz", "folder"}
    with pytest.raises(IsADirectoryError):
        Motion.load(tmp_path / "folder")


def _damaged(path, kind):
    turning().save(path)
    whole = path.read_bytes()
    if kind == "cut off":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("frame,x,y,z\n0,1,2,3\n")
    elif kind == "another program's":
        np.savez(path, poses=np.zeros((4, 48)))
    elif kind == "pickled":
        np.savez(path, about=np.array([{"format": "anything"}], dtype=object))
    elif kind == "another version":
        np.savez(path, about=np.array(json.dumps({"format": "hands.motion.Motion 99"})))
    elif kind == "flipped":
        with zipfile.ZipFile(path) as file:
            at = file.getinfo("hand_pose.npy").header_offset + 200
        path.write_bytes(whole[:at] + bytes(255 - b for b in whole[at : at + 8]) + whole[at + 8 :])


@pytest.mark.parametrize(
    "kind", ["cut off", "empty", "text", "another program's", "pickled", "another version", "flipped"]
)
def test_a_damaged_or_foreign_file_is_refused_by_name(tmp_path, kind):
    path = tmp_path / "wave.npz"
    _damaged(path, kind)
    with pytest.raises(MotionError, match=r"wave\.npz"):
        Motion.load(path)


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        Motion.load(tmp_path / "nothing.npz")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fps": 0.0}, "fps is 0.0"),
        ({"fps": float("nan")}, "fps is nan"),
        ({"betas": torch.zeros(61, 10)}, r"betas has shape \(61, 10\), expected \(10,\)"),
        ({"transl": torch.zeros(60, 3)}, r"transl has shape \(60, 3\), expected \(61, 3\)"),
        ({"hand_pose": torch.zeros(61, 45)}, r"hand_pose has shape \(61, 45\), expected \(61, 15, 3\)"),
        ({"global_orient": torch.zeros(0, 3)}, "at least one frame"),
        ({"transl": torch.full((61, 3), torch.nan).double()}, "transl holds nan at frame 0, which is not finite"),
        ({"transl": torch.full((61, 3), 200.0).double()}, "transl holds 200 at frame 0: expected metres"),
        ({"hand_pose": torch.full((61, 15, 3), 45.0).double()}, "hand_pose holds 45 at frame 0: expected radians"),
        ({"transl": torch.zeros(61, 3)}, "transl is torch.float32, betas torch.float64: expected floats of one kind"),
        ({"transl": torch.zeros(61, 3, dtype=torch.int64)}, "transl is torch.int64"),
        ({"fps": True}, "fps is True"),
        ({"fps": "30"}, "fps is '30'"),
        ({"holds": (Hold("fist", 1.0, 5.0),)}, r"does not lie within the 2\.033 seconds"),
        ({"holds": (Hold("fist", 1.0, 0.5),)}, "does not lie within"),
        ({"holds": (Hold("fist", float("nan"), 0.5),)}, "does not lie within"),
        ({"fps": float("inf")}, "fps is inf"),
    ],
)
def test_what_is_no_motion_is_refused(changes, words):
    raw = dict(turning().__dict__) | changes
    make = Motion.__init__
    make = getattr(make, "__wrapped__", make)
    with pytest.raises(MotionError, match=words):
        make(object.__new__(Motion), **raw)
