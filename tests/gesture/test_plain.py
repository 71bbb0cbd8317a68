"""The plain network, and the mean hand of a class against scipy's means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from hands import mano
from hands.gesture.estimate import wrist_of
from hands.gesture.labels import HandLabels
from hands.gesture.plain import ClassMean, PlainNet, PlainNetConfig
from tests.gesture.made_up_hands import SIDE, TINY, labels

CLASSES = torch.tensor([0, 2, 0, 2, 2, 0, 0])


@pytest.fixture(scope="module")
def known() -> HandLabels:
    return labels(mano.load(dtype=torch.float64), 7)


def test_a_plain_network_is_two_layers_on_the_one_vector() -> None:
    torch.manual_seed(0)
    net = PlainNet(PlainNetConfig(TINY, hidden=8)).double().eval()
    net.head[2].weight.data.normal_(std=0.1)
    found = net(torch.rand(2, 3, SIDE, SIDE, dtype=torch.float64))
    first, _, last = net.head
    hidden = (found.said.features.g @ first.weight.T + first.bias).clamp(min=0)
    numbers = hidden @ last.weight.T + last.bias
    columns = numbers[:, :96].view(2, 16, 2, 3) + net.readout.mean_6d.view(16, 2, 3)
    one = columns[:, :, 0] / columns[:, :, 0].norm(dim=-1, keepdim=True)
    two = columns[:, :, 1] - (one * columns[:, :, 1]).sum(-1, keepdim=True) * one
    two = two / two.norm(dim=-1, keepdim=True)
    rotmat = torch.stack([one, two, torch.linalg.cross(one, two)], -1)
    torch.testing.assert_close(found.global_rotmat, rotmat[:, 0], rtol=0, atol=1e-12)
    torch.testing.assert_close(found.hand_rotmat, rotmat[:, 1:], rtol=0, atol=1e-12)
    torch.testing.assert_close(found.betas, numbers[:, 96:106], rtol=0, atol=1e-12)
    torch.testing.assert_close(found.wrist, numbers[:, 106:] + net.readout.mean_wrist, rtol=0, atol=1e-12)
    assert found.places is None


def test_a_class_has_the_mean_of_its_hands(known: HandLabels) -> None:
    means = ClassMean.fit(known, CLASSES, 3, SIDE)
    found = means(torch.tensor([2, 0, 0]))
    for k, rows in enumerate(([1, 3, 4], [0, 2, 5, 6], [0, 2, 5, 6])):
        matrices = torch.cat([known.global_rotmat[:, None], known.hand_rotmat], 1)[rows].numpy()
        expected = np.stack([Rotation.from_matrix(matrices[:, j]).mean().as_matrix() for j in range(16)])
        np.testing.assert_allclose(found.global_rotmat[k], expected[0], atol=1e-12)
        np.testing.assert_allclose(found.hand_rotmat[k], expected[1:], atol=1e-12)
        np.testing.assert_allclose(found.betas[k], known.betas[rows].numpy().mean(0), atol=1e-12)
        np.testing.assert_allclose(found.wrist[k], wrist_of(known, SIDE)[rows].numpy().mean(0), atol=1e-12)
    assert found.places is None


def test_a_class_that_nobody_made_has_the_mean_of_all(known: HandLabels) -> None:
    found = ClassMean.fit(known, CLASSES, 3, SIDE)(torch.tensor([1]))
    torch.testing.assert_close(found.betas[0], known.betas.mean(0), rtol=0, atol=1e-12)
