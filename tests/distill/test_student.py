"""The student: what reaches what, where it starts, and that sensors have names and no places."""

import dataclasses

import pytest
import torch
from safetensors.torch import load, save

from hands.distill import MotionBranch, PoseBranch, ShapeBranch, Student, StudentConfig
from tests.distill.small import CONFIG, FEW, student, talkative
from tests.fusion.small import batch, statistics

NEAR = {"rtol": 1e-10, "atol": 1e-11}


@pytest.fixture(scope="module")
def data():
    return batch()


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def told(said):
    """All that a student says, as one vector."""
    return torch.cat([part.flatten() for part in (*said[:3], *said.features, *said.auxiliary)])


@pytest.mark.parametrize("sensors", [("palm",), FEW, ("pinky", "wrist", "palm", "index", "ring")])
def test_any_number_of_sensors_will_do(data, sensors):
    config = dataclasses.replace(CONFIG, sensors=sensors)
    net = student(data, config)
    said = net(data["features"][:, :, config.rows])
    assert said.pose_6d.shape == (3, 6, 15, 6)
    assert said.betas.shape == (3, 10)
    assert bool(told(said).isfinite().all())


def test_sensors_are_known_by_their_names_and_not_by_their_places(data):
    order = [3, 0, 6, 1, 5, 2, 4]
    there = dataclasses.replace(CONFIG, sensors=tuple(CONFIG.sensors[k] for k in order))
    net, turned = student(data), student(data, there)
    turned.load_state_dict(
        net.state_dict()
        | {
            "sensors": net.sensors[order],
            "features.mean": net.features.mean[order],
            "features.scale": net.features.scale[order],
        }
    )
    torch.testing.assert_close(told(turned(data["features"][:, :, order])), told(net(data["features"])), **NEAR)
    assert there.rows == order
    same = student(data, there).features
    torch.testing.assert_close(same.mean, net.features.mean[order], rtol=0, atol=0)


def test_every_sensor_is_heard_and_has_a_name(data):
    net = student(data)
    heard = data["features"].clone().requires_grad_()
    net(heard).pose_6d.square().sum().backward()
    assert heard.grad.abs().amax((0, 1, 3)).min() > 0
    unscaled, swapped = talkative(Student(CONFIG)), [1, 0, *range(2, 7)]  # so that only embeddings tell them apart
    assert (told(unscaled(data["features"][:, :, swapped])) - told(unscaled(data["features"]))).abs().max() > 1e-3


def test_windows_of_a_batch_do_not_know_of_each_other(data):
    net, order = student(data), [2, 0, 1]
    turned, as_they_were = net(data["features"][order]), net(data["features"])
    for there, here in zip((*turned[:3], *turned.features), (*as_they_were[:3], *as_they_were.features), strict=True):
        torch.testing.assert_close(there, here[order], **NEAR)


def test_training_starts_at_the_mean_pose_and_the_mean_shape(data):
    said = Student(CONFIG, statistics(data)).double()(data["features"])
    for pose_6d in (said.pose_6d, said.auxiliary.pose_6d):
        torch.testing.assert_close(pose_6d, data["pose_6d"].mean((0, 1)).expand_as(pose_6d), rtol=0, atol=1e-6)
    assert not any(part.any() for part in (said.betas, said.auxiliary.betas, said.auxiliary.motion))
    assert min(feature.abs().max() for feature in said.features) > 0.01


def test_without_training_data_it_shows_a_flat_hand(data):
    said = Student(CONFIG).double()(data["features"])
    flat = torch.eye(3)[:, :2].mT.flatten().double()
    torch.testing.assert_close(said.pose_6d, flat.expand_as(said.pose_6d), rtol=0, atol=1e-7)


def test_first_weights_do_not_vanish_in_a_narrow_network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = Student(dataclasses.replace(CONFIG, dim=32, num_heads=2))
    for linear in (net.gather.q, net.trunk.levels[0].st.spatial.attn.qkv, net.pose_branch.attention.qkv, net.embed):
        assert linear.weight.std().item() == pytest.approx(0.02 * 16**0.5, rel=0.1)
    for embedding in (net.sensors, net.queries, net.trunk.pos_embed):
        assert embedding.std().item() == pytest.approx(1, rel=0.15)


def test_features_of_its_own_sensors_are_standardised_with_the_training_data(data):
    config = dataclasses.replace(CONFIG, sensors=FEW)
    standard = student(data, config).features(data["features"][:, :, [1, 2, 4]]).flatten(0, 1)
    torch.testing.assert_close(standard.mean(0), torch.zeros(3, 15).double(), rtol=0, atol=1e-6)
    torch.testing.assert_close(standard.std(0, correction=0), torch.ones(3, 15).double(), rtol=0, atol=1e-6)


def test_the_pose_branch_looks_along_joints_alone():
    branch, tokens = talkative(PoseBranch(12, 3)), drawn(2, 5, 15, 12)
    other = tokens.clone()
    other[:, 3, 7] += 1
    changed = (branch(other) - branch(tokens)).abs().amax((0, 3))
    assert changed[3].min() > 1e-6
    assert not changed[[0, 1, 2, 4]].any()
    alone = torch.stack([branch.attention(frame) + frame for frame in tokens.flatten(0, 1)]).unflatten(0, (2, 5))
    torch.testing.assert_close(branch(tokens), alone, **NEAR)


def test_the_motion_branch_looks_along_time_alone():
    branch, tokens = talkative(MotionBranch(12, 3)), drawn(2, 5, 15, 12)
    other = tokens.clone()
    other[:, 3, 7] += 1
    changed = (branch(other) - branch(tokens)).abs().amax((0, 3))
    assert changed[:, 7].min() > 1e-6
    assert not changed[:, [j for j in range(15) if j != 7]].any()
    alone = torch.stack([branch.attention(tokens[:, :, j]) + tokens[:, :, j] for j in range(15)], 2)
    torch.testing.assert_close(branch(tokens), alone, **NEAR)


def test_the_shape_branch_gates_every_channel_of_every_token_and_takes_the_mean():
    branch, tokens = talkative(ShapeBranch(12)), drawn(2, 5, 15, 12)
    fc1, fc2 = branch.gate.fc1, branch.gate.fc2
    for found, window in zip(branch(tokens), tokens, strict=True):
        inner = fc1.weight @ window.mean((0, 1)) + fc1.bias
        gelu = inner * (1 + torch.erf(inner / 2**0.5)) / 2
        gate = 1 / (1 + torch.exp(-(fc2.weight @ gelu + fc2.bias)))
        torch.testing.assert_close(found, (gate * window).mean((0, 1)), **NEAR)


@pytest.mark.parametrize(("reads", "hears_motion"), [("pose", False), ("pose and motion", True)])
def test_the_pose_is_read_from_what_its_head_is_said_to_read(data, reads, hears_motion):
    net = student(data, dataclasses.replace(CONFIG, pose_reads=reads))
    net(data["features"]).pose_6d.square().sum().backward()
    assert (net.motion_branch.attention.qkv.weight.grad is not None) is hears_motion
    assert net.pose_branch.attention.qkv.weight.grad.any()
    assert all(parameter.grad is None for parameter in net.shape_branch.parameters())


def test_the_shape_is_read_from_its_own_branch(data):
    net = student(data)
    net(data["features"]).betas.square().sum().backward()
    assert net.shape_branch.gate.fc1.weight.grad.any()
    for branch in (net.pose_branch, net.motion_branch):
        assert all(parameter.grad is None for parameter in branch.parameters())


def test_what_is_compared_are_means_over_joints_each_behind_its_own_map(data):
    net = student(data)
    said = net(data["features"])
    branches = {
        "shape": net.shape_branch(said.tokens),
        "pose": net.pose_branch(said.tokens).mean(2),
        "motion": net.motion_branch(said.tokens).mean(2),
        "entangled": said.tokens.mean(2),
    }
    plain = student(data, dataclasses.replace(CONFIG, projector=False))
    plain.load_state_dict({name: value for name, value in net.state_dict().items() if "projector" not in name})
    for kind, feature in branches.items():
        own = net.projectors[kind]
        torch.testing.assert_close(getattr(said.features, kind), feature @ own.weight.T + own.bias, **NEAR)
        torch.testing.assert_close(getattr(plain(data["features"]).features, kind), feature, **NEAR)


def test_everything_comes_with_the_weights(data):
    trained, again = student(data), Student(CONFIG).double()
    again.load_state_dict(load(save(trained.state_dict())))
    assert torch.equal(told(again(data["features"])), told(trained(data["features"])))


def test_a_configuration_comes_back_from_json():
    config = StudentConfig(sensors=FEW, dim=16, projector=False)
    fields = dataclasses.asdict(config) | {"sensors": list(FEW)}
    assert StudentConfig.read(fields) == config


def test_mistakes_are_told_in_words(data):
    for sensors, said in (
        (("palm", "toe"), r"\['palm', 'toe'\], expected some of wrist, palm"),
        (("palm", "palm"), "each once"),
        (("wrist", "index"), "'palm' is missing, from which others are seen"),
    ):
        with pytest.raises(ValueError, match=said):
            StudentConfig(sensors=sensors)
    with pytest.raises(ValueError, match="pose_reads is 'all', expected one of pose, pose and motion"):
        StudentConfig(pose_reads="all")
    few = student(data, dataclasses.replace(CONFIG, sensors=FEW))
    with pytest.raises(ValueError, match=r"shape \(3, 6, 7, 15\), expected \(batch, time, 3, 15\) of the sensors palm"):
        few(data["features"])
    with pytest.raises(ValueError, match="9 frames"):
        student(data)(drawn(1, 9, 7, 15))
