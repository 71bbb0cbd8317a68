"""Figures by their structure: what is drawn, where the viewer stands, what is refused."""

import json

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano, viz
from hands.conventions import ANATOMICAL_NAMES, JOINT_NAMES, KEYPOINT_NAMES, PARENTS
from hands.viz.scene import WIDEST, camera_axes

MIDDLE_TIP, THUMB_TIP, PINKY_TIP, WRIST = 12, 4, 20, 0


@pytest.fixture(scope="module")
def hand():
    return mano.load()


@pytest.fixture(scope="module")
def output(hand):
    return hand()


def on_screen(figure, points):
    """Right, up and towards the viewer, computed from the figure's own camera as a viewer would."""
    camera = figure.layout.scene.camera
    eye, up = (np.array([v.x, v.y, v.z]) for v in (camera.eye, camera.up))
    towards = eye / np.linalg.norm(eye)
    right = np.cross(up, towards) / np.linalg.norm(np.cross(up, towards))
    return np.asarray(points) @ np.stack([right, np.cross(towards, right), towards]).T


def xyz(trace):
    return np.stack([trace.x, trace.y, trace.z], axis=-1)


def test_mesh_is_the_hand_in_millimetres(hand, output):
    mesh = viz.hand_figure(hand, output, alt="a hand").data[0]
    np.testing.assert_allclose(xyz(mesh), 1000 * output.vertices.numpy(), rtol=1e-6)
    np.testing.assert_array_equal(np.stack([mesh.i, mesh.j, mesh.k], -1), hand.data.faces)
    assert mesh.x.dtype == np.float32
    assert mesh.i.dtype == np.uint16


def test_alt_is_kept_and_never_empty(hand, output):
    assert viz.hand_figure(hand, output, alt="a flat hand").layout.meta["alt"] == "a flat hand"
    with pytest.raises(ValueError, match="alt is empty"):
        viz.hand_figure(hand, output, alt=" ")


@pytest.mark.parametrize("side", ["right", "left"])
def test_named_cameras_show_what_they_say(side):
    hand = mano.load(side=side)
    output = hand()
    thumb_side = 1 if side == "right" else -1
    for camera, sign in (("palm", thumb_side), ("back", -thumb_side)):
        seen = on_screen(viz.hand_figure(hand, output, camera=camera, alt="x"), output.keypoints)
        assert seen[MIDDLE_TIP, 1] > seen[WRIST, 1] + 0.1, "fingers point up"
        assert sign * (seen[THUMB_TIP, 0] - seen[PINKY_TIP, 0]) > 0.05, (
            "looking at a palm, a right thumb is on the right"
        )
    seen = on_screen(viz.hand_figure(hand, output, camera="thumb", alt="x"), output.keypoints)
    assert seen[THUMB_TIP, 2] > seen[PINKY_TIP, 2], "the thumb is nearest"
    assert seen[MIDDLE_TIP, 1] > seen[WRIST, 1], "fingers point up"
    seen = on_screen(viz.hand_figure(hand, output, camera="front", alt="x"), output.keypoints)
    assert seen[MIDDLE_TIP, 2] > seen[WRIST, 2] + 0.1, "the fingertips are nearest"


def test_camera_axes_agree_with_plotly_s_camera(hand, output):
    for camera in ("palm", "back", "thumb", "front", "three_quarter"):
        figure = viz.hand_figure(hand, output, camera=camera, alt="x")
        np.testing.assert_allclose(on_screen(figure, np.eye(3)).T, camera_axes(camera), atol=1e-3)


@pytest.mark.parametrize("camera", ["palm", "front", "three_quarter"])
def test_scene_has_one_scale_and_holds_the_hand(hand, output, camera):
    figure = viz.hand_figure(hand, output, camera=camera, alt="x")
    scene, vertices = figure.layout.scene, 1000 * output.vertices.numpy()
    ranges = np.array([scene[f"{axis}axis"].range for axis in "xyz"])
    ratios = np.array([scene.aspectratio[axis] for axis in "xyz"])
    units_per_mm = ratios / np.ptp(ranges, axis=1)
    np.testing.assert_allclose(units_per_mm, units_per_mm[0], rtol=2e-3)
    assert (ranges[:, 0] < vertices.min(0)).all()
    assert (vertices.max(0) < ranges[:, 1]).all()
    half = np.abs(on_screen(figure, (vertices - ranges.mean(1)) * units_per_mm)).max(0)
    assert half[1] <= 1.0, "an orthographic scene shows heights from -1 to 1"
    assert half[0] <= WIDEST
    assert max(half[1], half[0] / WIDEST) > 0.85, "and the hand fills it"


def test_joints_and_keypoints_are_named_and_joined(hand, output):
    _, bones, joints = viz.hand_figure(hand, output, joints=True, alt="x").data
    assert joints.text == ANATOMICAL_NAMES
    np.testing.assert_allclose(xyz(joints), 1000 * output.joints.numpy(), rtol=1e-6)
    segments = xyz(bones).reshape(15, 3, 3)
    assert np.isnan(segments[:, 2]).all(), "bones are separate"
    np.testing.assert_allclose(segments[:, 0], 1000 * output.joints.numpy()[list(PARENTS[1:])], rtol=1e-6)
    np.testing.assert_allclose(segments[:, 1], 1000 * output.joints.numpy()[1:], rtol=1e-6)
    assert viz.hand_figure(hand, output, keypoints=True, alt="x").data[-1].text == KEYPOINT_NAMES


def test_mesh_lets_the_joints_shine_through(hand, output):
    assert viz.hand_figure(hand, output, alt="x").data[0].opacity == 1
    assert viz.hand_figure(hand, output, joints=True, alt="x").data[0].opacity < 0.5
    assert len(viz.hand_figure(hand, output, joints=True, faces=False, alt="x").data) == 2


def test_colour_by_name_scalar_or_rgb(hand, output):
    scalars = torch.linspace(2.0, 7.0, 778)
    figure = viz.hand_figure(hand, output, colour=scalars, colour_title="error (mm)", alt="x")
    np.testing.assert_allclose(figure.data[0].intensity, scalars)
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (2.0, 7.0)
    assert figure.layout.coloraxis.colorbar.title.text == "error (mm)"
    rgb = torch.zeros(778, 3)
    rgb[:, 1] = 1.0
    assert viz.hand_figure(hand, output, colour=rgb, alt="x").data[0].vertexcolor[5].tolist() == [0, 255, 0]
    assert viz.hand_figure(hand, output, colour="teal", alt="x").data[0].color == "teal"
    with pytest.raises(ValueError, match=r"\(777,\)"):
        viz.hand_figure(hand, output, colour=scalars[1:], alt="x")


def test_batches_of_one_are_shown_and_others_refused(hand):
    one = hand(betas=torch.zeros(1, 10))
    assert len(viz.hand_figure(hand, one, alt="x").data[0].x) == 778
    assert len(viz.hand_figure(hand, one.vertices[None].requires_grad_(), alt="x").data[0].x) == 778
    assert len(viz.hand_figure(hand, one.vertices[0].numpy(), alt="x").data[0].x) == 778
    with pytest.raises(ValueError, match=r"\(2, 778, 3\)"):
        viz.hand_figure(hand, hand(betas=torch.zeros(2, 10)), alt="x")
    with pytest.raises(ValueError, match="16 vertices"):
        viz.hand_figure(hand, one.joints, alt="x")
    with pytest.raises(ValueError, match="whole output"):
        viz.hand_figure(hand, one.vertices, joints=True, alt="x")


def test_axes_are_hidden_unless_asked_for(hand, output):
    assert viz.hand_figure(hand, output, alt="x").layout.scene.xaxis.visible is False
    axis = viz.hand_figure(hand, output, axes=True, alt="x").layout.scene.zaxis
    assert (axis.visible, axis.title.text) == (True, "z (mm)")


@pytest.mark.parametrize("camera", ["palm", "back", "thumb"])
def test_hands_stand_side_by_side_in_one_scene(hand, output, camera):
    far = hand(transl=torch.tensor([0.2, -0.3, 0.4]))
    figure = viz.hands_figure(hand, {"one": output, "two": far, "three": output}, camera=camera, alt="x")
    *meshes, labels = figure.data
    spans = [on_screen(figure, xyz(mesh))[:, 0] for mesh in meshes]
    assert spans[0].max() + 19 < spans[1].min(), "20 mm apart, left to right"
    assert spans[1].max() + 19 < spans[2].min()
    assert spans[2].min() - spans[1].max() < 21, "wherever they were before"
    shift = xyz(meshes[2]) - xyz(meshes[0])
    np.testing.assert_allclose(shift, shift[:1].repeat(778, 0), atol=1e-3)
    assert labels.text == ("one", "two", "three")
    spots = on_screen(figure, xyz(labels))
    lowest = min(on_screen(figure, xyz(mesh))[:, 1].min() for mesh in meshes)
    for spot, span in zip(spots, spans, strict=True):
        assert span.min() < spot[0] < span.max()
        assert spot[1] < lowest
    assert {mesh.scene for mesh in meshes} == {None}, "one scene is one WebGL context"


def test_hands_share_one_colour_bar(hand, output):
    colours = {"a": np.linspace(0, 3, 778), "b": np.linspace(1, 9, 778)}
    figure = viz.hands_figure(hand, {"a": output, "b": output, "plain": output}, colours=colours, alt="x")
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 9)
    assert [mesh.coloraxis for mesh in figure.data[:3]] == ["coloraxis", "coloraxis", None]
    with pytest.raises(ValueError, match=r"\['c'\]"):
        viz.hands_figure(hand, {"a": output}, colours={"c": "red"}, alt="x")
    with pytest.raises(ValueError, match="empty"):
        viz.hands_figure(hand, {}, alt="x")


def test_skeleton_names_its_points(output):
    figure = viz.skeleton_figure(output.joints, PARENTS, JOINT_NAMES, alt="x")
    assert figure.data[1].text == JOINT_NAMES
    assert figure.data[1].mode == "markers"
    assert (
        viz.skeleton_figure(output.joints, PARENTS, JOINT_NAMES, show_names=True, alt="x").data[1].mode.endswith("text")
    )
    with pytest.raises(ValueError, match="15 names"):
        viz.skeleton_figure(output.joints, PARENTS, JOINT_NAMES[1:], alt="x")


def test_curves_differ_by_more_than_colour():
    t = np.linspace(0, 1, 5)
    figure = viz.lines_figure({"a": (t, t), "b": (t, torch.tensor(t**2))}, "time (s)", "angle (rad)", alt="x")
    assert [trace.name for trace in figure.data] == ["a", "b"]
    assert len({trace.line.dash for trace in figure.data}) == 2
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("time (s)", "angle (rad)")
    np.testing.assert_allclose(figure.data[1].y, t**2)


def test_matrix_puts_zero_in_the_middle_when_asked():
    matrix = torch.tensor([[1.0, -4.0], [0.0, 2.0]])
    heat = viz.matrix_figure(matrix, rows=["r", "s"], columns=["c", "d"], diverging=True, alt="x").data[0]
    assert (heat.zmin, heat.zmax) == (-4, 4)
    np.testing.assert_array_equal(heat.z, matrix)
    with pytest.raises(ValueError, match=r"\(2,\)"):
        viz.matrix_figure(matrix[0], alt="x")


def test_frames_draw_the_columns_of_their_rotations(hand, output):
    rotations = Rotation.from_rotvec(np.random.default_rng(3).normal(size=(16, 3))).as_matrix()
    figure = viz.hand_figure(hand, output, alt="x")
    assert viz.add_frames(figure, output.joints, rotations, length=0.02, names=JOINT_NAMES) is figure
    assert figure.data[0].opacity < 0.5, "joints lie inside the hand"
    for k, trace in enumerate(figure.data[-3:]):
        segments = xyz(trace).reshape(16, 3, 3)
        np.testing.assert_allclose(segments[:, 0], 1000 * output.joints.numpy(), rtol=1e-5)
        np.testing.assert_allclose(segments[:, 1] - segments[:, 0], 20 * rotations[:, :, k], atol=1e-4)
        assert trace.text[4] == f"{'xyz'[k]} axis of {JOINT_NAMES[1]}"
    with pytest.raises(ValueError, match=r"\(15, 3, 3\)"):
        viz.add_frames(figure, output.joints, rotations[1:])


def test_arrows_and_points_stand_where_told(hand, output):
    figure = viz.hand_figure(hand, output, alt="x")
    viz.add_arrows(figure, output.joints, output.joints + 0.01, name="steps")
    lines, tips = figure.data[-2:]
    np.testing.assert_allclose(xyz(lines).reshape(16, 3, 3)[:, 1], xyz(tips))
    np.testing.assert_allclose(xyz(tips), 1000 * output.joints.numpy() + 10, rtol=1e-5)
    viz.add_points(figure, output.joints, JOINT_NAMES)
    assert figure.data[-1].text == JOINT_NAMES
    with pytest.raises(ValueError, match="differ"):
        viz.add_arrows(figure, output.joints, output.joints[1:])


def test_figures_are_light_and_always_the_same(hand, output):
    first, second = (viz.hand_figure(hand, output, joints=True, alt="x").to_json() for _ in range(2))
    assert first == second
    assert len(first) < 45_000, "base64 arrays, float32, no default template"
    assert json.loads(first)["data"][0]["x"]["dtype"] == "f4"
