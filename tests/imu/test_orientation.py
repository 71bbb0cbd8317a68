"""How orientation is estimated: the filter against other people's filters, headings against a search by brute force."""

import math

import ahrs
import imufusion
import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.imu import GLOVE, Recording, integrate_gyro, simulate, subset, track, zero_headings
from hands.imu.orientation import HEADING_ERROR, about_z, estimated, heading, upright
from hands.motion import sample

FPS = 120.0
SLANTED = Rotation.from_euler("ZYX", [50, 25, -70], degrees=True)  # no symmetry to hide in


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def at_rest(rotation=SLANTED, seconds=3.0, bias=(0.0, 0.0, 0.0), names=()):
    frames = round(seconds * FPS)
    series = (*[len(names)][: len(names)], frames, 3, 3)
    R = torch.from_numpy(rotation.as_matrix()).expand(series)
    up = R.mT @ torch.tensor([0.0, 0.0, 9.81], dtype=torch.float64)
    gyro = torch.tensor(bias, dtype=torch.float64).expand_as(up)
    return Recording(torch.arange(frames, dtype=torch.float64) / FPS, up, gyro, R, names)


@pytest.fixture(scope="module")
def counting():
    """Noise-free signals of two sensors, and their true orientations."""
    motion = sample("ROM13", "S07", seconds=10.0)
    return simulate(motion, mano.load(), subset(GLOVE, ["palm", "middle"]), fps=FPS, half_window=1 / FPS)


def tilts(estimate, truth):
    """Degrees between the verticals of two series of R_ws."""
    z, z_true = np.asarray(estimate)[..., 2, :], np.asarray(truth)[..., 2, :]
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(z, z_true), axis=-1), (z * z_true).sum(-1)))


def angles(a, b):
    """Degrees between rotation matrices."""
    between = np.swapaxes(np.asarray(a), -1, -2) @ np.asarray(b)
    return np.degrees(Rotation.from_matrix(between.reshape(-1, 3, 3)).magnitude()).reshape(between.shape[:-2])


# ---- conventions ----


@pytest.mark.parametrize("filter", ["vqf", "gyro"])
def test_an_estimate_takes_sensor_to_world_with_z_up(filter):
    """At a slanted angle, where the transpose and a flipped z are other rotations."""
    truth = at_rest()
    estimate = track(truth, filter)
    assert tilts(estimate.rotation, truth.rotation).max() < 0.01
    assert tilts(estimate.rotation.mT, truth.rotation).min() > 20
    aligned = zero_headings(estimate, truth.rotation[0])
    assert angles(aligned.rotation, truth.rotation).max() < 0.01
    assert torch.equal(estimate.acc, truth.acc)


def test_upright_is_the_shortest_turn():
    for turn in (SLANTED, Rotation.identity(), Rotation.from_euler("XYZ", [170, 3, 20], degrees=True)):
        up = torch.from_numpy(turn.inv().apply([0, 0, 9.81]))
        R = Rotation.from_matrix(upright(up).numpy())
        np.testing.assert_allclose(R.apply(up), [0, 0, 9.81], atol=1e-12)
        assert R.magnitude() == pytest.approx(math.acos(up[2] / 9.81), abs=1e-7)


# ---- the filter ----


def test_vqf_finds_the_true_orientation_of_a_moving_hand(counting):
    estimate = zero_headings(track(counting), counting.rotation[:, 0])
    settled = slice(round(5 * FPS), None)
    assert tilts(estimate.rotation, counting.rotation)[:, settled].max() < 1.0
    yaw = heading(estimate.rotation[:, settled], counting.rotation[:, settled])
    assert float((yaw - yaw[:, :1]).abs().max()) < math.radians(1.0)


def test_other_peoples_filters_find_the_same_vertical(counting):
    """Madgwick's, Mahony's and a Kalman filter of ahrs, and x-io's imufusion; all take sensor to earth, z up."""
    palm = counting.select(["palm"])
    acc, gyro, truth = (getattr(palm, name)[0].numpy() for name in ("acc", "gyro", "rotation"))
    signals = {"gyr": gyro, "acc": acc, "frequency": FPS}
    wxyz = {
        "Madgwick": ahrs.filters.Madgwick(**signals).Q,
        "Mahony": ahrs.filters.Mahony(**signals).Q,
        "Kalman": ahrs.filters.EKF(**signals, frame="NED").Q,  # so it calls a world in which 9.81 upwards are measured
        "imufusion": fused(gyro, acc),
    }
    ours, settled = track(palm).rotation[0], slice(round(5 * FPS), None)
    for name, quaternions in wxyz.items():
        theirs = Rotation.from_quat(quaternions, scalar_first=True).as_matrix()
        assert tilts(theirs, truth)[settled].mean() < 2.0, name
        assert tilts(theirs, ours)[settled].mean() < 2.0, name
    assert tilts(ours, truth)[settled].mean() < min(
        tilts(Rotation.from_quat(q, scalar_first=True).as_matrix(), truth)[settled].mean() for q in wxyz.values()
    )


def fused(gyro, acc):
    """imufusion speaks degrees and g."""
    filter = imufusion.Ahrs()
    filter.set_sample_period(1 / FPS)
    quaternions = []
    for rate, force in zip(np.degrees(gyro), acc / 9.81, strict=True):
        filter.update_no_magnetometer(rate, force)
        quaternions.append(filter.get_quaternion())
    return np.array(quaternions)


def test_sensors_are_tracked_one_by_one_and_in_single_precision(counting):
    both, alone = track(counting).rotation, track(counting.select(["middle"])).rotation
    assert torch.equal(both[1:], alone)
    single = Recording(*(getattr(counting, n).float() for n in ("timestamps", "acc", "gyro", "rotation")), ())
    assert track(single).rotation.dtype == torch.float32
    assert angles(track(single).rotation.double(), both).max() < 0.5


def test_the_true_orientation_is_not_looked_at(counting):
    blind = Recording(
        counting.timestamps, counting.acc, counting.gyro, torch.eye(3).double().expand(2, len(counting), 3, 3)
    )
    for filter in ("vqf", "gyro"):
        assert torch.equal(track(blind, filter).rotation, track(counting, filter).rotation)


# ---- drift ----


def test_the_gyroscope_alone_drifts_by_bias_times_time():
    bias = np.array([0.002, -0.001, 0.003])
    estimate = track(at_rest(bias=tuple(bias), seconds=20.0), "gyro").rotation
    turned = Rotation.from_matrix((estimate[0].T @ estimate[-1]).numpy()).as_rotvec()
    np.testing.assert_allclose(turned, bias * (20.0 - 1 / FPS), atol=1e-9)


def test_the_gyroscope_alone_is_integrated_from_the_first_tilt(counting):
    start = upright(counting.acc[:, 0])
    expected = integrate_gyro(counting.gyro, start, FPS)
    torch.testing.assert_close(track(counting, "gyro").rotation, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize(("dps", "left"), [(0.5, 0.1), (1.5, 0.1)])
def test_at_rest_vqf_learns_a_bias_within_seconds(dps, left):
    """About the vertical, where gravity says nothing: 2.5 s of rest are enough, as the module says."""
    vertical = SLANTED.inv().apply([0, 0, math.radians(dps)])
    R = track(at_rest(bias=tuple(vertical), seconds=8.0)).rotation
    first, rest = (math.degrees(float(heading(R[i], R[j]))) for i, j in ((0, 360), (360, -1)))
    assert first == pytest.approx(dps * 1.5, rel=0.2)  # until rest is detected
    assert rest < left


def test_vqf_takes_a_bias_of_5_degrees_per_second_for_a_movement():
    vertical = SLANTED.inv().apply([0, 0, math.radians(5.0)])
    R = track(at_rest(bias=tuple(vertical), seconds=8.0)).rotation
    assert abs(math.degrees(float(heading(R[0], R[-1])))) == pytest.approx(5.0 * 8.0, rel=0.1)


# ---- headings ----


def test_heading_is_the_turn_that_fits_best():
    rng = np.random.default_rng(0)
    a, b = (Rotation.random(20, rng=rng) for _ in range(2))
    found = heading(*(torch.from_numpy(r.as_matrix()) for r in (a, b))).numpy()
    tried = np.radians(np.arange(0, 360, 0.25))
    for k in range(20):
        apart = (b[k].inv() * Rotation.from_rotvec(tried[:, None] * [0, 0, 1]) * a[k]).magnitude()
        best = tried[apart.argmin()]
        assert abs((found[k] - best + math.pi) % (2 * math.pi) - math.pi) < math.radians(0.25)


def test_about_z_turns_x_to_y():
    turned = about_z(torch.tensor([0.3, 2.0])) @ torch.tensor([1.0, 0.0, 0.0])
    torch.testing.assert_close(turned, torch.tensor([[math.cos(a), math.sin(a), 0.0] for a in (0.3, 2.0)]))


def test_headings_are_zeroed_in_the_first_frame_but_for_the_error(counting):
    estimate = zero_headings(track(counting), counting.rotation[:, 0], torch.tensor([0.1, -0.2]).double())
    off = heading(counting.rotation[:, 0], estimate.rotation[:, 0])
    torch.testing.assert_close(off, torch.tensor([0.1, -0.2]).double(), atol=1e-9, rtol=0)
    turned = estimate.rotation @ track(counting).rotation.mT
    torch.testing.assert_close(turned, turned[:, :1].expand_as(turned), atol=1e-9, rtol=0)  # for good
    torch.testing.assert_close(turned[..., 2, 2], torch.ones(2, len(counting)).double())  # about z


NAMES = tuple(map(str, range(200)))


def first_headings(orientation, seed=0, names=NAMES):
    truth = at_rest(seconds=0.1, names=names)
    reported = estimated(truth, orientation, seeded(seed))
    assert tilts(reported.rotation, truth.rotation).max() < 0.01
    return heading(truth.rotation[:, 0], reported.rotation[:, 0])


def test_aligned_headings_are_off_by_a_few_degrees():
    off = first_headings("aligned")
    assert float(off.std()) == pytest.approx(HEADING_ERROR, rel=0.15)
    assert abs(float(off.mean())) < 3 * HEADING_ERROR / 200**0.5


def test_own_headings_are_anywhere():
    off = first_headings("own")
    counts = torch.histc(off, 8, -math.pi, math.pi)
    assert float(counts.min()) > 8  # of 25
    assert abs(torch.exp(1j * off).mean()) < 0.2


def test_a_heading_belongs_to_the_recording_and_the_sensor():
    own = first_headings("own", seed=3)
    torch.testing.assert_close(first_headings("own", seed=3, names=("7", "150")), own[[7, 150]])
    assert not torch.allclose(first_headings("own", seed=4), own)


def test_true_is_true_and_others_are_refused(counting):
    assert estimated(counting, "true") is counting
    with pytest.raises(ValueError, match="'magnetic', expected 'true', 'aligned' or 'own'"):
        estimated.__wrapped__(counting, "magnetic")
    with pytest.raises(ValueError, match="filter is 'ekf'"):
        track.__wrapped__(counting, "ekf")


def test_a_simulated_filter_has_found_its_tilt_before_the_recording_begins():
    """Motions begin moving; a filter that were turned on then would be up to 20 degrees off for seconds."""
    motion = sample("ROM10", "S03", seconds=8.0)
    truth = simulate(motion, mano.load(), subset(GLOVE, "2"), fps=FPS, half_window=1 / FPS)
    cold, warm = track(truth), estimated(truth, "aligned", seeded())
    assert tilts(cold.rotation, truth.rotation)[:, :120].max() > 10
    assert tilts(warm.rotation, truth.rotation)[:, :120].max() < 2
