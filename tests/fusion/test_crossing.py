"""Attention between the streams against a loop, frame by frame and head by head."""

import pytest
import torch
from scipy.special import erf, softmax

from hands.fusion import Fusion, GuidedAttention

DIM, HEADS = 6, 3
DRAW = torch.Generator().manual_seed(0)
Z, POSES, SENSORS = (torch.randn(2, 4, n, DIM, generator=DRAW, dtype=torch.float64) for n in (5, 5, 3))


def spread(module):
    """With parameters large enough to matter."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for parameter in module.double().parameters():
            torch.nn.init.normal_(parameter, std=0.7)
    return module


def affine(linear, x, rows=slice(None)):
    return x @ linear.weight.detach().numpy()[rows].T + linear.bias.detach().numpy()[rows]


def one_frame(query, keys, values):
    """Every head of every query of a frame, one after the other."""
    width, answer = DIM // HEADS, 0 * query
    for head in range(HEADS):
        own = slice(head * width, (head + 1) * width)
        for i in range(len(query)):
            scores = [query[i, own] @ key[own] / width**0.5 for key in keys]
            answer[i, own] = sum(w * value[own] for w, value in zip(softmax(scores), values, strict=True))
    return answer


def test_fusion_is_the_equation_frame_by_frame():
    fusion = spread(Fusion(DIM, HEADS, 2))
    attention, mlp = fusion.attention, fusion.mlp
    found = fusion(POSES, SENSORS).detach()
    for b, t in torch.cartesian_prod(torch.arange(2), torch.arange(4)).tolist():
        m, k = POSES[b, t].numpy(), SENSORS[b, t].numpy()
        keys, values = affine(attention.kv, k, slice(DIM)), affine(attention.kv, k, slice(DIM, None))
        asked = m + affine(attention.proj, one_frame(affine(attention.q, m), keys, values))
        inner = affine(mlp.fc1, asked)
        expected = affine(mlp.fc2, inner * (1 + erf(inner / 2**0.5)) / 2)
        torch.testing.assert_close(found[b, t], torch.from_numpy(expected), rtol=1e-11, atol=1e-12)


def test_guided_attention_asks_both_streams_the_same_question():
    guided = spread(GuidedAttention(DIM, HEADS))
    found = guided(Z, POSES, SENSORS)
    for answer, stream, kv in zip(found, (POSES, SENSORS), (guided.kv_morphology, guided.kv_kinematics), strict=True):
        for b, t in torch.cartesian_prod(torch.arange(2), torch.arange(4)).tolist():
            x = stream[b, t].numpy()
            keys, values = affine(kv, x, slice(DIM)), affine(kv, x, slice(DIM, None))
            expected = one_frame(affine(guided.q, Z[b, t].numpy()), keys, values)
            torch.testing.assert_close(answer[b, t].detach(), torch.from_numpy(expected), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("which", ["fusion", "guided"])
def test_no_frame_hears_of_another(which):
    z, m, k = (x.clone().requires_grad_() for x in (Z, POSES, SENSORS))
    if which == "fusion":
        said = [spread(Fusion(DIM, HEADS, 2))(m, k)]
    else:
        said = list(spread(GuidedAttention(DIM, HEADS))(z, m, k))
    sum(answer[1, 2].sum() for answer in said).backward()
    for given in [m, k] if which == "fusion" else [z, m, k]:
        heard = given.grad.abs().sum((-1, -2)) > 0
        assert heard.nonzero().tolist() == [[1, 2]]


def test_sensors_are_a_set():
    """Nothing but what a sensor says tells which one it is; its name is in the stream before."""
    fusion, order = spread(Fusion(DIM, HEADS, 2)), [2, 0, 1]
    torch.testing.assert_close(fusion(POSES, SENSORS[:, :, order]), fusion(POSES, SENSORS), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(fusion.maps(POSES, SENSORS[:, :, order]), fusion.maps(POSES, SENSORS)[..., order])
    torch.testing.assert_close(fusion.maps(POSES, SENSORS).sum(-1), torch.ones(2, 4, HEADS, 5).double())
