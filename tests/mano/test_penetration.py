"""References: the hand's mesh (winding numbers, intersecting triangles), a loop twin, closed forms, mirror images."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from hands import mano
from hands.conventions import JOINT_NAMES, PARENTS
from hands.mano import mesh, penetration
from hands.mano.anatomy import angles_to_hand_pose, clamp_angles, joint_axes
from hands.mano.gestures import key_angles
from hands.mano.hand import Hand
from hands.mano.penetration import Spheres
from tests.mano.loop_twin import pose_hand

NAMES = ("flat", "relaxed", "spread", "fist", "thumb-up", "rock", "point", "pinch")


@pytest.fixture(scope="module")
def hand():
    return mano.load(dtype=torch.float64)


@pytest.fixture(scope="module")
def spheres(hand):
    return Spheres.of(hand)


def hand_pose(hand, name, **more):
    """A key pose, with degrees of (flexion, abduction, twist) added to some of its joints."""
    angles = key_angles(name).clone()
    for joint, degrees in more.items():
        angles[JOINT_NAMES.index(joint) - 1] += torch.tensor(degrees, dtype=torch.float64)
    return angles_to_hand_pose(joint_axes(hand.data), torch.deg2rad(angles))


def random_poses(hand, count, seed):
    """Between two key poses, or each finger in one of its own; with noise; no joint beyond its limits."""
    generator = torch.Generator().manual_seed(seed)
    keys = torch.stack([key_angles(name) for name in NAMES])
    one, other, own = (
        torch.randint(len(NAMES), shape, generator=generator) for shape in ((count,), (count,), (count, 5))
    )
    way = torch.rand(count, 1, 1, generator=generator, dtype=torch.float64)
    angles = keys[one] * (1 - way) + keys[other] * way
    mixed = torch.stack([keys.unflatten(1, (5, 3))[own[:, f], f] for f in range(5)], 1).flatten(1, 2)
    angles[::3] = mixed[::3]
    spread = torch.tensor([8.0, 4.0, 2.0], dtype=torch.float64)
    angles = torch.deg2rad(angles + spread * torch.randn(count, 15, 3, generator=generator, dtype=torch.float64))
    return angles_to_hand_pose(joint_axes(hand.data), clamp_angles(angles))


# --- the spheres ------------------------------------------------------------------------------------------------------


def rest(spheres, betas):
    """Centres (N, 3) and radii (N,) in the flat hand, by numpy."""
    constant = np.concatenate([[1.0], betas])
    return (spheres.blend[..., :11].numpy() @ constant).T, spheres.radius_blend.numpy() @ constant


def shaped(data, betas):
    return data.v_template + data.shapedirs @ betas


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_spheres_fill_the_hand_whatever_its_shape(hand, spheres, seed):
    betas = np.zeros(10) if seed is None else np.random.default_rng(seed).normal(size=10)
    vertices = shaped(hand.data, betas)
    centres, radii = rest(spheres, betas)
    assert (mesh.winding_number(centres, vertices, hand.data.faces) > 0.5).all()
    outside = np.linalg.norm(vertices[:, None] - centres, axis=2) - radii
    assert outside.min() > -2e-3  # no sphere stands out of the skin by more
    assert (outside.min(1) < 1.5e-3).mean() > 0.85  # and nearly all of the skin is near one
    assert 80 < len(radii) < 200


def test_spheres_follow_the_skin_of_a_bent_hand(hand, spheres):
    pose = hand_pose(hand, "relaxed", index2=(40, 0, 0), middle1=(30, 0, 0))
    vertices, outside = hand(hand_pose=pose).vertices.numpy(), []
    centres, radii = twin_centres(hand.data, spheres, np.zeros(10), pose.numpy())
    outside = np.linalg.norm(vertices[:, None] - centres, axis=2) - radii
    assert (np.abs(outside.min(1)) < 2e-3).mean() > 0.85


def test_no_vertex_id_is_built_in(hand, spheres):
    """The same hand with its vertices in another order has the same spheres."""
    data, order = hand.data, np.random.default_rng(0).permutation(hand.data.num_vertices)
    place = np.argsort(order)
    shuffled = replace(
        data,
        v_template=data.v_template[order],
        shapedirs=data.shapedirs[order],
        posedirs=data.posedirs[order],
        J_regressor=data.J_regressor[:, order],
        lbs_weights=data.lbs_weights[order],
        faces=place[data.faces],
        tip_vertices=tuple(int(place[v]) for v in data.tip_vertices),
    )
    poses = random_poses(hand, 8, seed=5)
    other = Spheres.of(Hand(shuffled, dtype=torch.float64))
    assert other.pairs == spheres.pairs
    torch.testing.assert_close(penetration.depth(other, poses), penetration.depth(spheres, poses), rtol=0, atol=1e-9)


# --- the equations ----------------------------------------------------------------------------------------------------


def twin_centres(data, spheres, betas, pose):
    """Centres and radii in the posed hand, the spheres posed by the loop twin as further vertices of the mesh."""
    blend = spheres.blend.numpy().swapaxes(0, 1)  # (N, 3, 146): correctives run (row, column, joint)
    correctives = blend[:, :, 11:].reshape(-1, 3, 9, 15).swapaxes(2, 3).reshape(-1, 3, 135)
    weights = spheres.lbs_weights.numpy()
    extended = replace(
        data,
        v_template=np.concatenate([data.v_template, blend[:, :, 0]]),
        shapedirs=np.concatenate([data.shapedirs, blend[:, :, 1:11]]),
        posedirs=np.concatenate([data.posedirs, correctives]),
        J_regressor=np.pad(data.J_regressor, ((0, 0), (0, len(weights)))),
        lbs_weights=np.concatenate([data.lbs_weights, weights]),
    )
    vertices, _ = pose_hand(extended, betas, np.concatenate([np.zeros((1, 3)), pose]), 0)
    return vertices[data.num_vertices :], spheres.radius_blend.numpy() @ np.concatenate([[1], betas])


def related(a, b):
    return a == b or PARENTS[a] == b or PARENTS[b] == a


def twin_depths(data, spheres, betas, pose):
    """Depth of each pair of parts by name, one pair of spheres at a time."""
    centres, radii = twin_centres(data, spheres, betas, pose)
    flat, _ = rest(spheres, betas)
    weights = spheres.lbs_weights.numpy()
    parts = weights.argmax(1)
    kin = np.array([[related(a, b) for b in range(16)] for a in range(16)])
    deepest = {}
    for i in range(len(radii)):
        for j in range(len(radii)):
            if (
                parts[i] < parts[j]
                and not related(parts[i], parts[j])
                and weights[i] @ kin @ weights[j] < penetration.KINSHIP
            ):
                overlap = radii[i] + radii[j] - np.linalg.norm(centres[i] - centres[j])
                before = max(0, radii[i] + radii[j] - np.linalg.norm(flat[i] - flat[j]))
                pair = tuple("palm" if p == 0 else JOINT_NAMES[p] for p in (parts[i], parts[j]))
                deepest[pair] = max(deepest.get(pair, 0), overlap - before)
    return deepest


@pytest.mark.parametrize("name", ["fist", "pinch"])
def test_agrees_with_the_loop_twin(hand, spheres, name):
    betas = np.random.default_rng(7).normal(size=10)
    pose = hand_pose(hand, name, thumb2=(6, 0, 0), index1=(5, 0, 0))
    expected = twin_depths(hand.data, spheres, betas, pose.numpy())
    depths = penetration.depth(spheres, pose, torch.from_numpy(betas))
    assert set(expected) == set(spheres.pairs)
    np.testing.assert_allclose(depths, [expected[pair] for pair in spheres.pairs], rtol=0, atol=1e-12)
    assert (depths > 1e-3).any()


def test_no_pair_of_neighbours_counts(spheres):
    names = ("palm", *JOINT_NAMES[1:])
    assert all(not related(names.index(a), names.index(b)) for a, b in spheres.pairs)
    assert {("palm", "thumb3"), ("index3", "thumb3"), ("index1", "index3")} <= set(spheres.pairs)


@pytest.mark.parametrize("name", ["fist", "pinch", "rock"])
def test_gradients_in_pose_and_shape(hand, spheres, name):
    pose = hand_pose(hand, name, thumb1=(2, 1, 0)).requires_grad_()
    betas = torch.linspace(-1, 1, 10, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p, b: penetration.penalty(spheres, p, b) * 1e6, (pose, betas))
    assert torch.autograd.gradcheck(lambda p: penetration.worst(spheres, p) * 1e3, (pose,))


def test_gradients_of_the_flat_hand_are_finite(spheres):
    pose = torch.zeros(3, 15, 3, dtype=torch.float64, requires_grad=True)
    penetration.penalty(spheres, pose).sum().backward()
    assert not pose.grad.any()


def test_gradients_of_spheres_with_one_centre_are_finite(hand, spheres):
    pose = hand_pose(hand, "fist").requires_grad_()
    penetration.worst(replace(spheres, second=spheres.first), pose).backward()
    assert pose.grad.isfinite().all()


def test_a_hand_grown_by_a_tenth_penetrates_by_a_tenth_more(hand):
    """Without pose correctives, which do not grow with the hand, everything is a similarity."""
    data = hand.data
    growth = np.zeros_like(data.shapedirs)
    growth[:, :, 0] = data.v_template / 10
    growing = Hand(replace(data, shapedirs=growth, posedirs=np.zeros_like(data.posedirs)), dtype=torch.float64)
    spheres, pose = Spheres.of(growing), hand_pose(hand, "fist")
    betas = torch.eye(10, dtype=torch.float64)[0]
    depths = penetration.depth(spheres, pose)
    torch.testing.assert_close(penetration.depth(spheres, pose, betas), 1.1 * depths, rtol=0, atol=1e-12)
    assert depths.max() > 5e-3


# --- against the mesh -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["flat", "relaxed", "spread"])
def test_hands_that_touch_nothing_have_depth_zero(hand, spheres, name):
    pose = hand_pose(hand, name)
    assert len(mesh.intersecting_pairs(hand(hand_pose=pose).vertices.numpy(), hand.data.faces)) == 0
    assert not penetration.depth(spheres, pose).any()


def test_the_flat_hand_has_depth_zero_in_any_shape(spheres):
    betas = 2 * torch.randn(50, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert penetration.depth(spheres, torch.zeros(15, 3, dtype=torch.float64), betas).max() < 1e-12


def meeting(hand, pose, one, other):
    """How many pairs of triangles of two parts cut each other."""
    strongest = np.array(["palm", *JOINT_NAMES[1:]])[hand.data.lbs_weights.argmax(1)]
    pairs = mesh.intersecting_pairs(hand(hand_pose=pose).vertices.numpy(), hand.data.faces)
    named = strongest[hand.data.faces][pairs]  # (k, 2, 3)
    has = [(named == name).any(2) for name in (one, other)]
    return int(((has[0][:, 0] & has[1][:, 1]) | (has[0][:, 1] & has[1][:, 0])).sum())


@pytest.mark.parametrize(
    ("start", "joint", "angle", "pair"),
    [
        ("pinch", "index1", lambda t: (-6 + 15 * t, 0, 0), ("index3", "thumb3")),
        ("pinch", "index2", lambda t: (-6 + 20 * t, 0, 0), ("index3", "thumb3")),
        ("flat", "index1", lambda t: (0, -25 * t, 0), ("index2", "middle2")),
        ("flat", "index1", lambda t: (0, -25 * t, 0), ("index3", "middle3")),
    ],
)
def test_depth_begins_with_the_meshes_contact_and_grows(hand, spheres, start, joint, angle, pair):
    poses = torch.stack([hand_pose(hand, start, **{joint: angle(t)}) for t in np.linspace(0, 1, 16)])
    depths = penetration.depth(spheres, poses)[:, spheres.pairs.index(pair)].numpy()
    cuts = np.array([meeting(hand, pose, *pair) > 0 for pose in poses])
    assert not cuts[0]
    assert cuts[-1]
    assert depths[~cuts].max() < 1.5e-3
    assert (depths[np.flatnonzero(cuts)[1:]] > 0).all()
    assert (np.diff(depths[depths > 0]) > 0).all()
    assert depths[0] == 0
    assert depths[-1] > 3e-3


def test_depth_grows_by_the_way_that_a_fingertip_goes_in(hand, spheres):
    """From 2 mm to 6 mm deep, against the way of the index fingertip towards the thumb that does not move."""
    poses = torch.stack([hand_pose(hand, "pinch", index1=(a, 0, 0)) for a in (2.0, 5.5)])
    tips = hand.keypoints(hand_pose=poses)[:, 8]
    way = float(torch.linalg.norm(tips[1] - tips[0]))
    depths = penetration.depth(spheres, poses)[:, spheres.pairs.index(("index3", "thumb3"))]
    assert float(depths[1] - depths[0]) == pytest.approx(way, rel=0.3)  # the way is not quite head-on


@pytest.fixture(scope="module")
def mixed(hand):
    """40 random poses, their vertices, and the pairs of triangles that cut each other in each."""
    poses = random_poses(hand, 40, seed=11)
    vertices = hand(hand_pose=poses).vertices.numpy()
    return poses, vertices, [mesh.intersecting_pairs(one, hand.data.faces) for one in vertices]


def overlap(faces, vertices, pairs, num_points=1_000):
    """Volume (m^3) that the mesh encloses twice, by points spread over the box round all skin that is inside."""
    if not len(pairs):
        return 0.0
    closed = mesh.closed(faces)
    below = vertices - 1e-5 * mesh.vertex_normals(vertices, faces)
    sunk = np.flatnonzero(mesh.winding_number(below, vertices, closed) > 1.5)
    box = vertices[np.union1d(sunk, faces[pairs].ravel())]
    low, high = box.min(0), box.max(0)
    points = np.random.default_rng(0).uniform(low, high, (num_points, 3))
    return float(np.prod(high - low) * (mesh.winding_number(points, vertices, closed) > 1.5).mean())


def test_ranks_poses_as_the_overlap_of_the_mesh_does(hand, spheres, mixed):
    """Over 150 poses with 8,000 points each the rank correlations are 0.99 (penalty) and 0.94 (worst)."""
    poses, vertices, pairs = mixed
    volumes = [overlap(hand.data.faces, *one) for one in zip(vertices[:25], pairs, strict=False)]
    assert 5 < np.count_nonzero(volumes) < 22
    assert spearmanr(penetration.penalty(spheres, poses[:25]), volumes).statistic > 0.95
    assert spearmanr(penetration.worst(spheres, poses[:25]), volumes).statistic > 0.85


def test_says_yes_where_the_mesh_cuts_itself_and_no_where_it_does_not(spheres, mixed):
    """Few triangles that cut are a fold of skin or a contact of less than a millimetre; they may go either way."""
    poses, _, pairs = mixed
    worst = penetration.worst(spheres, poses)
    count = torch.tensor([len(one) for one in pairs])
    assert (count == 0).sum() > 4
    assert not worst[count == 0].any()
    assert (count > 40).sum() > 20
    assert worst[count > 40].min() > 1e-3


def test_following_the_penalty_down_takes_a_finger_out_of_the_thumb(hand, spheres):
    pose = hand_pose(hand, "pinch", index1=(4, 0, 0), thumb1=(-3, 0, 0)).requires_grad_()
    before = meeting(hand, pose.detach(), "index3", "thumb3")
    optimizer = torch.optim.Adam([pose], lr=0.01)
    for _ in range(40):
        optimizer.zero_grad()
        (1e6 * penetration.penalty(spheres, pose)).backward()
        optimizer.step()
    assert before > 10
    assert penetration.worst(spheres, pose) < 0.5e-3
    assert meeting(hand, pose.detach(), "index3", "thumb3") < before / 4


# --- the doors --------------------------------------------------------------------------------------------------------


def test_a_left_hand_sinks_in_as_its_mirror_image(hand, spheres):
    left = Spheres.of(mano.load(side="left", dtype=torch.float64))
    poses = random_poses(hand, 6, seed=3)
    mirrored = poses * torch.tensor([1.0, -1, -1], dtype=torch.float64)
    torch.testing.assert_close(penetration.depth(left, mirrored), penetration.depth(spheres, poses), rtol=0, atol=1e-12)
    assert left.pairs == spheres.pairs


@pytest.mark.parametrize(
    ("pose_batch", "betas_batch", "batch"),
    [
        ((), None, ()),
        ((2, 3), None, (2, 3)),
        ((70, 2), (), (70, 2)),
        ((70, 1), (2,), (70, 2)),
        ((), (3,), (3,)),
        ((2,), (1,), (2,)),
        ((0,), None, (0,)),
        ((0, 4), (4,), (0, 4)),
    ],
)
def test_batches_broadcast_and_each_hand_is_measured_by_itself(hand, spheres, pose_batch, betas_batch, batch):
    generator = torch.Generator().manual_seed(1)
    pose = hand_pose(hand, "fist") + 0.1 * torch.randn(*pose_batch, 15, 3, generator=generator, dtype=torch.float64)
    betas = None if betas_batch is None else torch.randn(*betas_batch, 10, generator=generator, dtype=torch.float64)
    depths = penetration.depth(spheres, pose, betas)
    assert depths.shape == (*batch, len(spheres.pairs))
    assert penetration.worst(spheres, pose, betas).shape == penetration.penalty(spheres, pose, betas).shape == batch
    if depths.numel():
        last_betas = None if betas is None else betas.expand(*batch, 10).reshape(-1, 10)[-1]
        alone = penetration.depth(spheres, pose.expand(*batch, 15, 3).reshape(-1, 15, 3)[-1], last_betas)
        torch.testing.assert_close(depths.reshape(-1, len(spheres.pairs))[-1], alone, rtol=0, atol=1e-12)


def test_single_precision_is_good_to_a_micrometre(hand, spheres):
    poses = random_poses(hand, 5, seed=2)
    single = Spheres.of(mano.load())
    depths = penetration.depth(single, poses.float())
    assert depths.dtype == torch.float32
    torch.testing.assert_close(depths.double(), penetration.depth(spheres, poses), rtol=0, atol=1e-6)


def test_contacts_are_named_deepest_first(hand, spheres):
    depths = penetration.depth(spheres, hand_pose(hand, "pinch", index1=(5, 0, 0)))
    found = penetration.contacts(spheres, depths)
    assert next(iter(found)) == ("index3", "thumb3")
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert sum(found.values()) == pytest.approx(float(depths.sum()))
    assert penetration.contacts(spheres, torch.zeros_like(depths)) == {}


@pytest.mark.parametrize(
    ("pose", "betas", "message"),
    [
        (torch.zeros(45), None, r"hand_pose has shape \(45,\), expected \(\.\.\., 15, 3\)"),
        (torch.zeros(15, 3), torch.zeros(9), r"betas has shape \(9,\), expected \(\.\.\., 10\)"),
        (torch.zeros(4, 15, 3), torch.zeros(3, 10), r"do not broadcast .* hand_pose \(4,\), betas \(3,\)"),
    ],
)
def test_wrong_shapes_are_refused(spheres, pose, betas, message):
    call = penetration.depth
    while hasattr(call, "__wrapped__"):  # without jaxtyping's check, as a user has it
        call = call.__wrapped__
    with pytest.raises(ValueError, match=message):
        call(spheres, pose, betas)
