"""`viz.live_hand`: what it hands to the page, what it shows in a live kernel, and what it refuses."""

import base64
import json
from collections import Counter
from dataclasses import replace

import ipywidgets
import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano, viz
from hands.conventions import JOINT_NAMES
from hands.mano.anatomy import angles_to_hand_pose, joint_axes
from hands.mano.gestures import key_angles, key_pose
from hands.viz import controls, live_traces
from hands.viz.live import LIVE_MIME

RING2 = JOINT_NAMES.index("ring2")


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


@pytest.fixture
def in_kernel(monkeypatch):
    monkeypatch.delenv("HANDS_OUTPUT", raising=False)


@pytest.fixture
def for_page(monkeypatch):
    monkeypatch.setenv("HANDS_OUTPUT", "page")


def shown_vertices(widget):
    mesh = widget.figure.data[0]
    return np.stack([mesh.x, mesh.y, mesh.z], -1) / 1000


# ---- the page ----


def test_a_page_gets_a_small_record_and_a_line_of_text(for_page):
    live = viz.live_hand(betas=[0.5, *[0] * 9], panels=["view", "fingers"], height=300, alt="A hand.")
    bundle = live._repr_mimebundle_()
    assert set(bundle) == {LIVE_MIME, "text/plain"}
    record = bundle[LIVE_MIME]
    assert record["side"] == "right"
    assert record["betas"] == [0.5, *[0.0] * 9]
    assert record["panels"] == ["fingers", "view"], "in the order in which they stand"
    assert record["min_height"] > record["height"] == 300
    assert record["alt"] == "A hand."
    assert len(json.dumps(bundle)) < 2000
    assert (
        bundle
        == viz.live_hand(
            betas=[0.5, *[0] * 9], panels=["fingers", "view"], height=300, alt="A hand."
        )._repr_mimebundle_()
    )
    assert "\n" not in bundle["text/plain"]


def test_a_motion_travels_in_small_steps(for_page, hand):
    rng = np.random.default_rng(0)
    poses = rng.normal(0, 1.5, (7, 16, 3))
    motion = viz.live_hand(full_pose=torch.tensor(poses), fps=20).payload()["motion"]
    steps = np.frombuffer(base64.b64decode(motion["data"]), "<i2").reshape(7, 16, 3)
    assert motion["fps"] == 20
    arrived = Rotation.from_rotvec((steps * motion["scale"]).reshape(-1, 3))
    sent = Rotation.from_rotvec(poses.reshape(-1, 3))
    assert (arrived * sent.inv()).magnitude().max() < 1e-4


def test_a_page_never_publishes_another_model(for_page, hand):
    licensed = mano.Hand(replace(hand.data, v_template=hand.data.v_template * 1.001))
    with pytest.raises(ValueError, match="licensed models such as official MANO may not be published"):
        viz.live_hand(licensed)


def test_a_kernel_shows_any_model_but_will_not_write_its_record(in_kernel, hand):
    live = viz.live_hand(mano.Hand(replace(hand.data, v_template=hand.data.v_template * 1.001)))
    assert "application/vnd.jupyter.widget-view+json" in live._repr_mimebundle_()
    with pytest.raises(ValueError, match="the default hand only"):
        live.payload()


def test_the_default_left_hand_may_be_published(for_page):
    assert viz.live_hand(mano.load(side="left")).payload()["side"] == "left"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"betas": np.zeros(11)}, r"betas has shape \(11,\), expected \(10,\)"),
        ({"full_pose": np.zeros((15, 3))}, r"full_pose has shape \(15, 3\), expected \(16, 3\) or"),
        ({"full_pose": np.full((16, 3), np.nan)}, "not finite"),
        ({"fps": 0}, "fps is 0"),
        ({"height": -1}, "height is -1"),
        ({"colour": "blue"}, "colour is 'blue', expected one of skin, joints, weights"),
        ({"panels": ["camera"]}, "panels is 'camera'"),
        ({"panels": []}, "panels is empty"),
    ],
)
def test_mistakes_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        viz.live_hand(**options)


# ---- the kernel ----


def test_a_slider_moves_the_mesh_as_hand_computes(in_kernel, hand):
    widget = viz.live_hand(hand).widget
    before = shown_vertices(widget)
    np.testing.assert_allclose(before, hand.data.v_template, atol=1e-7)
    assert isinstance(widget.figure, go.FigureWidget)
    widget.angle_sliders["ring"][2].value = 70
    angles = torch.zeros(15, 3, dtype=torch.float64)
    angles[RING2 - 1, 0] = np.radians(70)
    expected = hand(hand_pose=angles_to_hand_pose(joint_axes(hand.data), angles)).vertices
    np.testing.assert_allclose(shown_vertices(widget), expected, atol=1e-7)
    assert np.abs(shown_vertices(widget) - before).max() > 0.02


def test_the_browser_hears_of_the_figure_only_once_it_is_complete(in_kernel, monkeypatch):
    """Plotly's FigureWidget opens first and sends its data later, which JupyterLab may lose."""
    told, opened = [], ipywidgets.Widget.open

    def record(self):
        if isinstance(self, go.FigureWidget):
            told.append(len(self._widget_data))
        opened(self)

    monkeypatch.setattr(ipywidgets.Widget, "open", record)
    widget = viz.live_hand().widget
    assert told == [len(widget.figure.data)]


def test_a_see_through_skin_is_drawn_nearest_first(in_kernel, hand):
    widget = viz.live_hand(hand).widget
    widget.joints_box.value = True
    mesh = widget.figure.data[0]
    height = sum(np.asarray(mesh.y)[corner] for corner in (mesh.i, mesh.j, mesh.k))
    depth = sum(np.asarray(mesh.x)[corner] for corner in (mesh.i, mesh.j, mesh.k))
    tilt = np.radians(controls.VIEWS[0].tilt)
    assert (np.diff(-height * np.cos(tilt) - depth * np.sin(tilt)) < 1e-3).all(), "the palm, which faces -y, is nearest"
    assert Counter(zip(mesh.i, mesh.j, mesh.k, strict=True)) == Counter(map(tuple, hand.data.faces.tolist()))


def test_shape_sliders_and_presets_move_it_too(in_kernel, hand):
    widget = viz.live_hand(hand).widget
    widget.preset_buttons["pinch"].click()
    widget.shape_sliders[1].value = -1.5
    betas = torch.zeros(10, dtype=torch.float64)
    betas[1] = -1.5
    expected = hand(hand_pose=key_pose("pinch", hand.data, torch.float64)[1:], betas=betas).vertices
    np.testing.assert_allclose(shown_vertices(widget), expected, atol=1e-7)
    assert widget.angle_sliders["index"][1].value == key_angles("pinch")[0, 0], "the sliders follow"


def test_it_begins_as_it_was_told_and_resets_to_that(in_kernel):
    left = mano.load(side="left", dtype=torch.float64)
    pose = key_pose("point", left.data, torch.float64)
    pose[0] = torch.tensor([0.2, 0.3, -0.4])
    widget = viz.live_hand(left, full_pose=pose, betas=np.linspace(-1, 1, 10)).widget
    expected = left(global_orient=pose[0], hand_pose=pose[1:], betas=torch.linspace(-1, 1, 10, dtype=torch.float64))
    np.testing.assert_allclose(shown_vertices(widget), expected.vertices, atol=1e-7)
    widget.angle_sliders["wrist"][1].value += 20
    assert np.abs(shown_vertices(widget) - expected.vertices.numpy()).max() > 0.02
    widget._show(widget._reset)
    np.testing.assert_allclose(shown_vertices(widget), expected.vertices, atol=1e-7)


def test_a_motion_gets_a_frame_slider(in_kernel, hand):
    poses = torch.linspace(0, 1, 5, dtype=torch.float64)[:, None, None] * key_pose("fist", hand.data, torch.float64)
    widget = viz.live_hand(hand, full_pose=poses).widget
    widget.frame_slider.value = 3
    np.testing.assert_allclose(shown_vertices(widget), hand(hand_pose=poses[3, 1:]).vertices, atol=1e-7)


def test_colours_and_joints_on_request(in_kernel, hand):
    widget = viz.live_hand(hand).widget
    widget.colour_choice.value = "weights"
    widget.joint_choice.value = RING2
    np.testing.assert_allclose(widget.figure.data[0].intensity, hand.data.lbs_weights[:, RING2], atol=1e-7)
    widget.colour_choice.value = "joints"
    assert widget.figure.data[0].intensity is None
    assert len(set(widget.figure.data[0].vertexcolor)) == 16
    assert not widget.figure.data[1].visible
    widget.joints_box.value = True
    joints = widget.figure.data[1]
    assert joints.visible
    assert joints.text[RING2] == "Ring PIP"
    np.testing.assert_allclose(np.stack([joints.x, joints.y, joints.z], -1) / 1000, hand().joints, atol=1e-7)
    assert widget.figure.data[0].opacity < 1


def test_the_page_and_the_kernel_offer_the_same_sliders(in_kernel):
    widget = viz.live_hand().widget
    for segment, entries in controls.FINGER_SLIDERS.items():
        for slider, entry in zip(widget.angle_sliders[segment], entries, strict=True):
            assert (slider.description, slider.min, slider.max) == (f"{entry.label} (°)", entry.low, entry.high)
    assert [s.description for s in widget.shape_sliders] == [f"{s.label} (sd)" for s in controls.SHAPE_SLIDERS]


# ---- angles and axes ----


def test_the_flexion_axis_is_the_one_that_the_finger_turns_about(hand):
    axes = torch.cat([torch.tensor([controls.WRIST_AXES], dtype=torch.float64), joint_axes(hand.data)])
    angles = torch.tensor(np.random.default_rng(2).uniform(-40, 60, (16, 3)))
    joint, step = RING2, 1e-4

    def joints_at(degrees):
        turned = angles.clone()
        turned[joint, 0] += degrees
        pose = angles_to_hand_pose(axes, torch.deg2rad(turned))
        return hand(global_orient=pose[0], hand_pose=pose[1:]).joints

    before = joints_at(0)
    pose = angles_to_hand_pose(axes, torch.deg2rad(angles))
    flexion = live_traces.posed_axes(axes, pose, angles, joint)[0]
    moved = (joints_at(step) - before)[joint + 1] / np.radians(step)
    torch.testing.assert_close(
        moved, torch.linalg.cross(flexion, (before[joint + 1] - before[joint])), rtol=0, atol=1e-7
    )
