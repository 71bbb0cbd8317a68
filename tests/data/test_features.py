"""Features: against a loop over sensors with scipy's rotations, and what must and must not change them."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import data, mano
from hands.imu import SUBSETS, Recording, simulate
from hands.motion import sample

LAYOUTS = ("relative", "drift_free", "gt_root")
G = np.array([0, 0, -9.81])


@pytest.fixture(scope="module")
def moved():
    motion = sample("ROM14", "S04", seconds=2.0)
    recording = simulate(motion, mano.load(dtype=torch.float64))
    return recording, mano.axis_angle_to_rotmat(motion.resample(30.0).global_orient)


@pytest.fixture(scope="module")
def recording(moved):
    return moved[0]


def of(recording, layout, root=None, **options):
    return data.features(recording, layout, true_root=root if layout == "gt_root" else None, **options)


def turned(recording, headings):
    """The same recording where sensor i at record t says that it faces another way."""
    yaw = Rotation.from_rotvec(np.asarray(headings).reshape(-1, 1) * [0, 0, 1]).as_matrix()
    yaw = torch.from_numpy(yaw).reshape(*np.shape(headings), 3, 3)
    return replace(recording, rotation=yaw @ recording.rotation)


def twin_relative(R, acc, gyro, p):
    """One record: R scipy's rotations of the sensors, by the module's equations."""
    world = [R[i].apply(acc[i]) + G for i in range(len(R))]
    rows = []
    for i in range(len(R)):
        if i == p:
            rotation = np.diag([0, 0, 1]) @ R[p].as_matrix()
            a, w = R[p].inv().apply(world[p]), gyro[p]
        else:
            rotation = (R[p].inv() * R[i]).as_matrix()
            a, w = R[p].inv().apply(world[i] - world[p]), (R[p].inv() * R[i]).apply(gyro[i]) - gyro[p]
        rows.append(np.concatenate([rotation.ravel(), a / 30, w]))
    return np.stack(rows)


def twin_drift_free(R, acc, gyro, p):
    up = [R[i].inv().apply([0, 0, 1]) for i in range(len(R))]
    free = [acc[i] - 9.81 * up[i] for i in range(len(R))]
    rise = [(R[i].apply(free[i]) - R[p].apply(free[p]))[2] / 30 for i in range(len(R))]
    turn = [(R[i].apply(gyro[i]) - R[p].apply(gyro[p]))[2] for i in range(len(R))]
    return np.stack([np.concatenate([up[i], free[i] / 30, [rise[i]], gyro[i], [turn[i]]]) for i in range(len(R))])


def twin_gt_root(R, acc, gyro, root):
    rows = []
    for i in range(len(R)):
        seen = root.inv() * R[i]
        a = root.inv().apply(R[i].apply(acc[i]) + G)
        rows.append(np.concatenate([seen.as_matrix().ravel(), a / 30, seen.apply(gyro[i])]))
    return np.stack(rows)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_features_are_the_equations_of_the_module(moved, layout):
    recording, root = moved
    result = of(recording, layout, root).numpy()
    assert result.dtype == np.float32
    for t in (0, 17, 60):
        R = [Rotation.from_matrix(r) for r in recording.rotation[:, t].numpy()]
        acc, gyro = recording.acc[:, t].numpy(), recording.gyro[:, t].numpy()
        if layout == "gt_root":
            expected = twin_gt_root(R, acc, gyro, Rotation.from_matrix(root[t].numpy()))
        else:
            expected = {"relative": twin_relative, "drift_free": twin_drift_free}[layout](R, acc, gyro, 1)
        np.testing.assert_allclose(result[t], expected, atol=1e-6)  # rounded to single precision


@pytest.mark.parametrize("layout", ["relative", "drift_free"])
def test_where_north_is_changes_nothing(recording, layout):
    north = torch.from_numpy(Rotation.from_rotvec([0, 0, 2.1]).as_matrix())
    world = replace(recording, rotation=north @ recording.rotation)
    torch.testing.assert_close(of(world, layout), of(recording, layout), atol=2e-6, rtol=0)
    if layout == "relative":  # seen from the wrist as well
        features = (data.features(r, reference="wrist") for r in (world, recording))
        torch.testing.assert_close(*features, atol=2e-6, rtol=0)


def test_drift_free_features_know_no_heading(recording):
    own = np.random.default_rng(0).uniform(-np.pi, np.pi, (7, 1))
    plain = of(recording, "drift_free")
    torch.testing.assert_close(of(turned(recording, own), "drift_free"), plain, atol=2e-6, rtol=0)
    drifting = own + 0.3 * np.sin(np.linspace(0, 2, 61))  # radians, over two seconds
    torch.testing.assert_close(of(turned(recording, drifting), "drift_free"), plain, atol=2e-6, rtol=0)
    assert (of(turned(recording, own), "relative") - of(recording, "relative")).abs().max() > 0.5


@pytest.mark.parametrize("gyro", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_channel_has_a_name(moved, layout, gyro):
    recording, root = moved
    names = data.channels(layout, gyro=gyro)
    result = of(recording, layout, root, gyro=gyro)
    assert result.shape == (61, 7, len(names))
    assert len(set(names)) == len(names)
    assert any("gyro" in name for name in names) == gyro
    torch.testing.assert_close(result, of(recording, layout, root)[..., : len(names)])


def test_no_label_enters():
    """Whoever calls with a recording alone has given no label, since a recording has none."""
    parameters = inspect.signature(data.features).parameters.values()
    needed = [p.name for p in parameters if p.default is inspect.Parameter.empty]
    assert needed == ["recording"]
    assert {p.name for p in parameters} - {"recording"} == {"layout", "reference", "gyro", "true_root"}
    assert set(Recording.__dataclass_fields__) == {"timestamps", "acc", "gyro", "rotation", "names"}


def test_the_true_hand_enters_only_where_it_is_asked_for(moved):
    recording, root = moved
    with pytest.raises(ValueError, match="leaks labels"):
        data.features(recording, "gt_root")
    with pytest.raises(ValueError, match="is a label"):
        data.features(recording, "relative", true_root=root)
    with pytest.raises(ValueError, match=r"\(61, 3, 3\)"):
        data.features(recording, "gt_root", true_root=root[:5])


def test_a_hand_without_a_palm_sensor_names_its_reference(recording):
    watch = recording.select(SUBSETS["watch_and_ring"])
    with pytest.raises(ValueError, match=r"has wrist, index.*reference='wrist'"):
        data.features(watch)
    seen = data.features(watch, reference="wrist")
    expected = recording.rotation[0].mT @ recording.rotation[recording.names.index("index")]
    torch.testing.assert_close(seen[:, 1, :9], expected.flatten(-2).float(), atol=1e-6, rtol=0)


def test_sensors_do_not_look_at_each_other(recording):
    """A subset's features are those rows, whatever the other sensors do."""
    for layout in ("relative", "drift_free"):
        few = of(recording.select(["middle", "palm"]), layout)
        torch.testing.assert_close(few, of(recording, layout)[:, [4, 1]])


def test_chunks_and_batches_do_not_show(recording, monkeypatch):
    whole = data.features(recording)
    monkeypatch.setitem(inspect.unwrap(data.features).__globals__, "CHUNK", 7)
    torch.testing.assert_close(data.features(recording), whole, atol=1e-6, rtol=0)
    series = {name: torch.stack([getattr(recording, name)] * 2) for name in ("acc", "gyro", "rotation")}
    torch.testing.assert_close(data.features(replace(recording, **series))[1], whole, atol=1e-6, rtol=0)


def test_what_is_no_layout_or_has_no_names_is_refused(moved):
    recording, root = moved
    with pytest.raises(ValueError, match="'world', expected one of relative"):
        inspect.unwrap(data.channels)("world")
    nameless = replace(recording, names=())
    with pytest.raises(ValueError, match="names no sensors"):
        data.features(nameless)
    with pytest.raises(ValueError, match="names no sensors"):
        data.features(nameless, "gt_root", true_root=root)
