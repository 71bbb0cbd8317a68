"""How sensors are worn: the statistics of a slip against its equations, its smoothness against a spline of its own."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.imu import GLOVE, RIGID_GLOVE, Wear, misplaced, put_on, sense, simulate, subset
from hands.imu.kinematics import trajectories
from hands.imu.wear import slip
from hands.motion import sample

HAND = mano.load(dtype=torch.float64)
NAMES = tuple(str(k) for k in range(60))


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def units(slip_time, seconds, fps=10.0, names=NAMES):
    """Slips of one radian and one metre, as numbers (sensors, time, 3)."""
    wear = Wear(slip_angle=1e-3, slip_distance=1e-3, slip_time=slip_time)
    time = torch.arange(round(seconds * fps), dtype=torch.float64) / fps
    slipped = slip(wear, names, time, seeded())
    turns = Rotation.from_matrix(slipped.rotation.reshape(-1, 3, 3).numpy()).as_rotvec().reshape(len(names), -1, 3)
    return turns * 1e3, slipped.shift.numpy() * 1e3


def test_put_on_is_misplaced_by_the_wear():
    worn = put_on(GLOVE, Wear(angle=0.2, distance=0.004), seeded(3))
    assert worn == misplaced(GLOVE, seeded(3), angle=0.2, distance=0.004)


def test_a_slip_has_the_variance_of_its_setting_from_the_first_frame_on():
    turns, shifts = units(slip_time=2.0, seconds=60.0)
    for series in (turns, shifts):
        assert series.std() == pytest.approx(1.0, abs=0.05)
        assert series[:, 0].std() == pytest.approx(1.0, abs=0.12)  # 180 numbers: 5 % is one sigma
        assert series[:, -1].std() == pytest.approx(1.0, abs=0.12)
        assert abs(series.mean()) < 0.05


def test_a_slip_forgets_itself_as_an_exponential():
    turns, shifts = units(slip_time=2.0, seconds=60.0)
    for series in (turns, shifts):
        for lag in (1.0, 2.0, 4.0):
            k = round(lag * 10)
            correlation = (series[:, k:] * series[:, :-k]).mean() / (series**2).mean()
            assert correlation == pytest.approx(math.exp(-lag / 2.0), abs=0.06)


def test_axes_and_sensors_slip_independently():
    turns, shifts = units(slip_time=1.0, seconds=100.0, names=("palm", "thumb"))
    rows = np.concatenate([turns, shifts], -1).transpose(0, 2, 1).reshape(12, -1)
    off = np.corrcoef(rows) - np.eye(12)
    assert np.abs(off).max() < 0.45  # 100 correlation times: one sigma is 0.1


def test_a_slip_is_smooth_enough_for_an_accelerometer():
    """Twice differentiable: on a grid of half the step, second differences are the same; of a kink they double."""
    wear = Wear(slip_distance=0.0007, slip_time=10.0)
    second = {}
    for fps in (120.0, 240.0):
        time = torch.arange(round(20 * fps) + 1, dtype=torch.float64) / fps
        shift = slip(wear, NAMES[:4], time, seeded()).shift
        every = round(fps / 120)
        second[fps] = ((shift[:, 2:] - 2 * shift[:, 1:-1] + shift[:, :-2]) * fps**2)[:, every - 1 :: every]
    size = float(second[120.0].abs().max())
    torch.testing.assert_close(second[240.0], second[120.0], atol=0.01 * size, rtol=0)
    assert size < 0.02  # m/s^2: less than the noise of any sensor


def test_a_slip_is_a_function_of_time_and_not_of_the_grid():
    wear = Wear(slip_angle=0.02, slip_distance=0.001, slip_time=1.0)
    coarse, fine = (torch.arange(5 * n + 1, dtype=torch.float64) / n for n in (30, 120))
    a, b = slip(wear, NAMES[:2], coarse, seeded()), slip(wear, NAMES[:2], fine, seeded())
    torch.testing.assert_close(b.shift[:, ::4], a.shift, atol=1e-12, rtol=0)
    torch.testing.assert_close(b.rotation[:, ::4], a.rotation, atol=1e-12, rtol=0)


def test_a_slipping_sensor_turns_and_moves_in_its_mount():
    """On a bone: R_wm S R_ms, and the offset and the shift in the mount's axes."""
    motion = sample("ROM03", "S02", seconds=1.0)
    placement = put_on(subset(RIGID_GLOVE, "2"), Wear(angle=0.3, distance=0.01), seeded())
    names = [sensor.name for sensor in placement]
    slipped = slip(Wear(slip_angle=0.1, slip_distance=0.005, slip_time=0.5), names, motion.timestamps, seeded())
    position, rotation = trajectories(motion, HAND, placement, slipped)
    mounts = [sensor.__class__(sensor.name, sensor.on) for sensor in placement]
    origin, axes = trajectories(motion, HAND, mounts)
    for k, sensor in enumerate(placement):
        for t in (0, 60, 120):
            turned = axes[k, t].numpy() @ slipped.rotation[k, t].numpy() @ np.array(sensor.mounting)
            np.testing.assert_allclose(rotation[k, t], turned, atol=1e-12)
            place = origin[k, t].numpy() + axes[k, t].numpy() @ (sensor.offset + slipped.shift[k, t].numpy())
            np.testing.assert_allclose(position[k, t], place, atol=1e-12)


def test_signals_feel_the_slip():
    """What is simulated with a slip is what moves like a slipping sensor."""
    motion = sample("ROM03", "S02", seconds=1.5)
    wear = Wear(slip_angle=0.1, slip_distance=0.002, slip_time=0.5)
    recording = simulate(motion, HAND, RIGID_GLOVE[1:3], generator=seeded(), wear=wear, fps=120.0)
    plain = simulate(motion, HAND, RIGID_GLOVE[1:3], fps=120.0)
    apart = Rotation.from_matrix((plain.rotation.mT @ recording.rotation).reshape(-1, 3, 3).numpy()).magnitude()
    assert 0.02 < apart.mean() < 0.5
    rate = Rotation.from_matrix((recording.rotation[:, :-2].mT @ recording.rotation[:, 2:]).reshape(-1, 3, 3).numpy())
    np.testing.assert_allclose(recording.gyro[:, 1:-1].reshape(-1, 3), rate.as_rotvec() * 60, atol=1e-9)
    assert sense(*trajectories(motion, HAND, RIGID_GLOVE[1:3]), 120.0).acc.sub(recording.acc).abs().max() > 0.05


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("angle", -0.1),
        ("angle", 5.7),
        ("distance", 3.0),
        ("slip_angle", 4.0),
        ("slip_distance", 1.0),
        ("slip_time", 0.0),
    ],
)
def test_wear_in_other_units_is_refused(field, value):
    with pytest.raises(ValueError, match=f"^{field} is {value}"):
        Wear(**{field: value})
