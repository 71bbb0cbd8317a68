"""The hand against a slow twin, smplx, and itself in every parameterisation."""

import subprocess
import sys

import numpy as np
import pytest
import roma
import torch

from hands import mano
from hands.conventions import KEYPOINT_NAMES, KEYPOINT_PARENTS
from tests.mano.loop_twin import pose_hand

SIDES = ("right", "left")


@pytest.fixture(scope="module", params=SIDES)
def hand(request):
    return mano.load(side=request.param, dtype=torch.float64)


def random_inputs(*batch, dtype=torch.float64, seed=0, angle=0.7):
    generator = torch.Generator().manual_seed(seed)
    shapes = {"betas": (10,), "global_orient": (3,), "hand_pose": (15, 3), "transl": (3,)}
    return {
        name: angle * torch.randn(*batch, *tail, generator=generator, dtype=torch.float64).to(dtype)
        for name, tail in shapes.items()
    }


def test_agrees_with_the_loop_twin(hand):
    inputs = random_inputs(3)
    output = hand(**inputs)
    for i in range(3):
        full_pose = torch.cat([inputs["global_orient"][i, None], inputs["hand_pose"][i]]).numpy()
        vertices, joints = pose_hand(hand.data, inputs["betas"][i].numpy(), full_pose, inputs["transl"][i].numpy())
        np.testing.assert_allclose(output.vertices[i], vertices, rtol=0, atol=1e-12)
        np.testing.assert_allclose(output.joints[i], joints, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("dtype", "atol"), [(torch.float64, 1e-7), (torch.float32, 1e-6)])
@pytest.mark.parametrize("side", SIDES)
def test_agrees_with_smplx(side, dtype, atol):
    """smplx's own rotations are good to 2e-8 (it adds 1e-8 to every component before taking the angle)."""
    hand = mano.load(side=side, dtype=dtype)
    inputs = random_inputs(150, dtype=dtype)
    output = hand(**inputs)
    reference = hand.to_smplx()(**(inputs | {"hand_pose": inputs["hand_pose"].flatten(1)}))
    torch.testing.assert_close(output.vertices, reference.vertices, rtol=0, atol=atol)
    torch.testing.assert_close(output.joints, reference.joints, rtol=0, atol=atol)


def test_every_parameterisation_says_the_same(hand):
    inputs = random_inputs(5)
    expected = hand(**inputs).vertices
    rotmat = {k: roma.rotvec_to_rotmat(inputs[k]) for k in ("global_orient", "hand_pose")}
    sixd = {k: R[..., :2].mT.flatten(-2) for k, R in rotmat.items()}
    pca = torch.linalg.solve(hand.hands_components.T, (inputs["hand_pose"].flatten(1) - hand.hands_mean).T).T
    wrist = {
        "axis-angle": {"global_orient": inputs["global_orient"]},
        "matrix": {"global_rotmat": rotmat["global_orient"]},
        "6D": {"global_6d": sixd["global_orient"]},
    }
    fingers = {
        "axis-angle": {"hand_pose": inputs["hand_pose"]},
        "matrix": {"hand_rotmat": rotmat["hand_pose"]},
        "6D": {"hand_6d": sixd["hand_pose"]},
        "PCA": {"hand_pca": pca},
    }
    rest = {"betas": inputs["betas"], "transl": inputs["transl"]}
    for a in wrist.values():
        for b in fingers.values():
            torch.testing.assert_close(hand(**rest, **a, **b).vertices, expected, rtol=0, atol=1e-12)


def test_6d_takes_columns_and_orthonormalises(hand):
    """[a1, a2] = the first two columns, whatever their lengths: Zhou et al. 2019, equation 15."""
    rotation = roma.rotvec_to_rotmat(torch.tensor([0.3, -0.8, 0.5], dtype=torch.float64))
    skewed = torch.cat([2 * rotation[:, 0], 3 * rotation[:, 1] + 0.7 * rotation[:, 0]])
    torch.testing.assert_close(
        hand(global_6d=skewed).vertices, hand(global_rotmat=rotation).vertices, rtol=0, atol=1e-12
    )


def test_few_components_of_the_pca(hand):
    coefficients = torch.tensor([1.0, -0.5, 0.25], dtype=torch.float64)
    pose = hand.hands_mean + coefficients @ hand.hands_components[:3]
    torch.testing.assert_close(
        hand(hand_pca=coefficients).vertices, hand(hand_pose=pose.unflatten(0, (15, 3))).vertices, rtol=0, atol=1e-12
    )


def test_keypoints_are_those_of_the_mesh(hand):
    inputs = random_inputs(2, 3)
    output = hand(**inputs)
    torch.testing.assert_close(hand.keypoints(**inputs), output.keypoints, rtol=0, atol=1e-14)


def test_keypoints_are_ordered_and_tips_are_vertices(hand):
    output = hand()
    thumb, index, middle, ring, pinky = (output.keypoints[4 * i + 4] for i in range(5))
    for tip, vertex in zip((thumb, index, middle, ring, pinky), hand.data.tip_vertices, strict=True):
        assert torch.equal(tip, output.vertices[vertex])
    order = torch.stack([thumb, index, middle, ring, pinky])[:, 2]
    assert (order.diff() < 0).all(), "in the flat hand the tips lie in order along z, thumb first"
    names = dict(zip(KEYPOINT_NAMES, output.keypoints, strict=True))
    assert torch.equal(names["ring1"], output.joints[10])
    assert torch.equal(names["pinky1"], output.joints[7])
    lengths = (output.keypoints[1:] - output.keypoints[list(KEYPOINT_PARENTS[1:])]).norm(dim=-1)
    assert 0.015 < lengths.min() < lengths.max() < 0.12


@pytest.mark.parametrize("batch", [(), (1,), (4,), (2, 3), (0,), (70,), (5, 14)])
def test_any_batch_shape(hand, batch):
    inputs = random_inputs(*batch)
    output = hand(**inputs)
    assert output.vertices.shape == (*batch, 778, 3)
    assert output.joints.shape == (*batch, 16, 3)
    assert output.keypoints.shape == hand.keypoints(**inputs).shape == (*batch, 21, 3)
    assert all(points.is_contiguous() for points in output)


def test_batches_broadcast(hand):
    inputs = random_inputs(4)
    whole = hand(**inputs | {"betas": inputs["betas"][:1].expand(4, 10)})
    shared = hand(**inputs | {"betas": inputs["betas"][0]})
    torch.testing.assert_close(whole.vertices, shared.vertices, rtol=0, atol=1e-14)


@pytest.mark.parametrize("size", [1, 2, 15, 16, 63, 64, 65, 130])
def test_chunks_do_not_show(hand, size):
    """Few hands, one chunk, several chunks: a hand comes out the same in any company, and so do its gradients."""
    inputs = random_inputs(130)
    one_by_one = torch.cat([hand(**{k: v[i : i + 1] for k, v in inputs.items()}).vertices for i in range(size)])
    some = {k: v[:size].clone().requires_grad_() for k, v in inputs.items()}
    together = hand(**some).vertices
    torch.testing.assert_close(together, one_by_one, rtol=0, atol=1e-13)
    together.square().sum().backward()
    last = {k: v[size - 1 : size].clone().requires_grad_() for k, v in inputs.items()}
    hand(**last).vertices.square().sum().backward()
    for name, tensor in last.items():
        torch.testing.assert_close(some[name].grad[-1:], tensor.grad, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("at_zero", [True, False])
def test_first_and_second_derivatives(at_zero):
    hand = mano.load(dtype=torch.float64)
    inputs = random_inputs(17, angle=0.0 if at_zero else 0.5)
    leaves = {k: v[:2].requires_grad_() for k, v in inputs.items()}
    rest = {k: v[2:] for k, v in inputs.items()}

    def some_vertices(*arguments):
        both = {k: torch.cat([a, rest[k]]) for k, a in zip(leaves, arguments, strict=True)}
        return hand(**both).vertices[:2, ::150]

    assert torch.autograd.gradcheck(some_vertices, tuple(leaves.values()))
    assert torch.autograd.gradgradcheck(some_vertices, tuple(leaves.values()), atol=1e-4)


def test_gradients_are_finite_at_zero_in_float32():
    hand = mano.load()
    pose = torch.zeros(100, 15, 3, requires_grad=True)
    hand(hand_pose=pose).vertices.sum().backward()
    assert pose.grad.isfinite().all()
    assert pose.grad.abs().max() > 0


def test_functional_transforms_work(hand):
    pose = random_inputs(20)["hand_pose"]
    jacobian = torch.func.jacrev(lambda p: hand.keypoints(hand_pose=p))(pose[0])
    mapped = torch.func.vmap(lambda p: hand(hand_pose=p).vertices)(pose)
    assert jacobian.shape == (21, 3, 15, 3)
    torch.testing.assert_close(mapped, hand(hand_pose=pose).vertices, rtol=0, atol=1e-13)


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch's own, on the first use of jvp
@pytest.mark.parametrize("size", [4, 70])
def test_forward_mode_derivatives(size):
    """Against a central difference, good to the step squared."""
    hand = mano.load(dtype=torch.float64)
    pose = random_inputs(size)["hand_pose"]
    direction = random_inputs(size, seed=1)["hand_pose"]

    def mesh(p):
        return hand(hand_pose=p).vertices

    _, tangent = torch.func.jvp(mesh, (pose,), (direction,))
    expected = (mesh(pose + 1e-6 * direction) - mesh(pose - 1e-6 * direction)) / 2e-6
    torch.testing.assert_close(tangent, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("size", [4, 40])
def test_autocast_does_not_reach_the_hand(size):
    """bfloat16 transforms would be millimetres wrong; half-precision arguments are welcome."""
    hand, exact = mano.load(), mano.load(dtype=torch.float64)
    pose = random_inputs(size)["hand_pose"].bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = hand(hand_pose=pose, transl=torch.full((3,), 0.5))
        keypoints = hand.keypoints(hand_pose=pose, transl=torch.full((3,), 0.5))
    expected = exact(hand_pose=pose.double(), transl=torch.full((3,), 0.5, dtype=torch.float64))
    assert output.vertices.dtype == keypoints.dtype == torch.float32
    torch.testing.assert_close(output.vertices.double(), expected.vertices, rtol=0, atol=1e-6)
    torch.testing.assert_close(keypoints.double(), expected.keypoints, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "first_use",
    [
        "with torch.inference_mode(): hand(hand_pose=pose), hand.keypoints(hand_pose=pose)",
        "torch.export.export(hand, (), {'hand_pose': pose})",
    ],
)
def test_what_is_called_first_does_not_matter(first_use):
    """In a process of its own: constants made on the first call must not carry its mode into training."""
    code = f"""
import torch
from hands import mano
hand = mano.load()
pose = torch.zeros(20, 15, 3)
{first_use}
pose = pose.clone().requires_grad_()
hand(hand_pose=pose).vertices.sum().backward()
hand.keypoints(hand_pose=pose).sum().backward()
assert type(hand().vertices) is torch.Tensor
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("size", [4, 40])
def test_the_model_itself_can_be_trained(size):
    hand = mano.load()
    hand.blend.requires_grad_()
    hand.lbs_weights.requires_grad_()
    hand(betas=torch.ones(size, 10)).vertices.sum().backward()
    assert hand.blend.grad.abs().sum() > 0
    assert hand.lbs_weights.grad.abs().sum() > 0


def test_left_is_the_mirror_of_right():
    right, left = (mano.load(side=side, dtype=torch.float64) for side in SIDES)
    inputs = random_inputs(4)
    signs = torch.tensor([1.0, -1.0, -1.0], dtype=torch.float64)
    reflection = torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)
    mirrored = {
        "betas": inputs["betas"],
        "transl": inputs["transl"] * reflection,
        "global_orient": inputs["global_orient"] * signs,
        "hand_pose": inputs["hand_pose"] * signs,
    }
    expected = right(**inputs)
    got = left(**mirrored)
    torch.testing.assert_close(got.vertices, expected.vertices * reflection, rtol=0, atol=1e-12)
    torch.testing.assert_close(got.keypoints, expected.keypoints * reflection, rtol=0, atol=1e-12)


def test_the_wrist_is_the_pivot(hand):
    inputs = random_inputs(6)
    turned = hand(betas=inputs["betas"], global_orient=inputs["global_orient"]).joints[:, 0]
    still = hand(betas=inputs["betas"]).joints[:, 0]
    torch.testing.assert_close(turned, still, rtol=0, atol=1e-14)
    assert still.norm(dim=-1).min() > 0.05, "the wrist is not the origin"


def test_a_checkpoint_does_not_hold_the_model(hand):
    assert hand.state_dict() == {}
    assert len(dict(hand.named_buffers())) == 10


def test_moves_to_another_dtype(hand):
    half = mano.load(side=hand.side).to(torch.float64)
    torch.testing.assert_close(half().vertices, hand().vertices, rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"betas": torch.zeros(3, 9)}, r"betas has shape \(3, 9\), expected \(\.\.\., 10\)"),
        ({"hand_pose": torch.zeros(45)}, r"hand_pose has shape \(45,\), expected \(\.\.\., 15, 3\)"),
        ({"global_orient": torch.zeros(())}, r"global_orient has shape \(\)"),
        ({"hand_pca": torch.zeros(46)}, r"hand_pca has shape \(46,\), expected \(\.\.\., 1 to 45\)"),
        ({"betas": torch.zeros(10, dtype=torch.float64)}, r"betas is torch\.float64, this hand torch\.float32"),
        ({"betas": torch.zeros(10, device="meta")}, r"betas is on meta, this hand on cpu"),
        (
            {"hand_pose": torch.zeros(15, 3), "hand_6d": torch.ones(15, 6)},
            r"hand_pose and hand_6d say the same thing",
        ),
        (
            {"betas": torch.zeros(2, 10), "transl": torch.zeros(3, 3)},
            r"do not broadcast against each other: betas \(2,\), transl \(3,\)",
        ),
    ],
)
@pytest.mark.parametrize("method", ["forward", "keypoints"])
def test_errors_name_what_is_wrong(arguments, message, method):
    """Called below the shape annotations, which would refuse some of these first under pytest."""
    hand = mano.load()
    call = getattr(type(hand), method)
    while hasattr(call, "__wrapped__"):
        call = call.__wrapped__
    with pytest.raises(ValueError, match=message):
        call(hand, **arguments)


def test_refuses_what_is_no_tensor():
    """In a process of its own, where no annotations are checked."""
    code = "import numpy as np; from hands import mano; mano.load()(betas=np.zeros(10))"
    result = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "TypeError: betas is a ndarray, expected a torch.Tensor" in result.stderr


def test_refuses_whole_numbers_as_dtype():
    with pytest.raises(ValueError, match=r"not in torch\.int64"):
        mano.load(dtype=torch.int64)


def test_describes_itself(hand):
    assert repr(hand) == f"Hand({hand.side}, 778 vertices, 1538 faces)"
