"""What the page's JavaScript is given equals the default hand, is small, and comes out the same each time."""

import base64
import json
from collections import Counter

import numpy as np
import pytest

from hands.conventions import JOINT_NAMES
from hands.mano.anatomy import ANGLE_NAMES
from hands.mano.files import read_default
from hands.mano.gestures import PRESETS, key_angles
from hands.viz import controls
from hands.viz.page_model import page_model, write_page_model


@pytest.fixture(scope="module")
def data():
    return read_default()


@pytest.fixture(scope="module")
def record(data):
    return page_model(data)


def decoded(record, name, shape=(-1,)):
    entry = record["arrays"][name]
    return np.frombuffer(base64.b64decode(entry["data"]), dtype=np.dtype(entry["dtype"]).newbyteorder("<")).reshape(
        shape
    )


def test_the_file_is_a_small_classic_script(tmp_path):
    path = tmp_path / "hand_model_data.js"
    write_page_model(path)
    text = path.read_text(encoding="ascii")
    assert text.startswith("window.HANDS_MODEL={")
    assert json.loads(text.removeprefix("window.HANDS_MODEL=").removesuffix(";\n"))["numVertices"] == 778
    assert len(text) < 400_000
    write_page_model(tmp_path / "again.js")
    assert (tmp_path / "again.js").read_text() == text


def test_dense_arrays_are_the_hands(record, data):
    V = data.num_vertices
    np.testing.assert_allclose(decoded(record, "vTemplate", (V, 3)), data.v_template, atol=1e-8)
    np.testing.assert_allclose(decoded(record, "shapedirs", (10, V, 3)), np.moveaxis(data.shapedirs, -1, 0), atol=1e-8)
    np.testing.assert_array_equal(decoded(record, "faces", (-1, 3)), data.faces)
    v_shaped = data.v_template + 2 * data.shapedirs[..., 3]
    joints = decoded(record, "jointTemplate") + 2 * decoded(record, "jointShapedirs", (10, 48))[3]
    np.testing.assert_allclose(joints.reshape(16, 3), data.J_regressor @ v_shaped, atol=1e-7)


def test_pose_correctives_are_kept_to_a_quantum(record, data):
    start, vertex = decoded(record, "posedirsStart"), decoded(record, "posedirsVertex")
    value = decoded(record, "posedirsValue", (-1, 3))
    dense = np.zeros((135, data.num_vertices, 3))
    for column in range(135):
        rows = slice(start[column], start[column + 1])
        dense[column, vertex[rows]] = value[rows] * record["posedirsScale"]
    assert record["posedirsScale"] < 1e-6
    np.testing.assert_allclose(dense, np.moveaxis(data.posedirs, -1, 0), atol=0.51 * record["posedirsScale"])


def test_weights_keep_every_influence(record, data):
    joints, weights = decoded(record, "weightJoints", (-1, 4)), decoded(record, "weights", (-1, 4))
    dense = np.zeros_like(data.lbs_weights)
    np.add.at(dense, (np.arange(len(dense))[:, None], joints), weights)
    np.testing.assert_allclose(dense, data.lbs_weights, atol=1e-7)


def test_the_rim_closes_the_wrist(record, data):
    edges = Counter(frozenset(e) for a, b, c in data.faces.tolist() for e in ((a, b), (b, c), (c, a)))
    open_edges = {edge for edge, count in edges.items() if count == 1}
    rim = decoded(record, "rim").tolist()
    assert {frozenset(e) for e in zip(rim, [*rim[1:], rim[0]], strict=True)} == open_edges
    corners = data.v_template[rim]
    lid = np.cross(corners[1:-1] - corners[0], corners[2:] - corners[0]).sum(0)
    assert lid[0] > 0, "the lid looks away from the fingers"


def test_the_palm_is_paler_than_the_back_and_the_tips_are_rosiest(record, data):
    tint = decoded(record, "tint")
    assert tint[95] < tint[22], "vertex 95 lies on the back, 22 in the palm"
    assert tint[data.tip_vertices[2]] > np.median(tint)


def test_tables_travel_with_the_model(record):
    assert record["controls"] == controls.tables()
    assert list(record["keyPoses"]) == list(PRESETS)
    assert np.shape(record["keyPoses"]["fist"]) == (15, 3)
    assert set(record["shapes"]) == {"man", "woman"}
    assert np.shape(record["axes"]) == (16, 3, 3)
    json.dumps(record)


def test_sliders_reach_every_preset_but_for_the_small_twist_of_finger_mcps():
    """The twist with which bent fingers converge comes with a preset; there is no slider for it."""
    sliders = {(s.joint, s.angle): s for group in controls.FINGER_SLIDERS.values() for s in group}
    for name in PRESETS:
        for joint, angle in key_angles(name).nonzero().tolist():
            digit = JOINT_NAMES[1 + joint]
            if ANGLE_NAMES[angle] == "twist" and digit.endswith("1") and digit != "thumb1":
                continue
            slider, degrees = sliders[1 + joint, angle], float(key_angles(name)[joint, angle])
            assert slider.low <= degrees <= slider.high, (name, digit, ANGLE_NAMES[angle])
    assert [s.beta for s in controls.SHAPE_SLIDERS] == list(range(10))


def test_a_vertex_bound_to_many_joints_is_refused(data):
    from dataclasses import replace

    spread_out = replace(data, lbs_weights=np.full_like(data.lbs_weights, 1 / 16))
    with pytest.raises(ValueError, match="more than 4 joints"):
        page_model(spread_out)
