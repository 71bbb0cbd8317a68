"""What the checkers of *Teaching a student* take for the truth; and each of their hints."""

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from hands import check, distill
from hands.check import teaching
from hands.distill.losses import direction

DRAW = torch.Generator().manual_seed(0)


def numbers(*shape):
    return torch.randn(*shape, generator=DRAW).double()


def test_distances_are_the_librarys():
    student, teacher = numbers(2, 9, 4)
    expected = distill.distance(student, teacher).item()
    assert teaching._turned(student, teacher) == pytest.approx(expected, rel=1e-12)


def test_directions_and_their_gradients_are_the_librarys():
    vectors = numbers(5, 3) * torch.tensor([[1.0], [0.0], [2.0], [0.0], [1.0]]).double()
    torch.testing.assert_close(teaching._directions(vectors), direction(vectors), rtol=1e-12, atol=1e-12)
    found = teaching._gradient(direction, vectors)
    np.testing.assert_allclose(teaching._slopes(vectors), found.numpy(), rtol=1e-10, atol=1e-12)


def test_the_gate_is_one_linear_layer_and_a_sigmoid():
    tokens, layer = numbers(4, 3, 2), torch.nn.Linear(2, 2).double()
    mean = tokens.mean((0, 1))
    expected = layer(mean).sigmoid() * mean
    found = teaching._gated(tokens, layer.weight.detach(), layer.bias.detach())
    torch.testing.assert_close(found, expected.detach(), rtol=1e-12, atol=1e-12)


def test_rows_are_the_librarys():
    worn = distill.Worn(sensors=("palm", "pinky", "index"))
    features = numbers(3, 7, 2)
    found = teaching._rows(features, distill.worn.SENSORS, worn.sensors)
    assert torch.equal(found, features[:, worn.rows])


def unit(vectors):
    return vectors / vectors.norm(dim=-1, keepdim=True)


def apart(student, teacher):
    return (student - teacher).square().sum(-1).mean()


@pytest.mark.parametrize(
    ("exercise", "wrong", "hint"),
    [
        ("unit_directions", lambda v: v / v.norm(), "not all by one"),
        ("unit_directions", lambda v: v / v.norm(dim=0), "columns"),
        ("unit_directions", lambda v: v / v.abs().sum(-1, keepdim=True), "add up to 1"),
        ("unit_directions", unit, "NaN"),
        ("unit_directions", lambda v: normalize(v, dim=-1), "explodes"),
        ("unit_directions", lambda v: v / v.norm(dim=-1, keepdim=True).detach().clamp(1e-9), "through it"),
        ("frame_distance", apart, "as long as one"),
        ("frame_distance", lambda s, t: apart(s / s.norm(), t / t.norm()), "whole window"),
        ("frame_distance", lambda s, t: (unit(s) - unit(t)).square().sum(), "sum over the frames"),
        ("frame_distance", lambda s, t: (unit(s) - unit(t)).square().mean(), "not averaged"),
        ("frame_distance", lambda s, t: (unit(s) - unit(t)).norm(dim=-1).mean(), "its square"),
        ("frame_distance", lambda s, t: (1 - (unit(s) * unit(t)).sum(-1)).mean(), "one half"),
        ("taught_alone", lambda s, t: (s - t.detach()).square().mean(), "not averaged"),
        ("taught_alone", lambda s, t: (s - t.detach()).square().sum(), "sum over the frames"),
        ("taught_alone", apart, "moves the teacher"),
        ("taught_alone", lambda s, t: apart(s.detach(), t), "wrong one"),
        ("taught_alone", lambda s, t: apart(s, t).detach(), "nobody learns"),
        ("taught_alone", lambda s, t: apart(s, t).item(), "nobody learns"),
        ("channel_gate", lambda x, W, b: (W @ x.mean((0, 1)) + b).sigmoid(), "these are the gates"),
        ("channel_gate", lambda x, W, b: (W @ x.mean((0, 1)) + b).softmax(0) * x.mean((0, 1)), "not a softmax"),
        ("channel_gate", lambda x, W, b: (x.mean((0, 1)) @ W + b).sigmoid() * x.mean((0, 1)), "W transposed"),
        ("channel_gate", lambda x, W, b: ((x @ W.T + b).sigmoid() * x).mean((0, 1)), "every token"),
        ("channel_gate", lambda x, W, b: (x.mean(0) @ W.T + b).sigmoid() * x.mean(0), "expected shape"),
        ("own_rows", lambda f, names, own: f[:, : len(own)], "first sensors"),
        ("own_rows", lambda f, names, own: f[:, [n in own for n in names]], "glove's order"),
        ("own_rows", lambda f, names, own: f[[names.index(n) % len(f) for n in own]], "second axis"),
    ],
)
def test_each_hint_is_given_where_due(exercise, wrong, hint):
    verdict = getattr(check, exercise)(wrong)
    assert not verdict
    assert hint in verdict.message
