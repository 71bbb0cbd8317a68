"""The loss against itself written out, one hand at a time, and against what must not change it."""

import dataclasses

import numpy as np
import pytest
import roma
import torch
from scipy.spatial.transform import Rotation

from hands.fusion import LossWeights, Teacher, sixd_to_rotmat, teacher_loss, teacher_terms
from tests.fusion.small import CONFIG, asked, batch, hand, statistics, teacher

NAMES = ["joints", "vertices", "rotation", "betas", "shape", "pose", "motion"]


@pytest.fixture(scope="module")
def data():
    return batch()


def gram_schmidt(six):
    x = six[:3] / np.linalg.norm(six[:3])
    y = six[3:] - (x @ six[3:]) * x
    y = y / np.linalg.norm(y)
    return np.stack([x, y, np.cross(x, y)], 1)


def one_hand(betas, rotmats):
    """Keypoints and vertices from the wrist, in units of 125 mm; by the way of axis-angle and the whole mesh."""
    pose = torch.from_numpy(Rotation.from_matrix(rotmats).as_rotvec())
    posed = hand()(betas=torch.from_numpy(betas), hand_pose=pose)
    wrist = posed.joints[0].numpy()
    return (posed.keypoints.numpy() - wrist) / 0.125, (posed.vertices.numpy() - wrist) / 0.125


def written_out(fused, truth, every):
    """Every term of the loss, by loops."""
    said = {"betas": fused.betas, "pose": fused.pose_6d, "shape_2": fused.auxiliary.betas}
    said |= {"pose_2": fused.auxiliary.pose_6d, "motion": fused.auxiliary.motion}
    said, true = ({name: x.detach().numpy() for name, x in one.items()} for one in (said, truth))
    errors = {name: [] for name in NAMES} | {"velocity": [], "acceleration": []}
    windows, frames = true["pose_6d"].shape[:2]
    for b in range(windows):
        errors["betas"].append(np.mean((said["betas"][b] - true["betas"][b]) ** 2))
        errors["shape"].append(np.mean((said["shape_2"][b] - true["betas"][b]) ** 2))
        for t in range(frames):
            R, R_said, R_2 = (
                np.stack([gram_schmidt(six) for six in pose[b, t]])
                for pose in (true["pose_6d"], said["pose"], said["pose_2"])
            )
            points, mesh = one_hand(true["betas"][b], R)
            points_said, mesh_said = one_hand(said["betas"][b], R_said)
            errors["joints"].append(np.mean((points_said - points) ** 2))
            if t % every == 0:
                errors["vertices"].append(np.mean(np.abs(mesh_said - mesh)))
            errors["rotation"].append(np.mean((R_said - R) ** 2))
            errors["pose"].append(np.mean((R_2 - R) ** 2))
        for order, name in ((1, "velocity"), (2, "acceleration")):
            label = np.diff(true["keypoints"][b], order, axis=0) / fused.auxiliary.motion_unit[order - 1].item()
            errors[name].append(np.mean((said["motion"][b, order:, :, order - 1] - label) ** 2))
    errors["motion"] = [np.mean(errors.pop("velocity")) / 2 + np.mean(errors.pop("acceleration")) / 2]
    return {name: np.mean(errors[name]) for name in NAMES}


@pytest.mark.parametrize("every", [1, 4])
def test_every_term_is_what_it_is_written_out(data, every):
    fused = teacher(data)(**asked(data))
    found, expected = teacher_terms(fused, data, hand(), every), written_out(fused, data, every)
    assert list(found) == NAMES
    for name in NAMES:
        np.testing.assert_allclose(found[name].item(), expected[name], rtol=1e-9, err_msg=name)
        assert found[name] > 1e-4


def test_the_loss_is_the_weighted_sum(data):
    weights = LossWeights(joints=5.0, vertices=2.0, rotation=0.25, betas=0.1, shape=0.7, pose=0.3, motion=0.9, every=3)
    found = teacher_loss(hand(), weights)(teacher(data), data)
    expected = sum(getattr(weights, name) * found[name].item() for name in NAMES)
    assert found["loss"].item() == pytest.approx(expected, rel=1e-12)
    assert [name for name, term in found.items() if term.requires_grad] == ["loss"]


def test_vertices_of_no_weight_are_not_computed(data):
    found = teacher_loss(hand(), LossWeights(vertices=0.0))(teacher(data), data)
    assert found["vertices"].item() == 0


def test_the_truth_has_no_loss(data):
    fused = teacher(data)(**asked(data))
    labels = written_labels(data, fused)
    told = fused._replace(pose_6d=data["pose_6d"], betas=data["betas"], auxiliary=labels)
    for name, term in teacher_terms(told, data, hand(), 2).items():
        assert term.item() == pytest.approx(0, abs=1e-12), name


def written_labels(data, fused):
    points = data["keypoints"].numpy()
    motion = np.zeros((*points.shape[:-1], 2, 3))
    for order in (1, 2):
        motion[:, order:, :, order - 1] = np.diff(points, order, axis=1) / fused.auxiliary.motion_unit[order - 1].item()
    return fused.auxiliary._replace(betas=data["betas"], pose_6d=3.0 * data["pose_6d"], motion=torch.from_numpy(motion))


def test_heads_that_say_nothing_yet_have_a_motion_loss_of_one(data):
    net = Teacher(CONFIG, statistics(data)).double()
    assert teacher_loss(hand())(net, data)["motion"].item() == pytest.approx(1, rel=1e-6)


def test_halves_of_a_batch_average_to_the_whole(data):
    """So that several processes, or several passes before a step, are one batch."""
    four = batch(windows=4, seed=8)
    net, loss = teacher(data), teacher_loss(hand())
    halves = [loss(net, {name: x[rows] for name, x in four.items()}) for rows in (slice(0, 2), slice(2, 4))]
    for name, term in loss(net, four).items():
        torch.testing.assert_close(term, (halves[0][name] + halves[1][name]) / 2, rtol=1e-11, atol=0)


def test_every_parameter_learns_and_a_blind_network_learns_nothing_of_poses(data):
    for blind in (False, True):
        net = teacher(data, dataclasses.replace(CONFIG, blind=blind))
        teacher_loss(hand())(net, data)["loss"].backward()
        for name, parameter in net.named_parameters():
            assert parameter.grad.abs().max() > 0, name
        of_channels = net.pose_stream.embed.weight.grad.abs().amax(0)
        assert bool((of_channels[:6] > 0).all()) is not blind
        assert bool((of_channels[7:] > 0).all()) is not blind
        assert of_channels[6] > 0  # the mask token


def test_a_few_steps_help(data):
    net, loss = Teacher(CONFIG, statistics(data)).double(), teacher_loss(hand())
    optimiser = torch.optim.AdamW(net.parameters(), 1e-2)
    losses = []
    for _ in range(12):
        optimiser.zero_grad()
        losses.append(loss(net, data)["loss"])
        losses[-1].backward()
        optimiser.step()
    assert losses[-1] < 0.8 * losses[0]


def test_six_numbers_are_a_rotation_by_its_first_two_columns():
    six = torch.randn(50, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    found = sixd_to_rotmat(six)
    np.testing.assert_allclose(found, np.stack([gram_schmidt(row) for row in six.numpy()]), rtol=0, atol=1e-13)
    columns = torch.stack([six[:, :3], six[:, 3:]], -1)
    torch.testing.assert_close(found, roma.special_gramschmidt(columns), rtol=0, atol=1e-14)
    R = torch.from_numpy(Rotation.random(50, rng=3).as_matrix())
    torch.testing.assert_close(sixd_to_rotmat(torch.cat([R[:, :, 0], R[:, :, 1]], 1)), R, rtol=0, atol=1e-14)


def test_the_hand_reads_the_same_six_numbers(data):
    six = teacher(data)(**asked(data)).pose_6d.detach()
    by_matrix = hand().keypoints(hand_rotmat=sixd_to_rotmat(six))
    torch.testing.assert_close(hand().keypoints(hand_6d=six), by_matrix, rtol=0, atol=1e-13)
