"""The teacher: what reaches what, where it starts, and that a blind one is blind."""

import dataclasses

import pytest
import torch
from safetensors.torch import load, save

from hands import nets
from hands.fusion import Fused, Teacher, TeacherConfig, TeacherStatistics, mask
from hands.fusion.masking import MaskNoise
from tests.fusion.small import CONFIG, asked, batch, statistics, teacher

BLIND = dataclasses.replace(CONFIG, blind=True)


def numbers(fused):
    """All that a teacher says, as one vector."""
    said = (*fused[:5], *fused.priors, *fused.auxiliary)
    return torch.cat([part.flatten() for part in said])


@pytest.fixture(scope="module")
def data():
    return batch()


def test_a_hidden_pose_changes_nothing_and_a_visible_one_does(data):
    net, given = teacher(data), asked(data)
    other = torch.randn(data["pose_6d"].shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    hidden = data["hidden"][..., None]
    assert torch.equal(
        numbers(net(**given)), numbers(net(**given | {"pose_6d": torch.where(hidden, other, data["pose_6d"])}))
    )
    seen = net(**given | {"pose_6d": torch.where(hidden, data["pose_6d"], other)})
    assert (seen.tokens - net(**given).tokens).abs().min() > 0


def test_the_shape_is_seen_even_where_every_pose_is_hidden(data):
    net, given = teacher(data), asked(data) | {"hidden": torch.ones_like(data["hidden"])}
    assert (net(**given | {"betas": data["betas"] + 1}).betas - net(**given).betas).abs().min() > 1e-6


def test_each_stream_hears_its_own_input_alone(data):
    given = {name: x.clone().requires_grad_(x.is_floating_point()) for name, x in asked(data).items()}
    fused = teacher(data)(**given)
    of_poses = torch.autograd.grad(
        fused.morphology.sum(), list(given.values())[:3], allow_unused=True, retain_graph=True
    )
    of_sensors = torch.autograd.grad(fused.kinematics.sum(), list(given.values())[:3], allow_unused=True)
    assert [grad is not None for grad in of_poses] == [False, True, True]
    assert [grad is not None for grad in of_sensors] == [True, False, False]


def test_a_blind_network_does_not_depend_on_labels(data):
    given = {name: x.clone().requires_grad_(x.is_floating_point()) for name, x in asked(data).items()}
    said = numbers(teacher(data, BLIND)(**given)).sum()
    features, pose_6d, betas = torch.autograd.grad(
        said, list(given.values())[:3], materialize_grads=True, allow_unused=True
    )
    assert features.abs().min() > 0
    assert not pose_6d.any()
    assert not betas.any()


def test_a_blind_network_says_the_same_whatever_labels_are_there(data):
    net, given = teacher(data, BLIND), asked(data)
    lies = {"pose_6d": torch.full_like(data["pose_6d"], torch.nan), "betas": data["betas"] * torch.inf}
    assert torch.equal(numbers(net(**given)), numbers(net(**given | lies | {"hidden": ~data["hidden"]})))
    shown_nothing = asked(data) | {"hidden": torch.ones_like(data["hidden"]), "betas": torch.zeros_like(data["betas"])}
    assert torch.equal(numbers(net(**given)), numbers(teacher(data)(**shown_nothing)))


def test_a_blind_network_has_the_same_parameters():
    shapes = [{name: p.shape for name, p in Teacher(config).named_parameters()} for config in (CONFIG, BLIND)]
    assert shapes[0] == shapes[1]


def test_windows_of_a_batch_do_not_know_of_each_other(data):
    net, order = teacher(data), [2, 0, 1]
    turned = net(**{name: x[order] for name, x in asked(data).items()})
    as_they_were = net(**asked(data))
    for there, here in zip((*turned[:5], *turned.priors), (*as_they_were[:5], *as_they_were.priors), strict=True):
        torch.testing.assert_close(there, here[order], rtol=1e-11, atol=1e-12)


def test_training_starts_at_the_mean_pose_and_the_mean_shape(data):
    said = Teacher(CONFIG, statistics(data)).double()(**asked(data))
    for pose_6d in (said.pose_6d, said.auxiliary.pose_6d):
        torch.testing.assert_close(pose_6d, data["pose_6d"].mean((0, 1)).expand_as(pose_6d), rtol=0, atol=1e-6)
    assert not said.betas.any()
    assert not said.auxiliary.betas.any()
    assert not said.auxiliary.motion.any()


def test_features_are_standardised_with_the_training_data(data):
    standard = teacher(data).features(data["features"]).flatten(0, 1)
    torch.testing.assert_close(standard.mean(0), torch.zeros(7, 15).double(), rtol=0, atol=1e-6)
    torch.testing.assert_close(standard.std(0, correction=0), torch.ones(7, 15).double(), rtol=0, atol=1e-6)


def test_statistics_come_with_the_weights(data):
    trained = teacher(data)
    again = Teacher(CONFIG).double()
    again.load_state_dict(load(save(trained.state_dict())))  # safetensors refuses what lies in memory twice
    assert torch.equal(numbers(again(**asked(data))), numbers(trained(**asked(data))))


def test_statistics_of_other_sensors_are_refused(data):
    of_six = TeacherStatistics.of(data["features"][:, :, :6], data["pose_6d"], data["keypoints"])
    with pytest.raises(ValueError, match=r"statistics are of \(6, 15\), and the network takes \(7, 15\)"):
        Teacher(CONFIG, of_six)


def test_the_size_of_the_paper_has_two_encoders_of_42_million():
    """MotionBERT's encoder has 42,464,778 parameters with 17 joints, 3 channels, 243 frames and its last layer."""
    with torch.device("meta"):
        net = Teacher(TeacherConfig(dim=512, depth=5, num_heads=8))
    encoder = 42_464_778 - (512 * 512 + 512) - 512 * (17 + 3 + 243)
    assert nets.count(net.pose_stream) == encoder + 512 * (15 + 17 + 32)
    assert nets.count(net.imu_stream) == encoder + 512 * (7 + 15 + 32)
    assert 84e6 < nets.count(net) < 90e6


def test_any_mask_and_any_shorter_window_will_do():
    short = batch(windows=1, frames=1)
    hidden = mask(0.5, MaskNoise.draw(1, 1, 15, generator=torch.Generator().manual_seed(3)))
    assert isinstance(teacher()(**asked(short) | {"hidden": hidden}), Fused)


def standardised(x):
    """By numpy, over windows and frames."""
    flat = x.flatten(0, 1).numpy()
    return torch.from_numpy((x.numpy() - flat.mean(0)) / flat.std(0))


def test_streams_are_given_standardised_inputs(data):
    net, hidden = teacher(data), data["hidden"][..., None].double()
    fused = net(**asked(data))
    near = {"rtol": 1e-5, "atol": 1e-5}  # statistics are kept in single precision
    torch.testing.assert_close(fused.kinematics, net.imu_stream(standardised(data["features"])), **near)
    shape = data["betas"][:, None, None].expand(-1, 6, 15, -1)
    given = torch.cat([standardised(data["pose_6d"]) * (1 - hidden), hidden, shape], -1)
    torch.testing.assert_close(fused.morphology, net.pose_stream(given), **near)


def test_heads_are_linear_and_say_a_pose_in_its_own_units(data):
    net = teacher(data)
    fused = net(**asked(data))
    poses = data["pose_6d"].flatten(0, 1)
    mean, sd = poses.mean(0), poses.std(0, correction=0)
    for head, tokens, said in (
        (net.pose, fused.tokens, fused.pose_6d),
        (net.prior_pose, fused.priors.pose, fused.auxiliary.pose_6d),
    ):
        expected = mean + sd * (tokens @ head.linear.weight.T + head.linear.bias)
        torch.testing.assert_close(said, expected, rtol=1e-5, atol=1e-5)
    for head, feature, said in (
        (net.shape, fused.tokens.mean((1, 2)), fused.betas),
        (net.prior_shape, fused.priors.shape, fused.auxiliary.betas),
        (net.prior_motion, fused.priors.motion.mean(2), fused.auxiliary.motion.flatten(2)),
    ):
        torch.testing.assert_close(said, feature @ head.linear.weight.T + head.linear.bias, rtol=1e-12, atol=1e-12)
