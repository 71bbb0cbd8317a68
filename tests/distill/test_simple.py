"""Simple models: what each can see, where they start, and that none is favoured by its size."""

import pytest
import torch

from hands import distill, nets
from hands.distill import FrameMlp, FrameMlpConfig, Gru, GruConfig, Tcn, TcnConfig
from hands.fusion import LossWeights
from tests.distill.small import FEW, talkative
from tests.fusion.small import batch, hand, statistics

MODELS = [(FrameMlp, FrameMlpConfig), (Gru, GruConfig), (Tcn, TcnConfig)]


@pytest.fixture(scope="module")
def data():
    return batch()


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def heard_by(net, frame, frames=40):
    """The frames that this frame's pose depends on."""
    features = drawn(1, frames, 7, 15).requires_grad_()
    net(features).pose_6d[0, frame].square().sum().backward()
    return features.grad.abs().amax((0, 2, 3)).nonzero()[:, 0].tolist()


@pytest.mark.parametrize(("model", "config"), MODELS)
def test_it_starts_at_the_mean_hand_and_learns(data, model, config):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = model(config(width=16, sensors=FEW), statistics(data)).double()
    said = net(data["features"][:, :, [1, 2, 4]])
    torch.testing.assert_close(said.pose_6d, data["pose_6d"].mean((0, 1)).expand(3, 6, 15, 6), rtol=0, atol=1e-6)
    assert not said.betas.any()
    loss, optimiser = distill.student_loss(hand(), LossWeights(vertices=0.0)), torch.optim.AdamW(net.parameters(), 0.02)
    losses = []
    for _ in range(8):
        optimiser.zero_grad()
        losses.append(loss(net, data)["loss"])
        losses[-1].backward()
        optimiser.step()
    assert losses[-1] < 0.8 * losses[0]
    assert all(parameter.grad.any() for parameter in net.parameters())


def test_what_each_model_sees_of_time():
    assert heard_by(talkative(FrameMlp(FrameMlpConfig(width=8))), 20) == [20]
    assert heard_by(talkative(Gru(GruConfig(width=8))), 20) == list(range(40))
    assert heard_by(talkative(Tcn(TcnConfig(width=8))), 20) == list(range(5, 36))
    assert heard_by(talkative(Tcn(TcnConfig(width=8, dilations=(1, 3)))), 20) == list(range(16, 25))


@pytest.mark.parametrize(("model", "config"), MODELS)
def test_windows_do_not_know_of_each_other_and_have_one_shape(data, model, config):
    net, order = talkative(model(config(width=8), statistics(data))), [2, 0, 1]
    turned, as_they_were = net(data["features"][order]), net(data["features"])
    torch.testing.assert_close(turned.pose_6d, as_they_were.pose_6d[order], rtol=1e-10, atol=1e-11)
    torch.testing.assert_close(turned.betas, as_they_were.betas[order], rtol=1e-10, atol=1e-11)
    assert turned.betas.shape == (3, 10)


def test_a_model_without_time_says_the_same_in_any_order(data):
    net, order = talkative(FrameMlp(FrameMlpConfig(width=8), statistics(data))), [3, 1, 5, 0, 4, 2]
    turned, as_it_was = net(data["features"][:, order]), net(data["features"])
    torch.testing.assert_close(turned.pose_6d, as_it_was.pose_6d[:, order], rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(turned.betas, as_it_was.betas, rtol=1e-11, atol=1e-12)


def test_all_are_about_as_large_as_what_of_a_student_says_a_hand():
    student = distill.Student(distill.StudentConfig())
    only_taught = ("projectors.", "branch_", "motion_branch.")
    size = sum(p.numel() for name, p in student.named_parameters() if not name.startswith(only_taught))
    for model, config in MODELS:
        assert nets.count(model(config())) == pytest.approx(size, rel=0.05)


def test_other_sensors_are_refused(data):
    with pytest.raises(ValueError, match=r"expected \(batch, time, 3, 15\) of the sensors palm, thumb, middle"):
        Gru(GruConfig(sensors=FEW)).double()(data["features"])
