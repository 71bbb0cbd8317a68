"""What the checkers of *Skinning* take for the truth, against closed forms and the library; and each of their hints."""

import numpy as np
import pytest
import torch

from hands import check, mano
from hands.check import skinning
from hands.mano import gestures
from hands.mano.lbs import skin_batch
from hands.mano.mesh import boundary_loop


def test_volume_of_a_box_is_the_product_of_its_edges():
    assert skinning._closed_volume(*skinning.OPEN_BOX) == pytest.approx(0.03 * 0.04 * 0.05, rel=1e-12)


def test_rim_of_the_hand_is_the_loop_at_the_wrist():
    data = mano.load().data
    rim = boundary_loop(data.faces)
    edges = {(a, b) for face in data.faces.tolist() for a, b in zip(face, face[1:] + face[:1], strict=True)}
    assert len(set(rim)) == len(rim) == 16
    assert all((a, b) in edges and (b, a) not in edges for a, b in zip(rim, np.roll(rim, -1), strict=True))


def test_skinning_is_that_of_the_library():
    hand = mano.load(dtype=torch.float64)
    rotmat, posed = skinning._frames(hand, "relaxed")
    rest = hand().joints.numpy()
    planar = np.concatenate([rotmat, (posed - np.einsum("jab,jb->ja", rotmat, rest))[..., None]], 2)
    still = torch.eye(146, dtype=torch.float64)[:, :1]
    expected = skin_batch(still, torch.from_numpy(planar).permute(1, 2, 0)[..., None], hand.blend, hand.lbs_weights)[0]
    got = skinning._skin(hand.data.v_template, hand.data.lbs_weights, rotmat, posed, rest)
    np.testing.assert_allclose(got, expected.numpy(), atol=1e-14)


def test_rest_joints_are_those_of_the_library():
    hand = mano.load(dtype=torch.float64)
    data = hand.data
    joints = skinning._rest_joints(data.v_template, data.shapedirs, data.J_regressor, skinning.LARGE)
    np.testing.assert_allclose(joints, hand(betas=torch.from_numpy(skinning.LARGE)).joints.numpy(), atol=1e-14)


def test_weight_gradient_is_a_difference_quotient():
    rng = np.random.default_rng(0)
    weights, vertex, step = rng.dirichlet(np.ones(16)), rng.normal(size=3), 1e-6
    transforms = np.tile(np.eye(4), (16, 1, 1))
    transforms[:, :3] = rng.normal(size=(16, 3, 4))

    def posed(w):
        return np.einsum("j,jab,b->a", w / w.sum(), transforms, np.append(vertex, 1.0))[:3]

    steps = step * np.eye(16)
    expected = [(posed(weights + s) - posed(weights - s)) / (2 * step) for s in steps]
    np.testing.assert_allclose(skinning._weight_gradient(weights, transforms, vertex), expected, atol=1e-8)


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("rest_joints", skinning._joints_displaced, "add the template"),
        ("rest_joints", skinning._shaped, "makes joints of them"),
        ("skin", skinning._with_G, "take the rest joint"),
        ("skin", skinning._rigid_parts, "blend all 16"),
        ("skin", skinning._transposed, "wrong way round"),
        ("skin", skinning._without_posed_joint, "add the posed joint"),
        ("skin", skinning._about_posed_joint, "posed joint was taken away first"),
        ("skin", skinning._about_rest_joint, "rest joint was added back"),
        ("skin", skinning._joints_swapped, "changed places"),
        ("closed_volume", skinning._without_cap, "still open"),
        ("closed_volume", skinning._times(1e6), "that is in ml"),
        ("closed_volume", skinning._cap_inside_out, "inside out"),
        ("closed_volume", skinning._times(6.0), "six times"),
        ("closed_volume", skinning._times(2.0), "half of a parallelogram"),
        ("closed_volume", skinning._times(-1.0), "sign is wrong"),
        ("closed_volume", skinning._without_signs, "absolute values"),
        ("weight_gradient", skinning._unnormalised, "their pull is missing"),
        ("weight_gradient", skinning._times_weight, "by its own weight"),
        ("weight_gradient", lambda *case: -skinning._weight_gradient(*case), "direction is reversed"),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message


def fan(rim, first):
    around = np.roll(rim, -first)
    return [(around[0], around[k + 1], around[k]) for k in range(1, len(rim) - 1)]


def zigzag(rim):
    low, high, triangles = 0, len(rim) - 1, []
    while high - low > 1:
        triangles.append((rim[low], rim[high], rim[low + 1]))
        low += 1
        if high - low > 1:
            triangles.append((rim[low], rim[high], rim[high - 1]))
            high -= 1
    return triangles


def volume_with(triangles, *, factor=1 / 6, signed=True):
    def volume(vertices, faces, rim):
        a, b, c = vertices[np.vstack([faces, triangles(rim)])].swapaxes(0, 1)
        products = np.einsum("fi,fi->f", a, np.cross(b, c))
        return factor * (products if signed else np.abs(products)).sum()

    return volume


def volume_with_centroid(vertices, faces, rim):
    spokes = [(len(vertices), after, before) for before, after in zip(rim, np.roll(rim, -1), strict=True)]
    return volume_with(lambda _: spokes)(np.vstack([vertices, vertices[rim].mean(0)]), faces, rim)


CAPS = {f"fan from {first}": lambda rim, first=first: fan(rim, first % len(rim)) for first in range(16)}
CAPS["zigzag"] = zigzag


@pytest.mark.parametrize("volume", [*map(volume_with, CAPS.values()), volume_with_centroid])
def test_every_way_to_close_the_wrist_passes(volume):
    assert check.closed_volume(volume)


@pytest.mark.parametrize("cap", [CAPS["fan from 5"], zigzag])
@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda cap: volume_with(lambda rim: cap(rim[::-1])), "inside out"),
        (lambda cap: volume_with(cap, factor=1.0), "six times"),
        (lambda cap: volume_with(cap, factor=-1 / 6), "sign is wrong"),
        (lambda cap: volume_with(cap, factor=1e6 / 6), "in ml"),
        (lambda cap: volume_with(cap, signed=False), "absolute values"),
        (lambda cap: volume_with(lambda rim: cap(rim)[1:]), "largest difference"),
    ],
)
def test_mistakes_are_named_whatever_the_cap(cap, wrong, hint):
    verdict = check.closed_volume(wrong(cap))
    assert not verdict
    assert hint in verdict.message


def test_volume_must_not_change_when_the_hand_moves():
    """An error too small for the tolerance on the hand itself."""
    verdict = check.closed_volume(
        lambda v, f, r: skinning._closed_volume(v, f, r) + 1e-6 * (len(v) == 778) * (v.min() > 0.5)
    )
    assert not verdict
    assert "moved by a metre" in verdict.message


def test_fist_case_needs_more_than_the_flat_hand():
    """A volume remembered from the flat hand fails on the fist."""
    flat = skinning._closed_volume(mano.load(dtype=torch.float64).data.v_template, *_mesh())
    verdict = check.closed_volume(lambda v, f, r: flat if len(v) == 778 else skinning._closed_volume(v, f, r))
    assert not verdict
    assert "a fist" in verdict.message


def _mesh():
    faces = mano.load().data.faces
    return faces, boundary_loop(faces)


def test_frames_follow_the_key_pose():
    hand = mano.load(dtype=torch.float64)
    pose = gestures.key_pose("fist", hand.data, torch.float64)
    np.testing.assert_allclose(skinning._frames(hand, "fist")[1], hand(hand_pose=pose[1:]).joints.numpy(), atol=1e-14)
