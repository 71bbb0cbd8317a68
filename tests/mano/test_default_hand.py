"""What the default hand promises: its layout, the sizes of people, and skin that neither collapses nor cuts itself.

References: ANSUR II's published statistics; volumes and intersections against the figures of the linear blend skinning
that the correctives have to beat; and MANO's numbers.
"""

from dataclasses import replace
from importlib import resources

import numpy as np
import pytest
import torch
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hands.conventions import FINGERS, JOINT_NAMES, MANO_FINGERS, TIP_VERTICES
from hands.mano import mesh
from hands.mano.anatomy import joint_axes
from hands.mano.builder.anthropometry import ANSUR, HandRuler
from hands.mano.files import read_default
from hands.mano.hand import Hand
from hands.mano.lbs import axis_angle_to_rotmat

FOUR = ("index", "middle", "ring", "pinky")


@pytest.fixture(scope="module")
def data():
    return read_default()


@pytest.fixture(scope="module")
def hand(data):
    return Hand(data, dtype=torch.float64)


# --- layout -----------------------------------------------------------------------------------------------------------


def test_numbers_of_mano(data):
    assert data.v_template.shape == (778, 3)
    assert data.faces.shape == (1538, 3)
    assert len(mesh.boundary_loop(data.faces)) == 16
    assert data.tip_vertices == TIP_VERTICES["smplx"]


def test_the_mesh_is_one_disc(data):
    """Every edge has one or two faces, everything hangs together, and V - E + F = 1 as for a disc."""
    directed = [tuple(edge) for edge in mesh.directed_edges(data.faces).tolist()]
    assert len(set(directed)) == len(directed)
    num_edges = len(mesh.undirected_edges(data.faces))
    assert num_edges == (3 * 1538 + 16) / 2
    assert 778 - num_edges + 1538 == 1
    graph = coo_array((np.ones(len(directed)), np.array(directed).T), shape=(778, 778))
    assert connected_components(graph, directed=False)[0] == 1


def test_the_file_is_small_and_holds_no_pickle():
    path = resources.files("hands.mano") / "data" / "hand_right.npz"
    with resources.as_file(path) as file:
        assert file.stat().st_size < 400_000
        with np.load(file, allow_pickle=False) as arrays:
            loaded = {key: arrays[key] for key in arrays.files}
    assert "CC0" in str(loaded["x_license"])
    assert {array.dtype for key, array in loaded.items() if array.dtype.kind == "f"} == {np.dtype("float32")}


def test_rows_that_must_sum_to_one_do_so_in_the_file_itself():
    with (resources.files("hands.mano") / "data" / "hand_right.npz").open("rb") as file, np.load(file) as arrays:
        for key in ("weights", "J_regressor"):
            np.testing.assert_array_equal(arrays[key].astype(np.float64).sum(1), 1.0)


def test_weights_and_regressor_are_convex_and_sparse(data):
    assert data.lbs_weights.min() >= 0
    assert (data.lbs_weights > 0).sum(1).max() <= 4
    assert data.J_regressor.min() >= 0
    assert (data.J_regressor > 0).sum(1).max() <= 80


def test_each_joint_lies_inside_the_hand(data):
    joints = data.J_regressor @ data.v_template
    winding = mesh.winding_number(joints, data.v_template, mesh.closed(data.faces))
    np.testing.assert_allclose(winding, 1, atol=1e-9)


def test_correctives_are_local(data):
    """A joint moves only the skin around it: nothing further than 6.5 cm away."""
    joints = data.J_regressor @ data.v_template
    per_joint = data.posedirs.reshape(778, 3, 15, 9)
    for joint in range(1, 16):
        moved = (per_joint[:, :, joint - 1] != 0).any((1, 2))
        assert np.linalg.norm(data.v_template[moved] - joints[joint], axis=1).max() < 0.065
    assert (data.posedirs != 0).mean() < 0.1


# --- frame and bones --------------------------------------------------------------------------------------------------


def test_frame(data):
    joints = data.J_regressor @ data.v_template
    np.testing.assert_allclose(joints[JOINT_NAMES.index("middle1")], 0, atol=1e-6)
    assert joints[0] == pytest.approx([0.0986, 0, 0.0035], abs=1e-4)
    tips = data.v_template[list(data.tip_vertices)]
    assert (tips[1:, 0] < joints[0, 0] - 0.12).all()  # fingers to -x
    assert (np.diff(tips[:, 2]) < 0).all()  # thumb on the +z side, then index to little finger
    normals = mesh.vertex_normals(data.v_template, data.faces)
    assert normals[22] @ [0, -1, 0] > 0.8  # the palm faces -y
    assert normals[95] @ [0, 1, 0] > 0.8


@pytest.mark.parametrize(
    ("bone", "azimuth", "elevation"),
    [("index1", 4, -3), ("middle2", -10, 3), ("ring2", -18, 3), ("pinky1", -35, 0), ("thumb2", 35, 11)],
)
def test_bones_rest_in_the_directions_of_mano(data, bone, azimuth, elevation):
    """Directions of the official rest joints in whole degrees. Fitting to people's breadth fans them out a little."""
    joints = data.J_regressor @ data.v_template
    j = JOINT_NAMES.index(bone)
    x, y, z = joints[j + 1] - joints[j]
    assert np.degrees(np.arctan2(z, -x)) == pytest.approx(azimuth, abs=0.8)
    assert np.degrees(np.arctan2(-y, np.hypot(x, z))) == pytest.approx(elevation, abs=0.8)


def test_tips_lie_furthest_along_the_last_bone(data):
    joints = data.J_regressor @ data.v_template
    for finger in MANO_FINGERS:
        tip, last = data.tip_vertices[FINGERS.index(finger)], JOINT_NAMES.index(f"{finger}3")
        along = data.v_template[tip] - joints[last]
        own = data.lbs_weights[:, last] > 0.9
        reach = (data.v_template[own] - joints[last]) @ along / np.linalg.norm(along)
        assert np.linalg.norm(along) > reach.max() - 0.0015  # the very furthest may lie off the bone's line


# --- mirror -----------------------------------------------------------------------------------------------------------


def test_the_left_hand_is_an_exact_mirror_image(data):
    """Posed left = mirrored posed right, for any betas and pose."""
    rng = np.random.default_rng(0)
    betas, pose = torch.from_numpy(rng.normal(size=10)), torch.from_numpy(rng.normal(size=(16, 3)))
    mirrored_pose = pose * torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)
    right = Hand(data, dtype=torch.float64)(betas=betas, global_orient=pose[0], hand_pose=pose[1:])
    left = Hand(data.mirrored(), dtype=torch.float64)(
        betas=betas, global_orient=mirrored_pose[0], hand_pose=mirrored_pose[1:]
    )
    expected = right.vertices.numpy() * [-1, 1, 1]
    np.testing.assert_allclose(left.vertices.numpy(), expected, atol=1e-14)
    assert mesh.volume(left.vertices.numpy(), mesh.closed(data.mirrored().faces)) > 0  # faces still look outwards


# --- shapes -----------------------------------------------------------------------------------------------------------

HL, HB, HC, PL, WC = range(5)


@pytest.fixture(scope="module")
def measures_mm(data):
    """The five measures of 1,500 random hands."""
    ruler = HandRuler(data.v_template, data.J_regressor @ data.v_template, data.faces)
    betas = np.random.default_rng(0).normal(size=(1500, 10))
    shapes = data.v_template + np.tensordot(betas, data.shapedirs, (1, 2))
    return 1e3 * np.array([ruler(vertices, data.J_regressor @ vertices) for vertices in shapes])


def mixed():
    """Mean and covariance of half men, half women."""
    male, female = ANSUR["male"], ANSUR["female"]
    covariances = [np.array(s.correlation) * np.outer(s.sd_mm, s.sd_mm) for s in (male, female)]
    half_difference = (np.array(male.mean_mm) - female.mean_mm) / 2
    mean = (np.array(male.mean_mm) + female.mean_mm) / 2
    return mean, sum(covariances) / 2 + np.outer(half_difference, half_difference)


def test_random_hands_are_as_large_as_people(measures_mm):
    mean, covariance = mixed()
    sd = np.sqrt(np.diag(covariance))
    fitted = [HL, HB, PL, WC]
    np.testing.assert_allclose(measures_mm.mean(0)[fitted], mean[fitted], atol=0.6)  # two standard errors: 0.6 mm in HL
    np.testing.assert_allclose(measures_mm.std(0)[fitted], sd[fitted], rtol=0.06)
    # A tape reads more than the hull of our section: circumference is not fitted, and 4 % low.
    assert measures_mm.mean(0)[HC] / mean[HC] == pytest.approx(0.957, abs=0.005)


def test_measures_go_together_as_in_people(measures_mm):
    _, covariance = mixed()
    sd = np.sqrt(np.diag(covariance))
    people, hands = covariance / np.outer(sd, sd), np.corrcoef(measures_mm.T)
    for pair in ((HL, HB), (HL, PL), (HB, WC)):
        assert hands[pair] == pytest.approx(people[pair], abs=0.03)


@pytest.mark.parametrize("sex", ["male", "female"])
def test_the_mean_man_and_woman(data, sex):
    ruler = HandRuler(data.v_template, data.J_regressor @ data.v_template, data.faces)
    vertices = data.v_template + data.shapedirs @ getattr(data, f"betas_{sex}")
    measured = 1e3 * ruler(vertices, data.J_regressor @ vertices)
    fitted = [HL, HB, PL, WC]
    np.testing.assert_allclose(measured[fitted], np.array(ANSUR[sex].mean_mm)[fitted], atol=0.5)


def test_the_first_three_shapes_carry_nearly_all(data):
    variance = (data.shapedirs**2).sum((0, 1))
    shares = variance / variance.sum()
    np.testing.assert_allclose(shares[:4], [0.869, 0.085, 0.031, 0.007], atol=0.001)
    assert (np.diff(shares) <= 0).all()
    assert shares[4:].sum() < 0.01
    directions = data.shapedirs.reshape(-1, 10)
    gram = directions.T @ directions / np.sqrt(np.outer(variance, variance))
    np.testing.assert_allclose(gram, np.eye(10), atol=1e-5)  # orthogonal, up to float32


@pytest.mark.parametrize("beta", range(10))
@pytest.mark.parametrize("value", [-2, 2])
def test_no_hand_of_two_standard_deviations_cuts_itself(data, beta, value):
    vertices = data.v_template + value * data.shapedirs[:, :, beta]
    assert len(mesh.intersecting_pairs(vertices, data.faces)) == 0


# --- poses ------------------------------------------------------------------------------------------------------------


def bent(mcp, pip, dip):
    return {f"{finger}{k}": (angle, 0.0, 0.0) for finger in FOUR for k, angle in ((1, mcp), (2, pip), (3, dip))}


# Angles in degrees. In the pinch and the fist the thumb's were solved for contact once.
RELAXED = {
    f"{finger}{k}": (angle + 4 * i, (0, 2, 3, 9)[i] if k == 1 else 0, 0)
    for i, finger in enumerate(FOUR)
    for k, angle in ((1, 18), (2, 28), (3, 15))
} | {"thumb1": (6, 18, 4), "thumb2": (8, 0, 0), "thumb3": (12, 0, 0)}
PINCH = {
    f"{finger}{k}": (angle - 3 * i, (2, 3, 8)[i] if k == 1 else 0, 0)
    for i, finger in enumerate(FOUR[1:])
    for k, angle in ((1, 26), (2, 30), (3, 16))
} | {
    "index1": (40, 1, 0), "index2": (50, 0, 0), "index3": (28, 0, 0),
    "thumb1": (35.5, 24.2, -1.6), "thumb2": (7.3, 0, 0), "thumb3": (-5.8, 0, 0),
}  # fmt: skip
FIST = {
    f"{finger}{k}": (angle, (-3, 3, 5, 17)[i] if k == 1 else 0, 0)
    for i, finger in enumerate(FOUR)
    for k, angle in ((1, 84), (2, 98), (3, 60))
} | {"thumb1": (23.7, -2.0, 21.0), "thumb2": (33.1, 0, 0), "thumb3": (49.1, 0, 0)}


def posed(hand, degrees):
    """Abduction, then flexion, then twist: the order of the builder, with which the figures below were reached."""
    angles = torch.tensor([degrees.get(name, (0, 0, 0)) for name in JOINT_NAMES[1:]], dtype=torch.float64)
    turns = axis_angle_to_rotmat(torch.deg2rad(angles)[..., None] * joint_axes(hand.data))
    flexion, abduction, twist = turns.unbind(1)
    return hand(hand_rotmat=abduction @ flexion @ twist).vertices.numpy()


@pytest.mark.parametrize(
    ("degrees", "loss_percent", "num_pairs"),
    [
        (bent(90, 0, 0), 4.9, 51),
        (bent(0, 90, 0), 2.2, 32),
        (bent(0, 0, 80), 1.0, 4),
        (bent(60, 60, 40), 3.3, 5),
        (RELAXED, 0.5, 0),
        (PINCH, 2.5, 36),
        (FIST, 9.3, 480),  # most of these are fingers that touch the palm and one another
    ],
    ids=["MCP 90", "PIP 90", "DIP 80", "60 60 40", "relaxed", "pinch", "fist"],
)
def test_bent_hands_keep_their_volume_and_hardly_cut_themselves(data, hand, degrees, loss_percent, num_pairs):
    """Bounds are what was reached when the recipe was made; plain skinning loses up to 11.9 % and cuts 482 pairs."""
    faces = mesh.closed(data.faces)
    flat, vertices = mesh.volume(data.v_template, faces), posed(hand, degrees)
    assert flat == pytest.approx(343e-6, rel=0.005)
    assert 100 * (1 - mesh.volume(vertices, faces) / flat) < loss_percent + 0.05
    assert len(mesh.intersecting_pairs(vertices, data.faces)) <= num_pairs


@pytest.mark.parametrize(("degrees", "before", "after"), [(bent(90, 0, 0), 6.3, 4.95), (FIST, 11.9, 9.35)])
def test_correctives_save_volume_that_plain_skinning_loses(data, degrees, before, after):
    faces = mesh.closed(data.faces)
    flat = mesh.volume(data.v_template, faces)
    plain = Hand(replace(data, posedirs=np.zeros_like(data.posedirs)), dtype=torch.float64)
    corrected = Hand(data, dtype=torch.float64)
    losses = [100 * (1 - mesh.volume(posed(one, degrees), faces) / flat) for one in (plain, corrected)]
    assert losses[0] == pytest.approx(before, abs=0.2)
    assert losses[1] < after


def test_folds_do_not_overlap(data, hand):
    """At 90 degrees in the knuckles skin overlaps in less than a thousandth of the volume."""
    union, twice = mesh.overlap_volume(posed(hand, bent(90, 0, 0)), mesh.closed(data.faces), num_points=3_000)
    assert twice < 1e-3 * union


# --- pose space -------------------------------------------------------------------------------------------------------


def test_pose_components_are_orthonormal_and_close_the_hand(data):
    np.testing.assert_allclose(data.hands_components @ data.hands_components.T, np.eye(45), atol=1e-6)
    assert (data.hands_components[:, 2::3].sum(1) > 0).all()


def test_the_mean_pose_is_a_loosely_closed_hand(data):
    flexion = np.degrees(data.hands_mean.reshape(15, 3)[:12, 2])  # fingers flex about +z
    assert (flexion > 10).all()
    assert (flexion < 60).all()
